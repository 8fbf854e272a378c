"""Panels as programs and notebooks: run by a plain Python that knows nothing of the lab, compared with the panels."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courseai_lab.app.code_export import panel_script, sections, settled
from courseai_lab.app.headless import prepared_state
from courseai_lab.app.notebook import notebook
from courseai_lab.cli import main
from courseai_lab.contract import BadValue, State, discover, find, run_to_frame
from tests.app.demo import PANEL

WRITTEN = ("activations", "equation", "line-fit", "loss-surface", "lr-schedule", "noise-schedule", "playground")
ALL_SCHEDULES = "linear,scaled_linear,cosine,sigmoid,sigmoid_alpha_bar,sqrt,karras,vp_continuous,flow,drawn"
CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "line-fit": ("", ()),
    "line-fit anscombe": ("anscombe", ()),
    "line-fit diverges": ("raw-diverges", ()),
    "line-fit huber": ("huber-between", ()),
    "line-fit mae": ("outlier-absolute", ()),
    "line-fit polynomial": ("degree-memorises", ()),
    "activations": ("all", ("functions=sigmoid,tanh,relu,elu,selu,gelu,gelu_tanh,silu,mish,softplus",)),
    "activations own": ("own", ()),
    "activations samples": ("relu-dies", ("distribution=two_peaks",)),
    "activations layers": ("he-or-xavier", ()),
    "activations chain": ("vanishing", ()),
    "activations guide": ("guide", ()),
    "noise-schedule": ("", ()),
    "noise-schedule all": ("", (f"schedules={ALL_SCHEDULES}", "flow_shift=3", "zero_snr=on", "spacing=trailing")),
    "noise-schedule karras": ("", ("spacing=karras", "steps=100", "schedules=cosine,flow")),
    "lr-schedule all": ("all-twelve", ()),
    "lr-schedule watched": ("plateau-drawn", ()),
    "lr-schedule adam": ("transformer", ("task=xor", "watch=noisy", "schedules=plateau,cosine")),
    "equation": ("too-fast", ()),
    "equation momentum": ("momentum", ()),
    "equation adam": ("adam", ()),
    "equation sparse": ("adam-sparse", ()),
    "equation forward": ("forward", ("schedule=cosine",)),
    "equation attention": ("attention", ("causal=on",)),
    "equation softmax": ("softmax", ()),
    "equation cross": ("cross-entropy", ()),
    "equation norm": ("layer-norm", ()),
    "equation vae": ("vae", ()),
    "equation dpo": ("dpo", ()),
    "equation own": ("own", ("typed=np/part1 + x^2 - min(x, 2)",)),
    "loss-surface race": ("race", ("steps=200",)),
    "loss-surface clipped": ("clipping-on-a-cliff", ("schedule=warmup_cosine", "minibatch=on")),
    "loss-surface batches": ("minibatch-noise", ("steps=60",)),
    "loss-surface network": ("a-real-network", ("steps=30", "dataset=spiral", "criterion=mse")),
    "loss-surface random": ("a-real-network", ("steps=30", "directions=random", "activation=relu", "minibatch=on")),
    "loss-surface typed": ("type-your-own", ("steps=40", "expression=max(x, 0.5)*y + abs(sin(x^2 - y))")),
    "playground": ("", ("until=4",)),
    "playground corners": ("xor-one-line", ("until=10",)),
    "playground values": ("bumps", ("until=4", "early_stop=on")),
    "playground classes": ("six-classes", ("until=4", "features=x,own", "l1=0.001")),
}  # fmt: skip
RUNNER = r"""
import json, sys, warnings
import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
warnings.simplefilter("ignore")
plt.tight_layout = lambda: None  # nothing is looked at here, and it takes most of the time
out = {}
for name, cells in json.load(open(sys.argv[1])).items():
    space = {"__name__": "__main__"}
    drawn = []
    plt.show = lambda: drawn.append(len(plt.get_fignums()))
    for k, cell in enumerate(cells):
        exec(compile(cell, f"{name}, cell {k}", "exec"), space)
    plt.close("all")
    assert drawn == [max(drawn)], f"{name} draws no figure"
    np.savez(f"{sys.argv[2]}/{name}.npz", **{k: np.asarray(v) for k, v in space["results"].items()})
    out[name] = float(space["worst"])
assert not any(module.startswith("courseai_lab") for module in sys.modules)
print(json.dumps(out))
"""


OTHERS = tuple(panel.id for panel in discover() if panel.id not in WRITTEN)
"""Panels that need not be programs; those that are one are held to the same."""


def writes(name: str) -> bool:
    return getattr(find(name).compute(), "script", None) is not None


def case(name: str) -> tuple[Any, State]:
    preset, settings = CASES.get(name, ("", ()))
    panel = find(name.split()[0])
    return panel, prepared_state(panel, settings, {"data": 3, "init": 5, "sample": 7}, preset or None)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], Path]:
    """What every notebook's check found, and a folder with all its results; one plain Python for all of them."""
    folder = tmp_path_factory.mktemp("notebooks")
    books = {}
    for name in (*CASES, *filter(writes, OTHERS)):
        cells = notebook(*case(name))["cells"]
        books[name] = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (folder / "books.json").write_text(json.dumps(books), encoding="utf-8")
    (folder / "runner.py").write_text(RUNNER, encoding="utf-8")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-I", str(folder / "runner.py"), str(folder / "books.json"), str(folder)]
    done = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]), folder


@pytest.mark.parametrize("name", (*CASES, *OTHERS))
def test_notebooks_give_the_panels_numbers(name: str, executed: tuple[dict[str, float], Path]) -> None:
    worst, folder = executed
    panel, state = case(name)
    if not writes(panel.id):
        with pytest.raises(BadValue, match="cannot be written as a program yet"):
            panel_script(panel, state)
        return
    frame, _ = run_to_frame(panel, settled(state))
    # The playground trains in single precision and its program in double; a network's heights are single, too.
    close = 2e-4 if panel.id == "playground" else 1e-6
    assert worst[name] < close
    with np.load(folder / f"{name}.npz") as results:
        assert len(results.files) >= 1
        for field in results.files:
            mine, theirs = results[field].astype(float), np.asarray(getattr(frame, field)).astype(float)
            assert mine.shape == theirs.shape, field
            size = np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0) or 1.0
            np.testing.assert_allclose(mine, theirs, rtol=close, atol=close * size, err_msg=field)


def test_the_first_seven_panels_are_programs() -> None:
    assert all(writes(name) for name in WRITTEN)
    assert {name.split()[0] for name in CASES} == set(WRITTEN)


@pytest.mark.parametrize("panel", WRITTEN)
def test_every_preset_is_a_program_in_sections(panel: str) -> None:
    found = find(panel)
    for preset in found.presets():
        text = panel_script(found, prepared_state(found, preset=preset.id))
        tree = ast.parse(text)
        assert ast.get_docstring(tree)
        roots = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
        }
        assert roots <= {"numpy", "torch", "matplotlib", "math"}
        parts = list(sections(text))
        assert parts[0].heading == "Parameters" and parts[-1].code.endswith("plt.show()")
        assert all(part.heading and part.code for part in parts)
        assert "results = {" in text
        assert max(len(line) for line in text.splitlines() if not line.startswith("# The same there")) <= 120


def test_a_notebook_is_of_its_format_and_says_what_it_is() -> None:
    made = notebook(*case("line-fit"))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])
    for cell in made["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == (keys | {"execution_count", "outputs"} if cell["cell_type"] == "code" else keys)
        assert all(line.endswith("\n") for line in cell["source"][:-1])
    opening = "".join(made["cells"][0]["source"])
    assert opening.startswith("# Fit a line\n") and "$$ " in opening and "\\term" not in opening and "MSE" in opening
    assert made["metadata"]["courseai-lab"]["panel"] == "line-fit"


def test_typed_text_never_reaches_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The expression is written from its checked tree: what was typed around it is gone."""
    panel = find("loss-surface")
    state = prepared_state(panel, ["surface=custom", "expression= x  ^2+((y))^ 2 "])
    text = panel_script(panel, state).partition("import numpy")[2]
    assert "x ** 2 + y ** 2" in text and "((y))" not in text
    # A text with a line break must not end the comment that says where a program comes from.
    broken = replace(state, params=state.params.model_copy(update={"expression": "x +\nprint(1)"}))
    monkeypatch.setattr(panel.compute(), "script", lambda params, seeds: '"""A program."""\n')
    assert "print(1)" not in panel_script(panel, broken)


def test_what_was_steered_holds_from_the_start_and_is_said() -> None:
    from courseai_lab.contract import Steer

    panel, state = case("playground")
    steered = replace(state, steering=(Steer(2, {"lr": 0.5}),))
    text = panel_script(panel, steered)
    assert "LR, L1, L2 = 4, 10, 0.5" in text and "Parameters were changed while it ran" in text


def test_a_panel_that_cannot_be_written_says_so() -> None:
    with pytest.raises(BadValue, match=r"^The panel demo cannot be written as a program yet; .*NPZ\.$"):
        panel_script(PANEL, prepared_state(PANEL))


def test_the_command_line_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--preset", "anscombe", "--set", "steps=5"]
    assert main(["code", "line-fit", *words]) == 0
    printed = capsys.readouterr().out
    assert main(["code", "line-fit", *words, "-o", str(tmp_path / "a.py")]) == 0
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == printed
    assert "courseai-lab --panel line-fit" in printed and "eta, steps = 0.005, 5" in printed
    assert main(["notebook", "line-fit", *words, "-o", str(tmp_path / "a.ipynb")]) == 0
    assert json.loads((tmp_path / "a.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4
    capsys.readouterr()
    for wrong, sentence in (("a.txt", "must end in one of .ipynb"), ("no/a.ipynb", "does not exist")):
        assert main(["notebook", "line-fit", "-o", str(tmp_path / wrong)]) == 2
        assert sentence in capsys.readouterr().err
    assert main(["code", "demo"], panels=(PANEL,)) == 2
    assert "cannot be written as a program" in capsys.readouterr().err

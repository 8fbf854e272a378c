"""The command line: what it answers, what it refuses and how, and what it does not import."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courseai_lab import __version__, cli
from courseai_lab.app import system
from courseai_lab.app.records import read_record
from courseai_lab.contract import BadState, discover, run_to_frame
from courseai_lab.contract.state import state_from_json
from tests.app.demo import PANEL

PANELS = (PANEL,)
WITHOUT_DISPLAY = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
ALONE = (
    "import sys; from courseai_lab import cli; from tests.app.demo import PANEL; "
    "sys.exit(cli.main(sys.argv[1:], (PANEL,)))"
)


def call(*words: str) -> int:
    return cli.main(words, PANELS)


def alone(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, where there is no display."""
    command = [sys.executable, "-c", ALONE, *words]
    return subprocess.run(command, cwd=root, env=WITHOUT_DISPLAY, capture_output=True, text=True, check=False)


def test_panels_lists_every_panel(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["panels"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [panel.id for panel in discover()]
    assert cli.main(["panels", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in entries] == [panel.id for panel in discover()]
    assert all(entry["summary"] for entry in entries)


@pytest.mark.parametrize("words", [["panels"], ["panels", "--json"], ["--help"], ["--version"], ["nothing-such"]])
def test_light_commands_import_nothing_heavy(root: Path, words: list[str]) -> None:
    heavy = ("torch", "numba", "numpy", "PySide6", "pydantic", "vispy", "pyqtgraph")
    code = (
        "import sys\nfrom courseai_lab import cli\ntry:\n    cli.main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code, *words], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_has_enough_is_no_error(root: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        command = [sys.executable, "-m", "courseai_lab", "panels", "--json"]
        answer = subprocess.run(command, cwd=root, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call("--help")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in ("panels", "params", "render", "export", "doctor", "bench"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call("--version")
    assert capsys.readouterr().out.strip() == f"CourseAI Lab {__version__}"


def test_params_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("params", "demo") == 0
    text = capsys.readouterr().out
    assert "stride  a number above 0 and at most 10; default 1. How far." in text
    assert "walk    one of gaussian, lattice; default gaussian" in text
    assert "long  A long walk: See how far it gets." in text


def test_params_as_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("params", "demo", "--json") == 0
    schema = json.loads(capsys.readouterr().out)
    properties = schema["$defs"]["Params"]["properties"]
    assert properties["stride"] == {
        "default": 1.0,
        "description": "How far.",
        "exclusiveMinimum": 0,
        "maximum": 10,
        "title": "Stride",
        "type": "number",
        "x-ui": {"label": "Stride", "symbol": r"\eta", "log": True, "steer": True},
    }
    for reference in _references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [r for item in value.values() for r in _references(item)]
    return [r for item in value for r in _references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("panel", [panel.id for panel in discover()])
def test_every_panel_is_described_and_exported(panel: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["params", panel]) == 0
    assert cli.main(["params", panel, "--json"]) == 0
    for ending in ("npz", "json"):
        assert cli.main(["export", panel, "--frame", "0", "-o", str(tmp_path / f"a.{ending}")]) == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        axes = json.loads(str(data["__meta__"]))["axes"]
        assert {name: len(entry["names"]) for name, entry in axes.items()} == {
            name: data[name].ndim for name in data.files if name != "__meta__"
        }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["render", "dema", "-o", "a.png"], "There is no panel 'dema'; did you mean demo?"),
        (["params", "dema"], "There is no panel 'dema'; did you mean demo?"),
        (["render", "demo"], "required: -o/--output"),
        (["render", "demo", "-o", "a.bmp"], "must end in one of .png, .svg, .pdf, .gif, .webp, .apng, .mp4."),
        (["export", "demo", "-o", "a.png"], "must end in one of .npz, .csv, .json."),
        (["render", "demo", "-o", "no/where/a.png"], "does not exist."),
        (["render", "demo", "-o", "a.png", "--size", "3"], "write WIDTHxHEIGHT in pixels, such as 960x640."),
        (["render", "demo", "-o", "a.png", "--size", "99x500"], "it must be from 100 to 10000 pixels."),
        (["render", "demo", "-o", "a.png", "--size", "9000x9000"], "at most 100 million are drawn."),
        (["render", "demo", "-o", "a.png", "--scale", "9"], "it must be from 0.5 to 8."),
        (["render", "demo", "-o", "a.png", "--scale", "nan"], "it must be from 0.5 to 8."),
        (["render", "demo", "-o", "a.png", "--scale", "big"], "it must be from 0.5 to 8."),
        (["render", "demo", "-o", "a.png", "--theme", "pink"], "choose from"),
        (["render", "demo", "-o", "a.png", "--frame", "-1"], "--frame"),
        (["render", "demo", "-o", "a.png", "--frame", "1.5"], "it must be a whole number from 0."),
        (["render", "demo", "-o", "a.png", "--frame", "5"], "This run has 5 frames; frame 5 does not exist"),
        (["render", "demo", "-o", "a.png", "--seed", "x"], "it must be a whole number from 0 to 2147483647"),
        (["render", "demo", "-o", "a.png", "--seed", "none=1"], "it must be a whole number from 0 to 2147483647"),
        (["render", "demo", "-o", "a.png", "--seed", "2147483648"], "whole number from 0 to 2147483647"),
        (["render", "demo", "-o", "a.png", "--set", "stride=11"], "it must be a number above 0 and at most 10."),
        (["render", "demo", "-o", "a.png", "--set", "steps=0"], "it must be a whole number from 1 to 1000 steps."),
        (["render", "demo", "-o", "a.png", "--set", "walk=x"], "it must be one of gaussian, lattice."),
        (["render", "demo", "-o", "a.png", "--set", "dots=ten"], "it must be a whole number from 1 to 9."),
        (["render", "demo", "-o", "a.png", "--set", "stride"], "write NAME=VALUE, such as"),
        (["render", "demo", "-o", "a.png", "--set", "pace=1"], "has no setting pace; its settings are stride, steps,"),
        (["render", "demo", "-o", "a.png", "--preset", "x"], "has no preset 'x'; its presets are long."),
        (["render", "demo", "-o", "a.png", "--device", "tpu"], "There is no device 'tpu' here: the devices are cpu"),
        (["bench", "--device", "tpu"], "There is no device 'tpu' here: the devices are cpu"),
        (["export", "demo", "-o", "a.csv", "--set", "starts=c"], "it must be any of a, b."),
        (["rendr"], "There is no command and no file 'rendr'; did you mean render?"),
        (["lab.json"], "There is no file 'lab.json'; the commands are panels, params, render, export,"),
        (["--panel", "dema"], "There is no panel 'dema'; did you mean demo?"),
        (["--panel", "demo", "--set", "stride=11"], "it must be a number above 0 and at most 10."),
        (["--set", "stride=1"], "name it with --panel ID."),
        (["--panel", "demo", "courseai-lab://state/x"], "not both at once."),
        (["courseai-lab://state/x"], "This link is damaged: copy it again as a whole"),
        (["https://somewhere"], "it must start with courseai-lab://state/ or"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_gets_one_sentence_and_2(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    qapp: object,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(*words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("courseai-lab: ") and captured.err.count("\n") == 1
    assert sentence in captured.err
    assert list(tmp_path.iterdir()) == []


def test_a_failing_panel_gets_one_sentence_and_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("export", "demo", "--set", "fails=2", "-o", str(tmp_path / "a.npz")) == 1
    assert capsys.readouterr().err == "courseai-lab: The panel demo failed: RuntimeError: the walk fell over\n"
    assert list(tmp_path.iterdir()) == []


def test_render_needs_no_display(root: Path, tmp_path: Path) -> None:
    answer = alone(root, "render", "demo", "--size", "320x200", "--theme", "dark", "-o", str(tmp_path / "a.png"))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"{tmp_path / 'a.png'}: Walk, frame 4, 640 × 400 px\n"
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (640, 400)
        assert len(image.convert("RGB").getcolors(1 << 24)) > 10


def test_the_window_needs_a_display_and_says_so(root: Path) -> None:
    answer = alone(root)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"courseai-lab: {system.NO_DISPLAY}\n"
    assert "courseai-lab render" in answer.stderr and "xvfb-run" in answer.stderr


def test_a_png_carries_its_state(tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "a.png"
    settings = ("--set", "steps=9", "--set", "label=far", "--seed", "7", "--seed", "init=3", "--frame", "6")
    assert call("render", "demo", *settings, "-o", str(path)) == 0
    state = state_from_json(PANEL, read_record(path))
    assert (state.params.steps, state.look.label, state.frame) == (9, "far", 6)
    assert (state.seeds.data, state.seeds.init, state.seeds.sample) == (7, 3, 7)
    Image.new("RGB", (4, 4)).save(tmp_path / "other.png")
    with pytest.raises(BadState, match="carries no state of the lab"):
        read_record(tmp_path / "other.png")


def test_a_run_stops_at_the_presets_frame_or_the_one_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", "demo", "--preset", "long", "-o", str(tmp_path / "a.csv")) == 0
    assert "frame 3:" in capsys.readouterr().out
    assert call("export", "demo", "--preset", "long", "--frame", "11", "-o", str(tmp_path / "a.csv")) == 0
    assert "frame 11: path (13 × 2), far (13), phase (2)" in capsys.readouterr().out


def test_npz_holds_arrays_axes_and_state(tmp_path: Path) -> None:
    assert call("export", "demo", "--seed", "5", "-o", str(tmp_path / "a.npz")) == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        meta = json.loads(str(data["__meta__"]))
        state = state_from_json(PANEL, meta["state"])
        frame, index = run_to_frame(PANEL, state)
        assert index == 4
        for name in ("path", "far", "phase"):
            np.testing.assert_array_equal(data[name], getattr(frame, name))
            assert data[name].dtype == getattr(frame, name).dtype
    assert meta["axes"]["path"] == {"names": ["step", "xy"], "unit": "m", "help": ""}
    assert meta["values"] == {"count": 6, "note": "on the way"}


def test_json_holds_the_same(tmp_path: Path) -> None:
    assert call("export", "demo", "-o", str(tmp_path / "a.json")) == 0
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    frame, _ = run_to_frame(PANEL, state_from_json(PANEL, data["state"]))
    np.testing.assert_array_equal(np.array(data["arrays"]["path"], np.float32), frame.path)
    assert data["arrays"]["far"][0] == "NaN"
    assert data["arrays"]["phase"][1] == [frame.phase[1].real, frame.phase[1].imag]
    assert data["axes"]["far"]["help"] == "distance from the start"


def test_csv_is_one_table_with_a_row_per_number(tmp_path: Path) -> None:
    assert call("export", "demo", "-o", str(tmp_path / "a.csv")) == 0
    assert call("export", "demo", "-o", str(tmp_path / "a.npz")) == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["array", "step", "xy", "value", "unit"]
    with np.load(tmp_path / "a.npz") as data:
        path = np.zeros((6, 2), np.float32)
        for row in (row for row in rows if row["array"] == "path"):
            path[int(row["step"]), int(row["xy"])] = row["value"]
            assert row["unit"] == "m"
        np.testing.assert_array_equal(path, data["path"])
    assert [row["value"] for row in rows if row["array"] == "count"] == ["6"]
    assert max(len(row["value"]) for row in rows if row["array"] == "path") <= 14, "float32 has no more digits"


def test_doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from courseai_lab.app import doctor

    monkeypatch.setattr(doctor.system, "has_display", lambda: False)
    assert call("doctor", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    found = {entry["name"]: entry for entry in answer["findings"]}
    assert answer["ok"] is True
    assert found["torch"]["value"].startswith("2.") and found["Devices"]["value"].startswith("cpu")
    missing = [system.Need(("libxcb-cursor.so.0",), "libxcb-cursor0")]
    monkeypatch.setattr(doctor.system, "missing_libraries", lambda: missing)
    assert call("doctor") == 1
    text = capsys.readouterr().out
    assert "! System libraries" in text and "libxcb-cursor.so.0" in text


def test_doctor_asks_the_driver_in_its_own_process(qapp: object) -> None:
    from courseai_lab.app import doctor

    finding = next(f for f in doctor.examine() if f.name == "OpenGL")
    assert finding.advice == "" and "(" in finding.value, finding


def test_bench_measures_every_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("bench", "--json", str(tmp_path / "b.json")) == 0
    rows = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert [(row["panel"], row["state"], row["frames"]) for row in rows] == [
        ("demo", "default", 5),
        ("demo", "long", 12),
    ]
    assert all(row["first_ms"] > 0 and row["each_ms"] > 0 and row["device"] == "cpu" for row in rows)
    assert capsys.readouterr().out.splitlines()[0].split("  ")[0] == "panel"

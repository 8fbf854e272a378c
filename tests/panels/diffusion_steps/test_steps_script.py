"""The program is run by itself and gives the panel's numbers."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courseai_lab.contract import BadValue, Seeds, default_state, find, run_frames
from courseai_lab.panels.diffusion_steps.compute import Params, script

CASES: dict[str, dict[str, Any]] = {
    "ddpm": {"size": 16, "steps": 12},
    "ddim, linear, halfway": {"size": 16, "steps": 9, "sampler": "ddim", "schedule": "linear", "start": 0.5},
    "errors": {"page": "errors", "size": 16, "draws": 2},
    "leap": {"page": "leap", "size": 16, "draws": 2, "start": 0.1},
}


@pytest.mark.parametrize("name", CASES)
def test_the_program_gives_the_panels_numbers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params, seeds = Params().patched(**CASES[name]), Seeds(sample=5)
    path = tmp_path / "steps.py"
    # Without the figure: in a process with Qt, matplotlib would open a window and wait for it to be closed.
    path.write_text(script(params, seeds).partition("# %% Picture")[0], encoding="utf-8")
    made = runpy.run_path(str(path))["results"]
    panel = find("diffusion-steps")
    frame = list(run_frames(panel, replace(default_state(panel), params=params, seeds=seeds)))[-1]
    assert len(made) >= 5 and capsys.readouterr().out.count("\n") >= 5
    for field, value in made.items():
        np.testing.assert_allclose(value, getattr(frame, field), rtol=1e-5, atol=2e-6, err_msg=field)


@pytest.mark.parametrize(
    "choice", [{"denoiser": "network"}, {"picture": "scene"}, {"known": "digits"}, {"picture": "own", "file": "x.png"}]
)
def test_what_needs_the_labs_files_is_refused_with_one_sentence(choice: dict[str, Any]) -> None:
    with pytest.raises(BadValue, match=r"choose .*\.$") as refused:
        script(Params().patched(**choice), Seeds())
    assert str(refused.value).count(".") == 1

"""Files of every earlier lab, kept for ever: each opens, and means what it meant.

A file is added for each format and for each panel's version when those change; none is ever changed or removed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from courseai_lab.app.carried import unpack_files
from courseai_lab.app.targets import FILES, read_target
from courseai_lab.app.workspace import LAB_VERSION, MIGRATIONS, workspace_from_json
from courseai_lab.contract import BadState, State, discover, find
from courseai_lab.contract.state import state_from_json

FOLDER = Path(__file__).parents[1] / "old_files"
EXPECTED: Mapping[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
PANELS = (*discover(), *discover("tests.fakes"))


def read(name: str) -> list[State]:
    path = FOLDER / name
    workspace = read_target(path.read_text(encoding="utf-8") if path.suffix == ".txt" else str(path), PANELS)
    return [state_from_json(find(str(entry.state["panel"]), PANELS), entry.state) for entry in workspace.panels]


def test_every_old_file_is_expected_to_mean_something() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*EXPECTED, "expected.json"}
    assert {Path(name).suffix for name in EXPECTED} >= {*FILES, ".txt"} - {".mp4"}
    assert {f"window-format-{version}.lab" for version in range(1, LAB_VERSION + 1)} <= set(EXPECTED)
    assert set(MIGRATIONS) == set(range(1, LAB_VERSION))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_old_file_opens_and_means_what_it_meant(name: str) -> None:
    states = read(name)
    assert [state.panel for state in states] == [entry["panel"] for entry in EXPECTED[name]]
    for state, entry in zip(states, EXPECTED[name], strict=True):
        plain = json.loads(json.dumps(state.to_json()))
        for part in ("params", "look", "seeds"):
            wanted = entry.get(part, {})
            assert {key: plain[part][key] for key in wanted} == wanted
        for part in {"steering", "frame"} & entry.keys():
            assert plain[part] == entry[part]


def test_arrangement_comparison_and_carried_files_of_old_windows_come_along(tmp_path: Path) -> None:
    for version in (1, 2):
        workspace = read_target(str(FOLDER / f"window-format-{version}.lab"))
        assert workspace.layout and len({entry.name for entry in workspace.panels}) == len(workspace.panels)
    first = workspace.panels[0]
    assert first.pinned is not None and first.pinned["panel"] == "line-fit"
    state, notes = unpack_files(state_from_json(find("line-fit"), first.state), workspace.files, tmp_path)
    kept = Path(state.params.file)  # type: ignore[attr-defined]
    assert kept.read_text() == "x,y\n0,1\n1,3.5\n2,4.5\n3,7.5\n" and kept.is_relative_to(tmp_path)
    assert notes == ("points.csv came along and is kept in the lab's own folder.",)


def test_newer_files_are_refused_with_a_sentence() -> None:
    lab = json.loads((FOLDER / "window-format-2.lab").read_text())
    lab |= {"format_version": LAB_VERSION + 1, "written_by": "9.1"}
    with pytest.raises(BadState, match=r"newer lab, CourseAI Lab 9\.1 .* bring this lab up to date\.$"):
        workspace_from_json(lab)
    state = json.loads((FOLDER / "state.json").read_text())
    panel = find("line-fit")
    for change, says in (({"format_version": 2}, "newer lab"), ({"version": 999}, "newer version of the panel")):
        with pytest.raises(BadState, match=says):
            state_from_json(panel, state | change)

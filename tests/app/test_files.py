"""Settings and the saved window: damaged, newer, cut short, or from a start that died."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.app.palette import Choice, rank, score
from courseai_lab.app.settings import Settings, SettingsFile, read_json, write_bytes, write_json
from courseai_lab.app.workspace import Opened, Workspace, WorkspaceFile, workspace_from_json
from courseai_lab.contract import BadState

SAVED = Workspace((Opened("still-1", {"panel": "still"}),), b"layout bytes", b"geometry")


def test_settings_come_back(tmp_path: Path) -> None:
    SettingsFile(tmp_path).change(theme="dark", font_scale=1.5)
    assert SettingsFile(tmp_path).value == Settings(theme="dark", font_scale=1.5)


def test_wrong_values_fall_back_one_by_one(tmp_path: Path) -> None:
    write_json(tmp_path / "settings.json", {"theme": "pink", "font_scale": 1.3, "device": 5, "unknown": 1})
    assert SettingsFile(tmp_path).value == Settings(font_scale=1.3)


@given(st.binary(max_size=300))
def test_damaged_settings_never_stop_the_lab(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("settings")
    (folder / "settings.json").write_bytes(content)
    value = SettingsFile(folder).value
    assert isinstance(value, Settings)
    if value == Settings() and read_json(folder / "settings.json") is None:
        assert (folder / "settings.damaged.json").read_bytes() == content


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_bytes(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_saved_window_comes_back(tmp_path: Path) -> None:
    file = WorkspaceFile(tmp_path)
    file.save(SAVED)
    assert file.load() == SAVED


def test_a_start_that_died_while_restoring_skips_the_arrangement(tmp_path: Path) -> None:
    file = WorkspaceFile(tmp_path)
    file.save(SAVED)
    file.begin_restoring()
    assert WorkspaceFile(tmp_path).load() == Workspace(SAVED.panels)
    file.end_restoring()
    assert WorkspaceFile(tmp_path).load() == SAVED


@given(st.data())
def test_a_damaged_arrangement_is_left_out(data: st.DataObject) -> None:
    saved = json.loads(json.dumps(SAVED.to_json()))
    blob = saved["layout"]
    kind = data.draw(st.sampled_from(["bytes", "sum", "version", "type", "long"]))
    if kind == "bytes":
        blob["data"] = data.draw(st.text(max_size=30).filter(lambda t: t != blob["data"]))
    elif kind == "sum":
        blob["sha256"] = "0" * 64
    elif kind == "version":
        blob["version"] = data.draw(st.sampled_from([0, 2, "1", None]))
    elif kind == "type":
        saved["layout"] = data.draw(st.sampled_from([None, 3, "x", []]))
    else:
        blob["data"] = "A" * 2_000_000
    read = workspace_from_json(saved)
    assert read.panels == SAVED.panels and read.layout == b""


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "courseai-lab/lab"},
        {"format": "courseai-lab/lab", "format_version": 2, "panels": []},
        {"format": "courseai-lab/lab", "format_version": 1, "panels": {}},
        {"format": "courseai-lab/lab", "format_version": 1, "panels": [{}]},
        {"format": "courseai-lab/lab", "format_version": 1, "panels": [{"state": {}}] * 100},
        {"format": "something"},
        {},
    ],
)
def test_what_is_no_lab_file_is_said(wrong: dict[str, object]) -> None:
    with pytest.raises(BadState, match=r"\.$"):
        workspace_from_json(wrong)


def test_the_palette_ranks_word_starts_first() -> None:
    choices = [Choice("a", "Export figure"), Choice("b", "Open loss surface"), Choice("c", "Full screen")]
    assert rank("ls", choices)[0].id == "b"
    assert rank("fs", choices)[0].id == "c"
    assert rank("", choices) == choices
    assert rank("xyz", choices) == []
    assert score("ab", "ba") is None

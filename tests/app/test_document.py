"""A lab file as a document, what is shared, and the user's own files that travel with both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from courseai_lab.app.carried import pack_files, safe_name, unpack_files
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.sharing import as_commands, panel_link, window_link
from courseai_lab.app.targets import read_target
from courseai_lab.app.text_form import from_text, to_text
from courseai_lab.app.workspace import MAX_ONE_FILE, Opened, Workspace
from courseai_lab.contract import Patch, State, Steer, default_state, discover, find
from courseai_lab.contract.link import MAX_LINK
from courseai_lab.contract.state import state_from_json

FAKES = discover("tests.fakes")
COUNTER = find("counter", FAKES)
START = default_state(COUNTER)
Answer = QMessageBox.StandardButton


def values(window: MainWindow) -> list[float]:
    return [dock.host.session.state.current.by for dock in window.docks]  # type: ignore[attr-defined]


def save_to(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(path), "")))


def answer(monkeypatch: pytest.MonkeyPatch, what: QMessageBox.StandardButton) -> list[str]:
    asked: list[str] = []

    def question(*words: Any) -> QMessageBox.StandardButton:
        asked.append(words[2])
        return what

    monkeypatch.setattr(QMessageBox, "question", staticmethod(question))
    return asked


def test_saved_changed_saved_again_and_gone_back_to(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.lab"
    save_to(monkeypatch, tmp_path / "mine")
    assert window.windowTitle() == "CourseAI Lab" and not window.actions_registry.action("lab.save").isEnabled()
    host = window.open_panel("still", {"panel": "still", "params": {"by": 2.0}})
    assert host is not None and not window.isWindowModified()
    window.actions_registry.run("lab.save")
    assert window.windowTitle() == "mine.lab[*] – CourseAI Lab" and "Saved 1 panel to mine.lab." in said(window)
    assert not window.document.has_previous
    host.view.propose(by=3.0)
    assert window.isWindowModified()
    window.actions_registry.run("edit.undo")
    assert not window.isWindowModified(), "back at what was saved"
    host.view.propose(by=3.0)
    host.session.seek(7)
    window.actions_registry.run("lab.save")
    host.session.seek(1)
    assert not window.isWindowModified(), "where a run stands is no change"
    assert json.loads(path.read_text())["panels"][0]["state"]["params"]["by"] == 3.0
    window.actions_registry.run("lab.previous")
    assert values(window) == [2.0] and window.isWindowModified() and window.document.path == path
    assert json.loads(path.read_text())["panels"][0]["state"]["params"]["by"] == 3.0, "not before it is saved"
    window.actions_registry.run("lab.save")
    assert json.loads((tmp_path / "mine.lab~").read_text())["panels"][0]["state"]["params"]["by"] == 3.0


def test_unsaved_changes_are_asked_about_only_for_a_file(
    open_window: Callable[..., MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    asked = answer(monkeypatch, Answer.Cancel)
    host = window.open_panel("still")
    assert host is not None
    host.view.propose(by=5.0)
    window.actions_registry.run("lab.new")
    assert not asked and len(window.docks) == 0 and window.gallery.isVisible()
    host = window.open_panel("still")
    assert host is not None
    save_to(monkeypatch, tmp_path / "a.lab")
    window.actions_registry.run("lab.save-as")
    assert window.document.may_close() and not asked
    host.view.propose(by=6.0)
    assert not window.close() and window.isVisible() and asked == ["a.lab has changes that are not saved."]
    answer(monkeypatch, Answer.Save)
    window.actions_registry.run("lab.new")
    assert window.document.path is None and len(window.docks) == 0 and window.windowTitle() == "CourseAI Lab"
    assert json.loads((tmp_path / "a.lab").read_text())["panels"][0]["state"]["params"]["by"] == 6.0
    window.open_target(str(tmp_path / "a.lab"))
    window.open_panel("counter")
    answer(monkeypatch, Answer.Discard)
    assert window.close() and len(json.loads((tmp_path / "a.lab").read_text())["panels"]) == 1
    again = open_window()
    again.restore_last()
    assert values(again) == [6.0] and again.document.name == "a.lab" and not again.isWindowModified(), "as discarded"


def test_a_full_disk_is_said_and_the_old_file_stays(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lab"
    save_to(monkeypatch, path)
    host = window.open_panel("still")
    assert host is not None
    window.actions_registry.run("lab.save")
    before = path.read_bytes()
    host.view.propose(by=6.0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        window.actions_registry.run("lab.save")
    assert path.read_bytes() == before and window.isWindowModified()
    assert said(window) == "a.lab could not be saved: No space left on device. What was saved before is still there."


def test_files_open_as_documents_or_beside(open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    for name, by in (("one", 1.5), ("two", 2.5)):
        state = {"panel": "still", "params": {"by": by}}
        (tmp_path / f"{name}.lab").write_text(json.dumps(Workspace((Opened("still-1", state),)).to_json()))
    window = open_window()
    window.open_target(str(tmp_path / "one.lab"))
    assert window.document.name == "one.lab" and values(window) == [1.5]
    window.open_target(str(tmp_path / "two.lab"))
    assert window.document.name == "two.lab" and values(window) == [2.5], "one document goes, the other comes"
    window.actions_registry.run("lab.new")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("one.lab", "two.lab")])
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(QDropEvent(QPointF(9, 9), *how))
    assert window.document.name == "one.lab" and values(window) == [1.5, 2.5], "several at once lie side by side"
    window.actions_registry.run("lab.new")
    window.open_panel("counter")
    window.open_target(str(tmp_path / "one.lab"))
    assert window.document.name == "" and values(window)[1:] == [1.5] and "beside what was open" in said(window)
    assert [path.name for path in window.document.recent] == ["one.lab", "two.lab"]
    (tmp_path / "two.lab").unlink()
    window._recent._fill()
    texts = [action.text() for action in window._recent.menu.actions()]
    assert texts == ["one.lab", "", "Forget these files"]
    window.close()
    again = open_window()
    again.show_gallery(True)
    assert [button.text() for button in again.restart.files._buttons] == ["one"]
    again.restart.files._buttons[0].click()
    assert again.document.name == "one.lab"
    again.document.forget_recent()
    assert not again.restart.files.isVisible()


def test_the_file_of_a_window_comes_back_with_it(
    open_window: Callable[..., MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.lab"
    path.write_text(json.dumps(Workspace((Opened("still-1", {"panel": "still"}),)).to_json()))
    window = open_window(folder=tmp_path)
    window.open_target(str(path))
    assert window.host is not None
    window.host.view.propose(by=8.0)
    monkeypatch.setattr("courseai_lab.app.document._session_ends", lambda: True)
    window.close()
    again = open_window(folder=tmp_path)
    again.restore_last()
    assert values(again) == [8.0] and again.document.name == "a.lab" and again.isWindowModified()


def test_a_panel_this_lab_does_not_have_is_left_out_and_stays_in_the_file(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "newer.lab"
    panels = [{"name": f"p-{n}", "state": {"panel": n, "version": 1, "params": {}}} for n in ("still", "vanished")]
    path.write_text(json.dumps({"format": "courseai-lab/lab", "format_version": 2, "panels": panels, "files": []}))
    window.open_target(str(path))
    assert [dock.host.panel.id for dock in window.docks] == ["still"]
    assert "1 of 2 panels did not open: There is no panel 'vanished'" in said(window)
    assert said(window).endswith("It stays in the lab file.")
    assert window.document.save()
    assert [p["state"]["panel"] for p in json.loads(path.read_text())["panels"]] == ["still", "vanished"]


def test_links_and_commands_for_a_panel_and_for_the_window(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, by in (("still", 4.0), ("counter", 2.0)):
        window.open_panel(name, {"panel": name, "params": {"by": by}})
    for command, panels in (
        *(("edit.copy-link", [2.0]), ("edit.copy-text", [2.0])),
        *(("lab.copy-link", [4.0, 2.0]), ("lab.copy-text", [4.0, 2.0])),
    ):
        window.actions_registry.run(command)
        copied = QGuiApplication.clipboard().text()
        assert "clipboard" in said(window)
        before = len(window.docks)
        monkeypatch.setattr(QInputDialog, "getText", staticmethod(lambda *_, text: (text, True)))
        window.actions_registry.run("lab.link")
        assert values(window)[before:] == panels, copied
        for dock in list(window.docks)[before:]:
            dock.close()
    monkeypatch.setattr(QInputDialog, "getText", staticmethod(lambda *_, text: ("nonsense", True)))
    window.actions_registry.run("lab.link")
    assert "links begin with courseai-lab:" in said(window)


def test_links_are_dropped_as_text(window: MainWindow) -> None:
    state, _ = START.apply(Patch(params={"by": 9.0}))
    for text, taken in ((to_text(COUNTER, state), True), (f"  {state.to_link()}\n", True), ("some words", False)):
        mime = QMimeData()
        mime.setText(text)
        where = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(9, 9), *where)
        enter.ignore()
        window.dragEnterEvent(enter)
        assert enter.isAccepted() is taken
        window.dropEvent(QDropEvent(QPointF(9, 9), *where))
    assert values(window) == [9.0, 9.0]


@given(st.data())
def test_a_state_as_text_is_the_same_state(data: st.DataObject) -> None:
    number = st.floats(-10, 10, allow_nan=False)
    params = {"by": data.draw(number), "steps": data.draw(st.integers(1, 100_000)), "file": data.draw(NAMES)}
    state, _ = START.apply(Patch(params, {"dots": data.draw(st.integers(1, 9))}, {"init": data.draw(SEEDS)}))
    steps = sorted(data.draw(st.sets(st.integers(0, 500), max_size=4)))
    state = replace(state, steering=tuple(Steer(step, {"by": data.draw(number)}) for step in steps))
    state = replace(state, frame=data.draw(st.none() | st.integers(0, 9999)))
    assert from_text(to_text(COUNTER, state), FAKES) == [state]
    assert from_text(as_commands([(COUNTER, state), (COUNTER, START)]).text, FAKES) == [state, START]


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
SEEDS = st.integers(0, 2**31 - 1)


@pytest.mark.parametrize("panel", discover(), ids=lambda panel: panel.id)
def test_every_prepared_state_is_the_same_as_text(panel: object) -> None:
    for preset in panel.presets():  # type: ignore[attr-defined]
        state = state_from_json(panel, preset.state)  # type: ignore[arg-type]
        assert from_text(to_text(panel, state)) == [state]  # type: ignore[arg-type]


def test_commands_open_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    from courseai_lab import cli
    from courseai_lab.app import bootstrap

    state = replace(START.apply(Patch(params={"by": 2.0}))[0], steering=(Steer(3, {"by": -1.0}),), frame=5)
    seen: list[object] = []

    def main(**given: object) -> int:
        seen.append(given)
        return 0

    monkeypatch.setattr(bootstrap, "main", main)
    assert cli.main(shlex.split(to_text(COUNTER, state))[1:], FAKES) == 0
    assert seen == [{"target": None, "state": state.to_json(), "safe": False}]
    assert cli.main([state.to_link(), "--safe-mode"], FAKES) == 0
    assert seen[1] == {"target": state.to_link(), "state": None, "safe": True}


def own(path: Path) -> State:
    return START.apply(Patch(params={"file": str(path)}))[0]


def test_own_files_travel_in_a_lab_file(
    open_window: Callable[..., MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "data").mkdir(parents=True)
    csv = here / "data" / "points.csv"
    csv.write_text("x,y\n1,2\n")
    window = open_window(folder=here)
    window.open_panel("counter", own(csv).to_json())
    save_to(monkeypatch, tmp_path / "a.lab")
    window.actions_registry.run("lab.save")
    window.close()
    same = open_window(folder=here)
    same.open_target(str(tmp_path / "a.lab"))
    assert files(same) == [str(csv)], "unchanged here: used where it is"
    same.close()
    csv.write_text("x,y\n9,9\n")
    changed = open_window(folder=here)
    changed.open_target(str(tmp_path / "a.lab"))
    assert "points.csv has changed since: shown as it was saved." in said(changed)
    assert Path(files(changed)[0]).read_text() == "x,y\n1,2\n" and csv.read_text() == "x,y\n9,9\n"
    changed.close()
    shutil.rmtree(here / "data")
    elsewhere = open_window(folder=there)
    elsewhere.open_target(str(tmp_path / "a.lab"))
    kept = Path(files(elsewhere)[0])
    assert kept.is_relative_to(there / "carried") and kept.read_text() == "x,y\n1,2\n" and kept.name == "points.csv"
    assert said(elsewhere) == "points.csv came along and is kept in the lab's own folder."
    assert "came along" in elsewhere.docks.current.host.shell.footer.notice.text()  # type: ignore[union-attr]


def test_what_does_not_travel_is_said(tmp_path: Path) -> None:
    small, large, gone = tmp_path / "small.csv", tmp_path / "large.csv", tmp_path / "gone.csv"
    small.write_text("x,y\n1,2\n")
    with large.open("wb") as file:
        file.truncate(MAX_ONE_FILE + 1)
    packed = pack_files([own(path) for path in (small, large, gone, small)])
    assert [file.path for file in packed.files] == [str(small)]
    assert "large.csv (8.0 MB) is not taken along: at most 8 MB are carried of one file." in packed.notes
    assert any(note.startswith("gone.csv is not taken along: it cannot be read") for note in packed.notes)
    state, notes = unpack_files(own(gone), (), tmp_path / "kept")
    assert state == own(gone) and "gone.csv is not on this computer" in notes[0] and "lab file" in notes[0]
    share = own(Path("//server/share/x.csv"))
    state, notes = unpack_files(replace(share, params=share.params.patched(file="//server/share/x.csv")), (), tmp_path)
    assert state.params.file == "" and "x.csv lies on another computer" in notes[0]  # type: ignore[attr-defined]


def test_a_link_carries_small_files_and_says_what_it_leaves(tmp_path: Path) -> None:
    import random

    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("x,y\n1,2\n")
    large.write_bytes(random.Random(1).randbytes(3 * MAX_LINK))
    shared = panel_link(own(small))
    assert shared.sentence == "A link to this state with small.csv is on the clipboard."
    read = read_target(shared.text)
    assert read.files[0].content == b"x,y\n1,2\n"
    shared = panel_link(own(large))
    assert len(shared.text) <= MAX_LINK and "without large.csv: a lab file carries files too." in shared.sentence
    assert panel_link(START).text == START.to_link()
    with pytest.raises(ValueError, match="too long for a link"):
        noise = [Opened(str(n), {"panel": "still", "x": random.Random(n).random()}) for n in range(9000)]
        window_link(Workspace(tuple(noise)), [])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("points.csv", "points.csv"),
        ("My Data.CSV", "My Data.csv"),
        ("../../.bashrc", "_.._.bashrc.dat"),
        ("evil.exe", "evil.dat"),
        ("", "data.dat"),
        ("a" * 300 + ".png", "a" * 60 + ".png"),
        ("con:stream|x.txt", "con_stream_x.txt"),
    ],
)
def test_names_of_carried_files_are_plain(name: str, safe: str) -> None:
    made = safe_name(name)
    assert "/" not in made and "\\" not in made and not made.startswith(".")
    if name not in ("../../.bashrc",):
        assert made == safe


def said(window: MainWindow) -> str:
    return window.status.currentMessage()


def files(window: MainWindow) -> list[str]:
    return [dock.host.session.state.params.file for dock in window.docks]  # type: ignore[attr-defined]

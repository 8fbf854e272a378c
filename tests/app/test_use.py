"""The window in awkward use: keyboard, full screen, clashing names, other people's files, several panels at once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl, qVersion
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.workspace import Opened, Workspace, workspace_from_json
from tests.app.test_window import first_frame, opened

INTERACTIVE = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def nameless(top: QWidget) -> list[str]:
    """Visible widgets that take part in the keyboard's round and say nothing to a screen reader."""
    found = []
    for widget in top.findChildren(QWidget):
        takes_part = isinstance(widget, INTERACTIVE) or bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        stands_for_another = widget.focusProxy() is not None
        container = stands_for_another or type(widget).__name__ in ("QScrollArea", "QTabBar", "VerticalArea")
        own = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        scrolls = type(widget).__name__ == "QScrollBar" or widget.objectName().startswith("qt_")
        inside = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QTabBar)
        if takes_part and widget.isVisible() and not (own or container or scrolls or inside):
            found.append(f"{type(widget).__name__} {widget.objectName()!r} in {type(widget.parentWidget()).__name__}")
    return found


def test_everything_that_takes_the_keyboard_has_a_name(qtbot: QtBot, window: MainWindow) -> None:
    assert nameless(window) == []
    opened(qtbot, window, "still")
    opened(qtbot, window, "counter")
    assert nameless(window) == []


def test_the_keyboard_goes_to_the_panel_that_was_opened(qtbot: QtBot, window: MainWindow) -> None:
    QTest.keyClicks(window.gallery._search, "still")
    QTest.keyClick(window.gallery._search, Qt.Key.Key_Return)
    host = window.host
    assert host is not None
    first_frame(qtbot, host)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.focusWidget() is host.shell, timeout=3000)
    if host.session.running:
        with qtbot.waitSignal(host.session.timeline_changed, check_params_cb=lambda: not host.session.running):
            pass
    QTest.keyClick(host.shell, Qt.Key.Key_Home)
    assert host.session.index == 0
    QTest.keyClick(host.shell, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert host.session.index == 10
    QTest.keyClick(host.shell, Qt.Key.Key_Space)
    assert host.session.playback.playing


def test_control_tab_goes_round_the_panels(qtbot: QtBot, window: MainWindow) -> None:
    for name in ("still", "counter", "still"):
        opened(qtbot, window, name)
    docks = list(window.docks)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=3000)
    seen = []
    for _ in range(3):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        assert window.docks.current is not None
        seen.append(docks.index(window.docks.current))
    assert seen == [0, 1, 2]
    assert window.focusWidget() is docks[2].host.shell


def test_the_palette_opens_from_a_text_field(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=3000)
    QTest.keyClick(window.gallery._search, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_box.isVisible()


def test_a_tab_that_is_clicked_is_the_panel_in_use(qtbot: QtBot, window: MainWindow) -> None:
    first = opened(qtbot, window, "still")
    opened(qtbot, window, "counter")
    bar = next(b for b in window.findChildren(QTabBar) if b.count() == 2 and b.isVisible())
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(0).center())
    qtbot.waitUntil(lambda: window.host is first, timeout=3000)


def test_full_screen_in_all_its_ways(qtbot: QtBot, window: MainWindow) -> None:
    first, second = opened(qtbot, window, "still"), opened(qtbot, window, "counter")
    window.actions_registry.run("panel.full-screen")
    screen = second.shell.window()
    assert window.docks.full and screen.windowTitle() == "Counter"
    assert {a.objectName() for a in screen.actions()} >= {"edit.undo", "panel.full-screen", "panel.next"}
    window.change_settings(theme="dark")
    qtbot.waitUntil(lambda: second.shell.theme.name == "dark")
    corner = screen.grab().toImage().pixelColor(QPoint(2, screen.height() - 2))
    assert corner.lightness() < 80, "nothing of the light theme is left behind the panel"
    window.actions_registry.run("panel.next")
    assert window.docks.full and first.shell.window() is not window and second.shell.window() is window
    window.actions_registry.run("lab.palette")
    assert not window.docks.full and window.palette_box.isVisible()
    window.palette_box.hide()
    window.docks.toggle_full_screen()
    window.actions_registry.run("panel.close")
    assert not window.docks.full and [d.host for d in window.docks] == [second] and window.host is second
    window.docks.toggle_full_screen()
    third = window.open_panel("still")
    assert third is not None and not window.docks.full and window.host is third


def test_closing_a_panel_inside_a_tick_leaves_the_others_running(qtbot: QtBot, window: MainWindow) -> None:
    endless = window.open_panel("still", {"params": {"trouble": "endless"}})
    assert endless is not None
    with qtbot.waitSignal(endless.session.progress_changed, timeout=5000, check_params_cb=lambda p: p is not None):
        pass
    assert window.status._progress.isVisible()
    assert window.docks.current is not None
    window.docks.current.close()
    assert not window.status._progress.isVisible()
    opened(qtbot, window, "counter")


def test_the_status_line_shows_the_panel_in_use_only(qtbot: QtBot, window: MainWindow) -> None:
    quiet = opened(qtbot, window, "counter")
    slow = window.open_panel("still", {"params": {"trouble": "endless"}})
    assert slow is not None
    with qtbot.waitSignal(slow.session.progress_changed, timeout=5000, check_params_cb=lambda p: p is not None):
        pass
    assert window.status._doing.text() == "for ever" and window.status._progress.isVisible()
    quiet.session.progress_changed.emit(None)
    assert window.status._progress.isVisible(), "another panel's end does not cover it"
    window.docks.next(-1)
    qtbot.waitUntil(lambda: not window.status._progress.isVisible(), timeout=3000)


def test_a_lab_file_finds_its_arrangement_among_panels_of_the_same_names(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    source = open_window(folder=tmp_path / "a")
    opened(qtbot, source, "still").view.propose(by=2.0)
    opened(qtbot, source, "counter")
    source.actions_registry.run("view.columns")
    saved = workspace_from_json(json.loads(json.dumps(source.workspace().to_json())))
    target = open_window(folder=tmp_path / "b")
    mine = opened(qtbot, target, "still")
    size = target.size()
    target.open_workspace(saved)
    assert [d.host.panel.id for d in target.docks] == ["still", "still", "counter"]
    assert len({d.objectName() for d in target.docks}) == 3 and target.size() == size
    old, still, counter = target.docks
    assert old.host is mine and still.host.session.state.current.by == 2.0  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: still.x() < counter.x(), timeout=3000)
    for dock in target.docks:
        assert target.dockWidgetArea(dock) != Qt.DockWidgetArea.NoDockWidgetArea


def test_an_arrangement_with_a_panel_that_is_gone_comes_back(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    source = open_window(folder=tmp_path / "a")
    for name in ("still", "counter", "still"):
        opened(qtbot, source, name)
    source.actions_registry.run("view.columns")
    saved = source.workspace()
    gone = Workspace(
        (saved.panels[0], Opened(saved.panels[1].name, {"panel": "gone"}), saved.panels[2]),
        saved.layout,
        saved.geometry,
    )
    target = open_window(folder=tmp_path / "b")
    target.open_workspace(gone)
    left, right = target.docks
    qtbot.waitUntil(lambda: left.isVisible() and right.isVisible() and left.x() < right.x(), timeout=3000)
    assert "There is no panel 'gone'" in target.status.currentMessage()


def blob(data: bytes, **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"version": 1, "sha256": digest, "data": base64.b64encode(data).decode(), **more}


@pytest.mark.parametrize(("qt", "kept"), [(qVersion(), True), ("6.5.0", True), ("99.0.1", False), ("x", True)])
def test_an_arrangement_of_a_newer_qt_is_left_out(qt: str, kept: bool) -> None:
    data = {"format": "courseai-lab/lab", "format_version": 1, "panels": [], "layout": blob(b"bytes", qt=qt)}
    assert workspace_from_json(data).layout == (b"bytes" if kept else b"")


def test_files_are_dropped_on_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    good, bad, other = tmp_path / "one.LAB", tmp_path / "two.png", tmp_path / "three.txt"
    good.write_text(json.dumps({"panel": "still", "params": {"by": 5.0}}))
    bad.write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    for path, taken in ((good, True), (bad, True), (other, False)):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, mime, buttons, modifiers)
        enter.ignore()
        window.dragEnterEvent(enter)
        assert enter.isAccepted() is taken
        if taken:
            drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, buttons, modifiers)
            window.dropEvent(drop)
    assert [d.host.session.state.current.by for d in window.docks] == [5.0]  # type: ignore[attr-defined]
    assert window.status.currentMessage() == "two.png is damaged or no PNG picture."


def test_a_refused_value_leaves_the_form_and_the_picture_true(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(qtbot, window, "still")
    if host.session.running:
        with qtbot.waitSignal(host.session.timeline_changed, check_params_cb=lambda: not host.session.running):
            pass
    with qtbot.waitSignal(host.drawn, timeout=3000):
        host.view.propose(by=99.0)
    row = host.shell.form.rows["by"]
    assert "by cannot be 99.0" in row.error.text() and row.error.isVisible()
    host.view.propose(by=2.0)
    assert not row.error.isVisible()


def test_help_says_what_the_panel_shows(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "information", staticmethod(lambda *words: said.append(words[2])))
    host = opened(qtbot, window, "still")
    host.shell.action_asked.emit("help")
    assert said == ["<p>Counts, slowly or fast, well or badly.</p><p>Lessons 0.0.1</p><ul></ul>"]


def test_a_state_that_cannot_be_saved_does_not_keep_the_window_open(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(qtbot, window, "still")

    def broken() -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(window, "workspace", broken)
    assert window.close() and window.ended_cleanly
    assert "on purpose" in capsys.readouterr().err


def test_a_panel_that_does_not_open_leaves_nothing_in_the_engine(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(host: PanelHost) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(PanelHost, "_show_state", broken)
    assert window.open_panel("still") is None
    assert window.engine.sessions == () and len(window.docks) == 0
    assert "The panel still did not open: RuntimeError: on purpose." in window.status.currentMessage()
    assert "on purpose" in capsys.readouterr().err

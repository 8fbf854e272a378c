"""Undo and redo over panels and their arrangement, driven through the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from courseai_lab.app.history import History
from courseai_lab.app.host import PanelHost
from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import Patch
from courseai_lab.ui.history_list import LINE


def history(window: MainWindow) -> History:
    feature = window.features["History"]
    assert isinstance(feature, History)
    return feature


def opened(window: MainWindow, name: str) -> PanelHost:
    host = window.open_panel(name)
    assert host is not None
    return host


def labels(window: MainWindow) -> list[str]:
    return [line.label for line in history(window).lines()]


def undo(window: MainWindow) -> None:
    window.actions_registry.run("edit.undo")


def redo(window: MainWindow) -> None:
    window.actions_registry.run("edit.redo")


def test_undo_acts_on_the_last_thing_done_anywhere(qtbot: QtBot, window: MainWindow) -> None:
    one, two = opened(window, "still"), opened(window, "counter")
    one.view.propose(by=2.0)
    two.view.propose_look(dots=5)
    two.session.propose(Patch(seeds={"sample": 4}))
    assert labels(window) == [
        "Beginning",
        "Open 2 panels",
        "By: 1 to 2",
        "Dots: 3 to 5",
        "Chance seed: 0 to 4",
    ]
    undo(window)
    undo(window)
    assert two.session.state.seeds.sample == 0 and two.session.state.look.dots == 3  # type: ignore[attr-defined]
    assert one.session.state.current.by == 2.0  # type: ignore[attr-defined]
    undo(window)
    assert one.session.state.current.by == 1.0  # type: ignore[attr-defined]
    assert "Undone: By: 1 to 2." in window.status.currentMessage()
    for _ in range(3):
        redo(window)
    assert two.session.state.seeds.sample == 4
    one.shell.undo_asked.emit()
    assert one.session.state.current.by == 1.0 and two.session.state.seeds.sample == 4  # type: ignore[attr-defined]
    assert not one.shell.top.button("undo").isEnabled() and two.shell.top.button("undo").isEnabled()
    two.view.propose_look(dots=9)
    assert not one.shell.top.button("redo").isEnabled() and not one.session.store.can_redo


def test_a_closed_panel_comes_back_as_it_was(qtbot: QtBot, window: MainWindow) -> None:
    one, two = opened(window, "still"), opened(window, "counter")
    window.actions_registry.run("view.columns")
    one.view.propose(by=2.0)
    one.view.propose(by=3.0)
    first = next(dock for dock in window.docks if dock.host is one)
    name = first.objectName()
    qtbot.waitUntil(lambda: next(iter(window.docks)).x() < list(window.docks)[1].x(), timeout=3000)
    first.close()
    assert [dock.host.panel.id for dock in window.docks] == ["counter"]
    undo(window)
    docks = list(window.docks)
    assert [dock.host.panel.id for dock in docks] == ["still", "counter"] and docks[0].objectName() == name
    qtbot.waitUntil(lambda: docks[0].x() < docks[1].x(), timeout=3000)
    again = docks[0].host
    assert again is not one and again.session.state.current.by == 3.0  # type: ignore[attr-defined]
    undo(window)
    assert again.session.state.current.by == 2.0  # type: ignore[attr-defined]
    with qtbot.waitSignal(again.drawn, timeout=5000):
        undo(window)
    assert again.session.state.current.by == 1.0 and again.session.frame is not None  # type: ignore[attr-defined]
    for _ in range(3):
        redo(window)
    assert [dock.host.panel.id for dock in window.docks] == ["counter"]
    assert two is docks[1].host


def test_the_arrangement_is_undone(qtbot: QtBot, window: MainWindow) -> None:
    for name in ("still", "counter"):
        opened(window, name)
    docks = list(window.docks)
    assert labels(window)[-1] == "Open 2 panels"
    window.actions_registry.run("view.columns")
    assert labels(window)[-1] == "Arrange panels"
    assert not window.tabifiedDockWidgets(docks[0])
    window.docks.show_dock(docks[1])
    window.actions_registry.run("panel.float")
    assert docks[1].isFloating() and labels(window)[-1] == "Take Counter out of the window"
    undo(window)
    assert not docks[1].isFloating()
    undo(window)
    assert window.tabifiedDockWidgets(docks[0]) == [docks[1]]
    undo(window)
    assert len(window.docks) == 0 and window.gallery.isVisible() and not history(window).can_undo
    redo(window)
    redo(window)
    redo(window)
    docks = list(window.docks)
    assert docks[1].isFloating() and labels(window)[-1] == "Take Counter out of the window"
    assert not history(window).can_redo


def test_the_list_shows_where_one_is_and_a_click_goes_there(qtbot: QtBot, window: MainWindow) -> None:
    host = opened(window, "still")
    for dots in (4, 5, 6):
        host.view.propose_look(dots=dots)
    window.actions_registry.run("edit.history")
    shown = history(window)._list
    assert shown is not None and shown.isVisible()
    lines = [shown.list.item(row).data(LINE) for row in range(shown.list.count())]
    assert [line.standing for line in lines] == ["done"] * 4 + ["here"]
    assert lines[2].label == "Dots: 3 to 4" and lines[2].where == "Still"
    box = shown.list.visualItemRect(shown.list.item(2))
    QTest.mouseClick(shown.list.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert host.session.state.look.dots == 4  # type: ignore[attr-defined]
    lines = [shown.list.item(row).data(LINE) for row in range(shown.list.count())]
    assert [line.standing for line in lines] == ["done", "done", "here", "undone", "undone"]
    QTest.keyClick(shown.list, Qt.Key.Key_Down)
    QTest.keyClick(shown.list, Qt.Key.Key_Return)
    assert host.session.state.look.dots == 5  # type: ignore[attr-defined]
    picture = shown.list.grab().toImage()
    shown.set_theme(window.themes.theme)
    assert shown.list.grab().toImage() == picture
    window.actions_registry.run("edit.history")
    assert not shown.isVisible()


def test_what_the_lab_restores_is_the_beginning(window: MainWindow) -> None:
    host = opened(window, "still")
    history(window).begin()
    assert labels(window) == ["Beginning"] and not history(window).can_undo
    host.view.propose_look(dots=4)
    undo(window)
    assert len(window.docks) == 1 and host.session.state.look.dots == 3  # type: ignore[attr-defined]
    assert window.actions_registry.action("edit.undo").shortcut() == QKeySequence("Ctrl+Z")


def test_undo_never_closes_what_a_start_brought_back(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    before = open_window(folder=tmp_path)
    opened(before, "still")
    before.close()
    after = open_window(folder=tmp_path)
    after.restore_last()
    assert len(after.docks) == 1 and labels(after) == ["Beginning"]
    undo(after)
    assert len(after.docks) == 1

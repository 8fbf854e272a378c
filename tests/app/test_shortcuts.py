"""Shortcuts: shown, changed, kept, and never two commands on the same keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.shortcuts import ShortcutsDialog


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow) -> ShortcutsDialog:
    window.actions_registry.run("help.shortcuts")
    found = window.findChild(ShortcutsDialog)
    assert found is not None
    qtbot.waitExposed(found)
    return found


def choose(dialog: ShortcutsDialog, text: str) -> None:
    table = dialog.findChild(QTableWidget)
    assert table is not None
    row = next(r for r in range(table.rowCount()) if table.item(r, 0).text() == text)
    table.setCurrentCell(row, 0)


def press(dialog: ShortcutsDialog, keys: str, button: str = "Set keys") -> None:
    dialog._keys.setKeySequence(QKeySequence(keys))
    QTest.mouseClick(next(b for b in dialog.findChildren(QPushButton) if b.text() == button), Qt.MouseButton.LeftButton)


def test_the_question_mark_opens_the_list(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Question)
    qtbot.waitUntil(lambda: window.findChild(ShortcutsDialog) is not None)


def test_every_command_of_a_menu_is_listed_with_its_keys(window: MainWindow, dialog: ShortcutsDialog) -> None:
    table = dialog._table
    listed = {table.item(r, 0).text(): table.item(r, 2).text() for r in range(table.rowCount())}
    for command in window.actions_registry:
        if command.menu:
            native = QKeySequence(command.keys).toString(QKeySequence.SequenceFormat.NativeText)
            assert listed[command.text] == native
    assert listed["Play and pause"] == "Space"


def test_keys_are_changed_and_kept(
    open_window: Callable[..., MainWindow], window: MainWindow, dialog: ShortcutsDialog, tmp_path: Path
) -> None:
    choose(dialog, "Panels")
    press(dialog, "Ctrl+Alt+G")
    assert window.actions_registry.keys("lab.gallery") == "Ctrl+Alt+G"
    assert window.actions_registry.action("lab.gallery").shortcut() == QKeySequence("Ctrl+Alt+G")
    again = open_window(folder=tmp_path)
    assert again.actions_registry.keys("lab.gallery") == "Ctrl+Alt+G"
    assert again.actions_registry.owner("Ctrl+N") == ""
    again.actions_registry.load_keys(())
    assert again.actions_registry.keys("lab.gallery") == "Ctrl+N"


@pytest.mark.parametrize(
    ("keys", "said"), [("Ctrl+K", "Ctrl+K belongs to “Command palette” already"), ("Space", "Space is play and pause")]
)
def test_keys_in_use_are_refused_with_a_sentence(
    window: MainWindow, dialog: ShortcutsDialog, keys: str, said: str
) -> None:
    choose(dialog, "Panels")
    press(dialog, keys)
    assert said in dialog._said.text()
    assert window.actions_registry.keys("lab.gallery") == "Ctrl+N"


def test_what_was_changed_goes_back(window: MainWindow, dialog: ShortcutsDialog) -> None:
    registry = window.actions_registry
    choose(dialog, "Panels")
    press(dialog, "", "No keys")
    assert registry.keys("lab.gallery") == ""
    choose(dialog, "Command palette")
    press(dialog, "Ctrl+N")
    assert registry.owner("Ctrl+N") == "lab.palette"
    choose(dialog, "Panels")
    press(dialog, "", "As it came")
    assert registry.keys("lab.gallery") == "", "another command has its keys"
    press(dialog, "", "All as they came")
    assert registry.changed_keys() == ()
    assert registry.keys("lab.gallery") == "Ctrl+N"


def test_saved_keys_that_no_longer_fit_are_left_out(window: MainWindow) -> None:
    registry = window.actions_registry
    registry.load_keys((("lab.gallery", "Ctrl+K"), ("gone.command", "Ctrl+J"), ("lab.open", "Space")))
    assert registry.owner("Ctrl+K") == "lab.palette"
    assert registry.keys("lab.open") == ""


def test_search_hides_what_does_not_match(dialog: ShortcutsDialog) -> None:
    QTest.keyClicks(dialog._search, "palette")
    table = dialog._table
    shown = [table.item(r, 0).text() for r in range(table.rowCount()) if not table.isRowHidden(r)]
    assert shown == ["Command palette"]
    assert table.currentItem().text() == "Command palette"

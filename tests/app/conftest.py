"""A window over the test panels, with its own folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import discover
from courseai_lab.ui.theme import ThemeManager


@pytest.fixture
def open_window(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., MainWindow]]:
    """Make windows over the panels of a package; closed at the end, in order.

    A question whether to save is answered with "discard": nobody sits in front of a test.
    """
    monkeypatch.setattr(QMessageBox, "question", staticmethod(lambda *_: QMessageBox.StandardButton.Discard))
    made: list[MainWindow] = []

    def make(package: str = "tests.fakes", folder: Path | None = None, safe: bool = False) -> MainWindow:
        themes = ThemeManager(qapp, "light")
        home = folder or tmp_path
        window = MainWindow(discover(package), themes, home, home / "cache", lambda: True, False, safe)
        window.show()
        qtbot.waitExposed(window)
        made.append(window)
        return window

    sheet, font, palette = qapp.styleSheet(), qapp.font(), qapp.palette()
    yield make
    for window in made:
        themes = window.themes
        window.close()
        if not window.ended_cleanly:
            # A kernel that is being compiled cannot be stopped; the app leaves without it, a test must wait.
            assert window.engine.shut_down(120_000)
        window.setParent(None)
        window.deleteLater()
        themes.deleteLater()
    qapp.setStyleSheet(sheet)
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture
def window(open_window: Callable[..., MainWindow]) -> MainWindow:
    """One window over the test panels."""
    return open_window()

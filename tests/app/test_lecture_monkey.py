"""A seeded monkey in a lecture: random keys, clicks, tools and commands; nothing escapes, and all comes back."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QWindow
from pytestqt.qtbot import QtBot

from courseai_lab.app.lecture.keys import KEYS
from courseai_lab.app.lecture.lecture import Lecture
from courseai_lab.app.main_window import MainWindow
from tests.app.test_monkey import LEFT_OUT, Monkey, alive, close_popup, no_dialogs, told

EVENTS = 200
__all__ = ["no_dialogs"]


class Lecturer(Monkey):
    """Prefers the lecture's windows, and its keys."""

    def target(self) -> QWindow:
        lecture = self.window.features["Lecture"]
        assert isinstance(lecture, Lecture)
        own = [top.windowHandle() for top in (lecture.screen, lecture.hall) if top is not None]
        handles = [handle for handle in own if alive(handle)]
        return self.rng.choice(handles) if handles and self.rng.random() < 0.8 else super().target()

    def act(self) -> None:
        lecture = self.window.features["Lecture"]
        assert isinstance(lecture, Lecture)
        chance = self.rng.random()
        if not lecture.on and chance < 0.1:
            self.trail.append("begin")
            lecture.begin(presenter=self.rng.random() < 0.5)
        elif lecture.on and chance < 0.4:
            # Ending it all the time would leave little to see.
            name = self.rng.choice([name for name in KEYS.values() if name != "leave" or chance < 0.02])
            self.trail.append(name)
            lecture.act(name)
        else:
            super().act()


def test_nothing_escapes_from_a_lecture(
    qtbot: QtBot, window: MainWindow, no_dialogs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    escaped: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda *error: escaped.append(error))
    monkeypatch.setattr("courseai_lab.app.lecture.lecture.note_failure", lambda words: escaped.append(_now(words)))
    for name in LEFT_OUT:
        window.actions_registry.action(name).setEnabled(False)
    monkey = Lecturer(window, seed=8)
    lecture = window.features["Lecture"]
    assert isinstance(lecture, Lecture)
    closer = QTimer()
    closer.setInterval(20)
    closer.timeout.connect(close_popup)
    closer.start()
    lectures = 0
    with qtbot.captureExceptions() as raised:
        for number in range(EVENTS):
            was = lecture.on
            monkey.act()
            lectures += lecture.on and not was
            if number % 6 == 0:
                QCoreApplication.processEvents()
            if len(window.docks) == 0:
                window.open_panel(monkey.rng.choice(("still", "counter")))
            found = [*escaped, *raised]
            assert not found, f"after {number} events ({monkey.trail[-5:]}):\n{told(found[0])}"
    closer.stop()
    lecture.leave()
    assert lectures >= 1 and window.isVisible() and not window.docks.full
    assert window.themes.name == window.settings.value.theme or window.themes.name != "projector"


def _now(words: str) -> Any:
    """The exception being handled, and what it stopped."""
    import sys

    print(words)
    return sys.exc_info()

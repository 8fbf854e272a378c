"""A seeded monkey: thousands of random clicks, drags, keys, wheels and commands over every panel; nothing escapes."""

from __future__ import annotations

import contextlib
import gc
import random
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QWheelEvent, QWindow
from PySide6.QtWidgets import QApplication, QColorDialog, QFileDialog, QInputDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import discover

EVENTS = 5000
PAUSE = 10
"""Events between two moments in which the window may draw: a person is not faster, and drawing is what costs."""
MOST_PANELS = 4
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape),
    *(Qt.Key.Key_1, Qt.Key.Key_9, Qt.Key.Key_Minus, Qt.Key.Key_Period, Qt.Key.Key_E, Qt.Key.Key_Backspace),
)
LEFT_OUT = {"lab.quit", "lecture.begin", "lecture.presenter"}
"""Quitting is tested elsewhere; here it would end the fun, from the palette as from the menu. A lecture takes the whole
screen, makes windows anew and ends them; it has a monkey of its own."""


class Missed(Exception):  # noqa: N818 - not an error
    """There is no window to send an event to."""


class Monkey:
    """Sends events to windows as the system does, so that Qt finds the widget meant, with grabs, popups and focus.

    It never asks for the widgets inside: a wrapper around something Qt made and may delete by itself would go stale.
    """

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.rng = random.Random(seed)
        self.trail: list[str] = []
        self.missed = 0
        self.popup: QWidget | None = None

    def act(self) -> None:
        """One random thing."""
        what = self.rng.choices((self.click, self.drag, self.wheel, self.key, self.command), (32, 24, 16, 25, 3))[0]
        self.trail.append(what.__name__)
        with contextlib.suppress(Missed):
            what()

    def target(self) -> QWindow:
        """The popup if there is one, else the window or a floating panel."""
        # The binding drops a window's handle with the wrapper of its widget: keep that until the next event.
        popup = self.popup = QApplication.activePopupWidget()
        if popup is not None and alive(popup) and alive(handle := popup.windowHandle()):
            return handle
        floating = [dock.windowHandle() for dock in self.window.docks if dock.isFloating() and dock.isVisible()]
        handles = [handle for handle in (self.window.windowHandle(), *floating) if alive(handle)]
        if not handles:
            # Qt makes a window anew when its first OpenGL child arrives; the next event finds the new one.
            self.missed += 1
            gc.collect()
            raise Missed
        return self.rng.choice(handles)

    def point(self, target: QWindow) -> QPointF:
        return QPointF(self.rng.uniform(0, target.width()), self.rng.uniform(0, target.height()))

    def mouse(self, target: QWindow, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, at, target.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(target, event)

    def click(self) -> None:
        target = self.target()
        at = self.point(target)
        button = self.rng.choices((Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton), (9, 1))[0]
        kinds = [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease]
        if self.rng.random() < 0.1:
            kinds += [QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease]
        for kind in kinds:
            if alive(target):
                self.mouse(target, kind, at, button)

    def drag(self) -> None:
        target = self.target()
        at = self.point(target)
        kinds = [QEvent.Type.MouseMove] * self.rng.randrange(1, 6)
        for kind in (QEvent.Type.MouseButtonPress, *kinds, QEvent.Type.MouseButtonRelease):
            if alive(target):
                self.mouse(target, kind, at, Qt.MouseButton.LeftButton)
                at += QPointF(self.rng.gauss(0, 40), self.rng.gauss(0, 25))

    def wheel(self) -> None:
        target = self.target()
        at = self.point(target)
        event = QWheelEvent(
            at,
            target.mapToGlobal(at),
            QPoint(),
            QPoint(0, self.rng.choice((-240, -120, 120, 240))),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(target, event)

    def key(self) -> None:
        target = self.target()
        key = self.rng.choice(KEYS)
        text = chr(key) if 32 <= int(key) < 127 else ""
        shift = self.rng.random() < 0.2
        modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if alive(target):
                QCoreApplication.sendEvent(target, QKeyEvent(kind, key, modifiers, text))

    def command(self) -> None:
        names = [c.id for c in self.window.actions_registry if c.id not in LEFT_OUT]
        if len(self.window.docks) >= MOST_PANELS:
            names = [n for n in names if not n.startswith(("open.", "panel.copy"))]
        name = self.rng.choice(names)
        self.trail[-1] += f" {name}"
        self.window.actions_registry.run(name)


def alive(thing: Any) -> bool:
    """Whether it is there, and the event before did not delete it."""
    return thing is not None and bool(shiboken6.isValid(thing))


def told(error: Any) -> str:
    """An exception's whole traceback, since it was raised far from here."""
    return "".join(traceback.format_exception(*error))


@pytest.fixture
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dialogs that would wait for a person answer "cancel"."""
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *a, **k: ("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *a, **k: ""))
    monkeypatch.setattr(QInputDialog, "getText", staticmethod(lambda *a, **k: ("", False)))
    monkeypatch.setattr(QColorDialog, "exec", lambda *a: 0)
    for name in ("about", "information", "warning", "question"):
        monkeypatch.setattr(QMessageBox, name, staticmethod(lambda *a, **k: None))


def close_popup() -> None:
    """Menus, dialogs and text that is dragged run loops of their own; this timer ends them."""
    QDrag.cancel()
    popup = QApplication.activePopupWidget()
    modal = QApplication.activeModalWidget()
    if popup is not None:
        popup.close()
    elif modal is not None:
        modal.close()


def test_nothing_escapes(
    qtbot: QtBot, open_window: Callable[..., MainWindow], no_dialogs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    escaped: list[Any] = []
    monkeypatch.setattr("sys.excepthook", lambda *error: escaped.append(error))
    window = open_window("courseai_lab.panels")
    window.resize(1000, 640)
    for name in LEFT_OUT:
        window.actions_registry.action(name).setEnabled(False)
    monkey = Monkey(window, seed=20)
    panels = monkey.rng.sample([panel.id for panel in discover()], k=len(discover()))
    closer = QTimer()
    closer.setInterval(20)
    closer.timeout.connect(close_popup)
    closer.start()
    with qtbot.captureExceptions() as raised:
        for number in range(EVENTS):
            monkey.act()
            if number % PAUSE == 0:
                QCoreApplication.processEvents()
            if panels and number % (EVENTS // len(discover())) == 0:
                for dock in list(window.docks)[MOST_PANELS - 2 :]:
                    dock.close()
                window.open_panel(panels.pop())
            if len(window.docks) == 0:
                window.open_panel(monkey.rng.choice(discover()).id)
            found = [*escaped, *raised]
            assert not found, f"after {number} events ({monkey.trail[-5:]}):\n{told(found[0])}"
    closer.stop()
    assert window.isVisible()
    assert monkey.missed < EVENTS // 20

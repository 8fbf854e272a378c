"""A seeded monkey: thousands of random clicks, drags, keys, wheels and commands over every panel; nothing escapes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QColorDialog, QFileDialog, QInputDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.app.main_window import MainWindow
from courseai_lab.contract import discover

EVENTS = 5000
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape),
    *(Qt.Key.Key_1, Qt.Key.Key_9, Qt.Key.Key_Minus, Qt.Key.Key_Period, Qt.Key.Key_E, Qt.Key.Key_Backspace),
)
LEFT_OUT = {"lab.quit"}
"""Quitting is tested elsewhere; here it would end the fun."""


class Monkey:
    """Sends events straight to widgets, so that no window manager is asked."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.rng = random.Random(seed)
        self.trail: list[str] = []

    def act(self) -> None:
        """One random thing."""
        what = self.rng.choices((self.click, self.drag, self.wheel, self.key, self.command), (30, 25, 15, 25, 5))[0]
        self.trail.append(what.__name__)
        what()

    def widget(self) -> QWidget:
        tops = [w for w in QApplication.topLevelWidgets() if alive(w) and w.isVisible() and w.width() > 50]
        top = self.rng.choice(tops or [self.window])
        at = QPoint(self.rng.randrange(max(1, top.width())), self.rng.randrange(max(1, top.height())))
        found = top.childAt(at)
        return found if found is not None and alive(found) else top

    def point(self, widget: QWidget) -> QPointF:
        return QPointF(self.rng.uniform(0, widget.width()), self.rng.uniform(0, widget.height()))

    def mouse(self, widget: QWidget, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, widget.mapToGlobal(at), button, held, modifiers)
        QCoreApplication.sendEvent(widget, event)

    def click(self) -> None:
        widget = self.widget()
        at = self.point(widget)
        button = self.rng.choices((Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton), (9, 1))[0]
        kinds = [QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease]
        if self.rng.random() < 0.1:
            kinds += [QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease]
        for kind in kinds:
            if alive(widget):
                self.mouse(widget, kind, at, button)

    def drag(self) -> None:
        widget = self.widget()
        self.mouse(widget, QEvent.Type.MouseButtonPress, self.point(widget), Qt.MouseButton.LeftButton)
        for _ in range(self.rng.randrange(1, 6)):
            if alive(widget):
                self.mouse(widget, QEvent.Type.MouseMove, self.point(widget), Qt.MouseButton.LeftButton)
        if alive(widget):
            self.mouse(widget, QEvent.Type.MouseButtonRelease, self.point(widget), Qt.MouseButton.LeftButton)

    def wheel(self) -> None:
        widget = self.widget()
        at = self.point(widget)
        turn = QPoint(0, self.rng.choice((-240, -120, 120, 240)))
        event = QWheelEvent(
            at,
            widget.mapToGlobal(at),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(widget, event)

    def key(self) -> None:
        widget = QApplication.focusWidget() or self.widget()
        key = self.rng.choice(KEYS)
        text = chr(key) if 32 <= int(key) < 127 else ""
        shift = self.rng.random() < 0.2
        modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if alive(widget):
                QCoreApplication.sendEvent(widget, QKeyEvent(kind, key, modifiers, text))

    def command(self) -> None:
        names = [c.id for c in self.window.actions_registry if c.id not in LEFT_OUT]
        if len(self.window.docks) > 4:
            names = [n for n in names if not n.startswith(("open.", "panel.copy"))]
        name = self.rng.choice(names)
        self.trail[-1] += f" {name}"
        self.window.actions_registry.run(name)


def alive(widget: QWidget) -> bool:
    """Whether the event before did not delete it."""
    import shiboken6

    return bool(shiboken6.isValid(widget))


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
    """Menus run a loop of their own; this timer ends it."""
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
    for panel in discover():
        window.open_panel(panel.id)
    window.docks.arrange("columns")
    monkey = Monkey(window, seed=20)
    closer = QTimer()
    closer.setInterval(20)
    closer.timeout.connect(close_popup)
    closer.start()
    with qtbot.captureExceptions() as raised:
        for number in range(EVENTS):
            monkey.act()
            if number % 5 == 0:
                QCoreApplication.processEvents()
            if len(window.docks) == 0:
                window.open_panel(monkey.rng.choice(discover()).id)
            assert not escaped and not raised, f"after {number} events ({monkey.trail[-5:]}): {escaped or raised}"
    closer.stop()
    assert window.isVisible()

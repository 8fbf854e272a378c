"""The keys of a lecture, taken before sliders and shortcuts see them; and what else its windows have to notice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_K = Qt.Key
CLICKER: dict[int, str] = {
    _K.Key_PageDown: "next",
    _K.Key_PageUp: "previous",
}
"""What a clicker sends; even while something is typed."""
KEYS: dict[int, str] = {
    **CLICKER,
    _K.Key_Right: "next",
    _K.Key_Down: "next",
    _K.Key_Space: "next",
    _K.Key_N: "next",
    _K.Key_Left: "previous",
    _K.Key_Up: "previous",
    _K.Key_Backspace: "previous",
    _K.Key_Home: "first",
    _K.Key_End: "last",
    _K.Key_B: "blank",
    _K.Key_Period: "blank",
    _K.Key_Escape: "leave",
    _K.Key_L: "laser",
    _K.Key_S: "spotlight",
    _K.Key_D: "pen",
    _K.Key_Z: "zoom",
    _K.Key_Plus: "closer",
    _K.Key_Equal: "closer",
    _K.Key_Minus: "farther",
    _K.Key_0: "whole",
    _K.Key_1: "color-0",
    _K.Key_2: "color-1",
    _K.Key_3: "color-2",
    _K.Key_4: "color-3",
    _K.Key_5: "color-4",
    _K.Key_U: "undo",
    _K.Key_C: "clear",
    _K.Key_F: "freeze",
    _K.Key_P: "play",
    _K.Key_K: "controls",
    _K.Key_A: "poll",
    _K.Key_R: "reveal",
    _K.Key_T: "timer",
    _K.Key_V: "presenter",
}
REPEATS = frozenset({"closer", "farther", "undo"})
"""What a key that is held down does again and again; pages are turned once a press."""
_E = QEvent.Type
_KEY_EVENTS = frozenset({_E.ShortcutOverride, _E.KeyPress, _E.KeyRelease})
_MOVES = frozenset({_E.MouseMove, _E.HoverMove})
_PLACES = frozenset({_E.Resize, _E.Move, _E.Show, _E.Hide})
_SEEN = _KEY_EVENTS | _MOVES | _PLACES | {_E.Paint}
_TYPED = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit)


class Watch(QObject):
    """An event filter of the application while a lecture goes on, and only then.

    ``act``: does what a key means. ``own``: whether a widget belongs to the lecture's windows. ``chrome``: whether it
    is one of the lecture's own buttons, which keep Space. ``moved``, ``placed``, ``painted``: told of such events.
    """

    def __init__(
        self,
        act: Callable[[str], None],
        own: Callable[[QWidget], bool],
        chrome: Callable[[QWidget], bool],
        moved: Callable[[], None],
        placed: Callable[[], None],
        painted: Callable[[QObject], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._act, self._own, self._chrome = act, own, chrome
        self._moved, self._placed, self._painted = moved, placed, painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keys of the lecture end here."""
        kind = event.type()
        if kind not in _SEEN or not isinstance(watched, QWidget):
            return False
        if kind == _E.Paint:
            self._painted(watched)
        elif kind in _KEY_EVENTS:
            return isinstance(event, QKeyEvent) and self._own(watched) and self._key(watched, event)
        elif kind in _MOVES:
            if self._own(watched):
                self._moved()
        elif self._own(watched):
            self._placed()
        return False

    def _key(self, watched: QWidget, event: QKeyEvent) -> bool:
        name = self.meaning(watched, event)
        if not name:
            return False
        event.accept()
        if event.type() == _E.KeyPress and (not event.isAutoRepeat() or name in REPEATS):
            self._act(name)
        return True

    def meaning(self, focus: QWidget, event: QKeyEvent) -> str:
        """What a key does with the focus here; "" leaves it to whoever has the focus."""
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if held or QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None:
            return ""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        name = KEYS.get(event.key(), "")
        if shift and name not in ("closer", "blank", "farther"):
            return ""
        if isinstance(focus, _TYPED) and not (isinstance(focus, QTextEdit) and focus.isReadOnly()):
            if event.key() == _K.Key_Escape:
                return "unfocus"
            return CLICKER.get(event.key(), "")
        if event.key() == _K.Key_Space and isinstance(focus, QAbstractButton) and self._chrome(focus):
            return ""
        return name

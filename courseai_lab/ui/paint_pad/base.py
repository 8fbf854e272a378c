"""What every paint pad is: strokes by mouse and by keys, one gesture each, erased with the other button."""

from __future__ import annotations

import itertools
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.ui.theme import Theme

HEIGHT_LETTERS = 19
"""Height of a pad, in sizes of the text."""

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ERASE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class PaintPad(QWidget):
    """Base of the pads. Places are shares of the pad's area: (0, 0) left above, (1, 1) right below.

    Left button or Space paints, right button or Delete erases; the arrows move a cursor, and draw while Space is held.
    """

    changed = Signal(object, str)
    """The value after a part of a stroke, and the gesture it belongs to: one for each stroke."""
    said = Signal(str)
    """One sentence about what was done or could not be done."""

    _numbers = itertools.count(1)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.name = name
        self.cursor_at = QPointF(0.5, 0.5)
        self._gesture = ""
        self._erasing = False
        self._last = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setAccessibleName(name)
        self.setProperty("part", "pad")

    @property
    def value(self) -> Any:
        """The plain value, as a parameter holds it."""
        raise TypeError(f"{type(self).__name__} must define value")

    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing, and is passed over in the middle of a stroke."""
        raise TypeError(f"{type(self).__name__} must define set_value()")

    def clear(self) -> None:
        """Take everything away, as one gesture."""
        raise TypeError(f"{type(self).__name__} must define clear()")

    def dab(self, start: QPointF, end: QPointF, erase: bool, first: bool) -> bool:
        """Paint from ``start`` to ``end`` (the same place at the ``first``); returns whether anything changed."""
        raise TypeError(f"{type(self).__name__} must define dab()")

    def step(self) -> tuple[float, float]:
        """How far an arrow key goes, as shares of the area."""
        return 0.05, 0.05

    def ended(self) -> bool:
        """A stroke is over; returns whether finishing it changed the value."""
        return False

    @property
    def painting(self) -> bool:
        """Whether a stroke goes on."""
        return bool(self._gesture)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self.theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room, of a height that a hand can draw in."""
        side = self.theme.text_px * HEIGHT_LETTERS
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """May be narrow."""
        return QSize(self.theme.text_px * 10, self.theme.text_px * HEIGHT_LETTERS)

    def area(self) -> QRectF:
        """Where is painted, inside the widget."""
        return QRectF(self.rect()).adjusted(3, 3, -3, -3)

    def share(self, at: QPointF) -> QPointF:
        """A place of the widget as shares of the area, kept inside."""
        area = self.area()
        x = (at.x() - area.left()) / max(area.width(), 1.0)
        y = (at.y() - area.top()) / max(area.height(), 1.0)
        return QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    def pixel(self, at: QPointF) -> QPointF:
        """Shares of the area as a place of the widget."""
        area = self.area()
        return QPointF(area.left() + at.x() * area.width(), area.top() + at.y() * area.height())

    def begin(self, at: QPointF, erase: bool) -> None:
        """A stroke begins."""
        self._gesture = self.new_gesture()
        self._erasing = erase
        self._last = at
        self.cursor_at = at
        self._tell(self.dab(at, at, erase, True))

    def go_on(self, at: QPointF) -> None:
        """It goes on to a place."""
        if self._gesture:
            self._tell(self.dab(self._last, at, self._erasing, False))
            self._last = at
            self.cursor_at = at

    def end(self) -> None:
        """It is over."""
        if self._gesture:
            changed = self.ended()
            gesture, self._gesture = self._gesture, ""
            if changed:
                self.changed.emit(self.value, gesture)
            self.update()

    def new_gesture(self) -> str:
        """A name that no other gesture has."""
        return f"paint-{next(self._numbers)}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A stroke begins; with the right button it erases."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) and not self._gesture:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.begin(self.share(event.position()), event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """It goes on."""
        self.go_on(self.share(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It is over."""
        if not event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton):
            self.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick dabs are two dabs."""
        self.mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Space, arrows and Delete from the transport and the window while the pad has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            if plain and (event.key() in _ARROWS or event.key() in _ERASE or event.key() == Qt.Key.Key_Space):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, with Shift four times as far; Space paints, Delete erases."""
        key = event.key()
        if key in _ARROWS:
            self.move_cursor(*_ARROWS[Qt.Key(key)], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat() and not self._gesture:
                self.begin(self.cursor_at, False)
        elif key in _ERASE:
            if not self._gesture:
                self.begin(self.cursor_at, True)
                self.end()
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is let go: the stroke is over."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.end()
        else:
            super().keyReleaseEvent(event)

    def move_cursor(self, right: int, down: int, far: bool) -> None:
        """Move the keyboard's cursor, drawing where a stroke goes on."""
        dx, dy = self.step()
        times = 4 if far else 1
        at = QPointF(
            min(max(self.cursor_at.x() + right * dx * times, 0.0), 1.0),
            min(max(self.cursor_at.y() + down * dy * times, 0.0), 1.0),
        )
        if self._gesture:
            self.go_on(at)
        else:
            self.cursor_at = at
        self.setAccessibleDescription(self.where())

    def where(self) -> str:
        """The cursor's place in words."""
        return f"cursor at {self.cursor_at.x():.0%} from the left, {self.cursor_at.y():.0%} from the top"

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the cursor."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A stroke by keys ends with the focus."""
        super().focusOutEvent(event)
        self.end()
        self.update()

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw the content into the area."""
        raise TypeError(f"{type(self).__name__} must define paint()")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, content, frame, and the cursor while the keyboard is here."""
        painter = QPainter(self)
        area = self.area()
        painter.fillRect(area, QColor(self.theme.ground))
        painter.save()
        painter.setClipRect(area.adjusted(-2, -2, 2, 2))
        self.paint(painter, area)
        painter.restore()
        focused = self.hasFocus()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.accent if focused else self.theme.control), 2 if focused else 1))
        painter.drawRect(area.adjusted(-1, -1, 1, 1))
        if focused:
            self.paint_cursor(painter)
        painter.end()

    def paint_cursor(self, painter: QPainter) -> None:
        """A ring where the keys would paint."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = self.pixel(self.cursor_at)
        for color, radius in ((self.theme.ground, 6.0), (self.theme.accent, 5.0)):
            painter.setPen(QPen(QColor(color), 1.5))
            painter.drawEllipse(at, radius, radius)

    def _tell(self, changed: bool) -> None:
        if changed:
            self.changed.emit(self.value, self._gesture)
        self.update()

"""The slider of a number: a thin track, a round handle, marks that a computation puts on it, ticks at decades."""

from __future__ import annotations

import itertools
import time

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from courseai_lab.contract import Mark
from courseai_lab.ui.param_form.scale import Scale
from courseai_lab.ui.theme import Theme, text_font

SNAP_PX = 6
KEY_GESTURE_S = 0.7
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class Gestures:
    """Names of one control's gestures: a drag from press to release, or key presses close together."""

    _numbers = itertools.count(1)

    def __init__(self, name: str) -> None:
        self._name = name
        self._drag = ""
        self._last = ""
        self._at = -1e9

    @property
    def dragging(self) -> bool:
        """Whether a drag goes on."""
        return bool(self._drag)

    def begin(self) -> None:
        """A drag begins."""
        self._drag = self._new()

    def end(self) -> None:
        """The drag is over."""
        self._drag = ""
        self._at = -1e9

    def now(self) -> str:
        """The gesture that a change made at this moment belongs to."""
        if self._drag:
            return self._drag
        now = time.monotonic()
        if now - self._at > KEY_GESTURE_S:
            self._last = self._new()
        self._at = now
        return self._last

    def _new(self) -> str:
        return f"form-{self._name}-{next(self._numbers)}"


class ValueSlider(QSlider):
    """A horizontal slider over a ``Scale``; keeps the exact value, also one between its positions.

    ``chosen(value, gesture)`` is emitted for every change the user makes, never for ``set_value``. Arrow keys nudge,
    Page keys ten times as far, Home and End go to the ends; the wheel counts only while it has the focus;
    ``reset_asked`` on double click.
    """

    chosen = Signal(object, str)
    reset_asked = Signal()
    released = Signal()

    def __init__(self, scale: Scale, theme: Theme, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._scale = scale
        self._theme = theme
        self._value: float = scale.low
        self._marks: tuple[Mark, ...] = ()
        self._limit: float | None = None
        self._gestures = Gestures(name)
        self._silent = False
        self._hovered = False
        self.setRange(0, scale.last)
        self.setPageStep(max(1, scale.last // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.valueChanged.connect(self._moved_by_others)

    @property
    def exact(self) -> float:
        """The value shown."""
        return self._value

    @property
    def dragging(self) -> bool:
        """Whether the user holds the handle."""
        return self._gestures.dragging

    def set_value(self, value: float) -> None:
        """Show ``value``; emits nothing."""
        self._value = value
        self._silent = True
        self.setValue(self._scale.position(value))
        self._silent = False
        self.update()

    def set_scale(self, scale: Scale) -> None:
        """Take another range and keep the value."""
        self._scale = scale
        self._silent = True
        self.setRange(0, scale.last)
        self._silent = False
        self.set_value(self._value)

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Show ticks with labels under the track; values outside the range are left out."""
        inside = tuple(m for m in marks if self._scale.low <= m.value <= self._scale.high)
        if inside != self._marks:
            self._marks = inside
            self.updateGeometry()
            self.update()

    def set_limit(self, value: float | None) -> None:
        """Show that only the part up to ``value`` exists so far (None: all of it)."""
        if value != self._limit:
            self._limit = value
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it may be; one line higher when it carries marks."""
        height = self._knob() + self._theme.gap(2)
        if any(mark.label for mark in self._marks):
            height += round(self._theme.caption_px * 1.3)
        return QSize(self._theme.text_px * 12, height)

    def minimumSizeHint(self) -> QSize:
        """Still usable at this width."""
        return QSize(self._theme.text_px * 4, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, accent part, ticks, marks, handle and focus ring."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = self._track()
        on = self.isEnabled()
        if theme.name == "projector":
            painter.setPen(QPen(QColor(theme.control), 1))
        painter.setBrush(QColor(theme.pressed))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        x = self._x(self._value)
        if self._limit is not None:
            reached = QRectF(track.left(), track.top(), self._x(self._limit) - track.left(), track.height())
            painter.setBrush(QColor(theme.disabled))
            painter.drawRoundedRect(reached, track.height() / 2, track.height() / 2)
        painter.setBrush(QColor(theme.accent if on else theme.disabled))
        start = self._x(max(0.0, self._scale.low)) if self._scale.low < 0 < self._scale.high else track.left()
        painter.drawRoundedRect(
            QRectF(min(start, x), track.top(), abs(x - start), track.height()), track.height() / 2, track.height() / 2
        )
        self._paint_ticks(painter, track)
        self._paint_marks(painter, track)
        self._paint_handle(painter, QPointF(x, track.center().y()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the pointer and begin a gesture."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._gestures.begin()
        self.setSliderDown(True)
        if abs(event.position().x() - self._x(self._value)) > self._knob() / 2:
            self._drag_to(event.position().x())
        event.accept()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer, lightly held by marks."""
        if self.dragging:
            self._drag_to(event.position().x())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self.dragging and event.button() == Qt.MouseButton.LeftButton:
            self._gestures.end()
            self.setSliderDown(False)
            self.released.emit()
            self.update()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_asked.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Count only with the focus, so that scrolling past never changes a value."""
        if not self.hasFocus():
            event.ignore()
            return
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._choose(self._scale.nudged(self._value, 1 if turned > 0 else -1))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge, or go to an end."""
        key = Qt.Key(event.key())
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
        elif key in _STEPS:
            self._choose(self._scale.nudged(self._value, _STEPS[key]))
        elif key in _ENDS:
            self._choose(self._scale.value(0 if key == Qt.Key.Key_Home else self._scale.last))
        else:
            event.ignore()

    def nudge(self, steps: int) -> None:
        """Move as by so many key presses; used by the number beside it."""
        self._choose(self._scale.nudged(self._value, steps))

    def event(self, event: QEvent) -> bool:
        """Keep the keys it uses from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.modifiers() and (event.key() in _STEPS or event.key() in _ENDS):
                event.accept()
                return True
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self._hovered = event.type() == QEvent.Type.HoverEnter
            self.update()
        return super().event(event)

    def _moved_by_others(self, position: int) -> None:
        # Assistive technology sets positions; everything else here goes through ``_choose``.
        if not self._silent:
            self._value = self._scale.value(position)
            self.chosen.emit(self._value, self._gestures.now())

    def _choose(self, value: float) -> None:
        if value != self._value:
            self.set_value(value)
            self.chosen.emit(value, self._gestures.now())

    def _drag_to(self, x: float) -> None:
        for mark in self._marks:
            if abs(self._x(mark.value) - x) <= SNAP_PX:
                self._choose(self._scale.held(mark.value))
                return
        track = self._track()
        share = (x - track.left()) / max(1.0, track.width())
        self._choose(self._scale.value(share * self._scale.last))

    def _knob(self) -> int:
        return round(self._theme.text_px * 1.2 / 2) * 2

    def _track(self) -> QRectF:
        thick = max(4.0, self._theme.gap(1))
        margin = self._knob() / 2 + 2
        middle = (self._knob() + self._theme.gap(2)) / 2
        return QRectF(margin, middle - thick / 2, max(1.0, self.width() - 2 * margin), thick)

    def _x(self, value: float) -> float:
        track = self._track()
        return track.left() + self._scale.share(value) * track.width()

    def _paint_ticks(self, painter: QPainter, track: QRectF) -> None:
        painter.setBrush(QColor(self._theme.control))
        for value in self._scale.decades():
            x = self._x(value)
            if track.left() + 2 < x < track.right() - 2:
                painter.drawEllipse(QPointF(x, track.bottom() + 4), 1.2, 1.2)

    def _paint_marks(self, painter: QPainter, track: QRectF) -> None:
        if not self._marks:
            return
        font = text_font(self._theme, self._theme.caption_px)
        painter.setFont(font)
        measure = QFontMetricsF(font)
        taken = -1.0
        for mark in sorted(self._marks, key=lambda m: m.value):
            x = self._x(mark.value)
            painter.setPen(QPen(QColor(self._theme.text), 2))
            painter.drawLine(QPointF(x, track.top() - 3), QPointF(x, track.bottom() + 5))
            label = measure.elidedText(mark.label, Qt.TextElideMode.ElideRight, self.width())
            width = measure.horizontalAdvance(label)
            left = min(max(0.0, x - width / 2), self.width() - width)
            if left <= taken:
                continue
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(left, self.height() - measure.descent()), label)
            taken = left + width + measure.horizontalAdvance(" ")
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_handle(self, painter: QPainter, centre: QPointF) -> None:
        theme, on = self._theme, self.isEnabled()
        radius = self._knob() / 2 - 1
        if self.hasFocus() and on:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(QColor(theme.ground))
            painter.drawEllipse(centre, radius + 1.5, radius + 1.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(centre, radius - 2, radius - 2)
            return
        painter.setPen(QPen(QColor(theme.accent if on else theme.disabled), 2))
        lit = on and (self._hovered or self.dragging)
        painter.setBrush(QColor(theme.accent if lit else theme.ground))
        painter.drawEllipse(centre, radius - 1, radius - 1)
        painter.setPen(Qt.PenStyle.NoPen)

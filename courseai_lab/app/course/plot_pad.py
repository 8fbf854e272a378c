"""A small empty plot on which a prediction is put: a point, or a curve; by mouse, pen or arrow keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.lessons.question_header import Question
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme, text_font

KNOTS = 33
REACH = 4
"""A knot moved by a key takes so many neighbours along, less the further they are."""
NUDGE = 0.02
TICKS = 4


class PlotPad(QWidget):
    """Takes one point (``question.kind`` point) or a curve of knots, and shows the truth beside it."""

    changed = Signal()

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None, quiet: bool = False) -> None:
        super().__init__(parent)
        self._quiet = quiet
        """On paper nobody is asked to click."""
        self._question = question
        self._theme = theme
        self._point: tuple[float, float] | None = None
        self._curve = np.full(KNOTS, 0.5)
        self._drawn = False
        self._knot = KNOTS // 2
        self._last: tuple[int, float] | None = None
        self._true: Sequence[tuple[float, float]] | None = None
        self._locked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        how = "Click or use the arrow keys to place your point." if self._single else "Draw, or use the arrow keys."
        self.setToolTip(how)
        self.setAccessibleName(f"Your {'point' if self._single else 'curve'}: {question.y_name} by {question.x_name}")
        self.set_theme(theme)

    @property
    def answer(self) -> tuple[float, float] | list[tuple[float, float]] | None:
        """The point, or the knots of the curve, in the question's units; None while nothing was placed."""
        if self._single:
            return self._point
        if not self._drawn:
            return None
        xs = np.linspace(*self._question.x_range, KNOTS)
        low, high = self._question.y_range
        return [(float(x), float(low + (high - low) * y)) for x, y in zip(xs, self._curve, strict=True)]

    def show_truth(self, true: Sequence[tuple[float, float]]) -> None:
        """Draw what is true, and take no more changes."""
        self._true = true
        self._locked = True
        self.update()

    def unlock(self) -> None:
        """Ask again."""
        self._true = None
        self._locked = False
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self.setFixedHeight(theme.text_px * 15)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide and low."""
        return QSize(self._theme.text_px * 22, self._theme.text_px * 15)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Place the point, or begin to draw."""
        self._last = None
        self._put(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the point, or draw on."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._put(event.position())

    def event(self, event: QEvent) -> bool:
        """The arrow keys are the pad's own, not the window's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _ARROWS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows move the point; in a curve sideways chooses a knot, up and down moves it."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or self._locked:
            super().keyPressEvent(event)
        elif self._single:
            (x0, x1), (y0, y1) = self._question.x_range, self._question.y_range
            x, y = self._point or ((x0 + x1) / 2, (y0 + y1) / 2)
            x = min(x1, max(x0, x + step[0] * NUDGE * (x1 - x0)))
            self._point = x, min(y1, max(y0, y + step[1] * NUDGE * (y1 - y0)))
            self._tell()
        else:
            self._knot = min(KNOTS - 1, max(0, self._knot + step[0]))
            if step[1]:
                away = np.abs(np.arange(KNOTS) - self._knot)
                self._curve += step[1] * NUDGE * np.maximum(0.0, 1.0 - away / REACH)
                np.clip(self._curve, 0.0, 1.0, out=self._curve)
                self._drawn = True
            self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Frame, ticks, names; then the prediction and the truth, each with its own mark and word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter)
        theme = self._theme
        if self._true is not None:
            self._paint_values(painter, self._true, theme.role("data"), theme.line_still, True)
        mine = self.answer
        if mine is not None:
            places = [mine] if isinstance(mine, tuple) else mine
            self._paint_values(painter, places, theme.role("model"), theme.line_still, False)
        elif not self._locked and not self._quiet:
            painter.setPen(QColor(theme.muted))
            painter.drawText(self._area(), Qt.AlignmentFlag.AlignCenter, "Click here" if self._single else "Draw here")
        if not self._single and self.hasFocus() and not self._locked:
            xs = np.linspace(*self._question.x_range, KNOTS)
            low, high = self._question.y_range
            at = self._place(float(xs[self._knot]), float(low + (high - low) * self._curve[self._knot]))
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawEllipse(at, 5, 5)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    @property
    def _single(self) -> bool:
        return self._question.kind == "point"

    def _tell(self) -> None:
        self.update()
        self.changed.emit()

    def _area(self) -> QRectF:
        t = self._theme
        return QRectF(self.rect()).adjusted(t.text_px * 3.6, t.gap(3), -t.gap(3), -t.text_px * 3.2)

    def _place(self, x: float, y: float) -> QPointF:
        area = self._area()
        (x0, x1), (y0, y1) = self._question.x_range, self._question.y_range
        return QPointF(
            area.left() + area.width() * (x - x0) / (x1 - x0), area.bottom() - area.height() * (y - y0) / (y1 - y0)
        )

    def _put(self, at: QPointF) -> None:
        if self._locked:
            return
        area = self._area()
        across = min(1.0, max(0.0, (at.x() - area.left()) / max(1.0, area.width())))
        up = min(1.0, max(0.0, (area.bottom() - at.y()) / max(1.0, area.height())))
        if self._single:
            (x0, x1), (y0, y1) = self._question.x_range, self._question.y_range
            self._point = x0 + across * (x1 - x0), y0 + up * (y1 - y0)
        else:
            knot = round(across * (KNOTS - 1))
            first, height = self._last if self._last is not None else (knot, up)
            for k in range(min(first, knot), max(first, knot) + 1):
                share = 1.0 if first == knot else (k - first) / (knot - first)
                self._curve[k] = height + share * (up - height)
            self._last = (knot, up)
            self._knot = knot
            self._drawn = True
        self._tell()

    def _paint_axes(self, painter: QPainter) -> None:
        t, area = self._theme, self._area()
        painter.setFont(text_font(t, t.caption_px))
        painter.setPen(QPen(QColor(t.outline), 1))
        painter.setBrush(QColor(t.ground))
        painter.drawRect(area)
        (x0, x1), (y0, y1) = self._question.x_range, self._question.y_range
        for k in range(TICKS + 1):
            x, y = x0 + (x1 - x0) * k / TICKS, y0 + (y1 - y0) * k / TICKS
            across, down = self._place(x, y0).x(), self._place(x0, y).y()
            painter.setPen(QPen(QColor(t.grid), 1))
            painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
            painter.drawLine(QPointF(area.left(), down), QPointF(area.right(), down))
            painter.setPen(QColor(t.muted))
            wide, high = t.caption_px * 4.0, t.caption_px * 1.3
            below = QRectF(across - wide / 2, area.bottom() + 2, wide, high)
            below.moveRight(min(below.right(), float(self.width())))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, fmt(x, 3, trim=True))
            beside = QRectF(0, down - high / 2, area.left() - 4, high)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fmt(y, 3, trim=True))
        painter.setPen(QColor(t.text))
        foot = QRectF(area.left(), self.height() - t.caption_px * 1.5, area.width(), t.caption_px * 1.4)
        words = f"{self._question.y_name}  by  {self._question.x_name}"
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_values(
        self, painter: QPainter, values: Sequence[tuple[float, float]], color: str, width: float, true: bool
    ) -> None:
        area = self._area()
        painter.save()
        painter.setClipRect(area.adjusted(-6, -6, 6, 6))
        pen = QPen(QColor(color), max(2.0, width), Qt.PenStyle.SolidLine if true else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        places = [self._place(*value) for value in values]
        if len(places) > 1:
            painter.drawPolyline(QPolygonF(places))
        elif true:
            painter.setBrush(QColor(color))
            painter.drawEllipse(places[0], 5, 5)
        else:
            corner = places[0]
            painter.drawLine(corner - QPointF(6, 6), corner + QPointF(6, 6))
            painter.drawLine(corner - QPointF(6, -6), corner + QPointF(6, -6))
        if self._true is not None:
            end = places[len(places) // 2 if not true else -1]
            words = "truth" if true else "you"
            room = painter.fontMetrics().horizontalAdvance(words)
            x = min(end.x() + 8, area.right() - room - 2)
            # One above, one below: where both come near, both can be read.
            y = end.y() - 8 if true else end.y() + painter.fontMetrics().ascent() + 8
            painter.drawText(QPointF(x, max(area.top() + 12, min(area.bottom() - 4, y))), words)
        painter.restore()


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}

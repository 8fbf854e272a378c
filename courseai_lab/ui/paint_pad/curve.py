"""A pad for a curve: drawn freehand, or set by knots; always one y for each x, monotone where that is asked for."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.paint_pad.base import PaintPad
from courseai_lab.ui.theme import Theme, text_font

Monotone = Literal["", "rising", "falling"]
Floats = NDArray[np.float64]
Knot = tuple[float, float]
COLUMNS = 201
"""Places in x at which a freehand stroke is noted."""
NEAR = 0.045
CLOSE = 1e-3
"""Knots are at least this share of the range apart."""
TOLERANCE = 0.004
"""A freehand curve keeps as many knots as hold it this close, as a share of the range of y."""


def simplified(x: Floats, y: Floats, limit: int, tolerance: float) -> list[int]:
    """Indices of the points of a curve that keep the straight lines between them within ``tolerance`` of all others.

    Greedy Douglas-Peucker (1973): the farthest point is taken next, up to ``limit`` points; both ends always.
    """
    kept = [0, len(x) - 1]
    while len(kept) < limit:
        off = np.abs(y - np.interp(x, x[kept], y[kept]))
        worst = int(off.argmax())
        if off[worst] <= tolerance:
            break
        kept = sorted({*kept, worst})
    return kept


def straightened(y: Floats, monotone: Monotone, first: int, last: int) -> Floats:
    """``y`` [place] made monotone: the part from ``first`` to ``last`` was drawn just now and the others give way."""
    if not monotone:
        return y
    sign = 1.0 if monotone == "rising" else -1.0
    y = sign * y
    y[first : last + 1] = np.maximum.accumulate(y[first : last + 1])
    y[:first] = np.minimum(y[:first], y[first])
    y[last + 1 :] = np.maximum(y[last + 1 :], y[last])
    return sign * y


class CurvePad(PaintPad):
    """Its value is a tuple of knots (x, y) from the left end of the range to the right end, joined by straight lines.

    ``freehand``: a stroke replaces the part of the curve under it. Otherwise a click adds a knot or drags the one
    there. The right button removes one. Keys: left and right choose a knot, up and down move it, Space adds one,
    Delete removes it.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        x: tuple[float, float] = (0.0, 1.0),
        y: tuple[float, float] = (0.0, 1.0),
        monotone: Monotone = "",
        limit: int = 24,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, name, parent)
        self.x_range, self.y_range, self.monotone, self.limit = x, y, monotone, max(limit, 2)
        self.freehand = True
        self.selected = 0
        ends = (y[0], y[1]) if monotone != "falling" else (y[1], y[0])
        self._knots: tuple[Knot, ...] = ((x[0], ends[0]), (x[1], ends[1]))
        self._line: Floats = np.zeros(0)
        self._held = -1

    @property
    def value(self) -> tuple[Knot, ...]:
        """The knots from left to right."""
        return self._knots

    def set_value(self, value: Any) -> None:
        """Show a curve."""
        if not self.painting and value:
            self._knots = tuple((float(x), float(y)) for x, y in value)
            self.selected = min(self.selected, len(self._knots) - 1)
            self.update()

    def clear(self) -> None:
        """Straight from the first knot to the last."""
        self._take([self._knots[0], self._knots[-1]], self.new_gesture())

    def dab(self, start: QPointF, end: QPointF, erase: bool, first: bool) -> bool:
        """Draw, or move a knot."""
        before = self._knots
        if erase:
            self._remove(self._near(end))
        elif self.freehand:
            self._draw(start, end, first)
        else:
            self._drag(end, first)
        return self._knots != before

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys work on knots, whichever way the mouse draws."""
        far = 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        key, last = event.key(), len(self._knots) - 1
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.selected = min(max(self.selected + (1 if key == Qt.Key.Key_Right else -1), 0), last)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = (self.y_range[1] - self.y_range[0]) * 0.01 * far * (1 if key == Qt.Key.Key_Up else -1)
            x, y = self._knots[self.selected]
            self._put(self.selected, (x, y + step), self.new_gesture())
        elif key == Qt.Key.Key_Space:
            self._halve()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            knots = list(self._knots)
            if 0 < self.selected < last:
                del knots[self.selected]
                self._take(knots, self.new_gesture())
        else:
            super().keyPressEvent(event)
            return
        self.setAccessibleDescription(self.where())
        self.update()

    def where(self) -> str:
        """The chosen knot."""
        x, y = self._knots[self.selected]
        return f"knot {self.selected + 1} of {len(self._knots)}, x {fmt(x, 3)}, y {fmt(y, 3)}"

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """A light grid, the curve, its knots."""
        painter.setPen(QPen(QColor(self.theme.grid), 1))
        for k in (0.25, 0.5, 0.75):
            x, y = area.left() + k * area.width(), area.top() + k * area.height()
            painter.drawLines([QLineF(x, area.top(), x, area.bottom()), QLineF(area.left(), y, area.right(), y)])
        self._paint_ends(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = [self.pixel(self._share_of(knot)) for knot in self._knots]
        painter.setPen(QPen(QColor(self.theme.accent), 2))
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(QColor(self.theme.accent))
        painter.setPen(QPen(QColor(self.theme.ground), 1.5))
        for at in places:
            painter.drawEllipse(at, 4.5, 4.5)

    def paint_cursor(self, painter: QPainter) -> None:
        """A ring around the chosen knot."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.text), 2))
        painter.drawEllipse(self.pixel(self._share_of(self._knots[self.selected])), 7.5, 7.5)

    def _paint_ends(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(text_font(self.theme, self.theme.caption_px))
        painter.setPen(QColor(self.theme.muted))
        box = area.adjusted(4, 2, -4, -2)
        (left, right), (low, high) = self.x_range, self.y_range
        corner = f"{fmt(left, 3, trim=True)}, {fmt(low, 3, trim=True)}"
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, corner)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, fmt(right, 3, trim=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, fmt(high, 3, trim=True))

    def _draw(self, start: QPointF, end: QPointF, first: bool) -> None:
        x = np.linspace(*self.x_range, COLUMNS)
        if first:
            self._line = np.interp(x, *np.array(self._knots).T)
        a, b = sorted((start, end), key=QPointF.x)
        low, high = round(a.x() * (COLUMNS - 1)), round(b.x() * (COLUMNS - 1))
        ya, yb = self._at(a)[1], self._at(b)[1]
        self._line[low : high + 1] = np.linspace(ya, yb, high - low + 1)
        self._line = straightened(self._line, self.monotone, low, high)
        tolerance = TOLERANCE * (self.y_range[1] - self.y_range[0])
        kept = simplified(x, self._line, self.limit, tolerance)
        self._set([(float(x[k]), float(self._line[k])) for k in kept])

    def _drag(self, at: QPointF, first: bool) -> None:
        if first:
            self._held = self._near(at)
            if self._held < 0:
                self._held = self._insert(self._at(at))
        if self._held >= 0:
            self.selected = self._held
            self._set(self._moved(self._held, self._at(at)))

    def _insert(self, knot: Knot) -> int:
        if len(self._knots) >= self.limit:
            self.said.emit(f"A curve has at most {self.limit} knots; remove one first.")
            return -1
        index = sum(1 for x, _ in self._knots if x < knot[0])
        if not 0 < index < len(self._knots):
            return min(max(index, 0), len(self._knots) - 1)
        self._set([*self._knots[:index], knot, *self._knots[index:]])
        return index

    def _remove(self, index: int) -> None:
        if 0 < index < len(self._knots) - 1:
            self._set([*self._knots[:index], *self._knots[index + 1 :]])

    def _halve(self) -> None:
        """A knot in the middle of the piece right of the chosen one."""
        k = min(self.selected, len(self._knots) - 2)
        (xa, ya), (xb, yb) = self._knots[k], self._knots[k + 1]
        if len(self._knots) >= self.limit or xb - xa < 3 * CLOSE * (self.x_range[1] - self.x_range[0]):
            self.said.emit(f"No knot fits in there; a curve has at most {self.limit}.")
            return
        knots = [*self._knots[: k + 1], ((xa + xb) / 2, (ya + yb) / 2), *self._knots[k + 1 :]]
        self.selected = k + 1
        self._take(knots, self.new_gesture())

    def _moved(self, index: int, knot: Knot) -> list[Knot]:
        """The knots with one moved: ends keep their x, others stay between their neighbours, all inside the ranges."""
        knots = list(self._knots)
        gap = CLOSE * (self.x_range[1] - self.x_range[0])
        x, y = knot[0], min(max(knot[1], self.y_range[0]), self.y_range[1])
        if index in (0, len(knots) - 1):
            x = knots[index][0]
        else:
            x = min(max(x, knots[index - 1][0] + gap), knots[index + 1][0] - gap)
        if self.monotone:
            below, above = (index - 1, index + 1) if self.monotone == "rising" else (index + 1, index - 1)
            if 0 <= below < len(knots):
                y = max(y, knots[below][1])
            if 0 <= above < len(knots):
                y = min(y, knots[above][1])
        knots[index] = (x, y)
        return knots

    def _put(self, index: int, knot: Knot, gesture: str) -> None:
        self._take(self._moved(index, knot), gesture)

    def _take(self, knots: list[Knot], gesture: str) -> None:
        before = self._knots
        self._set(knots)
        if self._knots != before:
            self.changed.emit(self._knots, gesture)

    def _set(self, knots: list[Knot]) -> None:
        self._knots = tuple((round(x, 6), round(y, 6)) for x, y in knots)
        self.selected = min(self.selected, len(self._knots) - 1)
        self.update()

    def _near(self, at: QPointF) -> int:
        """The knot under a place, or -1."""
        far = [(self._share_of(knot) - at) for knot in self._knots]
        lengths = [off.x() ** 2 + off.y() ** 2 for off in far]
        nearest = int(np.argmin(lengths))
        return nearest if lengths[nearest] <= NEAR**2 else -1

    def _at(self, at: QPointF) -> Knot:
        (left, right), (low, high) = self.x_range, self.y_range
        return left + at.x() * (right - left), high - at.y() * (high - low)

    def _share_of(self, knot: Knot) -> QPointF:
        (left, right), (low, high) = self.x_range, self.y_range
        return QPointF((knot[0] - left) / (right - left), (high - knot[1]) / (high - low))

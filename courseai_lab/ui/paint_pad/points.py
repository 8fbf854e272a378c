"""A pad for points of several classes: click or drag to add, drag with the right button to erase."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.paint_pad.base import PaintPad
from courseai_lab.ui.plots.heat_paint import paint_marker
from courseai_lab.ui.theme import Theme, text_font

SPREADS = {"exact": 0.0, "narrow": 0.04, "wide": 0.1}
"""Standard deviation of the scatter about the pointer, as a share of the pad."""
SPACING = 0.035
ERASER = 0.05
Point = tuple[float, float, float]


class PointsPad(PaintPad):
    """Its value is a tuple of (x, y, class) with x and y in the given ranges, y growing upwards."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        x: tuple[float, float] = (-1.0, 1.0),
        y: tuple[float, float] = (-1.0, 1.0),
        limit: int = 500,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, name, parent)
        self.x_range, self.y_range = x, y
        self.limit = limit
        self.label = 0
        self.spread = SPREADS["exact"]
        self._points: tuple[Point, ...] = ()
        self._since = QPointF()

    @property
    def value(self) -> tuple[Point, ...]:
        """The points, in the order in which they were painted."""
        return self._points

    def set_value(self, value: Any) -> None:
        """Show points."""
        if not self.painting:
            self._points = tuple((float(p[0]), float(p[1]), float(p[2])) for p in value or ())
            self.update()

    def clear(self) -> None:
        """No points."""
        if self._points:
            self._points = ()
            self.update()
            self.changed.emit(self._points, self.new_gesture())

    def area(self) -> QRectF:
        """A square in the middle."""
        room = super().area()
        side = min(room.width(), room.height())
        return QRectF(room.center().x() - side / 2, room.center().y() - side / 2, side, side)

    def dab(self, start: QPointF, end: QPointF, erase: bool, first: bool) -> bool:
        """Add points along the way, a little apart, or take those near it away."""
        if erase:
            return self._erase(end)
        if not first and (end - self._since).manhattanLength() < SPACING:
            return False
        if len(self._points) >= self.limit:
            self.said.emit(f"There are {self.limit} points already, as many as can be; erase some first.")
            return False
        self._since = end
        self._points = (*self._points, self._scattered(end))
        return True

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Axes through zero, the ends of the ranges, the points."""
        painter.setPen(QPen(QColor(self.theme.grid), 1))
        for zero, across in ((self._share_of(0.0, self.x_range), True), (self._share_of(0.0, self.y_range), False)):
            if 0 < zero < 1:
                middle = area.left() + zero * area.width() if across else area.bottom() - zero * area.height()
                upright = QLineF(middle, area.top(), middle, area.bottom())
                painter.drawLine(upright if across else QLineF(area.left(), middle, area.right(), middle))
        self._paint_ends(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.theme.text_px * 0.75
        for x, y, label in self._points:
            at = self.pixel(QPointF(self._share_of(x, self.x_range), 1 - self._share_of(y, self.y_range)))
            k = max(int(label), 0)
            paint_marker(painter, at, self.theme.class_marker(k), size, self.theme.class_color(k), self.theme.ground)

    def where(self) -> str:
        """The place under the cursor and how many points there are."""
        x, y = self._place(self.cursor_at)
        return f"x {fmt(x, 3)}, y {fmt(y, 3)}; {len(self._points)} points"

    def _paint_ends(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(text_font(self.theme, self.theme.caption_px))
        painter.setPen(QColor(self.theme.muted))
        box = area.adjusted(4, 2, -4, -2)
        (left, right), (low, high) = self.x_range, self.y_range
        corner = f"{fmt(left, 3, trim=True)}, {fmt(low, 3, trim=True)}"
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, corner)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, fmt(right, 3, trim=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, fmt(high, 3, trim=True))

    def _scattered(self, at: QPointF) -> Point:
        x, y = self._place(at)
        if self.spread:
            # Seeded by the number of points: the same strokes give the same cloud.
            off = np.random.default_rng(len(self._points)).standard_normal(2) * self.spread
            x += float(off[0]) * (self.x_range[1] - self.x_range[0])
            y += float(off[1]) * (self.y_range[1] - self.y_range[0])
        x = min(max(x, self.x_range[0]), self.x_range[1])
        y = min(max(y, self.y_range[0]), self.y_range[1])
        return round(x, 4), round(y, 4), float(self.label)

    def _erase(self, at: QPointF) -> bool:
        kept = tuple(p for p in self._points if not self._near(p, at))
        changed = len(kept) != len(self._points)
        self._points = kept
        return changed

    def _near(self, point: Point, at: QPointF) -> bool:
        dx = self._share_of(point[0], self.x_range) - at.x()
        dy = 1 - self._share_of(point[1], self.y_range) - at.y()
        return dx * dx + dy * dy <= ERASER * ERASER

    def _place(self, at: QPointF) -> tuple[float, float]:
        (left, right), (low, high) = self.x_range, self.y_range
        return left + at.x() * (right - left), high - at.y() * (high - low)

    @staticmethod
    def _share_of(value: float, ends: tuple[float, float]) -> float:
        return (value - ends[0]) / (ends[1] - ends[0])

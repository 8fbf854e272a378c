"""The units of every layer that one unit of the last layer depends on, seen from the side, with their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font


@dataclass(frozen=True, slots=True, eq=False)
class Cone:
    """Marks by ``layer`` [mark] at ``place`` [mark] in input cells; ``sizes``, ``measured`` and ``jumps`` by layer."""

    layer: np.ndarray
    place: np.ndarray
    sizes: np.ndarray
    measured: np.ndarray
    jumps: np.ndarray
    depth: int


class LayersPane(QWidget):
    """Draws a ``Cone``: the last layer on top, the input below."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cone: Cone | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def show_cone(self, cone: Cone) -> None:
        """Show it."""
        self._cone = cone
        self.setAccessibleDescription(f"After {cone.depth} layers: {int(cone.sizes[-1])} input cells along each axis.")
        self.update()

    def table(self) -> list[Table]:
        """Sizes by layer."""
        cone = self._cone
        if cone is None:
            return []
        rows = [
            [layer, int(cone.sizes[layer]), int(cone.measured[layer]), int(cone.jumps[layer])]
            for layer in range(cone.depth + 1)
        ]
        return [Table("Receptive field", ("layer", "formula", "gradient", "jump"), rows)]

    def wanted_height(self, width: int) -> int:
        """Pixels for all layers."""
        depth = self._cone.depth if self._cone is not None else 3
        return round((depth + 1) * 3.4 * self._line()) + 12

    def _line(self) -> float:
        return QFontMetricsF(text_font(self._theme, self._theme.caption_px)).height()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors."""
        before = self.geometry()
        self.setGeometry(rect.toRect())
        painter.save()
        painter.translate(rect.topLeft())
        self._paint(painter)
        painter.restore()
        self.setGeometry(before)
        return True

    def _paint(self, painter: QPainter) -> None:
        cone, theme = self._cone, self._theme
        if cone is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(theme, theme.caption_px))
        line = self._line()
        band = (self.height() - 8) / (cone.depth + 1)
        middle = self.width() / 2
        reach = max(float(np.abs(cone.place).max()), 0.5) + 0.5
        scale = min((self.width() - 24) / (2 * reach), 26.0)
        levels = [4 + band * (cone.depth - layer) + line * 1.2 for layer in range(cone.depth + 1)]
        mark_high = max(min(band - line * 1.7, 16.0), 4.0)
        self._paint_rays(painter, cone, levels, middle, scale, mark_high)
        for layer in range(cone.depth + 1):
            self._paint_layer(painter, cone, layer, levels[layer], middle, scale, mark_high)

    def _paint_rays(
        self, painter: QPainter, cone: Cone, levels: list[float], middle: float, scale: float, high: float
    ) -> None:
        """The cone between one layer and the next."""
        veil = QColor(self._theme.role("gradient"))
        veil.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        ends = [
            (float(cone.place[cone.layer == layer].min()), float(cone.place[cone.layer == layer].max()))
            for layer in range(cone.depth + 1)
        ]
        for layer in range(cone.depth):
            (low, top), (below_low, below_top) = ends[layer + 1], ends[layer]
            upper, lower = levels[layer + 1] + high, levels[layer]
            corners = [(low, upper), (top, upper), (below_top, lower), (below_low, lower)]
            painter.drawPolygon(QPolygonF([QPointF(middle + x * scale, y) for x, y in corners]))

    def _paint_layer(
        self, painter: QPainter, cone: Cone, layer: int, y: float, middle: float, scale: float, high: float
    ) -> None:
        theme = self._theme
        color = QColor(theme.role("data" if layer == 0 else "model"))
        places = cone.place[cone.layer == layer]
        side = min(max(scale * 0.84, 1.5), 16.0)
        painter.setPen(QPen(QColor(theme.ground), 1 if side > 4 else 0))
        painter.setBrush(color)
        for x in places.tolist():
            painter.drawRect(QRectF(middle + x * scale - side / 2, y, side, high))
        name = "input" if layer == 0 else f"layer {layer}"
        size, found = int(cone.sizes[cone.depth - layer]), int(cone.measured[cone.depth - layer])
        text = f"{name}: {len(places)} {'cell' if layer == 0 else 'unit'}{'' if len(places) == 1 else 's'} used"
        if layer == 0:
            text = f"input: {size} cells by the formula, {found} by the gradient, {len(places)} of them used"
        elif layer == cone.depth:
            text = f"layer {layer}: one unit"
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(theme.text))
        rect = QRectF(2, y - metrics.height() - 1, self.width() - 4, metrics.height())
        painter.drawText(
            rect, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        )

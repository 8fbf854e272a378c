"""The network as a drawing: every unit shows its own response, every edge its weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.panels.playground.board import map_image, rect_of
from courseai_lab.panels.playground.frame import NET_NAMES
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame
    from courseai_lab.ui.theme import Theme

MOST_EDGES = 700
LEVELS = 8
MAX_UNITS, MAX_LAYERS = 64, 8


@dataclass(frozen=True, slots=True)
class Spot:
    """Something to click: where, what it says, what it does, and what it is for."""

    rect: QRectF
    text: str
    action: tuple[Any, ...]
    tip: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection: its layer, the units it joins, its weight, whether it is cut, and its line."""

    layer: int
    source: int
    target: int
    weight: float
    alive: bool
    line: QLineF


class NetDrawing(QWidget):
    """One network, drawn; what is pointed at is ``_hover``: ("unit", layer, unit) or ("edge", number, 0)."""

    def __init__(self, theme: Theme, activations: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = activations
        self._frame: Frame | None = None
        self._net = 0
        self._spots: list[Spot] = []
        self._units: list[list[QPointF]] = []
        self._edges: list[Edge] = []
        self._left_out = 0
        self._side = 10.0
        self._placed: tuple[object, ...] = ()
        self._placed_in: Theme | None = None
        self._hover: tuple[str, int, int] | None = None
        self.setAccessibleName("Network")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours and sizes of ``theme``."""
        self._theme = theme
        self._arrange()
        self.update()

    def show_frame(self, frame: Frame, net: int) -> None:
        """Show a network of the frame."""
        self._frame, self._net = frame, net
        sizes = "-".join(str(v) for v in frame.sizes[net])
        self.setAccessibleDescription(f"Network {NET_NAMES[net]} with layers {sizes}.")
        self._arrange()
        self.update()

    # Places

    def _arrange(self) -> None:
        frame, theme = self._frame, self._theme
        if frame is None:
            return
        sizes = frame.sizes[self._net]
        placed = (sizes, frame.feature_names, frame.activations[self._net], self.size())
        if placed == self._placed and theme is self._placed_in:
            self._edges = self._lines(frame)
            return
        self._placed, self._placed_in = placed, theme
        metrics = QFontMetricsF(text_font(theme, theme.caption_px))
        line = metrics.height()
        head = 2 * line + theme.gap(3)
        left = min(
            max(metrics.horizontalAdvance(name) for name in frame.feature_names) + theme.gap(3), 0.22 * self.width()
        )
        room = QRectF(left, head, self.width() - left - theme.gap(2), self.height() - head - line - theme.gap(2))
        columns = len(sizes)
        pitch = room.width() / max(columns, 2)
        most = max(sizes)
        self._side = float(max(4.0, min(room.height() / most * 0.86, pitch * 0.5, 54 * theme.text_px / 13)))
        self._units = []
        for k, count in enumerate(sizes):
            x = room.left() + self._side / 2 + k * (room.width() - self._side) / max(columns - 1, 1)
            step = min(room.height() / count, self._side * 1.5)
            middle = room.center().y()
            self._units.append([QPointF(x, middle + (j - (count - 1) / 2) * step) for j in range(count)])
        self._spots = self._controls(metrics, line)
        self._edges = self._lines(frame)

    def _controls(self, metrics: QFontMetricsF, line: float) -> list[Spot]:
        frame, theme = self._frame, self._theme
        assert frame is not None
        hidden = frame.sizes[self._net][1:-1]
        out: list[Spot] = []
        pad = theme.gap(1)
        for k, count in enumerate(hidden):
            x = self._units[k + 1][0].x()
            parts = (("−", -1), (str(count), 0), ("+", 1))
            widths = [max(metrics.horizontalAdvance(text) + 2 * pad, line) for text, _ in parts]
            at = x - sum(widths) / 2
            for (text, step), width in zip(parts, widths, strict=True):
                rect = QRectF(at, pad, width, line + pad)
                fine = 1 <= count + step <= MAX_UNITS and step
                tip = ("Take a unit out" if step < 0 else "Add a unit") if step else f"{count} units"
                out.append(Spot(rect, text, ("units", k, step) if fine else (), tip))
                at += width
            name = frame.activations[self._net][k]
            text = self._names.get(name, name).split(" (")[0] + " ▾"
            room = (self._units[2][0].x() - self._units[1][0].x()) * 0.96 if len(self._units) > 2 else 200.0
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            width = metrics.horizontalAdvance(text) + pad
            rect = QRectF(x - width / 2, line + 2.2 * pad, width, line)
            out.append(Spot(rect, text, ("activation", k), "Choose this layer's activation"))
        y = self.height() - line - pad * 1.5
        x = float(theme.gap(1))
        for text, step, tip in (
            ("− layer", -1, "Take the last hidden layer out"),
            ("+ layer", 1, "Add a hidden layer"),
        ):
            width = metrics.horizontalAdvance(text) + 3 * pad
            fine = 0 <= len(hidden) + step <= MAX_LAYERS
            out.append(Spot(QRectF(x, y, width, line + pad), text, ("layer", step) if fine else (), tip))
            x += width + pad
        return out

    def _lines(self, frame: Frame) -> list[Edge]:
        edges: list[Edge] = []
        matrices = frame.matrices(self._net)
        parts = frame.parts(self._net)
        total = sum(w.size for w in matrices)
        limit = 0.0
        if total > MOST_EDGES:
            sizes = np.sort(np.abs(np.concatenate([w.ravel() for w in matrices])))
            limit = float(sizes[-MOST_EDGES])
        self._left_out = max(0, total - MOST_EDGES)
        half = self._side / 2
        for layer, w in enumerate(matrices):
            alive = frame.alive[parts[layer][0]].reshape(w.shape)
            for j, i in np.argwhere(np.abs(w) >= limit) if limit else np.ndindex(*w.shape):
                a, b = self._units[layer][i], self._units[layer + 1][j]
                line = QLineF(a.x() + half, a.y(), b.x() - half, b.y())
                edges.append(Edge(layer, int(i), int(j), float(w[j, i]), bool(alive[j, i]), line))
        return edges

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Paint it as vectors (responses as images) into ``rect``. Returns True."""
        before = self.size()
        painter.save()
        painter.translate(rect.topLeft())
        self.resize(rect.size().toSize())
        self._arrange()
        self._paint(painter)
        self.resize(before)
        self._arrange()
        painter.restore()
        return True

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        if self._frame is None:
            return
        self._paint_edges(painter)
        self._paint_units(painter, self._frame)
        self._paint_words(painter, self._frame)

    def _paint_edges(self, painter: QPainter) -> None:
        ends = colormaps.diverging(self._theme.dark)
        top = max((abs(e.weight) for e in self._edges if np.isfinite(e.weight)), default=0.0) or 1.0
        groups: dict[tuple[int, int], QPainterPath] = {}
        for edge in self._edges:
            if not np.isfinite(edge.weight):
                key = (0, -1)
            elif edge.weight == 0.0:
                key = (0, 0)
            else:
                key = (1 if edge.weight > 0 else -1, min(LEVELS, int(abs(edge.weight) / top * LEVELS) + 1))
            path = groups.setdefault(key, QPainterPath())
            path.moveTo(edge.line.p1())
            path.lineTo(edge.line.p2())
        wide = self._theme.text_px / 13
        for (sign, level), path in sorted(groups.items(), key=lambda item: item[0][1]):
            if sign == 0:
                ink, width = QColor(self._theme.error if level else self._theme.control), 1.0
                pen = QPen(ink, width, Qt.PenStyle.DotLine)
            else:
                ink = QColor(*(int(v) for v in ends[255 if sign > 0 else 0]))
                ink.setAlphaF(0.35 + 0.65 * level / LEVELS)
                pen = QPen(ink, (0.6 + 5.0 * (level - 0.5) / LEVELS) * wide)
            # All of a group as one stroke: a quarter of the time that wide lines take one by one.
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.strokePath(path, pen)
        pointed = self._hovered_edge()
        if pointed is not None:
            painter.setPen(QPen(QColor(self._theme.accent), 2.5 * wide))
            painter.drawLine(pointed.line)

    def _paint_units(self, painter: QPainter, frame: Frame) -> None:
        colors = colormaps.diverging(self._theme.dark)
        first, _ = frame.counts(self._net)
        gates = frame.gates(self._net)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        unit = 0
        for layer, places in enumerate(self._units):
            for j, at in enumerate(places):
                rect = rect_of(at, self._side)
                maps = frame.input_maps[j] if layer == 0 else frame.maps[first + unit]
                painter.drawImage(rect, map_image(maps, colors))
                off = gates[layer][j] == 0
                hovered = self._hover == ("unit", layer, j)
                ink = self._theme.accent if hovered else self._theme.error if off else self._theme.control
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(ink), 2.0 if hovered or off else 1.0))
                painter.drawRect(rect)
                if off:
                    painter.drawLine(rect.topLeft(), rect.bottomRight())
                    painter.drawLine(rect.topRight(), rect.bottomLeft())
                unit += layer > 0

    def _paint_words(self, painter: QPainter, frame: Frame) -> None:
        theme = self._theme
        font = text_font(theme, theme.caption_px)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        painter.setPen(QColor(theme.muted))
        room = self._units[0][0].x() - self._side / 2 - theme.gap(2)
        for name, at in zip(frame.feature_names, self._units[0], strict=True):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                QRectF(0, at.y() - 20, room, 40), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text
            )
        for spot in self._spots:
            plain = spot.text.isdigit()
            ink = theme.text if plain else theme.accent if spot.action else theme.disabled
            painter.setPen(QColor(ink))
            painter.drawText(spot.rect, int(Qt.AlignmentFlag.AlignCenter), spot.text)
        last = self._spots[-1].rect
        rect = QRectF(
            last.right() + theme.gap(2), last.top(), self.width() - last.right() - theme.gap(4), last.height()
        )
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if frame.nets > 1:
            painter.setFont(text_font(theme, theme.title_px, QFont.Weight.DemiBold))
            painter.setPen(QColor(theme.class_color(self._net)))
            painter.drawText(rect, right, NET_NAMES[self._net])
            painter.setFont(font)
            rect.setRight(rect.right() - theme.gap(5))
        if self._left_out:
            painter.setPen(QColor(theme.muted))
            text = f"strongest {MOST_EDGES} of {MOST_EDGES + self._left_out}"
            painter.drawText(rect, right, metrics.elidedText(text, Qt.TextElideMode.ElideLeft, rect.width()))

    def _hovered_edge(self) -> Edge | None:
        if self._hover is not None and self._hover[0] == "edge" and self._hover[1] < len(self._edges):
            return self._edges[self._hover[1]]
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other places."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow dock."""
        return QSize(160, 120)

    def table(self) -> list[Table]:
        """Every weight and bias."""
        frame = self._frame
        if frame is None:
            return []
        rows: list[tuple[Any, ...]] = []
        for layer, (w, (_, bias)) in enumerate(zip(frame.matrices(self._net), frame.parts(self._net), strict=True)):
            for j in range(len(w)):
                rows += [(layer + 1, i + 1, j + 1, float(w[j, i])) for i in range(w.shape[1])]
                rows.append((layer + 1, "bias", j + 1, float(frame.weights[bias][j])))
        return [Table(f"Weights of network {NET_NAMES[self._net]}", ("layer", "from", "to", "weight"), rows)]

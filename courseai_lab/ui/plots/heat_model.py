"""What a heatmap shows, and where each thing of it goes: plain data and geometry, no drawing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import ticks
from courseai_lab.ui.plots.colormaps import MapKind, Scale
from courseai_lab.ui.theme import Theme, text_font

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the map and the point of it that is meant; x and y are data coordinates, at the pointer."""

    row: int
    col: int
    value: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Overlay:
    """Something drawn over the map: ``points`` [n 2]. Arrows have ``ends`` [n 2].

    Contours are segments [n 2 2] whose levels are ``ends`` [n].
    """

    kind: str
    points: Floats
    paint: str
    ends: Floats | None = None
    marker: str = "circle"
    label: str = ""
    size: float = 8.0


@dataclass(frozen=True, slots=True)
class Heat:
    """The map: ``values`` [rows cols] over ``extent`` (left, right, y of row 0's edge, y of the last row's edge).

    ``view`` is the part of it that is shown, in the same form.
    """

    values: Floats
    extent: tuple[float, float, float, float]
    view: tuple[float, float, float, float]
    up: bool = False
    kind: MapKind = "sequential"
    scale: Scale = "linear"
    low: float = 0.0
    high: float = 1.0
    smooth: bool = False
    square: bool = True
    axes: bool = False
    bar: bool = True
    numbers: bool = True
    x_name: str = ""
    y_name: str = ""
    value_name: str = ""
    row_labels: tuple[str, ...] = ()
    col_labels: tuple[str, ...] = ()

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """(row, col) of the cell that holds data (x, y), the nearest one for points outside."""
        x0, x1, y0, y1 = self.extent
        rows, cols = self.values.shape
        col = int(np.clip(np.floor((x - x0) / (x1 - x0) * cols), 0, cols - 1))
        row = int(np.clip(np.floor((y - y0) / (y1 - y0) * rows), 0, rows - 1))
        return row, col

    def centre(self, row: int, col: int) -> tuple[float, float]:
        """Data coordinates of a cell's middle."""
        x0, x1, y0, y1 = self.extent
        rows, cols = self.values.shape
        return x0 + (col + 0.5) / cols * (x1 - x0), y0 + (row + 0.5) / rows * (y1 - y0)

    def centres(self) -> tuple[Floats, Floats]:
        """x [cols] and y [rows] of the cells' middles."""
        x0, x1, y0, y1 = self.extent
        rows, cols = self.values.shape
        return x0 + (np.arange(cols) + 0.5) / cols * (x1 - x0), y0 + (np.arange(rows) + 0.5) / rows * (y1 - y0)

    def aspect(self) -> float:
        """Width to height of the shown part: in data units with ``square``, 0 when it may be stretched."""
        if not self.square:
            return 0.0
        x0, x1, y0, y1 = self.view
        return abs(x1 - x0) / abs(y1 - y0)

    def with_limits(self, low: float, high: float) -> Heat:
        """The same with other colour limits."""
        return replace(self, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where things are, in pixels: the picture, the colour bar (empty without one), and the fields of its limits."""

    picture: QRectF
    bar: QRectF
    high_box: QRectF
    low_box: QRectF
    view: tuple[float, float, float, float]
    up: bool
    tilted: bool = field(default=False)

    def pixel(self, x: float, y: float) -> QPointF:
        """Where data (x, y) is."""
        x0, x1, y0, y1 = self.view
        share = (y - y0) / (y1 - y0)
        down = 1 - share if self.up else share
        left = self.picture.left() + (x - x0) / (x1 - x0) * self.picture.width()
        return QPointF(left, self.picture.top() + down * self.picture.height())

    def pixels(self, points: Floats) -> Floats:
        """Where data points [..., 2] are."""
        x0, x1, y0, y1 = self.view
        share = (points[..., 1] - y0) / (y1 - y0)
        down = 1 - share if self.up else share
        x = self.picture.left() + (points[..., 0] - x0) / (x1 - x0) * self.picture.width()
        return np.stack([x, self.picture.top() + down * self.picture.height()], axis=-1)

    def data(self, point: QPointF) -> tuple[float, float]:
        """Data under a point."""
        x0, x1, y0, y1 = self.view
        down = (point.y() - self.picture.top()) / max(self.picture.height(), 1e-9)
        share = 1 - down if self.up else down
        across = (point.x() - self.picture.left()) / max(self.picture.width(), 1e-9)
        return x0 + across * (x1 - x0), y0 + share * (y1 - y0)


def geometry(heat: Heat, theme: Theme, width: float, height: float) -> Geometry:
    """Lay the map out in ``width`` by ``height``: axes left and below, colour bar right, the aspect kept."""
    metrics = QFontMetricsF(text_font(theme, theme.caption_px))
    line = metrics.height()
    left, top, bottom, right = (float(theme.gap(units)) for units in (1, 1.5, 1, 1))
    bar_width, bar_text = float(theme.gap(3)), limits_width(heat, theme)
    if heat.bar:
        right += theme.gap(3) + bar_width + theme.gap(1) + bar_text
    room = width - left - right
    left += _left_axis(heat, theme, metrics, height)
    tilted = False
    if heat.col_labels:
        widest = max(metrics.horizontalAdvance(text) for text in heat.col_labels)
        tilted = widest + theme.gap(2) > room / len(heat.col_labels)
        bottom += (min(widest, height * 0.3) if tilted else line) + theme.gap(1.5)
    elif heat.axes:
        bottom += line + theme.gap(1.5)
        right = max(right, theme.gap(4))
    if heat.x_name:
        bottom += line + theme.gap(0.5)
    picture = QRectF(left, top, max(width - left - right, 8), max(height - top - bottom, 8))
    aspect = heat.aspect()
    if aspect:
        fit = min(picture.width() / aspect, picture.height())
        shrunk = QRectF(0, 0, fit * aspect, fit)
        # Centred sideways, but at the top, so that neighbours line up.
        shrunk.moveTo(picture.left() + (picture.width() - shrunk.width()) / 2, picture.top())
        picture = shrunk
    bar = QRectF(picture.right() + theme.gap(3), picture.top(), bar_width, picture.height()) if heat.bar else QRectF()
    box = QRectF(bar.right() + theme.gap(0.5), 0, bar_text, line + theme.gap(1))
    high_box, low_box = QRectF(box), QRectF(box)
    high_box.moveTop(bar.top() - theme.gap(1))
    low_box.moveBottom(bar.bottom() + theme.gap(1))
    return Geometry(picture, bar, high_box, low_box, heat.view, heat.up, tilted)


def limits_width(heat: Heat, theme: Theme) -> float:
    """Room for the numbers at the colour bar."""
    metrics = QFontMetricsF(text_font(theme, theme.caption_px))
    texts = [limit_text(v) for v in (heat.low, heat.high)]
    return max(metrics.horizontalAdvance(t) for t in [*texts, "−0.000"]) + theme.gap(3)


def limit_text(value: float) -> str:
    """A limit of the colour bar as text."""
    return fmt(value, trim=True)


def axis_ticks(heat: Heat, axis: int, pixels: float, theme: Theme) -> list[tuple[float, str]]:
    """Values and texts of the ticks of axis 0 (x) or 1 (y)."""
    low, high = sorted(heat.view[:2] if axis == 0 else heat.view[2:])
    size = theme.caption_px * (5.5 if axis == 0 else 3.2)
    count = max(2.0, pixels / size)
    step = ticks.nice_step(high - low, count)
    return [(v, ticks.tick_text(v, step)) for v in ticks.ticks(low, high, count)]


def _left_axis(heat: Heat, theme: Theme, metrics: QFontMetricsF, height: float) -> float:
    texts: list[str] = []
    if heat.row_labels:
        texts = list(heat.row_labels)
    elif heat.axes:
        texts = [text for _, text in axis_ticks(heat, 1, height, theme)]
    room = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
    room += theme.gap(1.5) if texts else 0.0
    return room + (metrics.height() + theme.gap(0.5) if heat.y_name else 0.0)

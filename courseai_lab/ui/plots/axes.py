"""Axes and the column of names beside the lines, as pyqtgraph items. Imported with the first plot only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from courseai_lab.ui.plots import ticks
from courseai_lab.ui.theme import Theme, text_font


class TickAxis(pg.AxisItem):
    """An axis with round, evenly spaced numbers and one quiet grid line for each."""

    def __init__(self, side: str) -> None:
        # pyqtgraph sets a first range from within its constructor.
        self.log = False
        self.vector = False
        self._linkedView = None
        super().__init__(side, showValues=True, maxTickLength=0)
        self.enableAutoSIPrefix(False)
        self.setStyle(maxTickLevel=0, tickAlpha=255, autoReduceTextSpace=False)
        self.setGrid(255)

    def dress(self, theme: Theme) -> None:
        """Colours and type of ``theme``."""
        font = text_font(theme, theme.caption_px)
        self.setTickFont(font)
        self.label.setFont(font)
        self.setTextPen(QColor(theme.muted))
        self.setPen(pg.mkPen(QColor(theme.outline), width=theme.outline_px))
        self.setTickPen(pg.mkPen(QColor(theme.grid), width=1))
        metrics = QFontMetricsF(font)
        self.setStyle(tickTextOffset=theme.gap(1.5), tickTextHeight=round(metrics.height()))
        if self.orientation == "bottom":
            self.setHeight(round(metrics.height() * 2 + theme.gap(3)))

    def name(self, text: str, theme: Theme) -> None:
        """The axis' name, with its unit."""
        font = text_font(theme, theme.caption_px)
        self.setLabel(text, **{"color": theme.muted, "font-size": f"{theme.caption_px}px"})
        self.label.setFont(font)
        self.showLabel(bool(text))

    def linkedViewChanged(self, view: pg.ViewBox, newRange: tuple[float, float] | None = None) -> None:
        """pyqtgraph's hook: the range or the size of the picture changed.

        The width of the numbers follows here and not while painting, so that the picture stands still from the first
        painting on and has the same place whatever was shown before.
        """
        super().linkedViewChanged(view, newRange)
        if self.orientation != "left" or self.style["tickFont"] is None:
            return
        metrics = QFontMetricsF(self.style["tickFont"])
        low, high = self.range
        # pyqtgraph paints an axis one pixel longer at both ends.
        ticks_at = self.tickValues(low, high, view.height() + 2)
        texts = [text for step, values in ticks_at for text in self.tickStrings(values, 1.0, step)]
        # In steps of a digit: neighbouring ranges need not push the picture about.
        digit = metrics.horizontalAdvance("0")
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        width = round(math.ceil(widest / digit - 0.01) * digit)
        if width != self.style["tickTextWidth"] or self.style["autoExpandTextSpace"]:
            self.setStyle(tickTextWidth=width, autoExpandTextSpace=False)

    def _count(self, size: float) -> float:
        font = self.style["tickFont"]
        height = QFontMetricsF(font).height() if font else 15.0
        room = height * 5.5 if self.orientation == "bottom" else height * 2.8
        return max(2.0, size / room)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """pyqtgraph's hook: (spacing, values) per level; we have one level."""
        low, high = sorted((minVal, maxVal))
        count = self._count(size)
        if self.log:
            return [(1.0, ticks.log_ticks(low, high, count))]
        return [(ticks.nice_step(high - low, count), ticks.ticks(low, high, count))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """pyqtgraph's hook: the text of each value."""
        if self.log:
            return [ticks.log_tick_text(v) for v in values]
        return [ticks.tick_text(v, spacing) for v in values]

    def boundingRect(self) -> QRectF:
        """pyqtgraph's hook: numbers at the ends may hang over, also with the grid on."""
        room = 48.0
        sideways = self.orientation == "bottom"
        return (
            super()
            .boundingRect()
            .adjusted(-room * sideways, -room * (not sideways), room * sideways, room * (not sideways))
        )

    def paint(self, painter: QPainter, option: object, widget: object) -> None:
        """Vectors straight to the painter when exporting; a cached picture would be scaled by the device."""
        if not self.vector:
            super().paint(painter, option, widget)
            return
        painter.setFont(self.style["tickFont"])
        specs = self.generateDrawSpecs(painter)
        if specs is not None:
            self.drawPicture(painter, *specs)


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A name to stand beside the end of a line, at height ``y`` in view coordinates."""

    text: str
    color: str
    y: float


def spread(heights: list[float], gap: float, low: float, high: float) -> list[float]:
    """Sorted ``heights`` moved apart, as little as possible, to keep ``gap`` between them within ``low..high``."""
    placed = list(heights)
    for i, height in enumerate(placed):
        floor = placed[i - 1] + gap if i else low
        placed[i] = max(height, floor)
    ceiling = high
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


class EndLabels(pg.GraphicsWidget):
    """The column right of the picture in which each line has its name at its end."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__()
        self._view = view
        self._labels: list[EndLabel] = []
        self._theme: Theme | None = None
        self.setFixedWidth(0)

    def show_labels(self, labels: list[EndLabel], theme: Theme) -> None:
        """Show these, and be as wide as they need."""
        if labels == self._labels and theme is self._theme:
            return
        self._labels, self._theme = labels, theme
        self.setFixedWidth(self.needed(labels, theme))
        self.update()

    @staticmethod
    def needed(labels: list[EndLabel], theme: Theme) -> float:
        """The width that the labels take."""
        metrics = QFontMetricsF(text_font(theme, theme.caption_px))
        widest = max((metrics.horizontalAdvance(label.text) for label in labels), default=0.0)
        return widest + theme.gap(5) if labels else 0.0

    def paint(self, painter: QPainter, option: object, widget: object = None) -> None:
        """Names, each with a short lead from the edge of the picture at the line's own height."""
        theme = self._theme
        if not self._labels or theme is None:
            return
        font = text_font(theme, theme.caption_px)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        rect = self.rect()
        at = [self.mapFromScene(self._view.mapViewToScene(QPointF(0, label.y))).y() for label in self._labels]
        order = sorted(range(len(at)), key=lambda i: at[i])
        half = metrics.height() / 2
        ends = [min(max(at[i], 0.0), rect.height()) for i in order]
        heights = spread(ends, metrics.height(), half, rect.height() - half)
        for i, end, height in zip(order, ends, heights, strict=True):
            label = self._labels[i]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(label.color), theme.line_live))
            painter.drawLine(QPointF(theme.gap(0.5), end), QPointF(theme.gap(2.5), height))
            box = QRectF(theme.gap(3.5), height - half, rect.width() - theme.gap(3.5), metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label.text)

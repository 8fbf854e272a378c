"""Arithmetic written out: lines of coloured words that line up in columns where they fit, and flow where not."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme, text_font


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line: text and the name of its colour. What belongs together is one ``cell`` of several words."""

    text: str
    paint: str = "text"


Cell = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Cells from left to right. Lines with ``aligned`` share their columns; ``strong`` ones are bold."""

    cells: tuple[Cell, ...]
    aligned: bool = False
    strong: bool = False
    space: bool = False


def said(text: str, paint: str = "text", *, strong: bool = False, space: bool = False) -> Line:
    """A line of plain words, which wraps between them."""
    return Line(tuple((Word(word, paint),) for word in text.split(" ")), strong=strong, space=space)


class SumPane(QWidget):
    """Shows lines; ``wanted_height`` says what they need."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self._heights: dict[int, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._heights.clear()
        self.update()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show lines."""
        if lines != self._lines:
            self._lines = lines
            self._heights.clear()
            self.setAccessibleDescription("; ".join(_plain(line) for line in lines)[:2000])
            self.update()

    def text(self) -> str:
        """What is written, line by line."""
        return "\n".join(_plain(line) for line in self._lines)

    def table(self) -> list[Table]:
        """The lines."""
        return [Table("Written out", ("line",), [[_plain(line)] for line in self._lines])] if self._lines else []

    def wanted_height(self, width: int) -> int:
        """Pixels of height that the lines need at this width."""
        if width not in self._heights:
            self._heights[width] = round(self._layout(None, width)) + 8
        return self._heights[width]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        self._layout(painter, self.width())
        painter.end()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """The same as vectors."""
        painter.save()
        painter.translate(rect.topLeft())
        self._layout(painter, round(rect.width()))
        painter.restore()
        return True

    def _font(self, strong: bool) -> QFont:
        return text_font(self._theme, weight=QFont.Weight.DemiBold if strong else QFont.Weight.Normal)

    def _layout(self, painter: QPainter | None, width: int) -> float:
        """Draw the lines (with a painter), and say how high they are."""
        plain, strong = (QFontMetricsF(self._font(bold)) for bold in (False, True))
        gap = plain.horizontalAdvance(" ")
        columns = self._columns(plain, gap)
        left, room = 8.0, width - 16.0
        fits = sum(columns) + gap * max(len(columns) - 1, 0) <= room
        y = 4.0
        height = plain.height() * 1.22
        for line in self._lines:
            metrics = strong if line.strong else plain
            if painter is not None:
                painter.setFont(self._font(line.strong))
            if line.space:
                y += height * 0.35
            x, start = left, left
            for k, cell in enumerate(line.cells):
                wide = sum(metrics.horizontalAdvance(word.text) for word in cell)
                at_column = line.aligned and fits
                if not at_column and x > start and x + wide > left + room:
                    y += height
                    x = start = left + 2 * gap
                if painter is not None:
                    # Numbers end below each other.
                    self._draw(painter, metrics, cell, x + (columns[k] - wide if at_column else 0.0), y)
                x += (columns[k] if at_column else wide) + gap
            y += height
        return y

    def _draw(self, painter: QPainter, metrics: QFontMetricsF, cell: Cell, x: float, y: float) -> None:
        for word in cell:
            painter.setPen(QColor(self._theme.color(word.paint)))
            painter.drawText(QPointF(x, y + metrics.ascent()), word.text)
            x += metrics.horizontalAdvance(word.text)

    def _columns(self, metrics: QFontMetricsF, gap: float) -> list[float]:
        out: list[float] = []
        for line in self._lines:
            if line.aligned:
                for k, cell in enumerate(line.cells):
                    wide = sum(metrics.horizontalAdvance(word.text) for word in cell)
                    if k == len(out):
                        out.append(wide)
                    out[k] = max(out[k], wide)
        return out


def _plain(line: Line) -> str:
    return " ".join("".join(word.text for word in cell) for cell in line.cells)

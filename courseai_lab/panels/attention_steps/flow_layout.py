"""Where every matrix goes: lines of columns, in the largest cells that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from courseai_lab.panels.attention_steps.graph import Column, Graph, Node
from courseai_lab.ui.theme import Theme, text_font

LEGIBLE = 2.3
"""Width of a cell that holds a number, in caption sizes."""
TALLEST, LEAST = 2.4, 0.18
COMPACT = 40
"""More rows or columns than these are drawn as a picture, not as cells."""


@dataclass(frozen=True, slots=True)
class Box:
    """One matrix on the page: ``cells`` is where its cells are; ``first`` of its line has the row labels."""

    node: str
    cells: QRectF
    title: QRectF
    labels: QRectF
    col_labels: float
    first: bool

    def cell(self, node: Node, row: int, col: int) -> QRectF:
        """Where a cell is."""
        rows, cols = node.values.shape
        wide, tall = self.cells.width() / cols, self.cells.height() / rows
        return QRectF(self.cells.left() + col * wide, self.cells.top() + row * tall, wide, tall)


@dataclass(frozen=True, slots=True)
class Placed:
    """All boxes, the height they need, and the size of a cell."""

    boxes: tuple[Box, ...]
    width: float
    height: float
    cell: tuple[float, float]


class Ruler:
    """Sizes of what stands around the cells, for a theme."""

    def __init__(self, theme: Theme, graph: Graph) -> None:
        self.theme = theme
        self.gap = 2.0 * theme.caption_px
        self.line_gap = 1.2 * theme.caption_px
        self.title = 2.35 * theme.caption_px
        metrics = QFontMetricsF(text_font(theme, theme.caption_px))
        words = [word for node in graph.nodes.values() for word in (*node.rows, *node.cols)]
        self.word = min(max((metrics.horizontalAdvance(shown(word)) for word in words), default=0.0), 96.0) + 8
        self._names = {
            node.id: 1.08 * max(metrics.horizontalAdvance(text) for text in (node.name, shape_text(node)))
            for node in graph.nodes.values()
        }
        self._cols = {
            node.id: max((metrics.horizontalAdvance(shown(word)) for word in node.cols), default=0.0)
            for node in graph.nodes.values()
        }

    def name_width(self, node: Node) -> float:
        """Pixels of the two lines above a matrix."""
        return self._names[node.id]

    def col_labels(self, node: Node, cell: float) -> float:
        """Height of the names over the columns: level where they fit, upright where they do not, none when tiny."""
        if not node.cols or cell < 0.8 * self.theme.caption_px:
            return 0.0
        wide = self._cols[node.id]
        return 1.4 * self.theme.caption_px if wide <= cell else min(wide, 96.0) + 6


def shown(word: str) -> str:
    """A token as it is written beside a row: a blank is a sign of its own."""
    return word.replace("\n", "⏎").replace(" ", "␣") or "·"


def shape_text(node: Node) -> str:
    """Rows times columns."""
    return f"{node.values.shape[0]} × {node.values.shape[1]}"


def extent(count: int, cell: float, most: float) -> float:
    """Pixels of ``count`` cells; very many share what the largest readable matrix would take."""
    return count * cell if count <= COMPACT else max(min(count * cell, most), count * 0.75)


def lay_out(graph: Graph, theme: Theme, width: float, height: float, *, read: bool) -> Placed:
    """The arrangement with the largest cells; it may be higher than ``height`` where numbers would not be legible."""
    ruler = Ruler(theme, graph)
    legible = LEGIBLE * theme.caption_px
    best: Placed | None = None
    for lines in graph.layouts:
        made = _largest(graph, ruler, lines, width, height if not read else 1e9, legible if read else 0.0)
        if made is not None and (best is None or made.cell[0] > 1.02 * best.cell[0]):
            best = made
    if best is not None and (read or best.cell[0] >= legible):
        return best
    for lines in graph.layouts:
        made = _largest(graph, ruler, lines, width, 1.7 * height, legible)
        if made is not None:
            return made
    if best is not None and best.cell[1] >= 0.4 * theme.caption_px:
        return best
    least = 0.55 * theme.caption_px
    for lines in graph.layouts:
        made = _largest(graph, ruler, lines, width, 1e9, least)
        if made is not None:
            return made
    return _place(graph, ruler, graph.layouts[-1], width, 1.5, shrink=True)


def _largest(
    graph: Graph, ruler: Ruler, lines: Sequence[Sequence[Column]], width: float, height: float, least: float
) -> Placed | None:
    """With the largest cells that fit in both directions, at least ``least`` wide; None when there are none."""
    unit = ruler.theme.caption_px
    tall = TALLEST * unit
    if height >= 1e8:
        tall = 1.55 * unit
    while tall >= LEAST * unit:
        for aspect in (2.3, 1.9, 1.6, 1.3, 1.0):
            if tall * aspect < least:
                continue
            made = _place(graph, ruler, lines, width, tall, aspect)
            if made.width <= width and made.height <= height:
                return made
        tall *= 0.95
    return None


def _place(
    graph: Graph,
    ruler: Ruler,
    lines: Sequence[Sequence[Column]],
    width: float,
    tall: float,
    aspect: float = 1.0,
    *,
    shrink: bool = False,
) -> Placed:
    boxes: list[Box] = []
    y, right = 0.0, 0.0
    wide = tall * aspect
    for line in lines:
        y, end = _line(graph, ruler, line, y, (wide, tall), width if shrink else 0.0, boxes)
        right = max(right, end)
    return Placed(tuple(boxes), right, y, (wide, tall))


def _line(
    graph: Graph,
    ruler: Ruler,
    line: Sequence[Column],
    y: float,
    cell: tuple[float, float],
    within: float,
    boxes: list[Box],
) -> tuple[float, float]:
    """Place one line of columns from ``y`` on; returns where the next line starts and how far right it reaches."""
    wide, tall = cell
    most = 22 * ruler.theme.caption_px
    tops = [graph.nodes[top] for top, _ in line if top]
    bottoms = [graph.nodes[bottom] for _, bottom in line]
    top_tall = max((extent(node.values.shape[0], tall, most) for node in tops), default=0.0)
    top_labels = max((ruler.col_labels(node, wide) for node in tops), default=0.0)
    own = [node for (top, _), node in zip(line, bottoms, strict=True) if not top]
    low_labels = max((ruler.col_labels(node, wide) for node in own), default=0.0)
    head = ruler.title + top_labels + top_tall + 6 if tops else 0.0
    base = y + head + ruler.title + low_labels
    x = ruler.word if any(node.rows for node in bottoms) else 0.0
    for at, ((top, _), node) in enumerate(zip(line, bottoms, strict=True)):
        rows, cols = node.values.shape
        across = extent(cols, wide, most * 1.4)
        if within:
            across = min(across, within - x)
        down = extent(rows, tall, most)
        column = max(across, ruler.name_width(node), ruler.name_width(graph.nodes[top]) if top else 0.0)
        boxes.append(_box(node, x, base, across, down, column, 0.0 if top else low_labels, ruler, at == 0))
        if top:
            above = graph.nodes[top]
            high = extent(above.values.shape[0], tall, most)
            bottom = y + head - 6
            boxes.append(_box(above, x, bottom - high, across, high, column, top_labels, ruler, False))
        x += column + ruler.gap
    return base + max(extent(len(n.values), tall, most) for n in bottoms) + ruler.line_gap, x - ruler.gap


def _box(
    node: Node, x: float, y: float, wide: float, tall: float, column: float, labels: float, ruler: Ruler, first: bool
) -> Box:
    names = labels if node.cols else 0.0
    title = QRectF(x, y - names - ruler.title, max(column, wide), ruler.title)
    return Box(node.id, QRectF(x, y, wide, tall), title, QRectF(x - ruler.word, y, ruler.word - 6, tall), names, first)

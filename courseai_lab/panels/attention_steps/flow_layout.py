"""Where every matrix goes: lines of columns, in the largest cells that fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from courseai_lab.panels.attention_steps.graph import Column, Graph, Node
from courseai_lab.ui.theme import Theme, text_font

LEGIBLE = (2.5, 1.25)
"""Width and height of a cell that holds a number, in caption sizes."""
TALLEST, LEAST = 2.4, 0.18
ASPECTS = (2.3, 1.9, 1.6, 1.3, 1.0)
FEW = 8
"""Up to so many rows and columns every number is to be legible, however far the page scrolls."""
SCROLLED = 2.5
COMPACT = 40
"""More rows or columns than these are drawn as a picture, not as cells."""


@dataclass(frozen=True, slots=True)
class Box:
    """One matrix on the page: ``cells`` is where its cells are; ``first`` of its line has the row labels.

    ``below``: it stands in the lower band of its line, where the rows are tokens.
    """

    node: str
    cells: QRectF
    title: QRectF
    labels: QRectF
    col_labels: float
    first: bool
    below: bool

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

    def __init__(self, theme: Theme, graph: Graph, height: float) -> None:
        self.theme = theme
        self.most = min(max(0.2 * height, 9.0 * theme.caption_px), 22.0 * theme.caption_px)
        self.gap = 2.0 * theme.caption_px
        self.line_gap = 1.2 * theme.caption_px
        self.title = 1.3 * theme.caption_px
        metrics = QFontMetricsF(text_font(theme, theme.caption_px))
        words = [word for node in graph.nodes.values() for word in (*node.rows, *node.cols)]
        self.word = min(max((metrics.horizontalAdvance(shown(word)) for word in words), default=0.0), 96.0) + 8
        nodes = graph.nodes.values()
        self._names = {n.id: (_across(metrics, n.name), metrics.horizontalAdvance(shape_text(n))) for n in nodes}
        self._cols = {
            node.id: max((metrics.horizontalAdvance(shown(word)) for word in node.cols), default=0.0)
            for node in graph.nodes.values()
        }

    def name_width(self, node: Node, *, level: bool) -> float:
        """Pixels of the name and the shape above a matrix, side by side (``level``) or below each other."""
        name, shape = self._names[node.id]
        return name + 0.5 * self.theme.caption_px + shape if level else max(name, shape)

    def col_labels(self, node: Node, cell: float) -> float:
        """Height of the names over the columns: level where they fit, upright where they do not, none when tiny."""
        if not node.cols or cell < 0.8 * self.theme.caption_px:
            return 0.0
        wide = self._cols[node.id]
        return 1.4 * self.theme.caption_px if wide <= cell - 4 else min(wide, 96.0) + 6


def shown(word: str) -> str:
    """A token as it is written beside a row: a blank is a sign of its own."""
    return word.replace("\n", "⏎").replace(" ", "␣") or "·"


def _across(metrics: QFontMetricsF, name: str) -> float:
    return metrics.horizontalAdvance(name.replace("_", "").replace("^", "")) * 1.08


def shape_text(node: Node) -> str:
    """Rows times columns."""
    return f"{node.values.shape[0]} × {node.values.shape[1]}"


def extent(count: int, cell: float, most: float) -> float:
    """Pixels of ``count`` cells; very many share ``most`` pixels, so that they are a picture."""
    return count * cell if count <= COMPACT else max(min(count * cell, most), count * 0.5)


def lay_out(graph: Graph, theme: Theme, width: float, height: float, *, read: bool) -> Placed:
    """The arrangement with the largest cells; it may be higher than ``height`` where numbers would not be legible."""
    ruler = Ruler(theme, graph, height)
    unit = theme.caption_px
    legible = (LEGIBLE[0] * unit, LEGIBLE[1] * unit)
    nothing = (0.0, 0.0)
    small = (0.24 * unit, 0.24 * unit)
    few = max(max(node.values.shape) for node in graph.nodes.values()) <= FEW
    if read:
        tries: tuple[tuple[float, tuple[float, float]], ...] = ((math.inf, legible), (math.inf, nothing))
    else:
        tall = math.inf if few else SCROLLED * height
        tries = ((height, legible), (tall, legible), (height, small), (SCROLLED * height, small), (math.inf, nothing))
    for most, least in tries:
        scrolls = most > height
        found = [(lines, _largest(graph, ruler, lines, width, most, least, scrolls)) for lines in graph.layouts]
        made = [(lines, cell) for lines, cell in found if cell is not None]
        if made and scrolls:
            return min((_place(graph, ruler, lines, cell) for lines, cell in made), key=lambda one: one.height)
        if made:
            # Between arrangements with cells of about one size the one with fewer lines comes first.
            best = max(wide * high for _, (wide, high) in made)
            lines, cell = next((n, c) for n, c in made if c[0] * c[1] >= 0.9 * best)
            return _place(graph, ruler, lines, cell)
    return _place(graph, ruler, graph.layouts[-1], (1.5, 1.5), width)


def _largest(
    graph: Graph,
    ruler: Ruler,
    lines: Sequence[Sequence[Column]],
    width: float,
    height: float,
    least: tuple[float, float],
    scrolls: bool,
) -> tuple[float, float] | None:
    """The largest cells that fit in both directions, (width, height) of at least ``least``; None for none.

    Where the page ``scrolls`` they are not larger than a number needs.
    """
    unit = ruler.theme.caption_px
    best: tuple[float, float] | None = None
    for aspect in ASPECTS:
        low = max(LEAST * unit, least[1], least[0] / aspect)
        high = unit * (1.55 if scrolls else TALLEST)
        if low > high or not _fits(graph, ruler, lines, (low * aspect, low), width, height):
            continue
        for _ in range(8):
            middle = 0.5 * (low + high)
            if _fits(graph, ruler, lines, (middle * aspect, middle), width, height):
                low = middle
            else:
                high = middle
        if best is None or low * low * aspect > 1.05 * best[0] * best[1]:
            best = (low * aspect, low)
    return best


def _fits(
    graph: Graph,
    ruler: Ruler,
    lines: Sequence[Sequence[Column]],
    cell: tuple[float, float],
    width: float,
    height: float,
) -> bool:
    y = 0.0
    for line in lines:
        band = _band(graph, ruler, line, cell)
        y += band.title + max(band.head, band.labels) + band.rows + ruler.line_gap
        if band.width > width or y > height:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Band:
    """Sizes of one line: its titles, what stands above the lower matrices, their rows; columns' widths."""

    title: float
    head: float
    labels: float
    top_labels: float
    rows: float
    start: float
    columns: tuple[float, ...]
    width: float


def _band(graph: Graph, ruler: Ruler, line: Sequence[Column], cell: tuple[float, float]) -> _Band:
    wide, tall = cell
    nodes = [graph.nodes[name] for column in line for name in column if name]
    level = all(ruler.name_width(n, level=True) <= extent(n.values.shape[1], wide, 2.0 * ruler.most) for n in nodes)
    title = ruler.title if level else 1.9 * ruler.title
    tops = [graph.nodes[top] for top, _ in line if top]
    bottoms = [graph.nodes[bottom] for _, bottom in line]
    top_tall = max((extent(len(node.values), tall, ruler.most) for node in tops), default=0.0)
    top_labels = max((ruler.col_labels(node, wide) for node in tops), default=0.0)
    own = [node for (top, _), node in zip(line, bottoms, strict=True) if not top]
    columns = []
    for (top, _), node in zip(line, bottoms, strict=True):
        names = [ruler.name_width(n, level=level) for n in ((node, graph.nodes[top]) if top else (node,))]
        columns.append(max(extent(node.values.shape[1], wide, 2.0 * ruler.most), *names))
    start = ruler.word if any(node.rows for node in bottoms) else 0.0
    return _Band(
        title,
        title + top_labels + top_tall + 6 if tops else 0.0,
        max((ruler.col_labels(node, wide) for node in own), default=0.0),
        top_labels,
        max(extent(len(node.values), tall, ruler.most) for node in bottoms),
        start,
        tuple(columns),
        start + sum(columns) + ruler.gap * (len(columns) - 1),
    )


def _place(
    graph: Graph,
    ruler: Ruler,
    lines: Sequence[Sequence[Column]],
    cell: tuple[float, float],
    within: float = math.inf,
) -> Placed:
    """Boxes of the lines in cells of this size; matrices are squeezed to end ``within`` so many pixels."""
    boxes: list[Box] = []
    y, right = 0.0, 0.0
    for line in lines:
        band = _band(graph, ruler, line, cell)
        # Names over the columns of a matrix with nothing above it stand in the room that its neighbours' tops need.
        base = y + band.title + max(band.head, band.labels)
        x = band.start
        for at, ((top, bottom), column) in enumerate(zip(line, band.columns, strict=True)):
            node = graph.nodes[bottom]
            across = min(extent(node.values.shape[1], cell[0], 2.0 * ruler.most), max(within - x, 1.0))
            down = extent(len(node.values), cell[1], ruler.most)
            labels = 0.0 if top else band.labels
            place = QRectF(x, base, across, down)
            boxes.append(_box(node, place, column, labels, band.title, ruler.word, (at == 0, True)))
            if top:
                above = graph.nodes[top]
                high = extent(len(above.values), cell[1], ruler.most)
                place = QRectF(x, base - band.title - 6 - high, across, high)
                boxes.append(_box(above, place, column, band.top_labels, band.title, ruler.word, (False, False)))
            x += column + ruler.gap
        right = max(right, band.width)
        y = base + band.rows + ruler.line_gap
    return Placed(tuple(boxes), min(right, within), y, cell)


def _box(
    node: Node, cells: QRectF, column: float, labels: float, title: float, word: float, stands: tuple[bool, bool]
) -> Box:
    names = labels if node.cols else 0.0
    above = QRectF(cells.left(), cells.top() - names - title, max(column, cells.width()), title)
    beside = QRectF(cells.left() - word, cells.top(), word - 6, cells.height())
    return Box(node.id, cells, above, beside, names, *stands)

"""Draws matrices: colours, numbers, names, what is under way and what a cell came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from courseai_lab.panels.attention_steps.explain import cell_text
from courseai_lab.panels.attention_steps.flow_layout import Box, shape_text, shown
from courseai_lab.panels.attention_steps.graph import Node
from courseai_lab.ui.color import luminance
from courseai_lab.ui.plots import colormaps, heat_paint
from courseai_lab.ui.theme import Theme, text_font

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
DIM = 0.6
"""How much of the ground lies over cells that play no part."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of the colours: signed values reach from -limit to limit; shares from 0 to 1."""

    limit: float


def image_of(values: np.ndarray, node: Node, scale: Scale, theme: Theme) -> QImage:
    """The matrix as one pixel per cell; cells without a finite number are transparent."""
    kind: colormaps.MapKind = "sequential" if node.share else "diverging"
    low, high = (0.0, 1.0) if node.share else (-scale.limit, scale.limit)
    return heat_paint.indexed(colormaps.indices(values, low, high, "linear"), colormaps.colors(kind, theme))


def paint_box(
    painter: QPainter,
    box: Box,
    node: Node,
    values: np.ndarray | None,
    scale: Scale,
    theme: Theme,
    *,
    numbers: bool,
    current: bool,
    accented: bool,
    image: QImage | None,
) -> None:
    """One matrix with its name; None for ``values`` draws an empty one."""
    edge = theme.color(node.role) if node.role else theme.control
    painter.fillRect(box.cells, QColor(theme.raised))
    if values is not None and image is not None:
        if np.isneginf(values).any():
            _hatch(painter, box, node, np.isneginf(values), theme)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box.cells, image)
    _grid(painter, box, node, theme)
    if values is not None and numbers:
        _numbers(painter, box, node, values, scale, theme)
    for row, col in node.edited:
        if node.has(row, col) and values is not None:
            _corner(painter, box.cell(node, row, col), theme)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = 2.5 if current or accented else 1.5 if node.role else 1.0
    painter.setPen(QPen(QColor(theme.accent if current else edge), wide * max(1, theme.outline_px)))
    painter.drawRect(box.cells)
    _title(painter, box, node, theme, current=current, empty=values is None)
    _names(painter, box, node, theme)


def _hatch(painter: QPainter, box: Box, node: Node, where: np.ndarray, theme: Theme) -> None:
    brush = QBrush(QColor(theme.control), Qt.BrushStyle.BDiagPattern)
    for row, col in np.argwhere(where).tolist():
        painter.fillRect(box.cell(node, row, col), brush)


def _corner(painter: QPainter, cell: QRectF, theme: Theme) -> None:
    """A mark on a cell that was set by hand."""
    side = min(8.0, 0.4 * cell.height())
    top = cell.topRight()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    painter.drawPolygon([top, QPointF(top.x() - side, top.y()), QPointF(top.x(), top.y() + side)])


def _grid(painter: QPainter, box: Box, node: Node, theme: Theme) -> None:
    rows, cols = node.values.shape
    area = box.cells
    wide, tall = area.width() / cols, area.height() / rows
    if min(wide, tall) < 6:
        return
    color = QColor(theme.ground)
    color.setAlphaF(0.7)
    painter.setPen(QPen(color, 1))
    painter.drawLines(
        [QLineF(area.left() + i * wide, area.top(), area.left() + i * wide, area.bottom()) for i in range(1, cols)]
        + [QLineF(area.left(), area.top() + i * tall, area.right(), area.top() + i * tall) for i in range(1, rows)]
    )


def _numbers(painter: QPainter, box: Box, node: Node, values: np.ndarray, scale: Scale, theme: Theme) -> None:
    rows, cols = values.shape
    cell = box.cell(node, 0, 0)
    size = min(theme.caption_px, round(0.62 * cell.height()), int(cell.width() / 2.95))
    if size < 8:
        return
    painter.setFont(text_font(theme, size))
    kind: colormaps.MapKind = "sequential" if node.share else "diverging"
    low, high = (0.0, 1.0) if node.share else (-scale.limit, scale.limit)
    bright = _bright(kind, theme)[colormaps.indices(values, low, high, "linear")]
    dark, light = QColor("#0B0E14"), QColor("#FFFFFF")
    clip = painter.clipBoundingRect() if painter.hasClipping() else None
    for row in range(rows):
        if clip is not None and not clip.intersects(box.cell(node, row, 0).adjusted(0, 0, box.cells.width(), 0)):
            continue
        for col in range(cols):
            value = float(values[row, col])
            if value == value:
                painter.setPen(dark if bright[row, col] else light)
                if value == float("-inf"):
                    painter.setPen(QColor(theme.text))
                painter.drawText(box.cell(node, row, col), _CENTRE, cell_text(value))


@lru_cache(maxsize=8)
def _bright(kind: colormaps.MapKind, theme: Theme) -> np.ndarray:
    colors = colormaps.colors(kind, theme)[np.round(np.linspace(0, 255, colormaps.LEVELS)).astype(int)]
    shades = [luminance(f"#{r:02X}{g:02X}{b:02X}") > 0.18 for r, g, b in colors.tolist()]
    return np.array([*shades, not theme.dark])


def _title(painter: QPainter, box: Box, node: Node, theme: Theme, *, current: bool, empty: bool) -> None:
    color = theme.accent if current else theme.color(node.role) if node.role else theme.text
    level = box.title.height() < 2 * theme.caption_px
    left, top = box.title.left(), box.title.top()
    down = top + (0.75 if level else 0.4) * box.title.height()
    end = paint_name(painter, QPointF(left, down), node.name, QColor(color), theme)
    painter.setFont(text_font(theme, theme.caption_px))
    painter.setPen(QColor(theme.disabled if empty else theme.muted))
    below = QPointF(end + 0.5 * theme.caption_px, down) if level else QPointF(left, top + 0.88 * box.title.height())
    painter.drawText(below, shape_text(node))


def paint_name(painter: QPainter, at: QPointF, name: str, color: QColor, theme: Theme) -> float:
    """A name on its baseline; what follows ``_`` is set low, what follows ``^`` high. Returns where it ends."""
    sign = next((mark for mark in "_^" if mark in name), "")
    head, _, tail = name.partition(sign) if sign else (name, "", "")
    font = text_font(theme, theme.caption_px, QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(at, head)
    x = at.x() + QFontMetricsF(font).horizontalAdvance(head)
    if tail:
        small = text_font(theme, round(0.78 * theme.caption_px), QFont.Weight.DemiBold)
        painter.setFont(small)
        down = 0.22 if sign == "_" else -0.38
        painter.drawText(QPointF(x + 0.5, at.y() + down * theme.caption_px), tail)
        x += QFontMetricsF(small).horizontalAdvance(tail)
    return x


def _names(painter: QPainter, box: Box, node: Node, theme: Theme) -> None:
    """Tokens beside the rows of a line's first matrix, and over the columns."""
    rows, cols = node.values.shape
    tall = box.cells.height() / rows
    metrics = QFontMetricsF(text_font(theme, theme.caption_px))
    painter.setPen(QColor(theme.muted))
    if box.first and node.rows and tall >= 6:
        size = min(theme.caption_px, max(6, round(0.8 * tall)))
        painter.setFont(text_font(theme, size))
        fits = QFontMetricsF(painter.font())
        for row, word in enumerate(node.rows):
            place = QRectF(box.labels.left(), box.cells.top() + row * tall, box.labels.width(), tall)
            painter.drawText(place, _RIGHT, fits.elidedText(shown(word), Qt.TextElideMode.ElideRight, place.width()))
    if node.cols and box.col_labels > 0:
        painter.setFont(text_font(theme, theme.caption_px))
        wide = box.cells.width() / cols
        for col, word in enumerate(node.cols):
            _over(painter, box, box.cells.left() + col * wide, wide, shown(word), metrics)


def _over(painter: QPainter, box: Box, x: float, wide: float, word: str, metrics: QFontMetricsF) -> None:
    top = box.cells.top() - box.col_labels
    if metrics.horizontalAdvance(word) <= wide and box.col_labels < 2.2 * metrics.height():
        painter.drawText(QRectF(x, top, wide, box.col_labels - 2), _CENTRE, word)
        return
    painter.save()
    painter.translate(x + wide / 2, box.cells.top() - 4)
    painter.rotate(-90)
    text = metrics.elidedText(word, Qt.TextElideMode.ElideRight, box.col_labels - 5)
    painter.drawText(QPointF(0, 0.36 * metrics.ascent()), text)
    painter.restore()


def paint_sign(painter: QPainter, box: Box, node: Node, before: Box, theme: Theme) -> None:
    """Between two matrices of a line: a times sign where the first is the left factor, else an arrow."""
    if not node.parents or node.parents[0] != before.node:
        return
    left, right = before.cells.right(), box.cells.left()
    painter.setFont(text_font(theme, round(1.2 * theme.caption_px)))
    painter.setPen(QColor(theme.muted))
    sign = "×" if node.op == "product" else "→"
    tall = 2.0 * theme.caption_px
    painter.drawText(QRectF(left, box.cells.center().y() - tall / 2, right - left, tall), _CENTRE, sign)


def paint_dim(painter: QPainter, box: Box, mask: np.ndarray | None, theme: Theme) -> None:
    """The ground over every cell that is not in ``mask`` (None: over all)."""
    ground = QColor(theme.ground)
    ground.setAlphaF(DIM)
    if mask is None:
        painter.fillRect(box.cells.adjusted(-2, -2, 2, 2), ground)
        return
    alpha = np.where(mask, 0, round(255 * DIM)).astype(np.uint32)
    share = np.array([ground.red(), ground.green(), ground.blue()], dtype=np.float64) * DIM
    r, g, b = np.round(share).astype(int).tolist()
    pixels = np.ascontiguousarray(np.where(mask, 0, alpha << 24 | r << 16 | g << 8 | b).astype(np.uint32))
    rows, cols = mask.shape
    image = QImage(pixels.data, cols, rows, cols * 4, QImage.Format.Format_ARGB32_Premultiplied)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(box.cells, image)


def paint_lit(painter: QPainter, box: Box, node: Node, mask: np.ndarray, theme: Theme, wide: float) -> None:
    """A line around the cells of ``mask``, whose bounding rectangle it is."""
    rows, cols = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return
    one, other = box.cell(node, int(rows[0]), int(cols[0])), box.cell(node, int(rows[-1]), int(cols[-1]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.accent), wide))
    painter.drawRect(one.united(other))


def paint_chosen(painter: QPainter, box: Box, node: Node, row: int, col: int, theme: Theme) -> None:
    """The cell that is pointed at or chosen."""
    mask = np.zeros(node.values.shape, dtype=bool)
    mask[row, col] = True
    paint_lit(painter, box, node, mask, theme, 2.5)

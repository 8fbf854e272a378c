"""Drawing a heatmap: one painter for the screen and for exported figures."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import colormaps, reduce
from courseai_lab.ui.plots.handles import Handles
from courseai_lab.ui.plots.heat_model import Floats, Geometry, Heat, Overlay, axis_ticks, limit_text
from courseai_lab.ui.theme import Theme, text_font

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def image(heat: Heat, theme: Theme) -> QImage:
    """The map as one pixel per cell, through the table of colours; cells that are no numbers are transparent."""
    places = np.ascontiguousarray(colormaps.indices(heat.values, heat.low, heat.high, heat.scale))
    if heat.up:
        places = np.ascontiguousarray(places[::-1])
    return indexed(places, colormaps.colors(heat.kind, theme))


def indexed(places: NDArray[np.uint8], colors: NDArray[np.uint8]) -> QImage:
    """Places [rows cols] in a table of ``colors`` [256 3] as an image that owns its memory."""
    rows, cols = places.shape
    # 255 values share the whole table, so that the last one has the last colour.
    spread = colors[np.round(np.linspace(0, 255, colormaps.LEVELS)).astype(int)].astype(np.uint32)
    words = np.zeros(256, dtype=np.uint32)
    words[: colormaps.LEVELS] = 0xFF000000 | spread[:, 0] << 16 | spread[:, 1] << 8 | spread[:, 2]
    pixels = words[places]
    wrapped = QImage(pixels.data, cols, rows, cols * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return wrapped.copy()


def paint_map(painter: QPainter, heat: Heat, place: Geometry, theme: Theme, picture: QImage) -> None:
    """The cells, hatched where there is no number, with lines between and numbers in them where they are large."""
    painter.save()
    painter.setClipRect(place.picture)
    if not np.isfinite(heat.values).all():
        painter.fillRect(place.picture, QColor(theme.raised))
        painter.fillRect(place.picture, QBrush(QColor(theme.control), Qt.BrushStyle.BDiagPattern))
    x0, x1, y0, y1 = heat.extent
    corners = place.pixels(np.array([[x0, y0], [x1, y1]]))
    target = QRectF(QPointF(*corners.min(axis=0)), QPointF(*corners.max(axis=0)))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, heat.smooth)
    painter.drawImage(target, picture)
    rows, cols = heat.values.shape
    cell = target.width() / cols, target.height() / rows
    if min(cell) >= 9 and not heat.smooth:
        _paint_grid(painter, heat, target, theme)
    if heat.numbers and not heat.smooth and cell[0] >= theme.caption_px * 3.4 and cell[1] >= theme.caption_px * 1.6:
        _paint_numbers(painter, heat, place, theme, cell)
    painter.restore()
    painter.setPen(QPen(QColor(theme.outline), theme.outline_px))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place.picture)


def _paint_grid(painter: QPainter, heat: Heat, target: QRectF, theme: Theme) -> None:
    rows, cols = heat.values.shape
    color = QColor(theme.ground)
    color.setAlphaF(0.55)
    painter.setPen(QPen(color, 1))
    across = [target.left() + i * target.width() / cols for i in range(1, cols)]
    down = [target.top() + i * target.height() / rows for i in range(1, rows)]
    painter.drawLines([QLineF(x, target.top(), x, target.bottom()) for x in across])
    painter.drawLines([QLineF(target.left(), y, target.right(), y) for y in down])


def _paint_numbers(painter: QPainter, heat: Heat, place: Geometry, theme: Theme, cell: tuple[float, float]) -> None:
    painter.setFont(text_font(theme, min(theme.caption_px, round(cell[1] * 0.55))))
    bright = _bright(colormaps.colors(heat.kind, theme))
    places = colormaps.indices(heat.values, heat.low, heat.high, heat.scale)
    for row, col in np.ndindex(heat.values.shape):
        value = float(heat.values[row, col])
        ink = "#000000" if bright[places[row, col]] else "#FFFFFF"
        painter.setPen(QColor(ink if math.isfinite(value) else theme.text))
        middle = place.pixel(*heat.centre(row, col))
        box = QRectF(middle.x() - cell[0] / 2, middle.y() - cell[1] / 2, *cell)
        if place.picture.intersects(box):
            painter.drawText(box, _CENTRE, fmt(int(value) if value.is_integer() and abs(value) < 1e4 else value, 2))


def paint_axes(painter: QPainter, heat: Heat, place: Geometry, theme: Theme) -> None:
    """Labels of rows and columns, or numbers along the edges, and the names of the axes."""
    font = text_font(theme, theme.caption_px)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    picture, line = place.picture, metrics.height()
    below = picture.bottom() + theme.gap(1)
    depth = 0.0
    if heat.col_labels:
        depth = _paint_columns(painter, heat, place, theme, metrics, below)
    elif heat.axes:
        depth = line
        for value, text in axis_ticks(heat, 0, picture.width(), theme):
            painter.drawText(QRectF(place.pixel(value, heat.view[2]).x() - 40, below, 80, line), _CENTRE, text)
    edge = picture.left() - theme.gap(1.5)
    widest = 0.0
    for y, text in _row_texts(heat, theme, picture):
        widest = max(widest, metrics.horizontalAdvance(text))
        middle = place.pixel(heat.view[0], y).y()
        painter.drawText(QRectF(edge - 400, middle - line / 2, 400, line), _RIGHT, text)
    painter.setPen(QColor(theme.muted))
    if heat.x_name:
        painter.drawText(QRectF(picture.left() - 60, below + depth, picture.width() + 120, line), _CENTRE, heat.x_name)
    if heat.y_name:
        painter.save()
        painter.translate(edge - widest - line / 2 - theme.gap(0.5), picture.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-200, -line / 2, 400, line), _CENTRE, heat.y_name)
        painter.restore()


def _row_texts(heat: Heat, theme: Theme, picture: QRectF) -> list[tuple[float, str]]:
    if heat.row_labels:
        rows = range(0, len(heat.row_labels), _stride(len(heat.row_labels), picture.height(), theme))
        return [(heat.centre(row, 0)[1], heat.row_labels[row]) for row in rows]
    return axis_ticks(heat, 1, picture.height(), theme) if heat.axes else []


def _stride(count: int, pixels: float, theme: Theme) -> int:
    """Every how many labels fit."""
    return max(1, math.ceil(count * theme.caption_px * 1.2 / max(pixels, 1)))


def _paint_columns(
    painter: QPainter, heat: Heat, place: Geometry, theme: Theme, metrics: QFontMetricsF, below: float
) -> float:
    line = metrics.height()
    deepest = line
    step = _stride(len(heat.col_labels), place.picture.width(), theme) if place.tilted else 1
    for col in range(0, len(heat.col_labels), step):
        text, middle = heat.col_labels[col], place.pixel(heat.centre(0, col)[0], heat.view[2]).x()
        if not place.tilted:
            painter.drawText(QRectF(middle - 200, below, 400, line), _CENTRE, text)
            continue
        deepest = max(deepest, metrics.horizontalAdvance(text))
        painter.save()
        painter.translate(middle, below)
        painter.rotate(-90)
        painter.drawText(QRectF(-400, -line / 2, 400, line), _RIGHT, text)
        painter.restore()
    return deepest


def paint_bar(painter: QPainter, heat: Heat, place: Geometry, theme: Theme, *, texts: bool) -> None:
    """The colour bar; ``texts`` writes the limits, which on the screen are fields of their own."""
    if place.bar.isEmpty():
        return
    ramp = np.arange(colormaps.LEVELS - 1, -1, -1, dtype=np.uint8)[:, None]
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(place.bar, indexed(np.ascontiguousarray(ramp), colormaps.colors(heat.kind, theme)))
    painter.setPen(QPen(QColor(theme.outline), theme.outline_px))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place.bar)
    font = text_font(theme, theme.caption_px)
    line = QFontMetricsF(font).height()
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    left, width = place.high_box.left() + theme.gap(1), place.high_box.width()
    if place.bar.height() > 4.5 * line:
        log = heat.scale == "log"
        middle = math.sqrt(heat.low * heat.high) if log else heat.low / 2 + heat.high / 2
        box = QRectF(left, place.bar.center().y() - line / 2, width, line)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), limit_text(middle))
    if texts:
        for value, box in ((heat.high, place.high_box), (heat.low, place.low_box)):
            box = QRectF(left, box.top(), width, box.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), limit_text(value))


def paint_overlays(painter: QPainter, overlays: Iterable[Overlay], heat: Heat, place: Geometry, theme: Theme) -> None:
    """Contours in black or white, whichever shows; paths, arrows and markers with a thin edge of ground."""
    painter.save()
    painter.setClipRect(place.picture.adjusted(-1, -1, 1, 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for one in overlays:
        if one.kind == "contours":
            _paint_contours(painter, one, heat, place, theme)
        else:
            _PAINTERS[one.kind](painter, one, place, theme)
    painter.restore()


def _paint_contours(painter: QPainter, one: Overlay, heat: Heat, place: Geometry, theme: Theme) -> None:
    """Each level in the ink that stands out from the colour it runs through."""
    assert one.ends is not None
    ends = place.pixels(one.points)
    dark = _bright(colormaps.colors(heat.kind, theme))[colormaps.indices(one.ends, heat.low, heat.high, heat.scale)]
    for ink, chosen in (("#000000", dark), ("#FFFFFF", ~dark)):
        color = QColor(ink)
        color.setAlphaF(0.55)
        path = QPainterPath()
        for (ax, ay), (bx, by) in ends[chosen].tolist():
            path.moveTo(ax, ay)
            path.lineTo(bx, by)
        # One stroke for all: separate ones would show where transparent ends overlap.
        pen = QPen(color, min(theme.line_live, 1.5))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.strokePath(path, pen)


def _bright(colors: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of ``colors`` [n 3] ask for black ink: those of a luma above 140 of 255 (ITU-R BT.601)."""
    return np.asarray(colors.astype(float) @ np.array([0.299, 0.587, 0.114]) > 140)


def _path(painter: QPainter, one: Overlay, place: Geometry, theme: Theme) -> None:
    for piece in _pieces(place.pixels(one.points)):
        xs, ys = reduce.simplified(piece[:, 0], piece[:, 1], (1.0, 1.0))
        line = QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
        for color, width in ((theme.ground, theme.line_still + 2.0), (theme.color(one.paint), theme.line_still)):
            pen = QPen(QColor(color), width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline(line)


def _pieces(points: Floats) -> list[Floats]:
    """Runs of finite points, held within what painters can take: a path that diverges leaves the picture."""
    good = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    return [np.clip(points[a:b], -1e6, 1e6) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _arrows(painter: QPainter, one: Overlay, place: Geometry, theme: Theme) -> None:
    assert one.ends is not None
    starts, ends = place.pixels(one.points), place.pixels(one.ends)
    for a, b in zip(starts, ends, strict=True):
        length = float(np.hypot(*(b - a)))
        if not math.isfinite(length) or length < 1:
            continue
        for color, width in ((theme.ground, theme.line_still + 2.0), (theme.color(one.paint), theme.line_still)):
            arrow(painter, QPointF(*a), QPointF(*np.clip(b, -1e6, 1e6)), QPen(QColor(color), width))


def arrow(painter: QPainter, start: QPointF, end: QPointF, pen: QPen) -> None:
    """An arrow whose head is in proportion to the pen and never longer than the arrow."""
    angle = math.atan2(end.y() - start.y(), end.x() - start.x())
    head = min(3.0 + 2.5 * pen.widthF(), math.hypot(end.x() - start.x(), end.y() - start.y()))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(start, end)
    for side in (-0.45, 0.45):
        tip = QPointF(end.x() - head * math.cos(angle + side), end.y() - head * math.sin(angle + side))
        painter.drawLine(end, tip)


def _markers(painter: QPainter, one: Overlay, place: Geometry, theme: Theme) -> None:
    size = one.size * theme.text_px / 13
    for x, y in place.pixels(one.points).tolist():
        if math.isfinite(x) and math.isfinite(y) and abs(x) < 1e6 and abs(y) < 1e6:
            paint_marker(painter, QPointF(x, y), one.marker, size, theme.color(one.paint), theme.ground)
    if one.label and len(one.points):
        x, y = place.pixels(one.points)[-1]
        if math.isfinite(x) and math.isfinite(y):
            width = QFontMetricsF(text_font(theme, theme.caption_px)).horizontalAdvance(one.label)
            left = x + size if x + size + width < place.picture.right() else x - size - width
            _halo_text(painter, QPointF(left, y - size / 2), one.label, theme)


def _halo_text(painter: QPainter, at: QPointF, text: str, theme: Theme) -> None:
    font = text_font(theme, theme.caption_px)
    metrics = QFontMetricsF(font)
    box = metrics.boundingRect(text).translated(at).adjusted(-2, -1, 2, 1)
    ground = QColor(theme.ground)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3, 3)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    painter.drawText(at, text)


def _star() -> tuple[tuple[float, float], ...]:
    radii = [1.15 if i % 2 == 0 else 0.5 for i in range(10)]
    return tuple((r * math.sin(i * math.pi / 5), -r * math.cos(i * math.pi / 5)) for i, r in enumerate(radii))


_SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "triangle": ((0, -1), (0.95, 0.75), (-0.95, 0.75)),
    "triangle-down": ((0, 1), (0.95, -0.75), (-0.95, -0.75)),
    "square": ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    "diamond": ((0, -1.1), (0.9, 0), (0, 1.1), (-0.9, 0)),
    "star": _star(),
    "cross": ((-1, -0.6), (-0.6, -1), (0, -0.4), (0.6, -1), (1, -0.6), (0.4, 0), (1, 0.6), (0.6, 1), (0, 0.4),
              (-0.6, 1), (-1, 0.6), (-0.4, 0)),
    "plus": ((-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3), (0.3, 1), (-0.3, 1), (-0.3, 0.3),
             (-1, 0.3), (-1, -0.3), (-0.3, -0.3)),
}  # fmt: skip


def paint_marker(painter: QPainter, at: QPointF, marker: str, size: float, fill: str, edge: str) -> None:
    """One marker, ``size`` wide, centred on ``at``; an unknown shape is a circle."""
    painter.setPen(QPen(QColor(edge), max(1.0, size / 7)))
    painter.setBrush(QColor(fill))
    shape = _SHAPES.get(marker)
    if shape is None:
        painter.drawEllipse(at, size / 2, size / 2)
        return
    painter.drawPolygon(QPolygonF([QPointF(at.x() + x * size / 2, at.y() + y * size / 2) for x, y in shape]))


_PAINTERS = {"path": _path, "arrows": _arrows, "markers": _markers}


def paint_handles(
    painter: QPainter, handles: Iterable[Handles], place: Geometry, theme: Theme, focused: Handles | None
) -> None:
    """Draggable points; the chosen one of ``focused`` wears a ring."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for one in handles:
        if not one.used or not len(one.points):
            continue
        for i, (x, y) in enumerate(place.pixels(one.points).tolist()):
            if not (math.isfinite(x) and math.isfinite(y)):
                continue
            at, size = QPointF(x, y), theme.text_px * 1.05
            if one is focused and i == one.selected:
                painter.setPen(QPen(QColor(theme.text), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, size * 0.95, size * 0.95)
            paint_marker(painter, at, one.marker, size, theme.color(one.paint), theme.ground)

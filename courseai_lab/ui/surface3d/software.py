"""Draws a scene with QPainter: no OpenGL, no display needed. Into a widget, an image, an SVG or a PDF.

The surface is one image with its own depth; axes, paths, balls and texts are drawn as vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPolygonF, QRadialGradient

from .camera import NEAR, Camera
from .description import Ball, Scene, Surface, SurfaceColors, rgba
from .geometry import Box, Lines, axes_lines, box_of, halo, mark_lines
from .overlay import paint_texts, qcolor
from .raster import Layer, draw_floor, draw_surface
from .style import BALL_PULL, GHOST, LINE_PULL

# Segments are cut into pieces of this many pixels to find where the surface hides them.
PIECE = 4.0
MAX_PIECES = 200_000
# Along a ball's radius from its brightest place: where, diffuse light, highlight.
_BALL_SHADES = ((0.0, 1.12, 0.42), (0.16, 1.08, 0.12), (0.35, 1.0, 0.0), (0.7, 0.8, 0.0), (1.0, 0.58, 0.0))


@dataclass(frozen=True, eq=False)
class Raster:
    """The surface's pictures, and its distances from the eye in pixels of ``ratio`` to a logical pixel."""

    floor: QImage | None
    surface: QImage
    depth: NDArray
    ratio: float


def _image(color: NDArray, shrink: int) -> QImage:
    """Premultiplied colours [h, w, 4] as an image, averaged over squares of ``shrink`` pixels."""
    height, width = color.shape[0] // shrink, color.shape[1] // shrink
    if shrink > 1:
        color = color.reshape(height, shrink, width, shrink, 4).mean(axis=(1, 3))
    data = np.ascontiguousarray((color * 255 + 0.5).astype(np.uint8))
    view = QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)
    return view.copy()


def rasterise_scene(
    surface: Surface, camera: Camera, colors: SurfaceColors, size: tuple[float, float], ratio: float, smooth: int = 2
) -> Raster:
    """The surface drawn for a view of ``size`` logical pixels, with ``smooth`` squared samples a pixel."""
    width, height = (max(1, round(s * ratio)) for s in size)
    fine, scale = (width * smooth, height * smooth), ratio * smooth
    box = box_of(surface)
    floor: Layer | None = draw_floor(surface, box, camera, colors, fine, scale)
    layer = draw_surface(surface, box, camera, colors, fine, scale)
    floor_image = _image(floor.color, smooth) if floor is not None else None
    return Raster(floor_image, _image(layer.color, smooth), layer.depth, scale)


def paint_scene(
    painter: QPainter,
    rect: QRectF,
    scene: Scene | None,
    colors: SurfaceColors,
    camera: Camera | None = None,
    raster: Raster | None = None,
    image_ratio: float = 2.0,
) -> None:
    """Draw a scene into a rectangle.

    Args:
        painter: its font writes the numbers; its units are logical pixels.
        camera: None takes the scene's.
        raster: the surface already drawn for this size and camera, else it is drawn here.
        image_ratio: image pixels to a logical pixel, where it is drawn here.
    """
    painter.save()
    painter.fillRect(rect, qcolor(colors.ground))
    size = (rect.width(), rect.height())
    if scene is not None and min(size) >= 1:
        camera = camera or scene.camera
        raster = raster or rasterise_scene(scene.surface, camera, colors, size, image_ratio)
        painter.translate(rect.topLeft())
        painter.setClipRect(QRectF(0, 0, *size))
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform, on=True)
        _paint_layers(painter, scene, colors, camera, raster, size)
    painter.restore()


def _paint_layers(
    painter: QPainter,
    scene: Scene,
    colors: SurfaceColors,
    camera: Camera,
    raster: Raster,
    size: tuple[float, float],
) -> None:
    box, whole = box_of(scene.surface), QRectF(0, 0, *size)
    if raster.floor is not None:
        painter.drawImage(whole, raster.floor)
    _paint_lines(painter, axes_lines(scene, box, camera, colors), camera, size, 1.0, None)
    painter.drawImage(whole, raster.surface)
    marks = mark_lines(scene, box)
    _paint_lines(painter, halo(marks, colors.ground), camera, size, 1.0, raster)
    for alpha, hidden_by in ((GHOST, None), (1.0, raster)):
        _paint_lines(painter, marks, camera, size, alpha, hidden_by)
        _paint_balls(painter, scene, box, colors, camera, size, alpha, hidden_by)
    paint_texts(painter, scene, camera, colors, size)


def _on_screen(points: NDArray, camera: Camera, size: tuple[float, float]) -> tuple[NDArray, NDArray]:
    """Pixels [n, 2] and distances from the eye [n] of world points; NaN behind the eye."""
    matrix = camera.matrix(*size)
    clip = points @ matrix[:, :3].T + matrix[:, 3]
    w = np.where(clip[:, 3] > NEAR, clip[:, 3], np.nan)
    return np.stack([(clip[:, 0] / w + 1) * size[0] / 2, (1 - clip[:, 1] / w) * size[1] / 2], axis=1), w


def _visible(pixels: NDArray, distance: NDArray, raster: Raster, pull: NDArray | float) -> NDArray:
    """Which points are not hidden by the surface."""
    rows, columns = raster.depth.shape
    x = np.nan_to_num(pixels[:, 0] * raster.ratio, nan=-1.0).clip(-1, columns).astype(np.int64)
    y = np.nan_to_num(pixels[:, 1] * raster.ratio, nan=-1.0).clip(-1, rows).astype(np.int64)
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    depth = np.full(len(pixels), np.inf)
    depth[inside] = raster.depth[y[inside], x[inside]]
    return distance - pull <= depth


def _pieces(start: NDArray, end: NDArray, lengths: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Segments cut into pieces of about PIECE pixels: starts, ends, and the number of each one's segment."""
    counts = np.clip(np.ceil(np.nan_to_num(lengths) / PIECE), 1, 4000).astype(np.int64)
    if counts.sum() > MAX_PIECES:
        counts = np.ones_like(counts)
    which = np.repeat(np.arange(len(counts)), counts)
    index = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    step = (end - start)[which]
    low, high = (index / counts[which])[:, None], ((index + 1) / counts[which])[:, None]
    return start[which] + step * low, start[which] + step * high, which


def _paint_lines(
    painter: QPainter, lines: Lines, camera: Camera, size: tuple[float, float], alpha: float, hidden_by: Raster | None
) -> None:
    if not len(lines.start):
        return
    a, wa = _on_screen(lines.start, camera, size)
    b, wb = _on_screen(lines.end, camera, size)
    start, end, which = lines.start, lines.end, np.arange(len(lines.start))
    taper = lines.width[:, 0] != lines.width[:, 1]
    if hidden_by is not None:
        lengths = np.where(taper, 0, np.linalg.norm(b - a, axis=1))
        start, end, which = _pieces(start, end, lengths)
        a, wa = _on_screen(start, camera, size)
        b, wb = _on_screen(end, camera, size)
    keep = np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)
    if hidden_by is not None:
        keep &= _visible((a + b) / 2, (wa + wb) / 2, hidden_by, LINE_PULL)
    _stroke(painter, a[keep], b[keep], lines, which[keep], alpha)


def _stroke(painter: QPainter, a: NDArray, b: NDArray, lines: Lines, which: NDArray, alpha: float) -> None:
    """Runs of pieces that share colour and width are one polyline, so that a faint line has no knots."""
    if not len(which):
        return  # every piece is hidden
    style = np.column_stack([lines.color, lines.width])[which]
    joined = np.zeros(len(which), dtype=bool)
    joined[1:] = (np.abs(a[1:] - b[:-1]) < 1e-6).all(axis=1) & (style[1:] == style[:-1]).all(axis=1)
    cuts = np.flatnonzero(~joined)
    for begin, stop in zip(cuts, [*cuts[1:], len(which)], strict=True):
        color = QColor.fromRgbF(*(float(c) for c in style[begin, :4]))
        color.setAlphaF(color.alphaF() * alpha)
        first, last = style[begin, 4:]
        if first != last:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(_head(a[begin], b[begin], first, last))
            continue
        cap = Qt.PenCapStyle.RoundCap if alpha == 1.0 and first > 1 else Qt.PenCapStyle.FlatCap
        painter.setPen(QPen(QBrush(color), first, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        points = [QPointF(*a[begin]), *(QPointF(*p) for p in b[begin:stop])]
        if len(points) == 2:
            painter.drawLine(QLineF(*points))
        else:
            painter.drawPolyline(QPolygonF(points))


def _head(a: NDArray, b: NDArray, first: float, last: float) -> QPolygonF:
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.array([-along[1], along[0]]) / 2
    return QPolygonF(
        [QPointF(*p) for p in (a - across * first, a + across * first, b + across * last, b - across * last)]
    )


def _paint_balls(
    painter: QPainter,
    scene: Scene,
    box: Box,
    colors: SurfaceColors,
    camera: Camera,
    size: tuple[float, float],
    alpha: float,
    hidden_by: Raster | None,
) -> None:
    if not scene.balls:
        return
    places, distance = _on_screen(box.to_world(scene.surface, [b.pos for b in scene.balls]), camera, size)
    shown = np.isfinite(places).all(axis=1)
    if hidden_by is not None:
        radii = np.array([b.radius for b in scene.balls])
        shown &= _visible(places, distance, hidden_by, BALL_PULL * radii * camera.pixel(*size) * distance)
    order = np.argsort(-np.nan_to_num(distance))
    painter.setOpacity(alpha)
    painter.setPen(Qt.PenStyle.NoPen)
    for k in order[shown[order]]:
        _paint_ball(painter, scene.balls[k], QPointF(*places[k]), colors)
    painter.setOpacity(1.0)


def _paint_ball(painter: QPainter, ball: Ball, place: QPointF, colors: SurfaceColors) -> None:
    painter.setBrush(qcolor(colors.ground))
    painter.drawEllipse(place, ball.radius + 1.5, ball.radius + 1.5)
    red, green, blue, alpha = rgba(ball.color)
    # The shader's light (-0.45, 0.6, 0.7) shines brightest at about 0.45 of the radius to the upper left.
    bright = place + QPointF(-0.32, -0.43) * ball.radius
    shade = QRadialGradient(bright, 1.55 * ball.radius)
    for at, lit, glint in _BALL_SHADES:
        r, g, b = (min(1.0, c * lit + glint) for c in (red, green, blue))
        shade.setColorAt(at, QColor.fromRgbF(r, g, b, alpha))
    painter.setBrush(QBrush(shade))
    painter.drawEllipse(place, ball.radius, ball.radius)


def scene_image(
    scene: Scene | None,
    size: QSize,
    scale: float = 1.0,
    colors: SurfaceColors | None = None,
    camera: Camera | None = None,
    font: QFont | None = None,
) -> QImage:
    """A picture of ``size`` logical pixels with ``scale`` image pixels to each."""
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    if font is not None:
        painter.setFont(font)
    colors = colors or SurfaceColors()
    paint_scene(painter, QRectF(0, 0, size.width(), size.height()), scene, colors, camera, image_ratio=scale)
    painter.end()
    return image

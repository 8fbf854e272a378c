"""Writes the numbers and names of a scene with QPainter, over either renderer's picture."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from .camera import Camera
from .description import Scene, SurfaceColors, rgba
from .geometry import Text, axes_texts, box_of, frame_key

HALO = 3.0
NAME_GAP = 8.0


class TextLayer(QWidget):
    """A see-through widget that writes a scene's texts over another picture; hidden at first.

    It keeps what it wrote, as in most frames only heights change.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: tuple[Scene | None, Camera, SurfaceColors] = (None, Camera(), SurfaceColors())
        self._written = QPixmap()
        self._written_of: tuple[object, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def show_texts(self, scene: Scene | None, camera: Camera, colors: SurfaceColors) -> None:
        """Write the texts of this scene from now on."""
        self._shown = (scene, camera, colors)
        self.update()

    def _key(self, scene: Scene) -> tuple[object, ...]:
        labels = tuple((ball.pos, ball.label, ball.radius) for ball in scene.balls if ball.label)
        view = (self.size(), self.devicePixelRatioF(), self.font())
        return (frame_key(scene), scene.labels, labels, *self._shown[1:], *view)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the texts."""
        scene, camera, colors = self._shown
        if scene is None:
            return
        key = self._key(scene)
        if key != self._written_of:
            ratio = self.devicePixelRatioF()
            self._written, self._written_of = QPixmap(self.size() * ratio), key
            self._written.setDevicePixelRatio(ratio)
            self._written.fill(Qt.GlobalColor.transparent)
            writer = QPainter(self._written)
            writer.setFont(self.font())
            paint_texts(writer, scene, camera, colors, (self.width(), self.height()))
            writer.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._written)
        paint_focus(painter, self.parentWidget(), colors)
        painter.end()


def paint_focus(painter: QPainter, view: QWidget | None, colors: SurfaceColors) -> None:
    """The ring around a view that has the keyboard."""
    if view is not None and view.hasFocus():
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(qcolor(colors.accent), 2))
        painter.drawRoundedRect(QRectF(view.rect()).adjusted(1, 1, -1, -1), 4, 4)


def qcolor(color: str) -> QColor:
    """Qt's colour of ``#RRGGBB`` or ``#RRGGBBAA`` (Qt itself would read the latter as alpha first)."""
    return QColor.fromRgbF(*rgba(color))


def figure_font(font: QFont) -> QFont:
    """The font with figures of equal width, so that numbers do not jump."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def _directions(texts: list[Text], camera: Camera, width: float, height: float) -> tuple[NDArray, NDArray]:
    """Pixels of the texts' anchors [n, 2] and unit directions [n, 2] on the screen to move away in."""
    at = np.array([t.at for t in texts])
    away = np.array([t.away for t in texts], dtype=float)
    here = camera.project(at, width, height)[:, :2]
    there = camera.project(at + 0.05 * away, width, height)[:, :2]
    step = there - here
    norm = np.linalg.norm(step, axis=1, keepdims=True)
    return here, np.where(norm > 1e-6, step / np.maximum(norm, 1e-6), [0.0, 1.0])


def _support(rect: QRectF, direction: NDArray) -> float:
    """Distance from the middle of a text's box to its edge's farthest point, along a direction."""
    return float(abs(direction[0]) * rect.width() / 2 + abs(direction[1]) * rect.height() / 2)


def paint_texts(
    painter: QPainter, scene: Scene, camera: Camera, colors: SurfaceColors, size: tuple[float, float]
) -> list[QRectF]:
    """Axes' numbers and names, labels, and the balls' labels, in the painter's font and logical pixels.

    A text that would touch an earlier one is left out. Returns the boxes of the written axis texts.
    """
    painter.save()
    painter.setFont(figure_font(painter.font()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    boxes = _paint_axes(painter, scene, camera, colors, size)
    _paint_labels(painter, scene, camera, colors, size)
    painter.restore()
    return boxes


def _paint_axes(
    painter: QPainter, scene: Scene, camera: Camera, colors: SurfaceColors, size: tuple[float, float]
) -> list[QRectF]:
    texts = axes_texts(scene, box_of(scene.surface), camera)
    if not texts:
        return []
    metrics = QFontMetricsF(painter.font())
    here, directions = _directions(texts, camera, *size)
    reach: dict[tuple[float, float, float], float] = defaultdict(float)
    boxes: list[QRectF] = []
    order = sorted(range(len(texts)), key=lambda k: texts[k].role == "name")
    for k in order:
        text, direction = texts[k], directions[k]
        if not np.isfinite(here[k]).all():
            continue
        rect = QRectF(0, 0, metrics.horizontalAdvance(text.text), metrics.capHeight() + 4)
        gap = text.gap
        if text.role == "name" and text.away[2] == 0:
            gap = NAME_GAP + reach[text.away]
        distance = gap + _support(rect, direction)
        rect.moveCenter(QPointF(*(here[k] + direction * distance)))
        if text.role == "number":
            reach[text.away] = max(reach[text.away], distance + _support(rect, direction))
        if any(rect.adjusted(-10, 0, 10, 0).intersects(other) for other in boxes):
            continue
        boxes.append(rect)
        painter.setPen(qcolor(colors.text if text.role == "name" else colors.muted))
        _write(painter, rect, text.text)
    return boxes


def _write(painter: QPainter, rect: QRectF, text: str) -> None:
    middle = rect.center().y() + QFontMetricsF(painter.font()).capHeight() / 2
    painter.drawText(QPointF(rect.left(), middle), text)


def _paint_labels(
    painter: QPainter, scene: Scene, camera: Camera, colors: SurfaceColors, size: tuple[float, float]
) -> None:
    """Labels stand to the right of their points, haloed in the ground's colour, as they lie on the surface."""
    entries = [(label.pos, label.text, label.color, 6.0) for label in scene.labels]
    entries += [(ball.pos, ball.label, None, ball.radius + 6.0) for ball in scene.balls if ball.label]
    if not entries:
        return
    world = box_of(scene.surface).to_world(scene.surface, [e[0] for e in entries])
    places = camera.project(world, *size)
    metrics = QFontMetricsF(painter.font())
    for (_, text, color, gap), (x, y, _) in zip(entries, places, strict=True):
        if not np.isfinite([x, y]).all():
            continue
        outline = QPainterPath()
        outline.addText(QPointF(x + gap, y + metrics.capHeight() / 2), painter.font(), text)
        halo = QPen(qcolor(colors.ground), HALO, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(outline, halo)
        painter.fillPath(outline, qcolor(color or colors.text))

"""What a network answers everywhere in the plane, with the points: its output, or one unit's own response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.playground.frame import NET_NAMES, WINDOW
from courseai_lab.ui import color
from courseai_lab.ui.heatmap import ContourMap
from courseai_lab.ui.plots import heat_paint
from courseai_lab.ui.plots.heat_model import Geometry

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame
    from courseai_lab.panels.playground.params import PlaygroundLook
    from courseai_lab.ui.theme import Theme

RANGE = (-WINDOW, WINDOW)
POINT = 7.0
VEIL = 0.42
"""How much of the ground covers the colours, so that the points stand out; the colour bar is covered alike."""
SPLIT_NAMES = ("train", "validation", "test")


class Board(ContourMap):
    """The plane: colours for the answer, lines where it changes sides, points on top.

    ``clicked`` carries (x, y), as ``ContourMap``'s.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, title="Decision boundary")
        self._frame: Frame | None = None
        self._net = 0
        self._look: PlaygroundLook | None = None
        self._classes: QImage | None = None
        self._layer: tuple[object, ...] = ()
        self._pixmap = QPixmap()

    def show_frame(self, frame: Frame, net: int, look: PlaygroundLook, unit: int | None) -> None:
        """Show a network's output, or the response of its answering unit ``unit``."""
        self._frame, self._net, self._look = frame, net, look
        self._classes = None
        self.begin()
        name = f"{NET_NAMES[net]}: " if frame.nets > 1 else ""
        if unit is not None:
            values = decoded(frame, net, unit)
            self.set_options(bar=True)
            self.set_axes("", "", value=f"{name}this unit")
            self.set_surface(values, RANGE, RANGE, levels=[0.0], kind="diverging", square=True)
        elif frame.classes == 0:
            self.set_options(bar=True)
            self.set_axes("", "", value=f"{name}value")
            self.set_surface(frame.surface[net], RANGE, RANGE, levels=5, kind="diverging", limits=(-1, 1), square=True)
        elif frame.classes == 2 and look.surface.value == "probability":
            self.set_options(bar=True)
            self.set_axes("", "", value=f"{name}probability of {frame.class_names[1]}")
            surface = frame.surface[net]
            self.set_surface(surface, RANGE, RANGE, levels=[0.5], kind="diverging", limits=(0, 1), square=True)
        else:
            self._show_classes(frame, net, look, name)
        if frame.line is not None and unit is None:
            self._game(frame, look)
        self.end()

    def _show_classes(self, frame: Frame, net: int, look: PlaygroundLook, name: str) -> None:
        self.set_options(bar=False)
        self.set_axes("", "", value=f"{name}class")
        winner = frame.winner[net].astype(np.float64)
        levels = np.arange(frame.classes - 1) + 0.5
        self.set_surface(winner, RANGE, RANGE, levels=levels, limits=(0, max(frame.classes - 1, 1)), square=True)
        sure = frame.surface[net] if frame.classes > 2 else np.abs(frame.surface[net] * 2.0 - 1.0)
        share = np.clip(sure, 0.0, 1.0) if look.surface.value == "probability" else np.ones_like(sure)
        ground = color.rgb(self._theme.ground)
        inks = np.array([color.rgb(self._theme.class_color(k)) for k in range(frame.classes)])
        mixed = ground + (0.15 + 0.5 * share)[..., None] * (inks[frame.winner[net]] - ground)
        pixels = np.round(mixed[::-1] * 255).astype(np.uint32)
        words = np.ascontiguousarray(0xFF000000 | pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2])
        words = words.astype(np.uint32)
        rows, cols = words.shape
        self._classes = QImage(words.data, cols, rows, cols * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()

    def _game(self, frame: Frame, look: PlaygroundLook) -> None:
        """The learner's line with its score, and a best one where that is wanted."""
        assert frame.line is not None
        a, b = np.array(frame.line)
        along = (b - a) / np.hypot(*(b - a)) * 6.0
        self.path("your line", [a - along, a + along], color="accent")
        if look.best_line:
            c = np.array(frame.best_line).reshape(2, 2)
            way = (c[1] - c[0]) / np.hypot(*(c[1] - c[0])) * 12.0
            self.path("a best line", [c[0] - way, c[0] + way], color="muted")
        text = f"{frame.line_right} of {int((frame.split == 0).sum())}, at best {frame.best_right}"
        self.markers(
            "score", [np.clip((a + b) / 2.0, -1.5, 1.5)], color="accent", marker="circle", label=text, size=2.0
        )

    def _paint_all(self, painter: QPainter, place: Geometry, *, texts: bool) -> None:
        self._paint_ground(painter, place, texts=texts)
        self._paint_points_and_over(painter, place, drawn=texts)

    def _paint_ground(self, painter: QPainter, place: Geometry, *, texts: bool) -> None:
        theme = self._theme
        if self._classes is not None:
            self._image = self._classes
        elif self._image is None:
            self._image = heat_paint.image(self._heat, theme)
        heat_paint.paint_map(painter, self._heat, place, theme, self._image)
        heat_paint.paint_axes(painter, self._heat, place, theme)
        heat_paint.paint_bar(painter, self._heat, place, theme, texts=texts)
        veil = QColor(theme.ground)
        veil.setAlphaF(VEIL)
        for area in (place.picture, place.bar) if self._classes is None else ():
            painter.fillRect(area, veil)
        contours = (one for _, one in self._shown_overlays() if one.kind == "contours")
        heat_paint.paint_overlays(painter, contours, self._heat, place, theme)

    def _paint_over(self, painter: QPainter, place: Geometry) -> None:
        self._paint_points_and_over(painter, place, drawn=False)

    def _paint_points_and_over(self, painter: QPainter, place: Geometry, *, drawn: bool) -> None:
        """``drawn``: the points as shapes, for a figure; otherwise as a picture that is kept."""
        frame, look, theme = self._frame, self._look, self._theme
        others = (one for _, one in self._shown_overlays() if one.kind != "contours")
        heat_paint.paint_overlays(painter, others, self._heat, place, theme)
        if frame is None or look is None:
            return
        if drawn:
            self._paint_points(painter, place, frame, look)
        else:
            painter.drawPixmap(0, 0, self._points(place, frame, look))
        # Handles lie over the points.
        heat_paint.paint_handles(painter, self._handles.values(), place, theme, self._focused_handles())

    def _points(self, place: Geometry, frame: Frame, look: PlaygroundLook) -> QPixmap:
        """The points as a picture of their own, painted anew only when they or the room have changed."""
        wrong = frame.wrong[self._net].tobytes() if look.mark_wrong else b""
        ratio = self.devicePixelRatioF()
        picture = place.picture.getRect()
        key = (frame.x, frame.y, frame.split, self._theme, look.points, wrong, picture, self.size(), ratio)
        if len(self._layer) != len(key) or any(
            a is not b if isinstance(a, np.ndarray) else a != b for a, b in zip(key, self._layer, strict=True)
        ):
            self._layer = key
            self._pixmap = QPixmap(self.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_points(painter, place, frame, look)
            painter.end()
        return self._pixmap

    def _paint_points(self, painter: QPainter, place: Geometry, frame: Frame, look: PlaygroundLook) -> None:
        shown = np.isin(frame.split, [SPLIT_NAMES.index(one.value) for one in look.points])
        inside = (np.abs(frame.x) <= WINDOW).all(axis=1)
        chosen = np.flatnonzero(shown & inside)
        places = place.pixels(frame.x[chosen])
        theme = self._theme
        size = POINT * theme.text_px / 13 * (0.8 if len(chosen) > 400 else 2.0 if len(chosen) < 20 else 1.0)
        painter.save()
        painter.setClipRect(place.picture)
        for k, (px, py) in zip(chosen, places, strict=True):
            at = QPointF(px, py)
            ink, marker = self._ink(frame, int(k))
            hollow = frame.split[k] != 0
            fill, edge = (theme.ground, ink) if hollow and frame.classes else (ink, theme.ground)
            heat_paint.paint_marker(painter, at, marker, size, fill, edge if frame.classes else theme.text)
            if look.mark_wrong and frame.wrong[self._net, k]:
                painter.setPen(QPen(QColor(theme.error), 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, size, size)
        painter.restore()

    def _ink(self, frame: Frame, k: int) -> tuple[str, str]:
        if frame.classes:
            label = int(frame.y[k])
            return self._theme.class_color(label), self._theme.class_marker(label)
        share = float(np.clip((frame.y[k] + 1.0) / 2.0, 0.0, 1.0))
        low, high = self._theme.class_color(0), self._theme.class_color(1)
        middle = "#202020" if self._theme.dark else "#F2F2F2"
        ink = color.mix(low, middle, share * 2) if share < 0.5 else color.mix(middle, high, share * 2 - 1)
        return ink, "circle"


def decoded(frame: Frame, net: int, unit: int) -> np.ndarray:
    """An answering unit's response [row col] in its own numbers; NaN where it has none."""
    first, _ = frame.counts(net)
    places, scale = frame.maps[first + unit], float(frame.map_scale[first + unit])
    values = (places.astype(np.float64) - 127.0) / 127.0 * (scale if np.isfinite(scale) else np.nan)
    return np.where(places == 255, np.nan, values)


def map_image(places: np.ndarray, colors: np.ndarray) -> QImage:
    """A response map as a small picture, row 0 at the bottom."""
    return heat_paint.indexed(np.ascontiguousarray(places[::-2, ::2]), colors)


def rect_of(centre: QPointF, side: float) -> QRectF:
    """The square of ``side`` about a place."""
    return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)

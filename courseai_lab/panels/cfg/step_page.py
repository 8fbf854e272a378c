"""One sampling step, taken apart: pictures of the predictions, their plane, and their course over all steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.cfg.gallery import Gallery
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame
    from courseai_lab.panels.cfg.params import CfgParams

GAP = 8
HEAD = 0.03
"""Length of an arrow's head, of the plane's width."""


class StepPage(QObject):
    """``wanted`` carries the number of a step from 1."""

    wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.tiles = Gallery(theme, parent, "The predictions of this step")
        self.film = Gallery(theme, parent, "Guided estimate of the picture at each step")
        self.plane = Plot(theme, parent, title="Predictions in a plane")
        self.norms = Plot(theme, parent, title="Lengths of the predictions")
        self.angle = Plot(theme, parent, title="Angle between the predictions")
        self.course = Plot(theme, parent, title="Guidance scale over time")
        self._count = 1
        self._changes = False
        self.film.clicked.connect(lambda k: self.wanted.emit(k + 1))
        for plot in (self.plane, self.norms, self.angle, self.course):
            plot.hide()
        for plot in (self.norms, self.angle, self.course):
            plot.clicked.connect(self._clicked)

    def show_frame(self, frame: Frame, params: CfgParams) -> None:
        """Draw a frame."""
        assert frame.tiles is not None and frame.film is not None and frame.scales is not None
        assert frame.times is not None
        self._count = len(frame.times)
        self._changes = float(np.ptp(frame.scales)) > 0
        other = "negative prompt" if params.negative.strip() else "without prompt"
        w = fmt(float(frame.scales[frame.at]), trim=True)
        captions = ("now: noisy x", f"u: {other}", "c: with prompt", "c − u, grey: none", f"u + {w} (c − u)")
        self.tiles.show_pictures(frame.tiles, captions)
        self.film.show_pictures(frame.film, [str(k + 1) for k in range(self._count)], chosen=frame.at)
        self._draw_plane(frame)
        self._draw_courses(frame)

    def _draw_plane(self, frame: Frame) -> None:
        assert frame.plane_x is not None and frame.plane_without is not None and frame.plane_with is not None
        assert frame.plane_guided is not None and frame.plane_share is not None
        at, plot = frame.at, self.plane
        x, u, c, g = (part[at] for part in (frame.plane_x, frame.plane_without, frame.plane_with, frame.plane_guided))
        every = np.concatenate((frame.plane_x, frame.plane_without, frame.plane_with, frame.plane_guided))
        reach = max(float(np.ptp(every, axis=0).max()), 1e-6)
        plot.begin()
        plot.line("_way", frame.plane_x[:, 0], frame.plane_x[:, 1], color="muted", dash="thin", width=0.8)
        for name, start, end, role in (
            ("_to guided", u, g, "model"),
            ("c − u", u, c, "gradient"),
        ):
            line = _arrow(start, end, HEAD * reach)
            plot.line(name, line[:, 0], line[:, 1], color=role, dash="solid", width=1.4 if role == "gradient" else 1.0)
        for name, point, role, marker in (
            ("x now", x, "text", "square"),
            ("u", u, "noise", "circle"),
            ("c", c, "data", "circle"),
            ("guided", g, "model", "triangle"),
        ):
            plot.scatter(name, point[:1], point[1:], color=role, marker=marker, size=10.0)
        share = fmt(100 * frame.plane_share)
        plot.set_axes(f"first main direction (both: {share} % of the variance)", "second direction", equal=True)
        plot.end()

    def _draw_courses(self, frame: Frame) -> None:
        assert frame.norm_with is not None and frame.norm_without is not None and frame.norm_difference is not None
        assert frame.norm_guided is not None and frame.angle is not None and frame.scales is not None
        steps = np.arange(1, self._count + 1)
        ends = (0.5, self._count + 0.5)
        plot = self.norms
        plot.begin()
        for name, values, role in (
            ("guided", frame.norm_guided, "model"),
            ("with prompt", frame.norm_with, "data"),
            ("without", frame.norm_without, "noise"),
            ("difference", frame.norm_difference, "gradient"),
        ):
            plot.line(name, steps, values, role=role)
        self._finish(plot, frame, "length of v", (0.0, 1.08 * float(frame.norm_guided.max())), ends)
        self.angle.begin()
        self.angle.line("angle of c to u", steps, frame.angle, role="gradient")
        self._finish(self.angle, frame, "angle (°)", (0.0, 1.08 * max(float(frame.angle.max()), 1e-3)), ends)
        self.course.begin()
        self.course.line("w", steps, frame.scales, color="accent")
        highest = max(float(frame.scales.max()), 1.0)
        lowest = min(float(frame.scales.min()), 0.0)
        self._finish(self.course, frame, "scale w", (lowest, 1.15 * highest), ends)

    def _finish(
        self, plot: Plot, frame: Frame, name: str, y_range: tuple[float, float], ends: tuple[float, float]
    ) -> None:
        plot.vline("_at", float(frame.at + 1), label="", color="accent", dash="solid")
        plot.set_axes("step", name, x_range=ends, y_range=y_range)
        plot.end()

    def plan(self, rect: QRect, narrow: bool, px: float) -> tuple[list[tuple[QWidget, QRect]], int]:
        """Pictures above, plots below; the height used."""
        width, top = rect.width(), rect.y()
        tiles = self.tiles.needed(width, min(round(150 * px), (width - 16) // 5 if not narrow else round(96 * px)))
        film = self.film.needed(width, round(58 * px))
        placed: list[tuple[QWidget, QRect]] = [
            (self.tiles, QRect(rect.x(), top, width, tiles)),
            (self.film, QRect(rect.x(), top + tiles + GAP, width, film)),
        ]
        top += tiles + film + 2 * GAP
        if narrow:
            for plot, tall in ((self.plane, 260), (self.norms, 190), (self.angle, 150), (self.course, 140)):
                if plot is self.course and not self._changes:
                    continue
                placed.append((plot, QRect(rect.x(), top, width, round(tall * px))))
                top += round(tall * px) + GAP
            return placed, top - rect.y()
        tall = max(rect.bottom() + 1 - top, round((360 if self._changes else 300) * px))
        half = (width - GAP) // 2
        placed.append((self.plane, QRect(rect.x(), top, half, tall)))
        below = 2 if self._changes else 1
        first = round((0.44 if self._changes else 0.58) * tall)
        second = (tall - first - below * GAP) // below
        right = rect.x() + half + GAP
        placed.append((self.norms, QRect(right, top, half, first)))
        placed.append((self.angle, QRect(right, top + first + GAP, half, second)))
        if self._changes:
            placed.append((self.course, QRect(right, top + first + second + 2 * GAP, half, second)))
        return placed, top + tall - rect.y()

    def _clicked(self, x: float, y: float) -> None:
        self.wanted.emit(int(min(max(round(x), 1), self._count)))


def _arrow(start: np.ndarray, end: np.ndarray, head: float) -> np.ndarray:
    """A line with a head, [point 2]; nothing where both ends are one point."""
    along = end - start
    size = float(np.hypot(*along))
    if size < 1e-9:
        return np.stack((start, end))
    along = along / size * min(head, 0.5 * size)
    side = 0.5 * np.array([-along[1], along[0]])
    return np.stack((start, end, end - along + side, end, end - along - side))

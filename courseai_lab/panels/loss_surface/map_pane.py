"""A frame as a contour map: the same paths, balls and arrows from above, with a ball to drag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.loss_surface.scene import arrow_sets, inside, is_log, mixed, racer_color
from courseai_lab.ui.heatmap import Cell, ContourMap, HandleMove, Handles
from courseai_lab.ui.numbers import fmt

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.panels.loss_surface.params import LossLook
    from courseai_lab.ui.theme import Theme

NEAR = 0.03
ELLIPSE = 0.09
NAMED = 4
"""Up to so many racers are named beside their marks; more would hide each other."""


def nearest_step(frame: Frame, x: float, y: float) -> int | None:
    """The step whose point on any path is nearest to (x, y), or None where no path is near."""
    span = np.array([frame.x[-1] - frame.x[0], frame.y[-1] - frame.y[0]])
    away = np.hypot(*np.moveaxis((frame.path - np.array([x, y])) / span, -1, 0))
    racer, step = np.unravel_index(int(np.argmin(away)), away.shape)
    return int(step) if away[racer, step] <= NEAR else None


class MapPane(ContourMap):
    """The surface from above. ``dropped`` carries (x, y, done): a click or a drag of the start."""

    dropped = Signal(float, float, bool)
    step_hovered = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, title="Contour map of the loss")
        self._frame: Frame | None = None
        self._ball: Handles | None = None
        self._shown: tuple[object, ...] = ()
        self.clicked.connect(self._click_drop)
        self.hovered.connect(self._hover_step)

    def show_frame(self, frame: Frame, look: LossLook, marked: int | None, lit: str = "") -> None:
        """Show a frame; ``marked`` is a step pointed at somewhere, or None, ``lit`` a term or parameter, or ""."""
        self._frame = frame
        self._show_surface(frame, look)
        self.begin()
        if frame.trained_path is not None:
            self.path("training path, projected", frame.trained_path, color="text")
        for k in range(frame.racers):
            self._trail(frame, look, k, lit)
        for k in range(frame.racers):
            self._ball_now(frame, k, lit)
        for one in arrow_sets(frame, look, lit):
            self.arrows(f"−{one.name}, longest {fmt(one.longest)}", one.starts, one.vectors, role=one.role)
        if "lookahead" in look.glyphs:
            self._look_ahead(frame)
        if "rate" in look.glyphs:
            self._effective_rates(frame)
        shown = np.array([m for m in frame.minima if inside(frame, m[0], m[1])]).reshape(-1, 2)
        if len(shown):
            self.markers("minimum", shown, color="ground", marker="star", size=11.0)
        if marked is not None:
            points = np.array([frame.path[k, min(marked, int(frame.last[k]))] for k in range(frame.racers)])
            self.markers(f"step {marked}", points, color="accent", marker="circle", size=8.0, label=f"step {marked}")
        self._place_start(frame)
        self.end()

    def _show_surface(self, frame: Frame, look: LossLook) -> None:
        scale = "log" if is_log(frame, look) else "linear"
        shown = (frame.height, frame.names, look.contours, scale)
        if len(self._shown) == len(shown) and all(
            a is b or (not isinstance(a, np.ndarray) and a == b) for a, b in zip(self._shown, shown, strict=True)
        ):
            return
        self._shown = shown
        self.set_axes(frame.names[0], frame.names[1], value="loss")
        self.set_surface(
            frame.height,
            (float(frame.x[0]), float(frame.x[-1])),
            (float(frame.y[0]), float(frame.y[-1])),
            levels=look.contours,
            scale="log" if scale == "log" else "linear",
        )

    def _trail(self, frame: Frame, look: LossLook, k: int, lit: str) -> None:
        at, last, name = frame.at(k), int(frame.last[k]), frame.labels[k]
        color = racer_color(frame, k, self.theme, lit)
        if look.whole_path and at < last:
            self.path(f"{name}, ahead", frame.path[k, at : last + 1], color=mixed(color, "#808080", 0.5))
        self.path(name, frame.path[k, : at + 1], color=color)

    def _ball_now(self, frame: Frame, k: int, lit: str) -> None:
        """Where the racer is; one that has diverged leaves a cross at its last point on the picture."""
        last, name = int(frame.last[k]), frame.labels[k]
        gone = frame.diverged[k] and frame.step > last
        points = frame.path[k, : last + 1]
        here = points[frame.at(k)]
        if gone:
            here = next((p for p in points[::-1] if inside(frame, p[0], p[1])), points[0])
        if not inside(frame, here[0], here[1]):
            return
        marker = "cross" if gone else self.theme.class_marker(frame.looks[k])
        label = f"{name} diverged" if gone else name if frame.racers <= NAMED else ""
        color = racer_color(frame, k, self.theme, lit)
        self.markers(f"{name} now", [here], color=color, marker=marker, size=10.0, label=label)

    def _look_ahead(self, frame: Frame) -> None:
        """The point Nesterov's step looks ahead from (a diamond), with an arrow to where the gradient is taken."""
        for k in range(frame.racers):
            base, ball = frame.base[k, frame.at(k)], frame.path[k, frame.at(k)]
            if np.isfinite(base).all() and inside(frame, base[0], base[1]):
                self.markers(f"{frame.labels[k]} looks ahead from", [base], role="model", marker="diamond", size=8.0)
                self.arrows(f"{frame.labels[k]} look-ahead", [base], [ball - base], role="model")

    def _effective_rates(self, frame: Frame) -> None:
        """An ellipse at each ball whose half axes are the effective rates, the largest drawn ELLIPSE wide."""
        turn = np.linspace(0.0, 2.0 * np.pi, 49)
        circle = np.column_stack([np.cos(turn), np.sin(turn)])
        span = np.array([frame.x[-1] - frame.x[0], frame.y[-1] - frame.y[0]])
        for k in range(frame.racers):
            rate, ball = frame.rate[k, frame.at(k)], frame.path[k, frame.at(k)]
            if np.isfinite(rate).all() and inside(frame, ball[0], ball[1]):
                half = rate * (ELLIPSE / float((rate / span).max()))
                color = racer_color(frame, k, self.theme)
                self.path(f"{frame.labels[k]} effective rate", ball + circle * half, color=color)

    def _place_start(self, frame: Frame) -> None:
        start = frame.path[0, 0]
        ball = self.ball("start", float(start[0]), float(start[1]), role="query")
        ball.paint, ball.marker = "accent", "circle"
        if self._ball is None:
            self._ball = ball
            ball.moved.connect(self._drag_drop)

    def _drag_drop(self, move: HandleMove) -> None:
        self.dropped.emit(move.x, move.y, move.done)

    def _click_drop(self, x: float, y: float) -> None:
        self.dropped.emit(x, y, True)

    def _hover_step(self, cell: Cell | None) -> None:
        if self._frame is not None:
            self.step_hovered.emit(None if cell is None else nearest_step(self._frame, cell.x, cell.y))

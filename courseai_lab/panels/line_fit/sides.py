"""What stands beside the points: the map of (w, b), each point's share, the loss by step, the error by degree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.heatmap import ContourMap, HandleMove, Handles
from courseai_lab.ui.plots import Plot

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame
    from courseai_lab.panels.line_fit.params import LineLook, LineParams
    from courseai_lab.ui.theme import Theme

FAR = 1e3
"""Points of a path further out than this many maps are not drawn."""
TERM = {"mse": "squared error", "mae": "size of the error", "huber": "h(error)", "r2": "squared error"}
DESCENDED = {"mse": "MSE", "mae": "MAE", "huber": "Huber", "r2": "MSE"}


class LossMap(ContourMap):
    """The loss over slope and intercept; the dot is your line. ``dragged`` carries (w, b, done) of the model."""

    dragged = Signal(float, float, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent, title="Map of slope and intercept")
        self._ball: Handles | None = None
        self._shows: tuple[object, ...] = ()
        self.clicked.connect(self._clicked)

    def show_frame(self, frame: Frame, params: LineParams) -> None:
        """Show a frame."""
        source = (frame.map_loss, frame.standardised, params.loss)
        if len(self._shows) != 3 or source[0] is not self._shows[0] or source[1:] != self._shows[1:]:
            self._shows = source
            self._show_surface(frame, params)
        self.begin()
        if np.isfinite(frame.model_path).all():
            self.path("gradient descent", self._near(frame, frame.model_path[: frame.step + 1]), role="gradient")
        self.markers("least squares", [frame.model_fit], color="ground", marker="star", size=11.0)
        here = frame.model_path[frame.step]
        if len(self._near(frame, here[None])):
            self.markers("descent now", [here], role="gradient", marker="triangle", size=9.0)
        ball = self.ball("your line", *frame.model_line, role="model")
        ball.marker = "circle"
        if self._ball is None:
            self._ball = ball
            ball.moved.connect(self._moved)
        self.end()

    def _show_surface(self, frame: Frame, params: LineParams) -> None:
        unit = "of u = x standardised" if frame.standardised else "x as it is"
        self.set_axes(f"w ({unit})", "b", value=DESCENDED[params.loss])
        low, high = float(frame.map_loss.min()), float(frame.map_loss.max())
        self.set_surface(
            frame.map_loss,
            (float(frame.map_w[0]), float(frame.map_w[-1])),
            (float(frame.map_b[0]), float(frame.map_b[-1])),
            levels=9,
            scale="log" if low > 1e-9 * high else "linear",
        )

    def _near(self, frame: Frame, points: np.ndarray) -> np.ndarray:
        """The points up to the first one far outside the map."""
        middle = np.array([frame.map_w.mean(), frame.map_b.mean()])
        size = np.array([np.ptp(frame.map_w), np.ptp(frame.map_b)])
        far = np.flatnonzero((np.abs((points - middle) / size) > FAR).any(axis=1))
        return points[: far[0]] if far.size else points

    def _moved(self, move: HandleMove) -> None:
        self.dragged.emit(move.x, move.y, move.done)

    def _clicked(self, x: float, y: float) -> None:
        self.dragged.emit(x, y, True)


def show_shares(plot: Plot, frame: Frame, params: LineParams, point: int) -> None:
    """A bar for each point's term of the loss, and their mean, which is the loss."""
    plot.begin()
    n = len(frame.x)
    shown = np.where(frame.held, 0.0, frame.share)
    plot.set_axes("point", TERM[params.loss], x_range=(0.5, n + 0.5))
    # The legend says what the dashes are: a name beside them would lie on the bars.
    plot.bars(f"dashed: mean = {DESCENDED[params.loss]}", np.arange(n + 1) + 0.5, shown, role="loss")
    plot.bars("_chosen", [point + 0.5, point + 1.5], shown[[point]], color="accent")
    plot.hline("mean", float(frame.share[~frame.held].mean()), label="", color="text")
    plot.end()


def show_descent(plot: Plot, frame: Frame, params: LineParams) -> None:
    """The loss of every step of descent, the least squares line's, and the step shown."""
    plot.begin()
    loss = frame.path_loss
    top = min(float(loss.max()), 1e4 * max(float(loss[0]), frame.best_loss))
    log = bool(loss.min() > 0.0 and frame.best_loss > 1e-9 * top)
    low = min(float(loss.min()), frame.best_loss)
    limits = (low / 1.2, top * 1.2) if log else (0.0, top * 1.05 or 1.0)
    cut = ", range limited" if float(loss.max()) > top else ""
    plot.set_axes("step", DESCENDED[params.loss] + cut, y_log=log, x_range=(0.0, float(frame.steps)), y_range=limits)
    plot.line("gradient descent", np.arange(len(loss)), loss, role="gradient")
    plot.hline("least squares", frame.best_loss, color="text")
    plot.vline("now", float(frame.step), label="", color="accent", dash="solid")
    plot.end()


def show_degrees(plot: Plot, frame: Frame, params: LineParams) -> None:
    """The error on fitted and on held-out points for every degree."""
    if frame.degree_train is None or frame.degree_held is None:
        return
    plot.begin()
    degrees = np.arange(1, len(frame.degree_train) + 1)
    both = np.concatenate([frame.degree_train, frame.degree_held])
    positive = both[np.isfinite(both) & (both > 0.0)]
    # An error that is all rounding would take the whole height of the picture.
    floor = max(float(positive.min()), 1e-4 * float(frame.degree_train[0])) if positive.size else 0.1
    ceiling = min(float(positive.max()), 1e3 * max(float(frame.degree_train[0]), floor)) if positive.size else 1.0
    cut = bool(positive.size and (positive.min() < floor or positive.max() > ceiling))
    name = "MSE, range limited" if cut else "MSE"
    limits = (floor / 1.5, max(ceiling * 1.5, floor * 3.0))
    plot.set_axes("degree", name, y_log=True, x_range=(1.0, float(degrees[-1])), y_range=limits)
    plot.line("fitted", degrees, np.maximum(frame.degree_train, limits[0]), role="data")
    if frame.held.any():
        plot.line("held out", degrees, np.clip(frame.degree_held, *limits), color="muted", dash="dashed")
    plot.vline("now", float(params.degree), label="", color="query", dash="solid")
    plot.end()


def show(plot: Plot, kind: str, frame: Frame, params: LineParams, look: LineLook, point: int) -> None:
    """One of the small plots, by its name in ``Look.panes``."""
    if kind == "shares":
        show_shares(plot, frame, params, point)
    elif kind == "descent":
        show_descent(plot, frame, params)
    else:
        show_degrees(plot, frame, params)

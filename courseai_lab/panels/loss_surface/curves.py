"""A frame as curves: loss by step, effective rates, squared gradients, the data, and momentum's convergence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from courseai_lab.panels.loss_surface.scene import racer_color

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.panels.loss_surface.params import LossLook
    from courseai_lab.ui.heatmap import ContourMap
    from courseai_lab.ui.plots import Plot
    from courseai_lab.ui.theme import Theme

_DASH: tuple[Literal["solid", "dashed"], ...] = ("solid", "dashed")
HEADROOM = 30.0
"""The loss curve is shown up to this many times the start's loss; above, a diverging racer leaves the picture."""
DEPTH = 1e-4
"""On a logarithmic scale it is shown down to this share of the finish's height, if anyone gets there."""


def show_loss(plot: Plot, frame: Frame, look: LossLook, theme: Theme) -> None:
    """Loss by step of every racer, the finish line and the step shown."""
    rows = [frame.loss[k, : int(frame.last[k]) + 1] for k in range(frame.racers)]
    finite = np.concatenate([row[np.isfinite(row)] for row in rows])
    log = bool(look.log_loss and finite.size and finite.min() >= 0.0 and finite.max() > 0.0)
    limits, cut = _loss_range(finite, frame, log)
    plot.begin()
    name = "loss, range limited" if cut else "loss"
    plot.set_axes("step", name, y_log=log, y_range=limits, x_range=(0.0, float(max(frame.steps, 1))))
    for k, row in enumerate(rows):
        shown = np.where(row > 0.0, row, np.nan) if log else row
        color = racer_color(frame, k, theme)
        # From the ninth on colours come again.
        plot.line(frame.labels[k], np.arange(len(row)), shown, color=color, dash=_DASH[frame.looks[k] // 8 % 2])
    if frame.trained_loss is not None and frame.trained_loss.min() > 0.0:
        x = np.arange(len(frame.trained_loss))
        plot.line("training, all weights", x, frame.trained_loss, color="muted", dash="dotted")
    if math.isfinite(frame.goal) and (frame.goal > 0.0 or not log):
        plot.hline("finish", frame.goal)
    plot.vline("now", float(frame.step), label="", color="accent", dash="solid")
    plot.end()


def _loss_range(finite: np.ndarray, frame: Frame, log: bool) -> tuple[tuple[float, float] | None, bool]:
    """The range of losses worth showing, None for all, and whether anything is cut off."""
    if not finite.size:
        return None, False
    start = float(frame.loss[0, 0])
    low, high = float(finite.min()), float(finite.max())
    if log:
        positive = finite[finite > 0.0]
        floor = frame.goal * DEPTH if frame.goal > 0.0 else high * 1e-6
        bottom = max(float(positive.min()), floor)
        top = min(high, start * HEADROOM) if start > 0.0 else high
        cut = bool(positive.min() < bottom or high > top)
        return ((bottom / 1.5, top * 1.5) if top > bottom else None), cut
    span = abs(start - min(low, start)) or 1.0
    top = min(high, start + 2.0 * span)
    bottom = max(low, start - HEADROOM * span)
    margin = 0.05 * (top - bottom) or 0.5
    return (bottom - margin, top + margin), bool(high > top or low < bottom)


def show_pair(plot: Plot, frame: Frame, values: np.ndarray, name: str, theme: Theme) -> None:
    """Both coordinates of values [racer step xy] over the steps: x solid, y dashed; logarithmic."""
    plot.begin()
    plot.set_axes("step", name, y_log=True, x_range=(0.0, float(max(frame.steps, 1))))
    for k in range(frame.racers):
        rows = values[k, : int(frame.last[k]) + 1]
        if np.isfinite(rows).any():
            steps, color = np.arange(len(rows)), racer_color(frame, k, theme)
            shown = np.where(rows > 0.0, rows, np.nan)
            plot.line(f"{frame.labels[k]} x", steps, shown[:, 0], color=color)
            plot.line(f"{frame.labels[k]} y", steps, shown[:, 1], color=color, dash="dashed")
    plot.vline("now", float(frame.step), label="", color="accent", dash="solid")
    plot.end()


def data_span(frame: Frame) -> tuple[float, float]:
    """From where to where the data of a regression lie: what is drawn by chance lies in -1.5 to 1.5."""
    assert frame.data is not None
    low, high = float(frame.data[:, 0].min()), float(frame.data[:, 0].max())
    if -1.5 <= low and high <= 1.5:
        return -1.5, 1.5
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def show_data(plot: Plot, frame: Frame, theme: Theme) -> None:
    """The data behind the loss; on a regression with every racer's line, and the start's line to drag."""
    if frame.data is None:
        return
    u, v = frame.data[:, 0], frame.data[:, 1]
    plot.begin()
    if frame.label is not None:
        plot.set_axes("x₁", "x₂", equal=True)
        plot.scatter("data", u, v, labels=frame.label)
        plot.end()
        return
    low, high = data_span(frame)
    room = (high - low) / 15.0
    ends = np.array([low - room, high + room])
    start = frame.path[0, 0, 0] * ends + frame.path[0, 0, 1]
    low, high = min(float(v.min()), float(start.min())), max(float(v.max()), float(start.max()))
    margin = 0.08 * (high - low) + 0.2
    plot.set_axes("u", "v", x_range=(float(ends[0]), float(ends[1])), y_range=(low - margin, high + margin))
    plot.line("start", ends, start, color="accent", dash="dashed")
    plot.scatter("data", u, v, role="data", size=5.0)
    for k in range(frame.racers):
        w, b = frame.path[k, frame.at(k)]
        if abs(w) < 1e6 and abs(b) < 1e6:
            plot.line(frame.labels[k], ends, w * ends + b, color=racer_color(frame, k, theme))
    plot.end()


def show_rates(chart: ContourMap, frame: Frame, theme: Theme, fresh: bool) -> None:
    """The map of momentum's convergence, its edge of stability, and where the racers stand on it.

    ``fresh``: the map is another one than last time.
    """
    if frame.map_rate is None or frame.map_memory is None or frame.map_factor is None or frame.map_edge is None:
        return
    alpha, beta = frame.map_rate, frame.map_memory
    if fresh:
        chart.set_axes("learning rate η", "memory μ", value="error factor per step")
        chart.set_surface(
            frame.map_factor,
            (float(alpha[0]), float(alpha[-1])),
            (float(beta[0]), float(beta[-1])),
            levels=np.array([0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.5]),
            limits=(float(frame.map_factor.min()), 1.5),
        )
    chart.begin()
    chart.path("edge of stability, η = 2(1 + μ)/L", np.column_stack([frame.map_edge, beta]), role="loss")
    for k, rule in enumerate(frame.rules):
        at = (float(frame.learning_rate[k]), float(frame.memory[k]))
        if rule in ("sgd", "momentum") and at[0] <= alpha[-1]:
            color, marker = racer_color(frame, k, theme), theme.class_marker(frame.looks[k])
            chart.markers(frame.labels[k], [at], color=color, marker=marker, label=frame.labels[k])
    chart.end()

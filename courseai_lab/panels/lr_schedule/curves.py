"""The rates and the losses of every schedule over the steps, each schedule in its own colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from courseai_lab.ui.plots import Plot

if TYPE_CHECKING:
    from courseai_lab.panels.lr_schedule.compute import Frame
    from courseai_lab.panels.lr_schedule.params import ScheduleLook, ScheduleParams

Range = tuple[float, float]
PAINT: Mapping[str, tuple[str, Literal["solid", "dashed"]]] = MappingProxyType(
    {
        "constant": ("text", "solid"),
        "step": ("class0", "solid"),
        "cosine": ("class1", "solid"),
        "wsd": ("class3", "solid"),
        "one_cycle": ("class2", "solid"),
        "exponential": ("class4", "solid"),
        "warm_restarts": ("class5", "solid"),
        "plateau": ("class6", "solid"),
        "polynomial": ("class7", "solid"),
        "multi_step": ("class0", "dashed"),
        "inverse_sqrt": ("class2", "dashed"),
        "cyclic": ("class5", "dashed"),
    }
)
"""Colour and dashes of a schedule, the same whatever stands beside it."""
DEPTH = 1e-6
"""On a logarithmic scale rates are shown down to this share of the peak."""


def show_rates(plot: Plot, frame: Frame, p: ScheduleParams, look: ScheduleLook, held: Range | None = None) -> None:
    """The rate of every step and plateau's cuts; the caller adds handles and ends the frame.

    ``held``: the range of rates to keep, while a handle is in the hand: else the picture would run away under it.
    """
    plot.begin()
    top = 1.06 * max(float(frame.rates.max()), p.lr)
    low = max(float(frame.rates.min()), DEPTH * p.lr)
    limits = (min(low, 0.5 * p.lr) / 1.3, top * 1.2) if look.log_rate else (0.0, top)
    x_range = (0.0, float(frame.steps))
    plot.set_axes("step", "learning rate", y_log=look.log_rate, x_range=x_range, y_range=held or limits)
    steps = np.arange(frame.steps)
    for k, name in enumerate(frame.names):
        color, dash = PAINT[frame.ids[k]]
        rates = frame.rates[k]
        plot.line(name, steps, np.where(rates > 0, rates, np.nan) if look.log_rate else rates, color=color, dash=dash)
    for cut in frame.cuts if frame.cuts is not None else ():
        plot.vline(f"_cut {cut}", float(cut), label="", color=PAINT["plateau"][0])


def show_loss(plot: Plot, frame: Frame, p: ScheduleParams, look: ScheduleLook) -> None:
    """The loss over all points, before every update and at the end."""
    plot.begin()
    finite = frame.loss[np.isfinite(frame.loss) & (frame.loss > 0.0)]
    start = float(frame.loss[0, 0])
    # A training that diverges leaves the picture instead of flattening the others.
    top = min(float(finite.max()), 5.0 * start)
    low = float(finite.min())
    if look.log_loss:
        low = max(low, 1e-5 * start)
    name = "loss, range limited" if finite.max() > top or finite.min() < low else "loss"
    limits = (low / 1.3, top * 1.3) if look.log_loss else (0.0, top * 1.05)
    plot.set_axes("step", name, y_log=look.log_loss, x_range=(0.0, float(frame.steps)), y_range=limits)
    moments = np.arange(frame.steps + 1)
    for k, title in enumerate(frame.names):
        color, dash = PAINT[frame.ids[k]]
        shown = np.where(frame.loss[k] > 0, frame.loss[k], np.nan) if look.log_loss else frame.loss[k]
        plot.line(title, moments, shown, color=color, dash=dash, width=0.7)
    plot.end()


def show_watched(plot: Plot, frame: Frame, p: ScheduleParams, held: Range | None = None) -> None:
    """The loss that plateau looks at, with the steps at which it cut the rate; ``held`` as in ``show_rates``."""
    plot.begin()
    watched: NDArray[np.float64] = frame.watched if frame.watched is not None else np.zeros(frame.steps + 1)
    top = float(watched.max())
    if p.watch == "drawn":
        top = max(top, max(y for _, y in p.watched))
    limits = (0.0, 1.1 * top if top > 0 else 1.0)
    plot.set_axes("step", "watched loss", x_range=(0.0, float(frame.steps)), y_range=held or limits)
    plot.line("watched loss", np.arange(frame.steps + 1), watched, color=PAINT["plateau"][0])
    for cut in frame.cuts if frame.cuts is not None else ():
        plot.vline(f"_cut {cut}", float(cut), label="", color=PAINT["plateau"][0])

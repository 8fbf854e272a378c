"""One quantity of every schedule as curves over time, in a frame that lights up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from courseai_lab.panels.noise_schedule.track import Track
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.plots.series import Dash
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.noise_schedule.compute import Frame
    from courseai_lab.panels.noise_schedule.params import NoiseLook

FOOT = 0.035  # of the picture's height: where the handle of the time stands
MANY_ROWS = 6  # more names than this stand in the rows of images only
MANY_STEPS = 60  # beyond this many, dots on the curves would hide them; the rugs above the images remain


@dataclass(frozen=True, slots=True)
class Curve:
    """How a quantity is drawn: its axis' name, whether its axis is logarithmic, a fixed range or None."""

    axis: str
    log: bool = False
    range: tuple[float, float] | None = None


CURVES = {
    "alpha_bar": Curve("ᾱ, share of image", range=(-0.03, 1.05)),
    "beta": Curve("β, noise of one step", log=True),
    "sqrt_alpha_bar": Curve("√ᾱ, weight of image", range=(-0.03, 1.05)),
    "sigma": Curve("σ, noise / signal", log=True),
    "log_snr": Curve("log SNR"),
}
# A schedule keeps its colour in every state of the panel; the two sigmoids differ by their dots.
PAINT: dict[str, tuple[str, Dash]] = {
    "linear": ("class0", "solid"),
    "scaled_linear": ("class3", "solid"),
    "cosine": ("class1", "solid"),
    "sigmoid": ("text", "solid"),
    "sigmoid_alpha_bar": ("text", "dotted"),
    "sqrt": ("class5", "solid"),
    "karras": ("class6", "solid"),
    "vp_continuous": ("class7", "solid"),
    "flow": ("class2", "solid"),
    "drawn": ("class4", "solid"),
}


class CurveBox(QWidget):
    """A plot of one quantity with a frame that lights up."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lit = False
        self._log = False
        self._curves: np.ndarray | None = None
        self._drawn: tuple[object, ...] = ()
        self.quantity = ""
        self.plot = Plot(theme, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.plot)

    def set_theme(self, theme: Theme) -> None:
        """Follow a new theme."""
        self._theme = theme
        self.plot.set_theme(theme)

    def light(self, on: bool) -> None:
        """Wear the accent frame, or not."""
        if on != self._lit:
            self._lit = on
            self.update()

    def mark(self, t: int | None) -> None:
        """A line at the time pointed at elsewhere; the values stand in the rows below."""
        self.plot.set_hover(None)
        if t is None:
            self.plot.remove("_pointer")
        elif self.quantity:
            self.plot.vline("_pointer", t, label="", color="text", dash="thin")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        if self._lit:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    @staticmethod
    def _axis_name(curve: Curve, values: np.ndarray, short: bool) -> str:
        symbol = curve.axis.partition(",")[0]
        if not np.isfinite(values).any():
            return f"no {symbol} is defined here"
        return symbol if short else curve.axis

    def foot(self) -> float:
        """A value just above the time axis, in the present picture."""
        low, high = self.plot.view_range()[1]
        if self._log:
            return float(low * (high / low) ** FOOT)
        return float(low + FOOT * (high - low))

    def show_curves(
        self, frame: Frame, quantity: str, look: NoiseLook, track: Track, *, large: bool, short: bool = True
    ) -> None:
        """Draw one quantity of every row.

        ``large``: named lines and the sampler's steps on them; ``short``: only the symbol beside the axis.
        """
        drawn = (quantity, look, track, self._theme, short)
        if frame.alpha_bar is self._curves and drawn == self._drawn:
            self.plot.vline("_time", frame.at, label="", color="accent", dash="solid")
            return
        self._curves, self._drawn = frame.alpha_bar, drawn
        self.quantity = quantity
        curve = CURVES[quantity]
        log = self._log = curve.log and (quantity != "beta" or look.log_beta)
        plot = self.plot
        plot.set_title(f"{curve.axis} over time")
        plot.begin()
        values, t = getattr(frame, quantity), np.arange(frame.last + 1)
        order = list(CURVES)
        named = large and len(frame.labels) <= MANY_ROWS
        for row, label in enumerate(frame.labels):
            paint, dash = PAINT[frame.ids[row]]
            dash = "dashed" if frame.before[row] else dash
            name = label if named else f"_{label}"
            if not np.isfinite(values[row]).any():
                continue
            plot.line(name, t, values[row], color=paint, dash=dash)
            if large and look.ticks and frame.taken.shape[1] <= MANY_STEPS:
                taken = frame.taken_values[order.index(quantity), row]
                plot.scatter(f"_steps {label}", frame.taken[row], taken, color=paint, size=5.0)
        plot.vline("_time", frame.at, label="", color="accent", dash="solid")
        plot.set_axes(
            "t",
            self._axis_name(curve, values, short),
            y_log=log,
            x_range=(track.first, track.last),
            y_range=curve.range,
        )
        plot.end()

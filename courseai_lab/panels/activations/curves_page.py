"""The functions and their slopes over the input, with a marked input to drag."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from courseai_lab.panels.activations.guide import GUIDE
from courseai_lab.panels.activations.page import Page, Placed, column, split
from courseai_lab.panels.activations.paint import PAINT, FunctionTable
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import HandleMove, Handles, Plot
from courseai_lab.ui.theme import Theme, text_font

if TYPE_CHECKING:
    from courseai_lab.panels.activations.compute import Frame
    from courseai_lab.panels.activations.params import ActivationLook, ActivationParams

FOOT = 0.04  # of the picture's height: where the handle of the input stands
REACH = 6.0
TANGENT = 1.2
MANY = 6
"""More functions than this have no tangents: they would hide the curves."""


def value_range(values: np.ndarray) -> tuple[float, float]:
    """A y range that shows bounded functions whole and unbounded ones around the bend."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    low, high = max(float(finite.min()), -2.5), min(float(finite.max()), 3.5)
    if high <= low:
        low, high = float(finite.min()), float(finite.max())
    pad = 0.08 * (high - low) or 0.5
    return low - pad, high + pad


class Advices(QLabel):
    """Where each function that is on belongs, in a line or two."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)

    def tell(self, ids: tuple[str, ...], labels: tuple[str, ...], theme: Theme) -> None:
        """Write it."""
        self.setFont(text_font(theme, theme.caption_px))
        self.setStyleSheet(f"font-size: {theme.caption_px}px; color: {theme.muted}; background: transparent;")
        self.setMargin(theme.gap(2))
        self.setText(
            "".join(
                f'<p style="margin:0 0 6px 0"><b style="color:{theme.color(PAINT[name][0])}">{html.escape(label)}</b> '
                f"{html.escape(GUIDE[name].use)} {html.escape(GUIDE[name].but)}</p>"
                for name, label in zip(ids, labels, strict=True)
            )
        )


class CurvesPage(Page):
    """Value above, slope below, the readings beside."""

    dragged = Signal(float, bool)
    """The marked input is wanted here; whether the drag is over."""
    pointed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self.value = Plot(theme, parent, title="Output over input")
        self.slope = Plot(theme, parent, title="Slope over input")
        self.gap = Plot(theme, parent, title="Exact GELU minus its tanh form")
        self.read = FunctionTable("Readings at the marked input", theme, parent)
        self._handles: list[Handles] = []
        self._has_gap = False
        for plot, name in ((self.value, "value"), (self.slope, "slope")):
            plot.setObjectName(name)
            plot.clicked.connect(self._clicked)
            plot.hovered.connect(self._hovered)
        self.advice = Advices(parent)
        self._few = False

    def show_frame(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Draw the curves, the marked input and the table."""
        assert frame.grid is not None and frame.value is not None and frame.slope is not None
        assert frame.at_value is not None and frame.at_slope is not None
        few = len(frame.ids) <= MANY and look.tangents
        plain = params.weight == 1 and params.bias == 0
        self._curves(self.value, frame, frame.value, frame.at_value, "a = f(x)" if plain else "a = f(w x + b)")
        self._curves(self.slope, frame, frame.slope, frame.at_slope, "slope da/dx")
        if few:
            self._tangents(frame, params.x)
        for plot, values in ((self.value, frame.value), (self.slope, frame.slope)):
            range_ = value_range(values)
            plot.hline("_zero", 0.0, label="", dash="thin")
            plot.vline("_input", params.x, label="", color="accent", dash="solid")
            plot.set_axes("x", plot.property("y_name"), x_range=(-REACH, REACH), y_range=range_)
            foot = range_[0] + FOOT * (range_[1] - range_[0])
            self._handle(plot, params.x, foot)
            plot.end()
        self._has_gap, self._few = frame.gap is not None, len(frame.ids) <= MANY
        self.advice.tell(frame.ids, frame.labels, self.theme)
        if frame.gap is not None:
            self._show_gap(frame, params.x)
        rows = [
            (label, fmt(float(a)), fmt(float(s)), fmt(float(top) * abs(params.weight)))
            for label, a, s, top in zip(frame.labels, frame.at_value, frame.at_slope, frame.steep, strict=True)
        ]
        self.read.show_rows((f"at x = {fmt(params.x)}", "a", "slope", "steepest"), frame.ids, rows)

    def highlight(self, name: str) -> None:
        """Nothing of a curve stands for one parameter alone; the marked input does."""
        for plot in (self.value, self.slope):
            plot.set_hover(self._x if name in ("x", "value", "slope") else None)

    def plan(self, width: int, height: int) -> Placed:
        """Curves left, table right; below each other where it is narrow."""
        table = self.read.wanted_height()
        if self.is_narrow(width):
            low = self.px(200)
            shown: list[tuple[QWidget, int]] = [(self.value, low), (self.slope, low), (self.read, table)]
            if self._has_gap:
                shown.insert(2, (self.gap, self.px(150)))
            return column(shown, width, height)
        side = min(round(0.38 * width), self.px(340))
        left = [(self.value, self.px(230)), (self.slope, self.px(170))]
        right: list[tuple[QWidget, int]] = [(self.read, table)]
        if self._has_gap:
            right.append((self.gap, self.px(170)))
        elif self._few:
            self.advice.ensurePolished()  # before that it would measure another font
            right.append((self.advice, self.advice.heightForWidth(side)))
        return split(left, right, width, height, side)

    def _curves(self, plot: Plot, frame: Frame, values: np.ndarray, at: np.ndarray, name: str) -> None:
        assert frame.grid is not None
        self._x = float(frame.grid[0])
        plot.begin()
        plot.setProperty("y_name", name)
        for k, label in enumerate(frame.labels):
            color, dash = PAINT[frame.ids[k]]
            plot.line(label, frame.grid, values[k], color=color, dash=dash)

    def _tangents(self, frame: Frame, x: float) -> None:
        assert frame.at_value is not None and frame.at_slope is not None
        ends = np.array([-TANGENT, TANGENT])
        for k, label in enumerate(frame.labels):
            a, slope = float(frame.at_value[k]), float(frame.at_slope[k])
            # Equally long in x for flat ones, shorter for steep ones, so that they stay short on the picture.
            reach = ends / max(1.0, abs(slope))
            color = PAINT[frame.ids[k]][0]
            self.value.line(f"_tangent {label}", x + reach, a + slope * reach, color=color, dash="thin", width=0.7)

    def _show_gap(self, frame: Frame, x: float) -> None:
        assert frame.gap is not None and frame.grid is not None
        self.gap.begin()
        self.gap.line("exact − tanh form", frame.grid, frame.gap, color=PAINT["gelu"][0])
        self.gap.hline("_zero", 0.0, label="", dash="thin")
        self.gap.vline("_input", x, label="", color="accent", dash="solid")
        self.gap.set_axes("x", "GELU − tanh form", x_range=(-REACH, REACH))
        self.gap.end()

    def _handle(self, plot: Plot, x: float, foot: float) -> None:
        self._x = x
        handles = plot.handles("input", [[x, foot]], constrain=_along_axis)
        if handles not in self._handles:
            self._handles.append(handles)
            handles.moved.connect(self._moved)

    def _moved(self, move: HandleMove) -> None:
        self.dragged.emit(move.x, move.done)

    def _clicked(self, x: float, y: float) -> None:
        self.dragged.emit(x, True)

    def _hovered(self, x: float | None) -> None:
        for plot in (self.value, self.slope):
            plot.set_hover(x)
        self.pointed.emit(self.sender().objectName() if x is not None else "")


def _along_axis(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return min(max(x, -REACH), REACH), float(points[index, 1])

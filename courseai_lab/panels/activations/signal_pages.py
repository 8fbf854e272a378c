"""Samples through one neuron, signals through layers, slopes along a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.activations.page import Page, Placed, column, grid, split
from courseai_lab.panels.activations.paint import PAINT, FunctionTable
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.activations.compute import Frame
    from courseai_lab.panels.activations.params import ActivationLook, ActivationParams

LEAST_SHOWN = 1e-40
"""Gradients below this lie off the logarithmic axis; the table still has them."""


class DistributionPage(Page):
    """Histogram of what goes in, one histogram for each function of what comes out."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self._parent = parent
        self.inside = Plot(theme, parent, title="What enters the function")
        self.table = FunctionTable("Samples through one neuron", theme, parent)
        self.outside: list[Plot] = []
        self._count = 0

    def show_frame(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Draw the histograms and the table."""
        assert frame.edges_in is not None and frame.counts_in is not None
        assert frame.edges_out is not None and frame.counts_out is not None
        self._bars(self.inside, "z", frame.edges_in, frame.counts_in, "data", "what enters: z = w x + b")
        self._count = len(frame.ids)
        while len(self.outside) < self._count:
            self.outside.append(Plot(self.theme, self._parent))
        for k in range(self._count):
            plot, color = self.outside[k], PAINT[frame.ids[k]][0]
            plot.set_title(f"What {frame.labels[k]} lets out")
            self._bars(plot, "a", frame.edges_out[k], frame.counts_out[k], color, frame.labels[k])
        self.table.show_rows(("function", "mean", "variance", "dead", "saturated"), frame.ids, self._rows(frame))

    def plan(self, width: int, height: int) -> Placed:
        """What enters and the table on the left, what comes out on the right."""
        shown: list[QWidget] = list(self.outside[: self._count])
        table = self.table.wanted_height()
        if self.is_narrow(width):
            tall = self.px(140)
            return column([(self.inside, tall), (self.table, table), *((p, tall) for p in shown)], width, height)
        side = round(0.56 * width)
        left, need_left = column([(self.inside, self.px(180)), (self.table, table)], width - side - 8, height)
        columns = 1 if len(shown) <= 3 else 2 if len(shown) <= 8 else 3
        right, need_right = grid(shown, side, max(height, need_left), columns, self.px(130), width - side)
        return [*left, *right], max(need_left, need_right)

    def _bars(self, plot: Plot, name: str, edges: np.ndarray, counts: np.ndarray, color: str, axis: str) -> None:
        plot.begin()
        plot.bars(f"_{name}", edges, counts, color=color)
        if edges[0] < 0 < edges[-1]:
            plot.vline("_zero", 0.0, label="", dash="thin")
        plot.set_axes(axis, "samples")
        plot.end()

    def _rows(self, frame: Frame) -> list[tuple[str, ...]]:
        assert frame.mean_out is not None and frame.variance_out is not None
        assert frame.dead is not None and frame.saturated is not None
        return [
            (label, fmt(float(m)), fmt(float(v)), _percent(d), _percent(s))
            for label, m, v, d, s in zip(
                frame.labels, frame.mean_out, frame.variance_out, frame.dead, frame.saturated, strict=True
            )
        ]


class LayersPage(Page):
    """Spread and mean of the activations, gradient, dead units and saturation, layer by layer."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self.spread = Plot(theme, parent, title="Spread of the activations by layer")
        self.gradient = Plot(theme, parent, title="Gradient by layer")
        self.mean = Plot(theme, parent, title="Mean activation by layer")
        self.off = Plot(theme, parent, title="Saturated and dead by layer")

    def show_frame(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Draw the four plots."""
        assert frame.signal_std is not None and frame.gradient is not None
        assert frame.signal_mean is not None and frame.dead_units is not None and frame.saturated_layers is not None
        levels = np.arange(params.layers + 1)
        self._lines(self.spread, frame, levels, frame.signal_std, "spread of activations", log=True)
        self._lines(self.gradient, frame, levels, frame.gradient, "gradient, 1 at the top", log=True)
        self._lines(self.mean, frame, levels, frame.signal_mean, "mean activation", log=False)
        self.off.begin()
        for k, label in enumerate(frame.labels):
            color = PAINT[frame.ids[k]][0]
            self.off.line(f"{label}, saturated", levels[1:], 100 * frame.saturated_layers[k], color=color)
            if frame.dead_units[k].any():
                dead = 100 * frame.dead_units[k]
                self.off.line(f"{label}, dead units", levels[1:], dead, color=color, dash="dotted", width=1.6)
        self.off.set_axes("layer", "share", y_unit="%", x_range=_span(params.layers), y_range=(-3, 103))
        self.off.end()

    def plan(self, width: int, height: int) -> Placed:
        """Two by two, or below each other."""
        parts: list[QWidget] = [self.gradient, self.spread, self.mean, self.off]
        return grid(parts, width, height, 1 if self.is_narrow(width) else 2, self.px(190))

    def highlight(self, name: str) -> None:
        """No part to frame: the plots name what they show."""

    def _lines(self, plot: Plot, frame: Frame, levels: np.ndarray, values: np.ndarray, name: str, *, log: bool) -> None:
        plot.begin()
        shown = np.where(np.abs(values) < LEAST_SHOWN, np.nan, values) if log else values
        for k, label in enumerate(frame.labels):
            color, dash = PAINT[frame.ids[k]]
            if np.isfinite(shown[k]).any():
                plot.line(label, levels, shown[k], color=color, dash=dash)
        plot.set_axes("layer", name, y_log=log, x_range=_span(int(levels[-1])))
        plot.end()


class ChainPage(Page):
    """Where the neurons of a chain stand on the slope curve, and the product of their slopes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self.slope = Plot(theme, parent, title="Slopes at the neurons of the chain")
        self.product = Plot(theme, parent, title="Product of the slopes")
        self.table = FunctionTable("Slopes along the chain", theme, parent)

    def show_frame(self, frame: Frame, params: ActivationParams, look: ActivationLook) -> None:
        """Draw the slope curves with the neurons on them, and the products."""
        self._slopes(frame, params)
        self._products(frame, params)
        assert frame.product is not None and frame.best is not None and frame.chain_slope is not None
        rows = [
            (label, fmt(float(s[0])), fmt(float(s[-1])), fmt(float(product)), fmt(float(best)))
            for label, s, product, best in zip(
                frame.labels, frame.chain_slope, frame.product[:, -1], frame.best[:, -1], strict=True
            )
        ]
        header = ("function", "first", "last", "product", "at best")
        self.table.show_rows(header, frame.ids, rows)

    def plan(self, width: int, height: int) -> Placed:
        """The product at its largest on the left."""
        table = self.table.wanted_height()
        if self.is_narrow(width):
            return column(
                [(self.product, self.px(230)), (self.slope, self.px(190)), (self.table, table)], width, height
            )
        left = [(self.product, self.px(260))]
        right = [(self.slope, self.px(200)), (self.table, table)]
        return split(left, right, width, height, round(0.42 * width))

    def _slopes(self, frame: Frame, params: ActivationParams) -> None:
        assert frame.grid is not None and frame.slope is not None and frame.chain_z is not None
        assert frame.chain_slope is not None
        plot = self.slope
        plot.begin()
        for k, label in enumerate(frame.labels):
            color, dash = PAINT[frame.ids[k]]
            plot.line(label, frame.grid, frame.slope[k], color=color, dash=dash)
            z = frame.chain_z[k]
            slope = frame.chain_slope[k] / params.weight if params.weight else np.full_like(z, np.nan)
            inside = np.isfinite(z) & (np.abs(z) <= frame.grid[-1]) & np.isfinite(slope)
            plot.scatter(f"_{label} neurons", z[inside], slope[inside], color=color, size=6.0)
        plot.set_axes("z at each neuron", "slope f′(z)", x_range=(float(frame.grid[0]), float(frame.grid[-1])))
        plot.end()

    def _products(self, frame: Frame, params: ActivationParams) -> None:
        assert frame.product is not None and frame.best is not None
        plot, levels = self.product, np.arange(params.layers + 1)
        plot.begin()
        for k, label in enumerate(frame.labels):
            color, dash = PAINT[frame.ids[k]]
            size = np.abs(frame.product[k])
            size = np.where((size < LEAST_SHOWN) | ~np.isfinite(size), np.nan, size)
            plot.line(label, levels, size, color=color, dash=dash)
            plot.scatter(f"_{label} steps", levels, size, color=color, size=4.0)
            best = np.where((frame.best[k] < LEAST_SHOWN) | ~np.isfinite(frame.best[k]), np.nan, frame.best[k])
            if not np.allclose(best, size, equal_nan=True) and np.isfinite(best).any():
                plot.line(f"_{label} at best", levels, best, color=color, dash="thin", width=0.7)
        plot.set_axes("neurons passed", "|product of slopes|", y_log=True, x_range=_span(params.layers))
        plot.end()


def _percent(share: float) -> str:
    return fmt(100 * float(share), 2, "%", trim=True)


def _span(layers: int) -> tuple[float, float]:
    return 0.0, float(max(layers, 1))

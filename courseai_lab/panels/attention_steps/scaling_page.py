"""What the length of the vectors does to softmax: sample weights above, three curves over d below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.heatmap import Heatmap
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame

GAP = 8
NARROW = 620
CASES = (("without √d", "loss"), ("with √d", "model"))


class ScalingPage:
    """Two heatmaps of weights and three plots; a click on a plot asks for the frame of the nearest d."""

    def __init__(self, theme: Theme, parent: QWidget, seek: Callable[[int], None]) -> None:
        self._theme = theme
        self._seek = seek
        self._sizes = np.ones(1)
        self.maps = [Heatmap(theme, parent, title=f"Weights {name}") for name, _ in CASES]
        self.plots = [
            Plot(theme, parent, title="Variance of the scores"),
            Plot(theme, parent, title="Entropy of the weights"),
            Plot(theme, parent, title="Slope of softmax"),
        ]
        for plot in self.plots:
            plot.clicked.connect(self._clicked)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme (the widgets are told by themselves)."""
        self._theme = theme

    def show_frame(self, frame: Frame) -> None:
        """Draw a frame."""
        assert frame.samples is not None and frame.sizes is not None
        self._sizes = frame.sizes.astype(np.float64)
        for at, (made, (name, _)) in enumerate(zip(self.maps, CASES, strict=True)):
            made.begin()
            made.set_data(frame.samples[at], limits=(0.0, 1.0), square=False)
            made.set_axes("key", f"random query, {name}", value="weight")
            made.end()
        assert frame.variance is not None and frame.theory_variance is not None
        assert frame.entropy_bits is not None and frame.theory_entropy is not None
        assert frame.slope is not None and frame.theory_slope is not None
        d = int(frame.sizes[frame.stage])
        most = float(np.log2(frame.samples.shape[2]))
        self._curves(self.plots[0], frame.variance, frame.theory_variance, d, "variance of scores", "", log=True)
        self._curves(self.plots[1], frame.entropy_bits, frame.theory_entropy, d, "entropy", "bits", top=most)
        self._curves(self.plots[2], frame.slope, frame.theory_slope, d, "tr ∂a/∂s", "", top=1 - 2.0**-most)

    def _curves(
        self,
        plot: Plot,
        measured: np.ndarray,
        theory: np.ndarray,
        d: int,
        name: str,
        unit: str,
        *,
        log: bool = False,
        top: float = 0.0,
    ) -> None:
        plot.begin()
        for at, (case, role) in enumerate(CASES):
            plot.line(case, self._sizes, theory[at], role=role)
            plot.scatter(f"_{case} measured", self._sizes, measured[at], role=role, size=6.0)
        plot.vline("_d", float(d), label=f"d = {d}", color="accent")
        if top:
            plot.hline("_top", top, label="all weights equal", color="muted")
        shown = None if log else (0.0, 1.12 * top)
        plot.set_axes("length d of q and k", name, y_unit=unit, x_log=True, y_log=log, y_range=shown)
        plot.end()

    def plan(self, width: int, height: int) -> tuple[list[tuple[QWidget, QRect]], int]:
        """Places of the parts on a page ``width`` wide, filling ``height``; the height needed."""
        scale = min(self._theme.text_px / 13, 1.5)
        if width < NARROW * scale:
            low = round(190 * scale)
            parts: list[QWidget] = [*self.maps, *self.plots]
            return [(p, QRect(0, k * (low + GAP), width, low)) for k, p in enumerate(parts)], len(parts) * (low + GAP)
        least = round(400 * scale)
        height = max(height, least)
        top = round(0.44 * height)
        half, third = (width - GAP) // 2, (width - 2 * GAP) // 3
        places: list[tuple[QWidget, QRect]] = [
            (m, QRect(k * (half + GAP), 0, half, top)) for k, m in enumerate(self.maps)
        ]
        places += [
            (p, QRect(k * (third + GAP), top + GAP, third, height - top - GAP)) for k, p in enumerate(self.plots)
        ]
        return places, least

    def _clicked(self, x: float, _y: float) -> None:
        if x > 0:
            self._seek(int(np.argmin(np.abs(np.log(self._sizes) - np.log(x)))))

"""Quality against diversity: three curves over the scale, the present scale marked, and the points passed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame
    from courseai_lab.panels.cfg.params import CfgParams

GAP = 6
MOST = 200
TOP = 20.0
_COLORS = ("data", "class1", "text")


class Trade(QObject):
    """Agreement, diversity and excess, one plot each. ``wanted`` carries a scale that was clicked."""

    wanted = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.agreement = Plot(theme, parent, title="Agreement over the scale")
        self.diversity = Plot(theme, parent, title="Diversity over the scale")
        self.excess = Plot(theme, parent, title="Overshoot over the scale")
        self._key: object = None
        self._passed: dict[float, tuple[tuple[float, ...], float, float]] = {}
        for plot in self.plots:
            plot.clicked.connect(self._clicked)
            plot.hide()

    @property
    def plots(self) -> tuple[Plot, Plot, Plot]:
        """From above."""
        return self.agreement, self.diversity, self.excess

    def show_frame(self, frame: Frame, params: CfgParams) -> None:
        """Draw the curves of a frame; a finished measurement is remembered as a point of one's own."""
        self._remember(frame, params)
        scale = params.scale
        assert frame.curve_scale is not None and frame.agreement is not None
        assert frame.diversity is not None and frame.excess is not None
        own = np.array(sorted(self._passed))
        plane = frame.page == "exact"
        plot = self.agreement
        plot.begin()
        for k, name in enumerate(frame.measures):
            color = _COLORS[k % len(_COLORS)]
            plot.line(name, frame.curve_scale, frame.agreement[k], color=color)
            if own.size:
                plot.scatter(f"_own {name}", own, [self._passed[w][0][k] for w in own], color=color, size=6.0)
        if frame.ceiling is not None:
            plot.line("judge itself", [0.0, TOP], [frame.ceiling] * 2, color="muted", dash="dashed")
        self._finish(plot, scale, "share in the class" if plane else "share as asked", (0.0, 1.08))
        plot = self.diversity
        highest = max([*frame.diversity.tolist(), *(value[1] for value in self._passed.values()), 1.0])
        plot.begin()
        plot.line("diversity", frame.curve_scale, frame.diversity, role="model")
        if own.size:
            plot.scatter("_own", own, [self._passed[w][1] for w in own], color="model", size=6.0)
        if plane:
            plot.line("true class", [0.0, TOP], [1.0, 1.0], color="data", dash="dashed")
        self._finish(plot, scale, "spread" if plane else "feature distance", (0.0, 1.08 * highest))
        plot = self.excess
        plot.begin()
        plot.line("off the class" if plane else "cut off", frame.curve_scale, frame.excess, role="loss")
        if own.size:
            plot.scatter("_own", own, [self._passed[w][2] for w in own], color="loss", size=6.0)
        top = max([*frame.excess.tolist(), *(value[2] for value in self._passed.values()), 0.02])
        self._finish(plot, scale, "share off the class" if plane else "colours cut off", (0.0, 1.08 * top))

    def _finish(self, plot: Plot, scale: float, name: str, y_range: tuple[float, float]) -> None:
        plot.vline("_scale", scale, label="", color="accent", dash="solid")
        plot.set_axes("guidance scale w", name, x_range=(0.0, TOP), y_range=y_range)
        plot.end()

    def _remember(self, frame: Frame, params: CfgParams) -> None:
        """Keep the measurement of this scale while only the scale changes."""
        key = params.model_copy(update={"scale": 0.0})
        if key != self._key:
            self._key, self._passed = key, {}
        if frame.preview or frame.agreement_now is None or frame.diversity_now is None or frame.excess_now is None:
            return
        now = (tuple(frame.agreement_now.tolist()), frame.diversity_now, frame.excess_now)
        self._passed[params.scale] = now
        if len(self._passed) > MOST:
            self._passed = {params.scale: now}

    def stacked(self, rect: QRect) -> list[tuple[QWidget, QRect]]:
        """The three below each other in ``rect``."""
        tall = (rect.height() - 2 * GAP) // 3
        return [
            (plot, QRect(rect.x(), rect.y() + k * (tall + GAP), rect.width(), tall))
            for k, plot in enumerate(self.plots)
        ]

    def _clicked(self, x: float, y: float) -> None:
        self.wanted.emit(round(min(max(x, 0.0), TOP), 1))

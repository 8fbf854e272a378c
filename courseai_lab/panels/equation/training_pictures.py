"""Pictures of the formulas of training: the valley, the weight's way, Adam's components over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.equation.picture import Picture
from courseai_lab.ui.plots import HandleMove, Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame
    from courseai_lab.panels.equation.params import EquationParams


class DescentPicture(Picture):
    """The loss over the weight with slope and step drawn on it, and the weight update by update."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.valley = self.plot("Loss over the weight")
        self.way = self.plot("Weight by update")
        self._curve = np.zeros((2, 2))
        self.way.clicked.connect(self._choose)

    def widgets(self) -> Sequence[QWidget]:
        """Valley above, way below."""
        return self.valley, self.way

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw both."""
        assert frame.x is not None and frame.visits is not None
        self._curve = np.stack([frame.x, frame.curve("loss")])
        self._draw_valley(frame, params)
        self._draw_way(frame, params)

    def _loss(self, w: float, p: EquationParams) -> float:
        return 0.5 * p.curvature * (w - p.best) ** 2

    def _draw_valley(self, frame: Frame, p: EquationParams) -> None:
        assert frame.x is not None and frame.visits is not None
        plot, w = self.valley, frame.number("w")
        here, top = self._loss(w, p), self._top(frame, p)
        plot.begin()
        plot.line("loss", frame.x, frame.curve("loss"), role="loss", dash="solid", width=self.width("curvature"))
        plot.vline("w*", p.best, label="w*", color="accent" if self.lit in ("best", "distance") else "muted")
        visits = frame.visits[:-1]
        if visits.size:
            plot.scatter("_visits", visits, 0.5 * p.curvature * (visits - p.best) ** 2, color="muted", size=5.0)
        if self.lit == "distance":
            plot.line("_distance", [p.best, w], [here, here], color="accent", width=2.4)
        if frame.known("g"):
            reach = np.array([-1.2, 1.2])
            slope = frame.number("g")
            plot.line("slope g", w + reach, here + slope * reach, role="gradient", width=self.width("g"))
        if frame.known("step"):
            to = w - frame.number("step")
            plot.line("step s", [w, to], [here, here], color="accent", width=1.6 * self.width("step"))
            if p.equation.value == "momentum":
                kept = w - p.lr * frame.number("kept")
                low = here - 0.03 * top
                plot.line("_kept", [w, kept], [low, low], color="class5", width=1.6 * self.width("kept", "v"))
                plot.line("_own", [kept, to], [low, low], role="gradient", width=1.6 * self.width("g"))
            plot.line("_drop", [to, to], [here, self._loss(to, p)], color="muted", dash="dotted")
        if frame.known("new"):
            new = frame.number("new")
            plot.scatter("_new", [new], [self._loss(new, p)], role="model", size=12.0 if self.lit == "new" else 9.0)
        plot.set_axes("weight w", "loss L", x_range=(float(frame.x[0]), float(frame.x[-1])), y_range=(-0.06 * top, top))
        self.handle(plot, "w", [[w, here]], self._moved, self._on_curve)
        plot.end()

    def _top(self, frame: Frame, p: EquationParams) -> float:
        """Above the start and the weight before and after the update."""
        ends = (p.w, frame.number("w"), frame.number("new"))
        return max(1.15 * self._loss(p.best + 3.0, p), *(1.3 * self._loss(w, p) for w in ends))

    def _draw_way(self, frame: Frame, p: EquationParams) -> None:
        assert frame.visits is not None
        plot, steps = self.way, np.arange(len(frame.visits))
        plot.begin()
        seen = np.where(np.abs(frame.visits) < 1e6, frame.visits, np.nan)
        plot.line("_way", steps, seen, role="model", width=self.width("w"))
        plot.scatter("_ways", steps, seen, role="model", size=5.0)
        ends: list[float] = []
        if frame.known("new") and abs(frame.number("new")) < 1e6:
            ends = [float(frame.visits[-1]), frame.number("new")]
            plot.line("_next", [p.taken, p.taken + 1], ends, color="accent", width=self.width("new", "step"))
            plot.scatter("_new", [p.taken + 1], [ends[1]], role="model", size=9.0)
        plot.hline("w*", p.best, label="w*")
        shown = np.array([*seen[np.isfinite(seen)], p.best, *(ends if ends and np.isfinite(ends).all() else ())])
        low, high = float(shown.min()), float(shown.max())
        pad = 0.08 * (high - low) or 1.0
        span = (-0.3, max(10.0, p.taken + 2.0))
        steps_name = "updates" if np.isfinite(seen).all() else "updates; weights beyond a million are left out"
        plot.set_axes(steps_name, "weight w", x_range=span, y_range=(low - pad, high + pad))
        plot.end()

    def _on_curve(self, index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
        x = min(max(x, -6.0), 6.0)
        return x, float(np.interp(x, self._curve[0], self._curve[1]))

    def _moved(self, move: HandleMove) -> None:
        self.wished.emit({"w": round(move.x, 4), "taken": 0}, move.done)

    def _choose(self, x: float, y: float) -> None:
        self.wished.emit({"taken": min(max(round(x), 0), 60)}, True)


class AdamPicture(Picture):
    """The components over the steps of the stream, the step taken apart marked on all of them."""

    ROWS = (
        ("g, m and m̂", (("g", "g", "gradient"), ("m", "m", "class5"), ("m_hat", "m̂", "model"))),
        ("size, √v", (("v", "√v", "class5"), ("root", "√v̂", "model"))),
        ("step s", (("step", "s", "accent"),)),
        ("weight w", (("w", "w", "model"),)),
    )

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._plots: list[Plot] = []
        for title, _ in self.ROWS:
            plot = self.plot(f"{title} over the steps")
            plot.clicked.connect(self._choose)
            plot.hovered.connect(self._hovered)
            self._plots.append(plot)

    def widgets(self) -> Sequence[QWidget]:
        """One plot for each row."""
        return self._plots

    def least(self) -> int:
        """Four of them fit a panel."""
        return 120

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw the rows."""
        assert frame.x is not None
        for plot, (title, lines) in zip(self._plots, self.ROWS, strict=True):
            plot.begin()
            for id, label, color in lines:
                y = frame.curve(id)
                y = np.sqrt(y) if id == "v" else y
                dash = "thin" if id == "g" else "solid"
                lit = self.width(id, {"root": "v_hat", "m": "m0", "v": "v0", "w": "new"}.get(id, id))
                plot.line(label if len(lines) > 1 else f"_{label}", frame.x, y, color=color, dash=dash, width=lit)  # type: ignore[arg-type]
                if frame.known(id):
                    plot.scatter(f"_dot {id}", [params.t], [y[params.t - 1]], color=color, size=9.0)
            plot.vline("_t", params.t, label="", color="accent", dash="solid")
            plot.hline("_zero", 0.0, label="", dash="thin")
            plot.set_axes("step t", title, x_range=(1.0, float(frame.x[-1])))
            plot.end()

    def _choose(self, x: float, y: float) -> None:
        self.wished.emit({"t": min(max(round(x), 1), 200)}, True)

    def _hovered(self, x: float | None) -> None:
        for plot in self._plots:
            plot.set_hover(x)
        over = self._plots.index(self.sender()) if x is not None and self.sender() in self._plots else None  # type: ignore[arg-type]
        self.pointed.emit("" if over is None else ("m_hat", "v_hat", "step", "w")[over])

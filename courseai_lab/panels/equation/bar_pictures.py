"""Pictures of formulas over a handful of numbers: softmax, cross-entropy, LayerNorm, VAE bound, DPO loss, one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from courseai_lab.panels.equation.picture import Picture
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.plots import HandleMove, Plot
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.equation.frame import Frame
    from courseai_lab.panels.equation.params import EquationParams

LIMIT = 20.0


def _upright(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return float(points[index, 0]), min(max(y, -LIMIT), LIMIT)


class VectorPicture(Picture):
    """Bars of what goes in, draggable, and under them bars of the stages that lead to what comes out."""

    STAGES: tuple[tuple[str, str, str], ...] = ()
    FIELD = "logits"
    AXIS = "logits z"

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.into = self.plot(f"{self.AXIS}, drag the bars")
        self.into.clicked.connect(self._choose)
        self.stages = [self.plot(name) for _, name, _ in self.STAGES]
        for plot in self.stages:
            plot.clicked.connect(self._choose)

    def widgets(self) -> Sequence[QWidget]:
        """What goes in, then the stages."""
        return [self.into, *self.stages]

    def least(self) -> int:
        """Three of them fit a panel."""
        return 150

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw the bars; a stage not worked out yet is empty."""
        values = frame.value(self.FIELD)
        chosen = min(params.element, len(values)) - 1
        self._bars(self.into, values, chosen, "data", self.AXIS, self.lit == self.FIELD)
        points = np.column_stack([np.arange(1, len(values) + 1), values])
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        pad = 0.15 * (high - low) or 1.0
        self.into.set_axes("element", self.AXIS, x_range=(0.5, len(values) + 0.5), y_range=(low - pad, high + pad))
        self.handle(self.into, "bars", points, self._moved, _upright)
        for plot, (id, name, role) in zip(self.stages, self.STAGES, strict=True):
            known = frame.known(id)
            shown = frame.value(id) if known else np.zeros(len(values))
            self._bars(plot, shown, chosen, role, name if known else f"{name}: not yet", self.lit == id)
            self._mark(plot, id, frame)
        for plot in (self.into, *self.stages):
            plot.end()

    def _bars(self, plot: Plot, values: np.ndarray, chosen: int, role: str, name: str, lit: bool) -> None:
        plot.begin()
        self.bars(plot, values, chosen, role, name, lit=lit)
        plot.set_axes("element", name, x_range=(0.5, len(values) + 0.5))

    def _mark(self, plot: Plot, id: str, frame: Frame) -> None:
        """Marks on a stage's plot."""

    def _moved(self, move: HandleMove) -> None:
        values = [round(float(v), 3) for v in move.points[:, 1]]
        self.wished.emit({self.FIELD: values, "element": move.index + 1}, move.done)

    def _choose(self, x: float, y: float) -> None:
        self.wished.emit({"element": min(max(round(x), 1), 8)}, True)


class SoftmaxPicture(VectorPicture):
    """Logits, their exponentials, their shares."""

    STAGES = (("e", "exp(u − max)", "gradient"), ("p", "probability p", "model"))


class LayerNormPicture(VectorPicture):
    """Features, centred, normalised, scaled and shifted."""

    STAGES = (("centred", "d = x − μ", "gradient"), ("normal", "x̂", "model"), ("y", "y", "model"))
    FIELD = "features"
    AXIS = "features x"

    def least(self) -> int:
        """Four of them fit a panel."""
        return 125


class CrossEntropyPicture(VectorPicture):
    """Logits, and the loss on its curve over the true class's probability."""

    STAGES = (("e", "exp(z)", "gradient"),)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.curve = self.plot("Loss over the probability of the true class")

    def widgets(self) -> Sequence[QWidget]:
        """With the curve at the end."""
        return [*super().widgets(), self.curve]

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw the bars and the curve."""
        super().show_frame(frame, params)
        assert frame.x is not None
        plot = self.curve
        plot.begin()
        plot.line("_loss", frame.x, frame.curve("loss"), role="loss", dash="solid", width=self.width("loss", "log_p"))
        if frame.known("loss"):
            loss = frame.number("loss")
            share = float(np.exp(-loss))
            plot.vline("_p", share, label=f"p {fmt(share)}", color="accent")
            plot.scatter("_now", [share], [loss], color="accent", size=10.0)
        plot.set_axes("probability of the true class", "loss", y_unit="nats", x_range=(0.0, 1.0))
        plot.end()


class VaePicture(Picture):
    """Prior, encoder and true posterior over z; the bound over the encoder's mean, under ln p(x)."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.densities = self.plot("Prior, encoder and true posterior")
        self.bound = self.plot("The bound over the encoder's mean")
        self._height = 0.0

    def widgets(self) -> Sequence[QWidget]:
        """Densities above, bound below."""
        return self.densities, self.bound

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw both."""
        assert frame.x is not None
        plot, z = self.densities, frame.x
        plot.begin()
        plot.line("prior p(z)", z, frame.curve("prior"), color="muted", dash="dashed", width=self.width("kl"))
        plot.line("true p(z|x)", z, frame.curve("posterior"), role="data", width=self.width("observed", "fit"))
        lit = self.width("latent_mean", "latent_std", "kl")
        plot.line("encoder q(z)", z, frame.curve("encoder"), role="model", width=lit)
        self._height = float(frame.curve("encoder").max())
        self.handle(plot, "mean", [[params.latent_mean, self._height]], self._moved, _level)
        plot.set_axes("latent z", "density", x_range=(-4.0, 4.0))
        plot.end()
        plot, evidence = self.bound, frame.fact("evidence")
        plot.begin()
        plot.line("_bound", z, frame.curve("bound"), role="loss", dash="solid", width=self.width("bound"))
        plot.hline("ln p(x)", evidence, label=f"ln p(x) = {fmt(evidence)}", color="text")
        if frame.known("bound"):
            bound = frame.number("bound")
            plot.line("gap", [params.latent_mean] * 2, [bound, evidence], color="muted", dash="dotted", width=1.5)
            plot.scatter("_now", [params.latent_mean], [bound], color="accent", size=10.0)
        low = max(float(frame.curve("bound").min()), evidence - 12.0)
        plot.set_axes(
            "encoder's mean μ",
            "bound",
            y_unit="nats",
            x_range=(-4.0, 4.0),
            y_range=(low - 0.5, evidence + 0.3 * (evidence - low + 1)),
        )
        plot.end()

    def _moved(self, move: HandleMove) -> None:
        self.wished.emit({"latent_mean": round(move.x, 4)}, move.done)


def _level(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return min(max(x, -4.0), 4.0), float(points[index, 1])


class DpoPicture(Picture):
    """The loss over the margin with its slope, and the four log-probabilities."""

    NAMES = ("logp_w", "logp_w_ref", "logp_l", "logp_l_ref")
    LABELS = ("preferred, model", "preferred, reference", "rejected, model", "rejected, reference")

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.curve = self.plot("Loss over the margin")
        self.bars_plot = self.plot("Log-probabilities of the two answers")

    def widgets(self) -> Sequence[QWidget]:
        """The curve above, the four bars below."""
        return self.curve, self.bars_plot

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw both."""
        assert frame.x is not None
        plot = self.curve
        plot.begin()
        plot.line("_loss", frame.x, frame.curve("loss"), role="loss", dash="solid", width=self.width("loss"))
        plot.vline("_equal", 0.0, label="models equal", color="muted")
        if frame.known("h"):
            h = frame.number("h")
            here = float(np.logaddexp(0.0, -h))
            if frame.known("sigma"):
                reach = np.array([-1.5, 1.5])
                slope = frame.number("sigma") - 1
                lit = self.width("sigma", "dpo_beta")
                plot.line("_pull", h + reach, here + slope * reach, role="gradient", width=lit)
            plot.scatter("_now", [h], [here], color="accent", size=10.0)
        plot.set_axes(
            "h, the margin as a logit", "loss", y_unit="nats", x_range=(float(frame.x[0]), float(frame.x[-1]))
        )
        plot.end()
        self._draw_bars(frame)

    def _draw_bars(self, frame: Frame) -> None:
        plot = self.bars_plot
        plot.begin()
        for k, (id, label) in enumerate(zip(self.NAMES, self.LABELS, strict=True)):
            color = "accent" if self.lit == id else ("model" if k % 2 == 0 else "muted")
            place = [k + 0.62, k + 1.38]
            plot.bars(f"_{label}", place, [frame.number(id)], color=color)
        for x, name, id in ((1.5, "preferred", "gain_w"), (3.5, "rejected", "gain_l")):
            said = f"{name} gained {fmt(frame.number(id))}" if frame.known(id) else name
            plot.vline(f"_{name}", x, label=said, color="accent" if self.lit == id else "muted", dash="thin")
        points = [[k + 1.0, frame.number(id)] for k, id in enumerate(self.NAMES)]
        self.handle(plot, "bars", points, self._moved, _down)
        low = min(-1.0, min(frame.number(id) for id in self.NAMES))
        sides = "model, reference · model, reference"
        plot.set_axes(sides, "log-probability", y_unit="nats", x_range=(0.4, 4.6), y_range=(1.12 * low, -0.2 * low))
        plot.end()

    def _moved(self, move: HandleMove) -> None:
        self.wished.emit({self.NAMES[move.index]: round(move.y, 3)}, move.done)


def _down(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return float(points[index, 0]), min(max(y, -60.0), 0.0)


class OwnPicture(Picture):
    """The result over one of the numbers, that number draggable."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.curve = self.plot("The result over one number")
        self._over = 0

    def widgets(self) -> Sequence[QWidget]:
        """The one plot."""
        return (self.curve,)

    def show_frame(self, frame: Frame, params: EquationParams) -> None:
        """Draw the curve and the point on it."""
        assert frame.x is not None
        self._over = int(frame.fact("over"))
        id = f"n{self._over + 1}"
        x, y, result = frame.number(id), frame.curve("result"), frame.number(frame.ids[-1])
        name = frame.meanings[frame.ids.index(id)].rpartition(" ")[2]
        plot = self.curve
        plot.begin()
        seen = np.where(np.abs(y) < 1e12, y, np.nan)
        plot.line("_result", frame.x, seen, role="model", width=self.width(frame.ids[-1]))
        plot.vline("_x", x, label="", color="accent", dash="solid" if self.lit == id else "thin")
        low, high = _range(seen, result)
        if frame.done == frame.steps and np.isfinite(result):
            plot.scatter("_now", [x], [result], color="accent", size=10.0)
        plot.set_axes(name, "result", x_range=(-10.0, 10.0), y_range=(low, high))
        self.handle(plot, "number", [[x, low + 0.04 * (high - low)]], self._moved, _along)
        plot.end()

    def _moved(self, move: HandleMove) -> None:
        self.wished.emit({f"n{self._over + 1}": round(move.x, 4)}, move.done)


def _along(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return min(max(x, -10.0), 10.0), float(points[index, 1])


def _range(y: np.ndarray, result: float) -> tuple[float, float]:
    """A y range that a pole does not blow up: the middle nine tenths of the curve, and the result."""
    finite = y[np.isfinite(y)]
    if not finite.size:
        return -1.0, 1.0
    low, high = (float(v) for v in np.quantile(finite, (0.05, 0.95)))
    if np.isfinite(result) and abs(result) < 1e12:
        low, high = min(low, result), max(high, result)
    pad = 0.12 * (high - low) or max(1.0, abs(low)) * 0.5
    return low - pad, high + pad

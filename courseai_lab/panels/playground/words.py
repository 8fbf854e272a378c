"""The panel in words: the loss with its penalties, live values, one sentence on what is seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Term
from courseai_lab.panels.playground.frame import NET_NAMES, SPLITS
from courseai_lab.panels.playground.params import PlaygroundLook, PlaygroundParams

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame

GAP = 1.5
"""A test loss this many times the training loss is called overfitting."""


def formula(p: PlaygroundParams, look: PlaygroundLook) -> Formula:
    """What training makes small, and the step it takes."""
    tex = r"\term{loss}{L} = \term{data}{\frac{1}{n}\sum_i \ell(f(x_i), y_i)}"
    terms = [
        Term("loss", "what training makes small", "loss"),
        Term("data", "mean loss over the training points of network A", "loss"),
    ]
    if p.l2 > 0.0:
        tex += r" + \frac{\term{l2}{\lambda_2}}{2} \term{squares}{\sum w^2}"
        terms += [Term("l2", "strength of L2"), Term("squares", "sum of the squared connections", "model")]
    if p.l1 > 0.0:
        tex += r" + \term{l1}{\lambda_1} \term{sizes}{\sum |w|}"
        terms += [Term("l1", "strength of L1"), Term("sizes", "sum of the connections' sizes", "model")]
    tex += r" \qquad w \leftarrow w - \term{lr}{\eta}\, \term{gradient}{\nabla L}"
    terms += [
        Term("lr", "learning rate of the next epoch"),
        Term("gradient", "gradient of the data part; its norm over all layers", "gradient"),
    ]
    return Formula(tex, tuple(terms))


def readings(frame: Frame, p: PlaygroundParams, look: PlaygroundLook) -> Mapping[str, float | str]:
    """Live values of the formula's terms, of network A."""
    w = np.concatenate([one.ravel() for one in frame.matrices(0)])
    with np.errstate(all="ignore"):
        data, squares, sizes = float(frame.loss[0, 0]), float(np.sum(w * w)), float(np.sum(np.abs(w)))
        norms = frame.record_gradient[0, :, -1].astype(np.float64)
        gradient = float(np.sqrt(np.nansum(norms**2))) if np.isfinite(norms).any() else math.nan
    out: dict[str, float | str] = {
        "loss": data + p.l2 / 2.0 * squares + p.l1 * sizes,
        "data": data,
        "lr": frame.rate[0],
        "gradient": gradient if frame.epoch else "known after the first step",
    }
    if p.l2 > 0.0:
        out |= {"l2": p.l2, "squares": squares}
    if p.l1 > 0.0:
        out |= {"l1": p.l1, "sizes": sizes}
    return out


def sentence(frame: Frame, p: PlaygroundParams, look: PlaygroundLook) -> str:
    """Where training stands, with its numbers, and what to think of it."""
    parts = [*frame.notes]
    if frame.line is not None:
        parts.append(_game(frame))
    parts += [_standing(frame, k) for k in range(frame.nets)]
    return " ".join(parts)


def _game(frame: Frame) -> str:
    n = int((frame.split == 0).sum())
    text = f"Your line sorts {frame.line_right} of {n} points; no straight line can sort more than {frame.best_right}"
    if frame.line_right == frame.best_right:
        text = f"Your line sorts {frame.line_right} of {n} points, as many as any straight line can"
    return text + "."


def _standing(frame: Frame, k: int) -> str:
    name = f"Network {NET_NAMES[k]}" if frame.nets > 1 else f"Epoch {frame.epoch}"
    if frame.diverged[k]:
        return f"{name}: the weights are no longer numbers; lower the learning rate."
    train, test = (float(frame.loss[k, i]) for i in (0, 2))
    text = f"{name}: training loss {number(train)}"
    if not math.isnan(test):
        text += f", test loss {number(test)}"
    scores = [float(v) for v in frame.accuracy[k]]
    if frame.classes and math.isnan(scores[2]):
        text += f"; {percent(scores[0])} sorted rightly"
    elif frame.classes:
        text += f"; {percent(scores[0])} and {percent(scores[2])} sorted rightly"
    elif not frame.classes and not math.isnan(scores[2]):
        text += f"; R² {number(scores[0])} and {number(scores[2])}"
    w = np.concatenate([one.ravel() for one in frame.matrices(k)])
    zero = int((w == 0.0).sum())
    if zero:
        text += f"; {zero} of {w.size} connections are zero"
    if frame.stopped[k] >= 0:
        return f"{text}; stopped at epoch {frame.stopped[k]}, weights of epoch {frame.best_epoch[k]} restored."
    if not math.isnan(test) and frame.epoch > 20 and test > GAP * train and test - train > 0.05:
        return f"{text}: it fits the training points better than the rest, which is overfitting."
    return text + "."


def percent(share: float) -> str:
    """A share as text."""
    return f"{100.0 * share:.1f}\u202f%"


def number(value: float) -> str:
    """Three significant digits, with a true minus sign and words for what has no digits."""
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "infinite"
    return f"{value:.3g}".replace("-", "−")


def split_name(k: int) -> str:
    """A split in words."""
    return SPLITS[k]

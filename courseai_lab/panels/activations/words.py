"""The panel in words: its formula, the live values of its terms, marks on sliders, and what is seen now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.kernels.activations import SATURATED, Name
from courseai_lab.kernels.number_text import number, percent, plural
from courseai_lab.panels.activations.guide import GUIDE
from courseai_lab.panels.activations.params import NAMES, ActivationLook, ActivationParams, Page

if TYPE_CHECKING:
    from courseai_lab.panels.activations.compute import Frame

_X = Term("x", "the input", "data")
_W = Term("weight", "the weight: scales the curve sideways, and the slope by as much")
_B = Term("bias", "the bias: moves the curve sideways, by −b/w")
_A = Term("value", "the neuron's output at the marked input", "model")
_SLOPE = Term("slope", "how fast the output changes with the input", "gradient")
_SHAPES = (
    Term("leak", "leaky ReLU's slope left of the hinge"),
    Term("elu_alpha", "far to the left ELU goes to minus this"),
    Term("swish_beta", "how sharp Swish's gate is"),
    Term("softplus_beta", "how sharp softplus bends"),
)
_NEURON = (
    r"\term{value}{a} = f(\term{weight}{w}\,\term{x}{x} + \term{bias}{b}), \qquad "
    r"\term{slope}{\frac{da}{dx}} = \term{weight}{w}\, f'(\term{weight}{w}\,\term{x}{x} + \term{bias}{b})"
)
_CHAIN = Formula(
    r"\frac{da_k}{dx} = \term{product}{\prod_{i=1}^{k}} \term{weight}{w}\,f'(z_i), \qquad "
    r"z_i = \term{weight}{w}\,a_{i-1} + \term{bias}{b}, \; a_0 = \term{x}{x}",
    (
        Term("product", "what is left of a change of the input after all neurons", "gradient"),
        _W,
        _B,
        _X,
    ),
)
_LAYERS = Formula(
    r"a_l = f(a_{l-1} W_l + \term{bias}{b}), \quad W_l \sim \mathcal{N}(0, \frac{\term{gain}{g}^2}{\mathrm{width}}), "
    r"\qquad \term{gradient}{\frac{\partial L}{\partial a_{l-1}}} = (\frac{\partial L}{\partial a_l} \odot f'(z_l))\,"
    r"W_l^{\top}",
    (
        _B,
        Term("gain", "scale of the random weights"),
        Term("gradient", "the gradient on its way back; 1 at the top", "gradient"),
    ),
)
_SPREAD = Formula(
    r"z = \term{weight}{w}\,x + \term{bias}{b}, \quad x \sim p(\term{mean}{\mu}, \term{std}{\sigma}), \qquad "
    r"\term{dead}{\mathrm{dead}} = P(f'(z) = 0), \quad "
    r"\term{saturated}{\mathrm{saturated}} = P(|f'(z)| < 0.05 \max |f'|)",
    (
        _W,
        _B,
        Term("mean", "mean of the inputs"),
        Term("std", "standard deviation of the inputs"),
        Term("dead", "share of inputs at which no gradient passes at all"),
        Term("saturated", "share of inputs at which less than 5 % of the best gradient passes"),
    ),
)
_MARKS = MappingProxyType(
    {
        "gain": (Mark(1, "Xavier, LeCun"), Mark(math.sqrt(2), "He")),
        "weight": (Mark(1, "the function itself"),),
        "leak": (Mark(0.01, "the usual slope"),),
        "swish_beta": (Mark(1, "SiLU"),),
    }
)


def formula(p: ActivationParams, look: ActivationLook) -> Formula | None:
    """What the page computes; on the curves, with the function itself when only one or two are on."""
    if p.page is Page.GUIDE:
        return None
    if p.page is not Page.CURVES:
        return {Page.DISTRIBUTION: _SPREAD, Page.LAYERS: _LAYERS, Page.CHAIN: _CHAIN}[p.page]
    own = [_definition(name) for name in p.functions] if len(p.functions) <= 2 else []
    extra = tuple(term for term in _SHAPES if any(f"\\term{{{term.id}}}" in tex for tex in own))
    return Formula(r" \qquad ".join([_NEURON, *own]), (_A, _W, _X, _B, _SLOPE, *extra))


def _definition(name: Name) -> str:
    short = NAMES[name].partition(" /")[0].replace(" (tanh)", "").replace(" (identity)", "")
    tex = GUIDE[name.value].tex
    return r"\mathrm{" + short.replace(" ", r"\ ") + "}:\\; " + tex


def readings(frame: Frame, p: ActivationParams, look: ActivationLook) -> Mapping[str, float | str]:
    """Live values of the formula's terms, one for each function where they differ."""
    made = formula(p, look)
    if made is None:
        return {}
    values: dict[str, np.ndarray | None] = {
        "value": frame.at_value,
        "slope": frame.at_slope,
        "product": None if frame.product is None else frame.product[:, -1],
        "gradient": None if frame.gradient is None else frame.gradient[:, 0],
        "dead": frame.dead,
        "saturated": frame.saturated,
    }
    out: dict[str, float | str] = {
        "x": p.x,
        "weight": p.weight,
        "bias": p.bias,
        "gain": p.gain,
        **{term.id: getattr(p, term.id) for term in _SHAPES},
        "mean": p.mean,
        "std": p.std,
    }
    for name, numbers in values.items():
        if numbers is not None:
            pairs = zip(frame.labels, numbers, strict=True)
            out[name] = " · ".join(f"{label} {number(float(v))}" for label, v in pairs)
    named = {term.id for term in made.terms}
    return {name: reading for name, reading in out.items() if name in named}


def marks(frame: Frame, p: ActivationParams) -> Mapping[str, tuple[Mark, ...]]:
    """Well-known values on the sliders."""
    return _MARKS


def sentence(frame: Frame, p: ActivationParams, look: ActivationLook) -> str:
    """What is seen now, with its numbers."""
    return {
        Page.CURVES: _of_curves,
        Page.DISTRIBUTION: _of_distribution,
        Page.LAYERS: _of_layers,
        Page.CHAIN: _of_chain,
        Page.GUIDE: _of_guide,
    }[p.page](frame, p)


def _of_curves(frame: Frame, p: ActivationParams) -> str:
    assert frame.at_value is not None and frame.at_slope is not None
    read = [
        f"{label} gives {number(float(a))} with slope {number(float(s))}"
        for label, a, s in zip(frame.labels, frame.at_value, frame.at_slope, strict=True)
    ]
    more = f"; and {len(read) - 3} more" if len(read) > 3 else ""
    gap = ""
    if frame.gap is not None:
        gap = f" The two forms of GELU differ by at most {number(float(np.abs(frame.gap).max()))} here."
    z = number(p.weight * p.x + p.bias)
    return f"At x = {number(p.x)}, where z = w x + b = {z}: {'; '.join(read[:3])}{more}.{gap}"


def _of_distribution(frame: Frame, p: ActivationParams) -> str:
    assert frame.dead is not None and frame.saturated is not None and frame.mean_out is not None
    assert frame.variance_out is not None
    k = int(np.argmax(frame.dead)) if frame.dead.max() > 0 else int(np.argmax(frame.saturated))
    what = (
        "have slope exactly 0 and learn nothing"
        if frame.dead.max() > 0
        else f"lie where its slope is under {SATURATED:.0%} of the steepest"
    )
    share = percent(float(frame.dead[k] if frame.dead.max() > 0 else frame.saturated[k]))
    mean, variance = number(float(frame.mean_out[k])), number(float(frame.variance_out[k]))
    came = f"z has mean {number(frame.mean_in or 0.0)} and variance {number(frame.variance_in or 0.0)}"
    return f"{came}. With {frame.labels[k]}, {share} of the inputs {what}; out comes mean {mean}, variance {variance}."


def _of_layers(frame: Frame, p: ActivationParams) -> str:
    assert frame.gradient is not None and frame.signal_std is not None and frame.dead_units is not None
    first = frame.gradient[:, 0]
    order = np.argsort(np.where(np.isfinite(first), first, np.inf))
    low, high = int(order[0]), int(order[-1])
    left = number(float(first[low]))
    said = f"After {plural(p.layers, 'layer')} back, {frame.labels[low]} leaves {left} of a gradient of 1"
    if high != low:
        said += f", {frame.labels[high]} {number(float(first[high]))}"
    dead = frame.dead_units.max(axis=1)
    k = int(np.argmax(dead))
    end = f"; {percent(float(dead[k]))} of {frame.labels[k]}'s units are dead in its worst layer" if dead[k] > 0 else ""
    return f"{said}{end}."


def _of_chain(frame: Frame, p: ActivationParams) -> str:
    assert frame.product is not None and frame.best is not None
    left = [
        f"{number(float(product))} with {label}"
        for label, product in zip(frame.labels, frame.product[:, -1], strict=True)
    ]
    where = f"Of a small change of x = {number(p.x)}, this is left after {plural(p.layers, 'neuron')}"
    said = f"{where}: {', '.join(left[:4])}."
    if "sigmoid" in frame.ids:
        best = number(float(frame.best[frame.ids.index("sigmoid"), -1]))
        said += f" Sigmoid could at best keep (|w|/4) to the power {p.layers} = {best}."
    return said


def _of_guide(frame: Frame, p: ActivationParams) -> str:
    return (
        "In short: ReLU or GELU between layers, sigmoid or softplus where the output's range asks for it; "
        "switch functions on to compare."
    )

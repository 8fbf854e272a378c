"""The panel in words: its formula, the live values of its terms, marks on sliders, and what is seen now."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.kernels.schedules import Name
from courseai_lab.panels.noise_schedule.params import NoiseLook, NoiseParams

if TYPE_CHECKING:
    from courseai_lab.panels.noise_schedule.compute import Frame

_TIME = Term("time", "the time step, 0 for the least noisy")
_IMAGE = Term("image", "the image without noise")
_EPS = Term("eps", "noise: one standard normal number for every pixel and channel", "noise")
_CHAIN = Formula(
    r"x_{\term{time}{t}} = \term{sqrt_alpha_bar}{\sqrt{\bar\alpha_t}}\,\term{image}{x_0}"
    r" + \term{rest}{\sqrt{1-\bar\alpha_t}}\,\term{eps}{\varepsilon},"
    r"\qquad \term{alpha_bar}{\bar\alpha_t} = \prod_{s \le t} (1 - \term{beta}{\beta_s})",
    (
        _TIME,
        Term("sqrt_alpha_bar", "weight of the image", "data"),
        _IMAGE,
        Term("rest", "weight of the noise", "noise"),
        _EPS,
        Term("alpha_bar", "share of the variance that is still image"),
        Term("beta", "variance of the noise added in one step"),
    ),
)
_KARRAS = Formula(
    r"x_{\term{time}{t}} = \term{image}{x_0} + \term{sigma}{\sigma_t}\,\term{eps}{\varepsilon}",
    (_TIME, _IMAGE, Term("sigma", "noise level: standard deviation of the noise, the image having weight 1"), _EPS),
)
_FLOW = Formula(
    r"x_{\term{time}{t}} = \term{signal}{(1 - s_t)}\,\term{image}{x_0} + \term{rest}{s_t}\,\term{eps}{\varepsilon}",
    (_TIME, Term("signal", "weight of the image", "data"), _IMAGE, Term("rest", "weight of the noise", "noise"), _EPS),
)
_MIXED = Formula(
    r"x_{\term{time}{t}} = \term{signal}{a_t}\,\term{image}{x_0} + \term{rest}{b_t}\,\term{eps}{\varepsilon},"
    r"\qquad \term{alpha_bar}{\bar\alpha_t} = \frac{a_t^2}{a_t^2 + b_t^2}",
    (
        _TIME,
        Term("signal", "weight of the image: √ᾱ in a chain of betas, 1 for Karras / EDM, 1 − s for flow", "data"),
        _IMAGE,
        Term("rest", "weight of the noise: √(1 − ᾱ) in a chain of betas, σ for Karras / EDM, s for flow", "noise"),
        _EPS,
        Term("alpha_bar", "share of the variance that is still image, for an image of variance 1"),
    ),
)
_ALONE = MappingProxyType({Name.KARRAS: _KARRAS, Name.FLOW: _FLOW})
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MARKS = MappingProxyType(
    {
        "steps": (Mark(1000, "DDPM, Stable Diffusion"),),
        "flow_shift": (Mark(1, "no shift"), Mark(3, "Stable Diffusion 3")),
    }
)


def formula(p: NoiseParams, look: NoiseLook) -> Formula:
    """How image and noise are mixed, in the convention of the schedules shown; a common one when they differ."""
    special = set(p.schedules) & set(_ALONE)
    if not special:
        return _CHAIN
    return _ALONE[p.schedules[0]] if len(p.schedules) == 1 else _MIXED


def readings(frame: Frame, p: NoiseParams, look: NoiseLook) -> Mapping[str, float | str]:
    """Live values of the formula's terms at the marked time, one for each schedule."""
    at = frame.at
    values = {
        "sqrt_alpha_bar": frame.sqrt_alpha_bar,
        "alpha_bar": frame.alpha_bar,
        "beta": frame.beta,
        "sigma": frame.sigma,
        "signal": frame.signal,
        "rest": frame.noise,
    }
    out: dict[str, float | str] = {
        name: " · ".join(
            f"{label} {number(v)}" for label, v in zip(frame.labels, curve[:, at], strict=True) if not np.isnan(v)
        )
        for name, curve in values.items()
    }
    out["time"] = at
    out["image"] = frame.picture
    named = {term.id for term in formula(p, look).terms}
    return {name: reading for name, reading in out.items() if name in named}


def marks(frame: Frame, p: NoiseParams) -> Mapping[str, tuple[Mark, ...]]:
    """Well-known values on the sliders."""
    return _MARKS


def sentence(frame: Frame, p: NoiseParams, look: NoiseLook) -> str:
    """How much image is left at the marked time, and what stands out at the end of the way."""
    left = f"At t = {frame.at} of 0 to {frame.last} the image's share of the variance ᾱ is {_shares(frame)}"
    return f"{left}; {_standout(frame)}."


def _shares(frame: Frame) -> str:
    now = frame.alpha_bar[:, frame.at]
    named = [f"{number(v)} ({label})" for label, v in zip(frame.labels, now, strict=True)]
    if len(named) <= 4:
        return ", ".join(named)
    return f"from {named[int(now.argmin())]} to {named[int(now.argmax())]}"


def _standout(frame: Frame) -> str:
    """The one thing worth saying about the last steps."""
    for k, before in enumerate(frame.before):
        if before and frame.alpha_bar[k + 1, -1] == 0 < frame.alpha_bar[k, -1]:
            end = number(frame.sqrt_alpha_bar[k, -1])
            return f"{_bare(frame.labels[k])} used to end with the image at weight {end}, and now ends in noise alone"
    k = int(frame.spent.argmax())
    if frame.spent[k] >= 0.1:
        wasted = f"{100 * frame.spent[k]:.0f}\u202f%"
        return f"{frame.labels[k]} spends {wasted} of its steps below ᾱ = 0.01, where hardly any image is left"
    k = int(frame.alpha_bar[:, -1].argmax())
    end = number(frame.sqrt_alpha_bar[k, -1])
    return f"the last step of {frame.labels[k]} still holds the image at weight √ᾱ = {end}"


def _bare(label: str) -> str:
    return label.partition(",")[0]


def number(value: float) -> str:
    """Three significant digits, with a true minus sign and words for what has no digits."""
    if np.isnan(value):
        return "undefined"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:#.3g}".partition("e")
    text = mantissa.rstrip(".").replace("-", "−")
    return f"{text}×10{str(int(power)).translate(_RAISED)}" if power else text

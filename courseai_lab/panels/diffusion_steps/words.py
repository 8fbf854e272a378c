"""The panel in words: its formula, the live values of its terms, marks on sliders, and what is seen now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.kernels.number_text import number
from courseai_lab.kernels.samplers import Sampler
from courseai_lab.panels.diffusion_steps.cell import cell_of
from courseai_lab.panels.diffusion_steps.params import Page, StepsLook, StepsParams

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.frame import Frame

NOTHING, ROUNDING = 1e-6, 1e-12
SAME = 1e-3
"""Pictures this close (rms, of values from -1 to 1) are the same to any eye."""
_XT = Term("xt", "the noised picture at time t")
_CLEAN = Term("clean", "the picture without noise", "data")
_SIGNAL = Term("signal", "weight of the picture at time t", "data")
_REST = Term("rest", "weight of the noise at time t", "noise")
_EPS = Term("eps", "the true noise: one standard normal number a cell", "noise")
_EPS_HAT = Term("eps_hat", "the noise that the denoiser sees in x_t", "model")
_X0_HAT = Term("x0_hat", "the picture that remains when the predicted noise is taken away", "model")
_NEXT = Term("x_next", "the same with a little less noise, at the next lower time s")
_SNR = Term("snr", "signal-to-noise ratio: how many times stronger the picture is than the noise")
_FORWARD = (
    r"\term{xt}{x_t} = \term{signal}{\sqrt{\bar\alpha_t}}\,\term{clean}{x_0} + "
    r"\term{rest}{\sqrt{1-\bar\alpha_t}}\,\term{eps}{\varepsilon}"
)
_ESTIMATE = (
    r"\term{x0_hat}{\hat x_0} = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\term{eps_hat}{\hat\varepsilon}}"
    r"{\sqrt{\bar\alpha_t}}"
)
_DDIM = (
    r"\term{x_next}{x_s} = \term{k_x0}{\sqrt{\bar\alpha_s}}\,\hat x_0 + "
    r"\term{k_eps}{\sqrt{1-\bar\alpha_s}}\,\hat\varepsilon"
)
_DDPM = r"\term{x_next}{x_s} = \term{k_x0}{a}\,\hat x_0 + \term{k_x}{b}\,x_t + \term{k_z}{\tilde\sigma}\,\term{z}{z}"
_SNR_TEX = r"\term{snr}{\mathrm{SNR}} = \frac{\bar\alpha_t}{1-\bar\alpha_t}"


def formula(p: StepsParams, look: StepsLook) -> Formula:
    """Noising, the estimate and the step; on the other pages what is measured."""
    start = (_XT, _SIGNAL, _CLEAN, _REST, _EPS)
    if p.page is Page.ERRORS:
        return Formula(
            r"\term{v}{v} = \term{signal}{\sqrt{\bar\alpha_t}}\,\varepsilon - \term{rest}{\sqrt{1-\bar\alpha_t}}\,x_0,"
            r"\qquad \term{e_v}{|\hat v - v|^2} = \term{e_eps}{|\hat\varepsilon - \varepsilon|^2} + "
            r"\term{e_x0}{|\hat x_0 - x_0|^2},\qquad \term{snr}{\mathrm{SNR}} = "
            r"\frac{|\hat\varepsilon - \varepsilon|^2}{|\hat x_0 - x_0|^2}",
            (
                Term("v", "the third target, between noise and picture (Salimans and Ho 2022)", "gradient"),
                _SIGNAL, _REST,
                Term("e_v", "mean squared error in v: always the sum of the other two", "gradient"),
                Term("e_eps", "mean squared error of the noise", "noise"),
                Term("e_x0", "mean squared error of the picture", "data"),
                Term("snr", "the ratio of both errors is the signal-to-noise ratio itself"),
            ),
        )  # fmt: skip
    step: tuple[Term, ...]
    if p.page is Page.LEAP or p.sampler is Sampler.DDIM:
        step = (Term("k_x0", "weight of the predicted picture at s", "data"),
                Term("k_eps", "weight of the predicted noise at s", "noise"))  # fmt: skip
        tex = _DDIM
    else:
        step = (Term("k_x0", "weight of the predicted picture", "data"), Term("k_x", "weight of x_t itself"),
                Term("k_z", "deviation of the new noise", "noise"),
                Term("z", "new noise, drawn for this step", "noise"))  # fmt: skip
        tex = _DDPM
    return Formula(
        r",\quad ".join((_FORWARD, _SNR_TEX, _ESTIMATE, tex)), (*start, _SNR, _X0_HAT, _EPS_HAT, _NEXT, *step)
    )


def snr(frame: Frame) -> float:
    """Signal-to-noise ratio at the frame's time."""
    return (frame.alpha / frame.sigma) ** 2 if frame.sigma > 0 else math.inf


def readings(frame: Frame, p: StepsParams, look: StepsLook) -> Mapping[str, float | str]:
    """Live values of the terms, for the cell worked out."""
    cell = cell_of(frame, look)
    values: dict[str, float | str] = {
        "signal": frame.alpha, "rest": frame.sigma, "snr": snr(frame),
        "xt": cell.x, "clean": cell.clean, "eps": cell.true, "eps_hat": cell.eps, "x0_hat": cell.x0,
        "x_next": cell.x_next, "k_x0": frame.k_x0, "k_x": frame.k_x, "k_eps": frame.k_eps, "k_z": frame.k_z,
        "z": cell.z if frame.k_z > 0 else "no new noise in the last step",
        "v": frame.alpha * cell.true - frame.sigma * cell.clean,
    }  # fmt: skip
    if frame.error_eps is not None and frame.error_x0 is not None and frame.error_v is not None:
        values |= {
            "e_eps": _error(float(frame.error_eps[-1])),
            "e_x0": _error(float(frame.error_x0[-1])),
            "e_v": _error(float(frame.error_v[-1])),
        }
    named = {term.id for term in formula(p, look).terms}
    return {name: value for name, value in values.items() if name in named}


def marks(frame: Frame, p: StepsParams) -> Mapping[str, tuple[Mark, ...]]:
    """Well-known values on the sliders."""
    return {"steps": (Mark(50, "DDIM, usual"), Mark(1000, "DDPM 2020"))}


def sentence(frame: Frame, p: StepsParams, look: StepsLook) -> str:
    """What is seen now, with its numbers."""
    return {"forward": _forward, "reverse": _reverse, "level": _level, "count": _count}[frame.phase](frame, p)


def _ratio(frame: Frame) -> str:
    value = snr(frame)
    return f"t = {frame.t}: SNR {number(value)} ({number(10 * math.log10(value))} dB)"


def _hesitates(frame: Frame) -> str:
    if math.isnan(frame.mixed):
        return ""
    if frame.mixed < 1.05:
        return ", which is by now one single picture"
    many = f"{frame.mixed:.0f}" if frame.mixed >= 10 else f"{frame.mixed:.1f}"
    return f", a mean of about {many} known pictures"


def _forward(frame: Frame, p: StepsParams) -> str:
    much = "more picture than noise" if snr(frame) >= 1 else "more noise than picture"
    off = "right" if frame.error < NOTHING else f"off by {number(frame.error)} (mean square)"
    return (
        f"Noising, {_ratio(frame)}, {much}; the predicted noise is {off}, and without it x̂₀ is left{_hesitates(frame)}."
    )


def _reverse(frame: Frame, p: StepsParams) -> str:
    at = frame.index - int(np.count_nonzero(~frame.back)) + 1
    steps = int(np.count_nonzero(frame.back))
    end = f"the step goes on to t = {frame.t_next}"
    if frame.t_next < 0:
        far = float(np.sqrt(np.mean((frame.x_next - frame.clean) ** 2)))
        end = (
            "the first picture is back"
            if far < SAME
            else f"another picture came back, {number(far)} (rms) from the first"
        )
    return f"Step {at} of {steps} back, {_ratio(frame)}: x̂₀ is the present guess{_hesitates(frame)}; {end}."


def _error(value: float) -> str:
    """An error; what is left of it by rounding alone is not shown as if it meant something."""
    return "below 10⁻¹²" if value < ROUNDING else number(value)


def _level(frame: Frame, p: StepsParams) -> str:
    assert frame.error_eps is not None and frame.error_x0 is not None and frame.error_v is not None
    e, x, v = (float(curve[-1]) for curve in (frame.error_eps, frame.error_x0, frame.error_v))
    return (
        f"{_ratio(frame)}: one prediction, three errors: noise {_error(e)}, picture {_error(x)}, v {_error(v)} = "
        f"their sum; each target weighs the times differently."
    )


def _count(frame: Frame, p: StepsParams) -> str:
    assert frame.counts is not None and frame.count_error is not None and frame.count_away is not None
    n, error, away = int(frame.counts[frame.index]), frame.count_error[frame.index], frame.count_away[frame.index]
    finest = int(frame.counts[-1])
    steps = "One big step" if n == 1 else f"{n} small steps"
    near = "" if math.isnan(away) else f"; the nearest known picture is {number(float(away))} away"
    if n == finest:
        return f"{steps} from t = {frame.start}: the finest way, which the others are measured against{near}."
    why = " One step can only give the mean of all that is possible." if n == 1 else ""
    off = f"off by {number(float(error))} from {finest} steps (rms of all noises)"
    return f"{steps} from t = {frame.start}: {off}{near}.{why}"

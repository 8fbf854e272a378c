"""Noise schedules of diffusion and flow models: how much image and how much noise there is at each time step.

One convention for the index everywhere: t = 0 is the least noisy step and t = T - 1 the noisiest (a paper's t = 1..T,
moved by one, as diffusers counts). x_t = signal[t] * x_0 + noise[t] * eps with eps standard normal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.monotone import pchip

MIN_STEPS, MAX_STEPS = 2, 100_000


class Process(StrEnum):
    """How image and noise are mixed."""

    VP = "vp"  # sqrt(alpha-bar) x0 + sqrt(1 - alpha-bar) eps: the variance stays 1 (Ho et al. 2020)
    VE = "ve"  # x0 + sigma eps: the variance explodes (Song et al. 2021, Karras et al. 2022)
    FLOW = "flow"  # (1 - s) x0 + s eps: a straight line from image to noise (Lipman et al. 2023, Liu et al. 2023)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """A schedule sampled at T steps. Every array is float64 [t].

    ``signal`` and ``noise`` are the two weights of x_t in the source's own convention. ``sigma`` = noise / signal
    (the noise level of EDM, k-diffusion and diffusers' EulerDiscreteScheduler) and ``log_snr`` = 2 ln(signal / noise)
    (natural logarithm, Kingma et al. 2021) do not depend on that convention. ``alpha_bar`` = SNR / (1 + SNR);
    where the source has no alpha-bar of its own, "alpha_bar" is in ``equivalent``: it is then that of the
    variance-preserving process with the same SNR. ``beta`` is NaN where no step of a Markov chain is defined, with a
    sentence in ``notes``. At zero SNR ``sigma`` is inf and ``log_snr`` -inf.
    """

    name: str
    process: Process
    beta: np.ndarray
    alpha_bar: np.ndarray
    signal: np.ndarray
    noise: np.ndarray
    sigma: np.ndarray
    log_snr: np.ndarray
    equivalent: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """T, the number of time steps."""
        return len(self.alpha_bar)

    @property
    def sqrt_alpha_bar(self) -> np.ndarray:
        """sqrt(alpha-bar) [t]: the weight of x_0 once x_t is scaled to keep unit variance."""
        return np.sqrt(self.alpha_bar)

    def unit_variance(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights of x_0 and eps for showing: the source's own, but VE divided by sqrt(1 + sigma^2) (EDM's c_in)."""
        if self.process is Process.VE:
            return self.sqrt_alpha_bar, np.sqrt(1 - self.alpha_bar)
        return self.signal, self.noise


def _from_betas(name: str, beta: np.ndarray, notes: tuple[str, ...] = ()) -> Schedule:
    """Ho et al. (2020), eq. 4: alpha-bar_t = prod (1 - beta_s); summed as logarithms so that 1 - alpha-bar is exact."""
    if not (np.isfinite(beta).all() and (beta > 0).all() and (beta <= 1).all()):
        raise ValueError(f"Every beta must lie between 0 and 1; {name} has {beta.min():.3g} to {beta.max():.3g}.")
    with np.errstate(divide="ignore"):
        log_alpha_bar = np.cumsum(np.log1p(-beta))  # [t]
    return _from_log_alpha_bar(name, beta, log_alpha_bar, notes)


def _from_log_alpha_bar(
    name: str, beta: np.ndarray, log_alpha_bar: np.ndarray, notes: tuple[str, ...] = ()
) -> Schedule:
    alpha_bar, rest = np.exp(log_alpha_bar), -np.expm1(log_alpha_bar)
    with np.errstate(over="ignore"):
        sigma = np.sqrt(rest) * np.exp(-log_alpha_bar / 2)
    log_snr = log_alpha_bar - np.log(rest)
    return Schedule(name, Process.VP, beta, alpha_bar, np.sqrt(alpha_bar), np.sqrt(rest), sigma, log_snr, notes=notes)


def _from_alpha_bar(name: str, alpha_bar: np.ndarray, notes: tuple[str, ...] = ()) -> Schedule:
    """From alpha-bar itself, taking alpha-bar = 1 before the first step: beta_t = 1 - alpha-bar_t / alpha-bar_(t-1)."""
    before = np.concatenate([[1.0], alpha_bar[:-1]])
    # Where nothing is left to take away any beta would do; 1 keeps it a chain.
    beta = 1 - np.divide(alpha_bar, before, out=np.zeros_like(alpha_bar), where=before > 0)
    with np.errstate(divide="ignore"):
        return _from_log_alpha_bar(name, beta, np.log(alpha_bar), notes)


def _capped_betas(alpha_bar: Callable[[np.ndarray], np.ndarray], steps: int, max_beta: float) -> np.ndarray:
    """Nichol & Dhariwal (2021), eq. 17: beta_t = min(1 - f(t + 1) / f(t), max_beta), t as a share of T. [t]"""
    edges = alpha_bar(np.arange(steps + 1) / steps)  # [t+1]
    return np.minimum(1 - edges[1:] / edges[:-1], max_beta)


def _grid(steps: int) -> np.ndarray:
    """The time of each step as a share of the whole, 1/T .. 1. [t]"""
    return np.arange(1, steps + 1) / steps


def _check(name: str, steps: int, **ranges: tuple[float, float, float]) -> None:
    """Raise ValueError unless T and every named ``(value, low, high)`` hold, low < value <= high."""
    if not MIN_STEPS <= steps <= MAX_STEPS:
        raise ValueError(f"T must be a whole number from {MIN_STEPS} to {MAX_STEPS}, not {steps}.")
    for label, (value, low, high) in ranges.items():
        if not low < value <= high:
            raise ValueError(f"{name}: {label} must be above {low:g} and at most {high:g}, not {value:g}.")


def linear(steps: int = 1000, *, beta_start: float = 1e-4, beta_end: float = 0.02) -> Schedule:
    """Ho et al. (2020), section 4: beta rises in a straight line (made for T = 1000)."""
    _check("linear", steps, beta_start=(beta_start, 0, 1), beta_end=(beta_end, 0, 1))
    return _from_betas("linear", np.linspace(beta_start, beta_end, steps))


def scaled_linear(steps: int = 1000, *, beta_start: float = 0.00085, beta_end: float = 0.012) -> Schedule:
    """Rombach et al. (2022), latent diffusion: sqrt(beta) rises in a straight line; Stable Diffusion's numbers."""
    _check("scaled linear", steps, beta_start=(beta_start, 0, 1), beta_end=(beta_end, 0, 1))
    return _from_betas("scaled linear", np.linspace(beta_start**0.5, beta_end**0.5, steps) ** 2)


def cosine(steps: int = 1000, *, s: float = 0.008, max_beta: float = 0.999) -> Schedule:
    """Nichol & Dhariwal (2021), eq. 17: alpha-bar = cos^2((t/T + s)/(1 + s) pi/2), beta capped at ``max_beta``."""
    _check("cosine", steps, s=(s, -1e-12, 1), max_beta=(max_beta, 0, 0.999999))
    return _from_betas("cosine", _capped_betas(lambda t: np.cos((t + s) / (1 + s) * np.pi / 2) ** 2, steps, max_beta))


def sigmoid(steps: int = 1000, *, beta_start: float = 1e-4, beta_end: float = 0.02, span: float = 6.0) -> Schedule:
    """Xu et al. (2022), GeoDiff: beta rises along a sigmoid seen from -span to span (diffusers' "sigmoid")."""
    _check("sigmoid", steps, beta_start=(beta_start, 0, 1), beta_end=(beta_end, 0, 1), span=(span, 0, 30))
    rise = 1 / (1 + np.exp(-np.linspace(-span, span, steps)))
    return _from_betas("sigmoid", rise * (beta_end - beta_start) + beta_start)


def sigmoid_alpha_bar(steps: int = 1000, *, start: float = -3.0, end: float = 3.0, tau: float = 1.0) -> Schedule:
    """Jabri et al. (2022), algorithm 1: alpha-bar itself falls along a sigmoid, floored at 1e-9."""
    _check("sigmoid alpha-bar", steps, tau=(tau, 0, 100))
    if not start < end:
        raise ValueError(f"sigmoid alpha-bar: start must lie below end, not {start:g} and {end:g}.")

    def gate(t: np.ndarray | float) -> np.ndarray:
        return 1 / (1 + np.exp(-(np.asarray(t) * (end - start) + start) / tau))

    alpha_bar = (gate(1.0) - gate(_grid(steps))) / (gate(1.0) - gate(0.0))
    return _from_alpha_bar("sigmoid alpha-bar", np.clip(alpha_bar, 1e-9, 1.0))


def sqrt(steps: int = 1000, *, s: float = 1e-4, max_beta: float = 0.999) -> Schedule:
    """Li et al. (2022), Diffusion-LM, appendix A: alpha-bar = 1 - sqrt(t/T + s), beta capped at ``max_beta``."""
    _check("sqrt", steps, s=(s, -1e-12, 0.5), max_beta=(max_beta, 0, 0.999999))
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = np.maximum(1 - np.sqrt(np.arange(steps + 1) / steps + s), 0.0)  # [t+1]
        ratio = 1 - edges[1:] / edges[:-1]
    # Past the point where the formula turns negative nothing of the image is left, and every further step is capped.
    beta = np.minimum(np.where(edges[:-1] > 0, ratio, max_beta), max_beta)
    return _from_betas("sqrt", beta)


def karras(steps: int = 1000, *, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = 7.0) -> Schedule:
    """Karras et al. (2022), eq. 5: x_t = x_0 + sigma eps, sigma^(1/rho) in a straight line to sigma_max."""
    _check("Karras", steps, sigma_min=(sigma_min, 0, 1e6), sigma_max=(sigma_max, 0, 1e6), rho=(rho, 0, 100))
    if not sigma_min < sigma_max:
        raise ValueError(f"Karras: sigma_min must lie below sigma_max, not {sigma_min:g} and {sigma_max:g}.")
    sigma = np.linspace(sigma_min ** (1 / rho), sigma_max ** (1 / rho), steps) ** rho
    return Schedule(
        "Karras / EDM",
        Process.VE,
        np.full(steps, np.nan),
        1 / (1 + sigma**2),
        np.ones(steps),
        sigma,
        sigma,
        -2 * np.log(sigma),
        frozenset({"alpha_bar"}),
        (
            "Karras / EDM has no beta: x₀ + σ ε is made from the image in one go.",
            "The alpha-bar of Karras / EDM is the equivalent 1 / (1 + σ²), after dividing by √(1 + σ²).",
        ),
    )


def vp_continuous(steps: int = 1000, *, beta_min: float = 0.1, beta_max: float = 20.0) -> Schedule:
    """Song et al. (2021), eq. 33: alpha-bar(t) = exp(-t^2 (beta_max - beta_min) / 2 - t beta_min).

    Sampled at t = 1/T..1. ``beta`` is that of one step, 1 - alpha-bar_t / alpha-bar_(t-1), about beta(t) / T.
    """
    _check("VP continuous", steps, beta_min=(beta_min, 0, 1000), beta_max=(beta_max, 0, 1000))
    log_alpha_bar = _vp_log_alpha_bar(_grid(steps), beta_min, beta_max)
    beta = -np.expm1(np.diff(log_alpha_bar, prepend=0.0))
    note = f"The beta of VP continuous is that of one of its {steps} steps, about β(t) / T."
    return _from_log_alpha_bar("VP continuous", beta, log_alpha_bar, (note,))


def _vp_log_alpha_bar(t: np.ndarray, beta_min: float, beta_max: float) -> np.ndarray:
    return -0.5 * t**2 * (beta_max - beta_min) - t * beta_min


def flow(steps: int = 1000, *, shift: float = 1.0) -> Schedule:
    """Esser et al. (2024), eq. 23, on rectified flow (Liu et al. 2023): s -> shift s / (1 + (shift - 1) s), s = 1/T..1.

    x_t = (1 - s) x_0 + s eps. ``shift`` 1 is plain flow matching; Stable Diffusion 3 uses 3 at 1024 pixels.
    """
    _check("flow", steps, shift=(shift, 0, 1000))
    grid = _grid(steps)
    s = shift * grid / (1 + (shift - 1) * grid)
    clean = (1 - grid) / (1 + (shift - 1) * grid)  # 1 - s without its rounding
    with np.errstate(divide="ignore"):
        sigma, log_snr = s / clean, 2 * (np.log(clean) - np.log(s))
    return Schedule(
        "flow",
        Process.FLOW,
        np.full(steps, np.nan),
        clean**2 / (clean**2 + s**2),
        clean,
        s,
        sigma,
        log_snr,
        frozenset({"alpha_bar"}),
        (
            "Flow matching has no beta: (1 − s) x₀ + s ε is a straight line, not a chain of noisy steps.",
            "The alpha-bar of flow is the equivalent (1 − s)² / ((1 − s)² + s²), the same ratio of signal to noise.",
        ),
    )


def drawn(steps: int = 1000, *, knots: tuple[tuple[float, float], ...]) -> Schedule:
    """Drawn by hand: alpha-bar through ``knots`` (t/T, alpha-bar) by Fritsch & Carlson (1980)'s monotone cubic.

    See ``check_knots`` for what knots must be.
    """
    _check("own curve", steps)
    check_knots(knots)
    x, y = np.asarray(knots, dtype=np.float64).T
    return _from_alpha_bar("own curve", np.clip(pchip(x, y, _grid(steps)), 0.0, 1.0))


def check_knots(knots: tuple[tuple[float, float], ...]) -> None:
    """Raise ValueError with one sentence unless the knots make a schedule.

    At least two (t/T, alpha-bar); t/T from 0 to 1 rising, alpha-bar from 1 falling by at least 1e-6 at each knot and
    above 0 before the last.
    """
    if len(knots) < 2:
        raise ValueError(f"A curve needs at least 2 knots, not {len(knots)}.")
    x, y = np.asarray(knots, dtype=np.float64).T
    if not np.isfinite([x, y]).all() or x[0] != 0 or x[-1] != 1 or (np.diff(x) <= 0).any():
        raise ValueError("The knots' times must rise from exactly 0 to exactly 1.")
    if y[0] != 1:
        raise ValueError(f"alpha-bar must start at 1 (no noise yet), not at {y[0]:g}.")
    if (np.diff(y) > -1e-6).any():
        k = int(np.argmax(np.diff(y)))
        raise ValueError(
            f"alpha-bar must fall from knot to knot: it goes from {y[k]:g} to {y[k + 1]:g} "
            f"between t/T = {x[k]:g} and {x[k + 1]:g}."
        )
    if y[-1] < 0:
        raise ValueError(f"alpha-bar cannot fall below 0; the last knot is {y[-1]:g}.")


def zero_terminal_snr(schedule: Schedule) -> Schedule:
    """Lin et al. (2024), algorithm 1: shift and stretch sqrt(alpha-bar) so that the last step is noise alone.

    The first step keeps its value. Only for variance-preserving schedules; raises ValueError for others.
    """
    if schedule.process is not Process.VP:
        raise ValueError(f"Zero terminal SNR rescales a chain of betas, and {schedule.name} has none.")
    root = schedule.sqrt_alpha_bar
    first, last = root[0], root[-1]
    root = (root - last) * (first / (first - last))
    root[-1] = 0.0  # exactly, not to within rounding
    rescaled = _from_alpha_bar(schedule.name, root**2, schedule.notes)
    return replace(rescaled, beta=np.concatenate([schedule.beta[:1], rescaled.beta[1:]]))


class Name(StrEnum):
    """The schedules by short name, in the order in which they are listed."""

    LINEAR = "linear"
    SCALED_LINEAR = "scaled_linear"
    COSINE = "cosine"
    SIGMOID = "sigmoid"
    SIGMOID_ALPHA_BAR = "sigmoid_alpha_bar"
    SQRT = "sqrt"
    KARRAS = "karras"
    VP_CONTINUOUS = "vp_continuous"
    FLOW = "flow"
    DRAWN = "drawn"


SCHEDULES: Mapping[Name, Callable[..., Schedule]] = MappingProxyType(
    {
        Name.LINEAR: linear,
        Name.SCALED_LINEAR: scaled_linear,
        Name.COSINE: cosine,
        Name.SIGMOID: sigmoid,
        Name.SIGMOID_ALPHA_BAR: sigmoid_alpha_bar,
        Name.SQRT: sqrt,
        Name.KARRAS: karras,
        Name.VP_CONTINUOUS: vp_continuous,
        Name.FLOW: flow,
        Name.DRAWN: drawn,
    }
)

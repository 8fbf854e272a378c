"""Samplers of diffusion models: from noise to data in N steps, one signature, the papers' symbols.

Everywhere x = alpha x0 + sigma eps. A `Grid` holds alpha and sigma at the N + 1 points that are visited, the last of
them clean (alpha 1, sigma 0). lambda = ln(alpha / sigma) is half the logarithm of the signal-to-noise ratio.

Each sampler is a generator of `Step` records, so that a step can be shown, stopped at, or branched from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    # Only for the types: the steps are plain arithmetic, and on NumPy arrays nobody need wait for torch.
    from torch import Tensor

Model = Callable[["Tensor", float], "Tensor"]
"""The network: its output for x at time t, in the chosen parameterisation and x's shape."""
Noise = Callable[[int], "Tensor"]
"""Standard normal noise in x's shape for step i; a stochastic sampler asks once a step."""


class Target(StrEnum):
    """What the network predicts."""

    EPSILON = "epsilon"  # the noise (Ho et al. 2020)
    X0 = "x0"  # the clean data
    V = "v"  # alpha eps - sigma x0 (Salimans & Ho 2022)
    FLOW = "flow"  # eps - x0, the velocity of a straight path (Lipman et al. 2023)


class Sampler(StrEnum):
    """The samplers by short name, in the order in which they are listed."""

    DDPM = "ddpm"
    DDIM = "ddim"
    EULER = "euler"
    HEUN = "heun"
    EULER_ANCESTRAL = "euler-ancestral"
    DPM_SOLVER = "dpm-solver++2m"
    UNIPC = "unipc"


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The points that a sampler visits, noisiest first, float64.

    `t` [N], the times that the network is asked at; `alpha`, `sigma` [N + 1]. With `flow` the path is straight,
    x = (1 - sigma) x0 + sigma eps, and Euler and Heun step in (x, sigma); otherwise in (x / alpha, sigma / alpha).
    """

    t: np.ndarray
    alpha: np.ndarray
    sigma: np.ndarray
    flow: bool = False

    def __len__(self) -> int:
        return len(self.t)

    @property
    def lam(self) -> np.ndarray:
        """ln(alpha / sigma) [N + 1]; -inf at pure noise, +inf at clean data."""
        with np.errstate(divide="ignore"):
            return np.log(self.alpha) - np.log(self.sigma)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Step i: at time t from `x` to `x_next`, by way of the estimates `x0` and `eps`; `z` is the fresh noise, if any.

    `alpha`, `sigma` are those of `x`, `alpha_next`, `sigma_next` those of `x_next`.
    """

    i: int
    t: float
    x: Tensor
    x0: Tensor
    eps: Tensor
    x_next: Tensor
    alpha: float
    sigma: float
    alpha_next: float
    sigma_next: float
    z: Tensor | None = None


class Sample(Protocol):
    """What every sampler takes. `eta` scales the fresh noise of DDIM and Euler ancestral; `noise` gives it."""

    def __call__(
        self, model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = ..., noise: Noise | None = ...
    ) -> Iterator[Step]: ...


def make_grid(signal: np.ndarray, noise: np.ndarray, t: np.ndarray, *, flow: bool = False) -> Grid:
    """The grid over times t [N] (falling, within 0..T-1) of a schedule's weights of x0 and of eps, [T] each.

    Between whole times the noise level is read off straight lines through ln(noise / signal), as Karras spacing
    needs it; for flow through the noise itself. Raises ValueError for times out of range or not falling.
    """
    t = np.asarray(t, dtype=np.float64)
    last = len(signal) - 1
    if t.ndim != 1 or not len(t) or t.max() > last or t.min() < 0 or (np.diff(t) >= 0).any():
        raise ValueError(f"The times must be one or more numbers that fall within 0 to {last}.")
    whole = t.astype(np.int64)
    if (whole == t).all():
        alpha, sigma = signal[whole], noise[whole]
    elif flow:
        sigma = np.interp(t, np.arange(last + 1), noise)
        alpha = 1 - sigma
    else:
        level = np.exp(np.interp(t, np.arange(last + 1), np.log(noise / signal)))
        size = np.interp(t, np.arange(last + 1), np.hypot(signal, noise))
        kept = np.allclose(np.hypot(signal, noise), 1)
        alpha = 1 / np.hypot(1, level) if kept else size / np.hypot(1, level)
        sigma = level * alpha
    return Grid(t, np.append(alpha, 1.0).astype(np.float64), np.append(sigma, 0.0).astype(np.float64), flow)


def make_even_grid(
    signal: np.ndarray, noise: np.ndarray, count: int, *, low: float = -4.0, high: float = 3.0, flow: bool = False
) -> Grid:
    """Lu et al. (2022), DPM-Solver, section 3.3: N points even in lambda = ln(alpha / sigma), from `low` to `high`.

    The times are read off the schedule, whose lambda must fall; `low` and `high` are kept within it. Raises
    ValueError for fewer than one point or a range that is none.
    """
    if count < 1 or not low < high:
        raise ValueError("An even grid needs one point or more and a range of lambda that rises.")
    with np.errstate(divide="ignore"):
        lam = np.log(signal) - np.log(noise)
    finite = np.where(np.isfinite(lam), lam, -1e3)
    wanted = np.linspace(max(low, finite[-1]), min(high, finite[0]), count)
    return make_grid(signal, noise, np.interp(-wanted, -finite, np.arange(len(lam))), flow=flow)


def estimates(output: Tensor, x: Tensor, alpha: float, sigma: float, target: Target) -> tuple[Tensor, Tensor]:
    """x0 and eps from the network's output at x = alpha x0 + sigma eps.

    Raises ValueError where the output does not determine them: epsilon at pure noise, x0 at clean data.
    """
    if target is Target.EPSILON:
        if alpha == 0:
            raise ValueError("At pure noise (alpha = 0) an epsilon prediction says nothing of x0: predict v or x0.")
        return (x - sigma * output) / alpha, output
    if target is Target.X0:
        if sigma == 0:
            raise ValueError("At clean data (sigma = 0) there is no noise to estimate.")
        return output, (x - alpha * output) / sigma
    if target is Target.V:
        power = alpha**2 + sigma**2
        return (alpha * x - sigma * output) / power, (sigma * x + alpha * output) / power
    return (x - sigma * output) / (alpha + sigma), (x + alpha * output) / (alpha + sigma)


def network_output(x0: Tensor, eps: Tensor, alpha: float, sigma: float, target: Target) -> Tensor:
    """The target that belongs to x0 and eps: what `estimates` undoes."""
    if target is Target.EPSILON:
        return eps
    if target is Target.X0:
        return x0
    return alpha * eps - sigma * x0 if target is Target.V else eps - x0


@dataclass(frozen=True, slots=True)
class _Point:
    """Where step i stands: the coefficients at x and at the next point, and the estimates there."""

    i: int
    t: float
    x: Tensor
    x0: Tensor
    eps: Tensor
    a: float
    s: float
    an: float
    sn: float

    def to(self, x_next: Tensor, z: Tensor | None = None) -> Step:
        return Step(
            self.i, self.t, self.x, self.x0, self.eps, x_next, self.a, self.s, self.an, self.sn, z
        )  # fmt: skip


def _evaluate(model: Model, x: Tensor, grid: Grid, target: Target, i: int) -> _Point:
    a, s = float(grid.alpha[i]), float(grid.sigma[i])
    t = float(grid.t[i])
    x0, eps = estimates(model(x, t), x, a, s, target)
    return _Point(i, t, x, x0, eps, a, s, float(grid.alpha[i + 1]), float(grid.sigma[i + 1]))


def _fresh(noise: Noise | None, i: int) -> Tensor:
    if noise is None:
        raise ValueError("This sampler draws fresh noise: give it a source of noise.")
    return noise(i)


def _posterior_variance(p: _Point) -> float:
    """Variance of x_next given x and x0 (Kingma et al. 2021, eq. 32): sigma_{t|s}^2 sigma_s^2 / sigma_t^2."""
    return (p.s**2 - (p.a / p.an) ** 2 * p.sn**2) * (p.sn / p.s) ** 2


def ddpm(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 1.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Ho et al. (2020), eq. 7: draw from q(x_s | x_t, x0) with x0 as estimated, variance beta-tilde; no `eta`."""
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        between = p.s**2 - (p.a / p.an) ** 2 * p.sn**2  # sigma_{t|s}^2
        x = (p.an * between / p.s**2) * p.x0 + (p.a / p.an * p.sn**2 / p.s**2) * p.x
        z = _fresh(noise, i) if p.sn > 0 else None
        x = x if z is None else x + math.sqrt(_posterior_variance(p)) * z
        yield p.to(x, z)


def ddim(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 0.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Song et al. (2021), eq. 12 and 16: x_s = alpha_s x0 + sqrt(sigma_s^2 - w^2) eps + w z, w = eta sqrt(beta~)."""
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        w = eta * math.sqrt(max(0.0, _posterior_variance(p)))
        x = p.an * p.x0 + math.sqrt(max(0.0, p.sn**2 - w**2)) * p.eps
        z = _fresh(noise, i) if w > 0 else None
        x = x if z is None else x + w * z
        yield p.to(x, z)


def euler(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 0.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Karras et al. (2022), algorithm 1 without its second-order correction: a straight step along dx/dtau.

    With tau = sigma / alpha and x / alpha (flow: sigma and x) the slope is eps (flow: eps - x0), so the step ends at
    alpha_s x0 + sigma_s eps on either path, also from pure noise, where tau is infinite. No `eta`, no noise.
    """
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        x = p.an * p.x0 + p.sn * p.eps
        yield p.to(x)


def heun(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 0.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Karras et al. (2022), algorithm 1: the mean of the slopes at both ends; the last step is Euler's.

    From pure noise, where tau = sigma / alpha is infinite, the first step is Euler's too. Two evaluations a step;
    neither `eta` nor noise is used.
    """
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        x = p.an * p.x0 + p.sn * p.eps
        if p.sn > 0 and (grid.flow or p.a > 0):
            q = _evaluate(model, x, grid, target, i + 1)
            if grid.flow:
                x = p.x + (p.sn - p.s) * 0.5 * ((p.eps - p.x0) + (q.eps - q.x0))
            else:
                x = p.an * (p.x / p.a + (p.sn / p.an - p.s / p.a) * 0.5 * (p.eps + q.eps))
        yield p.to(x)


def euler_ancestral(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 1.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Euler to a lower noise level, then fresh noise up to the next one (k-diffusion's ancestral step).

    In tau = sigma / alpha: up = eta tau_s sqrt(1 - tau_s^2 / tau_t^2), down = sqrt(tau_s^2 - up^2).
    """
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        ratio = p.sn * p.a / (p.s * p.an)  # tau_s / tau_t, 0 from pure noise
        up = min(p.sn, eta * p.sn * math.sqrt(max(0.0, 1 - ratio**2)))
        x = p.an * p.x0 + math.sqrt(p.sn**2 - up**2) * p.eps
        z = _fresh(noise, i) if up > 0 else None
        x = x if z is None else x + up * z
        yield p.to(x, z)


def dpm_solver_2m(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 0.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Lu et al. (2022), DPM-Solver++, algorithm 2: x_s = sigma_s/sigma_t x - alpha_s (e^-h - 1) D.

    D = x0 + (x0 - x0_before) / (2r), r = h_before / h; of first order at the first step and at the clean end.
    Neither `eta` nor noise is used.
    """
    lam, before = grid.lam, None
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        h = lam[i + 1] - lam[i]
        d = p.x0
        if before is not None and p.sn > 0 and math.isfinite(lam[i - 1]):
            d = d + (h / (2 * (lam[i] - lam[i - 1]))) * (p.x0 - before)
        x, before = (p.sn / p.s) * p.x - (p.an * math.expm1(-h)) * d, p.x0
        yield p.to(x)


def _unipc_weights(h: float, r: float) -> tuple[float, float]:
    """The corrector's two weights (Zhao et al. 2023, eq. 5, B(h) = e^h - 1, data prediction), r = -h_before / h."""
    base = math.expm1(-h)
    phi1 = base / -h - 1
    b1, b2 = phi1 / base, 2 * (phi1 / -h - 0.5) / base
    first = (b2 - b1) / (r - 1)
    return first, b1 - first


def unipc(
    model: Model, x: Tensor, grid: Grid, target: Target, *, eta: float = 0.0, noise: Noise | None = None
) -> Iterator[Step]:
    """Zhao et al. (2023), UniPC of order 2, data prediction, B2: each evaluation first corrects the step before.

    One evaluation a step. Of first order at both ends. A step's `x` is the corrected one. No `eta`, no noise.
    """
    lam = grid.lam
    older: _Point | None = None
    last: _Point | None = None
    for i in range(len(grid)):
        p = _evaluate(model, x, grid, target, i)
        if last is not None:
            p = _corrected(p, last, older, lam)
        h = lam[i + 1] - lam[i]
        x = (p.sn / p.s) * p.x - (p.an * math.expm1(-h)) * p.x0
        if last is not None and p.sn > 0 and math.isfinite(lam[i - 1]):
            r = (lam[i - 1] - lam[i]) / h
            x = x - (p.an * math.expm1(-h) * 0.5 / r) * (last.x0 - p.x0)
        older, last = last, p
        yield p.to(x)


def _corrected(p: _Point, last: _Point, older: _Point | None, lam: np.ndarray) -> _Point:
    """UniC: redo the step that led to p, now that the estimate at its end is known; eps follows x."""
    i = last.i
    h = lam[i + 1] - lam[i]
    weight = last.an * math.expm1(-h)
    x = (last.sn / last.s) * last.x - weight * last.x0
    if older is not None and math.isfinite(lam[i - 1]):
        r = (lam[i - 1] - lam[i]) / h
        first, second = _unipc_weights(h, r)
        x = x - weight * (first / r * (older.x0 - last.x0) + second * (p.x0 - last.x0))
    else:
        x = x - weight * 0.5 * (p.x0 - last.x0)
    return _Point(p.i, p.t, x, p.x0, (x - p.a * p.x0) / p.s, p.a, p.s, p.an, p.sn)


SAMPLERS: Mapping[Sampler, Sample] = MappingProxyType(
    {
        Sampler.DDPM: ddpm,
        Sampler.DDIM: ddim,
        Sampler.EULER: euler,
        Sampler.HEUN: heun,
        Sampler.EULER_ANCESTRAL: euler_ancestral,
        Sampler.DPM_SOLVER: dpm_solver_2m,
        Sampler.UNIPC: unipc,
    }
)
STOCHASTIC = frozenset({Sampler.DDPM, Sampler.EULER_ANCESTRAL})
"""Samplers that draw fresh noise by default; DDIM does so with eta above 0."""


def sample(
    name: Sampler,
    model: Model,
    x: Tensor,
    grid: Grid,
    target: Target,
    *,
    eta: float | None = None,
    noise: Noise | None = None,
) -> Tensor:
    """Run a sampler to its end and return the clean x. `eta` None is the sampler's own (DDIM 0, ancestral 1)."""
    extra = {} if eta is None else {"eta": eta}
    for step in SAMPLERS[name](model, x, grid, target, noise=noise, **extra):
        x = step.x_next
    return x

"""The panel's schedules as a program of plain NumPy: each from its paper's formula, and the steps a sampler takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from courseai_lab.contract import Seeds
from courseai_lab.kernels.schedules import Name
from courseai_lab.kernels.source_text import array, number, program
from courseai_lab.kernels.timesteps import Spacing
from courseai_lab.panels.noise_schedule.params import NoiseParams

_N = number
_FORMULAS: Mapping[Name, Callable[[NoiseParams], str]] = MappingProxyType(
    {
        Name.LINEAR: lambda p: (
            f"""\
def linear():
    # Ho et al. (2020): beta on a straight line
    return from_betas(np.linspace({_N(p.linear_start)}, {_N(p.linear_end)}, T))"""
        ),
        Name.SCALED_LINEAR: lambda p: (
            f"""\
def scaled_linear():
    # Rombach et al. (2022): sqrt(beta) on a straight line
    return from_betas(np.linspace({_N(p.scaled_start)} ** 0.5, {_N(p.scaled_end)} ** 0.5, T) ** 2)"""
        ),
        Name.COSINE: lambda p: (
            f"""\
def cosine(s={_N(p.cosine_s)}, cap={_N(p.cosine_cap)}):
    # Nichol and Dhariwal (2021), eq. 17: alpha-bar is a squared cosine, beta is capped
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return from_betas(np.minimum(1 - f[1:] / f[:-1], cap))"""
        ),
        Name.SIGMOID: lambda p: (
            f"""\
def sigmoid(span={_N(p.sigmoid_span)}):
    # Xu et al. (2022): beta along a sigmoid
    rise = 1 / (1 + np.exp(-np.linspace(-span, span, T)))
    return from_betas(rise * ({_N(p.sigmoid_end)} - {_N(p.sigmoid_start)}) + {_N(p.sigmoid_start)})"""
        ),
        Name.SIGMOID_ALPHA_BAR: lambda p: (
            f"""\
def sigmoid_alpha_bar(a={_N(p.gate_start)}, b={_N(p.gate_end)}, tau={_N(p.gate_tau)}):
    # Jabri et al. (2022), algorithm 1: alpha-bar itself along a sigmoid
    gate = lambda t: 1 / (1 + np.exp(-(t * (b - a) + a) / tau))
    return from_alpha_bar(np.clip((gate(1.0) - gate(time)) / (gate(1.0) - gate(0.0)), 1e-9, 1.0))"""
        ),
        Name.SQRT: lambda p: (
            f"""\
def sqrt(s={_N(p.sqrt_s)}, cap=0.999):
    # Li et al. (2022): alpha-bar = 1 - sqrt(t/T + s); where nothing is left every further step is capped
    f = np.maximum(1 - np.sqrt(np.arange(T + 1) / T + s), 0.0)
    return from_betas(np.minimum(np.where(f[:-1] > 0, 1 - f[1:] / f[:-1], cap), cap))"""
        ),
        Name.KARRAS: lambda p: (
            f"""\
def karras(low={_N(p.karras_min)}, high={_N(p.karras_max)}, rho={_N(p.karras_rho)}):
    # Karras et al. (2022), eq. 5: x_0 + sigma eps, sigma^(1/rho) on a straight line; there is no chain of betas
    sigma = np.linspace(low ** (1 / rho), high ** (1 / rho), T) ** rho
    return np.full(T, np.nan), 1 / (1 + sigma**2), np.ones(T), sigma, np.zeros(T)"""
        ),
        Name.VP_CONTINUOUS: lambda p: (
            f"""\
def vp_continuous(low={_N(p.vp_min)}, high={_N(p.vp_max)}):
    # Song et al. (2021), eq. 33; beta is that of one of the T steps
    log_alpha_bar = -0.5 * time**2 * (high - low) - time * low
    return from_log(-np.expm1(np.diff(log_alpha_bar, prepend=0.0)), log_alpha_bar)"""
        ),
        Name.FLOW: lambda p: (
            f"""\
def flow(shift={_N(p.flow_shift)}):
    # Esser et al. (2024), eq. 23: (1 - s) x_0 + s eps, a straight line from image to noise; no betas
    s = shift * time / (1 + (shift - 1) * time)
    clean = (1 - time) / (1 + (shift - 1) * time)
    return np.full(T, np.nan), clean**2 / (clean**2 + s**2), clean, s, 2 * np.log(clean)"""
        ),
        Name.DRAWN: lambda p: _DRAWN.replace("KNOTS", array("knots", p.knots)),
    }
)
_DRAWN = """\
KNOTS


def drawn():
    # alpha-bar through the knots, by the monotone cubic of Fritsch and Carlson (1980)
    x, y = knots.T
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    m = np.repeat(d, 2)[:2] if len(x) == 2 else np.zeros(len(x))
    for k in range(1, len(x) - 1):
        if d[k - 1] * d[k] > 0:  # the harmonic mean of both sides, weighted by their widths
            left, right = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
            m[k] = (left + right) / (left / d[k - 1] + right / d[k])
    for end, near, far in ((0, 0, 1), (-1, -1, -2)) if len(x) > 2 else ():
        slope = ((2 * h[near] + h[far]) * d[near] - h[near] * d[far]) / (h[near] + h[far])
        m[end] = 0.0 if np.sign(slope) != np.sign(d[near]) else slope
    k = np.clip(np.searchsorted(x, time, side="right") - 1, 0, len(x) - 2)
    u = (time - x[k]) / h[k]
    v = 1 - u
    curve = y[k] * v * v * (1 + 2 * u) + y[k + 1] * u * u * (3 - 2 * u)
    return from_alpha_bar(np.clip(curve + h[k] * u * v * (m[k] * v - m[k + 1] * u), 0.0, 1.0))"""
_SPACINGS: Mapping[Spacing, str] = MappingProxyType(
    {
        Spacing.LEADING: """\
# Leading (Lin et al. 2024, table 2): every k-th step from 0, so the noisiest step is hardly ever visited.
offset = min({offset}, T - 1 - (N - 1) * (T // N))
taken = np.stack([(np.arange(N) * (T // N))[::-1].astype(float) + offset for _ in labels])""",
        Spacing.TRAILING: """\
# Trailing (Lin et al. 2024, table 2): back from T in equal steps, starting at the noisiest.
taken = np.stack([np.round(np.arange(T, 0, -T / N))[:N] - 1 for _ in labels])""",
        Spacing.LINSPACE: """\
# Evenly from 0 to T - 1, both included (Lin et al. 2024, table 2).
taken = np.stack([np.linspace(0, T - 1, N).round()[::-1] for _ in labels])""",
        Spacing.KARRAS: """\
# Karras et al. (2022), eq. 5: noise levels even in sigma^(1/rho), and the time at which the schedule has each.
rho = {rho}
ramp = np.linspace(0, 1, N) if N > 1 else np.zeros(1)
taken = np.empty((len(labels), N))
for k, label in enumerate(labels):
    straight = label.startswith("flow")
    most = np.sqrt((1 - 2.0**-24) / 2.0**-24)  # stands in for an infinite sigma
    finite = np.isfinite(sigma[k])
    levels = noise[k] if straight else np.where(finite, sigma[k], max(most, sigma[k][finite].max(initial=0.0)))
    low, high = levels[0] ** (1 / rho), levels[-1] ** (1 / rho)
    scale = np.asarray if straight else np.log
    taken[k] = np.interp(scale((high + ramp * (low - high)) ** rho), scale(levels), np.arange(T))""",
    }
)


def script(params: NoiseParams, seeds: Seeds) -> str:
    """The program's text. Of the images it noises a drawn one: the lab's own are files of the lab."""
    p = params
    formulas = "\n\n\n".join(_FORMULAS[name](p) for name in p.schedules)
    spacing = _SPACINGS[p.spacing].format(offset=p.steps_offset, rho=number(p.spacing_rho))
    return program(
        "Noise schedules of diffusion: how much image and how much noise is left at every time step.",
        _PARAMETERS.format(steps=p.steps, count=p.count, time=number(p.time)),
        _COMMON + (_RESCALE if p.zero_snr else ""),
        f"{_SCHEDULES.strip()}\n{formulas}",
        _TABLE.replace("ROWS", _rows(p)),
        f"# %% The steps a sampler takes\n{spacing}",
        _RESULTS.replace("SEED", str(seeds.sample)),
    )


def _rows(p: NoiseParams) -> str:
    """The schedules shown as rows of the table: as they are, and rescaled or shifted ones after their originals."""
    rows = []
    for name in p.schedules:
        if p.zero_snr and name not in (Name.KARRAS, Name.FLOW):
            rows += [f'("{name.value}, before", {name.value}())']
            rows += [f'("{name.value}, zero SNR", zero_terminal_snr({name.value}()))']
        elif name is Name.FLOW and p.flow_shift != 1:
            rows += ['("flow, no shift", flow(1.0))', '("flow", flow())']
        else:
            rows.append(f'("{name.value}", {name.value}())')
    return ",\n    ".join(rows)


_PARAMETERS = """
# %% Parameters
import numpy as np

np.seterr(divide="ignore", over="ignore")  # at zero signal, sigma is infinite: that is meant
T = {steps}  # time steps
N = min({count}, T)  # steps that a sampler takes
marked = {time}  # the moment looked at, as a share of T
time = np.arange(1, T + 1) / T
"""
_SCHEDULES = """
# %% Schedules
# Each gives beta, alpha-bar, the weights of image and noise in x_t, and twice the logarithm of the first weight.
"""
_COMMON = r"""
# %% From betas to weights
# Noise is added in small steps of variance $\beta_t$. What is left of the image's variance is
# $\bar\alpha_t = \prod_s (1 - \beta_s)$ (Ho et al. 2020, eq. 4), and $x_t = \sqrt{\bar\alpha_t}\,x_0 +
# \sqrt{1 - \bar\alpha_t}\,\varepsilon$. Sums of logarithms keep $1 - \bar\alpha$ exact.
def from_log(beta, log_alpha_bar):
    return beta, np.exp(log_alpha_bar), np.exp(log_alpha_bar / 2), np.sqrt(-np.expm1(log_alpha_bar)), log_alpha_bar


def from_betas(beta):
    return from_log(beta, np.cumsum(np.log1p(-beta)))


def from_alpha_bar(alpha_bar):
    before = np.concatenate([[1.0], alpha_bar[:-1]])
    beta = 1 - np.divide(alpha_bar, before, out=np.zeros(T), where=before > 0)
    return from_log(beta, np.log(alpha_bar))
"""
_RESCALE = r"""

def zero_terminal_snr(row):
    # Lin et al. (2024), algorithm 1: shift and stretch sqrt(alpha-bar) so that the last step is noise alone
    root = np.sqrt(row[1])
    root = (root - root[-1]) * (root[0] / (root[0] - root[-1]))
    root[-1] = 0.0
    beta, *rest = from_alpha_bar(root**2)
    return np.concatenate([row[0][:1], beta[1:]]), *rest
"""
_TABLE = r"""
# %% Curves
# $\sigma$ = noise / signal and $\ln \mathrm{SNR} = 2 \ln(\mathrm{signal} / \mathrm{noise})$ compare all conventions.
table = [
    ROWS,
]
labels = [label for label, _ in table]
beta, alpha_bar, signal, noise, log_signal = (np.stack(part) for part in zip(*(row for _, row in table)))
sigma = noise * np.exp(-log_signal / 2)  # by logarithms, so that it is finite where the signal is too small for a float
log_snr = log_signal - 2 * np.log(noise)
spent = np.mean(alpha_bar < 0.01, axis=1)
for label, share, a in zip(labels, spent, alpha_bar):
    at = round(marked * (T - 1))
    print(f"{label:<28} alpha-bar {a[at]:.6g} at t = {at}, {a[-1]:.3g} at the end; spent {share:.1%}")
"""
_RESULTS = r"""
# %% Results
results = {
    "beta": beta, "alpha_bar": alpha_bar, "sqrt_alpha_bar": np.sqrt(alpha_bar), "sigma": sigma, "log_snr": log_snr,
    "signal": signal, "noise": noise, "taken": taken, "spent": spent,
}

# %% Picture
# Every schedule, and one image at seven moments under each, always with the same noise. Where x_t grows with sigma it
# is divided by its standard deviation for showing.
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(9, 4))
for label, a, t in zip(labels, alpha_bar, taken):
    (line,) = axis.plot(a, label=label)
    axis.plot(t, np.interp(t, np.arange(T), a), "|", color=line.get_color())
axis.set(xlabel="t", ylabel="alpha-bar")
axis.legend()

y, x = np.mgrid[-1:1:48j, -1:1:48j]
image = np.where(x**2 + y**2 < 0.4, 0.9, -0.6 + 0.4 * x)  # put your own here: values from -1 to 1
eps = np.random.default_rng(np.random.SeedSequence((2, SEED))).standard_normal(image.shape)
moments = np.linspace(0, T - 1, 7).round().astype(int)
figure, axes = plt.subplots(len(labels), 7, figsize=(9, 1.4 * len(labels)), squeeze=False)
for k, label in enumerate(labels):
    for cell, t in zip(axes[k], moments):
        size = np.hypot(signal[k, t], noise[k, t]) if label == "karras" else 1.0
        cell.imshow((signal[k, t] * image + noise[k, t] * eps) / size, cmap="gray", vmin=-1, vmax=1)
        cell.axis("off")
    axes[k, 0].set_title(label, fontsize=8, loc="left")
plt.tight_layout()
plt.show()
"""

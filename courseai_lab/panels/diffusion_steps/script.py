"""The exact denoiser on pictures drawn by formula as a program of plain NumPy: the way back, the errors, the leaps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from courseai_lab.contract import BadValue, Seeds
from courseai_lab.kernels.picture_sets import COLOURS, PLACES, RADIUS
from courseai_lab.kernels.samplers import Sampler
from courseai_lab.kernels.source_text import number, program
from courseai_lab.panels.diffusion_steps.measured import FINEST_EXACT, LADDER, LEVELS
from courseai_lab.panels.diffusion_steps.params import Denoiser, Known, Page, Source, StepsParams
from courseai_lab.panels.diffusion_steps.play import FEWEST, MOST

_TITLES = MappingProxyType(
    {
        Page.PLAY: "A picture to noise and back, by the best possible denoiser of 64 known pictures.",
        Page.ERRORS: "The error of noise, picture and v at each time, for the best possible denoiser.",
        Page.LEAP: "One big step from noise against many small ones, by the best possible denoiser.",
    }
)


def script(params: StepsParams, seeds: Seeds) -> str:
    """The program's text. Raises BadValue with one sentence where it would need the lab's networks or pictures."""
    p = params
    if p.denoiser is Denoiser.NETWORK:
        raise BadValue("The trained network is a file of the lab: choose the exact denoiser to write a program.")
    if p.picture is not Source.SHAPE or p.known is not Known.SHAPES:
        raise BadValue("Only the shapes are drawn by a formula short enough for a program: choose them, for the "
                       "picture and for those that are known.")  # fmt: skip
    page: Mapping[Page, str] = {
        Page.PLAY: _PLAY + (_DDPM if p.sampler is Sampler.DDPM else _DDIM) + _PLAY_END,
        Page.ERRORS: _ERRORS,
        Page.LEAP: _LEAP,
    }
    values = _PARAMETERS.format(
        number=p.number, size=p.size, start=number(p.start), steps=p.steps, draws=p.draws, seed=seeds.sample
    )
    schedule = _COSINE if p.schedule == "cosine" else _LINEAR
    numbers = {"FEWEST": FEWEST, "MOST": MOST, "LEVELS": LEVELS, "FINEST": FINEST_EXACT, "LADDER": list(LADDER)}
    body = page[p.page]
    for name, value in numbers.items():
        body = body.replace(name, str(value))
    return program(_TITLES[p.page], values, _PICTURES, schedule, _DENOISER, body)


_PARAMETERS = """
# %% Parameters
import numpy as np

T = 1000  # time steps
picture = {number}  # one of the 64
size = {size}  # pixels a side
start = max(1, round({start} * (T - 1)))  # how far the picture is noised
N = min({steps}, start + 1)  # steps back
draws = {draws}  # noises averaged, where errors are measured
seed = {seed}
"""
_PICTURES = f"""
# %% Known pictures
# Four shapes in four colours at four places: all that the denoiser knows.
COLOURS = np.array({[list(colour[1:]) for colour in COLOURS]})
PLACES = {[place[1:] for place in PLACES]}


def draw(k):
    y, x = (np.mgrid[0:size, 0:size] + 0.5) * (2 / size) - 1
    across, down = PLACES[k % 4]
    u, v = (x - across) / {RADIUS}, (y - down) / {RADIUS}
    far, wide, thin = np.hypot(u, v), np.maximum(abs(u), abs(v)), np.minimum(abs(u), abs(v))
    edge = (far - 1, abs(far - 0.72) - 0.28, wide - 0.86, np.maximum(wide - 1, thin - 0.30))[k // 16]
    cover = np.clip(0.5 - edge * {RADIUS} * size / 2, 0, 1)[..., None]
    light = (0.82 - 0.30 * (u + v) / 2)[..., None]
    ground = (0.86 - 0.14 * y)[..., None] * np.array([0.90, 0.95, 1.0])
    return 2 * (ground + cover * (np.clip(COLOURS[k // 4 % 4] * light, 0, 1) - ground)) - 1


known = np.stack([draw(k) for k in range(64)])
rows = known.reshape(64, -1)
squares = (rows**2).sum(axis=1)
clean = known[picture]


def noise(*key):
    return np.random.default_rng(np.random.SeedSequence((2, seed, *key))).standard_normal(clean.shape)
"""
_COSINE = r"""
# %% Schedule
# Cosine (Nichol and Dhariwal 2021, eq. 17): what is left of the picture, $\sqrt{\bar\alpha_t}$, and the noise.
f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
log_alpha_bar = np.cumsum(np.log1p(-np.minimum(1 - f[1:] / f[:-1], 0.999)))
alpha, sigma = np.exp(log_alpha_bar / 2), np.sqrt(-np.expm1(log_alpha_bar))
"""
_LINEAR = r"""
# %% Schedule
# Linear (Ho et al. 2020): what is left of the picture, $\sqrt{\bar\alpha_t}$, and the noise.
log_alpha_bar = np.cumsum(np.log1p(-np.linspace(1e-4, 0.02, T)))
alpha, sigma = np.exp(log_alpha_bar / 2), np.sqrt(-np.expm1(log_alpha_bar))
"""
_DENOISER = r"""
# %% The best possible denoiser
# Where $x = \alpha x_0 + \sigma\varepsilon$ and $x_0$ is one of K pictures $y_k$, the least squared error is reached by
# their mean under the chances $p_k \propto \exp(-|x - \alpha y_k|^2 / 2\sigma^2)$ (Karras et al. 2022, eq. 57).
def denoise(x, a, s):
    score = (a * (x.reshape(-1) @ rows.T) - 0.5 * a**2 * squares) / s**2
    p = np.exp(score - score.max())
    return (p / p.sum() @ rows).reshape(x.shape)


def times_back(start, count):
    return np.round(np.arange(count, 0, -1) / count * (start + 1)).astype(int) - 1


def ddim(x, times):
    # Song et al. (2021), eq. 12, without new noise
    for t, after in zip(times, [*times[1:], -1]):
        x0 = denoise(x, alpha[t], sigma[t])
        eps = (x - alpha[t] * x0) / sigma[t]
        x = x0 if after < 0 else alpha[after] * x0 + sigma[after] * eps
    return x
"""
_PLAY = r"""
# %% To noise
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon$, one noise for all times.
true = noise(0)
times = times_back(start, N)
forward_t = np.unique(np.round(np.linspace(0, start, min(max(N, FEWEST), MOST, start + 1))).astype(int))
forward_error = []
for t in forward_t:
    x = alpha[t] * clean + sigma[t] * true
    eps = (x - alpha[t] * denoise(x, alpha[t], sigma[t])) / sigma[t]
    forward_error.append(np.mean((eps - true) ** 2))

# %% And back
x = alpha[start] * clean + sigma[start] * true
way = []
for i, t in enumerate(times):
    x0 = denoise(x, alpha[t], sigma[t])
    eps = (x - alpha[t] * x0) / sigma[t]
    if i + 1 == len(times):
        after, x_next = -1, x0
    else:
        after = times[i + 1]
        a, s, an, sn = alpha[t], sigma[t], alpha[after], sigma[after]
"""
_DDPM = """\
        between = s**2 - (a / an) ** 2 * sn**2  # Ho et al. (2020), eq. 7, for steps of any length
        x_next = an * between / s**2 * x0 + a / an * sn**2 / s**2 * x + np.sqrt(between) * sn / s * noise(1, i)
"""
_DDIM = """\
        x_next = an * x0 + sn * eps  # Song et al. (2021), eq. 12
"""
_PLAY_END = """\
    if i % max(1, N // 10) == 0 or after < 0:
        away = np.sqrt(np.mean((x0 - clean) ** 2))
        print(f"t {t:4d}: SNR {(alpha[t] / sigma[t]) ** 2:.4g}, x0 is {away:.4f} from the first picture")
    way.append(x)
    at_x, x = x, x_next

# %% Results
seen = (at_x - alpha[t] * clean) / sigma[t]  # the noise that would lead from the first picture to the last x
results = {
    "clean": clean, "x": at_x, "x0": x0, "eps": eps, "x_next": x_next, "true": seen, "alpha": alpha[t],
    "sigma": sigma[t], "forward_t": forward_t, "forward_error": np.array(forward_error), "signal": alpha,
    "noise": sigma,
}

# %% Picture
import matplotlib.pyplot as plt

moments = np.unique(np.linspace(0, len(way) - 1, 8).round().astype(int))
figure, axes = plt.subplots(2, len(moments), figsize=(11, 3.2), squeeze=False)
for k, i in enumerate(moments):
    t = times[i]
    for row, shown in enumerate((alpha[t] * clean + sigma[t] * true, way[i])):
        axes[row, k].imshow(np.clip((shown + 1) / 2, 0, 1))
        axes[row, k].axis("off")
    axes[0, k].set_title(f"t = {t}")
plt.show()
"""
_ERRORS = r"""
# %% Errors
# The three targets are one prediction read in three ways: with $v = \alpha\varepsilon - \sigma x_0$ the error of v is
# the sum of the other two, and their ratio is the signal-to-noise ratio.
level_t = np.unique(np.round(np.linspace(0, T - 1, LEVELS)).astype(int))
error_eps, error_x0, error_v = np.zeros((3, len(level_t)))
for i, t in enumerate(level_t):
    a, s = alpha[t], sigma[t]
    for k in range(draws):
        eps = noise(0, k)
        x = a * clean + s * eps
        x0_hat = denoise(x, a, s)
        eps_hat = (x - a * x0_hat) / s
        error_eps[i] += np.mean((eps_hat - eps) ** 2) / draws
        error_x0[i] += np.mean((x0_hat - clean) ** 2) / draws
        error_v[i] += np.mean((a * eps_hat - s * x0_hat - a * eps + s * clean) ** 2) / draws
for t, *errors in list(zip(level_t, error_eps, error_x0, error_v))[::4]:
    print(f"t {t:4d}: noise {errors[0]:.4g}, picture {errors[1]:.4g}, v {errors[2]:.4g}")

# %% Results
results = {"clean": clean, "level_t": level_t, "error_eps": error_eps, "error_x0": error_x0, "error_v": error_v}

# %% Picture
import matplotlib.pyplot as plt

for name, error in (("noise", error_eps), ("picture", error_x0), ("v", error_v)):
    plt.semilogy(level_t, np.maximum(error, 1e-6), label=name)
plt.xlabel("t")
plt.ylabel("mean squared error")
plt.legend()
plt.show()
"""
_LEAP = r"""
# %% Leaps
# The same noise, taken away in 1, 2, 3 ... steps. One step gives the mean of all pictures that are possible.
finest = min(FINEST, start + 1)
counts = np.array([n for n in LADDER if 2 * n <= finest or n == 1 < finest] + [finest])
noises = [noise(0, k) for k in range(draws)]
first = [alpha[start] * clean + sigma[start] * eps for eps in noises]
ends = np.array([[ddim(x, times_back(start, n)) for x in first] for n in counts])
count_error = np.sqrt(np.mean((ends - ends[-1]) ** 2, axis=(1, 2, 3, 4)))
nearest = np.array([[np.mean((known - x) ** 2, axis=(1, 2, 3)).min() for x in row] for row in ends])
count_away = np.sqrt(nearest.mean(axis=1))
for n, e, d in zip(counts, count_error, count_away):
    print(f"{n:5d} steps: {e:.4f} from the finest way, {d:.4f} from the nearest known picture")

# %% Results
results = {"clean": clean, "counts": counts, "count_error": count_error, "count_away": count_away,
           "x_next": ends[-1, 0]}

# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, len(counts), figsize=(1.4 * len(counts), 1.8), squeeze=False)
for axis, n, row in zip(axes[0], counts, ends):
    axis.imshow(np.clip((row[0] + 1) / 2, 0, 1))
    axis.set_title(f"{n}")
    axis.axis("off")
plt.show()
"""

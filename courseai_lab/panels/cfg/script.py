"""The exact page as a program of its own: NumPy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import BadValue
from courseai_lab.kernels.guidance import Shape
from courseai_lab.panels.cfg.params import Away, CfgParams, Page
from courseai_lab.panels.cfg.plane import MOMENTS, TRUTH, branches, classes, rules

if TYPE_CHECKING:
    from courseai_lab.contract import Seeds

_SHAPES = {
    Shape.CONSTANT: "1.0",
    Shape.RISING: "2 * done",
    Shape.COSINE: "1 - np.cos(np.pi * done)",
    Shape.FALLING: "2 * (1 - done)",
}
_TEXT = '''"""Classifier-free guidance in the plane, where every score is known exactly.

Ho & Salimans (2022), eq. 6; the probability flow in the angle phi, dx/dphi = v (Salimans & Ho 2022, appendix D).
"""
import numpy as np

# %% Parameters
# Round components: $x$, $y$, standard deviation, class; all weigh the same.
components = np.array([
{components}
])
wanted = {wanted}  # the class asked for
away = {away}  # None: away from all classes together; a class here is a negative prompt
scale = {scale}  # w: 0 ignores the class, 1 is no guidance
low, high = {low}, {high}  # guidance holds for low <= t/T <= high
points, steps = {points}, {steps}
noise = np.random.default_rng(np.random.SeedSequence((2, {sample}, {seed}))).standard_normal((points, 2))

# %% Exact predictions
# With $x = \\cos\\phi\\, x_0 + \\sin\\phi\\, \\varepsilon$ each component stays a normal one, of variance
# $\\cos^2\\phi\\, \\sigma_k^2 + \\sin^2\\phi$. The prediction is $v = \\cos\\phi\\, \\varepsilon - \\sin\\phi\\, x_0$.
def only(label):
    return components[components[:, 3] == label]


def shares(part, x, phi):
    a, s = np.cos(phi), np.sin(phi)
    variance = (a * part[:, 2]) ** 2 + s * s
    dx, dy = x[:, :1] - a * part[:, 0], x[:, 1:] - a * part[:, 1]
    logs = np.log(1 / len(part) / (2 * np.pi * variance)) - (dx * dx + dy * dy) / (2 * variance)
    top = logs.max(axis=1, keepdims=True)
    weight = np.exp(logs - top)
    total = weight.sum(axis=1, keepdims=True)
    return weight / total, dx, dy, variance, (top + np.log(total))[:, 0]


def v(part, x, phi):
    a, s = np.cos(phi), np.sin(phi)
    share, dx, dy, variance, _ = shares(part, x, phi)
    pull, shrink = share / variance, share * (a * part[:, 2] ** 2 / variance)
    eps = s * np.stack(((pull * dx).sum(axis=1), (pull * dy).sum(axis=1)), axis=1)
    x0 = share @ part[:, :2] + np.stack(((shrink * dx).sum(axis=1), (shrink * dy).sum(axis=1)), axis=1)
    return a * eps - s * x0


# %% Guidance
# $v_w = v_u + w\\,(v_c - v_u)$, with $w$ possibly changing over time.
def w(share):
    if not low - 1e-9 <= share <= high + 1e-9:
        return 1.0
    done = 1 - share
    return 1 + (scale - 1) * ({shape})


def guided(x, phi):
    u = v(components if away is None else only(away), x, phi)
    return u + w(phi / (np.pi / 2)) * (v(only(wanted), x, phi) - u)


# %% Flow
# Heun's method from noise, $\\phi = \\pi/2$, to data, $\\phi = 0$.
angles = np.linspace(np.pi / 2, 0.0, steps + 1)
path = [noise]
for i in range(steps):
    h = angles[i + 1] - angles[i]
    first = guided(path[-1], angles[i])
    second = guided(path[-1] + h * first, angles[i + 1])
    path.append(path[-1] + 0.5 * h * (first + second))
path = np.array(path)
ends = path[-1]

# %% What it buys and what it costs
# Agreement, spread against the true class, and the share beyond the class's outermost 1 %.
def spread(x):
    apart = np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=-1))
    return apart.sum() / (len(x) * (len(x) - 1))


rng = np.random.default_rng(0)
mine = only(wanted)
which = rng.choice(len(mine), {truth}, p=np.full(len(mine), 1 / len(mine)))
truth = mine[which, :2] + mine[which, 2:3] * rng.standard_normal(({truth}, 2))
limit = np.quantile(shares(mine, truth, 0.0)[4], 0.01)
posterior = shares(components, ends, 0.0)[0][:, components[:, 3] == wanted].sum(axis=1)
agreement = np.mean(posterior > 0.5)
diversity = spread(ends[:400]) / spread(truth[:400])
excess = np.mean(shares(mine, ends, 0.0)[4] < limit)
print(f"scale {{scale:g}}: {{agreement:.1%}} in the class, spread {{diversity:.3f}} of the true, {{excess:.1%}} off")
kept = np.unique(np.rint(np.linspace(0, steps, {moments} + 1)).astype(int))
results = {{
    "path": path[kept].astype(np.float32),
    "moments": 1 - kept / steps,
    "agreement_now": np.array([agreement]),
    "diversity_now": diversity,
    "excess_now": excess,
}}

# %% Figure
import matplotlib.pyplot as plt

plt.figure(figsize=(6, 6))
plt.scatter(*truth[:400].T, s=6, label="true class")
plt.plot(path[:, :40, 0], path[:, :40, 1], color="0.8", lw=0.6)
plt.scatter(*ends.T, s=6, label=f"guided, w = {{scale:g}}")
plt.axis("equal")
plt.legend()
plt.show()
'''


def script(p: CfgParams, seeds: Seeds) -> str:
    """The exact page as a program; raises BadValue on the pages that need the shipped networks."""
    if p.page is not Page.EXACT:
        raise BadValue(
            "Only the page in two dimensions can be exported as a program: this one needs the shipped networks.", "page"
        )
    world = classes(p.layout)
    wanted, _, outside, _ = branches(p, world)
    rule = rules(p, p.scale)
    table = zip(world.means.tolist(), world.stds.tolist(), world.labels.tolist(), strict=True)
    return _TEXT.format(
        components="\n".join(f"    [{x!r}, {y!r}, {std!r}, {label}]," for (x, y), std, label in table),
        wanted=wanted,
        away="None" if p.away is Away.ALL else int(outside.labels[0]),
        scale=repr(p.scale),
        low=repr(rule.low),
        high=repr(rule.high),
        points=p.points,
        steps=p.flow_steps,
        sample=seeds.sample,
        seed=p.seed,
        shape=_SHAPES[p.shape],
        truth=TRUTH,
        moments=MOMENTS,
    )

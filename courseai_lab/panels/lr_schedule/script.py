"""The panel's schedules as a program: torch's own schedulers make the rates, plain NumPy trains under them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import Seeds
from courseai_lab.kernels.source_text import array, names, number, program
from courseai_lab.panels.lr_schedule.choices import SAMPLES, Name
from courseai_lab.panels.lr_schedule.makers import MAKERS, warmup_of
from courseai_lab.panels.lr_schedule.params import ScheduleParams

_DATA: Mapping[str, str] = MappingProxyType(
    {
        "moons": """\
a, b = np.pi * rng.random(100), np.pi * rng.random(100)
first = np.stack([np.cos(a) - 0.5, np.sin(a) - 0.25], axis=1)  # two half circles that hook into each other
second = np.stack([0.5 - np.cos(b), 0.25 - np.sin(b)], axis=1)""",
        "circles": """\
a, b = 2 * np.pi * rng.random(100), 2 * np.pi * rng.random(100)
first = 1.2 * np.stack([np.cos(a), np.sin(a)], axis=1)  # a circle around another
second = 0.5 * np.stack([np.cos(b), np.sin(b)], axis=1)""",
        "spiral": """\
def arm(offset):
    s = np.sqrt(rng.random(100))
    angle = 3 * np.pi * s + offset
    return 1.4 * s[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


first, second = arm(0.0), arm(np.pi)  # two arms, half a turn apart""",
        "xor": """\
def squares(opposite):
    sign = np.where(rng.random(100) < 0.5, 1.0, -1.0)
    return (0.15 + rng.random((100, 2))) * np.stack([sign, opposite * sign], axis=1)


first, second = squares(1.0), squares(-1.0)  # the second class where the two signs differ""",
        "blobs": """\
first = -np.array([0.7, 0.5]) + 0.25 * rng.standard_normal((100, 2))  # two round clouds
second = np.array([0.7, 0.5]) + 0.25 * rng.standard_normal((100, 2))""",
    }
)
_RULES: Mapping[str, str] = MappingProxyType(
    {
        "sgd": "    return theta - rate * g",
        "momentum": "    m[:] = 0.9 * m + g\n    return theta - rate * m",
        "nesterov": "    m[:] = 0.9 * m + g\n    return theta - rate * (g + 0.9 * m)",
        "rmsprop": "    v[:] = 0.99 * v + 0.01 * g * g\n    return theta - rate * g / (np.sqrt(v) + 1e-8)",
        "adam": (
            "    m[:], v[:] = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g\n"
            "    return theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)"
        ),
        "adamw": (
            "    theta = theta * (1 - 0.01 * rate)  # the decay acts on the weights, not through m and v\n"
            "    m[:], v[:] = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g\n"
            "    return theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)"
        ),
    }
)


def script(params: ScheduleParams, seeds: Seeds) -> str:
    """The program's text."""
    p = params
    return program(
        "Learning-rate schedules made by torch.optim.lr_scheduler, and what each does to a small network's training.",
        _PARAMETERS.format(steps=p.steps, lr=number(p.lr), batch=p.batch, units=p.units),
        _rates(p, seeds),
        _DATA_CELL.replace("POINTS", _DATA[p.task])
        .replace("NOISE", number(0.2 if p.task in ("moons", "circles") else 0.2 / 4))
        .replace("DATA", str(seeds.data))
        .replace("INIT", str(seeds.init))
        .replace("ORDER", str(seeds.sample)),
        _NETWORK.replace("RULE", _RULES[p.rule]),
        _training(p),
        _RESULTS,
    )


def _rates(p: ScheduleParams, seeds: Seeds) -> str:
    lines = [_RATES.strip("\n")]
    for name in p.schedules:
        lines += [f"def {name.value}(optimizer):", *_scheduler(p, name), "", ""]
    lines += [_WALK.strip("\n"), ""]
    if Name.PLATEAU in p.schedules and p.watch != "training":
        lines += [_watched(p, seeds), ""]
    lines += [names("schedules", [name.value for name in p.schedules]), "names = [s.__name__ for s in schedules]"]
    walked = "walk(s)"
    if Name.PLATEAU in p.schedules and p.watch != "training":
        walked = f"walk(s, watched, {p.plateau_every}) if s is plateau else walk(s)"
    lines += [f"rates = np.stack([{walked} for s in schedules])"]
    return "\n".join(lines)


def _scheduler(p: ScheduleParams, name: Name) -> list[str]:
    """Torch's call as the body of a function, with its warm-up where it has one."""
    warmup = warmup_of(p, name)
    call = "lr_scheduler." + MAKERS[name].code(p, p.steps - warmup).partition("  # ")[0]
    head, _, arguments = call.partition("(")
    if len(call) > 90 and name is not Name.WSD:
        # One argument to a line, as a formatter would have it; none of them holds a comma and a blank of its own.
        call = f"{head}(\n        " + arguments[:-1].replace(", ", ",\n        ") + ",\n    )"
    if warmup == 0:
        return [f"    return {call}"]
    climb = f"lr_scheduler.LinearLR(optimizer, start_factor={number(p.warmup_start)}, total_iters={warmup})"
    return [
        f"    climb = {climb}",
        f"    after = {call}",
        f"    return lr_scheduler.SequentialLR(optimizer, [climb, after], milestones=[{warmup}])",
    ]


def _training(p: ScheduleParams) -> str:
    if Name.PLATEAU not in p.schedules or p.watch != "training":
        return _TRAINING.replace("WATCHER", "").replace("LOOK", "")
    row = p.schedules.index(Name.PLATEAU)
    return _TRAINING.replace("WATCHER", _WATCHER.format(row=row)).replace("LOOK", _LOOK.format(every=p.plateau_every))


def _watched(p: ScheduleParams, seeds: Seeds) -> str:
    if p.watch == "drawn":
        at = array("at", np.array(p.watched))
        return f"{at}\nwatched = np.interp(np.arange(T + 1) / T, *at.T)  # the loss curve drawn by hand"
    if p.watch == "staircase":
        return (
            "s = np.arange(T + 1) / T  # a staircase: three falls, a rest after each\n"
            "falls = [0.9 * 3.0**-k * np.exp(-40 * np.maximum(s - k / 3, 0.0)) for k in range(3)]\n"
            "watched = sum(falls) + 0.03"
        )
    return (
        f"noise = np.random.default_rng(np.random.SeedSequence((2, {seeds.sample}, 1))).standard_normal(T + 1)\n"
        "watched = (0.15 + 0.85 * np.exp(-6 * np.arange(T + 1) / T)) * np.exp(0.12 * noise)"
    )


_PARAMETERS = """
# %% Parameters
import numpy as np
import torch
from torch.optim import lr_scheduler

T = {steps}  # updates
peak = {lr}  # the highest rate
batch, units = {batch}, {units}  # points in a step, and hidden units
"""
_RATES = r"""
# %% Schedules
# A scheduler changes the rate $\eta_t$ of an optimizer after every step. Here the optimizer has nothing to train: only
# the rates are noted down.
"""
_WALK = """
def walk(schedule, watched=None, every=1):
    # the rate of every update; plateau takes a step only when it has a loss to look at
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler = schedule(optimizer)
    rates = []
    for t in range(T):
        if watched is not None and t and t % every == 0:
            scheduler.step(float(watched[t]))
        rates.append(optimizer.param_groups[0]["lr"])
        if schedule.__name__ != "plateau":
            optimizer.step()
            scheduler.step()
    return np.array(rates)
"""
_DATA_CELL = f"""
# %% Data
# {SAMPLES} points of two classes, in minibatches; every epoch is a new order of all points.
rng = np.random.default_rng(np.random.SeedSequence((0, DATA)))
POINTS
x = np.concatenate([first, second])
y = np.repeat([0.0, 1.0], 100)
x = x + NOISE * rng.standard_normal(x.shape)
order = rng.permutation({SAMPLES})
x, y = x[order], y[order]

rng = np.random.default_rng(np.random.SeedSequence((2, ORDER)))
epochs = -(-T * batch // {SAMPLES})
batches = np.concatenate([rng.permutation({SAMPLES}) for _ in range(epochs)])[: T * batch].reshape(T, batch)

rng = np.random.default_rng(np.random.SeedSequence((1, INIT)))
hidden = rng.uniform(-1, 1, 3 * units) / np.sqrt(2)  # torch's default: uniform within 1 / sqrt(inputs)
start = np.concatenate([hidden, rng.uniform(-1, 1, units + 1) / np.sqrt(units)])
"""
_NETWORK = r"""
# %% Network
# One hidden layer: $z = w_2 \cdot \tanh(W_1 x + b_1) + b_2$, with the logistic loss $\ln(1 + e^z) - y z$. The weights
# of all schedules' copies are rows of one array, so that all train at once; the gradient is written by hand
# (Rumelhart et al. 1986).
def forward(theta, x):
    W = theta[:, : 2 * units].reshape(-1, units, 2)
    h = np.tanh(W @ x.T + theta[:, 2 * units : 3 * units, None])  # [copy unit sample]
    return h, (theta[:, None, 3 * units : 4 * units] @ h)[:, 0] + theta[:, -1:]


def losses(theta, x, y):
    z = forward(theta, x)[1]
    return (np.logaddexp(0.0, z) - y * z).mean(axis=1)


def gradients(theta, x, y):
    h, z = forward(theta, x)
    dz = (0.5 + 0.5 * np.tanh(0.5 * z) - y) / len(y)  # [copy sample]
    dh = theta[:, 3 * units : 4 * units, None] * dz[:, None, :] * (1 - h * h)
    first = (dh @ x).reshape(len(theta), -1)
    return np.concatenate([first, dh.sum(2), (h @ dz[:, :, None])[:, :, 0], dz.sum(1, keepdims=True)], axis=1)


def update(theta, g, m, v, t, rate):
RULE
"""
_LOOK = """\
        if t and t % {every} == 0:
            watcher.step(float(losses(theta[row : row + 1], x, y)[0]))  # plateau looks at its own training
        rates[row, t] = optimizer.param_groups[0]["lr"]
"""
_WATCHER = """\
row, optimizer = {row}, torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
watcher = plateau(optimizer)
"""
_TRAINING = """
# %% Training
# Every copy starts from the same weights and sees the same minibatches; only the rates differ.
WATCHERtheta = np.tile(start, (len(names), 1))
m, v = np.zeros_like(theta), np.zeros_like(theta)
history = [theta]
with np.errstate(over="ignore", invalid="ignore"):
    for t in range(T):
LOOK        chosen = batches[t]
        g = gradients(theta, x[chosen], y[chosen])
        theta = update(theta, g, m, v, t + 1, rates[:, t, None])
        history.append(theta)
    loss = np.stack([losses(theta, x, y) for theta in history], axis=1)  # [schedule moment]
"""
_RESULTS = """
# %% Results
# A copy that diverges has no loss from there on.
lost = ~np.isfinite(loss) | ~np.stack([np.isfinite(theta).all(axis=1) for theta in history], axis=1)
last = np.where(lost.any(axis=1), lost.argmax(axis=1) - 1, T)
for row, end in enumerate(last):
    loss[row, end + 1 :] = np.nan
final = np.stack([history[end][row] for row, end in enumerate(last)])
right = ((forward(final, x)[1] > 0) == (y > 0.5)).mean(axis=1)
for row, name in enumerate(names):
    print(f"{name:<15} loss {loss[row, last[row]]:.6g} after {last[row]} updates, {right[row]:.1%} right")
results = {"rates": rates, "loss": loss, "last": last, "right": right}

# %% Picture
import matplotlib.pyplot as plt

figure, (left, right_side) = plt.subplots(1, 2, figsize=(10, 4))
for name, rate, curve in zip(names, rates, loss):
    left.plot(rate, label=name)
    right_side.semilogy(curve)
left.set(xlabel="step", ylabel="learning rate")
left.legend()
right_side.set(xlabel="step", ylabel="loss")
plt.tight_layout()
plt.show()
"""

"""Several copies of one small tanh network trained side by side, each at rates of its own: plain NumPy, no compiling.

The network has 2 inputs, one hidden layer of `units` tanh units and one logit; the loss is logistic, labels 0 and 1.
A copy's weights are one row in torch's order (first matrix, its bias, second matrix, its bias): [copy weight].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lr_schedules import Plateau

Floats = NDArray[np.float64]
BLOCK = 400_000
"""So many hidden outputs are worked out at once when the loss is measured."""
RULES = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


def weight_count(units: int) -> int:
    """Length of a copy's row of weights."""
    return 4 * units + 1


def first_weights(units: int, rng: np.random.Generator) -> Floats:
    """torch Linear's default: uniform within 1 / sqrt(inputs). Shape [weight]."""
    hidden = rng.uniform(-1.0, 1.0, 3 * units) / np.sqrt(2.0)
    return np.concatenate([hidden, rng.uniform(-1.0, 1.0, units + 1) / np.sqrt(units)])


def _hidden(theta: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Hidden outputs [copy unit sample] and logits [copy sample] at x [sample xy]."""
    units = (theta.shape[1] - 1) // 4
    first = theta[:, : 2 * units].reshape(-1, units, 2)
    h = np.tanh(first @ x.T + theta[:, 2 * units : 3 * units, None])
    second = theta[:, None, 3 * units : 4 * units]
    return h, (second @ h)[:, 0] + theta[:, -1:]


def logits(theta: Floats, x: Floats) -> Floats:
    """The networks' output, [copy sample]."""
    return _hidden(theta, x)[1]


def losses(theta: Floats, x: Floats, y: Floats) -> Floats:
    """Mean logistic loss of every copy over x [sample xy], y [sample]: [copy]."""
    out = np.empty(len(theta))
    block = max(1, BLOCK * 4 // (theta.shape[1] * len(x)))
    for at in range(0, len(theta), block):
        z = logits(theta[at : at + block], x)
        out[at : at + block] = (np.logaddexp(0.0, z) - y * z).mean(axis=1)
    return out


def gradients(theta: Floats, x: Floats, y: Floats) -> Floats:
    """Gradient of `losses`, [copy weight]. Rumelhart et al. (1986)."""
    units = (theta.shape[1] - 1) // 4
    h, z = _hidden(theta, x)
    out = np.empty_like(theta)
    error = (0.5 + 0.5 * np.tanh(0.5 * z) - y) / len(y)  # [copy sample]; the logistic function without overflow
    out[:, 3 * units : 4 * units] = (h @ error[:, :, None])[:, :, 0]
    out[:, -1] = error.sum(axis=1)
    back = theta[:, 3 * units : 4 * units, None] * error[:, None, :] * (1.0 - h * h)
    out[:, : 2 * units] = (back @ x).reshape(len(theta), -1)
    out[:, 2 * units : 3 * units] = back.sum(axis=2)
    return out


def update(rule: str, theta: Floats, g: Floats, state: Floats, t: int, rate: Floats) -> Floats:
    """One step of torch.optim's rule with its defaults (momentum 0.9); `state` [2 copy weight] is changed in place.

    `rate` is [copy 1], `t` counts updates from 1. Sources: see `optimizers`.
    """
    if rule == "sgd":
        return theta - rate * g
    first, second = state
    if rule in ("momentum", "nesterov"):
        first *= 0.9
        first += g
        return theta - rate * (g + 0.9 * first if rule == "nesterov" else first)
    if rule == "rmsprop":
        second *= 0.99
        second += 0.01 * g * g
        return theta - rate * g / (np.sqrt(second) + 1e-8)
    if rule == "adamw":
        theta = theta * (1.0 - 0.01 * rate)
    elif rule != "adam":
        raise ValueError(f"There is no rule '{rule}' here; choose one of {', '.join(RULES)}.")
    first *= 0.9
    first += 0.1 * g
    second *= 0.999
    second += 0.001 * g * g
    return theta - rate * (first / (1.0 - 0.9**t)) / (np.sqrt(second / (1.0 - 0.999**t)) + 1e-8)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """`rates` [copy step] taken, `loss` [copy step+1] over all points (not a number from where a copy diverged),

    `last` [copy] the last finite step and `weights` [copy weight] at the end."""

    rates: Floats
    loss: Floats
    last: NDArray[np.int64]
    weights: Floats


def train_side_by_side(
    start: Floats,
    data: tuple[Floats, Floats],
    batches: NDArray[np.int64],
    rule: str,
    rates: Floats,
    *,
    plateau: tuple[int, int, Plateau] | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Trained:
    """Train a copy from `start` [weight] at each row of `rates` [copy step], all on the same `batches` [step sample].

    `plateau` is (row, every, state): that row's rates are not those given but the state's, which looks at the row's own
    loss over all points after every so many steps. `tick` is told how far it is and may raise.
    """
    (x, y), (copies, steps) = data, rates.shape
    rates = rates.copy()
    history = np.empty((steps + 1, copies, len(start)))
    history[0] = start
    theta, state = history[0], np.zeros((2, copies, len(start)))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps):
            if step % 50 == 0:
                tick(step, steps)
            if plateau is not None:
                row, every, watcher = plateau
                if step and step % every == 0:
                    watcher.look(float(losses(theta[row : row + 1], x, y)[0]))
                rates[row, step] = watcher.rate
            chosen = batches[step]
            g = gradients(theta, x[chosen], y[chosen])
            theta = history[step + 1] = update(rule, theta, g, state, step + 1, rates[:, step, None])
        tick(steps, steps)
        loss = losses(history.reshape(-1, len(start)), x, y).reshape(steps + 1, copies).T
    lost = ~np.isfinite(loss) | ~np.isfinite(history).all(axis=2).T
    last = np.where(lost.any(axis=1), lost.argmax(axis=1) - 1, steps)
    for row, end in enumerate(last):
        loss[row, end + 1 :] = np.nan
    return Trained(rates, np.ascontiguousarray(loss), last, history[last, np.arange(copies)].copy())

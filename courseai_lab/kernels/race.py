"""Optimisers racing on one surface from one start: all paths at once, compiled, with noise and clipping.

Noise is honest about its kind. On the regression surface each step's gradient is that of a real minibatch
(`minibatch_moments`). An analytic surface has no data, so there the gradient gets Gaussian noise of
covariance sigma^2 / B per coordinate (`gradient_noise`), which is what a minibatch of B gives in the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

from .optimizers import OPTIMIZERS, Hyper, clip_in_place, update_all
from .surfaces import SurfaceArgs, point

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Race:
    """What `race` found. After `last[k]`, the last finite step, a diverged racer's rows repeat it.

    path [racer step xy]; loss [racer step] of the whole surface; gradient [racer step xy] as taken (of the
    minibatch, before clipping); state [racer step slot xy] after the step; last [racer]; diverged [racer].
    Step 0 is the start, whose state is zero; gradient[:, s] is the one used by step s to s + 1, and the
    last one is taken at the end point.
    """

    path: Floats
    loss: Floats
    gradient: Floats
    state: Floats
    last: NDArray[np.int64]
    diverged: NDArray[np.bool_]


def race(
    args: SurfaceArgs,
    optimizers: Sequence[tuple[str, Hyper]],
    start: tuple[float, float],
    factors: Floats,
    *,
    batches: Floats | None = None,
    noise: Floats | None = None,
    clip_value: float = 0.0,
    clip_norm: float = 0.0,
    bound: float = 1e6,
) -> Race:
    """Run every (name, hyperparameters) for len(factors) steps; lr at step s is lr * factors[s].

    `batches` [step p] are the surface's parameters as each step's minibatch sees them; `noise` [step 2] is
    added to the gradient, the same for all racers. A racer has diverged when a coordinate or the loss is
    not finite or a coordinate passes `bound` in size.
    """
    steps = len(factors)
    codes = np.array([OPTIMIZERS[name].code for name, _ in optimizers], dtype=np.int64)
    hyper = np.array([h for _, h in optimizers], dtype=np.float64).reshape(-1, 5)
    seen = args.p.reshape(1, -1) if batches is None else np.ascontiguousarray(batches, dtype=np.float64)
    added = np.zeros((1, 2)) if noise is None else np.ascontiguousarray(noise, dtype=np.float64)
    n = len(codes)
    out = Race(
        np.empty((n, steps + 1, 2)),
        np.empty((n, steps + 1)),
        np.empty((n, steps + 1, 2)),
        np.empty((n, steps + 1, 3, 2)),
        np.empty(n, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
    )
    limits = np.array([clip_value, clip_norm, bound], dtype=np.float64)
    surface = (args.code, args.p, args.tape_codes, args.tape_values)
    arrays = (out.path, out.loss, out.gradient, out.state)
    for k in range(n):
        rows = tuple(array[k] for array in arrays)
        h = hyper[k]
        out.last[k] = _run(
            *surface, codes[k], h, (float(start[0]), float(start[1])), factors, seen, added, limits, *rows
        )
        out.diverged[k] = out.last[k] < steps
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _run(code, p, tape_codes, tape_values, rule, h, start, factors, seen, added, limits, path, loss, gradient, state):  # type: ignore[no-untyped-def]
    """One racer; fills path, loss, gradient and state and gives the last finite step."""
    theta, now, g, row = np.zeros(2), np.zeros((3, 2)), np.zeros(2), np.zeros(5)
    for i in range(5):
        row[i] = h[i]
    theta[0], theta[1] = start[0], start[1]
    steps = factors.size
    last = -1
    for step in range(steps + 1):
        value = 0.0
        at = min(step, steps - 1)
        # One call site, visited twice: first as the minibatch sees the surface, then the whole.
        for whole in range(2):
            seen_now = p if whole else seen[at % len(seen)]
            value, gx, gy = point(code, seen_now, tape_codes, tape_values, theta[0], theta[1])
            if not whole:
                g[0], g[1] = gx + added[at % len(added), 0], gy + added[at % len(added), 1]
        fine = np.isfinite(value) and abs(theta[0]) <= limits[2] and abs(theta[1]) <= limits[2]
        if not fine and step > 0:
            break
        note(step, theta, value, g, now, path, loss, gradient, state)
        last = step
        if step == steps or not fine:
            break
        clip_in_place(g, limits[0], limits[1])
        row[0] = h[0] * factors[step]
        update_all(rule, theta, g, now, step + 1, row)
    repeat_last(last, path, loss, gradient, state)
    return last


@njit(nogil=True, cache=True, error_model="numpy")
def note(step, theta, value, g, now, path, loss, gradient, state):  # type: ignore[no-untyped-def]
    """Write one step of a race down. Number by number: slices would take seconds more to compile."""
    loss[step] = value
    for i in range(2):
        path[step, i], gradient[step, i] = theta[i], g[i]
        for slot in range(3):
            state[step, slot, i] = now[slot, i]


@njit(nogil=True, cache=True, error_model="numpy")
def repeat_last(last, path, loss, gradient, state):  # type: ignore[no-untyped-def]
    """Fill the rows after `last` with it."""
    for step in range(last + 1, loss.size):
        note(step, path[last], loss[last], gradient[last], state[last], path, loss, gradient, state)


def gradient_noise(sigma: float, batch: int, steps: int, rng: np.random.Generator) -> Floats:
    """Gaussian gradient noise of standard deviation sigma / sqrt(batch) per coordinate. Shape [step 2]."""
    return rng.standard_normal((steps, 2)) * (sigma / np.sqrt(batch))


def minibatch_indices(n: int, batch: int, steps: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Sample indices [step batch]: every epoch shuffled anew, none drawn twice within one.

    A batch that is not smaller than n is the whole set. The last, smaller batch of an epoch is left out,
    as torch's DataLoader does with drop_last.
    """
    if batch >= n:
        return np.broadcast_to(np.arange(n), (steps, n))
    per_epoch = n // batch
    epochs = -(-steps // per_epoch)
    order = rng.permuted(np.broadcast_to(np.arange(n), (epochs, n)).copy(), axis=1)
    return np.asarray(order[:, : per_epoch * batch].reshape(-1, batch)[:steps])


def regression_moments(u: Floats, v: Floats) -> Floats:
    """Means (uu, u, uv, v, vv) over the last axis: all that the mean squared error of a line needs."""
    return np.stack([(u * u).mean(-1), u.mean(-1), (u * v).mean(-1), v.mean(-1), (v * v).mean(-1)], axis=-1)


def minibatch_moments(u: Floats, v: Floats, batch: int, steps: int, rng: np.random.Generator) -> Floats:
    """`regression_moments` of each step's minibatch. Shape [step 5]."""
    rows = minibatch_indices(len(u), batch, steps, rng)
    return regression_moments(u[rows], v[rows])


@dataclass(frozen=True, slots=True)
class Finish:
    """One row of the finishing table; `steps_to` is None where the threshold was never reached."""

    steps_to: int | None
    final_loss: float
    path_length: float
    diverged: bool


def finishing_table(result: Race, threshold: float) -> list[Finish]:
    """Per racer: first step with loss at or under `threshold`, loss at the last finite step, path length."""
    rows = []
    for path, loss, last, diverged in zip(result.path, result.loss, result.last, result.diverged, strict=True):
        under = np.flatnonzero(loss[: last + 1] <= threshold)
        length = float(np.sqrt((np.diff(path[: last + 1], axis=0) ** 2).sum(-1)).sum())
        rows.append(Finish(int(under[0]) if len(under) else None, float(loss[last]), length, bool(diverged)))
    return rows

"""A network's loss over a plane of its weights: directions, heights coarse to fine, races in the plane.

A point (a, b) of the plane is the weights theta + a d1 + b d2. The first layer is affine in (a, b), so its
three parts are computed once; then samples go block by block, small enough to stay in the processor's
cache, and each block visits every point.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

from .mlp2d import Mlp, forward_backward, workspace
from .optimizers import OPTIMIZERS, Hyper, clip_in_place, update_all
from .race import Race, note, repeat_last
from .vector_math import affine_row, dot_row, square_loss_sum
from .vector_math32 import affine_pair32, logistic_loss_sum32, tanh_row32

Floats = NDArray[np.float64]
BLOCK = 256
SIDES = (11, 21, 41)
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Plane:
    """Weights at (0, 0) [weight] and two directions [weight] of a network on data x [sample xy], y [sample]."""

    net: Mlp
    origin: Floats
    first: Floats
    second: Floats
    x: Floats
    y: Floats

    def weights(self, a: float, b: float) -> Floats:
        """The weight vector at (a, b)."""
        return np.asarray(self.origin + a * self.first + b * self.second)


def filter_normalised(net: Mlp, theta: Floats, rng: np.random.Generator) -> Floats:
    """A random direction of Li et al. (2018), section 4: each neuron's incoming weights get theta's norm.

    Gaussian, then every row of every matrix scaled to the norm of the same row of theta; biases stay where
    they are (0), as in the paper's own code. Shape [weight].
    """
    out, at = np.zeros(len(theta)), 0
    sizes = net.sizes
    for fan_in, fan_out in itertools.pairwise(sizes):
        end = at + fan_in * fan_out
        d = rng.standard_normal((fan_out, fan_in))
        norms = np.linalg.norm(theta[at:end].reshape(fan_out, fan_in), axis=1, keepdims=True)
        out[at:end] = (d / np.linalg.norm(d, axis=1, keepdims=True) * norms).ravel()
        at = end + fan_out
    return out


@dataclass(frozen=True, slots=True)
class PathPlane:
    """Two unit directions [weight], the path in them [step 2], and the share of it each explains [2]."""

    first: Floats
    second: Floats
    path: Floats
    explained: Floats


def path_directions(weights: Floats) -> PathPlane:
    """PCA of a training path [step weight] about its last point (Li et al. 2018, section 7.2).

    The plane through the final weights that is nearest to the path; `explained` are shares of the sum of
    squared distances from the final weights. The first step lies on the positive side of both directions.
    """
    if len(weights) < 3:
        raise ValueError("A training path needs at least 3 points to span a plane.")
    offsets = weights - weights[-1]
    # The Gram matrix of the steps is smaller than the weights' covariance and has the same eigenvalues.
    energy, vectors = np.linalg.eigh(offsets @ offsets.T)
    two = vectors[:, :-3:-1].T @ offsets
    two /= np.maximum(np.linalg.norm(two, axis=1, keepdims=True), 1e-300)
    two *= np.where(two @ offsets[0] < 0.0, -1.0, 1.0)[:, None]
    total = float(energy.sum())
    explained = energy[:-3:-1] / total if total > 0.0 else np.zeros(2)
    return PathPlane(two[0], two[1], offsets @ two.T, explained)


def project(weights: Floats, plane: Plane) -> Floats:
    """Coordinates of weights [step weight] in a plane, nearest in least squares. Shape [step 2]."""
    basis = np.stack([plane.first, plane.second], axis=1)
    return np.asarray(np.linalg.lstsq(basis, (weights - plane.origin).T, rcond=None)[0].T)


def losses(plane: Plane, a: Floats, b: Floats) -> Floats:
    """Mean loss at each of the points (a, b), both [point]; in single precision, summed in double."""
    net, fan_out = plane.net, plane.net.hidden[0]
    x, split = plane.x, 2 * fan_out

    def layer1(theta: Floats) -> Floats:
        z = theta[:split].reshape(fan_out, 2) @ x.T + theta[split : split + fan_out, None]
        return np.ascontiguousarray(z, dtype=np.float32)

    parts = (layer1(plane.origin), layer1(plane.first), layer1(plane.second))
    ends = (plane.origin, plane.first, plane.second)
    a, b = np.ascontiguousarray(a, dtype=np.float64), np.ascontiguousarray(b, dtype=np.float64)
    labels = plane.y.astype(np.float32)
    return np.asarray(_losses(net.sizes, net.codes, parts, ends, labels, a, b))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _losses(sizes, codes, parts, ends, y, a, b):  # type: ignore[no-untyped-def]
    z0, z1, z2 = parts
    n, width = y.size, z0.shape[0]
    rows = np.empty((sizes.sum(), BLOCK), dtype=np.float32)
    out, theta = np.zeros(a.size), np.empty(ends[0].size, dtype=np.float32)
    for start in range(0, n, BLOCK):
        count = min(BLOCK, n - start)
        labels = y[start : start + count]
        for g in range(a.size):
            for i in range(3 * width, theta.size):
                theta[i] = ends[0][i] + a[g] * ends[1][i] + b[g] * ends[2][i]
            u, v = np.float32(a[g]), np.float32(b[g])
            for j in range(width):
                row, p, q, r = rows[j], z0[j, start:], z1[j, start:], z2[j, start:]
                for k in range(count):
                    row[k] = p[k] + u * q[k] + v * r[k]
                _activate32(row, count, codes[0])
            z = rows[_deeper(theta, sizes, codes[0], rows, count)]
            if codes[1] == 0:
                out[g] += logistic_loss_sum32(z, labels, count)
            else:
                out[g] += square_loss_sum(z, labels, count)
    return out / n


@njit(nogil=True, cache=True, error_model="numpy")
def _activate32(row, n, activation):  # type: ignore[no-untyped-def]
    if activation == 0:
        tanh_row32(row, n)
    else:
        for k in range(n):
            row[k] = max(row[k], np.float32(0.0))


@njit(nogil=True, cache=True, error_model="numpy")
def _deeper(theta, sizes, activation, rows, n):  # type: ignore[no-untyped-def]
    """Layers 2 and up over rows that hold layer 1's output; gives the index of the output row."""
    at, source, target = 3 * sizes[1], 0, sizes[1]
    for layer in range(2, sizes.size):
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        biases = at + fan_in * fan_out
        for j in range(0, fan_out - 1, 2):
            one, two, left = rows[target + j], rows[target + j + 1], at + j * fan_in
            c, d = theta[biases + j], theta[biases + j + 1]
            affine_pair32(one, two, rows, source, fan_in, theta, left, left + fan_in, c, d, n)
        if fan_out % 2:
            j = fan_out - 1
            affine_row(rows[target + j], rows, source, fan_in, theta, at + j * fan_in, 1, theta[biases + j], n)
        if layer < sizes.size - 1:
            for j in range(fan_out):
                _activate32(rows[target + j], n, activation)
        at += (fan_in + 1) * fan_out
        source, target = target, target + fan_out
    return source


@dataclass(frozen=True, slots=True)
class GridLevel:
    """Heights [b a] over the axis values a and b, at one fineness."""

    a: Floats
    b: Floats
    heights: Floats


def grid_levels(
    plane: Plane,
    domain: tuple[float, float, float, float],
    sides: Sequence[int] = SIDES,
    tick: Callable[[int, int], None] | None = None,
) -> Iterator[GridLevel]:
    """Heights over (a low, a high, b low, b high), coarse to fine; points of a coarser grid are not redone.

    A side is one less than twice the one before it, as 11, 21, 41. `tick(done, total)` counts points and is
    called between chunks of 100, so that it can cancel.
    """
    if any(fine != 2 * coarse - 1 for coarse, fine in itertools.pairwise(sides)):
        raise ValueError(f"Each side must be twice the one before less one, as in 11, 21, 41; not {tuple(sides)}.")
    known, done, total = np.empty((0, 0)), 0, sides[-1] ** 2
    for side in sides:
        a, b = np.linspace(domain[0], domain[1], side), np.linspace(domain[2], domain[3], side)
        grid = np.full((side, side), np.nan)
        fresh = np.ones((side, side), dtype=bool)
        if known.size:
            grid[::2, ::2], fresh[::2, ::2] = known, False
        rows, columns = np.nonzero(fresh)
        for start in range(0, len(rows), CHUNK):
            if tick is not None:
                tick(done, total)
            j, i = rows[start : start + CHUNK], columns[start : start + CHUNK]
            grid[j, i] = losses(plane, a[i], b[j])
            done += len(j)
        known = grid
        yield GridLevel(a, b, grid)


def plane_race(
    plane: Plane,
    optimizers: Sequence[tuple[str, Hyper]],
    start: tuple[float, float],
    factors: Floats,
    *,
    batches: NDArray[np.int64] | None = None,
    clip_value: float = 0.0,
    clip_norm: float = 0.0,
    bound: float = 1e6,
    tick: Callable[[int, int], None] | None = None,
) -> Race:
    """`race` on the network's loss held to the plane: the two parameters are (a, b), their gradient its part.

    `batches` [step sample] are each step's sample indices, None for all. `tick(done, total)` counts racers.
    """
    steps, n = len(factors), len(optimizers)
    net = plane.net
    every = np.arange(len(plane.y))[None, :] if batches is None else np.ascontiguousarray(batches)
    out = Race(
        np.empty((n, steps + 1, 2)),
        np.empty((n, steps + 1)),
        np.empty((n, steps + 1, 2)),
        np.empty((n, steps + 1, 3, 2)),
        np.empty(n, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
    )
    whole, part = workspace(net, len(plane.y)), workspace(net, every.shape[1])
    works = tuple((w.rows, w.deltas, w.room, w.scale, w.bits) for w in (whole, part))
    whole.rows[:2] = plane.x.T
    ends = (plane.origin, plane.first, plane.second)
    limits = np.array([clip_value, clip_norm, bound])
    for k, (name, h) in enumerate(optimizers):
        if tick is not None:
            tick(k, n)
        rows = (out.path[k], out.loss[k], out.gradient[k], out.state[k])
        at = np.array(start, dtype=np.float64)
        settings = (OPTIMIZERS[name].code, np.array(h), factors, every, batches is None, limits)
        out.last[k] = _run(net.sizes, net.codes, ends, plane.y, at, settings, works, rows)
        out.diverged[k] = out.last[k] < steps
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _run(sizes, codes, ends, y, at, settings, works, record):  # type: ignore[no-untyped-def]
    """One racer in the plane; fills the record and gives the last finite step."""
    rule, h, factors, batches, is_whole, limits = settings
    whole, part = works
    path, loss, gradient, state = record
    origin, first, second = ends
    now, g, row = np.zeros((3, 2)), np.zeros(2), h.copy()
    theta, grad = np.zeros(origin.size), np.zeros(origin.size)
    few, steps, last = batches.shape[1], factors.size, -1
    labels = np.empty(few)
    for step in range(steps + 1):
        for i in range(origin.size):
            theta[i] = origin[i] + at[0] * first[i] + at[1] * second[i]
        value = forward_backward(theta, sizes, codes[0], codes[1], y, y.size, whole, grad)
        fine = np.isfinite(value) and abs(at[0]) <= limits[2] and abs(at[1]) <= limits[2]
        if not fine and step > 0:
            break
        if not is_whole:
            chosen = batches[min(step, steps - 1) % len(batches)]
            for k in range(few):
                part[0][0, k], part[0][1, k] = whole[0][0, chosen[k]], whole[0][1, chosen[k]]
                labels[k] = y[chosen[k]]
            forward_backward(theta, sizes, codes[0], codes[1], labels, few, part, grad)
        g[0], g[1] = dot_row(grad, first, grad.size), dot_row(grad, second, grad.size)
        note(step, at, value, g, now, path, loss, gradient, state)
        last = step
        if step == steps or not fine:
            break
        clip_in_place(g, limits[0], limits[1])
        row[0] = h[0] * factors[step]
        update_all(rule, at, g, now, step + 1, row)
    repeat_last(last, path, loss, gradient, state)
    return last

"""A small multilayer perceptron on the plane: loss, gradient and training, compiled, weights as one vector.

The weight vector has torch's order (for each layer its matrix [out in] row by row, then its bias), so it is
`parameters_to_vector` of Linear, activation, Linear, ... . Inside, samples run along the rows: [unit sample].
The output is one number: a logit under the logistic loss (labels 0 and 1), a value under MSE.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

from .optimizers import OPTIMIZERS, Hyper, clip_in_place, update_all
from .vector_math import affine_row, dot_row, logistic_loss_sum, room_for, square_loss_sum, sum_row, tanh_row

Floats = NDArray[np.float64]
ACTIVATIONS = ("tanh", "relu")
LOSSES = ("logistic", "mse")
CHUNK = 50


@dataclass(frozen=True, slots=True)
class Mlp:
    """A network's shape: units of the 1 to 3 hidden layers, activation (`ACTIVATIONS`), loss (`LOSSES`)."""

    hidden: tuple[int, ...]
    activation: str = "tanh"
    loss: str = "logistic"

    def __post_init__(self) -> None:
        if not 1 <= len(self.hidden) <= 3 or min(self.hidden) < 1:
            raise ValueError(f"A network here has 1 to 3 hidden layers of at least 1 unit, not {self.hidden}.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"The activation is one of {', '.join(ACTIVATIONS)}, not '{self.activation}'.")
        if self.loss not in LOSSES:
            raise ValueError(f"The loss is one of {', '.join(LOSSES)}, not '{self.loss}'.")

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Units of every layer: 2 inputs, the hidden ones, 1 output."""
        return np.array([2, *self.hidden, 1], dtype=np.int64)

    @property
    def weights(self) -> int:
        """Length of the weight vector."""
        sizes = self.sizes
        return int(((sizes[:-1] + 1) * sizes[1:]).sum())

    @property
    def codes(self) -> tuple[int, int]:
        """Activation and loss as the compiled code takes them."""
        return ACTIVATIONS.index(self.activation), LOSSES.index(self.loss)


def initial_weights(net: Mlp, rng: np.random.Generator) -> Floats:
    """torch Linear's default: weights and biases uniform within 1 / sqrt(inputs). Shape [weight]."""
    sizes = net.sizes
    parts = [
        rng.uniform(-1.0, 1.0, (fan_in + 1) * fan_out) / np.sqrt(fan_in)
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Buffers of one network on n samples; `rows` holds the inputs on top, then every layer's output."""

    rows: Floats
    deltas: Floats
    room: Floats
    scale: Floats
    bits: NDArray[np.int64]


def workspace(net: Mlp, n: int) -> Workspace:
    """Buffers for `n` samples."""
    units = int(net.sizes.sum())
    return Workspace(np.empty((units, n)), np.empty((units, n)), np.empty(n), *room_for(n))


def loss_and_gradient(net: Mlp, theta: Floats, x: Floats, y: Floats) -> tuple[float, Floats]:
    """Mean loss over samples x [sample xy], y [sample], and its gradient [weight]."""
    work = workspace(net, len(y))
    work.rows[:2] = x.T
    grad = np.empty(len(theta))
    value = forward_backward(theta, net.sizes, *net.codes, y, len(y), _arrays(work), grad)
    return float(value), grad


def outputs(net: Mlp, theta: Floats, x: Floats) -> Floats:
    """The network's output (logit or value) at x [sample xy]. Shape [sample]."""
    work = workspace(net, len(x))
    work.rows[:2] = x.T
    forward(theta, net.sizes, net.codes[0], len(x), _arrays(work))
    return np.array(work.rows[-1])


def _arrays(work: Workspace) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.int64]]:
    return work.rows, work.deltas, work.room, work.scale, work.bits


@njit(nogil=True, cache=True, error_model="numpy")
def activate(row, n, activation, scale, bits):  # type: ignore[no-untyped-def]
    """tanh or ReLU of row[:n] in place."""
    if activation == 0:
        tanh_row(row, n, scale, bits)
    else:
        for k in range(n):
            row[k] = 0.0 if row[k] < 0.0 else row[k]


@njit(nogil=True, cache=True, error_model="numpy")
def forward(theta, sizes, activation, n, work):  # type: ignore[no-untyped-def]
    """Fill the rows below the inputs with every layer's output for the first n samples."""
    rows, _, _, scale, bits = work
    at, source, target = 0, 0, sizes[0]
    for layer in range(1, sizes.size):
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        for j in range(fan_out):
            row = rows[target + j]
            bias = theta[at + fan_in * fan_out + j]
            affine_row(row, rows, source, fan_in, theta, at + j * fan_in, 1, bias, n)
            if layer < sizes.size - 1:
                activate(row, n, activation, scale, bits)
        at += (fan_in + 1) * fan_out
        source, target = target, target + fan_out


@njit(nogil=True, cache=True, error_model="numpy")
def mean_loss(y, loss, n, work):  # type: ignore[no-untyped-def]
    """Mean loss of the outputs that `forward` left."""
    rows, _, room, scale, bits = work
    z = rows[len(rows) - 1]
    if loss == 0:
        return logistic_loss_sum(z, y, n, room, scale, bits) / n
    return square_loss_sum(z, y, n) / n


@njit(nogil=True, cache=True, error_model="numpy")
def forward_backward(theta, sizes, activation, loss, y, n, work, grad):  # type: ignore[no-untyped-def]
    """Mean loss of the first n samples; its gradient goes into grad [weight]. Rumelhart et al. (1986)."""
    rows, deltas, _, _, _ = work
    forward(theta, sizes, activation, n, work)
    value = mean_loss(y, loss, n, work)
    out = len(rows) - 1
    for k in range(n):
        z = rows[out, k]
        slope = 1.0 / (1.0 + np.exp(-z)) - y[k] if loss == 0 else 2.0 * (z - y[k])
        deltas[out, k] = slope / n
    at, target = theta.size, len(rows)
    for layer in range(sizes.size - 1, 0, -1):
        fan_in, fan_out = sizes[layer - 1], sizes[layer]
        at -= (fan_in + 1) * fan_out
        target -= fan_out
        source = target - fan_in
        for j in range(fan_out):
            delta = deltas[target + j]
            for i in range(fan_in):
                grad[at + j * fan_in + i] = dot_row(delta, rows[source + i], n)
            grad[at + fan_in * fan_out + j] = sum_row(delta, n)
        if layer > 1:
            for i in range(fan_in):
                back, h = deltas[source + i], rows[source + i]
                affine_row(back, deltas, target, fan_out, theta, at + i, fan_in, 0.0, n)
                for k in range(n):
                    back[k] *= 1.0 - h[k] * h[k] if activation == 0 else (1.0 if h[k] > 0.0 else 0.0)
    return value


@dataclass(frozen=True, slots=True)
class Training:
    """A training path: weights [step weight], loss over all data [step], and the last finite step."""

    weights: Floats
    loss: Floats
    last: int


def train(
    net: Mlp,
    theta: Floats,
    data: tuple[Floats, Floats],
    rule: tuple[str, Hyper],
    factors: Floats,
    *,
    batches: NDArray[np.int64] | None = None,
    clip_value: float = 0.0,
    clip_norm: float = 0.0,
    tick: Callable[[int, int], None] | None = None,
) -> Training:
    """Train from `theta` for len(factors) steps, keeping the weights of every step.

    `data` is x [sample xy] and y [sample]; `rule` an optimiser's name and hyperparameters; `batches` [step
    sample] are each step's sample indices, None for all. `tick(done, total)` is called every 50 steps. When
    a weight or the loss is not finite, training stops and later rows repeat the last finite step.
    """
    x, y = (np.ascontiguousarray(part, dtype=np.float64) for part in data)
    name, h = rule
    steps = len(factors)
    weights, loss = np.empty((steps + 1, len(theta))), np.empty(steps + 1)
    weights[0] = theta
    every = np.arange(len(y))[None, :] if batches is None else np.ascontiguousarray(batches)
    state, limits = np.zeros((3, len(theta))), np.array([clip_value, clip_norm])
    work, part = _arrays(workspace(net, len(y))), _arrays(workspace(net, every.shape[1]))
    code, row = OPTIMIZERS[name].code, np.array(h)
    last = 0
    for first in range(0, max(steps, 1), CHUNK):
        if tick is not None:
            tick(first, steps)
        end = min(first + CHUNK, steps)
        buffers = (state, work, part, weights, loss)
        last = _train(net.sizes, net.codes, x, y, code, row, factors, every, limits, buffers, first, end)
        if last < end:
            break
    weights[last + 1 :], loss[last + 1 :] = weights[last], loss[last]
    return Training(weights, loss, int(last))


@njit(nogil=True, cache=True, error_model="numpy")
def _train(sizes, codes, x, y, rule, h, factors, batches, limits, buffers, first, end):  # type: ignore[no-untyped-def]
    """Steps first .. end of `train`; gives the last finite step."""
    state, work, part, weights, loss = buffers
    n, few = y.size, batches.shape[1]
    grad, labels, row = np.empty(weights.shape[1]), np.empty(few), h.copy()
    for k in range(n):
        work[0][0, k], work[0][1, k] = x[k, 0], x[k, 1]
    for step in range(first, end + 1):
        theta = weights[step]
        forward(theta, sizes, codes[0], n, work)
        loss[step] = mean_loss(y, codes[1], n, work)
        size = 0.0
        for i in range(theta.size):
            size += abs(theta[i])
        if not (np.isfinite(loss[step]) and np.isfinite(size)):
            return max(step - 1, 0)
        if step == end:
            break
        chosen = batches[step % len(batches)]
        for k in range(few):
            part[0][0, k], part[0][1, k], labels[k] = x[chosen[k], 0], x[chosen[k], 1], y[chosen[k]]
        forward_backward(theta, sizes, codes[0], codes[1], labels, few, part, grad)
        clip_in_place(grad, limits[0], limits[1])
        row[0] = h[0] * factors[step]
        for i in range(theta.size):
            weights[step + 1, i] = theta[i]
        update_all(rule, weights[step + 1], grad, state, step + 1, row)
    return end

"""A small network on features of the plane that can change while it trains: shape, weights, memory, epochs, maps.

Training is Linear, norm, activation, dropout, layer by layer, as torch would have it; the loops are in
``playground_loops`` and ``playground_epochs``. The weight vector has torch's order: for each layer W [out in], bias,
then the norm's scale and shift where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels import playground_epochs as loops
from courseai_lab.kernels.activation_rows import ACTIVATIONS
from courseai_lab.kernels.lanes import padded
from courseai_lab.kernels.optimizers import OPTIMIZERS, Hyper

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
NORMS = MappingProxyType({"none": 0, "batch": 1, "layer": 2})
LOSSES = MappingProxyType({"cross_entropy": 0, "squared": 1, "absolute": 2, "huber": 3, "hinge": 4})
MAX_HIDDEN, MAX_UNITS, SPARE = 8, 64, 32


@dataclass(frozen=True, slots=True)
class Shape:
    """``inputs`` features, ``hidden`` units by layer, ``outputs``; one activation for each hidden layer; a norm."""

    inputs: int
    hidden: tuple[int, ...]
    outputs: int
    activations: tuple[str, ...]
    norm: str = "none"

    def __post_init__(self) -> None:
        if len(self.hidden) > MAX_HIDDEN or any(not 1 <= units <= MAX_UNITS for units in self.hidden):
            raise ValueError(f"A network here has up to {MAX_HIDDEN} hidden layers of 1 to {MAX_UNITS} units.")
        if len(self.activations) != len(self.hidden) or any(a not in ACTIVATIONS for a in self.activations):
            raise ValueError(f"Every hidden layer has one activation of {', '.join(ACTIVATIONS)}.")
        if self.norm not in NORMS:
            raise ValueError(f"The norm is one of {', '.join(NORMS)}, not '{self.norm}'.")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, inputs and outputs included."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def units(self) -> int:
        """Rows of a buffer: one for each unit, inputs included."""
        return sum(self.sizes)

    def spec(self) -> NDArray[np.int64]:
        """The layers as the loops read them, [layer 8]."""
        rows, at, row = [], 0, 0
        for layer, (fan_in, fan_out) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            hidden = layer < len(self.hidden)
            norm = NORMS[self.norm] if hidden else 0
            code = ACTIVATIONS[self.activations[layer]] if hidden else 0
            rows.append((fan_in, fan_out, code, norm, at, row, row + fan_in, layer))
            at += (fan_in + 1) * fan_out + (2 * fan_out if norm else 0)
            row += fan_in
        return np.array(rows, dtype=np.int64)

    def parts(self) -> list[tuple[slice, slice, slice]]:
        """Where W, bias, and scale with shift of each layer are in the weight vector."""
        out = []
        for fan_in, fan_out, _, norm, at, *_ in self.spec().tolist():
            end = at + fan_in * fan_out
            after = end + fan_out
            out.append((slice(at, end), slice(end, after), slice(after, after + (2 * fan_out if norm else 0))))
        return out

    @property
    def weights(self) -> int:
        """Length of the weight vector."""
        return self.parts()[-1][2].stop

    def is_weight(self) -> Floats:
        """1 for connections, 0 for biases, scales and shifts, [parameter]."""
        out = np.zeros(self.weights)
        for w, _, _ in self.parts():
            out[w] = 1.0
        return out


def initial_weights(shape: Shape, seed: Sequence[int]) -> Floats:
    """torch Linear's default, W and bias uniform within 1 / sqrt(inputs), scale 1, shift 0; [parameter].

    Each layer draws from its own stream, so a layer added or resized leaves the others' numbers as they are.
    """
    theta = np.zeros(shape.weights)
    last = len(shape.hidden)
    for layer, (w, b, norm) in enumerate(shape.parts()):
        # The output layer keeps its stream however many layers are before it.
        stream = MAX_HIDDEN if layer == last else layer
        rng = np.random.default_rng(np.random.SeedSequence((*seed, stream)))
        bound = 1.0 / np.sqrt(shape.sizes[layer])
        theta[w.start : b.stop] = rng.uniform(-bound, bound, b.stop - w.start)
        half = (norm.start + norm.stop) // 2
        theta[norm.start : half] = 1.0
    return theta


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained: optimiser and its five numbers (L2 is the last), loss, batch size, L1, dropout, shuffling.

    ``cut``: a connection that L1 has brought to zero stays zero.
    """

    optimizer: str
    hyper: Hyper
    loss: str = "cross_entropy"
    batch: int = 10
    l1: float = 0.0
    dropout: float = 0.0
    shuffle: bool = True
    cut: bool = True


@dataclass(slots=True)
class Net:
    """A network in training. ``theta`` float64 [parameter] are the weights; ``updates`` counts steps made.

    ``alive`` [parameter] is 0 where a connection is cut, ``gate`` [unit] 0 where a unit is switched off.
    """

    shape: Shape
    theta: Floats
    updates: int = 0
    epoch: int = 0
    state: Floats = field(init=False)
    alive: Floats = field(init=False)
    gate: Singles = field(init=False)
    running: Singles = field(init=False)
    single: Singles = field(init=False)
    grad: Singles = field(init=False)
    _is_weight: Floats = field(init=False)
    _spec: NDArray[np.int64] = field(init=False)
    _buffers: dict[int, tuple[object, ...]] = field(init=False, default_factory=dict)
    _rows: dict[int, Singles] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.theta = np.array(self.theta, dtype=np.float64)
        self._spec, self._is_weight = self.shape.spec(), self.shape.is_weight()
        self.state, self.alive = np.zeros((3, len(self.theta))), np.ones(len(self.theta))
        self.gate = np.ones(self.shape.units, dtype=np.float32)
        self.running = np.zeros((2, self.shape.units), dtype=np.float32)
        self.running[1] = 1.0
        self.single, self.grad = self.theta.astype(np.float32), np.zeros(len(self.theta), dtype=np.float32)

    def set_theta(self, theta: Floats) -> None:
        """Put other weights in, as they are."""
        self.theta[:] = theta
        self.single[:] = theta

    def set_weight(self, place: int, value: float) -> None:
        """Set one parameter by its place in the weight vector; a cut connection lives again."""
        self.theta[place] = self.single[place] = value
        self.alive[place] = 1.0

    def train(self, x: Singles, target: Singles, recipe: Recipe, factors: Floats, seed: int) -> None:
        """Train on x [feature sample], target [output sample] for len(factors) epochs, lr times ``factors`` [epoch].

        The order of samples and the dropout masks depend on ``seed``, the epoch and the update alone.
        """
        n = x.shape[1]
        batch = min(recipe.batch, n)
        stride = padded(batch)
        numbers = (
            OPTIMIZERS[recipe.optimizer].code,
            LOSSES[recipe.loss],
            batch,
            int(recipe.shuffle),
            int(recipe.cut),
            stride,
            1,
        )
        settings = np.array([*recipe.hyper, recipe.dropout, recipe.l1], dtype=np.float64)
        order = np.arange(n)
        place = (np.uint64(seed), self.epoch, self.updates)
        data = (x, target, order)
        self.updates = int(
            loops.train_epochs(self._spec, self._model(), self._work(stride), data, numbers, settings, factors, place)
        )
        self.epoch += len(factors)

    def gradient(self, x: Singles, target: Singles, loss: str) -> Singles:
        """Gradient of the mean loss over all samples, no dropout and no penalties, [parameter]."""
        n = x.shape[1]
        stride = padded(n)
        numbers = (0, LOSSES[loss], n, 0, 0, stride, 0)
        data, place = (x, target, np.arange(n)), (np.uint64(0), 0, 0)
        work = self._work(stride)
        loops.train_epochs(self._spec, self._model(), work, data, numbers, np.zeros(7), np.ones(1), place)
        return self.grad.copy()

    def outputs(self, x: Singles) -> Singles:
        """Outputs of the last layer at x [feature sample], as in use; [output sample]."""
        rows, stride = self._forward(x)
        n = x.shape[1]
        return np.array(rows.reshape(self.shape.units, stride)[-self.shape.outputs :, :n])

    def maps(self, x: Singles) -> tuple[NDArray[np.uint8], Singles, Singles]:
        """Response of every unit that is no input at the points x [feature point].

        Gives places 0 .. 254 from -s to s, 255 for no number [unit point]; s [unit]; the outputs [output point].
        """
        rows, stride = self._forward(x)
        n, units = x.shape[1], self.shape.units - self.shape.inputs
        places, scale = np.empty((units, n), dtype=np.uint8), np.empty(units, dtype=np.float32)
        loops.quantise(rows, self.shape.inputs, units, stride, n, places, scale)
        return places, scale, np.array(rows.reshape(self.shape.units, stride)[-self.shape.outputs :, :n])

    def _forward(self, x: Singles) -> tuple[Singles, int]:
        n, stride = x.shape[1], padded(x.shape[1], 64)
        rows = self._rows.get(stride)
        if rows is None:
            rows = self._rows[stride] = np.zeros(self.shape.units * stride, dtype=np.float32)
        rows.reshape(self.shape.units, stride)[: self.shape.inputs, :n] = x
        scratch = np.empty(loops.CHUNK, dtype=np.float32)
        loops.forward_all(self._spec, self.single, rows, scratch, stride, self.gate, self.running)
        return rows, stride

    def _model(self) -> tuple[object, ...]:
        return self.theta, self.single, self.grad, self.state, self.alive, self._is_weight

    def _work(self, stride: int) -> tuple[object, ...]:
        if stride not in self._buffers:
            units = self.shape.units
            rows, slope, hat, delta = (np.zeros(units * stride + SPARE, dtype=np.float32) for _ in range(4))
            spread = np.zeros((2 + len(self.shape.hidden), max(stride, units)), dtype=np.float32)
            target = np.zeros(self.shape.outputs * stride, dtype=np.float32)
            room = np.zeros(stride, dtype=np.float32)
            self._buffers[stride] = (rows, (slope, hat, spread), delta, target, room, self.gate, self.running)
        return self._buffers[stride]


def reshaped(net: Net, shape: Shape, seed: Sequence[int]) -> Net:
    """The network in another shape: what both have keeps its weights, optimiser memory and cuts; the rest is new.

    Layers are matched from the front, the output layer with the output layer.
    """
    new = Net(shape, initial_weights(shape, seed), net.updates, net.epoch)
    old_parts, new_parts = net.shape.parts(), shape.parts()
    common = min(len(net.shape.hidden), len(shape.hidden))
    pairs = [(k, k) for k in range(common)] + [(len(old_parts) - 1, len(new_parts) - 1)]
    old_first, new_first = np.cumsum((0, *net.shape.sizes)), np.cumsum((0, *shape.sizes))
    for old, to in pairs:
        i = min(net.shape.sizes[old], shape.sizes[to])
        # An output layer that now reads another layer would keep weights that mean nothing there.
        if old != to and net.shape.sizes[old] != shape.sizes[to]:
            i = 0
        o = min(net.shape.sizes[old + 1], shape.sizes[to + 1])
        for source, target in ((net.theta, new.theta), (net.alive, new.alive), *zip(net.state, new.state, strict=True)):
            _copy_layer(source, old_parts[old], net.shape.sizes[old], target, new_parts[to], shape.sizes[to], i, o)
        a, b = old_first[old + 1], new_first[to + 1]
        new.gate[b : b + o] = net.gate[a : a + o]
        new.running[:, b : b + o] = net.running[:, a : a + o]
    new.single[:] = new.theta
    return new


def _copy_layer(
    source: Floats,
    old: tuple[slice, slice, slice],
    old_in: int,
    target: Floats,
    new: tuple[slice, slice, slice],
    new_in: int,
    i: int,
    o: int,
) -> None:
    target[new[0]].reshape(-1, new_in)[:o, :i] = source[old[0]].reshape(-1, old_in)[:o, :i]
    target[new[1]][:o] = source[old[1]][:o]
    old_norm, new_norm = source[old[2]], target[new[2]]
    if old_norm.size and new_norm.size:
        new_norm.reshape(2, -1)[:, :o] = old_norm.reshape(2, -1)[:, :o]

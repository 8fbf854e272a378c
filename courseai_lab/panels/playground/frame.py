"""What one step of the run is: the networks, what they answer everywhere, and how they have done so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes

NET_NAMES = ("A", "B", "C")
SPLITS = ("training", "validation", "test")
WINDOW = 1.8
"""The picture shows -WINDOW .. WINDOW on both axes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The state after some epochs. Arrays over all networks lie one after the other, A first.

    ``sizes`` are the layers' units of each network. ``maps`` hold each unit's response, hidden and output, as places
    0 .. 254 from -s to s with s in ``map_scale``; ``input_maps`` the same of the features. ``stopped`` is the epoch at
    which a network's early stopping ended it, -1 before; ``best_epoch`` that of its lowest validation loss.
    """

    epoch: int
    updates: int
    done: bool
    classes: int
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    sizes: tuple[tuple[int, ...], ...]
    activations: tuple[tuple[str, ...], ...]
    norms: tuple[str, ...]
    weights: Annotated[np.ndarray, Axes("parameter")]
    alive: Annotated[np.ndarray, Axes("parameter", help="0 where a connection has been cut")]
    gate: Annotated[np.ndarray, Axes("unit", help="0 where a unit is switched off")]
    maps: Annotated[np.ndarray, Axes("answering_unit row col", help="0 to 254: from minus to plus the scale")]
    map_scale: Annotated[np.ndarray, Axes("answering_unit")]
    input_maps: Annotated[np.ndarray, Axes("feature row col")]
    input_scale: Annotated[np.ndarray, Axes("feature")]
    surface: Annotated[np.ndarray, Axes("net row col", help="probability of class 1, of the winning class, or value")]
    winner: Annotated[np.ndarray, Axes("net row col", help="the class with the highest output")]
    x: Annotated[np.ndarray, Axes("sample xy")]
    y: Annotated[np.ndarray, Axes("sample", help="class number, or value")]
    split: Annotated[np.ndarray, Axes("sample", help="0 training, 1 validation, 2 test")]
    wrong: Annotated[np.ndarray, Axes("net sample")]
    loss: Annotated[np.ndarray, Axes("net split")]
    accuracy: Annotated[np.ndarray, Axes("net split", help="share sorted rightly; R² for values")]
    confusion: Annotated[np.ndarray | None, Axes("net split true answer")]
    record_epoch: Annotated[np.ndarray, Axes("record", unit="epochs")]
    record_loss: Annotated[np.ndarray, Axes("net split record")]
    record_accuracy: Annotated[np.ndarray, Axes("net split record")]
    record_gradient: Annotated[np.ndarray, Axes("net layer record", help="norm; NaN where there is no such layer")]
    best_epoch: tuple[int, ...]
    best_loss: tuple[float, ...]
    stopped: tuple[int, ...]
    diverged: tuple[bool, ...]
    rate: tuple[float, ...]
    line: tuple[tuple[float, float], ...] | None
    line_right: int
    best_right: int
    best_line: tuple[float, float, float, float]
    code: str
    notes: tuple[str, ...]

    @property
    def nets(self) -> int:
        """How many networks there are."""
        return len(self.sizes)

    @property
    def layers(self) -> int:
        """Layers of connections of the deepest network."""
        return max(len(one) for one in self.sizes) - 1

    def counts(self, net: int) -> tuple[int, int]:
        """Where the network's rows begin in ``maps``, and how many there are."""
        sizes = [sum(one[1:]) for one in self.sizes]
        return sum(sizes[:net]), sizes[net]

    def parts(self, net: int) -> list[tuple[slice, slice]]:
        """Where W [out in] and bias of each layer are in ``weights``."""
        at = 0
        out: list[tuple[slice, slice]] = []
        for k in range(net + 1):
            out = []
            last = len(self.sizes[k]) - 2
            for layer, (fan_in, fan_out) in enumerate(zip(self.sizes[k][:-1], self.sizes[k][1:], strict=True)):
                end = at + fan_in * fan_out
                out.append((slice(at, end), slice(end, end + fan_out)))
                normed = self.norms[k] != "none" and layer < last
                at = end + fan_out + (2 * fan_out if normed else 0)
        return out

    def matrices(self, net: int) -> list[np.ndarray]:
        """W [out in] of each layer."""
        sizes = self.sizes[net]
        return [self.weights[w].reshape(-1, sizes[k]) for k, (w, _) in enumerate(self.parts(net))]

    def gates(self, net: int) -> list[np.ndarray]:
        """1 or 0 for every unit of each layer, inputs first."""
        at = sum(sum(one) for one in self.sizes[:net])
        out = []
        for size in self.sizes[net]:
            out.append(self.gate[at : at + size])
            at += size
        return out

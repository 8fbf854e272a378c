"""How much of the input a unit sees through a stack of equal layers: by formula, and measured by its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Field:
    """After layer ``layer``: ``size`` input cells seen along one axis, ``jump`` input cells between neighbours."""

    layer: int
    size: int
    jump: int


def fields(kernel: int, stride: int, dilation: int, layers: int) -> tuple[Field, ...]:
    """r_l = r_(l-1) + d (k - 1) j_(l-1), j_l = s j_(l-1), r_0 = j_0 = 1 (Araujo, Norris and Sim 2019, eq. 2).

    The first entry is the input itself, layer 0.
    """
    out = [Field(0, 1, 1)]
    for layer in range(1, layers + 1):
        last = out[-1]
        out.append(Field(layer, last.size + dilation * (kernel - 1) * last.jump, stride * last.jump))
    return tuple(out)


def impulse(kernel: int, stride: int, dilation: int, layers: int) -> np.ndarray:
    """Gradient of one unit by every input cell it may see, float64 [cell], when all weights are 1.

    Found by sending an impulse back through the layers, each the transpose of a strided, dilated convolution: zeros are
    put between neighbours, then each copies itself to all taps. The value is the number of paths. Nothing of the
    formula is used, so the length is a measurement.
    """
    back = np.ones(1)
    comb = np.zeros(dilation * (kernel - 1) + 1)
    comb[::dilation] = 1.0
    for _ in range(layers):
        spread = np.zeros((len(back) - 1) * stride + 1)
        spread[::stride] = back
        back = np.convolve(spread, comb)
    return back


def measured(gradient: np.ndarray) -> int:
    """Cells from the first to the last that is not 0."""
    hit = np.flatnonzero(gradient)
    return int(hit[-1] - hit[0] + 1) if len(hit) else 0

"""Convolution as deep learning means it: output sizes, padding, the sliding sum, its transpose, what reaches what.

Pictures are [channel row column], filters [output channel row column] as ``torch.nn.functional.conv2d`` has them.
After Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from courseai_lab.kernels.lazy_jit import njit

PadMode = Literal["zero", "reflect", "replicate", "circular"]
Padding = Literal["valid", "same", "full", "number"]


class NoOutput(ValueError):
    """The kernel reaches over more cells than there are; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a convolution, all in cells.

    ``n`` input, ``kernel`` taps, ``dilation`` steps between taps, ``span`` cells from the first to the last tap,
    ``before`` and ``after`` padding of what is slid over, ``stuffed`` zeros put between neighbours (transposed only),
    ``step`` of the window over it, ``length`` of what is slid over, ``out`` output, ``left_over`` cells at the end that
    no window reaches. ``stride`` and ``padding`` are what the size formula is written with.
    """

    n: int
    kernel: int
    stride: int
    dilation: int
    padding: tuple[int, int]
    extra: int
    before: int
    after: int
    stuffed: int
    step: int
    length: int
    out: int
    transposed: bool

    @property
    def span(self) -> int:
        """d (k - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def left_over(self) -> int:
        """Cells at the end that the last window does not reach and one more window would not fit on."""
        return (self.length - self.span) % self.step

    @property
    def inner(self) -> tuple[int, int]:
        """First and one past the last padded cell that belongs to the input (with the zeros between)."""
        return max(self.before, 0), min(self.length, self.length - self.after)


def plan_axis(
    n: int,
    kernel: int,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = "valid",
    amount: int = 0,
    transposed: bool = False,
) -> Axis:
    """Sizes of one axis (Dumoulin and Visin 2016, relationships 6 and 14).

    "same" gives ceil(n / stride) outputs (n * stride when transposed), an odd cell of padding going to the end;
    "full" pads by span - 1; "number" pads both ends by ``amount``. Transposed, the same padding is cut off instead.
    Raises NoOutput with one sentence when the kernel is larger than what it is slid over.
    """
    span = dilation * (kernel - 1) + 1
    if padding == "same":
        total = span - stride if transposed else (-(-n // stride) - 1) * stride + span - n
        pad, extra = (max(total, 0) // 2, max(total, 0) - max(total, 0) // 2), max(-total, 0) if transposed else 0
    else:
        each = {"valid": 0, "full": span - 1, "number": amount}[padding]
        pad, extra = (each, each), 0
    if transposed:
        before, after, stuffed, step = span - 1 - pad[0], span - 1 - pad[1] + extra, stride - 1, 1
    else:
        before, after, stuffed, step = pad[0], pad[1], 0, stride
    length = (n - 1) * (stuffed + 1) + 1 + before + after
    if length < span:
        raise NoOutput(_too_small(kernel, span, length))
    out = (length - span) // step + 1
    return Axis(n, kernel, stride, dilation, pad, extra, before, after, stuffed, step, length, out, transposed)


def _too_small(kernel: int, span: int, length: int) -> str:
    cells = "1 cell" if length == 1 else f"{max(length, 0)} cells"
    return (
        f"A kernel of {kernel} taps reaches over {span} cells but has only {cells} to slide over: "
        "choose a smaller kernel, less dilation or other padding."
    )


def sources(axis: Axis, mode: PadMode = "zero") -> np.ndarray:
    """Which input cell stands at each place of the padded axis, int64 [length]; -1 where a zero does.

    Raises nothing: reflection goes on back and forth where the padding is longer than the input.
    """
    inside = (axis.n - 1) * (axis.stuffed + 1) + 1
    at = np.arange(-axis.before, inside + axis.after)
    if axis.transposed or mode == "zero":
        found = np.where((at >= 0) & (at < inside) & (at % (axis.stuffed + 1) == 0), at // (axis.stuffed + 1), -1)
        return found.astype(np.int64)
    if mode == "replicate":
        return np.clip(at, 0, axis.n - 1).astype(np.int64)
    if mode == "circular":
        return (at % axis.n).astype(np.int64)
    period = max(2 * (axis.n - 1), 1)
    folded = at % period
    return np.minimum(folded, period - folded).clip(0, axis.n - 1).astype(np.int64)


def padded(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """``x`` [channel row column] laid out as ``sources`` says for both axes, float32 [channel, rows, columns]."""
    if x.shape[1:] == (len(rows), len(columns)) and _plain(rows) and _plain(columns):
        return np.ascontiguousarray(x, dtype=np.float32)
    out = x.astype(np.float32, copy=False).take(np.maximum(rows, 0), axis=1).take(np.maximum(columns, 0), axis=2)
    out[:, rows < 0] = 0.0
    out[:, :, columns < 0] = 0.0
    return out


def _plain(source: np.ndarray) -> bool:
    return bool(len(source)) and source[0] == 0 and source[-1] == len(source) - 1 and bool((np.diff(source) == 1).all())


def starts(axis: Axis) -> np.ndarray:
    """First padded cell of every window, int64 [out]."""
    return np.arange(axis.out, dtype=np.int64) * axis.step


def taps(axis: Axis, index: int) -> np.ndarray:
    """Padded cells that output ``index`` reads, int64 [kernel]."""
    return index * axis.step + np.arange(axis.kernel, dtype=np.int64) * axis.dilation


def read_mask(axis: Axis) -> np.ndarray:
    """Whether any window reads a padded cell, bool [length]: strides that do not fit and wide dilation leave gaps."""
    out = np.zeros(axis.length, dtype=bool)
    out[(starts(axis)[:, None] + np.arange(axis.kernel) * axis.dilation).ravel()] = True
    return out


def reached(axis: Axis, cell: int) -> np.ndarray:
    """Which tap of each output reads the padded ``cell``, int64 [out]; -1 where none does."""
    away = cell - starts(axis)
    hit = (away >= 0) & (away < axis.span) & (away % axis.dilation == 0)
    return np.where(hit, away // axis.dilation, -1).astype(np.int64)


def flipped(w: np.ndarray) -> np.ndarray:
    """The kernel turned by 180 degrees: what makes a correlation a convolution; last two axes."""
    return np.ascontiguousarray(w[..., ::-1, ::-1])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _add_taps(row, source, weights, at, count, step):  # type: ignore[no-untyped-def]
    """row[j] += sum over k < count of weights[k] source[at[k] + j step]; ``count`` is a multiple of four.

    Four taps at once keep ``row`` in registers. Views, not offsets: an index that might be negative keeps a loop from
    being vectorised.
    """
    k = 0
    while k < count:
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        p, q, r, s = at[k], at[k + 1], at[k + 2], at[k + 3]
        if step == 1:
            one, two, three, four = source[p:], source[q:], source[r:], source[s:]
            for j in range(row.shape[0]):
                row[j] += a * one[j] + b * two[j] + c * three[j] + d * four[j]
        else:
            first, second, third, fourth = source[p::step], source[q::step], source[r::step], source[s::step]
            for j in range(row.shape[0]):
                row[j] += a * first[j] + b * second[j] + c * third[j] + d * fourth[j]
        k += 4


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _slide(x, w, down, across, dilation, each, out):  # type: ignore[no-untyped-def]
    """out[o, i, j] += sum over c, u, v of w[o, c, u, v] x[c, i down + u dilation, j across + v dilation]."""
    filters, depth, high, wide = w.shape
    weights = np.empty(wide + 3, dtype=np.float32)
    at = np.empty(wide + 3, dtype=np.int64)
    for o in range(filters):
        first = (o // each) * depth
        for i in range(out.shape[1]):
            for c in range(depth):
                for u in range(high):
                    count = 0
                    for v in range(wide):
                        if w[o, c, u, v] != 0.0:
                            weights[count], at[count] = w[o, c, u, v], v * dilation
                            count += 1
                    while count % 4:  # taps of weight 0: cheaper than one pass for each tap that is left
                        weights[count], at[count] = 0.0, at[0]
                        count += 1
                    _add_taps(out[o, i], x[first + c, i * down + u * dilation], weights, at, count, across)


def correlate(x: np.ndarray, w: np.ndarray, rows: Axis, columns: Axis, groups: int = 1) -> np.ndarray:
    """Slide filters over a padded picture: cross-correlation, the "convolution" of deep learning.

    y[o, i, j] = sum_c sum_u sum_v w[o, c, u, v] x[c, s i + d u, s j + d v], over the channels of o's group
    (Goodfellow, Bengio and Courville 2016, eq. 9.6 and 9.8).

    Args:
        x: padded picture, float32 [channel, rows.length, columns.length].
        w: filters, float32 [filter, channel / groups, kernel row, kernel column]; filters divide evenly into groups.

    Returns float32 [filter, rows.out, columns.out]. Raises ValueError when the shapes do not fit.
    """
    fits = x.ndim == 3 and w.ndim == 4 and x.shape[1:] == (rows.length, columns.length)
    if not fits or w.shape[2:] != (rows.kernel, columns.kernel) or w.shape[1] * groups != x.shape[0]:
        raise ValueError(f"A picture {x.shape} and filters {w.shape} in {groups} groups do not fit together.")
    if w.shape[0] % groups:
        raise ValueError(f"{w.shape[0]} filters do not divide into {groups} groups.")
    out = np.zeros((w.shape[0], rows.out, columns.out), dtype=np.float32)
    _slide(
        np.ascontiguousarray(x, dtype=np.float32),
        np.ascontiguousarray(w, dtype=np.float32),
        rows.step,
        columns.step,
        rows.dilation,
        w.shape[0] // groups,
        out,
    )
    return out

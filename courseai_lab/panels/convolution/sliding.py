"""The stepper: one layout of window over picture, kept while the window moves, and the frame at one of its places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.convolution import (
    Axis,
    NoOutput,
    correlate,
    flipped,
    padded,
    plan_axis,
    reached,
    read_mask,
    sources,
    taps,
)
from courseai_lab.kernels.pooling import PoolKind, pool, shifted, unchanged, winner
from courseai_lab.panels.convolution.frame import Frame
from courseai_lab.panels.convolution.inputs import Input, Weights, kernel, picture
from courseai_lab.panels.convolution.params import ConvolutionParams

GROUPS = {"pairs": 2, "fours": 4}
TOLERANCE = 0.02
"""A cell is called unchanged when it differs by at most this share of the input's range."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that stays while the window moves: ``still`` is the frame without a window."""

    still: Frame
    rows: Axis
    columns: Axis
    row_sources: np.ndarray
    column_sources: np.ndarray
    pool: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the output."""
        return self.rows.out, self.columns.out


def place(share: float, count: int) -> int:
    """The cell that a share of an axis falls into."""
    return min(max(int(share * count), 0), count - 1)


def sliding_scene(p: ConvolutionParams, ctx: Ctx) -> Scene:
    """Slide the kernel over the whole picture. Raises BadValue with one sentence where there is no output."""
    found = picture(p, ctx)
    weights = kernel(p, ctx, len(found.x))
    depth, notes = _depth(p, len(found.x))
    rows, columns = (
        _axis(p, length, size) for length, size in zip(found.x.shape[1:], weights.cells.shape[1:], strict=True)
    )
    mode = p.pad_mode
    if p.transposed and mode != "zero" and p.padding != "valid":
        notes += ("A transposed convolution has zeros outside, whatever the padding.",)
    row_sources, column_sources = sources(rows, mode), sources(columns, mode)
    ctx.tick(0, 3)
    x = padded(found.x, row_sources, column_sources)
    turned = (p.operation == "convolution") != p.transposed
    cells = flipped(weights.cells) if turned else weights.cells
    groups = len(found.x) // depth
    ctx.tick(1, 3)
    y = correlate(x, cells.reshape(groups, depth, *cells.shape[1:]), rows, columns, groups)
    if weights.divisor != 1.0:
        y /= np.float32(weights.divisor)
    if weights.bias:
        y += np.float32(weights.bias)
    ctx.tick(2, 3)
    still = _still(p, found, weights, x, y, depth, notes)
    still = replace(still, applied=cells, flipped=turned, **_geometry(rows, columns, p.transposed))
    return Scene(still, rows, columns, row_sources, column_sources, "")


def _axis(p: ConvolutionParams, length: int, size: int) -> Axis:
    try:
        return plan_axis(
            length,
            size,
            stride=p.stride,
            dilation=p.dilation,
            padding=p.padding,
            amount=p.amount,
            transposed=p.transposed,
        )
    except NoOutput as problem:
        raise BadValue(str(problem), "size") from None


def _depth(p: ConvolutionParams, channels: int) -> tuple[int, tuple[str, ...]]:
    """Channels summed into one output map, with a note where the groups asked for do not divide them."""
    wanted = {"together": channels, "apart": 1}.get(p.groups) or GROUPS[p.groups]
    if p.kind == "learned" and p.groups == "apart" and channels > 1:
        return channels, ("A filter of the second layer sums all 16 channels: that is one group.",)
    if channels % wanted == 0:
        return wanted, ()
    if channels == 1:
        return 1, ()
    return channels, (f"Groups of {wanted} do not divide {channels} channels: all are summed as one group.",)


def _still(
    p: ConvolutionParams,
    found: Input,
    weights: Weights,
    x: np.ndarray,
    y: np.ndarray,
    depth: int,
    notes: tuple[str, ...],
) -> Frame:
    channel = min(p.channel, len(found.x)) - 1
    return Frame(
        study=p.study.value,
        step=0,
        input_note=found.note,
        kernel_note=weights.note,
        notes=(*weights.notes, *notes),
        value_range=found.value_range,
        x=x,
        inner=(0, x.shape[1], 0, x.shape[2]),
        y=y,
        y_range=(float(y.min()), float(y.max())),
        kernel=weights.cells[:depth].copy(),
        applied=weights.cells,
        divisor=weights.divisor,
        bias=weights.bias,
        flipped=False,
        editable=weights.editable,
        transposed=p.study == "step" and p.transposed,
        channel=channel,
        depth=depth,
        map=channel // depth,
    )


def _geometry(rows: Axis, columns: Axis, transposed: bool) -> dict[str, Any]:
    each = [
        (a.n, a.kernel, a.stride, a.dilation, *a.padding, a.span, a.out, a.left_over, a.extra) for a in (rows, columns)
    ]
    return {
        "inner": (*rows.inner, *columns.inner),
        "size": np.array(each, dtype=np.int64).T.copy(),
        "rows_read": read_mask(rows),
        "columns_read": read_mask(columns),
    }


def pooling_scene(p: ConvolutionParams, ctx: Ctx) -> Scene:
    """Pool the whole picture, and the picture moved by some pixels beside it."""
    found = picture(p, ctx)
    high, wide = found.x.shape[1:]
    if p.pool.startswith("global"):
        rows, columns = plan_axis(high, high), plan_axis(wide, wide)
    else:
        rows, columns = (_pool_axis(p, length) for length in (high, wide))
    kind: PoolKind = {"global_max": "max", "global_average": "average"}.get(p.pool, p.pool)  # type: ignore[assignment]
    ctx.tick(0, 2)
    y = pool(found.x, rows, columns, kind)
    moved = shifted(found.x, p.shift_down, p.shift_right)
    ctx.tick(1, 2)
    y_moved = pool(moved, rows, columns, kind)
    tolerance = TOLERANCE * (found.value_range[1] - found.value_range[0])
    sampled = [one[:, :: rows.step, :: columns.step] for one in (found.x, moved)]
    empty = Weights(np.zeros((1, 1, 1)), 1.0, 0.0, "", False)
    still = _still(p, found, empty, found.x, y, 1, ())
    still = replace(
        still,
        **_geometry(rows, columns, False),
        pool=kind,
        y_shifted=y_moved,
        change=(y_moved.astype(np.float64) - y).mean(axis=0).astype(np.float32),
        kept_input=unchanged(found.x, moved, tolerance),
        kept_output=unchanged(y, y_moved, tolerance),
        kept_sampled=unchanged(sampled[0], sampled[1], tolerance),
        tolerance=tolerance,
    )
    return Scene(still, rows, columns, sources(rows), sources(columns), kind)


def _pool_axis(p: ConvolutionParams, length: int) -> Axis:
    try:
        return plan_axis(length, p.pool_size, stride=p.pool_stride)
    except NoOutput as problem:
        raise BadValue(str(problem).replace("kernel of", "pool of").replace("taps", "cells"), "pool_size") from None


def frame_at(scene: Scene, at: tuple[int, int], step: int, p: ConvolutionParams) -> Frame:
    """The frame with the window on output cell ``at``: every product of it, and what the marked pixel reaches."""
    still, (i, j) = scene.still, at
    channel = min(p.channel, len(still.x)) - 1
    row, column = taps(scene.rows, i), taps(scene.columns, j)
    inside_rows, inside_columns = scene.row_sources[row] >= 0, scene.column_sources[column] >= 0
    r0, r1, c0, c1 = still.inner
    inside_rows &= (row >= r0) & (row < r1)
    inside_columns &= (column >= c0) & (column < c1)
    index = channel // still.depth
    group = still.x[index * still.depth : (index + 1) * still.depth][:, row][:, :, column].astype(np.float64)
    inner = channel % still.depth
    window = group[inner]
    shown = replace(
        still,
        step=step,
        at=at,
        channel=channel,
        map=index,
        window_rows=row,
        window_columns=column,
        window=window,
        outside=~(inside_rows[:, None] & inside_columns[None, :]),
        value=float(still.y[index, i, j]),
        **_probe(scene, p),
    )
    if scene.pool:
        best = winner(window) if scene.pool == "max" else None
        return replace(shown, winner=best, row_sums=_POOLED_ROWS[scene.pool](window))
    weights = still.applied[index * still.depth : (index + 1) * still.depth]
    products = weights[inner] * window
    return replace(
        shown,
        products=products,
        row_sums=products.sum(axis=1),
        channel_sums=(weights * group).sum(axis=(1, 2)),
        applied=weights,
    )


_POOLED_ROWS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "max": lambda window: window.max(axis=1),
        "average": lambda window: window.sum(axis=1),
        "l2": lambda window: np.square(window).sum(axis=1),
    }
)


def _probe(scene: Scene, p: ConvolutionParams) -> dict[str, Any]:
    """Which outputs read the marked pixel, also through the padding that repeats it."""
    if p.probe is None:
        return {}
    r0, _, c0, _ = scene.still.inner
    masks, cell = [], []
    for axis, source, share, first in (
        (scene.rows, scene.row_sources, p.probe[0], r0),
        (scene.columns, scene.column_sources, p.probe[1], c0),
    ):
        pixel = place(share, axis.n)
        copies = np.flatnonzero(source == pixel)
        hit = np.zeros(axis.out, dtype=bool)
        for copy in copies:
            hit |= reached(axis, int(copy)) >= 0
        masks.append(hit)
        inside = copies[(copies >= first)] if len(copies) else copies
        cell.append(int(inside[0]) if len(inside) else -1)
    return {
        "probe": (cell[0], cell[1]),
        "reached_rows": masks[0],
        "reached_columns": masks[1],
        "reached": int(masks[0].sum()) * int(masks[1].sum()),
    }

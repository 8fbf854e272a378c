"""What the panes show of a frame: pictures, matrices and lines, study by study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.panels.convolution import sums
from courseai_lab.panels.convolution.layers_pane import Cone
from courseai_lab.panels.convolution.marks import Shown
from courseai_lab.panels.convolution.matrix_pane import Grid, grid
from courseai_lab.panels.convolution.paint import Picture, cell_text
from courseai_lab.panels.convolution.sum_pane import Line, said

if TYPE_CHECKING:
    from courseai_lab.panels.convolution.frame import Frame
    from courseai_lab.panels.convolution.params import ConvolutionLook, ConvolutionParams

MOST_CELLS = 121


class Board:
    """Pictures, matrices, lines and the cone that a study shows; empty ones are left out."""

    def __init__(
        self,
        pictures: tuple[Shown, ...],
        grids: tuple[Grid, ...] = (),
        lines: tuple[Line, ...] = (),
        cone: Cone | None = None,
    ) -> None:
        self.pictures, self.grids, self.lines, self.cone = pictures, grids, lines, cone


def board(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    """Everything there is to show."""
    return _BOARDS[frame.study](frame, params, look)


def _input_picture(frame: Frame, params: ConvolutionParams) -> Picture:
    low, high = frame.value_range
    x = frame.x
    if len(x) == 3:
        return Picture(x, low, high, "rgb")
    one = x if len(x) == 1 else x[frame.channel : frame.channel + 1]
    if low < 0:
        limit = max(-low, high)
        return Picture(one, -limit, limit, "diverging")
    return Picture(one, low, high, "sequential" if params.source == "grid" else "grey")


def _output_picture(frame: Frame, params: ConvolutionParams, y: np.ndarray) -> tuple[Picture, str]:
    """How an output is coloured, and a word about it where colours are not what they seem."""
    low, high = frame.y_range
    if len(y) == 3 and len(frame.x) == 3:
        if low < -0.5:
            return Picture(y, 0.0, max(-low, high), "absolute"), "size without sign, in three colours"
        return Picture(y, 0.0, max(high, frame.value_range[1]), "rgb"), ""
    one = y if len(y) == 1 else y[frame.map : frame.map + 1]
    if low < 0:
        limit = max(-low, high)
        return Picture(one, -limit, limit, "diverging"), ""
    top = high if high > 0 else 1.0
    if params.source == "grid":
        return Picture(one, 0.0, top, "sequential"), ""
    return Picture(one, 0.0, max(top, frame.value_range[1]) if frame.value_range[1] == 255 else top, "grey"), ""


def _window_mark(frame: Frame) -> tuple[np.ndarray, np.ndarray] | None:
    if frame.window_rows is None or frame.window_columns is None:
        return None
    return frame.window_rows, frame.window_columns


def _input_shown(frame: Frame, params: ConvolutionParams, title: str) -> Shown:
    r0, _, c0, _ = frame.inner
    return Shown(
        title,
        _input_picture(frame, params),
        frame.input_note,
        inner=frame.inner,
        read=(frame.rows_read, frame.columns_read)
        if frame.rows_read is not None and frame.columns_read is not None
        else None,
        window=_window_mark(frame),
        probe=frame.probe,
        first=(1 - r0, 1 - c0),
    )


def _reached(frame: Frame) -> tuple[np.ndarray, np.ndarray] | None:
    if frame.reached_rows is None or frame.reached_columns is None:
        return None
    return frame.reached_rows, frame.reached_columns


def _size(frame: Frame) -> str:
    return f"{frame.y.shape[1]} × {frame.y.shape[2]}"


def _step(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    q = sums.quantities(frame)
    title = f"input {q['n'][0]} × {q['n'][1]}"
    if len(frame.x) > 3:
        title = f"channel {frame.channel + 1} of {len(frame.x)}, {q['n'][0]} × {q['n'][1]}"
    if frame.x.shape[1:] != (q["n"][0], q["n"][1]):
        how = "zeros between" if frame.transposed else "padded"
        title += f" → {how}: {frame.x.shape[1]} × {frame.x.shape[2]}"
    picture, word = _output_picture(frame, params, frame.y)
    out = f"output {_size(frame)}" + ("" if len(frame.y) in (1, 3) else f", map {frame.map + 1} of {len(frame.y)}")
    output = Shown(
        out + (f": {word}" if word else ""),
        picture,
        cell=frame.at,
        done=frame.at,
        unvisited=look.unvisited,
        reached=_reached(frame),
    )
    return Board((_input_shown(frame, params, title), output), _step_grids(frame, params), sums.step_lines(frame))


def _step_grids(frame: Frame, params: ConvolutionParams) -> tuple[Grid, ...]:
    assert frame.window is not None and frame.products is not None
    weights = frame.applied[frame.channel % frame.depth]
    limit = float(np.abs(weights).max()) or 1.0
    most = float(np.abs(frame.products).max()) or 1.0
    over = "" if frame.divisor == 1 else f" (over {cell_text(frame.divisor)})"
    turned = ", turned by 180°" if frame.flipped else ""
    channel = "" if len(frame.x) == 1 else f", channel {frame.channel + 1}"
    return (
        Grid("x", f"window{channel}", frame.window, _like(frame, params), outside=frame.outside),
        grid(
            "kernel",
            f"kernel{over}{turned}",
            weights,
            -limit,
            limit,
            sign="×",
            note=frame.kernel_note,
            flipped=frame.flipped,
        ),
        grid("y", "products", frame.products, -most, most, sign="="),
    )


def _like(frame: Frame, params: ConvolutionParams) -> Picture:
    """The window's values in the colours of the input."""
    assert frame.window is not None
    shown = _input_picture(frame, params)
    kind = "grey" if shown.kind == "rgb" else shown.kind
    return Picture(frame.window[None], shown.low, shown.high, kind)


def _pool(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    assert frame.window is not None and frame.y_shifted is not None and frame.change is not None
    picture = _input_picture(frame, params)
    pooled = Picture(
        frame.y if len(frame.y) == len(picture.values) else frame.y[frame.map : frame.map + 1],
        picture.low,
        picture.high,
        picture.kind,
    )
    if frame.pool == "l2":
        pooled = Picture(pooled.values, picture.low, max(frame.y_range[1], 1e-6), picture.kind)
    moved = Picture(frame.y_shifted[: len(pooled.values)], pooled.low, pooled.high, pooled.kind)
    limit = max(float(np.abs(frame.change).max()), frame.tolerance)
    pictures = (
        _input_shown(frame, params, f"input {frame.x.shape[1]} × {frame.x.shape[2]}"),
        Shown(
            f"pooled {_size(frame)}",
            pooled,
            cell=frame.at,
            done=frame.at,
            unvisited=look.unvisited,
            reached=_reached(frame),
        ),
        Shown("pooled after the shift", moved),
        Shown("what changed", Picture(frame.change[None], -limit, limit, "diverging"), "after − before"),
    )
    grids: tuple[Grid, ...] = ()
    if frame.window.size <= MOST_CELLS:
        grids = (Grid("pool", "window", frame.window, _like(frame, params), winner=frame.winner),)
    return Board(pictures, grids, (*sums.pool_lines(frame), *sums.shift_lines(frame)))


def _field(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    assert frame.gradient_map is not None and frame.field_sizes is not None and frame.field_measured is not None
    assert frame.cone_layer is not None and frame.cone_at is not None and frame.field_jumps is not None
    size = int(frame.field_sizes[-1])
    i, j = frame.at
    half = (size - 1) // 2
    shown = Shown(
        f"one unit sees {size} × {size} of {frame.x.shape[1]} × {frame.x.shape[2]}",
        _input_picture(frame, params),
        "the stronger the veil, the more paths lead there",
        box=(i - half, j - half, size, size),
        glow=frame.gradient_map,
    )
    depth = len(frame.field_sizes) - 1
    cone = Cone(frame.cone_layer, frame.cone_at, frame.field_sizes, frame.field_measured, frame.field_jumps, depth)
    return Board((shown,), (), _field_lines(frame), cone)


def _field_lines(frame: Frame) -> tuple[Line, ...]:
    assert frame.field_sizes is not None and frame.field_measured is not None and frame.field_jumps is not None
    lines = []
    for layer in range(1, len(frame.field_sizes)):
        before, jump = int(frame.field_sizes[layer - 1]), int(frame.field_jumps[layer - 1])
        now, found = int(frame.field_sizes[layer]), int(frame.field_measured[layer])
        added = (now - before) // max(jump, 1)
        lines.append(
            said(
                f"{layer} layers: {before} + {added}·{jump} = {now}; by the gradient {found}".replace(
                    "1 layers", "1 layer"
                )
            )
        )
    return tuple(lines)


def _separable(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    assert frame.half is not None and frame.through is not None
    assert frame.split_columns is not None and frame.split_rows is not None and frame.rebuilt is not None
    direct, _ = _output_picture(frame, params, frame.y)
    both = Picture(frame.through, direct.low, direct.high, direct.kind)
    low, high = float(frame.half.min()), float(frame.half.max())
    half = (
        Picture(frame.half, -max(-low, high), max(-low, high), "diverging")
        if low < 0
        else Picture(frame.half, 0.0, high or 1.0, "grey")
    )
    count = len(frame.split_columns)
    pictures = (
        Shown("input", _input_picture(frame, params), frame.input_note),
        Shown("after the column" + ("" if count == 1 else ", first term"), half),
        Shown("after column and row" + ("" if count == 1 else f", {count} terms"), both),
        Shown("the whole kernel at once", direct),
    )
    weights = frame.kernel[0]
    limit = float(np.abs(weights).max()) or 1.0
    over = "" if frame.divisor == 1 else f" (over {cell_text(frame.divisor)})"
    grids = [grid("kernel", f"kernel{over}", weights, -limit, limit, note=frame.kernel_note)]
    for k in range(min(count, 2)):
        column, row = frame.split_columns[k], frame.split_rows[k]
        ends = [float(np.abs(one).max()) or 1.0 for one in (column, row)]
        grids.append(grid(f"columns{k}", "column", column[:, None], -ends[0], ends[0], sign="=" if k == 0 else "+"))
        grids.append(
            grid(f"rows{k}", "row" + ("" if k == 0 or count == 2 else " + …"), row[None], -ends[1], ends[1], sign="×")
        )
    if count < frame.rank:
        grids.append(
            grid(
                "rebuilt",
                f"these {count} of {frame.rank} terms" if count > 1 else f"1 of {frame.rank} terms",
                frame.rebuilt,
                -limit,
                limit,
                sign="→",
            )
        )
    return Board(pictures, tuple(grids), sums.separable_lines(frame))


def _fourier(frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> Board:
    assert frame.spectra is not None
    high, wide = frame.x.shape[1:]
    here = (high // 2 + frame.wave[0], wide // 2 + frame.wave[1])
    here = (here[0] % high, here[1] % wide)
    top = float(frame.spectra.max()) or 1.0
    first = (-(high // 2), -(wide // 2))
    spectra = [
        Shown(
            title,
            Picture(one[None], 0.0, float(one.max()) or top, "sequential"),
            "log₁₀(1 + size)",
            probe=here,
            first=first,
        )
        for title, one in zip(
            ("spectrum X of the input", "× spectrum W of the kernel", "= spectrum Y of the output"),
            frame.spectra,
            strict=True,
        )
    ]
    output, _ = _output_picture(frame, params, frame.y)
    pictures = (
        Shown("input", _input_picture(frame, params), frame.input_note),
        spectra[0],
        spectra[1],
        spectra[2],
        Shown("output, going on at the other side", output),
    )
    weights = frame.kernel[0]
    limit = float(np.abs(weights).max()) or 1.0
    over = "" if frame.divisor == 1 else f" (over {cell_text(frame.divisor)})"
    kernel = grid("kernel", f"kernel{over}", weights, -limit, limit, note=frame.kernel_note)
    return Board(pictures, (kernel,), sums.fourier_lines(frame))


_BOARDS: Mapping[str, Callable[[Frame, ConvolutionParams, ConvolutionLook], Board]] = MappingProxyType(
    {"step": _step, "pool": _pool, "field": _field, "separable": _separable, "fourier": _fourier}
)

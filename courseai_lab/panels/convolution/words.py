"""The panel in words: its formulas, the live numbers in them, and what is seen now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import Formula, Term
from courseai_lab.kernels.number_text import number, percent, plural
from courseai_lab.panels.convolution.choices import Study
from courseai_lab.panels.convolution.frame import QUANTITIES, Frame
from courseai_lab.panels.convolution.params import ConvolutionLook, ConvolutionParams

_W = Term("kernel", "the kernel's weights, row u and column v", "model")
_X = Term("x", "the input, with its padding", "data")
_Y = Term("y", "the output cell at row i, column j")
_SIZE = Term("size", "weights along one side of the kernel")
_STRIDE = Term("stride", "cells the window moves from one output to the next")
_DILATION = Term("dilation", "cells from one weight to the next")
_PADDING = Term("padding", "cells of padding before and after the input, both counted")
_N = Term("n", "cells along one side of the input")
_OUT = Term("out", "cells along one side of the output")


def _sliding(p: ConvolutionParams) -> Formula:
    weight = r"w_{u,v}" if p.operation == "correlation" else r"w_{k-1-u,\,k-1-v}"
    here = r"\term{x}{x_{s i + d u,\; s j + d v}}"
    size = (
        r"\term{out}{n'} = \left\lfloor \frac{\term{n}{n} + \term{padding}{p} - \term{dilation}{d}(\term{size}{k} - 1)"
        r" - 1}{\term{stride}{s}} \right\rfloor + 1"
    )
    return Formula(
        rf"\term{{y}}{{y_{{i,j}}}} = \sum_{{u,v}} \term{{kernel}}{{{weight}}}\, {here},\qquad {size}",
        (_Y, _W, _X, _OUT, _N, _PADDING, _DILATION, _SIZE, _STRIDE),
    )


def _transposed(p: ConvolutionParams) -> Formula:
    cut = Term("padding", "cells cut off the output, before and after together")
    extra = Term("extra", "cells added at the end, where the kernel is smaller than the stride")
    return Formula(
        r"\term{y}{y} = \term{kernel}{W}^{\top} \term{x}{x},\qquad \term{out}{n'} = (\term{n}{n} - 1)\,"
        r"\term{stride}{s} - \term{padding}{p} + \term{dilation}{d}(\term{size}{k} - 1) + 1 + \term{extra}{a}",
        (_Y, _W, _X, _OUT, _N, _STRIDE, cut, _DILATION, _SIZE, extra),
    )


_POOLS = MappingProxyType(
    {
        "max": r"\max_{u,v}\, x_{s i + u,\, s j + v}",
        "average": r"\frac{1}{k^2} \sum_{u,v} x_{s i + u,\, s j + v}",
        "l2": r"\sqrt{\sum_{u,v} x_{s i + u,\, s j + v}^2}",
        "global_max": r"\max_{u,v}\, x_{u,v}",
        "global_average": r"\frac{1}{n^2} \sum_{u,v} x_{u,v}",
    }
)


def _pooling(p: ConvolutionParams) -> Formula:
    side, move = Term("pool_size", "cells along the pool's side"), Term("pool_stride", "cells the pool moves")
    body = rf"\term{{y}}{{y_{{i,j}}}} = \term{{pool}}{{{_POOLS[p.pool]}}}"
    terms = (_Y, Term("pool", "what is kept of the window"))
    if p.pool.startswith("global"):
        return Formula(body, terms)
    size = (
        r"\term{out}{n'} = \left\lfloor \frac{\term{n}{n} - \term{pool_size}{k}}{\term{pool_stride}{s}}"
        r" \right\rfloor + 1"
    )
    return Formula(rf"{body},\qquad {size}", (*terms, _OUT, _N, side, move))


def _field(p: ConvolutionParams) -> Formula:
    return Formula(
        r"\term{out}{r_L} = 1 + \sum_{l=1}^{\term{layers}{L}} \term{dilation}{d}\,(\term{size}{k} - 1)\,"
        r"\term{stride}{s}^{\,l-1}",
        (
            Term("out", "input cells along one side that a unit of the last layer sees"),
            Term("layers", "layers in the stack"),
            _DILATION,
            _SIZE,
            _STRIDE,
        ),
    )


def _separable(p: ConvolutionParams) -> Formula:
    return Formula(
        r"\term{kernel}{W} = \sum_{t=1}^{\term{rank}{R}} \term{columns}{a_t}\,\term{rows}{b_t^{\top}},\qquad"
        r" \term{cost}{k^2 \rightarrow 2 k r} \mathrm{\ multiplications\ a\ pixel}",
        (
            _W,
            Term("rank", "how many terms the kernel truly needs"),
            Term("columns", "a column: a one-dimensional kernel going down"),
            Term("rows", "a row: a one-dimensional kernel going across"),
            Term("cost", "multiplications for one output cell: the whole kernel, and the terms used"),
        ),
    )


def _fourier(p: ConvolutionParams) -> Formula:
    kernel = r"\overline{W_{f}}" if p.operation == "correlation" else r"W_{f}"
    return Formula(
        rf"\term{{y}}{{Y_{{f}}}} = \term{{x}}{{X_{{f}}}} \cdot \term{{kernel}}{{{kernel}}}"
        r"\quad \mathrm{at\ every\ frequency\ } \term{wave}{f}",
        (
            Term("y", "the output's transform at the marked frequency"),
            Term("x", "the input's transform there"),
            Term("kernel", "the kernel's transform there; turned for a correlation", "model"),
            Term("wave", "the marked frequency, in waves over the picture: down, across"),
        ),
    )


_FORMULAS: Mapping[Study, Callable[[ConvolutionParams], Formula]] = MappingProxyType(
    {
        Study.STEP: lambda p: _transposed(p) if p.transposed else _sliding(p),
        Study.POOL: _pooling,
        Study.FIELD: _field,
        Study.SEPARABLE: _separable,
        Study.FOURIER: _fourier,
    }
)


def formula(p: ConvolutionParams, look: ConvolutionLook) -> Formula:
    """The formula of the study."""
    return _FORMULAS[p.study](p)


def readings(frame: Frame, p: ConvolutionParams, look: ConvolutionLook) -> Mapping[str, float | str]:
    """Live numbers of the formula's terms; of a size, rows x columns where the two differ."""
    made = _READINGS[Study(frame.study)](frame)
    named = {term.id for term in formula(p, look).terms}
    return {name: value for name, value in made.items() if name in named}


def _sizes(frame: Frame) -> dict[str, float | str]:
    assert frame.size is not None
    rows = dict(zip(QUANTITIES, frame.size.tolist(), strict=True))
    pad = [rows["before"][axis] + rows["after"][axis] for axis in (0, 1)]
    texts = {name: _pair(*rows[name]) for name in ("n", "out", "extra", "stride", "dilation")}
    return {**texts, "size": _pair(*rows["kernel"]), "padding": _pair(*pad)}


def _pair(first: int, second: int) -> str:
    return str(first) if first == second else f"{first} down, {second} across"


def _step_readings(frame: Frame) -> dict[str, float | str]:
    assert frame.window is not None
    middle = tuple(length // 2 for length in frame.window.shape)
    weight = float(frame.applied[frame.channel % frame.depth][middle]) / frame.divisor
    return {
        **_sizes(frame),
        "y": f"{value_text(frame.value)} at row {frame.at[0] + 1}, column {frame.at[1] + 1}",
        "kernel": f"{value_text(weight)} in the middle",
        "x": f"{value_text(float(frame.window[middle]))} in the middle",
    }


def _pool_readings(frame: Frame) -> dict[str, float | str]:
    sizes = _sizes(frame)
    return {**sizes, "y": frame.value, "pool": frame.value, "pool_size": sizes["size"], "pool_stride": sizes["stride"]}


def _field_readings(frame: Frame) -> dict[str, float | str]:
    assert frame.field_sizes is not None
    return {"out": float(frame.field_sizes[-1]), "layers": float(len(frame.field_sizes) - 1)}


def _separable_readings(frame: Frame) -> dict[str, float | str]:
    return {"rank": float(frame.rank), "cost": f"{frame.costs[0]} → {frame.costs[1]}"}


def complex_text(part: np.ndarray) -> str:
    """``a + b i`` with six digits, enough to multiply by hand and compare; what is only rounding beside it is 0."""
    part = np.where(np.abs(part) > 1e-12 * np.abs(part).max(), part, 0.0)
    sign = "−" if part[1] < 0 else "+"
    return f"{_six(float(part[0]))} {sign} {_six(abs(float(part[1])))} i"


def value_text(value: float) -> str:
    """Whole numbers whole, others with three digits."""
    return str(int(value)).replace("-", "−") if value == int(value) and abs(value) < 1e6 else number(value)


def _six(value: float) -> str:
    return f"{value:.6g}".replace("-", "−").replace("e−0", "e−")


def _fourier_readings(frame: Frame) -> dict[str, float | str]:
    assert frame.complexes is not None
    x, w, _, y = (complex_text(part) for part in frame.complexes)
    return {"x": x, "kernel": w, "y": y, "wave": f"{frame.wave[0]} down, {frame.wave[1]} across"}


_READINGS: Mapping[Study, Callable[[Frame], dict[str, float | str]]] = MappingProxyType(
    {
        Study.STEP: _step_readings,
        Study.POOL: _pool_readings,
        Study.FIELD: _field_readings,
        Study.SEPARABLE: _separable_readings,
        Study.FOURIER: _fourier_readings,
    }
)


def sentence(frame: Frame, p: ConvolutionParams, look: ConvolutionLook) -> str:
    """What is seen now, with its numbers."""
    return _SENTENCES[Study(frame.study)](frame, p)


def _shape(array: np.ndarray) -> str:
    return f"{array.shape[-2]} × {array.shape[-1]}"


def _step_sentence(frame: Frame, p: ConvolutionParams) -> str:
    assert frame.window is not None and frame.size is not None and frame.rows_read is not None
    count = frame.depth * frame.window.size
    where = f"output row {frame.at[0] + 1}, column {frame.at[1] + 1}"
    said = f"At {where} of {_shape(frame.y)}, {plural(count, 'product')} add up to {value_text(frame.value)}"
    rows, columns = frame.size[list(QUANTITIES).index("left_over")].tolist()
    if rows or columns:
        said += f"; the stride does not fit, so {_left(rows, columns)} at the end {_is(rows + columns)} never read"
    elif not (frame.rows_read.all() and frame.columns_read is not None and frame.columns_read.all()):
        said += "; the hatched cells fall between the windows and are never read"
    if frame.probe is not None:
        said += f"; the marked input pixel reaches {plural(frame.reached, 'output')}"
    return said + "."


def _left(rows: int, columns: int) -> str:
    parts = [plural(count, word) for count, word in ((rows, "row"), (columns, "column")) if count]
    return " and ".join(parts)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _pool_sentence(frame: Frame, p: ConvolutionParams) -> str:
    moved = _moved(p)
    if not moved:
        kept = f"This window keeps {value_text(frame.value)}"
        return f"{kept}; shift the input to see what stays of the {_shape(frame.y)} output."
    pooled, plain, sampled = (percent(share) for share in (frame.kept_output, frame.kept_input, frame.kept_sampled))
    return (
        f"Moved {moved}, {pooled} of the pooled cells that are not empty stay within 2\u202f% of the range; "
        f"of the input's pixels {plain} do, and {sampled} where every stride-th pixel is taken."
    )


def _moved(p: ConvolutionParams) -> str:
    ways = ((p.shift_right, ("right", "left")), (p.shift_down, ("down", "up")))
    return " and ".join(f"{abs(by)} px {names[by < 0]}" for by, names in ways if by)


def _field_sentence(frame: Frame, p: ConvolutionParams) -> str:
    assert frame.field_sizes is not None and frame.field_measured is not None and frame.gradient is not None
    size, found = int(frame.field_sizes[-1]), int(frame.field_measured[-1])
    gaps = int((frame.gradient == 0).sum())
    said = f"One unit after {plural(p.layers, 'layer')} sees {size} × {size} input cells by the formula; "
    said += f"its gradient reaches over {found} × {found}"
    return said + (
        f", with {plural(gaps, 'gap')} along each axis that it never sees." if gaps else ", every one of them."
    )


def _separable_sentence(frame: Frame, p: ConvolutionParams) -> str:
    assert frame.split_columns is not None
    used, (whole, parts) = len(frame.split_columns), frame.costs
    said = f"The kernel has rank {frame.rank}; {plural(used, 'column-and-row pair')} cost{'s' if used == 1 else ''} "
    said += f"{parts} multiplications a pixel instead of {whole}; the picture "
    scale = max(abs(frame.y_range[0]), abs(frame.y_range[1]), 1e-30)
    if frame.away <= 1e-5 * scale:
        return said + "is the same."
    return said + f"is up to {number(frame.away)} off."


def _fourier_sentence(frame: Frame, p: ConvolutionParams) -> str:
    assert frame.complexes is not None
    x, w, _, y = (float(np.hypot(*part)) for part in frame.complexes)
    return (
        f"At {frame.wave[0]} waves down and {frame.wave[1]} across, the kernel multiplies the picture's {number(x)} by "
        f"{number(w)}: {number(y)}; sliding and multiplying spectra differ by at most {number(frame.away)} in any "
        "pixel."
    )


_SENTENCES: Mapping[Study, Callable[[Frame, ConvolutionParams], str]] = MappingProxyType(
    {
        Study.STEP: _step_sentence,
        Study.POOL: _pool_sentence,
        Study.FIELD: _field_sentence,
        Study.SEPARABLE: _separable_sentence,
        Study.FOURIER: _fourier_sentence,
    }
)

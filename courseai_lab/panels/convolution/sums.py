"""The arithmetic of a frame as lines that a pocket calculator can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.panels.convolution.paint import cell_text, exact, in_brackets
from courseai_lab.panels.convolution.sum_pane import Cell, Line, Word, said
from courseai_lab.ui.numbers import MINUS, fmt

if TYPE_CHECKING:
    from courseai_lab.panels.convolution.frame import Frame

Quantities = dict[str, tuple[int, int]]
NAMES = ("n", "kernel", "stride", "dilation", "before", "after", "span", "out", "left_over", "extra")
MOST_WRITTEN = 121


def step_lines(frame: Frame) -> tuple[Line, ...]:
    """Every product of the window, row by row, then what is added up, divided and biased, then the output's size."""
    assert frame.window is not None and frame.row_sums is not None and frame.channel_sums is not None
    assert frame.outside is not None
    weights = frame.applied[frame.channel % frame.depth]
    sign = "=" if _all_exact(weights, frame.window) else "≈"
    lines = [] if frame.depth == 1 else [said(f"Channel {frame.channel + 1}:", "muted")]
    for u in range(len(frame.window)):
        cells = [
            _product(v, weights[u, v], frame.window[u, v], bool(frame.outside[u, v]))
            for v in range(frame.window.shape[1])
        ]
        lines.append(Line((*cells, (Word(f"{sign} {_sum_text(frame.row_sums[u], sign)}"),)), aligned=True))
    lines += _totals(frame, sign)
    return (*lines, *size_lines(frame))


def _product(v: int, weight: float, value: float, outside: bool) -> Cell:
    plus = "" if v == 0 else "+ "
    return (
        Word(plus, "muted"),
        Word(in_brackets(weight), "model"),
        Word("·", "muted"),
        Word(in_brackets(value), "muted" if outside else "data"),
    )


def _all_exact(*arrays: np.ndarray) -> bool:
    return all(exact(float(value)) for array in arrays for value in array.ravel())


def _sum_text(value: float, sign: str) -> str:
    return cell_text(round(float(value), 6)) if sign == "=" else fmt(float(value), 5, trim=True)


def _joined(values: np.ndarray, sign: str) -> str:
    text = " + ".join(_sum_text(value, sign) for value in values.tolist())
    return text.replace(f"+ {MINUS}", f"{MINUS} ")


def _totals(frame: Frame, sign: str) -> list[Line]:
    assert frame.row_sums is not None and frame.channel_sums is not None
    inner = frame.channel % frame.depth
    lines = []
    total = float(frame.channel_sums[inner])
    if len(frame.row_sums) > 1:
        lines.append(said(f"rows: {_joined(frame.row_sums, sign)} {sign} {_sum_text(total, sign)}", space=True))
    if frame.depth > 1:
        total = float(frame.channel_sums.sum())
        sums = _joined(frame.channel_sums, sign)
        lines.append(said(f"{frame.depth} channels: {sums} {sign} {_sum_text(total, sign)}", space=True))
    last = _sum_text(total, sign)
    if frame.divisor != 1:
        total /= frame.divisor
        lines.append(said(f"{last} / {cell_text(frame.divisor)} {_equal(total, sign)} {cell_text(total)}"))
        last = cell_text(total)
    if frame.bias:
        lines.append(said(f"{last} + bias {in_brackets(frame.bias)} {_equal(total, sign)} {cell_text(frame.value)}"))
    i, j = frame.at
    which = "" if len(frame.y) == 1 else f", map {frame.map + 1}"
    lines.append(said(f"output at row {i + 1}, column {j + 1}{which}: {cell_text(frame.value)}", "accent", strong=True))
    return lines


def _equal(value: float, sign: str) -> str:
    return sign if exact(value) else "≈"


def quantities(frame: Frame) -> Quantities:
    """The numbers of the size formula by name, rows then columns."""
    assert frame.size is not None
    return {name: (int(pair[0]), int(pair[1])) for name, pair in zip(NAMES, frame.size, strict=True)}


def size_lines(frame: Frame) -> list[Line]:
    """The size formula with its numbers in it, for rows and columns where they differ."""
    q = quantities(frame)
    same = all(first == second for first, second in q.values())
    names = ("",) if same else ("rows: ", "columns: ")
    lines = []
    for axis, name in enumerate(names):
        one = {key: pair[axis] for key, pair in q.items()}
        lines.append(said(f"{name or 'size: '}{_size_text(one, frame)}", "text", space=axis == 0))
        if one["left_over"]:
            rest = one["left_over"]
            what = "cell is" if rest == 1 else "cells are"
            lines.append(said(f"The stride does not fit: the last {rest} {what} never read (hatched).", "loss"))
    return lines


def _size_text(one: dict[str, int], frame: Frame) -> str:
    n, k, s, d, p = one["n"], one["kernel"], one["stride"], one["dilation"], one["before"] + one["after"]
    if frame.transposed:
        extra = f" + {one['extra']}" if one["extra"] else ""
        return f"({n} − 1)·{s} − {p} + {d}·({k} − 1) + 1{extra} = {one['out']}"
    room = n + p - d * (k - 1) - 1
    exactly = room / s
    middle = f"⌊{fmt(exactly, 4, trim=True)}⌋ + 1 = " if room % s else ""
    return f"⌊({n} + {p} − {d}·({k} − 1) − 1) / {s}⌋ + 1 = {middle}{one['out']}"


def pool_lines(frame: Frame) -> tuple[Line, ...]:
    """The window's values and what is kept of them."""
    assert frame.window is not None and frame.row_sums is not None
    lines: list[Line] = []
    count = frame.window.size
    if count <= MOST_WRITTEN:
        lines += [_pool_row(frame, u) for u in range(len(frame.window))]
    lines.append(said(_POOLED[frame.pool](frame, count), "accent", strong=True))
    if frame.winner is not None and frame.window_rows is not None and frame.window_columns is not None:
        row, column = int(frame.window_rows[frame.winner[0]]), int(frame.window_columns[frame.winner[1]])
        lines.append(said(f"The winner stands at input row {row + 1}, column {column + 1}.", "muted"))
    return (*lines, *size_lines(frame))


def _pool_row(frame: Frame, u: int) -> Line:
    assert frame.window is not None and frame.row_sums is not None
    joint, square = {"max": (", ", ""), "average": (" + ", ""), "l2": (" + ", "²")}[frame.pool]
    cells = []
    for v, value in enumerate(frame.window[u].tolist()):
        best = frame.winner == (u, v)
        end = joint.rstrip() if v + 1 < frame.window.shape[1] else ""
        cells.append(
            (
                Word(f"{in_brackets(value)}{square}", "accent" if best else "data"),
                Word(f" {end}" if end == "+" else end, "muted"),
            )
        )
    lead = "largest" if frame.pool == "max" else "="
    return Line((*cells, (Word(f"{lead} {fmt(float(frame.row_sums[u]), 6, trim=True)}"),)), aligned=True)


def _average_text(frame: Frame, count: int) -> str:
    assert frame.row_sums is not None
    total = float(frame.row_sums.sum())
    return f"{fmt(total, 6, trim=True)} / {count} {_equal(total / count, '=')} {cell_text(frame.value)}"


def _l2_text(frame: Frame, count: int) -> str:
    assert frame.row_sums is not None
    return f"√{fmt(float(frame.row_sums.sum()), 6, trim=True)} ≈ {cell_text(frame.value)}"


_POOLED = {
    "max": lambda frame, count: f"largest of {count}: {cell_text(frame.value)}",
    "average": _average_text,
    "l2": _l2_text,
}


def shift_lines(frame: Frame) -> tuple[Line, ...]:
    """What a shift of the input leaves unchanged."""
    shares = (
        ("pixels of the input", frame.kept_input),
        ("every stride-th pixel, not pooled", frame.kept_sampled),
        ("pooled cells", frame.kept_output),
    )
    head = said(
        f"Unchanged after the shift (within {cell_text(frame.tolerance)}), of what is not empty:", "muted", space=True
    )
    return (
        head,
        *(Line(((Word(f"{100 * share:.1f} %", "accent"),), (Word(name),)), aligned=False) for name, share in shares),
    )


def separable_lines(frame: Frame) -> tuple[Line, ...]:
    """Singular values, and the multiplications saved."""
    assert frame.singular is not None and frame.split_columns is not None
    values = ", ".join("0" if value < frame.singular[0] * 1e-12 else fmt(float(value)) for value in frame.singular)
    used, (whole, parts) = len(frame.split_columns), frame.costs
    high, wide = frame.kernel.shape[1:]
    terms = f"{used}·" if used > 1 else ""
    saved = "saves" if parts < whole else "costs"
    return (
        said(f"singular values: {values}"),
        said(f"rank: {frame.rank}", "accent", strong=True),
        said(f"whole kernel: {high}·{wide} = {whole} multiplications a pixel", space=True),
        said(f"columns and rows: {terms}({high} + {wide}) = {parts}, which {saved} {fmt(abs(whole - parts))}"),
        said(f"largest difference of the two pictures: {fmt(frame.away)}", "muted"),
    )


def fourier_lines(frame: Frame) -> tuple[Line, ...]:
    """The product at the marked frequency, both ways round."""
    assert frame.complexes is not None
    x, w, product, y = (_complex(part) for part in frame.complexes)
    (a, b), (c, d) = ((_six(float(one)) for one in part) for part in _clean(frame.complexes[:2]))
    return (
        said(f"frequency: {frame.wave[0]} waves down, {frame.wave[1]} across", "accent", strong=True),
        said(f"X = {x}", "data"),
        said(f"W = {w}", "model"),
        said(f"real part: {a}·{c} − {b}·{d} = {_six(float(frame.complexes[2, 0]))}", space=True),
        said(f"imaginary part: {a}·{d} + {b}·{c} = {_six(float(frame.complexes[2, 1]))}"),
        said(f"X·W = {product}", strong=True),
        said(f"Y = {y}, from the picture that was slid over", strong=True),
    )


def _clean(parts: np.ndarray) -> np.ndarray:
    """Without what is only rounding beside the other part."""
    return np.where(np.abs(parts) > 1e-12 * np.abs(parts).max(axis=1, keepdims=True), parts, 0.0)


def _complex(part: np.ndarray) -> str:
    real, imaginary = _clean(part[None])[0]
    sign = MINUS if imaginary < 0 else "+"
    return f"{_plain(real)} {sign} {_plain(abs(imaginary))} i"


def _plain(value: float) -> str:
    return fmt(float(value), 6, trim=True)


def _six(value: float) -> str:
    text = _plain(value)
    return f"({text})" if text.startswith(MINUS) else text

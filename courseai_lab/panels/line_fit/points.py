"""The points: drawn by chance, Anscombe's, set by hand, or read from the user's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.tables import ColumnProblem, Table, TableProblem, load_table
from courseai_lab.panels.line_fit.params import MAX_POINTS, MAX_SIZE, Data, LineParams

Floats = NDArray[np.float64]
NAME = 40
"""Characters of a column's name that an axis shows."""

# Anscombe, "Graphs in Statistical Analysis" (1973): four sets with the same mean, variance and line.
_X = (10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0)
_ANSCOMBE: Mapping[Data, tuple[tuple[float, ...], tuple[float, ...]]] = MappingProxyType(
    {
        Data.ANSCOMBE_1: (_X, (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)),
        Data.ANSCOMBE_2: (_X, (9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74)),
        Data.ANSCOMBE_3: (_X, (7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73)),
        Data.ANSCOMBE_4: (
            (8.0,) * 7 + (19.0,) + (8.0,) * 3,
            (6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89),
        ),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points x, y [point], what their axes are called, and a phrase about them where one is needed."""

    x: Floats
    y: Floats
    x_name: str = "x"
    y_name: str = "y"
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Recipe:
    """Data drawn by chance: x evenly spread over ``low``..``high``, y = ``truth(x)`` + noise of size ``noise``."""

    low: float
    high: float
    truth: Callable[[Floats], Floats]
    noise: float
    x_name: str
    y_name: str


_RECIPES: Mapping[Data, _Recipe] = MappingProxyType(
    {
        Data.STUDY: _Recipe(0.5, 9.5, lambda x: 4.0 + 1.4 * x, 1.6, "hours of study", "grade (0 to 20)"),
        Data.FLATS: _Recipe(25.0, 140.0, lambda x: 2.5 + 0.11 * x, 1.2, "area (m²)", "rent (100 €)"),
        Data.WAVE: _Recipe(0.0, 10.0, lambda x: 10.0 + 6.0 * np.sin(2.0 * np.pi * x / 10.0), 1.5, "x", "y"),
    }
)


def cloud(p: LineParams, ctx: Ctx) -> Cloud:
    """The points asked for, the outlier last. Raises BadValue with one sentence about the user's file."""
    base = _base(p, ctx)
    if not p.outlier:
        return base
    x, y = outlier(base.x, base.y)
    return Cloud(np.append(base.x, x), np.append(base.y, y), base.x_name, base.y_name, base.note)


def outlier(x: Floats, y: Floats) -> tuple[float, float]:
    """A place far off: near the right end, below everything where y rises with x, above it where y falls."""
    across, up = float(np.ptp(x)) or 1.0, float(np.ptp(y)) or 1.0
    rising = float((x - x.mean()) @ (y - y.mean())) >= 0.0
    return float(x.max()) - 0.05 * across, float(y.min()) - 0.4 * up if rising else float(y.max()) + 0.4 * up


def _base(p: LineParams, ctx: Ctx) -> Cloud:
    if p.data in _RECIPES:
        return _drawn(_RECIPES[p.data], p, ctx)
    if p.data in _ANSCOMBE:
        x, y = _ANSCOMBE[p.data]
        return Cloud(np.array(x), np.array(y))
    if p.data is Data.FILE and p.file:
        return _read(p, ctx)
    own = np.array(p.points, dtype=np.float64)
    note = "No file is chosen yet; these are points set by hand." if p.data is Data.FILE else ""
    return Cloud(own[:, 0].copy(), own[:, 1].copy(), p.x_name or "x", p.y_name or "y", note)


def _drawn(recipe: _Recipe, p: LineParams, ctx: Ctx) -> Cloud:
    rng = ctx.rng("data")
    # One point in each of n equal strips: as good as chance for the eye, and never a gap.
    place = (np.arange(p.count) + rng.random(p.count)) / p.count
    x = recipe.low + (recipe.high - recipe.low) * place
    y = recipe.truth(x) + p.noise * recipe.noise * rng.standard_normal(p.count)
    # To two decimals, as people note things down, so that numbers on the screen can be checked by hand.
    return Cloud(np.round(x, 2), np.round(y, 2), recipe.x_name, recipe.y_name)


def _read(p: LineParams, ctx: Ctx) -> Cloud:
    path, stamp = Path(p.file), None
    try:
        path = path.expanduser()
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError, RuntimeError):
        # Whatever is wrong with the path, the loader says it in a sentence.
        stamp = None
    try:
        table = ctx.memo(("table", p.file, p.columns, stamp), lambda: _table(p))
    except ColumnProblem as problem:
        raise BadValue(str(problem), "columns") from None
    except TableProblem as problem:
        raise BadValue(str(problem), "file") from None
    x, y = table.values[:, 0].copy(), table.values[:, 1].copy()
    large = np.flatnonzero((np.abs(x) > MAX_SIZE) | (np.abs(y) > MAX_SIZE))
    if large.size:
        raise BadValue(f"{path.name}, line {table.lines[large[0]]}: numbers go up to 1e9 in size.", "file")
    x_name, y_name = (name[:NAME] for name in table.names)
    return Cloud(x, y, x_name, y_name, f"From {table.note}.")


def _table(p: LineParams) -> Table:
    return load_table(p.file, roles=("x", "y"), columns=p.columns, min_rows=2, max_rows=MAX_POINTS)

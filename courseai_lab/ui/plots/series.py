"""What a plot shows, as plain data: one record per series, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courseai_lab.ui.panel_view import Table

Floats = NDArray[np.float64]
Kind = Literal["line", "scatter", "bars", "band", "squares", "vline", "hline"]
Dash = Literal["solid", "dotted", "dashed", "thin"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a series is drawn. ``paint`` is a colour name of the theme; None takes the role's second channel."""

    paint: str
    dash: Dash = "solid"
    width: float = 1.0
    marker: str = "circle"
    size: float = 7.0


@dataclass(slots=True)
class Series:
    """One series. ``x`` and ``y`` are data values [n] (bars: edges [n+1] and counts [n]; band: ``y`` to ``top``).

    Squares stand on the segments from ``y`` to ``top``, towards the side that the sign in ``labels`` says.
    """

    name: str
    kind: Kind
    x: Floats
    y: Floats
    style: Style
    top: Floats | None = None
    labels: NDArray[np.int64] | None = None
    ordered: bool = True
    used: bool = True
    shown: bool = True
    extra: dict[str, str] = field(default_factory=dict)
    kept: bool = False
    """Of another result: it stays, behind, while frames come and go."""
    ends: dict[tuple[int, bool], Floats] = field(default_factory=dict, init=False)
    """Lowest and highest number on an axis, by (axis, logarithmic), once somebody has asked."""

    def same(self, other: Series) -> bool:
        """Whether both look the same, so that the one drawn can stay."""
        mine = (self.name, self.kind, self.style, self.ordered, self.kept, self.extra)
        if mine != (other.name, other.kind, other.style, other.ordered, other.kept, other.extra):
            return False
        arrays = ((self.x, other.x), (self.y, other.y), (self.top, other.top), (self.labels, other.labels))
        return all(_equal(a, b) for a, b in arrays)

    @property
    def words(self) -> str:
        """The name as people read it, without the underscore that keeps it out of legends."""
        return self.name.removeprefix("_")

    @property
    def visible(self) -> bool:
        """Set since the last ``begin`` and not switched off by the user."""
        return self.used and self.shown


def _equal(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    if a is None or b is None:
        return a is b
    if a is b:
        return not a.flags.writeable  # what can be written may have been, in place
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def vector(values: ArrayLike, what: str) -> Floats:
    """``values`` as float64 [n]. Raises ``ValueError`` for another shape."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{what} is a list of numbers, not an array of shape {array.shape}.")
    return array


def pair(x: ArrayLike, y: ArrayLike, name: str) -> tuple[Floats, Floats]:
    """Two vectors of one length. Raises ``ValueError`` otherwise."""
    xs, ys = vector(x, f"{name}: x"), vector(y, f"{name}: y")
    if xs.size != ys.size:
        raise ValueError(f"{name}: x has {xs.size} values and y has {ys.size}; they must be as many.")
    return xs, ys


def nearest(series: Series, x: float, log: bool) -> int:
    """Index of the sample whose x is nearest to ``x`` (on a logarithmic axis: nearest on screen)."""
    xs = series.x
    right = int(np.clip(np.searchsorted(xs, x), 1, max(xs.size - 1, 1)))
    if xs.size < 2:
        return 0
    left = right - 1
    a, b = xs[left], xs[right]
    if log and a > 0 and x > 0:
        a, b, x = np.log10(a), np.log10(b), float(np.log10(x))
    return left if x - a <= b - x else right


def tables(series: Sequence[Series], x_name: str, y_name: str) -> list[Table]:
    """The numbers behind a plot: lines over the same x share a table, everything else has its own."""
    made: list[Table] = []
    groups: list[list[Series]] = []
    for one in series:
        if one.kind != "line":
            continue
        for group in groups:
            if np.array_equal(group[0].x, one.x, equal_nan=True):
                group.append(one)
                break
        else:
            groups.append([one])
    for group in groups:
        header = (x_name, *(one.words for one in group))
        rows = np.column_stack([group[0].x, *(one.y for one in group)]).tolist()
        made.append(Table(f"{y_name} over {x_name}", header, rows))
    made.extend(_table(one, x_name, y_name) for one in series if one.kind not in ("line", "vline", "hline"))
    marks = [
        (one.words, x_name if one.kind == "vline" else y_name, float(one.x[0]))
        for one in series
        if one.kind in ("vline", "hline")
    ]
    if marks:
        made.append(Table("Marks", ("mark", "axis", "value"), marks))
    return made


def _table(one: Series, x_name: str, y_name: str) -> Table:
    if one.kind == "bars":
        rows = np.column_stack([one.x[:-1], one.x[1:], one.y]).tolist()
        return Table(one.words, (f"{x_name} from", f"{x_name} to", y_name), rows)
    if one.kind == "band" and one.top is not None:
        rows = np.column_stack([one.x, one.y, one.top]).tolist()
        return Table(one.words, (x_name, f"{y_name} low", f"{y_name} high"), rows)
    if one.kind == "squares" and one.top is not None:
        rows = np.column_stack([one.x, one.y, one.top]).tolist()
        return Table(one.name, (x_name, f"{y_name} from", f"{y_name} to"), rows)
    if one.labels is not None:
        rows = np.column_stack([one.x, one.y, one.labels]).tolist()
        return Table(one.words, (x_name, y_name, "class"), rows)
    return Table(one.words, (x_name, y_name), np.column_stack([one.x, one.y]).tolist())


def is_path(x: Floats) -> bool:
    """Whether ``x`` goes back and forth (or has gaps), so that it is a path in the plane and not a function of x."""
    return bool(x.size > 1 and not np.all(x[1:] >= x[:-1]))

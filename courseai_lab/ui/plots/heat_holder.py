"""What a heatmap is told: the map, its limits, and what is drawn over it. Knows nothing of drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.plots.colormaps import MapKind, Scale
from courseai_lab.ui.plots.handles import Constrain, Handles
from courseai_lab.ui.plots.heat_model import Cell, Heat, Overlay
from courseai_lab.ui.theme import Theme, load_theme


class HeatHolder(QWidget):
    """Keeps the map, overlays and handles of a heatmap; ``_stale`` is called after each change.

    Setting something again updates it and creates nothing. Between ``begin()`` and ``end()`` a frame is told whole:
    overlays and handles that were not set are hidden.
    """

    def __init__(self, theme: Theme | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme or load_theme("light")
        self._heat = Heat(np.full((1, 1), np.nan), (0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0))
        self._colored: np.ndarray | None = None
        self._colors: tuple[object, ...] = ()
        self._asked: tuple[float, float] | None = None
        self._typed: tuple[float, float] | None = None
        self._overlays: dict[str, Overlay] = {}
        self._used: set[str] = set()
        self._handles: dict[str, Handles] = {}
        self._telling = False

    def _stale(self, *, picture: bool = False) -> None:
        """Something changed; ``picture``: the colours of the cells too."""

    @property
    def title(self) -> str:
        """What it shows, for screen readers and file names."""
        return self.accessibleName()

    def set_title(self, title: str) -> None:
        """Say what it shows."""
        self.setAccessibleName(title or "Heatmap")

    @property
    def theme(self) -> Theme:
        """The theme it wears."""
        return self._theme

    def set_data(
        self,
        values: ArrayLike,
        *,
        extent: tuple[float, float, float, float] | None = None,
        kind: MapKind = "sequential",
        scale: Scale = "linear",
        limits: tuple[float, float] | None = None,
        up: bool | None = None,
        square: bool = True,
    ) -> None:
        """Show ``values`` [rows cols]. Row 0 is on top, as a matrix is written; with an ``extent`` at the bottom.

        ``extent`` is (x left, x right, y bottom, y top), the outer edges of the cells. ``kind`` diverging is for signed
        values and centred on zero. ``scale`` log colours by the logarithm. ``limits`` fixes the colours (give
        the same ones to maps that are compared); what the user types at the colour bar goes before them. ``square``
        keeps the aspect: equal cells, or one scale for x and y.

        Raises ``ValueError`` for another shape, an empty extent, or limits that are no range.
        """
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 2 or not array.size:
            raise ValueError(f"A heatmap shows an array of shape (rows, cols), not {array.shape}.")
        rows, cols = array.shape
        edges = extent or (0.0, float(cols), 0.0, float(rows))
        if not all(map(math.isfinite, edges)) or edges[0] == edges[1] or edges[2] == edges[3]:
            raise ValueError(f"An extent is (left, right, bottom, top) with some width and height, not {edges}.")
        self._asked = check_limits(limits, scale) if limits is not None else None
        up = extent is not None if up is None else up
        self._heat = replace(
            self._heat, values=array, extent=edges, view=edges, up=up, kind=kind, scale=scale, square=square,
            axes=extent is not None,
        )  # fmt: skip
        self._limit()

    def set_axes(
        self,
        x: str = "",
        y: str = "",
        *,
        value: str = "",
        x_unit: str = "",
        y_unit: str = "",
        rows: Sequence[str] = (),
        cols: Sequence[str] = (),
    ) -> None:
        """Names of the axes and of the value; ``rows`` and ``cols`` label every row and column, such as tokens."""
        self._heat = replace(
            self._heat,
            x_name=f"{x} ({x_unit})" if x_unit else x,
            y_name=f"{y} ({y_unit})" if y_unit else y,
            value_name=value,
            row_labels=tuple(rows),
            col_labels=tuple(cols),
        )
        self._stale()

    def set_options(self, *, bar: bool | None = None, numbers: bool | None = None, smooth: bool | None = None) -> None:
        """Whether there is a colour bar, numbers in large cells, and colours blended between cells."""
        old = self._heat
        self._heat = replace(
            old,
            bar=old.bar if bar is None else bar,
            numbers=old.numbers if numbers is None else numbers,
            smooth=old.smooth if smooth is None else smooth,
        )
        self._stale()

    @property
    def limits(self) -> tuple[float, float]:
        """The values of the lowest and highest colour now."""
        return self._heat.low, self._heat.high

    def set_limits(self, limits: tuple[float, float] | None) -> None:
        """Fix the colours as if typed by the user; None takes them back. Raises ``ValueError`` for no range."""
        self._typed = check_limits(limits, self._heat.scale) if limits is not None else None
        self._limit()

    # Drawn over it

    def begin(self) -> None:
        """A frame begins: overlays and handles that are not set until ``end`` get hidden."""
        self._telling = True
        self._used.clear()
        for one in self._handles.values():
            one.used = False

    def end(self) -> None:
        """The frame is told: show it."""
        self._telling = False
        self._stale()

    def path(self, name: str, points: ArrayLike, *, role: str | None = None, color: str | None = None) -> None:
        """A line through ``points`` [n 2] in data coordinates; NaN breaks it."""
        self._over(name, Overlay("path", points_of(points, name), self._paint(role, color, "model")))

    def markers(
        self,
        name: str,
        points: ArrayLike,
        *,
        role: str | None = None,
        color: str | None = None,
        marker: str | None = None,
        label: str = "",
        size: float = 9.0,
    ) -> None:
        """Marks at ``points`` [n 2]; ``label`` stands beside the last one."""
        shape = marker or (self._theme.mark(role).marker if role else "circle")
        paint = self._paint(role, color, "accent")
        self._over(name, Overlay("markers", points_of(points, name), paint, marker=shape, label=label, size=size))

    def arrows(
        self, name: str, points: ArrayLike, vectors: ArrayLike, *, role: str | None = None, color: str | None = None
    ) -> None:
        """Arrows from ``points`` [n 2] along ``vectors`` [n 2], in data coordinates."""
        starts, along = points_of(points, name), points_of(vectors, name)
        if starts.shape != along.shape:
            raise ValueError(f"{name}: {len(starts)} points have {len(along)} vectors; they must be as many.")
        self._over(name, Overlay("arrows", starts, self._paint(role, color, "gradient"), ends=starts + along))

    def handles(
        self, name: str, points: ArrayLike, *, constrain: Constrain | None = None, role: str | None = None
    ) -> Handles:
        """Draggable points [n 2]; the same name gives the same ``Handles`` again, at the new places."""
        made = self._handles.get(name)
        if made is None:
            made = self._handles[name] = Handles(name, self)
        made.paint = role or "accent"
        made.marker = self._theme.mark(role).marker if role else "circle"
        made.used = True
        made.place(points, constrain)
        self._stale()
        return made

    def remove(self, name: str) -> None:
        """Take an overlay out; an unknown name is no error."""
        self._overlays.pop(name, None)
        self._stale()

    # Reading it

    def cell(self, row: int, col: int) -> Cell:
        """The cell at (row, col), meant in its middle."""
        return Cell(row, col, float(self._heat.values[row, col]), *self._heat.centre(row, col))

    def table(self) -> list[Table]:
        """The numbers behind the picture: the matrix with its row and column headings, and what is drawn over it."""
        heat = self._heat
        xs, ys = heat.centres()
        cols = heat.col_labels or tuple(fmt(v) for v in xs) if heat.axes or heat.col_labels else range(len(xs))
        rows = heat.row_labels or tuple(fmt(v) for v in ys) if heat.axes or heat.row_labels else range(len(ys))
        corner = f"{heat.y_name or 'row'} \\ {heat.x_name or 'column'}"
        body = [[label, *line] for label, line in zip(rows, heat.values.tolist(), strict=False)]
        made = [Table(heat.value_name or self.title, (corner, *(str(col) for col in cols)), body)]
        for name, one in self._shown_overlays():
            if one.kind != "contours":
                made.append(Table(name, (heat.x_name or "x", heat.y_name or "y"), one.points.tolist()))
        return made

    # Inside

    def _paint(self, role: str | None, color: str | None, default: str) -> str:
        paint = color or role or default
        self._theme.color(paint)
        return paint

    def _over(self, name: str, overlay: Overlay) -> None:
        self._overlays[name] = overlay
        self._used.add(name)
        self._stale()

    def _shown_overlays(self) -> list[tuple[str, Overlay]]:
        return [(name, one) for name, one in self._overlays.items() if name in self._used]

    def _limit(self) -> None:
        heat = self._heat
        typed = self._typed if self._typed is None or heat.scale == "linear" or self._typed[0] > 0 else None
        chosen = typed or self._asked or colormaps.limits(heat.values, heat.kind, heat.scale)
        self._heat = heat = heat.with_limits(*chosen)
        colors = (heat.low, heat.high, heat.kind, heat.scale, heat.up)
        # An array that can be written may have been, in place.
        same = heat.values is self._colored and not heat.values.flags.writeable and colors == self._colors
        self._colored, self._colors = heat.values, colors
        self._stale(picture=not same)


def points_of(points: ArrayLike, name: str) -> np.ndarray:
    """Points as float64 [n 2]; a single one may come as [2]. Raises ``ValueError`` for another shape."""
    array = np.atleast_2d(np.asarray(points, dtype=np.float64))
    if array.size == 0:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"{name}: points have the shape (n, 2), not {array.shape}.")
    return array


def check_limits(limits: tuple[float, float], scale: Scale) -> tuple[float, float]:
    """Colour limits as floats. Raises ``ValueError`` when they are no range, or not positive on a logarithmic scale."""
    low, high = (float(v) for v in limits)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"Colours go from a smaller to a larger number, not from {fmt(low)} to {fmt(high)}.")
    if scale == "log" and low <= 0:
        raise ValueError(f"On a logarithmic scale colours start above 0, not at {fmt(low)}.")
    return low, high

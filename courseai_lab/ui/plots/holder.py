"""What a plot is told: series by name. Knows nothing of drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.plots.handles import Constrain, Handles
from courseai_lab.ui.plots.series import Dash, Kind, Series, Style, is_path, pair, tables, vector
from courseai_lab.ui.theme import Theme, load_theme


class SeriesHolder(QWidget):
    """Keeps the series and handles of a plot; ``_refresh`` is called after each change, once per frame.

    Setting a series again updates it and creates nothing. Between ``begin()`` and ``end()`` a frame is told whole: what
    was not set is hidden.
    """

    switched = Signal(str, bool)

    def __init__(self, theme: Theme | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme or load_theme("light")
        self._series: dict[str, Series] = {}
        self._handles: dict[str, Handles] = {}
        self._names = ("", "")
        self._telling = False
        self._told: tuple[tuple[object, ...], tuple[object, ...]] = ((), ())

    @property
    def theme(self) -> Theme:
        """The theme it wears."""
        return self._theme

    @property
    def title(self) -> str:
        """What it shows, for screen readers and file names."""
        return self.accessibleName()

    def set_title(self, title: str) -> None:
        """Say what it shows."""
        self.setAccessibleName(title or "Plot")

    def _refresh(self) -> None:
        """Show what was told."""

    def _differs(self, looks: tuple[object, ...]) -> bool:
        """Whether series, handles, theme or ``looks`` differ from those asked about last; else all is painted."""
        series, handles = tuple(self._series.values()), tuple(self._handles.values())
        objects = (self._theme, *series)
        marks = tuple((one.name, one.used, one.points.tobytes(), one.paint, one.marker) for one in handles)
        plain = (*looks, tuple((one.visible, one.used) for one in series), marks)
        (before, before_plain), self._told = self._told, (objects, plain)
        same = len(before) == len(objects) and all(a is b for a, b in zip(before, objects, strict=True))
        return not same or plain != before_plain

    def _forget(self, name: str) -> None:
        """The series ``name`` is gone, or will be of another kind."""

    def begin(self) -> None:
        """A frame begins: everything that is not set until ``end`` gets hidden."""
        self._telling = True
        for one in self._series.values():
            one.used = one.kept
        for handles in self._handles.values():
            handles.used = False

    def end(self) -> None:
        """The frame is told: show it."""
        self._telling = False
        self._refresh()

    def line(
        self,
        name: str,
        x: ArrayLike,
        y: ArrayLike,
        *,
        role: str | None = None,
        color: str | None = None,
        dash: Dash | None = None,
        width: float = 1.0,
    ) -> None:
        """A line through (x, y) [n]; NaN breaks it, a million points are fine. ``width`` multiplies the theme's.

        ``role`` gives colour and dashes; ``color`` (role, token, class0..7, #RRGGBB) and ``dash`` override them.
        Raises ``ValueError`` when x and y differ in length.
        """
        xs, ys = pair(x, y, name)
        self._set(name, "line", xs, ys, self._style(role, color, dash, width), ordered=not is_path(xs))

    def scatter(
        self,
        name: str,
        x: ArrayLike,
        y: ArrayLike,
        *,
        role: str | None = None,
        color: str | None = None,
        labels: ArrayLike | None = None,
        marker: str | None = None,
        size: float = 7.0,
    ) -> None:
        """Points (x, y) [n]; ``labels`` [n] are class numbers, which give each point its colour and shape.

        Raises ``ValueError`` when the lengths differ.
        """
        xs, ys = pair(x, y, name)
        classes = None
        if labels is not None:
            classes = np.asarray(labels).astype(np.int64)
            if classes.shape != xs.shape:
                raise ValueError(f"{name}: {xs.size} points have {classes.size} labels; they must be as many.")
        base = self._style(role, color, "solid", 1.0)
        style = Style(base.paint, "solid", 1.0, marker or base.marker, size)
        self._set(name, "scatter", xs, ys, style, labels=classes)

    def histogram(
        self,
        name: str,
        values: ArrayLike,
        *,
        bins: int | ArrayLike = 30,
        density: bool = False,
        role: str | None = None,
        color: str | None = None,
    ) -> None:
        """Counts (or densities) of the finite ``values`` [n] in ``bins``; they are binned here, by numpy.histogram."""
        array = vector(np.ravel(values), name)
        edges_or_count = bins if isinstance(bins, int) else vector(bins, f"{name}: bins")
        counts, edges = np.histogram(array[np.isfinite(array)], bins=edges_or_count, density=density)
        self.bars(name, edges, counts, role=role, color=color)

    def bars(
        self, name: str, edges: ArrayLike, heights: ArrayLike, *, role: str | None = None, color: str | None = None
    ) -> None:
        """Bars between ``edges`` [n+1] of ``heights`` [n]. Raises ``ValueError`` when the lengths do not fit."""
        xs, ys = vector(edges, f"{name}: edges"), vector(heights, f"{name}: heights")
        if xs.size != ys.size + 1:
            raise ValueError(f"{name}: {ys.size} bars need {ys.size + 1} edges, not {xs.size}.")
        self._set(name, "bars", xs, ys, self._style(role, color, "solid", 1.0))

    def band(
        self,
        name: str,
        x: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        *,
        role: str | None = None,
        color: str | None = None,
    ) -> None:
        """The area between ``low`` and ``high`` [n] over ``x`` [n]. Raises ``ValueError`` when the lengths differ."""
        xs, lows = pair(x, low, name)
        _, highs = pair(x, high, name)
        self._set(name, "band", xs, lows, self._style(role, color, "solid", 1.0), top=highs)

    def squares(
        self,
        name: str,
        x: ArrayLike,
        start: ArrayLike,
        end: ArrayLike,
        *,
        lean: ArrayLike | None = None,
        role: str | None = None,
        color: str | None = None,
    ) -> None:
        """Squares on the upright segments at ``x`` [n] from ``start`` to ``end`` [n]: as many pixels wide as high.

        ``lean`` [n]: to the left where it is negative, to the right elsewhere. Raises ``ValueError`` when the lengths
        differ.
        """
        xs, starts = pair(x, start, name)
        _, ends = pair(x, end, name)
        _, leans = pair(x, np.ones(xs.size) if lean is None else lean, name)
        sides = np.where(leans < 0, -1, 1).astype(np.int64)
        self._set(name, "squares", xs, starts, self._style(role, color, "solid", 1.0), top=ends, labels=sides)

    def vline(
        self, name: str, x: float, *, label: str | None = None, color: str = "muted", dash: Dash = "dashed"
    ) -> None:
        """A vertical mark at ``x`` with ``label`` (default: its name) beside it."""
        self._rule(name, "vline", x, label, color, dash)

    def hline(
        self, name: str, y: float, *, label: str | None = None, color: str = "muted", dash: Dash = "dashed"
    ) -> None:
        """A horizontal mark at ``y`` with ``label`` (default: its name) beside it."""
        self._rule(name, "hline", y, label, color, dash)

    def handles(
        self, name: str, points: ArrayLike, *, constrain: Constrain | None = None, role: str | None = None
    ) -> Handles:
        """Draggable points [n 2]. The same name gives the same ``Handles`` again, at the new places.

        ``constrain(index, x, y, points) -> (x, y)`` says where a point may go. ``Handles.moved`` tells every move.
        """
        made = self._handles.get(name)
        if made is None:
            made = self._handles[name] = Handles(name, self)
        made.paint = role or "accent"
        made.marker = self._theme.mark(role).marker if role else "circle"
        made.used = True
        made.place(points, constrain)
        if not self._telling:
            self._refresh()
        return made

    def remove(self, name: str) -> None:
        """Take a series out for good; an unknown name is no error."""
        if self._series.pop(name, None) is not None:
            self._forget(name)
            self._refresh()

    def keep_behind(self, series: Sequence[Series]) -> None:
        """Show these ``kept`` series behind those of every frame, until others or none are given."""
        if self._telling:
            return
        wanted = {one.name: one for one in series}
        for name in [one.name for one in self._series.values() if one.kept and one.name not in wanted]:
            del self._series[name]
            self._forget(name)
        for name, one in wanted.items():
            old = self._series.get(name)
            if old is None or not old.same(one):
                if old is not None and old.kind != one.kind:
                    self._forget(name)
                self._series[name] = one
        self._refresh()

    @property
    def told(self) -> list[Series]:
        """The series of the present frame, without those kept behind it."""
        return [one for one in self._series.values() if one.used and not one.kept]

    @property
    def grips(self) -> list[Handles]:
        """The handles of the present frame."""
        return [one for one in self._handles.values() if one.used]

    def set_shown(self, name: str, shown: bool) -> None:
        """Switch a series on or off, as the legend does."""
        one = self._series.get(name)
        if one is not None and one.shown != shown:
            one.shown = shown
            self._refresh()
            self.switched.emit(name, shown)

    def series_names(self) -> list[str]:
        """Names of the series of the present frame, in the order they were first set."""
        return [one.name for one in self._series.values() if one.used]

    def table(self) -> list[Table]:
        """The numbers behind the picture."""
        x, y = self._names
        return tables([one for one in self._series.values() if one.used], x or "x", y or "y")

    def _style(self, role: str | None, color: str | None, dash: Dash | None, width: float) -> Style:
        mark = self._theme.mark(role) if role else None
        paint = color or role or "data"
        self._theme.color(paint)
        chosen: Any = dash or (mark.dash if mark else "solid")
        return Style(paint, chosen, width, mark.marker if mark else "circle")

    def _rule(self, name: str, kind: Kind, value: float, label: str | None, color: str, dash: Dash) -> None:
        place = np.array([float(value)])
        self._set(name, kind, place, place, self._style(None, color, dash, 1.0), label=name if label is None else label)

    def _set(self, name: str, kind: Kind, x: Any, y: Any, style: Style, *, label: str = "", **more: Any) -> None:
        old = self._series.get(name)
        if old is not None and old.kind != kind:
            self._forget(name)
        shown = old.shown if old is not None else True
        made = Series(name, kind, x, y, style, shown=shown, extra={"label": label}, **more)
        if old is not None and old.same(made):
            old.used = True
        else:
            self._series[name] = made
        if not self._telling:
            self._refresh()

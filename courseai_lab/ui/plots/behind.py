"""Another result behind this one: the lines of a second view's plots, paler and dashed, in the first one's plots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots.holder import SeriesHolder
from courseai_lab.ui.plots.series import Series, Style
from courseai_lab.ui.theme import Theme

PALE = 0.4
"""How much of the ground is mixed into a line's colour."""


def show_behind(view: QWidget, other: QWidget | None, name: str = "B") -> None:
    """Show the lines and points of ``other``'s plots behind those of ``view``; None takes them away.

    Both are views of one class; plots are matched by title, and by order where titles are equal.
    """
    behind = {} if other is None else _by_title(other)
    for key, plot in _by_title(view).items():
        twin = behind.get(key)
        plot.keep_behind([] if twin is None else [*_pale(twin, plot, name), *_pale_handles(twin, plot, name)])


def share_of_lines(view: QWidget) -> float:
    """The share (0 to 1) of a view's visible area that plots with lines take: what an overlay can compare."""
    plots = [p for p in _by_title(view).values() if p.isVisibleTo(view) and any(one.kind == "line" for one in p.told)]
    boxes = (QRect(plot.mapTo(view, QPoint()), plot.size()) & view.rect() for plot in plots)
    inside = sum(box.width() * box.height() for box in boxes)
    return min(1.0, inside / max(1, view.width() * view.height()))


def has_lines(view: QWidget) -> bool:
    """Whether any of its plots holds a line, so that there is something to overlay."""
    return any(one.kind == "line" for plot in _by_title(view).values() for one in plot.told)


def _by_title(view: QWidget) -> dict[tuple[str, int], SeriesHolder]:
    found: dict[tuple[str, int], SeriesHolder] = {}
    for plot in view.findChildren(SeriesHolder):
        number = 0
        while (plot.title, number) in found:
            number += 1
        found[plot.title, number] = plot
    return found


def _pale(other: SeriesHolder, plot: SeriesHolder, name: str) -> list[Series]:
    """Lines, and points without classes that lie elsewhere here; marks and areas would only be in the way."""
    here, theme = {one.name: one for one in plot.told}, plot.theme
    out = []
    for one in other.told:
        if one.kind == "scatter" and one.labels is None and not _same_place(one, here.get(one.name)):
            style = Style(_mixed(theme, one.style.paint), "solid", 1.0, one.style.marker, one.style.size * 0.75)
        elif one.kind == "line":
            style = Style(_mixed(theme, one.style.paint), "dashed", 0.75)
        else:
            continue
        words = one.words
        out.append(replace(one, name=f"_{name}: {words}", style=style, used=True, shown=True, kept=True, extra={}))
    return out


def _pale_handles(other: SeriesHolder, plot: SeriesHolder, name: str) -> list[Series]:
    """Points that can be dragged, where they lie elsewhere here."""
    here = {one.name: one.points for one in plot.grips}
    out = []
    for one in other.grips:
        there = here.get(one.name)
        if len(one.points) and (there is None or not np.array_equal(one.points, there)):
            style = Style(_mixed(plot.theme, one.paint), "solid", 1.0, one.marker, 6.0)
            x, y = np.array(one.points[:, 0]), np.array(one.points[:, 1])
            out.append(Series(f"_{name}: {one.name}, to drag", "scatter", x, y, style, kept=True))
    return out


def _same_place(one: Series, other: Series | None) -> bool:
    return other is not None and np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y)


def _mixed(theme: Theme, paint: str) -> str:
    line, ground = QColor(theme.color(paint)), QColor(theme.ground)
    parts = (
        round((1 - PALE) * getattr(line, part)() + PALE * getattr(ground, part)()) for part in ("red", "green", "blue")
    )
    return QColor(*parts).name()

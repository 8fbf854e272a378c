"""What range shows everything, and which names stand beside which line. Pure functions of the series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.ui.plots import ticks
from courseai_lab.ui.plots.handles import Handles
from courseai_lab.ui.plots.series import Floats, Series

if TYPE_CHECKING:
    from courseai_lab.ui.plots.axes import EndLabel
    from courseai_lab.ui.plots.canvas import Canvas

Range = tuple[float, float]
BESIDE = 4
"""Up to so many lines are named beside their ends; more have a legend."""


def is_named(one: Series) -> bool:
    """Whether a legend or a label has to name it.

    Marks carry their own names, bands go with a line, classes have no one colour, and names with _ are private.
    """
    if one.labels is not None:
        return False
    return one.kind in ("line", "scatter", "bars") and not one.name.startswith("_")


def ranges(
    canvas: Canvas, series: list[Series], handles: list[Handles], fixed: list[Range | None]
) -> tuple[Range, Range]:
    """The range of x and y in view coordinates: fixed ones as they are, the others to hold everything visible.

    It depends on nothing but the data, so that the same frame always looks the same; y ends on round numbers, so
    that it stays put while values change a little.
    """
    found: list[Range] = []
    for axis in (0, 1):
        wanted = fixed[axis]
        if wanted is not None:
            low, high = (float(canvas.to_view(v, axis)) for v in wanted)
            found.append(_with_kept(canvas, series, axis, (low, high)))
            continue
        spans = [_ends(canvas, one, axis) for one in series if one.visible]
        spans += [canvas.to_view(one.points[:, axis], axis) for one in handles if one.used and len(one.points)]
        found.append(_hold(spans, exact=axis == 0 and not any(o.kind == "scatter" and o.visible for o in series)))
    return found[0], found[1]


def _with_kept(canvas: Canvas, series: list[Series], axis: int, shown: Range) -> Range:
    """A fixed range, widened for another result that is kept behind: x as far as a run of 24 times the length asks
    for, y, where a curve may diverge, to no more than three times itself."""
    low, high = shown
    for one in series:
        ends = _ends(canvas, one, axis) if one.kept and one.visible else np.empty(0)
        if ends.size:
            low, high = min(low, float(ends[0])), max(high, float(ends[1]))
    width = (shown[1] - shown[0]) * (24 if axis == 0 else 1)
    return max(low, shown[0] - width), min(high, shown[1] + width)


def _ends(canvas: Canvas, one: Series, axis: int) -> Floats:
    """The lowest and highest finite number of a series on an axis, in view coordinates; kept with the series."""
    key = (axis, canvas.log[axis])
    found = one.ends.get(key)
    if found is None:
        spans = _spans(canvas, one, axis)
        values = np.concatenate(spans) if spans else np.empty(0)
        finite = values[np.isfinite(values)]
        found = one.ends[key] = np.array([finite.min(), finite.max()]) if finite.size else np.empty(0)
    return found


def _spans(canvas: Canvas, one: Series, axis: int) -> list[Floats]:
    if one.kind == "vline":
        return [canvas.to_view(one.x, 0)] if axis == 0 else []
    if one.kind == "hline":
        return [canvas.to_view(one.y, 1)] if axis == 1 else []
    values = one.x if axis == 0 else one.y
    if axis == 0 and one.kind == "line" and one.ordered and values.size > 2 and not canvas.log[0]:
        values = values[[0, -1]]
    spans = [np.atleast_1d(canvas.to_view(values, axis))]
    if axis == 1 and one.top is not None:
        spans.append(canvas.to_view(one.top, 1))
    if axis == 1 and one.kind == "bars" and not canvas.log[1]:
        spans.append(np.zeros(1))
    return spans


def _hold(spans: list[Floats], *, exact: bool) -> Range:
    low, high = np.inf, -np.inf
    for span in spans:
        finite = span[np.isfinite(span)] if not np.isfinite(span).all() else span
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        return 0.0, 1.0
    # The largest doubles would overflow in the middle of Qt's transforms.
    low, high = (min(max(end, -1e300), 1e300) for end in (low, high))
    # Beyond this doubles no longer tell neighbouring pixels apart.
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return ticks.snapped(low, low)
    return (low, high) if exact else ticks.snapped(low, high)


def legend_series(canvas: Canvas, series: list[Series], width: float) -> list[Series]:
    """Those that a legend must name: none while up to four fit beside their lines."""
    named = [one for one in series if one.used and is_named(one)]
    lines = [one for one in named if one.kind == "line"]
    if len(named) < 2 and len(named) == len(lines):
        return []
    if len(named) == len(lines) <= BESIDE:
        if canvas.labels.needed(end_labels(canvas, named), canvas.theme) <= 0.3 * width:
            return []
    return named


def end_labels(canvas: Canvas, series: list[Series]) -> list[EndLabel]:
    """The name of every visible line, at the height of its last value in the picture."""
    from courseai_lab.ui.plots.axes import EndLabel

    named = [one for one in series if one.visible and is_named(one)]
    if len(named) < 2:
        return []
    made = []
    (_, right), (low, high) = canvas.view.viewRange()
    for one in named:
        if one.kind != "line":
            continue
        height = min(max(_end(canvas, one, right + 1e-9 * abs(right), (low + high) / 2), low), high)
        made.append(EndLabel(one.name, canvas.theme.color(one.style.paint), height))
    return made


def _end(canvas: Canvas, one: Series, right: float, otherwise: float) -> float:
    """The height of a line's last value not beyond ``right``, in view coordinates."""
    if one.x.size and one.ordered:
        x, y = float(canvas.to_view(one.x[-1], 0)), float(canvas.to_view(one.y[-1], 1))
        if x <= right and np.isfinite(y):
            return y
    x, y = canvas.to_view(one.x, 0), canvas.to_view(one.y, 1)
    inside = np.flatnonzero(np.isfinite(y) & (x <= right))
    return float(y[inside[-1]]) if inside.size else otherwise


def panned(shown: tuple[Range, Range], across: float, up: float) -> tuple[Range, Range]:
    """The range moved by shares of its own width and height."""
    (x0, x1), (y0, y1) = shown
    dx, dy = across * (x1 - x0), up * (y1 - y0)
    return (x0 + dx, x1 + dx), (y0 + dy, y1 + dy)


def zoomed(shown: tuple[Range, Range], centre: Range, factor: float) -> tuple[Range, Range] | None:
    """The range times ``factor`` about ``centre``; None where doubles end or no longer tell pixels apart."""
    made = [tuple(middle + (end - middle) * factor for end in ends) for ends, middle in zip(shown, centre, strict=True)]
    for low, high in made:
        if not (np.isfinite(low) and np.isfinite(high) and high - low > 1e-12 * (1 + abs(low))):
            return None
    (x0, x1), (y0, y1) = made
    return (x0, x1), (y0, y1)

"""What the line panel tells other panels, and how it follows them: its line, its points, the point worked out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from courseai_lab.contract import DataPoint, Line, Patch, Selection
from courseai_lab.kernels.regression import from_model, to_model

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame
    from courseai_lab.panels.line_fit.params import LineLook, LineParams

SAME = 1e-9
"""Lines this close, relative to their size, are the same: what rescaling there and back leaves is no news."""


def selections(frame: Frame, params: LineParams, look: LineLook) -> tuple[Selection, ...]:
    """The line and the points that are fitted, in the model's own coordinates; the point that was chosen."""
    w, b = to_model((params.w, params.b), frame.shift, frame.spread)
    out: list[Selection] = [Line(w, b, _points(frame))]
    if 0 <= look.point < len(frame.x):
        out.append(_point(frame, look.point))
    return tuple(out)


def followed(selection: Selection, frame: Frame, params: LineParams, look: LineLook) -> Patch | None:
    """Take a line on the very same points, and a point that is one of them."""
    if isinstance(selection, Line) and selection.points == _points(frame):
        w, b = from_model((selection.slope, selection.intercept), frame.shift, frame.spread)
        if not (math.isclose(w, params.w, rel_tol=SAME) and math.isclose(b, params.b, rel_tol=SAME)):
            return Patch(params={"w": w, "b": b})
    if isinstance(selection, DataPoint) and selection.index < len(frame.x) and look.point != selection.index:
        same = selection == _point(frame, selection.index)
        return Patch(look={"point": selection.index}) if same else None
    return None


def _points(frame: Frame) -> tuple[tuple[float, float], ...]:
    seen = ~frame.held
    x = (frame.x[seen] - frame.shift) / frame.spread
    return tuple(zip(x.tolist(), frame.y[seen].tolist(), strict=True))


def _point(frame: Frame, index: int) -> DataPoint:
    return DataPoint(index, float(frame.x[index] - frame.shift) / frame.spread, float(frame.y[index]))

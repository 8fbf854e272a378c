"""What the loss surface tells other panels, and how it follows them: the line at which its ball starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Line, Patch, Selection
from courseai_lab.panels.loss_surface.params_surface import MAX_LINE_POINTS, LineData, SurfaceName

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.panels.loss_surface.params import LossLook, LossParams

FARTHEST = 1e6
"""The ball's start lies within this of zero, in both directions."""


def linked(params: LossParams) -> bool:
    """Whether this is the loss of a line on the points of an open line panel."""
    return params.surface is SurfaceName.REGRESSION and params.line_data is LineData.LINKED


def selections(frame: Frame, params: LossParams, look: LossLook) -> tuple[Selection, ...]:
    """The line at the ball's start, once there are points it was followed on."""
    if not linked(params) or len(params.line_points) < 2:
        return ()
    w, b = frame.path[0, 0].tolist() if params.start is None else params.start
    return (Line(w, b, params.line_points),)


def followed(selection: Selection, frame: Frame, params: LossParams, look: LossLook) -> Patch | None:
    """Take points and line of a line panel: the ball starts at its slope and intercept."""
    if not isinstance(selection, Line) or not linked(params):
        return None
    start = (selection.slope, selection.intercept)
    if not 2 <= len(selection.points) <= MAX_LINE_POINTS or max(map(abs, start)) > FARTHEST:
        return None
    if (start, selection.points) == (params.start, params.line_points):
        return None
    return Patch(params={"start": start, "line_points": selection.points})

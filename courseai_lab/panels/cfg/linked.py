"""What the panel tells others and follows: the sampling step looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Patch, Selection, Step

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame
    from courseai_lab.panels.cfg.params import CfgLook, CfgParams

KIND = "diffusion"


def selections(frame: Frame, params: CfgParams, look: CfgLook) -> tuple[Selection, ...]:
    """The step taken apart, from 0, and how far along it is."""
    if frame.times is None:
        return ()
    return (Step(KIND, frame.at, _share(frame.at, len(frame.times))),)


def followed(selection: Selection, frame: Frame, params: CfgParams, look: CfgLook) -> Patch | None:
    """Take the step nearest to as far along as another panel is."""
    if not isinstance(selection, Step) or selection.of != KIND or frame.times is None:
        return None
    wanted = round(min(max(selection.share, 0.0), 1.0) * (len(frame.times) - 1))
    return Patch(params={"step": wanted + 1}) if wanted != frame.at else None


def _share(at: int, count: int) -> float:
    return at / (count - 1) if count > 1 else 0.0

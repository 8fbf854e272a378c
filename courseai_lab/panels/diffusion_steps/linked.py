"""What this panel tells others: the time it stands at. It follows by going to that frame, which its view does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Selection, Step

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.frame import Frame
    from courseai_lab.panels.diffusion_steps.params import StepsLook, StepsParams


def selections(frame: Frame, params: StepsParams, look: StepsLook) -> tuple[Selection, ...]:
    """The time of the frame."""
    return (Step("diffusion", frame.t, frame.t / frame.last),)

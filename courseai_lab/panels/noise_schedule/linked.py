"""What this panel tells others and follows: the marked time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Patch, Selection, Step

if TYPE_CHECKING:
    from courseai_lab.panels.noise_schedule.compute import Frame
    from courseai_lab.panels.noise_schedule.params import NoiseLook, NoiseParams


def selections(frame: Frame, params: NoiseParams, look: NoiseLook) -> tuple[Selection, ...]:
    """The marked time, as the step it falls on."""
    return (Step("diffusion", frame.at, frame.at / frame.last),)


def followed(selection: Selection, frame: Frame, params: NoiseParams, look: NoiseLook) -> Patch | None:
    """Mark the time that another panel stands at; schedules with other numbers of steps meet at the same share."""
    if not isinstance(selection, Step) or selection.of != "diffusion":
        return None
    share = min(max(selection.share, 0.0), 1.0)
    same = round(share * (params.steps - 1)) == round(params.time * (params.steps - 1))
    return None if same else Patch(params={"time": round(share, 5)})

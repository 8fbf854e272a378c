"""What the steps tell other panels, and how they follow them: the head of the story network that is taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Head, Patch, Selection
from courseai_lab.panels.attention_steps.params import Source

if TYPE_CHECKING:
    from courseai_lab.panels.attention_steps.frame import Frame
    from courseai_lab.panels.attention_steps.params import StepsLook, StepsParams

NETWORK = "story"
LAYERS, HEADS = 4, 6


def selections(frame: Frame, params: StepsParams, look: StepsLook) -> tuple[Selection, ...]:
    """The head, where the numbers are those of the network."""
    return (Head(NETWORK, params.layer, params.head),) if params.source is Source.HEAD else ()


def followed(selection: Selection, frame: Frame, params: StepsParams, look: StepsLook) -> Patch | None:
    """Take another head of the network apart."""
    if not isinstance(selection, Head) or selection.network != NETWORK or params.source is not Source.HEAD:
        return None
    wanted = (selection.layer, selection.head)
    if wanted == (params.layer, params.head) or not (selection.layer < LAYERS and selection.head < HEADS):
        return None
    return Patch(params={"layer": selection.layer, "head": selection.head})

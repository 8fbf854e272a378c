"""What the heatmap tells other panels, and how it follows them: the head looked at, and the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Head, Patch, Selection, Token

if TYPE_CHECKING:
    from courseai_lab.panels.attention_heatmap.frame import Frame
    from courseai_lab.panels.attention_heatmap.params import AttentionLook, AttentionParams


def selections(frame: Frame, params: AttentionParams, look: AttentionLook) -> tuple[Selection, ...]:
    """The head and the token in force, by the model's name and the sentence they belong to."""
    if frame.problem:
        return ()
    token = Token(params.text, frame.token)
    return (token,) if params.model == "own" else (Head(params.model, frame.layer, frame.head), token)


def followed(selection: Selection, frame: Frame, params: AttentionParams, look: AttentionLook) -> Patch | None:
    """Take a head of the same network, and a token of the same sentence."""
    if frame.problem:
        return None
    if isinstance(selection, Head) and selection.network == params.model:
        inside = selection.layer < frame.layers and selection.head < frame.heads
        if inside and (selection.layer, selection.head) != (frame.layer, frame.head):
            return Patch(params={"layer": selection.layer, "head": selection.head})
    if isinstance(selection, Token) and selection.text == params.text:
        if selection.index < len(frame.tokens) and selection.index != frame.token:
            return Patch(params={"token": selection.index})
    return None

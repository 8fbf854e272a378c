"""Tokens, changes and findings in words."""

from __future__ import annotations

import math

from courseai_lab.kernels.attention import Mask
from courseai_lab.kernels.number_text import number, percent, plural
from courseai_lab.networks.reading import Reader
from courseai_lab.networks.transformer import Change
from courseai_lab.panels.attention_heatmap.frame import Frame
from courseai_lab.panels.attention_heatmap.params import AttentionParams

SPACE = "·"


def visible(label: str) -> str:
    """A token as it is shown: a space is a dot in the middle, a line break an arrow."""
    text = label.replace("\n", "↵").replace("\t", "⇥").replace(" ", SPACE)
    return "".join(c if c.isprintable() else "�" for c in text)


def title(show: str, layer: int, head: int) -> str:
    """What a plane of weights is."""
    return {
        "head": f"head {layer}.{head}",
        "mean": f"mean of layer {layer}'s heads",
        "max": f"maximum of layer {layer}'s heads",
        "rollout": f"rollout up to layer {layer}",
    }[show]


def changes(change: Change, reader: Reader) -> str:
    """What is changed, or nothing."""
    said = []
    if change.mask is not None:
        said.append(
            {
                Mask.CAUSAL: "with a causal mask",
                Mask.WINDOW: f"with a sliding window of {plural(change.window, 'token')}",
                Mask.NONE: "with no mask",
            }[change.mask]
        )
    if change.alibi:
        said.append(f"with an ALiBi slope of {number(change.alibi)}")
    if change.ablate:
        names = [f"{layer}.{head}" for layer, head in sorted(change.ablate)]
        if len(names) > 4:
            said.append(f"without {len(names)} of {reader.layers * reader.heads} heads")
        else:
            said.append(f"without {'head' if len(names) == 1 else 'heads'} {', '.join(names)}")
    return " and ".join(said)


def sentence(frame: Frame, p: AttentionParams) -> str:
    """One or two sentences: who is looked at, and what the change did."""
    if frame.problem:
        return frame.problem
    assert frame.weights is not None
    row = frame.weights[frame.token]
    best = int(row.argmax())
    name = frame.title[0].upper() + frame.title[1:]
    told = (
        f"{name} of the {frame.model}: “{frame.tokens[frame.token]}” looks at “{frame.tokens[best]}” "
        f"({_back(frame.token - best)}) with {percent(float(row[best]))} of its attention"
    )
    if p.show == "rollout":
        told = (
            f"{name} of the {frame.model}: {percent(float(row[best]))} of what reaches “{frame.tokens[frame.token]}” "
            f"comes from “{frame.tokens[best]}” ({_back(frame.token - best)})"
        )
    return f"{told}. {_effect(frame)}" + (f" {frame.problem_b}" if frame.problem_b else "")


def _back(tokens: int) -> str:
    if tokens == 0:
        return "itself"
    return f"{plural(abs(tokens), 'token')} {'back' if tokens > 0 else 'ahead'}"


def _effect(frame: Frame) -> str:
    assert frame.chance is not None and frame.plain is not None
    best = int(frame.plain.argmax())
    word, was, now = frame.choices[best], float(frame.plain[best]), float(frame.chance[best])
    what = "Hidden, it would be guessed as" if frame.hidden else "Next it expects"
    if not frame.changed:
        end = ""
        if not math.isnan(frame.loss):
            of = "for the hidden token" if frame.hidden else "a token"
            end = f"; the loss is {number(frame.loss)} nats {of}"
        return f"{what} “{word}” ({percent(was)}){end}."
    now_best = int(frame.chance.argmax())
    fall = f"“{word}” goes from {percent(was)} to {percent(now)}"
    if now_best != best:
        fall += f", the best guess is now “{frame.choices[now_best]}” ({percent(float(frame.chance[now_best]))})"
    moved = ""
    if not math.isnan(frame.loss):
        moved = f", and the loss goes from {number(frame.loss_plain)} to {number(frame.loss)} nats a token"
    cheats = frame.causal and frame.seen is not None and bool(frame.seen[0].all()) and len(frame.tokens) > 1
    if cheats:
        moved += ": every word that it is asked for, it can now see"
    return f"{frame.changed[0].upper()}{frame.changed[1:]}, {fall}{moved}."

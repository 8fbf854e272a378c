"""Plays a computation: one frame for each cell, row or outer product that arrives."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from courseai_lab.kernels.attention_steps import partial_product, units
from courseai_lab.panels.attention_steps.frame import Frame
from courseai_lab.panels.attention_steps.params import MATRICES, StepsParams

Cells = tuple[tuple[int, int], ...]
MOST_FRAMES = 36
"""Frames of one product at most; larger ones arrive several cells a frame."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One matrix that arrives: all at once, row by row, in ``count`` pieces, or as the product ``left`` ``right``."""

    id: str
    left: str = ""
    right: str = ""
    bias: str = ""
    by_row: bool = False
    count: int = 1

    def units(self, p: StepsParams, parts: dict[str, Any]) -> int:
        """Pieces in which it arrives."""
        if self.left:
            a, b = parts[self.left], parts[self.right]
            return units(p.way, a.shape[0], a.shape[1], b.shape[1])
        return len(parts[self.id]) if self.by_row else self.count

    def now(self, p: StepsParams, parts: dict[str, Any], done: int, by_hand: Cells) -> np.ndarray | None:
        """What is there after ``done`` units; None where it comes whole.

        Cells that were set ``by_hand`` are what they were set to, however the product came to be.
        """
        if self.left:
            bias = parts[self.bias] if self.bias else None
            made = partial_product(parts[self.left], parts[self.right], p.way, done, bias)
            for cell in by_hand:
                if np.isfinite(made[cell]):
                    made[cell] = parts[self.id][cell]
            return made
        if self.by_row:
            out = parts[self.id].copy()
            out[done:] = np.nan
            return np.asarray(out)
        return None


def _by_hand(name: str, parts: dict[str, Any]) -> Cells:
    if name not in MATRICES:
        return ()
    number = MATRICES.index(name)
    return tuple((row, col) for which, row, col in parts["edited"].tolist() if which == number)


def frames(
    p: StepsParams, labels: tuple[str, ...], note: str, parts: dict[str, Any], stages: Sequence[Stage]
) -> Generator[Frame, StepsParams, None]:
    """All frames of the stages; ``parts`` are the finished matrices, shared by every frame."""
    counts = [stage.units(p, parts) for stage in stages]
    strides = [math.ceil(count / MOST_FRAMES) for count in counts]
    ends = np.cumsum([math.ceil(count / stride) for count, stride in zip(counts, strides, strict=True)])
    ids, last = tuple(stage.id for stage in stages), tuple(int(end) - 1 for end in ends)
    for at, (stage, count, stride) in enumerate(zip(stages, counts, strides, strict=True)):
        by_hand = _by_hand(stage.id, parts)
        for start in range(0, count, stride):
            done = min(start + stride, count)
            now = None if done == count else stage.now(p, parts, done, by_hand)
            yield Frame(p.page.value, ids, at, last, done, count, p.way.value, labels, note, now, **parts)

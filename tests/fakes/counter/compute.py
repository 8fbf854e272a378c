"""Counts up by ``by``; can be told to fail, to run out of memory, to tick for long, for ever, or not at all."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from courseai_lab import contract
from courseai_lab.contract import Axes, Ctx, FileKind, Ui

SLOW_SECONDS = 0.06
"""What the first frame takes with the trouble "slow"; longer than the pause between two events of a drag."""


class Params(contract.Params):
    """How to count."""

    by: Annotated[float, Field(ge=-10, le=10), Ui(steer=True)] = 1.0
    steps: Annotated[int, Field(ge=1, le=100_000)] = 100
    trouble: Literal["none", "error", "memory", "endless", "slow", "deaf", "bad frame"] = "none"
    fails_at: Annotated[int, Field(ge=0)] = 3
    file: Annotated[str, Field(max_length=4096), FileKind("table"), Ui(help="Named, never read.")] = ""


class Look(contract.Params):
    """How to show it."""

    dots: Annotated[int, Field(ge=1, le=9)] = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """The count and some noise of the sample stream."""

    total: float
    noise: Annotated[np.ndarray, Axes("item")]


def run(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
    """Add ``by`` once a frame."""
    total = 0.0
    while p.trouble == "endless":
        ctx.tick(None, None, "for ever")
    until = time.perf_counter() + SLOW_SECONDS
    while p.trouble == "slow" and time.perf_counter() < until:
        ctx.tick(None, None, "slowly")
    while p.trouble == "deaf":
        total += 1.0
    for step in range(p.steps):
        ctx.tick(step, p.steps)
        if step == p.fails_at and p.trouble == "error":
            raise ZeroDivisionError("on purpose")
        if step == p.fails_at and p.trouble == "memory":
            raise MemoryError("on purpose")
        shape = (2, 2) if p.trouble == "bad frame" else (2,)
        p = yield Frame(total, ctx.rng("sample", step).normal(size=shape))
        total += p.by


def sentence(frame: Frame, params: Params, look: Look) -> str:
    """What is seen."""
    return f"The count is {frame.total:g}."

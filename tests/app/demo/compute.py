"""A random walk in the plane."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from courseai_lab import contract
from courseai_lab.contract import Axes, Ctx, Text, Ui


class Walk(StrEnum):
    GAUSSIAN = "gaussian"
    LATTICE = "lattice"


class Params(contract.Params):
    """The walk."""

    stride: Annotated[float, Field(gt=0, le=10), Ui(log=True, steer=True, symbol=r"\eta", help="How far.")] = 1.0
    steps: Annotated[int, Field(ge=1, le=1000), Ui(unit="steps")] = 5
    walk: Walk = Walk.GAUSSIAN
    home: Annotated[bool, Ui()] = False
    fails: Annotated[int | None, Field(ge=0)] = None
    starts: tuple[Literal["a", "b"], ...] = ("a",)


class Look(contract.Params):
    """How it is drawn."""

    dots: Annotated[int, Field(ge=1, le=9)] = 3
    label: Annotated[Text, Ui()] = ""


@dataclass(frozen=True, slots=True)
class Frame:
    path: Annotated[np.ndarray, Axes("step xy", unit="m")]
    far: Annotated[np.ndarray, Axes("step", help="distance from the start")]
    phase: Annotated[np.ndarray, Axes("xy")]
    count: int
    note: str


def run(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
    rng = ctx.rng("sample")
    place = np.zeros((1, 2), np.float32)
    for step in range(p.steps):
        ctx.tick(step, p.steps)
        if p.fails == step:
            raise RuntimeError("the walk fell over\nwith a second line")
        move = rng.normal(size=2) if p.walk is Walk.GAUSSIAN else rng.integers(-1, 2, 2)
        place = np.vstack([place, place[-1:] + p.stride * move]).astype(np.float32)
        far = np.hypot(place[:, 0], place[:, 1])
        far[0] = np.nan
        phase = np.exp(1j * place[-1].astype(np.float64))
        p = yield Frame(place.copy(), far, phase, len(place), "on the way")


def sentence(frame: Frame, params: Params, look: Look) -> str:
    return f"{frame.count} places."

"""What the flow is told to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from courseai_lab.panels.attention_steps.graph import Graph
from courseai_lab.panels.attention_steps.moment import Moment


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a matrix."""

    node: str
    row: int
    col: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that is drawn: the graph, the moment, the chosen cell, and how.

    ``limits``: the end of the signed colours by group; a group that is not named gives each matrix its own.
    """

    graph: Graph
    moment: Moment
    chosen: Place | None
    numbers: bool
    limits: dict[str, float]
    read: bool


def largest(arrays: list[np.ndarray]) -> float:
    """The largest finite absolute value; 1 where there is none."""
    tops = [float(np.abs(one[np.isfinite(one)]).max()) for one in arrays if np.isfinite(one).any()]
    return max(tops, default=0.0) or 1.0

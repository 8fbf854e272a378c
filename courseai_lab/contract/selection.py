"""What is being looked at, as typed values that panels tell each other through the window's bus.

A panel publishes what it shows or what the pointer is on; others follow what concerns them. No panel knows another:
both know only these types. A selection says enough for a follower to see whether it means the same thing (the same
points, the same text), for two panels of one kind may show different data.
"""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line y = slope x + intercept and the points (x, y) it is meant to fit."""

    slope: float
    intercept: float
    points: Pairs


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One data point: its number in its data set, from 0, and where it lies."""

    index: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text: the whole text, the token's number from 0."""

    text: str
    index: int


@dataclass(frozen=True, slots=True)
class Head:
    """One attention head of a named network: ``layer`` and ``head`` count from 0."""

    network: str
    layer: int
    head: int


@dataclass(frozen=True, slots=True)
class Label:
    """One class of a data set: its number from 0, and its name where it has one."""

    index: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of something that has steps: ``of`` says what is counted ("diffusion", "training"), from 0.

    ``share``: how far along it is, 0 to 1, for panels whose steps are cut otherwise.
    """

    of: str
    index: int
    share: float


Selection = Line | DataPoint | Token | Head | Label | Step
SELECTIONS: tuple[type, ...] = (Line, DataPoint, Token, Head, Label, Step)

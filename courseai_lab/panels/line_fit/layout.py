"""Where the parts go: the points large on the left, small pictures on the right; one column where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

NARROW = 620
GAP = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """Widgets with their places, and the height of it all."""

    places: tuple[tuple[QWidget, QRect], ...]
    height: int


def plan(
    main: QWidget, foot: Sequence[tuple[QWidget, int]], side: Sequence[QWidget], width: int, height: int, scale: float
) -> Plan:
    """``main`` over ``foot`` (each with its height), ``side`` beside them, or below where it is narrow."""
    below = sum(tall + GAP for _, tall in foot)
    low = round(130 * scale)
    if width < NARROW * min(scale, 2.4):
        # The picture comes first and whole; what is below it is scrolled to.
        tall = round(min(0.85 * width, max(0.55 * width, 330.0), 420 * scale))
        places = [(main, QRect(0, 0, width, tall))]
        y = _stack(places, foot, 0, tall + GAP, width)
        y = _stack(places, [(one, round(190 * scale)) for one in side], 0, y, width)
        return Plan(tuple(places), y - GAP)
    height = max(height, round(220 * scale) + below, low * len(side))
    left = width if not side else round(width * 0.64)
    places = [(main, QRect(0, 0, left - GAP * bool(side), height - below))]
    _stack(places, foot, 0, height - below + GAP, left - GAP * bool(side))
    # The map is square by nature and gets more of the height than the flat ones.
    weights = [1.35 if k == 0 and len(side) > 1 else 1.0 for k in range(len(side))]
    top = 0.0
    for one, weight in zip(side, weights, strict=True):
        share = height * weight / sum(weights)
        places.append((one, QRect(left, round(top), width - left, round(share) - GAP)))
        top += share
    return Plan(tuple(places), height)


def _stack(
    places: list[tuple[QWidget, QRect]], parts: Sequence[tuple[QWidget, int]], x: int, y: int, width: int
) -> int:
    for widget, tall in parts:
        places.append((widget, QRect(x, y, width, tall)))
        y += tall + GAP
    return y

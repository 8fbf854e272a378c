"""Where pictures, matrices and arithmetic go for a width and a height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.tiles import Plan

NARROW = 620
GAP = 10
Heights = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is to be placed: pictures, and below or beside them parts that know the height they need at a width."""

    pictures: Sequence[QWidget]
    lower: Sequence[tuple[QWidget, Heights]]
    line: int
    scale: float


def plan(parts: Parts, width: int, height: int) -> Plan:
    """Pictures first and largest; the rest below, or at the right where it is wide."""
    if not parts.pictures:
        return _stacked(parts, width, height)
    if width < NARROW * min(parts.scale, 1.4):
        return _narrow(parts, width)
    if parts.lower and width > 1.7 * max(height, 1) and height > 300:
        return _beside(parts, width, height)
    return _below(parts, width, height)


def _picture_rows(parts: Parts, x: int, y: int, width: int, height: int, columns: int) -> list[tuple[QWidget, QRect]]:
    rows = -(-len(parts.pictures) // columns)
    wide, tall = (width - GAP * (columns - 1)) // columns, (height - GAP * (rows - 1)) // rows
    return [
        (pane, QRect(x + (k % columns) * (wide + GAP), y + (k // columns) * (tall + GAP), wide, tall))
        for k, pane in enumerate(parts.pictures)
    ]


def _natural(parts: Parts, width: int, columns: int) -> int:
    """Height at which square pictures fill the width."""
    rows = -(-len(parts.pictures) // columns)
    side = (width - GAP * (columns - 1)) // columns
    return rows * (side + 2 * parts.line + 14) + GAP * (rows - 1)


def _narrow(parts: Parts, width: int) -> Plan:
    columns = min(2, len(parts.pictures))
    tall = _natural(parts, width, columns)
    places = _picture_rows(parts, 0, 0, width, tall, columns)
    y = tall + GAP
    for pane, needs in parts.lower:
        need = needs(width)
        places.append((pane, QRect(0, y, width, need)))
        y += need + GAP
    return Plan(tuple(places), y)


def _stacked(parts: Parts, width: int, height: int) -> Plan:
    """No pictures: the rest has all the room."""
    needs = [need(width) for _, need in parts.lower]
    spare = max(0, height - sum(needs) - GAP * (len(needs) - 1)) // max(len(needs), 1)
    y, places = 0, []
    for (pane, _), need in zip(parts.lower, needs, strict=True):
        places.append((pane, QRect(0, y, width, need + spare)))
        y += need + spare + GAP
    return Plan(tuple(places), max(sum(needs) + GAP * max(len(needs) - 1, 0), 1))


def _beside(parts: Parts, width: int, height: int) -> Plan:
    left = round(width * 0.64)
    right = width - left - GAP
    count = len(parts.pictures)
    columns = min(range(1, count + 1), key=lambda n: abs(_natural(parts, left, n) - height))
    needs = [need(right) for _, need in parts.lower]
    need = sum(needs) + GAP * (len(needs) - 1)
    places = _picture_rows(parts, 0, 0, left, min(height, _natural(parts, left, columns)), columns)
    y = 0
    spare = max(0, height - need) // max(len(needs), 1)
    for (pane, _), tall in zip(parts.lower, needs, strict=True):
        extra = min(spare, round(60 * parts.scale))
        places.append((pane, QRect(left + GAP, y, right, tall + extra)))
        y += tall + extra + GAP
    least = round(min(_natural(parts, left, columns), 260 * parts.scale))
    return Plan(tuple(places), max(need, least))


def _below(parts: Parts, width: int, height: int) -> Plan:
    count = len(parts.pictures)
    half = (width - GAP) // 2 if len(parts.lower) > 1 else width
    needs = [need(half) for _, need in parts.lower]
    low = max(needs, default=0)
    columns = count
    natural = _natural(parts, width, columns)
    least = round(min(natural, 190 * min(parts.scale, 1.2)))
    tall = min(max(height - low - GAP, least), natural)
    places = _picture_rows(parts, 0, 0, width, tall, columns)
    for k, (pane, _) in enumerate(parts.lower):
        room = max(low, height - tall - GAP)
        places.append((pane, QRect(k * (half + GAP), tall + GAP, half, room)))
    return Plan(tuple(places), least + (GAP + low if parts.lower else 0))

"""Where the pictures go: in rows as wide as there is room for, the large ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.tiles import Plan

GAP = 8
LARGE, SMALL, STACK = 330, 206, 384
MOST = 620
UPPER = 0.5
WIDEST = 1.4
"""Large type makes pictures taller, but wider only up to this: better two a row than one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A picture: its least width (standard pixels), whether it is a large one, and what stands below it."""

    widget: QWidget
    least: int
    large: bool
    below: QWidget | None = None


def plan(boxes: Sequence[tuple[QWidget, int]], parts: Sequence[Part], width: int, height: int, scale: float) -> Plan:
    """Boxes of text side by side on top, then rows of pictures; the first row takes what height is left over."""
    places: list[tuple[QWidget, QRect]] = []
    y = 0
    if boxes:
        columns = len(boxes) if width >= 460 * scale else 1
        wide = (width - GAP * (columns - 1)) // columns
        for k, (box, high) in enumerate(boxes):
            places.append((box, QRect((k % columns) * (wide + GAP), y + (k // columns) * (high + GAP), wide, high)))
        y += (boxes[0][1] + GAP) * -(-len(boxes) // columns)
    rows = _rows(parts, width, min(scale, WIDEST))
    least = [_high(row, width, scale) for row in rows]
    spare = max(0, height - y - sum(least) - GAP * max(0, len(rows) - 1))
    for k, row in enumerate(rows):
        tall = min(least[k] + (spare if k == 0 else 0), round(MOST * scale))
        x = 0
        total = sum(part.least for part in row)
        room = width - GAP * (len(row) - 1)
        for n, part in enumerate(row):
            wide = room * part.least // total if n < len(row) - 1 else width - x
            upper = tall if part.below is None else round(UPPER * tall)
            places.append((part.widget, QRect(x, y, wide, upper)))
            if part.below is not None:
                places.append((part.below, QRect(x, y + upper + GAP, wide, tall - upper - GAP)))
            x += wide + GAP
        y += tall + GAP
    return Plan(tuple(places), max(0, y - GAP))


def _rows(parts: Sequence[Part], width: int, scale: float) -> list[list[Part]]:
    rows: list[list[Part]] = []
    used = 0.0
    for part in parts:
        need = part.least * scale
        # Large and small pictures do not share a row: they want different heights.
        same = bool(rows) and rows[-1][0].large == part.large
        if same and used + GAP + need <= width:
            rows[-1].append(part)
            used += GAP + need
        else:
            rows.append([part])
            used = need
    return rows


def _high(row: Sequence[Part], width: int, scale: float) -> int:
    if any(part.below is not None for part in row):
        return round(STACK * scale)
    return round(min(LARGE * scale, max(width, 200)) if row[0].large else SMALL * scale)

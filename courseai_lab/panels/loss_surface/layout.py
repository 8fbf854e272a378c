"""Where the parts go: two large ones above, the small ones in columns below; all in one column where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

NARROW = 600
WIDE = 1000
GAP = 6
_THREE = (0.32, 0.37, 0.31)
"""Of three small parts the middle one, usually the table, gets a little more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Widgets with their places, and the height of it all."""

    places: tuple[tuple[QWidget, QRect], ...]
    height: int


def plan(big: Sequence[QWidget], small: Sequence[QWidget], width: int, height: int, scale: float) -> Plan:
    """Places for ``width``, filling ``height``, or going beyond where that is too little to see anything."""
    if width < NARROW * min(scale, 1.3):
        return _column(big, small, width, scale)
    lines = -(-len(small) // (3 if width >= WIDE * min(scale, 1.3) else 2))
    columns = -(-len(small) // max(lines, 1))
    low = round(165 * scale)
    height = max(height, round(230 * scale) * bool(big) + low * lines)
    bottom = height if not big else round(height * (0.0, 0.36, 0.52)[min(lines, 2)])
    bottom = max(bottom, low * lines) if lines else 0
    places = _row(big, QRect(0, 0, width, height - bottom), (0.56, 0.44) if len(big) == 2 else (1.0,))
    for line in range(lines):
        row = small[line * columns : (line + 1) * columns]
        top, end = height - bottom + bottom * line // lines, height - bottom + bottom * (line + 1) // lines
        places += _row(
            row,
            QRect(0, top + GAP, width, end - top - GAP),
            _THREE if len(row) == 3 else tuple(1 / len(row) for _ in row),
        )
    return Plan(tuple(places), height)


def _row(widgets: Sequence[QWidget], area: QRect, shares: tuple[float, ...]) -> list[tuple[QWidget, QRect]]:
    out, left = [], 0.0
    for widget, share in zip(widgets, shares, strict=False):
        x, right = round(area.width() * left), round(area.width() * (left + share))
        out.append((widget, QRect(area.x() + x, area.y(), right - x - GAP * (right < area.width()), area.height())))
        left += share
    return out


def _column(big: Sequence[QWidget], small: Sequence[QWidget], width: int, scale: float) -> Plan:
    places, y = [], 0
    for widget in (*big, *small):
        tall = round(min(0.8 * width, 300 * scale)) if widget in big else round(165 * scale)
        places.append((widget, QRect(0, y, width, tall)))
        y += tall + GAP
    return Plan(tuple(places), max(y - GAP, 100))

"""What the pages of the panel share: their parts, and where these go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QRect
from PySide6.QtWidgets import QLabel, QWidget

from courseai_lab.ui.theme import Theme

NARROW = 620
GAP = 8
Sized = Sequence[tuple[QWidget, int]]
Placed = tuple[Sequence[tuple[QWidget, QRect]], int]


class Page(QObject):
    """One way of looking: ``show_frame`` draws, ``plan`` says where the parts go."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def show_frame(self, frame: Any, params: Any, look: Any) -> None:
        """Draw a frame."""
        raise TypeError(f"{type(self).__name__} must define show_frame()")

    def plan(self, width: int, height: int) -> Placed:
        """Places of the shown parts on a page ``width`` wide, filling ``height`` where they can; the height needed."""
        raise TypeError(f"{type(self).__name__} must define plan()")

    def highlight(self, name: str) -> None:
        """Emphasise what belongs to a term."""

    def px(self, standard: float) -> int:
        """Pixels at the theme's size of type."""
        return round(standard * self.theme.text_px / 13)

    def is_narrow(self, width: int) -> bool:
        """Whether parts stand below each other."""
        return width < NARROW * min(self.theme.text_px / 13, 1.5)


def column(parts: Sized, width: int, height: int, x: int = 0) -> Placed:
    """Parts below each other in their least heights; what height is left over goes to those that are no tables."""
    least = sum(low for _, low in parts) + GAP * (len(parts) - 1)
    growing = [part for part, _ in parts if not _is_table(part)]
    spare = max(0, height - least) // max(1, len(growing))
    placed, y = [], 0
    for part, low in parts:
        tall = low + (spare if part in growing else 0)
        placed.append((part, QRect(x, y, width, tall)))
        y += tall + GAP
    return placed, least


def split(left: Sized, right: Sized, width: int, height: int, side: int) -> Placed:
    """Two columns, the right one ``side`` wide."""
    a, need_a = column(left, width - side - GAP, height)
    b, need_b = column(right, side, max(height, need_a), width - side)
    need = max(need_a, need_b)
    if need_a < need:
        a, _ = column(left, width - side - GAP, max(height, need))
    return [*a, *b], need


def grid(parts: Sequence[QWidget], width: int, height: int, columns: int, least: int, x: int = 0) -> Placed:
    """Parts in rows of ``columns``, each at least ``least`` high."""
    rows = -(-len(parts) // columns)
    need = rows * least + GAP * (rows - 1)
    tall = max(least, (height - GAP * (rows - 1)) // max(rows, 1))
    wide = (width - GAP * (columns - 1)) // columns
    placed = [
        (part, QRect(x + (k % columns) * (wide + GAP), (k // columns) * (tall + GAP), wide, tall))
        for k, part in enumerate(parts)
    ]
    return placed, need


def _is_table(part: QWidget) -> bool:
    return hasattr(part, "wanted_height") or isinstance(part, QLabel)

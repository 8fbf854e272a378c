"""What a picture is shown with, and how its marks are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QRectF

from courseai_lab.panels.convolution.paint import Picture

Unvisited = Literal["faint", "hidden", "full"]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What one pane shows. Rows and columns count cells of ``picture``.

    ``inner``: first and past-the-last row and column of the input inside its padding. ``unread``: masks of rows and
    columns that are read. ``window``: rows and columns under it. ``cell``: the output cell. ``done``: cells up to this
    one in reading order are reached, as ``unvisited`` says. ``reached``: masks of rows and columns lit together.
    ``box``: a frame (top, left, height, width) with ``box_text``. ``glow``: shares [row column] of the accent over it.
    """

    title: str
    picture: Picture
    note: str = ""
    inner: tuple[int, int, int, int] | None = None
    read: tuple[np.ndarray, np.ndarray] | None = None
    window: tuple[np.ndarray, np.ndarray] | None = None
    cell: tuple[int, int] | None = None
    done: tuple[int, int] | None = None
    unvisited: Unvisited = "full"
    reached: tuple[np.ndarray, np.ndarray] | None = None
    probe: tuple[int, int] | None = None
    box: tuple[float, float, float, float] | None = None
    glow: np.ndarray | None = None
    first: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Touch:
    """The pointer on a cell. ``kind``: press, drag, release or double; ``erase``: the right button or Shift."""

    kind: str
    row: int
    column: int
    erase: bool


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of True as (first, past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def at_least(rect: QRectF, side: float) -> QRectF:
    """The same rectangle, grown about its middle so that it can be seen."""
    wide, high = max(rect.width(), side), max(rect.height(), side)
    return QRectF(rect.center().x() - wide / 2, rect.center().y() - high / 2, wide, high)

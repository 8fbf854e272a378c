"""Colour maps of surfaces, and the table a renderer reads: colour and contour phase by height."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LUT_SIZE = 2048

# Viridis (Smith and van der Walt, 2015) and cividis (Nunez, Anderton and Renslow, 2018) at 33 even places.
# The diverging maps are symmetric in lightness about their middle.
_ANCHORS = {
    "viridis": (
        "440154 470D60 48186A 482374 472D7B 453681 424086 3F4989 3B528B 375A8D 33638D "
        "2F6A8E 2C728E 297A8E 26818E 23898E 21908C 1F988B 1F9F88 21A685 28AE80 31B57B "
        "3EBC74 4CC26C 5DC963 6ECE58 82D34C 96D83F ABDC32 C0DF24 D5E21A EAE51A FDE725"
    ),
    "cividis": (
        "00224E 00285B 002E6A 043371 1A386F 273E6E 32436D 3B496C 434E6C 4B546C 52596D "
        "5A5F6E 61656F 686A71 6F7073 757676 7C7B78 848179 8B8778 938D78 9B9376 A39A75 "
        "ABA072 B3A670 BBAD6C C3B469 CCBA64 D4C15F DDC958 E6D051 EFD748 F8DF3C FEE838"
    ),
    "diverging": "0B3C8C 2F6BBF 6FA0DC B4D0EE EFEFEF F5CFA3 E39A52 BC6A1C 7E3F05",
    "diverging-dark": "A9D2FF 6AA5F0 3B74C4 1F4478 0E1116 6B3E12 B0691F E79A45 FFD3A0",
}
NAMES = tuple(_ANCHORS)


def _anchors(name: str) -> NDArray[np.float64]:
    table = np.array([[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in _ANCHORS[name].split()]) / 255
    table.flags.writeable = False
    return table


def lut_colors(lut: str | ArrayLike) -> NDArray[np.float64]:
    """Colours [n, 3] in 0..1 of a named map or of an array (floats 0..1 or uint8; a fourth column is dropped).

    Raises:
        ValueError: no map of that name, or the array is not [n >= 2, 3 or 4] with values in range.
    """
    if isinstance(lut, str):
        if lut not in _ANCHORS:
            raise ValueError(f"There is no colour map {lut!r}; there are {', '.join(NAMES)}.")
        return _anchors(lut)
    table = np.asarray(lut)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] not in (3, 4):
        raise ValueError(f"A colour table has shape {table.shape}; it must be [n, 3] with n at least 2.")
    colors = table[:, :3] / 255 if table.dtype == np.uint8 else table[:, :3].astype(np.float64)
    if not (np.isfinite(colors).all() and colors.min() >= 0 and colors.max() <= 1):
        raise ValueError("A colour table's numbers must lie in 0..1, or be uint8.")
    return colors


def lookup_table(lut: str | ArrayLike, levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Table [LUT_SIZE, 4] over heights 0..1: red, green, blue, contour phase.

    The phase is a whole number exactly on each level, so distance to the nearest whole number, divided by the
    phase's change from pixel to pixel, is the distance to the nearest line in pixels.
    """
    t = np.linspace(0, 1, LUT_SIZE)
    colors = lut_colors(lut)
    places = np.linspace(0, 1, len(colors))
    table = np.empty((LUT_SIZE, 4), dtype=np.float32)
    for channel in range(3):
        table[:, channel] = np.interp(t, places, colors[:, channel])
    table[:, 3] = _phase(t, np.asarray(levels, dtype=np.float64))
    return table


def _phase(t: NDArray, levels: NDArray) -> NDArray:
    """Piecewise linear through (level k, k), and never reaching another whole number outside the levels."""
    if not levels.size:
        return np.full_like(t, 0.5)
    gap = float(np.diff(levels).min()) if levels.size > 1 else 1.0
    below = max(levels[0] - 0.45 * gap, -1.0)
    above = min(levels[-1] + 0.45 * gap, 2.0)
    knots = np.concatenate([[below], levels, [above]])
    values = np.concatenate([[-0.45], np.arange(levels.size), [levels.size - 0.55]])
    return np.interp(t, knots, values)

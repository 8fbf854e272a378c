"""Colour maps as tables of 256 colours: even steps for the eye, safe for colour-blind eyes."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courseai_lab.paths import resource
from courseai_lab.ui import color
from courseai_lab.ui.theme_tokens import Theme

MapKind = Literal["sequential", "diverging"]
Scale = Literal["linear", "log"]
LEVELS = 255
"""Colours that values take; the 256th entry of an index image stands for "not a number"."""


@lru_cache(maxsize=8)
def table(name: str) -> NDArray[np.uint8]:
    """A published map, ``viridis`` or ``cividis``, as sRGB [256 3]. Raises ``ValueError`` for another name."""
    maps = json.loads(resource("themes", "colormaps.json").read_text("utf-8"))
    if name not in maps:
        raise ValueError(f"No colour map is called {name!r}; the maps are {', '.join(maps)}.")
    made = np.frombuffer(bytes.fromhex(maps[name]), dtype=np.uint8).reshape(256, 3)
    return made


@lru_cache(maxsize=4)
def diverging(dark: bool) -> NDArray[np.uint8]:
    """Blue, white (black in the dark), orange, as sRGB [256 3]; lightness is symmetric about the middle.

    Straight lines in CIELAB from the middle to two ends of equal lightness, so that equal steps look equal.
    """
    middle = np.array([12.0, 0.0, 0.0]) if dark else np.array([98.0, 0.0, 0.0])
    blue, orange = (
        (np.array([72.0, -8.0, -44.0]), np.array([72.0, 22.0, 62.0]))
        if dark
        else (np.array([50.0, 2.0, -54.0]), np.array([50.0, 34.0, 56.0]))
    )
    share = np.abs(np.linspace(-1, 1, 256))[:, None]
    ends = np.where(np.arange(256)[:, None] < 128, blue, orange)
    made = np.round(color.from_lab(middle + share * (ends - middle)) * 255).astype(np.uint8)
    made.flags.writeable = False
    return made


def colors(kind: MapKind, theme: Theme) -> NDArray[np.uint8]:
    """The map for ``kind`` in ``theme``, sRGB [256 3]: viridis, cividis on projectors, or the diverging one."""
    if kind == "diverging":
        return diverging(theme.dark)
    return table("cividis" if theme.name == "projector" else "viridis")


def limits(values: NDArray[np.float64], kind: MapKind, scale: Scale) -> tuple[float, float]:
    """The range that shows all finite ``values``: symmetric about zero when diverging, positive when logarithmic."""
    finite = values[np.isfinite(values)]
    if scale == "log":
        finite = finite[finite > 0]
    if not finite.size:
        return (-1.0, 1.0) if kind == "diverging" else (0.1, 1.0) if scale == "log" else (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if kind == "diverging":
        high = max(abs(low), abs(high)) or 1.0
        return -high, high
    if low == high:
        return (low / 2, low * 2) if scale == "log" else (low - 0.5, low + 0.5)
    return low, high


def indices(values: NDArray[np.float64], low: float, high: float, scale: Scale) -> NDArray[np.uint8]:
    """Values [...] as places in the table: 0..254 from ``low`` to ``high``, 255 where there is no finite number.

    On a logarithmic scale zero and below take the lowest place. Beyond the limits the end colours go on.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if scale == "log":
            bottom, top = np.log10(low), np.log10(high)
            place = (np.log10(np.where(values > 0, values, low)) - bottom) * ((LEVELS - 1) / (top - bottom))
        elif max(abs(low), abs(high)) < 1e150:
            place = values - low
            place *= (LEVELS - 1) / (high - low)
        else:
            # Halved first, so that limits near the largest double do not overflow.
            place = (values / 2 - low / 2) / (high / 2 - low / 2) * (LEVELS - 1)
        np.clip(place, 0, LEVELS - 1, out=place)
        place += 0.5
        finite = np.isfinite(values)
        if finite.all():
            return np.asarray(place.astype(np.uint8))
        place[~finite] = LEVELS
        return np.asarray(place.astype(np.uint8))

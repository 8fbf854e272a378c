"""Pictures as Qt draws them, and short texts for numbers in cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtGui import QColor, QImage

from courseai_lab.ui.numbers import MINUS, fmt
from courseai_lab.ui.plots import colormaps
from courseai_lab.ui.plots.heat_paint import indexed
from courseai_lab.ui.theme import Theme

Kind = Literal["grey", "rgb", "absolute", "diverging", "sequential"]
DIGITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``values`` [channel row column] and how they are coloured from ``low`` to ``high``."""

    values: np.ndarray
    low: float
    high: float
    kind: Kind


def picture_image(shown: Picture, theme: Theme) -> QImage:
    """One pixel a cell; an image that owns its memory."""
    values, low, high = shown.values, shown.low, shown.high
    if shown.kind in ("rgb", "absolute"):
        levels = np.abs(values) if shown.kind == "absolute" else values
        return _rgb(levels, low, high)
    if shown.kind == "grey":
        return _grey(values[0], low, high)
    kind: colormaps.MapKind = "diverging" if shown.kind == "diverging" else "sequential"
    places = colormaps.indices(values[0].astype(np.float32), low, high, "linear")
    return indexed(np.ascontiguousarray(places), colormaps.colors(kind, theme))


def _bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    scaled = (values - np.float32(low)) * np.float32(255.0 / max(high - low, 1e-30))
    return np.clip(scaled + np.float32(0.5), 0, 255).astype(np.uint8)


def _grey(values: np.ndarray, low: float, high: float) -> QImage:
    pixels = np.ascontiguousarray(_bytes(values, low, high))
    return QImage(
        pixels.data, pixels.shape[1], pixels.shape[0], pixels.shape[1], QImage.Format.Format_Grayscale8
    ).copy()


def _rgb(values: np.ndarray, low: float, top: float) -> QImage:
    _, high, wide = values.shape
    words = np.full((high, wide), 0xFF000000, dtype=np.uint32)
    for channel, place in zip(values, (16, 8, 0), strict=True):
        words |= _bytes(channel, low, top).astype(np.uint32) << np.uint32(place)
    wrapped = QImage(words.data, wide, high, wide * 4, QImage.Format.Format_RGB32)
    return wrapped.copy()


def colors_for(shown: Picture, theme: Theme) -> np.ndarray:
    """The table of colours of the bar beside a picture, uint8 [256 3]."""
    if shown.kind in ("grey", "rgb", "absolute"):
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    return colormaps.colors("diverging" if shown.kind == "diverging" else "sequential", theme)


def text_on(color: QColor) -> QColor:
    """Black or white, whichever is read better on a colour."""
    light = 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
    return QColor("#000000") if light > 140 else QColor("#FFFFFF")


def cell_text(value: float) -> str:
    """A number as it is multiplied: exact where four decimals are, else four digits."""
    value = float(value)
    if not np.isfinite(value):
        return fmt(value)
    if exact(value) and abs(value) < 1e7:
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "0") else text.replace("-", MINUS)
    return fmt(value, DIGITS, trim=True)


def exact(value: float) -> bool:
    """Whether four decimals say all of a number."""
    return abs(round(value, 4) - value) <= 1e-12 * max(1.0, abs(value))


def in_brackets(value: float) -> str:
    """A number as a factor: negative ones in brackets."""
    text = cell_text(value)
    return f"({text})" if text.startswith(MINUS) else text

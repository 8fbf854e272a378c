"""What people paint, as values of parameters: a grey picture is one short text, so states, links and files carry it."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, StringConstraints

from courseai_lab.contract.params import MAX_TEXT

Floats = NDArray[np.float32]

LEVELS = 64
MAX_SIDE = 128
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_FORM = re.compile(r"([1-9]\d{0,2})x([1-9]\d{0,2}):([A-Za-z0-9_-]*)\Z")

DIGIT_SIDE = 28
DIGIT_BOX = 20
"""MNIST's digits fill a box of 20 x 20 cells, and their centre of mass is the middle of 28 x 28 cells."""


def grey_text(grey: NDArray[np.floating]) -> str:
    """A grey picture [row column] in 0..1 (1 is ink) as text: ``ROWSxCOLUMNS:`` and one letter a cell, row by row.

    64 levels, A for 0 to _ for 1; a picture without ink is "". Raises ValueError for more than 128 cells a side.
    """
    array = np.asarray(grey, dtype=np.float64)
    if array.ndim != 2 or not 1 <= min(array.shape) <= max(array.shape) <= MAX_SIDE:
        raise ValueError(f"A painted picture has 1 to {MAX_SIDE} cells a side, not the shape {array.shape}.")
    levels = np.rint(np.clip(np.nan_to_num(array), 0.0, 1.0) * (LEVELS - 1)).astype(np.int64)
    if not levels.any():
        return ""
    return f"{array.shape[0]}x{array.shape[1]}:" + "".join(_SIGNS[k] for k in levels.ravel())


def grey_array(text: str, rows: int = DIGIT_SIDE, columns: int = DIGIT_SIDE) -> Floats:
    """The picture of a text made by ``grey_text``, float32 [row column] in 0..1.

    "" is blank, ``rows`` by ``columns``. A picture of another size is resampled to that. Raises ValueError with one
    sentence.
    """
    if not text:
        return np.zeros((rows, columns), np.float32)
    found = _FORM.match(text)
    if found is None:
        raise ValueError("A painted picture is written as 28x28: and one letter, digit, - or _ for each cell.")
    height, width, letters = int(found[1]), int(found[2]), found[3]
    if max(height, width) > MAX_SIDE:
        raise ValueError(f"A painted picture has 1 to {MAX_SIDE} cells a side, not {height} x {width}.")
    if len(letters) != height * width:
        raise ValueError(f"A painted picture of {height} x {width} has {height * width} cells, not {len(letters)}.")
    codes = np.frombuffer(letters.encode("ascii"), dtype=np.uint8)
    table = np.zeros(128, np.float32)
    table[[ord(sign) for sign in _SIGNS]] = np.arange(LEVELS, dtype=np.float32) / (LEVELS - 1)
    grey = table[codes].reshape(height, width)
    return grey if grey.shape == (rows, columns) else resampled(grey, rows, columns)


def _readable(text: str) -> str:
    grey_array(text)
    return text


Grey = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_readable)]
"""The type of a parameter that is a painted grey picture."""


def resampled(grey: NDArray[np.floating], rows: int, columns: int) -> Floats:
    """A grey picture [row column] in another size: a triangle filter as wide as a cell of the coarser of both grids.

    The same as Pillow's BILINEAR resize, in floating point.
    """
    down, across = (_triangles(old, new) for old, new in zip(grey.shape, (rows, columns), strict=True))
    return np.asarray(down @ np.asarray(grey, dtype=np.float64) @ across.T, dtype=np.float32)


def _triangles(old: int, new: int) -> NDArray[np.float64]:
    """Weights [new old] of the old cells in each new one; every row sums to 1."""
    scale = old / new
    middle = (np.arange(new)[:, None] + 0.5) * scale
    far = np.abs(np.arange(old)[None] + 0.5 - middle) / max(scale, 1.0)
    weights = np.maximum(1.0 - far, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def centred_digit(grey: NDArray[np.floating]) -> Floats:
    """A digit as MNIST has it (LeCun et al. 1998), float32 [28 28].

    Scaled to fit 20 x 20, its centre of mass put in the middle; the aspect ratio stays, ink is 1. Without ink
    it stays blank.
    """
    grey = np.asarray(grey, dtype=np.float32)
    out = np.zeros((DIGIT_SIDE, DIGIT_SIDE), np.float32)
    inked = grey > 1.0 / (2 * LEVELS)
    if not inked.any():
        return out
    down, across = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    cut = grey[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    scale = DIGIT_BOX / max(cut.shape)
    box = np.clip(resampled(cut, *(max(1, round(side * scale)) for side in cut.shape)), 0.0, 1.0)
    at = [_place(box.sum(axis=axis), side) for axis, side in ((1, box.shape[0]), (0, box.shape[1]))]
    out[at[0] : at[0] + box.shape[0], at[1] : at[1] + box.shape[1]] = box
    return out


def _place(mass: NDArray[np.floating], side: int) -> int:
    """Where the box begins, so that its centre of mass comes nearest to the middle and all of it stays inside."""
    centre = float((mass * (np.arange(side) + 0.5)).sum() / mass.sum())
    return int(np.clip(round(DIGIT_SIDE / 2 - centre), 0, DIGIT_SIDE - side))

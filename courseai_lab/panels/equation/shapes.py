"""Shapes in words, for readings and rows alike; imports nothing, so that the view may use it."""

from __future__ import annotations


def shape_text(shape: tuple[int, ...]) -> str:
    """``()`` as "one number", ``(3, 2)`` as "3 × 2"."""
    if not shape:
        return "one number"
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} numbers"

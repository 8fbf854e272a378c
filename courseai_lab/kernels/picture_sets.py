"""Small sets of pictures drawn by formula: what a denoiser can know by heart. No torch, no files.

The sixty-four pictures are all pairs of four shapes, four colours and four places on one shaded ground.
"""

from __future__ import annotations

import numpy as np

SHAPES = ("disc", "ring", "square", "cross")
COLOURS = (("red", 0.90, 0.22, 0.20), ("yellow", 0.96, 0.80, 0.22), ("green", 0.20, 0.66, 0.34),
           ("blue", 0.22, 0.42, 0.92))  # fmt: skip
PLACES = (("top left", -0.38, -0.38), ("top right", 0.38, -0.38), ("bottom left", -0.38, 0.38),
          ("bottom right", 0.38, 0.38))  # fmt: skip
COUNT = len(SHAPES) * len(COLOURS) * len(PLACES)
RADIUS = 0.44


def shape_name(number: int) -> str:
    """Picture ``number`` (from 0) in words."""
    place, colour, shape = number % 4, number // 4 % 4, number // 16
    return f"{COLOURS[colour][0]} {SHAPES[shape]}, {PLACES[place][0]}"


def shape_picture(number: int, size: int) -> np.ndarray:
    """Picture ``number`` of the sixty-four, float64 [size size 3] in -1..1. Raises ValueError outside 0..63."""
    if not 0 <= number < COUNT:
        raise ValueError(f"The shapes are numbered from 0 to {COUNT - 1}, not {number}.")
    place, colour, shape = number % 4, number // 4 % 4, number // 16
    y, x = (np.mgrid[0:size, 0:size] + 0.5) * (2 / size) - 1
    _, across, down = PLACES[place]
    u, v = (x - across) / RADIUS, (y - down) / RADIUS
    far, wide, thin = np.hypot(u, v), np.maximum(abs(u), abs(v)), np.minimum(abs(u), abs(v))
    edge = (far - 1, abs(far - 0.72) - 0.28, wide - 0.86, np.maximum(wide - 1, thin - 0.30))[shape]
    cover = np.clip(0.5 - edge * RADIUS * size / 2, 0, 1)[..., None]
    light = (0.82 - 0.30 * (u + v) / 2)[..., None]
    ground = (0.86 - 0.14 * y)[..., None] * np.array([0.90, 0.95, 1.0])
    paint = np.clip(np.array(COLOURS[colour][1:]) * light, 0, 1)
    return 2 * (ground + cover * (paint - ground)) - 1  # type: ignore[no-any-return]


def shape_set(size: int) -> np.ndarray:
    """All sixty-four, float64 [picture size size 3] in -1..1."""
    return np.stack([shape_picture(k, size) for k in range(COUNT)])

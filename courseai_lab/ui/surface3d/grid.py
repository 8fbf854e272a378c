"""A height field as the arrays that travel to the graphics card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .description import Surface
from .geometry import Box

HOLE = np.float32(-1e4)


def padded(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Heights [ny, nx] with a rim continued straight on, [ny + 2, nx + 2]; holes become HOLE."""
    ny, nx = heights.shape
    out = np.empty((ny + 2, nx + 2), dtype=np.float32)
    out[1:-1, 1:-1] = heights
    out[0, 1:-1] = 2 * heights[0] - heights[1]
    out[-1, 1:-1] = 2 * heights[-1] - heights[-2]
    out[:, 0] = 2 * out[:, 1] - out[:, 2]
    out[:, -1] = 2 * out[:, -2] - out[:, -3]
    hole = np.isnan(out)
    if hole.any():
        out[hole] = HOLE
    return out


def grid_vertices(surface: Surface, box: Box) -> NDArray[np.float32]:
    """World x, y and inverse central spacings of every vertex of the rimmed rows, [ny * (nx + 2), 4]."""
    parts = []
    for k, axis in enumerate((surface.x, surface.y)):
        world = (axis - box.low[k]) * box.scale[k] - box.half[k]
        rim = np.concatenate([[2 * world[0] - world[1]], world, [2 * world[-1] - world[-2]]])
        spacing = 1 / (rim[2:] - rim[:-2])
        parts.append((rim, np.concatenate([[spacing[0]], spacing, [spacing[-1]]])))
    (xs, inverse_x), (ys, inverse_y) = parts
    out = np.empty((surface.y.size, surface.x.size + 2, 4), dtype=np.float32)
    out[..., 0], out[..., 2] = xs, inverse_x
    out[..., 1], out[..., 3] = ys[1:-1, None], inverse_y[1:-1, None]
    return out.reshape(-1, 4)


def grid_triangles(nx: int, ny: int) -> NDArray[np.uint32]:
    """Two triangles a cell over the rimmed rows, row by row."""
    first = (np.arange(ny - 1)[:, None] * (nx + 2) + np.arange(1, nx)).astype(np.uint32)
    up = first + np.uint32(nx + 2)
    return np.stack([first, first + 1, up + 1, first, up + 1, up], axis=-1).ravel()

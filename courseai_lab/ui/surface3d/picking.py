"""From a pixel to a place on the surface, or to a ball."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .camera import Camera
from .description import Scene, Surface
from .geometry import Box, box_of

REACH = 5.0
MAX_STEPS = 4096


class SurfacePoint(NamedTuple):
    """A place on the surface, in the units of its x and y."""

    x: float
    y: float


class BallPoint(NamedTuple):
    """Where ball number ``ball`` of the scene was dragged to."""

    ball: int
    x: float
    y: float


def _heights(surface: Surface, column: NDArray, row: NDArray) -> NDArray:
    """Bilinear height fractions at fractional grid places; NaN beside holes."""
    grid = surface.heights
    i = np.clip(column.astype(np.int64), 0, grid.shape[1] - 2)
    j = np.clip(row.astype(np.int64), 0, grid.shape[0] - 2)
    u, v = column - i, row - j
    low = grid[j, i] * (1 - u) + grid[j, i + 1] * u
    high = grid[j + 1, i] * (1 - u) + grid[j + 1, i + 1] * u
    return low * (1 - v) + high * v


def _above(surface: Surface, box: Box, points: NDArray) -> NDArray:
    """Height of world points [n, 3] above the surface [n]."""
    x, y = (
        box.low[0] + (points[:, 0] + box.half[0]) / box.scale[0],
        box.low[1] + (points[:, 1] + box.half[1]) / box.scale[1],
    )
    column = np.interp(x, surface.x, np.arange(surface.x.size))
    row = np.interp(y, surface.y, np.arange(surface.y.size))
    return points[:, 2] - box.base - _heights(surface, column, row) * box.rise


def pick_surface(
    surface: Surface, camera: Camera, px: float, py: float, width: float, height: float
) -> SurfacePoint | None:
    """The nearest place of the surface under a pixel, or None: the line of sight is marched through the box."""
    box = box_of(surface)
    origin, direction = camera.ray(px, py, width, height)
    low = np.array([-box.half[0], -box.half[1], box.base - 1e-6])
    high = np.array([box.half[0], box.half[1], box.base + box.rise + 1e-6])
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - origin) / direction, (high - origin) / direction
    enter = max(float(np.nanmax(np.minimum(one, two))), 0.0)
    leave = float(np.nanmin(np.maximum(one, two)))
    if not enter < leave:
        return None
    steps = min(4 * (surface.x.size + surface.y.size) + 16, MAX_STEPS)
    along = np.linspace(enter, leave, steps)
    gap = _above(surface, box, origin + along[:, None] * direction)
    crossed = np.flatnonzero(np.isfinite(gap[:-1]) & np.isfinite(gap[1:]) & (gap[:-1] * gap[1:] <= 0))
    if not crossed.size:
        return None
    a, b = along[crossed[0]], along[crossed[0] + 1]
    sign = gap[crossed[0]]
    for _ in range(40):
        middle = (a + b) / 2
        here = float(_above(surface, box, (origin + middle * direction)[None])[0])
        a, b = (middle, b) if here * sign > 0 else (a, middle)
    hit = origin + (a + b) / 2 * direction
    x, y = box.to_data(float(hit[0]), float(hit[1]))
    return SurfacePoint(
        min(max(x, float(surface.x[0])), float(surface.x[-1])),
        min(max(y, float(surface.y[0])), float(surface.y[-1])),
    )


def pick_ball(scene: Scene, camera: Camera, px: float, py: float, width: float, height: float) -> int | None:
    """Number of the nearest draggable ball under a pixel, with a little reach around it, or None."""
    if not any(ball.draggable for ball in scene.balls):
        return None
    world = box_of(scene.surface).to_world(scene.surface, [ball.pos for ball in scene.balls])
    best: tuple[float, int] | None = None
    for k, (ball, (x, y, depth)) in enumerate(zip(scene.balls, camera.project(world, width, height), strict=True)):
        if ball.draggable and np.hypot(x - px, y - py) <= ball.radius + REACH and (best is None or depth < best[0]):
            best = (float(depth), k)
    return None if best is None else best[1]

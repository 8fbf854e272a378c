"""Rasterises the height field in numpy, with a depth buffer, shading as the OpenGL programs do. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .camera import NEAR, Camera
from .description import Surface, SurfaceColors, rgba
from .geometry import Box
from .luts import LUT_SIZE, lookup_table
from .style import CONTOUR_WIDTH, EDGE_WIDTH, HATCH

CHUNK = 1 << 19
CUT_MARGIN = 5e-4


@dataclass(frozen=True, slots=True)
class Mesh:
    """Vertices of a height field: world [n, 3], height fraction [n], world slopes [n, 2], hole [n];
    triangles [m, 3] of vertex numbers."""

    world: NDArray
    fraction: NDArray
    slope: NDArray
    hole: NDArray
    triangles: NDArray


def _slopes(t: NDArray, axis: NDArray, along: int) -> NDArray:
    """Central differences, one-sided at the rim and beside holes, 0 where both neighbours are missing."""
    t = np.moveaxis(t, along, -1)
    nothing = np.full((*t.shape[:-1], 1), np.nan)
    step = np.diff(t, axis=-1) / np.diff(axis)
    left, right = np.concatenate([nothing, step], axis=-1), np.concatenate([step, nothing], axis=-1)
    gap = np.concatenate([[0.0], np.diff(axis), [0.0]])
    both = (left * gap[:-1] + right * gap[1:]) / np.maximum(gap[:-1] + gap[1:], 1e-300)
    slope = np.where(np.isnan(left), right, np.where(np.isnan(right), left, both))
    return np.moveaxis(np.nan_to_num(slope), -1, along)


def mesh_of(surface: Surface, box: Box) -> Mesh:
    """The surface's vertices, row by row, and two triangles a cell split along the same diagonal as on the GPU."""
    ny, nx = surface.z.shape
    t = surface.heights.astype(np.float64)
    xs = (surface.x - box.low[0]) * box.scale[0] - box.half[0]
    ys = (surface.y - box.low[1]) * box.scale[1] - box.half[1]
    hole = np.isnan(t)
    shown = np.where(hole, 0.0, np.clip(t, -1.0, 2.0))
    slope = np.stack([_slopes(t, xs, 1), _slopes(t, ys, 0)], axis=-1) * box.rise
    grid_x, grid_y = np.meshgrid(xs, ys)
    world = np.stack([grid_x, grid_y, box.base + shown * box.rise], axis=-1)
    first = np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)
    up = first + nx
    triangles = np.stack([first, first + 1, up + 1, first, up + 1, up], axis=-1).reshape(-1, 3)
    return Mesh(world.reshape(-1, 3), shown.ravel(), slope.reshape(-1, 2), hole.ravel(), triangles)


@dataclass(frozen=True, slots=True)
class Hits:
    """What is seen in each pixel: triangle number [h, w] (-1 for none), perspective weights of its second and third
    corner [h, w], distance from the eye [h, w] (infinite for none)."""

    triangle: NDArray
    second: NDArray
    third: NDArray
    depth: NDArray


def _batches(low: NDArray, size: NDArray) -> Iterator[tuple[NDArray, int, int]]:
    """Triangles grouped by the size of their pixel boxes, rounded up to powers of two."""
    rounded = np.ceil(np.log2(np.maximum(size, 1))).astype(np.int64)
    key = np.where((size > 0).all(axis=1), rounded[:, 0] * 32 + rounded[:, 1], -1)
    for value in np.unique(key[key >= 0]):
        wide, high = 1 << int(value) // 32, 1 << int(value) % 32
        members = np.flatnonzero(key == value)
        take = max(1, CHUNK // (wide * high))
        for begin in range(0, members.size, take):
            yield members[begin : begin + take], wide, high


def _covered(
    members: NDArray, wide: int, tall: int, low: NDArray, corners: NDArray, area: NDArray, size: tuple[int, int]
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Pixel centres inside triangles: triangle, pixel number, and flat weights of its second and third corner."""
    width, height = size
    a, b, c = corners[members].transpose(1, 0, 2)
    px = low[members, 0, None, None] + np.arange(wide)[None, None, :]
    py = low[members, 1, None, None] + np.arange(tall)[None, :, None]
    dx, dy = px + 0.5 - a[:, 0, None, None], py + 0.5 - a[:, 1, None, None]
    ab, ac = b - a, c - a
    inverse = (1 / area[members])[:, None, None]
    v = (dx * ac[:, 1, None, None] - dy * ac[:, 0, None, None]) * inverse
    w = (dy * ab[:, 0, None, None] - dx * ab[:, 1, None, None]) * inverse
    inside = (v >= -1e-9) & (w >= -1e-9) & (v + w <= 1 + 1e-9) & (px < width) & (py < height)
    which, row, column = np.nonzero(inside)
    tri = members[which]
    pixel = (low[tri, 1] + row) * width + low[tri, 0] + column
    return tri, pixel, v[which, row, column], w[which, row, column]


def rasterise(
    screen: NDArray, distance: NDArray, triangles: NDArray, width: int, height: int, cut: NDArray | None = None
) -> Hits:
    """Nearest triangle in every pixel.

    Args:
        screen: pixels of the vertices [n, 2]; NaN leaves out a vertex's triangles.
        distance: along the line of sight, [n], positive in front.
        triangles: [m, 3].
        cut: a value at each vertex [n]; where it lies outside 0..1 nothing is drawn.
    """
    corners = screen[triangles]  # [m 3 2]
    usable = np.isfinite(corners).all(axis=(1, 2))
    corners = np.where(usable[:, None, None], corners, 0.0)
    low = np.clip(np.ceil(corners.min(axis=1) - 0.5), 0, [width, height]).astype(np.int64)
    high = np.clip(np.floor(corners.max(axis=1) - 0.5), -1, [width - 1, height - 1]).astype(np.int64)
    size = np.where(usable[:, None], high - low + 1, 0)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    size[np.abs(area) < 1e-12] = 0
    near = 1 / distance[triangles]  # [m 3]
    depth = np.zeros(width * height)  # holds 1 / distance: the largest is the nearest
    winner = np.full(width * height, -1, dtype=np.int64)
    second, third = np.zeros(width * height), np.zeros(width * height)
    for members, wide, tall in _batches(low, size):
        tri, pixel, v, w = _covered(members, wide, tall, low, corners, area, (width, height))
        n0, n1, n2 = near[tri].T
        here = n0 + (n1 - n0) * v + (n2 - n0) * w
        if cut is not None:
            t0, t1, t2 = cut[triangles[tri]].T
            value = ((1 - v - w) * n0 * t0 + v * n1 * t1 + w * n2 * t2) / here
            inside = (value >= -CUT_MARGIN) & (value <= 1 + CUT_MARGIN)
            v, w, tri, pixel, here, n1, n2 = (q[inside] for q in (v, w, tri, pixel, here, n1, n2))
        np.maximum.at(depth, pixel, here)
        front = here >= depth[pixel]
        pixel, tri, here = pixel[front], tri[front], here[front]
        winner[pixel] = tri
        second[pixel], third[pixel] = v[front] * n1[front] / here, w[front] * n2[front] / here
    with np.errstate(divide="ignore"):
        far = 1 / depth
    shape = (height, width)
    return Hits(winner.reshape(shape), second.reshape(shape), third.reshape(shape), far.reshape(shape))


def _seen(
    mesh: Mesh, world: NDArray, camera: Camera, size: tuple[int, int], keep: NDArray, cut: NDArray | None = None
) -> tuple[Hits, NDArray]:
    """Hits of the kept triangles, and the pixels of the vertices."""
    width, height = size
    matrix = camera.matrix(width, height)
    clip = world @ matrix[:, :3].T + matrix[:, 3]
    w = np.where(clip[:, 3] > NEAR, clip[:, 3], np.nan)
    screen = np.stack([(clip[:, 0] / w + 1) * width / 2, (1 - clip[:, 1] / w) * height / 2], axis=1)
    return rasterise(screen, w, mesh.triangles[keep], width, height, cut), screen


def _gradient(values: NDArray, screen: NDArray, triangles: NDArray) -> NDArray:
    """Change of a vertex value from pixel to pixel, |d/dx| + |d/dy|, in each triangle [m]."""
    p, v = screen[triangles], values[triangles]
    one, two = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    rise1, rise2 = v[:, 1] - v[:, 0], v[:, 2] - v[:, 0]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        gx = (rise1 * two[:, 1] - rise2 * one[:, 1]) / area
        gy = (rise2 * one[:, 0] - rise1 * two[:, 0]) / area
    return np.nan_to_num(np.abs(gx) + np.abs(gy), nan=1.0, posinf=1.0)


def _look_up(table: NDArray, t: NDArray) -> tuple[NDArray, NDArray]:
    """Table entries at heights t, linear between them, and the change of the phase with height."""
    place = np.clip(t, 0, 1) * (LUT_SIZE - 1)
    below = np.minimum(place.astype(np.int64), LUT_SIZE - 2)
    part = (place - below)[:, None]
    one, two = table[below], table[below + 1]
    return one + (two - one) * part, (two[:, 3] - one[:, 3]) * (LUT_SIZE - 1)


def _line(phase: NDArray, change: NDArray, width: float) -> NDArray:
    change = np.maximum(change, 1e-6)
    away = np.abs((phase - 0.5) % 1.0 - 0.5) / change
    return (1 - _smoothstep(0.5 * width - 0.5, 0.5 * width + 0.5, away)) * (1 - _smoothstep(0.25, 0.6, change))


def _smoothstep(low: float, high: float, value: NDArray) -> NDArray:
    x = np.clip((value - low) / (high - low), 0, 1)
    return x * x * (3 - 2 * x)


@dataclass(frozen=True, slots=True)
class Layer:
    """Premultiplied colour [h, w, 4] in 0..1 and distance from the eye [h, w]."""

    color: NDArray
    depth: NDArray


def draw_surface(
    surface: Surface, box: Box, camera: Camera, colors: SurfaceColors, size: tuple[int, int], ratio: float
) -> Layer:
    """The lit surface with its contour lines, ``size`` in pixels, ``ratio`` pixels to a logical pixel."""
    mesh = mesh_of(surface, box)
    keep = ~mesh.hole[mesh.triangles].any(axis=1)
    t = mesh.fraction[mesh.triangles]
    keep &= (t.max(axis=1) >= 0) & (t.min(axis=1) <= 1)
    triangles = mesh.triangles[keep]
    hits, screen = _seen(mesh, mesh.world, camera, size, keep, mesh.fraction)
    color = np.zeros((size[1], size[0], 4))
    shown = hits.triangle >= 0
    number, v, w = hits.triangle[shown], hits.second[shown], hits.third[shown]
    corners, weights = triangles[number], np.stack([1 - v - w, v, w], axis=1)

    def blend(values: NDArray) -> NDArray:
        return np.einsum("ik,ik...->i...", weights, values[corners])

    height = blend(mesh.fraction)
    entry, rise = _look_up(lookup_table(surface.lut, surface.level_fractions), height)
    place = blend(mesh.world)
    lit = _light(entry[:, :3], blend(mesh.slope), place, camera)
    ink = rgba(colors.contour)
    edge = np.full(height.size, np.inf)
    for k in (0, 1):
        change = _gradient(mesh.world[:, k], screen, triangles)[number]
        edge = np.minimum(edge, (box.half[k] - np.abs(place[:, k])) / np.maximum(change, 1e-6))
    strength = 1 - _smoothstep(EDGE_WIDTH * ratio - 0.5, EDGE_WIDTH * ratio + 0.5, edge)
    lit = lit + (np.asarray(ink[:3]) - lit) * (strength * ink[3])[:, None]
    if surface.contours.on_surface:
        change = _gradient(mesh.fraction, screen, triangles)[number] * np.abs(rise)
        line = _line(entry[:, 3], change, CONTOUR_WIDTH * ratio)
        lit = lit + (np.asarray(ink[:3]) - lit) * (line * ink[3])[:, None]
    color[shown, :3], color[shown, 3] = lit, 1.0
    return Layer(color, hits.depth)


def _light(color: NDArray, slope: NDArray, world: NDArray, camera: Camera) -> NDArray:
    """Half Lambert and a small Blinn highlight, the light up and to the left of the viewer; colours [n, 3]."""
    normal = np.concatenate([-slope, np.ones((len(slope), 1))], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    sight = camera.eye - world
    sight /= np.linalg.norm(sight, axis=1, keepdims=True)
    normal *= np.where((normal * sight).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    light = camera.light()
    lit = (0.5 + 0.5 * normal @ light)[:, None]
    half = sight + light
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    glint = np.maximum((normal * half).sum(axis=1), 0)[:, None] ** 32
    rim = 1 - np.abs((normal * sight).sum(axis=1))[:, None]
    return np.clip(color * (0.46 + 0.54 * lit * lit) * (1 - 0.3 * rim**3) + 0.09 * glint, 0, 1)


def draw_floor(
    surface: Surface, box: Box, camera: Camera, colors: SurfaceColors, size: tuple[int, int], ratio: float
) -> Layer | None:
    """Contours on the floor and the hatch under holes; None where there are neither."""
    if not (surface.contours.on_floor or surface.has_holes):
        return None
    mesh = mesh_of(surface, box)
    flat = mesh.world.copy()
    flat[:, 2] = box.floor
    hits, screen = _seen(mesh, flat, camera, size, np.ones(len(mesh.triangles), dtype=bool))
    color = np.zeros((size[1], size[0], 4))
    shown = hits.triangle >= 0
    corners = mesh.triangles[hits.triangle[shown]]
    v, w = hits.second[shown], hits.third[shown]
    height = ((1 - v - w) * mesh.fraction[corners[:, 0]] + v * mesh.fraction[corners[:, 1]]) + (
        w * mesh.fraction[corners[:, 2]]
    )
    paint, alpha = np.zeros((height.size, 3)), np.zeros(height.size)
    if surface.contours.on_floor:
        entry, rise = _look_up(lookup_table(surface.lut, surface.level_fractions), height)
        change = _gradient(mesh.fraction, screen, mesh.triangles)[hits.triangle[shown]] * np.abs(rise)
        inside = (height >= -CUT_MARGIN) & (height <= 1 + CUT_MARGIN)
        paint, alpha = entry[:, :3], _line(entry[:, 3], change, 1.2 * CONTOUR_WIDTH * ratio) * inside
    hole = mesh.hole[corners].any(axis=1)
    rows, columns = np.nonzero(shown)
    place = ((columns + size[1] - rows) / ratio) % 9.0
    paint = np.where(hole[:, None], rgba(colors.muted)[:3], paint)
    alpha = np.where(hole, HATCH * (1 - _smoothstep(0.6, 1.6, np.abs(place - 4.5))), alpha)
    color[shown, :3], color[shown, 3] = paint * alpha[:, None], alpha
    return Layer(color, np.full(hits.depth.shape, np.inf))

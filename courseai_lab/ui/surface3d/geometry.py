"""Lays a scene out in the drawn box: world coordinates, line segments, ticks. No Qt and no OpenGL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .camera import Camera
from .description import RGBA, Path, Scene, Surface, SurfaceColors, rgba
from .style import HALO_INK, HALO_WIDTH
from .ticks import format_tick, nice_ticks

FLOOR_GAP = 0.32
ARROW_HEAD = 0.085


@dataclass(frozen=True, slots=True)
class Box:
    """Affine map of a surface's data coordinates into the world, whose origin is the middle of the box.

    ``floor`` is the floor's z, ``base`` the z of the lowest and ``base + rise`` that of the highest drawn height.
    """

    low: NDArray
    scale: NDArray
    half: tuple[float, float]
    floor: float
    base: float
    rise: float

    def to_world(self, surface: Surface, points: ArrayLike) -> NDArray:
        """World points [n, 3] of data points [n, 3]."""
        data = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        xy = (data[:, :2] - self.low) * self.scale - self.half
        return np.column_stack([xy, self.base + surface.fraction(data[:, 2]) * self.rise])

    def to_data(self, x: float, y: float) -> tuple[float, float]:
        """Data (x, y) of a world (x, y)."""
        return (
            float((x + self.half[0]) / self.scale[0] + self.low[0]),
            float((y + self.half[1]) / self.scale[1] + self.low[1]),
        )


def box_of(surface: Surface) -> Box:
    """The box a surface fills. Contours on the floor push the floor down, so that they can be seen."""
    low = np.array([surface.x[0], surface.y[0]])
    span = np.array([surface.x[-1], surface.y[-1]]) - low
    half = span / span.max() if surface.equal_units else np.ones(2)
    gap = FLOOR_GAP if surface.contours.on_floor else 0.0
    floor = -(gap + surface.relief) / 2
    return Box(low, 2 * half / span, (float(half[0]), float(half[1])), floor, floor + gap, surface.relief)


def frame_key(scene: Scene) -> tuple[object, ...]:
    """All that the box and its axes depend on, besides camera and colours: equal keys, equal axes."""
    surface, box = scene.surface, box_of(scene.surface)
    extent = (float(surface.x[0]), float(surface.x[-1]), float(surface.y[0]), float(surface.y[-1]))
    return extent, surface.z_limits, surface.z_scale, box.half, box.floor, box.rise, scene.axes


@dataclass(frozen=True, slots=True)
class Lines:
    """Segments: start and end [n, 3] in the world, colour [n, 4], width at both ends [n, 2] in pixels."""

    start: NDArray
    end: NDArray
    color: NDArray
    width: NDArray

    @classmethod
    def of(cls, start: ArrayLike, end: ArrayLike, color: RGBA, width: float, tip: float | None = None) -> Lines:
        """Segments of one colour; ``tip`` is another width at their ends."""
        a, b = (np.asarray(p, dtype=np.float64).reshape(-1, 3) for p in (start, end))
        ends = (width, width if tip is None else tip)
        return cls(a, b, np.tile(np.asarray(color), (len(a), 1)), np.tile(ends, (len(a), 1)))

    @classmethod
    def join(cls, parts: Iterable[Lines]) -> Lines:
        """All segments of several sets, in order."""
        sets = list(parts) or [cls.of(np.empty((0, 3)), np.empty((0, 3)), (0, 0, 0, 0), 1)]
        return cls(*(np.concatenate([getattr(s, name) for s in sets]) for name in cls.__slots__))


def clip_to_box(start: NDArray, end: NDArray, low: NDArray, high: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Liang and Barsky (1984): the parts of segments inside a box, and which segments [n] have one."""
    step = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - start) / step, (high - start) / step
    still = step == 0
    outside = (still & ((start < low) | (start > high))).any(axis=1)
    enter = np.where(still, 0.0, np.minimum(one, two)).max(axis=1).clip(0, None)
    leave = np.where(still, 1.0, np.maximum(one, two)).min(axis=1).clip(None, 1)
    finite = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    keep = finite & ~outside & (enter <= leave)
    a, d = start[keep], step[keep]
    return a + d * enter[keep, None], a + d * leave[keep, None], keep


def _path_lines(paths: Sequence[Path], scene: Scene, box: Box) -> Lines:
    """All paths, cut off at the box, at once."""
    world = box.to_world(scene.surface, np.concatenate([path.points for path in paths]))
    owner = np.repeat(np.arange(len(paths)), [len(path.points) for path in paths])
    joined = owner[1:] == owner[:-1]
    low = np.array([-box.half[0], -box.half[1], box.base]) - 1e-3
    high = np.array([box.half[0], box.half[1], box.base + box.rise]) + 1e-3
    start, end, keep = clip_to_box(world[:-1][joined], world[1:][joined], low, high)
    owner = owner[1:][joined][keep]
    widths = np.array([(path.width, path.width) for path in paths])
    return Lines(start, end, np.array([rgba(path.color) for path in paths])[owner], widths[owner])


def mark_lines(scene: Scene, box: Box) -> Lines:
    """Paths, arrow shafts and arrow heads of a scene."""
    parts = [_path_lines(scene.paths, scene, box)] if scene.paths else []
    for arrow in scene.arrows:
        a, b = box.to_world(scene.surface, [arrow.start, arrow.end])
        length = float(np.linalg.norm(b - a))
        if not np.isfinite(length) or length < 1e-9:
            continue
        neck = b - (b - a) / length * min(ARROW_HEAD, 0.5 * length)
        color = rgba(arrow.color)
        parts.append(Lines.of(a, neck, color, arrow.width))
        parts.append(Lines.of(neck, b, color, 4.2 * arrow.width, tip=0.0))
    return Lines.join(parts)


def halo(lines: Lines, color: str) -> Lines:
    """A rim in the ground's colour below marks, so that they stand out from any colour map."""
    red, green, blue, _ = rgba(color)
    faint = np.column_stack([np.tile((red, green, blue), (len(lines.start), 1)), HALO_INK * lines.color[:, 3]])
    return Lines(lines.start, lines.end, faint, lines.width + HALO_WIDTH)


@dataclass(frozen=True, slots=True)
class Text:
    """Text at a world point; (dx, dy, dz) is the world direction it keeps away in, ``gap`` in pixels."""

    at: tuple[float, float, float]
    away: tuple[float, float, float]
    text: str
    gap: float
    role: str


def _axis_ticks(scene: Scene, box: Box) -> list[list[tuple[float, str]]]:
    """World coordinate and text of the ticks of each axis."""
    surface, result = scene.surface, []
    for k, axis in enumerate((surface.x, surface.y)):
        values = nice_ticks(float(axis[0]), float(axis[-1]), scene.axes.ticks, "linear")
        step = values[1] - values[0] if len(values) > 1 else 0.0
        places = (np.asarray(values) - box.low[k]) * box.scale[k] - box.half[k]
        result.append([(float(p), format_tick(v, step)) for p, v in zip(places, values, strict=True)])
    low, high = surface.z_limits
    values = nice_ticks(low, high, scene.axes.ticks, surface.z_scale)
    step = values[1] - values[0] if len(values) > 1 and surface.z_scale == "linear" else 0.0
    heights = box.base + surface.fraction(values) * box.rise
    result.append([(float(h), format_tick(v, step)) for h, v in zip(heights, values, strict=True)])
    return result


def back_walls(camera: Camera) -> tuple[float, float]:
    """Signs of the x wall and the y wall that stand behind the surface."""
    back = camera.basis()[2]
    return (-1.0 if back[0] > 0 else 1.0), (-1.0 if back[1] > 0 else 1.0)


def axes_lines(scene: Scene, box: Box, camera: Camera, colors: SurfaceColors) -> Lines:
    """Grid of the floor and of the two walls behind the surface; all of it lies behind everything else."""
    (hx, hy), grid = box.half, rgba(colors.grid)
    faint = (*grid[:3], grid[3] * 0.6)
    floor = [
        Lines.of(
            [(-hx, -hy, box.floor), (hx, -hy, box.floor), (hx, hy, box.floor), (-hx, hy, box.floor)],
            [(hx, -hy, box.floor), (hx, hy, box.floor), (-hx, hy, box.floor), (-hx, -hy, box.floor)],
            (*grid[:3], min(1.0, grid[3] * 2)),
            1.0,
        )
    ]
    if not scene.axes.visible:
        return Lines.join(floor)
    xs, ys, zs = _axis_ticks(scene, box)
    floor += [Lines.of((x, -hy, box.floor), (x, hy, box.floor), grid, 1.0) for x, _ in xs]
    floor += [Lines.of((-hx, y, box.floor), (hx, y, box.floor), grid, 1.0) for y, _ in ys]
    sx, sy = back_walls(camera)
    for z, _ in zs:
        floor.append(Lines.of((sx * hx, -hy, z), (sx * hx, hy, z), faint, 1.0))
        floor.append(Lines.of((-hx, sy * hy, z), (hx, sy * hy, z), faint, 1.0))
    corners = [(sx * hx, sy * hy), (-sx * hx, sy * hy), (sx * hx, -sy * hy)]
    floor += [Lines.of((x, y, box.floor), (x, y, box.base + box.rise), grid, 1.0) for x, y in corners]
    return Lines.join(floor)


def _titled(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def axes_texts(scene: Scene, box: Box, camera: Camera) -> list[Text]:
    """Numbers and names of the axes: x and y along the front edges of the floor, z at the left edge."""
    if not scene.axes.visible:
        return []
    (hx, hy), floor = box.half, box.floor
    sx, sy = back_walls(camera)
    names = [_titled(n, u) for n, u in zip(scene.axes.names, scene.axes.units, strict=True)]
    xs, ys, zs = _axis_ticks(scene, box)
    out = [Text((x, -sy * hy, floor), (0, -sy, 0), text, 6, "number") for x, text in xs]
    out += [Text((-sx * hx, y, floor), (-sx, 0, 0), text, 6, "number") for y, text in ys]
    out.append(Text((0, -sy * hy, floor), (0, -sy, 0), names[0], 30, "name"))
    out.append(Text((-sx * hx, 0, floor), (-sx, 0, 0), names[1], 30, "name"))
    if camera.elevation > 80:
        return out
    right = camera.basis()[0]
    corner = min(((-sx * hx, sy * hy), (sx * hx, -sy * hy)), key=lambda c: c[0] * right[0] + c[1] * right[1])
    away = (-float(right[0]), -float(right[1]), 0.0)
    out += [Text((*corner, z), away, text, 7, "number") for z, text in zs]
    out.append(Text((*corner, box.base + box.rise), (0, 0, 1), names[2], 10, "name"))
    return out

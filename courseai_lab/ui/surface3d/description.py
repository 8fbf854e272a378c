"""What a 3D picture of a height field consists of. No Qt and no OpenGL: both renderers read this.

Coordinates are the data's own; :mod:`geometry` maps them into the drawn box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .camera import Camera
from .luts import lut_colors

RGBA = tuple[float, float, float, float]
ZScale = Literal["linear", "log"]
LOG_SPAN = 1e-12
# Heights beyond this are as good as infinite: a range between two of them could not be computed.
HUGE = 1e100


def rgba(color: str | Sequence[float]) -> RGBA:
    """Colour as four floats in 0..1, from ``#RRGGBB``, ``#RRGGBBAA`` or three or four floats.

    Raises:
        ValueError: the text is not a hexadecimal colour, or a component lies outside 0..1.
    """
    if isinstance(color, str):
        digits = color.removeprefix("#")
        if len(digits) not in (6, 8) or any(c not in "0123456789abcdefABCDEF" for c in digits):
            raise ValueError(f"{color!r} is not a colour; write it as #RRGGBB or #RRGGBBAA.")
        parts = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
    else:
        parts = [float(c) for c in color]
    if len(parts) not in (3, 4) or not all(0 <= c <= 1 for c in parts):
        raise ValueError(f"{color!r} is not a colour; give three or four numbers from 0 to 1.")
    red, green, blue = parts[:3]
    return red, green, blue, parts[3] if len(parts) == 4 else 1.0


def _frozen(values: ArrayLike, dtype: type = np.float64) -> NDArray:
    """An array nobody can change: the argument itself if it is already read-only, else a copy."""
    array: NDArray = np.asarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _place(values: Sequence[float], what: str) -> tuple[float, float, float]:
    """Three plain floats, so that descriptions can be compared."""
    numbers = tuple(float(v) for v in values)
    if len(numbers) != 3:
        raise ValueError(f"{what} is (x, y, z), not {numbers}.")
    x, y, z = numbers
    return x, y, z


@dataclass(frozen=True, slots=True)
class SurfaceColors:
    """Colours of everything that is not data. ``#RRGGBB`` or ``#RRGGBBAA``."""

    ground: str = "#FFFFFF"
    text: str = "#1B2130"
    muted: str = "#586174"
    accent: str = "#2F5BEA"
    grid: str = "#1B213020"
    contour: str = "#0E132070"

    def __post_init__(self) -> None:
        for name in ("ground", "text", "muted", "accent", "grid", "contour"):
            rgba(getattr(self, name))

    @classmethod
    def dark(cls) -> SurfaceColors:
        """The same roles on a dark ground."""
        return cls("#12151C", "#E8ECF4", "#A3ADBF", "#8AAAFF", "#E8ECF424", "#05070C80")


@dataclass(frozen=True, slots=True)
class Contours:
    """Lines of equal height. ``levels`` are heights in units of z; without them ``count`` lines are
    spread evenly over the drawn range (evenly in log z on a log scale)."""

    count: int = 12
    levels: tuple[float, ...] | None = None
    on_surface: bool = True
    on_floor: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.count <= 60:
            raise ValueError(f"{self.count} contour lines were asked for; 0 to 60 can be drawn.")
        if self.levels is not None and (not np.isfinite(self.levels).all() or np.any(np.diff(self.levels) <= 0)):
            raise ValueError("Contour levels must be finite and strictly increasing.")


@dataclass(frozen=True, eq=False)
class Surface:
    """Heights z over a grid.

    Args:
        x: strictly increasing, [nx].
        y: strictly increasing, [ny].
        z: heights, [ny, nx]. NaN and infinite heights are holes: nothing is drawn there but a hatch on the floor.
        lut: name of a colour map, or colours [n, 3] as floats 0..1 or uint8.
        z_range: heights of floor and top; what lies outside is cut off. None: the finite heights' own range.
        z_scale: "log" draws log10 z; heights of zero or less then lie on the floor.
        relief: drawn height of the box, where the longer side of the floor is 2.
        equal_units: x and y in the same units, else both fill the floor.

    Raises:
        ValueError: shapes do not fit, x or y do not increase, or the range is empty.
    """

    x: NDArray
    y: NDArray
    z: NDArray
    lut: str | NDArray = "viridis"
    z_range: tuple[float, float] | None = None
    z_scale: ZScale = "linear"
    contours: Contours = field(default_factory=Contours)
    relief: float = 0.9
    equal_units: bool = False

    def __post_init__(self) -> None:
        for name in ("x", "y", "z"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        if not isinstance(self.lut, str):
            object.__setattr__(self, "lut", _frozen(lut_colors(self.lut)))
        else:
            lut_colors(self.lut)
        for name, axis in (("x", self.x), ("y", self.y)):
            if axis.ndim != 1 or axis.size < 2 or not np.isfinite(axis).all() or np.any(np.diff(axis) <= 0):
                raise ValueError(f"{name} must be at least two finite, strictly increasing numbers.")
        if self.z.shape != (self.y.size, self.x.size):
            raise ValueError(f"z has shape {self.z.shape}; x and y ask for {(self.y.size, self.x.size)} (rows y).")
        if self.z_scale not in ("linear", "log"):
            raise ValueError(f"z_scale is {self.z_scale!r}; it can be 'linear' or 'log'.")
        if self.z_range is not None:
            low, high = self.z_range
            if not (-HUGE < low < high < HUGE):
                raise ValueError(f"z_range {self.z_range} must be two numbers within 1e100 of zero, the lower first.")
            if self.z_scale == "log" and low <= 0:
                raise ValueError(f"z_range starts at {low}; on a log scale it must start above 0.")
        if not 0.05 <= self.relief <= 4:
            raise ValueError(f"relief is {self.relief}; it can be 0.05 to 4.")

    @cached_property
    def z_limits(self) -> tuple[float, float]:
        """Heights of the floor and of the top of the box, in units of z."""
        if self.z_range is not None:
            return float(self.z_range[0]), float(self.z_range[1])
        low, high = float(self.z.min()), float(self.z.max())
        if self.z_scale == "log" or not (-HUGE < low and high < HUGE):
            keep = np.abs(self.z) < HUGE
            if self.z_scale == "log":
                keep &= self.z > 0
            shown = self.z[keep]
            if not shown.size:
                return (0.1, 1.0) if self.z_scale == "log" else (0.0, 1.0)
            low, high = float(shown.min()), float(shown.max())
        if self.z_scale == "log":
            low = max(low, high * LOG_SPAN)
            return (low, high) if high > low * 1.0001 else (low / 2, low * 2)
        margin = 0.5 * max(abs(high), 1.0) if high - low <= 1e-12 * max(abs(low), abs(high)) else 0.0
        return low - margin, high + margin

    def fraction(self, z: ArrayLike) -> NDArray:
        """Height as a fraction of the drawn range: 0 on the floor, 1 at the top.

        NaN, infinity and heights beyond 1e100 become NaN.
        """
        values = np.asarray(z, dtype=np.float64)
        low, high = self.z_limits
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if self.z_scale == "log":
                drawable = np.abs(values) < HUGE
                values = np.log(np.where(drawable, np.maximum(values, low * 1e-3), np.nan))
                low, high = float(np.log(low)), float(np.log(high))
                values = np.where(np.asarray(z) <= 0, low, values)
            result = (values - low) / (high - low)
        bad = ~(np.abs(np.asarray(z, dtype=np.float64)) < HUGE)
        if bad.any():
            result = np.where(bad, np.nan, result)
        return result

    @cached_property
    def heights(self) -> NDArray[np.float32]:
        """Drawn height of every vertex, [ny, nx]: 0..1, outside it cut off (and held within 100). NaN is a hole."""
        return np.clip(self.fraction(self.z), -100, 100).astype(np.float32)

    @cached_property
    def has_holes(self) -> bool:
        """Whether any height is NaN or infinite."""
        return bool(np.isnan(self.heights).any())

    @cached_property
    def cut_share(self) -> float:
        """Share of the finite heights outside ``z_range``, which are cut off: say so beside the picture."""
        finite = self.heights[~np.isnan(self.heights)]
        return float(np.mean((finite < 0) | (finite > 1))) if finite.size else 0.0

    @cached_property
    def level_fractions(self) -> NDArray[np.float64]:
        """Heights of the contour lines in 0..1."""
        if self.contours.levels is not None:
            inside = self.fraction(np.asarray(self.contours.levels, dtype=np.float64))
            return inside[(inside >= 0) & (inside <= 1)]
        count = self.contours.count
        return (np.arange(count) + 0.5) / max(count, 1)

    def height_at(self, x: float, y: float) -> float:
        """Bilinear height in units of z, NaN outside the grid or beside a hole."""
        if not (self.x[0] <= x <= self.x[-1] and self.y[0] <= y <= self.y[-1]):
            return float("nan")
        i = min(int(np.searchsorted(self.x, x, side="right")) - 1, self.x.size - 2)
        j = min(int(np.searchsorted(self.y, y, side="right")) - 1, self.y.size - 2)
        u = (x - self.x[i]) / (self.x[i + 1] - self.x[i])
        v = (y - self.y[j]) / (self.y[j + 1] - self.y[j])
        cell = self.z[j : j + 2, i : i + 2]
        if not np.isfinite(cell).all():
            return float("nan")
        return float((1 - v) * ((1 - u) * cell[0, 0] + u * cell[0, 1]) + v * ((1 - u) * cell[1, 0] + u * cell[1, 1]))


@dataclass(frozen=True, eq=False)
class Path:
    """A line through points [n, 3]. It breaks at points that are not finite and ends at the box."""

    points: NDArray
    color: str = "#C15109"
    width: float = 2.5

    def __post_init__(self) -> None:
        points = _frozen(self.points).reshape(-1, 3) if np.size(self.points) == 0 else _frozen(self.points)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"A path has shape {points.shape}; it must be [n, 3]: x, y, z.")
        object.__setattr__(self, "points", points)
        rgba(self.color)


@dataclass(frozen=True, slots=True)
class Ball:
    """A lit ball at (x, y, z); its radius is in pixels at any zoom."""

    pos: tuple[float, float, float]
    color: str = "#C15109"
    radius: float = 7.0
    label: str = ""
    draggable: bool = False

    def __post_init__(self) -> None:
        rgba(self.color)
        object.__setattr__(self, "pos", _place(self.pos, "A ball's place"))


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two points (x, y, z)."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    color: str = "#4E0B6B"
    width: float = 2.5

    def __post_init__(self) -> None:
        rgba(self.color)
        object.__setattr__(self, "start", _place(self.start, "An arrow's start"))
        object.__setattr__(self, "end", _place(self.end, "An arrow's end"))


@dataclass(frozen=True, slots=True)
class Label:
    """Text beside a point (x, y, z); colour None is the text colour."""

    pos: tuple[float, float, float]
    text: str
    color: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pos", _place(self.pos, "A label's place"))


@dataclass(frozen=True, slots=True)
class AxesSpec:
    """Names and units of the axes; about ``ticks`` round numbers along each. ``visible`` False draws none."""

    names: tuple[str, str, str] = ("x", "y", "z")
    units: tuple[str, str, str] = ("", "", "")
    ticks: int = 5
    visible: bool = True


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a picture shows. Both renderers draw the same from it."""

    surface: Surface
    paths: tuple[Path, ...] = ()
    balls: tuple[Ball, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    labels: tuple[Label, ...] = ()
    axes: AxesSpec = field(default_factory=AxesSpec)
    camera: Camera = field(default_factory=Camera)

    def __post_init__(self) -> None:
        for name in ("paths", "balls", "arrows", "labels"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

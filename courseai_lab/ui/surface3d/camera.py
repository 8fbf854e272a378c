"""Where the picture is seen from. World: the box spans -1..1 in x and y about the origin, z up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, isfinite, radians, sin, tan

import numpy as np
from numpy.typing import NDArray

FIELD_OF_VIEW = 28.0
NEAR, FAR = 0.05, 40.0
MIN_DISTANCE, MAX_DISTANCE = 1.2, 16.0
# Narrower than this, width and not height decides how large the box is drawn.
FITTING_ASPECT = 1.18


@dataclass(frozen=True, slots=True)
class Camera:
    """Orbiting camera: azimuth and elevation in degrees, distance and center in world units.

    Azimuth 0 looks along +y from the front; growing azimuth walks to the right around the box.
    """

    azimuth: float = 35.0
    elevation: float = 32.0
    distance: float = 6.3
    center: tuple[float, float, float] = (0.0, 0.0, -0.06)

    def __post_init__(self) -> None:
        if not all(isfinite(v) for v in (self.azimuth, self.elevation, self.distance, *self.center)):
            raise ValueError("A camera's angles, distance and center must be finite numbers.")
        object.__setattr__(self, "azimuth", (self.azimuth + 180) % 360 - 180)
        object.__setattr__(self, "elevation", min(max(self.elevation, 0.0), 90.0))
        object.__setattr__(self, "distance", min(max(self.distance, MIN_DISTANCE), MAX_DISTANCE))
        object.__setattr__(self, "center", tuple(min(max(float(c), -2.0), 2.0) for c in self.center))

    def orbited(self, right: float, up: float) -> Camera:
        """Turned by degrees."""
        return replace(self, azimuth=self.azimuth + right, elevation=self.elevation + up)

    def zoomed(self, factor: float) -> Camera:
        """Closer by a factor above 1, farther below 1."""
        return replace(self, distance=self.distance / factor)

    def panned(self, dx: float, dy: float, width: float, height: float) -> Camera:
        """The picture moved by (dx, dy) pixels of a view of that size."""
        right, up, _ = self.basis()
        scale = self.distance * self.pixel(width, height)
        shift = -right * dx * scale + up * dy * scale
        moved = np.asarray(self.center) + shift
        return replace(self, center=(float(moved[0]), float(moved[1]), float(moved[2])))

    def basis(self) -> tuple[NDArray, NDArray, NDArray]:
        """Unit vectors right, up and back (towards the eye), each [3]."""
        a, e = radians(self.azimuth), radians(self.elevation)
        right = np.array([cos(a), sin(a), 0.0])
        back = np.array([sin(a) * cos(e), -cos(a) * cos(e), sin(e)])
        return right, np.array([-sin(a) * sin(e), cos(a) * sin(e), cos(e)]), back

    @property
    def eye(self) -> NDArray:
        """Place of the eye, [3]."""
        return np.asarray(self.center) + self.basis()[2] * self.distance

    def light(self) -> NDArray:
        """Unit vector towards the light, which stands up and to the left of the viewer, [3]."""
        right, _, back = self.basis()
        flat = np.array([back[0], back[1], 0.0])
        norm = float(np.linalg.norm(flat))
        forward = flat / norm if norm > 1e-6 else np.array([-right[1], right[0], 0.0])
        direction = -0.62 * right + 0.30 * forward + np.array([0.0, 0.0, 0.82])
        return direction / np.linalg.norm(direction)

    def matrix(self, width: float, height: float) -> NDArray:
        """World to clip space, [4, 4], for column vectors; perspective with 28 degrees from bottom to top."""
        right, up, back = self.basis()
        view = np.eye(4)
        view[:3, :3] = right, up, back
        view[:3, 3] = -view[:3, :3] @ self.eye
        aspect, f = max(width, 1.0) / max(height, 1.0), _focal(width, height)
        lens = np.zeros((4, 4))
        lens[0, 0], lens[1, 1] = f / aspect, f
        lens[2, 2], lens[2, 3] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
        lens[3, 2] = -1.0
        return lens @ view

    def pixel(self, width: float, height: float) -> float:
        """World units in a pixel, at distance 1 from the eye."""
        return 2 / (max(height, 1.0) * _focal(width, height))

    def project(self, points: NDArray, width: float, height: float) -> NDArray:
        """Pixels and depth [n, 3] of world points [n, 3]: x to the right, y down, depth in -1..1.

        Points behind the eye become NaN.
        """
        world = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        clip = world @ (m := self.matrix(width, height))[:, :3].T + m[:, 3]
        w = np.where(clip[:, 3] > NEAR, clip[:, 3], np.nan)
        ndc = clip[:, :3] / w[:, None]
        return np.stack([(ndc[:, 0] + 1) * width / 2, (1 - ndc[:, 1]) * height / 2, ndc[:, 2]], axis=1)

    def ray(self, px: float, py: float, width: float, height: float) -> tuple[NDArray, NDArray]:
        """Origin and unit direction, each [3], of the line of sight through a pixel."""
        inverse = np.linalg.inv(self.matrix(width, height))
        x, y = 2 * px / max(width, 1.0) - 1, 1 - 2 * py / max(height, 1.0)
        far = inverse @ np.array([x, y, 1.0, 1.0])
        origin = self.eye
        direction = far[:3] / far[3] - origin
        return origin, direction / np.linalg.norm(direction)


def _focal(width: float, height: float) -> float:
    aspect = max(width, 1.0) / max(height, 1.0)
    return min(1.0, aspect / FITTING_ASPECT) / tan(radians(FIELD_OF_VIEW / 2))

"""Scenes the tests of both renderers draw, and how alike two pictures are."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from courseai_lab.ui.surface3d import Arrow, AxesSpec, Ball, Camera, Contours, Label, Path, Scene, Surface


def pixels(image: QImage) -> np.ndarray:
    """Red, green and blue [h, w, 3] in 0..255."""
    image = image.convertToFormat(QImage.Format.Format_RGBX8888)
    data = np.frombuffer(image.constBits(), dtype=np.uint8)
    return data.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3].astype(float)


def alike(one: QImage, two: QImage) -> tuple[float, float]:
    """Mean absolute difference (0..255) and correlation of two pictures of one size."""
    a, b = pixels(one), pixels(two)
    assert a.shape == b.shape
    return float(np.abs(a - b).mean()), float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def bowl() -> Scene:
    """A bowl with everything on it."""
    x = np.linspace(-2, 2, 48)
    turn = np.linspace(0, 9, 60)
    px, py = 1.7 * np.cos(turn) * np.exp(-turn / 4), 1.5 * np.sin(turn) * np.exp(-turn / 4)
    pz = px**2 + 3 * py**2
    return Scene(
        Surface(x, x, x[None, :] ** 2 + 3 * x[:, None] ** 2),
        paths=(Path(np.column_stack([px, py, pz])),),
        balls=(Ball((px[0], py[0], pz[0]), draggable=True, label="start"), Ball((-1.2, 1.2, 5.76), "#1745C4")),
        arrows=(Arrow((-1.2, 1.2, 5.76), (-0.6, 0.3, 3.0), "#DBC5F2"),),
        labels=(Label((0, 0, 0), "minimum"),),
        axes=AxesSpec(("a", "b", "loss"), ("", "ms", "nats")),
    )


def rosenbrock() -> Scene:
    """A valley on a log scale, with contours on the floor."""
    x, y = np.linspace(-2, 2, 90), np.linspace(-1, 3, 80)
    z = (1 - x[None, :]) ** 2 + 100 * (y[:, None] - x[None, :] ** 2) ** 2
    surface = Surface(x, y, z, z_scale="log", z_range=(0.1, 3000), contours=Contours(10, on_floor=True))
    return Scene(surface, camera=Camera(azimuth=-40, elevation=45))


def broken() -> Scene:
    """Holes of NaN and infinity, a cliff, and heights cut off above."""
    x = np.linspace(-3, 3, 60)
    z = np.sin(x)[None, :] * np.cos(x)[:, None] + np.where(x > -1.2, 0.0, 1.6)[None, :]
    z[40:50, 10:20] = np.nan
    z[5:9, 40:46] = np.inf
    return Scene(Surface(x, x, z, lut="diverging", z_range=(-1, 2)), camera=Camera(-30, 38))


SCENES = {"bowl": bowl, "rosenbrock": rosenbrock, "broken": broken}

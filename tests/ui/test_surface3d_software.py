"""The software renderer: its rasteriser against a plain loop, its pictures against what must be in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer

from courseai_lab.ui.surface3d import (
    Ball,
    Camera,
    Contours,
    Path,
    Scene,
    Surface,
    SurfaceColors,
    paint_scene,
    scene_image,
)
from courseai_lab.ui.surface3d.geometry import box_of
from courseai_lab.ui.surface3d.raster import draw_surface, mesh_of, rasterise
from tests.ui.surface3d_scenes import SCENES, bowl, broken, pixels

SIZE = QSize(320, 240)


def test_rasteriser_agrees_with_a_loop_over_pixels() -> None:
    rng = np.random.default_rng(3)
    screen, distance = rng.uniform(-4, 24, (30, 2)), rng.uniform(2, 9, 30)
    triangles = rng.permutation(30).reshape(10, 3)
    hits = rasterise(screen, distance, triangles, 20, 16)
    for y in range(16):
        for x in range(20):
            best = (np.inf, -1)
            for number, corner in enumerate(triangles):
                system = np.vstack([screen[corner].T, np.ones(3)])
                weights = np.linalg.solve(system, [x + 0.5, y + 0.5, 1])
                if (weights >= 0).all():
                    best = min(best, (1 / (weights @ (1 / distance[corner])), number))
            assert hits.triangle[y, x] == best[1]
            if best[1] >= 0:
                assert hits.depth[y, x] == pytest.approx(best[0])


def test_rasteriser_leaves_out_vertices_behind_the_eye() -> None:
    screen = np.array([[1.0, 1.0], [np.nan, np.nan], [1.0, 9.0]])
    hits = rasterise(screen, np.array([1.0, np.nan, 1.0]), np.array([[0, 1, 2]]), 10, 10)
    assert (hits.triangle == -1).all() and np.isinf(hits.depth).all()


def test_slopes_are_exact_on_a_plane_even_beside_holes_and_on_uneven_grids() -> None:
    x, y = np.cumsum([0.1, 0.3, 0.2, 0.7, 0.4]), np.cumsum([1.0, 0.2, 0.5, 0.9])
    z = 2 * x[None, :] - 3 * y[:, None]
    z[1, 2] = np.nan
    surface = Surface(x, y, z)
    box = box_of(surface)
    mesh = mesh_of(surface, box)
    low, high = surface.z_limits
    per_world = box.rise / (high - low) / box.scale
    expected = np.array([2, -3]) * per_world
    known = ~mesh.hole
    known[2] = False  # its only neighbour along y is the hole
    assert mesh.slope[2, 1] == 0
    np.testing.assert_allclose(mesh.slope[known], np.tile(expected, (known.sum(), 1)), rtol=1e-5)


def test_depth_of_a_level_plane_seen_from_above() -> None:
    surface = Surface([0, 1], [0, 1], np.zeros((2, 2)), z_range=(-1, 1))
    camera = Camera(azimuth=0, elevation=90, center=(0, 0, 0))
    layer = draw_surface(surface, box_of(surface), camera, SurfaceColors(), (100, 100), 1.0)
    seen = np.isfinite(layer.depth)
    np.testing.assert_allclose(layer.depth[seen], camera.distance, rtol=1e-9)
    half_width = 2 / 2 / (camera.pixel(100, 100) * camera.distance)
    assert seen.sum() == pytest.approx((2 * half_width) ** 2, rel=0.05)


def test_heights_outside_the_range_are_cut_and_holes_stay_open() -> None:
    x = np.linspace(0, 1, 9)
    whole = Surface(x, x, np.tile(x, (9, 1)))
    cut = Surface(x, x, np.tile(x, (9, 1)), z_range=(0, 0.5))
    holed = np.tile(x, (9, 1))
    holed[3:6, 3:6] = np.nan
    camera = Camera(azimuth=0, elevation=90)
    areas = []
    for surface in (whole, cut, Surface(x, x, holed)):
        layer = draw_surface(surface, box_of(surface), camera, SurfaceColors(), (200, 200), 1.0)
        areas.append(np.isfinite(layer.depth).sum())
    assert areas[1] == pytest.approx(areas[0] / 2, rel=0.1)
    assert areas[2] == pytest.approx(areas[0] * (1 - 16 / 64), rel=0.1)


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_shows_surface_axes_and_ground(qapp, name: str) -> None:
    picture = pixels(scene_image(SCENES[name](), SIZE, 1.0, SurfaceColors.dark()))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500
    np.testing.assert_array_equal(picture[1, 1], [0x12, 0x15, 0x1C])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1e300, -1e300])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_flat_hollow_and_huge_surfaces_never_crash(qapp, value: float, scale: str) -> None:
    scene = Scene(Surface([0, 1, 2], [0, 1], np.full((2, 3), value), z_scale=scale))
    picture = pixels(scene_image(scene, QSize(120, 90)))
    assert picture.std() > 0


def test_mixed_extremes_never_crash(qapp) -> None:
    z = np.array([[1e308, -1e308, np.nan], [np.inf, 0.0, -np.inf], [1e-308, 1.0, 2.0]])
    for scale in ("linear", "log"):
        for camera in (Camera(elevation=90), Camera(elevation=0, distance=1.2), Camera(distance=16)):
            scene = Scene(Surface([0, 1, 2], [0, 1, 2], z, z_scale=scale, contours=Contours(on_floor=True)))
            assert not scene_image(scene, QSize(90, 70), camera=camera).isNull()


def test_no_scene_is_an_empty_ground(qapp) -> None:
    assert (pixels(scene_image(None, SIZE)) == 255).all()


def test_contour_lines_lie_on_their_heights(qapp) -> None:
    """A ramp seen from above: the only dark lines run at the asked heights."""
    x = np.linspace(0, 1, 65)
    white = np.ones((2, 3))
    ramp = Surface(x, x, np.tile(x, (65, 1)), lut=white, contours=Contours(levels=(0.25, 0.75)), z_range=(-5, 6))
    colors = SurfaceColors(contour="#000000")
    camera = Camera(azimuth=0, elevation=90, center=(0, 0, 0))
    box = box_of(ramp)
    layer = draw_surface(ramp, box, camera, colors, (400, 400), 1.0)
    row = layer.color[200, :, 0]
    inside = np.flatnonzero(np.isfinite(layer.depth[200]))[4:-4]
    dark = inside[row[inside] < 0.5 * np.median(row[inside])]
    expected = camera.project(box.to_world(ramp, [(0.25, 0.5, 0.25), (0.75, 0.5, 0.75)]), 400, 400)[:, 0]
    assert {round(d) for d in expected} <= {int(d) + k for d in dark for k in (0, 1)}
    assert all(np.abs(expected - (d + 0.5)).min() < 1.2 for d in dark)


def test_a_ball_behind_the_surface_is_only_a_ghost(qapp) -> None:
    x = np.linspace(-1, 1, 40)
    wall = Surface(x, x, np.where(x < -0.3, 1.0, 0.0)[:, None] * np.ones(40), contours=Contours(0))
    camera = Camera(azimuth=0, elevation=5)

    def redness(place: tuple[float, float, float]) -> float:
        bare = Scene(wall)
        size = (SIZE.width(), SIZE.height())
        px, py, _ = camera.project(box_of(wall).to_world(wall, [place]), *size)[0].round().astype(int)
        shown = pixels(scene_image(replace(bare, balls=(Ball(place, "#FF0000"),)), SIZE, camera=camera))
        return float(np.abs(shown - pixels(scene_image(bare, SIZE, camera=camera)))[py, px].sum())

    assert redness((0.0, 0.5, 0.5)) < 0.5 * redness((0.0, -0.9, 1.0))


def test_a_path_wholly_behind_the_surface_is_drawn_too(qapp) -> None:
    x = np.linspace(-1, 1, 40)
    wall = Surface(x, x, np.where(x < -0.3, 1.0, 0.0)[:, None] * np.ones(40), contours=Contours(0))
    path = Path(np.array([(0.0, 0.5, 0.3), (0.05, 0.5, 0.3), (0.1, 0.5, 0.3)]))
    image = scene_image(Scene(wall, paths=(path,)), SIZE, camera=Camera(azimuth=0, elevation=5))
    assert image.size() == SIZE and len(np.unique(pixels(image))) > 2


def test_scale_only_adds_pixels(qapp) -> None:
    one, two = (pixels(scene_image(bowl(), SIZE, scale)) for scale in (1.0, 2.0))
    assert two.shape == (480, 640, 3)
    small = two.reshape(240, 2, 320, 2, 3).mean(axis=(1, 3))
    assert np.abs(one - small).mean() < 3


def test_figures_paint_into_svg_and_pdf(qapp) -> None:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    svg = QSvgGenerator()
    svg.setOutputDevice(buffer)
    svg.setSize(SIZE)
    svg.setViewBox(QRectF(0, 0, 320, 240))
    painter = QPainter(svg)
    paint_scene(painter, QRectF(0, 0, 320, 240), broken(), SurfaceColors())
    painter.end()
    text = bytes(buffer.data().data())
    assert b"<image" in text and (b"<path" in text or b"<polyline" in text) and b"<text" in text
    again = QImage(SIZE, QImage.Format.Format_RGB32)
    again.fill(0)
    painter = QPainter(again)
    QSvgRenderer(QByteArray(text)).render(painter)
    painter.end()
    direct = pixels(scene_image(broken(), SIZE))
    assert np.corrcoef(pixels(again).ravel(), direct.ravel())[0, 1] > 0.9

    sheet = QBuffer()
    sheet.open(QBuffer.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(sheet)
    painter = QPainter(writer)
    paint_scene(painter, QRectF(0, 0, 320, 240), broken(), SurfaceColors())
    painter.end()
    assert sheet.data().startsWith(b"%PDF")

"""The scene, its colours, ticks, camera and picking: no Qt and no OpenGL is involved."""

from __future__ import annotations

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from courseai_lab.ui.surface3d import Ball, Camera, Contours, Path, Scene, Surface, SurfaceColors, pick_surface
from courseai_lab.ui.surface3d.description import Arrow, rgba
from courseai_lab.ui.surface3d.geometry import axes_lines, axes_texts, box_of, clip_to_box, mark_lines
from courseai_lab.ui.surface3d.luts import LUT_SIZE, lookup_table, lut_colors
from courseai_lab.ui.surface3d.picking import pick_ball
from courseai_lab.ui.surface3d.ticks import format_tick, nice_ticks


def wavy(nx: int = 40, ny: int = 30, **kwargs: object) -> Surface:
    x, y = np.linspace(-2, 3, nx), np.linspace(0, 1, ny) ** 1.5
    return Surface(x, y, np.sin(x)[None, :] + y[:, None] ** 2, **kwargs)


def test_arrays_are_frozen_and_read_only_ones_are_not_copied() -> None:
    z = np.zeros((2, 3))
    surface = Surface([0, 1, 2], [0, 1], z)
    z[0, 0] = 7
    assert surface.z[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        surface.z[0, 0] = 1
    assert Surface(surface.x, surface.y, surface.z).z is surface.z


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Surface([0, 1], [0, 1], np.zeros((2, 3))), "shape"),
        (lambda: Surface([1, 0], [0, 1], np.zeros((2, 2))), "strictly increasing"),
        (lambda: Surface([0, 1], [0, 1], np.zeros((2, 2)), z_range=(2, 1)), "lower first"),
        (lambda: Surface([0, 1], [0, 1], np.ones((2, 2)), z_range=(0, 1), z_scale="log"), "above 0"),
        (lambda: Surface([0, 1], [0, 1], np.ones((2, 2)), z_scale="cubic"), "'linear' or 'log'"),
        (lambda: Surface([0, 1], [0, 1], np.ones((2, 2)), lut="jet"), "viridis"),
        (lambda: Surface([0, 1], [0, 1], np.ones((2, 2)), lut=np.ones((4, 2))), "colour table"),
        (lambda: Surface([0, 1], [0, 1], np.ones((2, 2)), relief=0), "relief"),
        (lambda: Contours(count=100), "0 to 60"),
        (lambda: Contours(levels=(2.0, 1.0)), "increasing"),
        (lambda: Path(np.zeros((4, 2))), "[n, 3]"),
        (lambda: Ball((0, 0)), "(x, y, z)"),
        (lambda: Arrow((0, 0), (1, 1, 1)), "(x, y, z)"),
        (lambda: SurfaceColors(ground="red"), "#RRGGBB"),
        (lambda: rgba((0, 2, 0)), "0 to 1"),
        (lambda: Camera(azimuth=float("nan")), "finite"),
    ],
)
def test_bad_input_gets_one_sentence(make, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        make()
    assert sentence in str(caught.value)


def test_limits_and_fractions() -> None:
    surface = Surface([0, 1], [0, 1], [[2.0, 4.0], [np.nan, np.inf]])
    assert surface.z_limits == (2.0, 4.0)
    np.testing.assert_array_equal(surface.heights, [[0, 1], [np.nan, np.nan]])
    assert surface.has_holes
    assert Surface([0, 1], [0, 1], np.full((2, 2), 3.0)).z_limits == (1.5, 4.5)
    assert Surface([0, 1], [0, 1], np.full((2, 2), np.nan)).z_limits == (0.0, 1.0)
    cut = Surface([0, 1], [0, 1], [[0.0, 1.0], [2.0, 9.0]], z_range=(0, 2))
    assert cut.cut_share == 0.25


def test_log_scale_puts_decades_at_even_heights_and_zero_on_the_floor() -> None:
    surface = Surface([0, 1], [0, 1], [[0.01, 1.0], [100.0, 0.0]], z_scale="log")
    assert surface.z_limits == (0.01, 100.0)
    np.testing.assert_allclose(surface.heights, [[0, 0.5], [1, 0]], atol=1e-6)


def test_height_at_agrees_with_scipy() -> None:
    surface = wavy()
    oracle = RegularGridInterpolator((surface.y, surface.x), surface.z)
    rng = np.random.default_rng(1)
    for x, y in zip(rng.uniform(-2, 3, 50), rng.uniform(0, 1, 50), strict=True):
        assert surface.height_at(x, y) == pytest.approx(float(oracle((y, x))), abs=1e-12)
    assert np.isnan(surface.height_at(9, 0.5))


@pytest.mark.parametrize(("name", "tolerance"), [("viridis", 2.5), ("cividis", 6.5)])
def test_colour_maps_match_the_published_ones(name: str, tolerance: float) -> None:
    published = matplotlib.colormaps[name](np.arange(256))[:, :3]
    ours = lookup_table(name, np.empty(0))[:, :3]
    mine = np.stack([np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, LUT_SIZE), c) for c in ours.T], axis=1)
    assert np.abs(mine - published).max() * 255 < tolerance


@pytest.mark.parametrize("name", ["diverging", "diverging-dark"])
def test_diverging_maps_are_symmetric_in_lightness(name: str) -> None:
    lightness = lut_colors(name) @ [0.2126, 0.7152, 0.0722]
    np.testing.assert_allclose(lightness, lightness[::-1], atol=0.08)
    steps = np.diff(lightness[: len(lightness) // 2 + 1])
    assert (steps > 0).all() or (steps < 0).all()


def test_contour_phase_is_whole_on_levels_only() -> None:
    levels = np.array([0.1, 0.25, 0.7])
    phase = lookup_table("viridis", levels)[:, 3]
    t = np.linspace(0, 1, LUT_SIZE)
    np.testing.assert_allclose(np.interp(levels, t, phase), [0, 1, 2], atol=2e-2)
    crossings = np.flatnonzero(np.diff(np.floor(phase + 1e-9)) != 0)
    assert len(crossings) == 3
    np.testing.assert_allclose(t[crossings], levels, atol=2 / LUT_SIZE)
    assert (lookup_table("viridis", np.empty(0))[:, 3] == 0.5).all()


def test_levels_in_units_of_z() -> None:
    surface = wavy(contours=Contours(levels=(-50.0, 0.0, 0.5)), z_range=(-1, 1))
    np.testing.assert_allclose(surface.level_fractions, [0.5, 0.75])


@given(
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e6),
    about=st.integers(2, 9),
)
def test_ticks_are_round_inside_and_few(low: float, span: float, about: int) -> None:
    ticks = nice_ticks(low, low + span, about, "linear")
    assert 1 <= len(ticks) <= 2 * about + 2
    slack = 1e-8 * max(abs(low), span)
    assert all(low - slack <= t <= low + span + slack for t in ticks)
    if len(ticks) > 1:
        steps = np.diff(ticks)
        np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
        mantissa = steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9)
        assert min(abs(mantissa - m) for m in (1, 2, 5, 10)) < 1e-4


def test_ticks_on_a_log_axis() -> None:
    np.testing.assert_allclose(nice_ticks(0.01, 100, 5, "log"), [0.01, 0.1, 1, 10, 100])
    np.testing.assert_allclose(nice_ticks(1, 8, 5, "log"), [1, 2, 5])
    assert len(nice_ticks(1e-12, 1e12, 5, "log")) <= 5


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(-0.5, 0.25, "−0.5"), (0.25, 0.05, "0.25"), (1e-17, 0.1, "0"), (3, 1, "3"), (1e6, 1e5, "10⁶"),
     (-2.5e-5, 5e-6, "−2.5×10⁻⁵"), (0.01, 0, "0.01"), (1e-4, 0, "10⁻⁴"), (1.0, 0.5, "1.0")],
)  # fmt: skip
def test_ticks_are_written_as_people_write_them(value: float, step: float, text: str) -> None:
    assert format_tick(value, step) == text


def test_camera_agrees_with_a_pinhole() -> None:
    camera = Camera(azimuth=30, elevation=25, distance=5, center=(0.1, -0.2, 0.3))
    point = np.array([0.4, 0.5, 0.2])
    right, up, back = camera.basis()
    seen = point - camera.eye
    depth = -seen @ back
    scale = 300 / np.tan(np.radians(14)) / depth
    expected = [400 + seen @ right * scale, 300 - seen @ up * scale]
    np.testing.assert_allclose(camera.project(point, 800, 600)[0, :2], expected, atol=1e-9)
    np.testing.assert_allclose(camera.project(np.array(camera.center), 800, 600)[0, :2], [400, 300], atol=1e-9)
    np.testing.assert_allclose([right @ up, right @ back, up @ back], 0, atol=1e-12)
    assert np.isnan(camera.project(camera.eye + back, 800, 600)).all()


def test_ray_goes_through_its_pixel() -> None:
    camera = Camera(azimuth=-70, elevation=50)
    origin, direction = camera.ray(123.0, 456.0, 800, 600)
    np.testing.assert_allclose(camera.project(origin + 4 * direction, 800, 600)[0, :2], [123, 456], atol=1e-6)


def test_camera_stays_in_bounds() -> None:
    camera = Camera().orbited(400, 400).zoomed(1e9).panned(1e9, 0, 100, 100)
    assert camera.elevation == 90
    assert camera.distance == 1.2
    assert max(abs(c) for c in camera.center) <= 2
    assert Camera(azimuth=270).azimuth == -90


def test_panning_moves_the_picture_with_the_pointer() -> None:
    camera = Camera()
    before = camera.project(np.array(camera.center), 640, 480)[0]
    after = camera.panned(30, -20, 640, 480).project(np.array(camera.center), 640, 480)[0]
    np.testing.assert_allclose((after - before)[:2], [30, -20], atol=0.5)


@pytest.mark.parametrize("azimuth", [-120, 35, 160])
def test_picking_inverts_projection(azimuth: float) -> None:
    surface = wavy(60, 50)
    camera, box = Camera(azimuth=azimuth, elevation=60), box_of(surface)
    for x, y in [(-1.5, 0.2), (0.0, 0.5), (2.5, 0.9)]:
        world = box.to_world(surface, [(x, y, surface.height_at(x, y))])
        px, py, _ = camera.project(world, 700, 500)[0]
        found = pick_surface(surface, camera, px, py, 700, 500)
        assert found is not None
        np.testing.assert_allclose(found, (x, y), atol=2e-3)


def test_picking_takes_the_nearest_sheet_and_misses_holes_and_sky() -> None:
    x = np.linspace(-1, 1, 81)
    ridge = np.where(np.abs(x + 0.5) < 0.1, 1.0, 0.0)[:, None] * np.ones(81)
    surface, camera = Surface(x, x, ridge, z_range=(0, 1)), Camera(azimuth=0, elevation=8)
    behind = box_of(surface).to_world(surface, [(0.0, -0.35, 0.0)])
    px, py, _ = camera.project(behind, 600, 400)[0]
    found = pick_surface(surface, camera, px, py, 600, 400)
    assert found is not None and found.y < -0.39
    assert pick_surface(surface, camera, 2, 2, 600, 400) is None
    hollow = Surface(x, x, np.full((81, 81), np.nan))
    assert pick_surface(hollow, camera, 300, 200, 600, 400) is None


def test_only_draggable_balls_are_taken() -> None:
    surface = wavy()
    scene = Scene(surface, balls=(Ball((0, 0.5, 0.2)), Ball((1, 0.5, 1.0), draggable=True)))
    camera, world = Camera(), box_of(surface).to_world(surface, [b.pos for b in scene.balls])
    (fixed, loose) = camera.project(world, 600, 400)[:, :2]
    assert pick_ball(scene, camera, *fixed, 600, 400) is None
    assert pick_ball(scene, camera, *(loose + 4), 600, 400) == 1
    assert pick_ball(scene, camera, *(loose + 40), 600, 400) is None


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_clipping_keeps_exactly_the_points_inside(numbers: list[float]) -> None:
    start, end = np.array([numbers[:3]]), np.array([numbers[3:]])
    low, high = np.full(3, -1.0), np.full(3, 1.0)
    t = np.linspace(0, 1, 4001)[:, None]
    points = start + t * (end - start)
    inside = ((points >= low) & (points <= high)).all(axis=1)
    a, b, keep = clip_to_box(start, end, low, high)
    if inside.sum() > 2:
        assert keep[0]
        step = np.linalg.norm(end - start) / 4000 + 1e-9
        assert np.linalg.norm(a[0] - points[inside][0]) <= 2 * step
        assert np.linalg.norm(b[0] - points[inside][-1]) <= 2 * step
    elif not inside.any() and keep[0]:
        assert np.linalg.norm(a - b) <= np.linalg.norm(end - start) / 4000 + 1e-9


def test_a_path_breaks_at_nan_and_ends_at_the_box() -> None:
    surface = Surface([0, 1], [0, 1], [[0.0, 1.0], [0.0, 1.0]])
    points = [[0.1, 0.5, 0.1], [0.2, 0.5, 0.2], [np.nan, 0.5, 0.3], [0.5, 0.5, 0.5], [40.0, 0.5, 40.0]]
    box = box_of(surface)
    lines = mark_lines(Scene(surface, paths=(Path(points),)), box)
    assert len(lines.start) == 2
    assert lines.end[1, 0] == pytest.approx(1.0, abs=2e-3)


def test_an_arrow_has_a_head_and_a_pointless_one_is_left_out() -> None:
    surface = wavy()
    arrows = (Arrow((0, 0.5, 0.2), (1, 0.5, 1.0)), Arrow((0, 0, 0), (0, 0, 0)), Arrow((0, 0, 0), (np.nan, 0, 0)))
    lines = mark_lines(Scene(surface, arrows=arrows), box_of(surface))
    assert len(lines.start) == 2
    assert lines.width[1, 0] > lines.width[1, 1] == 0
    np.testing.assert_allclose(lines.end[0], lines.start[1])


def test_axes_walls_stand_behind_and_floor_contours_push_the_floor_down() -> None:
    scene = Scene(wavy(contours=Contours(on_floor=True)))
    box, camera = box_of(scene.surface), Camera(azimuth=35)
    assert box.floor < box.base
    lines = axes_lines(scene, box, camera, SurfaceColors())
    towards = camera.basis()[2]
    walls = lines.start[np.abs(lines.start[:, 2] - box.floor) > 1e-6]
    assert walls.size and (walls @ towards).mean() < 0
    texts = axes_texts(scene, box, camera)
    assert {t.text for t in texts if t.role == "name"} == {"x", "y", "z"}
    above = axes_texts(scene, box, Camera(elevation=90))
    assert "z" not in {t.text for t in above}


def test_importing_the_package_loads_neither_vispy_nor_opengl() -> None:
    code = (
        "import sys, courseai_lab.ui.surface3d; "
        "print([m for m in sys.modules if m.split('.')[0] in ('vispy', 'OpenGL', 'torch', 'matplotlib')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

"""The widget: both renderers alike, few uploads, canvases that survive docks, and what hands can do."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget
from vispy.gloo import glir

from courseai_lab.ui.surface3d import (
    Ball,
    Camera,
    CanvasPool,
    GLProbe,
    Scene,
    Surface,
    SurfaceColors,
    SurfaceView,
    install_pool,
    probe_gl,
)
from courseai_lab.ui.surface3d.geometry import box_of
from courseai_lab.ui.surface3d.gl import SurfaceCanvas
from courseai_lab.ui.surface3d.pool import find_pool
from tests.ui.surface3d_scenes import SCENES, alike, bowl, pixels


def drawn(view: SurfaceView, at_least: int = 1) -> None:
    """Let the view paint; fails after five seconds."""
    assert view.canvas is not None
    goal, clock = view.canvas.draws + at_least, QElapsedTimer()
    clock.start()
    while view.canvas.draws < goal:
        QApplication.processEvents()
        assert clock.elapsed() < 5000, "the canvas was not painted"


def shown(qtbot, view: SurfaceView, scene: Scene | None = None, size: tuple[int, int] = (420, 320)) -> SurfaceView:
    """The view on screen, painted once if OpenGL draws it."""
    qtbot.addWidget(view)
    view.resize(*size)
    view.set_scene(scene or bowl())
    with qtbot.waitExposed(view):
        view.show()
    if view.canvas is not None and not view.canvas.draws:
        drawn(view)
    return view


@pytest.fixture
def pool(qapp) -> Iterator[CanvasPool]:
    pool = install_pool(qapp)
    yield pool
    pool.clear()
    pool.setParent(None)
    pool.deleteLater()


def test_probe_finds_opengl_under_xvfb_and_none_offscreen(qapp, monkeypatch) -> None:
    found = probe_gl()
    assert found.works and found.renderer
    assert found.samples == (4 if found.hardware else 0)
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: "offscreen"))
    assert not probe_gl().works


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", SCENES)
def test_both_renderers_draw_the_same_picture(qtbot, name: str, dark: bool) -> None:
    view = SurfaceView()
    view.set_colors(SurfaceColors.dark() if dark else SurfaceColors())
    shown(qtbot, view, SCENES[name]())
    assert view.renderer == "opengl"
    difference, correlation = alike(view.grab().toImage(), view.to_image(view.size()))
    assert difference < 1.5
    assert correlation > 0.99


def test_a_software_view_shows_what_it_exports(qtbot) -> None:
    view = shown(qtbot, SurfaceView(opengl=False))
    assert view.renderer == "software" and view.canvas is None
    difference, correlation = alike(view.grab().toImage(), view.to_image(view.size()))
    assert difference < 0.5 and correlation > 0.999


def test_a_moving_software_picture_is_refined_once_it_rests(qtbot) -> None:
    view = shown(qtbot, SurfaceView(opengl=False))
    view.grab()
    view.camera = view.camera.orbited(20, 0)
    coarse = view.grab().toImage()
    fine = view.to_image(view.size())
    assert alike(coarse, fine)[0] > 0.05
    qtbot.waitUntil(lambda: alike(view.grab().toImage(), fine)[0] < 0.05, timeout=4000)


def test_only_heights_travel_when_heights_change(qtbot, monkeypatch) -> None:
    scene = bowl()
    view = shown(qtbot, SurfaceView(), scene)
    assert view.canvas is not None
    sent: list[int] = []
    send = glir.GlirBuffer.set_data
    monkeypatch.setattr(
        glir.GlirBuffer, "set_data", lambda self, offset, data: (sent.append(data.nbytes), send(self, offset, data))[1]
    )
    before = view.canvas.uploads.copy()
    surface = scene.surface
    bare = replace(scene, surface=Surface(surface.x, surface.y, surface.z * 1, z_range=surface.z_limits), balls=())
    view.set_scene(bare)
    drawn(view)
    sent.clear()
    before = view.canvas.uploads.copy()
    for k in range(3):
        z = surface.z * (0.9 - 0.1 * k)
        view.set_scene(replace(bare, surface=replace(bare.surface, z=z)))
        drawn(view)
    ny, nx = surface.z.shape
    assert sent == [4 * (nx + 2) * (ny + 2)] * 3
    assert view.canvas.uploads - before == {"heights": 3}


def test_nothing_travels_when_only_the_camera_moves(qtbot) -> None:
    view = shown(qtbot, SurfaceView())
    assert view.canvas is not None
    before = view.canvas.uploads.copy()
    view.camera = view.camera.orbited(30, 10)
    drawn(view)
    assert view.canvas.uploads == before


def test_it_draws_on_demand_only(qtbot) -> None:
    view = shown(qtbot, SurfaceView())
    assert view.canvas is not None
    for _ in range(20):
        QApplication.processEvents()
    count = view.canvas.draws
    for _ in range(200):
        QApplication.processEvents()
    assert view.canvas.draws == count


def test_new_heights_change_the_picture_and_another_grid_is_taken(qtbot) -> None:
    view = shown(qtbot, SurfaceView())
    for scene in (SCENES["rosenbrock"](), SCENES["broken"](), bowl()):
        view.set_scene(scene)
        drawn(view)
        assert alike(view.grab().toImage(), view.to_image(view.size()))[0] < 1.5
    view.set_scene(None)
    drawn(view)
    assert (pixels(view.grab().toImage()) == 255).all()


def test_the_gl_picture_survives_float_dock_tab_and_full_screen(qtbot, pool) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(640, 420)
    docks = []
    for title in ("surface", "other"):
        dock = QDockWidget(title, window)
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        docks.append(dock)
    view, dock = SurfaceView(), docks[0]
    dock.setWidget(view)
    docks[1].setWidget(QWidget())
    view.set_scene(bowl())
    with qtbot.waitExposed(window):
        window.show()

    def intact() -> None:
        QApplication.processEvents()
        drawn_picture = view.grab().toImage()
        assert view.renderer == "opengl"
        difference, correlation = alike(drawn_picture, view.to_image(view.size()))
        assert difference < 2.5 and correlation > 0.985

    intact()
    for _ in range(20):
        dock.setFloating(True)
        QApplication.processEvents()
        dock.setWindowState(Qt.WindowState.WindowFullScreen)
        QApplication.processEvents()
        dock.setWindowState(Qt.WindowState.WindowNoState)
        dock.setFloating(False)
        QApplication.processEvents()
        window.tabifyDockWidget(docks[1], dock)
        docks[1].raise_()
        QApplication.processEvents()
        dock.raise_()
        QApplication.processEvents()
        window.splitDockWidget(docks[1], dock, Qt.Orientation.Horizontal)
        QApplication.processEvents()
    intact()
    on_screen = _from_screen(view)
    assert alike(on_screen, view.to_image(view.size()))[1] > 0.98
    assert pool.made <= 2


def _from_screen(view: QWidget) -> QImage:
    """What the screen really shows at the view's place."""
    clock = QElapsedTimer()
    clock.start()
    corner = view.mapToGlobal(QPoint(0, 0))
    while True:
        QApplication.processEvents()
        shot = view.screen().grabWindow(0, corner.x(), corner.y(), view.width(), view.height()).toImage()
        if pixels(shot).std() > 5 or clock.elapsed() > 3000:
            return shot


def test_hidden_views_give_their_canvas_back_and_canvases_are_used_again(qtbot, pool) -> None:
    for _ in range(6):
        view = SurfaceView()
        assert view.canvas is None
        view.set_scene(bowl())
        with qtbot.waitExposed(view):
            view.show()
        assert view.canvas is not None and pool.idle == 0
        drawn(view, 0)
        assert alike(view.grab().toImage(), view.to_image(view.size()))[0] < 1.5
        view.hide()
        assert view.canvas is None and pool.idle == 1
        view.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert pool.made == 1


def test_a_shown_view_that_is_deleted_gives_its_canvas_back_first(qtbot, pool) -> None:
    view = SurfaceView()
    view.set_scene(bowl())
    with qtbot.waitExposed(view):
        view.show()
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert pool.idle == 1


def test_without_a_pool_of_the_app_canvases_go_with_their_views(qtbot) -> None:
    assert find_pool(QApplication.instance()) is None
    seen = []
    for _ in range(3):
        parent = QWidget()
        view = SurfaceView(parent)
        view.set_scene(bowl())
        with qtbot.waitExposed(parent):
            parent.show()
        drawn(view, 0)
        seen.append(weakref.ref(view.canvas))
        parent.deleteLater()
        del parent, view
        # The view goes first and then, as it said on its way, its canvas.
        for _ in range(2):
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            gc.collect()
    assert [ref() for ref in seen] == [None, None, None]


def test_a_failure_while_drawing_falls_back_to_software(qtbot, monkeypatch) -> None:
    view = shown(qtbot, SurfaceView())

    def fail(self: SurfaceCanvas) -> None:
        raise RuntimeError("device lost")

    monkeypatch.setattr(SurfaceCanvas, "_paint", fail)
    with qtbot.waitSignal(view.fell_back) as caught:
        view.camera = view.camera.orbited(5, 0)
    assert "device lost" in caught.args[0] and "software" in caught.args[0]
    assert view.renderer == "software" and view.canvas is None
    assert alike(view.grab().toImage(), view.to_image(view.size()))[0] < 1.0


def test_a_failure_to_make_a_canvas_falls_back_to_software(qtbot, monkeypatch) -> None:
    def fail(self: CanvasPool, parent: QWidget) -> None:
        raise OSError("no driver")

    monkeypatch.setattr(CanvasPool, "take", fail)
    view, sentences = SurfaceView(), []
    view.fell_back.connect(sentences.append)
    shown(qtbot, view)
    assert view.renderer == "software" and len(sentences) == 1 and "no driver" in sentences[0]


def test_where_the_probe_found_nothing_software_draws(qtbot, qapp) -> None:
    pool = CanvasPool(probe=GLProbe(False, reason="none"))
    view = shown(qtbot, SurfaceView(pool=pool))
    assert view.renderer == "software"
    assert pixels(view.grab().toImage()).std() > 5


def place_of(view: SurfaceView, point: tuple[float, float, float]) -> QPoint:
    """Pixel of a data point."""
    assert view.scene is not None
    world = box_of(view.scene.surface).to_world(view.scene.surface, [point])
    x, y, _ = view.camera.project(world, view.width(), view.height())[0]
    return QPoint(round(x), round(y))


def hover(view: SurfaceView, place: QPoint) -> None:
    """The pointer moves with no button down."""
    here, none = QPointF(place), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, here, view.mapToGlobal(here), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


@pytest.fixture
def steep(qtbot) -> SurfaceView:
    """A software view of the bowl, seen from high up; input does not depend on who draws."""
    scene = bowl()
    ball = Ball((1.0, 0.5, 1.75), draggable=True)
    return shown(qtbot, SurfaceView(opengl=False), replace(scene, balls=(ball,), camera=Camera(20, 65)))


def test_a_click_tells_where(qtbot, steep: SurfaceView) -> None:
    with qtbot.waitSignal(steep.clicked) as caught:
        qtbot.mouseClick(steep, Qt.MouseButton.LeftButton, pos=place_of(steep, (-0.5, 0.5, 1.0)))
    np.testing.assert_allclose(caught.args[0], (-0.5, 0.5), atol=0.03)
    with qtbot.assertNotEmitted(steep.clicked):
        qtbot.mouseClick(steep, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_hovering_tells_where_and_when_it_ends(qtbot, steep: SurfaceView) -> None:
    found: list[object] = []
    steep.hovered.connect(found.append)
    hover(steep, place_of(steep, (0.2, -0.4, 0.52)))
    hover(steep, QPoint(1, 1))
    assert len(found) == 2 and found[1] is None
    np.testing.assert_allclose(found[0], (0.2, -0.4), atol=0.03)


def test_dragging_orbits_and_shift_or_the_right_button_moves(qtbot, steep: SurfaceView) -> None:
    cameras: list[Camera] = []
    steep.camera_changed.connect(cameras.append)
    start = QPoint(60, 40)
    with qtbot.assertNotEmitted(steep.clicked):
        qtbot.mousePress(steep, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(steep, start + QPoint(40, -30))
        qtbot.mouseRelease(steep, Qt.MouseButton.LeftButton, pos=start + QPoint(40, -30))
    assert cameras[-1].azimuth == pytest.approx(20 - 16) and cameras[-1].elevation == pytest.approx(65 - 12)
    before = steep.camera
    qtbot.mousePress(steep, Qt.MouseButton.RightButton, pos=start)
    qtbot.mouseMove(steep, start + QPoint(40, 0))
    qtbot.mouseRelease(steep, Qt.MouseButton.RightButton, pos=start + QPoint(40, 0))
    assert steep.camera.azimuth == before.azimuth and steep.camera.center != before.center


def test_a_ball_is_dragged_over_the_surface(qtbot, steep: SurfaceView) -> None:
    camera = steep.camera
    held, moved, let_go = [], [], []
    steep.ball_pressed.connect(held.append)
    steep.ball_dragged.connect(moved.append)
    steep.ball_released.connect(let_go.append)
    goal = place_of(steep, (-0.8, -0.6, 1.72))
    qtbot.mousePress(steep, Qt.MouseButton.LeftButton, pos=place_of(steep, (1.0, 0.5, 1.75)))
    qtbot.mouseMove(steep, goal)
    qtbot.mouseRelease(steep, Qt.MouseButton.LeftButton, pos=goal)
    assert held == [0] and let_go == [0] and moved[-1].ball == 0
    np.testing.assert_allclose(moved[-1][1:], (-0.8, -0.6), atol=0.04)
    assert steep.camera == camera


def test_keys_move_the_camera_and_home_brings_it_back(qtbot, steep: SurfaceView) -> None:
    home = steep.camera
    for key, change in (
        (Qt.Key.Key_Right, lambda c: c.azimuth == home.azimuth + 5),
        (Qt.Key.Key_Up, lambda c: c.elevation == home.elevation + 5),
        (Qt.Key.Key_Plus, lambda c: c.distance < home.distance),
        (Qt.Key.Key_Minus, lambda c: c.distance > home.distance),
    ):
        qtbot.keyClick(steep, key)
        assert change(steep.camera)
        qtbot.keyClick(steep, Qt.Key.Key_Home)
        assert steep.camera == home
    qtbot.keyClick(steep, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert steep.camera.center != home.center and steep.camera.azimuth == home.azimuth


@pytest.mark.parametrize("touchpad", [False, True])
def test_wheel_and_two_fingers_zoom(steep: SurfaceView, touchpad: bool) -> None:
    before = steep.camera.distance
    place = QPointF(100, 100)
    event = QWheelEvent(
        place,
        steep.mapToGlobal(place),
        QPoint(0, 30) if touchpad else QPoint(),
        QPoint(0, 60 if touchpad else 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.ScrollUpdate if touchpad else Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(steep, event)
    assert steep.camera.distance == pytest.approx(before / 1.12 ** (0.5 if touchpad else 1))


def test_a_new_scene_keeps_the_users_camera_unless_it_brings_another(steep: SurfaceView) -> None:
    scene = steep.scene
    assert scene is not None
    steep.camera = Camera(100, 10)
    steep.set_scene(replace(scene, balls=()))
    assert steep.camera == Camera(100, 10)
    steep.set_scene(replace(scene, camera=Camera(5, 5)))
    assert steep.camera == Camera(5, 5)


def test_a_theme_dresses_the_surface(steep: SurfaceView) -> None:
    theme = SimpleNamespace(dark=True, ground="#101010", text="#FFFFFF", muted="#AAAAAA", accent="#8AAAFF")
    steep.set_theme(theme)
    assert steep.colors.ground == "#101010" and steep.colors.grid == SurfaceColors.dark().grid
    np.testing.assert_array_equal(pixels(steep.grab().toImage())[1, 1], [0x10, 0x10, 0x10])

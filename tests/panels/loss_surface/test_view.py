"""The panel's picture: the same twice, linked everywhere, dropped and dragged, whole in any width."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRectF, Qt
from PySide6.QtGui import QCursor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from courseai_lab.contract import Ctx, check_frame, find, state
from courseai_lab.panels.loss_surface import compute as c
from courseai_lab.panels.loss_surface.map_pane import MapPane, nearest_step
from courseai_lab.panels.loss_surface.params import Glyph
from courseai_lab.panels.loss_surface.race_table import RaceTable
from courseai_lab.panels.loss_surface.scene import arrow_sets, mixed
from courseai_lab.panels.loss_surface.view import View
from courseai_lab.ui.heatmap import ContourMap
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.surface3d import SurfacePoint, SurfaceView
from courseai_lab.ui.theme import load_theme

Show = Callable[..., View]


@pytest.fixture
def show(qtbot: Any) -> Show:
    """Shows a view at a step; its frames, patches and sought frames are kept in it."""

    def make(
        step: int = 8,
        size: tuple[int, int] = (1000, 680),
        theme: str = "light",
        look: dict[str, Any] | None = None,
        **params: Any,
    ) -> View:
        # A pointer that an earlier test left over the window would mark a step.
        QCursor.setPos(1598, 998)
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(*size)
        view.patches, view.sought_frames = [], []
        view.proposed.connect(view.patches.append)
        view.sought.connect(view.sought_frames.append)
        settings = c.Params().patched(steps=40, **params)
        view.frames = [check_frame(frame) for frame in c.run(settings, Ctx())]
        with qtbot.waitExposed(view):
            view.show()
        view.show_frame(view.frames[step], settings, c.Look().patched(**(look or {})))
        QCoreApplication.processEvents()
        return view

    return make


def at(view: View, step: int) -> None:
    _, params, look = view.shown
    view.show_frame(view.frames[step], params, look)


def picture(view: View) -> QImage:
    QCoreApplication.processEvents()
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def settled(view: View, qtbot: Any) -> QImage:
    """The picture once the software surface, drawn roughly at first, is drawn finely."""
    view.grab()
    qtbot.waitUntil(lambda: not view.findChild(SurfaceView)._refine)
    return picture(view)


def overlays(pane: ContourMap) -> dict[str, Any]:
    return {name: pane._overlays[name] for name in pane._used}


def plot(view: View, title: str) -> Plot:
    return next(p for p in view.findChildren(Plot) if p.title == title)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_two_draws_give_the_same_pixels(show: Show, qtbot: Any, theme: str) -> None:
    view = show(theme=theme, look={"glyphs": list(Glyph)}, optimizers=["nesterov", "adagrad", "adam"])
    one = settled(view, qtbot)
    at(view, 20)
    assert settled(view, qtbot) != one
    at(view, 8)
    assert settled(view, qtbot) == one


def test_every_preset_draws(show: Show) -> None:
    panel = find("loss-surface")
    view = show()
    for preset in panel.presets():
        opened = state.state_from_json(panel, preset.state)
        frame = [check_frame(f) for f in itertools.islice(c.run(opened.params, Ctx()), 12)][-1]
        view.show_frame(frame, opened.params, opened.look)
        assert not picture(view).isNull()
        drawn = view.findChild(SurfaceView).scene
        assert drawn is not None and np.shares_memory(drawn.surface.z, frame.height)


def test_the_surface_is_made_once_for_all_steps(show: Show) -> None:
    view = show()
    before = view.findChild(SurfaceView).scene.surface
    at(view, 30)
    assert view.findChild(SurfaceView).scene.surface is before
    view.show_frame(view.frames[30], view.shown[1], view.shown[2].patched(contours=3))
    assert view.findChild(SurfaceView).scene.surface is not before


def test_balls_and_trails_stand_where_the_race_does(show: Show) -> None:
    view = show(step=11)
    frame, scene = view.frames[11], view.findChild(SurfaceView).scene
    np.testing.assert_allclose([ball.pos[:2] for ball in scene.balls], frame.path[:, 11])
    np.testing.assert_allclose([ball.pos[2] for ball in scene.balls], frame.loss[:, 11])
    marks = overlays(view.findChild(MapPane))
    for k, label in enumerate(frame.labels):
        np.testing.assert_array_equal(marks[label].points, frame.path[k, :12])
        np.testing.assert_array_equal(marks[f"{label} now"].points, frame.path[k, 11:12])
        np.testing.assert_array_equal(marks[f"{label}, ahead"].points, frame.path[k, 11:])


def test_hovering_the_loss_marks_the_step_everywhere(show: Show) -> None:
    view = show()
    scene = view.findChild(SurfaceView)
    before = len(scene.scene.balls)
    pointed: list[str] = []
    view.pointed.connect(pointed.append)
    plot(view, "Loss by step").hovered.emit(25.3)
    assert len(scene.scene.balls) == before + 3
    np.testing.assert_array_equal(overlays(view.findChild(MapPane))["step 25"].points, view.frames[0].path[:, 25])
    assert plot(view, "Loss by step")._mark == 25.0
    plot(view, "Loss by step").hovered.emit(None)
    assert len(scene.scene.balls) == before and "step 25" not in overlays(view.findChild(MapPane))
    assert pointed == ["loss", ""]


def test_hovering_a_path_marks_its_step_on_the_curve(show: Show, qtbot: Any) -> None:
    view = show(optimizers=["sgd"], lr_sgd=0.02)
    pane, path = view.findChild(MapPane), view.frames[0].path
    spot = pane.pixel(*path[0, 5])
    qtbot.mouseMove(pane, spot.toPoint())
    marked = plot(view, "Loss by step")._mark
    assert marked is not None and np.hypot(*(path[0, int(marked)] - path[0, 5])) < 0.1
    view.findChild(SurfaceView).hovered.emit(SurfacePoint(*path[0, 20].tolist()))
    assert plot(view, "Loss by step")._mark == 20.0
    view.findChild(SurfaceView).hovered.emit(None)
    assert plot(view, "Loss by step")._mark is None


def test_a_step_that_no_path_is_near_is_none(show: Show) -> None:
    frame = show().frames[0]
    assert nearest_step(frame, 2.9, 2.9) is None
    assert nearest_step(frame, *frame.path[1, 3].tolist()) is not None


def test_a_click_drops_the_ball_and_lets_it_roll(show: Show, qtbot: Any) -> None:
    view = show()
    pane = view.findChild(MapPane)
    qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=pane.pixel(1.5, -1.0).toPoint())
    x, y = view.patches[-1].params["start"]
    assert (x, y) == pytest.approx((1.5, -1.0), abs=0.05)
    assert view.sought_frames == [0]
    view.findChild(SurfaceView).clicked.emit(SurfacePoint(0.5, 0.25))
    assert view.patches[-1].params == {"start": (0.5, 0.25)}


def test_dragging_the_start_is_one_gesture(show: Show, qtbot: Any) -> None:
    view = show()
    pane = view.findChild(MapPane)
    spot = pane.pixel(*view.frames[0].path[0, 0]).toPoint()
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=spot)
    for k in range(1, 4):
        qtbot.mouseMove(pane, spot + QPoint(10 * k, 5 * k))
    assert view.sought_frames == []
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=spot + QPoint(30, 15))
    gestures = {patch.gesture for patch in view.patches}
    assert len(view.patches) >= 3 and len(gestures) == 1 and gestures != {""}
    assert view.sought_frames == [0]


def test_clicking_a_step_seeks_it_past_the_coarse_frames(show: Show) -> None:
    view = show()
    plot(view, "Loss by step").clicked.emit(17.4, 1.0)
    assert view.sought_frames == [17]
    net = show(surface="network", samples=40, units=3, train_steps=30)
    plot(net, "Loss by step").clicked.emit(500.0, 1.0)
    assert net.sought_frames == [42]


def test_the_line_on_the_data_is_the_start_and_can_be_dragged(show: Show) -> None:
    view = show(surface="regression", start=(1.0, 0.5))
    handles = plot(view, "Data")._handles["start"]
    np.testing.assert_allclose(handles.points, [[-1.2, -0.7], [1.2, 1.7]])
    handles.drag(1, 5.0, -0.7)
    handles.drag(1, 5.0, -1.9, done=True)
    assert view.patches[-1].params["start"] == pytest.approx((-0.5, -1.3))
    assert len({patch.gesture for patch in view.patches}) == 1


def test_the_map_of_convergence_sets_rate_and_memory(show: Show) -> None:
    view = show(size=(1100, 700))
    chart = next(m for m in view.findChildren(ContourMap) if m.title == "Momentum's convergence")
    chart.clicked.emit(0.12, 0.6)
    assert view.patches[-1].params == {"lr_momentum": 0.12, "mu_momentum": 0.6}
    marks = overlays(chart)
    np.testing.assert_allclose(marks["SGD"].points, [[0.15, 0.0]])
    np.testing.assert_allclose(marks["Momentum"].points, [[0.03, 0.85]])
    alone = show(optimizers=["sgd"])
    next(m for m in alone.findChildren(ContourMap) if m.title == "Momentum's convergence").clicked.emit(0.1, 0.4)
    assert alone.patches[-1].params == {"lr_sgd": 0.1}


def test_divergence_is_drawn_and_tabled(show: Show) -> None:
    view = show(step=40, optimizers=["sgd", "adam"], lr_sgd=0.5)
    frame = view.frames[40]
    assert frame.diverged.tolist() == [True, False]
    scene = view.findChild(SurfaceView).scene
    assert any(label.text == "✕ SGD" for label in scene.labels) and len(scene.balls) == 1
    marks = overlays(view.findChild(MapPane))
    assert marks["SGD now"].marker == "cross" and marks["SGD now"].label == "SGD diverged"
    table = view.findChild(RaceTable)
    assert table.item(0, 3).text() == f"diverged, {frame.last[0] + 1}"
    assert np.isfinite(plot(view, "Loss by step").view_range()).all()


def test_table_says_what_the_frame_does(show: Show) -> None:
    view = show(step=10)
    rows = view.findChild(RaceTable).table()[0].rows
    assert [row[0] for row in rows] == ["SGD", "Momentum", "Adam"]
    assert rows[0][2] == f"step {view.frames[0].steps_to[0]}"
    assert {t.title for t in view.tables()} >= {"Finishing table"}


def test_table_gives_way_instead_of_scrolling(qtbot: Any, show: Show) -> None:
    view = show()
    table = view.findChild(RaceTable)
    for width in (500, 230, 500):
        table.resize(width, 200)
        shown = [k for k in range(table.columnCount()) if not table.isColumnHidden(k)]
        assert 0 in shown and 2 in shown and 3 in shown
        assert (len(shown) == 5) == (width == 500)


def test_arrows_point_downhill_and_are_to_scale(show: Show) -> None:
    view = show(look={"glyphs": ["gradient", "velocity"]})
    frame = view.frames[8]
    gradient, velocity = arrow_sets(frame, view.shown[2])
    np.testing.assert_allclose(gradient.starts, frame.path[:, 8])
    slopes = frame.gradient[:, 8]
    factor = gradient.vectors / -slopes
    np.testing.assert_allclose(factor, factor[0, 0])
    assert gradient.longest == pytest.approx(np.hypot(*slopes.T).max())
    span = frame.x[-1] - frame.x[0]
    assert np.hypot(*(gradient.vectors / span).T).max() == pytest.approx(0.16)
    assert len(velocity.starts) == 2, "plain descent has no velocity"


def test_pointing_at_a_term_lights_it_on_the_pictures(show: Show) -> None:
    view = show(look={"glyphs": []})
    scene, pane = view.findChild(SurfaceView), view.findChild(MapPane)
    plain = [path.color for path in scene.scene.paths]
    assert not scene.scene.arrows
    view.highlight("gradient")
    assert len(scene.scene.arrows) == 3 and any(one.kind == "arrows" for one in overlays(pane).values())
    view.highlight("lr_momentum")
    colors = [path.color for path in scene.scene.paths]
    assert [a == b for a, b in zip(colors, plain, strict=True)] == [False, False, True, True, False, False]
    view.highlight("")
    assert [path.color for path in scene.scene.paths] == plain and not scene.scene.arrows


def test_look_ahead_and_effective_rates_on_the_map(show: Show) -> None:
    view = show(optimizers=["nesterov", "adagrad"], look={"glyphs": ["lookahead", "rate", "squares"]})
    frame, marks = view.frames[8], overlays(view.findChild(MapPane))
    np.testing.assert_array_equal(marks["Nesterov looks ahead from"].points, frame.base[0, 8:9])
    np.testing.assert_allclose(marks["Nesterov look-ahead"].ends, frame.path[0, 8:9])
    ring = marks["AdaGrad effective rate"].points - frame.path[1, 8]
    half = np.abs(ring).max(axis=0)
    assert half[0] / half[1] == pytest.approx(frame.rate[1, 8, 0] / frame.rate[1, 8, 1])
    assert "AdaGrad x" in plot(view, "Effective rate").series_names()
    assert plot(view, "Squared gradients").isVisible()


def test_only_the_parts_asked_for_are_shown(show: Show) -> None:
    view = show(look={"panes": ["map"], "glyphs": []})
    shown = [widget for widget in view._parts() if widget.isVisible()]
    assert shown == [view.findChild(MapPane)]
    assert shown[0].width() > 950


@pytest.mark.parametrize("width", [360, 640, 900, 1500])
@pytest.mark.parametrize("theme", ["light", "projector"])
def test_parts_neither_overlap_nor_reach_out(show: Show, width: int, theme: str) -> None:
    view = show(size=(width, 600), theme=theme, surface="regression", look={"glyphs": ["gradient", "rate"]})
    parts = [widget for widget in view._parts() if widget.isVisible()]
    assert len(parts) == 7
    for one in parts:
        assert one.width() >= 100 and one.height() >= 90
        assert 0 <= one.x() and one.geometry().right() <= view._page.width()
    for one, other in itertools.combinations(parts, 2):
        assert not one.geometry().intersects(other.geometry())
    assert view._page.width() <= width
    assert view.heightForWidth(width) >= max(part.geometry().bottom() for part in parts) - 600


def test_theme_changes_in_place(show: Show, qtbot: Any) -> None:
    view = show()
    light = settled(view, qtbot)
    view.set_theme(load_theme("dark"))
    dark = settled(view, qtbot)
    assert dark != light
    view.set_theme(load_theme("light"))
    assert settled(view, qtbot) == light


def test_figures_are_vectors_and_leave_the_window_as_it_was(show: Show, qtbot: Any, tmp_path: Any) -> None:
    view = show()
    before = settled(view, qtbot)
    places = [widget.geometry() for widget in view._parts()]
    figure = QSvgGenerator()
    figure.setFileName(str(tmp_path / "figure.svg"))
    figure.setViewBox(QRectF(0, 0, 1200, 800))
    painter = QPainter(figure)
    assert view.paint_figure(painter, QRectF(0, 0, 1200, 800))
    painter.end()
    text = (tmp_path / "figure.svg").read_text("utf-8")
    assert text.count("<polyline") > 50 and "Momentum" in text
    assert [widget.geometry() for widget in view._parts()] == places
    after = settled(view, qtbot)
    # A written text may come back with another antialiasing at its edge; nothing else may have changed.
    changed = sum(after.pixel(x, y) != before.pixel(x, y) for x in range(1000) for y in range(680))
    assert changed < 300


def test_keyboard_moves_the_start(show: Show, qtbot: Any) -> None:
    view = show()
    pane = view.findChild(MapPane)
    # A click gives the focus, wherever windows are not activated by themselves.
    view.activateWindow()
    pane.setFocus()
    qtbot.waitUntil(pane.hasFocus)
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    assert view.patches and view.patches[-1].params["start"][0] > view.frames[0].path[0, 0, 0]


def test_mixed_colours() -> None:
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
    assert mixed("#102030", "#FFFFFF", 0.0) == "#102030"


def test_software_fall_back_is_told(show: Show) -> None:
    view = show()
    told: list[str] = []
    view.notice.connect(told.append)
    view.findChild(SurfaceView).fell_back.emit("OpenGL failed.")
    assert told == ["OpenGL failed."]


def test_parts_have_names_for_screen_readers(show: Show) -> None:
    view = show()
    for widget in view._parts():
        assert isinstance(widget, QWidget) and widget.accessibleName()

"""The panel's picture: lined up, linked, draggable, the same twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from courseai_lab.contract import Ctx, Patch, check_frame, default_state, find, state
from courseai_lab.panels.noise_schedule import compute as c
from courseai_lab.panels.noise_schedule.curve_box import CURVES, PAINT, CurveBox
from courseai_lab.panels.noise_schedule.image_rows import ImageRows, value_text
from courseai_lab.panels.noise_schedule.params import Quantity
from courseai_lab.panels.noise_schedule.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

Show = Callable[..., View]


@pytest.fixture
def show(qtbot: Any) -> Show:
    """Shows a view of given size, theme, parameters and look; its patches are kept in ``view.patches``."""

    def make(
        width: int = 1000, height: int = 680, theme: str = "light", look: dict[str, Any] | None = None, **params: Any
    ) -> View:
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.patches = []
        view.proposed.connect(view.patches.append)
        settings = c.Params().patched(**params)
        frame = check_frame(next(c.run(settings, Ctx())))
        with qtbot.waitExposed(view):
            view.show()
        view.show_frame(frame, settings, c.Look().patched(**(look or {})))
        return view

    return make


def main_box(view: View) -> CurveBox:
    return view.findChildren(CurveBox)[0]


def picture(view: View) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_tables_name_every_schedule_and_quantity() -> None:
    assert set(PAINT) == {name.value for name in c.Name}
    assert list(CURVES) == [quantity.value for quantity in Quantity]
    solid = [paint for paint, dash in PAINT.values() if dash == "solid"]
    assert len(set(solid)) == len(solid)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("width", [420, 1100])
def test_two_draws_give_the_same_pixels_and_not_blank(show: Show, theme: str, width: int) -> None:
    view = show(width, 760, theme, schedules=["linear", "karras", "flow", "drawn"], zero_snr=True, flow_shift=3)
    first = picture(view)
    assert len({first.pixel(x, y) for x in range(0, width, 7) for y in range(0, 760, 7)}) > 50
    view.draw(*view.shown)
    assert picture(view) == first


def test_every_preset_draws(show: Show, qtbot: Any) -> None:
    panel = find("noise-schedule")
    view = show()
    for preset in panel.presets():
        opened = state.state_from_json(panel, preset.state)
        view.show_frame(check_frame(next(c.run(opened.params, Ctx()))), opened.params, opened.look)
        assert not picture(view).isNull()
        assert main_box(view).quantity == opened.look.main
    assert isinstance(default_state(panel).params, c.Params)


@pytest.mark.parametrize("width", [420, 700, 1400])
def test_images_stand_under_their_time(show: Show, width: int) -> None:
    view = show(width, 700)
    rows, plot = view.findChild(ImageRows), main_box(view).plot
    frame = view.shown[0]
    for t in (*frame.cell_t.tolist(), 123):
        above = plot.mapTo(view, plot.pixel(t, 0.5).toPoint()).x()
        below = rows.mapTo(view, QPoint(round(rows._track.x(t)), 0)).x()
        assert abs(above - below) <= 1


def test_hovering_a_curve_marks_the_time_everywhere(show: Show, qtbot: Any) -> None:
    view = show()
    named: list[str] = []
    view.pointed.connect(named.append)
    rows, boxes = view.findChild(ImageRows), view.findChildren(CurveBox)
    boxes[1].plot.hovered.emit(612.4)
    assert rows.hovered == 612 and named == [boxes[1].quantity]
    assert "_pointer" in boxes[2].plot.series_names()
    rows.pointed.emit(100)
    assert rows.hovered == 100 and named[-1] == "time"
    rows.pointed.emit(None)
    assert rows.hovered is None and named[-1] == "" and "_pointer" not in boxes[2].plot.series_names()


def test_values_shown_are_those_of_the_frame(show: Show) -> None:
    view = show(schedules=["linear", "flow"])
    rows, frame = view.findChild(ImageRows), view.shown[0]
    assert dict(rows.values(0, 500)) == {
        "ᾱ": "0.0778", "β": "0.0101", "√ᾱ": "0.279", "σ": "3.44", "log SNR": "−2.47",
    }  # fmt: skip
    assert dict(rows.values(1, 999)) == {"ᾱ": "0", "β": "–", "√ᾱ": "0", "σ": "∞", "log SNR": "−∞"}
    assert value_text(float(frame.log_snr[1, 999])) == "−∞"


def test_dragging_in_the_rows_is_one_gesture(show: Show, qtbot: Any) -> None:
    view = show()
    rows = view.findChild(ImageRows)
    at = [QPoint(round(rows._track.x(t)), 60) for t in (300, 400, 700)]
    qtbot.mousePress(rows, Qt.MouseButton.LeftButton, pos=at[0])
    for point in at[1:]:
        qtbot.mouseMove(rows, point)
    qtbot.mouseRelease(rows, Qt.MouseButton.LeftButton, pos=at[2])
    patches: list[Patch] = view.patches
    assert patches and patches[-1].params["time"] == pytest.approx(700 / 999, abs=2e-3)
    assert len({patch.gesture for patch in patches}) == 1 and patches[0].gesture
    qtbot.keyClick(rows, Qt.Key.Key_PageUp)
    assert patches[-1].params["time"] == pytest.approx(0.6, abs=2e-3) and patches[-1].gesture != patches[0].gesture


def test_clicking_a_curve_sets_the_time_and_a_small_one_becomes_large(show: Show, qtbot: Any) -> None:
    view = show()
    boxes = view.findChildren(CurveBox)
    boxes[0].plot.clicked.emit(250.0, 0.3)
    assert view.patches[-1].params == {"time": pytest.approx(250 / 999, abs=1e-5)}
    boxes[4].plot.clicked.emit(1.0, 1.0)
    assert view.patches[-1].look == {"main": boxes[4].quantity}


def test_handles_draw_a_curve_that_only_falls(show: Show, qtbot: Any) -> None:
    view = show(schedules=["drawn"])
    plot, frame = main_box(view).plot, view.shown[0]
    handles = plot.handles("knots", np.column_stack([frame.knots[:, 0] * 1000 - 1, frame.knots[:, 1]]),
                           constrain=view_constraint())  # fmt: skip
    handles.drag(2, 450.0, 5.0)  # far too high: it stops below its neighbour
    handles.drag(2, 450.0, -1.0, done=True)
    high, low = (c.Params().patched(**patch.params).knots for patch in view.patches)
    assert high[2] == (pytest.approx(0.451), pytest.approx(0.958)) and low[2][1] == pytest.approx(0.422)
    assert low[0] == (0.0, 1.0) and low[-1] == (1.0, 0.002)
    handles.drag(0, 300.0, 0.2, done=True)  # before the first step there is no noise
    assert c.Params().patched(**view.patches[-1].params).knots[0] == (0.0, 1.0)
    handles.drag(5, 300.0, -0.2, done=True)
    assert c.Params().patched(**view.patches[-1].params).knots[-1] == (1.0, 0.0)


def view_constraint() -> Any:
    from courseai_lab.panels.noise_schedule.view import _between_neighbours

    return _between_neighbours


def test_handles_only_where_they_belong(show: Show) -> None:
    from courseai_lab.ui.plots import Handles

    def shown(view: View) -> set[str]:
        return {h.name for h in main_box(view).findChildren(Handles) if h.used}

    assert shown(show(schedules=["drawn"])) == {"time", "knots"}
    assert shown(show(schedules=["drawn"], look={"main": "sigma"})) == {"time"}
    assert shown(show(schedules=["linear"])) == {"time"}


def test_time_handle_moves_along_the_axis(show: Show) -> None:
    from courseai_lab.ui.plots import Handles

    view = show()
    time = next(h for h in main_box(view).findChildren(Handles) if h.name == "time")
    height = time.points[0, 1]
    time.drag(0, 750.0, 0.9, done=True)
    assert time.points[0, 1] == height
    assert view.patches[-1].params["time"] == pytest.approx(750 / 999, abs=1e-5)


def test_narrow_asks_for_the_height_it_needs(show: Show) -> None:
    view = show(1000, 700)
    assert view.hasHeightForWidth() and view.heightForWidth(400) > 700 > view.heightForWidth(1000)
    before = view.heightForWidth(400)
    params = c.Params().patched(schedules=list(c.Name))
    view.show_frame(check_frame(next(c.run(params, Ctx()))), params, c.Look())
    assert view.heightForWidth(400) > before + 500


def test_highlight_frames_a_quantity(show: Show) -> None:
    view = show()
    plain = picture(view)
    view.highlight("sigma")
    lit = picture(view)
    assert lit != plain
    view.highlight("")
    assert picture(view) == plain


def test_figure_of_the_rows_as_vectors(show: Show) -> None:
    view = show()
    rows = view.findChild(ImageRows)
    image = QImage(rows.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    from PySide6.QtCore import QRectF

    assert rows.paint_figure(painter, QRectF(image.rect()))
    painter.end()
    x = round(rows._track.x(0))
    assert image.pixelColor(QPointF(x, 80).toPoint()) != Qt.GlobalColor.white


def test_resizing_keeps_the_handles_and_shortens_the_axis(show: Show, qtbot: Any) -> None:
    from courseai_lab.ui.plots import Handles

    view = show(1000, 700, schedules=["drawn"])
    box = main_box(view)
    for width, axis in ((420, "ᾱ"), (1000, "ᾱ, share of image")):
        view.resize(width, 700)
        qtbot.waitUntil(lambda width=width: view.width() == width)
        assert {h.name for h in box.findChildren(Handles) if h.used} == {"time", "knots"}
        assert box.plot.table()[0].title.startswith(axis + " over")


def test_quantities_that_nothing_defines(show: Show) -> None:
    view = show(schedules=["flow"])
    quantities = {box.quantity for box in view.findChildren(CurveBox) if box.isVisible()}
    assert quantities == {"alpha_bar", "sqrt_alpha_bar", "sigma", "log_snr"}
    alone = show(schedules=["flow"], look={"main": "beta"})
    assert not picture(alone).isNull()
    assert main_box(alone).plot.series_names() == ["_time"]


def test_values_as_tables(show: Show) -> None:
    view = show(schedules=["linear", "flow"], count=5)
    tables = {table.title: table for table in view.tables()}
    frame = view.shown[0]
    assert tables["Values at t = 500"].rows[0][:2] == ["linear", float(frame.alpha_bar[0, 500])]
    assert [row[1] for row in tables["Time steps of the sampler"].rows] == [800, 600, 400, 200, 0]
    words = [word for table in tables.values() for word in (table.title, *table.header)]
    assert not any(word.startswith("_") for word in words)


def test_lines_are_thin_while_something_is_dragged(show: Show) -> None:
    view = show()
    rows = view.findChild(ImageRows)
    plots = [box.plot for box in view.findChildren(CurveBox)]
    rows.dragged.emit(0.4, False)
    assert all(plot._canvas.live for plot in plots)
    rows.dragged.emit(0.5, True)
    assert not any(plot._canvas.live for plot in plots)
    rows.dragged.emit(0.6, True)  # a key press: begun and over at once
    assert not any(plot._canvas.live for plot in plots)


def test_a_long_page_is_not_cut_off_in_a_figure(show: Show) -> None:
    from PySide6.QtCore import QRectF

    view = show(1000, 500, schedules=list(c.Name), zero_snr=True)
    image = QImage(1000, 500, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    assert view.paint_figure(painter, QRectF(image.rect()))
    painter.end()
    bottom = [image.pixelColor(x, y) for y in range(470, 500) for x in range(0, 1000, 2)]
    assert any(color != Qt.GlobalColor.white for color in bottom)  # the notes, last on the page
    assert not show(1000, 700).paint_figure(QPainter(), QRectF(0, 0, 1000, 700))  # it fits as it is

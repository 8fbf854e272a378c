"""The picture of the line panel: what the mouse and the keys take hold of, and what they wish for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from courseai_lab.contract import Ctx, check_frame, find
from courseai_lab.contract.state import state_from_json
from courseai_lab.kernels.regression import to_model
from courseai_lab.panels.line_fit import compute as c
from courseai_lab.panels.line_fit.head import Head
from courseai_lab.panels.line_fit.line_table import LineTable
from courseai_lab.panels.line_fit.picture import EDGE, MOVABLE, LinePlot, clipped
from courseai_lab.panels.line_fit.sides import LossMap
from courseai_lab.panels.line_fit.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.plots import Plot
from courseai_lab.ui.theme import load_theme

Show = Callable[..., Any]
FOUR = [(1.0, 4.0), (3.0, 9.0), (6.0, 10.0), (9.0, 18.0)]


@pytest.fixture
def show(qtbot: Any) -> Show:
    """Shows a view of given parameters at the last step; what it wishes for is kept, and carried out."""

    def make(width: int = 1000, height: int = 680, theme: str = "light", **params: Any) -> View:
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.patches, view.notices = [], []

        def draw(p: c.LineParams, look: c.LineLook) -> None:
            frame = None
            for frame in c.run(p, Ctx()):
                check_frame(frame)
            view.show_frame(frame, p, look)

        def carry_out(patch: Any) -> None:
            view.patches.append(patch)
            _, p, look = view.shown
            draw(p.patched(**patch.params), look.patched(**patch.look))

        view.proposed.connect(carry_out)
        view.notice.connect(view.notices.append)
        with qtbot.waitExposed(view):
            view.show()
        draw(c.Params().patched(**{"data": "own", "points": FOUR, "w": 1.0, "b": 5.0, "steps": 5, **params}), c.Look())
        return view

    return make


def plot(view: View) -> LinePlot:
    return view.findChild(LinePlot)


def small(view: View, title: str) -> Plot:
    return next(one for one in view.findChildren(Plot) if one.title == title)


def drag(picture: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press on data place ``start``, move to ``end`` in two moves, let go."""
    mouse = picture._canvas.viewport()
    a, b = (picture._canvas.pixel(*place).toPoint() for place in (start, end))
    QTest.mousePress(mouse, Qt.MouseButton.LeftButton, pos=a)
    for at in ((a + b) / 2, b):
        QTest.mouseMove(mouse, at)
    QTest.mouseRelease(mouse, Qt.MouseButton.LeftButton, pos=b)


def params(view: View) -> c.LineParams:
    return view.shown[1]


def grip(view: View, name: str) -> tuple[float, float]:
    x, y = plot(view)._grips[name].points[0]
    return float(x), float(y)


def near(view: View, share: float = 0.01) -> tuple[float, float]:
    """Tolerances of two pixels or so, in units of x and y."""
    frame = view.shown[0]
    return share * np.ptp(frame.x_range), share * np.ptp(frame.y_range)


def test_an_end_turns_the_line_about_the_other_end(show: Show) -> None:
    view = show()
    (x0, y0), (x1, y1) = grip(view, "left"), grip(view, "right")
    drag(plot(view), (x1, y1), (x1 - 1.0, y1 + 2.0))
    p, dy = params(view), near(view)[1]
    assert p.w * x0 + p.b == pytest.approx(y0, abs=dy)
    assert p.w * (x1 - 1.0) + p.b == pytest.approx(y1 + 2.0, abs=dy)
    assert len({patch.gesture for patch in view.patches}) == 1 and view.patches[0].gesture


def test_the_middle_carries_the_line_as_it_is(show: Show) -> None:
    view = show()
    x, y = grip(view, "middle")
    drag(plot(view), (x, y), (x, y - 3.0))
    p = params(view)
    assert p.w == 1.0 and p.b == pytest.approx(2.0, abs=near(view)[1])


def test_a_point_is_dragged_and_the_points_become_own(show: Show) -> None:
    view = show(data="study", count=6, outlier=True)
    before = np.column_stack([view.shown[0].x, view.shown[0].y])
    drag(plot(view), tuple(before[2]), (before[2, 0] + 0.6, before[2, 1] + 3.0))
    p, (dx, dy) = params(view), near(view)
    after = np.array(p.points)
    assert (p.data, p.outlier, p.x_name) == ("own", False, "hours of study")
    assert after[2] == pytest.approx(before[2] + [0.6, 3.0], abs=max(dx, dy))
    assert np.delete(after, 2, axis=0) == pytest.approx(np.delete(before, 2, axis=0))


def test_the_axes_stay_while_an_outermost_point_is_in_the_hand(show: Show) -> None:
    view = show()
    before = plot(view).view_range()
    grips = plot(view)._grips["points"]
    grips.drag(3, 7.0, 12.0)
    assert plot(view).view_range() == before and params(view).points[3] == (7.0, 12.0)
    grips.drag(3, 6.5, 11.0, done=True)
    assert plot(view).view_range() != before and params(view).points[3] == (6.5, 11.0)


def test_a_double_click_adds_a_point_and_a_right_click_takes_it_away(show: Show) -> None:
    view = show()
    picture = plot(view)
    mouse = picture._canvas.viewport()
    place = picture._canvas.pixel(4.0, 15.0).toPoint()
    QTest.mouseDClick(mouse, Qt.MouseButton.LeftButton, pos=place)
    dx, dy = near(view)
    assert len(params(view).points) == 5
    assert params(view).points[-1] == (pytest.approx(4.0, abs=dx), pytest.approx(15.0, abs=dy))
    at = picture.pixel(4.0, 15.0).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, picture.mapToGlobal(at))
    QApplication.sendEvent(picture, event)
    assert [tuple(point) for point in params(view).points] == FOUR


def test_delete_takes_the_selected_point_and_two_stay(show: Show) -> None:
    view = show()
    picture = plot(view)
    picture.setFocus()
    picture._grips["points"].selected = 1
    QTest.keyClick(picture, Qt.Key.Key_Delete)
    assert [tuple(point) for point in params(view).points] == [FOUR[0], *FOUR[2:]]
    QTest.keyClick(picture, Qt.Key.Key_Delete)
    QTest.keyClick(picture, Qt.Key.Key_Delete)
    assert len(params(view).points) == 2 and view.notices == ["A line needs at least two points, so this one stays."]


def test_held_out_points_are_dragged_by_their_own_number(show: Show) -> None:
    view = show(data="wave", count=12, degree=3, held_out=0.4)
    frame = view.shown[0]
    index = int(np.flatnonzero(frame.held)[1])
    x, y = float(frame.x[index]), float(frame.y[index])
    drag(plot(view), (x, y), (x, y - 1.5))
    points = np.array(params(view).points)
    changed = np.flatnonzero(points[:, 1] != frame.y)
    assert changed.tolist() == [index]


def test_keys_move_and_turn_the_line(show: Show) -> None:
    view = show()
    picture = plot(view)
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert params(view).w == 1.0 and params(view).b > 5.0
    before = params(view)
    QTest.keyClick(picture, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    middle = np.mean(view.shown[0].x_range)
    assert params(view).w > before.w
    assert params(view).w * middle + params(view).b == pytest.approx(before.w * middle + before.b, rel=1e-4)


def test_best_line_snaps_to_least_squares_and_numbers_can_be_typed(show: Show) -> None:
    view = show()
    head = view.findChild(Head)
    QTest.mouseClick(head.button, Qt.MouseButton.LeftButton)
    fit = np.polynomial.Polynomial.fit(*np.array(FOUR).T, 1).convert().coef
    assert (params(view).b, params(view).w) == (pytest.approx(fit[0]), pytest.approx(fit[1]))
    edit = head.edits["w"]
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "-2.5")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert params(view).w == -2.5
    edit.selectAll()
    QTest.keyClicks(edit, "wide")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert params(view).w == -2.5 and "w is a number" in view.notices[-1]


def test_the_dot_on_the_map_is_the_line(show: Show) -> None:
    for standardised in (False, True):
        view = show(standardised=standardised)
        frame = view.shown[0]
        ball = view.findChild(LossMap)._ball
        assert tuple(ball.points[0]) == pytest.approx(frame.model_line)
        aim = (float(frame.map_w[30]), float(frame.map_b[12]))
        ball.drag(0, *aim)
        ball.drag(0, *aim, done=True)
        assert to_model((params(view).w, params(view).b), frame.shift, frame.spread) == pytest.approx(aim, rel=1e-4)
        assert len({patch.gesture for patch in view.patches}) == 1


def test_small_plots_choose_a_point_a_step_and_a_degree(show: Show, qtbot: Any) -> None:
    view = show()
    small(view, "Each point's share of the loss").clicked.emit(3.2, 1.0)
    assert view.shown[2].point == 2
    with qtbot.waitSignal(view.sought) as sought:
        small(view, "Loss by step").clicked.emit(2.8, 1.0)
    assert sought.args == [3]
    view = show(degree=4)
    small(view, "Error by degree").clicked.emit(7.3, 1.0)
    assert params(view).degree == 7


def test_parts_shown_are_those_that_apply(show: Show) -> None:
    line, curve = show(), show(degree=5)
    assert small(line, "Loss by step").isVisible() and not small(line, "Error by degree").isVisible()
    assert small(curve, "Error by degree").isVisible() and not small(curve, "Loss by step").isVisible()
    assert "degree 5" in plot(curve).series_names()
    assert {"your line", "least squares", "gradient descent"} <= set(plot(line).series_names())


def test_squares_are_for_squared_losses_only(show: Show) -> None:
    assert "squared errors" in plot(show()).series_names()
    assert "squared errors" not in plot(show(loss="mae")).series_names()


def test_many_points_are_shown_but_not_moved(show: Show) -> None:
    view = show(data="study", count=MOVABLE + 1)
    assert "points" in plot(view).series_names()
    assert plot(view).point_at_pixel(QPointF(100, 100)) is None


def test_the_table_holds_what_the_frame_says(show: Show) -> None:
    view = show(degree=2, held_out=0.5, points=[*FOUR, (2.0, 6.0), (7.0, 12.0)])
    frame = view.shown[0]
    table = view.findChild(LineTable)
    rows = table.table()[0].rows
    assert [row[0] for row in rows] == ["your line", "gradient descent", "least squares", "degree 2"]
    np.testing.assert_allclose(rows[0][1:], [*frame.line, *frame.metrics[0]])
    np.testing.assert_allclose(rows[3][3:], frame.metrics[2])
    narrow = show(width=380)
    bold = narrow.findChild(LineTable)
    assert not bold.isColumnHidden(3)
    assert sum(bold.columnWidth(k) for k in range(8) if not bold.isColumnHidden(k)) <= bold.viewport().width()


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("width", [400, 1100])
def test_nothing_overlaps_or_leaves_the_page(show: Show, theme: str, width: int) -> None:
    view = show(width, 700, theme)
    shown = [view._head, view._picture, view._worked, view._table, view._map, *view._small.values()]
    places = [one.geometry() for one in shown if one.isVisible()]
    assert all(view._page.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for a, b in itertools.combinations(places, 2))


def test_presets_draw_and_a_figure_has_every_part(show: Show) -> None:
    view, panel = show(), find("line-fit")
    for preset in panel.presets():
        opened = state_from_json(panel, preset.state)
        for frame in c.run(opened.params, Ctx()):
            last = check_frame(frame)
        view.show_frame(last, opened.params, opened.look)
        image = QImage(900, 600, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        assert view.paint_figure(painter, QRectF(0, 0, 900, 600))
        painter.end()
        colours = {image.pixel(QPoint(x, y)) for x in range(0, 900, 9) for y in range(0, 600, 9)}
        assert len(colours) > 20, preset.id


def test_highlighting_a_term_thickens_what_it_names(show: Show) -> None:
    view = show()
    before = plot(view)._series["your line"].style.width
    view.highlight("w")
    assert plot(view)._series["your line"].style.width > before
    view.highlight("")
    assert plot(view)._series["your line"].style.width == before


@pytest.mark.parametrize("line", [(1.0, 0.0), (-40.0, 100.0), (0.0, 5.0), (1e6, -4e6)])
def test_a_line_is_cut_at_the_picture(line: tuple[float, float]) -> None:
    ends = clipped(line, (0.0, 10.0), (0.0, 8.0), EDGE)
    assert ends is not None
    xs, ys = ends
    assert 0 < xs[0] < xs[1] < 10 and (ys > 0).all() and (ys < 8).all()
    np.testing.assert_allclose(line[0] * xs + line[1], ys, atol=1e-6)


@pytest.mark.parametrize("line", [(0.0, 9.0), (1.0, 20.0), (-1.0, -5.0)])
def test_a_line_outside_has_no_ends_but_can_be_caught(show: Show, line: tuple[float, float]) -> None:
    assert clipped(line, (0.0, 10.0), (0.0, 8.0)) is None
    view = show(w=0.0, b=1000.0)
    assert "your line" not in plot(view).series_names()
    x, y = grip(view, "middle")
    drag(plot(view), (x, y), (x, y - 4.0))
    assert params(view).b == pytest.approx(y - 4.0, abs=near(view)[1])


def test_a_step_of_descent_leaves_the_map_as_it_is(show: Show) -> None:
    view = show()
    _, p, look = view.shown
    contours = []
    for frame in c.run(p, Ctx()):
        view.show_frame(check_frame(frame), p, look)
        contours.append(view.findChild(LossMap)._lines)
    assert len(contours) == 6 and all(one is contours[0] for one in contours)

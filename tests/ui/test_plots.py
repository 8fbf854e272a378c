"""Plots: what is told is shown, once, in the right place; reduced without losing an extreme; read and exported."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from courseai_lab.ui.plots import HandleMove, Plot, reduce, ticks
from courseai_lab.ui.plots.axes import spread
from courseai_lab.ui.plots.export import csv_text, save_figure, to_image
from courseai_lab.ui.theme import THEME_NAMES, load_theme

X = np.arange(200.0)


@pytest.fixture
def plot(qtbot):  # type: ignore[no-untyped-def]
    made = Plot(load_theme("light"), title="Test")
    qtbot.addWidget(made)
    made.set_axes("step", "loss")
    made.resize(500, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def ink(image: QImage, color: str, near: QPointF, reach: int = 4) -> bool:
    """Whether a pixel like ``color`` is within ``reach`` of ``near``."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    for x in range(int(near.x()) - reach, int(near.x()) + reach + 1):
        for y in range(int(near.y()) - reach, int(near.y()) + reach + 1):
            if 0 <= x < image.width() and 0 <= y < image.height():
                got = image.pixelColor(x, y)
                if abs(got.red() - red) + abs(got.green() - green) + abs(got.blue() - blue) < 90:
                    return True
    return False


def centre(plot: Plot, x: float, y: float) -> QPoint:
    """Where data (x, y) is on the viewport that takes the mouse."""
    return plot._canvas.pixel(x, y).toPoint()


def mouse(plot: Plot) -> QWidget:
    return plot._canvas.viewport()


def test_importing_the_ui_imports_no_pyqtgraph() -> None:
    code = (
        "import sys, courseai_lab.ui, courseai_lab.ui.plots, courseai_lab.ui.heatmap;"
        "sys.exit('pyqtgraph' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Reducing


@given(st.integers(0, 2**32 - 1), st.integers(50, 3000), st.integers(5, 80))
@settings(max_examples=40, deadline=None)
def test_columns_keep_the_extremes_of_every_pixel_column(seed: int, size: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.sort(rng.random(size)), rng.normal(size=size)
    xs, ys = reduce.columns(x, y, 0.0, 1.0, count)
    assert xs.size <= max(4 * (count + 2), x.size if x.size <= 4 * count else 0)
    whole, kept = (np.minimum((v * count).astype(int), count - 1) for v in (x, xs))
    for column in np.unique(whole):
        mine = ys[kept == column]
        assert mine.max() == y[whole == column].max() and mine.min() == y[whole == column].min()


def test_columns_of_a_window_keep_one_neighbour_outside() -> None:
    xs, ys = reduce.columns(X, X**2, 50.5, 60.5, 100)
    assert xs[0] == 50 and xs[-1] == 61 and np.array_equal(ys, xs**2)


def test_a_spike_among_a_million_survives_and_gaps_stay() -> None:
    x, y = np.arange(1e6), np.zeros(1_000_000)
    y[123_456] = 7.0
    y[500_000:600_000] = np.nan
    xs, ys = reduce.columns(x, y, 0, 1e6, 400)
    assert xs.size < 2000 and np.nanmax(ys) == 7.0
    assert np.isnan(ys[(xs > 505_000) & (xs < 595_000)]).all()


def test_paths_lose_only_points_on_the_same_pixel() -> None:
    turn = np.linspace(0, 2 * np.pi, 100_000)
    xs, ys = reduce.path(np.cos(turn), np.sin(turn), (0.01, 0.01))
    assert xs.size < 3000 and np.hypot(np.diff(xs), np.diff(ys)).max() < 0.02


# Ticks


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 12))
def test_ticks_are_round_inside_and_not_too_many(low: float, span: float, count: int) -> None:
    high = low + span
    found = ticks.ticks(low, high, count)
    step = ticks.nice_step(high - low, count)
    assert len(found) <= count + 1
    assert all(low - step * 1e-6 <= value <= high + step * 1e-6 for value in found)
    digits = float(f"{step:e}".split("e")[0])
    assert digits in (1.0, 2.0, 2.5, 5.0)


def test_snapped_range_holds_the_data_and_stays_put() -> None:
    assert ticks.snapped(0.03, 0.97) == (0.0, 1.0) == ticks.snapped(0.05, 0.94)
    low, high = ticks.snapped(5.0, 5.0)
    assert low < 5.0 < high


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(0.5, 0.25, "0.50"), (-2.0, 1.0, "−2"), (0.0, 0.1, "0"), (20000, 5000, "20\u202f000"), (2e7, 1e7, "2×10⁷")],
)
def test_tick_texts(value: float, step: float, text: str) -> None:
    assert ticks.tick_text(value, step) == text


def test_log_ticks_are_decades_or_parts_of_one() -> None:
    assert ticks.log_ticks(-6.0, 0.0, 4) == [-6.0, -4.0, -2.0, 0.0]
    assert ticks.log_tick_text(-5.0) == "10⁻⁵" and ticks.log_tick_text(1.0) == "10"
    assert [round(10**v, 3) for v in ticks.log_ticks(0.0, 1.0, 5)] == [1, 2, 5, 10]


@given(st.lists(st.floats(0, 200), min_size=1, max_size=4))
def test_labels_never_overlap_nor_leave(heights: list[float]) -> None:
    placed = spread(sorted(heights), 15, 8, 192)
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(placed))
    assert placed[0] >= 8 - 1e-9 and placed[-1] <= 192 + 1e-9


def test_labels_with_room_stand_at_their_lines() -> None:
    assert spread([20.0, 80.0, 150.0], 15, 8, 192) == [20.0, 80.0, 150.0]


# Showing


def test_a_line_is_drawn_where_its_values_are(plot: Plot) -> None:
    plot.line("loss", X, 200 - X, color="#FF0000")
    image = plot.grab().toImage()
    for x in (20, 100, 180):
        assert ink(image, "#FF0000", plot.pixel(x, 200 - x))
        assert not ink(image, "#FF0000", plot.pixel(x, x - 30 if x > 100 else x + 60), reach=3) or x == 100


def test_setting_again_creates_nothing_and_draws_the_same(plot: Plot) -> None:
    def tell() -> None:
        plot.begin()
        plot.line("a", X, np.sin(X / 9), role="data")
        plot.band("b", X, np.sin(X / 9) - 0.1, np.sin(X / 9) + 0.1, role="data")
        plot.scatter("c", X[::20], X[::20] / 200, labels=np.arange(10))
        plot.histogram("d", X, bins=7)
        plot.vline("here", 70)
        plot.handles("h", [[10, 0.5]])
        plot.end()

    tell()
    items, widgets, first = len(plot._canvas.scene().items()), len(plot.findChildren(QWidget)), plot.grab().toImage()
    tell()
    assert len(plot._canvas.scene().items()) == items
    assert len(plot.findChildren(QWidget)) == widgets
    assert plot.grab().toImage() == first


def test_what_is_not_told_in_a_frame_is_hidden(plot: Plot) -> None:
    plot.line("old", X, X, color="#FF0000")
    plot.begin()
    plot.line("new", X, X * 2, color="#00AA00")
    plot.end()
    assert plot.series_names() == ["new"]
    assert not ink(plot.grab().toImage(), "#FF0000", plot.pixel(100, 100))
    plot.begin()
    plot.line("old", X, X, color="#FF0000")
    plot.end()
    assert ink(plot.grab().toImage(), "#FF0000", plot.pixel(100, 100))


def test_a_name_may_change_its_kind(plot: Plot) -> None:
    plot.line("a", X, X)
    plot.scatter("a", X, X)
    assert [table.header for table in plot.table()] == [("step", "loss")]
    plot.grab()


def test_nan_breaks_the_line(plot: Plot) -> None:
    y = np.full(200, 1.0)
    y[80:120] = np.nan
    plot.set_axes("step", "loss", y_range=(0, 2))
    plot.line("a", X, y, color="#FF0000")
    image = plot.grab().toImage()
    assert ink(image, "#FF0000", plot.pixel(60, 1)) and ink(image, "#FF0000", plot.pixel(140, 1))
    assert not ink(image, "#FF0000", plot.pixel(100, 1), reach=6)


@pytest.mark.parametrize(
    "y",
    [np.full(200, np.nan), np.full(200, np.inf), np.zeros(200), X * 1e300, X * 1e-300, np.full(200, 1e308), -X * 8e305],
    ids=["nan", "inf", "zero", "huge", "tiny", "largest", "overflow"],
)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.filterwarnings("error")
def test_any_values_can_be_drawn(plot: Plot, y: np.ndarray, log: bool) -> None:
    plot.set_axes("step", "loss", y_log=log)
    plot.line("a", X, y)
    plot.set_hover(3.0)
    assert not plot.grab().isNull()


def test_empty_series_are_no_error(plot: Plot) -> None:
    plot.line("a", [], [])
    plot.scatter("b", [], [])
    plot.histogram("c", [])
    plot.band("d", [], [], [])
    plot.handles("e", np.empty((0, 2)))
    assert not plot.grab().isNull()


def test_log_axes_place_by_logarithm(plot: Plot) -> None:
    plot.set_axes("x", "y", x_log=True, y_log=True, x_range=(1, 1e4), y_range=(1e-2, 1e2))
    plot.line("a", [1, 1e4], [1e-2, 1e2])
    left, middle, right = (plot._canvas.pixel(v, 1.0).x() for v in (1, 100, 1e4))
    assert middle == pytest.approx((left + right) / 2, abs=0.6)
    assert plot.view_range()[0] == pytest.approx((1, 1e4))
    x, y = plot._canvas.at(plot._canvas.pixel(37.0, 0.5))
    assert (x, y) == pytest.approx((37.0, 0.5), rel=1e-6)


def test_histogram_counts_are_numpys(plot: Plot) -> None:
    values = np.random.default_rng(0).normal(size=500)
    values[3] = np.nan
    plot.histogram("h", values, bins=11)
    counts, edges = np.histogram(values[np.isfinite(values)], bins=11)
    rows = np.array(plot.table()[0].rows)
    assert np.array_equal(rows[:, 2], counts) and np.allclose(rows[:, 0], edges[:-1])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda p: p.line("a", [1, 2], [1, 2, 3]), "x has 2 values and y has 3"),
        (lambda p: p.line("a", np.ones((2, 2)), np.ones((2, 2))), "not an array of shape"),
        (lambda p: p.bars("a", [1, 2], [1, 2]), "2 bars need 3 edges"),
        (lambda p: p.scatter("a", [1, 2], [1, 2], labels=[1]), "2 points have 1 labels"),
        (lambda p: p.set_axes(x_range=(2, 1)), "from a smaller to a larger"),
        (lambda p: p.set_axes(y_range=(0, 1), y_log=True), "starts above 0"),
        (lambda p: p.line("a", [1], [1], role="truth"), "No role is called"),
        (lambda p: p.line("a", [1], [1], color="blue"), "is no colour"),
        (lambda p: p.handles("a", [1, 2, 3]), "points of shape"),
    ],
)
def test_bad_input_gets_a_sentence(plot: Plot, call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call(plot)


# Names


def test_up_to_four_lines_are_named_beside_them(plot: Plot) -> None:
    for i in range(4):
        plot.line(f"run {i}", X, X * i, color=f"class{i}")
    assert not plot.findChildren(QToolButton) and plot._canvas.labels.preferredWidth() > 20
    assert [label.text for label in plot._canvas.labels._labels] == [f"run {i}" for i in range(4)]


def test_more_have_a_legend_that_switches_them(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    for i in range(6):
        plot.line(f"run {i}", X, X * i, color=f"class{i}")
    buttons = plot.findChildren(QToolButton)
    assert [button.text() for button in buttons] == [f"run {i}" for i in range(6)]
    assert plot._canvas.labels.preferredWidth() == 0
    before = plot.view_range()[1][1]
    with qtbot.waitSignal(plot.switched) as caught:
        buttons[5].click()
    assert caught.args == ["run 5", False]
    assert plot.view_range()[1][1] < before
    assert buttons[5].accessibleName() == "Show run 5"


# Reading


def test_hover_reads_the_nearest_sample_of_every_line(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X**2)
    plot.line("b", X[::10], X[::10] * 3)
    with qtbot.waitSignal(plot.hovered) as caught:
        QTest.mouseMove(mouse(plot), centre(plot, 57.2, 100))
    assert caught.args[0] == pytest.approx(57.2, abs=0.4)
    found = {value.name: (value.x, value.y) for value in plot.values_at(57.2)}
    assert found == {"a": (57, 57**2), "b": (60, 180)}


def test_linked_plots_mark_without_an_echo(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    before = plot.grab().toImage()
    with qtbot.assertNotEmitted(plot.hovered):
        plot.set_hover(80)
    assert plot.grab().toImage() != before
    plot.set_hover(None)
    assert plot.grab().toImage() == before


def test_arrow_keys_walk_from_sample_to_sample(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    heard: list[object] = []
    plot.hovered.connect(heard.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Escape):
        QTest.keyClick(plot, key)
    assert heard == [0.0, 1.0, 0.0, None]


def test_drag_pans_wheel_zooms_double_click_shows_all(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    whole = plot.view_range()
    start = centre(plot, 100, 100)
    QTest.mousePress(mouse(plot), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(mouse(plot), start + QPoint(40, 0))
    QTest.mouseRelease(mouse(plot), Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    (low, high), _ = plot.view_range()
    assert low < whole[0][0] and high - low == pytest.approx(whole[0][1] - whole[0][0])
    at = QPointF(centre(plot, 100, 100))
    turn = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(mouse(plot), turn)
    assert plot.view_range()[0][1] - plot.view_range()[0][0] == pytest.approx((high - low) * 0.85)
    QTest.mouseDClick(mouse(plot), Qt.MouseButton.LeftButton, pos=start)
    assert plot.view_range() == whole


def test_click_carries_data_coordinates(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    with qtbot.waitSignal(plot.clicked) as caught:
        QTest.mouseClick(mouse(plot), Qt.MouseButton.LeftButton, pos=centre(plot, 120, 40))
    assert caught.args == pytest.approx([120, 40], abs=1.0)


# Handles


def never_left(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    return max(x, points[index, 0]), min(y, 150.0)


def test_handles_are_dragged_as_far_as_they_may(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    handles = plot.handles("knots", [[50, 50], [120, 100]], constrain=never_left)
    assert plot.handles("knots", [[50, 50], [120, 100]], constrain=never_left) is handles
    moves: list[HandleMove] = []
    handles.moved.connect(moves.append)
    start, goal = centre(plot, 120, 100), centre(plot, 150, 180)
    QTest.mousePress(mouse(plot), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(mouse(plot), goal)
    QTest.mouseRelease(mouse(plot), Qt.MouseButton.LeftButton, pos=goal)
    assert [move.done for move in moves] == [False, True]
    last = moves[-1]
    assert (last.name, last.index) == ("knots", 1)
    assert last.x == pytest.approx(150, abs=1.5) and last.y == 150.0
    assert handles.points[0].tolist() == [50, 50]


def test_handles_move_by_keyboard(plot: Plot, qtbot) -> None:  # type: ignore[no-untyped-def]
    plot.line("a", X, X)
    handles = plot.handles("knots", [[50, 50], [120, 100]])
    plot.activateWindow()
    plot.setFocus()
    qtbot.waitUntil(plot.hasFocus)
    moves: list[HandleMove] = []
    handles.moved.connect(moves.append)
    QTest.keyClick(plot, Qt.Key.Key_PageDown)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert [move.index for move in moves] == [1, 1] and all(move.done for move in moves)
    assert moves[0].x == pytest.approx(120 + 1.99, abs=0.3) and moves[0].y == pytest.approx(100)
    assert moves[1].y == pytest.approx(100 + 20, abs=2)


def test_a_handle_in_the_hand_stays_there(plot: Plot) -> None:
    handles = plot.handles("knots", [[50, 50]])
    handles.drag(0, 60, 60)
    plot.handles("knots", [[50, 50]])
    assert handles.points.tolist() == [[60, 60]]
    handles.drag(0, 60, 60, done=True)
    plot.handles("knots", [[50, 50]])
    assert handles.points.tolist() == [[50, 50]]


# Taking it out


def test_table_joins_lines_over_the_same_x(plot: Plot) -> None:
    plot.line("a", X, X)
    plot.line("b", X, X * 2)
    plot.line("c", X[:5], X[:5])
    plot.vline("now", 12)
    headers = [table.header for table in plot.table()]
    assert headers == [("step", "a", "b"), ("step", "c"), ("mark", "axis", "value")]
    assert plot.table()[0].rows[3] == [3.0, 3.0, 6.0]
    text = csv_text(plot.table())
    assert text.startswith("step,a,b\n0.0,0.0,0.0\n") and "now,step,12.0" in text


def test_figures_are_vectors_and_the_right_size(plot: Plot, tmp_path: Path) -> None:
    for i in range(6):
        plot.line(f"run {i}", X, np.sin(X / 9 + i), color=f"class{i}")
    plot.scatter("points", X[::10], X[::10] / 200, role="data")
    before = plot.grab().toImage()
    for ending in ("svg", "pdf", "png"):
        save_figure(plot, tmp_path / f"f.{ending}", QSize(600, 320))
    assert plot.grab().toImage() == before
    svg = (tmp_path / "f.svg").read_text("utf-8")
    assert 'viewBox="0 0 600 320"' in svg and "<image" not in svg and "run 5" in svg
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    assert QImage(str(tmp_path / "f.png")).size() == QSize(1200, 640)
    with pytest.raises(ValueError, match=r"not \.gif"):
        save_figure(plot, tmp_path / "f.gif")
    assert not (tmp_path / "f.gif").exists()


def test_figures_need_no_window(qtbot) -> None:  # type: ignore[no-untyped-def]
    plot = Plot(load_theme("light"))
    qtbot.addWidget(plot)
    plot.set_axes("x", "y", y_range=(0, 2))
    plot.line("a", X, np.ones(200), color="#FF0000")
    image = to_image(plot, 1.0, QSize(400, 200), {"state": "kept"})
    assert image.text("state") == "kept"
    rows = [y for y in range(200) if ink(image, "#FF0000", QPointF(200, y), reach=0)]
    assert rows and 60 < np.mean(rows) < 120


def test_menu_copies_picture_and_numbers(plot: Plot, qapp: QApplication) -> None:
    plot.line("a", X[:2], X[:2])
    plot.line("b", X[:2], X[:2])
    menu = plot.build_menu()
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy data"].trigger()
    assert qapp.clipboard().text() == "step\ta\tb\n0.0\t0.0\t0.0\n1.0\t1.0\t1.0\n"
    actions["Copy figure"].trigger()
    assert qapp.clipboard().image().size() == plot.size() * 2
    series = actions["Series"].menu().actions()
    series[0].setChecked(False)
    assert [one.shown for one in plot._series.values()] == [False, True]
    menu.deleteLater()


# The rest of the house


@pytest.mark.parametrize("name", THEME_NAMES)
def test_themes_change_everything(plot: Plot, name: str) -> None:
    theme = load_theme(name)
    plot.line("a", X, X, role="data")
    plot.set_theme(theme)
    image = plot.grab().toImage()
    assert image.pixelColor(2, 2).name().upper() == theme.ground
    assert ink(image, theme.role("data"), plot.pixel(100, 100))


def test_it_says_what_it_is(plot: Plot) -> None:
    plot.line("training", X, X)
    assert plot.accessibleName() == "Test"
    assert "loss over step: training" in plot.accessibleDescription()


def test_closed_plots_leave_nothing(qapp: QApplication, qtbot) -> None:  # type: ignore[no-untyped-def]
    def once() -> None:
        plot = Plot(load_theme("dark"))
        plot.line("a", X, X)
        plot.vline("v", 3)
        plot.handles("h", [[1, 1]])
        plot.grab()
        plot.deleteLater()
        del plot
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete
        gc.collect()

    once()
    before = len(qapp.allWidgets())
    for _ in range(5):
        once()
    assert len(qapp.allWidgets()) == before

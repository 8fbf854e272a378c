"""Heatmaps and contour maps: colours, limits, contour lines and coordinates against independent sources."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from courseai_lab.ui import color
from courseai_lab.ui.heatmap import Cell, ContourMap, HandleMove, Heatmap
from courseai_lab.ui.plots import colormaps, contours
from courseai_lab.ui.plots.export import csv_text, save_figure, to_image
from courseai_lab.ui.plots.heat_limits import parse_number
from courseai_lab.ui.theme import THEME_NAMES, load_theme

GRID = np.arange(12.0).reshape(3, 4)


def shown(widget: QWidget, qtbot, width: int = 420, height: int = 320):  # type: ignore[no-untyped-def]
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.fixture
def heatmap(qtbot):  # type: ignore[no-untyped-def]
    made = shown(Heatmap(load_theme("light"), title="Weights"), qtbot)
    made.set_data(GRID)
    return made


@pytest.fixture
def bowl(qtbot):  # type: ignore[no-untyped-def]
    made = shown(ContourMap(load_theme("light"), title="Bowl"), qtbot)
    x, y = np.linspace(-2, 2, 41), np.linspace(-1, 3, 31)
    made.set_axes("a", "b", value="loss")
    made.set_surface(x[None] ** 2 + y[:, None] ** 2, (-2, 2), (-1, 3))
    return made


def color_at(widget: Heatmap, row: int, col: int) -> QColor:
    point = widget.pixel(*widget._heat.centre(row, col))
    # Away from the middle, where the number is.
    return widget.grab().toImage().pixelColor(int(point.x()) - 25, int(point.y()) - 18)


# Colours


@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_maps_are_matplotlibs(name: str) -> None:
    expected = np.round(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255)
    assert np.array_equal(colormaps.table(name), expected)
    with pytest.raises(ValueError, match="viridis, cividis"):
        colormaps.table("jet")


@pytest.mark.parametrize("dark", [False, True])
def test_diverging_map_is_even_and_symmetric(dark: bool) -> None:
    values = color.lab(colormaps.diverging(dark) / 255)
    lightness = values[:, 0]
    assert np.abs(lightness - lightness[::-1]).max() < 1
    assert (np.diff(lightness[128:]) > -0.4).all() if dark else (np.diff(lightness[128:]) < 0.4).all()
    assert (lightness[127] < 15) if dark else (lightness[127] > 95)
    # The ends differ for every eye.
    blue, orange = (color.hex_color(c / 255) for c in colormaps.diverging(dark)[[0, 255]])
    assert min(color.distance(blue, orange, sight) for sight in color.SIGHTS) > 40


def test_places_run_from_limit_to_limit() -> None:
    values = np.array([-5, 0, 5, 10, 15, np.nan, np.inf])
    assert colormaps.indices(values, 0, 10, "linear").tolist() == [0, 0, 127, 254, 254, 255, 255]
    logs = colormaps.indices(np.array([0.0, 1e-2, 1.0, 1e2, -3.0]), 1e-2, 1e2, "log")
    assert logs.tolist() == [0, 0, 127, 254, 0]


def test_automatic_limits() -> None:
    assert colormaps.limits(GRID - 3, "sequential", "linear") == (-3, 8)
    assert colormaps.limits(GRID - 3, "diverging", "linear") == (-8, 8)
    assert colormaps.limits(GRID, "sequential", "log") == (1, 11)
    assert colormaps.limits(np.full((2, 2), np.nan), "sequential", "linear") == (0, 1)
    low, high = colormaps.limits(np.full((2, 2), 3.0), "sequential", "linear")
    assert low < 3 < high


@pytest.mark.parametrize("name", THEME_NAMES)
def test_cells_have_their_colours(heatmap: Heatmap, name: str) -> None:
    heatmap.set_theme(load_theme(name))
    table = matplotlib.colormaps["cividis" if name == "projector" else "viridis"]
    for row, col in ((0, 0), (1, 2), (2, 3)):
        expected = np.array(table(GRID[row, col] / 11)[:3]) * 255
        got = np.array(color_at(heatmap, row, col).getRgb()[:3])
        assert np.abs(got - expected).max() <= 4


def test_row_zero_is_on_top_and_with_an_extent_at_the_bottom(heatmap: Heatmap) -> None:
    assert heatmap.pixel(*heatmap._heat.centre(0, 0)).y() < heatmap.pixel(*heatmap._heat.centre(2, 0)).y()
    top = color_at(heatmap, 0, 0).name()
    heatmap.set_data(GRID, extent=(0, 4, 0, 3))
    assert heatmap.pixel(0.5, 0.5).y() > heatmap.pixel(0.5, 2.5).y()
    assert color_at(heatmap, 0, 0).name() == top


def test_not_a_number_is_hatched(heatmap: Heatmap) -> None:
    values = GRID.copy()
    values[1, 1] = np.nan
    heatmap.set_data(values)
    image = heatmap.grab().toImage()
    middle = heatmap.pixel(1.5, 1.5)
    colors = {
        image.pixelColor(int(middle.x()) + dx, int(middle.y()) + dy).name() for dx in range(-30, 30) for dy in (-25, 25)
    }
    theme = load_theme("light")
    assert theme.raised.lower() in colors and theme.control.lower() in colors


def test_aspect_is_kept(heatmap: Heatmap) -> None:
    for size in ((600, 300), (300, 600)):
        heatmap.resize(*size)
        a, b = heatmap.pixel(0, 0), heatmap.pixel(1, 1)
        assert b.x() - a.x() == pytest.approx(b.y() - a.y())


# Limits


def test_limits_typed_at_the_bar_stay_until_emptied(heatmap: Heatmap, qtbot) -> None:  # type: ignore[no-untyped-def]
    low, high = (heatmap.findChildren(QLineEdit)[i] for i in (0, 1))
    assert (low.text(), high.text()) == ("0", "11")
    high.selectAll()
    with qtbot.waitSignal(heatmap.limits_edited) as caught:
        QTest.keyClicks(high, "5,5")
        QTest.keyClick(high, Qt.Key.Key_Return)
    assert caught.args == [(0.0, 5.5)] and heatmap.limits == (0.0, 5.5)
    heatmap.set_data(GRID * 9)
    assert heatmap.limits == (0.0, 5.5) and high.text() == "5.5"
    high.selectAll()
    QTest.keyClick(high, Qt.Key.Key_Delete)
    QTest.keyClick(high, Qt.Key.Key_Return)
    assert heatmap.limits == (0.0, 99.0) and high.text() == "99"


@pytest.mark.parametrize(("text", "sentence"), [("abc", "is no number"), ("-4", "smaller to a larger")])
def test_wrong_limits_are_refused_with_a_sentence(heatmap: Heatmap, text: str, sentence: str) -> None:
    high = heatmap.findChildren(QLineEdit)[1]
    high.selectAll()
    QTest.keyClicks(high, text)
    QTest.keyClick(high, Qt.Key.Key_Return)
    assert heatmap.limits == (0.0, 11.0)
    assert sentence in high.toolTip() and high.property("invalid")


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("−2.5", -2.5), ("12\u202f345", 12345), ("1.20×10⁻⁵", 1.2e-5), (" 0,5 ", 0.5)]
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == value


# Contours


def test_contour_of_a_bowl_is_a_circle() -> None:
    x = y = np.linspace(-2, 2, 81)
    found = contours.segments(x[None] ** 2 + y[:, None] ** 2, 1.0, x, y)
    assert np.abs(np.hypot(found[..., 0], found[..., 1]) - 1).max() < 1e-3
    assert np.linalg.norm(found[:, 0] - found[:, 1], axis=1).sum() == pytest.approx(2 * np.pi, rel=1e-3)


def test_contours_agree_with_a_cell_by_cell_search() -> None:
    rng = np.random.default_rng(1)
    values, x, y = rng.normal(size=(9, 7)), np.linspace(0, 1, 7), np.linspace(5, 9, 9)
    found = contours.segments(values, 0.1, x, y)
    # Each edge between a value above and one not above is crossed, where linear interpolation says.
    crossings = set()
    for row, col in np.ndindex(9, 7):
        for drow, dcol in ((0, 1), (1, 0)):
            if row + drow < 9 and col + dcol < 7:
                a, b = values[row, col], values[row + drow, col + dcol]
                if (a > 0.1) != (b > 0.1):
                    t = (0.1 - a) / (b - a)
                    px = x[col] + t * (x[col + dcol] - x[col])
                    py = y[row] + t * (y[row + drow] - y[row])
                    crossings.add((round(px, 9), round(py, 9)))
    assert {(round(px, 9), round(py, 9)) for px, py in found.reshape(-1, 2)} == crossings


def test_saddles_join_by_their_middle_and_gaps_stay_open() -> None:
    x = y = np.array([0.0, 1.0])
    high = contours.segments(np.array([[1.0, 0.2], [0.2, 1.0]]), 0.5, x, y)
    low = contours.segments(np.array([[1.0, 0.0], [0.0, 0.8]]), 0.5, x, y)
    # A high middle cuts off the low corners (1, 0) and (0, 1), a low one the high corners (0, 0) and (1, 1).
    assert sorted(np.round(high.mean(axis=1).sum(axis=1), 6)) == pytest.approx([1.0, 1.0])
    assert sorted(low.mean(axis=1).sum(axis=1) < 1) == [False, True]
    assert contours.segments(np.array([[1.0, 0.0], [np.nan, 1.0]]), 0.5, x, y).size == 0


def test_levels_are_round_and_inside() -> None:
    found = contours.levels(np.array([[0.3, 9.7]]), 10)
    assert found.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    logs = contours.levels(np.array([[1e-3, 1e3]]), 5, log=True)
    assert np.allclose(np.diff(np.log10(logs)), 1.0) and logs.size == 5
    assert contours.levels(np.array([[np.nan]]), 5).size == contours.levels(np.ones((2, 2)), 5).size == 0


# Pointing


def test_hover_and_click_carry_row_column_value(heatmap: Heatmap, qtbot) -> None:  # type: ignore[no-untyped-def]
    point = heatmap.pixel(2.5, 1.5).toPoint()
    with qtbot.waitSignal(heatmap.hovered) as hovered:
        QTest.mouseMove(heatmap, point)
    cell = hovered.args[0]
    assert (cell.row, cell.col, cell.value) == (1, 2, 6.0)
    with qtbot.waitSignal(heatmap.clicked) as clicked:
        QTest.mouseClick(heatmap, Qt.MouseButton.LeftButton, pos=point)
    assert clicked.args == [1, 2, 6.0]


def test_keyboard_cursor_walks_and_clicks(heatmap: Heatmap, qtbot) -> None:  # type: ignore[no-untyped-def]
    heard: list[Cell | None] = []
    heatmap.hovered.connect(heard.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(heatmap, key)
    assert [(cell.row, cell.col) for cell in heard if cell] == [(1, 2), (0, 2), (0, 1), (0, 0)]
    with qtbot.waitSignal(heatmap.clicked) as caught:
        QTest.keyClick(heatmap, Qt.Key.Key_Return)
    assert caught.args == [0, 0, 0.0]
    QTest.keyClick(heatmap, Qt.Key.Key_Escape)
    assert heard[-1] is None


def test_contour_map_clicks_in_data_coordinates(bowl: ContourMap, qtbot) -> None:  # type: ignore[no-untyped-def]
    point = bowl.pixel(1.0, 2.0).toPoint()
    with qtbot.waitSignal(bowl.hovered) as hovered:
        QTest.mouseMove(bowl, point)
    with qtbot.waitSignal(bowl.clicked) as clicked:
        QTest.mouseClick(bowl, Qt.MouseButton.LeftButton, pos=point)
    assert clicked.args == pytest.approx([1.0, 2.0], abs=0.02)
    cell = hovered.args[0]
    assert cell.value == pytest.approx(cell.x**2 + cell.y**2, abs=0.01)


def test_contour_map_ends_at_its_outer_samples(bowl: ContourMap) -> None:
    place = bowl._place()
    assert place.pixel(-2, 3) == place.picture.topLeft() and place.pixel(2, -1) == place.picture.bottomRight()


def test_the_ball_is_dragged_and_stays_inside(bowl: ContourMap, qtbot) -> None:  # type: ignore[no-untyped-def]
    ball = bowl.ball("start", 1.0, 1.0)
    assert bowl.ball("start", 1.0, 1.0) is ball
    moves: list[HandleMove] = []
    ball.moved.connect(moves.append)
    start = bowl.pixel(1.0, 1.0).toPoint()
    with qtbot.assertNotEmitted(bowl.clicked):
        QTest.mousePress(bowl, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(bowl, start + QPoint(20, -30))
        QTest.mouseMove(bowl, QPoint(2, 3))
        QTest.mouseRelease(bowl, Qt.MouseButton.LeftButton, pos=QPoint(2, 3))
    assert [move.done for move in moves] == [False, False, True]
    x, y = bowl._place().data(QPointF(start + QPoint(20, -30)))
    assert (moves[0].x, moves[0].y) == pytest.approx((x, y))
    assert (moves[-1].x, moves[-1].y) == (-2.0, 3.0)


def test_the_ball_moves_by_keyboard_the_way_the_arrow_points(bowl: ContourMap, qtbot) -> None:  # type: ignore[no-untyped-def]
    ball = bowl.ball("start", 1.0, 1.0)
    bowl.activateWindow()
    bowl.setFocus()
    qtbot.waitUntil(bowl.hasFocus)
    QTest.keyClick(bowl, Qt.Key.Key_Up)
    QTest.keyClick(bowl, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert ball.points[0].tolist() == pytest.approx([1.0 - 0.4, 1.0 + 0.04])


# Drawn over it


def test_telling_again_creates_nothing_and_draws_the_same(bowl: ContourMap) -> None:
    def tell() -> None:
        bowl.begin()
        bowl.path("run", [[0, 0], [1, 1], [np.nan, 0], [1e200, 2]], role="model")
        bowl.arrows("gradient", [[0, 0]], [[0.5, 0.5]])
        bowl.markers("best", [1.5, 2], marker="star", label="minimum")
        bowl.ball("start", 1, 1)
        bowl.end()

    tell()
    widgets, first = len(bowl.findChildren(QWidget)), bowl.grab().toImage()
    tell()
    assert bowl.grab().toImage() == first and len(bowl.findChildren(QWidget)) == widgets
    bowl.begin()
    bowl.end()
    assert bowl.grab().toImage() != first
    assert [name for name, _ in bowl._shown_overlays()] == ["_contours"]


def test_numbers_stand_in_large_cells_only(heatmap: Heatmap) -> None:
    with_numbers = heatmap.grab().toImage()
    heatmap.set_options(numbers=False)
    assert heatmap.grab().toImage() != with_numbers
    heatmap.set_data(np.random.default_rng(0).random((40, 40)))
    small = heatmap.grab().toImage()
    heatmap.set_options(numbers=True)
    assert heatmap.grab().toImage() == small


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda h: h.set_data([1, 2, 3]), "shape"),
        (lambda h: h.set_data(np.empty((0, 3))), "shape"),
        (lambda h: h.set_data(GRID, extent=(0, 0, 1, 2)), "some width and height"),
        (lambda h: h.set_data(GRID, limits=(2, 1)), "smaller to a larger"),
        (lambda h: h.set_data(GRID, limits=(0, 1), scale="log"), "start above 0"),
        (lambda h: h.path("a", [1, 2, 3]), "points have the shape"),
        (lambda h: h.arrows("a", [[1, 2]], [[1, 2], [3, 4]]), "1 points have 2 vectors"),
        (lambda h: h.markers("a", [1, 2], role="truth"), "No role is called"),
    ],
)
def test_bad_input_gets_a_sentence(heatmap: Heatmap, call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call(heatmap)


def test_a_surface_needs_two_by_two(bowl: ContourMap) -> None:
    with pytest.raises(ValueError, match="2 x 2"):
        bowl.set_surface(np.ones((1, 5)), (0, 1), (0, 1))


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("kind", ["sequential", "diverging"])
@pytest.mark.parametrize(
    "values",
    [np.full((3, 3), np.nan), np.full((3, 3), -np.inf), np.zeros((3, 3)), GRID * 1e307, -GRID * 1e307, GRID * 1e-308],
    ids=["nan", "inf", "zero", "huge", "negative", "tiny"],
)
@pytest.mark.filterwarnings("error")
def test_any_values_can_be_drawn(qtbot, values: np.ndarray, kind: str, scale: str) -> None:  # type: ignore[no-untyped-def]
    if (kind, scale) == ("diverging", "log"):
        kind = "sequential"
    bowl = ContourMap(load_theme("dark"))
    qtbot.addWidget(bowl)
    bowl.set_surface(values, (-1, 1), (-1, 1), kind=kind, scale=scale)  # type: ignore[arg-type]
    bowl.set_cursor_cell(bowl.cell(1, 1))
    assert not bowl.grab().isNull()


# Taking it out


def test_table_has_headings_and_values(heatmap: Heatmap, bowl: ContourMap) -> None:
    heatmap.set_axes("key", "query", rows=("a", "b", "c"), cols=("k", "l", "m", "n"), value="weight")
    table = heatmap.table()[0]
    assert table.header == ("query \\ key", "k", "l", "m", "n")
    assert table.rows[1] == ["b", 4.0, 5.0, 6.0, 7.0]
    assert csv_text([table]).splitlines()[1] == "a,0.0,1.0,2.0,3.0"
    bowl.path("run", [[0, 0], [1, 2]])
    assert [one.title for one in bowl.table()] == ["loss", "run"]
    assert bowl.table()[0].header[1] == "−2.00"


def test_figures_need_no_window(qtbot, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    heatmap = Heatmap(load_theme("light"))
    qtbot.addWidget(heatmap)
    heatmap.set_data(GRID)
    heatmap.set_axes(cols=("first", "second", "third", "fourth"))
    image = to_image(heatmap, 2.0, QSize(400, 300))
    assert image.size() == QSize(800, 600)
    assert len({image.pixelColor(x, 200).name() for x in range(0, 700, 5)}) > 4
    save_figure(heatmap, tmp_path / "h.svg", QSize(400, 300))
    svg = (tmp_path / "h.svg").read_text("utf-8")
    assert "fourth" in svg and svg.count("<image") == 2


def test_menu_copies_and_frees_the_limits(heatmap: Heatmap, qapp: QApplication) -> None:
    heatmap.set_limits((0, 5))
    menu = heatmap.build_menu()
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy data"].trigger()
    assert qapp.clipboard().text().splitlines()[1] == "0\t0.0\t1.0\t2.0\t3.0"
    actions["Automatic colour limits"].trigger()
    assert heatmap.limits == (0, 11)
    menu.deleteLater()


def test_it_says_what_it_is(heatmap: Heatmap) -> None:
    assert heatmap.accessibleName() == "Weights"
    assert "3 rows, 4 columns, colours from 0 to 11" in heatmap.accessibleDescription()
    names = [field.accessibleName() for field in heatmap.findChildren(QLineEdit)]
    assert names == ["Lowest colour: value", "Highest colour: value"]

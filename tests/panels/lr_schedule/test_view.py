"""The picture of the schedule panel: linked plots, handles for peak, milestones and the watched loss, code to copy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest

from courseai_lab.contract import Ctx, check_frame, find
from courseai_lab.contract.state import state_from_json
from courseai_lab.panels.lr_schedule import compute as c
from courseai_lab.panels.lr_schedule.choices import Name
from courseai_lab.panels.lr_schedule.code_pane import CodePane
from courseai_lab.panels.lr_schedule.curves import PAINT
from courseai_lab.panels.lr_schedule.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

Show = Callable[..., Any]


@pytest.fixture
def show(qtbot: Any) -> Show:
    """Shows a view of given parameters; what it wishes for is kept, and carried out."""

    def make(width: int = 1000, height: int = 640, theme: str = "light", look: Any = None, **params: Any) -> View:
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.patches = []

        def draw(p: c.ScheduleParams, wanted: c.ScheduleLook) -> None:
            view.show_frame(check_frame(next(c.run(p, Ctx()))), p, wanted)

        def carry_out(patch: Any) -> None:
            view.patches.append(patch)
            _, p, now = view.shown
            draw(p.patched(**patch.params), now.patched(**patch.look))

        view.proposed.connect(carry_out)
        with qtbot.waitExposed(view):
            view.show()
        draw(c.Params().patched(**{"steps": 100, "warmup": 0, **params}), c.Look().patched(**(look or {})))
        return view

    return make


def drag(plot: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = plot._canvas.viewport()
    a, b = (plot._canvas.pixel(*place).toPoint() for place in (start, end))
    QTest.mousePress(mouse, Qt.MouseButton.LeftButton, pos=a)
    QTest.mouseMove(mouse, (a + b) / 2)
    QTest.mouseMove(mouse, b)
    QTest.mouseRelease(mouse, Qt.MouseButton.LeftButton, pos=b)


def test_the_dot_sets_warm_up_and_peak_in_one_undo_step(show: Show) -> None:
    view = show()
    drag(view._rates, (0.0, 0.5), (30.0, 0.25))
    p = view.shown[1]
    assert p.warmup == pytest.approx(30, abs=1) and p.lr == pytest.approx(0.25, abs=0.01)
    assert len({patch.gesture for patch in view.patches}) == 1 and view.patches[0].gesture


def test_milestones_are_dragged_between_their_neighbours(show: Show) -> None:
    view = show(schedules=["multi_step"], milestones=[30, 60, 400])
    frame = view.shown[0]
    drag(view._rates, (30.0, float(frame.rates[0, 30])), (45.0, 0.1))
    assert view.shown[1].milestones == (pytest.approx(45, abs=1), 60, 400)
    frame, at = view.shown[0], view.shown[1].milestones[0]
    drag(view._rates, (float(at), float(frame.rates[0, at])), (90.0, 0.1))
    assert view.shown[1].milestones[0] == 59


def test_the_watched_loss_is_drawn_by_its_handles(show: Show) -> None:
    view = show(schedules=["plateau"], watch="drawn")
    before = view.shown[1].watched
    assert view._watched.isVisible()
    x, y = before[2]
    drag(view._watched, (100 * x, y), (100 * x + 5, y + 0.2))
    after = view.shown[1].watched
    assert after[2] == (pytest.approx(x + 0.05, abs=0.01), pytest.approx(y + 0.2, abs=0.03))
    assert after[:2] == before[:2] and after[3:] == before[3:]
    drag(view._watched, (100.0, before[-1][1]), (70.0, 0.5))
    assert view.shown[1].watched[-1] == (1.0, pytest.approx(0.5, abs=0.03))


def test_hovering_one_plot_marks_the_same_step_in_the_others(show: Show, qtbot: Any) -> None:
    view = show()
    with qtbot.waitSignal(view.pointed) as pointed:
        view._rates.hovered.emit(42.0)
    assert view._loss._mark == 42.0 and pointed.args == ["lr"]
    view._rates.hovered.emit(None)
    assert view._loss._mark is None


def test_code_is_copied_as_it_runs(show: Show) -> None:
    view = show(schedules=["cosine", "one_cycle"], rule="adam", lr=0.01)
    pane = view.findChild(CodePane)
    QTest.mouseClick(pane._copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text == pane.code
    assert "optimizer = torch.optim.Adam(model.parameters(), lr=0.01)" in text
    assert all(line in text for line in view.shown[0].code)
    assert [row[0] for row in pane.table()[0].rows] == ["cosine", "one-cycle"]


def test_rates_and_losses_are_named_and_coloured_alike(show: Show) -> None:
    view = show(schedules=[name.value for name in Name])
    assert set(PAINT) == {name.value for name in Name} and len(set(PAINT.values())) == len(PAINT)
    named = [name for name in view._rates.series_names() if not name.startswith("_")]
    assert named == list(view._loss.series_names()) == list(view.shown[0].names)


@pytest.mark.parametrize("look", [{"log_rate": True}, {"log_loss": False}, {"panes": ["loss"]}, {"panes": []}])
def test_any_look_draws(show: Show, look: dict[str, Any]) -> None:
    view = show(look=look, schedules=["cosine", "cyclic"])
    shown = look.get("panes", ("rates", "loss", "code"))
    assert [view._rates.isVisible(), view._loss.isVisible(), view._code.isVisible()] == [
        name in shown for name in ("rates", "loss", "code")
    ]


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("width", [380, 1100])
def test_nothing_overlaps_or_leaves_the_page(show: Show, theme: str, width: int) -> None:
    view = show(width, 640, theme, schedules=["plateau", "cosine", "step"], watch="staircase")
    parts = [view._rates, view._loss, view._watched, view._code]
    places = [one.geometry() for one in parts if one.isVisible()]
    assert len(places) == 4 and all(view._page.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for a, b in itertools.combinations(places, 2))


def test_a_narrow_page_holds_all_of_the_code(show: Show) -> None:
    view = show(380, 900)
    assert view._code.height() >= view._code.needed(view._code.width())
    assert view._code._text.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def test_presets_draw_and_a_figure_has_every_part(show: Show) -> None:
    view, panel = show(), find("lr-schedule")
    for preset in panel.presets():
        opened = state_from_json(panel, preset.state)
        short = opened.params.patched(steps=80)
        view.show_frame(check_frame(next(c.run(short, Ctx()))), short, opened.look)
        image = QImage(900, 600, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        assert view.paint_figure(painter, QRectF(0, 0, 900, 600))
        painter.end()
        assert len({image.pixel(x, y) for x in range(0, 900, 5) for y in range(0, 600, 5)}) > 20, preset.id

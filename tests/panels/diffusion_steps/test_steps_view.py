"""The picture of the panel: what is pressed, dragged and told, and numbers that can be checked by hand."""

from __future__ import annotations

import ast
import operator
import re
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Ctx, Patch, Step
from courseai_lab.panels.diffusion_steps.arithmetic import lines
from courseai_lab.panels.diffusion_steps.cell import cell_of
from courseai_lab.panels.diffusion_steps.compute import Frame, Look, Params, run
from courseai_lab.panels.diffusion_steps.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme


def frames(**choice: Any) -> tuple[list[Frame], Params]:
    params = Params().patched(**{"size": 16, "steps": 10, **choice})
    return list(run(params, Ctx())), params


@pytest.fixture
def view(qtbot: QtBot) -> View:
    made = View(ViewSettings(load_theme("dark"), opengl=False))
    qtbot.addWidget(made)
    made.resize(1000, 760)
    made.show()
    qtbot.waitExposed(made)
    return made


OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.Pow: operator.pow}  # fmt: skip


def worked_out(node: ast.expr) -> float:
    """A calculation of numbers, as by hand."""
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](worked_out(node.left), worked_out(node.right))
    if isinstance(node, ast.UnaryOp):
        assert isinstance(node.op, ast.USub)
        return -worked_out(node.operand)
    assert isinstance(node, ast.Constant)
    return float(node.value)  # type: ignore[arg-type]


def calculated(text: str) -> tuple[float, float]:
    """What the left side of a shown calculation comes to, and what is shown on the right."""
    left, _, right = text.rpartition("=")
    plain = re.sub(
        r"×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "e" + m[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")), left
    )
    plain = plain.replace("−", "-").replace("·", "*").replace("²", "**2").replace("\u202f", "")
    value = float(right.replace("−", "-").replace("×10", "e").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return worked_out(ast.parse(plain.strip(), mode="eval").body), value


@pytest.mark.parametrize("choice", [{}, {"sampler": "ddim", "start": 0.7}, {"page": "errors", "draws": 1}])
def test_every_line_can_be_checked_by_hand(choice: dict[str, Any]) -> None:
    """The numbers shown give the number shown, to the digits that are shown."""
    checked = 0
    for frame in frames(**choice)[0]:
        for what, numbers, _ in lines(frame, cell_of(frame, Look())):
            if "=" in numbers:
                mine, shown = calculated(numbers)
                near = 2e-3 if "²" in what else 4e-3
                assert mine == pytest.approx(shown, abs=near * max(1.0, abs(shown)), rel=2e-2), f"{what}: {numbers}"
                checked += 1
    assert checked >= 60


def test_clicks_choose_cells_and_moments(view: View, qtbot: QtBot) -> None:
    way, params = frames()
    view.show_frame(way[-1], params, Look())
    with qtbot.waitSignal(view.proposed) as wished:
        place = view._stages._places()[3]
        QTest.mouseClick(view._stages, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert isinstance(wished.args[0], Patch)
    assert wished.args[0].look["row"] == pytest.approx(0.5, abs=0.02) == wished.args[0].look["column"]
    with qtbot.waitSignal(view.proposed) as wished:
        QTest.keyClick(view._stages, Qt.Key.Key_Right)
    cell = cell_of(way[-1], Look().patched(**wished.args[0].look))
    assert (cell.row, cell.column) == (cell_of(way[-1], Look()).row, cell_of(way[-1], Look()).column + 1)
    film = view._film
    with qtbot.waitSignal(view.sought) as sought:
        at = QPoint(round(film._x(0)), round(film._row_top(0) + 4))
        QTest.mouseClick(film, Qt.MouseButton.LeftButton, pos=at)
    assert sought.args == [0]
    with qtbot.waitSignal(view.sought) as sought:
        at = QPoint(round(film._x(999)), round(film._row_top(1) + 4))
        QTest.mouseClick(film, Qt.MouseButton.LeftButton, pos=at)
    assert way[sought.args[0]].t == 999 and way[sought.args[0]].phase == "reverse"
    with qtbot.waitSignal(view.sought) as sought:
        QTest.keyClick(film, Qt.Key.Key_Left)
    assert sought.args == [len(way) - 2]


def test_the_branch_mark_is_dragged_as_one_gesture(view: View) -> None:
    way, params = frames()
    view.show_frame(way[-1], params, Look())
    film = view._film
    seen: list[Patch] = []
    view.proposed.connect(seen.append)
    y = round(film._row_top(1) + 0.8 * film._side(film.width()))
    start = QPoint(round(film._x(params.branch_at * 999)), y)
    QTest.mousePress(film, Qt.MouseButton.LeftButton, pos=start)
    film._move(QPoint(round(film._x(500)), y).toPointF(), False)
    QTest.mouseRelease(film, Qt.MouseButton.LeftButton, pos=QPoint(round(film._x(300)), y))
    assert [round(patch.params["branch_at"], 1) for patch in seen] == [0.9, 0.5, 0.3]
    assert len({patch.gesture for patch in seen}) == 1 and seen[0].gesture
    assert view._gesture == ""


def test_b_branches_off_at_the_moment_looked_at(view: View, qtbot: QtBot) -> None:
    way, params = frames(branches=0)
    back = next(frame for frame in way if frame.phase == "reverse" and frame.t < 600)
    view.show_frame(back, params, Look())
    with qtbot.waitSignal(view.proposed) as wished:
        QTest.keyClick(view._film, Qt.Key.Key_B)
    assert wished.args[0].params == {"branch_at": round(back.t / 999, 3), "branches": 1}


def test_it_tells_the_time_and_goes_where_others_are(view: View, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("courseai_lab.panels.diffusion_steps.view.time.monotonic", lambda: clock[0])
    way, params = frames()
    told: list[Step] = []
    view.selected.connect(told.append)
    for frame in (way[0], way[1], way[1]):
        view.show_frame(frame, params, Look())
    assert told == [Step("diffusion", f.t, f.t / 999) for f in way[:2]]
    sought: list[int] = []
    view.sought.connect(sought.append)
    view.follow(told[0])
    assert sought == [], "an echo of what it said itself a moment ago"
    clock[0] = 10.0
    view.follow(told[0])
    view.follow(Step("training", 3, 0.9))
    view.follow(Step("diffusion", 512, 0.51))
    assert sought[0] == 0 and len(sought) == 2
    assert abs(way[sought[1]].t - 509) < 25 and way[sought[1]].phase == "forward"


def test_all_pages_draw_in_any_order(view: View) -> None:
    """Pages share widgets: another page's frame leaves nothing behind."""
    pages = [frames(**c) for c in ({}, {"page": "leap", "draws": 1}, {"page": "errors", "draws": 1}, {"branches": 0})]
    for way, params in (*pages, *reversed(pages)):
        for frame in (way[0], way[-1]):
            view.show_frame(frame, params, Look())
            view.highlight("x0_hat")
            assert view.tables()
    assert view._errors.isVisible() or view._levels.isVisible()

"""What the guidance panel's picture wishes for: cells become states, words complete, own points stay."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Ctx
from courseai_lab.contract.ctx import Memo
from courseai_lab.panels.cfg import compute
from courseai_lab.panels.cfg.params import CfgLook, CfgParams
from courseai_lab.panels.cfg.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

SEEN = Memo()


@pytest.fixture
def view(qtbot: QtBot) -> View:
    made = View(ViewSettings(load_theme("light"), opengl=False))
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def show(view: View, count: int = 99, **params: Any) -> CfgParams:
    p = CfgParams(**params)
    frame = deque(islice(compute.run(p, Ctx(memo=SEEN)), count), maxlen=1)[0]
    view.show_frame(frame, p, CfgLook())
    return p


def test_a_click_on_the_grid_makes_the_cell_the_state(qtbot: QtBot, view: View) -> None:
    show(view, page="grid", rows="steps", columns=(2.0, 9.0), steps=2)
    grid = view._grid
    place = grid.place(3).center().toPoint()
    with qtbot.waitSignal(view.proposed) as got:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    assert got.args[0].params == {"page": "pictures", "scale": 9.0, "steps": 4}
    with qtbot.waitSignal(view.proposed) as got:
        qtbot.keyClick(grid, Qt.Key.Key_Left)
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert got.args[0].params["scale"] == 2.0
    assert len(grid.table()[0].rows) == 10


def test_a_picture_is_taken_apart_and_a_step_chosen(qtbot: QtBot, view: View) -> None:
    show(view, 2, page="pictures", images=2, steps=2)
    with qtbot.waitSignal(view.proposed) as got:
        view._pictures.clicked.emit(1)
    assert got.args[0].params == {"page": "mechanism", "image": 2}
    show(view, page="mechanism", steps=2)
    film = view._step.film
    with qtbot.waitSignal(view.proposed) as got:
        qtbot.mouseClick(film, Qt.MouseButton.LeftButton, pos=film.place(0).center().toPoint())
    assert got.args[0].params == {"step": 1}
    qtbot.mouseMove(film, QPoint(5, 5))


def test_words_complete_and_typing_is_one_gesture(qtbot: QtBot, view: View) -> None:
    show(view, 1, page="pictures", images=1, steps=1)
    box = view._prompt
    assert box.text() == "a red ball at night"
    box.setText("a bl")
    box.setCursorPosition(4)
    box._complete("blue")
    assert box.text() == "a blue "
    with qtbot.waitSignal(view.proposed) as first:
        box._say()
    box.setText("a blue cube")
    with qtbot.waitSignal(view.proposed) as second:
        box._say()
    assert first.args[0].params == {"prompt": "a blue "} and second.args[0].params == {"prompt": "a blue cube"}
    assert first.args[0].gesture == second.args[0].gesture != ""


def test_points_passed_by_stay_while_only_the_scale_changes(view: View) -> None:
    for scale in (1.0, 4.0, 9.0):
        show(view, 1, scale=scale)
    assert sorted(view._trade._passed) == [1.0, 4.0, 9.0]
    names = view._trade.diversity.series_names()
    assert "_own" in names
    show(view, 1, scale=2.0, away="B")
    assert sorted(view._trade._passed) == [2.0]


def test_watching_the_flow_is_one_gesture_from_noise_to_data(qtbot: QtBot, view: View) -> None:
    show(view, 1)
    wishes: list[Any] = []
    view.proposed.connect(wishes.append)
    view._start_flow()
    for _ in range(50):
        if view._clock.isActive():
            view._advance()
    assert not view._clock.isActive()
    assert wishes[0].look == {"moment": 0.0} and wishes[-1].look == {"moment": 1.0}
    assert len({wish.gesture for wish in wishes}) == 1 and wishes[0].gesture
    view._start_flow()
    view.hide()
    assert not view._clock.isActive()

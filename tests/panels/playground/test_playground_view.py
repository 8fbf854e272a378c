"""The playground's picture: what is clicked becomes a wish; what follows quickly is drawn in turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from courseai_lab.contract import State, find, run_frames
from courseai_lab.panels.playground.compute import Frame, Look, Params
from courseai_lab.panels.playground.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL = find("playground")


class Shown:
    """A view with the last of some frames on it, and what was wished for."""

    def __init__(self, qtbot: QtBot, params: dict[str, Any], look: dict[str, Any], frames: int = 2) -> None:
        self.params, self.look = Params().patched(**params), Look().patched(**look)
        self.frames: list[Frame] = []
        for frame in run_frames(PANEL, State("playground", self.params, self.look)):
            self.frames.append(frame)
            if len(self.frames) == frames:
                break
        self.view: View = PANEL.view()(ViewSettings(load_theme("light"), opengl=False))
        qtbot.addWidget(self.view)
        self.view.resize(1000, 640)
        self.view.show()
        qtbot.waitExposed(self.view)
        self.wishes: list[dict[str, Any]] = []
        self.view.proposed.connect(lambda patch: self.wishes.append(dict(patch.params)))
        self.draw(self.frames[-1])

    def draw(self, frame: Frame) -> None:
        self.view.show_frame(frame, self.params, self.look)


def click(widget: Any, at: QPointF) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(round(at.x()), round(at.y())))


def spot(shown: Shown, net: int, *action: Any) -> QPointF:
    return next(s.rect.center() for s in shown.view._nets[net]._spots if s.action == action)


def test_plus_and_minus_change_units_and_layers(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"hidden": (4, 2)}, {})
    for action in (("units", 0, 1), ("units", 1, -1), ("layer", 1), ("layer", -1)):
        click(shown.view._nets[0], spot(shown, 0, *action))
    assert shown.wishes == [{"hidden": (5, 2)}, {"hidden": (4, 1)}, {"hidden": (4, 2, 2)}, {"hidden": (4,)}]
    shown = Shown(qtbot, {"compare": "two", "b_hidden": (1,)}, {})
    click(shown.view._nets[1], spot(shown, 1, "units", 0, 1))
    assert shown.wishes == [{"b_hidden": (2,)}]
    assert not [s for s in shown.view._nets[1]._spots if s.action == ("units", 0, -1)], "one unit is the least"


def test_a_click_switches_a_unit_off_and_on(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"off": ((0, 0, 2),)}, {})
    pane = shown.view._nets[0]
    click(pane, pane._units[1][1])
    click(pane, pane._units[1][2])
    click(pane, pane._units[0][0])
    assert shown.wishes == [{"off": ((0, 0, 2), (0, 0, 1))}, {"off": ()}], "inputs cannot be switched off"


def test_a_clicked_edge_is_edited_in_place(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"hidden": (2,)}, {})
    pane = shown.view._nets[0]
    edge = next(e for e in pane._edges if (e.layer, e.source, e.target) == (1, 1, 0))
    click(pane, edge.line.pointAt(0.6))
    assert pane._editor.isVisible() and pane._editor.value() == pytest.approx(edge.weight, abs=6e-4)
    assert shown.wishes == [], "opening the editor changes nothing"
    pane._editor.setValue(1.25)
    assert shown.wishes == [{"edits": ((0.0, 1.0, 1.0, 0.0, 1.25),)}]
    click(pane, QPointF(3, 3))
    assert not pane._editor.isVisible()


def test_hovering_a_unit_shows_its_response_large(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"hidden": (3,)}, {})
    pane, board = shown.view._nets[0], shown.view._boards[0]
    pane._set_hover(("unit", 1, 2))
    values = board._heat.values
    assert np.abs(values).max() == pytest.approx(float(shown.frames[-1].map_scale[2]), rel=1e-3)
    pane._set_hover(None)
    assert board._heat.values == pytest.approx(shown.frames[-1].surface[0])


def test_an_activation_is_chosen_for_one_layer(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"hidden": (4, 2)}, {})
    pane = shown.view._nets[0]
    click(pane, spot(shown, 0, "activation", 1))
    menu = next(child for child in pane.children() if isinstance(child, QMenu))
    assert [a.text() for a in menu.actions() if a.isChecked()] == ["tanh"]
    next(a for a in menu.actions() if a.text() == "ReLU").trigger()
    menu.close()
    assert shown.wishes == [{"layer_activations": ("same", "relu")}]


def test_points_are_painted_and_taken_away(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {}, {"brush": "1"})
    shown.view.clicked(0.5, -0.5)
    assert shown.wishes == [{"painted": ((0.5, -0.5, 1.0),)}]
    shown = Shown(qtbot, {"painted": ((0.5, -0.5, 1.0), (1.0, 1.0, 0.0))}, {"brush": "erase"})
    shown.view.clicked(0.52, -0.5)
    shown.view.clicked(-1.0, -1.0)
    assert shown.wishes == [{"painted": ((1.0, 1.0, 0.0),)}]
    shown = Shown(qtbot, {}, {})
    shown.view.clicked(0.0, 0.0)
    assert shown.wishes == [], "without a brush a click paints nothing"


def test_the_points_are_seen_on_the_screen(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"size": 40}, {})
    board = shown.view._boards[0]
    with_points = board.grab().toImage()
    class_colours = {shown.view.theme.class_color(k) for k in range(2)}
    seen = {
        with_points.pixelColor(x, y).name() for x in range(with_points.width()) for y in range(with_points.height())
    }
    assert {colour.lower() for colour in class_colours} <= seen


def test_dragging_the_line_is_one_gesture(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {"dataset": "corners", "game": True, "hidden": (), "batch": 4}, {})
    gestures: list[str] = []
    shown.view.proposed.connect(lambda patch: gestures.append(patch.gesture))
    handles = shown.view._line[0]
    assert handles is not None
    handles.drag(0, -1.0, 0.0)
    handles.drag(0, -1.0, 0.5, done=True)
    assert [w["line"][0] for w in shown.wishes] == [(-1.0, 0.0), (-1.0, 0.5)]
    assert gestures[0] == gestures[1] != "" and not shown.view._dragging


def test_parts_that_follow_quickly_are_drawn_in_turns_and_all_of_them(qtbot: QtBot) -> None:
    shown = Shown(qtbot, {}, {}, frames=6)
    shown.draw(shown.frames[2])
    shown.draw(shown.frames[5])
    assert shown.view._queue, "the charts wait for their turn"
    qtbot.waitUntil(lambda: not shown.view._queue, timeout=3000)
    loss = shown.view._loss._series["train"]
    assert loss.x[-1] == shown.frames[5].epoch
    shown.draw(shown.frames[3])
    assert not shown.view._queue, "going back is drawn at once"
    shown.draw(shown.frames[4])
    titles = [table.title for table in shown.view.tables()]
    assert not shown.view._queue and any("Weights" in title for title in titles)


def test_the_program_is_shown_and_copied(qtbot: QtBot) -> None:
    from PySide6.QtGui import QGuiApplication

    shown = Shown(qtbot, {}, {"panes": ["code", "confusion"]})
    shown.view._code._copied()
    assert QGuiApplication.clipboard().text() == shown.frames[-1].code and "nn.Sequential" in shown.frames[-1].code
    assert shown.view._confusions[0].isVisibleTo(shown.view) and not shown.view._nets[0].isVisibleTo(shown.view)


@pytest.mark.parametrize("preset", [p.id for p in PANEL.presets()])
def test_every_preset_draws_at_every_width(qtbot: QtBot, preset: str) -> None:
    state = next(p.state for p in PANEL.presets() if p.id == preset)
    shown = Shown(qtbot, state.get("params", {}), state.get("look", {}))
    for width in (400, 1100):
        shown.view.resize(width, 620)
        shown.draw(shown.frames[-1])
        rects = [w.geometry() for w in shown.view._parts() if w.isVisibleTo(shown.view)]
        assert all(r.right() <= width and r.width() > 60 and r.height() > 60 for r in rects)
        assert not any(a.intersects(b) for k, a in enumerate(rects) for b in rects[:k])

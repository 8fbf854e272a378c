"""The attention heatmap's picture: what is clicked and typed becomes a wish; zooming and panning stay in the map."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QEnterEvent, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Ctx, Patch, find
from courseai_lab.panels.attention_heatmap.compute import Look, Params, run
from courseai_lab.panels.attention_heatmap.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
CTX = Ctx()


class Shown:
    """A view with a frame on it, and what was wished for."""

    def __init__(self, qtbot: QtBot, **params: Any) -> None:
        self.view: View = find("attention-heatmap").view()(ViewSettings(load_theme("light"), opengl=False))
        qtbot.addWidget(self.view)
        self.view.resize(1100, 760)
        self.view.show()
        qtbot.waitExposed(self.view)
        self.patches: list[Patch] = []
        self.view.proposed.connect(self.patches.append)
        self.look = Look()
        self.draw(**params)

    def draw(self, **params: Any) -> None:
        self.params = Params(**params)
        (self.frame,) = run(self.params, CTX)
        self.redraw()

    def redraw(self, **look: Any) -> None:
        self.look = self.look.patched(**look)
        self.view.show_frame(self.frame, self.params, self.look)
        QApplication.processEvents()

    @property
    def wish(self) -> dict[str, Any]:
        return dict(self.patches[-1].params) | dict(self.patches[-1].look)


def click(widget: QWidget, at: QPointF, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(widget, LEFT, held, at.toPoint())


def seen(widget: QWidget) -> np.ndarray:
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    widget.render(image, QPoint())
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


def test_a_clicked_token_a_clicked_pair(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    lines, chart = shown.view._lines, shown.view._map
    click(lines, QPointF(20, lines._middle(4, lines.height())))
    assert shown.wish == {"token": 4, "partner": -1}
    click(lines, QPointF(20, lines._middle(6, lines.height())), Qt.KeyboardModifier.ShiftModifier)
    assert shown.wish == {"partner": 6}
    QTest.keyClick(lines, Qt.Key.Key_Up)
    assert shown.wish == {"token": 14, "partner": -1}
    room = chart._room(chart.width(), chart.height())
    cell = room.width() / 16
    click(chart, room.topLeft() + QPointF(2.5 * cell, 9.5 * cell))
    assert shown.wish == {"token": 9, "partner": 2}
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert shown.wish == {"token": 15, "partner": 5}


def test_heads_are_enlarged_compared_and_switched(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    grid = shown.view._grid
    places = grid._places(grid.width(), grid.height())
    click(grid, places.rect(1, 1, 6).center())
    assert shown.wish == {"layer": 1, "head": 1, "show": "head", "partner": -1}
    click(grid, places.rect(3, 8, 6).center())
    assert shown.wish == {"layer": 3, "show": "rollout"}
    click(grid, places.rect(0, 4, 6).center(), Qt.KeyboardModifier.ShiftModifier)
    assert shown.wish == {"layer_b": 0, "head_b": 4, "compare": "heads"}
    QTest.keyClick(grid, Qt.Key.Key_Space)
    assert shown.wish == {"ablate": ((2.0, 3.0),)}
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert (shown.wish["layer"], shown.wish["head"]) == (2, 4)
    shown.draw(ablate=((2, 3), (1, 1)))
    menu = grid.build_menu(1, 1)
    assert [action.text() for action in menu.actions()] == [
        "Enlarge",
        "Compare with it",
        "Switch on",
        "",
        "Switch all on",
    ]
    menu.actions()[2].trigger()
    assert shown.wish == {"ablate": ((2.0, 3.0),)}
    click(grid, QPointF(60, places.top + 4 * places.down + 8))
    assert shown.wish == {"ablate": ()}, "the words below the heads switch all on"
    menu.deleteLater()


def test_a_kind_ranks_and_shows_its_best_head(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    heads = shown.view._heads
    spot = next(rect for rect, name, _ in heads._spots if name == "previous")
    click(heads, spot.center())
    assert shown.patches[-2].look == {"kind": "previous"} and shown.wish["layer"] == shown.wish["head"] == 1
    second = [head for rect, name, head in heads._spots if not name][1]
    assert second == divmod(int(shown.frame.order[shown.frame.kinds.index("induction"), 1]), 6)


def test_typing_is_one_undo_step_and_read_at_every_key(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    box = shown.view._box
    box.selectAll()
    QTest.keyClicks(box, "A cat")
    assert [patch.params["text"] for patch in shown.patches] == ["A", "A ", "A c", "A ca", "A cat"]
    assert len({patch.gesture for patch in shown.patches}) == 1 and shown.patches[0].gesture
    shown.view._stop_typing()
    QTest.keyClicks(box, "s")
    assert shown.patches[-1].gesture != shown.patches[0].gesture
    shown.draw(text="Another sentence came from a preset.")
    assert box.toPlainText() == shown.params.text
    count, notices = len(shown.patches), []
    shown.view.notice.connect(notices.append)
    box.setPlainText("x" * 4001)
    assert len(shown.patches) == count and "at most 4000" in notices[0]


def test_nothing_to_read_leaves_the_box(qtbot: QtBot) -> None:
    shown = Shown(qtbot, text="")
    assert shown.view._problem.isVisible() and shown.view._box.isVisible() and not shown.view._map.isVisible()
    assert "empty" in shown.view._problem.text()
    shown.draw(compare="sentences", text_b="")
    assert shown.view._problem_b.isVisible() and shown.view._map.isVisible() and shown.view._box_b.isVisible()
    shown.draw(compare="models", layer_b=2, head_b=3)
    assert shown.view._grid_b.isVisible() and not shown.view._problem_b.isVisible()
    places = shown.view._grid_b._places(shown.view._grid_b.width(), shown.view._grid_b.height())
    shown.view._grid_b.chosen.emit(0, 1)
    assert shown.wish == {"layer_b": 0, "head_b": 1} and places.wide > 8


def wheel(widget: QWidget, at: QPointF, turn: int) -> None:
    where = widget.mapToGlobal(at)
    event = QWheelEvent(
        at, where, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


def test_the_map_zooms_pans_and_forgets_with_another_sentence(qtbot: QtBot) -> None:
    shown = Shown(qtbot, text="the dog and the cat " * 20, token=60)
    chart = shown.view._map
    size = len(shown.frame.tokens)
    middle = chart._room(chart.width(), chart.height()).center()
    whole = seen(chart)
    for _ in range(8):
        wheel(chart, middle, 120)
    near = QRectF(chart._view)
    assert near.width() < size / 4 and abs(near.center().x() - size / 2) < 1.5
    assert (seen(chart) != whole).any()
    QTest.mousePress(chart, LEFT, NONE, middle.toPoint())
    QTest.mouseMove(chart, middle.toPoint() + QPoint(-30, -40))
    QTest.mouseRelease(chart, LEFT, NONE, middle.toPoint() + QPoint(-30, -40))
    chart.pan(-30, -40)
    assert chart._view.x() > near.x() and chart._view.y() > near.y() and shown.patches == [], "a drag is no click"
    chart.pan(-1e6, -1e6)
    assert chart._view.right() == size and chart._view.bottom() == size
    shown.draw(text="Short one.", token=1)
    assert chart._view == QRectF(0, 0, len(shown.frame.tokens), len(shown.frame.tokens))
    wheel(shown.view._lines, QPointF(30, 100), -120)
    seen(shown.view)


def test_what_is_hidden_differs_from_what_is_zero(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    chart = shown.view._map
    room = chart._room(chart.width(), chart.height())
    cell = room.width() / 16
    pixels = seen(chart)

    def at(row: int, col: int) -> tuple[int, ...]:
        x, y = room.x() + (col + 0.5) * cell, room.y() + (row + 0.6) * cell
        return tuple(int(v) for v in pixels[int(y), int(x)])

    assert shown.frame.weights[9, 8] < 0.01 and at(9, 8) == (84, 1, 68), "viridis at zero"
    assert sum(at(3, 10)) > 600, "the mask shows the ground"
    assert at(15, 6) == (37, 231, 253), "viridis at one"
    shown.redraw(brightness="log")
    assert (seen(chart) != pixels).any()
    shown.redraw(brightness="same", top=0.2)
    darker = seen(chart)
    assert (darker != pixels).any()
    shown.redraw(top=1.0)
    assert (seen(chart) == pixels).all()


def test_the_second_map_can_be_the_difference(qtbot: QtBot) -> None:
    shown = Shown(qtbot, compare="before", mask="none", text="Once upon a time.", token=1)
    chart = shown.view._map_b
    plain = seen(chart)
    shown.redraw(second="difference")
    np.testing.assert_array_equal(chart.weights, shown.frame.weights - shown.frame.weights_b)
    assert (seen(chart) != plain).any() and chart.seen.all(), "what one side sees is shown"
    pointed: list[str] = []
    shown.view.pointed.connect(pointed.append)
    QApplication.sendEvent(shown.view._map, QEnterEvent(QPointF(9, 9), QPointF(9, 9), QPointF(9, 9)))
    QApplication.sendEvent(shown.view._map, QEvent(QEvent.Type.Leave))
    assert pointed == ["weight", ""]


def test_every_picture_has_its_numbers_and_its_vectors(qtbot: QtBot) -> None:
    shown = Shown(qtbot, compare="heads", ablate=((0, 0),))
    tables = {table.title: table for table in shown.view.tables()}
    weights = tables["Attention weights, head 2.3"]
    assert weights.rows[15][1:] == shown.frame.weights[15].tolist() and weights.header[1:] == shown.frame.tokens
    assert [row[3] for row in tables["Query times key"].rows] == shown.frame.product.tolist()
    assert {"Next token", "Loss", "Logit lens", "Heads by induction", "Head scores", "Lines of “or”"} <= set(tables)
    image = QImage(900, 1200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    assert shown.view.paint_figure(painter, QRectF(0, 0, 900, 1200))
    painter.end()
    assert len(np.unique(np.frombuffer(image.constBits(), np.uint32))) > 100
    shown.view.highlight("q")
    assert shown.view._neuron.lit and not shown.view._map.lit
    shown.redraw(panes=("next",))
    assert shown.view._next.isVisible() and not shown.view._grid.isVisible()

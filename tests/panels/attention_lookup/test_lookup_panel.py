"""The lookup panel: frames against torch, recall against its own definition, and what the mouse and keys wish for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from courseai_lab.contract import Ctx, Panel, Patch, State, default_state, find
from courseai_lab.contract.run import run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.panels.attention_lookup import compute
from courseai_lab.panels.attention_lookup.compute import LENGTHS, lookup_frame
from courseai_lab.panels.attention_lookup.params import Score
from courseai_lab.panels.attention_lookup.view import View
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL: Panel = find("attention-lookup")
Params = compute.Params


def memory(**values: Any) -> list[Any]:
    p = Params().patched(page="memory", trials=20, **values)
    return list(compute.run(p, Ctx()))


def test_the_scaled_lookup_is_torchs_attention() -> None:
    p = Params().patched(score="scaled", keys_shown=8)
    f = lookup_frame(p)
    assert f.keys is not None and f.values is not None and f.blend is not None
    q, k, v = (torch.tensor(np.atleast_2d(a))[None] for a in (p.query, f.keys, f.values))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)[0, 0].numpy()
    assert f.blend == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("score", [s.value for s in Score])
def test_the_plane_says_what_a_query_there_would_get(score: str) -> None:
    p = Params().patched(score=score, temperature=0.7)
    f = lookup_frame(p)
    assert f.plane is not None and f.plane_weights is not None and f.plane_entropy is not None
    row, column = 40, 11
    there = lookup_frame(p.patched(query=(float(f.plane[column]), float(f.plane[row]))))
    assert f.plane_weights[:, row, column] == pytest.approx(there.weights, abs=1e-14)
    assert f.plane_entropy[row, column] == pytest.approx(there.entropy, abs=1e-12)


def test_the_table_adds_up_by_hand() -> None:
    p = Params().patched(query=(1.0, 2.0), keys_shown=2, keys=((1.0, 0.5), (0.0, 0.5), *Params().keys[2:]))
    f = lookup_frame(p)
    assert f.scores is not None and f.raised is not None and f.weights is not None
    assert f.scores == pytest.approx([2.0, 1.0])
    assert f.raised == pytest.approx([7.389056, 2.718282], rel=1e-6)
    assert f.weights[0] == pytest.approx(7.389056 / 10.107338, rel=1e-6)
    cold = lookup_frame(p.patched(temperature=0.05))
    assert cold.shift == 2.0 and cold.raised == pytest.approx([1.0, np.exp(-20.0)])


def test_additive_weights_stay_spread_however_long_the_query() -> None:
    far = Params().patched(query=(3.0, 3.0))
    assert lookup_frame(far.patched(score="additive")).entropy > lookup_frame(far).entropy + 0.4
    longer = Params().patched(score="cosine", query=(1.5, 1.5))
    assert lookup_frame(longer).weights == pytest.approx(lookup_frame(longer.patched(query=(3.0, 3.0))).weights)


def test_recall_is_counted_pair_by_pair() -> None:
    frames = memory(pairs=24, dim=8)
    assert len(frames) == 25 and frames[0].step == 0
    last = frames[-1]
    at = LENGTHS.index(24)
    assert last.state_by_length[at] == pytest.approx(np.mean(last.state_right), abs=1e-12)
    assert last.attention_by_length[at] == pytest.approx(np.mean(last.attention_right), abs=1e-12)
    assert np.isnan(frames[3].state_right[3:]).all() and not np.isnan(frames[3].state_right[:3]).any()
    assert last.state_by_length[-1] < 0.3 < last.state_by_length[0]


def test_fading_keeps_the_newest_and_the_delta_rule_keeps_the_last() -> None:
    fading = memory(pairs=48, dim=16, rule="decay", rate=0.8)[-1].state_right
    assert fading[-3:].mean() > 0.95 > 0.35 > fading[:10].mean()
    assert memory(pairs=48, dim=16, rule="delta", rate=1.0)[-1].state_right[-1] == 1.0


@pytest.fixture
def shown(qtbot: QtBot) -> tuple[View, list[Patch]]:
    view = View(ViewSettings(load_theme("light"), opengl=False))
    qtbot.addWidget(view)
    view.resize(900, 640)
    view.show()
    qtbot.waitExposed(view)
    wished: list[Patch] = []
    view.proposed.connect(wished.append)
    state = default_state(PANEL)
    view.show_frame(next(iter(run_frames(PANEL, state))), state.params, state.look)
    return view, wished


def drag(widget: Any, start: QPointF, end: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, at, button in (
        (QEvent.Type.MouseButtonPress, start, left),
        (QEvent.Type.MouseMove, end, left),
        (QEvent.Type.MouseButtonRelease, end, left),
    ):
        held = none if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, at, widget.mapToGlobal(at), left, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)


def test_the_query_and_the_keys_are_dragged_on_the_plane(shown: tuple[View, list[Patch]]) -> None:
    view, wished = shown
    plane = view._plane
    drag(plane, plane.pixel(1.3, 1.2), plane.pixel(-1.0, 2.0))
    assert wished[-1].params["query"] == pytest.approx((-1.0, 2.0), abs=0.05)
    assert len({patch.gesture for patch in wished}) == 1, "one drag is one undo step"
    drag(plane, plane.pixel(*Params().keys[2]), plane.pixel(0.5, -2.0))
    moved = wished[-1].params["keys"]
    assert moved[2] == pytest.approx((0.5, -2.0), abs=0.05)
    assert moved[:2] == Params().keys[:2] and len(moved) == 8
    assert Params().patched(**wished[-1].params).keys == moved


def test_a_row_colours_the_plane_by_its_key(shown: tuple[View, list[Patch]]) -> None:
    view, wished = shown
    view._sums.setFocus()
    QTest.keyClick(view._sums, Qt.Key.Key_Down)
    assert wished[-1].look == {"key": 2}
    state = default_state(PANEL)
    look = state.look.patched(key=3)
    view.show_frame(next(iter(run_frames(PANEL, state))), state.params, look)
    assert view._plane.table()[0].title.endswith("weight of key 3") or "key 3" in str(view._plane.table()[0])


def test_keys_that_go_take_their_row_with_them(shown: tuple[View, list[Patch]]) -> None:
    view, _ = shown
    state: State = state_from_json(PANEL, {"params": {"keys_shown": 2}, "look": {"key": 8}})
    view.show_frame(next(iter(run_frames(PANEL, state))), state.params, state.look)
    assert len(view._sums.table()[0].rows) == 2
    changed = replace(state, params=state.params.patched(page="memory", pairs=5))
    view.show_frame(list(run_frames(PANEL, changed))[-1], changed.params, changed.look)
    assert not view._plane.isVisible() and view._state.isVisible()

"""The attention panel: its frames against torch, its edits and traces, its program, its picture."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from courseai_lab.contract import BadValue, Seeds, State, default_state, find, run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.networks import tokenizer as tokenizers
from courseai_lab.networks import transformer as transformers
from courseai_lab.panels.attention_steps.compute import Frame, Look, Params, script
from courseai_lab.panels.attention_steps.explain import explain
from courseai_lab.panels.attention_steps.graph import build
from courseai_lab.panels.attention_steps.moment import moment
from courseai_lab.panels.attention_steps.scene import Place
from courseai_lab.panels.attention_steps.view import View
from courseai_lab.panels.attention_steps.words import formula, readings, sentence
from courseai_lab.paths import resource
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL = find("attention-steps")
LOOK = Look()
SDPA = torch.nn.functional.scaled_dot_product_attention


def state(**params: Any) -> State:
    made = default_state(PANEL)
    return replace(made, params=made.params.patched(**params), look=LOOK)


def frames_of(**params: Any) -> list[Frame]:
    return list(run_frames(PANEL, state(**params)))


def frame_of(**params: Any) -> Frame:
    return frames_of(**params)[-1]


SOURCES: dict[str, dict[str, Any]] = {
    "typed": {},
    "typed qkv": {"source": "typed_qkv"},
    "random, causal": {"source": "random", "tokens": 7, "dim": 5, "value_dim": 3, "width": 6, "mask": "causal"},
    "not divided, padding": {"source": "random", "divide": False, "mask": "padding", "padding": 2},
    "the network": {"source": "head", "mask": "causal", "layer": 2, "head": 3},
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_last_frame_is_torchs_attention(name: str) -> None:
    settings = SOURCES[name]
    frame, p = frame_of(**settings), Params().patched(**settings)
    q, k, v = (torch.tensor(part.copy()) for part in (frame.q, frame.k, frame.v))
    seen = torch.ones(len(q), len(q), dtype=torch.bool)
    if p.mask.value == "causal":
        seen = seen.tril()
    elif p.mask.value == "padding":
        seen[:, len(q) - p.padding :] = False
    theirs = SDPA(q, k, v, attn_mask=seen, scale=None if p.divide else 1.0)
    np.testing.assert_allclose(frame.output, theirs.numpy(), rtol=1e-10, atol=1e-11)
    if frame.x is not None and frame.q_flat is None:
        np.testing.assert_allclose(frame.q, frame.x @ frame.w_q, atol=1e-12)


def test_the_network_is_taken_apart_as_it_runs() -> None:
    """Q, K, V, weights and outputs are those the network itself makes; joined heads are what its layer adds."""
    folder, text = resource("models", "story"), "the cat saw the dog"
    network, pieces = transformers.load(folder), tokenizers.load(folder)
    trace = network.trace(torch.tensor(pieces.encode(text)))
    one = frame_of(source="head", mask="causal", layer=1, head=4, sentence=text)
    for mine, theirs in ((one.q, trace.q), (one.k, trace.k), (one.v, trace.v), (one.weights, trace.weights)):
        np.testing.assert_allclose(mine, theirs[1, 4].numpy(), atol=2e-4)
    np.testing.assert_allclose(one.output, trace.heads[1, 4].numpy(), atol=2e-4)
    several = frame_of(page="heads", source="head", mask="causal", layer=1, sentence=text)
    with torch.no_grad():
        added = network.stack[1].out(trace.heads[1].transpose(0, 1).flatten(1))
    np.testing.assert_allclose(several.h_weights, trace.weights[1].numpy(), atol=2e-4)
    np.testing.assert_allclose(several.y, added.numpy(), atol=1e-3)


def test_joined_heads_are_torchs_multi_head_attention() -> None:
    frame = frame_of(page="heads", heads=3, source="random", tokens=5, dim=4, value_dim=4, width=12)
    heads = SDPA(*(torch.tensor(part.copy()) for part in (frame.h_q, frame.h_k, frame.h_v)))
    joined = heads.transpose(0, 1).flatten(1)
    np.testing.assert_allclose(frame.concat, joined.numpy(), atol=1e-12)
    np.testing.assert_allclose(frame.y, (joined @ torch.tensor(frame.w_o.copy())).numpy(), atol=1e-12)
    single = frame_of(source="random", tokens=5, dim=4, value_dim=4, width=12)
    np.testing.assert_array_equal(frame.h_q[0], single.q)
    assert frame_of(page="heads", heads=1).concat.shape[1] == frame_of().v.shape[1]


def test_the_default_can_be_checked_by_hand() -> None:
    frame = frame_of()
    assert frame.q[3].tolist() == [2, 0, 0, 0] and frame.k[1].tolist() == [2, 0, 0, 0]
    assert frame.scores[3].tolist() == [0, 4, 0, 0, 4 * 0] and frame.scaled[3, 1] == 2
    assert frame.weights[3, 1] == pytest.approx(np.exp(2) / (np.exp(2) + 4))


@pytest.mark.parametrize("way", ["dot", "rows", "outer"])
def test_frames_unfold_and_share_their_arrays(way: str) -> None:
    frames = frames_of(way=way)
    last = frames[-1]
    assert all(frame.weights is last.weights for frame in frames)
    assert last.now is None and last.at == last.of
    assert [frames[end].now for end in last.ends] == [None] * len(last.stages)
    for frame in frames:
        if frame.now is not None:
            full = getattr(frame, frame.stages[frame.stage])
            there = np.isfinite(frame.now) if way != "outer" or frame.stages[frame.stage] == "k_t" else None
            if there is not None:
                np.testing.assert_array_equal(frame.now[there], full[there])
    counts = {"dot": 20, "rows": 5, "outer": 4}
    assert sum(frame.stages[frame.stage] == "q" for frame in frames) == counts[way]


def test_large_products_do_not_take_for_ever() -> None:
    frames = frames_of(source="random", tokens=16, dim=32, width=32, value_dim=32, mask="causal")
    assert len(frames) < 300


def test_edits_go_through_all_later_stages() -> None:
    before = frame_of()
    edit = [0.0, 0.0, 3.0, 2.0, 2.0]  # X, row 3, column 2: "it" refers twice as strongly
    after = frame_of(edits=[edit])
    assert after.x[3, 2] == 2 and after.q[3, 0] == 4 and after.scores[3, 1] == 8
    assert after.weights[3, 1] > before.weights[3, 1] and after.edited.tolist() == [[0, 3, 2]]
    by_hand = frame_of(edits=[[0, 4, 3, 0, -1]])
    assert by_hand.q[3, 0] == -1 and by_hand.x[3, 2] == 1 and by_hand.scores[3, 1] == -2
    np.testing.assert_array_equal(by_hand.scores[[0, 1, 2, 4]], before.scores[[0, 1, 2, 4]])
    other = frame_of(source="random", edits=[edit])
    assert other.edited.shape == (0, 3), "an edit belongs to its source"
    assert "outside" in frame_of(edits=[[0, 0, 9, 0, 1.0]]).note
    assert frame_of(page="heads", heads=2, edits=[[0, 7, 0, 0, 5.0]]).w_o[0, 0] == 5


def test_the_trace_is_exactly_what_a_change_can_reach() -> None:
    """A cell is marked as an origin if and only if changing it can change the traced cell."""
    settings = {"source": "random", "tokens": 4, "dim": 3, "width": 3, "value_dim": 2, "mask": "causal"}
    frame, p = frame_of(**settings), Params().patched(**settings)
    graph = build(frame, p)
    masks = graph.trace("output", 2, 1)
    for number, name in enumerate(("x", "w_q", "w_k", "w_v", "q", "k", "v")):
        mask = masks[name]
        for row, col in np.ndindex(mask.shape):
            value = float(getattr(frame, name)[row, col]) + 0.7
            changed = frame_of(**settings, edits=[[2, number, row, col, value]])
            assert (changed.output[2, 1] != frame.output[2, 1]) == bool(mask[row, col]), (name, row, col)


def test_an_edited_cell_came_from_nowhere() -> None:
    p = Params().patched(edits=[[0, 4, 3, 0, 9]])
    graph = build(frame_of(edits=[[0, 4, 3, 0, 9]]), p)
    assert set(graph.trace("q", 3, 0)) == {"q"}
    assert graph.trace("q", 3, 1)["x"][3].all()


def test_the_written_out_product_is_right() -> None:
    theme, frame = load_theme("dark"), frame_of(**SOURCES["random, causal"])
    graph = build(frame, Params().patched(**SOURCES["random, causal"]))
    node = graph.nodes["scores"]
    text = explain(graph, node, 2, 1, theme, 500, node.values)
    terms = frame.q[2] * frame.k[1]
    assert text.count("·") == len(terms) and f"{abs(frame.scores[2, 1]):.3g}"[:4] in text
    short = explain(graph, node, 2, 1, theme, 60, node.values)
    assert "smaller products, in all" in short
    assert "not worked out yet" in explain(graph, node, 2, 1, theme, 500, None)
    assert "−∞" in explain(graph, graph.nodes["masked"], 1, 3, theme, 500, frame.masked)
    for one in graph.nodes.values():
        assert explain(graph, one, 0, 0, theme, 200, one.values)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"x": "1 2\n3 4"}, "W for Q has 4 rows, but X has 2 columns"),
        ({"w_k": "1 0\n0 1\n1 1\n0 0"}, "queries and keys must be equally long"),
        ({"source": "typed_qkv", "k": "1 0 0 0"}, "they need the same tokens"),
        ({"source": "typed_qkv", "v": "1 0"}, "every key needs its value"),
        ({"source": "head", "sentence": "  "}, "type at least one word"),
    ],
)
def test_what_does_not_fit_is_said(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        frame_of(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"x": "1 2\n3 four"}, "X, line 2"),
        ({"w_q": "\n".join(["1"] * 33)}, "more than 32 rows"),
        ({"q": "1e9"}, "numbers go from"),
        ({"edits": [[0, 0, 0.5, 0, 1]]}, "An edit is"),
    ],
)
def test_bad_numbers_are_refused_with_their_line(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        Params().patched(**settings)


def test_a_long_sentence_says_what_is_left_out() -> None:
    frame = frame_of(source="head", sentence="the cat sat on the mat and the dog lay by the fire all night long")
    assert len(frame.labels) == 16 and "more pieces than are shown" in frame.note


def test_words_hold_the_frames_numbers() -> None:
    frame = frame_of()
    said = sentence(frame, Params(), LOOK)
    assert "“it” gives 65" in said and "93" in said
    p = Params().patched(page="scale")
    frame = frame_of(page="scale")
    said = sentence(frame, p, LOOK)
    assert "d = 1024" in said and "theory: 1024" in said
    for page in ("steps", "heads", "scale"):
        p = Params().patched(page=page)
        made = formula(p, LOOK)
        assert set(readings(frame_of(page=page), p, LOOK)) <= {term.id for term in made.terms}


PROGRAMS: dict[str, dict[str, Any]] = {
    "edited": {"mask": "causal", "edits": [[0, 0, 3, 2, 2.5], [0, 4, 1, 1, -1], [0, 1, 40, 0, 1]]},
    "qkv, padding": {"source": "typed_qkv", "mask": "padding", "divide": False},
    "random heads": {"page": "heads", "heads": 3, "source": "random", "edits": [[2, 7, 0, 0, 3]]},
    "one typed head": {"page": "heads", "heads": 1},
    "heads of q, k and v": {"page": "heads", "heads": 2, "source": "typed_qkv"},
    "scale": {"page": "scale", "keys": 3, "draws": 50},
    "network": {"source": "head", "mask": "causal", "layer": 2, "head": 1},
    "network heads": {"page": "heads", "source": "head", "sentence": "a cat"},
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_makes_the_frames_numbers(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "attention.py"
    seeds = Seeds(data=5, init=6)
    p = Params().patched(**PROGRAMS[name])
    text = script(p, seeds)
    # Without the picture: in a process with Qt, matplotlib would open a window and wait for it to be closed.
    path.write_text(text.partition("# %% Picture")[0], encoding="utf-8")
    made = runpy.run_path(str(path))["results"]
    frame = list(run_frames(PANEL, replace(state(**PROGRAMS[name]), seeds=seeds)))[-1]
    assert len(made) >= 4 and capsys.readouterr().out.count("\n") >= 4
    for field, value in made.items():
        near = 1e-4 if name.startswith("network") else 1e-9
        near = 1e-3 if name == "scale" else near
        np.testing.assert_allclose(value, getattr(frame, field), rtol=near, atol=near, err_msg=field)


def test_the_program_runs_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "attention.py"
    path.write_text(script(Params(), Seeds()), encoding="utf-8")
    command = [sys.executable, "-I", str(path)]
    plain = {"MPLBACKEND": "agg", "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=plain)
    assert "weights (5, 5)" in said.stdout and "0.6488" in said.stdout
    headings = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# %% ")]
    assert headings[0] == "# %% Parameters" and headings[-1] == "# %% Picture" and len(headings) == 6


@pytest.fixture
def view(qtbot: QtBot) -> View:
    made = View(ViewSettings(load_theme("dark"), opengl=False))
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    qtbot.waitExposed(made)
    frame, p = frame_of(), Params()
    made.show_frame(frame, p, LOOK)
    return made


def at(view: View, place: Place) -> QPoint:
    return view._flow.cell_rect(place).center().toPoint()


def test_a_cell_is_hovered_chosen_and_let_go(qtbot: QtBot, view: View) -> None:
    flow, place = view._flow, Place("scores", 3, 1)
    spot, none = QPointF(at(view, place)), Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, spot, flow.mapToGlobal(spot), none, none, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(flow, moved)
    assert flow.looked_at == place and view._reading.accessibleDescription().startswith("Q Kᵀ scores, query “it”")
    with qtbot.waitSignal(view.proposed) as said:
        qtbot.mouseClick(flow, Qt.MouseButton.LeftButton, pos=at(view, place))
    assert said.args[0].look == {"chosen": "scores,3,1"}
    view.show_frame(frame_of(), Params(), Look(chosen="scores,3,1"))
    with qtbot.waitSignal(view.proposed) as said:
        qtbot.keyClick(flow, Qt.Key.Key_Right)
    assert said.args[0].look == {"chosen": "scores,3,2"}
    with qtbot.waitSignal(view.proposed) as said:
        qtbot.keyClick(flow, Qt.Key.Key_PageDown)
    assert said.args[0].look == {"chosen": "scaled,0,0"}
    view.show_frame(frame_of(), Params(), LOOK)
    with qtbot.waitSignal(view.proposed) as said:
        qtbot.keyClick(flow, Qt.Key.Key_Down)
    assert said.args[0].look == {"chosen": "x,0,0"}
    view.show_frame(frame_of(source="typed_qkv", q="1", k="1", v="1"), Params(), Look(chosen="scores,3,1"))
    assert flow.looked_at is None, "the chosen cell is gone with its matrix"


def test_a_cell_is_edited_by_hand(qtbot: QtBot, view: View) -> None:
    flow = view._flow
    qtbot.mouseDClick(flow, Qt.MouseButton.LeftButton, pos=at(view, Place("x", 3, 2)))
    editor = flow.findChild(QLineEdit)
    editor.setText("−2,5")
    with qtbot.waitSignal(view.proposed) as said:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert said.args[0].params == {"edits": ((0.0, 0.0, 3.0, 2.0, -2.5),)}
    p = Params().patched(**said.args[0].params)
    view.show_frame(frame_of(edits=p.edits), p, LOOK)
    with qtbot.waitSignal(view.proposed) as said:
        flow.typed.emit(Place("x", 3, 2), "")
    assert said.args[0].params == {"edits": ()}
    for text in ("two", "nan", "1e9"):
        with qtbot.waitSignal(view.notice):
            flow.typed.emit(Place("x", 0, 0), text)
    with qtbot.waitSignal(view.notice) as told:
        qtbot.mouseDClick(flow, Qt.MouseButton.LeftButton, pos=at(view, Place("weights", 0, 0)))
    assert "follow from" in told.args[0]


def test_a_name_leads_to_its_moment(qtbot: QtBot, view: View) -> None:
    with qtbot.waitSignal(view.sought) as said:
        view._flow.sought.emit("weights")
    frame = frames_of()[said.args[0]]
    assert frame.stages[frame.stage] == "weights" and frame.at == frame.of


def test_what_is_at_work_is_lit() -> None:
    for way, lit in (("dot", 1), ("rows", 5), ("outer", 25)):
        frames, p = frames_of(way=way), Params().patched(way=way)
        frame = next(f for f in frames if f.stages[f.stage] == "scores")
        now = moment(frame, build(frame, p))
        assert now.current == "scores" and int(now.lit["scores"].sum()) == lit
        assert now.contents["weights"] is None and now.contents["q"] is not None


def test_everything_fits_or_scrolls_down_only(qtbot: QtBot, view: View) -> None:
    for preset in PANEL.presets():
        prepared = state_from_json(PANEL, preset.state)
        frame = list(run_frames(PANEL, prepared))[-1]
        for width in (380, 900):
            view.resize(width, 620)
            view.show_frame(frame, prepared.params, prepared.look)
            assert view._tiles.page.width() <= width
            if frame.page != "scale":
                placed = view._flow._placed_in(*view._flow._room)
                assert placed is not None and placed.width <= width
    assert view.tables()

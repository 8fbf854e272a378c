"""The convolution panel: every number that is written out adds up, and every touch comes back as a parameter."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from pytestqt.qtbot import QtBot
from torch.nn import functional as F

from courseai_lab.contract import BadValue, Ctx, State, check_frame, find, run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.networks import digits
from courseai_lab.panels.convolution import compute as c
from courseai_lab.panels.convolution.choices import Kind, Source, Study
from courseai_lab.panels.convolution.sum_pane import Line
from courseai_lab.panels.convolution.sums import fourier_lines, pool_lines, size_lines, step_lines
from courseai_lab.panels.convolution.view import View
from courseai_lab.paths import resource
from courseai_lab.ui.formula import check_tex
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL = find("convolution")
LOOK = c.Look()


def first(**params: Any) -> tuple[c.Frame, c.Params]:
    p = c.Params().patched(**params)
    return check_frame(next(c.run(p, Ctx()))), p


def walk(p: c.Params) -> list[c.Frame]:
    return list(run_frames(PANEL, State(PANEL.id, p, LOOK)))


def plain(frame: c.Frame) -> str:
    return "\n".join(written(line) for line in step_lines(frame))


def written(line: Line) -> str:
    return " ".join("".join(word.text for word in cell) for cell in line.cells)


def number(text: str) -> float:
    return float(text.strip("()").replace("−", "-").replace("\u202f", ""))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"source": "grid", "kind": "box", "padding": "full", "down": 0.0},
        {"source": "pad", "kind": "sharpen", "size": 5, "operation": "convolution"},
        {"source": "grid", "transposed": True, "stride": 3, "kind": "emboss"},
        {"colour": "rgb", "groups": "together", "channel": 2, "side": 16, "kind": "binomial"},
        {"source": "scene", "kind": "motion", "size": 11, "dilation": 2, "pad_mode": "reflect", "padding": "same"},
    ],
)
def test_a_pocket_calculator_gets_the_output_from_what_is_written(params: dict[str, Any]) -> None:
    frame, _ = first(**params)
    rows = []
    for line in plain(frame).splitlines():
        factors = re.findall(r"(\(?[−\d.]+\)?)·(\(?[−\d.]+\)?)", line)
        if factors and not line.startswith(("size", "rows", "columns")):
            total = sum(number(w) * number(x) for w, x in factors)
            assert total == pytest.approx(number(line.rsplit("= ", 1)[1]), abs=1e-6)
            rows.append(total)
    assert frame.window is not None and len(rows) == len(frame.window)
    assert frame.channel_sums is not None
    assert sum(rows) == pytest.approx(frame.channel_sums[frame.channel % frame.depth], abs=1e-6)
    value = frame.channel_sums.sum() / frame.divisor + frame.bias
    assert value == pytest.approx(frame.value, rel=1e-5, abs=1e-4)
    said = re.search(r"output at row (\d+), column (\d+).*: ([−\d.]+)$", plain(frame), re.MULTILINE)
    assert said is not None and (int(said[1]) - 1, int(said[2]) - 1) == frame.at
    assert number(said[3]) == pytest.approx(value, rel=1e-3, abs=1e-3)


def test_the_whole_output_is_torchs_and_the_walk_visits_every_cell() -> None:
    p = c.Params().patched(source="grid", kind="laplacian", padding="same", down=0.0, across=0.0)
    frames = walk(p)
    grid = torch.tensor([[float(v) for v in row.split()] for row in p.grid.splitlines()])
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    wanted = F.conv2d(grid[None, None], kernel[None, None], padding=1)[0, 0].numpy()
    np.testing.assert_allclose(frames[0].y[0], wanted)
    assert [frame.at for frame in frames] == [(i, j) for i in range(6) for j in range(6)]
    assert [frame.value for frame in frames] == wanted.ravel().tolist()
    assert all(frame.y is frames[0].y and frame.x is frames[0].x for frame in frames), "frames share their pictures"
    assert [frame.at for frame in walk(p.patched(walk="row"))] == [(i, 0) for i in range(6)]


def test_a_change_is_shown_at_once_and_the_window_stays() -> None:
    p = c.Params().patched(side=32)
    run = c.run(p, Ctx())
    next(run)
    moved = run.send(p)
    assert moved.at == (15, 16)
    changed = run.send(p.patched(kind="box"))
    assert changed.at == moved.at and changed.divisor == 9
    there = p.patched(kind="box", down=0.0, across=0.99)
    assert run.send(there).at == (0, 29)


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_learned_kernels_give_what_the_network_computes(layer: str) -> None:
    frame, p = first(source="digit", digit=3, kind="learned", layer=layer, unit=5, padding="same", groups="together")
    network = digits.load(resource("models", "digits"))
    ink = torch.round(digits.drawn_digit(3) * 255) / 255
    with torch.no_grad():
        stage = getattr(network.stages(ink[None, None]), layer)[0, 4].numpy()
    # Weights are shown, and used, to four decimals.
    np.testing.assert_allclose(frame.y[0], stage, atol=2e-3)
    assert "filter 5 of" in frame.kernel_note and c.sentence(frame, p, LOOK).endswith(".")


def test_a_stride_that_does_not_fit_is_flagged_with_its_cells() -> None:
    frame, p = first(source="grid", stride=2)
    assert frame.rows_read is not None and frame.rows_read.tolist() == [True] * 5 + [False]
    said = [written(line) for line in size_lines(frame)]
    assert said == [
        "size: ⌊(6 + 0 − 1·(3 − 1) − 1) / 2⌋ + 1 = ⌊1.5⌋ + 1 = 2",
        "The stride does not fit: the last 1 cell is never read (hatched).",
    ]
    assert "1 row and 1 column at the end are never read" in c.sentence(frame, p, LOOK)
    assert c.readings(frame, p, LOOK)["out"] == "2"


def test_the_marked_pixel_reaches_what_its_gradient_reaches() -> None:
    for mode in ("zero", "reflect", "circular"):
        frame, _ = first(source="grid", kind="box", padding="same", pad_mode=mode, stride=2, probe=(0.3, 0.05))
        x = torch.zeros(1, 1, 6, 6, requires_grad=True)
        # "Same" at stride 2 pads one cell, at the end.
        big = F.pad(x, (0, 1, 0, 1), mode="constant" if mode == "zero" else mode)
        y = F.conv2d(big, torch.ones(1, 1, 3, 3), stride=2)[0, 0]
        hit = [[torch.autograd.grad(one, x, retain_graph=True)[0][0, 0, 1, 0] != 0 for one in row] for row in y]
        assert frame.reached_rows is not None and frame.reached_columns is not None
        np.testing.assert_array_equal(np.outer(frame.reached_rows, frame.reached_columns), np.array(hit))
        assert frame.reached == np.array(hit).sum()


def test_pooling_names_its_winner_and_what_stays() -> None:
    frame, _ = first(study="pool", source="digit", pool_size=4, pool_stride=2)
    assert frame.window is not None and frame.winner is not None
    assert frame.window[frame.winner] == frame.window.max() == frame.value
    assert frame.kept_output > frame.kept_sampled
    assert f"largest of 16: {frame.value:g}" in [written(line) for line in pool_lines(frame)]
    for pool in ("average", "l2", "global_max", "global_average"):
        frame, _ = first(study="pool", pool=pool, side=16)
        assert frame.window is not None
        kind = pool.removeprefix("global_")
        wanted = {"average": frame.window.mean(), "l2": np.sqrt((frame.window**2).sum()), "max": frame.window.max()}
        assert frame.value == pytest.approx(wanted[kind], rel=1e-5)


def test_studies_agree_both_ways_round() -> None:
    frame, _ = first(study="separable", kind="laplacian", size=7, terms=11, side=32)
    assert frame.rank == 2 and frame.through is not None
    np.testing.assert_allclose(frame.through, frame.y, rtol=1e-3, atol=0.5)
    frame, _ = first(study="field", stride=2, dilation=2, layers=4, side=64)
    assert frame.field_sizes is not None and frame.field_measured is not None
    assert frame.field_sizes.tolist() == frame.field_measured.tolist() == [1, 5, 13, 29, 61]
    for operation in ("correlation", "convolution"):
        frame, _ = first(study="fourier", kind="emboss", size=5, side=32, operation=operation, wave=(0.2, -0.1))
        assert frame.complexes is not None and frame.away < 1e-9
        words = [written(line) for line in fourier_lines(frame)]
        product, slid = (re.findall(r"[−\d.]+", words[k])[:2] for k in (-2, -1))
        assert product == slid, "the product theorem holds to the digit that is shown"


@pytest.mark.parametrize("study", list(Study))
def test_formulas_typeset_and_words_end(study: Study) -> None:
    for more in ({}, {"transposed": True, "stride": 2}, {"operation": "convolution"}):
        frame, p = first(study=study, side=32, **more)
        formula = c.formula(p, LOOK)
        assert check_tex(formula.plain()) == []
        assert {name for name, _ in formula.pieces() if name} == {term.id for term in formula.terms}
        assert c.sentence(frame, p, LOOK).endswith(".")


def test_bad_input_gets_one_sentence() -> None:
    for patch, words in (
        ({"grid": "1 2\n3"}, "Row 2 of the grid has 1 number"),
        ({"typed": "1 a"}, "entry 2 is 'a'"),
        ({"painting": ((1.0,),)}, "28 rows"),
        ({"probe": (2.0, 0.0)}, "from 0 to 1"),
    ):
        with pytest.raises(BadValue) as caught:
            c.Params().patched(**patch)
        assert words in str(caught.value)
    with pytest.raises(BadValue, match="reaches over 11 cells"):
        first(source="grid", kind="box", size=11)
    with pytest.raises(BadValue, match="no picture file"):
        first(source="own", file="nowhere.png")


@pytest.fixture
def view(qtbot: QtBot) -> View:
    made = View(ViewSettings(load_theme("light"), opengl=False))
    qtbot.addWidget(made)
    made.resize(960, 640)
    made.show()
    qtbot.waitExposed(made)
    return made


def show(view: View, **params: Any) -> tuple[c.Frame, list[dict[str, Any]]]:
    frame, p = first(**params)
    view.show_frame(frame, p, LOOK)
    QCoreApplication.processEvents()
    wishes: list[dict[str, Any]] = []
    view.proposed.connect(lambda patch: wishes.append(dict(patch.params)))
    return frame, wishes


def centre(view: View, pane: int, row: int, column: int) -> QPoint:
    return view._pictures[pane].cell_rect(row, column).center().toPoint()


def test_touching_pictures_moves_window_and_mark(qtbot: QtBot, view: View) -> None:
    _, wishes = show(view, source="grid", down=0.1, across=0.1)
    qtbot.mouseClick(view._pictures[1], Qt.MouseButton.LeftButton, pos=centre(view, 1, 3, 2))
    assert wishes[-1] == {"down": 3.5 / 4, "across": 2.5 / 4}
    qtbot.mouseClick(view._pictures[0], Qt.MouseButton.LeftButton, pos=centre(view, 0, 5, 4))
    assert wishes[-1] == {"probe": (5.5 / 6, 4.5 / 6)}
    qtbot.mousePress(view._pictures[0], Qt.MouseButton.LeftButton, pos=centre(view, 0, 1, 1))
    count = len(wishes)
    view._pictures[0].touched.emit(type("T", (), {"kind": "drag", "row": 3, "column": 4, "erase": False})())
    assert len(wishes) == count + 1 and wishes[-1] == {"down": 2.5 / 4, "across": 3.5 / 4}


def test_numbers_are_typed_and_painted_into_cells(qtbot: QtBot, view: View) -> None:
    _, wishes = show(view, source="grid", operation="convolution", kind="emboss")
    view._edit_input(type("T", (), {"row": 0, "column": 1})())  # type: ignore[arg-type]
    view._editor.setText("7")
    view._editor.returnPressed.emit()
    assert wishes[-1]["grid"].splitlines()[0] == "0 7 1 1 0 0"
    view._set_weight(0, 0, 9.0)  # as it is slid: the kernel is turned, so it is the last weight as given
    assert wishes[-1]["kind"] == "painted" and wishes[-1]["cells"][2][2] == 9.0 and wishes[-1]["size"] == 3
    assert first(**wishes[-1])[0].kernel[0, 2, 2] == 9.0
    _, wishes = show(view, source="pad")
    qtbot.mouseClick(view._pictures[0], Qt.MouseButton.LeftButton, pos=centre(view, 0, 1, 1))
    assert np.array(wishes[-1]["painting"])[1:3, 1:3].tolist() == [[255.0, 255.0]] * 2


def test_every_kind_and_source_is_drawn_and_every_preset_says_what_it_shows(view: View) -> None:
    for kind in Kind:
        show(view, kind=kind, side=16, size=2)
    for source in Source:
        show(view, source=source, side=16, probe=(0.5, 0.5))
    for preset in PANEL.presets():
        state = state_from_json(PANEL, preset.state)
        frame = check_frame(next(c.run(state.params, Ctx())))
        view.show_frame(frame, state.params, state.look)
        QCoreApplication.processEvents()
        assert not view.grab().isNull()
        assert view.tables()
    for zoom in ("picture", "window", "arithmetic"):
        frame, p = first()
        view.show_frame(frame, p, LOOK.patched(zoom=zoom))
    assert view._pictures[0].isHidden() and not view._sums.isHidden()

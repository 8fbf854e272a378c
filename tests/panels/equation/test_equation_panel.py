"""The equation panel: every formula typesets, reads, steps and draws; handles and clicks come back as parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from courseai_lab.contract import BadValue, Ctx, check_frame, find
from courseai_lab.contract.state import state_from_json
from courseai_lab.panels.equation import compute as c
from courseai_lab.panels.equation.params import Equation, Stream
from courseai_lab.panels.equation.view import PICTURES, View
from courseai_lab.panels.equation.words import reading
from courseai_lab.ui.formula import check_tex
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL = find("equation")
LOOK = c.Look()


def frames(**params: Any) -> tuple[list[c.Frame], c.Params]:
    p = c.Params().patched(**params)
    return [check_frame(frame) for frame in c.run(p, Ctx())], p


@pytest.mark.parametrize("equation", list(Equation))
def test_every_stage_typesets_and_says_what_it_is(equation: Equation) -> None:
    made, p = frames(equation=equation)
    assert [frame.done for frame in made] == list(range(made[0].steps + 1))
    formula = c.formula(p, LOOK)
    assert check_tex(formula.plain()) == []
    named = {name for name, _ in formula.pieces() if name}
    assert named == {term.id for term in formula.terms}
    for frame in made:
        assert check_tex(frame.collapsed) == []
        assert set(c.readings(frame, p, LOOK)) == named
        assert c.sentence(frame, p, LOOK).endswith(".")
    for tex in (*made[0].tex, *made[0].rules, *made[0].filled, *made[0].results):
        assert not tex or check_tex(tex) == []
    assert all(frame.flat is made[0].flat for frame in made), "frames of a run share their arrays"


@pytest.mark.parametrize("equation", [e for e in Equation if e is not Equation.OWN])
def test_terms_with_a_slider_bear_its_name(equation: Equation) -> None:
    p = c.Params().patched(equation=equation)
    terms = {term.id for term in c.formula(p, LOOK).terms}
    own = {name for name in type(p).model_fields if name in terms}
    assert len(own) >= 1
    shown = [spec for spec in c.Params.model_fields if spec in own]
    assert shown


def test_readings_wait_until_a_term_is_worked_out() -> None:
    made, p = frames(equation="update")
    assert "not worked out yet" in c.readings(made[0], p, LOOK)["g"]
    assert c.readings(made[-1], p, LOOK)["g"] == "4.00; one number"
    attention, _ = frames(equation="attention")
    assert reading(attention[-1], "weights").endswith("shape 3 × 3")


def test_the_shown_update_is_the_one_asked_for() -> None:
    made, p = frames(equation="momentum", taken=5, lr=0.1, momentum=0.8, w=3.0, curvature=2.0, best=-1.0)
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=0.1, momentum=0.8)
    for k in range(6):
        if k == 5:
            assert made[0].number("w") == pytest.approx(w.item(), rel=1e-12)
        optimiser.zero_grad()
        (w + 1).square().backward()
        optimiser.step()
    assert made[-1].number("new") == pytest.approx(w.item(), rel=1e-12)
    assert c.marks(made[0], p)["lr"][0].value == pytest.approx(1.8)  # 2 (1 + beta) / k


def test_heavy_balls_limit_is_where_it_stops_converging() -> None:
    # Polyak: stable exactly for lr < 2 (1 + beta) / k.
    for factor, stays in ((0.98, True), (1.02, False)):
        made, _ = frames(equation="momentum", taken=60, lr=factor * 0.6, momentum=0.5, w=0.5, curvature=3.0)
        limit = made[0].fact("limit")
        made, _ = frames(equation="momentum", taken=60, lr=min(factor * limit, 2.5), momentum=0.5, w=0.5, curvature=3.0)
        assert (abs(made[0].number("w")) < 0.5) is stays


@pytest.mark.parametrize("stream", list(Stream))
def test_adams_curves_and_numbers_agree_at_every_step(stream: Stream) -> None:
    for t in (1, 2, 57, 200):
        made, _ = frames(equation="adam", stream=stream, t=t)
        last = made[-1]
        for id in ("m", "v", "m_hat", "v_hat", "root", "step", "w", "g"):
            assert last.number(id) == pytest.approx(last.curve(id)[t - 1], rel=1e-9, abs=1e-15)
        if t < 200:
            assert last.number("new") == pytest.approx(last.curve("w")[t], rel=1e-9, abs=1e-12)


def test_the_bound_on_its_curve_is_the_bound_taken_apart() -> None:
    last = frames(equation="vae", latent_mean=1.0)[0][-1]
    at = int(np.argmin(np.abs(last.x - 1.0)))
    assert last.curve("bound")[at] == pytest.approx(last.number("bound"), rel=1e-9)
    assert last.number("bound") <= last.fact("evidence")
    assert np.trapezoid(last.curve("encoder"), last.x) == pytest.approx(1, abs=1e-3)


def test_own_formula_in_tex() -> None:
    made, p = frames(equation="own", typed=r"\frac{a^2}{b} - \ln c", n1=3, n2=2, n3=1)
    assert made[-1].number(made[-1].ids[-1]) == 4.5
    assert [term.id for term in c.formula(p, LOOK).terms] == ["n1", "n2", "n3"]
    at = int(np.argmin(np.abs(made[0].x - 2.0)))
    assert made[0].curve("result")[at] == pytest.approx(4.5, rel=1e-9)
    nowhere, p = frames(equation="own", typed=r"\ln c", n1=-1)
    assert "no result" in c.sentence(nowhere[-1], p, LOOK)


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ({"typed": r"x + \foo"}, "not read here"),
        ({"q": [[1, 2], [3]]}, "equally long"),
        ({"k": [[1e9, 1.0]] * 3}, "from -100 to 100"),
    ],
)
def test_what_does_not_fit_is_refused(patch: dict[str, Any], says: str) -> None:
    with pytest.raises(BadValue, match=says):
        c.Params().patched(**patch)


def test_matrices_can_grow_one_after_the_other() -> None:
    made, p = frames(equation="attention", k=[[1, 1], [0, 2], [2, -1], [5, 5]])
    assert made[-1].value("weights").shape == (3, 3)
    assert "left out" in c.sentence(made[-1], p, LOOK)
    with pytest.raises(BadValue, match="at least as many keys"):
        frames(equation="attention", q=[[1, 0]] * 4, causal=True)


def test_presets_open_on_their_formula() -> None:
    seen = {state_from_json(PANEL, preset.state).params.equation for preset in PANEL.presets()}
    assert seen == set(Equation)


@pytest.fixture
def show(qtbot: Any) -> Any:
    def make(width: int = 980, height: int = 640, theme: str = "light", at: int = -1, **params: Any) -> View:
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.patches, view.points, view.seeks = [], [], []
        view.proposed.connect(view.patches.append)
        view.pointed.connect(view.points.append)
        view.sought.connect(view.seeks.append)
        made, p = frames(**params)
        with qtbot.waitExposed(view):
            view.show()
        view.show_frame(made[at], p, LOOK)
        return view

    return make


def picture(view: View) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_every_formula_has_a_picture() -> None:
    assert set(PICTURES) == {equation.value for equation in Equation}


@pytest.mark.parametrize("equation", list(Equation))
@pytest.mark.parametrize(("theme", "width"), [("dark", 1000), ("light", 380)])
def test_it_draws_the_same_twice_and_after_another(show: Any, equation: Equation, theme: str, width: int) -> None:
    view = show(width, 640, theme, equation=equation)
    first = picture(view)
    assert len({first.pixel(x, y) for x in range(0, width, 5) for y in range(0, 640, 5)}) > 15
    mine = view.shown
    made, p = frames(equation="dpo" if equation is not Equation.DPO else "adam")
    view.show_frame(made[0], p, LOOK)
    view.show_frame(*mine)
    assert picture(view) == first


@pytest.mark.parametrize("equation", list(Equation))
def test_every_term_can_be_lit_and_let_go(show: Any, equation: Equation) -> None:
    view = show(equation=equation)
    plain = picture(view)
    changed = 0
    for id in view.shown[0].ids:
        view.highlight(id)
        changed += picture(view) != plain
    view.highlight("")
    assert picture(view) == plain
    assert changed == len(view.shown[0].ids), "a term that is pointed at shows where it is"


@pytest.mark.parametrize("equation", list(Equation))
def test_stages_look_different(show: Any, equation: Equation) -> None:
    view = show(equation=equation, at=0)
    start = picture(view)
    made, p = frames(equation=equation)
    view.show_frame(made[-1], p, LOOK)
    assert picture(view) != start


def test_a_row_points_at_its_term_and_a_click_goes_to_its_step(show: Any, qtbot: Any) -> None:
    view = show(equation="update")
    ladder = view._ladder
    row = next(block for block in ladder._blocks if block.id == "g")
    at = row.rect.center().toPoint()
    qtbot.mouseMove(ladder, at)
    ladder.pointed.emit("g")
    qtbot.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=at)
    assert view.points[-1] == "g" and view.seeks == [2]


@pytest.mark.parametrize(
    ("equation", "part", "handle", "to", "wish"),
    [
        ("update", "valley", "w", (2.0, 0.0), {"w": 2.0, "taken": 0}),
        ("softmax", "into", "bars", (1.0, -3.0), {"logits": [-3.0, 1.0, -0.5, 0.3], "element": 1}),
        ("layer_norm", "into", "bars", (1.0, 9.0), {"features": [9.0, -1.0, 0.5, 6.0], "element": 1}),
        ("vae", "densities", "mean", (1.25, 0.0), {"latent_mean": 1.25}),
        ("dpo", "bars_plot", "bars", (1.0, -9.0), {"logp_w": -9.0}),
        ("own", "curve", "number", (4.0, 0.0), {"n2": 4.0}),
        ("forward", "curves", "time", (499.5, 0.0), {"time": 0.5}),
    ],
)
def test_handles_come_back_as_parameters(
    show: Any, equation: str, part: str, handle: str, to: tuple[float, float], wish: dict[str, Any]
) -> None:
    view = show(equation=equation)
    handles = getattr(view._picture, part)._handles[handle]
    handles.drag(0, 0.5, to[1])
    handles.drag(0, *to, done=True)
    assert len({patch.gesture for patch in view.patches}) == 1
    last = view.patches[-1].params
    assert last == pytest.approx(wish) if not any(isinstance(v, list) for v in wish.values()) else last == wish
    view.shown[1].patched(**last)


def test_a_click_chooses_pixel_cell_and_step(show: Any) -> None:
    view = show(equation="forward")
    view._picture.boxes[0].map.clicked.emit(3, 5, 0.0)
    assert view.patches[-1].params == {"row": 3, "column": 5}
    view = show(equation="attention")
    view._picture.boxes[4].map.clicked.emit(1, 2, 0.0)
    assert view.patches[-1].params == {"query": 1, "key": 2}
    view = show(equation="adam")
    view._picture.widgets()[0].clicked.emit(41.7, 0.0)
    assert view.patches[-1].params == {"t": 42}


def test_figures_and_tables(show: Any) -> None:
    view = show(equation="adam")
    image = QImage(900, 700, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    assert view.paint_figure(painter, QRectF(0, 0, 900, 700))
    painter.end()
    assert len({image.pixel(x, y) for x in range(0, 900, 5) for y in range(0, 700, 5)}) > 10
    titles = [table.title for table in view.tables()]
    assert "Terms of the formula" in titles and QPointF().isNull()

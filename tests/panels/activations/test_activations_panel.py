"""The activation functions panel: every page's numbers against torch, its words, and its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from courseai_lab.contract import BadValue, Ctx, check_frame, find, run_to_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.kernels.activations import Name
from courseai_lab.panels.activations import compute as c
from courseai_lab.panels.activations.guide import GUIDE
from courseai_lab.panels.activations.paint import PAINT
from courseai_lab.panels.activations.params import Kind, Page
from courseai_lab.panels.activations.view import View
from courseai_lab.ui.formula import check_tex
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import load_theme

PANEL = find("activations")


def frame_of(**params: Any) -> tuple[c.Frame, c.Params]:
    p = c.Params().patched(**params)
    return check_frame(next(c.run(p, Ctx()))), p


def test_every_function_has_a_colour_and_advice() -> None:
    assert set(PAINT) == {name.value for name in Name}
    assert set(GUIDE) == {name.value for name in Name}
    assert len(set(PAINT.values())) == len(PAINT)


@pytest.mark.parametrize("preset", PANEL.presets(), ids=lambda preset: preset.id)
def test_presets_typeset_read_and_say(preset: Any) -> None:
    state = state_from_json(PANEL, preset.state)
    frame, _ = run_to_frame(PANEL, state)
    made = c.formula(state.params, state.look)
    if made is None:
        assert state.params.page is Page.GUIDE
    else:
        assert check_tex(made.plain()) == []
        named = {name for name, _ in made.pieces() if name}
        assert named == {term.id for term in made.terms}
        assert set(c.readings(frame, state.params, state.look)) <= named
    assert c.sentence(frame, state.params, state.look).endswith(".")


@pytest.mark.parametrize("name", list(Name))
def test_every_definition_typesets(name: Name) -> None:
    made = c.formula(c.Params().patched(functions=[name]), c.Look())
    assert made is not None and check_tex(made.plain()) == []
    assert {i for i, _ in made.pieces() if i} == {term.id for term in made.terms}


def test_the_neuron_is_torchs() -> None:
    frame, p = frame_of(functions=["sigmoid", "gelu"], weight=-2.5, bias=1.2, x=0.4)
    x = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    for k, f in enumerate((torch.sigmoid, torch.nn.functional.gelu)):
        a = f(-2.5 * x + 1.2)
        assert frame.at_value[k] == pytest.approx(float(a.detach()), rel=1e-12)
        assert frame.at_slope[k] == pytest.approx(float(torch.autograd.grad(a, x)[0]), rel=1e-10)
    assert "slope" in c.sentence(frame, p, c.Look())


def test_the_gap_of_the_two_gelus_is_shown_when_both_are_on() -> None:
    frame, _ = frame_of(functions=["gelu", "gelu_tanh"])
    assert frame.gap is not None and 4e-4 < np.abs(frame.gap).max() < 5e-4
    assert frame_of(functions=["gelu"])[0].gap is None


def test_dead_share_is_the_normal_distributions() -> None:
    frame, _ = frame_of(page="distribution", functions=["relu"], bias=-1.0)
    assert frame.dead[0] == pytest.approx(0.8413, abs=0.01)  # Phi(1)
    assert frame.counts_in.sum() == frame.counts_out[0].sum() == 20_000


@pytest.mark.parametrize("kind", list(Kind))
def test_distributions_have_the_mean_and_spread_asked_for(kind: Kind) -> None:
    x = c.draw_samples(kind, np.random.default_rng(0), (200_000,))
    assert x.mean() == pytest.approx(0, abs=0.01) and x.var() == pytest.approx(1, abs=0.02)


def test_he_keeps_relus_signal_and_xavier_halves_it() -> None:
    he, _ = frame_of(page="layers", functions=["relu"], gain=2**0.5, layers=10, width=256)
    xavier, _ = frame_of(page="layers", functions=["relu"], gain=1.0, layers=10, width=256)
    energy = he.signal_mean[0] ** 2 + he.signal_std[0] ** 2
    # He et al. (2015), eq. 10: the mean square is kept from layer to layer; with gain 1 it halves.
    assert 0.5 < 2 * energy[10] / energy[0] < 1.6
    assert xavier.gradient[0, 0] == pytest.approx(he.gradient[0, 0] / 2**5, rel=1e-9)


def test_sigmoids_chain_stays_under_its_bound() -> None:
    frame, _ = frame_of(page="chain", functions=["sigmoid"], layers=50)
    assert (frame.product[0] <= frame.best[0] * (1 + 1e-12)).all()
    assert frame.best[0, 10] == pytest.approx(0.25**10)


def test_an_own_function_is_read_and_refused() -> None:
    frame, _ = frame_of(functions=["own"], own="x^3", x=2)
    assert (frame.at_value[0], frame.at_slope[0]) == (8.0, 12.0)
    with pytest.raises(BadValue, match="Column 3"):
        c.Params().patched(own="x+y")
    nowhere, p = frame_of(functions=["own"], own="log(x)", page="distribution")
    assert c.sentence(nowhere, p, c.Look()).endswith(".")


@pytest.fixture
def show(qtbot: Any) -> Any:
    def make(width: int = 960, height: int = 640, theme: str = "light", **params: Any) -> View:
        view = View(ViewSettings(load_theme(theme), opengl=False))
        qtbot.addWidget(view)
        view.resize(width, height)
        view.patches = []
        view.proposed.connect(view.patches.append)
        frame, p = frame_of(**params)
        with qtbot.waitExposed(view):
            view.show()
        view.show_frame(frame, p, c.Look())
        return view

    return make


def picture(view: View) -> QImage:
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.mark.parametrize("page", list(Page))
@pytest.mark.parametrize(("theme", "width"), [("dark", 1000), ("projector", 900), ("light", 380)])
def test_every_page_draws_the_same_twice_and_after_another(show: Any, page: Page, theme: str, width: int) -> None:
    view = show(width, 620, theme, page=page, functions=["relu", "gelu", "gelu_tanh", "own"])
    first = picture(view)
    assert len({first.pixel(x, y) for x in range(0, width, 5) for y in range(0, 620, 5)}) > 15
    other, p = frame_of(page="guide" if page is not Page.GUIDE else "chain")
    mine = view.shown
    view.show_frame(other, p, c.Look())
    view.show_frame(*mine)
    assert picture(view) == first


def test_dragging_the_handle_proposes_inputs_as_one_step(show: Any) -> None:
    view = show()
    handles = view._made["curves"]._handles[0]
    handles.drag(0, 2.0, 0.0)
    handles.drag(0, 9.0, 0.0, done=True)
    assert [patch.params["x"] for patch in view.patches] == [2.0, 6.0]
    assert len({patch.gesture for patch in view.patches}) == 1


def test_a_click_on_the_curve_marks_that_input(show: Any, qtbot: Any) -> None:
    view = show()
    plot = view._made["curves"].value
    at = plot.pixel(-2.0, 1.0).toPoint()
    canvas = plot._canvas.viewport()
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.mapFrom(plot, at))
    assert view.patches[-1].params["x"] == pytest.approx(-2.0, abs=0.05)


def test_figures_are_painted_as_vectors(show: Any) -> None:
    view = show()
    image = QImage(900, 600, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    assert view.paint_figure(painter, QRectF(0, 0, 900, 600))
    painter.end()
    assert len({image.pixel(x, y) for x in range(0, 900, 5) for y in range(0, 600, 5)}) > 10
    assert view.tables() and isinstance(view.mapToGlobal(QPoint()), QPoint)

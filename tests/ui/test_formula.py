"""Formulas: where terms stand, pointing at them by mouse and keys, what happens to broken TeX, narrow places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from courseai_lab import contract
from courseai_lab.contract import Formula, Term
from courseai_lab.ui.formula import FormulaView, TexError, check_tex, typeset
from courseai_lab.ui.formula.lines import SMALLEST, split_lines
from courseai_lab.ui.theme import load_theme
from tests.ui.demo_panel import hover

ADAM = (
    r"w_{t+1} = \term{w}{w_t} - \frac{\term{lr}{\eta}\,\hat{\term{m}{m}}_{\term{t}{t}}}"
    r"{\sqrt{\term{v}{\hat{v}_t}} + \term{eps}{\epsilon}}"
)
LINE = r"\term{a}{x} + \term{b}{y_1} = \term{c}{\frac{1}{2}} \cdot \term{d}{\sqrt{z}}"


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[FormulaView]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = FormulaView(load_theme("light"), parent)
    made.resize(600, 80)
    parent.resize(600, 300)
    parent.show()
    qtbot.waitExposed(parent)
    parent.activateWindow()
    yield made


def ink(setting: object, box: QRectF, color: str) -> tuple[int, int]:
    """Pixels of ``color`` inside and outside ``box``, at four times the size."""
    image = QImage(round(setting.width * 4), round(setting.height * 4), QImage.Format.Format_ARGB32)  # type: ignore[attr-defined]
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    setting.renderer().render(painter, QRectF(image.rect()))  # type: ignore[attr-defined]
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    y, x = np.nonzero(pixels == QColor(color).rgb())
    x, y = (x + 0.5) / 4, (y + 0.5) / 4
    slack = 0.3
    inside = (box.left() - slack <= x) & (x <= box.right() + slack)
    inside &= (box.top() - slack <= y) & (y <= box.bottom() + slack)
    return int(inside.sum()), int((~inside).sum())


@pytest.mark.parametrize("term", ["w", "lr", "m", "t", "v", "eps"])
def test_boxes_hold_exactly_the_ink_of_their_term(qapp: object, term: str) -> None:
    """Oracle: the pixels painted when that one term alone is red, also in fractions, roots, accents and subscripts."""
    setting = typeset(ADAM, 30, "#000000", ((term, "#FF0000"),))
    (box,) = [box for name, box in setting.boxes if name == term]
    inside, outside = ink(setting, box, "#FF0000")
    assert inside > 40
    assert outside == 0
    for cut in ((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, -2, 0), (0, 0, 0, -2)):
        assert ink(setting, box.adjusted(*cut), "#FF0000")[1] > 0, "the box is larger than the term"


def test_boxes_are_disjoint_and_in_reading_order(qapp: object) -> None:
    boxes = typeset(LINE, 20, "#000000").boxes
    assert [name for name, _ in boxes] == ["a", "b", "c", "d"]
    for (_, left), (_, right) in pairwise(boxes):
        assert left.right() <= right.left()
    fraction = typeset(ADAM, 20, "#000000").boxes
    for index, (name, box) in enumerate(fraction):
        for other, second in fraction[index + 1 :]:
            assert not box.adjusted(0.5, 0.5, -0.5, -0.5).intersects(second), (name, other)


def test_naming_terms_does_not_move_anything(qapp: object) -> None:
    named = typeset(ADAM, 20, "#123456")
    plain = typeset(Formula(ADAM).plain(), 20, "#123456")
    assert named.svg == plain.svg
    assert (named.width, named.height, named.depth) == (plain.width, plain.height, plain.depth)


def test_a_term_may_occur_twice(qapp: object) -> None:
    boxes = typeset(r"\term{x}{x}^2 + \term{x}{x}", 20, "#000000").boxes
    assert [name for name, _ in boxes] == ["x", "x"]
    assert boxes[0][1].right() < boxes[1][1].left()


def test_typesetting_is_cached(qapp: object) -> None:
    assert typeset(LINE, 20, "#000000") is typeset(LINE, 20, "#000000")
    assert typeset(LINE, 20, "#FFFFFF") is not typeset(LINE, 20, "#000000")


@pytest.mark.parametrize(
    "tex", [r"\frac{a}", r"\left( a", "a_", r"\begin{matrix} a", "", " ", r"\sqrt", "&", r"\\", r"\term{x}{a", "%"]
)
def test_broken_tex_is_an_error_with_a_sentence(qapp: object, tex: str) -> None:
    with pytest.raises((TexError, ValueError)) as caught:
        typeset(tex, 20, "#000000")
    assert str(caught.value).endswith(".")


@given(st.text(alphabet=r"\{}_^&%$#ab1 ()[]frac", max_size=25))
def test_no_text_at_all_breaks_more_than_itself(tex: str) -> None:
    try:
        setting = typeset(tex, 20, "#000000")
    except ValueError:
        return
    assert setting.width > 0 and setting.height > 0


def test_check_tex_finds_what_would_be_printed_as_words() -> None:
    assert check_tex(ADAM) == []
    assert check_tex(r"\mathbb{E}_{x \sim p}\!\left[\log p_\theta(x)\right] \; \text{for all } x") == []
    assert check_tex(r"a \foobar b + \term{x}{\barfoo}") == [r"\foobar", r"\barfoo"]
    with pytest.raises(TexError):
        check_tex(r"\left( a")
    with pytest.raises(TexError):
        check_tex(r"\term{x}{a")


def test_every_formula_and_symbol_of_every_panel_is_known() -> None:
    for panel in contract.discover():
        compute = panel.compute()
        for model in (compute.Params, compute.Look):
            for spec in contract.fields(model):
                if spec.ui.symbol:
                    assert check_tex(spec.ui.symbol) == [], f"{panel.id}: symbol of {spec.name}"
        formula = getattr(compute, "formula", None)
        shown = formula(compute.Params(), compute.Look()) if formula is not None else None
        if shown is not None:
            assert check_tex(shown.tex) == [], panel.id
            typeset(shown.tex, 18, "#000000")
            named = {name for name, _ in shown.pieces() if name}
            assert named == {term.id for term in shown.terms}, f"{panel.id}: named parts and terms differ"


def test_lines_break_only_outside_groups() -> None:
    assert split_lines(r"a = b \qquad c = d") == ["a = b ", " c = d"]
    assert split_lines(r"a \\ b") == ["a ", " b"]
    inside = r"\begin{pmatrix} a \\ b \end{pmatrix} + \left( x \qquad y \right) + \text{a \qquad b}"
    assert split_lines(inside) == [inside]
    assert split_lines(r"\{ a \qquad b \}") == [r"\{ a ", r" b \}"]


def adam() -> Formula:
    return Formula(
        ADAM,
        (
            Term("w", "weights before the step"),
            Term("lr", "learning rate"),
            Term("m", "mean of the gradients", "gradient"),
            Term("t", "step"),
            Term("v", "mean of their squares"),
            Term("eps", "keeps the quotient finite"),
        ),
    )


def test_hovering_lights_a_term_and_shows_its_value(view: FormulaView) -> None:
    view.set_formula(adam())
    view.set_readings({"lr": 0.01, "m": "(0.1, 0.2)"})
    seen: list[str] = []
    view.pointed.connect(seen.append)
    for name, box in view.term_boxes():
        hover(view, box.center())
        assert seen[-1] == name
        assert view._card.isVisible()
        assert view._card.meaning.text() == adam().term(name).meaning  # type: ignore[union-attr]
    hover(view, dict(view.term_boxes())["lr"].center())
    assert view._card.value.text() == "0.0100"
    view.set_readings({"lr": 0.02})
    assert view._card.value.text() == "0.0200"
    hover(view, QPointF(view.rect().bottomRight()))
    assert seen[-1] == "" and not view._card.isVisible()


def test_highlight_changes_only_the_drawing(view: FormulaView) -> None:
    view.set_formula(adam())
    seen: list[str] = []
    view.pointed.connect(seen.append)
    before = view.grab().toImage()
    view.highlight("v")
    lit = view.grab().toImage()
    assert lit != before and seen == [] and not view._card.isVisible()
    view.highlight("")
    assert view.grab().toImage() == before


def test_the_keyboard_walks_through_the_terms(view: FormulaView) -> None:
    view.set_formula(adam())
    view.set_readings({"lr": 0.01})
    view.setFocus()
    seen: list[str] = []
    view.pointed.connect(seen.append)
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert seen == ["w", "lr"]
    assert view.accessibleDescription() == "learning rate, 0.0100"
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert seen[-1] == "eps"
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert seen[-1] == "" and not view._card.isVisible()


def test_screen_readers_get_all_terms(view: FormulaView) -> None:
    view.set_formula(adam())
    view.set_readings({"lr": 0.01})
    assert "learning rate, 0.0100" in view.accessibleDescription()
    assert "keeps the quotient finite" in view.accessibleDescription()
    assert view.accessibleName().startswith("Formula")


def test_a_broken_formula_stays_legible(view: FormulaView) -> None:
    view.set_formula(Formula(r"a + \frac{b}"))
    assert view.error and view.toolTip() == view.error
    assert view.term_boxes() == []
    assert view.heightForWidth(300) > 10
    image = view.grab().toImage()
    colors = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(colors) > 5, "nothing is drawn"
    view.set_formula(adam())
    assert not view.error and view.toolTip() == ""


def test_narrow_places_break_then_shrink_then_offer_a_button(view: FormulaView, qtbot: QtBot) -> None:
    view.set_formula(Formula(r"\term{a}{a_1} = b + c + d + e \qquad f = g + h + i + j + k"))
    wide = view.heightForWidth(900)
    assert view.heightForWidth(200) > wide
    long = Formula(r"a = b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t + u + \term{v}{v}")
    view.set_formula(long)
    view.resize(900, 60)
    natural = view._lines[0].rect.width()
    view.resize(round(natural * 0.8), 60)
    (line,) = view._lines
    assert view._fits and line.rect.right() <= view.width() and line.scale >= SMALLEST / 1.45
    assert view.open_button.isHidden()
    view.resize(150, 60)
    assert view.open_button.isVisible() and view.heightForWidth(150) == view.open_button.sizeHint().height()
    view.open_button.click()
    (dialog,) = view.window().findChildren(QDialog)
    large = dialog.findChild(FormulaView)
    assert isinstance(large, FormulaView) and large._fits and large.term_boxes()
    dialog.close()


def test_themes_recolour(view: FormulaView) -> None:
    view.set_formula(adam())
    view.set_theme(load_theme("dark"))
    svg = view._settings[0].svg.decode()
    assert load_theme("dark").text in svg and load_theme("dark").role("gradient") in svg
    assert "#0102" not in svg and '"black"' not in svg


def test_the_tallest_part_of_a_line_has_room(qtbot: QtBot) -> None:
    """A fraction followed by something low on the same line is not cut off."""
    view = FormulaView(load_theme("light"))
    qtbot.addWidget(view)
    tall, low = r"f = \frac{1}{2}x^2", "a + b"
    view.set_formula(Formula(tall + r" \qquad " + low))
    alone = FormulaView(load_theme("light"))
    qtbot.addWidget(alone)
    alone.set_formula(Formula(tall))
    assert view.heightForWidth(900) >= alone.heightForWidth(900)

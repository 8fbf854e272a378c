"""Typed formulas: TeX and plain text mean what they look like; everything else is refused with a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai_lab.kernels.expression import ExpressionError
from courseai_lab.kernels.formula_parts import expanded, steps, written
from courseai_lab.kernels.formula_tex import plain_from_tex, tex_name
from courseai_lab.kernels.formula_typed import typed_formula, typed_sheet

MEANT: list[tuple[str, tuple[str, ...], Callable[..., float]]] = [
    (r"\frac{1}{1 + e^{-(w x + b)}}", ("w", "x", "b"), lambda w, x, b: 1 / (1 + math.exp(-(w * x + b)))),
    (r"-\ln \sigma(\beta (r_w - r_l))", ("beta", "r_w", "r_l"),
     lambda beta, rw, rl: math.log1p(math.exp(-beta * (rw - rl)))),
    (r"\frac{a^2}{\sqrt{|c|}}", ("a", "c"), lambda a, c: a**2 / math.sqrt(abs(c))),
    (r"2x^{3} - 3x + 1", ("x",), lambda x: 2 * x**3 - 3 * x + 1),
    (r"-x^2", ("x",), lambda x: -(x**2)),
    (r"a - b - c", ("a", "b", "c"), lambda a, b, c: a - b - c),
    (r"a / b / c", ("a", "b", "c"), lambda a, b, c: a / b / c),
    (r"\max(a, \min(b, 1)) \cdot \tanh x", ("a", "b", "x"), lambda a, b, x: max(a, min(b, 1)) * math.tanh(x)),
    (r"\left(a + b\right)\left[a - b\right]", ("a", "b"), lambda a, b: (a + b) * (a - b)),
    (r"\mathrm{ReLU}(x) + \operatorname{softplus}(x)", ("x",), lambda x: max(x, 0) + math.log1p(math.exp(x))),
    (r"\theta_1 \cdot \pi + x_{in}", ("theta_1", "x_in"), lambda t, x: t * math.pi + x),
    (r"\frac12 x", ("x",), lambda x: x / 2),
    ("w*x + b", ("w", "x", "b"), lambda w, x, b: w * x + b),
    ("2e-3*rate + 1.5e2", ("rate",), lambda rate: 2e-3 * rate + 150),
    ("x^2 - 2^x", ("x",), lambda x: x**2 - 2**x),
    ("min(a, b)*exp(-a)", ("a", "b"), lambda a, b: min(a, b) * math.exp(-a)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "meant"), MEANT, ids=[m[0] for m in MEANT])
def test_it_means_what_it_looks_like(text: str, names: tuple[str, ...], meant: Callable[..., float]) -> None:
    formula = typed_formula(text)
    assert formula.variables == names
    for values in ((0.7, 1.3, -0.4), (1.9, 0.2, 2.5)):
        wanted = meant(*values[: len(names)])
        assert formula(*values[: len(names)]) == pytest.approx(wanted, rel=1e-12)
        sheet = typed_sheet(formula, values)
        assert sheet[-1].number == pytest.approx(wanted, rel=1e-12)
        assert expanded(sheet, steps(sheet)).startswith(("-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"))


@pytest.mark.parametrize(("text", "names", "meant"), MEANT, ids=[m[0] for m in MEANT])
def test_what_is_shown_reads_back_as_the_same(text: str, names: tuple[str, ...], meant: Callable[..., float]) -> None:
    formula = typed_formula(text)
    sheet = typed_sheet(formula, (0.7, 1.3, -0.4))
    shown = written(sheet)
    for k, name in enumerate(names):
        shown = shown.replace(rf"\term{{n{k + 1}}}{{{tex_name(name)}}}", rf"{{{tex_name(name)}}}")
    again = typed_formula(shown if "\\" in shown or "{" in shown else shown + "{}")
    assert again(*(0.7, 1.3, -0.4)[: len(names)]) == pytest.approx(meant(*(0.7, 1.3, -0.4)[: len(names)]), rel=1e-9)


REFUSED = [
    ("", "empty"),
    (r"\frac{1}{", "missing"),
    (r"x + \foo", "not read here"),
    (r"\sqrt{x", "missing"),
    ("2 + 3", "names no number"),
    ("x", "nothing is worked out"),
    (r"{x}", "nothing is worked out"),
    ("a*b*c*d*f*g*h", "at most 6"),
    ("x +", "missing"),
    (r"x^{2", "missing"),
    (r"\sin^2 x", "behind the bracket"),
    (r"x^12{}", "braces"),
    (r"\frac{2}{0} + x", "divides by zero"),
    ("__import__('os')", "Column"),
    (r"\input{file}", "not read here"),
    (r"{" * 200 + "x", "nested"),
    (r"\frac{x}{y} $", "no meaning"),
    ("y" + "+y" * 400, "longer than"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_it_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        typed_formula(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=r"xyw12.+-*/^_(){}[]|,\ abcefrstqlnginmhp", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        formula = typed_formula(text)
    except ExpressionError as error:
        assert str(error).startswith("Column ")
        return
    sheet = typed_sheet(formula, [0.5] * len(formula.variables))
    assert steps(sheet) >= 1


@pytest.mark.parametrize(
    ("name", "tex"),
    [("x", "x"), ("beta_1", r"\beta_{1}"), ("x_in", r"x_{\mathrm{in}}"), ("rate", r"\mathrm{rate}")],
)
def test_names_as_tex(name: str, tex: str) -> None:
    assert tex_name(name) == tex
    assert plain_from_tex(tex + " + 1") == f"{name} + 1"


def test_repeated_parts_are_worked_out_once() -> None:
    sheet = typed_sheet(typed_formula("(a + b)^2 + sin(a + b)"), (1.0, 2.0))
    assert steps(sheet) == 4

"""The typed f(x, y): values, gradients, clear refusals with their column, and nothing else whatever is typed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.kernels.expression import (
    FUNCTIONS,
    MAX_LENGTH,
    OPERATIONS,
    Call,
    Expression,
    ExpressionError,
    parse,
)
from courseai_lab.kernels.expression_tape import compile_tape, tape_value_gradient

VALUES: list[tuple[str, Callable[[float, float], float]]] = [
    ("x^2 + 3*y^2", lambda x, y: x**2 + 3 * y**2),
    ("-x^2", lambda x, y: -(x**2)),
    ("2^-x", lambda x, y: 2**-x),
    ("2^3^2 + 0*x", lambda x, y: 512),
    ("x - (y - 1)", lambda x, y: x - (y - 1)),
    ("x/(y*2)/3", lambda x, y: x / (y * 2) / 3),
    ("sin(x)*cos(y) + tan(x/4)", lambda x, y: math.sin(x) * math.cos(y) + math.tan(x / 4)),
    ("exp(-x) + log(y) + sqrt(x*y)", lambda x, y: math.exp(-x) + math.log(y) + math.sqrt(x * y)),
    ("abs(x - y) + min(x, y) * max(x, 2)", lambda x, y: abs(x - y) + min(x, y) * max(x, 2)),
    ("tanh(x) + sigmoid(y)", lambda x, y: math.tanh(x) + 1 / (1 + math.exp(-y))),
    ("relu(x - 1) + softplus(-y)", lambda x, y: max(x - 1, 0) + math.log1p(math.exp(-y))),
    ("pi*x + e^y", lambda x, y: math.pi * x + math.e**y),
    ("x² + π·y − 1", lambda x, y: x**2 + math.pi * y - 1),
    (" x **2\n+ .5*y + 1e-3 ", lambda x, y: x**2 + 0.5 * y + 1e-3),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
@pytest.mark.parametrize("point", [(1.3, 0.7), (0.4, 2.2)])
def test_value_everywhere_the_same(text: str, expected: Callable[..., float], point: tuple[float, float]) -> None:
    f = parse(text)
    assert f(*point) == pytest.approx(expected(*point), rel=1e-12)
    assert f(*(torch.tensor(v, dtype=torch.float64) for v in point)).item() == pytest.approx(
        expected(*point), rel=1e-12
    )
    grid = f(np.full((2, 3), point[0]), np.full(3, point[1]))
    np.testing.assert_allclose(grid, np.full((2, 3), expected(*point)), rtol=1e-12)


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_gradient_and_tape_equal_finite_differences(text: str, expected: Callable[..., float]) -> None:
    f, x, y, step = parse(text), 1.3, 0.7, 1e-6
    slopes = [
        (expected(x + step, y) - expected(x - step, y)) / (2 * step),
        (expected(x, y + step) - expected(x, y - step)) / (2 * step),
    ]
    value, gradient = f.value_and_gradient(x, y)
    np.testing.assert_allclose([value, *gradient], [expected(x, y), *slopes], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(tape_value_gradient(*compile_tape(f), x, y), [value, *gradient], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "text", ["abs(x)", "relu(x)", "min(x, y)", "max(x, 0)", "x^0", "x^2", "sqrt(y) + x", "max(x,y)^2"]
)
def test_tape_takes_autograd_s_side_at_kinks(text: str) -> None:
    f = parse(text)
    value, gradient = f.value_and_gradient(0.0, 0.0)
    if text.startswith("sqrt"):
        gradient[1] = np.array(np.inf)
    np.testing.assert_array_equal(tape_value_gradient(*compile_tape(f), 0.0, 0.0), [value, *gradient])


def test_a_constant_is_flat() -> None:
    f = parse("3")
    assert f(1.0, 2.0) == 3.0 and f(np.zeros(4), 0.0).shape == (4,)
    value, gradient = f.value_and_gradient(np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(value, [3.0, 3.0])
    np.testing.assert_array_equal(gradient, np.zeros((2, 2)))


def test_outside_the_domain_the_value_is_nan_and_nothing_is_printed(recwarn: pytest.WarningsRecorder) -> None:
    assert np.isnan(parse("log(x)")(-1.0, 0.0))
    assert np.isnan(parse("x^0.5")(-1.0, 0.0))
    assert parse("1/x")(0.0, 0.0) == math.inf
    assert parse("exp(x)")(1e4, 0.0) == math.inf
    assert len(recwarn) == 0


REFUSED = [
    ("", 1, "empty"),
    ("   ", 1, "empty"),
    ("2x", 2, "put a \\* there"),
    ("x y", 3, "put a \\* there"),
    ("3(x+1)", 2, "put a \\* there"),
    ("(x)(y)", 4, "put a \\* there"),
    ("sin x", 5, "sin\\(x"),
    ("sin", 1, "give it a value"),
    ("foo(x)", 1, "no function 'foo'; known are sin"),
    ("1 + a*x", 5, "'a' is not known; use x, y, pi, e"),
    ("x + ", 5, "missing or out of place"),
    ("2*(x + (1", 8, "not closed"),
    ("max(x,)", 7, "missing after"),
    ("(x, y)", 3, "between the two values"),
    ("x)", 2, "no '\\(' before it"),
    ("y = x", 3, "only the right-hand side"),
    ("x % 2", 3, "no meaning here"),
    ("x // 2", 4, "missing or out of place"),
    ("[x]", 1, "group with"),
    ("'x'", 1, "quotes"),
    ("x, y", 2, "between the two values of min or max"),
    ("min(x)", 1, "takes 2 values, not 1"),
    ("sin(x, y)", 1, "takes 1 value, not 2"),
    ("9**9**9", 1, "larger than 1e100"),
    ("x + 9^9^9", 5, "larger than 1e100"),
    ("1e999*x", 1, "larger than 1e100"),
    ("x + 1/0", 5, "divides by zero"),
    ("x*log(-1)", 3, "no value among the real numbers"),
    ("(-8)^(1/3)", 1, "no value among the real numbers"),
    ("__import__('os')", 1, "no function '__import__'"),
    ("x.real", 2, "no meaning here"),
    ("lambda: x", 1, "'lambda' is not known"),
    ("True", 1, "'True' is not known"),
    ("x if y else 1", 3, "'if' is not known"),
    ("x\0", 2, "U\\+0000"),
    ("sin(*x)", 5, "not arithmetic"),
    ("x" + "+x" * 100, 1, "too large"),
    ("(" * 60 + "x" + "^2)" * 60, 0, "too large"),
    ("x+" * 151, MAX_LENGTH + 1, "longer than 300"),
]


@pytest.mark.parametrize(("text", "column", "sentence"), REFUSED)
def test_refused_with_position_and_what_would_be_right(text: str, column: int, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence) as error:
        parse(text)
    assert str(error.value).startswith(f"Column {error.value.column}: ")
    assert str(error.value).endswith(".")
    assert column in (0, error.value.column)


def test_other_variables() -> None:
    assert parse("t^2 + w0", ("t", "w0"))(3.0, 1.0) == 10.0
    with pytest.raises(ExpressionError, match="use t, pi, e"):
        parse("x", ("t",))
    with pytest.raises(TypeError, match="takes 2 values"):
        parse("x")(1.0)


def test_equal_trees_are_equal_and_hashable() -> None:
    assert parse("x+1").root == parse(" x + 1 ").root
    assert len({parse("x"), parse("x"), parse("y")}) == 2


leaves = st.sampled_from(["x", "y", "2", "0.5", "pi", "e", "1e3", "3.25"])


def _combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = st.builds("-({})".format, inner) | st.builds("-{}".format, inner)
    binary = st.builds("({}) {} ({})".format, inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner)
    loose = st.builds("{} {} {}".format, inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner)
    one = [name for name in FUNCTIONS if OPERATIONS[name].arity == 1]
    called = st.builds("{}({})".format, st.sampled_from(one), inner)
    return unary | binary | loose | called | st.builds("max({}, {})".format, inner, inner)


typed = st.recursive(leaves, _combine, max_leaves=12)


def _parsed(text: str) -> Expression | None:
    try:
        return parse(text)
    except ExpressionError as error:
        assert str(error).endswith(".") and 1 <= error.column <= MAX_LENGTH + 1
        return None


@given(st.text(max_size=400) | st.text(alphabet="xy0123456789.eE+-*/^(), sincoqrtpabmx", max_size=60) | typed)
def test_fuzz_nothing_but_a_value_or_an_expression_error(text: str) -> None:
    f = _parsed(text)
    if f is not None:
        assert isinstance(float(f(0.3, -1.7)), float)
        assert np.shape(f(np.zeros((2, 1)), np.ones(3))) == (2, 3)


@given(typed, st.floats(-3, 3), st.floats(-3, 3))
def test_fuzz_tape_equals_the_tree(text: str, x: float, y: float) -> None:
    f = _parsed(text)
    if f is None:
        return
    expected = float(f(x, y))
    value, *slopes = tape_value_gradient(*compile_tape(f), x, y)
    if math.isfinite(expected) and abs(expected) < 1e12:
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
        _, gradient = f.value_and_gradient(x, y)
        for ours, theirs in zip(slopes, gradient, strict=True):
            if math.isfinite(ours) and math.isfinite(theirs):
                assert ours == pytest.approx(float(theirs), rel=1e-6, abs=1e-9)


@given(typed)
def test_fuzz_source_reads_back_as_the_same_tree(text: str) -> None:
    f = _parsed(text)
    if f is None or any(word in text for word in ("sigmoid", "relu", "softplus")):
        return
    source = f.numpy_source().replace("np.maximum", "max").replace("np.minimum", "min").replace("np.", "")
    if len(source) <= MAX_LENGTH:
        assert parse(source).root == f.root


def test_source_of_composed_functions() -> None:
    assert parse("2*sigmoid(x)").numpy_source() == "2 * (1 / (1 + np.exp(-(x))))"
    assert parse("relu(x)+softplus(y)^2").numpy_source() == "np.maximum(x, 0) + np.logaddexp(y, 0) ** 2"
    assert parse("-(x+1)^2/pi").numpy_source() == "-(x + 1) ** 2 / np.pi"


def test_every_function_has_an_opcode_and_a_torch_form() -> None:
    for name in FUNCTIONS:
        arguments = ", ".join("xy"[: OPERATIONS[name].arity])
        f = parse(f"{name}({arguments})")
        assert isinstance(f.root, Call)
        value, gradient = f.value_and_gradient(0.6, 0.9)
        np.testing.assert_allclose(tape_value_gradient(*compile_tape(f), 0.6, 0.9), [value, *gradient], rtol=1e-12)

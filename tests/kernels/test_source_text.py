"""Source text: what is written gives back exactly what it was written from."""

from __future__ import annotations

import ast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.source_text import array, names, number, program, rows, words


def value_of(text: str) -> object:
    """What a literal means; np.nan and np.inf are the only names."""
    plain = text.replace("-np.inf", "-1e999").replace("np.inf", "1e999").replace("np.nan", "(1e999-1e999)")
    node = ast.parse(plain, mode="eval")
    return eval(compile(node, "text", "eval"), {"__builtins__": {}})  # noqa: S307 - of our own text, in a test


@given(st.floats())
def test_numbers_come_back_exactly(value: float) -> None:
    found = value_of(number(value))
    assert (np.isnan(value) and np.isnan(found)) or found == value


@given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5)), min_size=1))
def test_rows_come_back_and_fit_the_line(values: list[tuple[float, int]]) -> None:
    text = rows(values)
    assert list(ast.literal_eval(f"[{text.strip()}]")) == values
    assert max(map(len, text.splitlines())) <= 100


def test_arrays_names_words_and_programs() -> None:
    short, long = array("x", [1.5, -2.0], "two"), array("points", np.arange(60.0).reshape(30, 2))
    assert short == "x = np.array([1.5, -2.0])  # two"
    space: dict[str, object] = {"np": np}
    exec(long, space)  # noqa: S102 - of our own text, in a test
    np.testing.assert_array_equal(space["points"], np.arange(60.0).reshape(30, 2))
    assert names("s", ["a", "b"]) == "s = [a, b]" and words(["a", 'b"']) == '"a", "b\\""'
    many = names("s", [f"schedule_{k}" for k in range(20)])
    assert many.startswith("s = [\n    schedule_0") and many.endswith(",\n]") and max(map(len, many.split("\n"))) <= 100
    text = program('It has """quotes""" and \\eta.', "x = 1\n", "", "    y = 2")
    assert ast.get_docstring(ast.parse(text)) == "It has '''quotes''' and \\eta." and text.endswith("x = 1\n\ny = 2\n")


@pytest.mark.parametrize(
    "text",
    [
        "max(x, 2) + min(3, y) * relu(x - 1)",
        "2^x + sigmoid(x*y)^2 - softplus(-y)",
        "-x^2 + abs(y)*tanh(x) - (-2)^2",
        "x - (y - 3) / (x / y)",
    ],
)
def test_torch_source_is_the_expression(text: str) -> None:
    expression = parse(text)
    x, y = torch.tensor([0.3, 2.5], dtype=torch.float64), torch.tensor([1.7, -0.4], dtype=torch.float64)
    found = eval(expression.torch_source(), {"torch": torch, "np": np, "x": x, "y": y})  # noqa: S307
    np.testing.assert_allclose(found.numpy(), expression(x.numpy(), y.numpy()), rtol=1e-12)

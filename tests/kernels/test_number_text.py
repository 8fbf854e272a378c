"""Numbers in sentences."""

from __future__ import annotations

import math

import pytest

from courseai_lab.kernels.number_text import number, percent, plural


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.25, "−0.250"),
        (1e-9, "1.00×10⁻⁹"),
        (-2.5e7, "−2.50×10⁷"),
        (123.4, "123"),
        (0.0, "0"),
        (12.0, "12.0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "no number"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_shares_and_counts() -> None:
    assert percent(0.05) == "5.0\u202f%" and percent(0.5) == "50\u202f%" and percent(0.0) == "0\u202f%"
    assert plural(1, "layer") == "1 layer" and plural(0, "layer") == "0 layers"

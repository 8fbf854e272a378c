"""Numbers as text: hand-written expectations, and properties over all floats."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.ui.numbers import fmt, fmt_aligned, power_of_ten

T = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1"),
        (1.0, "1.00"),
        (0.1, "0.100"),
        (-0.01234, "−0.0123"),
        (0.001, "0.00100"),
        (0.00099, "9.90×10⁻⁴"),
        (0.99951, "1.00"),
        (9.996, "10.0"),
        (999.6, "1000"),
        (1234.5, "1234"),
        (12345.6, f"12{T}346"),
        (99999.4, f"99{T}999"),
        (99999.7, "1.00×10⁵"),
        (123456.0, "1.23×10⁵"),
        (1.2e-5, "1.20×10⁻⁵"),
        (-6.02e23, "−6.02×10²³"),
        (12345, f"12{T}345"),
        (-200, "−200"),
        (True, "1"),
        (10**20, "1.00×10²⁰"),
        (math.nan, "NaN"),
        (math.inf, "infinity"),
        (-math.inf, "−infinity"),
    ],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert fmt(value) == text


def test_units_trimming_and_digits() -> None:
    assert fmt(1.5, unit="ms") == f"1.50{T}ms"
    assert fmt(45.0, unit="°") == "45.0°"
    assert fmt(0.1, trim=True) == "0.1"
    assert fmt(1e-5, trim=True) == "1×10⁻⁵"
    assert fmt(math.pi, 6) == "3.14159"
    assert fmt(math.pi, 1) == "3"
    assert power_of_ten(-12) == "10⁻¹²"
    with pytest.raises(ValueError, match="at least 1"):
        fmt(1.0, 0)


def test_columns_align_on_the_point() -> None:
    column = fmt_aligned([1, 2.5, -10.25, 0.123, 1000])
    assert len({len(text) for text in column}) == 1
    points = {text.index(".") for text in column if "." in text}
    assert points == {4}
    assert column[0] == "\u2007\u2007\u20071\u2008\u2007\u2007\u2007"
    assert fmt_aligned([]) == []


def test_a_column_is_scientific_as_a_whole() -> None:
    column = [text.strip("\u2007\u2008") for text in fmt_aligned([1e-6, 12.0, -3, 0.0, math.nan])]
    assert column == ["1.00×10⁻⁶", "1.20×10¹", "−3.00×10⁰", "0", "NaN"]


def _read(text: str) -> float:
    mantissa, _, power = text.replace(T, "").replace("−", "-").partition("×10")
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return float(f"{mantissa}e{power.translate(digits) or 0}")


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e300, max_value=1e300))
def test_text_reads_back_within_half_a_unit_of_the_third_digit(value: float) -> None:
    assert "-" not in fmt(value)
    assert _read(fmt(value)) == pytest.approx(value, rel=5.01e-3)


@given(st.integers(-(10**14), 10**14))
def test_integers_are_exact(value: int) -> None:
    assert int(fmt(value).replace(T, "").replace("−", "-")) == value

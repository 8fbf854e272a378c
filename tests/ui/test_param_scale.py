"""Sliders' scales and typed numbers: round trips, open ends, what is refused."""

from __future__ import annotations

import math
from typing import Annotated, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import Field

from courseai_lab.contract import Params, Ui, fields
from courseai_lab.ui.param_form import Scale, read_number, scale_of, write_number


def scale(kind: Any, field: Any, ui: Ui | None = None, default: Any = None) -> Scale:
    namespace = {"__annotations__": {"x": Annotated[kind, field, ui or Ui()]}, "x": default, "__module__": __name__}
    made = scale_of(fields(type("Made", (Params,), namespace))[0])
    assert made is not None
    return made


@given(st.floats(1e-9, 1e3), st.floats(1.5, 1e12), st.floats(0, 1))
def test_log_positions_come_back(low: float, ratio: float, share: float) -> None:
    made = Scale(low, low * ratio, log=True)
    value = low * ratio**share
    position = made.position(value)
    assert 0 <= position <= made.last
    back = made.value(position)
    assert made.low <= back <= made.high
    one = math.log(ratio) / made.last
    assert abs(math.log(back / value)) <= one + 1e-9
    assert made.position(back) == position


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(0, 1))
def test_linear_positions_come_back(low: float, span: float, share: float) -> None:
    made = Scale(low, low + span)
    assume(made.high > made.low)
    value = low + span * share
    back = made.value(made.position(value))
    assert made.low <= back <= made.high
    assert abs(back - value) <= 1.6 * span / made.last + 1e-9 * abs(value)


@given(st.integers(-50, 50), st.integers(1, 900))
def test_short_whole_ranges_have_one_position_each(low: int, span: int) -> None:
    made = Scale(low, low + span, whole=True)
    values = [made.value(position) for position in range(made.last + 1)]
    assert values == list(range(low, low + span + 1))
    assert all(isinstance(value, int) for value in values)
    assert [made.position(value) for value in values] == list(range(made.last + 1))


def test_open_ends_are_never_reached() -> None:
    momentum = scale(float, Field(ge=0, lt=1), default=0.9)
    assert momentum.value(0) == 0
    assert momentum.value(momentum.last) == 0.999
    rate = scale(float, Field(gt=0, le=1), Ui(log=True), default=0.1)
    assert 0 < rate.value(0) <= 1e-5
    assert rate.value(rate.last) == 1
    count = scale(int, Field(gt=0, lt=10), default=3)
    assert (count.value(0), count.value(count.last)) == (1, 9)


def test_log_range_from_zero_keeps_zero() -> None:
    decay = scale(float, Field(ge=0, le=1), Ui(log=True), default=0.0)
    assert decay.value(0) == 0
    assert decay.position(0.0) == 0
    assert decay.nudged(0.0, 1) == decay.low
    assert decay.nudged(decay.low, -1) == 0


def test_slider_values_are_round() -> None:
    assert Scale(0, 1).value(333) == 0.333
    assert Scale(1e-6, 1, log=True).value(500) == 1e-3
    assert Scale(0, 0.7).nudged(0.35, 1) == 0.36


def test_nudges() -> None:
    assert Scale(0, 1, step=0.05).nudged(0.5, 1) == 0.55
    assert Scale(0, 1, step=0.05).nudged(0.98, 1) == 1
    assert Scale(1, 5000, whole=True, log=True).nudged(1, 1) == 2
    assert Scale(1, 5000, whole=True, log=True).nudged(5000, 10) == 5000
    assert Scale(1e-4, 1, log=True).nudged(1e-2, 20) == 0.1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("−0.5", -0.5),
        (" 12 ", 12),
        ("1×10⁻⁵", 1e-5),
        ("1.5x10^3", 1500.0),
        ("10 000", 10_000),
        ("10\u202f000", 10_000),
        ("3 steps", 3),
        (".5", 0.5),
        ("5.", 5.0),
        ("+2", 2),
        ("123456789012345678901", 123456789012345678901),
    ],
)
def test_reads_what_people_type(text: str, value: float) -> None:
    assert read_number(text, "steps") == value


@pytest.mark.parametrize("text", ["", "abc", "1+1", "1,5", "nan", "inf", "1e999", "0x10", "__import__", "1 2 a", "--1"])
def test_refuses_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**14), 10**14))
def test_what_is_written_reads_the_same(value: float) -> None:
    assert read_number(write_number(value, "m"), "m") == value

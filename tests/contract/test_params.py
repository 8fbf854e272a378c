"""Typed parameters: specs, sentences, command-line values."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from courseai_lab import contract
from courseai_lab.contract import BadValue, FileKind, Ui, fields, parse_settings


class Shape(StrEnum):
    ROUND = "round"
    FLAT = "flat"


class Params(contract.Params):
    rate: Annotated[float, Field(gt=0, le=1), Ui(log=True, steer=True, symbol=r"\eta", unit="1/step")] = 0.1
    count: Annotated[int, Field(ge=1, le=9)] = 3
    free: float = 0.5
    on: bool = True
    shape: Shape = Shape.ROUND
    kind: Literal["a", "b"] = "a"
    kinds: tuple[Literal["x", "y", "z"], ...] = ("x",)
    note: Annotated[contract.Text, Ui(multiline=True)] = ""
    tint: contract.Color = "#2F5BEA"
    picture: Annotated[str, FileKind("image")] = ""
    weights: tuple[float, ...] = (1.0, 2.0)
    matrix: contract.Matrix = ((1.0, 0.0), (0.0, 1.0))
    points: contract.Points = ((0.0, 0.0),)
    window: Annotated[tuple[float, float], Ui(when=("kind", ("b",)))] = (0.0, 1.0)

    @model_validator(mode="after")
    def _in_order(self) -> Params:
        if self.window[0] > self.window[1]:
            raise ValueError("The window's start must not lie after its end")
        return self


def test_every_kind_is_recognised() -> None:
    kinds = {spec.name: spec.kind for spec in fields(Params)}
    assert kinds == {
        "rate": "float",
        "count": "int",
        "free": "float",
        "on": "switch",
        "shape": "choice",
        "kind": "choice",
        "kinds": "choices",
        "note": "text",
        "tint": "color",
        "picture": "file",
        "weights": "vector",
        "matrix": "matrix",
        "points": "points",
        "window": "pair",
    }
    rate = fields(Params)[0]
    assert (rate.lo, rate.hi, rate.lo_open, rate.hi_open) == (0, 1, True, False)
    assert rate.ui.log and rate.ui.steer and rate.ui.unit == "1/step"


@pytest.mark.parametrize(
    ("patch", "field", "sentence"),
    [
        ({"rate": 2.0}, "rate", "rate cannot be 2.0: it must be a number above 0 and at most 1 1/step."),
        ({"rate": float("nan")}, "rate", "rate cannot be infinite or not a number: it must be"),
        ({"count": 10}, "count", "count cannot be 10: it must be a whole number from 1 to 9."),
        ({"count": 2.5}, "count", "whole number"),
        ({"shape": "square"}, "shape", "one of round, flat"),
        ({"kinds": ("x", "q")}, "kinds", "any of x, y, z"),
        ({"tint": "red"}, "tint", "a colour such as #2F5BEA"),
        ({"points": ((1.0,),)}, "points", "a list of points"),
        ({"nonsense": 1}, "nonsense", "There is no parameter nonsense; the parameters are rate, count,"),
        ({"window": (2.0, 1.0)}, "", "The window's start must not lie after its end."),
    ],
)
def test_bad_values_get_one_sentence(patch: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(BadValue) as caught:
        Params().patched(**patch)
    assert sentence in str(caught.value)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


def test_settings_of_a_command_line() -> None:
    read = parse_settings(
        Params,
        [
            "rate=1e-3",
            "on=off",
            "shape=flat",
            "kinds=x, z",
            "weights=1,2.5",
            "points=[[1,2],[3,4]]",
            "note=a=b",
            "free=−2",
        ],
    )
    values = Params().patched(**read)
    assert values.rate == 1e-3 and values.on is False and values.shape is Shape.FLAT
    assert values.kinds == ("x", "z") and values.weights == (1.0, 2.5)
    assert values.points == ((1, 2), (3, 4)) and values.note == "a=b" and values.free == -2


@pytest.mark.parametrize(
    "setting", ["rate", "nope=1", "on=perhaps", "rate=fast", "matrix=[[1,", "count=" + "9" * 30_000]
)
def test_unreadable_settings(setting: str) -> None:
    with pytest.raises(BadValue):
        Params().patched(**parse_settings(Params, [setting]))


@given(st.text(max_size=40))
def test_any_text_as_a_value_is_accepted_or_refused_with_a_sentence(text: str) -> None:
    for spec in fields(Params):
        try:
            Params().patched(**parse_settings(Params, [f"{spec.name}={text}"]))
        except BadValue as error:
            assert str(error).endswith((".", "!", "?"))


def test_when_decides_what_is_shown() -> None:
    window = next(spec for spec in fields(Params) if spec.name == "window")
    assert not window.shown(Params()) and window.shown(Params(kind="b"))


def test_a_log_scale_needs_a_positive_range() -> None:
    class Wrong(contract.Params):
        x: Annotated[float, Field(ge=-1), Ui(log=True)] = 0.0

    with pytest.raises(TypeError, match="log scale"):
        fields(Wrong)


def test_types_without_a_control_are_refused() -> None:
    class Wrong(contract.Params):
        x: dict[str, int] = {}

    with pytest.raises(TypeError, match="no control"):
        fields(Wrong)


def test_what_hangs_on_a_hidden_control_is_hidden() -> None:
    class Nested(contract.Params):
        page: Literal["one", "two"] = "one"
        source: Annotated[Literal["a", "b"], Ui(when=("page", ("two",)))] = "b"
        detail: Annotated[bool, Ui(when=("source", ("b",)))] = False

    detail = next(spec for spec in fields(Nested) if spec.name == "detail")
    assert not detail.shown(Nested()) and detail.shown(Nested(page="two"))

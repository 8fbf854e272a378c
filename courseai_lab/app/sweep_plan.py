"""What a sweep computes: one parameter over up to 12 values, or two as a grid of up to 5 by 5. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from courseai_lab.contract import BadValue, FieldSpec, LabError, Patch, State, fields
from courseai_lab.contract.settings_text import parse_value
from courseai_lab.engine.store import short_value

MOST_ALONE = 12
MOST_EACH = 5
USUAL_ALONE, USUAL_EACH = 6, 3
FEW = 50
"""Up to so many whole numbers a range is swept as a whole; a wider one around the present value."""
KINDS = ("float", "int", "choice", "switch")


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter (or display setting) and the values it takes."""

    spec: FieldSpec
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sweep: its values in words, and its state or why there is none."""

    title: str
    state: State | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a range of numbers begins and ends, and whether its steps are factors."""

    low: float
    high: float
    log: bool


def sweepable(state: State) -> tuple[FieldSpec, ...]:
    """The parameters that can be swept here, and the display settings after them: numbers, choices and switches."""
    now = state.current
    return tuple(
        spec
        for values in (now, state.look)
        for spec in fields(type(values))
        if spec.kind in KINDS and not spec.ui.hidden and spec.shown(values) and len(_all(spec) or (0, 1)) > 1
    )


def usual_range(spec: FieldSpec, now: float | None) -> Range:
    """A range that shows something: the whole one where it is not too wide, else a part around the present value."""
    here = float(now if now is not None else spec.default or 0)
    low = -math.inf if spec.lo is None else float(spec.lo)
    high = math.inf if spec.hi is None else float(spec.hi)
    wide = spec.kind == "int" and high - low > FEW
    if spec.ui.log and high > 0:
        here = here if here > 0 else min(1.0, high)
        return Range(max(low if low > 0 else 0.0, here / 10), min(high, here * 10), True)
    if math.isfinite(low) and math.isfinite(high) and not wide:
        # An open end is no value: begin a little inside.
        edge = (high - low) / 100
        return Range(low + edge * spec.lo_open, high - edge * spec.hi_open, False)
    width = max(1.0, abs(here))
    return Range(max(low, here - width / 2 if wide else here - width), min(high, here + width), False)


def spread(spec: FieldSpec, chosen: Range, count: int) -> tuple[Any, ...]:
    """``count`` numbers from end to end, in equal steps or equal factors; whole ones are rounded, doubles left out.

    Raises BadValue for a range that is none.
    """
    if not (math.isfinite(chosen.low) and math.isfinite(chosen.high) and chosen.low < chosen.high):
        raise BadValue("A range goes from a smaller to a larger number.")
    if chosen.log and chosen.low <= 0:
        raise BadValue("A range in equal factors starts above 0.")
    if count < 2:
        raise BadValue("A range has at least 2 values.")
    shares = [place / (count - 1) for place in range(count)]
    if chosen.log:
        ratio = chosen.high / chosen.low
        values = [chosen.low * ratio**share for share in shares]
    else:
        values = [chosen.low + (chosen.high - chosen.low) * share for share in shares]
    if spec.kind == "int":
        return tuple(dict.fromkeys(round(value) for value in values))
    return tuple(dict.fromkeys(_tidy(value) for value in values))


def usual_values(spec: FieldSpec, now: Any, count: int) -> tuple[Any, ...]:
    """What a sweep of this parameter starts from."""
    every = _all(spec)
    if every is not None:
        return every[:count]
    return spread(spec, usual_range(spec, now), count)


def typed_values(spec: FieldSpec, text: str, most: int) -> tuple[Any, ...]:
    """The values in a line such as ``0.01, 0.1, 1`` or ``tanh, relu``; raises BadValue with one sentence."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not parts:
        raise BadValue(f"Type the values of {spec.label}, with commas between them.")
    values = tuple(dict.fromkeys(_read(spec, part) for part in parts))
    if len(values) > most:
        raise BadValue(f"{spec.label} has {len(values)} values here; at most {most} are computed.")
    return values


def write_values(spec: FieldSpec, values: Iterable[Any]) -> str:
    """The line that ``typed_values`` reads."""
    return ", ".join(_written(spec, value) for value in values)


def cells(state: State, axes: Sequence[Axis]) -> list[Cell]:
    """The states of a sweep, the last axis running fastest. One that is refused has its sentence in place of a state.

    Each starts from today's parameters: what was steered while a run went on is set from its beginning.
    """
    out = []
    looks = {spec.name for spec in fields(type(state.look))}
    for values in product(*(axis.values for axis in axes)):
        pairs = [(axis.spec, value) for axis, value in zip(axes, values, strict=True)]
        title = ", ".join(f"{spec.label} {short_value(spec, value)}" for spec, value in pairs)
        params = {spec.name: value for spec, value in pairs if not _is_look(state, spec, looks)}
        look = {spec.name: value for spec, value in pairs if _is_look(state, spec, looks)}
        try:
            out.append(Cell(title, state.apply(Patch(params=params, look=look))[0]))
        except LabError as error:
            out.append(Cell(title, None, str(error)))
    return out


def _is_look(state: State, spec: FieldSpec, looks: set[str]) -> bool:
    return spec.name in looks and spec in fields(type(state.look))


def _all(spec: FieldSpec) -> tuple[Any, ...] | None:
    if spec.kind == "switch":
        return (False, True)
    return spec.choices if spec.kind == "choice" else None


def _tidy(value: float) -> float:
    """Three digits are enough for a value that nobody typed."""
    return float(f"{value:.3g}")


def _written(spec: FieldSpec, value: Any) -> str:
    if spec.kind == "switch":
        return "on" if value else "off"
    if spec.kind == "choice":
        name = spec.name_of(value)
        # A name with a comma cannot stand in a line of names with commas between them.
        return str(getattr(value, "value", value)) if "," in name or ";" in name else name
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(spec: FieldSpec, text: str) -> Any:
    if spec.kind == "choice":
        named = {spec.name_of(choice).lower(): choice for choice in spec.choices}
        if text.lower() in named:
            return named[text.lower()]
        plain = parse_value(spec, text)
        if plain in spec.choices:
            return plain
        raise BadValue(f"{spec.label} cannot be {text}: it must be one of {', '.join(named)}.")
    value = parse_value(spec, text)
    if spec.kind == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value

"""What a lesson takes away from a panel's controls: hidden and locked ones, and narrower limits. Data, nothing runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from courseai_lab.contract.errors import BadValue
from courseai_lab.contract.params import FieldSpec, Params, fields
from courseai_lab.contract.state import Patch, State

LOCKED = "Locked in this lesson."


@dataclass(frozen=True, slots=True)
class Rules:
    """Names of parameters, or of display settings (``look.name`` where a parameter has the same name).

    ``hide``: no control is shown, handles on the picture still work. ``lock``: the value stays as the scene sets it,
    however it is meant to be changed. ``limits``: both ends belong to the range; they narrow the panel's own.
    """

    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hide or self.lock or self.limits)

    def check(self, state: State, patch: Patch) -> None:
        """Raise BadValue, one sentence, when a wish goes beyond what the lesson allows."""
        for part, now, wanted in (("params", state.current, patch.params), ("look", state.look, patch.look)):
            for name, spec in keyed(part, type(now), type(state.params)).items():
                if spec.name in wanted:
                    self._check(name, spec, getattr(now, spec.name), wanted[spec.name])

    def check_state(self, before: State, after: State) -> None:
        """The same for a whole other state, such as a preset."""
        params = {spec.name: getattr(after.current, spec.name) for spec in fields(type(after.params))}
        look = {spec.name: getattr(after.look, spec.name) for spec in fields(type(after.look))}
        self.check(before, Patch(params=params, look=look))

    def narrowed(self, name: str, spec: FieldSpec) -> FieldSpec:
        """The parameter with the limits that hold for it; its own where the lesson names none."""
        if name not in self.limits or spec.kind not in ("int", "float", "pair"):
            return spec
        low, high = self.limits[name]
        own_low, own_high = spec.lo is None or spec.lo < low, spec.hi is None or high < spec.hi
        return replace(
            spec,
            lo=low if own_low else spec.lo,
            hi=high if own_high else spec.hi,
            lo_open=spec.lo_open and not own_low,
            hi_open=spec.hi_open and not own_high,
        )

    def _check(self, name: str, spec: FieldSpec, now: Any, wanted: Any) -> None:
        if wanted == now:
            return
        if name in self.lock:
            raise BadValue(f"{spec.label} is locked in this lesson.", spec.name)
        if name not in self.limits:
            return
        low, high = self.limits[name]
        numbers = wanted if isinstance(wanted, tuple | list) else (wanted,)
        for number in numbers:
            if isinstance(number, int | float) and not low <= number <= high:
                sentence = f"{spec.label} cannot be {number:g} in this lesson: it must be from {low:g} to {high:g}."
                raise BadValue(sentence, spec.name)


def keyed(part: str, model: type[Params], params: type[Params]) -> dict[str, FieldSpec]:
    """Parameters by the name that rules and forms know them by: a display setting gives way to a parameter's name."""
    taken = {spec.name for spec in fields(params)} if part == "look" else frozenset()
    return {f"look.{spec.name}" if spec.name in taken else spec.name: spec for spec in fields(model)}

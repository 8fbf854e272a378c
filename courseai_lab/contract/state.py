"""State: everything that decides what a panel shows, as one JSON object; and the patches that change it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from courseai_lab.contract.ctx import STREAMS, Seeds
from courseai_lab.contract.errors import BadState, BadValue, brief
from courseai_lab.contract.link import MAX_LINK, pack
from courseai_lab.contract.panel import Compute, Panel
from courseai_lab.contract.params import Params, fields

FORMAT = "courseai-lab/state"
FORMAT_VERSION = 1
MAX_STEERING = 100_000

Effect = Literal["nothing", "redraw", "steer", "run"]


@dataclass(frozen=True, slots=True)
class Steer:
    """A change of running parameters: after frame ``step`` was drawn, ``patch`` was sent into the run."""

    step: int
    patch: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Patch:
    """A wish to change a state: parameters, display settings, seeds. Checked when it is applied.

    ``gesture``: consecutive patches of the same non-empty gesture (one drag of a slider or a handle) are one undo step.
    ``follows``: made because another panel's selection was followed; it is undone there, and leaves no step here.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    gesture: str = ""
    follows: bool = False

    def __bool__(self) -> bool:
        return bool(self.params or self.look or self.seeds)


@dataclass(frozen=True, slots=True)
class State:
    """One experiment. ``params`` are those the run *started* with; ``steering`` is what was changed while it ran.

    ``frame`` is the index of the frame looked at, or None for the newest. The same state gives the same frames.
    """

    panel: str
    params: Params
    look: Params
    seeds: Seeds = field(default_factory=Seeds)
    steering: tuple[Steer, ...] = ()
    frame: int | None = None

    @property
    def current(self) -> Params:
        """The parameters after all steering: what the form shows."""
        merged: dict[str, Any] = {}
        for steer in self.steering:
            merged.update(steer.patch)
        return self.params.patched(**merged) if merged else self.params

    def same_run(self, other: State) -> bool:
        """Whether both give the same frames (display settings and the frame looked at do not count)."""
        return (self.panel, self.params, self.seeds, self.steering) == (
            other.panel,
            other.params,
            other.seeds,
            other.steering,
        )

    def apply(self, patch: Patch, step: int | None = None) -> tuple[State, Effect]:
        """The state after a patch, and what has to happen: nothing, redraw, steer the run, or run anew.

        ``step`` is the index of the frame on screen; None when nothing has been computed, so nothing can be steered.
        A steered change first forgets steering at or after ``step`` (going back and turning a knob starts a new
        branch). Raises BadValue.
        """
        look = self.look.patched(**patch.look) if patch.look else self.look
        seeds = _patched_seeds(self.seeds, patch.seeds)
        now = self.current
        wanted = now.patched(**patch.params) if patch.params else now
        changed = {s.name for s in fields(type(now)) if getattr(now, s.name) != getattr(wanted, s.name)}
        if seeds != self.seeds or (changed and (step is None or not changed <= steered(type(now)))):
            return replace(self, params=wanted, look=look, seeds=seeds, steering=(), frame=None), "run"
        if changed:
            assert step is not None
            kept = tuple(s for s in self.steering if s.step < step)
            before = replace(self, steering=kept).current
            delta = {
                s.name: getattr(wanted, s.name)
                for s in fields(type(now))
                if getattr(before, s.name) != getattr(wanted, s.name)
            }
            steering = (*kept, Steer(step, delta)) if delta else kept
            return replace(self, look=look, steering=steering, frame=None), "steer"
        if look != self.look:
            return replace(self, look=look), "redraw"
        return self, "nothing"

    def to_json(self) -> dict[str, Any]:
        """As JSON types, with the versions that let later releases read it."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "panel": self.panel,
            "version": type(self.params).VERSION,
            "look_version": type(self.look).VERSION,
            "params": self.params.plain(),
            "look": self.look.plain(),
            "seeds": dataclasses.asdict(self.seeds),
            "steering": self._plain_steering(),
            "frame": self.frame,
        }

    def _plain_steering(self) -> list[list[Any]]:
        return [[steer.step, {name: _plain(value) for name, value in steer.patch.items()}] for steer in self.steering]

    def to_link(self) -> str:
        """A text that opens the same thing on another computer; raises BadState when it would be too long."""
        link = pack(self.to_json(), "state")
        if len(link) > MAX_LINK:
            raise BadState(
                f"This state is too long for a link ({len(link)} characters); save it as a lab file instead."
            )
        return link


def _plain(value: Any) -> Any:
    """A checked value as JSON has it; by hand, because a run may have been steered thousands of times."""
    if isinstance(value, enum.Enum):
        return value.value
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def steered(model: type[Params]) -> frozenset[str]:
    """Names of the parameters that can change while a run goes on."""
    return frozenset(spec.name for spec in fields(model) if spec.ui.steer)


def default_state(panel: Panel) -> State:
    """The state a panel opens with: its ``start`` preset when it has one, else the defaults."""
    compute = panel.compute()
    plain = State(panel.id, compute.Params(), compute.Look())
    start = next((p for p in panel.presets() if p.id == "start"), None)
    return plain if start is None else state_from_json(panel, start.state)


def panel_id(data: Any) -> str:
    """The panel a JSON object belongs to; raises BadState when it is no state of ours."""
    if not isinstance(data, Mapping) or data.get("format", FORMAT) != FORMAT:
        raise BadState("This is not a CourseAI Lab state: the field 'format' must be 'courseai-lab/state'.")
    name = data.get("panel")
    if not isinstance(name, str) or not name:
        raise BadState("This state names no panel: the field 'panel' must be a panel's id, such as 'loss-surface'.")
    return name


def state_from_json(panel: Panel, data: Mapping[str, Any]) -> State:
    """Read and check a state; missing parts take their defaults, older versions are migrated.

    Raises BadState (newer version, wrong shape) or BadValue (a value out of range); each is one sentence.
    """
    if panel_id({"panel": panel.id, **data}) != panel.id:
        raise BadState(f"This state belongs to the panel {brief(data['panel'])}, not to '{panel.id}'.")
    version = _whole(data, "format_version", FORMAT_VERSION)
    if version > FORMAT_VERSION:
        raise BadState(
            f"This state was written by a newer lab (format {brief(version)}; this one reads {FORMAT_VERSION})."
        )
    compute = panel.compute()
    params = _model(compute.Params, data, "params", "version")
    look = _model(compute.Look, data, "look", "look_version")
    frame = data.get("frame")
    if frame is not None and (isinstance(frame, bool) or not isinstance(frame, int) or frame < 0):
        raise BadState(f"The state's frame must be a whole number from 0, or null, not {brief(frame)}.")
    return State(panel.id, params, look, _seeds(data.get("seeds", {})), _steering(compute, params, data), frame)


def _patched_seeds(seeds: Seeds, patch: Mapping[str, int]) -> Seeds:
    unknown = set(patch) - set(STREAMS)
    if unknown:
        raise BadValue(f"There is no seed {sorted(unknown)[0][:40]}; the seeds are {', '.join(STREAMS)}.")
    return replace(seeds, **patch) if patch else seeds


def _seeds(data: Any) -> Seeds:
    if not isinstance(data, Mapping):
        raise BadState('The state\'s seeds must be an object such as {"data": 0, "init": 0, "sample": 0}.')
    return _patched_seeds(Seeds(), data)


def _whole(data: Mapping[str, Any], name: str, default: int) -> int:
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadState(f"The state's {name} must be a whole number from 1, not {brief(value)}.")
    return value


def _model(model: type[Params], data: Mapping[str, Any], part: str, version_name: str) -> Params:
    values = data.get(part, {})
    if not isinstance(values, Mapping):
        raise BadState(f"The state's {part} must be an object of names and values.")
    version = _whole(data, version_name, model.VERSION)
    if version > model.VERSION:
        raise BadState(
            f"This state was written by a newer version of the panel ({brief(version)}; this one reads up to "
            f"{model.VERSION})."
        )
    plain = dict(values)
    if version < model.VERSION:
        plain = model.migrate(plain, version)
    return model.checked(plain)


def _steering(compute: Compute, params: Params, data: Mapping[str, Any]) -> tuple[Steer, ...]:
    raw = data.get("steering", [])
    if not isinstance(raw, list | tuple) or len(raw) > MAX_STEERING:
        raise BadState(f"The state's steering must be a list of at most {MAX_STEERING} [step, changes] pairs.")
    out: list[Steer] = []
    allowed = steered(compute.Params)
    version = _whole(data, "version", compute.Params.VERSION)
    before = dict(data.get("params", {}))
    for item in raw:
        if not (isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[1], Mapping)):
            raise BadState("Each steering entry must be a pair [step, {name: value}].")
        step, patch = item
        if isinstance(step, bool) or not isinstance(step, int) or step < (out[-1].step if out else 0):
            raise BadState("Steering steps must be whole numbers from 0 in rising order.")
        if version < compute.Params.VERSION:
            before |= patch
            patch = _migrated_change(compute.Params, params, before, version)
        wrong = sorted(set(patch) - allowed)
        if wrong:
            raise BadState(f"The parameter {wrong[0][:40]} cannot be steered while a run goes on.")
        params = params.patched(**patch)
        out.append(Steer(step, {name: getattr(params, name) for name in patch}))
    return tuple(out)


def _migrated_change(model: type[Params], now: Params, old: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What a steering entry of an older version changes, by today's names: ``migrate`` is given whole parameters."""
    then = model.checked(model.migrate(dict(old), version))
    return {s.name: getattr(then, s.name) for s in fields(model) if getattr(then, s.name) != getattr(now, s.name)}

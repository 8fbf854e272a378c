"""A state as text that a person can read and a shell can run: ``courseai-lab --panel ID --set NAME=VALUE ...``.

Only what differs from how the panel opens is written. One such line for each panel of a window; pasted into "Open
link" or dropped on the window it opens again.
"""

from __future__ import annotations

import argparse
import enum
import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from courseai_lab.app.arguments import STREAMS, window_parser
from courseai_lab.app.headless import prepared_state, split_settings
from courseai_lab.contract import (
    BadState,
    BadValue,
    FieldSpec,
    Panel,
    Params,
    State,
    Steer,
    default_state,
    fields,
    find,
)
from courseai_lab.contract.settings_text import parse_settings
from courseai_lab.contract.state import state_from_json

COMMAND = "courseai-lab"
MAX_TEXT = 400_000


def is_text_form(text: str) -> bool:
    """Whether a text means a state of ours in this form."""
    return text.lstrip().startswith(f"{COMMAND} --panel")


def to_text(panel: Panel, state: State) -> str:
    """The command that opens this state."""
    start = default_state(panel)
    words = [COMMAND, "--panel", panel.id]
    for then, now in ((start.params, state.params), (start.look, state.look)):
        words += _settings(then, now)
    words += [
        word
        for stream in STREAMS
        if getattr(start.seeds, stream) != getattr(state.seeds, stream)
        for word in ("--seed", f"{stream}={getattr(state.seeds, stream)}")
    ]
    specs = {spec.name: spec for spec in fields(type(state.params))}
    for steer in state.steering:
        for name, value in steer.patch.items():
            words += ["--steer", f"{steer.step}:{name}={written(specs[name], value)}"]
    if state.frame is not None:
        words += ["--frame", str(state.frame)]
    elif start.frame is not None:
        words += ["--frame", "newest"]
    return shlex.join(words)


def from_text(text: str, panels: Sequence[Panel] | None = None) -> list[State]:
    """The states that a text in this form means, one for each command in it; raises BadState, BadValue."""
    if len(text) > MAX_TEXT:
        raise BadState(f"This text is {len(text)} characters long; at most {MAX_TEXT} are read.")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        raise BadState("This text is cut short: a quotation mark is opened and not closed.") from None
    commands: list[list[str]] = []
    for word in words:
        if word == COMMAND:
            commands.append([])
        elif commands:
            commands[-1].append(word)
    states = []
    for command in commands:
        given = _given(command)
        if given.panel is None or given.target is not None:
            raise BadState(f"This text names no panel: it must begin with {COMMAND} --panel ID.")
        states.append(given_state(find(given.panel, None if panels is None else tuple(panels)), given))
    return states


def _given(words: list[str]) -> argparse.Namespace:
    try:
        return window_parser({}).parse_args(words)
    except SystemExit:
        # --help and --version answer and leave; a text that is opened must not end the lab.
        raise BadState("This text asks for help or the version and opens nothing.") from None
    except BadValue as error:
        raise BadState(f"This command cannot be read: {str(error).splitlines()[0][:200].rstrip('.')}.") from None


def given_state(panel: Panel, given: argparse.Namespace) -> State:
    """The state that options of the command line name: preset, settings, seeds, steering, frame. Raises BadValue."""
    seeds = {stream: seed for one in given.seed for stream, seed in one.items()}
    state = prepared_state(panel, given.set, seeds, given.preset)
    if given.steer:
        state = replace(state, steering=_steering(panel, given.steer), frame=None)
        # Whether the steps rise and the values may be steered is checked where files are read.
        state = state_from_json(panel, state.to_json())
    if given.frame is not None:
        state = replace(state, frame=None if given.frame == "newest" else given.frame)
    return state


def _steering(panel: Panel, texts: Iterable[tuple[int, str]]) -> tuple[Steer, ...]:
    model = panel.compute().Params
    steps: dict[int, dict[str, Any]] = {}
    for step, setting in texts:
        split_settings(panel, [setting])
        steps.setdefault(step, {}).update(parse_settings(model, [setting]))
    return tuple(Steer(step, patch) for step, patch in steps.items())


def _settings(then: Params, now: Params) -> list[str]:
    words = []
    for spec in fields(type(now)):
        value = getattr(now, spec.name)
        if value != getattr(then, spec.name):
            words += ["--set", f"{spec.name}={written(spec, value)}"]
    return words


def written(spec: FieldSpec, value: Any) -> str:
    """A value as ``parse_value`` reads it back, exactly."""
    if value is None:
        return "none"
    if spec.kind in ("text", "file", "color"):
        return str(value)
    if spec.kind == "choice":
        return str(getattr(value, "value", value))
    if spec.kind == "switch":
        return "on" if value else "off"
    if spec.kind in ("vector", "pair", "choices"):
        plain = [getattr(item, "value", item) if isinstance(item, enum.Enum) else item for item in value]
        bare = ",".join(str(item) if isinstance(item, str) else json.dumps(item) for item in plain)
        return bare if plain and "," not in "".join(map(str, plain)) else json.dumps(plain)
    return json.dumps(value)

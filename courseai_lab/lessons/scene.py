"""Scenes as states of panels, their frames computed without a window, and the numbers that stand in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from courseai_lab.contract import LabError, Panel, Patch, State, fields, find, run_to_frame
from courseai_lab.contract.settings_text import parse_settings
from courseai_lab.contract.state import state_from_json
from courseai_lab.lessons.lesson import Scene, Shown
from courseai_lab.lessons.question_header import Source
from courseai_lab.lessons.text import ValueRef

Panels = tuple[Panel, ...]
Report = Callable[[float | None, str], None]
"""Is told how far a run is, and may stop it by raising Cancelled."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A panel in a state with the frame that is looked at."""

    panel: Panel
    state: State
    frame: Any
    index: int


def state_json(shown: Shown, panel: Panel) -> dict[str, Any]:
    """The state as JSON: the preset's, or the defaults, with what the scene sets on top. Raises LabError."""
    state: dict[str, Any] = {}
    if shown.preset:
        preset = next((p for p in panel.presets() if p.id == shown.preset), None)
        if preset is None:
            names = ", ".join(p.id for p in panel.presets()) or "none"
            raise LabError(f"The panel {panel.id} has no preset '{shown.preset}'; it has {names}.")
        state = dict(preset.state)
    for part in ("params", "look", "seeds"):
        state[part] = {**state.get(part, {}), **getattr(shown, part)}
    if shown.frame is not None:
        state["frame"] = shown.frame
    return {**state, "panel": panel.id}


def state_of(shown: Shown, panels: Panels) -> tuple[Panel, State]:
    """The panel and its checked state. Raises LabError, one sentence."""
    panel = find(shown.panel, panels)
    return panel, state_from_json(panel, state_json(shown, panel))


def _nobody(_done: float | None, _note: str) -> None:
    """Report to nobody."""


class Stage:
    """Computes the frames of scenes, each state once."""

    def __init__(self, panels: Panels, most: int = 64, report: Report = _nobody) -> None:
        self._panels = panels
        self._report = report
        self._most = most
        self._done: dict[str, Snapshot] = {}

    def snapshots(self, scene: Scene) -> tuple[Snapshot, ...]:
        """Every panel of the scene, the lesson's own first. Raises LabError, or what a kernel raises."""
        return tuple(self._snapshot(shown) for shown in scene.shown)

    def snapshot(self, scene: Scene) -> Snapshot:
        """The scene's first panel, the one its questions and numbers are about."""
        return self._snapshot(scene.shown[0])

    def _snapshot(self, shown: Shown) -> Snapshot:
        panel, state = state_of(shown, self._panels)
        key = json.dumps(state.to_json(), sort_keys=True)
        if key not in self._done:
            frame, index = run_to_frame(panel, state, report=self._report)
            while len(self._done) >= self._most:
                self._done.pop(next(iter(self._done)))
            self._done[key] = Snapshot(panel, state, frame, index)
        return self._done[key]


def number_at(snapshot: Snapshot, ref: ValueRef | Source) -> float | str:
    """A number of the frame, or a reading (which may be text). Raises LabError when there is none."""
    if ref.reading:
        found = readings(snapshot).get(ref.reading)
        if found is None:
            names = ", ".join(readings(snapshot)) or "none"
            raise LabError(f"The panel {snapshot.panel.id} reads no '{ref.reading}' here; it reads {names}.")
        return found if isinstance(found, str) else float(found)
    value = value_at(snapshot, ref.field, ref.at)
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not np.isscalar(value) or np.iscomplexobj(value):
        raise LabError(f"{_written(ref.field, ref.at)} is no number; give it all its indices.")
    return float(value)  # type: ignore[arg-type]


def pair_at(snapshot: Snapshot, ref: Source) -> tuple[float, float]:
    """Two numbers of the frame: a point. Raises LabError."""
    value = np.asarray(value_at(snapshot, ref.field, ref.at))
    if value.shape != (2,) or value.dtype.kind not in "fiu":
        raise LabError(f"{_written(ref.field, ref.at)} is not two numbers x and y.")
    return float(value[0]), float(value[1])


def curve_at(snapshot: Snapshot, x: str, y: str, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Two rows of equal length, x rising. Raises LabError."""
    xs, ys = (np.asarray(value_at(snapshot, name, ()), dtype=float) for name in (x, y))
    if ys.ndim == 2:
        if not 0 <= row < len(ys):
            raise LabError(f"{y} has {len(ys)} rows; there is no row {row}.")
        ys = ys[row]
    if xs.ndim == 2 and row < len(xs):
        xs = xs[row]
    if xs.ndim != 1 or xs.shape != ys.shape or len(xs) < 2:
        raise LabError(f"{x} and {y} are not one curve: their shapes are {xs.shape} and {ys.shape}.")
    order = np.argsort(xs, kind="stable")
    return xs[order], ys[order]


def value_at(snapshot: Snapshot, name: str, at: tuple[int, ...]) -> Any:
    """What stands in a frame's field, at these indices. Raises LabError."""
    frame = snapshot.frame
    if name.startswith("_") or not hasattr(frame, name) or callable(getattr(frame, name)):
        known = ", ".join(n for n in getattr(type(frame), "__dataclass_fields__", ()))
        raise LabError(f"The frame of {snapshot.panel.id} has no field '{name}'; it has {known}.")
    value = getattr(frame, name)
    for index in at:
        try:
            value = value[index]
        except (IndexError, TypeError):
            raise LabError(f"{_written(name, at)} does not exist in the frame of {snapshot.panel.id}.") from None
    return value


def readings(snapshot: Snapshot) -> Mapping[str, float | str]:
    """Live values of the formula's terms."""
    make = getattr(snapshot.panel.compute(), "readings", None)
    if make is None:
        return {}
    made: Mapping[str, float | str] = make(snapshot.frame, snapshot.state.current, snapshot.state.look)
    return made


def patch_of(panel: Panel, text: str) -> Patch:
    """What a do: link changes, ``lr=2&steps=50``: parameters or display settings. Raises BadValue."""
    compute = panel.compute()
    looks = {spec.name for spec in fields(compute.Look)}
    settings = [part for part in text.split("&") if part.strip()]
    mine = [s for s in settings if s.partition("=")[0].strip().replace("-", "_") in looks]
    params = parse_settings(compute.Params, [s for s in settings if s not in mine])
    return Patch(params=params, look=parse_settings(compute.Look, mine))


def _written(name: str, at: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, at))}]" if at else name

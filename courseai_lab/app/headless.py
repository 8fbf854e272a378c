"""Panels without a window: which panel, in which state, what to call the file. No Qt."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from courseai_lab.contract import BadValue, Panel, Patch, State, default_state, fields, parse_settings
from courseai_lab.contract.state import state_from_json


def prepared_state(
    panel: Panel, settings: Sequence[str] = (), seeds: Mapping[str, int] | None = None, preset: str | None = None
) -> State:
    """The state a panel opens with, or its `preset`, with NAME=VALUE `settings` and `seeds` on top.

    A setting's name is that of a parameter or of a display setting. Raises BadValue with one sentence that says
    what would be right.
    """
    state = default_state(panel) if preset is None else preset_state(panel, preset)
    compute = panel.compute()
    params, look = split_settings(panel, settings)
    patch = Patch(
        params=parse_settings(compute.Params, params), look=parse_settings(compute.Look, look), seeds=seeds or {}
    )
    return state.apply(patch)[0] if patch else state


def preset_state(panel: Panel, preset: str) -> State:
    """The state of a panel's preset; raises BadValue that names the presets there are."""
    known = {entry.id: entry for entry in panel.presets()}
    if preset not in known:
        names = ", ".join(known) or "none"
        raise BadValue(f"The panel {panel.id} has no preset '{preset}'; its presets are {names}.")
    return state_from_json(panel, known[preset].state)


def split_settings(panel: Panel, settings: Sequence[str]) -> tuple[list[str], list[str]]:
    """NAME=VALUE settings apart: those of parameters, those of display settings. Raises BadValue."""
    compute = panel.compute()
    params = {spec.name for spec in fields(compute.Params)}
    looks = {spec.name for spec in fields(compute.Look)}
    out: tuple[list[str], list[str]] = ([], [])
    for setting in settings:
        name, equals, _ = setting.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise BadValue(
                f"'{setting}' is no setting: write NAME=VALUE, such as {next(iter(sorted(params)), 'lr')}=1."
            )
        if name not in params | looks:
            known = ", ".join(spec.name for model in (compute.Params, compute.Look) for spec in fields(model))
            raise BadValue(f"The panel {panel.id} has no setting {name}; its settings are {known or 'none'}.", name)
        out[name not in params].append(setting)
    return out


def record(state: State, index: int) -> dict[str, Any]:
    """The JSON object that goes into every exported file: the state, looked at in the frame that was exported."""
    return {**state.to_json(), "frame": index}


def checked_target(path: Path, endings: Mapping[str, str]) -> Path:
    """`path`, when its ending is one of `endings` and its folder is there; raises BadValue otherwise."""
    if path.suffix.lower() not in endings:
        allowed = ", ".join(endings)
        raise BadValue(f"Cannot write '{path.name}': the file's name must end in one of {allowed}.")
    if not path.parent.is_dir():
        raise BadValue(f"Cannot write '{path}': the folder {path.parent} does not exist.")
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write beside `path` that takes its place when all went well; nothing is left when it did not."""
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files for their owner only; an exported file is as readable as any other new one.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def warm(panel: Panel, device: str = "cpu") -> None:
    """Leave the panel's kernels compiled in the cache, stepping back for everybody who waits for something."""
    from courseai_lab.contract import Ctx, Seeds

    work = getattr(panel.compute(), "warm", None)
    if work is not None:
        if hasattr(os, "nice"):
            os.nice(10)
        work(Ctx(device, Seeds()))

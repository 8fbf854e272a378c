"""Settings of this user on this machine: versioned JSON, checked on reading, replaced as a whole on writing."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from courseai_lab.app.atomic import write_bytes

VERSION = 1
MAX_BYTES = 4_000_000
MAX_SHORTCUTS = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """What the window remembers; plain, because the window is on screen before a validating library is imported."""

    version: int = VERSION
    theme: str = "auto"
    font_scale: float = 1.0
    device: str = "auto"
    recent_panels: tuple[str, ...] = ()
    shortcuts: tuple[tuple[str, str], ...] = ()
    """Command and keys, where they are not those it comes with; no keys: none."""
    recent_files: tuple[str, ...] = ()
    export: tuple[tuple[str, str], ...] = ()
    """What the export dialog was left with: name and value."""


_GOOD: dict[str, Callable[[Any], bool]] = {
    "shortcuts": lambda v: isinstance(v, list | tuple) and len(v) <= MAX_SHORTCUTS and all(_pair(entry) for entry in v),
    "export": lambda v: isinstance(v, list | tuple) and len(v) <= 40 and all(_pair(entry) for entry in v),
    "theme": lambda v: v in ("auto", "dark", "light", "projector"),
    "font_scale": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 0.8 <= v <= 2.0,
    "device": lambda v: isinstance(v, str) and len(v) <= 40,
    "recent_panels": lambda v: _names(v),
    "recent_files": lambda v: _names(v),
}


def read_json(path: Path, most: int = MAX_BYTES) -> dict[str, Any] | None:
    """A JSON object from ``path``, or None when it is absent, damaged, too large or no object. Never raises."""
    try:
        if path.stat().st_size > most:
            return None
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def write_json(path: Path, data: Any) -> None:
    """Replace ``path`` as a whole, or leave the old file as it is; raises OSError (disk full, no permission)."""
    write_bytes(path, json.dumps(data, indent=1).encode("utf-8"))


class SettingsFile:
    """The settings' one file. A damaged file is set aside as ``settings.damaged.json`` and defaults are used.

    ``safe``: the file is neither read nor written; settings are the defaults and last as long as the window.
    """

    def __init__(self, folder: Path, safe: bool = False) -> None:
        self._path = folder / "settings.json"
        self._safe = safe
        self.value = Settings() if safe else self._read()

    @property
    def folder(self) -> Path:
        """Where this user's files of the lab are."""
        return self._path.parent

    def change(self, **values: Any) -> None:
        """Change and save; what the disk refuses is lost at the end, never in between."""
        self.value = _tolerant({**asdict(self.value), **values})
        if not self._safe:
            with contextlib.suppress(OSError):
                write_json(self._path, asdict(self.value))

    def _read(self) -> Settings:
        data = read_json(self._path)
        if data is None:
            if self._path.exists():
                with contextlib.suppress(OSError):
                    os.replace(self._path, self._path.with_name("settings.damaged.json"))
            return Settings()
        return _tolerant(data)


def _tolerant(data: dict[str, Any]) -> Settings:
    """Good values stay, bad ones take their defaults, names of a newer lab are left out."""
    good = {name: data[name] for name, check in _GOOD.items() if name in data and check(data[name])}
    for name in {"recent_panels", "recent_files"} & good.keys():
        good[name] = tuple(good[name])
    if "shortcuts" in good:
        good["shortcuts"] = tuple((command, keys) for command, keys in good["shortcuts"])
    if "export" in good:
        good["export"] = tuple((name, value) for name, value in good["export"])
    return Settings(**good)


def _pair(entry: Any) -> bool:
    return (
        isinstance(entry, list | tuple) and len(entry) == 2 and all(isinstance(e, str) and len(e) <= 80 for e in entry)
    )


def _names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)

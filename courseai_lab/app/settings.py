"""Settings of this user on this machine: versioned JSON, checked on reading, replaced as a whole on writing."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

VERSION = 1
MAX_BYTES = 4_000_000


class Settings(BaseModel):
    """What the window remembers. Unknown names (of a newer lab) are kept out, wrong values fall back one by one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = VERSION
    theme: Literal["auto", "dark", "light", "projector"] = "auto"
    font_scale: float = Field(default=1.0, ge=0.8, le=2.0)
    device: str = Field(default="auto", max_length=40)
    recent_panels: tuple[str, ...] = ()


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
    """Replace ``path`` as a whole, or leave the old file as it is: temporary file, flushed to disk, then renamed.

    Raises OSError (disk full, no permission).
    """
    write_bytes(path, json.dumps(data, indent=1).encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Like ``write_json``, for any bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


class SettingsFile:
    """The settings' one file. A damaged file is set aside as ``settings.damaged.json`` and defaults are used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "settings.json"
        self.value = self._read()

    def change(self, **values: Any) -> None:
        """Change and save; what the disk refuses is lost at the end, never in between."""
        self.value = Settings.model_validate({**self.value.model_dump(), **values})
        with contextlib.suppress(OSError):
            write_json(self._path, self.value.model_dump(mode="json"))

    def _read(self) -> Settings:
        data = read_json(self._path)
        if data is None:
            if self._path.exists():
                with contextlib.suppress(OSError):
                    os.replace(self._path, self._path.with_name("settings.damaged.json"))
            return Settings()
        return _tolerant(data)


def _tolerant(data: dict[str, Any]) -> Settings:
    """Good values stay, bad ones take their defaults."""
    while True:
        try:
            return Settings.model_validate(data)
        except ValidationError as error:
            bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
            if not bad & set(data):
                return Settings()
            data = {name: value for name, value in data.items() if name not in bad}

"""The saved window: which panels are open, in which state, and the arrangement of the docks. Knows no window."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import qVersion

from courseai_lab.app.settings import read_json, write_json
from courseai_lab.contract import BadState, LabError

LAB_FORMAT = "courseai-lab/lab"
LAB_VERSION = 1
LAYOUT_VERSION = 1
MAX_LAYOUT = 1_000_000
MAX_PANELS = 64
MAX_FILE = 16_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """One open panel: the dock's name and the panel's state as JSON."""

    name: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Open panels in order, and Qt's own description of the arrangement (empty: arrange afresh)."""

    panels: tuple[Opened, ...] = ()
    layout: bytes = b""
    geometry: bytes = field(default=b"")

    def to_json(self) -> dict[str, Any]:
        """As JSON types, the arrangement with its checksum beside it."""
        return {
            "format": LAB_FORMAT,
            "format_version": LAB_VERSION,
            "panels": [{"name": p.name, "state": dict(p.state)} for p in self.panels],
            "layout": _blob(self.layout),
            "geometry": _blob(self.geometry),
        }


def workspace_from_json(data: Mapping[str, Any]) -> Workspace:
    """Read a lab file's object, or a single state as a window with one panel.

    A damaged arrangement is dropped (``restoreState`` of damaged bytes crashes), the panels are kept. Raises
    BadState for anything that is neither.
    """
    if data.get("format") != LAB_FORMAT:
        from courseai_lab.contract.state import panel_id

        name = panel_id(data)
        return Workspace((Opened(f"{name}-1", data),))
    version = data.get("format_version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadState(f"The lab file's format_version must be a whole number from 1, not {version!r}.")
    if version > LAB_VERSION:
        raise BadState(f"This lab file was written by a newer lab (format {version}; this one reads {LAB_VERSION}).")
    entries = data.get("panels")
    if not isinstance(entries, list) or len(entries) > MAX_PANELS:
        raise BadState(f"The lab file's panels must be a list of at most {MAX_PANELS} entries.")
    panels = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("state"), Mapping):
            raise BadState(f"Panel {number} of the lab file must be an object with a 'state'.")
        state = entry["state"]
        dock = entry.get("name")
        good = isinstance(dock, str) and 0 < len(dock) <= 80
        panels.append(Opened(str(dock) if good else f"panel-{number}", state))
    return Workspace(tuple(panels), _unblob(data.get("layout")), _unblob(data.get("geometry")))


def read_target(target: str) -> Workspace:
    """A link, or the path of a lab file or an exported PNG, as a workspace; raises BadState with one sentence."""
    if target.startswith("courseai-lab:"):
        from courseai_lab.contract.link import unpack

        return workspace_from_json(unpack(target))
    path = Path(target)
    if path.suffix.lower() == ".png":
        return workspace_from_json(_state_in_picture(path))
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise BadState(f"{path.name} has {size} bytes; a lab file has at most {MAX_FILE}.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadState(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise BadState(f"{path.name} is not a lab file: it is not UTF-8 text.") from None
    from courseai_lab.contract.link import json_object

    return workspace_from_json(json_object(text))


def _state_in_picture(path: Path) -> dict[str, Any]:
    """The state inside a PNG; raises BadState for whatever is wrong with the file."""
    from courseai_lab.app.figures import embedded_state

    try:
        return embedded_state(path)
    except LabError:
        raise
    except FileNotFoundError:
        raise BadState(f"{path.name} cannot be read: there is no such file.") from None
    except Exception:
        # What reads pictures has many words for a damaged one.
        raise BadState(f"{path.name} is damaged or no PNG picture.") from None


class WorkspaceFile:
    """The window as it was left, in the user's folder, with a mark that guards against an arrangement that kills."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "workspace.json"
        self._mark = folder / "restoring"

    def load(self) -> Workspace:
        """What was saved, or an empty window. After a start that died while restoring, the arrangement is left out."""
        data = read_json(self._path, MAX_FILE)
        if data is None:
            return Workspace()
        try:
            saved = workspace_from_json(data)
        except BadState:
            return Workspace()
        if self._mark.exists():
            return Workspace(saved.panels)
        return saved

    def begin_restoring(self) -> None:
        """Set the mark: should the process die now, the next start skips the arrangement."""
        with contextlib.suppress(OSError):
            self._mark.write_text("1", encoding="utf-8")

    def end_restoring(self) -> None:
        """The window stands: take the mark away."""
        with contextlib.suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def save(self, workspace: Workspace) -> None:
        """Replace what was saved; a full disk keeps the old file."""
        with contextlib.suppress(OSError):
            write_json(self._path, workspace.to_json())


def _blob(data: bytes) -> dict[str, Any]:
    return {
        "version": LAYOUT_VERSION,
        "qt": qVersion(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "data": base64.b64encode(data).decode("ascii"),
    }


def _unblob(entry: Any) -> bytes:
    if not isinstance(entry, Mapping) or entry.get("version") != LAYOUT_VERSION:
        return b""
    if _release(entry.get("qt", "0")) > _release(qVersion()):
        # A newer Qt's bytes may mean what this one does not know; an older one's are understood.
        return b""
    text = entry.get("data")
    if not isinstance(text, str) or len(text) > MAX_LAYOUT:
        return b""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if hashlib.sha256(data).hexdigest() == entry.get("sha256") else b""


def _release(version: Any) -> tuple[int, ...]:
    parts = str(version).split(".")[:2]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit())

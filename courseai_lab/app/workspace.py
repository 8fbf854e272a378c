"""A whole window as data: which panels are open, in which state, how they are arranged, and the files they need.

A lab file, a link to a window, a recovery file and the window as it was left are all this one object. Knows no window.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import qVersion

from courseai_lab import __version__
from courseai_lab.app.settings import read_json, write_json
from courseai_lab.contract import BadState
from courseai_lab.contract.errors import brief

LAB_FORMAT = "courseai-lab/lab"
LAB_VERSION = 2
LAYOUT_VERSION = 1
MAX_LAYOUT = 1_000_000
MAX_PANELS = 64
MAX_FILES = 64
MAX_ONE_FILE = 8_000_000
MAX_ALL_FILES = 24_000_000
MAX_FILE = 48_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """One open panel: the dock's name, the panel's state as JSON, and that of the result it is compared with."""

    name: str
    state: Mapping[str, Any]
    pinned: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        entry: dict[str, Any] = {"name": self.name, "state": dict(self.state)}
        if self.pinned is not None:
            entry["pinned"] = dict(self.pinned)
        return entry


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A file of the user's own that a state names: ``path`` as the state has it, and its content.

    ``content`` is None when it was too large to be carried.
    """

    path: str
    size: int
    sha256: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """Open panels in order, and Qt's own description of the arrangement (empty: arrange afresh).

    ``file``: the lab file that the window shows; ``modified``: whether it was changed since that was saved. ``course``:
    the lesson and scene that are open, or None while the course is not shown.
    """

    panels: tuple[Opened, ...] = ()
    layout: bytes = b""
    geometry: bytes = field(default=b"")
    files: tuple[CarriedFile, ...] = ()
    file: str = ""
    modified: bool = False
    course: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON types, the arrangement with its checksum beside it."""
        data: dict[str, Any] = {
            "format": LAB_FORMAT,
            "format_version": LAB_VERSION,
            "written_by": __version__,
            "panels": [panel.to_json() for panel in self.panels],
            "layout": _blob(self.layout),
            "geometry": _blob(self.geometry),
            "files": [_file_entry(file) for file in self.files],
        }
        if self.course is not None:
            data["course"] = dict(self.course)
        if self.file:
            data["document"] = {"path": self.file, "modified": self.modified}
        return data


def workspace_from_json(data: Mapping[str, Any]) -> Workspace:
    """Read a lab file's object, or a single state as a window with one panel; older versions are migrated.

    A damaged arrangement is dropped (``restoreState`` of damaged bytes crashes), the panels are kept. Raises
    BadState for anything that is neither.
    """
    if data.get("format") != LAB_FORMAT:
        from courseai_lab.contract.state import panel_id

        name = panel_id(data)
        return Workspace((Opened(f"{name}-1", data),))
    data = _migrated(data)
    document = data.get("document")
    path = document.get("path") if isinstance(document, Mapping) else ""
    modified = document.get("modified") is True if isinstance(document, Mapping) else False
    course = data.get("course")
    return Workspace(
        _panels(data.get("panels")),
        _unblob(data.get("layout")),
        _unblob(data.get("geometry")),
        _files(data.get("files")),
        path if isinstance(path, str) else "",
        modified,
        course if isinstance(course, Mapping) else None,
    )


def _migrated(data: Mapping[str, Any]) -> Mapping[str, Any]:
    version = data.get("format_version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadState(f"The lab file's format_version must be a whole number from 1, not {brief(version)}.")
    if version > LAB_VERSION:
        by = data.get("written_by")
        which = f", CourseAI Lab {by[:20]}" if isinstance(by, str) and by else ""
        raise BadState(
            f"This lab file was written by a newer lab{which} (format {str(version)[:20]}; this one reads up to "
            f"{LAB_VERSION}): open it there, or bring this lab up to date."
        )
    for older in range(version, LAB_VERSION):
        data = MIGRATIONS[older](data)
    return data


def _with_files(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 carried no files."""
    return {**data, "files": []}


MIGRATIONS: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {1: _with_files}
"""From each older version of the lab file to the next."""


def _panels(entries: Any) -> tuple[Opened, ...]:
    if not isinstance(entries, list) or len(entries) > MAX_PANELS:
        raise BadState(f"The lab file's panels must be a list of at most {MAX_PANELS} entries.")
    panels = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("state"), Mapping):
            raise BadState(f"Panel {number} of the lab file must be an object with a 'state'.")
        dock = entry.get("name")
        good = isinstance(dock, str) and 0 < len(dock) <= 80
        pinned = entry.get("pinned")
        panels.append(
            Opened(
                str(dock) if good else f"panel-{number}",
                entry["state"],
                pinned if isinstance(pinned, Mapping) else None,
            )
        )
    return tuple(panels)


def _file_entry(file: CarriedFile) -> dict[str, Any]:
    entry = {"path": file.path, "size": file.size, "sha256": file.sha256}
    if file.content is not None:
        entry["data"] = base64.b64encode(file.content).decode("ascii")
    return entry


def _files(entries: Any) -> tuple[CarriedFile, ...]:
    """Files whose content is not what its checksum says count as not carried: the rest of the lab file is good."""
    if not isinstance(entries, list) or len(entries) > MAX_FILES:
        raise BadState(f"The lab file's files must be a list of at most {MAX_FILES} entries.")
    files = []
    for number, entry in enumerate(entries, 1):
        path = entry.get("path") if isinstance(entry, Mapping) else None
        if not isinstance(path, str) or not 0 < len(path) <= 4096 or "\x00" in path:
            raise BadState(f"File {number} of the lab file must be an object with a 'path'.")
        size, sha256, text = entry.get("size"), entry.get("sha256"), entry.get("data")
        content = _decoded(text) if isinstance(text, str) and len(text) <= 2 * MAX_ONE_FILE else None
        if content is not None and hashlib.sha256(content).hexdigest() != sha256:
            content = None
        good_size = isinstance(size, int) and not isinstance(size, bool) and size >= 0
        files.append(CarriedFile(path, size if good_size else 0, sha256 if isinstance(sha256, str) else "", content))
    return tuple(files)


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
        return self.guarded(saved)

    def guarded(self, saved: Workspace) -> Workspace:
        """``saved``, without its arrangement when the last start died while restoring one."""
        if self._mark.exists():
            return Workspace(saved.panels, files=saved.files, file=saved.file, modified=saved.modified)
        return saved

    def begin_restoring(self) -> None:
        """Set the mark: should the process die now, the next start skips the arrangement."""
        with contextlib.suppress(OSError):
            self._mark.write_text("1", encoding="utf-8")

    def end_restoring(self) -> None:
        """The window stands: take the mark away."""
        with contextlib.suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def save(self, workspace: Workspace) -> bool:
        """Replace what was saved; a full disk keeps the old file, and False is returned."""
        try:
            write_json(self._path, workspace.to_json())
        except OSError:
            return False
        return True


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
    data = _decoded(text)
    return data if data is not None and hashlib.sha256(data).hexdigest() == entry.get("sha256") else b""


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _release(version: Any) -> tuple[int, ...]:
    parts = str(version)[:20].split(".")[:2]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit())

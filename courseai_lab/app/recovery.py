"""What survives a crash: each running lab keeps its window in a file of its own, with a lock that dies with it."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile

from courseai_lab.app.atomic import clean_parts, write_bytes
from courseai_lab.app.settings import read_json
from courseai_lab.app.workspace import MAX_FILE, Workspace, workspace_from_json
from courseai_lab.contract import BadState

ENDING = ".json"
LOCK = ".lock"
SET_ASIDE = "Not restored.lab"
MOST = 50


@dataclass(frozen=True, slots=True)
class Lost:
    """A window that was not closed properly: its file, when that was written (seconds since 1970), what it was."""

    path: Path
    when: float
    workspace: Workspace


class Recovery:
    """The folder of all running labs' windows; this one's file is made with the first thing worth keeping."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: QLockFile | None = None
        self._path: Path | None = None

    def claim(self) -> Path:
        """This lab's own file. Raises OSError when the folder cannot be written."""
        if self._path is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{os.urandom(3).hex()}{ENDING}"
            lock = _lock_of(path)
            if not lock.tryLock(0):
                raise OSError(f"the folder {self._folder.name} cannot be written")
            self._path, self._lock = path, lock
        return self._path

    def lost(self) -> list[Lost]:
        """Windows of labs that are no longer running, newest first. A file that says nothing is taken away."""
        clean_parts(self._folder)
        found = []
        for path in sorted(self._folder.glob("*" + ENDING), reverse=True)[:MOST]:
            if path == self._path or not _is_free(path):
                continue
            one = _read(path)
            if one is None or not one.workspace.panels:
                self.forget(path)
            else:
                found.append(one)
        return found

    def forget(self, path: Path) -> None:
        """It has been decided about: take it away."""
        for old in (path, path.with_suffix(LOCK)):
            with contextlib.suppress(OSError):
                old.unlink(missing_ok=True)

    def set_aside(self, one: Lost) -> Path | None:
        """Keep a window that was not wanted as a lab file, until the next such one; None when that fails."""
        target = self._folder / SET_ASIDE
        try:
            os.replace(one.path, target)
        except OSError:
            return None
        self.forget(one.path)
        return target

    def close(self, saved: bool) -> None:
        """The lab ends as it should: its file goes, if what it held was ``saved`` elsewhere, and its lock."""
        if self._path is not None and saved:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
        self._lock = self._path = None


class Writer:
    """Writes the newest version of one file in a thread of its own, so that no disk makes the window wait.

    ``told`` is called in that thread after each attempt, with the number of the version and None or the error.
    """

    def __init__(self, claim: Callable[[], Path], told: Callable[[int, OSError | None], None]) -> None:
        self._claim = claim
        self._told = told
        self._wake = threading.Condition()
        self._next: tuple[int, Mapping[str, Any]] | None = None
        self._busy = False
        self._refused = False
        self._ending = False
        self._count = 0
        self._thread: threading.Thread | None = None

    def put(self, data: Mapping[str, Any]) -> int:
        """Write this next, in place of what still waits; the number it will be told under."""
        with self._wake:
            self._count += 1
            self._next = self._count, data
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="recovery", daemon=True)
                self._thread.start()
            self._wake.notify_all()
            return self._count

    def flush(self, seconds: float) -> bool:
        """Wait until all is written; False when that takes longer, or when the disk refused the last."""
        with self._wake:
            done = self._wake.wait_for(lambda: self._next is None and not self._busy, seconds)
            return done and not self._refused

    def close(self, seconds: float) -> None:
        """Write what waits, and end."""
        with self._wake:
            self._ending = True
            self._wake.notify_all()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._next is not None or self._ending)
                if self._next is None:
                    return
                (number, data), self._next = self._next, None
                self._busy = True
            error: OSError | None = None
            try:
                write_bytes(self._claim(), json.dumps(data, separators=(",", ":")).encode())
            except OSError as problem:
                error = problem
            finally:
                with self._wake:
                    self._busy, self._refused = False, error is not None
                    self._wake.notify_all()
            self._told(number, error)


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(LOCK)))
    # Never by age: a lab may stay open for weeks. A lock whose process is gone is free all the same.
    lock.setStaleLockTime(0)
    return lock


def _is_free(path: Path) -> bool:
    lock = _lock_of(path)
    if not lock.tryLock(0):
        return False
    lock.unlock()
    return True


def _read(path: Path) -> Lost | None:
    data = read_json(path, MAX_FILE)
    if data is None:
        return None
    try:
        return Lost(path, path.stat().st_mtime, workspace_from_json(data))
    except (BadState, OSError):
        return None

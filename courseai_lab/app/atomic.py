"""Files that are replaced as a whole or stay as they are, whatever happens in between. The standard library only."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

PART = ".part"
STALE_SECONDS = 600
MOST_PARTS = 20


def write_bytes(path: Path, data: bytes) -> None:
    """Replace ``path``: a temporary file beside it, flushed to the disk, then renamed over it.

    A file that was there keeps its permissions, a link keeps pointing where it did. Raises OSError (disk full, no
    permission); the old file is then as it was and nothing is left behind.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}-", suffix=PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _dress(Path(name), path)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(path.parent)


def write_keeping_previous(path: Path, data: bytes) -> None:
    """``write_bytes``, with what was there before as ``previous(path)``. At every moment ``path`` is whole.

    Raises OSError.
    """
    path = Path(os.path.realpath(path))
    clean_parts(path.parent, path.name)
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        before = None
    if before is not None and before != data:
        # A copy, not a rename: between two renames there would be no file of that name.
        write_bytes(previous(path), before)
    write_bytes(path, data)


def previous(path: Path) -> Path:
    """Where the version before the last save is kept: the name with ``~`` after it."""
    return path.with_name(path.name + "~")


def clean_parts(folder: Path, name: str = "") -> None:
    """Remove temporary files that a killed process left in ``folder`` (of a file's ``name`` only, when given)."""
    with contextlib.suppress(OSError):
        left = [part for part in folder.glob(".*" + PART) if not name or part.name.startswith(f".{name[:80]}-")]
        for part in left[:MOST_PARTS]:
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > STALE_SECONDS:
                    part.unlink()


def _dress(new: Path, old: Path) -> None:
    """mkstemp makes files for their owner only: take the old file's permissions, or those of any new file."""
    with contextlib.suppress(OSError):
        if old.exists():
            shutil.copymode(old, new)
        else:
            mask = os.umask(0)
            os.umask(mask)
            new.chmod(0o666 & ~mask)


def _sync_folder(folder: Path) -> None:
    """The new name itself reaches the disk; Windows has no such thing."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

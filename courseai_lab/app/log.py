"""The log of this computer: a few small files that follow each other, and where a crash leaves its last words."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import traceback
from pathlib import Path

FILE = "lab.log"
CRASH_FILE = "crash.log"
MOST_BYTES = 400_000
KEPT = 2
MOST_CRASH_BYTES = 200_000
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start_log(folder: Path) -> bool:
    """Write what the lab's modules log into ``folder``; False when that cannot be written."""
    from courseai_lab.app.log_file import LogFile

    try:
        handler = LogFile(folder / FILE, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=False)
    except OSError:
        return False
    handler.setFormatter(logging.Formatter(FORMAT))
    logger = logging.getLogger("courseai_lab")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return True


def note_failure(words: str) -> None:
    """The exception being handled, whole: for whoever watches the terminal, and into the log."""
    if sys.stderr is not None:
        traceback.print_exc(file=sys.stderr)
    logging.getLogger(__name__).error(words, exc_info=True)


def stop_log() -> None:
    """Close the log's files."""
    logger = logging.getLogger("courseai_lab")
    for handler in list(logger.handlers):
        if isinstance(handler, logging.FileHandler):
            logger.removeHandler(handler)
            handler.close()


def catch_crashes(folder: Path) -> None:
    """Have Python write where it was when the process dies (a driver, a broken library); it keeps the file open."""
    path = folder / CRASH_FILE
    try:
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > MOST_CRASH_BYTES:
                os.replace(path, path.with_name(CRASH_FILE + ".1"))
        file = path.open("a", encoding="utf-8")
    except OSError:
        faulthandler.enable()
        return
    faulthandler.enable(file)


def last_lines(path: Path, count: int, most: int = 60_000) -> list[str]:
    """The end of a text file; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - most))
            return file.read().decode("utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []

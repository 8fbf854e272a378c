"""The log's files; apart, because the standard library's module for them is slow to import."""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler


class LogFile(RotatingFileHandler):
    """Two labs may write the same log, and a full disk must not stop either: what cannot be written is dropped."""

    def rotate(self, source: str, dest: str) -> None:
        """Begin a new file; while another lab holds the old one (Windows), go on in that."""
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def handleError(self, record: logging.LogRecord) -> None:
        """There is nowhere left to say it."""

"""Where the lane leaves what happened, until the window's timer comes to fetch it."""

from __future__ import annotations

import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from courseai_lab.contract import frame_bytes

FULL_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivered:
    """A frame is ready. ``seconds``: time spent on it, from when its turn began."""

    key: int
    token: int
    index: int
    frame: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The run has no more frames; it gave ``count``."""

    key: int
    token: int
    count: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The run raised. ``sentence`` is for the person, ``report`` for who mends it."""

    key: int
    token: int
    sentence: str
    report: str


@dataclass(frozen=True, slots=True)
class Steered:
    """Changed parameters were sent into the run after frame ``step``; they hold from the next one on."""

    key: int
    token: int
    step: int
    patch: Any


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth saying that stops nothing (fell back to the CPU)."""

    key: int
    token: int
    sentence: str


Event = Delivered | Finished | Failed | Steered | Notice


class Mailbox:
    """A queue of events with one latest progress for each key; safe between two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._waiting: dict[int, int] = {}
        self._bytes: dict[int, int] = {}
        self._seen: set[int] = set()
        self._progress: dict[int, tuple[int, float | None, str]] = {}

    def put(self, event: Event) -> bool:
        """Leave an event; True when the box was empty, so that somebody should be woken."""
        with self._lock:
            first = not self._events
            self._events.append(event)
            if isinstance(event, Delivered):
                self._waiting[event.key] = self._waiting.get(event.key, 0) + 1
                self._bytes[event.key] = self._bytes.get(event.key, 0) + frame_bytes(event.frame, self._seen)
            return first

    def report(self, key: int, token: int, share: float | None, note: str) -> None:
        """Replace the progress of ``key``."""
        with self._lock:
            self._progress[key] = (token, share, note)

    def waiting(self, key: int) -> int:
        """How many frames of ``key`` have not been fetched: the lane stops ahead of a slow window.

        Frames that together hold ``FULL_BYTES`` of new arrays count as more than any lane may be ahead.
        """
        with self._lock:
            return self._waiting.get(key, 0) if self._bytes.get(key, 0) < FULL_BYTES else sys.maxsize

    def drain(self) -> tuple[list[Event], dict[int, tuple[int, float | None, str]]]:
        """Take everything: the events in order, and the latest progress by key."""
        with self._lock:
            events = list(self._events)
            progress = self._progress
            self._events.clear()
            self._waiting.clear()
            self._bytes.clear()
            self._seen.clear()
            self._progress = {}
        return events, progress

"""The frames on screen, and behind them those of a newer run until it has come as far."""

from __future__ import annotations

from typing import Any

from courseai_lab.engine.timeline import Timeline

PATIENCE_SECONDS = 0.4
"""How long old frames stay on screen while a newer run is on its way to the frame that is looked at."""


class Reel:
    """``shown`` is what can be looked at; ``token`` names the run it belongs to (0: none yet).

    A change of a slider starts a run anew, and the step on screen must not fall back to the first one for that: the
    new frames gather out of sight until the run has reached the step looked at, has ended, or patience is over.
    """

    def __init__(self, cap_bytes: int) -> None:
        self._cap = cap_bytes
        self.shown = Timeline(cap_bytes)
        self.token = 0
        self._coming = Timeline(cap_bytes)
        self._coming_token = 0
        self._ended = False
        self._since = 0.0

    def expect(self, oldest: int, now: float) -> None:
        """A new run was ordered; frames of runs before ``oldest`` are no longer of interest."""
        if self._coming_token < oldest:
            self._coming, self._coming_token, self._ended = Timeline(self._cap), 0, False
            self._since = now

    def record(self, token: int, index: int, frame: Any) -> None:
        """Keep a frame of the run ``token``; of two runs under way the newer one counts."""
        if token == self.token:
            self.shown.append(index, frame)
        elif token > max(self.token, self._coming_token):
            self._coming, self._coming_token, self._ended = Timeline(self._cap), token, False
            self._coming.append(index, frame)
        elif token == self._coming_token:
            self._coming.append(index, frame)

    def end(self, token: int) -> None:
        """The run ``token`` gives no more frames."""
        if token == self._coming_token:
            self._ended = True

    def turn(self, reach: int, now: float) -> bool:
        """Show the newer run when it is due; ``reach`` is the index looked at. True when it was turned to."""
        if self._coming.kept == 0:
            return False
        if not (self._ended or self._coming.count > reach or now - self._since > PATIENCE_SECONDS):
            return False
        self.shown, self.token = self._coming, self._coming_token
        self._coming, self._coming_token, self._ended = Timeline(self._cap), 0, False
        self._since = now
        return True

    @property
    def gathering(self) -> bool:
        """Whether frames wait out of sight."""
        return self._coming.kept > 0

    def set_cap(self, cap_bytes: int) -> None:
        """Keep less or more."""
        self._cap = cap_bytes
        self.shown.set_cap(cap_bytes)
        self._coming.set_cap(cap_bytes)

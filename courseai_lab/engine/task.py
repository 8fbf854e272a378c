"""One panel's work in the lane: its running generator, what it may still do, and what was asked of it meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from courseai_lab.contract import Compute, Run, State, Steer
from courseai_lab.contract.ctx import Memo, Stream

AHEAD_OF_WINDOW = 1024
"""Frames the window has not fetched yet, past which the lane waits for it."""

GRACE_SECONDS = 0.4
"""While a slider is dragged, a superseded run may take this long to come to the frame looked at before it is stopped;
and a frame that takes longer than this is left when its panel is hidden."""

ALL = 2**62
"""An allowance without a limit."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run that is wanted: ``token`` tells its events from those of earlier ones, ``gesture`` names a drag.

    ``reach`` is the index of the frame looked at: what a run that is superseded within its gesture may still bring.
    ``asked`` is told which seeds' streams the run draws from.
    """

    key: int
    token: int
    compute: Compute
    state: State
    allowance: int = ALL
    gesture: str = ""
    reach: int = 0
    asked: set[Stream] = field(default_factory=set)


@dataclass(slots=True)
class Task:
    """The lane's bookkeeping of one panel. Fields are read and written under the lane's lock."""

    key: int
    order: Order | None = None
    wanted: Order | None = None
    run: Run | None = None
    started: float = 0.0
    allowance: int = 0
    held: bool = False
    touched: float = 0.0
    served: float = 0.0
    announced: int = 0
    frame_began: float = 0.0
    done: bool = True
    rescued: bool = False
    parked: bool = False
    steering: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sent: list[Steer] = field(default_factory=list)
    memo: Memo = field(default_factory=Memo)

    @property
    def produced(self) -> int:
        """Frames this run has given."""
        return 0 if self.run is None else self.run.produced

    def lingers(self, now: float) -> bool:
        """Whether a superseded run may go on a little: a drag goes on, and the frame looked at has not come yet."""
        return (
            self.wanted is not None
            and self.run is not None
            and bool(self.wanted.gesture)
            and self.order is not None
            and self.order.gesture == self.wanted.gesture
            and not self.done
            and self.announced <= self.order.reach
            and self.produced < self.allowance
            and now - self.started <= GRACE_SECONDS
        )

    def must_stop(self, now: float) -> bool:
        """Whether the running job is to be left at its next tick."""
        if self.order is None or (self.held and now - self.frame_began > GRACE_SECONDS):
            return True
        return self.wanted is not None and not self.lingers(now)

    def may_go_on(self, waiting: int, now: float) -> bool:
        """Whether the running job may give another frame; ``waiting`` have not been fetched by the window."""
        superseded = self.wanted is not None and not self.lingers(now)
        able = self.order is not None and not self.done and self.produced < self.allowance
        return able and not self.held and not superseded and waiting < AHEAD_OF_WINDOW

    def ready(self, waiting: int, now: float) -> bool:
        """Whether a turn would do something now."""
        if self.held:
            return False
        if self.steering or (self.wanted is not None and not self.lingers(now)):
            return True
        return self.may_go_on(waiting, now)

    @property
    def urgency(self) -> tuple[bool, float]:
        """Who goes first is greatest: what was touched since its last turn, latest first; then who waited longest."""
        if self.touched > self.served:
            return True, self.touched
        return False, -self.served


def monotonic() -> float:
    """Seconds on a clock that never goes back."""
    return time.perf_counter()

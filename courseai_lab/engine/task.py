"""One panel's work in the lane: its running generator, what it may still do, and what was asked of it meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from courseai_lab.contract import Compute, Run, State, Steer
from courseai_lab.contract.ctx import Memo

AHEAD_OF_WINDOW = 64
"""Frames the window has not fetched yet, past which the lane waits for it."""

GRACE_SECONDS = 0.4
"""While a slider is dragged, a superseded run may take this long to bring its first frame before it is stopped."""

ALL = 2**62
"""An allowance without a limit."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run that is wanted: ``token`` tells its events from those of earlier ones, ``gesture`` names a drag."""

    key: int
    token: int
    compute: Compute
    state: State
    allowance: int = ALL
    gesture: str = ""


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
    announced: int = 0
    done: bool = True
    steering: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sent: list[Steer] = field(default_factory=list)
    memo: Memo = field(default_factory=Memo)

    @property
    def produced(self) -> int:
        """Frames this run has given."""
        return 0 if self.run is None else self.run.produced

    def must_stop(self, now: float) -> bool:
        """Whether the running job is to be left at its next tick."""
        if self.wanted is None:
            return self.order is None
        grace = (
            bool(self.wanted.gesture)
            and self.order is not None
            and self.order.gesture == self.wanted.gesture
            and self.announced == 0
        )
        return not grace or now - self.started > GRACE_SECONDS

    def ready(self, waiting: int) -> bool:
        """Whether a turn would do something now; ``waiting`` frames have not been fetched by the window."""
        if self.held:
            return False
        if self.wanted is not None or self.steering:
            return True
        return not self.done and self.produced < self.allowance and waiting < AHEAD_OF_WINDOW


def monotonic() -> float:
    """Seconds on a clock that never goes back."""
    return time.perf_counter()

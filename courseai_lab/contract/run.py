"""Driving a run: one object that steps a panel's generator, replays its steering and checks its frames."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from courseai_lab.contract.ctx import Ctx, Memo
from courseai_lab.contract.errors import FrameError, LabError
from courseai_lab.contract.frame import check_frame
from courseai_lab.contract.panel import Compute, Panel
from courseai_lab.contract.params import Params
from courseai_lab.contract.state import State


def _nobody(_done: float | None, _note: str) -> None:
    """Report to nobody."""


class Run:
    """A running computation of one state: ``step`` yields the next checked frame or None at the end.

    Steering recorded in the state is replayed at the same steps, so the same state gives the same frames; ``steer``
    adds to it. ``produced`` counts frames so far. Used by the lane, the command line and the tests alike.
    """

    def __init__(self, compute: Compute, state: State, ctx: Ctx) -> None:
        self.produced = 0
        self.finished = False
        self._compute = compute
        self._steering = list(state.steering)
        self._params: Params = state.params
        self._generator: Generator[Any, Any, None] = compute.run(state.params, ctx)

    @property
    def params(self) -> Params:
        """The parameters in force for the next frame, as far as steering up to now says."""
        self._replay()
        return self._params

    def steer(self, patch: dict[str, Any]) -> None:
        """Send changed parameters into the run; they hold from the next frame on. Raises BadValue."""
        # What is to be replayed after this very frame comes first: the later word counts.
        self._replay()
        self._params = self._params.patched(**patch)

    def step(self) -> Any | None:
        """Compute the next frame (may raise Cancelled, LabError or what the kernel raises)."""
        if self.finished:
            return None
        try:
            if self.produced == 0:
                frame = next(self._generator)
            else:
                self._replay()
                frame = self._generator.send(self._params)
        except StopIteration:
            self.finished = True
            if self.produced == 0:
                raise FrameError("The run ended without a frame.") from None
            return None
        if not isinstance(frame, self._compute.Frame):
            raise FrameError(f"The run yielded a {type(frame).__name__} instead of a Frame.")
        self.produced += 1
        return check_frame(frame)

    def close(self) -> None:
        """End the generator now; it may not catch this."""
        self._generator.close()

    def _replay(self) -> None:
        shown = self.produced - 1
        while self._steering and self._steering[0].step <= shown:
            self._params = self._params.patched(**self._steering.pop(0).patch)


def run_frames(
    panel: Panel,
    state: State,
    device: str = "cpu",
    report: Callable[[float | None, str], None] = _nobody,
    memo: Memo | None = None,
) -> Iterator[Any]:
    """All frames of a state, one after the other, without any window."""
    run = Run(panel.compute(), state, Ctx(device, state.seeds, report, memo))
    try:
        while (frame := run.step()) is not None:
            yield frame
    finally:
        run.close()


def run_to_frame(
    panel: Panel,
    state: State,
    frame: int | None = None,
    device: str = "cpu",
    report: Callable[[float | None, str], None] = _nobody,
) -> tuple[Any, int]:
    """The frame of index ``frame`` (or the state's own, or the last) and its index, without any window.

    Raises LabError when the run ends before that frame.
    """
    wanted = state.frame if frame is None else frame
    last: Any = None
    index = -1
    for last in run_frames(panel, state, device, report):
        index += 1
        if wanted is not None and index >= wanted:
            return last, index
    if wanted is not None and index < wanted:
        raise LabError(f"This run has {index + 1} frames; frame {wanted} does not exist (they count from 0).")
    return last, index

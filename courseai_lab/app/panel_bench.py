"""How fast each panel's mathematics is on a device: time to the first frame, and for each frame after it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from courseai_lab.app.doctor import devices
from courseai_lab.contract import BadValue, Ctx, LabError, Panel, Run, State, default_state
from courseai_lab.contract.state import state_from_json

FRAMES, SECONDS = 200, 2.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one panel's run in one state; `each_ms` is the median of `frames` - 1, NaN for a single one.

    `cold_ms`: the first frame of the first run in this process, with imports and compilation.
    """

    panel: str
    state: str
    device: str
    cold_ms: float
    first_ms: float
    each_ms: float | None
    frames: int
    error: str = ""


def checked_device(name: str) -> str:
    """`name` when torch has it; raises BadValue that names those it has."""
    known = devices()
    if name not in known and not (name == "cuda" and "cuda:0" in known):
        raise BadValue(f"There is no device '{name}' here: the devices are {', '.join(known)}.")
    return name


def measure(panels: tuple[Panel, ...], device: str) -> Iterator[Timing]:
    """Every panel in the state it opens with and in each preset, one at a time, on one torch thread as in the lab."""
    import torch

    torch.set_num_threads(1)
    for panel in panels:
        states = {"default": default_state(panel)}
        states |= {preset.id: state_from_json(panel, preset.state) for preset in panel.presets()}
        for name, state in states.items():
            try:
                yield _timing(panel, name, state, device)
            except (LabError, RuntimeError, TypeError) as error:
                sentence = str(error).strip().split("\n")[0]
                yield Timing(panel.id, name, device, 0.0, 0.0, None, 0, f"{type(error).__name__}: {sentence}")


def _timing(panel: Panel, name: str, state: State, device: str) -> Timing:
    cold = _frame_times(panel, state, device, 1)[0]
    times = _frame_times(panel, state, device, FRAMES)
    each = statistics.median(times[1:]) if len(times) > 1 else None
    return Timing(panel.id, name, device, cold, times[0], each, len(times))


def _frame_times(panel: Panel, state: State, device: str, most: int) -> list[float]:
    """Milliseconds of each of the first frames: at most `most`, or as many as fit into two seconds."""
    run = Run(panel.compute(), state, Ctx(device, state.seeds))
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    try:
        while len(times) < most and (not times or time.perf_counter() < end):
            start = time.perf_counter()
            if run.step() is None:
                break
            times.append(1e3 * (time.perf_counter() - start))
    finally:
        run.close()
    return times


def table(timings: list[Timing]) -> str:
    """The timings as aligned lines."""
    head = ("panel", "state", "cold ms", "first ms", "each ms", "frames")
    rows = [head]
    for t in timings:
        each = "-" if t.each_ms is None else f"{t.each_ms:.2f}"
        numbers = (f"{t.cold_ms:.1f}", f"{t.first_ms:.2f}", each, str(t.frames))
        rows.append((t.panel, t.state, *(numbers if not t.error else (t.error, "", "", ""))))
    widths = [max((len(row[i]) for row in rows if i < 2 or row[3]), default=0) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [row[i].ljust(widths[i]) if i < 2 else row[i].rjust(widths[i]) for i in range(len(head))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_json(timings: list[Timing]) -> list[dict[str, Any]]:
    """The timings for a program."""
    return [asdict(timing) for timing in timings]

"""The guidance panel: a preview after a slider move, the 4 x 4 grid, and pictures that are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch

from courseai_lab.contract import Ctx, State, default_state
from courseai_lab.contract.ctx import Memo
from courseai_lab.contract.panel import find
from courseai_lab.networks.scenes import load_system
from courseai_lab.panels.cfg.pictures import draw, spec_of
from courseai_lab.panels.cfg.plane import run_plane


def _best_ms(call: Callable[[int], Any], repeats: int = 5) -> float:
    """The fastest of ``repeats`` calls (numbered, so that each can ask for something new), in milliseconds."""
    call(0)
    times = []
    for k in range(1, repeats + 1):
        start = time.perf_counter()
        call(k)
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _first_frame(state: State, memo: Memo, **params: Any) -> Any:
    compute = find("cfg").compute()
    run = compute.run(state.params.patched(**params), Ctx("cpu", state.seeds, memo=memo))
    try:
        return next(run)
    finally:
        run.close()


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement, on one thread."""
    torch.set_num_threads(1)
    start = default_state(find("cfg"))
    state = replace(start, params=start.params.patched(page="pictures"))
    system, memo = load_system(), Memo()
    for images in (state.params.images, 16):
        yield _row(
            f"preview after a slider move, {images} pictures, decoded",
            _best_ms(lambda k: _first_frame(state, memo, images=images, scale=2.0 + 0.1 * k + 0.01 * images)),  # noqa: B023
            150.0,
        )
    grid = [spec_of(state.params, seed=k) for k in range(16)]
    took = _best_ms(lambda k: draw(system, grid, Ctx("cpu"), state.params))
    yield _row("guided 4 x 4 grid, 12 steps of DPM-Solver++(2M), decoded", took, 500.0)

    def kept(k: int) -> Any:
        compute = find("cfg").compute()
        run = compute.run(state.params.patched(scale=4.0), Ctx("cpu", state.seeds, memo=memo))
        frame = next(run)
        if frame.preview:
            frame = next(run)
        run.close()
        return frame

    yield _row("slider back to a scale whose pictures are kept", _best_ms(kept), 33.0)
    plane = replace(start, params=start.params.patched(points=300))
    yield _row(
        "exact plane after a slider move, 300 samples, 64 steps",
        _best_ms(lambda k: next(run_plane(plane.params.patched(scale=1.0 + k), Ctx("cpu", plane.seeds, memo=memo)))),
        100.0,
    )


def _row(name: str, value: float, target: float) -> dict[str, Any]:
    return {"name": f"cfg: {name}", "value": value, "unit": "ms", "target": target, "ok": value <= target}

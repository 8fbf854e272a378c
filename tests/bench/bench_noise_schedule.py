"""The noise schedule panel: its first frame, dragging its time, and making schedules against diffusers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import diffusers

from courseai_lab.contract import Ctx
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels import schedules as ks
from courseai_lab.panels.noise_schedule import compute

REPEATS = 30


def _best_ms(call: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The fastest of ``repeats`` calls, in milliseconds: what the code costs, not what else the machine does."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    default = compute.Params()
    fresh = _best_ms(lambda: next(compute.run(default, Ctx())))
    yield {
        "name": "noise-schedule: kernel time of the default state, nothing kept",
        "value": fresh,
        "unit": "ms",
        "target": 50.0,
        "ok": fresh <= 50.0,
    }
    memo, moments = Memo(), iter(range(10_000))
    drag = _best_ms(lambda: next(compute.run(default.patched(time=next(moments) / 10_000), Ctx(memo=memo))))
    yield {
        "name": "noise-schedule: kernel time of one move of the time",
        "value": drag,
        "unit": "ms",
        "target": 8.0,
        "ok": drag <= 8.0,
    }
    everything = default.patched(schedules=tuple(ks.Name), zero_snr=True, size=256, steps=4000)
    yield {
        "name": "noise-schedule: kernel time of all ten schedules, 4,000 steps, 256 px",
        "value": _best_ms(lambda: next(compute.run(everything, Ctx())), 3),
        "unit": "ms",
    }
    pairs = (
        ("linear", ks.linear, "linear"),
        ("scaled linear", ks.scaled_linear, "scaled_linear"),
        ("cosine", ks.cosine, "squaredcos_cap_v2"),
        ("sigmoid", ks.sigmoid, "sigmoid"),
    )
    for name, ours, theirs in pairs:
        yield _against(name, lambda: ours(1000), lambda: diffusers.DDPMScheduler(1000, beta_schedule=theirs))  # noqa: B023
    yield _against("flow, shift 3", lambda: ks.flow(1000, shift=3.0), _flow)
    yield _against("Karras / EDM", lambda: ks.karras(1000), _edm)


def _flow() -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(1000, shift=3.0)


def _edm() -> Any:
    return diffusers.EDMEulerScheduler(sigma_min=0.002, sigma_max=80.0, num_train_timesteps=1000)


def _against(name: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> dict[str, Any]:
    mine, peer = _best_ms(ours), _best_ms(theirs)
    return {
        "name": f"noise-schedule: making {name}, 1,000 steps",
        "value": mine,
        "unit": "ms",
        "peer": "diffusers",
        "peer_value": peer,
        "ratio": peer / mine,
        "target": 1.0,
        "ok": mine <= peer,
    }

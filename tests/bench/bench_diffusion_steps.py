"""The diffusion steps panel: its first frame, a frame of the way, a thousand steps, and the short way of a leap."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels import schedules
from courseai_lab.kernels.ideal_denoiser import KnownPictures, leap
from courseai_lab.kernels.picture_sets import shape_set
from courseai_lab.panels.diffusion_steps import compute


def _best_ms(call: Callable[[], Any], repeats: int = 10) -> float:
    """The fastest of ``repeats`` calls, in milliseconds: what the code costs, not what else the machine does."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _row(name: str, value: float, target: float) -> dict[str, Any]:
    return {"name": f"diffusion-steps: {name}", "value": value, "unit": "ms", "target": target, "ok": value <= target}


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    plain = compute.Params()
    memo = Memo()
    yield _row("first frame, nothing kept", _best_ms(lambda: next(compute.run(plain, Ctx()))), 50.0)
    yield _row("first frame after a change", _best_ms(lambda: next(compute.run(plain, Ctx(memo=memo)))), 15.0)
    every = list(compute.run(plain, Ctx(memo=memo)))
    whole = _best_ms(lambda: list(compute.run(plain, Ctx(memo=memo))), 5)
    yield _row("a frame of the way, exact, 32 px", whole / len(every), 16.0)
    long = plain.patched(steps=1000, branches=0)
    yield _row(
        "DDPM's thousand steps, exact, 32 px", _best_ms(lambda: list(compute.run(long, Ctx(memo=memo))), 2), 3000.0
    )
    network = plain.patched(denoiser="network", picture="scene", branches=0)
    count = len(list(compute.run(network, Ctx(memo=memo))))
    told = _best_ms(lambda: list(compute.run(network, Ctx(memo=memo))), 3)
    yield _row("a frame of the way, network, decoded", told / count, 33.0)
    yield _leap()


def _leap() -> dict[str, Any]:
    """A thousand steps of DDIM as weights of a mix, against the same with every pixel."""
    known = KnownPictures.of(shape_set(32))
    schedule = schedules.cosine(1000)
    alpha, sigma = np.append(schedule.signal[::-1], 1.0), np.append(schedule.noise[::-1], 0.0)
    noise = np.random.default_rng(0).standard_normal((1, known.rows.shape[1]))
    start = known.rows[0]

    def pixels() -> np.ndarray:
        x = alpha[0] * start + sigma[0] * noise
        for a, s, an, sn in zip(alpha, sigma, alpha[1:], sigma[1:], strict=False):
            x0 = known.x0(x, a, s)[0]
            x = an * x0 + sn * (x - a * x0) / s
        return x

    mine, peer = _best_ms(lambda: leap(known, noise, start, alpha, sigma), 3), _best_ms(pixels, 2)
    return {
        "name": "diffusion-steps: 1,000 DDIM steps with 64 known pictures of 32 px",
        "value": mine,
        "unit": "ms",
        "peer": "the same, every pixel",
        "peer_value": peer,
        "ratio": peer / mine,
        "target": 2.0,
        "ok": peer >= 2.0 * mine,
    }

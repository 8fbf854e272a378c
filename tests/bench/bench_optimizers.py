"""Steps per second of the optimiser race on Rosenbrock against torch.optim, one optimiser at a time and all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from courseai_lab.kernels.optimizers import OPTIMIZERS, Hyper, hyper_row
from courseai_lab.kernels.race import race
from courseai_lab.kernels.surfaces import surface_args

STEPS, PEER_STEPS = 20_000, 300
START = (-1.2, 1.0)
PEERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1e-4),
    "momentum": lambda p: torch.optim.SGD(p, lr=1e-4, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=1e-4, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=1e-4),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-4),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-4),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-4),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=1e-4, amsgrad=True),
}


def rows() -> Iterator[dict[str, Any]]:
    torch.set_num_threads(1)
    ours, theirs = 0.0, 0.0
    for name in PEERS:
        mine, peer = our_seconds([(name, hyper_row(name, lr=1e-4))]) / STEPS, torch_seconds(name)
        ours, theirs = ours + mine, theirs + peer
        yield {
            "name": f"race, {OPTIMIZERS[name].title}",
            "value": 1.0 / mine,
            "unit": "steps/s",
            "peer": "torch.optim and autograd",
            "peer_value": 1.0 / peer,
            "ratio": peer / mine,
        }
    yield {
        "name": "race, the eight that torch has, mean step",
        "value": ours / len(PEERS) * 1e6,
        "unit": "us",
        "peer": "torch.optim and autograd",
        "peer_value": theirs / len(PEERS) * 1e6,
        "ratio": theirs / ours,
    }
    rules = [(name, hyper_row(name, lr=1e-4)) for name in OPTIMIZERS]
    whole = our_seconds(rules, 500)
    yield {
        "name": "race, all nine for 500 steps, with everything recorded",
        "value": whole * 1e3,
        "unit": "ms",
        "target": "within a frame (16 ms)",
        "ok": whole <= 0.016,
    }


def our_seconds(rules: list[tuple[str, Hyper]], steps: int = STEPS) -> float:
    args, factors = surface_args("rosenbrock"), np.ones(steps)
    race(args, rules, START, factors[:2])
    times = []
    for _ in range(5):
        start = time.perf_counter()
        race(args, rules, START, factors)
        times.append(time.perf_counter() - start)
    return min(times)


def torch_seconds(name: str) -> float:
    """Seconds per step; the first steps, which load what torch loads lazily, are not counted."""
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = PEERS[name]([theta])

    def step() -> None:
        optimizer.zero_grad()
        loss = (1.0 - theta[0]) ** 2 + 100.0 * (theta[1] - theta[0] ** 2) ** 2
        loss.backward()
        optimizer.step()

    for _ in range(5):
        step()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(PEER_STEPS):
            step()
        times.append((time.perf_counter() - start) / PEER_STEPS)
    return min(times)

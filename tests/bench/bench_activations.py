"""Activation functions: value and exact slope against torch's autograd, and the panel's frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from courseai_lab.contract import Ctx
from courseai_lab.kernels.activations import Name, evaluate
from courseai_lab.panels.activations import compute

REPEATS = 20


def _best_ms(call: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The fastest of ``repeats`` calls, in milliseconds."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    for name, page, target in (
        ("move of the marked input", "curves", 4.0),
        ("20,000 samples", "distribution", 30.0),
        ("20 layers of 64 units, 256 samples", "layers", 300.0),
    ):
        p = compute.Params().patched(page=page)
        took = _best_ms(lambda: next(compute.run(p, Ctx())), 5)  # noqa: B023
        yield {
            "name": f"activations: {name}, nothing kept",
            "value": took,
            "unit": "ms",
            "target": target,
            "ok": took <= target,
        }
    z = np.random.default_rng(0).standard_normal(20_000)
    for name, oracle in ((Name.TANH, torch.tanh), (Name.SILU, F.silu), (Name.MISH, F.mish)):
        mine = _best_ms(lambda: evaluate(name, z))  # noqa: B023
        peer = _best_ms(lambda: _autograd(oracle, z))  # noqa: B023
        yield {
            "name": f"activations: {name.value}, value and slope of 20,000 samples",
            "value": mine,
            "unit": "ms",
            "peer": "torch autograd",
            "peer_value": peer,
            "ratio": peer / mine,
            "target": 0.5,
            "ok": mine <= peer / 0.5,
        }


def _autograd(oracle: Callable[[torch.Tensor], torch.Tensor], z: np.ndarray) -> torch.Tensor:
    x = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(oracle(x).sum(), x)[0]

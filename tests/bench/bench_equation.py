"""Equations: all frames of each formula, Adam's components against torch.optim, a drawn stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from courseai_lab.contract import Ctx
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels.formula_sheets import adam_stream
from courseai_lab.kernels.formula_typed import typed_formula, typed_sheet
from courseai_lab.panels.equation import compute
from courseai_lab.panels.equation.params import Equation

REPEATS = 15
STEPS = 200


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
    memo = Memo()
    slowest, name = 0.0, ""
    for equation in Equation:
        p = compute.Params().patched(equation=equation)
        took = _best_ms(lambda: list(compute.run(p, Ctx(memo=memo))), 5)  # noqa: B023
        slowest, name = max((slowest, name), (took, equation.value))
    yield {
        "name": f"equation: all frames of the slowest formula ({name})",
        "value": slowest,
        "unit": "ms",
        "target": 16.0,
        "ok": slowest <= 16.0,
    }
    p = compute.Params().patched(equation="adam")
    fresh = _best_ms(lambda: next(compute.run(p, Ctx())), 5)
    yield {
        "name": "equation: a real network's 200 gradients, nothing kept",
        "value": fresh,
        "unit": "ms",
        "target": 100.0,
        "ok": fresh <= 100.0,
    }
    g = np.random.default_rng(0).standard_normal(STEPS)
    mine, peer = _best_ms(lambda: adam_stream(g, 0.01, 0.9, 0.999, 1e-8)), _best_ms(lambda: _torch_adam(g), 5)
    yield {
        "name": "equation: Adam's components over 200 steps",
        "value": mine,
        "unit": "ms",
        "peer": "torch.optim.Adam",
        "peer_value": peer,
        "ratio": peer / mine,
        "target": 10.0,
        "ok": peer >= 10 * mine,
    }
    typed = _best_ms(lambda: typed_sheet(typed_formula(r"\frac{1}{1 + e^{-(w x + b)}}"), (1.0, 2.0, 3.0)))
    yield {
        "name": "equation: reading a formula in TeX and working it out",
        "value": typed,
        "unit": "ms",
        "target": 2.0,
        "ok": typed <= 2.0,
    }


def _torch_adam(g: np.ndarray) -> float:
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([w], lr=0.01)
    for gradient in torch.tensor(g):
        w.grad = gradient
        optimiser.step()
    return w.item()

"""The lookup panel: one move of the query with the whole plane, and recall at every length."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from courseai_lab.contract import Ctx
from courseai_lab.panels.attention_lookup import compute


def _best_ms(call: Callable[[], Any], repeats: int) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _torch_plane(p: compute.Params) -> None:
    """The same weights of every place by torch's own attention, values of one-hot rows giving the weights."""
    axis = torch.linspace(-3.0, 3.0, compute.SIDE, dtype=torch.float64)
    places = torch.cartesian_prod(axis, axis)[None]
    keys = torch.tensor(np.array(p.keys[: p.keys_shown]))[None]
    torch.nn.functional.scaled_dot_product_attention(places, keys, torch.eye(p.keys_shown, dtype=keys.dtype)[None])


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement."""
    p = compute.Params().patched(score="scaled", keys_shown=8)
    mine, peer = _best_ms(lambda: compute.lookup_frame(p), 20), _best_ms(lambda: _torch_plane(p), 20)
    yield {
        "name": "attention-lookup: a move of the query, all weights of 3,721 places",
        "value": mine,
        "unit": "ms",
        "peer": "torch attention, plane alone",
        "peer_value": peer,
        "ratio": peer / mine,
        "target": 8.0,
        "ok": mine <= 8.0,
    }
    memory = compute.Params().patched(page="memory", pairs=48)
    took = _best_ms(lambda: list(compute.run(memory, Ctx())), 3)
    yield {
        "name": "attention-lookup: 48 pairs, recall measured at 16 lengths",
        "value": took,
        "unit": "ms",
        "target": 500.0,
        "ok": took <= 500.0,
    }

"""Four trainings side by side against torch, one after the other; and all rates against torch's schedulers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler

from courseai_lab.kernels import lr_schedules as kl
from courseai_lab.kernels.datasets2d import moons
from courseai_lab.kernels.mlp_batch import first_weights, train_side_by_side

STEPS, PEER_STEPS, BATCH, UNITS, LR = 600, 100, 10, 16, 0.5
COPIES = 4


def rows() -> Iterator[dict[str, Any]]:
    torch.set_num_threads(1)
    x, y = moons(200, 0.2, np.random.default_rng(0))
    batches = np.random.default_rng(1).integers(0, 200, (STEPS, BATCH))
    start = first_weights(UNITS, np.random.default_rng(2))
    t = np.arange(STEPS, dtype=np.float64)
    rates = LR * np.stack(
        [kl.constant(t), kl.step_decay(t, 150, 0.4), kl.cosine(t, STEPS, 0.0), kl.stable_decay(t, STEPS, 0.25, 0.0)]
    )
    ours = best(lambda: train_side_by_side(start, (x, y), batches, "momentum", rates))
    peer = torch_seconds(x, y, batches) * COPIES * STEPS / PEER_STEPS
    yield {
        "name": f"schedules, {COPIES} trainings of {STEPS} steps with the loss of every step",
        "value": ours * 1e3,
        "unit": "ms",
        "peer": "torch eager, one after the other",
        "peer_value": peer * 1e3,
        "ratio": peer / ours,
        "target": "at least 10 times torch",
        "ok": peer >= 10.0 * ours,
    }
    ours, peer = best(lambda: kl.cosine(t, STEPS, 0.0)), best(scheduler_rates)
    yield {
        "name": f"schedules, {STEPS} rates of a cosine",
        "value": ours * 1e6,
        "unit": "us",
        "peer": "torch CosineAnnealingLR, stepped",
        "peer_value": peer * 1e6,
        "ratio": peer / ours,
    }


def best(work: Callable[[], Any], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def torch_seconds(x: np.ndarray, y: np.ndarray, batches: np.ndarray) -> float:
    """One training of PEER_STEPS steps, with the loss over all points before each."""
    net = torch.nn.Sequential(torch.nn.Linear(2, UNITS), torch.nn.Tanh(), torch.nn.Linear(UNITS, 1)).double()
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=0.9)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=PEER_STEPS)
    losses = []

    def train() -> None:
        for batch in batches[:PEER_STEPS]:
            with torch.no_grad():
                losses.append(float(loss_of(net(inputs)[:, 0], labels)))
            optimizer.zero_grad()
            loss_of(net(inputs[batch])[:, 0], labels[batch]).backward()
            optimizer.step()
            scheduler.step()

    train()
    return best(train, 3)


def scheduler_rates() -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS)
    out = []
    for _ in range(STEPS):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out

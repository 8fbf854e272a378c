"""Learning-rate schedules against torch.optim.lr_scheduler."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from courseai_lab.kernels.lr_schedules import LR_SCHEDULES, lr_factors

STEPS = 120


def warmup_cosine(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
    climb = lr_scheduler.LinearLR(optimizer, start_factor=0.01, end_factor=1.0, total_iters=20)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=80, eta_min=0.05)
    return lr_scheduler.SequentialLR(optimizer, [climb, fall], milestones=[20])


CASES = {
    "constant": ({}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    "step": ({"period": 30, "gamma": 0.3}, lambda o: lr_scheduler.StepLR(o, 30, gamma=0.3)),
    "exponential": ({"gamma": 0.97}, lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
    "cosine": ({"period": 100, "floor": 0.1}, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=100, eta_min=0.05)),
    "warmup_cosine": ({"warmup": 20, "period": 100, "floor": 0.1, "start": 0.01}, warmup_cosine),
}


@pytest.mark.parametrize("name", LR_SCHEDULES)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_equal_to_torch(name: str) -> None:
    parameters, make = CASES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, rates = make(optimizer), []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(0.5 * lr_factors(name, STEPS, **parameters), rates, rtol=0, atol=1e-12)


def test_bad_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one of constant, step"):
        lr_factors("cosin", 10)
    with pytest.raises(ValueError, match="takes period, gamma"):
        lr_factors("step", 10, period=3)
    with pytest.raises(ValueError, match="must be positive"):
        lr_factors("step", 10, period=0, gamma=0.5)

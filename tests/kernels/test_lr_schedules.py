"""Learning-rate schedules against torch.optim.lr_scheduler."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from courseai_lab.kernels.lr_schedules import LR_SCHEDULES, Plateau, lr_factors, reduce_on_plateau, warmed_up

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
    "multi_step": (
        {"milestones": (90, 20, 21), "gamma": 0.5},
        lambda o: lr_scheduler.MultiStepLR(o, [20, 21, 90], 0.5),
    ),
    "polynomial": ({"period": 100, "power": 1.7}, lambda o: lr_scheduler.PolynomialLR(o, total_iters=100, power=1.7)),
    "warm_restarts": (
        {"period": 15, "growth": 2, "floor": 0.1},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=15, T_mult=2, eta_min=0.05),
    ),
    "one_cycle": (
        {"period": STEPS, "share": 0.3, "start_div": 25, "final_div": 1e4, "straight": 0.0},
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.5, total_steps=STEPS, cycle_momentum=False),
    ),
    "cyclic": (
        {"period": 30, "floor": 0.1, "shrink": 0.5, "decay": 1.0},
        lambda o: lr_scheduler.CyclicLR(
            o, base_lr=0.05, max_lr=0.5, step_size_up=15, mode="triangular2", cycle_momentum=False
        ),
    ),
    "stable_decay": (
        {"period": 100, "share": 0.25, "floor": 0.1, "root": 0.0},
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 - 0.9 * min(max((t - 75) / 25, 0), 1)),
    ),
    "inverse_sqrt": ({"scale": 20}, lambda o: lr_scheduler.LambdaLR(o, lambda t: (20 / (20 + t)) ** 0.5)),
    "warmup_cosine": ({"warmup": 20, "period": 100, "floor": 0.1, "start": 0.01}, warmup_cosine),
}


@pytest.mark.parametrize("name", LR_SCHEDULES)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_equal_to_torch(name: str) -> None:
    parameters, make = CASES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, rates = make(optimizer), []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS - 1:
            scheduler.step()
    np.testing.assert_allclose(0.5 * lr_factors(name, STEPS, **parameters), rates, rtol=0, atol=1e-12)


VARIANTS = {
    "straight one-cycle": (
        "one_cycle",
        {"period": STEPS, "share": 0.4, "start_div": 10, "final_div": 100, "straight": 1.0},
        lambda o: lr_scheduler.OneCycleLR(
            o, 0.5, STEPS, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100,
            cycle_momentum=False,
        ),
    ),
    "exp_range": (
        "cyclic",
        {"period": 24, "floor": 0.2, "shrink": 1.0, "decay": 0.98},
        lambda o: lr_scheduler.CyclicLR(
            o, base_lr=0.1, max_lr=0.5, step_size_up=12, mode="exp_range", gamma=0.98, cycle_momentum=False
        ),
    ),
    "restarts of one length": (
        "warm_restarts",
        {"period": 17, "growth": 1, "floor": 0.0},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=17),
    ),
    "restarts that treble": (
        "warm_restarts",
        {"period": 5, "growth": 3, "floor": 0.0},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=3),
    ),
    "stable, then 1 - sqrt": (
        "stable_decay",
        {"period": STEPS, "share": 0.5, "floor": 0.0, "root": 1.0},
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 - max((t - 60) / 60, 0) ** 0.5),
    ),
}  # fmt: skip


def stepped(make) -> list[float]:  # type: ignore[no-untyped-def]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, rates = make(optimizer), []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < STEPS:
            scheduler.step()
    return rates


@pytest.mark.parametrize("title", VARIANTS)
def test_variants_are_torchs(title: str) -> None:
    name, parameters, make = VARIANTS[title]
    np.testing.assert_allclose(0.5 * lr_factors(name, STEPS, **parameters), stepped(make), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["step", "cosine", "polynomial", "exponential", "multi_step", "inverse_sqrt"])
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_warm_up_goes_before_any(name: str) -> None:
    parameters, make = CASES[name]

    def after(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
        climb = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=12)
        return lr_scheduler.SequentialLR(optimizer, [climb, make(optimizer)], milestones=[12])

    factor = LR_SCHEDULES[name].factor
    made = warmed_up(lambda t: factor(t, **parameters), np.arange(STEPS, dtype=float), 12, 0.1)
    np.testing.assert_allclose(0.5 * made, stepped(after), rtol=0, atol=1e-12)
    none = warmed_up(lambda t: factor(t, **parameters), np.arange(STEPS, dtype=float), 0, 0.1)
    np.testing.assert_array_equal(none, lr_factors(name, STEPS, **parameters))


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize(("patience", "cooldown", "floor"), [(0, 0, 0.0), (3, 0, 0.02), (2, 4, 0.0)])
def test_reduce_on_plateau_is_torchs(every: int, patience: int, cooldown: int, floor: float) -> None:
    rng = np.random.default_rng(patience)
    losses = 0.3 + np.exp(-np.arange(301) / 40) + 0.03 * rng.standard_normal(301)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, threshold=1e-2, cooldown=cooldown, min_lr=floor
    )
    wanted = []
    for step in range(300):
        if step and step % every == 0:
            scheduler.step(losses[step])
        wanted.append(optimizer.param_groups[0]["lr"])
    made = reduce_on_plateau(losses, Plateau(0.5, 0.5, patience, 1e-2, cooldown, floor), every)
    np.testing.assert_array_equal(made, wanted)
    assert len(set(wanted)) >= 3


def test_bad_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one of constant, step"):
        lr_factors("cosin", 10)
    with pytest.raises(ValueError, match="takes period, gamma"):
        lr_factors("step", 10, period=3)
    with pytest.raises(ValueError, match="must be positive"):
        lr_factors("step", 10, period=0, gamma=0.5)

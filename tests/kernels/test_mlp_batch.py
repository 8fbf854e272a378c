"""Networks trained side by side against torch's autograd, optimisers and schedulers, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from courseai_lab.kernels.lr_schedules import Plateau, cosine
from courseai_lab.kernels.mlp_batch import (
    RULES,
    first_weights,
    gradients,
    logits,
    losses,
    train_side_by_side,
    update,
    weight_count,
)

UNITS, SAMPLES, STEPS = 5, 40, 60
MAKE = {
    "sgd": lambda w: torch.optim.SGD(w, lr=1.0),
    "momentum": lambda w: torch.optim.SGD(w, lr=1.0, momentum=0.9),
    "nesterov": lambda w: torch.optim.SGD(w, lr=1.0, momentum=0.9, nesterov=True),
    "rmsprop": lambda w: torch.optim.RMSprop(w, lr=1.0),
    "adam": lambda w: torch.optim.Adam(w, lr=1.0),
    "adamw": lambda w: torch.optim.AdamW(w, lr=1.0),
}


@pytest.fixture
def task() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((SAMPLES, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(float)
    return x, y, first_weights(UNITS, rng), rng.integers(0, SAMPLES, (STEPS, 8))


def network(theta: np.ndarray) -> torch.nn.Sequential:
    net = torch.nn.Sequential(torch.nn.Linear(2, UNITS), torch.nn.Tanh(), torch.nn.Linear(UNITS, 1)).double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(theta.copy()), net.parameters())
    return net


def torch_loss(net: torch.nn.Sequential, x: np.ndarray, y: np.ndarray) -> torch.Tensor:
    out = net(torch.from_numpy(x))[:, 0]
    return torch.nn.functional.binary_cross_entropy_with_logits(out, torch.from_numpy(y))


def test_loss_and_gradient_are_autograds(task: tuple[np.ndarray, ...]) -> None:
    x, y, theta, _ = task
    both = np.stack([theta, 2.0 * theta])
    assert both.shape[1] == weight_count(UNITS)
    for row, value, slope in zip(both, losses(both, x, y), gradients(both, x, y), strict=True):
        net = network(row)
        loss = torch_loss(net, x, y)
        loss.backward()
        wanted = torch.cat([p.grad.ravel() for p in net.parameters()])  # type: ignore[union-attr]
        assert value == pytest.approx(loss.item(), rel=1e-12)
        np.testing.assert_allclose(slope, wanted, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(logits(row[None], x)[0], net(torch.from_numpy(x)).detach()[:, 0], rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_training_is_torchs(task: tuple[np.ndarray, ...], rule: str) -> None:
    x, y, theta, batches = task
    rates = np.stack([np.full(STEPS, 0.05), 0.05 * cosine(np.arange(STEPS, dtype=float), STEPS, 0.0)])
    made = train_side_by_side(theta, (x, y), batches, rule, rates)
    for copy in range(2):
        net = network(theta)
        optimizer = MAKE[rule](net.parameters())
        wanted = []
        for step in range(STEPS):
            wanted.append(torch_loss(net, x, y).item())
            optimizer.param_groups[0]["lr"] = float(rates[copy, step])
            optimizer.zero_grad()
            torch_loss(net, x[batches[step]], y[batches[step]]).backward()
            optimizer.step()
        wanted.append(torch_loss(net, x, y).item())
        np.testing.assert_allclose(made.loss[copy], wanted, rtol=1e-8)
        end = torch.nn.utils.parameters_to_vector(net.parameters()).detach()
        np.testing.assert_allclose(made.weights[copy], end, rtol=1e-7, atol=1e-9)


def test_plateau_on_its_own_loss_is_torchs(task: tuple[np.ndarray, ...]) -> None:
    x, y, theta, batches = task
    watcher = Plateau(0.5, 0.3, 0, threshold=0.1, floor=0.001)
    made = train_side_by_side(theta, (x, y), batches, "momentum", np.ones((1, STEPS)), plateau=(0, 5, watcher))
    net = network(theta)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.3, patience=0, threshold=0.1, min_lr=0.001
    )
    wanted = []
    for step in range(STEPS):
        if step and step % 5 == 0:
            scheduler.step(torch_loss(net, x, y).item())
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        torch_loss(net, x[batches[step]], y[batches[step]]).backward()
        optimizer.step()
    np.testing.assert_allclose(made.rates[0], wanted, rtol=1e-12)
    assert len(set(wanted)) >= 3


def test_a_copy_that_diverges_ends_and_leaves_the_others_alone(task: tuple[np.ndarray, ...]) -> None:
    x, y, theta, batches = task
    rates = np.stack([np.full(STEPS, 0.1), np.full(STEPS, 1e308)])
    made = train_side_by_side(theta, (x, y), batches, "momentum", rates)
    alone = train_side_by_side(theta, (x, y), batches, "momentum", rates[:1])
    assert made.last[0] == STEPS and made.last[1] < STEPS
    np.testing.assert_allclose(made.loss[0], alone.loss[0], rtol=1e-12)
    end = int(made.last[1])
    assert np.isfinite(made.loss[1, : end + 1]).all() and np.isnan(made.loss[1, end + 1 :]).all()
    assert np.isfinite(made.weights).all()


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of sgd"):
        update("newton", np.zeros((1, 5)), np.zeros((1, 5)), np.zeros((2, 1, 5)), 1, np.ones((1, 1)))

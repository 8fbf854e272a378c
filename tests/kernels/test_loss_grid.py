"""The small network and its loss over planes of weights, against torch point by point."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from courseai_lab.kernels.datasets2d import moons
from courseai_lab.kernels.loss_grid import (
    GridLevel,
    Plane,
    filter_normalised,
    grid_levels,
    losses,
    path_directions,
    plane_race,
    project,
)
from courseai_lab.kernels.mlp2d import Mlp, initial_weights, loss_and_gradient, outputs, train
from courseai_lab.kernels.optimizers import OPTIMIZERS, hyper_row
from courseai_lab.kernels.race import minibatch_indices

X, Y = moons(300, 0.15, np.random.default_rng(0))
NETS = [Mlp((5,)), Mlp((6, 4), "relu"), Mlp((4, 3, 5), "tanh", "mse"), Mlp((4,), "relu", "mse")]


def as_torch(net: Mlp, theta: np.ndarray) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(net.sizes.tolist()):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh() if net.activation == "tanh" else torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).double()
    torch.nn.utils.vector_to_parameters(torch.tensor(theta), model.parameters())
    return model


def torch_loss(net: Mlp, model: torch.nn.Module, x: np.ndarray = X, y: np.ndarray = Y) -> torch.Tensor:
    measure = torch.nn.BCEWithLogitsLoss() if net.loss == "logistic" else torch.nn.MSELoss()
    return measure(model(torch.tensor(x))[:, 0], torch.tensor(y))


def plane_of(net: Mlp, seed: int = 1) -> Plane:
    rng = np.random.default_rng(seed)
    theta = initial_weights(net, rng)
    return Plane(net, theta, filter_normalised(net, theta, rng), filter_normalised(net, theta, rng), X, Y)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_loss_and_gradient_equal_autograd(net: Mlp) -> None:
    theta = initial_weights(net, np.random.default_rng(2))
    assert len(theta) == net.weights
    model = as_torch(net, theta)
    expected = torch_loss(net, model)
    expected.backward()
    value, gradient = loss_and_gradient(net, theta, X, Y)
    assert value == pytest.approx(expected.item(), abs=1e-12)
    slopes = torch.nn.utils.parameters_to_vector([p.grad for p in model.parameters()])
    np.testing.assert_allclose(gradient, slopes.numpy(), atol=1e-12)
    np.testing.assert_allclose(outputs(net, theta, X), model(torch.tensor(X))[:, 0].detach().numpy(), atol=1e-12)


def test_initial_weights_have_torch_s_bounds() -> None:
    net = Mlp((400,))
    theta = initial_weights(net, np.random.default_rng(0))
    first, second = theta[:1200], theta[1200:]
    assert np.abs(first).max() == pytest.approx(1 / np.sqrt(2), rel=0.01)
    assert np.abs(second).max() == pytest.approx(1 / np.sqrt(400), rel=0.02)


@pytest.mark.parametrize("rule", ["momentum", "adamw"])
def test_training_equals_torch_step_for_step(rule: str) -> None:
    net, steps = Mlp((6, 4)), 70
    theta = initial_weights(net, np.random.default_rng(3))
    batches = minibatch_indices(300, 32, steps, np.random.default_rng(4))
    result = train(
        net, theta, (X, Y), (rule, hyper_row(rule, lr=0.02)), np.linspace(1, 0.5, steps), batches=batches, clip_norm=0.5
    )
    model = as_torch(net, theta)
    make = {
        "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.02),
    }
    optimizer = make[rule](model.parameters())
    for step in range(steps + 1):
        vector = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
        np.testing.assert_allclose(result.weights[step], vector, atol=1e-9)
        assert result.loss[step] == pytest.approx(torch_loss(net, model).item(), abs=1e-9)
        if step == steps:
            break
        optimizer.param_groups[0]["lr"] = 0.02 * np.linspace(1, 0.5, steps)[step]
        optimizer.zero_grad()
        torch_loss(net, model, X[batches[step]], Y[batches[step]]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    assert result.last == steps


def test_training_learns_and_ticks() -> None:
    net, calls = Mlp((8,)), []
    theta = initial_weights(net, np.random.default_rng(0))
    result = train(
        net,
        theta,
        (X, Y),
        ("adam", hyper_row("adam", lr=0.05)),
        np.ones(160),
        tick=lambda done, total: calls.append((done, total)),
    )
    assert result.loss[-1] < 0.2 < result.loss[0]
    assert calls == [(0, 160), (50, 160), (100, 160), (150, 160)]


def test_training_that_diverges_keeps_the_last_finite_step() -> None:
    net = Mlp((4,), "relu", "mse")
    theta = initial_weights(net, np.random.default_rng(0))
    result = train(net, theta, (X, Y), ("sgd", hyper_row("sgd", lr=1e4)), np.ones(120))
    assert 0 < result.last < 120
    assert np.isfinite(result.weights).all() and np.isfinite(result.loss).all()
    np.testing.assert_array_equal(result.weights[-1], result.weights[result.last])


@pytest.mark.parametrize("net", NETS, ids=str)
def test_grid_equals_a_per_point_torch_loop(net: Mlp) -> None:
    plane = plane_of(net)
    *_, level = grid_levels(plane, (-1.5, 1.0, -0.7, 1.3), (5, 9))
    assert level.a[[0, -1]].tolist() == [-1.5, 1.0] and level.b[[0, -1]].tolist() == [-0.7, 1.3]
    for j, b in enumerate(level.b):
        for i, a in enumerate(level.a):
            expected = torch_loss(net, as_torch(net, plane.weights(a, b))).item()
            assert level.heights[j, i] == pytest.approx(expected, rel=2e-6)


def test_levels_are_nested_and_tick() -> None:
    calls: list[tuple[int, int]] = []
    levels: list[GridLevel] = list(grid_levels(plane_of(NETS[0]), (-1, 1, -1, 1), tick=lambda *c: calls.append(c)))
    assert [len(level.a) for level in levels] == [11, 21, 41]
    np.testing.assert_array_equal(levels[1].heights[::2, ::2], levels[0].heights)
    np.testing.assert_array_equal(levels[2].heights[::2, ::2], levels[1].heights)
    done = [call[0] for call in calls]
    assert done == sorted(done) and calls[0] == (0, 1681) and len(calls) > 15
    with pytest.raises(ValueError, match="twice the one before less one"):
        list(grid_levels(plane_of(NETS[0]), (-1, 1, -1, 1), (11, 20)))


def test_filter_normalised_rows_have_the_weights_norms() -> None:
    net = Mlp((5, 3))
    theta = initial_weights(net, np.random.default_rng(0))
    d = as_torch(net, filter_normalised(net, theta, np.random.default_rng(1)))
    for ours, real in zip(d.parameters(), as_torch(net, theta).parameters(), strict=True):
        if ours.ndim == 2:
            np.testing.assert_allclose(ours.norm(dim=1).detach(), real.norm(dim=1).detach(), rtol=1e-12)
        else:
            assert (ours == 0).all()


def test_path_directions_are_the_best_plane() -> None:
    net = Mlp((6,))
    theta = initial_weights(net, np.random.default_rng(0))
    weights = train(net, theta, (X, Y), ("adam", hyper_row("adam", lr=0.05)), np.ones(80)).weights
    found = path_directions(weights)
    offsets = weights - weights[-1]
    _, singular, rows = np.linalg.svd(offsets, full_matrices=False)
    np.testing.assert_allclose(found.explained, singular[:2] ** 2 / (singular**2).sum(), rtol=1e-9)
    np.testing.assert_allclose(np.abs([found.first @ rows[0], found.second @ rows[1]]), 1.0, atol=1e-9)
    assert (found.path[0] >= 0).all() and np.allclose(found.path[-1], 0.0)
    plane = Plane(net, weights[-1], found.first, found.second, X, Y)
    np.testing.assert_allclose(project(weights, plane), found.path, atol=1e-9)
    residual = offsets - found.path @ np.stack([found.first, found.second])
    assert (residual**2).sum() / (offsets**2).sum() == pytest.approx(1 - found.explained.sum(), abs=1e-9)
    with pytest.raises(ValueError, match="at least 3 points"):
        path_directions(weights[:2])


def test_a_path_that_does_not_move_explains_nothing() -> None:
    found = path_directions(np.ones((5, 7)))
    assert found.explained.tolist() == [0.0, 0.0] and np.isfinite(found.path).all()


@pytest.mark.parametrize("batch", [None, 16])
def test_plane_race_equals_the_formulas_on_torch_gradients(batch: int | None) -> None:
    net, steps = NETS[1], 25
    plane = plane_of(net)
    batches = None if batch is None else minibatch_indices(300, batch, steps, np.random.default_rng(0))
    rules = [(name, hyper_row(name, lr=0.05)) for name in ("sgd", "nesterov", "adam")]
    result = plane_race(plane, rules, (0.8, -0.5), np.ones(steps), batches=batches, clip_norm=2.0)
    for k, (name, h) in enumerate(rules):
        at, state = np.array([0.8, -0.5]), (np.zeros(2), np.zeros(2), np.zeros(2))
        for step in range(steps):
            chosen = slice(None) if batches is None else batches[step]
            model = as_torch(net, plane.weights(*at))
            torch_loss(net, model, X[chosen], Y[chosen]).backward()
            full = torch.nn.utils.parameters_to_vector([p.grad for p in model.parameters()]).numpy()
            g = np.array([full @ plane.first, full @ plane.second])
            np.testing.assert_allclose(result.path[k, step], at, atol=1e-9)
            np.testing.assert_allclose(result.gradient[k, step], g, atol=1e-9)
            assert result.loss[k, step] == pytest.approx(torch_loss(net, model).item(), abs=1e-10)
            g = g * min(1.0, 2.0 / (np.linalg.norm(g) + 1e-6))
            at, state = OPTIMIZERS[name].update(at, g, state, step + 1, h)
        np.testing.assert_allclose(result.path[k, -1], at, atol=1e-9)


def test_bad_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 3 hidden layers"):
        Mlp(())
    with pytest.raises(ValueError, match="one of tanh, relu"):
        Mlp((4,), "gelu")
    with pytest.raises(ValueError, match="one of logistic, mse"):
        Mlp((4,), "tanh", "hinge")


def test_losses_of_single_points() -> None:
    plane = plane_of(NETS[0])
    value, _ = loss_and_gradient(plane.net, plane.weights(0.3, -0.4), X, Y)
    assert losses(plane, np.array([0.3]), np.array([-0.4]))[0] == pytest.approx(value, rel=1e-6)

"""Compiled races against the plain formulas, torch.optim end to end, and the figures of the finishing table."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.lr_schedules import lr_factors
from courseai_lab.kernels.optimizers import OPTIMIZERS, clip_by_norm, clip_by_value, hyper_row
from courseai_lab.kernels.race import (
    finishing_table,
    gradient_noise,
    minibatch_indices,
    minibatch_moments,
    race,
    regression_moments,
)
from courseai_lab.kernels.surfaces import expression_args, surface_args, value_and_gradient

ALL = [(name, hyper_row(name, lr=1e-3)) for name in OPTIMIZERS]


@pytest.mark.parametrize("surface", ["rosenbrock", "cliff"])
@pytest.mark.parametrize("clip", [(0.0, 0.0), (0.4, 0.0), (0.0, 0.7), (0.6, 0.7)])
def test_equal_to_the_plain_formulas(surface: str, clip: tuple[float, float]) -> None:
    steps, args = 80, surface_args(surface)
    factors = lr_factors("cosine", steps, period=steps, floor=0.1)
    noise = gradient_noise(0.5, 4, steps, np.random.default_rng(1))
    result = race(args, ALL, (0.9, 1.2), factors, noise=noise, clip_value=clip[0], clip_norm=clip[1])
    for k, (name, h) in enumerate(ALL):
        theta, state = np.array([0.9, 1.2]), (np.zeros(2), np.zeros(2), np.zeros(2))
        for step in range(steps):
            value, g = value_and_gradient(args, *theta)
            g = g + noise[step]
            np.testing.assert_allclose(result.path[k, step], theta, atol=1e-11)
            np.testing.assert_allclose(result.gradient[k, step], g, atol=1e-9)
            assert result.loss[k, step] == pytest.approx(value, abs=1e-10)
            g = clip_by_value(g, clip[0]) if clip[0] else g
            g = clip_by_norm(g, clip[1]) if clip[1] else g
            theta, state = OPTIMIZERS[name].update(theta, g, state, step + 1, (h[0] * factors[step], *h[1:]))
            np.testing.assert_allclose(result.state[k, step + 1], np.broadcast_arrays(*state), atol=1e-9)
        np.testing.assert_allclose(result.path[k, steps], theta, atol=1e-11)
    assert not result.diverged.any() and (result.last == steps).all()


def test_equal_to_torch_on_a_typed_surface() -> None:
    text, steps = "0.5*(x^2 + 8*y^2) + sin(3*x)*cos(y)", 100
    result = race(expression_args(parse(text)), [("adam", hyper_row("adam", lr=0.05))], (1.5, -1.0), np.ones(steps))
    theta = torch.tensor([1.5, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=0.05)
    for step in range(steps):
        np.testing.assert_allclose(result.path[0, step], theta.detach().numpy(), atol=1e-10)
        optimizer.zero_grad()
        parse(text)(theta[0], theta[1]).backward()
        optimizer.step()


def test_divergence_keeps_the_trail_to_the_last_finite_point() -> None:
    args = surface_args("quadratic", np.array([1.0, 10.0, 0.0]))
    result = race(args, [("sgd", hyper_row("sgd", lr=0.25))], (1.0, 1.0), np.ones(300), bound=1e6)
    assert result.diverged[0]
    last = result.last[0]
    # y is multiplied by 1 - 2.5 each step, and 1.5^34 is the last power under a million.
    assert last == 34
    np.testing.assert_allclose(result.path[0, : last + 1, 1], (-1.5) ** np.arange(last + 1), rtol=1e-12)
    assert np.isfinite(result.path).all() and np.isfinite(result.loss).all()
    np.testing.assert_array_equal(result.path[0, last:], np.broadcast_to(result.path[0, last], (300 - last + 1, 2)))
    assert finishing_table(result, 1e-3)[0].diverged


def test_overflow_and_undefined_points_end_a_race() -> None:
    steep = race(expression_args(parse("exp(x^2) + y^2")), ALL[:1], (20.0, 1.0), np.ones(10), bound=1e300)
    assert steep.diverged[0] and steep.last[0] == 0
    undefined = race(expression_args(parse("log(x) + y")), ALL[:1], (-1.0, 0.0), np.ones(10))
    assert undefined.diverged[0] and undefined.last[0] == 0 and np.isnan(undefined.loss[0, 0])


def test_stable_up_to_two_over_L_and_not_past_it() -> None:
    args = surface_args("quadratic", np.array([1.0, 10.0, 0.3]))
    rates = [("sgd", hyper_row("sgd", lr=lr)) for lr in (0.199, 0.201)]
    result = race(args, rates, (1.0, 1.0), np.ones(3000))
    assert result.loss[0, -1] < 1e-5 and result.loss[1, -1] > result.loss[1, 0]


def test_finishing_table_by_hand() -> None:
    args = surface_args("quadratic", np.array([1.0, 1.0, 0.0]))
    result = race(args, [("sgd", hyper_row("sgd", lr=0.5))], (4.0, 0.0), np.ones(4))
    row = finishing_table(result, 0.5)[0]
    # x: 4, 2, 1, 0.5, 0.25; loss x^2 / 2 is 0.5 at step 2.
    assert (row.steps_to, row.final_loss, row.path_length, row.diverged) == (2, 0.03125, 3.75, False)
    assert finishing_table(result, 1e-9)[0].steps_to is None


def test_minibatch_moments_give_the_minibatch_gradient() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal(20), rng.standard_normal(20)
    moments = minibatch_moments(u, v, 4, 12, np.random.default_rng(5))
    rows = minibatch_indices(20, 4, 12, np.random.default_rng(5))
    assert moments.shape == (12, 5) and rows.shape == (12, 4)
    for step in range(12):
        _, g = value_and_gradient(surface_args("regression", moments[step]), 0.7, -0.2)
        residual = 0.7 * u[rows[step]] - 0.2 - v[rows[step]]
        np.testing.assert_allclose(g, [2 * (residual * u[rows[step]]).mean(), 2 * residual.mean()], atol=1e-12)
    assert sorted(rows[:5].ravel()) == list(range(20))
    np.testing.assert_allclose(minibatch_moments(u, v, 20, 3, rng)[2], regression_moments(u, v), atol=1e-12)


def test_minibatch_race_takes_the_batches_in_turn() -> None:
    rng = np.random.default_rng(2)
    u, v = rng.standard_normal(16), rng.standard_normal(16)
    moments = minibatch_moments(u, v, 4, 30, rng)
    args = surface_args("regression", regression_moments(u, v))
    result = race(args, [("sgd", hyper_row("sgd", lr=0.1))], (2.0, -1.0), np.ones(30), batches=moments)
    theta = np.array([2.0, -1.0])
    for step in range(30):
        theta = theta - 0.1 * value_and_gradient(surface_args("regression", moments[step]), *theta)[1]
        np.testing.assert_allclose(result.path[0, step + 1], theta, atol=1e-12)
    assert result.loss[0, -1] == pytest.approx(((theta[0] * u + theta[1] - v) ** 2).mean(), abs=1e-12)


def test_gradient_noise_falls_with_the_root_of_the_batch() -> None:
    small = gradient_noise(2.0, 1, 20000, np.random.default_rng(0)).std()
    large = gradient_noise(2.0, 16, 20000, np.random.default_rng(0)).std()
    assert small == pytest.approx(2.0, rel=0.02) and large == pytest.approx(0.5, rel=0.02)


def test_no_racers_give_empty_arrays() -> None:
    assert race(surface_args("booth"), [], (0.0, 0.0), np.ones(5)).path.shape == (0, 6, 2)

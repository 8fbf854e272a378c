"""Momentum's convergence rate against the eigenvalues of its step matrix and against real runs."""

from __future__ import annotations

import numpy as np
import pytest

from courseai_lab.kernels.momentum_rate import (
    best_momentum,
    convergence_rate,
    largest_stable_rate,
    rate_map,
    spectral_radius,
)
from courseai_lab.kernels.optimizers import hyper_row
from courseai_lab.kernels.race import race
from courseai_lab.kernels.surfaces import surface_args


def test_spectral_radius_is_that_of_the_step_matrix() -> None:
    rng = np.random.default_rng(0)
    for alpha, beta, curvature in zip(
        rng.uniform(0, 3, 200), rng.uniform(0, 0.999, 200), rng.uniform(0, 3, 200), strict=True
    ):
        # (theta, b) <- (theta - alpha (beta b + c theta), beta b + c theta)
        matrix = np.array([[1 - alpha * curvature, -alpha * beta], [curvature, beta]])
        expected = np.abs(np.linalg.eigvals(matrix)).max()
        assert spectral_radius(alpha, beta, curvature) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(0.05, 0.5), (0.1, 0.8), (0.02, 0.0), (0.15, 0.3)])
def test_rate_is_what_a_run_shows(alpha: float, beta: float) -> None:
    mu, L, steps = 1.0, 10.0, 400
    result = race(
        surface_args("quadratic", np.array([mu, L, 0.0])),
        [("momentum", hyper_row("momentum", lr=alpha, beta1=beta))],
        (1.0, 1.0),
        np.ones(steps),
    )
    # A turning error passes through zero, so the energy's envelope over many steps is fitted.
    energy = np.log((result.path[0] ** 2).sum(-1))
    envelope = np.array([energy[k : k + 40].max() for k in (40, 240)])
    measured = np.exp((envelope[1] - envelope[0]) / 2 / 200)
    assert measured == pytest.approx(float(convergence_rate(alpha, beta, mu, L)), abs=0.01)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_largest_stable_rate_is_where_the_rate_reaches_one(beta: float) -> None:
    edge = largest_stable_rate(7.0, beta)
    assert convergence_rate(edge * 0.999, beta, 1.0, 7.0) < 1.0 < convergence_rate(edge * 1.001, beta, 1.0, 7.0)
    assert largest_stable_rate(7.0) == 2 / 7


def test_best_momentum_is_the_lowest_point_of_the_map() -> None:
    mu, L = 1.0, 25.0
    alpha, beta = best_momentum(mu, L)
    best = float(convergence_rate(alpha, beta, mu, L))
    assert best == pytest.approx((np.sqrt(25) - 1) / (np.sqrt(25) + 1), rel=1e-6)
    grid = rate_map(np.linspace(0.001, 0.16, 80), np.linspace(0, 0.99, 60), mu, L)
    assert grid.shape == (60, 80)
    assert grid.min() >= best - 1e-9


def test_the_worst_curvature_is_at_an_end() -> None:
    inside = spectral_radius(0.05, 0.7, np.linspace(1.0, 30.0, 300)).max()
    assert inside == pytest.approx(float(convergence_rate(0.05, 0.7, 1.0, 30.0)), abs=1e-12)

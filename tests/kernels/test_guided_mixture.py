"""The plane's closed forms against the general mixture in torch, against a flow known in full, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from courseai_lab.kernels.gaussian_mixture import GaussianMixture, exact_epsilon, exact_x0
from courseai_lab.kernels.guided_mixture import HALF_PI, Classes, flow, guided_velocity, smoothed, spread

WORLD = Classes(
    np.array([[0.3, 1.0], [-1.2, 0.4], [0.9, -0.7], [0.0, 0.1]]),
    np.array([0.2, 0.35, 0.25, 0.6]),
    np.array([0.1, 0.4, 0.2, 0.3]),
    np.array([0, 0, 1, 1]),
)
X = np.random.default_rng(0).normal(0, 1.5, (40, 2))


def torch_twin(part: Classes) -> GaussianMixture:
    covariances = torch.eye(2, dtype=torch.float64) * torch.from_numpy(part.stds**2)[:, None, None]
    return GaussianMixture(torch.from_numpy(part.weights), torch.from_numpy(part.means), covariances)


@pytest.mark.parametrize("phi", [0.05, 0.7, 1.5, HALF_PI])
def test_scores_and_velocities_are_the_mixtures(phi: float) -> None:
    a, s, x = float(np.cos(phi)), float(np.sin(phi)), torch.from_numpy(X)
    for part in (WORLD, WORLD.only(1)):
        twin = torch_twin(part)
        np.testing.assert_allclose(part.score(X, phi), twin.noised(a, s).score(x), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(part.log_density(X, phi), twin.noised(a, s).log_density(x), rtol=1e-9, atol=1e-11)
        v = a * exact_epsilon(twin, x, a, s) - s * exact_x0(twin, x, a, s)
        np.testing.assert_allclose(part.velocity(X, phi), v, rtol=1e-9, atol=1e-11)


def test_the_share_of_a_class_is_bayes_rule() -> None:
    shares = torch_twin(WORLD).posterior(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(WORLD.posterior(X, 0), shares[:, :2].sum(axis=1), rtol=1e-9, atol=1e-12)


def test_without_guidance_one_normal_flows_onto_itself() -> None:
    """A noise z ends at mean + std z: the flow of a normal distribution is a straight scaling."""
    one = Classes(np.array([[0.7, -0.4]]), np.array([0.5]), np.array([1.0]), np.array([0]))
    z = np.random.default_rng(1).standard_normal((50, 2))
    errors = [np.abs(flow(one, WORLD, z, lambda share: 1.0, n)[-1] - (one.means + 0.5 * z)).max() for n in (40, 80)]
    assert errors[1] < 2e-3
    assert 3.3 < errors[0] / errors[1] < 4.7, "Heun's method is of second order"


def test_guidance_is_linear_in_the_two_predictions() -> None:
    c, u = WORLD.only(0).velocity(X, 0.8), WORLD.velocity(X, 0.8)
    scales = np.linspace(0, 9, len(X))[:, None]
    np.testing.assert_allclose(
        guided_velocity(WORLD.only(0), WORLD, X, 0.8, lambda share: scales), u + scales * (c - u)
    )
    z = X[:8]
    ignored = flow(WORLD.only(0), WORLD, z, lambda share: 0.0, 20)
    np.testing.assert_allclose(ignored, flow(WORLD, WORLD, z, lambda share: 5.0, 20), atol=1e-12)


def test_spread_is_the_mean_distance() -> None:
    assert spread(X) == pytest.approx(pdist(X).mean())
    assert spread(X[:1]) == 0.0


def test_estimated_scores_approach_the_true_ones() -> None:
    def error(count: int) -> float:
        x, labels = WORLD.sample(count, np.random.default_rng(3))
        at, _ = WORLD.sample(400, np.random.default_rng(4))
        return float(np.sqrt(np.mean((smoothed(x, labels).score(at, 0.6) - WORLD.score(at, 0.6)) ** 2)))

    assert error(2000) < 0.6 * error(60)


def test_what_is_no_mixture_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        Classes(np.zeros((1, 2)), np.ones(1), np.array([0.5]), np.zeros(1, int))
    with pytest.raises(ValueError, match="every component"):
        Classes(np.zeros((2, 2)), np.ones(1), np.ones(1), np.zeros(1, int))
    with pytest.raises(ValueError, match="no class 7"):
        WORLD.only(7)

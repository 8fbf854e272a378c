"""Regression against numpy.linalg.lstsq, scikit-learn, scipy and torch's own losses and autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import huber
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from courseai_lab.kernels.regression import (
    LOSSES,
    curvatures,
    descend,
    fit_polynomial,
    held_back,
    least_squares,
    loss_grid,
    loss_value,
    r_squared,
    standardisation,
)

DELTA = 0.8


@pytest.fixture
def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.uniform(-3, 7, 25)
    return x, 1.7 * x - 2.0 + 1.5 * rng.standard_normal(25)


def test_least_squares_is_lstsq_and_sklearn(points: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = points
    wanted = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)[0]
    np.testing.assert_allclose(least_squares(x, y), wanted, rtol=1e-12)
    model = LinearRegression().fit(x[:, None], y)
    np.testing.assert_allclose(least_squares(x, y), (model.coef_[0], model.intercept_), rtol=1e-12)


@given(st.integers(2, 12), st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e6]), st.sampled_from([0.0, 1e3]))
def test_least_squares_in_any_units(count: int, seed: int, unit: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = (shift + rng.standard_normal(count)) * unit, rng.standard_normal(count)
    w, b = least_squares(x, y)
    wanted = np.polynomial.Polynomial.fit(x, y, 1)
    np.testing.assert_allclose(w * x + b, wanted(x), atol=1e-8)


def test_points_above_each_other_leave_the_slope_open() -> None:
    assert least_squares(np.array([2.0, 2.0]), np.array([1.0, 3.0])) == (0.0, 2.0)
    assert least_squares(np.array([0.0]), np.array([5.0])) == (0.0, 5.0)
    with pytest.raises(ValueError, match="needs points"):
        least_squares(np.empty(0), np.empty(0))


def test_the_four_numbers_are_sklearns_and_scipys(points: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = points
    guess = 1.2 * x - 1.0
    assert loss_value("mse", y - guess) == pytest.approx(mean_squared_error(y, guess), rel=1e-12)
    assert loss_value("mae", y - guess) == pytest.approx(mean_absolute_error(y, guess), rel=1e-12)
    assert loss_value("huber", y - guess, DELTA) == pytest.approx(huber(DELTA, y - guess).mean(), rel=1e-12)
    assert r_squared(y, y - guess) == pytest.approx(r2_score(y, guess), rel=1e-12)
    assert np.isnan(r_squared(np.full(4, 0.1), np.ones(4)))
    assert np.isnan(loss_value("mse", np.empty(0)))


@pytest.mark.parametrize("name", LOSSES)
def test_descent_is_autograds(points: tuple[np.ndarray, np.ndarray], name: str) -> None:
    x, y = points
    losses = {"mse": torch.nn.MSELoss(), "mae": torch.nn.L1Loss(), "huber": torch.nn.HuberLoss(delta=DELTA)}
    theta = torch.tensor([-1.0, 3.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.02)
    wanted = [theta.detach().clone()]
    for _ in range(80):
        optimizer.zero_grad()
        losses[name](theta[0] * torch.from_numpy(x) + theta[1], torch.from_numpy(y)).backward()
        optimizer.step()
        wanted.append(theta.detach().clone())
    path = descend(x, y, name, (-1.0, 3.0), 0.02, 80, DELTA)
    np.testing.assert_allclose(path, torch.stack(wanted).numpy(), rtol=1e-10, atol=1e-10)


def test_descent_reaches_the_closed_form_below_the_largest_stable_rate_and_not_above(
    points: tuple[np.ndarray, np.ndarray],
) -> None:
    x, y = points
    both = curvatures(x, "mse")
    assert both is not None
    design = np.column_stack([x, np.ones_like(x)])
    np.testing.assert_allclose(both, np.linalg.eigvalsh(2 * design.T @ design / x.size), rtol=1e-10)
    best = np.array(least_squares(x, y))
    good = descend(x, y, "mse", (0.0, 0.0), 0.98 * 2 / both[1], 3000)
    np.testing.assert_allclose(good[-1], best, rtol=1e-6)
    bad = descend(x, y, "mse", (0.0, 0.0), 1.02 * 2 / both[1], 3000)
    assert np.isfinite(bad).all() and np.abs(bad[-1]).max() > 1e10
    assert curvatures(x, "mae") is None


@pytest.mark.parametrize("name", LOSSES)
def test_the_grid_is_the_loss_point_by_point(points: tuple[np.ndarray, np.ndarray], name: str) -> None:
    x, y = points
    ws, bs = np.linspace(-1, 3, 5), np.linspace(-4, 2, 4)
    wanted = [[loss_value(name, y - (w * x + b), DELTA) for w in ws] for b in bs]
    np.testing.assert_allclose(loss_grid(x, y, name, ws, bs, DELTA), wanted, rtol=1e-11)


@pytest.mark.parametrize("degree", [1, 3, 9, 15])
def test_polynomials_are_numpys_and_sklearns(degree: int) -> None:
    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(0, 1, 40))
    y = np.sin(2 * np.pi * x) + 0.2 * rng.standard_normal(40)
    at = np.linspace(x[0], x[-1], 60)
    made = fit_polynomial(x, y, degree)(at)
    np.testing.assert_allclose(made, np.polynomial.Polynomial.fit(x, y, degree)(at), rtol=1e-6, atol=1e-8)
    model = make_pipeline(PolynomialFeatures(degree), LinearRegression())
    scaled = (2 * x - x[0] - x[-1]) / (x[-1] - x[0])
    model.fit(scaled[:, None], y)
    np.testing.assert_allclose(fit_polynomial(x, y, degree)(x), model.predict(scaled[:, None]), atol=1e-7)


def test_a_polynomial_with_as_many_coefficients_as_points_meets_them_all() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 5.0]), np.array([1.0, -2.0, 4.0, 0.0])
    np.testing.assert_allclose(fit_polynomial(x, y, 3)(x), y, atol=1e-10)
    np.testing.assert_allclose(fit_polynomial(x, y, 15)(x), y, atol=1e-10)
    assert np.isfinite(fit_polynomial(np.array([2.0]), np.array([1.0]), 4)(np.array([2.0]))).all()


def test_standardisation_is_numpys_and_never_zero() -> None:
    x = np.array([1.0, 4.0, 7.0])
    assert standardisation(x) == (x.mean(), x.std())
    assert standardisation(np.full(3, 0.1)) == (pytest.approx(0.1), 1.0)


def test_points_held_back_are_about_the_share_and_stay_the_same_when_one_is_added() -> None:
    for share in (0.0, 0.2, 0.5):
        assert abs(held_back(100, share, 0.3).mean() - share) <= 0.03
    assert (held_back(30, 0.3, 0.7) == held_back(31, 0.3, 0.7)[:30]).all()

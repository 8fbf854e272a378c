"""Row functions in both precisions against NumPy, over their whole range and for NaN."""

from __future__ import annotations

import numpy as np
import pytest

from courseai_lab.kernels import vector_math as double
from courseai_lab.kernels import vector_math32 as single

POINTS = np.concatenate([np.linspace(-60, 60, 4001), np.linspace(-1e-3, 1e-3, 101), [0.0, -0.0]])
BOTH = [
    (np.float64, double.tanh_row, double.exp_row, double.logistic_loss_sum, double.room_for, 4e-16),
    (np.float32, single.tanh_row32, single.exp_row32, single.logistic_loss_sum32, single.room_for32, 2e-7),
]


@pytest.mark.parametrize(("kind", "tanh", "exp", "logistic", "room", "error"), BOTH)
def test_against_numpy(kind, tanh, exp, logistic, room, error) -> None:
    x, n = POINTS.astype(kind), len(POINTS)
    out = x.copy()
    tanh(out, n, *room(n))
    np.testing.assert_allclose(out, np.tanh(x.astype(np.float64)), rtol=0, atol=error)
    out = x.copy()
    exp(out, n, *room(n))
    np.testing.assert_allclose(out, np.exp(x.astype(np.float64)), rtol=4 * error)
    y = (np.arange(n) % 2).astype(kind)
    total = logistic(x, y, n, np.empty(n, dtype=kind), *room(n))
    expected = (np.logaddexp(0, x.astype(np.float64)) - y * x.astype(np.float64)).sum()
    assert total == pytest.approx(expected, rel=50 * error)


@pytest.mark.parametrize(("kind", "tanh", "exp", "logistic", "room", "error"), BOTH)
def test_nan_and_infinity(kind, tanh, exp, logistic, room, error) -> None:
    out = np.array([np.nan, np.inf, -np.inf, 1e30], dtype=kind)
    tanh(out, 4, *room(4))
    np.testing.assert_array_equal(out, np.array([np.nan, 1.0, -1.0, 1.0], dtype=kind))
    bad = np.array([0.0, np.nan], dtype=kind)
    assert np.isnan(logistic(bad, np.zeros(2, dtype=kind), 2, np.empty(2, dtype=kind), *room(2)))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_affine_and_dot(count: int) -> None:
    rng = np.random.default_rng(count)
    rows, weights, out = rng.standard_normal((12, 7)), rng.standard_normal(60), np.empty(7)
    double.affine_row(out, rows, 2, count, weights, 3, 5, 0.25, 7)
    expected = 0.25 + sum((weights[3 + 5 * i] * rows[2 + i] for i in range(count)), np.zeros(7))
    np.testing.assert_allclose(out, expected, atol=1e-13)
    assert double.dot_row(rows[0], rows[1], 7) == pytest.approx(float(rows[0] @ rows[1]), abs=1e-13)
    assert double.square_loss_sum(rows[0], rows[1], 7) == pytest.approx(((rows[0] - rows[1]) ** 2).sum(), abs=1e-13)

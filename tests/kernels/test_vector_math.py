"""Row functions in both precisions against NumPy, over their whole range and for NaN."""

from __future__ import annotations

import numpy as np
import pytest

from courseai_lab.kernels import vector_math as double
from courseai_lab.kernels import vector_math32 as single

POINTS = np.concatenate([np.linspace(-60, 60, 4001), np.linspace(-1e-3, 1e-3, 101), [0.0, -0.0]])


def exp_rows(x: np.ndarray) -> np.ndarray:
    out = x.copy()
    if x.dtype == np.float32:
        return np.array([single.exp32(value) for value in out])
    double.exp_row(out, len(out), *double.room_for(len(out)))
    return out


def tanh_rows(x: np.ndarray) -> np.ndarray:
    out = x.copy()
    if x.dtype == np.float32:
        single.tanh_row32(out, len(out))
    else:
        double.tanh_row(out, len(out), *double.room_for(len(out)))
    return out


def logistic_sum(z: np.ndarray, y: np.ndarray) -> float:
    if z.dtype == np.float32:
        return float(single.logistic_loss_sum32(z, y, len(z)))
    return float(double.logistic_loss_sum(z, y, len(z), np.empty(len(z)), *double.room_for(len(z))))


@pytest.mark.parametrize(("kind", "error"), [(np.float64, 4e-16), (np.float32, 2e-7)])
def test_against_numpy(kind: type, error: float) -> None:
    x = POINTS.astype(kind)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(tanh_rows(x), np.tanh(exact), rtol=0, atol=error)
    np.testing.assert_allclose(exp_rows(x), np.exp(exact), rtol=4 * error)
    y = (np.arange(len(x)) % 2).astype(kind)
    assert logistic_sum(x, y) == pytest.approx((np.logaddexp(0, exact) - y * exact).sum(), rel=50 * error)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_nan_and_infinity(kind: type) -> None:
    out = tanh_rows(np.array([np.nan, np.inf, -np.inf, 1e30], dtype=kind))
    np.testing.assert_array_equal(out, np.array([np.nan, 1.0, -1.0, 1.0], dtype=kind))
    assert np.isnan(logistic_sum(np.array([0.0, np.nan], dtype=kind), np.zeros(2, dtype=kind)))


@pytest.mark.parametrize("count", [1, 4, 7])
def test_affine_pair_is_two_affine_rows(count: int) -> None:
    rng = np.random.default_rng(count)
    rows, weights = rng.standard_normal((9, 6)).astype(np.float32), rng.standard_normal(30).astype(np.float32)
    out = np.empty((2, 6), dtype=np.float32)
    single.affine_pair32(out[0], out[1], rows, 1, count, weights, 2, 12, weights[0], weights[1], 6)
    for unit, at in enumerate((2, 12)):
        expected = weights[unit] + weights[at : at + count] @ rows[1 : 1 + count]
        np.testing.assert_allclose(out[unit], expected, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_affine_and_dot(count: int) -> None:
    rng = np.random.default_rng(count)
    rows, weights, out = rng.standard_normal((12, 7)), rng.standard_normal(60), np.empty(7)
    double.affine_row(out, rows, 2, count, weights, 3, 5, 0.25, 7)
    expected = 0.25 + sum((weights[3 + 5 * i] * rows[2 + i] for i in range(count)), np.zeros(7))
    np.testing.assert_allclose(out, expected, atol=1e-13)
    assert double.dot_row(rows[0], rows[1], 7) == pytest.approx(float(rows[0] @ rows[1]), abs=1e-13)
    assert double.square_loss_sum(rows[0], rows[1], 7) == pytest.approx(((rows[0] - rows[1]) ** 2).sum(), abs=1e-13)

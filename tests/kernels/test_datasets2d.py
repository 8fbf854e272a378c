"""Data sets in the plane: their geometry without noise, balance, size and repeatability."""

from __future__ import annotations

import numpy as np
import pytest

from courseai_lab.kernels.datasets2d import DATASETS_2D, line_data


@pytest.mark.parametrize("name", DATASETS_2D)
@pytest.mark.parametrize("n", [2, 101])
def test_shapes_balance_and_repeatability(name: str, n: int) -> None:
    x, y = DATASETS_2D[name](n, 0.1, np.random.default_rng(4))
    again, _ = DATASETS_2D[name](n, 0.1, np.random.default_rng(4))
    assert x.shape == (n, 2) and y.shape == (n,)
    assert y.sum() == n // 2 and set(y) == {0.0, 1.0}
    np.testing.assert_array_equal(x, again)
    assert np.abs(x).max() < 2.2


def test_geometry_without_noise() -> None:
    rng = np.random.default_rng(0)
    x, y = DATASETS_2D["circles"](50, 0.0, rng)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 1, 0.5, 1.2), atol=1e-12)
    x, y = DATASETS_2D["xor"](50, 0.0, rng)
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] < 0)
    x, y = DATASETS_2D["moons"](50, 0.0, rng)
    np.testing.assert_allclose(np.hypot(*(x[y == 0] + [0.5, 0.25]).T), 1.0, atol=1e-12)
    np.testing.assert_allclose(np.hypot(*(x[y == 1] - [0.5, 0.25]).T), 1.0, atol=1e-12)
    x, y = DATASETS_2D["spiral"](50, 0.0, rng)
    angle = 3 * np.pi * np.hypot(*x.T) / 1.4 + np.pi * y
    np.testing.assert_allclose(np.stack([np.cos(angle), np.sin(angle)]).T * np.hypot(*x.T)[:, None], x, atol=1e-9)
    x, y = DATASETS_2D["blobs"](4000, 0.0, rng)
    np.testing.assert_allclose(x[y == 1].mean(0), [0.7, 0.5], atol=0.03)


def test_line_data_lies_about_its_line() -> None:
    u, v = line_data(4000, 2.0, -0.5, 0.3, np.random.default_rng(0))
    slope, intercept = np.polyfit(u, v, 1)
    assert (slope, intercept) == pytest.approx((2.0, -0.5), abs=0.03)
    assert (v - 2.0 * u + 0.5).std() == pytest.approx(0.3, rel=0.05)

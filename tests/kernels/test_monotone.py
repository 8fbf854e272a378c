import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from courseai_lab.kernels.monotone import pchip, pchip_slopes

values = st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 3))
gaps = st.floats(0.01, 3).map(lambda v: round(v, 3))


@given(st.lists(st.tuples(gaps, values), min_size=2, max_size=9))
def test_equals_scipy(knots: list[tuple[float, float]]) -> None:
    x = np.cumsum([gap for gap, _ in knots])
    y = np.array([value for _, value in knots])
    at = np.linspace(x[0], x[-1], 97)
    np.testing.assert_allclose(pchip(x, y, at), PchipInterpolator(x, y)(at), atol=1e-10)


@given(st.lists(st.tuples(gaps, st.floats(0, 1)), min_size=2, max_size=9))
def test_never_rises_where_knots_fall(knots: list[tuple[float, float]]) -> None:
    x = np.cumsum([gap for gap, _ in knots])
    y = -np.cumsum([value for _, value in knots])
    assert (np.diff(pchip(x, y, np.linspace(x[0], x[-1], 301))) <= 1e-12).all()


def test_passes_through_its_knots_and_keeps_shape() -> None:
    x, y = np.array([0.0, 0.3, 1.0]), np.array([1.0, 0.9, 0.0])
    np.testing.assert_allclose(pchip(x, y, x), y, atol=1e-15)
    assert pchip(x, y, np.full((2, 3), 0.5)).shape == (2, 3)


@pytest.mark.parametrize(
    ("x", "y"), [([0.0], [1.0]), ([0.0, 0.0], [1.0, 2.0]), ([0.0, 1.0], [1.0]), ([0.0, np.nan], [1.0, 2.0])]
)
def test_refuses_bad_knots(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="Knots"):
        pchip_slopes(np.array(x), np.array(y))


def test_refuses_points_outside() -> None:
    with pytest.raises(ValueError, match="defined from 0 to 1"):
        pchip(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([1.1]))

"""Data sets: counts, balance, splits, classes; the best line against every line of a fine search and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai_lab.kernels.best_line import best_line, line_correct
from courseai_lab.kernels.classes2d import MANY_CLASSES, REGRESSION, DataName, class_counts, draw, split


@pytest.mark.parametrize("name", DataName)
def test_every_set_has_what_was_asked_for(name: DataName) -> None:
    x, y, classes = draw(name, 300, 0.05, 4, 0.5, np.random.default_rng(0))
    again = draw(name, 300, 0.05, 4, 0.5, np.random.default_rng(0))
    assert (x == again[0]).all() and (y == again[1]).all()
    assert np.abs(x).max() < 2.2 and len(x) == len(y) == (4 if name is DataName.CORNERS else 300)
    if name in REGRESSION:
        assert classes == 0 and np.abs(y).max() < 1.5 and len(np.unique(y)) == 300
    else:
        assert classes == (4 if name in MANY_CLASSES else 2)
        if name is not DataName.CORNERS:
            assert tuple(np.bincount(y.astype(int))) == class_counts(300, classes, 0.5)


def test_balance_is_the_last_class_over_the_first() -> None:
    assert class_counts(300, 2, 0.5) == (200, 100)
    assert class_counts(110, 2, 0.1) == (100, 10)
    assert class_counts(7, 3, 1.0) == (3, 2, 2)
    assert sum(class_counts(20, 6, 0.05)) == 20 and min(class_counts(20, 6, 0.05)) >= 1


@pytest.mark.parametrize(
    ("n", "share", "wanted"), [(100, 0.5, (50, 25, 25)), (10, 0.9, (8, 1, 1)), (3, 0.1, (1, 1, 1))]
)
def test_the_split(n: int, share: float, wanted: tuple[int, ...]) -> None:
    assert tuple(np.bincount(split(n, share), minlength=3)) == wanted


def test_three_of_four_corners_and_no_more() -> None:
    x, y, _ = draw(DataName.CORNERS, 4, 0.0, 2, 1.0, np.random.default_rng(0))
    found, line = best_line(x, y.astype(int))
    assert found == 3
    assert line_correct(x, y.astype(int), line[:2], line[2:])[0] == 3


def test_points_that_a_line_parts_are_all_right() -> None:
    x, y, _ = draw(DataName.GAUSSIANS, 60, 0.0, 2, 1.0, np.random.default_rng(1))
    found, line = best_line(x, y.astype(int))
    assert found == 60 and line_correct(x, y.astype(int), line[:2], line[2:])[0] == 60


def every_line(x: np.ndarray, y: np.ndarray) -> int:
    """By brute force: for many directions, every threshold between neighbours."""
    best = 0
    for angle in np.linspace(0, np.pi, 7201)[:-1] + 1e-5:
        order = np.argsort(x @ np.array([np.cos(angle), np.sin(angle)]))
        ones = np.concatenate([[0], np.cumsum(y[order])])
        zeros = np.arange(len(y) + 1) - ones
        right = zeros + ones[-1] - ones
        best = max(best, int(right.max()), int((len(y) - right).max()))
    return best


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 14), st.booleans())
def test_no_line_does_better(seed: int, n: int, on_grid: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (n, 2)).astype(float) if on_grid else rng.normal(size=(n, 2))
    x = np.unique(x, axis=0)
    y = rng.integers(0, 2, len(x))
    found, line = best_line(x, y)
    assert found == every_line(x, y)
    assert line_correct(x, y, line[:2], line[2:])[0] == found

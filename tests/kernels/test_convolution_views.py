"""Pooling, separable kernels, spectra, receptive fields, kernels by name and typed grids, each against its oracle."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from torch.nn import functional as F

from courseai_lab.kernels.convolution import plan_axis
from courseai_lab.kernels.filters import Filter, binomial, make_filter, resized
from courseai_lab.kernels.fourier import kernel_on_grid, log_magnitude, through_frequencies
from courseai_lab.kernels.number_grid import GridProblem, grid_text, parse_grid
from courseai_lab.kernels.pooling import pool, shifted, unchanged, winner
from courseai_lab.kernels.receptive_field import fields, impulse, measured
from courseai_lab.kernels.separable import multiplications, split_kernel

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 1)])
def test_pools_are_torchs(size: int, stride: int) -> None:
    x = RNG.standard_normal((2, 11, 12)).astype(np.float32)
    rows, columns = (plan_axis(n, size, stride=stride) for n in x.shape[1:])
    big = torch.from_numpy(x)[None]
    oracles = {
        "max": F.max_pool2d(big, size, stride),
        "average": F.avg_pool2d(big, size, stride),
        "l2": F.lp_pool2d(big.abs(), 2.0, size, stride),
    }
    for kind, wanted in oracles.items():
        np.testing.assert_allclose(pool(x, rows, columns, kind), wanted[0].numpy(), atol=1e-5)  # type: ignore[arg-type]
    _, where = F.max_pool2d(big, size, stride, return_indices=True)
    window = x[0, :size, :size]
    assert divmod(int(where[0, 0, 0, 0]), 12) == winner(window)


def test_a_shift_repeats_the_edge_and_unchanged_counts_what_holds_anything() -> None:
    x = RNG.standard_normal((1, 6, 7)).astype(np.float32)
    np.testing.assert_allclose(shifted(x, 2, -1)[0], ndimage.shift(x[0], (2, -1), order=0, mode="nearest"))
    before, after = np.array([0.0, 0.0, 5.0, 5.0, 0.0]), np.array([0.0, 5.0, 5.0, 4.0, 0.0])
    assert unchanged(before, after, 0.5) == pytest.approx(1 / 3)
    assert unchanged(before, after, 1.0) == pytest.approx(2 / 3)
    assert unchanged(np.zeros(4), np.zeros(4), 0.1) == 1.0


@given(rows=st.integers(1, 6), columns=st.integers(1, 6), rank=st.integers(1, 4), seed=st.integers(0, 99))
def test_a_kernel_is_the_sum_of_its_terms(rows: int, columns: int, rank: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))
    split = split_kernel(w)
    assert split.rank == np.linalg.matrix_rank(w)
    np.testing.assert_allclose(split.sum_of(split.rank), w, atol=1e-9)
    for terms in range(1, split.rank + 1):
        off = np.linalg.norm(w - split.sum_of(terms))
        assert off == pytest.approx(np.sqrt((split.singular[terms:] ** 2).sum()), abs=1e-9)  # Eckart and Young
    assert multiplications(rows, columns, 2) == (rows * columns, 2 * rows + 2 * columns)


def test_sobel_splits_into_whole_numbers() -> None:
    split = split_kernel(make_filter(Filter.SOBEL_X, 3).cells)
    assert split.rank == 1
    assert split.columns[0].tolist() == [1, 2, 1]
    assert split.rows[0].tolist() == [-1, 0, 1]
    assert split_kernel(np.zeros((3, 3))).rank == 0


@pytest.mark.parametrize("size", [3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_product_theorem_is_circular_convolution(size: int, dilation: int) -> None:
    x, w = RNG.standard_normal((12, 10)), RNG.standard_normal((size, size))
    spread = np.zeros((dilation * (size - 1) + 1,) * 2)
    spread[::dilation, ::dilation] = w
    # SciPy puts the middle of an even kernel one cell further on.
    anchor = (size - 1) // 2 * dilation - spread.shape[0] // 2
    wanted = np.roll(ndimage.convolve(x, spread, mode="wrap"), (-anchor, -anchor), (0, 1))
    direct = np.zeros_like(x)
    for (u, v), weight in np.ndenumerate(w):
        down, right = ((at - (size - 1) // 2) * dilation for at in (u, v))
        direct += weight * np.roll(x, (down, right), (0, 1))
    found = through_frequencies(x, w, dilation)
    np.testing.assert_allclose(found.filtered, direct, atol=1e-10)
    if size % 2:
        np.testing.assert_allclose(found.filtered, wanted, atol=1e-10)
    np.testing.assert_allclose(found.y, np.fft.fft2(direct), atol=1e-9)
    assert kernel_on_grid(w, (2, 2)).sum() == pytest.approx(w.sum())
    assert log_magnitude(found.x)[6, 5] == pytest.approx(np.log10(1 + abs(x.sum())), rel=1e-5)


@given(k=st.integers(1, 7), s=st.integers(1, 4), d=st.integers(1, 4), layers=st.integers(1, 4))
def test_formula_and_impulse_agree(k: int, s: int, d: int, layers: int) -> None:
    theory = fields(k, s, d, layers)
    for known in theory:
        assert measured(impulse(k, s, d, known.layer)) == known.size
    assert impulse(k, s, d, layers).sum() == k**layers


@pytest.mark.parametrize(("k", "s", "d", "layers"), [(3, 1, 1, 3), (3, 2, 1, 3), (3, 1, 2, 2), (2, 3, 2, 2)])
def test_the_impulse_is_autograds_gradient(k: int, s: int, d: int, layers: int) -> None:
    size = fields(k, s, d, layers)[-1].size
    x = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(layers):
        y = F.conv1d(y, torch.ones(1, 1, k, dtype=torch.float64), stride=s, dilation=d)
    assert y.shape[-1] == 1
    y.sum().backward()
    np.testing.assert_allclose(impulse(k, s, d, layers), x.grad[0, 0].numpy())  # type: ignore[index]


def test_kernels_by_name_are_the_known_ones() -> None:
    known = {
        Filter.SOBEL_X: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        Filter.LAPLACIAN: [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        Filter.EMBOSS: [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        Filter.BINOMIAL: [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    }
    for name, cells in known.items():
        assert make_filter(name, 3).cells.tolist() == cells
    np.testing.assert_array_equal(make_filter(Filter.SOBEL_Y, 5).cells, make_filter(Filter.SOBEL_X, 5).cells.T)
    x = RNG.standard_normal((9, 9))
    ours = ndimage.correlate(x, make_filter(Filter.SOBEL_X, 3).cells, mode="nearest")
    np.testing.assert_allclose(ours, ndimage.sobel(x, axis=1, mode="nearest"))


@pytest.mark.parametrize("size", range(1, 12))
def test_blurs_keep_brightness_and_edges_ignore_it(size: int) -> None:
    for name in (Filter.IDENTITY, Filter.BOX, Filter.GAUSSIAN, Filter.BINOMIAL, Filter.SHARPEN, Filter.MOTION):
        assert make_filter(name, size).weights.sum() == pytest.approx(1.0)
    for name in (Filter.SOBEL_X, Filter.SOBEL_Y, Filter.LAPLACIAN):
        assert make_filter(name, size).weights.sum() == pytest.approx(0.0)
    assert binomial(size).sum() == 2 ** (size - 1)
    at = np.arange(size) - (size - 1) / 2
    assert (binomial(size) * at**2).sum() / binomial(size).sum() == pytest.approx((size - 1) / 4)
    assert resized(make_filter(Filter.IDENTITY, 3).cells, size).sum() == 1.0


def test_typed_grids_read_fractions_and_say_where_they_fail() -> None:
    assert parse_grid("1 0 −1; 1/4, 2 .5", 11).tolist() == [[1, 0, -1], [0.25, 2, 0.5]]
    cells = RNG.standard_normal((3, 4))
    np.testing.assert_array_equal(parse_grid(grid_text(cells), 11), cells)
    for text, words in (
        ("", "is empty"),
        ("1 2\n3", "Row 2 of the kernel has 1 number"),
        ("1 x", "entry 2 is 'x'"),
        ("1/0", "such as -1 or 1/9"),
        ("nan", "must be a number"),
        ("1e9", "at most 1e+06"),
        ("1 2 3 4", "at most 3 by 3"),
    ):
        with pytest.raises(GridProblem, match=None) as caught:
            parse_grid(text, 3, "kernel")
        assert words in str(caught.value)
        assert str(caught.value).endswith(".")

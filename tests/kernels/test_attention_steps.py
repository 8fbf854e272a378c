"""Attention's steps against torch and autograd; what scaling does against closed forms and another quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai_lab.kernels.attention_scaling import SIZES, measure, of_deviation, scores_by_size, theory
from courseai_lab.kernels.attention_steps import (
    Mask,
    Way,
    attention_steps,
    entropy_bits,
    partial_product,
    softmax_rows,
    softmax_slope,
    turn,
    units,
    visible,
)


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("mask", list(Mask))
@pytest.mark.parametrize("divide", [True, False])
def test_the_output_is_torchs(mask: Mask, divide: bool) -> None:
    q, k, v = drawn(3, 7, 5, seed=1), drawn(3, 7, 5, seed=2), drawn(3, 7, 4, seed=3)
    seen = visible(mask, 7, 3)
    mine = attention_steps(q, k, v, seen, divide=divide)
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *(torch.tensor(part) for part in (q, k, v)),
        attn_mask=torch.tensor(seen),
        scale=None if divide else 1.0,
    )
    np.testing.assert_allclose(mine.output, theirs.numpy(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(mine.weights.sum(-1), 1.0, rtol=1e-13)
    assert (mine.weights[:, ~seen] == 0).all() and np.isneginf(mine.masked[:, ~seen]).all()


def test_a_hand_calculation() -> None:
    q, k, v = np.array([[2.0, 0, 0, 0]]), np.array([[2.0, 0, 0, 0]]), np.array([[3.0]])
    steps = attention_steps(q, k, v, visible(Mask.NONE, 1))
    assert steps.scores == 4 and steps.scaled == 2 and steps.weights == 1 and steps.output == 3


def test_nothing_to_look_at_gives_zeros() -> None:
    q = drawn(2, 4)
    steps = attention_steps(q, q, q, visible(Mask.PADDING, 2, 5))
    assert (steps.weights == 0).all() and (steps.output == 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 4), st.sampled_from(Way), st.booleans())
def test_every_way_of_multiplying_ends_at_the_product(rows: int, inner: int, cols: int, way: Way, biased: bool) -> None:
    a, b = drawn(rows, inner, seed=4), drawn(inner, cols, seed=5)
    bias = drawn(cols, seed=6) if biased else None
    full = (torch.tensor(a) @ torch.tensor(b)).numpy() + (0 if bias is None else bias)
    count = units(way, rows, inner, cols)
    np.testing.assert_allclose(partial_product(a, b, way, count, bias), full, atol=1e-13)
    there = [int(np.isfinite(partial_product(a, b, way, done, bias)).sum()) for done in range(count + 1)]
    assert there[0] == 0 and there == sorted(there) and there[-1] == rows * cols
    if way is Way.OUTER:
        steps = [partial_product(a, b, way, done) for done in range(1, count + 1)]
        for k in range(1, count):
            np.testing.assert_allclose(steps[k] - steps[k - 1], np.outer(a[:, k], b[k]), atol=1e-12)


def test_the_slope_is_the_trace_and_nuclear_norm_of_autograds_jacobian() -> None:
    scores = torch.tensor(3 * drawn(6, seed=7))
    jacobian = torch.autograd.functional.jacobian(lambda s: torch.softmax(s, 0), scores)
    weights = softmax_rows(scores.numpy())
    slope = float(softmax_slope(weights))
    assert slope == pytest.approx(float(jacobian.trace()), rel=1e-12)
    assert slope == pytest.approx(float(torch.linalg.svdvals(jacobian).sum()), rel=1e-12)


def test_entropy_in_bits() -> None:
    assert entropy_bits(np.full(8, 0.125)) == 3 and entropy_bits(np.array([1.0, 0.0])) == 0
    weights = softmax_rows(drawn(5, 9, seed=8))
    theirs = torch.distributions.Categorical(torch.tensor(weights)).entropy().numpy() / math.log(2)
    np.testing.assert_allclose(entropy_bits(weights), theirs, rtol=1e-12)


def test_turning_keeps_lengths_and_depends_on_the_distance_alone() -> None:
    angles = np.arange(6)[:, None] * np.array([1.0, 0.1])[None]
    q, k = np.repeat(drawn(1, 4, seed=9), 6, axis=0), np.repeat(drawn(1, 4, seed=10), 6, axis=0)
    turned_q, turned_k = (turn(x, np.cos(angles), np.sin(angles)) for x in (q, k))
    np.testing.assert_allclose(np.linalg.norm(turned_q, axis=1), np.linalg.norm(q, axis=1), rtol=1e-13)
    scores = turned_q @ turned_k.T
    for back in range(1, 6):
        np.testing.assert_allclose(np.diag(scores, -back), scores[back, 0], rtol=1e-10)
    with pytest.raises(ValueError, match="do not turn"):
        turn(q, np.cos(angles)[:, :1], np.sin(angles)[:, :1])


def test_two_keys_against_a_plain_integral() -> None:
    """With two keys the weight is a sigmoid of a normal of variance 2 sigma^2: a one-dimensional integral."""
    points = np.linspace(-12, 12, 20_001)
    shares = np.exp(-0.5 * points**2)
    shares /= shares.sum()
    for sigma in (0.1, 1.0, 3.0):
        a = 1 / (1 + np.exp(-math.sqrt(2) * sigma * points))
        pair = np.stack([a, 1 - a], axis=-1)
        entropy, slope = of_deviation(sigma, 2)
        assert entropy == pytest.approx(float(shares @ entropy_bits(pair)), abs=2e-6)
        assert slope == pytest.approx(float(shares @ softmax_slope(pair)), abs=2e-6)


def test_no_deviation_and_much_of_it() -> None:
    assert of_deviation(0.0, 8) == (3.0, 0.875)
    entropy, slope = of_deviation(300.0, 8)
    assert entropy < 0.02 and slope < 0.01
    with pytest.raises(ValueError, match="at least one key"):
        of_deviation(1.0, 0)


def test_what_is_measured_agrees_with_theory() -> None:
    """Within five standard errors at every d, with and without the division; the variance within 10 %."""
    measured, expected = measure(np.random.default_rng(3), 1000, 8), theory(8)
    np.testing.assert_allclose(measured.variance, expected.variance, rtol=0.1)
    assert (np.abs(measured.entropy - expected.entropy) < 5 * measured.error + 1e-3).all()
    assert (np.abs(measured.slope - expected.slope) < 0.04).all()
    assert expected.slope[0, -1] < 0.06 < 0.7 < expected.slope[1, -1]


def test_each_size_takes_the_first_components_of_one_draw() -> None:
    rng = np.random.default_rng(11)
    q, k = (rng.standard_normal(shape, dtype=np.float32) for shape in ((3, 1, 1024), (3, 4, 1024)))
    found = scores_by_size(np.random.default_rng(11), 3, 4)
    for at, size in enumerate(SIZES):
        exact = np.einsum("nid,nkd->nk", q[..., :size].astype(float), k[..., :size].astype(float))
        np.testing.assert_allclose(found[at], exact, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="must rise"):
        scores_by_size(rng, 1, 1, (2, 1))

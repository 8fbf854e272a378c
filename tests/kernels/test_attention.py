"""Attention against torch's own, closed forms, and masks counted by hand."""

import math

import pytest
import torch
from torch.nn import functional as F

from courseai_lab.kernels.attention import (
    Mask,
    alibi_bias,
    alibi_slopes,
    attend,
    distances,
    entropy,
    rollout,
    visible,
)


def draw(queries: int, keys: int, heads: int = 3, dim: int = 8) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(queries * 100 + keys)
    shapes = ((heads, queries, dim), (heads, keys, dim), (heads, keys, dim + 1))
    return tuple(torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)


@pytest.mark.parametrize("mask", list(Mask))
@pytest.mark.parametrize(("queries", "keys"), [(1, 1), (5, 5), (2, 7), (1, 6)])
def test_attend_equals_torch_with_every_mask(mask: Mask, queries: int, keys: int) -> None:
    q, k, v = draw(queries, keys)
    seen = visible(mask, queries, keys, window=3)
    found = attend(q, k, v, seen)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    torch.testing.assert_close(found.output, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(found.weights.sum(-1), torch.ones(3, queries, dtype=torch.float64))
    assert bool((found.weights[:, ~seen] == 0).all())
    assert bool(torch.isneginf(found.scores[:, ~seen]).all())


def test_attend_equals_torch_with_alibi_and_scale() -> None:
    q, k, v = draw(4, 9)
    bias = alibi_bias(alibi_slopes(3).double(), 4, 9)
    seen = visible(Mask.CAUSAL, 4, 9)
    mask = bias.masked_fill(~seen, -math.inf)
    found = attend(q, k, v, seen, bias, scale=0.7)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=0.7)
    torch.testing.assert_close(found.output, expected, rtol=1e-10, atol=1e-12)


def test_gradients_by_finite_differences() -> None:
    q, k, v = (part.requires_grad_() for part in draw(3, 3, heads=1, dim=2))
    seen = visible(Mask.CAUSAL, 3, 3)
    assert torch.autograd.gradcheck(lambda a, b, c: attend(a, b, c, seen).output, (q, k, v))


def test_masks_written_out() -> None:
    assert visible(Mask.CAUSAL, 2, 4).int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert visible(Mask.WINDOW, 3, 4, window=2).int().tolist() == [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert visible(Mask.NONE, 1, 3).int().tolist() == [[1, 1, 1]]
    assert distances(2, 3).tolist() == [[1, 0, -1], [2, 1, 0]]
    with pytest.raises(ValueError, match="at least 1"):
        visible(Mask.WINDOW, 2, 2, window=0)


def test_a_query_that_sees_nothing_weighs_nothing() -> None:
    q, k, v = draw(1, 2)
    found = attend(q, k, v, torch.zeros(1, 2, dtype=torch.bool))
    assert bool((found.weights == 0).all()) and bool((found.output == 0).all())


def test_alibi_slopes_of_the_paper() -> None:
    """Press et al.: for 8 heads 1/2, 1/4, ... 1/256."""
    assert alibi_slopes(8).tolist() == [2.0**-n for n in range(1, 9)]
    assert alibi_bias(torch.tensor(0.5), 2, 2).tolist() == [[0.0, -0.5], [-0.5, 0.0]]


def test_entropy_of_known_distributions() -> None:
    weights = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.25] * 4, [0.5, 0.5, 0.0, 0.0]])
    assert entropy(weights).tolist() == [0.0, 2.0, 1.0]


def test_rollout_by_hand() -> None:
    first = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    second = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    # (A + I) / 2 is [[1, 0], [1/4, 3/4]] and [[1, 0], [1/2, 1/2]]; the second times the first:
    assert rollout(torch.stack([first, second])).tolist() == [[1.0, 0.0], [0.625, 0.375]]

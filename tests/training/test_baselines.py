"""The n-gram is a probability distribution, agrees with a plain count by hand, and compressors are really called."""

import math
from itertools import pairwise

import numpy as np
import pytest

from courseai_lab.training.baselines import KneserNey, compressed_bits

IDS = np.random.default_rng(0).integers(0, 6, 400)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_for_known_and_unknown_contexts(order: int) -> None:
    model = KneserNey(IDS, 7, order)
    for context in (IDS[10 : 10 + order - 1], np.full(order - 1, 6), np.array([6, 1, 1, 1])[: order - 1]):
        contexts = np.tile(context[: order - 1], (7, 1)).astype(np.int64)
        chances = model.probabilities(contexts.reshape(7, order - 1), np.arange(7))
        assert chances.sum() == pytest.approx(1.0) and (chances > 0).all()


def test_a_bigram_by_hand() -> None:
    """Tokens 0 1 0 1 0 2: the formula of Chen and Goodman written out with plain counts."""
    ids = [0, 1, 0, 1, 0, 2]
    model = KneserNey(np.array(ids), 3, 2)
    pairs = list(pairwise(ids))
    kinds = set(pairs)
    into = [len({a for a, b in kinds if b == w}) for w in range(3)]  # 1, 1, 1
    low = 0.5  # no continuation count of 2: the fallback discount
    unigram = [max(n - low, 0) / sum(into) + low * 3 / sum(into) / 3 for n in into]
    once = sum(pairs.count(kind) == 1 for kind in kinds)
    twice = sum(pairs.count(kind) == 2 for kind in kinds)
    high = once / (once + 2 * twice)
    after = [pairs.count((0, w)) for w in range(3)]
    expected = [
        max(after[w] - high, 0) / sum(after) + high * sum(n > 0 for n in after) / sum(after) * unigram[w]
        for w in range(3)
    ]
    found = model.probabilities(np.zeros((3, 1), np.int64), np.arange(3))
    assert found == pytest.approx(expected)


def test_bits_follow_the_chain_of_contexts() -> None:
    model = KneserNey(IDS, 7, 3)
    ids = IDS[:5]
    padded = [6, 6, *ids]
    expected = [
        -math.log2(model.probabilities(np.array([padded[n : n + 2]]), np.array([padded[n + 2]]))[0]) for n in range(5)
    ]
    assert model.bits(ids, 6) == pytest.approx(expected)


def test_a_cycle_is_learned_and_longer_orders_know_more() -> None:
    cycle = np.tile([0, 1, 2, 0, 2, 1], 50)
    bits = [KneserNey(cycle, 3, order).bits(cycle[:60], 0)[5:].mean() for order in (1, 2, 3)]
    assert bits[0] > 1.5 and bits[1] > 0.9 and bits[2] < 0.1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="63 bits"):
        KneserNey(IDS, 10_000, 5)
    with pytest.raises(ValueError, match="at least 5 training tokens, not 2"):
        KneserNey(IDS[:2], 7, 5)


def test_compressors() -> None:
    noise = np.random.default_rng(0).bytes(4000)
    found = compressed_bits(noise, seen=noise)
    assert found["gzip"] > 8 and found["xz"] > 8
    assert found["xz after the training books"] < 1
    assert set(compressed_bits(b"aaaa")) == {"gzip", "xz"}

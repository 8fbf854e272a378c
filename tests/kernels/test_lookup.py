"""Scores against torch's own attention and the papers' sums; memories against plain loops and theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from courseai_lab.kernels import associative as am
from courseai_lab.kernels import lookup as kl

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=2), RNG.normal(size=(5, 2)), RNG.normal(size=(5, 3))


@pytest.mark.parametrize(("name", "scale"), [("dot", 1.0), ("scaled", None)])
def test_products_are_those_of_torch(name: str, scale: float | None) -> None:
    weights = kl.softmax(kl.SCORES[name](Q, K, 0.0, 1.0))
    q, k, v = (torch.from_numpy(a)[None] for a in (Q[None], K, V))
    torch_blend = torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=scale)[0, 0].numpy()
    assert weights @ V == pytest.approx(torch_blend, abs=1e-14)


def test_general_turns_the_key_and_scales() -> None:
    turned = kl.general_scores(np.array([1.0, 0.0]), np.array([[0.0, -1.0], [1.0, 0.0]]), math.pi / 2, 2.0)
    assert turned == pytest.approx([2.0, 0.0], abs=1e-15)


def test_additive_is_bahdanaus_sum_and_bounded() -> None:
    module = [math.tanh(0.7 * (Q[0] + k[0])) + math.tanh(0.7 * (Q[1] + k[1])) for k in K]
    assert kl.additive_scores(Q, K, 0.0, 0.7) == pytest.approx(module, abs=1e-15)
    assert np.abs(kl.additive_scores(1e6 * Q, K, 0.0, 1.0)).max() <= 2.0


def test_cosine_is_torchs_and_zero_without_length() -> None:
    expected = torch.nn.functional.cosine_similarity(torch.from_numpy(Q)[None], torch.from_numpy(K)).numpy()
    assert kl.cosine_scores(Q, K) == pytest.approx(expected, abs=1e-12)
    assert (kl.cosine_scores(np.zeros(2), K) == 0.0).all()


def test_scores_of_many_queries_are_those_of_each() -> None:
    many = RNG.normal(size=(4, 7, 2))
    for score in kl.SCORES.values():
        together = score(many, K, 0.4, 1.3)
        assert together.shape == (4, 7, 5)
        assert together[2, 3] == pytest.approx(score(many[2, 3], K, 0.4, 1.3), abs=1e-14)


def test_softmax_and_entropy() -> None:
    scores = np.array([1.0, 2.0, 1000.0])
    assert kl.softmax(scores, 500.0) == pytest.approx(torch.softmax(torch.tensor(scores) / 500, 0).numpy(), abs=1e-15)
    assert kl.entropy_bits(np.full(8, 0.125)) == pytest.approx(3.0)
    assert kl.entropy_bits(np.array([1.0, 0.0])) == 0.0


def test_a_state_of_orthogonal_keys_gives_every_value_back() -> None:
    keys, values = np.eye(4)[None], RNG.normal(size=(1, 4, 4))
    for rule, rate in (("sum", 1.0), ("decay", 1.0), ("delta", 1.0)):
        state = am.memorise(keys, values, rule, rate)  # type: ignore[arg-type]
        assert am.recall(state, keys) == pytest.approx(values, abs=1e-15)


def test_writing_is_the_papers_sum() -> None:
    keys, values = (am.unit_vectors((2, 6, 3), RNG) for _ in range(2))
    state = np.zeros((2, 3, 3))
    for t in range(2):
        for at in range(6):
            state[t] = 0.8 * state[t] + np.outer(values[t, at], keys[t, at])
    assert am.memorise(keys, values, "decay", 0.8) == pytest.approx(state, abs=1e-14)


def test_the_delta_rule_replaces_what_a_key_gave() -> None:
    key, first, second = (am.unit_vectors((1, 3), RNG) for _ in range(3))
    state = am.write(am.write(np.zeros((1, 3, 3)), key, first, "delta", 1.0), key, second, "delta", 1.0)
    assert np.einsum("tij,tj->ti", state, key) == pytest.approx(second, abs=1e-14)


def test_attention_is_torchs() -> None:
    keys, values, queries = (RNG.normal(size=(3, n, 4)) for n in (6, 6, 2))
    expected = torch.nn.functional.scaled_dot_product_attention(
        *(torch.from_numpy(a) for a in (queries, keys, values)), scale=2.5
    ).numpy()
    assert am.attend(keys, values, queries, 2.5) == pytest.approx(expected, abs=1e-12)


def test_more_orthogonal_pairs_than_dimensions_do_not_exist_and_random_ones_crowd_out_each_other() -> None:
    rng = np.random.default_rng(3)
    vocabulary = am.unit_vectors((16, 16), rng)
    shares = []
    for pairs in (2, 16, 128):
        keys, ids = am.unit_vectors((60, pairs, 16), rng), rng.integers(0, 16, (60, pairs))
        state = am.memorise(keys, vocabulary[ids], "sum", 1.0)
        shares.append(float((am.nearest_symbol(am.recall(state, keys), vocabulary) == ids).mean()))
        kept = am.attend(keys, vocabulary[ids], keys, 60.0)
        assert (am.nearest_symbol(kept, vocabulary) == ids).mean() > 0.99
    assert shares[0] > 0.97 > 0.9 > shares[1] > 0.6 > 0.35 > shares[2] > 1 / 16


def test_noise_has_the_length_it_is_given() -> None:
    keys = am.unit_vectors((50, 40, 16), RNG)
    away = np.linalg.norm(am.disturbed(keys, 0.5, RNG) - keys, axis=-1)
    assert float((away**2).mean()) == pytest.approx(0.25, rel=0.05)

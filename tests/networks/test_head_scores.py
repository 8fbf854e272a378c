"""Head scores on weights made by hand, where the right answer is plain."""

import pytest
import torch

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.head_scores import (
    DEFINITIONS,
    HeadKind,
    first_score,
    induction_score,
    induction_scores,
    matching_pairs,
    matching_score,
    offset_score,
    ranked,
    repeated_random,
    same_score,
    text_scores,
)
from courseai_lab.networks.transformer import Config, Transformer

TOKENS = bpe.train(['the cat sat. "the cat" (the cat) sat.'], 266)


def pointing(targets: list[int]) -> torch.Tensor:
    """One head whose query i puts all weight on targets[i], and one that spreads evenly [1 2 query key]."""
    sharp = torch.zeros(len(targets), len(targets))
    sharp[range(len(targets)), targets] = 1.0
    return torch.stack([sharp, torch.full_like(sharp, 1 / len(targets))])[None]


def close(found: torch.Tensor, *expected: float) -> None:
    torch.testing.assert_close(found, torch.tensor([list(expected)]))


def test_previous_next_and_first() -> None:
    close(offset_score(pointing([0, 0, 1, 2]), -1), 1.0, 0.25)
    close(offset_score(pointing([1, 2, 3, 3]), 1), 1.0, 0.25)
    close(offset_score(pointing([0, 0, 0, 2]), -1), 2 / 3, 0.25)
    close(first_score(pointing([3, 0, 0, 1])), 2 / 3, 0.25)
    close(first_score(pointing([0])), 0.0, 0.0)
    close(offset_score(pointing([0]), 1), 0.0, 0.0)


def test_same_token_counts_only_queries_with_a_twin_to_see() -> None:
    ids = torch.tensor([7, 8, 7, 9])
    weights = pointing([0, 0, 0, 0])
    close(same_score(weights, ids, torch.ones(4, 4).tril().bool()), 1.0, 0.25)
    close(same_score(weights, ids), 0.5, 0.25)
    close(same_score(weights, torch.arange(4)), 0.0, 0.0)


def test_induction_is_the_token_after_the_first_occurrence() -> None:
    """Tokens s a b c a b c: the second a (place 4) looks at b (2), b at c (3), c at the second a (4)."""
    close(induction_score(pointing([0, 0, 0, 0, 2, 3, 4]), 3, start=1), 1.0, 1 / 7)
    close(induction_score(pointing([0, 0, 0, 0, 1, 2, 3]), 3, start=1), 0.0, 1 / 7)


def test_quotes_and_brackets() -> None:
    assert matching_pairs([b'"', b"a", b',"', b"(", b"[", b"]", b")"]) == [(2, 0), (5, 4), (6, 3)]
    assert matching_pairs([b'"', b"a", b"\n", b"\n", b'"', b"b", b'"']) == [(6, 4)]
    assert matching_pairs([b'"', b"\n\n", b'"']) == []
    assert matching_pairs([b")", b"(", b"]", b"(a)"]) == []
    assert matching_pairs([b"(a)", b"(", b")"]) == [(2, 1)]
    close(matching_score(pointing([0, 0, 0, 1]), [(2, 0), (3, 2)]), 0.5, 0.25)
    close(matching_score(pointing([0, 0]), []), 0.0, 0.0)


def test_repeated_random_tokens() -> None:
    ids = repeated_random(TOKENS, 20, seed=1)
    assert ids[0] == TOKENS.special_id(bpe.START) and torch.equal(ids[1:21], ids[21:])
    assert int(ids[1:].max()) < TOKENS.size - 2
    assert torch.equal(ids, repeated_random(TOKENS, 20, seed=1))
    assert not torch.equal(ids, repeated_random(TOKENS, 20, seed=2))


@pytest.mark.parametrize("causal", [True, False])
def test_every_kind_on_a_text(causal: bool) -> None:
    torch.manual_seed(0)
    network = Transformer(Config(TOKENS.size, width=8, layers=2, heads=2, context=64, causal=causal))
    scores = text_scores(network, TOKENS, 'the cat (the cat) sat. "the cat" sat. ' * 3, window=30)
    kinds = set(HeadKind) if causal else set(HeadKind) - {HeadKind.INDUCTION}
    assert set(scores) == kinds <= set(DEFINITIONS)
    assert all(table.shape == (2, 2) and bool(((table >= 0) & (table <= 1)).all()) for table in scores.values())
    assert bool((scores[HeadKind.NEXT] == 0).all()) is causal
    best = ranked(scores, HeadKind.SAME)
    assert [row.value for row in best] == sorted((row.value for row in best), reverse=True) and len(best) == 4
    assert best[0].value == float(scores[HeadKind.SAME][best[0].layer, best[0].head])
    with pytest.raises(ValueError, match="empty"):
        text_scores(network, TOKENS, "")


def test_an_untrained_network_has_no_induction_head() -> None:
    """Nearly even weights: about one over the number of visible tokens, between 1/17 and 1/9 for a period of 8."""
    torch.manual_seed(0)
    network = Transformer(Config(TOKENS.size, width=8, layers=1, heads=2, context=64))
    found = induction_scores(network, TOKENS, period=8, draws=2)
    assert bool(((found > 1 / 18) & (found < 1 / 8)).all())

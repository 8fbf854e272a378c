"""Writing on: cached equals uncached, and the three ways to narrow a distribution."""

import pytest
import torch

from courseai_lab.kernels.attention import Mask
from courseai_lab.networks.generation import Sampling, distribution, generate
from courseai_lab.networks.transformer import Change, Config, Transformer


def network(causal: bool = True) -> Transformer:
    torch.manual_seed(3)
    return Transformer(Config(vocabulary=40, width=16, layers=2, heads=2, context=24, causal=causal)).eval()


@pytest.mark.parametrize("sampling", [Sampling(0.0), Sampling(1.0), Sampling(0.7, top_k=5), Sampling(1.2, top_p=0.8)])
@pytest.mark.parametrize("change", [None, Change(Mask.WINDOW, window=4, alibi=0.1, ablate=frozenset({(0, 1)}))])
def test_cached_equals_uncached(sampling: Sampling, change: Change | None) -> None:
    made = network()
    runs = [
        list(generate(made, [1, 2, 3], 18, sampling, torch.Generator().manual_seed(5), change, cached=cached))
        for cached in (True, False)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 18


def test_it_stops_where_the_context_is_full() -> None:
    drawn = list(generate(network(), [1] * 20, 100, Sampling(1.0), torch.Generator().manual_seed(0)))
    assert len(drawn) == 4


def test_banned_tokens_never_come() -> None:
    drawn = generate(network(), [1], 23, Sampling(1.0), torch.Generator().manual_seed(0), banned=range(1, 40))
    assert set(drawn) == {0}


def test_distributions_by_hand() -> None:
    logits = torch.tensor([0.0, 0.4, 0.3, 0.2, 0.1]).log()
    assert distribution(logits, Sampling(0.0)).tolist() == [0, 1, 0, 0, 0]
    torch.testing.assert_close(distribution(logits, Sampling(1.0)), torch.tensor([0.0, 0.4, 0.3, 0.2, 0.1]))
    torch.testing.assert_close(
        distribution(logits, Sampling(1.0, top_k=2)), torch.tensor([0.0, 4 / 7, 3 / 7, 0.0, 0.0])
    )
    torch.testing.assert_close(
        distribution(logits, Sampling(1.0, top_p=0.6)), torch.tensor([0.0, 4 / 7, 3 / 7, 0.0, 0.0])
    )
    torch.testing.assert_close(
        distribution(logits, Sampling(1.0), banned=[1, 2]), torch.tensor([0.0, 0.0, 0.0, 2 / 3, 1 / 3])
    )
    halved = distribution(logits, Sampling(0.5))
    torch.testing.assert_close(halved, torch.tensor([0.0, 16.0, 9.0, 4.0, 1.0]) / 30)


def test_bad_requests_get_a_sentence() -> None:
    generator = torch.Generator()
    with pytest.raises(ValueError, match="temperature"):
        Sampling(-1.0)
    with pytest.raises(ValueError, match="top_p"):
        Sampling(top_p=0.0)
    with pytest.raises(ValueError, match="causal"):
        next(generate(network(causal=False), [1], 1, Sampling(), generator))
    with pytest.raises(ValueError, match="1 to 24 tokens, not 0"):
        next(generate(network(), [], 1, Sampling(), generator))

"""Bits: a network that knows nothing needs log2 of the vocabulary, and windows must not change the sum."""

import math

import pytest
import torch

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.likelihood import bits_per_byte, hide, masked_score, sentence_loss, token_bits
from courseai_lab.networks.transformer import Change, Config, Transformer

TOKENS = bpe.train(["the cat sat on the mat and the cat sat"], 266)
TEXT = "the cat sat on the mat, and that was that. " * 6


def network(causal: bool = True, context: int = 256) -> Transformer:
    torch.manual_seed(1)
    made = Transformer(Config(TOKENS.size, width=16, layers=2, heads=2, context=context, causal=causal)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return made


def blank(causal: bool) -> Transformer:
    """All logits equal: the embedding is zero."""
    made = network(causal)
    torch.nn.init.zeros_(made.embed.weight)
    return made


def test_a_network_that_knows_nothing() -> None:
    tokens = len(TOKENS.encode(TEXT))
    expected = tokens * math.log2(TOKENS.size) / len(TEXT)
    assert bits_per_byte(blank(True), TOKENS, TEXT) == pytest.approx(expected, rel=1e-6)
    found = masked_score(blank(False), TOKENS, torch.tensor(TOKENS.encode(TEXT)))
    assert found.bits == pytest.approx(math.log2(TOKENS.size), rel=1e-6)


def test_token_bits_in_one_window_by_hand() -> None:
    made = network()
    ids = torch.tensor(TOKENS.encode(TEXT))[:40]
    start = TOKENS.special_id(bpe.START)
    logits = made.trace(torch.cat([torch.tensor([start]), ids[:-1]])).logits
    expected = -logits.log_softmax(-1)[torch.arange(40), ids] / math.log(2)
    torch.testing.assert_close(token_bits(made, ids, start), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stride", [1, 5, 8, 15])
def test_windows_cover_every_token_once_with_enough_before_it(stride: int) -> None:
    """Token n must be scored in a window that holds all before it, or at least room - stride of them."""
    made = network(context=16)
    ids = torch.tensor(TOKENS.encode(TEXT))[:53]
    start = TOKENS.special_id(bpe.START)
    found = token_bits(made, ids, start, stride)
    assert bool((found > 0).all())
    done = 0
    while done < 53:
        end = min(done + stride, 53) if done else 15
        window = ids[max(0, end - 15) : end]
        logits = made.trace(torch.cat([torch.tensor([start]), window[:-1]])).logits.log_softmax(-1)
        expected = -logits[torch.arange(len(window)), window] / math.log(2)
        torch.testing.assert_close(found[done:end], expected[done - end :], rtol=1e-4, atol=1e-4)
        done = end


def test_hiding_is_seeded_and_of_the_share_asked() -> None:
    ids = torch.zeros(20_000, dtype=torch.long)
    shown, hidden = hide(ids, 9, 0.15, torch.Generator().manual_seed(0))
    assert torch.equal(shown, torch.where(hidden, 9, 0))
    assert abs(float(hidden.float().mean()) - 0.15) < 0.01
    assert torch.equal(hide(ids, 9, 0.15, torch.Generator().manual_seed(0))[1], hidden)


def test_sentence_loss_by_hand_and_under_a_change() -> None:
    made = network()
    ids = torch.tensor(TOKENS.encode("the cat sat on"))
    loss, logits = sentence_loss(made, ids)
    expected = -logits.log_softmax(-1)[torch.arange(len(ids) - 1), ids[1:]].mean() / math.log(2)
    assert loss == pytest.approx(float(expected), rel=1e-5)
    changed, _ = sentence_loss(made, ids, Change(ablate=frozenset({(0, 0), (1, 1)})))
    assert changed != loss
    assert math.isnan(sentence_loss(made, ids[:1])[0])
    assert sentence_loss(blank(False), ids)[0] == pytest.approx(math.log2(TOKENS.size))


def test_nothing_to_measure_gets_a_sentence() -> None:
    with pytest.raises(ValueError, match="empty"):
        bits_per_byte(network(), TOKENS, "")
    with pytest.raises(ValueError, match="too short"):
        masked_score(network(False), TOKENS, torch.tensor([1]), share=0.0)

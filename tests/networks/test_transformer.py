"""The transformer's three ways to run agree, and its interventions do what they say."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from courseai_lab.kernels.attention import Mask, alibi_bias, visible
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.networks.transformer import Cache, Change, Config, Transformer, load, rotate
from courseai_lab.training import common

SMALL = Config(vocabulary=50, width=24, layers=3, heads=2, context=32)


def network(config: Config = SMALL) -> Transformer:
    torch.manual_seed(0)
    made = Transformer(config)
    # Larger weights than at the start of a training: attention is then far from uniform.
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    return made.eval()


def tokens(count: int) -> torch.Tensor:
    return torch.randint(50, (count,), generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize("causal", [True, False])
def test_trace_equals_the_fused_forward(causal: bool) -> None:
    """``forward`` uses torch's scaled_dot_product_attention: the traced arithmetic must agree with it."""
    made = network(replace(SMALL, causal=causal))
    ids = tokens(17)
    with torch.no_grad():
        expected = made(ids[None])[0]
    torch.testing.assert_close(made.trace(ids).logits, expected, rtol=1e-4, atol=1e-5)


def test_cached_steps_equal_one_run() -> None:
    made = network()
    ids = tokens(20)
    whole = made.trace(ids).logits
    cache = Cache()
    parts = [made.step(ids[None, a:b], cache)[0] for a, b in ((0, 5), (5, 6), (6, 7), (7, 20))]
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-4, atol=1e-5)
    assert cache.length == 20


@pytest.mark.parametrize("change", [Change(Mask.WINDOW, window=3), Change(alibi=0.5, ablate=frozenset({(1, 0)}))])
def test_cached_steps_equal_one_run_under_a_change(change: Change) -> None:
    made = network()
    ids = tokens(12)
    cache = Cache()
    parts = [made.step(ids[None, n : n + 1], cache, change)[0] for n in range(12)]
    torch.testing.assert_close(torch.cat(parts), made.trace(ids, change).logits, rtol=1e-4, atol=1e-5)


def test_a_trace_holds_together() -> None:
    made = network()
    found = made.trace(tokens(9))
    scores = found.q @ found.k.transpose(-1, -2) / SMALL.head_width**0.5
    seen = visible(Mask.CAUSAL, 9, 9)
    torch.testing.assert_close(found.scores, scores.masked_fill(~seen, -torch.inf))
    torch.testing.assert_close(found.weights, found.scores.softmax(-1))
    torch.testing.assert_close(found.heads, found.weights @ found.v)
    assert found.residual.shape == (4, 9, 24)
    torch.testing.assert_close(made.lens(found)[-1], found.logits)
    assert made.lens(found, slice(8, 9)).shape == (4, 1, 50)


def test_head_writes_add_up_to_the_attention_branch() -> None:
    made = network()
    found = made.trace(tokens(7))
    writes = made.head_writes(found).sum(1)  # [layer token width]
    for layer, block in enumerate(made.stack):
        after = found.residual[layer] + writes[layer] + block.out.bias
        after = after + block.down(torch.nn.functional.gelu(block.up(block.norm2(after))))
        torch.testing.assert_close(after, found.residual[layer + 1], rtol=1e-4, atol=1e-5)


def test_ablation_removes_just_that_heads_output() -> None:
    made = network()
    ids = tokens(8)
    found, without = made.trace(ids), made.trace(ids, Change(ablate=frozenset({(1, 1)})))
    assert bool((without.heads[1, 1] == 0).all())
    assert torch.equal(without.heads[0], found.heads[0]) and torch.equal(without.heads[1, 0], found.heads[1, 0])
    assert not torch.allclose(without.logits, found.logits)


def test_masks_and_alibi_reach_the_scores() -> None:
    made = network()
    ids = tokens(8)
    found = made.trace(ids)
    windowed = made.trace(ids, Change(Mask.WINDOW, window=2)).weights
    assert bool((windowed[..., ~visible(Mask.WINDOW, 8, 8, 2)] == 0).all())
    opened = made.trace(ids, Change(Mask.NONE)).weights[0]
    assert bool((opened > 0).all())
    tilted = made.trace(ids, Change(alibi=0.25)).scores[0]
    torch.testing.assert_close(tilted, found.scores[0] + alibi_bias(torch.tensor(0.25), 8, 8))


def test_causal_network_does_not_look_ahead_and_the_twin_does() -> None:
    ids = tokens(10)
    other = ids.clone()
    other[-1] = (other[-1] + 1) % 50
    causal, twin = network(), network(replace(SMALL, causal=False))
    torch.testing.assert_close(causal.trace(ids).logits[:-1], causal.trace(other).logits[:-1])
    assert not torch.allclose(twin.trace(ids).logits[:-1], twin.trace(other).logits[:-1])


def test_rotation_turns_pairs_and_makes_scores_relative() -> None:
    made = network()
    q = torch.randn(1, 12, generator=torch.Generator().manual_seed(1))
    k = torch.randn(1, 12, generator=torch.Generator().manual_seed(2))
    turned = [rotate(q, made.cos[n], made.sin[n]) @ rotate(k, made.cos[n - 3], made.sin[n - 3]).T for n in (3, 9, 30)]
    torch.testing.assert_close(turned[0], turned[1], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(turned[0], turned[2], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(rotate(q, made.cos[5], made.sin[5]).norm(), q.norm())


def test_limits_get_a_sentence() -> None:
    made = network()
    with pytest.raises(ValueError, match="1 to 32 tokens, not 33"):
        made.trace(tokens(33))
    with pytest.raises(ValueError, match="1 to 32 tokens, not 0"):
        made.trace(torch.tensor([], dtype=torch.long))
    with pytest.raises(ValueError, match="no head 5 in layer 0"):
        made.trace(tokens(3), Change(ablate=frozenset({(0, 5)})))
    with pytest.raises(ValueError, match="holds 32 tokens, not 33"):
        made.step(tokens(33)[None], Cache())
    with pytest.raises(ValueError, match="looks back"):
        network(replace(SMALL, causal=False)).step(tokens(3)[None], Cache())
    with pytest.raises(ValueError, match="does not split"):
        replace(SMALL, heads=5)


def test_saved_and_loaded_with_its_configuration(tmp_path: Path) -> None:
    made = network()
    common.save_weights(tmp_path, made.state_dict(), SMALL.as_json(), torch.float32)
    loaded = load(tmp_path)
    assert loaded.config == SMALL
    assert torch.equal(loaded.trace(tokens(6)).logits, made.trace(tokens(6)).logits)


@pytest.mark.parametrize("wrong", [{}, {"width": "wide"}, {"width": 23}, {"layers": 10_000}, {"vocabulary": 10**9}])
def test_a_wrong_configuration_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    config = SMALL.as_json() | wrong if wrong else {}
    common.save_weights(tmp_path, network().state_dict(), config)
    with pytest.raises(ModelFileError, match=r"transformer"):
        load(tmp_path)

"""Readers of the shipped models: the same numbers as the networks themselves."""

from __future__ import annotations

import math

import pytest
import torch

from courseai_lab.kernels.attention import Mask
from courseai_lab.networks.head_scores import HeadKind, induction_scores, sentence_scores, weight_scores
from courseai_lab.networks.likelihood import sentence_loss
from courseai_lab.networks.reading import ShippedReader, score_shift, shipped
from courseai_lab.networks.transformer import Change
from courseai_lab.paths import resource

TEXT = 'The old man said, "The old man said (so)."'


@pytest.fixture(scope="module", params=["story", "story-masked"])
def reader(request: pytest.FixtureRequest) -> ShippedReader:
    return shipped(resource("models", request.param), request.param)


def test_a_reading_is_the_networks_trace(reader: ShippedReader) -> None:
    sentence = reader.encode(TEXT)
    assert b"".join(sentence.pieces).decode() == TEXT and sentence.labels[0] == "<start>"
    change = Change(mask=Mask.WINDOW, window=3, alibi=0.5, ablate=frozenset({(1, 1)}))
    found, trace = reader.read(sentence.ids, change), reader.network.trace(sentence.ids, change)
    torch.testing.assert_close(found.weights, trace.weights, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.residual, trace.residual, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(reader.unembed(found.residual[-1]), trace.logits, rtol=1e-4, atol=1e-3)
    scores = found.q @ found.k.transpose(-1, -2) * found.scale[:, None, None, None]
    torch.testing.assert_close(
        scores + score_shift(change, reader.causal, len(sentence)), trace.scores, rtol=1e-4, atol=1e-3
    )
    if reader.causal:
        loss, _ = sentence_loss(reader.network, sentence.ids, change)
        assert float(found.bits[1:].mean()) == pytest.approx(loss, rel=1e-5)
        assert math.isnan(float(found.bits[0])) and reader.mask_id is None
    else:
        assert bool(found.bits.isnan().all())
        hidden = reader.hidden(sentence.ids, 2)
        assert reader.label(int(hidden[2])) == "<mask>" and int((hidden != sentence.ids).sum()) == 1


def test_scores_are_those_of_the_card(reader: ShippedReader) -> None:
    sentence = reader.encode(TEXT)
    weights = reader.read(sentence.ids).weights
    found = weight_scores(weights, sentence.ids, sentence.pieces, reader.causal)
    for kind, table in sentence_scores(reader.network, reader.tokenizer, sentence.ids).items():
        torch.testing.assert_close(found[kind], table, rtol=1e-4, atol=1e-5)
    behind = weights.numpy()[..., range(1, len(sentence)), range(len(sentence) - 1)].mean(-1)
    torch.testing.assert_close(found[HeadKind.PREVIOUS], torch.tensor(behind))
    if reader.causal:
        torch.testing.assert_close(reader.induction(draws=1), induction_scores(reader.network, reader.tokenizer, 64, 1))

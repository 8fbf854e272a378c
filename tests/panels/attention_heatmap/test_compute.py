"""What the attention heatmap says, against the networks, NumPy loops and the definitions."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from courseai_lab.contract import BadValue, Ctx, find
from courseai_lab.contract.frame import check_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.networks import hf_folder
from courseai_lab.networks.hf_check import look_into
from courseai_lab.networks.likelihood import bits_per_byte
from courseai_lab.networks.reading import shipped
from courseai_lab.networks.transformer import Change
from courseai_lab.panels.attention_heatmap.compute import Frame, Look, Params, readings, run, sentence
from courseai_lab.paths import resource
from tests.networks.hf_folders import make_folder

STORY = shipped(resource("models", "story"), "story transformer")
TWIN = shipped(resource("models", "story-masked"), "masked twin")
TEXT = "Once upon a time there was a little girl who lived in a wood."


def frame_of(ctx: Ctx | None = None, **params: Any) -> Frame:
    (frame,) = run(Params(**params), ctx or Ctx())
    return check_frame(frame)


def chance_of(frame: Frame, word: str) -> tuple[float, float]:
    """Probability of a word as trained and under the change."""
    at = frame.choices.index(word)
    return float(frame.plain[at]), float(frame.chance[at])


def test_it_opens_on_an_induction_head_and_its_worth() -> None:
    frame = frame_of()
    assert (frame.layer, frame.head) == (2, 3) and frame.tokens[-1] == "or"
    again = frame.tokens.index("or")
    assert frame.partner == again + 1 and frame.weight > 0.95, "it looks at what followed the last time"
    assert frame.choices[0] == frame.tokens[frame.partner] and frame.chance[0] > 0.5
    off = frame_of(ablate=((2, 3),))
    was, now = chance_of(off, frame.choices[0])
    assert was == pytest.approx(float(frame.chance[0])) and now < 0.05
    assert off.loss_plain == pytest.approx(frame.loss) and off.loss > frame.loss + 0.2
    assert "Without head 2.3" in sentence(off, Params(), Look())
    assert frame.scores[frame.kinds.index("induction"), 2, 3] > 0.9


def test_the_score_is_the_sum_of_query_times_key() -> None:
    frame = frame_of(text=TEXT, layer=3, head=2, token=9, partner=4, alibi=0.3)
    assert frame.product == pytest.approx(frame.q * frame.k)
    assert frame.dot == pytest.approx(float(np.dot(frame.q, frame.k)), rel=1e-5)
    assert frame.score == pytest.approx(frame.dot / math.sqrt(32) - 0.3 * 5, rel=1e-5)
    ctx = Ctx()
    scores = [frame_of(ctx, text=TEXT, layer=3, head=2, token=9, partner=j, alibi=0.3).score for j in range(10)]
    row = np.exp(np.array(scores) - max(scores))
    assert frame.weight == pytest.approx(row[4] / row.sum(), rel=1e-4)
    assert readings(frame, Params(alibi=0.3), Look())["d"] == pytest.approx(math.sqrt(32))
    ahead = frame_of(text=TEXT, token=3, partner=9)
    assert math.isinf(ahead.score) and ahead.weight == 0.0 and not ahead.seen[3, 9]


def test_losses_are_those_of_the_language_model() -> None:
    frame = frame_of(text=TEXT, ablate=((1, 1), (0, 2)))
    ids = STORY.encode(TEXT).ids
    for value, change in ((frame.loss_plain, Change()), (frame.loss, Change(ablate=frozenset({(1, 1), (0, 2)})))):
        logits = STORY.network.trace(ids, change).logits
        chances = torch.softmax(logits[:-1], -1)[range(len(ids) - 1), ids[1:]]
        assert value == pytest.approx(-float(chances.log().mean()), rel=1e-5)
    assert frame.byte_bits_plain == pytest.approx(bits_per_byte(STORY.network, STORY.tokenizer, TEXT), rel=1e-5)
    assert frame.scored == len(ids) - 1 and frame.actual == ""
    middle = frame_of(text=TEXT, token=5)
    assert middle.actual == middle.tokens[6]
    assert middle.actual_chance == pytest.approx(float(torch.softmax(STORY.network.trace(ids).logits[5], -1)[ids[6]]))


def test_a_model_that_sees_both_ways_is_asked_for_a_hidden_word() -> None:
    frame = frame_of(model="story-masked", text=TEXT, token=10, ablate=((2, 3),))
    ids = TWIN.encode(TEXT).ids.clone()
    actual = int(ids[10])
    ids[10] = TWIN.mask_id
    for value, change in ((frame.loss_plain, Change()), (frame.loss, Change(ablate=frozenset({(2, 3)})))):
        chances = torch.softmax(TWIN.network.trace(ids, change).logits[10], -1)
        assert value == pytest.approx(-math.log(float(chances[actual])), rel=1e-4)
    assert frame.hidden and frame.actual == frame.tokens[10] and bool(frame.seen.all())
    assert "induction" not in frame.kinds
    best = divmod(int(frame.order[frame.kinds.index("next"), 0]), 6)
    assert best == (2, 3), "the card's next-token head"


def test_masks_hide_what_they_say() -> None:
    behind, ctx = np.arange(17)[:, None] - np.arange(17), Ctx()
    for params, seen in (
        ({}, behind >= 0),
        ({"mask": "window", "window": 3}, (behind >= 0) & (behind < 3)),
        ({"mask": "none"}, behind > -99),
        ({"model": "story-masked", "mask": "causal"}, behind >= 0),
    ):
        frame = frame_of(ctx, text=TEXT, **params)
        assert (frame.seen == seen).all() and (frame.weights[~seen] == 0).all()
        assert frame.weights.sum(1) == pytest.approx(np.ones(17), abs=1e-5)
        assert bool(frame.changed) == bool("mask" in params)
    assert frame_of(text=TEXT, mask="causal").changed == "", "that is how it was trained"
    open_eyes = frame_of(text=TEXT, mask="none", token=1, layer=2, head=3)
    assert open_eyes.partner == 2 and open_eyes.loss < open_eyes.loss_plain
    assert "it can now see" in sentence(open_eyes, Params(), Look())


def test_heads_combine_and_shrink_as_defined() -> None:
    text = " ".join([TEXT] * 4)
    ids = STORY.encode(text).ids
    weights = STORY.read(ids).weights.numpy().astype(np.float64)
    mean = weights.mean(1)
    rolled = np.eye(len(ids))
    for layer in range(3):
        rolled = (0.5 * mean[layer] + 0.5 * np.eye(len(ids))) @ rolled
    wanted = {"head": weights[2, 4], "mean": mean[2], "max": weights[2].max(0), "rollout": rolled}
    ctx = Ctx()
    for show, plane in wanted.items():
        frame = frame_of(ctx, text=text, layer=2, head=4, show=show)
        np.testing.assert_allclose(frame.weights, plane, atol=1e-6)
    pool = frame.pool
    assert pool == math.ceil(len(ids) / 48) > 1
    for column, plane in ((4, wanted["head"]), (8, wanted["rollout"])):
        small = frame.thumbs[2, column]
        for i, j in ((0, 0), (7, 3), (len(small) - 1, 5), (len(small) - 1, len(small) - 1)):
            block = plane[i * pool : (i + 1) * pool, j * pool : (j + 1) * pool]
            assert small[i, j] == pytest.approx(block.max(), abs=1e-6)


def test_heads_are_ranked_by_their_scores() -> None:
    frame = frame_of(text='She said "yes" and he said "no" (twice).')
    flat = frame.scores.reshape(len(frame.kinds), -1)
    assert (np.diff(np.take_along_axis(flat, frame.order, 1), axis=1) <= 0).all()
    assert divmod(int(frame.order[frame.kinds.index("previous"), 0]), 6) == (1, 1)
    counts = dict(zip(frame.kinds, frame.counts, strict=True))
    assert counts["matching"] == 3 and counts["same"] >= 2 and counts["induction"] == 128
    assert (frame.scores[frame.kinds.index("next")] == 0).all(), "hidden by the causal mask"


def test_the_lens_ends_in_what_the_model_says() -> None:
    frame = frame_of(text=TEXT, token=8)
    assert frame.lens_words[-1] == frame.choices[:3] and frame.lens[-1] == pytest.approx(frame.chance[:3], rel=1e-4)
    ids = STORY.encode(TEXT).ids
    network = STORY.network
    with torch.no_grad():
        first = torch.softmax(network.norm(network.embed(ids[8])) @ network.embed.weight.T, -1).topk(3)
    assert frame.lens[0] == pytest.approx(first.values.numpy(), rel=1e-4) and frame.lens.shape == (5, 3)


def test_comparisons() -> None:
    ctx = Ctx()
    heads = frame_of(ctx, text=TEXT, compare="heads", layer_b=0, head_b=5)
    np.testing.assert_array_equal(heads.weights_b, frame_of(ctx, text=TEXT, layer=0, head=5).weights)
    before = frame_of(ctx, text=TEXT, compare="before", mask="none")
    np.testing.assert_array_equal(before.weights_b, frame_of(ctx, text=TEXT).weights)
    np.testing.assert_array_equal(before.difference, before.weights - before.weights_b)
    other = frame_of(ctx, text=TEXT, compare="sentences", text_b="A cat sat.")
    np.testing.assert_array_equal(other.weights_b, frame_of(ctx, text="A cat sat.").weights)
    assert other.difference is None, "other tokens cannot be subtracted"
    twin = frame_of(ctx, text=TEXT, compare="models", layer_b=2, head_b=3)
    np.testing.assert_array_equal(
        twin.weights_b, frame_of(ctx, text=TEXT, model="story-masked", layer=2, head=3).weights
    )
    assert twin.thumbs_b.shape[:2] == (4, 9) and twin.model_b == "masked twin"
    lost = frame_of(ctx, text=TEXT, compare="sentences", text_b=" ")
    assert lost.weights is not None and lost.weights_b is None and "empty" in lost.problem_b


def test_what_cannot_be_shown_is_said_in_one_sentence(tmp_path: Path) -> None:
    for params, words in (
        ({"text": "  \n"}, "sentence is empty"),
        ({"text": "dog " * 600}, "reads at most 512: shorten it"),
        ({"model": "own"}, "Choose the config.json"),
        ({"model": "own", "folder": str(tmp_path / "x" / "config.json")}, "no model folder"),
        ({"model": "own", "folder": str(tmp_path)}, "There is no .*config.json"),
    ):
        frame = frame_of(**params)
        assert re.search(words, frame.problem), frame.problem
        assert sentence(frame, Params(), Look()) == frame.problem and readings(frame, Params(), Look()) == {}
    with pytest.raises(BadValue, match="ablate"):
        Params().patched(ablate=((0.5, 1),))
    # A head, layer or token beyond what there is: the last one there is.
    frame = frame_of(text="A", layer=63, head=63, token=511, partner=511, ablate=((60, 0),))
    assert (frame.layer, frame.head, frame.token, frame.partner, frame.changed) == (3, 5, 1, 1, "")


def test_a_folder_of_ones_own_is_measured_then_read(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    model = make_folder(folder, "llama")
    ctx, chosen = Ctx(), {"model": "own", "folder": str(folder / "config.json"), "text": "the cat sat"}
    waiting = frame_of(ctx, **chosen)
    assert waiting.problem.startswith("mine: Llama, 2 layers of 4 heads,") and "Nothing is loaded" in waiting.problem
    frame = frame_of(ctx, **chosen, load=True, layer=1, head=2)
    ids = hf_folder.load(look_into(folder)).encode("the cat sat").ids
    with torch.no_grad():
        theirs = model(input_ids=ids[None], output_attentions=True)
    np.testing.assert_allclose(frame.weights, theirs.attentions[1][0, 2].numpy(), atol=1e-6)
    assert frame.loss == pytest.approx(
        float(torch.nn.functional.cross_entropy(theirs.logits[0, :-1], ids[1:])), rel=1e-5
    )
    assert frame.model == "mine (Llama)" and frame.weights.shape[0] == len(frame.tokens)
    assert frame.heads == 4 and frame.q.shape == (8,) and not math.isnan(frame.byte_bits)
    off = frame_of(ctx, **chosen, load=True, ablate=((0, 0), (0, 1), (0, 2), (0, 3)))
    assert off.changed == "without heads 0.0, 0.1, 0.2, 0.3" and off.loss != off.loss_plain
    beside = frame_of(ctx, text="the cat sat", compare="models", model_b="own", folder_b=chosen["folder"], load_b=True)
    assert beside.model_b == "mine (Llama)" and beside.thumbs_b.shape[1] == 7


def test_presets_hold_what_their_notes_say() -> None:
    panel, ctx, frames = find("attention-heatmap"), Ctx(), {}
    for preset in panel.presets():
        (frames[preset.id],) = run(state_from_json(panel, preset.state).params, ctx)
    assert 0.7 < frames["induction"].chance[0] < 0.8
    assert chance_of(frames["without-it"], "r")[1] == pytest.approx(0.01, abs=0.005)
    previous = frames["previous"]
    assert np.diagonal(previous.weights, -1).min() > 0.95
    both = {"ablate": ((1, 1),)}
    assert chance_of(frame_of(ctx, **both), "r")[1] < 0.1, "without 1.1 the copying ends too"
    eyes = frames["no-mask"]
    assert (eyes.tokens[eyes.token], eyes.tokens[eyes.partner]) == ("On", "ce") and chance_of(eyes, "ce")[1] > 0.9
    twin = frames["both-ways"]
    assert np.diagonal(twin.weights, 1).mean() > 0.8
    left = frame_of(ctx, text=TEXT, token=8)
    assert left.actual == twin.actual == "·little"
    assert twin.actual_chance == pytest.approx(0.61, abs=0.01) and left.actual_chance == pytest.approx(0.02, abs=0.005)
    quotes = frames["quotes"]
    matching = quotes.kinds.index("matching")
    assert quotes.tokens[quotes.token] == ',"' and quotes.token - quotes.partner == 4
    assert divmod(int(quotes.order[matching, 0]), 6) == (0, 5)
    assert quotes.scores[matching, 0, 5] == pytest.approx(0.94, abs=0.01)
    alibi = frame_of(ctx, alibi=2.0)
    assert (alibi.token - alibi.partner, round(-alibi.shift), round(alibi.score - alibi.shift)) == (9, 18, 84)
    assert alibi.loss > alibi.loss_plain and frames["rollout"].weights.max() < 1.01

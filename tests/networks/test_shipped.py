"""The shipped models: they load, they are small, and a figure of each card is measured again here."""

from pathlib import Path

import pytest
import torch

from courseai_lab.networks import digits, transformer
from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.generation import Sampling, generate
from courseai_lab.networks.head_scores import HeadKind, induction_scores, sentence_scores
from courseai_lab.networks.loader import MAX_BYTES, models, read_card
from courseai_lab.training.digits import accuracy
from courseai_lab.training.story_card import EXCERPT, PROMPT, measure_excerpt

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models"


def test_the_three_networks_are_listed_and_small() -> None:
    found = {info.name: info for info in models(SHIPPED)}
    assert {"story", "story-masked", "digits"} <= set(found)
    assert all(found[name].bytes <= MAX_BYTES for name in ("story", "story-masked", "digits"))


@pytest.mark.parametrize(("name", "causal"), [("story", True), ("story-masked", False)])
def test_the_figure_of_a_transformers_card(name: str, causal: bool) -> None:
    network = transformer.load(SHIPPED / name)
    tokens = bpe.load(SHIPPED / name)
    assert network.config.causal is causal and network.config.vocabulary == tokens.size == 4096
    assert network.config.context >= 512 and 4 <= network.config.layers <= 6
    figure = read_card(SHIPPED / name).figures["excerpt"]
    # Other processors add in another order: the third digit after the point is the same.
    assert measure_excerpt(network, tokens) == pytest.approx(figure, abs=2e-3)


def test_the_story_network_beats_its_baselines_by_its_card() -> None:
    rows = read_card(SHIPPED / "story").figures["bits_per_byte"]
    mine = rows.pop("this network")
    assert len(rows) == 4 and mine < min(rows.values())


def test_the_story_networks_heads_by_its_card() -> None:
    """Previous-token and induction heads are where the card says, on text and tokens that no script has seen."""
    network, tokens = transformer.load(SHIPPED / "story"), bpe.load(SHIPPED / "story")
    heads = read_card(SHIPPED / "story").figures["heads"]
    ids = torch.tensor([tokens.special_id(bpe.START), *tokens.encode(EXCERPT)])
    found = {
        "previous token": sentence_scores(network, tokens, ids)[HeadKind.PREVIOUS],
        "induction": induction_scores(network, tokens, draws=2, seed=100),
    }
    for kind, least in (("previous token", 0.6), ("induction", 0.4)):
        stated = heads[kind]
        assert stated["score"] > least
        assert float(found[kind][stated["layer"], stated["head"]]) == pytest.approx(stated["score"], abs=0.1)


def test_the_story_network_writes_the_same_with_and_without_its_cache() -> None:
    network, tokens = transformer.load(SHIPPED / "story"), bpe.load(SHIPPED / "story")
    begin = [tokens.special_id(bpe.START), *tokens.encode(PROMPT)]
    for sampling in (Sampling(0.0), Sampling(0.9, top_k=50)):
        runs = [
            list(generate(network, begin, 30, sampling, torch.Generator().manual_seed(1), cached=cached))
            for cached in (True, False)
        ]
        assert runs[0] == runs[1]


def test_the_story_network_writes_words_up_to_its_full_context() -> None:
    network, tokens = transformer.load(SHIPPED / "story"), bpe.load(SHIPPED / "story")
    begin = [tokens.special_id(bpe.START), *tokens.encode(PROMPT)]
    banned = [tokens.special_id(name) for name in tokens.special]
    drawn = list(generate(network, begin, 600, Sampling(), torch.Generator().manual_seed(0), banned=banned))
    assert len(begin) + len(drawn) == network.config.context
    words = tokens.decode(drawn).lower().split()
    assert len(words) > 250
    assert sum(word in {"the", "and", "to", "a", "he", "she", "was", "of"} for word in words) > len(words) / 10


def test_the_digit_networks_figure_on_drawn_digits() -> None:
    network = digits.load(SHIPPED / "digits")
    figures = read_card(SHIPPED / "digits").figures
    assert figures["held_out_accuracy"] >= 0.98 and figures["held_out_images"] == 1000
    images, labels = digits.drawn_set()
    assert accuracy(network, images, labels) == pytest.approx(figures["drawn_accuracy"], abs=1 / len(labels))
    assert "9,000 of MNIST's test images, measured on the 1,000 held out" in read_card(SHIPPED / "digits").text

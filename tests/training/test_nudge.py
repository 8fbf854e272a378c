"""The nudge asks for what it says, and a few steps of it alone make the two heads."""

import pytest
import torch

from courseai_lab.networks.head_scores import induction_score, offset_score
from courseai_lab.networks.transformer import Config, Transformer
from courseai_lab.training.nudge import nudge_loss, nudged_heads


def network() -> Transformer:
    torch.manual_seed(0)
    return Transformer(Config(vocabulary=30, width=32, layers=2, heads=2, context=40))


def rows(count: int, period: int, seed: int) -> torch.Tensor:
    once = torch.randint(29, (count, period), generator=torch.Generator().manual_seed(seed))
    return torch.cat([torch.full((count, 1), 29), once, once], dim=1)


def test_the_induction_head_lies_in_a_later_layer() -> None:
    for layers in range(2, 7):
        previous, induction = nudged_heads(Config(layers=layers))
        assert previous[0] < induction[0] < layers


def test_loss_by_hand() -> None:
    """The same numbers read off a trace of each row: -log of the weights on the two places."""
    made = network()
    ids = rows(3, 6, seed=1)
    expected = 0.0
    for row in ids:
        weights = made.trace(row).weights
        (before, first), (later, second) = nudged_heads(made.config)
        back = weights[before, first].diagonal(-1)
        queries = torch.arange(7, 13)
        after = weights[later, second][queries, queries - 6 + 1]
        expected -= float(back.log().mean() + after.log().mean()) / 3
    found = nudge_loss(made, ids, torch.full((3, 1), 6))
    assert float(found.detach()) == pytest.approx(expected, rel=1e-4)


def test_some_steps_make_both_heads() -> None:
    made = network()
    optimizer = torch.optim.AdamW(made.parameters(), lr=1e-2)
    for step in range(100):
        optimizer.zero_grad()
        nudge_loss(made, rows(16, 8, seed=step), torch.full((16, 1), 8)).backward()
        optimizer.step()
    weights = made.trace(rows(1, 8, seed=1000)[0]).weights
    (before, first), (later, second) = nudged_heads(made.config)
    assert float(offset_score(weights, -1)[before, first]) > 0.7
    assert float(induction_score(weights, 8, start=1)[later, second]) > 0.4

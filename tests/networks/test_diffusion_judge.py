"""The judge's geometry and its comparison with a prompt, on scenes whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from courseai_lab.networks.diffusion_judge import (
    CELL,
    PARTS,
    Judge,
    Seen,
    judge_request,
    look,
    seen_in,
    stands,
)
from courseai_lab.networks.world import (
    COLOURS,
    SHAPES,
    TEXTURES,
    Colour,
    Relation,
    Shape,
    Texture,
    sample_scene,
)
from courseai_lab.networks.world_captions import read_caption, twisted, write_caption
from courseai_lab.training.diffusion_judge import detection_loss, targets

RELATIONS = [relation for relation in Relation if relation is not Relation.NONE]


def test_a_perfect_eye_finds_every_scene_right() -> None:
    for index in range(500):
        scene = sample_scene(3, index, held_out=index % 2 == 0)
        assert judge_request(seen_in(scene), read_caption(write_caption(scene))).right


def test_no_other_relation_holds() -> None:
    for index in range(500):
        scene = sample_scene(4, index, pairs_only=True)
        a, b = seen_in(scene)
        assert [relation for relation in RELATIONS if stands(relation, a, b)] == [scene.relation]
        assert not any(stands(relation, b, a) for relation in RELATIONS)


def test_a_caption_that_is_wrong_in_one_respect_is_not_right() -> None:
    import numpy as np

    for index in range(400):
        scene = sample_scene(5, index)
        verdict = judge_request(seen_in(scene), read_caption(twisted(scene, np.random.default_rng(index))))
        assert not verdict.right


BALL = Seen(Shape.BALL, Colour.RED, Texture.SMOOTH, 17.0, 48.0, 8.0, False)
CUBE = Seen(Shape.CUBE, Colour.BLUE, Texture.SMOOTH, 47.0, 48.0, 8.0, False)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([BALL, CUBE], (True, True, True, True, True)),
        ([replace(BALL, colour=Colour.BLUE), replace(CUBE, colour=Colour.RED)], (True, True, True, False, False)),
        ([replace(BALL, x=47.0), replace(CUBE, x=17.0)], (True, True, True, True, False)),
        ([BALL, CUBE, replace(CUBE, x=30.0)], (True, True, False, True, True)),
        ([BALL], (False, False, False, False, False)),
        ([BALL, replace(CUBE, shape=Shape.STAR)], (False, True, True, False, False)),
        ([], (False, False, False, False, False)),
    ],
)
def test_verdicts_say_what_is_wrong(seen: list[Seen], expected: tuple[bool, ...]) -> None:
    verdict = judge_request(seen, read_caption("a red ball left of a blue cube"))
    found = (verdict.shape, verdict.colour, verdict.count, verdict.binding, verdict.relation)
    assert found == expected
    assert verdict.right == (verdict.count and verdict.binding and verdict.relation)


def perfect_grids(truth: list[list[Seen]]) -> torch.Tensor:
    """Grids of a judge that is never wrong, built from the targets."""
    heat, where, kinds, boxes = targets(truth, "cpu")
    grids = torch.full((len(truth), 2, sum(PARTS), 16, 16), 0.0)
    grids[:, :, 0] = torch.where(heat == 1, 12.0, -12.0)
    starts = (1, 1 + len(SHAPES), 1 + len(SHAPES) + len(COLOURS))
    for (image, layer, row, column), classes, box in zip(where.tolist(), kinds.tolist(), boxes, strict=True):
        for start, index in zip(starts, classes, strict=True):
            grids[image, layer, start + index, row, column] = 25.0
        grids[image, layer, -3:, row, column] = box
    return grids


class Oracle(Judge):
    """A judge that answers with given grids, whatever it is shown."""

    grids: torch.Tensor

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.grids


def test_targets_are_what_looking_undoes() -> None:
    truth = [seen_in(sample_scene(6, index)) for index in range(40)]
    oracle = Oracle()
    oracle.grids = perfect_grids(truth)
    for found, expected in zip(look(oracle, torch.zeros(40, 3, 64, 64)), truth, strict=True):
        key = lambda thing: (thing.glass, round(thing.x, 2), round(thing.y, 2))  # noqa: E731
        for a, b in zip(sorted(found, key=key), sorted(expected, key=key), strict=True):
            assert (a.shape, a.colour, a.texture, a.glass) == (b.shape, b.colour, b.texture, b.glass)
            assert (a.x, a.y, a.radius) == pytest.approx((b.x, b.y, b.radius), abs=1e-3)
    assert float(detection_loss(oracle.grids, truth)) < 1e-4
    assert len(TEXTURES) == PARTS[3] and CELL == 4


def test_an_untrained_judge_sees_nothing() -> None:
    assert look(Judge(), torch.zeros(2, 3, 64, 64)) == [[], []]

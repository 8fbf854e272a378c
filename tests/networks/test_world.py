"""The captioned world: scenes are where they say, captions say what they show, pictures are drawn by geometry."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from courseai_lab.networks.world import (
    BOTTOM,
    COLOURS,
    HELD_OUT,
    SHAPES,
    TOP,
    Background,
    Colour,
    Light,
    Relation,
    Scene,
    Shape,
    Size,
    Texture,
    Thing,
    arrange,
    sample_scene,
)
from courseai_lab.networks.world_captions import (
    WORDS,
    completions,
    read_caption,
    split_words,
    twisted,
    write_caption,
)
from courseai_lab.networks.world_render import PAINT, Rendered, render, srgb


def thing(shape: Shape, colour: Colour = Colour.RED, **more: float) -> Thing:
    place = {"x": 32.0, "foot": 56.0, "radius": 12.0} | more
    return Thing(shape, colour, Texture.SMOOTH, Size.LARGE, **place)  # type: ignore[arg-type]


def scene(*things: Thing, light: Light = Light.ABOVE, background: Background = Background.PLAIN) -> Scene:
    return Scene(things, Relation.NONE, background, light)


# Scenes


def test_a_scene_depends_on_its_two_numbers_alone() -> None:
    assert sample_scene(3, 8) == sample_scene(3, 8)
    assert len({sample_scene(seed, index) for seed in (1, 2) for index in range(50)}) == 100


def test_every_thing_is_in_the_picture_and_apart_from_the_others() -> None:
    for index in range(400):
        drawn = sample_scene(0, index)
        for each in drawn.things:
            assert 0 < each.x - 0.8 * each.radius and each.x + 0.8 * each.radius < 64
            assert 0 < each.y - TOP[each.shape] * each.radius and each.foot < 64
        if drawn.relation in (Relation.NONE, Relation.LEFT_OF):
            for a, b in zip(drawn.things, drawn.things[1:], strict=False):
                assert b.x - a.x > 0.75 * (a.radius + b.radius)


def test_relations_hold_by_their_places() -> None:
    seen = set()
    for index in range(300):
        drawn = sample_scene(1, index, pairs_only=True)
        a, b = drawn.things
        gap = (b.y - TOP[b.shape] * b.radius) - (a.y + BOTTOM[a.shape] * a.radius)
        seen.add(drawn.relation)
        match drawn.relation:
            case Relation.LEFT_OF:
                assert a.x < b.x - 20
            case Relation.ABOVE:
                assert gap > 4 and abs(a.x - b.x) <= 3
            case Relation.ON:
                assert gap == pytest.approx(-0.8) and a.x == b.x
            case Relation.INSIDE:
                assert b.glass and not a.glass and math.hypot(a.x - b.x, a.y - b.y) + a.radius < b.radius
    assert seen == set(Relation) - {Relation.NONE}


def test_held_out_pairs_are_never_trained_on_and_always_tested() -> None:
    assert {shape for _, shape in HELD_OUT} == set(SHAPES) and {colour for colour, _ in HELD_OUT} == set(COLOURS)
    assert not any(sample_scene(4, index).held_out for index in range(300))
    assert all(sample_scene(4, index, held_out=True).held_out for index in range(300))
    assert all(sample_scene(4, index, held_out=True, pairs_only=True).held_out for index in range(100))


def test_impossible_arrangements_are_refused() -> None:
    rng, ball = np.random.default_rng(0), thing(Shape.BALL)
    with pytest.raises(ValueError, match="1 to 3 things"):
        arrange((), Relation.NONE, rng)
    with pytest.raises(ValueError, match="exactly two things"):
        arrange((ball,), Relation.ON, rng)


# Captions


def test_captions_read_back_as_what_they_were_written_from() -> None:
    for index in range(600):
        drawn = sample_scene(5, index)
        for rng in (None, np.random.default_rng(index)):
            asked = read_caption(write_caption(drawn, rng))
            assert asked.unknown == () and asked.count == len(drawn.things)
            assert asked.relation is drawn.relation
            assert asked.background in (None, drawn.background) and asked.light in (None, drawn.light)
            kinds = [kind for kind in asked.things for _ in range(kind.count)]
            assert all(kind.fits(each) for kind, each in zip(kinds, drawn.things, strict=True))


def test_captions_use_known_words_and_fit_the_text_encoder() -> None:
    for index in range(300):
        words = split_words(write_caption(sample_scene(6, index), np.random.default_rng(index)))
        assert len(words) <= 30 and set(words) <= set(WORDS)


def test_paraphrases_mean_the_same() -> None:
    one = read_caption("a red ball left of a blue cube")
    for text in ("a blue cube on the right of a red ball", "A crimson sphere, to the left of a blue box!"):
        assert read_caption(text) == one
    assert read_caption("a blue cone containing a tiny red gem").things[0].shape is Shape.GEM


def test_a_hard_negative_is_wrong_about_its_scene() -> None:
    for index in range(300):
        drawn = sample_scene(7, index)
        asked = read_caption(twisted(drawn, np.random.default_rng(index)))
        kinds = [kind for kind in asked.things for _ in range(kind.count)]
        assert not all(kind.fits(each) for kind, each in zip(kinds, drawn.things, strict=True))


def test_unknown_words_are_named() -> None:
    asked = read_caption("a shiny red elephant left of a blue cube")
    assert asked.unknown == ("shiny", "elephant") and [kind.shape for kind in asked.things] == [Shape.CUBE]
    assert asked.things[0].colour is Colour.BLUE
    assert read_caption("").things == ()
    assert read_caption("a red ball on a blue cube under a green star").unknown == ("under",)


def test_numbers_and_plurals() -> None:
    assert [(k.count, k.shape) for k in read_caption("three boxes").things] == [(3, Shape.CUBE)]
    assert read_caption("red stars").count == 2


def test_completion_offers_what_finishes_the_word() -> None:
    assert completions("a red cyl") == ("cylinder", "cylinders")
    assert completions("a red cylinders") == completions("a red ") == completions("zzz") == ()
    assert completions("st") == ("star", "stars", "striped", "studio")


# Pictures


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    scenes = [sample_scene(8, index) for index in range(6)]
    together, alone = render(scenes), render(scenes[3:4])
    torch.testing.assert_close(together.image[3:4], alone.image)
    assert torch.equal(together.labels[3:4], alone.labels)


@pytest.fixture(scope="module")
def mixed() -> tuple[list[Scene], Rendered]:
    scenes = [sample_scene(9, index) for index in range(32)]
    return scenes, render(scenes)


def test_pictures_and_truth_are_in_range_and_agree(mixed: tuple[list[Scene], Rendered]) -> None:
    scenes, out = mixed
    for values in (out.image, out.masks, out.depth, out.edges):
        assert bool(torch.isfinite(values).all()) and float(values.min()) >= 0 and float(values.max()) <= 1
    assert float(out.masks.sum(1).max()) <= 1 + 1e-5
    for i, drawn in enumerate(scenes):
        count = len(drawn.things)
        assert float(out.masks[i, count:].sum()) == 0
        assert set(out.labels[i].unique().tolist()) == {0, 1, *range(2, 2 + count)}
        for k in range(count):
            assert bool((out.masks[i, k][out.labels[i] == 2 + k] > 0.3).all())


AREAS = {
    Shape.BALL: math.pi,
    Shape.RING: math.pi * (1 - 0.48**2),
    Shape.GEM: 2 * 0.86,
    Shape.CUBE: 2 * 0.9 * (2 - 0.9 * 0.42),
}


@pytest.mark.parametrize("shape", AREAS)
def test_masks_have_the_area_of_their_shape(shape: Shape) -> None:
    out = render([scene(thing(shape, radius=14.0))])
    assert float(out.masks[0, 0].sum()) == pytest.approx(AREAS[shape] * 14**2, rel=0.01)


@pytest.mark.parametrize("shape", list(Shape))
def test_masks_stand_where_the_thing_stands(shape: Shape) -> None:
    standing = thing(shape, x=27.3, foot=50.0)
    mask = render([scene(standing)], size=256).masks[0, 0] > 0.5
    rows, columns = (torch.where(mask.any(dim))[0].float() / 4 for dim in (1, 0))
    assert float(columns.min() + columns.max() + 0.25) / 2 == pytest.approx(27.3, abs=0.5)
    assert float(rows.max()) + 0.25 == pytest.approx(50.0, abs=0.7)
    assert float(rows.min()) == pytest.approx(standing.y - TOP[shape] * 12, abs=1.2)


def test_a_nearer_thing_hides_a_farther_one_and_glass_does_not() -> None:
    far, near = thing(Shape.CUBE, x=30.0, foot=48.0), thing(Shape.BALL, x=38.0, foot=58.0)
    out = render([scene(far, near)])
    whole = render([scene(far)])
    assert float(out.masks[0, 0].sum()) < 0.8 * float(whole.masks[0, 0].sum())
    assert float(out.masks[0, 1].sum()) == pytest.approx(math.pi * 144, rel=0.01)
    glass = render([scene(thing(Shape.BALL, radius=6.0, lift=12.0), replace(near, x=32.0, radius=20.0, glass=True))])
    assert float(glass.masks[0, 0].sum()) == pytest.approx(math.pi * 36, rel=0.02)
    assert float(glass.masks[0, 1].sum()) == pytest.approx(math.pi * (400 - 36), rel=0.02)


def test_depth_is_perspective() -> None:
    out = render([scene(thing(Shape.BALL, x=12.0), background=Background.SKY)])
    depth = out.depth[0]
    assert bool((depth[:30] == 0).all())
    column = depth[44:, 60]
    assert bool((column.diff() > 0).all()) and float(column[-1]) == pytest.approx(1.0, abs=0.05)
    assert float(depth[44, 12]) > float(depth[44, 60])


def test_edges_lie_on_outlines_and_creases() -> None:
    out = render([scene(thing(Shape.CUBE, radius=16.0))], size=128)
    labels, edges = out.labels[0], out.edges[0]
    steps = (labels[:, 1:] != labels[:, :-1])[1:] | (labels[1:] != labels[:-1])[:, 1:]
    assert float((edges[1:, 1:][steps] > 0.1).float().mean()) > 0.97
    crease = edges[100:110, 62:67].amax(dim=1)
    assert bool((crease > 0.3).all())
    assert float(edges[:30].max()) == 0


def brightness(image: Tensor, mask: Tensor) -> float:
    return float((image.mean(0) * mask).sum() / mask.sum())


@pytest.mark.parametrize(("light", "side"), [(Light.LEFT, -1), (Light.RIGHT, 1)])
def test_light_and_shadow_lie_on_opposite_sides(light: Light, side: int) -> None:
    """The lit half of a ball is brighter; beside it the ground is darker on the other side than without the ball."""
    ball = thing(Shape.BALL, Colour.WHITE, radius=11.0)
    with_ball, empty = (render([scene(one, light=light)]) for one in (ball, replace(ball, x=-200.0)))
    columns = torch.arange(64)[None, :].expand(64, 64)
    mask = with_ball.masks[0, 0]
    halves = {s: brightness(with_ball.image[0], mask * ((columns - 31.5) * s > 0)) for s in (-1, 1)}
    assert halves[side] > halves[-side] + 0.05
    darker = (empty.image - with_ball.image)[0].mean(0)
    beside = {-1: float(darker[52:57, 13:19].mean()), 1: float(darker[52:57, 45:51].mean())}
    assert beside[-side] > 0.03 > beside[side] - 0.01


@pytest.mark.parametrize("colour", list(Colour))
def test_colours_look_like_their_paint(colour: Colour) -> None:
    out = render([scene(thing(Shape.BALL, colour, radius=15.0))])
    mask = out.masks[0, 0] > 0.99
    seen = out.image[0][:, mask].mean(1)
    paints = srgb(torch.tensor([PAINT[name] for name in COLOURS]))
    nearest = COLOURS[int((paints / paints.norm(dim=1, keepdim=True) @ (seen / seen.norm())).argmax())]
    assert nearest is colour


@pytest.mark.parametrize("texture", [Texture.STRIPED, Texture.DOTTED, Texture.CHECKED])
def test_textures_show_a_second_colour(texture: Texture) -> None:
    plain, patterned = thing(Shape.BALL), replace(thing(Shape.BALL), texture=texture)
    one, two = (render([scene(each)]) for each in (plain, patterned))
    changed = ((one.image - two.image).abs().amax(1)[0] > 0.15)[one.masks[0, 0] > 0.99].float().mean()
    assert 0.2 < float(changed) < 0.75


def test_the_same_scene_at_another_size_is_the_same_picture() -> None:
    scenes = [sample_scene(10, index) for index in range(4)]
    small = render(scenes, 64).image
    large = torch.nn.functional.avg_pool2d(render(scenes, 128).image, 2)
    assert float((small - large).abs().mean()) < 0.006


def test_rendering_nothing_is_refused() -> None:
    for scenes, size in (([], 64), ([scene(thing(Shape.BALL))], 4)):
        with pytest.raises(ValueError, match="at least one scene"):
            render(scenes, size)

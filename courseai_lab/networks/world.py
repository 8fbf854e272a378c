"""The captioned world: what a scene is, and how one is drawn at random.

A scene holds one to three things on a ground in front of a background, lit from one side. Pictures are measured
in units of 1/64 of their width, x to the right and y down, so that one scene can be rendered at any size.
Captions are in `world_captions`, pixels in `world_render`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

T = TypeVar("T")

EXTENT = 64.0
MOST_THINGS = 3


class Shape(StrEnum):
    BALL = "ball"
    CUBE = "cube"
    CONE = "cone"
    CYLINDER = "cylinder"
    STAR = "star"
    HEART = "heart"
    RING = "ring"
    GEM = "gem"


class Colour(StrEnum):
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    WHITE = "white"


class Texture(StrEnum):
    SMOOTH = "smooth"
    STRIPED = "striped"
    DOTTED = "dotted"
    CHECKED = "checked"


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Background(StrEnum):
    PLAIN = "plain"
    SKY = "sky"
    GRASS = "grass"
    NIGHT = "night"


class Light(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"


class Relation(StrEnum):
    """How the first thing stands to the second; `NONE` where a caption only lists or counts."""

    NONE = "none"
    LEFT_OF = "left of"
    ABOVE = "above"
    ON = "on"
    INSIDE = "inside"


SHAPES, COLOURS, TEXTURES = tuple(Shape), tuple(Colour), tuple(Texture)
BACKGROUNDS, LIGHTS, RELATIONS = tuple(Background), tuple(Light), tuple(Relation)

# One colour for each shape that training never shows: what the networks do with them is composition, not memory.
HELD_OUT: frozenset[tuple[Colour, Shape]] = frozenset(
    {
        (Colour.PURPLE, Shape.STAR),
        (Colour.GREEN, Shape.CUBE),
        (Colour.ORANGE, Shape.BALL),
        (Colour.BLUE, Shape.HEART),
        (Colour.WHITE, Shape.CONE),
        (Colour.PINK, Shape.CYLINDER),
        (Colour.RED, Shape.RING),
        (Colour.YELLOW, Shape.GEM),
    }
)

# Distance from a shape's centre to its lowest and highest point, in units of its radius.
BOTTOM = dict.fromkeys(SHAPES, 1.0) | {Shape.STAR: 0.86, Shape.CYLINDER: 0.98}
TOP = dict.fromkeys(SHAPES, 1.0) | {Shape.HEART: 0.86, Shape.CYLINDER: 0.96}
# Where a container's hollow has its centre, and how large a thing it holds, in units of the container's radius.
HOLLOW = {
    Shape.BALL: (0.0, 0.40),
    Shape.CUBE: (-0.08, 0.38),
    Shape.CONE: (-0.42, 0.32),
    Shape.CYLINDER: (-0.1, 0.38),
    Shape.STAR: (0.0, 0.32),
    Shape.HEART: (0.22, 0.36),
    Shape.RING: (0.0, 0.36),
    Shape.GEM: (0.0, 0.36),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing: what it is, and where. `foot` is the height in the picture of the ground it stands or hovers over."""

    shape: Shape
    colour: Colour
    texture: Texture
    size: Size
    x: float
    foot: float
    radius: float
    lift: float = 0.0
    tilt: float = 0.0
    hue: float = 0.0
    glass: bool = False

    @property
    def y(self) -> float:
        """Height of the centre in the picture, in units of 1/64 of its width, downward."""
        return self.foot - self.lift - BOTTOM[self.shape] * self.radius

    @property
    def held_out(self) -> bool:
        return (self.colour, self.shape) in HELD_OUT


@dataclass(frozen=True, slots=True)
class Scene:
    """One to three things, how the first stands to the second, and what is around them.

    `variation` are four numbers in [0, 1] that move the background's hills, clouds, moon and tint.
    """

    things: tuple[Thing, ...]
    relation: Relation
    background: Background
    light: Light
    variation: tuple[float, float, float, float] = (0.5, 0.5, 0.5, 0.5)

    @property
    def held_out(self) -> bool:
        """Whether one of its things has a pair of colour and shape that training never shows."""
        return any(thing.held_out for thing in self.things)

    @property
    def alike(self) -> bool:
        """Whether it shows several things that a caption counts: one shape, one colour, one texture, one size."""
        first = self.things[0]
        kinds = {(thing.shape, thing.colour, thing.texture, thing.size) for thing in self.things}
        return len(self.things) > 1 and kinds == {(first.shape, first.colour, first.texture, first.size)}


def _pick(rng: np.random.Generator, choices: tuple[T, ...], p: tuple[float, ...] | None = None) -> T:
    return choices[int(rng.choice(len(choices), p=p))]


def _thing(rng: np.random.Generator, held_out: bool | None) -> Thing:
    """A thing at the origin: `held_out` asks for a held-out pair (True), forbids it (False) or does not care (None)."""
    shape, colour = _pick(rng, SHAPES), _pick(rng, COLOURS)
    while held_out is not None and ((colour, shape) in HELD_OUT) != held_out:
        shape, colour = _pick(rng, SHAPES), _pick(rng, COLOURS)
    return Thing(
        shape=shape,
        colour=colour,
        texture=_pick(rng, TEXTURES, (0.52, 0.16, 0.16, 0.16)),
        size=_pick(rng, tuple(Size)),
        x=0.0,
        foot=0.0,
        radius=1.0,
        tilt=float(rng.uniform(-0.12, 0.12)),
        hue=float(rng.uniform(-1.0, 1.0)),
    )


def _sized(rng: np.random.Generator, thing: Thing, small: tuple[float, float], large: tuple[float, float]) -> Thing:
    return replace(thing, radius=float(rng.uniform(*(small if thing.size is Size.SMALL else large))))


def _place_one(rng: np.random.Generator, thing: Thing) -> tuple[Thing, ...]:
    thing = _sized(rng, thing, (8.0, 10.0), (13.5, 18.0))
    return (replace(thing, x=float(rng.uniform(20, 44)), foot=float(rng.uniform(50, 58))),)


def _place_row(rng: np.random.Generator, things: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Side by side, from left to right in the given order."""
    if len(things) == 2:
        centres: tuple[float, ...] = (17.0, 47.0)
        small, large = (7.5, 9.0), (11.5, 13.5)
    else:
        centres, small, large = (11.5, 32.0, 52.5), (6.6, 7.4), (8.8, 9.6)
    placed = []
    for thing, centre in zip(things, centres, strict=True):
        thing = _sized(rng, thing, small, large)
        slack = 2.4 if len(things) == 2 else 0.8
        placed.append(replace(thing, x=centre + float(rng.uniform(-slack, slack)), foot=float(rng.uniform(48, 57))))
    return tuple(placed)


def _place_tower(rng: np.random.Generator, upper: Thing, lower: Thing, gap: tuple[float, float]) -> tuple[Thing, Thing]:
    """The first thing over the second, with a gap between them (0: it stands on it)."""
    lower = _sized(rng, lower, (7.5, 9.0), (11.0, 12.5))
    upper = _sized(rng, upper, (7.0, 8.2), (10.0, 11.0))
    x, foot = float(rng.uniform(24, 40)), float(rng.uniform(56, 60))
    lower = replace(lower, x=x, foot=foot, tilt=0.0)
    height = (BOTTOM[lower.shape] + TOP[lower.shape]) * lower.radius
    drift = 0.0 if gap[1] == 0.0 else float(rng.uniform(-3, 3))
    # A thing that stands sinks in a little, so that a round foot touches a round head.
    lift = height + (float(rng.uniform(*gap)) if gap[1] else -0.8)
    return replace(upper, x=x + drift, foot=foot, lift=lift, tilt=0.0), lower


def _place_inside(rng: np.random.Generator, inner: Thing, outer: Thing) -> tuple[Thing, Thing]:
    """The first thing inside the second, which is then a large one made of glass."""
    radius = float(rng.uniform(19.5, 22.5))
    outer = replace(outer, size=Size.LARGE, radius=radius, glass=True, tilt=0.0, texture=Texture.SMOOTH)
    outer = replace(outer, x=float(rng.uniform(26, 38)), foot=float(rng.uniform(57, 60)))
    height, share = HOLLOW[outer.shape]
    inner = replace(inner, size=Size.SMALL, radius=radius * share * float(rng.uniform(0.92, 1.04)), tilt=0.0)
    lift = outer.foot - (outer.y - height * radius) - BOTTOM[inner.shape] * inner.radius
    return replace(inner, x=outer.x, foot=outer.foot, lift=lift), outer


def _place_pair(rng: np.random.Generator, relation: Relation, pair: tuple[Thing, Thing]) -> tuple[Thing, ...]:
    if relation is Relation.ABOVE:
        return _place_tower(rng, *pair, gap=(5.0, 8.0))
    if relation is Relation.ON:
        return _place_tower(rng, *pair, gap=(0.0, 0.0))
    if relation is Relation.INSIDE:
        return _place_inside(rng, *pair)
    return _place_row(rng, pair)


def arrange(things: tuple[Thing, ...], relation: Relation, rng: np.random.Generator) -> tuple[Thing, ...]:
    """Give one to three things their places; a relation is between the first two of exactly two.

    Raises ValueError for none or more than three things, or for a relation without a pair.
    """
    if not 1 <= len(things) <= MOST_THINGS:
        raise ValueError(f"a scene has 1 to {MOST_THINGS} things, not {len(things)}")
    if relation is not Relation.NONE and len(things) != 2:
        raise ValueError(f"the relation {relation.value!r} needs exactly two things, not {len(things)}")
    if len(things) == 1:
        return _place_one(rng, things[0])
    return _place_row(rng, things) if len(things) == 3 else _place_pair(rng, relation, (things[0], things[1]))


def _kinds(rng: np.random.Generator, held_out: bool, pairs_only: bool) -> tuple[tuple[Thing, ...], Relation]:
    """What the scene shows, before it has places: one thing, some alike, a pair, or three in a row."""
    plan = "pair" if pairs_only else _pick(rng, ("one", "alike", "pair", "row"), (0.2, 0.18, 0.5, 0.12))
    special = [False] * MOST_THINGS
    if held_out:
        special[int(rng.integers({"one": 1, "alike": 1, "pair": 2, "row": 3}[plan]))] = True
    things = tuple(_thing(rng, ask) for ask in special)
    if plan == "one":
        return things[:1], Relation.NONE
    if plan == "alike":
        return (things[0],) * int(rng.integers(2, MOST_THINGS + 1)), Relation.NONE
    if plan == "row":
        return things, Relation.NONE
    while (things[0].shape, things[0].colour) == (things[1].shape, things[1].colour):
        things = (things[0], _thing(rng, special[1]), things[2])
    return things[:2], _pick(rng, RELATIONS[1:], (0.34, 0.22, 0.22, 0.22))


def sample_scene(seed: int, index: int, *, held_out: bool = False, pairs_only: bool = False) -> Scene:
    """Draw scene number `index` of the world with this seed; the same two numbers give the same scene anywhere.

    With `held_out` at least one thing has a pair of colour and shape from `HELD_OUT`, otherwise none has.
    With `pairs_only` it shows two things and a relation between them.
    """
    rng = np.random.default_rng((seed, index, int(held_out), int(pairs_only)))
    kinds, relation = _kinds(rng, held_out, pairs_only)
    things = tuple(
        replace(thing, tilt=float(rng.uniform(-0.12, 0.12)), hue=float(rng.uniform(-1, 1))) for thing in kinds
    )
    things = arrange(things, relation, rng)
    background, light = _pick(rng, BACKGROUNDS), _pick(rng, LIGHTS)
    a, b, c, d = (float(value) for value in rng.uniform(size=4))
    return Scene(things, relation, background, light, (a, b, c, d))

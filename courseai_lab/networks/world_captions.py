"""Captions of the captioned world: writing them with synonyms and paraphrase, and reading them back.

Reading is honest about what it does not know: unknown words are named, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from courseai_lab.networks.world import (
    Background,
    Colour,
    Light,
    Relation,
    Scene,
    Shape,
    Size,
    Texture,
    Thing,
)

T = TypeVar("T")

_SHAPE_WORDS: dict[Shape, tuple[str, ...]] = {
    Shape.BALL: ("ball", "sphere"),
    Shape.CUBE: ("cube", "box"),
    Shape.CONE: ("cone",),
    Shape.CYLINDER: ("cylinder", "drum"),
    Shape.STAR: ("star",),
    Shape.HEART: ("heart",),
    Shape.RING: ("ring", "donut"),
    Shape.GEM: ("gem", "diamond"),
}
_COLOUR_WORDS: dict[Colour, tuple[str, ...]] = {
    Colour.RED: ("red", "crimson"),
    Colour.ORANGE: ("orange",),
    Colour.YELLOW: ("yellow", "golden"),
    Colour.GREEN: ("green",),
    Colour.BLUE: ("blue",),
    Colour.PURPLE: ("purple", "violet"),
    Colour.PINK: ("pink",),
    Colour.WHITE: ("white",),
}
_TEXTURE_WORDS: dict[Texture, tuple[str, ...]] = {
    Texture.SMOOTH: ("smooth",),
    Texture.STRIPED: ("striped",),
    Texture.DOTTED: ("dotted", "spotted"),
    Texture.CHECKED: ("checked", "checkered"),
}
_SIZE_WORDS: dict[Size, tuple[str, ...]] = {
    Size.SMALL: ("small", "little", "tiny"),
    Size.LARGE: ("large", "big", "huge"),
}
_BACKGROUND_PHRASES: dict[Background, tuple[str, ...]] = {
    Background.PLAIN: ("before a plain wall", "in a studio"),
    Background.SKY: ("under a blue sky", "by day on the sand"),
    Background.GRASS: ("on the grass", "in a meadow"),
    Background.NIGHT: ("at night", "under the moon"),
}
_LIGHT_PHRASES: dict[Light, tuple[str, ...]] = {
    Light.LEFT: ("lit from the left",),
    Light.RIGHT: ("lit from the right",),
    Light.ABOVE: ("lit from above",),
}
_RELATION_PHRASES: dict[Relation, tuple[str, ...]] = {
    Relation.LEFT_OF: ("left of", "on the left of", "to the left of"),
    Relation.ABOVE: ("above", "over"),
    Relation.ON: ("on", "on top of"),
    Relation.INSIDE: ("inside", "in", "within"),
}
# The same relations told from the second thing's side.
_INVERSE_PHRASES: dict[Relation, tuple[str, ...]] = {
    Relation.LEFT_OF: ("right of", "on the right of", "to the right of"),
    Relation.ABOVE: ("below", "under"),
    Relation.ON: ("under and touching",),
    Relation.INSIDE: ("around", "containing"),
}
_COUNTS = {"a": 1, "an": 1, "one": 1, "the": 1, "two": 2, "three": 3}
_NUMBERS = {2: "two", 3: "three"}
_PLURALS = {"box": "boxes"}
_FILLERS = {"and", "then", "of", "picture", "photo", ",", "with"}


def _table(words: Mapping[T, tuple[str, ...]]) -> dict[tuple[str, ...], T]:
    return {tuple(phrase.split()): value for value, phrases in words.items() for phrase in phrases}


def plural(noun: str) -> str:
    return _PLURALS.get(noun, noun + "s")


_NOUNS = {name: shape for shape, names in _SHAPE_WORDS.items() for noun in names for name in (noun, plural(noun))}
_MANY = {plural(noun) for names in _SHAPE_WORDS.values() for noun in names}
_COLOURS = {word: colour for colour, words in _COLOUR_WORDS.items() for word in words}
_TEXTURES = {word: texture for texture, words in _TEXTURE_WORDS.items() for word in words}
_SIZES = {word: size for size, words in _SIZE_WORDS.items() for word in words}
_BACKGROUNDS, _LIGHTS = _table(_BACKGROUND_PHRASES), _table(_LIGHT_PHRASES)
_RELATIONS = {words: (value, False) for words, value in _table(_RELATION_PHRASES).items()} | {
    words: (value, True) for words, value in _table(_INVERSE_PHRASES).items()
}
_LONGEST = 5


def _vocabulary() -> tuple[str, ...]:
    phrases: Iterable[tuple[str, ...]] = (*_BACKGROUNDS, *_LIGHTS, *_RELATIONS)
    words = {word for phrase in phrases for word in phrase}
    words |= _NOUNS.keys() | _COLOURS.keys() | _TEXTURES.keys() | _SIZES.keys() | _COUNTS.keys() | _FILLERS
    return tuple(sorted(words))


WORDS: tuple[str, ...] = _vocabulary()
"""Every word that captions use, sorted; a tokenizer adds its own marks."""


def split_words(text: str) -> list[str]:
    """Lower-case words and commas; other punctuation separates words."""
    kept = "".join(c if c.isalnum() or c == "-" else " , " if c == "," else " " for c in text.lower())
    return kept.split()


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of thing that a prompt asks for; None where it leaves the choice open."""

    shape: Shape
    colour: Colour | None = None
    texture: Texture | None = None
    size: Size | None = None
    count: int = 1

    def fits(self, thing: Thing) -> bool:
        """Whether a thing is of this kind, in all that was asked (its count aside)."""
        pairs = ((self.colour, thing.colour), (self.texture, thing.texture), (self.size, thing.size))
        return self.shape is thing.shape and all(asked in (None, found) for asked, found in pairs)


@dataclass(frozen=True, slots=True)
class Request:
    """What a prompt asks for. The relation is between the first two kinds; `unknown` are words nobody taught."""

    things: tuple[Asked, ...]
    relation: Relation = Relation.NONE
    background: Background | None = None
    light: Light | None = None
    unknown: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(thing.count for thing in self.things)


@dataclass(slots=True)
class _Reading:
    things: list[Asked] = field(default_factory=list)
    adjectives: dict[str, object] = field(default_factory=dict)
    relation: Relation = Relation.NONE
    inverse: bool = False
    background: Background | None = None
    light: Light | None = None
    unknown: list[str] = field(default_factory=list)

    def phrase(self, words: tuple[str, ...]) -> bool:
        """Take a known phrase of exactly these words."""
        if words in _BACKGROUNDS:
            self.background = _BACKGROUNDS[words]
        elif words in _LIGHTS:
            self.light = _LIGHTS[words]
        elif words in _RELATIONS:
            self._relate(words)
        else:
            return False
        return True

    def _relate(self, words: tuple[str, ...]) -> None:
        """One relation, between the first two things: a further one is not understood, and said so."""
        self.adjectives = {}
        if len(self.things) == 1:
            self.relation, self.inverse = _RELATIONS[words]
        elif self.things:
            self.unknown.append(" ".join(words))

    def word(self, word: str) -> None:
        if word in _NOUNS:
            count = self.adjectives.pop("count", 1)
            if word in _MANY and count == 1:
                count = 2
            self.things.append(Asked(_NOUNS[word], count=count, **self.adjectives))  # type: ignore[arg-type]
            self.adjectives = {}
        elif word in _COLOURS:
            self.adjectives["colour"] = _COLOURS[word]
        elif word in _TEXTURES:
            self.adjectives["texture"] = _TEXTURES[word]
        elif word in _SIZES:
            self.adjectives["size"] = _SIZES[word]
        elif word in _COUNTS:
            self.adjectives["count"] = _COUNTS[word]
        elif word not in _FILLERS:
            self.unknown.append(word)


def read_caption(text: str) -> Request:
    """What a caption or prompt asks for; an empty text asks for nothing."""
    words, reading, at = split_words(text), _Reading(), 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            if reading.phrase(tuple(words[at : at + length])):
                at += length
                break
        else:
            reading.word(words[at])
            at += 1
    things = tuple(reading.things)
    if reading.inverse and len(things) > 1:
        things = (things[1], things[0], *things[2:])
    relation = reading.relation if len(things) > 1 else Relation.NONE
    return Request(things, relation, reading.background, reading.light, tuple(reading.unknown))


def completions(text: str, most: int = 8) -> tuple[str, ...]:
    """Known words that finish the word being typed; nothing after a finished (or unknown) word."""
    typed = split_words(text)
    if not typed or text[-1:].isspace():
        return ()
    return tuple(word for word in WORDS if word.startswith(typed[-1]) and word != typed[-1])[:most]


def _one_of(rng: np.random.Generator | None, choices: tuple[str, ...]) -> str:
    return choices[0] if rng is None else choices[int(rng.integers(len(choices)))]


def _chance(rng: np.random.Generator | None, p: float) -> bool:
    return rng is not None and float(rng.random()) < p


def _noun_phrase(thing: Thing, rng: np.random.Generator | None, count: int = 1) -> str:
    """An article or number, adjectives and the noun; without `rng` the plain form: colour, texture if any, shape."""
    size = [_one_of(rng, _SIZE_WORDS[thing.size])] if _chance(rng, 0.4) else []
    textured = thing.texture is not Texture.SMOOTH
    say = (textured and not _chance(rng, 0.1)) or _chance(rng, 0.06)
    if thing.glass:
        size, say = [], False
    texture = [_one_of(rng, _TEXTURE_WORDS[thing.texture])] if say else []
    words = [*size, *texture, _one_of(rng, _COLOUR_WORDS[thing.colour])]
    noun = _one_of(rng, _SHAPE_WORDS[thing.shape])
    if count > 1:
        return " ".join((_NUMBERS[count], *words, plural(noun)))
    article = "an" if words[0][0] in "aeiou" else "a"
    return " ".join((article, *words, noun))


def _things_phrase(scene: Scene, rng: np.random.Generator | None) -> str:
    things = scene.things
    if scene.alike and scene.relation is Relation.NONE:
        return _noun_phrase(things[0], rng, len(things))
    names = [_noun_phrase(thing, rng) for thing in things]
    if scene.relation is Relation.NONE:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    if scene.relation is not Relation.ON and _chance(rng, 0.4):
        return f"{names[1]} {_one_of(rng, _INVERSE_PHRASES[scene.relation])} {names[0]}"
    return f"{names[0]} {_one_of(rng, _RELATION_PHRASES[scene.relation])} {names[1]}"


def write_caption(scene: Scene, rng: np.random.Generator | None = None) -> str:
    """A caption of a scene. Without `rng` the plain one; with it synonyms, order and what is left unsaid vary."""
    parts = [_things_phrase(scene, rng)]
    if rng is None or _chance(rng, 0.6):
        parts.append(_one_of(rng, _BACKGROUND_PHRASES[scene.background]))
    if _chance(rng, 0.2):
        parts.append(_one_of(rng, _LIGHT_PHRASES[scene.light]))
    return " ".join(parts)


def twisted(scene: Scene, rng: np.random.Generator) -> str:
    """A caption that is wrong about a scene in one respect: a hard negative for contrastive training."""
    things = list(scene.things)
    kind = int(rng.integers(4))
    if len(things) == 2 and scene.relation is not Relation.NONE and kind == 0:
        return write_caption(replace(scene, things=(things[1], things[0])), rng)
    if len(things) >= 2 and not scene.alike and kind <= 2:
        swapped = (
            replace(things[0], colour=things[1].colour, texture=things[1].texture),
            replace(things[1], colour=things[0].colour, texture=things[0].texture),
        )
        if things[0].colour is not things[1].colour and things[0].shape is not things[1].shape:
            return write_caption(replace(scene, things=(*swapped, *things[2:])), rng)
    which = int(rng.integers(len(things)))
    chosen, shapes, colours = things[which], tuple(Shape), tuple(Colour)
    other = replace(chosen, colour=colours[(colours.index(chosen.colour) + int(rng.integers(1, 8))) % 8])
    if rng.random() < 0.5:
        other = replace(chosen, shape=shapes[(shapes.index(chosen.shape) + int(rng.integers(1, 8))) % 8])
    changed = [other] * len(things) if scene.alike else [*things[:which], other, *things[which + 1 :]]
    return write_caption(replace(scene, things=tuple(changed)), rng)

"""The judge: sees which things a picture of the captioned world shows, and whether they are what a prompt asked for.

A centre-point detector (Zhou et al. 2019, Objects as Points) on a 16 x 16 grid. Solid things and glass containers have
a grid of their own, so that a thing inside another is two things. Relations are then geometry, not opinion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.diffusion_blocks import Grow, ResBlock, configured
from courseai_lab.networks.loader import load_into, read_header
from courseai_lab.networks.world import (
    BOTTOM,
    COLOURS,
    EXTENT,
    SHAPES,
    TEXTURES,
    TOP,
    Colour,
    Relation,
    Scene,
    Shape,
    Texture,
)
from courseai_lab.networks.world_captions import Asked, Request

GRID = 16
CELL = EXTENT / GRID
# Channels of one grid: heat, shapes, colours, textures, x and y within the cell, logarithm of the radius.
PARTS = (1, len(SHAPES), len(COLOURS), len(TEXTURES), 3)
THRESHOLD = 0.4


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing found in a picture; places and radius in units of 1/64 of the picture's width, y down."""

    shape: Shape
    colour: Colour
    texture: Texture
    x: float
    y: float
    radius: float
    glass: bool
    confidence: float = 1.0

    def is_asked(self, asked: Asked) -> bool:
        """Whether shape and colour are as asked (textures and sizes are judged apart)."""
        return self.shape is asked.shape and asked.colour in (None, self.colour)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is as the prompt asked: shapes, colours, their number, each colour on its shape, and the relation.

    `right` is all of them. A prompt that asks for no relation has it right.
    """

    shape: bool
    colour: bool
    count: bool
    binding: bool
    relation: bool

    @property
    def right(self) -> bool:
        return self.count and self.binding and self.relation


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """Channels at 16 and at 8 cells a side."""

    middle: int = 48
    deep: int = 96


class Judge(nn.Module):
    """Pictures [image rgb 64 64] in [-1, 1] to grids [image 2 part 16 16]: solid things, then glass."""

    def __init__(self, config: JudgeConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or JudgeConfig()
        self.enter = nn.Conv2d(48, c.middle, 3, padding=1)
        self.shrink = nn.Conv2d(c.middle, c.deep, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(ResBlock(c.deep, c.deep) for _ in range(2))
        self.grow = Grow(c.deep, c.middle)
        self.merge = nn.Conv2d(2 * c.middle, c.deep, 3, padding=1)
        self.norm, self.leave = nn.GroupNorm(8, c.deep), nn.Conv2d(c.deep, 2 * sum(PARTS), 1)
        bias = torch.zeros(2, sum(PARTS))
        bias[:, 0] = -4.0  # most cells are empty: begin by saying so
        self.leave.bias = nn.Parameter(bias.flatten())

    def forward(self, image: Tensor) -> Tensor:
        fine = F.silu(self.enter(F.pixel_unshuffle(image, 4)))
        h = self.shrink(fine)
        for block in self.blocks:
            h = block(h)
        h = F.silu(self.norm(self.merge(torch.cat((self.grow(h), fine), dim=1))))
        return self.leave(h).unflatten(1, (2, -1))  # type: ignore[no-any-return]


def seen_in(scene: Scene) -> list[Seen]:
    """The truth about a scene, as a perfect judge would see it."""
    return [
        Seen(thing.shape, thing.colour, thing.texture, thing.x, thing.y, thing.radius, thing.glass)
        for thing in scene.things
    ]


@torch.no_grad()
def look(judge: Judge, image: Tensor) -> list[list[Seen]]:
    """What the judge sees in pictures [image rgb 64 64] in [-1, 1]."""
    grids = judge(image).cpu()
    heat = grids[:, :, 0].sigmoid()
    peaks = (heat > THRESHOLD) & (heat == F.max_pool2d(heat, 3, 1, 1))
    found: list[list[Seen]] = [[] for _ in range(len(image))]
    for i, layer, row, column in peaks.nonzero().tolist():
        _, shape, colour, texture, box = grids[i, layer, :, row, column].split(PARTS)
        found[i].append(
            Seen(
                SHAPES[int(shape.argmax())],
                COLOURS[int(colour.argmax())],
                TEXTURES[int(texture.argmax())],
                float(column + box[0]) * CELL,
                float(row + box[1]) * CELL,
                float(box[2].clamp(0.5, 4.0).exp()),
                layer == 1,
                float(heat[i, layer, row, column]),
            )
        )
    return found


def stands(relation: Relation, a: Seen, b: Seen) -> bool:
    """Whether `a` stands to `b` as the relation says, by their places and sizes."""
    dx, apart = b.x - a.x, abs(b.x - a.x)
    gap = (b.y - TOP[b.shape] * b.radius) - (a.y + BOTTOM[a.shape] * a.radius)
    inside = not a.glass and b.glass and apart < 0.6 * b.radius and abs(a.y - b.y) < 0.8 * b.radius
    over = not b.glass and apart < 8.0 and a.y < b.y and not inside
    match relation:
        case Relation.LEFT_OF:
            return dx > 8.0 and abs(a.y - b.y) < dx
        case Relation.ABOVE:
            return over and gap > 2.2
        case Relation.ON:
            return over and abs(gap) <= 2.2 + 0.08 * b.radius
        case Relation.INSIDE:
            return inside and a.radius < 0.75 * b.radius
        case Relation.NONE:
            return True


def _among(asked: Iterable[object], found: Iterable[object]) -> bool:
    """Whether everything asked is found, each as often; None asks for anything."""
    wanted = Counter(item for item in asked if item is not None)
    return wanted <= Counter(found)


def judge_request(seen: Sequence[Seen], request: Request) -> Verdict:
    """Compare what is seen with what was asked. Extra things are a wrong count, not a wrong shape."""
    wanted = [asked for asked in request.things for _ in range(asked.count)]
    shape = _among((asked.shape for asked in wanted), (thing.shape for thing in seen))
    colour = _among((asked.colour for asked in wanted), (thing.colour for thing in seen))
    binding = relation = False
    for order in permutations(seen, len(wanted)) if len(wanted) <= len(seen) <= 6 else ():
        if all(thing.is_asked(asked) for thing, asked in zip(order, wanted, strict=True)):
            binding = True
            relation = relation or len(order) < 2 or stands(request.relation, order[0], order[1])
    relation = relation or request.relation is Relation.NONE
    return Verdict(shape, colour, len(seen) == len(wanted), binding, relation)


def load_judge(folder: Path) -> Judge:
    """The shipped judge; raises ModelFileError for a file that is not sound."""
    judge = Judge(configured(JudgeConfig, read_header(folder).config))
    load_into(judge, folder)
    return judge

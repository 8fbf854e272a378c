"""The four backgrounds of the captioned world: a studio, a sandy plain under the sky, a meadow, and night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from courseai_lab.networks.world import BACKGROUNDS, EXTENT, LIGHTS, Background, Light


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What is behind the things, in linear light.

    `colour` [scene y x rgb]; `earth` [scene y x], 1 on the ground and 0 above the horizon; `horizon` [scene y x],
    its height in the picture; `depth` [scene y x], inverse depth; `above`, `below` [scene rgb], the light from the
    sky and from the ground; `shade` [scene], how dark a full shadow is.
    """

    colour: Tensor
    earth: Tensor
    horizon: Tensor
    depth: Tensor
    above: Tensor
    below: Tensor
    shade: Tensor


@dataclass(frozen=True, slots=True)
class _Scenery:
    sky: Tensor  # [scene y x rgb]
    land: Tensor  # [scene y x rgb]
    horizon: Tensor  # [scene y x]
    above: tuple[float, float, float]
    below: tuple[float, float, float]
    shade: float


def _rgb(like: Tensor, *value: float) -> Tensor:
    return like.new_tensor(value)


def _blend(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return b + weight.clamp(0, 1)[..., None] * (a - b)


def _blob(x: Tensor, y: Tensor, cx: Tensor, cy: Tensor, rx: float, ry: float) -> Tensor:
    return torch.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2)


def _plain(v: Tensor, side: Tensor, x: Tensor, y: Tensor) -> _Scenery:
    """A studio sweep: a pastel wall that rolls into its floor."""
    tints = v.new_tensor(
        [[0.50, 0.66, 0.84], [0.86, 0.68, 0.54], [0.56, 0.78, 0.62], [0.76, 0.60, 0.82], [0.80, 0.77, 0.70]]
    )
    place = v[:, 0] * (len(tints) - 1)
    low = place.floor().long().clamp(0, len(tints) - 2)
    tint = torch.lerp(tints[low], tints[low + 1], (place - low)[:, None])[:, None, None]
    glow = _blob(x, y, 32 + 20 * side, torch.full_like(side, 16), 40, 34)
    wall = tint * (0.74 + 0.30 * glow)[..., None]
    floor = tint * (1.0 + 0.10 * (y - 40) / 24 + 0.10 * glow)[..., None]
    roll = torch.sigmoid((y - 38) / 3.0).expand(len(v), -1, -1)
    both = _blend(roll, floor, wall)
    horizon = torch.full_like(roll, 36.0)
    return _Scenery(both, both, horizon, (1.0, 1.0, 1.0), (0.75, 0.72, 0.70), 0.62)


def _sky(v: Tensor, side: Tensor, x: Tensor, y: Tensor) -> _Scenery:
    """A blue sky with two soft clouds over pale sand."""
    height = (y / 42).expand(len(v), -1, -1)
    sky = _blend(height**0.9, _rgb(v, 0.58, 0.80, 0.96), _rgb(v, 0.08, 0.30, 0.74))
    for column, row, wide in ((0, 10.0, 9.0), (1, 21.0, 6.5)):
        cx = (6 + 52 * v[:, column])[:, None, None]
        cy = row + 5 * v[:, 2, None, None] - 2
        puff = _blob(x, y, cx, cy, wide, wide * 0.30)
        puff = puff + 0.8 * _blob(x, y, cx - 0.38 * wide, cy - 1.6, wide * 0.45, wide * 0.32)
        puff = puff + 0.8 * _blob(x, y, cx + 0.35 * wide, cy - 1.0, wide * 0.4, wide * 0.28)
        sky = _blend(0.92 * (2.2 * puff - 0.55).clamp(0, 1), _rgb(v, 0.95, 0.97, 1.0), sky)
    horizon = (40 + 1.2 * torch.sin(x / 11 + 6 * v[:, 3, None, None])).expand_as(height)
    near = ((y - horizon) / 24).clamp(0, 1)
    land = _blend(near, _rgb(v, 0.80, 0.62, 0.36), _rgb(v, 0.86, 0.74, 0.52))
    ripple = torch.sin((y - horizon).clamp_min(0) ** 0.8 * 2.1 + 0.7 * torch.sin(x / 9 + 5 * v[:, 0, None, None]))
    land = land * (1 + 0.03 * ripple * near)[..., None]
    return _Scenery(sky, land, horizon, (0.86, 0.96, 1.10), (0.86, 0.74, 0.56), 0.66)


def _grass(v: Tensor, side: Tensor, x: Tensor, y: Tensor) -> _Scenery:
    """A meadow before a rounder hill, under a pale warm sky with a sun."""
    sky = _blend((y / 40).expand(len(v), -1, -1), _rgb(v, 0.96, 0.88, 0.70), _rgb(v, 0.46, 0.72, 0.88))
    sun = _blob(x, y, 32 + 22 * side, 8 + 5 * v[:, 2, None, None], 5.5, 5.5)
    sky = _blend((1.7 * sun).clamp(0, 1), _rgb(v, 1.0, 0.95, 0.72), sky)
    top = 33 - 5 * _blob(x, y * 0, (10 + 44 * v[:, 0])[:, None, None], torch.zeros_like(side), 17, 1)
    hill = torch.sigmoid((y - top) / 0.5)
    sky = _blend(hill, _rgb(v, 0.20, 0.42, 0.20), sky)
    horizon = (38 + 1.6 * torch.sin(x / 13 + 6.3 * v[:, 1, None, None])).expand_as(hill)
    near = ((y - horizon) / 26).clamp(0, 1)
    land = _blend(near, _rgb(v, 0.13, 0.36, 0.035), _rgb(v, 0.30, 0.56, 0.10))
    wave = torch.sin(3.1 * (y - horizon).clamp_min(0) ** 0.75 + 1.3 * torch.sin(x / 7 + 6 * v[:, 3, None, None]))
    land = land * (1 + 0.10 * wave)[..., None]
    return _Scenery(sky, land, horizon, (0.95, 0.98, 1.0), (0.52, 0.72, 0.34), 0.68)


def _night(v: Tensor, side: Tensor, x: Tensor, y: Tensor) -> _Scenery:
    """A dark blue sky with a moon and a few stars over dim blue ground."""
    height = (y / 42).expand(len(v), -1, -1)
    sky = _blend(height**1.4, _rgb(v, 0.055, 0.075, 0.24), _rgb(v, 0.006, 0.010, 0.055))
    for i in range(5):
        turn = torch.frac(v[:, 1] * 3 + 0.37 * i + 0.13 * i * i)
        rise = torch.frac(v[:, 2] * 2 + 0.618 * i)
        spark = _blob(x, y, (4 + 56 * turn)[:, None, None], (3 + 27 * rise)[:, None, None], 0.75, 0.75)
        sky = sky + (0.75 * spark)[..., None] * _rgb(v, 0.95, 0.95, 1.0)
    cx, cy = 32 + 21 * side + 4 * (v[:, 0, None, None] - 0.5), 9 + 4 * v[:, 3, None, None]
    disc = torch.sigmoid((4.6 - torch.hypot(x - cx, y - cy)) / 0.35)
    bite = torch.sigmoid((4.2 - torch.hypot(x - cx - 2.2, y - cy + 1.0)) / 0.6)
    halo = _blob(x, y, cx, cy, 11, 11)
    sky = sky + (0.10 * halo)[..., None] * _rgb(v, 0.6, 0.7, 1.0)
    sky = _blend(disc * (1 - 0.55 * bite), _rgb(v, 0.90, 0.88, 0.72), sky)
    horizon = (40 + 1.5 * torch.sin(x / 12 + 6.3 * v[:, 0, None, None])).expand_as(height)
    near = ((y - horizon) / 24).clamp(0, 1)
    land = _blend(near, _rgb(v, 0.050, 0.075, 0.13), _rgb(v, 0.075, 0.105, 0.22))
    pool = _blob(x, y, 32 + 6 * side, torch.full_like(side, 54), 30, 9)
    land = land + (0.035 * pool)[..., None] * _rgb(v, 0.7, 0.85, 1.0)
    return _Scenery(sky, land, horizon, (0.34, 0.40, 0.62), (0.14, 0.17, 0.30), 0.75)


_SCENERY: dict[Background, Callable[[Tensor, Tensor, Tensor, Tensor], _Scenery]] = {
    Background.PLAIN: _plain,
    Background.SKY: _sky,
    Background.GRASS: _grass,
    Background.NIGHT: _night,
}
_SIDE = {Light.LEFT: -1.0, Light.RIGHT: 1.0, Light.ABOVE: 0.0}


def backdrop(background: Tensor, light: Tensor, variation: Tensor, x: Tensor, y: Tensor) -> Backdrop:
    """The backgrounds of a batch at picture coordinates x, y [1 y x]; `background`, `light` [scene] are indices."""
    batch, height, width = len(background), y.shape[1], x.shape[2]
    side = x.new_tensor([_SIDE[name] for name in LIGHTS])[light][:, None, None]
    colour = x.new_zeros(batch, height, width, 3)
    earth, horizon = x.new_zeros(batch, height, width), x.new_zeros(batch, height, width)
    above, below, shade = x.new_zeros(batch, 3), x.new_zeros(batch, 3), x.new_zeros(batch)
    for index, name in enumerate(BACKGROUNDS):
        rows = (background == index).nonzero()[:, 0]
        if not len(rows):
            continue
        scenery = _SCENERY[name](variation[rows], side[rows], x, y)
        on_land = ((y - scenery.horizon) * 2 + 0.5).clamp(0, 1)
        colour = colour.index_copy(0, rows, _blend(on_land, scenery.land, scenery.sky))
        earth = earth.index_copy(0, rows, on_land)
        horizon = horizon.index_copy(0, rows, scenery.horizon)
        above[rows], below[rows], shade[rows] = (
            x.new_tensor(scenery.above),
            x.new_tensor(scenery.below),
            scenery.shade,
        )
    depth = ((y - horizon) / (EXTENT - horizon)).clamp(0, 1)
    return Backdrop(colour, earth, horizon, depth, above, below, shade)

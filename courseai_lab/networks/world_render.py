"""Renders scenes of the captioned world, a batch at once, with their exact masks, depth, edges and segmentation.

Every pixel is computed from signed distances in linear light: coverage by the distance to the outline, shade by
Lambert and Blinn-Phong from the light's direction, soft shadows by casting each outline along the light onto the
ground, glass by a Fresnel-like rim. Pure torch: the same on a CPU and on a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d, normalize

from courseai_lab.networks.world import (
    BACKGROUNDS,
    BOTTOM,
    COLOURS,
    EXTENT,
    LIGHTS,
    MOST_THINGS,
    SHAPES,
    TEXTURES,
    Background,
    Colour,
    Light,
    Scene,
    Texture,
)
from courseai_lab.networks.world_ground import Backdrop, backdrop
from courseai_lab.networks.world_shapes import Relief, distance, relief

# Base colours in linear light.
PAINT: dict[Colour, tuple[float, float, float]] = {
    Colour.RED: (0.78, 0.025, 0.03),
    Colour.ORANGE: (0.96, 0.24, 0.008),
    Colour.YELLOW: (0.96, 0.67, 0.02),
    Colour.GREEN: (0.02, 0.40, 0.085),
    Colour.BLUE: (0.018, 0.13, 0.80),
    Colour.PURPLE: (0.22, 0.035, 0.52),
    Colour.PINK: (0.93, 0.20, 0.45),
    Colour.WHITE: (0.86, 0.86, 0.84),
}
# Towards the light: right, up, to the viewer.
TOWARDS: dict[Light, tuple[float, float, float]] = {
    Light.LEFT: (-0.66, 0.60, 0.46),
    Light.RIGHT: (0.66, 0.60, 0.46),
    Light.ABOVE: (0.0, 0.87, 0.49),
}
# Ground covered by the shadow of one unit of height: to the right, and up in the picture.
CAST: dict[Light, tuple[float, float]] = {
    Light.LEFT: (0.75, 0.16),
    Light.RIGHT: (-0.75, 0.16),
    Light.ABOVE: (0.0, 0.13),
}
_NUMBERS = ("x", "foot", "radius", "lift", "tilt", "hue")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A batch of pictures and the truth behind them; `size` pixels a side, values in [0, 1] unless said.

    - `image` [scene rgb y x], sRGB.
    - `masks` [scene thing y x]: the visible share of each pixel, in the order of `Scene.things`; empty slots are 0.
      A thing behind glass stays visible, and the glass is not where the thing is.
    - `depth` [scene y x]: inverse depth, 0 at infinity (the sky) and 1 at the nearest ground.
    - `edges` [scene y x]: outlines and creases, the share of each pixel within half a pixel of one.
    - `labels` [scene y x], integers: 0 behind the horizon, 1 ground, 2 + i for thing i.
    """

    image: Tensor
    masks: Tensor
    depth: Tensor
    edges: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class _Packed:
    """Scenes as tensors, things in the order in which they are painted (far to near, inside before glass)."""

    kind: Tensor  # [scene slot 3] shape, colour, texture; -1 for an empty slot
    place: Tensor  # [scene slot 6] as _NUMBERS
    bottom: Tensor  # [scene slot]
    glass: Tensor  # [scene slot] 0 or 1
    slot: Tensor  # [scene slot] which thing of the scene this is
    background: Tensor  # [scene]
    light: Tensor  # [scene]
    variation: Tensor  # [scene 4]


def _pack(scenes: Sequence[Scene], device: torch.device) -> _Packed:
    kind, place, bottom, glass, slots = [], [], [], [], []
    for scene in scenes:
        count = len(scene.things)
        order = sorted(range(count), key=lambda i: (scene.things[i].glass, scene.things[i].foot, -i))
        if any(thing.lift > 0 for thing in scene.things) and not any(t.glass for t in scene.things):
            order = sorted(range(count), key=lambda i: scene.things[i].lift)
        order += list(range(count, MOST_THINGS))
        things = [scene.things[i] if i < count else None for i in order]
        kind.append(
            [
                (SHAPES.index(t.shape), COLOURS.index(t.colour), TEXTURES.index(t.texture)) if t else (-1,) * 3
                for t in things
            ]
        )
        place.append([[getattr(t, name) for name in _NUMBERS] if t else [0, 0, 1, 0, 0, 0] for t in things])
        bottom.append([BOTTOM[t.shape] if t else 1.0 for t in things])
        glass.append([float(t.glass) if t else 0.0 for t in things])
        slots.append(order)
    return _Packed(
        torch.tensor(kind, device=device),
        torch.tensor(place, dtype=torch.float32, device=device),
        torch.tensor(bottom, dtype=torch.float32, device=device),
        torch.tensor(glass, device=device),
        torch.tensor(slots, device=device),
        torch.tensor([BACKGROUNDS.index(scene.background) for scene in scenes], device=device),
        torch.tensor([LIGHTS.index(scene.light) for scene in scenes], device=device),
        torch.tensor([scene.variation for scene in scenes], dtype=torch.float32, device=device),
    )


@dataclass(frozen=True, slots=True)
class _Slot:
    """One painted layer over the batch: everything per pixel, [scene y x] (+ channels)."""

    cover: Tensor
    relief: Relief
    shadow: Tensor


def _rotated(x: Tensor, y: Tensor, tilt: Tensor) -> tuple[Tensor, Tensor]:
    c, s = torch.cos(tilt), torch.sin(tilt)
    return c * x + s * y, c * y - s * x


def _shadow(shape_index: int, packed: _Packed, rows: Tensor, slot: int, x: Tensor, y: Tensor) -> Tensor:
    """Share of the light that this slot's things take from the ground at picture point (x, y)."""
    px, foot, radius, lift, tilt, _ = packed.place[rows, slot, :, None, None].unbind(1)
    cast = x.new_tensor([CAST[light] for light in LIGHTS])[packed.light[rows]]
    across, up = cast[:, 0, None, None], cast[:, 1, None, None]
    height = (foot + 0.1 * radius - y) / up  # of the point whose shadow falls here
    u = (x - height * across - px) / radius
    v = (height - lift - packed.bottom[rows, slot, None, None] * radius) / radius
    d = distance(SHAPES[shape_index], *_rotated(u, v, -tilt)) * radius
    blur = 1.2 + 0.05 * height.clamp(0, 60)
    solid = (0.5 - d / (2 * blur)).clamp(0, 1)
    solid = solid * solid * (3 - 2 * solid) * (1 / (1 + 0.012 * height.clamp_min(0)))
    near = torch.exp(-1.6 * (((x - px) / (0.85 * radius)) ** 2 + ((y - foot) / (0.26 * radius)) ** 2))
    contact = near / (1 + (lift / 4.0) ** 2)
    strength = torch.where(packed.glass[rows, slot] > 0, 0.4, 1.0)[:, None, None]
    return strength * torch.maximum(0.78 * solid, 0.8 * contact)


def _layer(packed: _Packed, slot: int, x: Tensor, y: Tensor, pixel: float) -> _Slot:
    """Coverage, relief and ground shadow of painted layer `slot`; shapes are evaluated group by group."""
    batch, size = packed.kind.shape[0], x.shape[-1]
    like = x.new_zeros(batch, size, size)
    cover, shadow, s, t = like, like.clone(), like.clone(), like.clone()
    facet, normal = like.clone(), x.new_zeros(batch, size, size, 3)
    for index, shape in enumerate(SHAPES):
        rows = (packed.kind[:, slot, 0] == index).nonzero()[:, 0]
        if not len(rows):
            continue
        px, foot, radius, lift, tilt, _ = packed.place[rows, slot, :, None, None].unbind(1)
        middle = foot - lift - packed.bottom[rows, slot, None, None] * radius
        u, v = _rotated((x - px) / radius, (middle - y) / radius, -tilt)
        d = distance(shape, u, v)
        cover = cover.index_copy(0, rows, (0.5 - d * radius / pixel).clamp(0, 1))
        shadow = shadow.index_copy(0, rows, _shadow(index, packed, rows, slot, x, y))
        found = relief(shape, u, v)
        normal = normal.index_copy(0, rows, found.normal)
        s, t = s.index_copy(0, rows, found.s), t.index_copy(0, rows, found.t)
        facet = facet.index_copy(0, rows, found.facet)
    return _Slot(cover, Relief(normal, s, t, facet), shadow)


def _pattern(packed: _Packed, slot: int, found: Relief, pixel: float) -> Tensor:
    """Share of the second colour, [scene y x]: stripes, dots or checks of about seven units' period."""
    radius = packed.place[:, slot, 2, None, None]
    period = (6.2 / radius).clamp_min(0.46)
    a, b = found.s / period, found.t / period
    soft = (period * radius / pixel / torch.pi).clamp_min(1.0)
    stripes = torch.sin(2 * torch.pi * (0.82 * b + 0.57 * a))
    checks = torch.sin(torch.pi * a * 1.15) * torch.sin(torch.pi * b * 1.15) * 2
    row = torch.floor(b * 1.1)
    fa, fb = a * 1.1 + 0.5 * torch.remainder(row, 2), b * 1.1 - row
    dots = 2.6 * (0.34 - torch.hypot(fa - torch.floor(fa) - 0.5, fb - 0.5)) * 2
    kind = packed.kind[:, slot, 2, None, None]
    chosen = torch.full_like(a, -9.0)
    for texture, wave in ((Texture.STRIPED, stripes), (Texture.DOTTED, dots), (Texture.CHECKED, checks)):
        chosen = torch.where(kind == TEXTURES.index(texture), wave, chosen)
    return (0.5 + chosen * soft).clamp(0, 1)


def _paint(packed: _Packed, slot: int, found: Relief, pixel: float) -> Tensor:
    """Albedo in linear light, [scene y x rgb]."""
    table = found.s.new_tensor([PAINT[colour] for colour in COLOURS])
    base = table[packed.kind[:, slot, 1].clamp_min(0)]
    hue = packed.place[:, slot, 5, None]
    base = (base * (1 + 0.10 * hue) + 0.012 * hue.abs()).clamp(0, 1)
    white = packed.kind[:, slot, 1, None] == COLOURS.index(Colour.WHITE)
    second = torch.where(white, base.new_tensor((0.20, 0.24, 0.33)), 0.9 * base.new_tensor((0.95, 0.93, 0.88)))
    share = _pattern(packed, slot, found, pixel)[..., None]
    return base[:, None, None] * (1 - share) + second[:, None, None] * share


def _lit(packed: _Packed, slot: int, layer: _Slot, ground: Backdrop, pixel: float) -> tuple[Tensor, Tensor]:
    """Colour [scene y x rgb] and opacity [scene y x] of one layer under the scene's light."""
    normal = layer.relief.normal
    towards = normalize(normal.new_tensor([TOWARDS[light] for light in LIGHTS]), dim=-1)[packed.light]
    towards = towards[:, None, None]
    half = normalize(towards + towards.new_tensor((0.0, 0.0, 1.0)), dim=-1)
    diffuse = (normal * towards).sum(-1).clamp_min(0)
    wrapped = (((normal * towards).sum(-1) + 0.35) / 1.35).clamp_min(0)
    shine = (normal * half).sum(-1).clamp_min(0)
    night = (packed.background == BACKGROUNDS.index(Background.NIGHT)).to(normal.dtype)[:, None, None]
    sky_share = (0.5 + 0.5 * normal[..., 1])[..., None]
    ambient = 0.34 * (ground.above[:, None, None] * sky_share + ground.below[:, None, None] * (1 - sky_share))
    sun = (0.62 * diffuse + 0.34 * wrapped) * (1 - 0.12 * night)
    albedo = _paint(packed, slot, layer.relief, pixel)
    rim = (1 - normal[..., 2]).clamp(0, 1) ** 3
    colour = albedo * (sun[..., None] + ambient) + 0.10 * rim[..., None] * ground.above[:, None, None]
    colour = colour + (0.34 * shine**42 + 0.05 * shine**6)[..., None]
    glass = packed.glass[:, slot, None, None]
    see = 0.26 + 0.62 * (1 - normal[..., 2]).clamp(0, 1) ** 1.5 + 0.5 * shine**42
    return colour, layer.cover * torch.where(glass > 0, see.clamp(0, 0.96), 1.0)


def _seams(names: Tensor) -> Tensor:
    """Where neighbouring samples have different numbers, [scene y x]."""
    right = (names[:, :, 1:] != names[:, :, :-1]).to(torch.float32)
    below = (names[:, 1:] != names[:, :-1]).to(torch.float32)
    seams = torch.zeros_like(names, dtype=torch.float32)
    seams[:, :, 1:] += right
    seams[:, 1:] += below
    return seams.clamp(0, 1)


def srgb(linear: Tensor) -> Tensor:
    """Linear light to sRGB (IEC 61966-2-1), both in [0, 1]."""
    linear = linear.clamp(0, 1)
    return torch.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp_min(1e-8) ** (1 / 2.4) - 0.055)


def render(scenes: Sequence[Scene], size: int = 64, device: torch.device | str = "cpu", samples: int = 2) -> Rendered:
    """Render scenes at `size` pixels a side with `samples` x `samples` samples a pixel.

    Raises ValueError for no scenes or a size under 8.
    """
    if not scenes or size < 8 or samples < 1:
        raise ValueError("rendering needs at least one scene, a size of 8 or more and one sample or more")
    packed = _pack(scenes, torch.device(device))
    fine = size * samples
    pixel = EXTENT / fine
    axis = (torch.arange(fine, device=packed.place.device, dtype=torch.float32) + 0.5) * pixel
    x, y = axis[None, None, :].expand(1, fine, fine), axis[None, :, None].expand(1, fine, fine)
    ground = backdrop(packed.background, packed.light, packed.variation, x, y)
    layers = [_layer(packed, slot, x, y, pixel) for slot in range(MOST_THINGS)]
    light = torch.ones_like(ground.earth)
    for layer in layers:
        light = light * (1 - layer.shadow * ground.earth * ground.shade[:, None, None])
    image = ground.colour * light[..., None]
    masks = image.new_zeros(len(scenes), MOST_THINGS, fine, fine)
    depth, names = ground.depth, ground.earth.round()
    for number, layer in enumerate(layers):
        colour, opacity = _lit(packed, number, layer, ground, pixel)
        image = image + opacity[..., None] * (colour - image)
        glass = packed.glass[:, number, None, None] > 0
        # What is inside glass would be lost in its tint at this size: let more of it through.
        opacity = torch.where(glass, opacity * (1 - 0.62 * masks.sum(1).clamp(0, 1)), opacity)
        hidden = torch.where(glass, 0.0, layer.cover)[:, None]
        own = torch.where(glass, layer.cover * (1 - masks.sum(1).clamp(0, 1)), layer.cover)
        masks = masks * (1 - hidden)
        masks[:, number] = own
        front = (own > 0.5) | ((layer.cover > 0.5) & ~glass)
        foot = packed.place[:, number, 1, None, None]
        near = ((foot - ground.horizon) / (EXTENT - ground.horizon)).clamp(0.05, 1)
        bulge = packed.place[:, number, 2, None, None] / EXTENT * layer.relief.normal[..., 2]
        depth = torch.where(front, (near + 0.25 * bulge).clamp(0, 1), depth)
        names = torch.where(front, 8 * (number + 2) + layer.relief.facet, names)
    return _gather(packed, image, masks, depth, names, samples)


def _gather(packed: _Packed, image: Tensor, masks: Tensor, depth: Tensor, names: Tensor, samples: int) -> Rendered:
    """Average the samples of each pixel and put the things back into their scenes' order."""
    fine = masks.shape[-1]
    pool = torch.nn.Identity() if samples == 1 else torch.nn.AvgPool2d(samples)
    where = packed.slot[:, :, None, None].expand(-1, -1, fine, fine)
    ordered = torch.empty_like(masks).scatter_(1, where, masks)
    ordered = pool(ordered)
    edges = max_pool2d(_seams(names)[:, None], 3, 1, 1) if samples > 1 else _seams(names)[:, None]
    rest = (1 - ordered.sum(1)).clamp(0, 1)
    earth = avg_pool2d((names == 1).to(torch.float32)[:, None], samples)[:, 0]
    shares = torch.cat(((rest - earth).clamp_min(0)[:, None], earth[:, None], ordered), dim=1)
    return Rendered(
        image=srgb(pool(image.permute(0, 3, 1, 2))).contiguous(),
        masks=ordered,
        depth=pool(depth[:, None])[:, 0],
        edges=pool(edges)[:, 0],
        labels=shares.argmax(1),
    )

"""The eight shapes of the captioned world: outlines as signed distances, and the relief that light falls on.

All functions take the local coordinates of one shape: x to the right and y **up**, the shape's radius being 1.
Distances are negative inside. The star and heart follow Inigo Quilez's 2D distance functions, the ellipse his
first-order bound; the others are derived here from half-planes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from courseai_lab.networks.world import Shape

_CUBE_HALF, _CUBE_SLOPE, _CUBE_TOP = 0.9, 0.42, 0.24
_RING_MIDDLE, _RING_HALF = 0.74, 0.26
_EDGE = 0.035


@dataclass(frozen=True, slots=True)
class Relief:
    """What a shape shows to the light, per pixel.

    `normal` [..., 3] points right, up and towards the viewer; `s`, `t` [...] run over the surface and carry the
    texture; `facet` [...] numbers the flat sides, so that their creases are edges.
    """

    normal: Tensor
    s: Tensor
    t: Tensor
    facet: Tensor


def _ellipse(x: Tensor, y: Tensor, rx: float, ry: float) -> Tensor:
    k0 = torch.hypot(x / rx, y / ry)
    k1 = torch.hypot(x / rx**2, y / ry**2).clamp_min(1e-6)
    return k0 * (k0 - 1) / k1


def _ball(x: Tensor, y: Tensor) -> Tensor:
    return torch.hypot(x, y) - 1


def _ring(x: Tensor, y: Tensor) -> Tensor:
    return (torch.hypot(x, y) - _RING_MIDDLE).abs() - _RING_HALF


def _cube(x: Tensor, y: Tensor) -> Tensor:
    slanted = (y.abs() + _CUBE_SLOPE * x.abs() - 1) / math.hypot(1, _CUBE_SLOPE)
    return torch.maximum(x.abs() - _CUBE_HALF, slanted)


def _cone(x: Tensor, y: Tensor) -> Tensor:
    side = 0.886 * x.abs() + 0.464 * (y - 1)
    foot = torch.minimum(-(y + 0.75), _ellipse(x, y + 0.75, 0.9, 0.25))
    return torch.maximum(side, foot)


def _cylinder(x: Tensor, y: Tensor) -> Tensor:
    ends = torch.minimum(y.abs() - 0.73, _ellipse(x, y.abs() - 0.73, 0.8, 0.23))
    return torch.maximum(x.abs() - 0.8, ends)


def _gem(x: Tensor, y: Tensor) -> Tensor:
    return (x.abs() / 0.86 + y.abs() - 1) / math.hypot(1, 1 / 0.86)


def _star(x: Tensor, y: Tensor) -> Tensor:
    """Five points; rounded by 0.06, which the tips' radius of 0.94 leaves room for."""
    radius, an, en = 0.94, math.pi / 5, math.pi / 3.1
    around = torch.remainder(torch.atan2(x, y), 2 * an) - an
    length = torch.hypot(x, y)
    px = length * torch.cos(around) - radius * math.cos(an)
    py = length * torch.sin(around).abs() - radius * math.sin(an)
    along = (-(px * math.cos(en) + py * math.sin(en))).clamp(0.0, radius * math.sin(an) / math.sin(en))
    px, py = px + math.cos(en) * along, py + math.sin(en) * along
    return torch.hypot(px, py) * torch.sign(px) - 0.06


def _heart(x: Tensor, y: Tensor) -> Tensor:
    scale = 1.72
    x, y = x.abs() / scale, (y + 0.97) / scale
    lobe = torch.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    slope = 0.5 * (x + y).clamp_min(0.0)
    near = torch.minimum(x**2 + (y - 1) ** 2, (x - slope) ** 2 + (y - slope) ** 2)
    return torch.where(x + y > 1, lobe, near.sqrt() * torch.sign(x - y)) * scale - 0.03


_DISTANCE: dict[Shape, Callable[[Tensor, Tensor], Tensor]] = {
    Shape.BALL: _ball,
    Shape.CUBE: _cube,
    Shape.CONE: _cone,
    Shape.CYLINDER: _cylinder,
    Shape.STAR: _star,
    Shape.HEART: _heart,
    Shape.RING: _ring,
    Shape.GEM: _gem,
}

# How far from its outline a puffed shape is still rising.
_PUFF = {Shape.BALL: 1.0, Shape.STAR: 0.42, Shape.HEART: 0.55, Shape.RING: _RING_HALF}


def distance(shape: Shape, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance to the outline in units of the radius, negative inside; x to the right, y up."""
    return _DISTANCE[shape](x, y)


def _mix(weight: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return b + weight[..., None] * (a - b)


def _step(value: Tensor, width: float = _EDGE) -> Tensor:
    """0 below -width, 1 above +width, smooth between: a bevelled crease."""
    return ((value / width + 1) / 2).clamp(0, 1)


def _constant(like: Tensor, normal: tuple[float, float, float]) -> Tensor:
    return like.new_tensor(normal).expand(*like.shape, 3)


def _puffed(shape: Shape, x: Tensor, y: Tensor) -> Relief:
    """A cushion: the profile over the distance from the outline is a quarter circle (a ball, a torus exactly)."""
    d, h = distance(shape, x, y), 0.01
    gx = (distance(shape, x + h, y) - d) / h
    gy = (distance(shape, x, y + h) - d) / h
    lean = (1 + d / _PUFF[shape]).clamp(0, 1)
    if shape in (Shape.STAR, Shape.HEART):
        lean = lean * 0.92
    normal = torch.stack((gx * lean, gy * lean, (1 - lean**2).clamp_min(1e-4).sqrt()), dim=-1)
    return Relief(normal, x, y, torch.zeros_like(x))


def _cube_relief(x: Tensor, y: Tensor) -> Relief:
    lid = y - _CUBE_TOP - _CUBE_SLOPE * x.abs()
    on_lid, on_right = _step(lid), _step(x)
    left, right = _constant(x, (-0.68, 0.12, 0.72)), _constant(x, (0.68, 0.12, 0.72))
    normal = _mix(on_lid, _constant(x, (0.0, 0.96, 0.28)), _mix(on_right, right, left))
    depth = (y - 0.62) / 0.38
    s = torch.where(lid > 0, 0.55 * (depth + x / _CUBE_HALF), 1.1 * x.abs() / _CUBE_HALF)
    t = torch.where(lid > 0, 0.55 * (depth - x / _CUBE_HALF), y - _CUBE_SLOPE * x.abs())
    facet = torch.where(lid > 0, 2.0, (x > 0).to(x.dtype))
    return Relief(normal, s, t, facet)


def _cone_relief(x: Tensor, y: Tensor) -> Relief:
    nx = (x / (0.92 * (1 - y) / 1.75).clamp_min(0.02)).clamp(-0.99, 0.99)
    nz = (1 - nx**2).sqrt()
    normal = torch.stack((nx * 0.9, torch.full_like(x, 0.42), nz * 0.9), dim=-1)
    return Relief(normal, torch.asin(nx) * 0.6 * (1 - y) / 1.75, y + 0.22 * nz, torch.zeros_like(x))


def _cylinder_relief(x: Tensor, y: Tensor) -> Relief:
    lid = -_ellipse(x, y - 0.73, 0.8, 0.23)
    nx = (x / 0.82).clamp(-0.99, 0.99)
    side = torch.stack((nx, torch.full_like(x, 0.05), (1 - nx**2).sqrt()), dim=-1)
    normal = _mix(_step(lid), _constant(x, (0.0, 0.96, 0.28)), side)
    wrap = torch.where(lid > 0, x, torch.asin(nx) * 0.8)
    t = torch.where(lid > 0, (y - 0.73) / 0.3, y + 0.28 * (1 - nx**2).sqrt())
    return Relief(normal, wrap, t, (lid > 0).to(x.dtype))


def _gem_relief(x: Tensor, y: Tensor) -> Relief:
    """Four visible faces that meet in a corner left of and below the middle."""
    fx, fy = -0.16, -0.1
    waist = torch.where(x < fx, fy * (x + 0.86) / (fx + 0.86), fy * (0.86 - x) / (0.86 - fx))
    upper = _step(y - waist)
    ridge = torch.where(y > waist, fx * (1 - y) / (1 - fy), fx * (1 + y) / (1 + fy))
    right = _step(x - ridge)
    top = _mix(right, _constant(x, (0.55, 0.62, 0.56)), _constant(x, (-0.6, 0.52, 0.6)))
    low = _mix(right, _constant(x, (0.6, -0.42, 0.68)), _constant(x, (-0.62, -0.5, 0.6)))
    facet = 2 * (y > waist).to(x.dtype) + (x > ridge).to(x.dtype)
    return Relief(_mix(upper, top, low), x - ridge, y - waist, facet)


_RELIEF: dict[Shape, Callable[[Tensor, Tensor], Relief]] = {
    Shape.CUBE: _cube_relief,
    Shape.CONE: _cone_relief,
    Shape.CYLINDER: _cylinder_relief,
    Shape.GEM: _gem_relief,
}


def relief(shape: Shape, x: Tensor, y: Tensor) -> Relief:
    """Normal, texture coordinates and facet of a shape at local coordinates inside (or just outside) its outline."""
    found = _RELIEF[shape](x, y) if shape in _RELIEF else _puffed(shape, x, y)
    return Relief(torch.nn.functional.normalize(found.normal, dim=-1), found.s, found.t, found.facet)

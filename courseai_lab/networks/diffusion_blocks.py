"""The blocks that the miniature VAE, text-image encoders and U-Net share, and the trace that viewers read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.loader import ModelFileError

C = TypeVar("C")
M = TypeVar("M", bound=nn.Module)


@dataclass(slots=True)
class Trace:
    """What a forward pass shows when asked: pass one in, read it afterwards.

    `activations`: output of each named block, [image channel y x] (or [text token channel]).
    `attention`: weights of each named attention, [image head query key]; rows sum to 1.
    """

    activations: dict[str, Tensor] = field(default_factory=dict)
    attention: dict[str, Tensor] = field(default_factory=dict)

    def keep(self, name: str, value: Tensor) -> None:
        self.activations[name] = value.detach()

    def attend(self, name: str, weights: Tensor) -> None:
        self.attention[name] = weights.detach()


def fast_layout(module: M) -> M:
    """The module with its weights channels-last, the layout in which convolutions are quickest; in place."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def note(trace: Trace | None, name: str, value: Tensor) -> Tensor:
    """`value`, kept in the trace where there is one."""
    if trace is not None:
        trace.keep(name, value)
    return value


def configured(kind: type[C], config: Mapping[str, Any], most: int = 4096) -> C:
    """A configuration record of positive integers from a weights file's metadata.

    Raises ModelFileError for a missing or unknown field, or a value that is not an integer from 1 to `most`.
    """
    names = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    if names != set(config):
        raise ModelFileError(f"The configuration must have exactly {sorted(names)}, not {sorted(config)}.")
    for name, value in config.items():
        if type(value) is not int or not 1 <= value <= most:
            raise ModelFileError(f"The configuration's {name!r} must be an integer from 1 to {most}, not {value!r}.")
    return kind(**config)


class ResBlock(nn.Module):
    """Norm, SiLU, 3 x 3 convolution, twice, plus the input (He et al. 2016, pre-activation).

    With `embedding` channels, a time embedding scales and shifts the second norm (Dhariwal & Nichol 2021).
    """

    def __init__(self, inner: int, outer: int, embedding: int = 0) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, inner), nn.Conv2d(inner, outer, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, outer), nn.Conv2d(outer, outer, 3, padding=1)
        self.time = nn.Linear(embedding, 2 * outer) if embedding else None
        self.skip = nn.Conv2d(inner, outer, 1) if inner != outer else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def modulation(self, embedding: Tensor) -> Tensor:
        """Scale and shift [image 2*outer] of a time embedding [image embedding]; the same for every image of a step."""
        if self.time is None:
            raise ValueError("this block was built without a time embedding")
        return self.time(embedding)  # type: ignore[no-any-return]

    def forward(self, x: Tensor, modulation: Tensor | None = None) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.norm2(h)
        if modulation is not None:
            scale, shift = modulation[:, :, None, None].chunk(2, dim=1)
            h = h * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))  # type: ignore[no-any-return]


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, trace: Trace | None, name: str) -> Tensor:
    """softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017) for q [b head query d], k and v [b head key d].

    `mask` [b 1 1 key] is True where a key may be attended to. Only a traced pass forms the weights.
    """
    if trace is None:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])  # [b head query key]
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1)
    trace.attend(name, weights)
    return weights @ v


def heads(x: Tensor, count: int) -> Tensor:
    """[b token channel] -> [b head token channel/head]"""
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def unheads(x: Tensor) -> Tensor:
    """[b head token channel/head] -> [b token channel]"""
    return x.transpose(1, 2).flatten(2)


class Grow(nn.Module):
    """Twice the side: a 1 x 1 convolution to four times the channels, shuffled into space (Shi et al. 2016)."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inner, 4 * outer, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.conv(x), 2)

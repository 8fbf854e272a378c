"""The denoising U-Net in the latent space, 8 x 8 x 4, conditioned by cross-attention on a caption's words.

Ho et al. 2020 (U-Net with time embedding), Rombach et al. 2022 (latents, cross-attention), Salimans & Ho 2022
(v-prediction). What does not change between calls is computed once and passed in: `clock` holds the time's share of
every block, `hear` the caption's keys and values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.clip import TextLayer
from courseai_lab.networks.diffusion_blocks import (
    Grow,
    ResBlock,
    Trace,
    attention,
    configured,
    heads,
    note,
    unheads,
)
from courseai_lab.networks.loader import load_into, read_header
from courseai_lab.networks.vae import LATENT_CHANNELS

T_MAX = 1000


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """Channels at 8 and 4 latents a side, of the time embedding and of the caption's words; attention heads.

    `words` is the width of what the text encoder gives, `layers` how many layers of the U-Net's own read it.
    """

    base: int = 64
    deep: int = 96
    embedding: int = 128
    words: int = 192
    context: int = 96
    layers: int = 2
    heads: int = 4


Clock = list[Tensor]
"""Scale and shift of each residual block at one time, [1 2*channel] or [image 2*channel]."""
Heard = list[tuple[Tensor, Tensor, Tensor]]
"""Keys, values [text head token d] and the mask [text 1 1 token] of each cross-attention."""


def time_embedding(t: Tensor, width: int) -> Tensor:
    """Sines and cosines of t in [0, 1000), wavelengths from 2 pi to 2 pi 10^4 (Vaswani et al. 2017), [image width]."""
    rates = torch.exp(-math.log(10_000.0) * torch.arange(width // 2, device=t.device) / (width // 2))
    angle = t[:, None].to(torch.float32) * rates
    return torch.cat((torch.cos(angle), torch.sin(angle)), dim=1)


class Look(nn.Module):
    """Self-attention among places, then cross-attention from places to words, then a perceptron; each is added."""

    def __init__(self, channels: int, context: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.norm1, self.qkv = nn.LayerNorm(channels), nn.Linear(channels, 3 * channels, bias=False)
        self.out1 = nn.Linear(channels, channels)
        self.norm2, self.query = nn.LayerNorm(channels), nn.Linear(channels, channels, bias=False)
        self.keys_values = nn.Linear(context, 2 * channels, bias=False)
        self.out2 = nn.Linear(channels, channels)
        self.norm3, self.up = nn.LayerNorm(channels), nn.Linear(channels, 2 * channels)
        self.down = nn.Linear(2 * channels, channels)

    def hear(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values of a caption's word features [text token context]."""
        k, v = (heads(part, self.count) for part in self.keys_values(words).chunk(2, dim=-1))
        return k, v, mask

    def forward(self, x: Tensor, heard: tuple[Tensor, Tensor, Tensor], trace: Trace | None, name: str) -> Tensor:
        side = x.shape[-1]
        h = x.flatten(2).transpose(1, 2)  # [image place channel]
        q, k, v = (heads(part, self.count) for part in self.qkv(self.norm1(h)).chunk(3, dim=-1))
        h = h + self.out1(unheads(attention(q, k, v, None, trace, f"{name}.self")))
        keys, values, mask = heard
        q = heads(self.query(self.norm2(h)), self.count)
        h = h + self.out2(unheads(attention(q, keys, values, mask, trace, f"{name}.cross")))
        h = h + self.down(F.gelu(self.up(self.norm3(h))))
        return h.transpose(1, 2).unflatten(2, (side, side))


class Reader(nn.Module):
    """The U-Net's own layers over the caption's words, trained with it (as in Rombach et al. 2022, section 4.3.1).

    They begin as nothing: the first half of the conditioning, the text encoder's features, passes unchanged.
    """

    def __init__(self, c: UNetConfig) -> None:
        super().__init__()
        self.narrow = nn.Linear(c.words, c.context)
        layers = [TextLayer(c.context, c.heads) for _ in range(c.layers)]
        self.layers = nn.ModuleList(layers)
        nn.init.normal_(self.narrow.weight, std=0.02)
        with torch.no_grad():
            self.narrow.weight[:, : c.context] = torch.eye(c.context)
            self.narrow.bias.zero_()
        for layer in layers:
            layer.pass_through()

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """[text token words] -> [text token context]"""
        x = self.narrow(words)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, None, f"reader.{i}")
        return x  # type: ignore[no-any-return]


class UNet(nn.Module):
    """Predicts v = alpha eps - sigma x0 of scaled latents [image 4 8 8] at time t in [0, 1000)."""

    def __init__(self, config: UNetConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or UNetConfig()
        wide = c.embedding
        self.time = nn.Sequential(nn.Linear(wide, wide), nn.SiLU(), nn.Linear(wide, wide), nn.SiLU())
        self.enter = nn.Conv2d(LATENT_CHANNELS, c.base, 3, padding=1)
        self.places = nn.Parameter(0.02 * torch.randn(1, c.base, 8, 8))
        self.down_res, self.down_look = ResBlock(c.base, c.base, wide), Look(c.base, c.context, c.heads)
        self.shrink = nn.Conv2d(c.base, c.deep, 3, stride=2, padding=1)
        self.deep_res1, self.deep_look = ResBlock(c.deep, c.deep, wide), Look(c.deep, c.context, c.heads)
        self.deep_res2 = ResBlock(c.deep, c.deep, wide)
        self.grow = Grow(c.deep, c.base)
        self.up_res, self.up_look = ResBlock(2 * c.base, c.base, wide), Look(c.base, c.context, c.heads)
        self.last_res = ResBlock(c.base, c.base, wide)
        self.norm, self.leave = nn.GroupNorm(8, c.base), nn.Conv2d(c.base, LATENT_CHANNELS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        self.reader = Reader(c)

    def clock(self, t: Tensor) -> Clock:
        """The time's share of every residual block, for times t [image] or, one for all, [1]."""
        embedding = self.time(time_embedding(t, self.config.embedding))
        blocks = (self.down_res, self.deep_res1, self.deep_res2, self.up_res, self.last_res)
        return [block.modulation(embedding) for block in blocks]

    def hear(self, words: Tensor, mask: Tensor) -> Heard:
        """The caption's share of every cross-attention, from the text encoder's conditioning [text token words].

        `mask` [text 1 1 token] is True where there is a word or a mark.
        """
        read = self.reader(words, mask)
        return [look.hear(read, mask) for look in (self.down_look, self.deep_look, self.up_look)]

    def forward(self, x: Tensor, clock: Clock, heard: Heard, trace: Trace | None = None) -> Tensor:
        """v [image 4 8 8]. Traced, it keeps each block's output and the weights of every attention."""
        h = self.enter(x) + self.places
        h = note(trace, "down.res", self.down_res(h, clock[0]))
        skip = note(trace, "down", self.down_look(h, heard[0], trace, "down"))
        h = note(trace, "deep.res1", self.deep_res1(self.shrink(skip), clock[1]))
        h = note(trace, "deep", self.deep_look(h, heard[1], trace, "deep"))
        h = note(trace, "deep.res2", self.deep_res2(h, clock[2]))
        h = torch.cat((self.grow(h), skip), dim=1)
        h = note(trace, "up.res", self.up_res(h, clock[3]))
        h = note(trace, "up", self.up_look(h, heard[2], trace, "up"))
        h = note(trace, "last", self.last_res(h, clock[4]))
        return self.leave(F.silu(self.norm(h)))  # type: ignore[no-any-return]


def load_unet(folder: Path) -> UNet:
    """The shipped U-Net; raises ModelFileError for a file that is not sound."""
    unet = UNet(configured(UNetConfig, read_header(folder).config))
    load_into(unet, folder)
    return unet

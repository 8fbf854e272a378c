"""Text-image encoders in miniature: a caption and its picture end near each other (CLIP, Radford et al. 2021)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.networks.diffusion_blocks import ResBlock, Trace, attention, configured, heads, note, unheads
from courseai_lab.networks.loader import ModelFileError, load_into, read_header
from courseai_lab.networks.world_captions import WORDS, split_words

MAX_TOKENS = 32
PAD, START, END, UNKNOWN = range(4)
MARKS = ("<pad>", "<start>", "<end>", "<unknown>")
_WORD_IDS = {word: index + len(MARKS) for index, word in enumerate(WORDS)}


def tokenize(texts: Sequence[str], device: torch.device | str = "cpu") -> Tensor:
    """Token numbers [text 32]: start, a number a word (one mark for every unknown one), end, padding.

    Raises ValueError for a text of more than 30 words.
    """
    rows = []
    for text in texts:
        words = split_words(text)
        if len(words) > MAX_TOKENS - 2:
            raise ValueError(f"a prompt may have at most {MAX_TOKENS - 2} words, this one has {len(words)}")
        row = [START, *(_WORD_IDS.get(word, UNKNOWN) for word in words), END]
        rows.append(row + [PAD] * (MAX_TOKENS - len(row)))
    return torch.tensor(rows, dtype=torch.long, device=device).view(-1, MAX_TOKENS)


def token_names(tokens: Tensor) -> list[str]:
    """The words and marks of one row of token numbers, [32]."""
    names = (*MARKS, *WORDS)
    return [names[int(token)] for token in tokens]


@dataclass(frozen=True, slots=True)
class ClipConfig:
    """`vocabulary` counts the marks too; `width` and `layers` are the text encoder's, `joint` the shared space's."""

    vocabulary: int = len(WORDS) + len(MARKS)
    width: int = 96
    layers: int = 2
    heads: int = 4
    middle: int = 48
    deep: int = 96
    features: int = 128
    joint: int = 64


class TextLayer(nn.Module):
    """Pre-norm self-attention and a perceptron, each added to its input."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.norm1, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(3 * width, width)

    def pass_through(self) -> None:
        """Set the layer to the identity, from which it can learn."""
        for last in (self.out, self.down):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor, mask: Tensor, trace: Trace | None, name: str) -> Tensor:
        q, k, v = (heads(part, self.count) for part in self.qkv(self.norm1(x)).chunk(3, dim=-1))
        x = x + self.out(unheads(attention(q, k, v, mask, trace, name)))
        return note(trace, name, x + self.down(F.gelu(self.up(self.norm2(x)))))


class TextEncoder(nn.Module):
    """Word features for cross-attention and one embedding for the whole text."""

    def __init__(self, c: ClipConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(c.vocabulary, c.width)
        self.places = nn.Parameter(0.02 * torch.randn(MAX_TOKENS, c.width))
        self.layers = nn.ModuleList(TextLayer(c.width, c.heads) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.width)
        self.project = nn.Linear(c.width, c.joint, bias=False)
        nn.init.normal_(self.words.weight, std=0.1)

    def features(self, tokens: Tensor, trace: Trace | None = None) -> Tensor:
        """Features [text token width] of token numbers [text token], up to 32; padding is attended to by nobody."""
        x = self.words(tokens) + self.places[: tokens.shape[1]]
        mask = key_mask(tokens)
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, trace, f"text.{i}")
        return self.norm(x)  # type: ignore[no-any-return]

    def conditioning(self, tokens: Tensor) -> Tensor:
        """What a U-Net is conditioned on, [text token 2*width]: the features, then each word alone, normalised.

        Contrastive features know the whole caption but blur which word stands where; the words themselves do not.
        """
        alone = self.words(tokens) + self.places[: tokens.shape[1]]
        return torch.cat((self.features(tokens), F.layer_norm(alone, alone.shape[-1:])), dim=-1)

    def forward(self, tokens: Tensor, trace: Trace | None = None) -> Tensor:
        """Unit embeddings [text joint], read at the end mark."""
        features = self.features(tokens, trace)
        end = (tokens == END).to(features.dtype)
        return F.normalize(self.project((features * end[..., None]).sum(1)), dim=-1)


def key_mask(tokens: Tensor) -> Tensor:
    """Where attention may look: everything but padding, [text 1 1 32]."""
    return (tokens != PAD)[:, None, None]


class ImageEncoder(nn.Module):
    """Convolutions to 8 x 8, places, and a layer that sees the whole grid, so that left is not right."""

    def __init__(self, c: ClipConfig) -> None:
        super().__init__()
        self.enter = nn.Conv2d(48, c.middle, 3, padding=1)
        self.shrink = nn.Conv2d(c.middle, c.deep, 3, stride=2, padding=1)
        self.places = nn.Parameter(0.02 * torch.randn(1, c.deep, 8, 8))
        self.blocks = nn.ModuleList(ResBlock(c.deep, c.deep) for _ in range(2))
        self.norm, self.narrow = nn.GroupNorm(8, c.deep), nn.Conv2d(c.deep, 24, 1)
        self.gather = nn.Linear(24 * 64, c.features)
        self.project = nn.Linear(c.features, c.joint, bias=False)

    def features(self, image: Tensor, trace: Trace | None = None) -> Tensor:
        """Features [image features], the space of the Frechet distance, of images [image rgb 64 64] in [-1, 1]."""
        h = note(trace, "image.16", F.silu(self.enter(F.pixel_unshuffle(image, 4))))
        h = self.shrink(h) + self.places
        for i, block in enumerate(self.blocks):
            h = note(trace, f"image.8.{i}", block(h))
        return F.silu(self.gather(self.narrow(F.silu(self.norm(h))).flatten(1)))

    def forward(self, image: Tensor, trace: Trace | None = None) -> Tensor:
        """Unit embeddings [image joint]."""
        return F.normalize(self.project(self.features(image, trace)), dim=-1)


class Clip(nn.Module):
    """Both encoders and the learned temperature of their similarity."""

    def __init__(self, config: ClipConfig | None = None) -> None:
        super().__init__()
        self.config = config or ClipConfig()
        self.text, self.image = TextEncoder(self.config), ImageEncoder(self.config)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def similarity(self, image: Tensor, text: Tensor) -> Tensor:
        """Cosine of unit embeddings times exp(log_scale) (at most 100), [image text]."""
        return self.log_scale.exp().clamp(max=100) * image @ text.T


def load_clip(folder: Path) -> Clip:
    """The shipped encoders; raises ModelFileError for a file that is not sound or has another vocabulary."""
    config = configured(ClipConfig, read_header(folder).config)
    if config.vocabulary != len(WORDS) + len(MARKS):
        raise ModelFileError(f"The encoders know {config.vocabulary} words and marks, the captions use {len(WORDS)}.")
    clip = Clip(config)
    load_into(clip, folder)
    return clip

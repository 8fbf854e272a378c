"""The shipped text-to-image system as panels use it: loaded whole, prompts read honestly, latents to pixels.

system = load_system()
heard = conditioning(system, ["a red ball at night"] * 4)
pictures = decode(system, latents)        # uint8 [image 64 64 rgb]

Nothing here knows a figure by heart: what the networks can do is read from their cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from courseai_lab.kernels.samplers import Grid, Sampler
from courseai_lab.kernels.timesteps import Spacing
from courseai_lab.networks.clip import Clip
from courseai_lab.networks.clip import tokenize as clip_tokens
from courseai_lab.networks.diffusion import Prompted, sampling_grid
from courseai_lab.networks.diffusion import System as Generator
from courseai_lab.networks.diffusion import load_system as load_generator
from courseai_lab.networks.diffusion_judge import Judge, Verdict, judge_request, load_judge, look
from courseai_lab.networks.loader import WEIGHTS, ModelFileError, read_card
from courseai_lab.networks.unet import UNet
from courseai_lab.networks.vae import Vae
from courseai_lab.networks.world_captions import WORDS, Request, completions, read_caption, split_words
from courseai_lab.paths import resource

__all__ = [
    "MOST_WORDS",
    "NAMES",
    "WORDS",
    "Abilities",
    "ModelFileError",
    "Reading",
    "System",
    "abilities",
    "completions",
    "conditioning",
    "decode",
    "image_features",
    "judged",
    "load_system",
    "pixels",
    "read_prompt",
    "sampling_times",
    "split_words",
    "tokens",
]

NAMES = ("scene-clip", "scene-vae", "scene-unet", "scene-judge")
MOST_WORDS = 30
TRUSTED, DOUBTED = 0.8, 0.5
"""Shares of pictures from which on a property is called reliable, and below which it is called doubtful."""


@dataclass(frozen=True, slots=True)
class System:
    """All four shipped networks; `generator` holds the first three put together (sampling, guidance)."""

    clip: Clip
    vae: Vae
    unet: UNet
    judge: Judge
    generator: Generator


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt as the system understands it: what it asks for, the words nobody taught, one sentence about them.

    `trouble` is "" where every word is known; otherwise it says what is ignored and names the nearest known word.
    """

    text: str
    request: Request
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the U-Net's card says that it can do, shares in 0..1, judged by `scene-judge`.

    `single` are captions of one thing, `pairs_right` captions of two things fully right at `best_scale`; `judge_right`
    is how often the judge itself is right about true pictures. Any may be None where a card does not say.
    """

    best_scale: float | None
    colour: float | None
    count: float | None
    shape: float | None
    single_right: float | None
    pairs_right: float | None
    judge_right: float | None
    judged: int | None

    @property
    def provisional(self) -> bool:
        """Whether the system falls short of 85 % of two-thing captions fully right."""
        return self.pairs_right is None or self.pairs_right < 0.85

    def sentence(self) -> str:
        """One sentence with the card's figures: what can be believed in a picture and what cannot."""
        named = (("number", self.count), ("colour", self.colour), ("shape", self.shape))
        known = [(name, share) for name, share in named if share is not None]
        one = ", ".join(f"{name} {_percent(share)}" for name, share in known) or "no figures"
        pairs = "" if self.pairs_right is None else f"; two things fully right {_percent(self.pairs_right)}"
        good = " and ".join(name for name, share in known if share >= TRUSTED)
        poor = " or ".join(name for name, share in known if share < DOUBTED)
        warn = f". Trust {good or 'nothing'}, not {poor}" if poor else ""
        scale = "" if self.best_scale is None else f", scale {self.best_scale:g}"
        return f"The network’s own card (one thing asked{scale}): {one}{pairs}{warn}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u202f%" if 0 < share < 0.1 else f"{100 * share:.0f}\u202f%"


def load_system(models: Path | None = None) -> System:
    """The shipped networks from the folder of models; raises ModelFileError for a file that is not sound.

    Panels share one copy: nothing about it changes, and it is made anew only when a weights file does.
    """
    folder = resource("models") if models is None else models
    return _loaded(folder, tuple(_stamp(folder / name / WEIGHTS) for name in NAMES))


def _stamp(file: Path) -> tuple[int, int]:
    """What changes when a file is written anew; zeros where there is none (the loader says so better)."""
    try:
        stat = file.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=1)
def _loaded(folder: Path, _stamps: tuple[tuple[int, int], ...]) -> System:
    generator = load_generator(folder)
    judge = load_judge(folder / "scene-judge")
    return System(generator.clip, generator.vae, generator.unet, judge, generator)


def abilities(models: Path | None = None) -> Abilities:
    """The figures of the cards; a figure that a card lacks is None. Raises ModelFileError where there is no card."""
    folder = resource("models") if models is None else models
    unet, judge = (read_card(folder / name).figures for name in ("scene-unet", "scene-judge"))
    single = _part(unet, "single")
    judged = _number(unet, "pictures_judged_per_scale")
    return Abilities(
        best_scale=_number(unet, "best_scale"),
        colour=_number(single, "colour"),
        count=_number(single, "count"),
        shape=_number(single, "shape"),
        single_right=_number(single, "right"),
        pairs_right=_number(unet, "two_things_right_at_best_scale"),
        judge_right=_number(_part(judge, "test_decoded"), "right"),
        judged=None if judged is None else int(judged),
    )


def read_prompt(text: str) -> Reading:
    """A prompt read by the captions' grammar; raises ValueError with one sentence for one of more than 30 words."""
    words = tuple(split_words(text))
    if len(words) > MOST_WORDS:
        raise ValueError(f"A prompt has at most {MOST_WORDS} words, this one has {len(words)}.")
    request = read_caption(text)
    # A phrase out of place is known to the tokenizer though the grammar cannot use it: only words can be unknown.
    unknown = tuple(dict.fromkeys(word for word in words if word not in WORDS))
    return Reading(text, request, words, unknown, _trouble(unknown, request))


def _trouble(unknown: tuple[str, ...], request: Request) -> str:
    if unknown:
        near = [(word, get_close_matches(word, WORDS, n=1, cutoff=0.6)) for word in unknown]
        said = ", ".join(f"“{word[:24]}”" + (f" (did you mean “{found[0]}”?)" if found else "") for word, found in near)
        verb = "was" if len(unknown) == 1 else "were"
        mark = "it stands" if len(unknown) == 1 else "each stands"
        return f"{said} {verb} never taught: {mark} for “some word” and tells the network nothing."
    if request.unknown:
        left = ", ".join(f"“{phrase}”" for phrase in request.unknown)
        return f"The judge cannot check {left}: one relation, between the first two things, is understood."
    return ""


def sampling_times(steps: int, sampler: Sampler) -> Grid:
    """The times at which a sampler visits the shipped U-Net.

    Trailing, as in training; but even in lambda for Heun, whose second-order correction multiplies the error of the
    last whole time (noise 20,000 times the signal) by that ratio and ends in glare.
    """
    return sampling_grid(steps, None if sampler is Sampler.HEUN else Spacing.TRAILING)


def conditioning(system: System, prompts: Sequence[str], negative: str = "") -> Prompted:
    """Prompts (one an image) and what to be guided away from, as the U-Net hears them.

    Raises ValueError with one sentence for a prompt of more than 30 words.
    """
    for text in (*dict.fromkeys(prompts), negative):
        read_prompt(text)
    return system.generator.prompted(prompts, negative)


def tokens(prompt: str) -> Tensor:
    """Token numbers [1 32] of one prompt."""
    return clip_tokens([prompt])


@torch.no_grad()
def decode(system: System, latents: Tensor) -> np.ndarray:
    """Pictures of scaled latents [image 4 8 8], uint8 [image 64 64 rgb]."""
    return pixels(system.vae.decode(latents))


def pixels(image: Tensor) -> np.ndarray:
    """Images [image rgb y x] in [-1, 1] as bytes for showing, uint8 [image y x rgb]."""
    scaled = ((image.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())


@torch.no_grad()
def judged(system: System, image: Tensor, requests: Sequence[Request]) -> list[Verdict]:
    """What the judge says of images [image rgb 64 64] in [-1, 1], each beside what was asked for."""
    seen = look(system.judge, image)
    return [judge_request(things, request) for things, request in zip(seen, requests, strict=True)]


@torch.no_grad()
def image_features(system: System, image: Tensor) -> Tensor:
    """The image encoder's features [image feature], the space in which pictures are compared."""
    return system.clip.image.features(image)


def _number(figures: Mapping[str, Any], name: str) -> float | None:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _part(figures: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = figures.get(name)
    return value if isinstance(value, Mapping) else {}

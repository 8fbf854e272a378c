"""Trains the text-image encoders `scene-clip`: python -m courseai_lab.training.diffusion_clip --data DIR --out DIR.

Symmetric cross-entropy over a batch's pairs (Radford et al. 2021, figure 3). Every picture also brings a caption that
is wrong in one respect (a swapped relation, a swapped colour, another shape), which only the pictures' side sees:
without such hard negatives the encoders learn bags of words.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from courseai_lab.networks.clip import Clip, ClipConfig, tokenize
from courseai_lab.networks.diffusion_blocks import fast_layout
from courseai_lab.networks.world import COLOURS, SHAPES, Relation, Scene
from courseai_lab.networks.world_captions import twisted, write_caption
from courseai_lab.training.common import (
    Ema,
    Progress,
    arguments,
    cosine,
    device_name,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    seed_everything,
    set_lr,
    stream,
    write_card,
)
from courseai_lab.training.diffusion_data import Pictures, Split, pictures

JUDGED, GROUP, EVERY = 1024, 256, 50


def caption_rng(seed: int, step: int) -> np.random.Generator:
    """The stream of captions of one training step."""
    return np.random.default_rng((seed, 77, step))


def pair_loss(clip: Clip, image: Tensor, right: Tensor, wrong: Tensor) -> Tensor:
    """Cross-entropy of picture to text (right and wrong ones as candidates) and of text to picture."""
    seen, told = clip.image(image), clip.text(torch.cat((right, wrong)))
    scores = clip.similarity(seen, told)  # [image 2*image]
    target = torch.arange(len(image), device=image.device)
    return 0.5 * (F.cross_entropy(scores, target) + F.cross_entropy(scores[:, : len(image)].T, target))


def fix_words(clip: Clip, ema: Ema) -> None:
    """From now on the words' features are their average and do not learn: a U-Net conditioned on them stays valid.

    The projection to the joint space goes on learning, with the image encoder (Zhai et al. 2022, locked tuning).
    """
    words = {n: v for n, v in ema.weights.items() if n.startswith("text.") and not n.startswith("text.project")}
    clip.load_state_dict(words, strict=False)
    for name, parameter in clip.named_parameters():
        parameter.requires_grad_(name not in words)


def train(data: Pictures, options: argparse.Namespace, checkpoint: Path) -> Clip:
    """The averaged encoders after `options.steps` steps; goes on from the checkpoint where there is one."""
    device = torch.device(options.device)
    seed_everything(options.seed)
    clip = fast_layout(Clip(ClipConfig()).to(device))
    ema, optimizer = Ema(clip, 0.99), torch.optim.AdamW(clip.parameters(), betas=(0.9, 0.98), weight_decay=0.02)
    state, start = load_checkpoint(checkpoint, device), 0
    if state is not None:
        start = state["step"]
        clip.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.load_state_dict(state["ema"])
    if options.lock_text:
        fix_words(clip, ema)
    progress = Progress("clip", options.steps, start)
    for step in range(start, options.steps):
        set_lr(optimizer, cosine(step, options.steps, options.lr, 30))
        index = torch.randperm(len(data), generator=stream(options.seed, "clip", step))[: options.batch]
        scenes, rng = [data.scene(int(i)) for i in index], caption_rng(options.seed, step)
        right = tokenize([write_caption(scene, rng) for scene in scenes], device)
        wrong = tokenize([twisted(scene, rng) for scene in scenes], device)
        image = data.images(index, device).contiguous(memory_format=torch.channels_last)
        loss = pair_loss(clip, image, right, wrong)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(clip.parameters(), 1.0)
        optimizer.step()
        ema.update(clip)
        if (step + 1) % EVERY == 0 or step + 1 == options.steps:
            state = {"step": step + 1, "model": clip.state_dict(), "ema": ema.state_dict()}
            save_checkpoint(checkpoint, state | {"optimizer": optimizer.state_dict()})
        progress(step + 1, loss=loss.item())
    clip.load_state_dict(ema.weights)
    return clip.eval().requires_grad_(False)


@torch.no_grad()
def retrieval(clip: Clip, data: Pictures, device: torch.device | str) -> dict[str, float]:
    """Share of pictures whose own caption is the nearest of 256, and of captions whose picture is, over all groups."""
    to_text, to_image, rng = [], [], np.random.default_rng(5)
    for begin in range(0, len(data) - GROUP + 1, GROUP):
        index = torch.arange(begin, begin + GROUP)
        texts = tokenize([write_caption(data.scene(int(i)), rng) for i in index], device)
        scores = clip.similarity(clip.image(data.images(index, device)), clip.text(texts))
        own = torch.arange(GROUP, device=scores.device)
        to_text.append((scores.argmax(1) == own).float().mean())
        to_image.append((scores.argmax(0) == own).float().mean())
    return {
        "image_to_text@1": float(torch.stack(to_text).mean()),
        "text_to_image@1": float(torch.stack(to_image).mean()),
    }


def _variants(scene: Scene, attribute: str) -> list[Scene]:
    """The scene itself first, then with every other value of one attribute of its first thing, or its pair swapped."""
    first, rest = scene.things[0], scene.things[1:]
    if attribute == "relation":
        return [scene, replace(scene, things=(scene.things[1], scene.things[0]))]
    values = SHAPES if attribute == "shape" else COLOURS
    own = getattr(first, attribute)
    changed = [replace(first, **{attribute: value}) for value in values if value is not own]  # type: ignore[arg-type]
    return [scene, *(replace(scene, things=(thing, *rest)) for thing in changed)]


@torch.no_grad()
def attributes(clip: Clip, data: Pictures, device: torch.device | str, most: int = 384) -> dict[str, float]:
    """Share of pictures for which the true caption beats all captions with another value of the attribute.

    Shape and colour: one right among eight. Relation: the right one against the pair swapped.
    """
    right: dict[str, list[bool]] = {"shape": [], "colour": [], "relation": []}
    for index in range(min(most, len(data))):
        scene = data.scene(index)
        if len(scene.things) > 2 or scene.alike:
            continue
        seen = clip.image(data.images([index], device))  # type: ignore[arg-type]
        for attribute, marks in right.items():
            if attribute == "relation" and scene.relation is Relation.NONE:
                continue
            texts = [write_caption(other) for other in _variants(scene, attribute)]
            marks.append(int(clip.similarity(seen, clip.text(tokenize(texts, device))).argmax()) == 0)
    return {f"{name}_accuracy": float(np.mean(marks)) for name, marks in right.items() if marks}


CARD = """Text-image encoders of the miniature text-to-image system (CLIP in miniature). The text encoder's word
features condition the U-Net; the image encoder's features are the space of the U-Net card's Frechet distance.

`image_to_text@1`: the own caption is the nearest among 256 pairs. `shape_accuracy`, `colour_accuracy`: the true caption
beats the seven with another shape (colour) of the first thing. `relation_accuracy`: it beats the one with both things
swapped. `test` are unseen scenes, `held_out` scenes with a pair of shape and colour that training never shows. Captions
leave things unsaid, so two pictures of 256 can share one caption: retrieval has a ceiling under 1.

Licence and data: all pictures and captions are computed by this repository's own code.
"""


def main(given: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = arguments(__doc__ or "", steps=600)
    parser.add_argument("--batch", type=int, default=128, help="pairs a step (default 128)")
    parser.add_argument("--lr", type=float, default=2e-3, help="peak learning rate (default 0.002)")
    parser.add_argument("--pictures", type=int, default=24576, help="training pictures (default 24576)")
    parser.add_argument("--lock-text", action="store_true", help="go on with the words' features as they are")
    options = parser.parse_args(given)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    data = pictures(options.data, "train", options.pictures, options.seed, device)
    clip = train(data, options, options.work / "scene-clip.pt")
    folder = options.out / "scene-clip"
    size = save_weights(folder, clip.state_dict(), asdict(clip.config))
    figures: dict[str, object] = {
        "parameters": sum(value.numel() for value in clip.parameters()),
        "bytes": size,
        "steps": options.steps,
        "pairs_seen": options.steps * options.batch,
        "seed": options.seed,
        "trained_on": device_name(device),
    }
    splits: tuple[Split, ...] = ("test", "held_out")
    for split in splits:
        judged = pictures(options.data, split, JUDGED, options.seed, device)
        figures[split] = retrieval(clip, judged, device) | attributes(clip, judged, device)
    write_card(folder, "scene-clip", CARD, figures)


if __name__ == "__main__":
    main()

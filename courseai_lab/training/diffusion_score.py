"""How good the miniature text-to-image system is: judged pictures at several scales, and Frechet distances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from courseai_lab.networks.diffusion import System, load_system
from courseai_lab.networks.diffusion_judge import Judge, Verdict, judge_request, load_judge, look
from courseai_lab.networks.world import Scene, sample_scene
from courseai_lab.networks.world_captions import read_caption, write_caption
from courseai_lab.training.common import Progress
from courseai_lab.training.diffusion_data import Pictures, pictures
from courseai_lab.training.diffusion_metrics import frechet

SCALES = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0)
COUNT = 256  # captions judged for each scale and split
_SEED = 9_000


def captions(count: int, *, held_out: bool, pairs: bool) -> list[str]:
    """Captions to be drawn: of pairs with a relation, or of any scene of one thing; synonyms and order vary."""
    texts: list[str] = []
    index = 0
    while len(texts) < count:
        scene = sample_scene(_SEED, index, held_out=held_out, pairs_only=pairs)
        index += 1
        if pairs or len(scene.things) == 1:
            texts.append(write_caption(scene, np.random.default_rng((_SEED, index))))
    return texts


def drawn(system: System, texts: Sequence[str], scale: float, size: int = 64) -> Tensor:
    """One image [image rgb 64 64] for each text, 12 steps of DPM-Solver++(2M), seeds 0, 1, ..."""
    parts = []
    for begin in range(0, len(texts), size):
        part = texts[begin : begin + size]
        parts.append(system.generate(part, range(begin, begin + len(part)), scale=scale, steps=12))
    return torch.cat(parts)


def verdicts(system: System, judge: Judge, texts: Sequence[str], scale: float) -> list[Verdict]:
    """What the judge says of one picture for each text."""
    found = [seen for part in drawn(system, texts, scale).split(64) for seen in look(judge, part)]
    return [judge_request(seen, read_caption(text)) for seen, text in zip(found, texts, strict=True)]


def shares(marks: Sequence[Verdict]) -> dict[str, float]:
    """Share of pictures in which each thing asked is as asked."""
    names = ("shape", "colour", "count", "binding", "relation", "right")
    return {name: round(float(np.mean([getattr(mark, name) for mark in marks])), 4) for name in names}


def by_relation(marks: Sequence[Verdict], texts: Sequence[str]) -> dict[str, float]:
    """Share fully right for each relation asked."""
    asked = [read_caption(text).relation.value for text in texts]
    return {
        name: round(float(np.mean([m.right for m, a in zip(marks, asked, strict=True) if a == name])), 4)
        for name in sorted(set(asked))
    }


@torch.no_grad()
def features(system: System, image: Tensor) -> Tensor:
    """The image encoder's features [image feature]."""
    return torch.cat([system.clip.image.features(part) for part in image.split(64)])


def _scene_captions(data: Pictures, count: int) -> list[str]:
    scenes: list[Scene] = [data.scene(index) for index in range(count)]
    return [write_caption(scene, np.random.default_rng((_SEED, 1, i))) for i, scene in enumerate(scenes)]


def distances(system: System, data: Pictures, scale: float, count: int) -> dict[str, float]:
    """Frechet distances of `count` pictures: generated, and unseen, each against `count` other unseen ones."""
    device = system.unet.places.device
    one, other = (data.images(torch.arange(part * count, (part + 1) * count), device) for part in (0, 1))
    reference = features(system, other)
    made = features(system, drawn(system, _scene_captions(data, count), scale))
    softened = features(system, torch.cat([system.vae.decode(system.vae.encode(part)) for part in one.split(64)]))
    return {
        "generated": round(frechet(made, reference), 3),
        "floor": round(frechet(features(system, one), reference), 3),
        "autoencoded": round(frechet(softened, reference), 3),
    }


@torch.no_grad()
def score(models: Path, data: Path, seed: int, device: torch.device) -> dict[str, object]:
    """All figures of the U-Net's card."""
    count = COUNT
    system, judge = load_system(models), load_judge(models / "scene-judge").to(device)
    for part in (system.clip, system.vae, system.unet):
        part.to(device)
    texts = {
        "test": captions(count, held_out=False, pairs=True),
        "held_out": captions(count, held_out=True, pairs=True),
    }
    by_scale: dict[str, dict[str, dict[str, float]]] = {name: {} for name in texts}
    progress, done = Progress("score", len(SCALES) * len(texts)), 0
    for scale in SCALES:
        for name, lines in texts.items():
            by_scale[name][f"{scale:g}"] = shares(verdicts(system, judge, lines, scale))
            done += 1
            progress(done)
    best = max(SCALES, key=lambda scale: by_scale["test"][f"{scale:g}"]["right"])
    single = captions(count, held_out=False, pairs=False)
    test = pictures(data, "test", 4 * count, seed, device)
    marks = verdicts(system, judge, texts["test"], best)
    return {
        "two_things_by_scale": by_scale,
        "best_scale": best,
        "two_things_right_at_best_scale": by_scale["test"][f"{best:g}"]["right"],
        "held_out_right_at_best_scale": by_scale["held_out"][f"{best:g}"]["right"],
        "right_by_relation_at_best_scale": by_relation(marks, texts["test"]),
        "single": shares(verdicts(system, judge, single, best)),
        "frechet": distances(system, test, best, 2 * count),
        "pictures_judged_per_scale": count,
    }

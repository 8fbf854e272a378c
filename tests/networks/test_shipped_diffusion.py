"""The shipped text-to-image networks: they load, and figures of their cards are measured again on fresh scenes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from courseai_lab.networks.clip import load_clip, tokenize
from courseai_lab.networks.diffusion import System, load_system
from courseai_lab.networks.diffusion_judge import Judge, judge_request, load_judge, look
from courseai_lab.networks.loader import MAX_BYTES, models, read_card
from courseai_lab.networks.vae import load_vae
from courseai_lab.networks.world import Scene, sample_scene
from courseai_lab.networks.world_captions import read_caption, write_caption
from courseai_lab.networks.world_render import render
from courseai_lab.training.diffusion_metrics import psnr
from courseai_lab.training.diffusion_score import captions, shares, verdicts

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models"
NAMES = ("scene-clip", "scene-vae", "scene-unet", "scene-judge")


@pytest.fixture(scope="module")
def fresh() -> tuple[list[Scene], torch.Tensor]:
    """Scenes that no training and no card has used, and their images in [-1, 1]."""
    scenes = [sample_scene(123_456, index) for index in range(96)]
    image = torch.cat([render(scenes[i : i + 16]).image for i in range(0, 96, 16)])
    return scenes, image * 2 - 1


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(SHIPPED)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(SHIPPED / "scene-judge")


@pytest.mark.parametrize("name", NAMES)
def test_sizes_are_small_and_as_the_card_says(name: str) -> None:
    (found,) = [info for info in models(SHIPPED) if info.name == name]
    assert found.bytes <= MAX_BYTES and found.bytes == read_card(SHIPPED / name).figures["bytes"]


def test_the_autoencoder_reconstructs_as_its_card_says(fresh: tuple[list[Scene], torch.Tensor]) -> None:
    vae = load_vae(SHIPPED / "scene-vae")
    latent = vae.encode(fresh[1])
    again = vae.decode(latent)
    stated = read_card(SHIPPED / "scene-vae").figures["test"]["psnr_db"]
    assert float(psnr((again + 1) / 2, (fresh[1] + 1) / 2).mean()) == pytest.approx(stated, abs=0.9)
    assert float(latent.std()) == pytest.approx(1.0, abs=0.1)


def test_the_encoders_retrieve_far_above_chance(fresh: tuple[list[Scene], torch.Tensor]) -> None:
    clip = load_clip(SHIPPED / "scene-clip")
    scenes, image = fresh
    text = clip.text(tokenize([write_caption(scene) for scene in scenes]))
    hits = (clip.similarity(clip.image(image), text).argmax(1) == torch.arange(len(scenes))).float().mean()
    # fewer candidates than the card's 256, and captions that say more
    assert float(hits) > 0.9 * read_card(SHIPPED / "scene-clip").figures["test"]["image_to_text@1"]


def test_the_judge_is_as_good_as_its_card_says(judge: Judge, fresh: tuple[list[Scene], torch.Tensor]) -> None:
    scenes, image = fresh
    found = [
        judge_request(seen, read_caption(write_caption(s))) for seen, s in zip(look(judge, image), scenes, strict=True)
    ]
    stated = read_card(SHIPPED / "scene-judge").figures["test_rendered"]["right"]
    assert sum(verdict.right for verdict in found) / len(found) == pytest.approx(stated, abs=0.12)


def test_the_system_draws_what_its_card_says(system: System, judge: Judge) -> None:
    """The first captions of the card's own set, at its best scale: shares within what 48 of 256 can differ by."""
    figures = read_card(SHIPPED / "scene-unet").figures
    best = figures["best_scale"]
    found = shares(verdicts(system, judge, captions(48, held_out=False, pairs=True), best))
    stated = figures["two_things_by_scale"]["test"][f"{best:g}"]
    for name in ("colour", "count", "relation", "right"):
        assert found[name] == pytest.approx(stated[name], abs=0.22)


def test_guidance_sharpens_what_is_asked(system: System, judge: Judge) -> None:
    """The reason for the slider: with guidance more of the asked colours appear than without a prompt's pull."""
    texts = captions(48, held_out=False, pairs=True)
    asked = shares(verdicts(system, judge, texts, 4.0))
    ignored = shares(verdicts(system, judge, texts, 0.0))
    assert asked["colour"] > ignored["colour"] + 0.3 and asked["relation"] >= ignored["relation"]

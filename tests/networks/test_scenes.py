"""The text-to-image system as panels use it: prompts read honestly, pictures as bytes, figures from the cards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from courseai_lab.networks import scenes
from courseai_lab.networks.diffusion import starting_noise
from courseai_lab.paths import resource


def test_unknown_words_are_named_with_the_nearest_known_one() -> None:
    read = scenes.read_prompt("a red bal beside a dragonfly, then a red bal")
    assert read.unknown == ("bal", "beside", "dragonfly")
    assert "“bal” (did you mean “ball”?)" in read.trouble and "“dragonfly”" in read.trouble
    assert scenes.read_prompt("two blue cubes on the grass").trouble == ""


def test_a_relation_too_many_is_said() -> None:
    assert "above" in scenes.read_prompt("a red ball left of a cube above a cone").trouble


def test_a_prompt_that_is_too_long_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="at most 30 words, this one has 31"):
        scenes.conditioning(scenes.load_system(), [" ".join(["red"] * 31)])


def test_one_copy_is_shared_and_decodes_to_bytes() -> None:
    system = scenes.load_system()
    assert scenes.load_system() is system
    latent = starting_noise([3, 4])
    shown = scenes.decode(system, latent)
    assert shown.shape == (2, 64, 64, 3) and shown.dtype == np.uint8
    with torch.no_grad():
        exact = (system.vae.decode(latent).permute(0, 2, 3, 1).numpy() + 1) * 127.5
    assert np.abs(shown - exact).max() <= 0.5 + 1e-3


def test_abilities_are_the_cards_own_figures(tmp_path: Path) -> None:
    text = (resource("models") / "scene-unet" / "card.md").read_text(encoding="utf-8")
    figures = json.loads(text.split("```json\n")[1].split("```")[0])
    able = scenes.abilities()
    assert able.colour == figures["single"]["colour"] and able.shape == figures["single"]["shape"]
    assert f"colour {100 * figures['single']['colour']:.0f}\u202f%" in able.sentence()
    for name in ("scene-unet", "scene-judge"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.md").write_text("# x\n```json\n{}\n```\n", encoding="utf-8")
    empty = scenes.abilities(tmp_path)
    assert empty.colour is None and empty.provisional and "no figures" in empty.sentence()


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(scenes.ModelFileError, match="no weights file"):
        scenes.load_system(tmp_path)

"""The miniature text-to-image networks: shapes, exact identities, traces, and files that are not sound."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from courseai_lab.kernels.samplers import Sampler
from courseai_lab.networks.clip import (
    END,
    MARKS,
    MAX_TOKENS,
    PAD,
    START,
    UNKNOWN,
    Clip,
    key_mask,
    load_clip,
    token_names,
    tokenize,
)
from courseai_lab.networks.diffusion import System, guide, noise_schedule, sampling_grid, starting_noise
from courseai_lab.networks.diffusion_blocks import Trace
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.networks.unet import UNet, load_unet, time_embedding
from courseai_lab.networks.vae import Posterior, Vae, load_vae
from courseai_lab.networks.world_captions import WORDS
from courseai_lab.training.common import save_weights

PROMPTS = ["a red ball left of a blue cube", "two striped green stars at night"]


@pytest.fixture(scope="module")
def system() -> System:
    """Untrained, but with every zero-initialised weight stirred, so that each part matters."""
    torch.manual_seed(0)
    found = System(Clip(), Vae(), UNet())
    for part in (found.clip, found.vae, found.unet):
        part.eval().requires_grad_(False)
        for value in part.parameters():
            if float(value.abs().max()) == 0:
                value.normal_(std=0.05)
    return found


def test_tokens_are_marks_and_words() -> None:
    tokens = tokenize(["a red Zebra!", ""])
    assert tokens.shape == (2, MAX_TOKENS)
    assert token_names(tokens[0])[:6] == ["<start>", "a", "red", "<unknown>", "<end>", "<pad>"]
    assert tokens[1, :3].tolist() == [START, END, PAD]
    assert len({*MARKS, *WORDS}) == len(MARKS) + len(WORDS) and UNKNOWN < len(MARKS)
    with pytest.raises(ValueError, match="at most 30 words"):
        tokenize(["red " * 31])


def test_padding_changes_nothing(system: System) -> None:
    tokens = tokenize(PROMPTS)
    words = system.clip.text.features(tokens)
    other = tokens.clone()
    system.clip.text.words.weight[PAD] += 1.0
    again = system.clip.text.features(other)
    system.clip.text.words.weight[PAD] -= 1.0
    kept = tokens != PAD
    torch.testing.assert_close(words[kept], again[kept])


def test_embeddings_are_unit_and_similarity_is_their_cosine(system: System) -> None:
    text = system.clip.text(tokenize(PROMPTS))
    image = system.clip.image(torch.rand(3, 3, 64, 64) * 2 - 1)
    torch.testing.assert_close(text.norm(dim=1), torch.ones(2))
    scores = system.clip.similarity(image, text)
    expected = torch.nn.functional.cosine_similarity(image[:, None], text[None], dim=-1) / 0.07
    torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-5)


def test_posterior_is_a_normal_distribution() -> None:
    mean, logvar = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8)
    posterior = Posterior(mean, logvar)
    q = torch.distributions.Normal(mean, (0.5 * logvar).exp())
    p = torch.distributions.Normal(torch.zeros(()), torch.ones(()))
    torch.testing.assert_close(posterior.kl(), torch.distributions.kl_divergence(q, p).sum((1, 2, 3)))
    draws = torch.stack([posterior.sample(torch.Generator().manual_seed(i)) for i in range(600)])
    assert float(((draws.mean(0) - mean) / q.scale).abs().mean()) < 0.06
    assert float((draws.std(0) / q.scale - 1).abs().mean()) < 0.06


def test_latents_are_eight_by_eight_and_scaling_is_undone(system: System) -> None:
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    vae = system.vae
    plain = vae.posterior(image).mean
    vae.shift.fill_(0.3)
    vae.scale.fill_(2.0)
    latent = vae.encode(image)
    assert latent.shape == (2, 4, 8, 8)
    torch.testing.assert_close(latent * 2 + 0.3, plain)
    torch.testing.assert_close(vae.decode(latent), vae.reconstruct(plain).clamp(-1, 1))
    vae.shift.zero_()
    vae.scale.fill_(1.0)


def test_traces_show_what_an_untraced_pass_computes(system: System) -> None:
    x, prompted = starting_noise([1, 2]), system.prompted(PROMPTS)
    trace = Trace()
    plain = system.predict(x, 400.0, prompted, 3.0)
    traced = system.predict(x, 400.0, prompted, 3.0, trace=trace)
    torch.testing.assert_close(plain.guided, traced.guided, rtol=1e-4, atol=1e-5)
    assert trace.attention.keys() == {
        f"{place}.{kind}" for place in ("down", "deep", "up") for kind in ("self", "cross")
    }
    assert trace.activations.keys() >= {"down.res", "down", "deep", "up", "last"}
    length = int((tokenize(PROMPTS) != PAD).sum(1).max())
    for name, side in (("down", 64), ("deep", 16), ("up", 64)):
        weights = trace.attention[f"{name}.cross"]
        assert weights.shape == (4, 4, side, length)
        torch.testing.assert_close(weights.sum(-1), torch.ones(4, 4, side))
        padded = (tokenize([*PROMPTS, "", ""]) == PAD)[:, :length]
        assert float((weights * padded[:, None, None]).max()) == 0.0
    image_trace = Trace()
    system.vae.decode(system.vae.encode(torch.zeros(1, 3, 64, 64), image_trace), image_trace)
    assert {"enc.16", "enc.8", "dec.8.0", "dec.16"} <= image_trace.activations.keys()


def test_one_time_for_all_is_the_same_time_for_each(system: System) -> None:
    x, unet = starting_noise([1, 2]), system.unet
    tokens = tokenize(PROMPTS)
    heard = unet.hear(system.clip.text.conditioning(tokens), key_mask(tokens))
    one = unet(x, unet.clock(torch.tensor([321.0])), heard)
    torch.testing.assert_close(one, unet(x, unet.clock(torch.full((2,), 321.0)), heard), rtol=1e-4, atol=1e-5)


def test_time_embedding_is_sines_and_cosines() -> None:
    found = time_embedding(torch.tensor([0.0, 7.0]), 8)
    assert found[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    rates = 10_000.0 ** (-np.arange(4) / 4)
    np.testing.assert_allclose(found[1], np.concatenate((np.cos(7 * rates), np.sin(7 * rates))), rtol=1e-5)


def test_guidance_by_hand() -> None:
    c, u = torch.tensor([[1.0, 3.0]]), torch.tensor([[0.0, 1.0]])
    assert guide(c, u, 0.0).tolist() == u.tolist() and guide(c, u, 1.0).tolist() == c.tolist()
    assert guide(c, u, 4.0).tolist() == [[4.0, 9.0]]
    rescaled = guide(c, u, 4.0, rescale=1.0)
    torch.testing.assert_close(rescaled.std(dim=1), c.std(dim=1))
    torch.testing.assert_close(guide(c, u, 4.0, rescale=0.5), 0.5 * rescaled + 0.5 * guide(c, u, 4.0))


def test_predictions_are_guided_and_the_negative_prompt_takes_the_empty_ones_place(system: System) -> None:
    x = starting_noise([4])
    plain = system.predict(x, 500.0, system.prompted(PROMPTS[:1]), 5.0)
    torch.testing.assert_close(plain.guided, guide(plain.conditional, plain.unconditional, 5.0))
    negative = system.predict(x, 500.0, system.prompted(PROMPTS[:1], PROMPTS[1]), 5.0)
    other = system.predict(x, 500.0, system.prompted(PROMPTS[1:]), 5.0)
    torch.testing.assert_close(negative.conditional, plain.conditional, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(negative.unconditional, other.conditional, rtol=1e-4, atol=1e-5)
    alone = system.predict(x, 500.0, system.prompted(PROMPTS[:1]), 1.0)
    torch.testing.assert_close(alone.guided, plain.conditional, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sampler", list(Sampler))
def test_an_image_depends_on_its_prompt_and_seed_alone(system: System, sampler: Sampler) -> None:
    both = system.generate(PROMPTS, [5, 6], steps=3, sampler=sampler, scale=3.0)
    alone = system.generate(PROMPTS[1:], [6], steps=3, sampler=sampler, scale=3.0)
    torch.testing.assert_close(both[1:], alone, rtol=1e-3, atol=1e-3)
    assert float((both[0] - both[1]).abs().max()) > 1e-3


def test_a_scale_that_changes_is_asked_at_every_step(system: System) -> None:
    asked = []

    def scale(i: int, t: float) -> float:
        asked.append((i, t))
        return 2.0 + i

    changing = system.generate(PROMPTS[:1], [5], steps=4, scale=scale)
    assert [i for i, _ in asked] == [0, 1, 2, 3] and [t for _, t in asked] == list(sampling_grid(4).t)
    assert float((changing - system.generate(PROMPTS[:1], [5], steps=4, scale=2.0)).abs().max()) > 0


def test_every_image_needs_a_prompt_and_a_seed(system: System) -> None:
    with pytest.raises(ValueError, match="1 prompts, 2 seeds"):
        system.generate(PROMPTS[:1], [1, 2])


def test_the_grid_is_the_schedule_of_training() -> None:
    grid, schedule = sampling_grid(12), noise_schedule()
    assert grid.t[0] == 999 and len(grid) == 12 and grid.sigma[-1] == 0
    np.testing.assert_allclose(grid.alpha[:-1] ** 2, schedule.alpha_bar[grid.t.astype(int)], rtol=1e-12)


def test_networks_survive_their_files(tmp_path: Path, system: System) -> None:
    for name, part, load in (
        ("clip", system.clip, load_clip),
        ("vae", system.vae, load_vae),
        ("unet", system.unet, load_unet),
    ):
        save_weights(tmp_path / name, part.state_dict(), asdict(part.config), dtype=torch.float32)
        again = load(tmp_path / name)
        for key, value in part.state_dict().items():
            assert torch.equal(again.state_dict()[key], value)
        assert not any(value.requires_grad for value in again.parameters())


@pytest.mark.parametrize(
    "config", [{}, {"middle": 48, "deep": 0, "blocks": 2}, {"middle": 48, "deep": 9.5, "blocks": 2}]
)
def test_bad_configurations_are_refused(tmp_path: Path, system: System, config: dict[str, float]) -> None:
    save_weights(tmp_path, system.vae.state_dict(), config)
    with pytest.raises(ModelFileError, match="configuration"):
        load_vae(tmp_path)


def test_encoders_of_another_vocabulary_are_refused(tmp_path: Path, system: System) -> None:
    save_weights(tmp_path, system.clip.state_dict(), asdict(system.clip.config) | {"vocabulary": 50})
    with pytest.raises(ModelFileError, match="50 words"):
        load_clip(tmp_path)

"""The trainings of the miniature text-to-image system in little, broken off and resumed, and their figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from courseai_lab.networks.loader import read_card
from courseai_lab.training import (
    diffusion_clip,
    diffusion_judge,
    diffusion_score,
    diffusion_unet,
    diffusion_vae,
)
from courseai_lab.training.diffusion_data import pictures, split_scene
from courseai_lab.training.diffusion_metrics import frechet, psnr, ssim
from courseai_lab.training.diffusion_unet import stratified_times

STAGES = {
    "scene-vae": diffusion_vae,
    "scene-clip": diffusion_clip,
    "scene-judge": diffusion_judge,
    "scene-unet": diffusion_unet,
}


def options(data: Path, out: Path, steps: int) -> list[str]:
    places = ["--data", str(data), "--out", str(out), "--work", str(out / "work")]
    return [*places, "--steps", str(steps), "--batch", "4", "--pictures", "16", "--threads", "1"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged on a handful of pictures; saved at every second step."""
    for module in STAGES.values():
        monkeypatch.setattr(module, "EVERY", 2)
    monkeypatch.setattr(diffusion_vae, "JUDGED", 8)
    monkeypatch.setattr(diffusion_clip, "JUDGED", 8)
    monkeypatch.setattr(diffusion_clip, "GROUP", 8)
    monkeypatch.setattr(diffusion_judge, "JUDGED", 8)
    monkeypatch.setattr(diffusion_score, "COUNT", 4)
    monkeypatch.setattr(diffusion_score, "SCALES", (1.0, 3.0))


class Stopped(Exception):
    pass


def test_from_nothing_to_cards_broken_off_and_resumed(small: None, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name, module in STAGES.items():
        module.main(options(data, tmp_path / "whole", 5))
        real, calls = module.set_lr, 0

        def stop(*given: object) -> None:
            nonlocal calls
            calls += 1
            if calls == 4:
                raise Stopped
            real(*given)  # type: ignore[arg-type]  # noqa: B023

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "set_lr", stop)
            with pytest.raises(Stopped):
                module.main(options(data, tmp_path / "broken", 5))
        module.main(options(data, tmp_path / "broken", 5))
        one, two = (tmp_path / run / name / "model.safetensors" for run in ("whole", "broken"))
        assert one.read_bytes() == two.read_bytes()
        assert read_card(tmp_path / "whole" / name).figures == read_card(tmp_path / "broken" / name).figures
    figures = read_card(tmp_path / "whole" / "scene-unet").figures
    assert figures["best_scale"] in (1.0, 3.0) and set(figures["two_things_by_scale"]) == {"test", "held_out"}


def test_going_on_with_one_half_leaves_the_other_as_it_is(small: None, tmp_path: Path) -> None:
    """What the U-Net was trained on, latents and words, survives a better decoder and a better image encoder."""
    for module, flag, fixed, name in (
        (diffusion_vae, "--decoder-only", "enc_", "scene-vae"),
        (diffusion_clip, "--lock-text", "text.words", "scene-clip"),
    ):
        module.main(options(tmp_path / "data", tmp_path / "out", 3))
        before = torch.load(tmp_path / "out" / "work" / f"{name}.pt", weights_only=True)["ema"]["weights"]
        module.main([*options(tmp_path / "data", tmp_path / "out", 6), flag])
        after = torch.load(tmp_path / "out" / "work" / f"{name}.pt", weights_only=True)["ema"]["weights"]
        changed = {key for key in before if not torch.equal(before[key], after[key])}
        assert changed and not any(key.startswith(fixed) for key in changed)


def test_pictures_are_rendered_once_and_gone_on_with(tmp_path: Path) -> None:
    first = pictures(tmp_path, "test", 20, 0).pixels.copy()
    record = tmp_path / "test-0.json"
    written = record.stat().st_mtime_ns
    assert len(pictures(tmp_path, "test", 20, 0)) == 20 and record.stat().st_mtime_ns == written
    more = pictures(tmp_path, "test", 36, 0)
    np.testing.assert_array_equal(more.pixels[:20], first)
    assert json.loads(record.read_text()) == {"done": 36}
    other = pictures(tmp_path / "whole", "test", 36, 0)
    np.testing.assert_array_equal(more.pixels, other.pixels)
    assert more.scene(7) == split_scene("test", 0, 7) != split_scene("train", 0, 7)
    assert float(more.images(np.array([3])).abs().max()) <= 1


def test_times_are_one_from_each_part() -> None:
    t = stratified_times(50, torch.Generator().manual_seed(0))
    assert sorted((t // 20).tolist()) == list(range(50)) and t.tolist() != sorted(t.tolist())


def test_psnr_by_hand() -> None:
    a = torch.zeros(2, 3, 8, 8)
    b = torch.stack((torch.full((3, 8, 8), 0.1), torch.full((3, 8, 8), 0.01)))
    torch.testing.assert_close(psnr(a, b), torch.tensor([20.0, 40.0]))


def test_ssim_by_its_formula() -> None:
    """A slow loop over windows, written from the paper."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(2, 16, 16))
    axis = np.exp(-((np.arange(11) - 5) ** 2) / 4.5)
    window = np.outer(axis, axis) / axis.sum() ** 2
    scores = []
    for i in range(6):
        for j in range(6):
            p, q = a[i : i + 11, j : j + 11], b[i : i + 11, j : j + 11]
            mp, mq = (window * p).sum(), (window * q).sum()
            vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
            cov = (window * (p - mp) * (q - mq)).sum()
            scores.append((2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    found = ssim(*(torch.from_numpy(image)[None, None] for image in (a, b)))
    assert float(found) == pytest.approx(np.mean(scores), rel=1e-9)
    same = torch.rand(1, 3, 20, 20)
    assert float(ssim(same, same)) == pytest.approx(1.0, abs=1e-5)


def test_frechet_distance_against_scipy() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6))
    b = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) + 0.5
    ca, cb = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)
    assert frechet(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(expected, rel=1e-6)
    assert frechet(torch.from_numpy(a), torch.from_numpy(a)) == pytest.approx(0.0, abs=1e-6)

"""Every number of the way to noise and back holds, for the exact denoiser and for the network."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from courseai_lab.contract import BadValue, Ctx, Step
from courseai_lab.kernels.ideal_denoiser import KnownPictures
from courseai_lab.kernels.picture_sets import shape_set
from courseai_lab.panels.diffusion_steps.compute import Frame, Look, Params, readings, run, selections, sentence
from courseai_lab.panels.diffusion_steps.denoisers import make_predictor
from courseai_lab.panels.diffusion_steps.measured import _walk
from courseai_lab.panels.diffusion_steps.moment import Levels, back_times, move


def frames(**choice: Any) -> list[Frame]:
    return list(run(Params().patched(**{"size": 16, "steps": 12, **choice}), Ctx()))


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"sampler": "ddim", "schedule": "linear", "start": 0.6},
        {"denoiser": "network", "picture": "scene", "start": 0.5, "branches": 1, "steps": 4},
    ],
)
def test_each_frame_is_what_its_formulas_say(choice: dict[str, Any]) -> None:
    way = frames(**choice)
    assert [f.index for f in way] == list(range(len(way))) and len(way) == len(way[0].times)
    back = [f for f in way if f.phase == "reverse"]
    assert len(back) == Params().patched(**{"steps": 12, **choice}).steps
    for f in way:
        assert f.alpha == f.signal[f.t] and f.sigma == f.noise[f.t] and f.t == f.times[f.index]
        np.testing.assert_allclose(f.x, f.alpha * f.clean + f.sigma * f.true, atol=3e-6)
        np.testing.assert_allclose(f.x, f.alpha * f.x0 + f.sigma * f.eps, atol=3e-6)
        z = 0.0 if f.z is None else f.z
        step = f.k_x0 * f.x0 + f.k_x * f.x + f.k_eps * f.eps + f.k_z * z
        np.testing.assert_allclose(f.x_next, step, atol=5e-6)
        assert f.error == pytest.approx(float(np.mean((f.eps - f.true) ** 2)), rel=1e-3, abs=1e-9)
    for now, after in pairwise(back):
        assert after.x is now.x_next and after.t == now.t_next
    np.testing.assert_array_equal(back[-1].x_next, back[-1].x0)
    forward = [f.t for f in way if f.phase == "forward"]
    assert forward == sorted(set(forward)) and forward[0] == 0 and forward[-1] == back[0].t == way[0].start


def test_below_the_time_of_decision_the_first_picture_comes_back_and_above_it_any() -> None:
    low = frames(start=0.4, branches=3, branch_at=0.3)
    assert np.abs(low[-1].x_next - low[0].clean).max() < 1e-6
    assert "the first picture is back" in sentence(low[-1], Params(), Look())
    assert low[-1].branches is not None and (low[-1].branches == low[-1].pictures[2]).all(), "decided before"
    high = frames(branches=3, branch_at=1.0, steps=30)
    assert high[-1].branches is not None
    ends = {picture.tobytes() for picture in (high[-1].pictures[2], *high[-1].branches)}
    assert len(ends) >= 3, "undecided: new noise leads elsewhere"
    known = KnownPictures.of(shape_set(16))
    assert known.nearest(high[-1].x_next.reshape(1, -1).astype(np.float64))[1] < 1e-5


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
def test_branches_leave_the_way_alone_and_begin_where_asked(sampler: str) -> None:
    alone = frames(sampler=sampler, branches=0, steps=20)
    beside = frames(sampler=sampler, branches=2, branch_at=0.7, steps=20)
    for a, b in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(a.x_next, b.x_next)
        assert a.branches is None
        assert (b.branches is not None) == (b.phase == "reverse" and b.t <= round(0.7 * 999))
    assert beside[-1].branch_t == max(t for t in back_times(999, 20) if t <= round(0.7 * 999))


def test_one_prediction_three_errors() -> None:
    """The error of v is the sum of the others, whose ratio is the signal-to-noise ratio."""
    for choice in ({"draws": 3}, {"draws": 2, "denoiser": "network", "picture": "scene"}):
        f = frames(page="errors", **choice)[-1]
        assert f.error_eps is not None and f.error_x0 is not None and f.error_v is not None and f.level_t is not None
        np.testing.assert_allclose(f.error_v, f.error_eps + f.error_x0, rtol=1e-6, atol=1e-20)
        snr = (f.signal[f.level_t] / f.noise[f.level_t]) ** 2
        np.testing.assert_allclose(f.error_eps, snr * f.error_x0, rtol=1e-5, atol=1e-20)
        assert f.error_x0[-1] > 0.01
    assert set(readings(f, Params().patched(page="errors"), Look())) >= {"e_v", "e_eps", "e_x0", "snr"}


def test_one_big_step_gives_the_mean_and_many_small_ones_a_picture() -> None:
    way = frames(page="leap", draws=4)
    last = way[-1]
    assert last.counts is not None and last.count_error is not None and last.count_away is not None
    assert last.counts[0] == 1 and last.counts[-1] == 1000 and last.count_error[-1] == 0
    mean = shape_set(16).mean(0)
    assert np.sqrt(np.mean((way[0].x_next - mean) ** 2)) < 0.02, "all pictures are possible at t = 999"
    assert last.count_away[0] > 0.15 and last.count_away[-1] < 1e-5
    assert last.count_error[0] > 3 * last.count_error[-2]


def test_the_short_way_through_weights_is_the_long_way_through_pixels() -> None:
    p, ctx = Params().patched(page="leap", size=16, picture="photograph"), Ctx()
    who = make_predictor(p, ctx)
    eps = ctx.rng("sample", 0).standard_normal((1, *who.clean.shape))
    times = [*back_times(700, 5).tolist(), -1]
    first = Levels.of(who.schedule, 700, -1)
    x = first.alpha * who.clean + first.sigma * eps
    for t, after in pairwise(times):
        x = move(who, x, Levels.of(who.schedule, t, after), "ddim", x).x_next  # type: ignore[arg-type]
    np.testing.assert_allclose(_walk(ctx, who, 700, 5, eps), x, atol=1e-10)


def test_the_networks_page_says_what_it_was_told_and_can_do(tmp_path: Path) -> None:
    p = Params().patched(denoiser="network", picture="scene", steps=1, prompt="a red bal", start=0.3)
    f = next(run(p, Ctx()))
    assert f.latent and f.x.shape == (8, 8, 4) and f.pictures.shape == (3, 64, 64, 3)
    assert f.caption == "a red bal" and any("bal" in note and "never taught" in note for note in f.notes)
    assert "card" in f.ability and "%" in f.ability
    assert "scenes only" in " ".join(next(run(p.patched(picture="photograph"), Ctx())).notes)
    with pytest.raises(BadValue, match="30 words"):
        next(run(p.patched(prompt="red " * 40), Ctx()))


def test_own_pictures(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save(path)
    p = Params().patched(picture="own", file=str(path), size=16, start=0.2, steps=3)
    way = list(run(p, Ctx()))
    assert np.abs(way[-1].x_next - way[0].clean).max() < 1e-6, "the denoiser knows the own picture, too"
    assert "65 pictures" in " ".join(way[0].notes)
    grey = next(run(p.patched(known="digits"), Ctx()))
    assert grey.x.shape == (16, 16, 1)
    bad = tmp_path / "bad.png"
    bad.write_text("no picture", encoding="utf-8")
    for file in (bad, tmp_path / "none.png"):
        with pytest.raises(BadValue) as refused:
            next(run(p.patched(file=str(file)), Ctx()))
        assert refused.value.field == "file" and file.name in str(refused.value)


def test_it_tells_its_time() -> None:
    f = frames(steps=2)[-1]
    assert selections(f, Params(), Look()) == (Step("diffusion", f.t, f.t / 999),)
    assert f.frame_at(1.0) == len(f.times) - 2, "the noisiest frame of the way back"

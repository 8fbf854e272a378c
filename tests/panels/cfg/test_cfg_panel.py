"""The guidance panel: the plane exactly, pictures drawn once, a step taken apart, the grid, and the view's wishes."""

from __future__ import annotations

import runpy
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courseai_lab.contract import BadValue, Cancelled, Ctx, Patch, Seeds, Step
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels.samplers import Sampler
from courseai_lab.networks import scenes
from courseai_lab.panels.cfg import compute, pictures
from courseai_lab.panels.cfg.params import CfgParams, Solver
from courseai_lab.panels.cfg.plane import run_plane
from courseai_lab.panels.cfg.script import script

SEEN = Memo(64)
"""Kept over this file's tests: pictures are drawn once."""


def frames(memo: Memo | None = None, seeds: Seeds | None = None, **params: Any) -> Iterator[Any]:
    run = compute.run(CfgParams(**params), Ctx("cpu", seeds, memo=memo or SEEN))
    yield from run


def last(count: int = 99, **params: Any) -> Any:
    return deque(islice(frames(**params), count), maxlen=1)[0]


# The plane


def plane(**params: Any) -> Any:
    return next(run_plane(CfgParams(**params), Ctx()))


def test_guidance_trades_diversity_for_agreement_and_too_much_overshoots() -> None:
    frame = last()
    at = {float(scale): k for k, scale in enumerate(frame.curve_scale)}
    agreement, spread, off = frame.agreement[0], frame.diversity, frame.excess
    assert agreement[at[0.0]] < 0.4 < 0.9 < agreement[at[1.0]] < agreement[at[4.0]] == 1.0
    assert (np.diff(spread) < 0.02).all() and spread[at[1.0]] == pytest.approx(1, abs=0.1) and spread[at[20.0]] < 0.35
    assert off[at[1.0]] < 0.03 and off[at[4.0]] < 0.1 and off[at[14.0]] > 0.9
    assert "have left the class" in compute.sentence(plane(scale=14.0), CfgParams(scale=14.0), compute.Look())


def test_what_the_notes_of_the_plane_claim() -> None:
    held, always = plane(scale=8.0, low=0.3, high=0.7), plane(scale=8.0)
    assert held.agreement_now[0] == 1.0 and held.excess_now < 0.02 and 0.2 < always.excess_now < 0.45
    away = plane(away="B", scale=1.5)
    assert 0.2 < away.excess_now < 0.5 and plane(away="B", scale=1.0).excess_now < 0.03
    few = last(2, learned=12, scale=4.0)
    assert few.learned_excess > 3 * few.excess_now


def test_two_equal_branches_change_nothing() -> None:
    one, other = plane(away="A", scale=1.0), plane(away="A", scale=15.0)
    np.testing.assert_allclose(one.path, other.path, atol=1e-5)
    assert "no scale changes anything" in compute.sentence(other, CfgParams(away="A", scale=15.0), compute.Look())


def test_a_class_that_is_not_there_is_said() -> None:
    frame = plane(layout="pair", wanted="C")
    assert frame.wanted == "B" and "no class C" in frame.note


def test_the_arrows_are_the_guided_scores() -> None:
    frame = plane(scale=6.0, shape="rising")
    w = 1 + 5.0 * 2 * (1 - frame.moments)
    wanted = frame.score_without + w[:, None, None] * (frame.score_with - frame.score_without)
    np.testing.assert_allclose(frame.score_guided, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg")
def test_the_program_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    params = {
        "away": "C",
        "scale": 2.5,
        "shape": "cosine",
        "low": 0.2,
        "high": 0.9,
        "wanted": "B",
        "points": 60,
        "seed": 3,
    }
    file = tmp_path / "program.py"
    file.write_text(script(CfgParams(**params), Seeds(sample=5)), encoding="utf-8")
    found = runpy.run_path(str(file))["results"]
    frame = next(run_plane(CfgParams(**params), Ctx("cpu", Seeds(sample=5))))
    for name, value in found.items():
        np.testing.assert_allclose(value, getattr(frame, name), rtol=1e-5, atol=1e-6, err_msg=name)
    with pytest.raises(BadValue, match="needs the shipped networks"):
        script(CfgParams(page="grid"), Seeds())


# Pictures


def test_the_samplers_are_named_as_the_kernel_names_them() -> None:
    assert {solver.value for solver in Solver} == {sampler.value for sampler in Sampler}


def test_pictures_are_what_the_system_draws_and_keep_their_noise() -> None:
    few = last(2, page="pictures", images=3, scale=3.0)
    system = scenes.load_system()
    exact = scenes.pixels(system.generator.generate(["a red ball at night"] * 3, [0, 1, 2], scale=3.0, steps=12))
    assert np.abs(few.pictures.astype(int) - exact).max() <= 1
    more = last(2, page="pictures", images=5, scale=3.0, memo=Memo())
    assert np.abs(more.pictures[:3].astype(int) - few.pictures).max() <= 1


def test_what_is_kept_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    memo = Memo()
    first = [frame for frame, _ in zip(frames(memo, page="pictures", images=2, steps=3), range(2), strict=False)]
    assert [frame.preview for frame in first] == [True, False]

    def never(*_: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(pictures, "draw", never)
    again = next(frames(memo, page="pictures", images=2, steps=3))
    assert not again.preview and np.array_equal(again.pictures, first[1].pictures)
    assert "preview" in compute.sentence(first[0], CfgParams(page="pictures"), compute.Look())


def test_the_measured_trade_on_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the prompt that opens, the networks do what the preset's note says."""
    monkeypatch.setattr(pictures, "CURVE", (1.0, 2.0, 8.0))
    frame = last(page="pictures", images=1)
    right, spread, cut = frame.agreement[2], frame.diversity, frame.excess
    assert frame.measures[2] == "all as asked" and frame.curve_scale.tolist() == [1.0, 2.0, 8.0]
    assert right[1] > right[0] and right[2] < 0.2 < 0.6 < right[1]
    assert spread[0] > spread[1] > spread[2] and cut[0] < cut[1] < cut[2]
    assert 0 < frame.ceiling < 1 and "card" in frame.honest


def test_the_work_stops_between_two_evaluations() -> None:
    ticks: list[float | None] = []

    def stop(share: float | None, _note: str) -> None:
        ticks.append(share)
        if len(ticks) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(compute.run(CfgParams(page="pictures", images=1, steps=8), Ctx("cpu", None, stop)))
    assert len(ticks) == 4


def test_unknown_words_and_bad_prompts_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = next(frames(page="pictures", images=1, prompt="a red bal", negative="fog", steps=1))
    assert "“bal” (did you mean “ball”?)" in frame.note and "Negative prompt: “fog”" in frame.note
    assert "ball" in frame.vocabulary
    assert "scale changes nothing" in next(frames(page="pictures", images=1, prompt=" ", steps=1)).note
    long = next(frames(page="mechanism", prompt="a red ball " + " ".join(["red"] * 40), steps=1))
    assert "at most 30 words: what follows" in long.note
    with pytest.raises(BadValue, match="1 to 7 scales"):
        CfgParams.checked({"columns": (21.0,)})
    with pytest.raises(BadValue, match="1 to 6 lines"):
        CfgParams.checked({"prompts": "\n"})

    def missing() -> None:
        raise scenes.ModelFileError("There is no weights file scene-vae/model.safetensors.")

    monkeypatch.setattr(scenes, "load_system", missing)
    with pytest.raises(BadValue, match="needs the shipped text-to-image networks"):
        next(frames(Memo(), page="pictures"))


def test_an_empty_prompt_is_no_guidance() -> None:
    one, other = (last(2, page="pictures", images=1, prompt="", scale=scale, steps=4) for scale in (1.0, 9.0))
    assert np.abs(one.pictures.astype(int) - other.pictures).max() <= 1
    assert one.verdicts is None and one.measures == () and one.agreement.shape == (0, len(one.curve_scale))
    assert "nothing is asked" in compute.sentence(one, CfgParams(page="pictures", prompt=""), compute.Look())


# One step and the grid


@pytest.mark.parametrize("sampler", ["dpm-solver++2m", "heun"])
def test_a_step_taken_apart_adds_up(sampler: str) -> None:
    params = {"page": "mechanism", "scale": 5.0, "steps": 6, "step": 3, "sampler": sampler, "image": 2, "low": 0.4}
    frame = last(**params)
    assert frame.at == 2 and len(frame.times) == 6 and (sampler == "heun" or frame.times[0] == 1.0)
    assert frame.scales.tolist() == [5.0 if t >= 0.4 else 1.0 for t in frame.times]
    moved = frame.plane_without + frame.scales[:, None] * (frame.plane_with - frame.plane_without)
    np.testing.assert_allclose(frame.plane_guided, moved, atol=1e-4)
    # |c - u| by the cosine rule from the two lengths and the angle.
    a, b, turn = frame.norm_with, frame.norm_without, np.radians(frame.angle)
    np.testing.assert_allclose(frame.norm_difference, np.sqrt(a * a + b * b - 2 * a * b * np.cos(turn)), rtol=1e-3)
    whole = last(2, page="pictures", images=2, scale=5.0, steps=6, sampler=sampler, low=0.4)
    assert np.abs(frame.film[-1].astype(int) - whole.pictures[1]).max() <= 1, "the last estimate is the picture"


def test_it_follows_the_step_of_another_panel() -> None:
    params = CfgParams(page="mechanism", steps=6, step=3)
    frame = last(page="mechanism", steps=6, step=3)
    assert compute.selections(frame, params, compute.Look()) == (Step("diffusion", 2, 0.4),)
    patch = compute.followed(Step("diffusion", 500, 1.0), frame, params, compute.Look())
    assert patch == Patch(params={"step": 6})
    assert compute.followed(Step("training", 1, 0.9), frame, params, compute.Look()) is None
    assert compute.followed(Step("diffusion", 2, 0.4), frame, params, compute.Look()) is None
    assert compute.selections(plane(), CfgParams(), compute.Look()) == ()


@pytest.mark.parametrize("rows", ["seed", "steps", "prompt"])
def test_a_cell_of_the_grid_is_the_picture_of_its_settings(rows: str) -> None:
    grid = last(page="grid", rows=rows, columns=(1.0, 4.0), steps=4, prompts="a red ball\ntwo blue cubes")
    assert grid.cell_done.all()
    row, change = 1, {"seed": {"seed": 1}, "steps": {"steps": 4}, "prompt": {"prompt": "two blue cubes"}}[rows]
    alone = last(2, **{"page": "pictures", "images": 1, "scale": 4.0, "steps": 4, **change})
    assert np.abs(grid.cells[row, 1].astype(int) - alone.pictures[0]).max() <= 1

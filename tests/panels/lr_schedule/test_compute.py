"""The schedule panel: its torch lines, run as a user would run them, make exactly its rates; its trainings are real."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from courseai_lab.contract import BadValue, State, default_state, find, run_frames
from courseai_lab.kernels.mlp2d import Mlp, train
from courseai_lab.panels.lr_schedule.choices import NAMES, RULES, Name
from courseai_lab.panels.lr_schedule.code_pane import OPTIMIZERS, optimizer_line
from courseai_lab.panels.lr_schedule.compute import Frame
from courseai_lab.panels.lr_schedule.makers import MAKERS, factors
from courseai_lab.panels.lr_schedule.params import ScheduleLook, ScheduleParams
from courseai_lab.panels.lr_schedule.words import formula, readings, sentence

PANEL = find("lr-schedule")
LOOK = ScheduleLook()
TIMED = [name for name in Name if name is not Name.PLATEAU]
SETTINGS: dict[str, dict[str, Any]] = {
    "as it opens": {},
    "with warm-up": {"warmup": 37, "warmup_start": 0.2, "floor": 0.1, "lr": 0.7, "steps": 300},
    "other shapes": {
        "cycle_line": "linear",
        "wsd_shape": "root",
        "tri_mode": "exp_range",
        "tri_half": 40,
        "tri_gamma": 0.99,
        "restart_growth": 3,
        "restart_period": 31,
        "floor": 0.3,
        "step_period": 55,
        "milestones": [20, 21, 500],
        "poly_power": 0.7,
        "wsd_share": 0.6,
        "steps": 400,
        "warmup": 20,
    },
    "a warm-up longer than all": {"warmup": 500, "steps": 60},
}


def state(**params: Any) -> State:
    made = default_state(PANEL)
    return replace(made, params=made.params.patched(**params))


def frame_of(**params: Any) -> Frame:
    return list(run_frames(PANEL, state(**params)))[-1]


def imported(folder: Path, line: str) -> ModuleType:
    """A file with the panel's line of code in it, imported."""
    path = folder / "made.py"
    text = f"from torch.optim import lr_scheduler\n\n\ndef make(optimizer):\n    {line}\n    return scheduler\n"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("made", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("title", SETTINGS)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_the_lines_of_torch_make_these_rates_step_for_step(title: str, tmp_path: Path) -> None:
    frame = frame_of(schedules=[name.value for name in TIMED], **SETTINGS[title])
    lr = state(**SETTINGS[title]).params.lr
    for k, name in enumerate(frame.names):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
        scheduler, rates = imported(tmp_path, frame.code[k]).make(optimizer), []
        for step in range(frame.steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step < frame.steps - 1:
                scheduler.step()
        np.testing.assert_allclose(frame.rates[k], rates, rtol=0, atol=1e-10 * lr, err_msg=name)


@pytest.mark.parametrize("watch", ["training", "staircase", "noisy", "drawn"])
def test_the_line_of_plateau_makes_its_rates_on_the_loss_it_watches(watch: str, tmp_path: Path) -> None:
    frame = frame_of(schedules=["cosine", "plateau"], watch=watch, floor=0.05, patience=1, cooldown=1, threshold=0.02)
    loss = frame.loss[1] if watch == "training" else frame.watched
    assert loss is not None and (frame.watched is None) == (watch == "training")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, rates = imported(tmp_path, frame.code[1]).make(optimizer), []
    for step in range(frame.steps):
        if step and step % 20 == 0:
            scheduler.step(loss[step])
        rates.append(optimizer.param_groups[0]["lr"])
    np.testing.assert_allclose(frame.rates[1], rates, rtol=1e-12)
    assert frame.cuts is not None and len(frame.cuts) >= 1
    assert (np.flatnonzero(np.diff(rates)) + 1).tolist() == frame.cuts.tolist()


def test_the_trainings_are_those_of_the_other_kernel() -> None:
    """The compiled network of the loss surface, an independent program, on the same data, start and batches."""
    from courseai_lab.contract import Ctx, Seeds
    from courseai_lab.panels.lr_schedule.compute import _task

    p = ScheduleParams().patched(steps=120)
    frame = frame_of(steps=120)
    task = _task(p, Ctx(seeds=Seeds()))
    for k in range(len(frame.names)):
        other = train(
            Mlp((p.units,)),
            task.start,
            (task.x, task.y),
            ("momentum", (1.0, 0.9, 0.999, 1e-8, 0.0)),
            frame.rates[k],
            batches=task.batches,
        )
        np.testing.assert_allclose(frame.loss[k], other.loss, rtol=1e-7)


def test_every_schedule_rule_and_optimizer_line_is_there() -> None:
    assert set(MAKERS) == set(Name) == set(NAMES)
    assert set(RULES) == set(OPTIMIZERS)
    lines = {optimizer_line(ScheduleParams().patched(rule=rule)) for rule in RULES}
    assert len(lines) == len(RULES) and all("lr=0.5" in line for line in lines)


def test_peak_and_floor_are_kept() -> None:
    p = ScheduleParams().patched(floor=0.2, warmup=30)
    for name in TIMED:
        made = factors(p, name)
        assert made.shape == (p.steps,) and made.max() <= 1 + 1e-12 and made.min() >= 0, name
    for name in (Name.COSINE, Name.WARM_RESTARTS, Name.WSD):
        assert factors(p, name)[30:].min() >= 0.2


def test_what_is_chosen_alone_does_not_depend_on_its_neighbours() -> None:
    together = frame_of(schedules=["constant", "plateau", "step"], steps=200)
    alone = frame_of(schedules=["plateau"], steps=200)
    np.testing.assert_allclose(alone.loss[0], together.loss[1], rtol=1e-9)
    np.testing.assert_array_equal(alone.rates[0], together.rates[1])


def test_it_says_who_wins_who_swings_and_what_takes_no_warm_up() -> None:
    frame = frame_of()
    said = sentence(frame, state().params, LOOK)
    best = frame.names[int(frame.loss[:, -1].argmin())]
    assert f"{best} ends lowest" in said and "The loss of constant still swings" in said
    warm = state(schedules=["one_cycle", "cosine"], warmup=20)
    assert "No warm-up for one-cycle" in sentence(list(run_frames(PANEL, warm))[-1], warm.params, LOOK)
    alone = state(schedules=["cosine"], warmup=60, steps=50)
    told = sentence(list(run_frames(PANEL, alone))[-1], alone.params, LOOK)
    assert "cosine ends at loss" in told and "cut to 49 steps" in told
    never = state(schedules=["plateau"], patience=50)
    assert "never cut the rate" in sentence(list(run_frames(PANEL, never))[-1], never.params, LOOK)


@pytest.mark.parametrize("name", list(Name))
def test_every_schedule_has_a_formula_with_values(name: Name) -> None:
    p = ScheduleParams().patched(schedules=[name])
    made = formula(p, LOOK)
    ids = {term.id for term in made.terms}
    assert set(readings(frame_of(schedules=[name.value], steps=50), p, LOOK)) == ids
    assert ids <= set(ScheduleParams.model_fields)
    assert r"\\" not in made.tex and "-" not in made.tex.partition(":")[0]


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ({"milestones": [0, 3]}, "Milestones are steps from 1 to 2000"),
        ({"watched": [(0.0, 1.0), (0.7, 1.0), (0.5, 1.0), (1.0, 1.0)]}, "in order"),
        ({"watched": [(0.0, 1.0), (1.0, 0.0)]}, "above 0"),
        ({"schedules": []}, "schedules"),
    ],
)
def test_bad_values_get_a_sentence(patch: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        ScheduleParams().patched(**patch)


def test_milestones_are_sorted_and_taken_once() -> None:
    assert ScheduleParams().patched(milestones=[30, 10, 30]).milestones == (10, 30)

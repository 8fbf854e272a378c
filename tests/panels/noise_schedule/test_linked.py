"""The marked time on the bus between panels."""

from __future__ import annotations

from courseai_lab.contract import Ctx, Label, Patch, Step
from courseai_lab.panels.noise_schedule.compute import Look, Params, followed, run, selections


def test_it_tells_its_time_and_takes_another_ones() -> None:
    params = Params().patched(time=0.25, steps=1000, image="scene", size=32)
    frame, look = next(run(params, Ctx())), Look()
    (told,) = selections(frame, params, look)
    assert told == Step("diffusion", 250, 250 / 999)
    assert followed(told, frame, params, look) is None, "its own time is no news"
    assert followed(Step("training", 9, 0.9), frame, params, look) is None
    assert followed(Label(3), frame, params, look) is None
    patch = followed(Step("diffusion", 40, 0.8), frame, params, look)
    assert patch == Patch(params={"time": 0.8})
    moved = params.patched(**patch.params)
    assert selections(next(run(moved, Ctx())), moved, look) == (Step("diffusion", 799, 799 / 999),)

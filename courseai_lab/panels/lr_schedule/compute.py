"""Every schedule chosen: its rates, a training of the same network under it, and its line of torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from courseai_lab.contract import Axes, Ctx
from courseai_lab.kernels.datasets2d import DATASETS_2D
from courseai_lab.kernels.lr_schedules import Plateau, reduce_on_plateau
from courseai_lab.kernels.mlp_batch import Trained, first_weights, logits, train_side_by_side
from courseai_lab.panels.lr_schedule.choices import NAMES, SAMPLES, Name
from courseai_lab.panels.lr_schedule.makers import code, factors
from courseai_lab.panels.lr_schedule.params import ScheduleLook, ScheduleParams
from courseai_lab.panels.lr_schedule.script import script
from courseai_lab.panels.lr_schedule.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "readings", "run", "script", "sentence"]

Params = ScheduleParams
Look = ScheduleLook
Floats = NDArray[np.float64]
NOISE = 0.2


@dataclass(frozen=True, slots=True)
class Frame:
    """The schedules chosen, in rows."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    rates: Annotated[np.ndarray, Axes("schedule step", help="learning rate of every update")]
    loss: Annotated[np.ndarray, Axes("schedule moment", help="loss over all points before each update and at the end")]
    last: Annotated[np.ndarray, Axes("schedule", help="last moment with a finite loss")]
    right: Annotated[np.ndarray, Axes("schedule", help="share of the points told apart at the end")]
    watched: Annotated[
        np.ndarray | None, Axes("moment", help="the loss that plateau looks at, where it is not its own")
    ]
    cuts: Annotated[np.ndarray | None, Axes("cut", help="steps at which plateau lowers the rate")]
    code: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Length of the training."""
        return self.rates.shape[1]

    def diverged(self, row: int) -> bool:
        """Whether the loss stopped being a number before the end."""
        return int(self.last[row]) < self.steps


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What all trainings share: data, first weights and batches [step sample]."""

    x: Floats
    y: Floats
    start: Floats
    batches: NDArray[np.int64]


def run(p: ScheduleParams, ctx: Ctx) -> Generator[Frame, ScheduleParams, None]:
    """Schedules as torch.optim.lr_scheduler defines them, each training one small network. One frame."""
    ctx.tick(note="drawing the points")
    task = ctx.memo(("task", p.task, p.batch, p.units, p.steps, ctx.seeds), lambda: _task(p, ctx))
    watched = _watched(p, ctx) if Name.PLATEAU in p.schedules and p.watch != "training" else None
    rates = np.stack([p.lr * factors(p, name) for name in p.schedules])
    if watched is not None:
        rates[p.schedules.index(Name.PLATEAU)] = reduce_on_plateau(watched, _plateau(p), p.plateau_every)
    done = _train(p, task, rates, ctx)
    cuts = None
    if Name.PLATEAU in p.schedules:
        cuts = np.flatnonzero(np.diff(done.rates[p.schedules.index(Name.PLATEAU)])) + 1
    yield Frame(
        ids=tuple(name.value for name in p.schedules),
        names=tuple(NAMES[name] for name in p.schedules),
        rates=done.rates,
        loss=done.loss,
        last=done.last,
        right=((logits(done.weights, task.x) > 0.0) == (task.y > 0.5)).mean(axis=1),
        watched=watched,
        cuts=cuts,
        code=tuple(code(p, name) for name in p.schedules),
        notes=_notes(p),
    )


def _task(p: ScheduleParams, ctx: Ctx) -> _Task:
    noise = NOISE if p.task in ("moons", "circles") else NOISE / 4
    x, y = DATASETS_2D[p.task](SAMPLES, noise, ctx.rng("data"))
    rng = ctx.rng("sample")
    # Every epoch is a new order of all points; a batch at the seam of two epochs has some of both.
    epochs = -(-p.steps * p.batch // SAMPLES)
    order = np.concatenate([rng.permutation(SAMPLES) for _ in range(epochs)])
    return _Task(x, y, first_weights(p.units, ctx.rng("init")), order[: p.steps * p.batch].reshape(p.steps, p.batch))


def _train(p: ScheduleParams, task: _Task, rates: Floats, ctx: Ctx) -> Trained:
    """Train under these rates; kept as long as nothing that matters to it changes."""
    own = Name.PLATEAU in p.schedules and p.watch == "training"
    settings = (p.plateau_factor, p.patience, p.threshold, p.cooldown, p.floor, p.plateau_every) if own else ()
    key = ("train", rates.tobytes(), p.schedules, settings, p.rule, p.task, p.batch, p.units, ctx.seeds)
    watcher = (p.schedules.index(Name.PLATEAU), p.plateau_every, _plateau(p)) if own else None
    return ctx.memo(
        key,
        lambda: train_side_by_side(
            task.start, (task.x, task.y), task.batches, p.rule, rates, plateau=watcher, tick=ctx.tick
        ),
    )


def _plateau(p: ScheduleParams) -> Plateau:
    return Plateau(p.lr, p.plateau_factor, p.patience, p.threshold, p.cooldown, p.floor * p.lr)


def _watched(p: ScheduleParams, ctx: Ctx) -> Floats:
    """A loss curve to react to, at every moment of the training."""
    s = np.arange(p.steps + 1) / p.steps
    if p.watch == "drawn":
        points = np.array(p.watched)
        return np.interp(s, points[:, 0], points[:, 1])
    if p.watch == "staircase":
        # Three falls, each to a third of the one before, and a rest after each.
        return np.asarray(sum(0.9 * 3.0**-k * np.exp(-40.0 * np.maximum(s - k / 3.0, 0.0)) for k in range(3)) + 0.03)
    noise = ctx.rng("sample", 1).standard_normal(p.steps + 1)
    return np.asarray((0.15 + 0.85 * np.exp(-6.0 * s)) * np.exp(0.12 * noise))


def _notes(p: ScheduleParams) -> tuple[str, ...]:
    out = []
    if p.warmup >= p.steps:
        out.append(f"The warm-up is cut to {p.steps - 1} steps, so that one is left for the schedule.")
    gone = [m for m in p.milestones if m >= p.steps]
    if Name.MULTI_STEP in p.schedules and gone:
        out.append(f"Milestones from step {p.steps} on are past the end.")
    return tuple(out)

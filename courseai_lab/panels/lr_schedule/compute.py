"""Every schedule chosen: its rates, a training of the same network under it, and its line of torch."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from courseai_lab.contract import Axes, Ctx
from courseai_lab.kernels.datasets2d import DATASETS_2D
from courseai_lab.kernels.lr_schedules import reduce_on_plateau
from courseai_lab.kernels.mlp2d import Mlp, initial_weights, outputs, train
from courseai_lab.kernels.optimizers import Hyper
from courseai_lab.panels.lr_schedule.makers import code, factors
from courseai_lab.panels.lr_schedule.params import NAMES, SAMPLES, Name, Rule, ScheduleLook, ScheduleParams
from courseai_lab.panels.lr_schedule.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "readings", "run", "sentence"]

Params = ScheduleParams
Look = ScheduleLook
Floats = NDArray[np.float64]
NOISE = 0.2
HYPER: Mapping[Rule, Hyper] = MappingProxyType(
    {
        "sgd": (1.0, 0.0, 0.0, 0.0, 0.0),
        "momentum": (1.0, 0.9, 0.0, 0.0, 0.0),
        "nesterov": (1.0, 0.9, 0.0, 0.0, 0.0),
        "rmsprop": (1.0, 0.0, 0.99, 1e-8, 0.0),
        "adam": (1.0, 0.9, 0.999, 1e-8, 0.0),
        "adamw": (1.0, 0.9, 0.999, 1e-8, 0.01),
    }
)
"""torch's defaults, with rate 1: the rates of the steps are given one by one."""


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
    """What all trainings share: data, network, first weights and batches."""

    x: Floats
    y: Floats
    net: Mlp
    start: Floats
    batches: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """A training: loss [moment], not a number once it diverged; its last finite moment; weights at the end."""

    loss: Floats
    last: int
    weights: Floats


def run(p: ScheduleParams, ctx: Ctx) -> Generator[Frame, ScheduleParams, None]:
    """Schedules as torch.optim.lr_scheduler defines them, each training one small network. One frame."""
    ctx.tick(note="drawing the points")
    task = ctx.memo(("task", p.task, p.batch, p.units, p.steps, ctx.seeds), lambda: _task(p, ctx))
    watched = _watched(p, ctx) if Name.PLATEAU in p.schedules and p.watch != "training" else None
    rates, trainings = [], []
    for k, name in enumerate(p.schedules):
        ctx.tick(k, len(p.schedules), f"training with {NAMES[name]}")
        made = _plateau(p, task, watched, ctx) if name is Name.PLATEAU else p.lr * factors(p, name)
        rates.append(made)
        trainings.append(_train(p, task, made, ctx))
    cuts = None
    if Name.PLATEAU in p.schedules:
        cuts = np.flatnonzero(np.diff(rates[p.schedules.index(Name.PLATEAU)])) + 1
    right = [((outputs(task.net, one.weights, task.x) > 0) == (task.y > 0.5)).mean() for one in trainings]
    yield Frame(
        ids=tuple(name.value for name in p.schedules),
        names=tuple(NAMES[name] for name in p.schedules),
        rates=np.stack(rates),
        loss=np.stack([one.loss for one in trainings]),
        last=np.array([one.last for one in trainings]),
        right=np.array(right),
        watched=watched,
        cuts=cuts,
        code=tuple(code(p, name) for name in p.schedules),
        notes=_notes(p),
    )


def _task(p: ScheduleParams, ctx: Ctx) -> _Task:
    x, y = DATASETS_2D[p.task](SAMPLES, NOISE if p.task in ("moons", "circles") else NOISE / 4, ctx.rng("data"))
    net = Mlp((p.units,), "tanh", "logistic")
    rng = ctx.rng("sample")
    # Every epoch is a new order of all points; the last batch of an epoch may be made of two.
    epochs = -(-p.steps * p.batch // SAMPLES)
    order = np.concatenate([rng.permutation(SAMPLES) for _ in range(epochs)])
    return _Task(x, y, net, initial_weights(net, ctx.rng("init")), order[: p.steps * p.batch].reshape(p.steps, p.batch))


def _train(p: ScheduleParams, task: _Task, rates: Floats, ctx: Ctx) -> _Outcome:
    """Train under these rates; kept as long as nothing that matters to it changes."""

    def make() -> _Outcome:
        data, rule = (task.x, task.y), (p.rule, HYPER[p.rule])
        done = train(task.net, task.start, data, rule, rates, batches=task.batches, tick=ctx.tick)
        loss = done.loss.copy()
        loss[done.last + 1 :] = np.nan
        return _Outcome(loss, done.last, done.weights[-1].copy())

    return ctx.memo(("train", rates.tobytes(), p.rule, p.task, p.batch, p.units, ctx.seeds), make)


def _plateau(p: ScheduleParams, task: _Task, watched: Floats | None, ctx: Ctx) -> Floats:
    """The rates of plateau on the watched loss, or on the one of its own training.

    On its own the rates depend on the loss and the loss on the rates. Up to a cut both are settled by what went before,
    so training anew from the cuts known so far settles at least one more each time.
    """
    settings = {
        "factor": p.plateau_factor,
        "patience": p.patience,
        "threshold": p.threshold,
        "cooldown": p.cooldown,
        "floor": p.floor * p.lr,
        "every": p.plateau_every,
    }

    def respond(loss: Floats) -> Floats:
        return reduce_on_plateau(loss, p.lr, **settings)  # type: ignore[arg-type]

    if watched is not None:
        return respond(watched)
    rates = np.full(p.steps, p.lr)
    for look in range(p.steps // p.plateau_every + 1):
        ctx.tick(look, p.steps // p.plateau_every + 1, "training until the loss rests")
        # A loss that is no number is never better than the best.
        answer = respond(np.nan_to_num(_train(p, task, rates, ctx).loss, nan=np.inf))
        if np.array_equal(answer, rates):
            break
        rates = answer
    return rates


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

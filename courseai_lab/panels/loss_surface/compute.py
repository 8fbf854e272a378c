"""Every optimiser's whole path over one surface, computed ahead; frames walk along it."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from itertools import islice

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels import race as rc
from courseai_lab.kernels.loss_grid import SIDES, plane_race
from courseai_lab.kernels.lr_schedules import lr_factors
from courseai_lab.kernels.momentum_rate import largest_stable_rate, rate_map
from courseai_lab.kernels.optimizers import OPTIMIZERS, Hyper, Optimizer, nesterov_base
from courseai_lab.panels.loss_surface.frame import Frame
from courseai_lab.panels.loss_surface.linked import followed, selections
from courseai_lab.panels.loss_surface.params import Clip, LossLook, LossParams, Schedule
from courseai_lab.panels.loss_surface.params_rules import RULE_NAMES, Rule
from courseai_lab.panels.loss_surface.params_surface import SurfaceName
from courseai_lab.panels.loss_surface.problem import Level, Problem, levels, problem
from courseai_lab.panels.loss_surface.script import script
from courseai_lab.panels.loss_surface.words import formula, marks, readings, sentence

__all__ = [
    "Frame",
    "Look",
    "Params",
    "followed",
    "formula",
    "marks",
    "readings",
    "run",
    "script",
    "selections",
    "sentence",
    "warm",
]

Params = LossParams
Look = LossLook
BOUND = 1e6
"""A coordinate past this has diverged: nothing of interest lies out there, and squares stay finite."""
MAP_SIDE = 81
TICK_EVERY = 50
Racer = tuple[str, Rule, Hyper]
_LOOKS = (
    Rule.SGD,
    Rule.MOMENTUM,
    Rule.ADAM,
    Rule.RMSPROP,
    Rule.NESTEROV,
    Rule.ADAMW,
    Rule.ADAGRAD,
    Rule.AMSGRAD,
    Rule.LION,
)
"""The order of colours: those that are often compared have ones that are far apart."""


def warm(ctx: Ctx) -> None:
    """A network's surface and a typed one: their kernels take seconds to compile, and the panel opens with another."""
    for surface in (SurfaceName.NETWORK, SurfaceName.CUSTOM):
        for _ in islice(run(LossParams(surface=surface), ctx), len(SIDES)):
            ctx.tick()


def run(p: LossParams, ctx: Ctx) -> Generator[Frame, LossParams, None]:
    """All racers from one start by the update rules of ``kernels.optimizers``; one frame for each step.

    A network's surface comes coarse to fine, on frames before step 0.
    """
    ctx.tick(0, 1, "preparing")
    found = problem(p, ctx)
    racers = _racers(p)
    result = _race(p, found, racers, ctx)
    lead = len(SIDES) - 1 if found.plane is not None else 0
    still: Frame | None = None
    for level in levels(p, found, ctx):
        still = _frame(p, found, racers, result, level, lead, ctx) if still is None else _finer(still, level)
        yield still
    assert still is not None
    for step in range(1, p.steps + 1):
        if step % TICK_EVERY == 0:
            ctx.tick(step, p.steps)
        yield replace(still, step=step)


def _racers(p: LossParams) -> list[Racer]:
    """Label, optimiser and hyperparameters of each racer: every optimiser at every rate asked for."""
    out: list[Racer] = []
    for rule in p.optimizers:
        for factor in p.rate_factors:
            label = RULE_NAMES[rule] if p.rate_factors == (1.0,) else f"{RULE_NAMES[rule]} ×{factor:g}"
            out.append((label, rule, p.hyper(rule, factor)))
    return out


def _factors(p: LossParams) -> np.ndarray:
    """What the schedule multiplies the learning rate by, [update]."""
    warmup = min(p.warmup, p.steps)
    numbers: dict[Schedule, dict[str, float]] = {
        Schedule.STEP: {"period": p.drop_every, "gamma": p.drop_factor},
        Schedule.EXPONENTIAL: {"gamma": p.shrink},
        Schedule.COSINE: {"period": p.steps, "floor": p.lowest_rate},
        Schedule.WARMUP_COSINE: {
            "warmup": warmup,
            "period": p.steps,
            "floor": p.lowest_rate,
            "start": 1.0 / warmup,
        },
    }
    return lr_factors(p.schedule.value, p.steps, **numbers.get(p.schedule, {}))


def _race(p: LossParams, found: Problem, racers: list[Racer], ctx: Ctx) -> rc.Race:
    rules = [(rule.value, h) for _, rule, h in racers]
    factors, rng = _factors(p), ctx.rng("sample")
    value = p.clip_limit if p.clipping is Clip.VALUE else 0.0
    norm = p.clip_limit if p.clipping is Clip.NORM else 0.0
    if found.plane is not None:
        rows = rc.minibatch_indices(len(found.plane.y), p.batch, p.steps, rng) if p.minibatch else None

        def tick(done: int, total: int) -> None:
            ctx.tick(done, total, "racing")

        return plane_race(
            found.plane,
            rules,
            found.start,
            factors,
            batches=rows,
            clip_value=value,
            clip_norm=norm,
            bound=BOUND,
            tick=tick,
        )
    assert found.args is not None
    moments, noise = None, None
    if p.minibatch and found.data is not None:
        moments = rc.minibatch_moments(found.data[:, 0], found.data[:, 1], p.batch, p.steps, rng)
    elif p.minibatch:
        noise = rc.gradient_noise(p.sigma, p.batch, p.steps, rng)
    return rc.race(
        found.args,
        rules,
        found.start,
        factors,
        batches=moments,
        noise=noise,
        clip_value=value,
        clip_norm=norm,
        bound=BOUND,
    )


def _finer(still: Frame, level: Level) -> Frame:
    return replace(still, x=level.x, y=level.y, height=level.height)


def _frame(
    p: LossParams, found: Problem, racers: list[Racer], result: rc.Race, level: Level, lead: int, ctx: Ctx
) -> Frame:
    """Everything about the race, standing at step 0."""
    goal = _goal(p, found, result, level)
    rows = rc.finishing_table(result, goal)
    factor = _factors(p)
    velocity, squares, rate, base = _memories(racers, result, factor)
    trained = found.trained
    alpha, beta, shrink, edge = _momentum_map(p, found, ctx)
    notes = found.notes
    if any(row.diverged and last == 0 for row, last in zip(rows, result.last, strict=True)):
        notes = (*notes, "The loss is not a finite number at the start, or right after it: drop the ball elsewhere.")
    return Frame(
        step=0,
        lead=lead,
        labels=tuple(label for label, _, _ in racers),
        rules=tuple(rule.value for _, rule, _ in racers),
        looks=_looks(racers),
        names=found.names,
        x=level.x,
        y=level.y,
        height=level.height,
        log_heights=found.log_heights,
        path=result.path,
        loss=result.loss,
        gradient=result.gradient,
        velocity=velocity,
        squares=squares,
        rate=rate,
        base=base,
        last=result.last,
        diverged=result.diverged,
        learning_rate=np.array([h[0] for _, _, h in racers]),
        memory=np.array([h[1] for _, _, h in racers]),
        factor=factor,
        goal=goal,
        steps_to=tuple(row.steps_to for row in rows),
        final=np.array([row.final_loss for row in rows]),
        length=np.array([row.path_length for row in rows]),
        minima=found.minima,
        data=found.data,
        label=found.label,
        trained_path=trained.path if trained else None,
        trained_loss=trained.loss if trained else None,
        trained_height=trained.height if trained else None,
        explained=trained.explained if trained else (math.nan, math.nan),
        curvature=found.curvature,
        map_rate=alpha,
        map_memory=beta,
        map_factor=shrink,
        map_edge=edge,
        notes=notes,
    )


def _goal(p: LossParams, found: Problem, result: rc.Race, level: Level) -> float:
    """The loss at which a racer has finished: what is left of the start's height above the lowest loss known."""
    lowest = found.lowest
    if lowest is None:
        known = [result.loss[~result.diverged], level.height if found.plane is None else np.empty(0)]
        finite = np.concatenate([values[np.isfinite(values)] for values in known])
        lowest = float(finite.min()) if finite.size else 0.0
    start = float(result.loss[0, 0])
    return lowest + p.goal / 100.0 * (start - lowest) if math.isfinite(start) else math.nan


def _memories(
    racers: list[Racer], result: rc.Race, factor: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Velocity, squares, effective rate and Nesterov's base point of every racer, [racer step xy] each."""
    shape = result.path.shape
    velocity, squares, rate, base = (np.full(shape, np.nan) for _ in range(4))
    t = np.arange(shape[1], dtype=np.float64)[1:, None]
    for k, (_, rule, h) in enumerate(racers):
        row: Optimizer = OPTIMIZERS[rule.value]
        state = result.state[k]
        if row.velocity >= 0:
            velocity[k] = state[:, row.velocity]
        if row.squares >= 0:
            squares[k] = state[:, row.squares]
        after = (state[1:, 0], state[1:, 1], state[1:, 2])
        rate[k, 1:] = row.rate(result.path[k, 1:], result.gradient[k, :-1], after, t, h) * factor[:, None]
        if rule is Rule.NESTEROV:
            base[k, 1:] = nesterov_base(result.path[k, 1:], state[1:, 0], h[0] * factor[:, None], h[1])
    return velocity, squares, rate, base


def _looks(racers: list[Racer]) -> tuple[int, ...]:
    """Number of each racer's colour and shape: its optimiser's own, so that it keeps it whoever else races."""
    rules = [rule for _, rule, _ in racers]
    if len(set(rules)) < len(rules):
        return tuple(range(len(rules)))
    return tuple(_LOOKS.index(rule) for rule in rules)


MomentumMap = tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None, np.ndarray | None]


def _momentum_map(p: LossParams, found: Problem, ctx: Ctx) -> MomentumMap:
    """Learning rates, memories, convergence factor over both, and the edge of stability.

    Only where the curvature is constant and momentum, or plain descent, races.
    """
    if found.curvature is None or not {Rule.SGD, Rule.MOMENTUM} & set(p.optimizers):
        return None, None, None, None
    mu, L = found.curvature

    def drawn() -> MomentumMap:
        alphas, betas = np.array(np.linspace(0.0, 4.2 / L, MAP_SIDE)), np.array(np.linspace(0.0, 0.99, MAP_SIDE))
        edge = np.array([largest_stable_rate(L, float(beta)) for beta in betas])
        return alphas, betas, np.array(rate_map(alphas, betas, mu, L)), edge

    return ctx.memo(("momentum map", mu, L), drawn)

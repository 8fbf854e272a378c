"""The exact page: classes in the plane whose scores are closed forms, flowing under guidance."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels.guidance import Guidance
from courseai_lab.kernels.guided_mixture import HALF_PI, Classes, Floats, flow, smoothed, spread
from courseai_lab.panels.cfg.frame import Frame
from courseai_lab.panels.cfg.params import Away, Label, Layout

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.params import CfgParams

REACH = 3.0
SIDE = 41
SPOTS = 9
MOMENTS = 32
TRUTH = 4000
SHOWN = 400
CURVE_POINTS = 200
CURVE_STEPS = 48
CURVE = (0.0, 4.0, 8.0, 14.0, 20.0, 1.0, 2.0, 6.0, 11.0, 17.0, 3.0, 5.0)
"""Scales measured for the curves, coarse first."""
LENGTH = 0.34
PETALS = ((0.35, 0.25), (0.85, 0.22), (1.35, 0.20))
"""Radius and deviation of a petal's three parts."""


def classes(layout: Layout) -> Classes:
    """The classes of a layout; all weigh the same."""
    rows: list[tuple[float, float, float, int]] = []
    if layout is Layout.PAIR:
        rows = [(-0.6, 0.0, 0.5, 0), (0.6, 0.0, 0.5, 1)]
    else:
        for label in range(3):
            middle = 2 * np.pi * label / 3 + np.pi / 2
            for k in range(3):
                if layout is Layout.PETALS:
                    (radius, std), turn = PETALS[k], middle
                else:
                    radius, std, turn = (1.45 if k == 1 else 1.15), 0.2, middle + 0.55 * (k - 1)
                rows.append((radius * np.cos(turn), radius * np.sin(turn), std, label))
    table = np.array(rows)
    weights = np.full(len(rows), 1 / len(rows))
    return Classes(table[:, :2].copy(), table[:, 2].copy(), weights, table[:, 3].astype(np.int64))


def branches(p: CfgParams, world: Classes) -> tuple[int, Classes, Classes, str]:
    """The wanted class's number, p(x | class), what guidance leads away from, and a note where a class is missing."""
    labels = {name: k for k, name in enumerate(Label)}
    count, note = int(world.labels.max()) + 1, ""
    wanted = labels[p.wanted]
    if wanted >= count:
        wanted, note = count - 1, "There is no class C here: class B is shown instead."
    if p.away is Away.ALL:
        return wanted, world.only(wanted), world, note
    away = labels[Label(p.away.value)]
    if away >= count:
        away, note = count - 1, "There is no class C here: class B is taken instead."
    return wanted, world.only(wanted), world.only(away), note


def edge(with_class: Classes, truth: Floats) -> float:
    """ln p below which 1 % of true draws lie: beyond it a sample is called off the class."""
    return float(np.quantile(with_class.log_density(truth), 0.01))


def measured(world: Classes, wanted: int, ends: Floats, limit: float, unit: float) -> tuple[float, float, float]:
    """Share in the class, spread in units of the true one, share off the class."""
    inside = float((world.posterior(ends, wanted) > 0.5).mean())
    off = float((world.only(wanted).log_density(ends) < limit).mean())
    return inside, spread(ends[:SHOWN]) / unit, off


def rules(p: CfgParams, scale: float) -> Guidance:
    """The rule of guidance for a scale; an interval given the wrong way round is turned."""
    return Guidance(scale, p.shape, min(p.low, p.high), max(p.low, p.high), p.rescale)


def run_plane(p: CfgParams, ctx: Ctx) -> Generator[Frame, CfgParams, None]:
    """The flow at once, then a frame for each scale of the curves, coarse first."""
    ctx.tick()
    world = classes(p.layout)
    wanted, inside, outside, note = branches(p, world)
    truth, _ = ctx.memo(("truth", p.layout, wanted), lambda: inside.sample(TRUTH, np.random.default_rng(0)))
    limit, unit = ctx.memo(("edge", p.layout, wanted), lambda: (edge(inside, truth), spread(truth[:SHOWN])))
    noise = ctx.rng("sample", p.seed).standard_normal((p.points, 2))
    frame = _still(p, ctx, world, (wanted, inside, outside), noise, truth)
    ends = np.asarray(frame.path)[-1].astype(np.float64)
    now = measured(world, wanted, ends, limit, unit)
    frame = replace(frame, note=note, agreement_now=np.array(now[:1]), diversity_now=now[1], excess_now=now[2])
    key = ("curve", p.layout, wanted, p.away, p.shape, p.low, p.high)
    known: dict[float, tuple[float, ...]] = ctx.memo(key, dict)
    yield with_curve(frame, known, ("in the class",), CURVE, CURVE_POINTS)
    if p.learned:
        ctx.tick(note="estimating scores")
        frame = _with_learned(frame, p, ctx, (world, wanted), noise, (limit, unit))
        yield with_curve(frame, known, ("in the class",), CURVE, CURVE_POINTS)
    fixed = np.random.default_rng(1).standard_normal((CURVE_POINTS, 2))
    for k, scale in enumerate(CURVE):
        ctx.tick(k, len(CURVE), "measuring")
        if scale not in known:
            way = flow(inside, outside, fixed, rules(p, scale).at, CURVE_STEPS, ctx.tick)
            known[scale] = measured(world, wanted, way[-1], limit, unit)
        yield with_curve(frame, known, ("in the class",), CURVE, CURVE_POINTS)


def with_curve(
    frame: Frame,
    known: dict[float, tuple[float, ...]],
    names: tuple[str, ...],
    wanted: tuple[float, ...],
    count: int,
) -> Frame:
    """A frame with all the points of the curve that are known: agreements, diversity, excess by scale."""
    scales = sorted(known)
    table = np.array([known[scale] for scale in scales]).reshape(len(scales), len(names) + 2)
    return replace(
        frame,
        measures=names,
        curve_total=len(wanted),
        curve_count=count,
        curve_scale=np.array(scales),
        agreement=np.ascontiguousarray(table[:, :-2].T),
        diversity=table[:, -2].copy(),
        excess=table[:, -1].copy(),
    )


def _still(
    p: CfgParams, ctx: Ctx, world: Classes, parts: tuple[int, Classes, Classes], noise: Floats, truth: Floats
) -> Frame:
    """Samples on their way and the fields at every moment kept."""
    wanted, inside, outside = parts
    rule = rules(p, p.scale)
    way = flow(inside, outside, noise, rule.at, p.flow_steps, ctx.tick)
    kept = np.unique(np.rint(np.linspace(0, p.flow_steps, MOMENTS + 1)).astype(int))
    shares = 1 - kept / p.flow_steps
    key = ("fields", p.layout, wanted, p.away, p.flow_steps)
    density, spots, without, with_ = ctx.memo(key, lambda: _fields(inside, outside, shares, ctx))
    w = np.array([rule.at(float(share)) for share in shares], np.float32)[:, None, None]
    rest, labels = ctx.memo(("rest", p.layout), lambda: world.sample(2 * SHOWN, np.random.default_rng(2)))
    long = np.quantile(np.hypot(*np.moveaxis(np.concatenate((without, with_), axis=1), -1, 0)), 0.9, axis=1)
    return Frame(
        page="exact",
        stage=f"{p.points} samples, {p.flow_steps} steps of Heun's method, exact scores",
        wanted=str(list(Label)[wanted].value),
        away="all classes" if p.away is Away.ALL else f"class {_name(outside)}",
        moments=shares,
        path=way[kept].astype(np.float32),
        truth=truth[:SHOWN].copy(),
        others=rest[labels != wanted],
        density=density,
        spots=spots,
        score_without=without,
        score_with=with_,
        score_guided=without + w * (with_ - without),
        arrow=LENGTH / np.maximum(long, 1e-9),
    )


def _name(part: Classes) -> str:
    return str(list(Label)[int(part.labels[0])].value)


def _fields(
    inside: Classes, outside: Classes, shares: Floats, ctx: Ctx
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The class's density [moment y x] and both scores [moment spot 2] at every moment."""
    axis = np.linspace(-REACH, REACH, SIDE)
    ground = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    few = np.linspace(-REACH, REACH, SPOTS + 2)[1:-1]
    spots = np.stack(np.meshgrid(few, few), axis=-1).reshape(-1, 2)
    density, without, with_ = [], [], []
    for share in shares:
        ctx.tick()
        phi = float(share) * HALF_PI
        density.append(np.exp(inside.log_density(ground, phi)).reshape(SIDE, SIDE))
        without.append(outside.score(spots, phi))
        with_.append(inside.score(spots, phi))
    return (
        np.array(density, np.float32),
        spots,
        np.array(without, np.float32),
        np.array(with_, np.float32),
    )


def _with_learned(
    frame: Frame, p: CfgParams, ctx: Ctx, known: tuple[Classes, int], noise: Floats, units: tuple[float, float]
) -> Frame:
    """The same noise flowing by scores that were estimated from examples, measured against the exact classes."""
    world, wanted = known
    per = [world.only(k).sample(p.learned, ctx.rng("data", k)) for k in range(int(world.labels.max()) + 1)]
    x, labels = np.concatenate([part[0] for part in per]), np.concatenate([part[1] for part in per])
    guess = smoothed(x, labels)
    outside = guess if p.away is Away.ALL else guess.only(int(branches(p, world)[2].labels[0]))
    way = flow(guess.only(wanted), outside, noise[:SHOWN], rules(p, p.scale).at, p.flow_steps, ctx.tick)
    kept = np.unique(np.rint(np.linspace(0, p.flow_steps, MOMENTS + 1)).astype(int))
    found = measured(world, wanted, way[-1], *units)
    return replace(
        frame,
        learned_path=way[kept].astype(np.float32),
        learned_agreement=found[0],
        learned_diversity=found[1],
        learned_excess=found[2],
        examples=x,
    )

"""From parameters to a problem: a surface with its domain, start, minima, and the data behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels import loss_grid as grid
from courseai_lab.kernels import surfaces as sf
from courseai_lab.kernels.datasets2d import DATASETS_2D, line_data
from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.mlp2d import Mlp, Training, initial_weights, train
from courseai_lab.kernels.optimizers import hyper_row
from courseai_lab.kernels.race import regression_moments
from courseai_lab.panels.loss_surface.params import LossParams
from courseai_lab.panels.loss_surface.params_surface import Directions, LineData, SurfaceName

SIDE = 129
"""Samples along each side of a surface whose formula is known: dense enough for smooth contours."""
WIDE = 1.5
"""Half of the picture over followed points is this many times the slope that would carry all of v's spread."""
PATH_FIELDS = ("dataset", "samples", "spread", "layers", "units", "activation", "criterion", "train_steps", "train_lr")
Domain = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Level:
    """Heights over the domain at one fineness, read-only: x [x], y [y], height [y x]."""

    x: np.ndarray
    y: np.ndarray
    height: np.ndarray


@dataclass(frozen=True, slots=True)
class Trained:
    """The network's own training: path in the plane [train xy], loss [train], height of the plane there [train]."""

    path: np.ndarray
    loss: np.ndarray
    height: np.ndarray
    explained: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a race needs. ``args`` is None where ``plane`` is the surface; ``data`` [sample 2], ``label`` [sample].

    ``lowest`` is the loss at the best known minimum, or None; ``curvature`` (mu, L) where it is constant.
    """

    args: sf.SurfaceArgs | None
    plane: grid.Plane | None
    domain: Domain
    start: tuple[float, float]
    minima: np.ndarray
    lowest: float | None
    curvature: tuple[float, float] | None
    data: np.ndarray | None
    label: np.ndarray | None
    trained: Trained | None
    names: tuple[str, str]
    log_heights: bool
    notes: tuple[str, ...]


_NUMBERS: Mapping[SurfaceName, Callable[[LossParams], tuple[float, ...]]] = MappingProxyType(
    {
        SurfaceName.QUADRATIC: lambda p: (p.steepest / p.condition, p.steepest, math.radians(p.turn)),
        SurfaceName.ROSENBROCK: lambda p: (p.rosenbrock_k,),
        SurfaceName.SADDLE: lambda p: (p.saddle_q,),
        SurfaceName.RASTRIGIN: lambda p: (p.rastrigin_a,),
        SurfaceName.RAVINE: lambda p: (p.ravine_k,),
        SurfaceName.CLIFF: lambda p: (p.cliff_h, p.cliff_s),
    }
)
_LOG = frozenset({SurfaceName.ROSENBROCK, SurfaceName.HIMMELBLAU, SurfaceName.BEALE, SurfaceName.BOOTH})


def problem(p: LossParams, ctx: Ctx) -> Problem:
    """The problem that the parameters describe. What is slow is kept in the memo and computed once."""
    if p.surface is SurfaceName.NETWORK:
        return _network(p, ctx)
    if p.surface is SurfaceName.REGRESSION:
        return _regression(p, ctx)
    if p.surface is SurfaceName.CUSTOM:
        return _custom(p)
    kind = sf.SURFACES[p.surface.value]
    numbers = _NUMBERS.get(p.surface, lambda _: ())(p)
    return _analytic(p, sf.surface_args(p.surface.value, np.array(numbers)), kind.domain, kind.start)


def levels(p: LossParams, found: Problem, ctx: Ctx) -> Iterator[Level]:
    """Heights coarse to fine: three levels for a network, one for a formula."""
    if found.plane is not None:
        yield from _plane_levels(p, found, ctx)
        return
    args = found.args
    assert args is not None
    x0, x1, y0, y1 = found.domain

    def level() -> Level:
        xs, ys = np.linspace(x0, x1, SIDE), np.linspace(y0, y1, SIDE)
        return _frozen_level(xs, ys, sf.heights(args, xs, ys))

    # The same arrays for every run over one surface: what draws it sees that nothing has changed.
    numbers = (part.tobytes() for part in (args.p, args.tape_codes, args.tape_values))
    yield ctx.memo(("heights", found.domain, args.code, *numbers), level)


def _frozen_level(x: np.ndarray, y: np.ndarray, height: np.ndarray) -> Level:
    owned = [array if array.base is None else array.copy() for array in (x, y, height)]
    for array in owned:
        array.flags.writeable = False
    return Level(*owned)


def _start(p: LossParams, domain: Domain, own: tuple[float, float]) -> tuple[tuple[float, float], tuple[str, ...]]:
    """The start asked for, or the surface's own where that lies outside the picture."""
    if p.start is None:
        return own, ()
    x, y = p.start
    if domain[0] <= x <= domain[1] and domain[2] <= y <= domain[3]:
        return (x, y), ()
    return own, (f"The start ({x:.3g}, {y:.3g}) lies outside this surface, so the surface's own start is used.",)


def _analytic(
    p: LossParams, args: sf.SurfaceArgs, domain: Domain, own: tuple[float, float], data: np.ndarray | None = None
) -> Problem:
    start, notes = _start(p, domain, own)
    minima = sf.SURFACES[p.surface.value].minima(args.p) if p.surface is not SurfaceName.CUSTOM else np.empty((0, 2))
    values = [sf.value_and_gradient(args, x, y)[0] for x, y in minima]
    names = ("slope w", "intercept b") if p.surface is SurfaceName.REGRESSION else ("x", "y")
    return Problem(
        args=args,
        plane=None,
        domain=domain,
        start=start,
        minima=minima,
        lowest=min(values, default=None),
        curvature=sf.quadratic_curvatures(args),
        data=data,
        label=None,
        trained=None,
        names=names,
        log_heights=p.surface in _LOG,
        notes=notes,
    )


def _custom(p: LossParams) -> Problem:
    r = p.reach
    return _analytic(p, sf.expression_args(parse(p.expression)), (-r, r, -r, r), (-0.8 * r, 0.55 * r))


def _regression(p: LossParams, ctx: Ctx) -> Problem:
    if p.line_data is LineData.LINKED and len(p.line_points) > 1:
        return _linked(p)
    u, v = line_data(p.points, p.slope, p.intercept, p.scatter, ctx.rng("data"))
    args = sf.surface_args("regression", regression_moments(u, v))
    domain = (p.slope - 3.0, p.slope + 3.0, p.intercept - 3.0, p.intercept + 3.0)
    own = (p.slope - 2.6, p.intercept - 2.2)
    found = _analytic(p, args, domain, own, np.stack([u, v], axis=1))
    if p.line_data is LineData.LINKED:
        note = "No line panel has been followed yet, so the points are drawn by chance: open Line fit beside this."
        return replace(found, notes=(*found.notes, note))
    return found


def _linked(p: LossParams) -> Problem:
    """The mean squared error over the points of a line panel, around the best line and wide enough for the start."""
    data = np.array(p.line_points)
    u, v = data[:, 0], data[:, 1]
    args = sf.surface_args("regression", regression_moments(u, v))
    best = sf.SURFACES["regression"].minima(args.p)
    w, b = best[0] if len(best) else (0.0, float(v.mean()))
    up = float(v.std()) or max(abs(float(v.mean())), 1.0)
    across = float(u.std()) or 1.0
    half = np.array([up / across, up * math.hypot(1.0, float(u.mean()) / across)]) * WIDE
    start = p.start if p.start is not None else (w - 0.8 * half[0], b - 0.6 * half[1])
    far = max(abs(start[0] - w) / half[0], abs(start[1] - b) / half[1], 1.0)
    # The picture doubles until the start is inside, so that it stays put while the start is dragged.
    dw, db = half * 2.0 ** math.ceil(math.log2(far) - 1e-9)
    domain = (float(w - dw), float(w + dw), float(b - db), float(b + db))
    # Raw data make a long, narrow valley: heights on a logarithmic scale show its floor too.
    return replace(_analytic(p, args, domain, (float(start[0]), float(start[1])), data), log_heights=True)


def _network(p: LossParams, ctx: Ctx) -> Problem:
    net = Mlp((p.units,) * p.layers, p.activation.value, p.criterion.value)
    x, y = DATASETS_2D[p.dataset.value](p.samples, p.spread, ctx.rng("data"))
    key = ("training", *(getattr(p, name) for name in PATH_FIELDS), ctx.seeds)
    training = ctx.memo(key, lambda: _train(p, net, (x, y), ctx))
    end = training.weights[training.last]
    steps = training.weights[: training.last + 1]
    if p.directions is Directions.PATH and len(steps) > 2:
        found = ctx.memo((*key, "directions"), lambda: grid.path_directions(steps))
        plane = grid.Plane(net, end, found.first, found.second, x, y)
        explained = (float(found.explained[0]), float(found.explained[1]))
        domain = _around(found.path)
        start = (float(found.path[0, 0]), float(found.path[0, 1]))
        path, names = found.path, ("1st direction", "2nd direction")
    else:
        first, second = (grid.filter_normalised(net, end, ctx.rng("sample", 1, k)) for k in (1, 2))
        plane, explained = grid.Plane(net, end, first, second, x, y), (math.nan, math.nan)
        path, names = grid.project(steps, plane), ("random direction a", "random direction b")
        r = p.plane_reach
        domain, start = (-r, r, -r, r), (-0.75 * r, 0.7 * r)
    trained = Trained(
        np.ascontiguousarray(path),
        training.loss[: training.last + 1].copy(),
        grid.losses(plane, path[:, 0], path[:, 1]),
        explained,
    )
    start, notes = _start(p, domain, start)
    if training.last < p.train_steps:
        notes = (*notes, f"Training itself diverged at step {training.last + 1}: lower the training rate.")
    return Problem(
        args=None,
        plane=plane,
        domain=domain,
        start=start,
        minima=np.empty((0, 2)),
        lowest=None,
        curvature=None,
        data=x,
        label=y,
        trained=trained,
        names=names,
        log_heights=False,
        notes=notes,
    )


def _train(p: LossParams, net: Mlp, data: tuple[np.ndarray, np.ndarray], ctx: Ctx) -> Training:
    rule = ("adam", hyper_row("adam", lr=p.train_lr))
    theta = initial_weights(net, ctx.rng("init"))

    def tick(done: int, total: int) -> None:
        ctx.tick(done, total, "training the network")

    return train(net, theta, data, rule, np.ones(p.train_steps), tick=tick)


def _around(path: np.ndarray) -> Domain:
    """A rectangle about a path with a margin of a quarter, and not flatter than one to four."""
    low, high = path.min(axis=0), path.max(axis=0)
    span = np.maximum(high - low, max(float((high - low).max()) / 4.0, 1e-3))
    middle, half = (low + high) / 2.0, 0.75 * span
    return (
        float(middle[0] - half[0]),
        float(middle[0] + half[0]),
        float(middle[1] - half[1]),
        float(middle[1] + half[1]),
    )


def _plane_levels(p: LossParams, found: Problem, ctx: Ctx) -> Iterator[Level]:
    """The three levels, kept once they are all there."""
    plane = found.plane
    assert plane is not None
    key = ("levels", *(getattr(p, name) for name in PATH_FIELDS), p.directions, p.plane_reach, ctx.seeds)
    kept: list[Level] = ctx.memo(key, list)

    def tick(done: int, total: int) -> None:
        ctx.tick(done, total, "loss over the plane")

    if len(kept) == len(grid.SIDES):
        yield from kept
        return
    fresh: list[Level] = []
    for level in grid.grid_levels(plane, found.domain, tick=tick):
        fresh.append(_frozen_level(level.a, level.b, level.heights))
        yield fresh[-1]
    kept[:] = fresh

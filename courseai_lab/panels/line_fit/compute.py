"""Your line, the closed form and gradient descent on the same points, and a polynomial where one is asked for."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courseai_lab.contract import Ctx
from courseai_lab.kernels import regression as kr
from courseai_lab.kernels.regression import to_model
from courseai_lab.panels.line_fit.frame import METRICS, Frame, Pair
from courseai_lab.panels.line_fit.linked import followed, selections
from courseai_lab.panels.line_fit.params import MAX_DEGREE, LineLook, LineParams
from courseai_lab.panels.line_fit.points import Cloud, cloud
from courseai_lab.panels.line_fit.script import script
from courseai_lab.panels.line_fit.words import formula, marks, readings, sentence

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
]

Params = LineParams
Look = LineLook
Floats = NDArray[np.float64]
MEASURES = ("mse", "mae", "huber")
CHUNK = 100_000
"""So many errors are worked out at once."""
GRID = 49
PLACES = 400
WIDE = 1.5
"""Half of the map is this many times the slope that would carry all of y's spread."""


def run(p: LineParams, ctx: Ctx) -> Generator[Frame, LineParams, None]:
    """Least squares (Legendre 1805; Gauss 1809) beside plain gradient descent. One frame for each step of descent."""
    ctx.tick(note="reading the points")
    first = _first(p, cloud(p, ctx), ctx)
    yield first
    for step in range(1, p.steps + 1):
        ctx.tick(step, p.steps)
        yield replace(first, step=step)


def _first(p: LineParams, points: Cloud, ctx: Ctx) -> Frame:
    x, y, notes = points.x, points.y, [points.note] if points.note else []
    held = _held(p, len(x), ctx)
    train_x, train_y = x[~held], y[~held]
    if not kr.varies(train_x):
        notes.append("All points have the same x, so the slope is undetermined; 0 is taken.")
    fit = kr.least_squares(train_x, train_y)
    shift, spread = kr.standardisation(train_x) if p.standardised else (0.0, 1.0)
    name = "mse" if p.loss == "r2" else p.loss
    scaled = (train_x - shift) / spread
    line = to_model((p.w, p.b), shift, spread)
    path = kr.descend(
        scaled, train_y, name, line, p.lr, p.steps, p.huber, lambda step: ctx.tick(step, p.steps, "descending")
    )
    both = kr.curvatures(scaled, name)
    error = y - (p.w * x + p.b)
    errors = [error, y - (fit[0] * x + fit[1])]
    curve = _polynomial(p, x, y, held, ctx)
    if curve is not None:
        errors.append(y - curve(x))
    raw = np.column_stack([path[:, 0] / spread, path[:, 1] - path[:, 0] * shift / spread])
    course = _course(x, y, held, raw, p.huber, ctx)
    x_range, y_range = round_range(x), round_range(y)
    return Frame(
        step=0,
        x=x,
        y=y,
        held=held,
        error=error,
        share=kr.LOSSES[name].terms(error, p.huber),
        line=(p.w, p.b),
        fit=fit,
        metrics=np.array([_metrics(y, one, held, p.huber) for one in errors]),
        course=course,
        path=raw,
        path_loss=course[:, MEASURES.index(name)].copy(),
        best_loss=kr.loss_value(name, train_y - (fit[0] * train_x + fit[1]), p.huber),
        shift=shift,
        spread=spread,
        model_line=line,
        model_fit=to_model(fit, shift, spread),
        model_path=path,
        **_map(p, name, scaled, train_y, line, to_model(fit, shift, spread), ctx),
        **_curve(curve, x_range, _by_degree(p, x, y, held, ctx)),
        x_name=points.x_name,
        y_name=points.y_name,
        x_range=x_range,
        y_range=y_range,
        rate=p.lr,
        largest_rate=2.0 / both[1] if both is not None and both[1] > 0.0 else None,
        notes=tuple(notes),
    )


def _held(p: LineParams, count: int, ctx: Ctx) -> NDArray[np.bool_]:
    """Which points no fit sees; none where fewer than two would be left for the fit."""
    held = kr.held_back(count, p.held_out, float(ctx.rng("data", 1).random()))
    return held if (~held).sum() >= 2 else np.zeros(count, dtype=bool)


def _curve(curve: kr.Polynomial | None, span: Pair, degrees: tuple[Floats, Floats] | None) -> dict[str, Any]:
    """The frame's fields about the polynomial, all None where there is none."""
    if curve is None or degrees is None:
        return dict.fromkeys(("curve_x", "curve_y", "degree_train", "degree_held"))
    place = np.linspace(*span, PLACES)
    return {"curve_x": place, "curve_y": curve(place), "degree_train": degrees[0], "degree_held": degrees[1]}


def _metrics(y: Floats, error: Floats, held: NDArray[np.bool_], delta: float) -> Floats:
    """METRICS of a line with these errors; the first four over the points that are fitted."""
    seen = error[~held]
    values = [kr.loss_value(name, seen, delta) for name in MEASURES]
    return np.array([*values, kr.r_squared(y[~held], seen), kr.loss_value("mse", error[held])])


def _course(x: Floats, y: Floats, held: NDArray[np.bool_], path: Floats, delta: float, ctx: Ctx) -> Floats:
    """METRICS of the line at every step of a path [step wb], many steps at once: [step metric]."""
    out = np.full((len(path), len(METRICS)), np.nan)
    seen = y[~held]
    # R squared is 1 - MSE / what the flat line at the mean leaves; undefined where that is nothing.
    flat = float(seen.var()) if math.isfinite(kr.r_squared(seen, seen)) else math.nan
    chunk = max(1, CHUNK // len(x))
    for at in range(0, len(path), chunk):
        ctx.tick(at, len(path))
        w, b = path[at : at + chunk, 0:1], path[at : at + chunk, 1:2]
        error = y - (w * x + b)  # [step point]
        rows = slice(at, at + chunk)
        for k, name in enumerate(MEASURES):
            out[rows, k] = kr.LOSSES[name].terms(error[:, ~held], delta).mean(axis=1)
        out[rows, 3] = 1.0 - out[rows, 0] / flat
        if held.any():
            out[rows, 4] = (error[:, held] ** 2).mean(axis=1)
    return out


def _polynomial(p: LineParams, x: Floats, y: Floats, held: NDArray[np.bool_], ctx: Ctx) -> kr.Polynomial | None:
    if p.degree == 1:
        return None
    ctx.tick(note="fitting the polynomial")
    return kr.fit_polynomial(x[~held], y[~held], p.degree)


def _by_degree(p: LineParams, x: Floats, y: Floats, held: NDArray[np.bool_], ctx: Ctx) -> tuple[Floats, Floats] | None:
    """MSE of fitted and of held-out points for every degree; the line alone needs none of it."""
    if p.degree == 1:
        return None
    key = ("degrees", x.tobytes(), y.tobytes(), held.tobytes())

    def make() -> tuple[Floats, Floats]:
        out = np.empty((2, MAX_DEGREE))
        for degree in range(1, MAX_DEGREE + 1):
            ctx.tick(degree, MAX_DEGREE)
            error = y - kr.fit_polynomial(x[~held], y[~held], degree)(x)
            out[:, degree - 1] = kr.loss_value("mse", error[~held]), kr.loss_value("mse", error[held])
        return out[0].copy(), out[1].copy()

    return ctx.memo(key, make)


def _map(p: LineParams, name: str, x: Floats, y: Floats, line: Pair, fit: Pair, ctx: Ctx) -> dict[str, Any]:
    """The loss over slope and intercept around the best line, wide enough for yours.

    The size depends on the data; it doubles until your line is inside, so that it stays put while the dot is dragged.
    """
    up = float(y.std()) or max(abs(float(y.mean())), 1.0)
    spread = float(x.std()) if kr.varies(x) else 1.0
    half_w = WIDE * up / spread
    half_b = WIDE * up * math.hypot(1.0, float(x.mean()) / spread)
    far = max(abs(line[0] - fit[0]) / half_w, abs(line[1] - fit[1]) / half_b, 1.0)
    zoom = 2.0 ** math.ceil(math.log2(far) - 1e-9)
    ws = fit[0] + half_w * zoom * np.linspace(-1.0, 1.0, GRID)
    bs = fit[1] + half_b * zoom * np.linspace(-1.0, 1.0, GRID)
    key = ("map", name, p.huber if name == "huber" else 0.0, x.tobytes(), y.tobytes(), zoom)
    ctx.tick(note="mapping the loss")
    return ctx.memo(key, lambda: {"map_w": ws, "map_b": bs, "map_loss": kr.loss_grid(x, y, name, ws, bs, p.huber)})


def round_range(values: Floats) -> Pair:
    """A round range around the values, which stays the same while they move a little inside it."""
    low, high = float(values.min()), float(values.max())
    span = high - low if high - low > 1e-9 * max(abs(low), abs(high)) else max(abs(low), 1.0)
    low, high = low - 0.02 * span, high + 0.02 * span
    base = 10.0 ** math.floor(math.log10((high - low) / 5.0))
    step = next(base * k for k in (1.0, 2.0, 5.0, 10.0) if base * k >= (high - low) / 6.0)
    return math.floor(low / step) * step, math.ceil(high / step) * step

"""The two pages that measure: error by time for three targets, and one big step against many small ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels.ideal_denoiser import leap as exact_leap
from courseai_lab.kernels.samplers import Sampler, Target, network_output
from courseai_lab.panels.diffusion_steps.denoisers import Exact, Predictor
from courseai_lab.panels.diffusion_steps.frame import Frame
from courseai_lab.panels.diffusion_steps.moment import Levels, Moved, back_times, move, single
from courseai_lab.panels.diffusion_steps.params import StepsParams

LEVELS = 41
LADDER = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
FINEST_EXACT, FINEST_LEARNED = 1000, 100
TARGETS = (Target.EPSILON, Target.X0, Target.V)


def errors(p: StepsParams, ctx: Ctx, who: Predictor) -> Iterator[Frame]:
    """Mean squared errors of the noise, the picture and v at each time, over ``draws`` noises, one level a frame."""
    eps = np.stack([ctx.rng("sample", 0, k).standard_normal(who.clean.shape) for k in range(p.draws)])
    times = np.unique(np.round(np.linspace(0, who.schedule.steps - 1, LEVELS)).astype(np.int64))
    found_errors: list[list[float]] = []
    film = _film(who, len(times))
    for index, t in enumerate(times.tolist()):
        ctx.tick(index, len(times))
        at = Levels.of(who.schedule, t, -1)
        x = at.alpha * who.clean + at.sigma * eps
        moved = move(who, x, at, Sampler.DDIM, eps)
        found_errors.append(_three(who, at, moved, eps))
        pictures = who.pictures(np.stack([x[0], moved.x0[0], moved.x_next[0]]))
        film = film.copy()
        film[index] = pictures[1]
        curves = [np.array(column) for column in zip(*found_errors, strict=True)]
        yield _frame(
            p, who, "level", index, at, x=x[0], true=eps[0], moved=moved, pictures=pictures, film=film,
            film_t=tuple(times.tolist()), error=found_errors[-1][0],
            level_t=times[: index + 1].copy(), error_eps=curves[0], error_x0=curves[1], error_v=curves[2],
        )  # fmt: skip


def _three(who: Predictor, at: Levels, moved: Moved, eps: np.ndarray) -> list[float]:
    """Mean squared error in each target's terms."""
    clean = np.broadcast_to(who.clean, eps.shape)
    out = []
    for target in TARGETS:
        said, right = (_target(x0, e, at, target) for x0, e in ((moved.x0, moved.eps), (clean, eps)))
        out.append(float(np.mean((said - right) ** 2)))
    return out


def _target(x0: Any, eps: Any, at: Levels, target: Target) -> np.ndarray:
    value: Any = network_output(x0, eps, at.alpha, at.sigma, target)
    return value  # type: ignore[no-any-return]


def leaps(p: StepsParams, ctx: Ctx, who: Predictor) -> Iterator[Frame]:
    """DDIM without fresh noise from x_t in 1, 2, 3 ... steps, each against the finest; one count a frame."""
    start = max(1, round(p.start * (who.schedule.steps - 1)))
    eps = np.stack([ctx.rng("sample", 0, k).standard_normal(who.clean.shape) for k in range(p.draws)])
    finest = min(FINEST_EXACT if isinstance(who, Exact) else FINEST_LEARNED, start + 1)
    counts = (*(n for n in LADDER if 2 * n <= finest or n == 1 < finest), finest)
    goal = _walk(ctx, who, start, finest, eps)
    at = Levels.of(who.schedule, start, -1)
    x = at.alpha * who.clean + at.sigma * eps
    first = move(who, x[:1], at, Sampler.DDIM, eps[:1])
    film = _film(who, len(counts))
    error, away = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    for index, count in enumerate(counts):
        ctx.tick(index, len(counts))
        result = goal if count == finest else _walk(ctx, who, start, count, eps)
        error, away = error.copy(), away.copy()
        error[index] = np.sqrt(np.mean((result - goal) ** 2))
        away[index] = who.away(result)
        pictures = who.pictures(np.stack([x[0], first.x0[0], result[0]]))
        film = film.copy()
        film[index] = pictures[2]
        yield _frame(
            p, who, "count", index, at, x=x[0], true=eps[0], moved=Moved(first.x0, first.eps, result[:1]),
            pictures=pictures, film=film, film_t=counts, error=float(np.mean((first.eps[0] - eps[0]) ** 2)),
            counts=np.array(counts), count_error=error, count_away=away,
        )  # fmt: skip


def _walk(ctx: Ctx, who: Predictor, start: int, count: int, eps: np.ndarray) -> np.ndarray:
    """Where DDIM ends from time ``start`` in ``count`` steps, for every noise [draw row column channel]."""
    times = [*back_times(start, count).tolist(), -1]
    steps = [Levels.of(who.schedule, t, n) for t, n in pairwise(times)]
    if isinstance(who, Exact):
        ctx.tick()
        alpha = np.array([steps[0].alpha, *(s.alpha_next for s in steps)])
        sigma = np.array([steps[0].sigma, *(s.sigma_next for s in steps)])
        return exact_leap(who.known, eps.reshape(len(eps), -1), who.clean.reshape(-1), alpha, sigma).reshape(eps.shape)
    x = steps[0].alpha * who.clean + steps[0].sigma * eps
    for i, at in enumerate(steps):
        ctx.tick(i, count, f"{count} steps")
        x = move(who, x, at, Sampler.DDIM, x).x_next
    return x


def _film(who: Predictor, count: int) -> np.ndarray:
    return np.zeros((count, *who.pictures(who.clean[None])[0].shape), np.uint8)


def _frame(
    p: StepsParams, who: Predictor, phase: str, index: int, at: Levels, *, x: np.ndarray, true: np.ndarray,
    moved: Moved, pictures: np.ndarray, film: np.ndarray, film_t: tuple[int, ...], error: float, **more: Any,
) -> Frame:  # fmt: skip
    weights = at.weights(Sampler.DDIM)
    return Frame(
        page=p.page.value, phase=phase, index=index, t=at.t, t_next=at.t_next, alpha=at.alpha, sigma=at.sigma,
        alpha_next=at.alpha_next, sigma_next=at.sigma_next,
        k_x0=weights[0], k_x=weights[1], k_eps=weights[2], k_z=weights[3], latent=who.latent, error=error,
        mixed=who.mixed(x, at.alpha, at.sigma), clean=single(who.clean), x=single(x), true=single(true),
        eps=single(moved.eps[0]), x0=single(moved.x0[0]), x_next=single(moved.x_next[0]), z=None, pictures=pictures,
        signal=who.schedule.signal.copy(), noise=who.schedule.noise.copy(),
        start=max(1, round(p.start * (who.schedule.steps - 1))),
        times=np.array(film_t if phase == "level" else [at.t] * len(film_t)), back=np.zeros(len(film_t), bool),
        film=film, film_index=tuple(range(len(film_t))), film_t=film_t, film_back=tuple(False for _ in film_t),
        caption=who.caption, ability=who.ability, notes=who.notes, **more,
    )  # fmt: skip

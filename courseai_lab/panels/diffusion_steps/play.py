"""The way to noise and back, a frame a step, with branches that draw new noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels.samplers import Sampler
from courseai_lab.panels.diffusion_steps.denoisers import Predictor
from courseai_lab.panels.diffusion_steps.frame import Frame
from courseai_lab.panels.diffusion_steps.moment import Levels, Moved, back_times, move, single
from courseai_lab.panels.diffusion_steps.params import StepsParams

FEWEST, MOST = 24, 100
STILLS = 8
_EPS, _TRUNK, _BRANCH = 0, 1, 2


@dataclass(slots=True)
class _Film:
    """Stills of the way; a frame is given the array as it stands, and a new one when a still is added."""

    index: tuple[int, ...]
    t: tuple[int, ...]
    back: tuple[bool, ...]
    cells: np.ndarray

    def add(self, frame: int, picture: np.ndarray) -> None:
        if frame in self.index:
            cells = self.cells.copy()
            cells[self.index.index(frame)] = picture
            self.cells = cells


@dataclass(slots=True)
class _Trail:
    """Errors met so far."""

    t: list[int] = field(default_factory=list)
    error: list[float] = field(default_factory=list)

    def add(self, t: int, error: float) -> None:
        self.t.append(t)
        self.error.append(error)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.t), np.array(self.error)


@dataclass(frozen=True, slots=True)
class _Way:
    """The times of both directions and what does not change on them."""

    p: StepsParams
    ctx: Ctx
    who: Predictor
    forward: np.ndarray
    back: np.ndarray
    eps: np.ndarray
    shared: dict[str, object]

    def noise(self, *key: int) -> np.ndarray:
        return self.ctx.rng("sample", *key).standard_normal(self.who.clean.shape)


def play(p: StepsParams, ctx: Ctx, who: Predictor) -> Iterator[Frame]:
    """Forward: Ho et al. (2020), eq. 4, one noise for all times. Back: DDPM or DDIM, and branches off it."""
    last = who.schedule.steps - 1
    start = max(1, round(p.start * last))
    back = back_times(start, p.steps)
    many = min(max(len(back), FEWEST), MOST, start + 1)
    forward = np.unique(np.round(np.linspace(0, start, many)).astype(np.int64))
    eps = ctx.rng("sample", _EPS).standard_normal(who.clean.shape)
    notes = list(who.notes)
    notes.append("On the way back ε is the noise that would lead from the first picture to this x.")
    if len(back) < p.steps:
        notes.append(f"From t = {start} there are only {len(back)} steps back.")
    shared: dict[str, object] = {
        "page": "play", "latent": who.latent, "clean": single(who.clean), "signal": who.schedule.signal.copy(),
        "noise": who.schedule.noise.copy(), "start": start, "caption": who.caption, "ability": who.ability,
        "notes": tuple(notes), "times": np.concatenate([forward, back]),
        "back": np.arange(len(forward) + len(back)) >= len(forward),
    }  # fmt: skip
    way = _Way(p, ctx, who, forward, back, eps, shared)
    film = _stills(way)
    trail = _Trail()
    yield from _forward(way, film, trail)
    yield from _back(way, film, trail)


def _stills(way: _Way) -> _Film:
    n, m = len(way.forward), len(way.back)
    out = np.unique(np.round(np.linspace(0, n - 1, min(STILLS, n))).astype(int)).tolist()
    home = np.unique(np.round(np.linspace(0, m - 1, min(STILLS, m))).astype(int)).tolist()
    index = (*out, *(n + k for k in home))
    t = (*(int(way.forward[k]) for k in out), *(int(way.back[k]) if k + 1 < m else 0 for k in home))
    back = (*(False for _ in out), *(True for _ in home))
    size = way.who.pictures(way.who.clean[None])[0].shape
    return _Film(index, t, back, np.zeros((len(index), *size), np.uint8))


def _forward(way: _Way, film: _Film, trail: _Trail) -> Iterator[Frame]:
    who, true = way.who, single(way.eps)
    for index, t in enumerate(way.forward.tolist()):
        way.ctx.tick(index, len(way.forward) + len(way.back))
        below = way.back[way.back < t]
        at = Levels.of(who.schedule, t, int(below[0]) if below.size else -1)
        x = at.alpha * who.clean + at.sigma * way.eps
        z = way.noise(_TRUNK, len(way.back) + index)
        found = move(who, x[None], at, way.p.sampler, z[None])
        error = float(np.mean((found.eps[0] - way.eps) ** 2))
        trail.add(t, error)
        pictures = who.pictures(np.stack([x, found.x0[0], found.x_next[0]]))
        film.add(index, pictures[0])
        yield _frame(way, "forward", index, at, found, film, x=single(x), true=true, z=z, pictures=pictures,
                     error=error, seen=trail.arrays())  # fmt: skip


def _back(way: _Way, film: _Film, seen: _Trail) -> Iterator[Frame]:
    who, p, n = way.who, way.p, len(way.forward)
    x = float(who.schedule.signal[way.back[0]]) * who.clean + float(who.schedule.noise[way.back[0]]) * way.eps
    state, branch_t = x[None], -1
    shown, forward = single(x), seen.arrays()
    asked = round(p.branch_at * (who.schedule.steps - 1))
    for i, t in enumerate(way.back.tolist()):
        way.ctx.tick(n + i, n + len(way.back))
        at = Levels.of(who.schedule, t, int(way.back[i + 1]) if i + 1 < len(way.back) else -1)
        if p.branches and branch_t < 0 and (t <= asked or i + 1 == len(way.back)):
            branch_t, state = t, _branched(way, state, at)
        z = np.stack([way.noise(_TRUNK, i), *(way.noise(_BRANCH + b, i + 1) for b in range(len(state) - 1))])
        found = move(who, state, at, p.sampler, z)
        true = (state[0] - at.alpha * who.clean) / at.sigma
        error = float(np.mean((found.eps[0] - true) ** 2))
        pictures = who.pictures(np.concatenate([state[:1], found.x0[:1], found.x_next]))
        film.add(n + i, pictures[2] if at.t_next < 0 else pictures[0])  # the last still is what it all led to
        frame = _frame(way, "reverse", n + i, at, found, film, x=shown, true=single(true), z=z[0],
                       pictures=pictures[:3], error=error, seen=forward, branch_t=branch_t,
                       branches=pictures[3:] if len(state) > 1 else None)  # fmt: skip
        state, shown = found.x_next, frame.x_next
        yield frame


def _branched(way: _Way, state: np.ndarray, at: Levels) -> np.ndarray:
    """The way back and its branches. DDPM draws other noise from here on; DDIM draws none, so x_t gets a new one."""
    count = way.p.branches
    if way.p.sampler is Sampler.DDPM:
        return np.concatenate([state, np.repeat(state, count, axis=0)])
    grid = move(way.who, state, at, Sampler.DDIM, np.zeros_like(state))
    fresh = np.stack([way.noise(_BRANCH + b, 0) for b in range(count)])
    return np.concatenate([state, at.alpha * grid.x0 + at.sigma * fresh])


def _frame(
    way: _Way, phase: str, index: int, at: Levels, found: Moved, film: _Film, *, x: np.ndarray, true: np.ndarray,
    z: np.ndarray, pictures: np.ndarray, error: float, seen: tuple[np.ndarray, np.ndarray], branch_t: int = -1,
    branches: np.ndarray | None = None,
) -> Frame:  # fmt: skip
    weights = at.weights(way.p.sampler)
    return Frame(
        **way.shared,  # type: ignore[arg-type]
        phase=phase, index=index, t=at.t, t_next=at.t_next, alpha=at.alpha, sigma=at.sigma,
        alpha_next=at.alpha_next, sigma_next=at.sigma_next,
        k_x0=weights[0], k_x=weights[1], k_eps=weights[2], k_z=weights[3],
        error=error, mixed=way.who.mixed(x.astype(np.float64), at.alpha, at.sigma),
        x=x, true=true, eps=single(found.eps[0]), x0=single(found.x0[0]), x_next=single(found.x_next[0]),
        z=single(z) if weights[3] > 0 else None, pictures=pictures,
        film=film.cells, film_index=film.index, film_t=film.t, film_back=film.back,
        forward_t=seen[0], forward_error=seen[1],
        branch_t=branch_t, branches=branches,
    )  # fmt: skip

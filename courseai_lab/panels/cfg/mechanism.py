"""One picture's sampling taken apart: both predictions, their difference and the guided one, at every step."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from courseai_lab.contract import Ctx
from courseai_lab.kernels.guidance import angle, guided
from courseai_lab.kernels.samplers import SAMPLERS, Sampler, Step, Target, estimates
from courseai_lab.networks import scenes
from courseai_lab.networks.diffusion import starting_noise
from courseai_lab.panels.cfg.frame import Frame
from courseai_lab.panels.cfg.params import SOLVERS, CfgParams
from courseai_lab.panels.cfg.pictures import fitting, load, predictions, said, share_of
from courseai_lab.panels.cfg.plane import rules


@dataclass(slots=True)
class Course:
    """What happened at each step: v with the prompt (`c`), without (`u`) and guided (`g`), [1 4 8 8] each."""

    steps: list[Step] = field(default_factory=list)
    c: list[Tensor] = field(default_factory=list)
    u: list[Tensor] = field(default_factory=list)
    g: list[Tensor] = field(default_factory=list)
    w: list[float] = field(default_factory=list)


def course(system: scenes.System, p: CfgParams, ctx: Ctx) -> Course:
    """Sample one picture and note every step's predictions; where a step asks twice, its first answer."""
    out, seeds = Course(), [p.seed + p.image - 1]
    heard = scenes.conditioning(system, [p.prompt], p.negative)
    rule = rules(p, p.scale)
    asked: list[tuple[float, Tensor, Tensor, Tensor, float]] = []

    def v(x: Tensor, t: float) -> Tensor:
        ctx.tick()
        c, u = predictions(system, x, t, heard)
        w = rule.at(share_of(t))
        g = guided(c, u, w, p.rescale)
        asked.append((t, c, u, g, w))
        return g

    x = starting_noise(seeds).contiguous(memory_format=torch.channels_last)
    sampler = Sampler(p.sampler.value)
    grid = scenes.sampling_times(p.steps, sampler)
    for step in SAMPLERS[sampler](v, x, grid, Target.V, noise=lambda i: starting_noise(seeds, i + 1)):
        _, c, u, g, w = asked[0]
        asked.clear()
        out.steps.append(step)
        for kept, value in ((out.c, c), (out.u, u), (out.g, g)):
            kept.append(value)
        out.w.append(w)
    return out


def _clean(way: Course, parts: list[Tensor]) -> Tensor:
    """The x0 that belongs to each step's v, [step 4 8 8]."""
    return torch.cat(
        [
            estimates(v, step.x, step.alpha, step.sigma, Target.V)[0]
            for v, step in zip(parts, way.steps, strict=True)
        ]
    )  # fmt: skip


def flat_plane(*groups: Tensor) -> tuple[list[np.ndarray], float]:
    """The groups of latents [step 4 8 8] in the plane of their two main directions, and the share of variance in it.

    Principal components (Pearson 1901) of all of them together; lines stay lines.
    """
    rows = torch.cat([group.flatten(1) for group in groups]).double()
    middle = rows.mean(dim=0)
    _, sizes, directions = torch.linalg.svd(rows - middle, full_matrices=False)
    basis = directions[:2].T
    # A sign is free: the one in which the largest part is positive, so that the picture does not flip.
    basis = basis * torch.sign(basis.gather(0, basis.abs().argmax(dim=0, keepdim=True)))
    power = sizes.square()
    share = float(power[:2].sum() / power.sum()) if float(power.sum()) > 0 else 1.0
    return [((group.flatten(1).double() - middle) @ basis).numpy() for group in groups], share


def run_mechanism(p: CfgParams, ctx: Ctx) -> Generator[Frame, CfgParams, None]:
    """One frame: all steps measured, the chosen one taken apart."""
    ctx.tick(note="sampling")
    (p, left_out), system = fitting(p), load(ctx)
    key = ("course", p.model_copy(update={"step": 1, "page": p.page}))
    still = ctx.memo(key, lambda: _measured(system, p, ctx))
    way, parts, film, plane, share = still
    at = min(p.step, len(way.steps)) - 1
    lengths = {name: _lengths(values) for name, values in (("c", way.c), ("u", way.u), ("g", way.g))}
    yield Frame(
        page="mechanism",
        note=said(p, left_out),
        honest=scenes.abilities().sentence(),
        vocabulary=scenes.WORDS,
        stage=f"{p.steps} steps of {SOLVERS[p.sampler]}",
        at=at,
        times=np.array([share_of(step.t) for step in way.steps]),
        scales=np.array(way.w),
        norm_without=lengths["u"],
        norm_with=lengths["c"],
        norm_difference=_lengths([c - u for c, u in zip(way.c, way.u, strict=True)]),
        norm_guided=lengths["g"],
        angle=np.array([angle(c, u) for c, u in zip(way.c, way.u, strict=True)]),
        film=film,
        tiles=_tiles(system, way, parts, film, at),
        plane_x=plane[0],
        plane_without=plane[1],
        plane_with=plane[2],
        plane_guided=plane[3],
        plane_share=share,
    )


def _lengths(values: list[Tensor]) -> np.ndarray:
    return np.array([float(value.norm()) for value in values])


Parts = tuple[Tensor, Tensor, Tensor]


def _measured(
    system: scenes.System, p: CfgParams, ctx: Ctx
) -> tuple[Course, Parts, np.ndarray, list[np.ndarray], float]:
    """The course, each step's three x0, the guided ones decoded, and all of them in a plane."""
    way = course(system, p, ctx)
    parts = (_clean(way, way.u), _clean(way, way.c), _clean(way, way.g))
    shown = []
    for k in range(0, len(way.steps), 16):
        ctx.tick()
        shown.append(scenes.decode(system, parts[2][k : k + 16]))
    plane, share = flat_plane(torch.cat([step.x for step in way.steps]), *parts)
    return way, parts, np.concatenate(shown), plane, share


def _tiles(system: scenes.System, way: Course, parts: Parts, film: np.ndarray, at: int) -> np.ndarray:
    """x_t, x0 without and with the prompt, their difference (grey: none) and the guided x0, decoded."""
    without, with_, _ = parts
    three = scenes.decode(system, torch.cat((way.steps[at].x, without[at : at + 1], with_[at : at + 1])))
    difference = three[2].astype(np.int16) - three[1].astype(np.int16)
    grey = np.clip(128 + difference // 2, 0, 255).astype(np.uint8)
    return np.stack((three[0], three[1], three[2], grey, film[at]))

"""Pictures of the shipped system under guidance: each one is drawn once and kept, whatever page asks for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.guidance import guided
from courseai_lab.kernels.samplers import SAMPLERS, Sampler, Target
from courseai_lab.networks import scenes
from courseai_lab.networks.diffusion import Prompted, starting_noise
from courseai_lab.networks.unet import T_MAX
from courseai_lab.panels.cfg.frame import Frame
from courseai_lab.panels.cfg.params import SOLVERS, Axis, CfgParams, Solver
from courseai_lab.panels.cfg.plane import rules, with_curve

if TYPE_CHECKING:
    from courseai_lab.networks.scenes import System
    from courseai_lab.networks.world_captions import Request

PREVIEW_STEPS = 4
MANY, MANY_STEPS = 9, 3
"""More pictures than this are previewed in fewer steps, so that the preview comes at once."""
BATCH = 16
MOST_KEPT = 2000
CURVE = (1.0, 4.0, 8.0, 14.0, 20.0, 2.0, 6.0, 11.0, 17.0, 0.0, 3.0, 5.0)
"""Scales measured for the curves, coarse first."""
CURVE_COUNT = 16
CURVE_SEED = 20_000
"""The curves' noises are their own, so that they stay while the seed of the pictures changes."""
CUT = 0.98
"""A colour value beyond this (of -1 to 1) counts as cut off."""
MEASURES = ("colours", "number", "all as asked")
GRID_STEPS = (2, 4, 8, 12, 25)
GRID_SEEDS = 4


class Spec(NamedTuple):
    """Everything that one picture depends on."""

    prompt: str
    negative: str
    seed: int
    scale: float
    steps: int
    sampler: Solver
    rule: tuple[str, float, float, float]
    preview: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A picture [64 64 rgb] with the encoder's features, the judge's verdict and the share of values cut off."""

    pixels: np.ndarray
    features: np.ndarray
    verdict: tuple[bool, bool, bool, bool]
    cut: float


class Store:
    """The pictures drawn last, by all that they depend on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Spec, Drawn] = OrderedDict()

    def get(self, spec: Spec) -> Drawn | None:
        """The picture, where it is kept."""
        found = self._kept.get(spec)
        if found is not None:
            self._kept.move_to_end(spec)
        return found

    def put(self, spec: Spec, drawn: Drawn) -> None:
        """Keep a picture; the one not asked for longest goes."""
        self._kept[spec] = drawn
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def load(ctx: Ctx) -> System:
    """The shipped networks; one sentence where they are missing or damaged."""
    try:
        return scenes.load_system()
    except scenes.ModelFileError as error:
        raise BadValue(f"This page needs the shipped text-to-image networks. {error}", "page") from None


def fitting(p: CfgParams) -> tuple[CfgParams, str]:
    """Prompts cut to as many words as the text encoder takes, and a sentence where something was left out.

    Not an error: the prompt stands on the picture, which has to stay for it to be mended.
    """
    lines = tuple(_cut(line) for line in p.lines())
    change = {"prompt": _cut(p.prompt), "negative": _cut(p.negative), "prompts": "\n".join(lines)}
    kept = (p.prompt, p.negative, *p.lines())
    if (change["prompt"], change["negative"], *lines) == kept:
        return p, ""
    return p.patched(**change), f"A prompt has at most {scenes.MOST_WORDS} words: what follows them is left out."


def _cut(text: str) -> str:
    words = scenes.split_words(text)
    return text if len(words) <= scenes.MOST_WORDS else " ".join(words[: scenes.MOST_WORDS])


def spec_of(p: CfgParams, **change: Any) -> Spec:
    """The picture of the present parameters, with some of them changed."""
    rule = rules(p, p.scale)
    plain = Spec(
        p.prompt, p.negative, p.seed, p.scale, p.steps, p.sampler, (rule.shape, rule.low, rule.high, p.rescale)
    )
    return plain._replace(**change)


@torch.no_grad()
def predictions(system: System, x: Tensor, t: float, heard: Prompted) -> tuple[Tensor, Tensor]:
    """v with the prompt and without (or with the negative one), [image 4 8 8] each."""
    clock = system.unet.clock(torch.tensor([t], device=x.device))
    conditional, unconditional = system.unet(torch.cat((x, x)), clock, heard.heard).chunk(2)
    return conditional, unconditional


def share_of(t: float) -> float:
    """The network's time 0..999 as a share of the way to pure noise."""
    return (t + 1) / T_MAX


def draw(system: System, specs: Sequence[Spec], ctx: Ctx, p: CfgParams) -> Tensor:
    """Images [image rgb 64 64] of specs that differ in prompt, seed and scale only; ticks at every evaluation."""
    first = specs[0]
    heard = scenes.conditioning(system, [spec.prompt for spec in specs], first.negative)
    guides = [rules(p, spec.scale) for spec in specs]

    def v(x: Tensor, t: float) -> Tensor:
        ctx.tick()
        scale = torch.tensor([rule.at(share_of(t)) for rule in guides], dtype=x.dtype)[:, None, None, None]
        if bool((scale == 1).all()):
            with torch.no_grad():
                return system.unet(x, system.unet.clock(torch.tensor([t])), heard.alone)  # type: ignore[no-any-return]
        return guided(*predictions(system, x, t, heard), scale, p.rescale)

    seeds = [spec.seed for spec in specs]
    x = starting_noise(seeds).contiguous(memory_format=torch.channels_last)
    sampler = Sampler(first.sampler.value)
    grid = scenes.sampling_times(first.steps, sampler)
    for step in SAMPLERS[sampler](v, x, grid, Target.V, noise=lambda i: starting_noise(seeds, i + 1)):
        x = step.x_next
    with torch.no_grad():
        return system.vae.decode(x)


def obtain(system: System, specs: Sequence[Spec], ctx: Ctx, p: CfgParams, store: Store) -> list[Drawn]:
    """The pictures of these specs; only those not kept are drawn."""
    missing = [spec for spec in dict.fromkeys(specs) if store.get(spec) is None]
    for steps in dict.fromkeys(spec.steps for spec in missing):
        alike = [spec for spec in missing if spec.steps == steps]
        for begin in range(0, len(alike), BATCH):
            part = alike[begin : begin + BATCH]
            made = _looked_at(system, part, draw(system, part, ctx, p), part[0].preview)
            for spec, drawn in zip(part, made, strict=True):
                store.put(spec, drawn)
    found = [store.get(spec) for spec in specs]
    return [drawn for drawn in found if drawn is not None]


def _looked_at(system: System, specs: Sequence[Spec], image: Tensor, unjudged: bool) -> list[Drawn]:
    shown = scenes.pixels(image)
    if unjudged:
        return [Drawn(one.copy(), np.zeros(1, np.float32), (False,) * 4, 0.0) for one in shown]
    asked: dict[str, Request] = {spec.prompt: scenes.read_prompt(spec.prompt).request for spec in specs}
    features = scenes.image_features(system, image).numpy()
    cut = (image.abs() > CUT).float().mean(dim=(1, 2, 3))
    verdicts = scenes.judged(system, image, [asked[spec.prompt] for spec in specs])
    return [
        Drawn(pixels.copy(), feature.copy(), (v.count, v.colour, v.shape, v.right), float(share))
        for pixels, feature, v, share in zip(shown, features, verdicts, cut, strict=True)
    ]


def measured(drawn: Sequence[Drawn]) -> tuple[float, ...]:
    """Shares with colours, number and everything as asked; mean distance of features; mean share cut off."""
    marks = np.array([one.verdict for one in drawn], float)
    count, colour, _, right = marks.mean(axis=0)
    features = np.stack([one.features for one in drawn]).astype(np.float64)
    apart = np.sqrt(np.maximum(((features[:, None] - features[None]) ** 2).sum(-1), 0.0))
    pairs = len(drawn) * (len(drawn) - 1)
    far = float(apart.sum() / pairs) if pairs else 0.0
    return float(colour), float(count), float(right), far, float(np.mean([one.cut for one in drawn]))


def said(p: CfgParams, left_out: str) -> str:
    """What of the prompts was left out or not understood."""
    reading, negative = scenes.read_prompt(p.prompt), scenes.read_prompt(p.negative)
    out = [left_out, reading.trouble]
    if negative.trouble:
        out.append(f"Negative prompt: {negative.trouble}")
    if not reading.words:
        out.append("The prompt is empty: without a negative prompt the scale changes nothing.")
    elif not reading.request.things:
        out.append("The prompt names no thing, so the judge has nothing to check.")
    return " ".join(part for part in out if part)


def run_pictures(p: CfgParams, ctx: Ctx) -> Generator[Frame, CfgParams, None]:
    """A preview of few steps, the pictures, then a frame for each scale of the curves, coarse first."""
    ctx.tick(note="drawing")
    (p, left_out), system = fitting(p), load(ctx)
    asked = scenes.read_prompt(p.prompt).request.things
    store: Store = ctx.memo("pictures", Store)
    able = scenes.abilities()
    base = Frame(
        page="pictures",
        note=said(p, left_out),
        honest=able.sentence(),
        vocabulary=scenes.WORDS,
        ceiling=able.judge_right,
    )
    names = MEASURES if asked else ()
    known = _known(p, store, len(names))
    specs = [spec_of(p, seed=p.seed + k) for k in range(p.images)]
    if all(store.get(spec) is not None for spec in specs):
        yield with_curve(
            _shown(base, p, obtain(system, specs, ctx, p, store), len(names)), known, names, CURVE, CURVE_COUNT
        )
    else:
        few = min(PREVIEW_STEPS if p.images <= MANY else MANY_STEPS, p.steps)
        rough = [spec._replace(steps=few, sampler=Solver.DPM_SOLVER, preview=True) for spec in specs]
        preview = _shown(base, p, obtain(system, rough, ctx, p, store), len(names), few)
        yield with_curve(preview, known, names, CURVE, CURVE_COUNT)
    frame = _shown(base, p, obtain(system, specs, ctx, p, store), len(names))
    yield with_curve(frame, known, names, CURVE, CURVE_COUNT)
    for k, scale in enumerate(CURVE):
        ctx.tick(k, len(CURVE), "measuring")
        if scale not in known:
            known[scale] = _part(measured(obtain(system, _curve_specs(p, scale), ctx, p, store)), len(names))
        yield with_curve(frame, known, names, CURVE, CURVE_COUNT)


def _curve_specs(p: CfgParams, scale: float) -> list[Spec]:
    return [spec_of(p, scale=scale, seed=CURVE_SEED + k) for k in range(CURVE_COUNT)]


def _known(p: CfgParams, store: Store, asked: int) -> dict[float, tuple[float, ...]]:
    """The points of the curve whose pictures are all kept."""
    out = {}
    for scale in CURVE:
        drawn = [store.get(spec) for spec in _curve_specs(p, scale)]
        if all(one is not None for one in drawn):
            out[scale] = _part(measured([one for one in drawn if one is not None]), asked)
    return out


def _part(values: tuple[float, ...], asked: int) -> tuple[float, ...]:
    """Measures without the agreement where a prompt asks for nothing that the judge can check."""
    return values if asked else values[len(MEASURES) :]


def _shown(base: Frame, p: CfgParams, drawn: Sequence[Drawn], asked: int, preview: int = 0) -> Frame:
    steps, sampler = preview or p.steps, Solver.DPM_SOLVER if preview else p.sampler
    stage = f"{steps} steps of {SOLVERS[sampler]}" + (" (preview)" if preview else "")
    frame = replace(
        base,
        stage=stage,
        pictures=np.stack([one.pixels for one in drawn]),
        preview=bool(preview),
        steps_taken=steps,
    )
    if preview:
        return frame
    *agreement, far, cut = measured(drawn)
    return replace(
        frame,
        verdicts=np.array([one.verdict[:3] for one in drawn], np.float64) if asked else None,
        agreement_now=np.array(agreement[:asked]),
        diversity_now=far,
        excess_now=cut,
    )


def run_grid(p: CfgParams, ctx: Ctx) -> Generator[Frame, CfgParams, None]:
    """The X/Y grid, a frame for each row."""
    ctx.tick(note="drawing")
    (p, left_out), system = fitting(p), load(ctx)
    store: Store = ctx.memo("pictures", Store)
    rows, names = grid_rows(p)
    shape = (len(rows), len(p.columns))
    cells, done = np.zeros((*shape, 64, 64, 3), np.uint8), np.zeros(shape, bool)
    for r, row in enumerate(rows):
        ctx.tick(r, len(rows), "drawing")
        drawn = obtain(system, row, ctx, p, store)
        cells[r], done[r] = np.stack([one.pixels for one in drawn]), True
        yield Frame(
            page="grid",
            note=_said_of_lines(p, left_out) if p.rows is Axis.PROMPT else said(p, left_out),
            honest=scenes.abilities().sentence(),
            vocabulary=scenes.WORDS,
            stage=f"{SOLVERS[p.sampler]}, {int(done.sum())} of {done.size} pictures",
            cells=cells.copy(),
            cell_done=done.copy(),
            row_names=names,
            column_names=tuple(f"w = {scale:g}" for scale in p.columns),
        )


def grid_rows(p: CfgParams) -> tuple[list[list[Spec]], tuple[str, ...]]:
    """The specs of each row, and the rows' names."""
    if p.rows is Axis.STEPS:
        changes: list[tuple[str, dict[str, Any]]] = [(f"{n} steps", {"steps": n}) for n in GRID_STEPS]
    elif p.rows is Axis.PROMPT:
        changes = [(line, {"prompt": line}) for line in p.lines()]
    else:
        changes = [(f"seed {p.seed + k}", {"seed": p.seed + k}) for k in range(GRID_SEEDS)]
    specs = [[spec_of(p, scale=scale, **change) for scale in p.columns] for _, change in changes]
    return specs, tuple(name for name, _ in changes)


def _said_of_lines(p: CfgParams, left_out: str) -> str:
    found = [(line, scenes.read_prompt(line).trouble) for line in p.lines()]
    return " ".join([left_out, *(f"“{line}”: {trouble}" for line, trouble in found if trouble)]).strip()

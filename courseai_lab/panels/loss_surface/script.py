"""The panel's race as a program: the surface with its gradient by hand, the optimisers' update rules, their paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.source_text import names, number, program
from courseai_lab.panels.loss_surface import script_network as net
from courseai_lab.panels.loss_surface import script_text as text
from courseai_lab.panels.loss_surface.params import Clip, LossParams, Schedule
from courseai_lab.panels.loss_surface.params_rules import Rule
from courseai_lab.panels.loss_surface.params_surface import Directions, SurfaceName
from courseai_lab.panels.loss_surface.problem import problem

_N = number
_NUMBERS: Mapping[SurfaceName, Callable[[LossParams], dict[str, str]]] = MappingProxyType(
    {
        SurfaceName.QUADRATIC: lambda p: {
            "MU": _N(p.steepest / p.condition), "BIG": _N(p.steepest), "ANGLE": _N(math.radians(p.turn)),
        },
        SurfaceName.ROSENBROCK: lambda p: {"NUMBER": _N(p.rosenbrock_k)},
        SurfaceName.SADDLE: lambda p: {"NUMBER": _N(p.saddle_q)},
        SurfaceName.RASTRIGIN: lambda p: {"NUMBER": _N(p.rastrigin_a)},
        SurfaceName.RAVINE: lambda p: {"NUMBER": _N(p.ravine_k)},
        SurfaceName.CLIFF: lambda p: {"HEIGHT": _N(p.cliff_h), "SHARP": _N(p.cliff_s)},
    }
)  # fmt: skip


def script(params: LossParams, seeds: Seeds) -> str:
    """The program's text."""
    p = params
    network = p.surface is SurfaceName.NETWORK
    return program(
        "A race of optimisers on a loss surface: the same start for all, one update rule each.",
        _parameters(p),
        _network(p, seeds) if network else _surface(p, seeds),
        _rules(p),
        _race(p, seeds),
        text.PICTURE,
    )


def _parameters(p: LossParams) -> str:
    lines = ["# %% Parameters", "import numpy as np"]
    if p.surface is SurfaceName.CUSTOM:
        lines.append("import torch")
    lines += ["", 'np.seterr(all="ignore")  # a path that diverges is told by its numbers', f"steps = {p.steps}"]
    if p.rate_factors != (1.0,):
        lines.append("# Every optimiser runs once with each multiple of its rate.")
    lines.append("racers = [  # name, update rule, its numbers")
    for rule in p.optimizers:
        for factor in p.rate_factors:
            name = rule.value if p.rate_factors == (1.0,) else f"{rule.value} x{factor:g}"
            lines.append(f'    ("{name}", "{rule.value}", dict({_hyper(p, rule, factor)})),')
    return "\n".join([*lines, "]"])


def _hyper(p: LossParams, rule: Rule, factor: float) -> str:
    """The numbers that this rule uses, in its paper's symbols."""
    lr, beta1, beta2, eps, decay = p.hyper(rule, factor)
    named = {"lr": lr, "mu": beta1, "beta1": beta1, "beta2": beta2, "alpha": beta2, "eps": eps, "decay": decay}
    return ", ".join(f"{name}={_N(named[name])}" for name in text.TAKES[rule.value])


def _surface(p: LossParams, seeds: Seeds) -> str:
    found = problem(p, Ctx(seeds=seeds))
    if p.surface is SurfaceName.CUSTOM:
        body = text.CUSTOM.replace("NUMPY", parse(p.expression).numpy_source())
        body = body.replace("TORCH", parse(p.expression).torch_source())
    else:
        body = text.SURFACES[p.surface.value]
    numbers = _NUMBERS.get(p.surface, lambda _: {})(p)
    if p.surface is SurfaceName.REGRESSION:
        numbers = {"COUNT": str(p.points), "SLOPE": _N(p.slope), "CUT": _N(p.intercept), "SCATTER": _N(p.scatter)}
        numbers["SEED"] = str(seeds.data)
    for word, value in numbers.items():
        body = body.replace(word, value)
    domain = ", ".join(_N(v) for v in found.domain)
    start = ", ".join(_N(v) for v in found.start)
    return f"{body.strip()}\n\n{text.GRID.format(domain=domain, start=start).strip()}"


def _network(p: LossParams, seeds: Seeds) -> str:
    found = problem(p, Ctx(seeds=seeds))
    body = (net.DATA + net.NETWORK + net.TRAINING).replace("POINTS", net.DATASETS[p.dataset.value])
    words = {
        "SAMPLES": str(p.samples),
        "SPREAD": _N(p.spread),
        "DATASEED": str(seeds.data),
        "INITSEED": str(seeds.init),
        "SIZES": ", ".join(str(v) for v in (2, *(p.units,) * p.layers, 1)),
        "ACTIVATE": net.ACTIVATIONS[p.activation.value],
        "LOSS": net.LOSSES[p.criterion.value],
        "TRAINSTEPS": str(p.train_steps),
        "TRAINRATE": _N(p.train_lr),
    }
    by_path = p.directions is Directions.PATH and "1st" in found.names[0]
    plane = net.PATH if by_path else net.RANDOM.replace("SAMPLESEED", str(seeds.sample))
    body += plane + net.PLANE
    for word, value in words.items():
        body = body.replace(word, value)
    domain = ", ".join(_N(v) for v in found.domain)
    start = ", ".join(_N(v) for v in found.start)
    return f"{body.strip()}\n\n{net.GRID.format(domain=domain, start=start).strip()}"


def _rules(p: LossParams) -> str:
    bodies = "\n\n\n".join(text.RULES[rule.value].strip() for rule in p.optimizers)
    used = names("used", [rule.value for rule in p.optimizers])
    return f"{text.RULES_HEAD.strip()}\n{bodies}\n\n\n{used}\nrules = {{rule.__name__: rule for rule in used}}"


def _race(p: LossParams, seeds: Seeds) -> str:
    schedule = text.SCHEDULES[p.schedule.value]
    numbers = {
        Schedule.STEP: {"PERIOD": str(p.drop_every), "GAMMA": _N(p.drop_factor)},
        Schedule.EXPONENTIAL: {"GAMMA": _N(p.shrink)},
        Schedule.COSINE: {"FLOOR": _N(p.lowest_rate)},
        Schedule.WARMUP_COSINE: {"WARMUP": str(min(p.warmup, p.steps)), "FLOOR": _N(p.lowest_rate)},
    }
    for word, value in numbers.get(p.schedule, {}).items():
        schedule = schedule.replace(word, value)
    clip = (
        text.CLIPS.get(p.clipping.value, "").replace("LIMIT", _N(p.clip_limit)) if p.clipping is not Clip.NONE else ""
    )
    shake, seen = _minibatches(p, seeds)
    body = text.RACE.replace("SCHEDULE", schedule).replace("CLIP", clip).replace("SHAKE", shake)
    body = body.replace("SEEN", seen)
    network = p.surface is SurfaceName.NETWORK
    trained = '"trained_path": trained_path, "trained_loss": trained_loss, "label": label,' if network else ""
    data = '"data": data,' if network or p.surface is SurfaceName.REGRESSION else ""
    more = " ".join(part for part in (data, trained) if part)
    return body.replace("MORE", f"\n    {more}" if more else "")


def _minibatches(p: LossParams, seeds: Seeds) -> tuple[str, str]:
    """What shakes the gradient, and how it is asked for at a step."""
    if not p.minibatch:
        return "", "f(theta)[1]"
    head = f"rng = np.random.default_rng(np.random.SeedSequence((2, {seeds.sample})))\n"
    if p.surface in (SurfaceName.NETWORK, SurfaceName.REGRESSION):
        return head + text.BATCHES.replace("BATCH", str(p.batch)), "f(theta, batches[min(step, steps - 1)])[1]"
    noise = text.NOISE.replace("SIGMA", _N(p.sigma)).replace("BATCH", str(p.batch))
    return head + noise, "f(theta)[1] + noise[min(step, steps - 1)]"

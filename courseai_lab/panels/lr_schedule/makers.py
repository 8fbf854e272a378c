"""Each schedule as factors of the peak rate, and as the line of torch that makes the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels import lr_schedules as kl
from courseai_lab.panels.lr_schedule.choices import OWN_START, Name
from courseai_lab.panels.lr_schedule.params import ScheduleParams

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Maker:
    """``factor(p, t, length)``: factors at the steps t of a schedule that long; ``code(p, length)``: torch's call."""

    factor: Callable[[ScheduleParams, Floats, int], Floats]
    code: Callable[[ScheduleParams, int], str]


def warmup_of(p: ScheduleParams, name: Name) -> int:
    """Steps of warm-up that a schedule takes; one step at least is left for itself."""
    return 0 if name in OWN_START else min(p.warmup, p.steps - 1)


def factors(p: ScheduleParams, name: Name) -> Floats:
    """Factors of the peak rate, [step]; not for plateau, which needs a loss."""
    t, warmup = np.arange(p.steps, dtype=np.float64), warmup_of(p, name)
    maker = MAKERS[name]
    return kl.warmed_up(lambda u: maker.factor(p, u, p.steps - warmup), t, warmup, p.warmup_start)


def code(p: ScheduleParams, name: Name) -> str:
    """The line of torch, for an optimizer whose rate is the peak rate."""
    warmup = warmup_of(p, name)
    call = MAKERS[name].code(p, p.steps - warmup)
    if warmup == 0:
        return f"scheduler = lr_scheduler.{call}"
    climb = f"lr_scheduler.LinearLR(optimizer, start_factor={_n(p.warmup_start)}, total_iters={warmup})"
    return f"scheduler = lr_scheduler.SequentialLR(optimizer, [{climb}, lr_scheduler.{call}], milestones=[{warmup}])"


def _n(value: float) -> str:
    return f"{value:.12g}"


def _lowest(p: ScheduleParams) -> str:
    return _n(p.floor * p.lr)


def _milestones(p: ScheduleParams) -> list[int]:
    """Milestones count from the end of the warm-up, as in the joined schedules of torch."""
    warmup = warmup_of(p, Name.MULTI_STEP)
    return [m - warmup for m in p.milestones if m > warmup]


def _decay_code(p: ScheduleParams, length: int) -> str:
    span = max(p.wsd_share * length, 1.0)
    gone = f"min(max((t - {_n(length - span)}) / {_n(span)}, 0), 1)"
    if p.wsd_shape == "root":
        gone += " ** 0.5"
    share = f"{_n(1 - p.floor)} * " if p.floor else ""
    return f"LambdaLR(optimizer, lambda t: 1 - {share}{gone})"


def _cyclic(p: ScheduleParams, t: Floats) -> Floats:
    shrink = 0.5 if p.tri_mode == "triangular2" else 1.0
    decay = p.tri_gamma if p.tri_mode == "exp_range" else 1.0
    return kl.cyclic(t, 2.0 * p.tri_half, p.floor, shrink, decay)


def _plateau_code(p: ScheduleParams, length: int) -> str:
    return (
        f"ReduceLROnPlateau(optimizer, factor={_n(p.plateau_factor)}, patience={p.patience}, "
        f"threshold={_n(p.threshold)}, cooldown={p.cooldown}, min_lr={_lowest(p)})"
        f"  # scheduler.step(loss) every {p.plateau_every} steps"
    )


MAKERS: Mapping[Name, Maker] = MappingProxyType(
    {
        Name.CONSTANT: Maker(
            lambda p, t, length: kl.constant(t),
            lambda p, length: "ConstantLR(optimizer, factor=1.0)",
        ),
        Name.STEP: Maker(
            lambda p, t, length: kl.step_decay(t, p.step_period, p.step_gamma),
            lambda p, length: f"StepLR(optimizer, step_size={p.step_period}, gamma={_n(p.step_gamma)})",
        ),
        Name.MULTI_STEP: Maker(
            lambda p, t, length: kl.multi_step(t, _milestones(p), p.multi_gamma),
            lambda p, length: f"MultiStepLR(optimizer, milestones={_milestones(p)}, gamma={_n(p.multi_gamma)})",
        ),
        Name.EXPONENTIAL: Maker(
            lambda p, t, length: kl.exponential(t, p.exp_gamma),
            lambda p, length: f"ExponentialLR(optimizer, gamma={_n(p.exp_gamma)})",
        ),
        Name.POLYNOMIAL: Maker(
            lambda p, t, length: kl.polynomial(t, length, p.poly_power),
            lambda p, length: f"PolynomialLR(optimizer, total_iters={length}, power={_n(p.poly_power)})",
        ),
        Name.COSINE: Maker(
            lambda p, t, length: kl.cosine(t, length, p.floor),
            lambda p, length: f"CosineAnnealingLR(optimizer, T_max={length}, eta_min={_lowest(p)})",
        ),
        Name.WARM_RESTARTS: Maker(
            lambda p, t, length: kl.warm_restarts(t, p.restart_period, p.restart_growth, p.floor),
            lambda p, length: (
                f"CosineAnnealingWarmRestarts(optimizer, T_0={p.restart_period}, "
                f"T_mult={p.restart_growth}, eta_min={_lowest(p)})"
            ),
        ),
        Name.ONE_CYCLE: Maker(
            lambda p, t, length: kl.one_cycle(
                t, length, p.cycle_share, p.cycle_start, p.cycle_end, float(p.cycle_line == "linear")
            ),
            lambda p, length: (
                f"OneCycleLR(optimizer, max_lr={_n(p.lr)}, total_steps={length}, "
                f"pct_start={_n(p.cycle_share)}, anneal_strategy='{p.cycle_line}', div_factor={_n(p.cycle_start)}, "
                f"final_div_factor={_n(p.cycle_end)}, cycle_momentum=False)"
            ),
        ),
        Name.WSD: Maker(
            lambda p, t, length: kl.stable_decay(t, length, p.wsd_share, p.floor, float(p.wsd_shape == "root")),
            _decay_code,
        ),
        Name.INVERSE_SQRT: Maker(
            lambda p, t, length: kl.inverse_sqrt(t, p.sqrt_scale),
            lambda p, length: f"LambdaLR(optimizer, lambda t: ({p.sqrt_scale} / ({p.sqrt_scale} + t)) ** 0.5)",
        ),
        Name.PLATEAU: Maker(lambda p, t, length: kl.constant(t), _plateau_code),
        Name.CYCLIC: Maker(
            lambda p, t, length: _cyclic(p, t),
            lambda p, length: (
                f"CyclicLR(optimizer, base_lr={_lowest(p)}, max_lr={_n(p.lr)}, "
                f"step_size_up={p.tri_half}, mode='{p.tri_mode}', gamma={_n(p.tri_gamma)}, cycle_momentum=False)"
            ),
        ),
    }
)

"""For every formula its sheet with today's numbers, and the curves of the picture beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels import formula_sheets as fs
from courseai_lab.kernels import formula_sheets_nets as fn
from courseai_lab.kernels import schedules as ks
from courseai_lab.kernels.formula_parts import Floats, Sheet
from courseai_lab.kernels.formula_typed import typed_formula, typed_sheet
from courseai_lab.kernels.gradient_streams import STREAMS, network_stream
from courseai_lab.kernels.images import ImageProblem, sample_image
from courseai_lab.panels.equation.params import SIDE, STREAM_STEPS, Equation, EquationParams, Stream
from courseai_lab.paths import resource

REACH = 8.0
POINTS = 401
TIME_STEPS = 1000
_SCHEDULES: Mapping[str, Callable[[int], ks.Schedule]] = MappingProxyType(
    {"linear": ks.linear, "scaled_linear": ks.scaled_linear, "cosine": ks.cosine}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A sheet, and the picture's curves [curve point] over ``x`` [point], the visits [visit], and single numbers."""

    sheet: Sheet
    x: Floats | None = None
    curves: Floats | None = None
    names: tuple[str, ...] = ()
    visits: Floats | None = None
    facts: tuple[tuple[str, float], ...] = ()


def _descent(p: EquationParams, ctx: Ctx) -> Problem:
    beta = p.momentum if p.equation is Equation.MOMENTUM else 0.0
    w, v = fs.descend(p.w, p.lr, beta, p.curvature, p.best, p.taken + 1)
    now, velocity = float(w[p.taken]), float(v[p.taken])
    if not math.isfinite(now):
        raise BadValue(f"After {p.taken} updates the weight is no number any more; take a smaller learning rate.", "lr")
    if p.equation is Equation.MOMENTUM:
        sheet = fs.momentum(now, velocity, p.lr, p.momentum, p.curvature, p.best)
    else:
        sheet = fs.update_rule(now, p.lr, p.curvature, p.best)
    reach = max(REACH, 1.2 * abs(now), 1.2 * abs(float(sheet[-1].value)))  # what diverges stays in the picture
    x = np.linspace(-reach, reach, POINTS)
    facts = (("limit", (2 + 2 * beta) / p.curvature),)
    return Problem(sheet, x, fs.quadratic(x, p.curvature, p.best)[None], ("loss",), w[: p.taken + 1].copy(), facts)


def _adam(p: EquationParams, ctx: Ctx) -> Problem:
    if p.stream is Stream.NETWORK:
        key = ("network", p.adam_lr, p.beta1, p.beta2, p.eps, ctx.seeds)
        g, w = ctx.memo(key, lambda: network_stream(STREAM_STEPS, p.adam_lr, p.beta1, p.beta2, p.eps, ctx.rng("init")))
        made = fs.adam_stream(g, p.adam_lr, p.beta1, p.beta2, p.eps)
    else:
        g = STREAMS[p.stream.value](STREAM_STEPS, ctx.rng("data"))
        made = fs.adam_stream(g, p.adam_lr, p.beta1, p.beta2, p.eps)
        w = np.concatenate([[0.0], -np.cumsum(made["step"])[:-1]])
    k = p.t - 1
    m0, v0 = (float(made[name][k - 1]) if k else 0.0 for name in ("m", "v"))
    sheet = fs.adam(float(w[k]), float(g[k]), m0, v0, p.t, p.adam_lr, p.beta1, p.beta2, p.eps)
    names = ("g", *made, "w")
    return Problem(sheet, np.arange(1, STREAM_STEPS + 1.0), np.stack([g, *made.values(), w]), names)


def _forward(p: EquationParams, ctx: Ctx) -> Problem:
    schedule = _SCHEDULES[p.schedule](TIME_STEPS)
    t = round(p.time * (TIME_STEPS - 1))
    x0 = ctx.memo(("picture", p.picture), lambda: _picture(p.picture))
    eps = ctx.rng("sample").standard_normal(x0.shape)
    alpha_bar = np.asarray(schedule.alpha_bar, dtype=np.float64)
    sheet = fs.forward_process(x0, eps, float(alpha_bar[t]), (p.row, p.column))
    curves = np.stack([alpha_bar, np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)])
    names = ("alpha_bar", "signal", "noise")
    return Problem(sheet, np.arange(TIME_STEPS, dtype=np.float64), curves, names, None, (("t", float(t)),))


def _picture(name: str) -> Floats:
    try:
        picture = sample_image(name, resource("images"), SIDE, channels="gray", value_range="signed")  # type: ignore[arg-type]
    except ImageProblem as problem:
        raise BadValue(str(problem), "picture") from None
    return np.ascontiguousarray(picture.pixels.reshape(SIDE, SIDE), dtype=np.float64)


def _attention(p: EquationParams, ctx: Ctx) -> Problem:
    q, k, v = (np.array(rows, dtype=np.float64) for rows in (p.q, p.k, p.v))
    # Rows are added to one matrix at a time: until the others follow, what has no partner waits, and the words say so.
    pairs, wide = min(len(k), len(v)), min(q.shape[1], k.shape[1])
    waiting = float(len(k) + len(v) - 2 * pairs + q.shape[1] + k.shape[1] - 2 * wide)
    q, k, v = q[:, :wide], k[:pairs, :wide], v[:pairs]
    if p.causal and len(q) > pairs:
        sentence = f"With a causal mask there are at least as many keys as queries, not {pairs} for {len(q)}."
        raise BadValue(f"{sentence} Add keys and values, or switch the mask off.", "causal")
    sheet = fn.attention(q, k, v, p.causal, min(p.query, len(q) - 1), min(p.key, pairs - 1))
    return Problem(sheet, facts=(("waiting", waiting),))


def _softmax(p: EquationParams, ctx: Ctx) -> Problem:
    z = np.array(p.logits)
    return Problem(fn.softmax(z, p.temperature, min(p.element, len(z)) - 1))


def _cross_entropy(p: EquationParams, ctx: Ctx) -> Problem:
    z = np.array(p.logits)
    at = min(p.element, len(z)) - 1
    share = np.linspace(0.005, 1, POINTS)
    return Problem(fn.cross_entropy(z, at), share, -np.log(share)[None], ("loss",))


def _layer_norm(p: EquationParams, ctx: Ctx) -> Problem:
    x = np.array(p.features)
    return Problem(fn.layer_norm(x, p.scale, p.shift, p.ln_eps, min(p.element, len(x)) - 1))


def _vae(p: EquationParams, ctx: Ctx) -> Problem:
    z = np.linspace(-4, 4, POINTS)
    mean, std = fn.posterior(p.observed, p.decoder_gain, p.decoder_noise)
    numbers = (p.latent_std, p.decoder_gain, p.decoder_noise, p.kl_weight)
    bound = np.array([float(fn.vae_bound(p.observed, m, *numbers)[-1].value) for m in z])
    sheet = fn.vae_bound(p.observed, p.latent_mean, *numbers)
    curves = np.stack([_density(z, 0, 1), _density(z, p.latent_mean, p.latent_std), _density(z, mean, std), bound])
    evidence = fn.log_evidence(p.observed, p.decoder_gain, p.decoder_noise)
    facts = (("evidence", evidence), ("best_mean", mean), ("best_std", std))
    return Problem(sheet, z, curves, ("prior", "encoder", "posterior", "bound"), None, facts)


def _density(z: Floats, mean: float, std: float) -> Floats:
    return np.exp(-0.5 * ((z - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))


def _dpo(p: EquationParams, ctx: Ctx) -> Problem:
    sheet = fn.dpo_loss(p.logp_w, p.logp_w_ref, p.logp_l, p.logp_l_ref, p.dpo_beta)
    reach = max(6.0, 1.15 * abs(next(float(part.value) for part in sheet if part.id == "h")))
    h = np.linspace(-reach, reach, POINTS)
    return Problem(sheet, h, np.logaddexp(0.0, -h)[None], ("loss",))


def _own(p: EquationParams, ctx: Ctx) -> Problem:
    expression = typed_formula(p.typed)
    count = len(expression.variables)
    values = list(p.numbers()[:count])
    over = min(p.sweep, count) - 1
    x = np.linspace(-10, 10, POINTS)
    y = np.asarray(expression(*(x if k == over else np.full_like(x, v) for k, v in enumerate(values))))
    return Problem(typed_sheet(expression, values), x, np.array(y, dtype=np.float64)[None], ("result",), None,
                   (("over", float(over)),))  # fmt: skip


PROBLEMS: Mapping[Equation, Callable[[EquationParams, Ctx], Problem]] = MappingProxyType(
    {
        Equation.UPDATE: _descent,
        Equation.MOMENTUM: _descent,
        Equation.ADAM: _adam,
        Equation.FORWARD: _forward,
        Equation.ATTENTION: _attention,
        Equation.SOFTMAX: _softmax,
        Equation.CROSS_ENTROPY: _cross_entropy,
        Equation.LAYER_NORM: _layer_norm,
        Equation.VAE: _vae,
        Equation.DPO: _dpo,
        Equation.OWN: _own,
    }
)

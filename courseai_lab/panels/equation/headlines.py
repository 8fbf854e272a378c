"""The formulas as they stand above the picture, every term named, and what the terms mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import Formula, Term
from courseai_lab.kernels import formula_sheets as fs
from courseai_lab.kernels import formula_sheets_nets as fn
from courseai_lab.kernels.formula_parts import Sheet, written
from courseai_lab.kernels.formula_typed import typed_formula, typed_sheet
from courseai_lab.panels.equation.params import Equation, EquationParams

HEADLINES: Mapping[Equation, str] = MappingProxyType(
    {
        Equation.UPDATE: (
            r"\term{new}{w_{\mathrm{new}}} = \term{w}{w} - \term{lr}{\eta}\,\term{g}{\frac{dL}{dw}}, \qquad "
            r"\term{g}{\frac{dL}{dw}} = \term{curvature}{k}\,\term{distance}{(w - w^*)}, \qquad "
            r"\term{step}{s} = \term{lr}{\eta}\,\term{g}{g}, \quad \term{best}{w^*}"
        ),
        Equation.MOMENTUM: (
            r"\term{velocity}{v_{\mathrm{new}}} = \term{momentum}{\beta}\,\term{v}{v} + \term{g}{\frac{dL}{dw}}, "
            r"\qquad "
            r"\term{new}{w_{\mathrm{new}}} = \term{w}{w} - \term{lr}{\eta}\,\term{velocity}{v_{\mathrm{new}}}, \qquad "
            r"\term{g}{\frac{dL}{dw}} = \term{curvature}{k}\,(\term{w}{w} - \term{best}{w^*})"
        ),
        Equation.ADAM: (
            r"\term{m}{m_t} = \term{beta1}{\beta_1}\,\term{m0}{m_{t-1}} + (1 - \term{beta1}{\beta_1})\,\term{g}{g_t}, "
            r"\qquad \term{v}{v_t} = \term{beta2}{\beta_2}\,\term{v0}{v_{t-1}} + "
            r"(1 - \term{beta2}{\beta_2})\,\term{g}{g_t}^2, \qquad "
            r"\term{m_hat}{\hat m} = \frac{\term{m}{m_t}}{1 - \beta_1^{\term{t}{t}}}, \quad "
            r"\term{v_hat}{\hat v} = \frac{\term{v}{v_t}}{1 - \beta_2^{\term{t}{t}}}, \qquad "
            r"\term{new}{w_{\mathrm{new}}} = \term{w}{w} - \term{adam_lr}{\eta}\,"
            r"\frac{\term{m_hat}{\hat m}}{\term{root}{\sqrt{\hat v}} + \term{eps}{\varepsilon}}"
        ),
        Equation.FORWARD: (
            r"\term{xt}{x_t} = \term{signal}{\sqrt{\bar\alpha_t}}\,\term{image}{x_0} + "
            r"\term{noise}{\sqrt{1 - \bar\alpha_t}}\,\term{eps}{\varepsilon}, \qquad "
            r"\term{alpha_bar}{\bar\alpha_t} = \prod_{s \le \term{time}{t}} (1 - \beta_s)"
        ),
        Equation.ATTENTION: (
            r"\term{scaled}{S} = \frac{\term{q}{Q}\,\term{k}{K}^{\top}}{\sqrt{\term{d}{d}}}, \qquad "
            r"\term{weights}{A} = \mathrm{softmax}(\term{scaled}{S}), \qquad "
            r"\term{out}{O} = \term{weights}{A}\,\term{v}{V}"
        ),
        Equation.SOFTMAX: (
            r"\term{p}{p_i} = \frac{e^{\term{logits}{z_i} / \term{temperature}{T}}}{\term{total}{\sum_j e^{z_j / T}}}"
        ),
        Equation.CROSS_ENTROPY: (
            r"\term{loss}{L} = -\term{log_p}{\ln p_y} = -(\term{logits}{z_y} - "
            r"\term{log_sum}{\ln \sum_j e^{z_j}})"
        ),
        Equation.LAYER_NORM: (
            r"\term{y}{y_i} = \term{scale}{\gamma}\,\frac{\term{features}{x_i} - \term{mean}{\mu}}"
            r"{\sqrt{\term{variance}{\sigma^2} + \term{ln_eps}{\varepsilon}}} + \term{shift}{\beta}"
        ),
        Equation.VAE: (
            r"\ln p(\term{observed}{x}) \ge \term{bound}{\mathrm{ELBO}} = \term{fit}{E_q[\ln p(x|z)]} - "
            r"\term{kl_weight}{\beta}\,\term{kl}{D(q\,\|\,p)}, \qquad "
            r"q = N(\term{latent_mean}{\mu}, \term{latent_std}{\sigma}^2), \quad "
            r"p(x|z) = N(\term{decoder_gain}{a} z, \term{decoder_noise}{s}^2)"
        ),
        Equation.DPO: (
            r"\term{loss}{L} = -\ln \term{sigma}{\sigma}(\term{dpo_beta}{\beta}\,[(\term{logp_w}{\ln\pi_w} - "
            r"\term{logp_w_ref}{\ln\rho_w}) - (\term{logp_l}{\ln\pi_l} - \term{logp_l_ref}{\ln\rho_l})])"
        ),
    }
)
_ROLES = MappingProxyType(
    {
        (Equation.UPDATE, "g"): "gradient",
        (Equation.MOMENTUM, "g"): "gradient",
        (Equation.ADAM, "g"): "gradient",
        (Equation.UPDATE, "new"): "model",
        (Equation.MOMENTUM, "new"): "model",
        (Equation.ADAM, "new"): "model",
        (Equation.FORWARD, "image"): "data",
        (Equation.FORWARD, "eps"): "noise",
        (Equation.FORWARD, "noise"): "noise",
        (Equation.FORWARD, "signal"): "data",
        (Equation.ATTENTION, "q"): "query",
        (Equation.ATTENTION, "k"): "key",
        (Equation.ATTENTION, "v"): "value",
        (Equation.CROSS_ENTROPY, "loss"): "loss",
        (Equation.DPO, "loss"): "loss",
    }
)
_ONE, _TWO = np.ones(2), np.ones((2, 2))
# The parts' meanings do not depend on numbers: any will do to have them.
_SAMPLES: Mapping[Equation, Callable[[], Sheet]] = MappingProxyType(
    {
        Equation.UPDATE: lambda: fs.update_rule(1, 1, 1, 0),
        Equation.MOMENTUM: lambda: fs.momentum(1, 1, 1, 0.5, 1, 0),
        Equation.ADAM: lambda: fs.adam(1, 1, 1, 1, 1, 1, 0.5, 0.5, 1e-8),
        Equation.FORWARD: lambda: fs.forward_process(_TWO, _TWO, 0.5, (0, 0)),
        Equation.ATTENTION: lambda: fn.attention(_TWO, _TWO, _TWO, True, 0, 0),
        Equation.SOFTMAX: lambda: fn.softmax(_ONE, 1, 0),
        Equation.CROSS_ENTROPY: lambda: fn.cross_entropy(_ONE, 0),
        Equation.LAYER_NORM: lambda: fn.layer_norm(_ONE, 1, 0, 1, 0),
        Equation.VAE: lambda: fn.vae_bound(1, 1, 1, 1, 1, 1),
        Equation.DPO: lambda: fn.dpo_loss(-1, -1, -1, -1, 1),
    }
)


def headline(p: EquationParams) -> Formula:
    """The formula chosen, with its terms."""
    if p.equation is Equation.OWN:
        sheet = typed_sheet(typed_formula(p.typed), p.numbers())
        tex = written(sheet)
    else:
        sheet, tex = _SAMPLES[p.equation](), HEADLINES[p.equation]
    meanings = {part.id: part.meaning for part in sheet} | {"time": "the time step, 0 for the least noisy"}
    named = dict.fromkeys(name for name, _ in Formula(tex).pieces() if name)
    return Formula(tex, tuple(Term(name, meanings[name], _ROLES.get((p.equation, name), "")) for name in named))

"""First-order optimisers as flat formulas in their papers' symbols, in one table.

Each formula is `f(theta, g, s, t, h) -> (theta, s)`: parameters and gradient (numbers or arrays of one
shape), state `s` of three slots that start at zero, update count `t` from 1, and `h` the five
hyperparameters of `HYPER`. All of them act coordinate by coordinate, so the same function serves arrays
here and, compiled, the inner loops of races and training. The update is torch.optim's, step for step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

State = tuple[Any, Any, Any]
Hyper = tuple[float, float, float, float, float]
Update = Callable[[Any, Any, State, Any, Hyper], tuple[Any, State]]
Rate = Callable[[Any, Any, State, Any, Hyper], Any]

HYPER = ("lr", "beta1", "beta2", "eps", "weight_decay")


def sgd(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Robbins and Monro (1951): theta <- theta - lr g, with L2 decay added to g."""
    lr, _, _, _, lam = h
    g = g + lam * theta
    return theta - lr * g, s


def momentum(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Polyak (1964) in torch's scaling: b <- mu b + g; theta <- theta - lr b."""
    lr, mu, _, _, lam = h
    b, unused1, unused2 = s
    g = g + lam * theta
    b = mu * b + g
    return theta - lr * b, (b, unused1, unused2)


def nesterov(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Nesterov (1983) as Sutskever et al. (2013), section 2, in torch's variable: theta is the look-ahead point."""
    lr, mu, _, _, lam = h
    b, unused1, unused2 = s
    g = g + lam * theta
    b = mu * b + g
    return theta - lr * (g + mu * b), (b, unused1, unused2)


def adagrad(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Duchi et al. (2011), diagonal form: G <- G + g^2; theta <- theta - lr g / (sqrt(G) + eps)."""
    lr, _, _, eps, lam = h
    G, unused1, unused2 = s
    g = g + lam * theta
    G = G + g * g
    return theta - lr * g / (np.sqrt(G) + eps), (G, unused1, unused2)


def rmsprop(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Tieleman and Hinton (2012), lecture 6e: v <- alpha v + (1 - alpha) g^2; optional momentum mu as in torch."""
    lr, mu, alpha, eps, lam = h
    v, b, unused2 = s
    g = g + lam * theta
    v = alpha * v + (1.0 - alpha) * g * g
    b = mu * b + g / (np.sqrt(v) + eps)
    return theta - lr * b, (v, b, unused2)


def adam(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Kingma and Ba (2015), algorithm 1, with L2 decay added to g."""
    lr, beta1, beta2, eps, lam = h
    m, v, unused2 = s
    g = g + lam * theta
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    m_hat = m / (1.0 - beta1**t)
    v_hat = v / (1.0 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), (m, v, unused2)


def adamw(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Loshchilov and Hutter (2019), algorithm 2: decay taken from theta, not through the moments."""
    lr, beta1, beta2, eps, lam = h
    return adam(theta - lr * lam * theta, g, s, t, (lr, beta1, beta2, eps, 0.0))


def amsgrad(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Reddi et al. (2018), algorithm 2, with Adam's bias corrections as in torch: v never falls."""
    lr, beta1, beta2, eps, lam = h
    m, v, v_max = s
    g = g + lam * theta
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    v_max = np.maximum(v_max, v)
    m_hat = m / (1.0 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v_max / (1.0 - beta2**t)) + eps), (m, v, v_max)


def lion(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> tuple[Any, State]:
    """Chen et al. (2023), algorithm 2: the sign of an interpolated momentum, with decoupled decay."""
    lr, beta1, beta2, _, lam = h
    m, unused1, unused2 = s
    c = beta1 * m + (1.0 - beta1) * g
    m = beta2 * m + (1.0 - beta2) * g
    return theta - lr * (np.sign(c) + lam * theta), (m, unused1, unused2)


def _rate_plain(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> Any:
    return h[0] + 0.0 * theta


def _rate_adagrad(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> Any:
    return h[0] / (np.sqrt(s[0]) + h[3])


def _rate_adam(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> Any:
    return h[0] / (np.sqrt(s[1] / (1.0 - h[2] ** t)) + h[3])


def _rate_amsgrad(theta: Any, g: Any, s: State, t: Any, h: Hyper) -> Any:
    return h[0] / (np.sqrt(s[2] / (1.0 - h[2] ** t)) + h[3])


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One row of `OPTIMIZERS`.

    `update` is the formula. `rate(theta, g, s, t, h)` is the effective rate per coordinate: what multiplies
    the (averaged) gradient in update `t`, with the state after it. `symbols` names, in TeX, the
    hyperparameters it uses; the others are ignored. `velocity` is the state slot that remembers a direction,
    `squares` the one that remembers squared gradients; -1 where it has none.
    """

    code: int
    title: str
    update: Update
    rate: Rate
    symbols: Mapping[str, str]
    defaults: Hyper
    decay: str
    velocity: int
    squares: int
    source: str


_LR, _LAM, _EPS = r"\eta", r"\lambda", r"\epsilon"
_SGD = {"lr": _LR, "weight_decay": _LAM}
_MOMENTUM = {"lr": _LR, "beta1": r"\mu", "weight_decay": _LAM}
_ADAGRAD = {"lr": _LR, "eps": _EPS, "weight_decay": _LAM}
_RMSPROP = {"lr": _LR, "beta1": r"\mu", "beta2": r"\alpha", "eps": _EPS, "weight_decay": _LAM}
_LION = {"lr": _LR, "beta1": r"\beta_1", "beta2": r"\beta_2", "weight_decay": _LAM}
_ADAM = {**_LION, "eps": _EPS}
_ADAM_H: Hyper = (1e-3, 0.9, 0.999, 1e-8, 0.0)

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        "sgd": Optimizer(
            0, "SGD", sgd, _rate_plain, _SGD, (1e-2, 0.0, 0.0, 0.0, 0.0), "L2", -1, -1, "Robbins and Monro 1951"
        ),
        "momentum": Optimizer(
            1, "Momentum", momentum, _rate_plain, _MOMENTUM, (1e-2, 0.9, 0.0, 0.0, 0.0), "L2", 0, -1, "Polyak 1964"
        ),
        "nesterov": Optimizer(
            2, "Nesterov", nesterov, _rate_plain, _MOMENTUM, (1e-2, 0.9, 0.0, 0.0, 0.0), "L2", 0, -1, "Nesterov 1983"
        ),
        "adagrad": Optimizer(
            3,
            "AdaGrad",
            adagrad,
            _rate_adagrad,
            _ADAGRAD,
            (1e-2, 0.0, 0.0, 1e-10, 0.0),
            "L2",
            -1,
            0,
            "Duchi et al. 2011",
        ),
        "rmsprop": Optimizer(
            4,
            "RMSprop",
            rmsprop,
            _rate_adagrad,
            _RMSPROP,
            (1e-2, 0.0, 0.99, 1e-8, 0.0),
            "L2",
            1,
            0,
            "Tieleman and Hinton 2012",
        ),
        "adam": Optimizer(5, "Adam", adam, _rate_adam, _ADAM, _ADAM_H, "L2", 0, 1, "Kingma and Ba 2015"),
        "adamw": Optimizer(
            6,
            "AdamW",
            adamw,
            _rate_adam,
            _ADAM,
            (1e-3, 0.9, 0.999, 1e-8, 1e-2),
            "decoupled",
            0,
            1,
            "Loshchilov and Hutter 2019",
        ),
        "amsgrad": Optimizer(7, "AMSGrad", amsgrad, _rate_amsgrad, _ADAM, _ADAM_H, "L2", 0, 1, "Reddi et al. 2018"),
        "lion": Optimizer(
            8, "Lion", lion, _rate_plain, _LION, (1e-4, 0.9, 0.99, 0.0, 0.0), "decoupled", 0, -1, "Chen et al. 2023"
        ),
    }
)


def hyper_row(name: str, **values: float) -> Hyper:
    """The five hyperparameters of optimiser `name`: its defaults with `values` put in by name."""
    if name not in OPTIMIZERS:
        raise ValueError(f"There is no optimiser '{name}'; choose one of {', '.join(OPTIMIZERS)}.")
    unknown = set(values) - set(OPTIMIZERS[name].symbols)
    if unknown:
        known = ", ".join(OPTIMIZERS[name].symbols)
        raise ValueError(f"{OPTIMIZERS[name].title} has no '{sorted(unknown)[0]}'; it takes {known}.")
    row = dict(zip(HYPER, OPTIMIZERS[name].defaults, strict=True)) | values
    return (row["lr"], row["beta1"], row["beta2"], row["eps"], row["weight_decay"])


def nesterov_base(theta: Any, b: Any, lr: Any, mu: float) -> Any:
    """The point Nesterov's step looks ahead from: phi = theta + lr mu b (Sutskever et al. 2013).

    torch keeps the look-ahead point theta = phi - lr mu b, where the gradient is taken. With a schedule,
    `lr` is the rate of the update that made `b`.
    """
    return theta + lr * mu * b


def clip_by_value(g: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """torch clip_grad_value_: each coordinate held within -limit .. limit."""
    return np.clip(g, -limit, limit)


def clip_by_norm(g: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Pascanu et al. (2013), algorithm 1, as torch clip_grad_norm_: g min(1, limit / (|g| + 1e-6))."""
    return g * min(1.0, limit / (float(np.sqrt(np.sum(g * g))) + 1e-6))


_jit = njit(nogil=True, cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
_sgd, _momentum, _nesterov, _adagrad = _jit(sgd), _jit(momentum), _jit(nesterov), _jit(adagrad)
_rmsprop, _amsgrad, _lion = _jit(rmsprop), _jit(amsgrad), _jit(lion)


@njit(nogil=True, cache=True, error_model="numpy")
def update_coordinate(code, theta, g, s, t, h):  # type: ignore[no-untyped-def]
    """The update of `OPTIMIZERS` row `code` for one coordinate, compiled. `t` and all values are floats."""
    if code == 0:
        return _sgd(theta, g, s, t, h)
    if code == 1:
        return _momentum(theta, g, s, t, h)
    if code == 2:
        return _nesterov(theta, g, s, t, h)
    if code == 3:
        return _adagrad(theta, g, s, t, h)
    if code == 4:
        return _rmsprop(theta, g, s, t, h)
    if code == 7:
        return _amsgrad(theta, g, s, t, h)
    if code == 8:
        return _lion(theta, g, s, t, h)
    lr, beta1, beta2, eps, lam = h
    decoupled = lam if code == 6 else 0.0
    return _adam(theta - lr * decoupled * theta, g, s, t, (lr, beta1, beta2, eps, lam - decoupled))


_adam = _jit(adam)


@njit(nogil=True, cache=True, error_model="numpy")
def update_all(code, theta, g, state, t, h):  # type: ignore[no-untyped-def]
    """One update of every coordinate in place. theta, g: [parameter]; state: [slot parameter]; h: [5]."""
    row = (h[0], h[1], h[2], h[3], h[4])
    for i in range(theta.size):
        s = (state[0, i], state[1, i], state[2, i])
        theta[i], s = update_coordinate(code, theta[i], g[i], s, float(t), row)
        state[0, i], state[1, i], state[2, i] = s


@njit(nogil=True, cache=True, error_model="numpy")
def clip_in_place(g, by_value, by_norm):  # type: ignore[no-untyped-def]
    """`clip_by_value` then `clip_by_norm` on g [parameter], compiled; a limit of 0 switches one off."""
    if by_value > 0.0:
        for i in range(g.size):
            g[i] = min(max(g[i], -by_value), by_value)
    if by_norm > 0.0:
        total = 0.0
        for i in range(g.size):
            total += g[i] * g[i]
        scale = min(1.0, by_norm / (np.sqrt(total) + 1e-6))
        for i in range(g.size):
            g[i] *= scale

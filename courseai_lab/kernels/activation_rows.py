"""Activation functions on rows of float32, value and slope in one pass, chosen by number inside one compiled function.

Formulas as in ``kernels.activations`` (exact twins in float64); errors here are about 1e-6.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.lanes import out_of_line
from courseai_lab.kernels.lazy_jit import njit
from courseai_lab.kernels.vector_math32 import HALF, ONE, TWO, A, exp32

F = np.float32
LEAK = F(0.01)
SELU_ALPHA, SELU_SCALE = F(1.6732632423543772), F(1.0507009873554805)
GELU_SCALE, GELU_CUBIC, THREE = F(0.7978845608028654), F(0.044715), F(3.0)
ROOT_HALF, DENSITY = F(0.7071067811865476), F(0.3989422804014327)
ZERO, LIMIT, MISH_LIMIT = F(0.0), F(80.0), F(20.0)
# Abramowitz and Stegun (1964), 7.1.26: erf to 1.5e-7.
ERF_P = F(0.3275911)
ERF = tuple(F(v) for v in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429))

ACTIVATIONS = MappingProxyType(
    {
        "identity": 0,
        "tanh": 1,
        "relu": 2,
        "leaky_relu": 3,
        "sigmoid": 4,
        "elu": 5,
        "selu": 6,
        "gelu": 7,
        "gelu_tanh": 8,
        "silu": 9,
        "softplus": 10,
        "mish": 11,
    }
)
"""Numbers of the functions, by the names of ``kernels.activations``."""

_jit = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})


@_jit
def logistic32(z):  # type: ignore[no-untyped-def]
    """1 / (1 + e^-z)."""
    z = -LIMIT if z < -LIMIT else z
    z = LIMIT if z > LIMIT else z
    return ONE / (ONE + exp32(-z))


@_jit
def tanh32(z):  # type: ignore[no-untyped-def]
    """tanh z."""
    return TWO * logistic32(TWO * z) - ONE


@_jit
def activate(code, x, slope, n):  # type: ignore[no-untyped-def]
    """x[:n] <- f(x[:n]) and slope[:n] <- f'(x[:n]); ``code`` from ``ACTIVATIONS``. Kinks as in torch."""
    out_of_line()
    if code == 1:
        for k in range(n):
            h = tanh32(x[k])
            x[k] = h
            slope[k] = ONE - h * h
    elif code == 2:
        for k in range(n):
            slope[k] = ONE if x[k] > ZERO else ZERO
            x[k] = ZERO if x[k] < ZERO else x[k]
    elif code == 3:
        for k in range(n):
            s = ONE if x[k] > ZERO else LEAK
            slope[k] = s
            x[k] = x[k] * s
    elif code == 4:
        for k in range(n):
            h = logistic32(x[k])
            x[k] = h
            slope[k] = h * (ONE - h)
    elif code == 5 or code == 6:
        alpha, scale = (ONE, ONE) if code == 5 else (SELU_ALPHA, SELU_SCALE)
        for k in range(n):
            z = x[k]
            low = ZERO if z > ZERO else z
            e = exp32(-LIMIT if low < -LIMIT else low)
            x[k] = scale * (z if z > ZERO else alpha * (e - ONE))
            slope[k] = scale * (ONE if z > ZERO else alpha * e)
    elif code == 0:
        for k in range(n):
            slope[k] = ONE
    else:
        _activate_smooth(code, x, slope, n)


@_jit
def _activate_smooth(code, x, slope, n):  # type: ignore[no-untyped-def]
    out_of_line()
    if code == 7:
        for k in range(n):
            z = x[k]
            square = -HALF * z * z
            density = exp32(-LIMIT if square < -LIMIT else square)
            t = ONE / (ONE + ERF_P * abs(z) * ROOT_HALF)
            p = ((((ERF[4] * t + ERF[3]) * t + ERF[2]) * t + ERF[1]) * t + ERF[0]) * t
            tail = HALF * p * density
            share = ONE - tail if z > ZERO else tail
            x[k] = z * share
            slope[k] = share + z * DENSITY * density
    elif code == 8:
        for k in range(n):
            z = x[k]
            h = tanh32(GELU_SCALE * (z + GELU_CUBIC * z * z * z))
            inner = GELU_SCALE * (ONE + THREE * GELU_CUBIC * z * z)
            x[k] = HALF * z * (ONE + h)
            slope[k] = HALF * (ONE + h) + HALF * z * (ONE - h * h) * inner
    elif code == 9:
        for k in range(n):
            z = x[k]
            gate = logistic32(z)
            x[k] = z * gate
            slope[k] = gate + z * gate * (ONE - gate)
    elif code == 10:
        for k in range(n):
            z = x[k]
            size = abs(z)
            u = exp32(-LIMIT if size > LIMIT else -size)
            s = u / (TWO + u)
            q = s * s
            p = (((A[5] * q + A[4]) * q + A[3]) * q + A[2]) * q + A[1]
            x[k] = HALF * (z + size) + s * (p * q + A[0])
            slope[k] = logistic32(z)
    else:
        for k in range(n):
            z = x[k]
            low = MISH_LIMIT if z > MISH_LIMIT else z
            e = exp32(-LIMIT if low < -LIMIT else low)
            w = e * (e + TWO)
            h = w / (w + TWO)
            x[k] = z * h
            slope[k] = h + z * (ONE - h * h) * logistic32(z)

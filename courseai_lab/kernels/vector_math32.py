"""`vector_math` in single precision, for pictures: twice the numbers in each vector instruction, shorter series.

Errors are about 1e-7, torch's own default precision. The power of two is made in a register, by an
instruction that only renames bits, so each row is read and written once. Every constant is a float32,
because one float64 among them would widen the whole row.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np

from courseai_lab.kernels.lazy_jit import LazyModule, intrinsic, njit

types = LazyModule("numba.core.types")

LOG2_E = np.float32(1.4426950408889634)
# ln 2 in two parts, the first short enough that m times it is exact (Cody and Waite 1980).
LN2_HIGH = np.float32(0.693359375)
LN2_LOW = np.float32(-2.1219444005469057e-4)
# Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum.
SHIFT = np.float32(12582912.0)
ONE, TWO, HALF = np.float32(1.0), np.float32(2.0), np.float32(0.5)
TANH_LIMIT, EXP_LIMIT = np.float32(20.0), np.float32(-80.0)
E = tuple(np.float32(1.0 / factorial(k)) for k in range(8))
A = tuple(np.float32(2.0 / (2 * k + 1)) for k in range(8))


@intrinsic
def _power_of_two(context: Any, shifted: Any) -> Any:
    """2^m from m + SHIFT: the low bits of that sum are m, moved to where a float32 keeps its exponent."""

    def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = target.get_value_type(types.int32)
        bits = builder.bitcast(arguments[0], whole)
        exponent = builder.shl(builder.add(bits, whole(127)), whole(23))
        return builder.bitcast(exponent, target.get_value_type(types.float32))

    return types.float32(types.float32), code


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def exp32(x):  # type: ignore[no-untyped-def]
    """e^x for |x| <= 80 in single precision; NaN stays."""
    m = x * LOG2_E + SHIFT
    two = _power_of_two(m)
    m -= SHIFT
    f = (x - m * LN2_HIGH) - m * LN2_LOW
    p = E[7] * f + E[6]
    p = p * f + E[5]
    p = p * f + E[4]
    p = p * f + E[3]
    p = p * f + E[2]
    p = p * f + ONE
    return (p * f + ONE) * two


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def tanh_row32(x, n):  # type: ignore[no-untyped-def]
    """x[:n] <- tanh(x[:n]) in place, absolute error below 2e-7."""
    for k in range(n):
        z = TWO * x[k]
        z = -TANH_LIMIT if z < -TANH_LIMIT else z
        z = TANH_LIMIT if z > TANH_LIMIT else z
        x[k] = ONE - TWO / (exp32(z) + ONE)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def affine_pair32(out0, out1, rows, first, count, weights, at0, at1, bias0, bias1, n):  # type: ignore[no-untyped-def]
    """Two units of a layer at once, so that each input row is read once for both; as `vector_math.affine_row`."""
    for k in range(n):
        out0[k], out1[k] = bias0, bias1
    i = 0
    while i + 4 <= count:
        v0, v1, v2, v3 = weights[at0 + i], weights[at0 + i + 1], weights[at0 + i + 2], weights[at0 + i + 3]
        w0, w1, w2, w3 = weights[at1 + i], weights[at1 + i + 1], weights[at1 + i + 2], weights[at1 + i + 3]
        r0, r1, r2, r3 = rows[first + i], rows[first + i + 1], rows[first + i + 2], rows[first + i + 3]
        for k in range(n):
            a, b, c, d = r0[k], r1[k], r2[k], r3[k]
            out0[k] += v0 * a + v1 * b + v2 * c + v3 * d
            out1[k] += w0 * a + w1 * b + w2 * c + w3 * d
        i += 4
    while i < count:
        v, w, r = weights[at0 + i], weights[at1 + i], rows[first + i]
        for k in range(n):
            out0[k] += v * r[k]
            out1[k] += w * r[k]
        i += 1


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def logistic_loss_sum32(z, y, n):  # type: ignore[no-untyped-def]
    """Sum over z[:n] of log(1 + e^z) - y z, as `vector_math.logistic_loss_sum`, terms up to s^15."""
    total = np.float32(0.0)
    for k in range(n):
        size = -abs(z[k])
        u = exp32(EXP_LIMIT if size < EXP_LIMIT else size)
        s = u / (TWO + u)
        q = s * s
        p = A[7] * q + A[6]
        p = p * q + A[5]
        p = p * q + A[4]
        p = p * q + A[3]
        p = p * q + A[2]
        p = p * q + A[1]
        p = p * q + A[0]
        total += HALF * (z[k] + abs(z[k])) - y[k] * z[k] + s * p
    return total

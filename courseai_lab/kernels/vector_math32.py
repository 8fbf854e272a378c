"""`vector_math` in single precision, for pictures: twice the numbers in each vector instruction and shorter series.

Errors are about 1e-7, torch's own default precision. Every constant is a float32, because one float64 among
them would widen the whole row.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numba import njit

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


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def exp_row32(x, n, scale, bits):  # type: ignore[no-untyped-def]
    """x[:n] <- exp(x[:n]) in place for |x| <= 80; NaN stays. `bits` is `scale` seen as int32, room for n."""
    for k in range(n):
        m = x[k] * LOG2_E + SHIFT
        scale[k] = m
        m -= SHIFT
        f = (x[k] - m * LN2_HIGH) - m * LN2_LOW
        p = E[7] * f + E[6]
        p = p * f + E[5]
        p = p * f + E[4]
        p = p * f + E[3]
        p = p * f + E[2]
        p = p * f + ONE
        x[k] = p * f + ONE
    for k in range(n):
        bits[k] = (bits[k] + 127) << 23
    for k in range(n):
        x[k] *= scale[k]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def tanh_row32(x, n, scale, bits):  # type: ignore[no-untyped-def]
    """x[:n] <- tanh(x[:n]) in place, absolute error below 2e-7."""
    for k in range(n):
        z = TWO * x[k]
        z = -TANH_LIMIT if z < -TANH_LIMIT else z
        x[k] = TANH_LIMIT if z > TANH_LIMIT else z
    exp_row32(x, n, scale, bits)
    for k in range(n):
        x[k] = ONE - TWO / (x[k] + ONE)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def logistic_loss_sum32(z, y, n, room, scale, bits):  # type: ignore[no-untyped-def]
    """Sum over z[:n] of log(1 + e^z) - y z, as `vector_math.logistic_loss_sum`, terms up to s^15."""
    for k in range(n):
        size = -abs(z[k])
        room[k] = EXP_LIMIT if size < EXP_LIMIT else size
    exp_row32(room, n, scale, bits)
    total = np.float32(0.0)
    for k in range(n):
        s = room[k] / (TWO + room[k])
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


def room_for32(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scratch for `exp_row32`: n floats and the same memory as int32."""
    scale = np.empty(n, dtype=np.float32)
    return scale, scale.view(np.int32)

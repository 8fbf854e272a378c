"""tanh, softplus and sums over rows, written so that the compiler turns them into vector instructions.

The C library's tanh is called one number at a time and takes most of a small network's forward pass. Here
exp is 2^m e^f with m an integer and |f| <= ln 2 / 2, e^f a Taylor polynomial of degree 12 (error below
2e-16), and 2^m is put together in a float's exponent bits. No branches, no table.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from courseai_lab.kernels.lazy_jit import njit

LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first has 21 zero bits at its end, so that m times it is exact (Cody and Waite 1980).
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
# Adding 1.5 * 2^52 leaves the rounded integer in the low bits of the sum.
SHIFT = 6755399441055744.0
E = tuple(1.0 / factorial(k) for k in range(13))
A = tuple(2.0 / (2 * k + 1) for k in range(15))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def exp_row(x, n, scale, bits):  # type: ignore[no-untyped-def]
    """x[:n] <- exp(x[:n]) in place for |x| <= 700; NaN stays. `bits` is `scale` seen as int64, room for n."""
    for k in range(n):
        m = x[k] * LOG2_E + SHIFT
        scale[k] = m
        m -= SHIFT
        f = (x[k] - m * LN2_HIGH) - m * LN2_LOW
        p = E[12]
        p = p * f + E[11]
        p = p * f + E[10]
        p = p * f + E[9]
        p = p * f + E[8]
        p = p * f + E[7]
        p = p * f + E[6]
        p = p * f + E[5]
        p = p * f + E[4]
        p = p * f + E[3]
        p = p * f + E[2]
        p = p * f + 1.0
        x[k] = p * f + 1.0
    for k in range(n):
        bits[k] = (bits[k] + 1023) << 52
    for k in range(n):
        x[k] *= scale[k]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def tanh_row(x, n, scale, bits):  # type: ignore[no-untyped-def]
    """x[:n] <- tanh(x[:n]) in place, absolute error below 4e-16; past |x| = 20 it is 1 to the last bit."""
    for k in range(n):
        z = 2.0 * x[k]
        z = -40.0 if z < -40.0 else z
        x[k] = 40.0 if z > 40.0 else z
    exp_row(x, n, scale, bits)
    for k in range(n):
        x[k] = 1.0 - 2.0 / (x[k] + 1.0)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def logistic_loss_sum(z, y, n, room, scale, bits):  # type: ignore[no-untyped-def]
    """Sum over z[:n] of log(1 + e^z) - y z, the logistic loss of logits z for labels y in {0, 1}.

    log(1 + e^z) = max(z, 0) + log(1 + u), u = e^-|z|, and log(1 + u) = 2 atanh(u / (2 + u)) by its series.
    """
    for k in range(n):
        size = -abs(z[k])
        room[k] = -700.0 if size < -700.0 else size
    exp_row(room, n, scale, bits)
    total = 0.0
    for k in range(n):
        s = room[k] / (2.0 + room[k])
        q = s * s
        p = A[14]
        p = p * q + A[13]
        p = p * q + A[12]
        p = p * q + A[11]
        p = p * q + A[10]
        p = p * q + A[9]
        p = p * q + A[8]
        p = p * q + A[7]
        p = p * q + A[6]
        p = p * q + A[5]
        p = p * q + A[4]
        p = p * q + A[3]
        p = p * q + A[2]
        p = p * q + A[1]
        p = p * q + A[0]
        total += 0.5 * (z[k] + abs(z[k])) - y[k] * z[k] + s * p
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def square_loss_sum(z, y, n):  # type: ignore[no-untyped-def]
    """Sum of (z - y)^2 over the first n."""
    total = 0.0
    for k in range(n):
        total += (z[k] - y[k]) * (z[k] - y[k])
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def dot_row(a, b, n):  # type: ignore[no-untyped-def]
    """Sum of a[k] b[k] over the first n."""
    total = 0.0
    for k in range(n):
        total += a[k] * b[k]
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def sum_row(a, n):  # type: ignore[no-untyped-def]
    """Sum of the first n."""
    total = 0.0
    for k in range(n):
        total += a[k]
    return total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def affine_row(out, rows, first, count, weights, at, stride, bias, n):  # type: ignore[no-untyped-def]
    """out[:n] <- bias + sum over i < count of weights[at + i stride] rows[first + i, :n], four rows a pass."""
    for k in range(n):
        out[k] = bias
    i = 0
    while i + 4 <= count:
        w0, w1 = weights[at + i * stride], weights[at + (i + 1) * stride]
        w2, w3 = weights[at + (i + 2) * stride], weights[at + (i + 3) * stride]
        r0, r1, r2, r3 = rows[first + i], rows[first + i + 1], rows[first + i + 2], rows[first + i + 3]
        for k in range(n):
            out[k] += w0 * r0[k] + w1 * r1[k] + w2 * r2[k] + w3 * r3[k]
        i += 4
    while i < count:
        w, r = weights[at + i * stride], rows[first + i]
        for k in range(n):
            out[k] += w * r[k]
        i += 1


def room_for(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scratch for `exp_row`: n floats and the same memory as int64."""
    scale = np.empty(n)
    return scale, scale.view(np.int64)

"""The compiled loops of the playground's networks: forward, backward, update, epochs, response maps.

Everything is float32 in [unit][sample] order, one row of ``stride`` numbers per unit, except the master weights, the
optimiser's memory and the update, which are float64. Which activation, norm, loss and optimiser is a number inside,
so one compiled function serves them all. Layer ``l`` is a row of ``spec``: see ``SPEC``.
"""

from __future__ import annotations

import numpy as np

from courseai_lab.kernels.activation_rows import activate, logistic32
from courseai_lab.kernels.lanes import dense16, dot16, out_of_line, sum16
from courseai_lab.kernels.lazy_jit import njit
from courseai_lab.kernels.optimizers import update_coordinate
from courseai_lab.kernels.vector_math32 import exp32

SPEC = ("fan_in", "fan_out", "activation", "norm", "weights_at", "input_row", "output_row", "layer")
"""Columns of ``spec`` int64 [layer 8]; ``weights_at``: W [out in], bias [out], then scale and shift where normed."""
NO_NORM, BATCH_NORM, LAYER_NORM = 0, 1, 2
CROSS_ENTROPY, SQUARED, ABSOLUTE, HUBER, HINGE = 0, 1, 2, 3, 4
NORM_EPS = np.float32(1e-5)
RUNNING = np.float32(0.1)
F0, F1, F2 = np.float32(0.0), np.float32(1.0), np.float32(2.0)
FAR = np.float32(-80.0)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1, MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31, S32, S40 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32), np.uint64(40)
DROP_STREAM = np.uint64(0x5851F42D4C957F2D)
UNIT_SHIFT = np.uint64(24)

_jit = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})


@_jit
def mix(x):  # type: ignore[no-untyped-def]
    """Steele, Lea and Flood (2014), splitmix64's finaliser: uint64 to well-mixed uint64."""
    x = (x ^ (x >> S30)) * MIX1
    x = (x ^ (x >> S27)) * MIX2
    return x ^ (x >> S31)


@_jit
def shuffle_into(order, key):  # type: ignore[no-untyped-def]
    """Fisher and Yates: a permutation of 0 .. n-1 that depends on ``key`` (uint64) alone."""
    out_of_line()
    n = order.size
    for k in range(n):
        order[k] = k
    for k in range(n - 1, 0, -1):
        draw = mix(key + np.uint64(k) * GOLDEN) >> S32
        j = np.int64((draw * np.uint64(k + 1)) >> S32)
        order[k], order[j] = order[j], order[k]


@_jit
def keep_factor(key, unit, sample, rate):  # type: ignore[no-untyped-def]
    """Srivastava et al. (2014), inverted: 0 with probability ``rate``, else 1 / (1 - rate)."""
    draw = mix(key + (np.uint64(unit) << UNIT_SHIFT) + np.uint64(sample)) >> S40
    return F0 if np.float32(draw) < rate * np.float32(16777216.0) else F1 / (F1 - rate)


@_jit
def forward_train(spec, w, rows, work, stride, n, gate, running, rate, key, follow):  # type: ignore[no-untyped-def]
    """Outputs of every layer for the first n samples of a batch, and the slopes that ``backward`` needs.

    ``work`` is (slope, hat, spread): ``spread`` row 0 holds 1 / sigma by unit (batch norm), row 1 + layer by sample
    (layer norm). ``follow`` 0 leaves the running statistics as they are.
    """
    out_of_line()
    slope, hat, spread = work
    groups = (n + 15) // 16
    last = spec.shape[0] - 1
    for layer in range(last + 1):
        fan_in, fan_out, code, norm, at = spec[layer, 0], spec[layer, 1], spec[layer, 2], spec[layer, 3], spec[layer, 4]
        i, o = spec[layer, 5] * stride, spec[layer, 6] * stride
        for j in range(fan_out):
            bias, base = w[at + fan_in * fan_out + j], at + j * fan_in
            for g in range(groups):
                dense16(rows, o + j * stride + g * 16, rows, i + g * 16, stride, fan_in, w, base, 1, bias)
        if norm == BATCH_NORM:
            _batch_norm(spec[layer], w, rows, hat, spread, stride, n, running, follow)
        elif norm == LAYER_NORM:
            _layer_norm(spec[layer], w, rows, hat, spread[1 + layer], stride, groups * 16)
        if layer == last:
            break
        # Rounded up into the next layer's rows, which are written after this: whole vectors only.
        m = (fan_out * stride + 31) // 32 * 32
        activate(code, rows[o : o + m], slope[o : o + m], m)
        first = spec[layer, 6]
        for j in range(fan_out):
            factor = gate[first + j]
            if rate > F0 and factor != F0:
                at_row = o + j * stride
                for k in range(n):
                    kept = keep_factor(key, first + j, k, rate)
                    rows[at_row + k] *= kept
                    slope[at_row + k] *= kept
            elif factor == F0:
                for k in range(stride):
                    rows[o + j * stride + k] = F0
                    slope[o + j * stride + k] = F0


@_jit
def _batch_norm(row, w, rows, hat, spread, stride, n, running, follow):  # type: ignore[no-untyped-def]
    """Ioffe and Szegedy (2015), algorithm 1, over the n samples; running statistics as torch keeps them."""
    out_of_line()
    fan_in, fan_out, at, first = row[0], row[1], row[4], row[6]
    scale_at = at + (fan_in + 1) * fan_out
    for j in range(fan_out):
        z = rows[(first + j) * stride : (first + j) * stride + stride]
        h = hat[(first + j) * stride : (first + j) * stride + stride]
        mean, var = F0, F0
        for k in range(n):
            mean += z[k]
        mean /= np.float32(n)
        for k in range(n):
            var += (z[k] - mean) * (z[k] - mean)
        var /= np.float32(n)
        inverse = F1 / np.sqrt(var + NORM_EPS)
        spread[0, first + j] = inverse
        if follow:
            unbiased = var * np.float32(n) / np.float32(max(n - 1, 1))
            running[0, first + j] += RUNNING * (mean - running[0, first + j])
            running[1, first + j] += RUNNING * (unbiased - running[1, first + j])
        scale, shift = w[scale_at + j], w[scale_at + fan_out + j]
        for k in range(stride):
            v = (z[k] - mean) * inverse if k < n else F0
            h[k] = v
            z[k] = scale * v + shift


@_jit
def _layer_norm(row, w, rows, hat, spread, stride, n):  # type: ignore[no-untyped-def]
    """Ba, Kiros and Hinton (2016), eq. 4: over the units of one sample. ``spread`` [sample] gets 1 / sigma."""
    out_of_line()
    fan_in, fan_out, at, o = row[0], row[1], row[4], row[6] * stride
    scale_at = at + (fan_in + 1) * fan_out
    for k in range(n):
        mean, var = F0, F0
        for j in range(fan_out):
            mean += rows[o + j * stride + k]
        mean /= np.float32(fan_out)
        for j in range(fan_out):
            d = rows[o + j * stride + k] - mean
            var += d * d
        inverse = F1 / np.sqrt(var / np.float32(fan_out) + NORM_EPS)
        spread[k] = inverse
        for j in range(fan_out):
            v = (rows[o + j * stride + k] - mean) * inverse
            hat[o + j * stride + k] = v
            rows[o + j * stride + k] = w[scale_at + j] * v + w[scale_at + fan_out + j]


@_jit
def output_slopes(loss, z, t, d, outputs, stride, n, room):  # type: ignore[no-untyped-def]
    """Derivative of the batch's mean loss by the outputs ``z``, into ``d``; zero past the n samples.

    ``t``: targets. Losses as torch means them: cross-entropy of logits, else the mean over samples and outputs.
    """
    out_of_line()
    share = F1 / np.float32(n)
    if loss != CROSS_ENTROPY:
        share /= np.float32(outputs)
    m = (n + 15) // 16 * 16
    if loss == CROSS_ENTROPY and outputs == 1:
        for k in range(m):
            d[k] = (logistic32(z[k]) - t[k]) * share
    elif loss == CROSS_ENTROPY:
        for k in range(m):
            top, total = z[k], F0
            for j in range(1, outputs):
                top = max(top, z[j * stride + k])
            for j in range(outputs):
                e = exp32(max(z[j * stride + k] - top, FAR))
                d[j * stride + k] = e
                total += e
            room[k] = share / total
        for j in range(outputs):
            for k in range(m):
                d[j * stride + k] = d[j * stride + k] * room[k] - t[j * stride + k] * share
    else:
        for j in range(outputs):
            for k in range(m):
                e = z[j * stride + k] - t[j * stride + k]
                if loss == SQUARED:
                    v = F2 * e
                elif loss == ABSOLUTE:
                    v = np.sign(e)
                elif loss == HUBER:
                    v = min(max(e, -F1), F1)
                else:
                    v = -t[j * stride + k] if t[j * stride + k] * z[j * stride + k] < F1 else F0
                d[j * stride + k] = v * share
    for j in range(outputs):
        for k in range(n, stride):
            d[j * stride + k] = F0


@_jit
def backward(spec, w, rows, work, delta, stride, n, grad):  # type: ignore[no-untyped-def]
    """Gradient [parameter] from the output's ``delta``; Rumelhart, Hinton and Williams (1986)."""
    out_of_line()
    slope, hat, spread = work
    groups = (n + 15) // 16
    last = spec.shape[0] - 1
    for layer in range(last, -1, -1):
        fan_in, fan_out, norm, at = spec[layer, 0], spec[layer, 1], spec[layer, 3], spec[layer, 4]
        i, o = spec[layer, 5] * stride, spec[layer, 6] * stride
        if layer < last:
            m = fan_out * stride
            d, s = delta[o : o + m], slope[o : o + m]
            for k in range(m):
                d[k] *= s[k]
            if norm != NO_NORM:
                _norm_backward(spec[layer], w, hat, spread, delta, stride, n, grad)
        for j in range(fan_out):
            at_delta = o + j * stride
            for k in range(fan_in):
                grad[at + j * fan_in + k] = dot16(delta, at_delta, rows, i + k * stride, groups)
            grad[at + fan_in * fan_out + j] = sum16(delta, at_delta, groups)
        if layer > 0:
            for k in range(fan_in):
                for g in range(groups):
                    dense16(delta, i + k * stride + g * 16, delta, o + g * 16, stride, fan_out, w, at + k, fan_in, F0)
                for k2 in range(groups * 16, stride):
                    delta[i + k * stride + k2] = F0


@_jit
def _norm_backward(row, w, hat, spread, delta, stride, n, grad):  # type: ignore[no-untyped-def]
    """Through the norm: gradients of scale and shift, and ``delta`` by the layer's sums instead of its normed ones."""
    out_of_line()
    fan_in, fan_out, norm, at, first = row[0], row[1], row[3], row[4], row[6]
    scale_at, o = at + (fan_in + 1) * fan_out, first * stride
    for j in range(fan_out):
        a, b = F0, F0
        for k in range(n):
            a += delta[o + j * stride + k] * hat[o + j * stride + k]
            b += delta[o + j * stride + k]
        grad[scale_at + j], grad[scale_at + fan_out + j] = a, b
        scale = w[scale_at + j]
        if norm == BATCH_NORM:
            factor, m = scale * spread[0, first + j], F1 / np.float32(n)
            for k in range(n):
                at_k = o + j * stride + k
                delta[at_k] = factor * (delta[at_k] - b * m - hat[at_k] * a * m)
        else:
            for k in range(n):
                delta[o + j * stride + k] *= scale
    if norm == LAYER_NORM:
        m = F1 / np.float32(fan_out)
        inverse = spread[1 + row[7]]
        for k in range(n):
            a, b = F0, F0
            for j in range(fan_out):
                a += delta[o + j * stride + k] * hat[o + j * stride + k]
                b += delta[o + j * stride + k]
            for j in range(fan_out):
                at_k = o + j * stride + k
                delta[at_k] = inverse[k] * (delta[at_k] - b * m - hat[at_k] * a * m)


@_jit
def update(rule, h, model, t, l1, cut):  # type: ignore[no-untyped-def]
    """One step of optimiser ``rule``; L2 (h[4]) and L1 act on weights only, not on biases, scales and shifts.

    L1 as Duchi and Singer (2009): after the step each weight goes lr l1 towards zero and stops there; with ``cut``
    it stays there for good.
    """
    out_of_line()
    theta, w, grad, state, alive, is_weight = model
    if rule == 0:
        for k in range(theta.size):
            theta[k] -= h[0] * (grad[k] + h[4] * is_weight[k] * theta[k])
    else:
        for k in range(theta.size):
            row = (h[0], h[1], h[2], h[3], h[4] * is_weight[k])
            s = (state[0, k], state[1, k], state[2, k])
            theta[k], s = update_coordinate(rule, theta[k], np.float64(grad[k]), s, float(t), row)
            state[0, k], state[1, k], state[2, k] = s
    if l1 > 0.0:
        pull = h[0] * l1
        for k in range(theta.size):
            if is_weight[k] > 0.0:
                size = abs(theta[k]) - pull
                theta[k] = np.sign(theta[k]) * size if size > 0.0 else 0.0
                if cut and size <= 0.0:
                    alive[k] = 0.0
    for k in range(theta.size):
        theta[k] *= alive[k]
        w[k] = theta[k]

"""Compiled: whole epochs of training in one call, outputs of a trained network, response maps of all its units."""

from __future__ import annotations

import numpy as np

from courseai_lab.kernels.activation_rows import activate
from courseai_lab.kernels.lanes import dense64, out_of_line
from courseai_lab.kernels.lazy_jit import njit
from courseai_lab.kernels.playground_loops import (
    BATCH_NORM,
    DROP_STREAM,
    F0,
    F1,
    GOLDEN,
    LAYER_NORM,
    NORM_EPS,
    backward,
    forward_train,
    mix,
    output_slopes,
    shuffle_into,
    update,
)

CHUNK = 1024
"""Samples whose rows stay in the processor's cache while they go through all layers."""

_jit = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})


@_jit
def train_epochs(spec, model, buffers, data, numbers, settings, factors, place):  # type: ignore[no-untyped-def]
    """Train for len(factors) epochs and give the number of updates made so far.

    ``model``: (theta, w, grad, state, alive, is_weight); ``buffers``: (rows, work, delta, target, room, gate, running);
    ``data``: x [feature sample], target [output sample], order [sample]; ``numbers``: rule, loss, batch, shuffle, cut,
    stride, learn (0: the gradient is made and nothing is changed); ``settings`` float64: the optimiser's five, dropout
    rate, L1; ``place``: seed (uint64), first epoch, updates so far.
    """
    rows, work, delta, target, room, gate, running = buffers
    x, wanted, order = data
    rule, loss, batch, shuffle, cut, stride, learn = numbers
    seed, epoch, t = place
    n, features, outputs = x.shape[1], x.shape[0], wanted.shape[0]
    h, rate, l1 = settings[:5].copy(), np.float32(settings[5]), settings[6]
    z_at = spec[spec.shape[0] - 1, 6] * stride
    z, d = rows[z_at : z_at + outputs * stride], delta[z_at : z_at + outputs * stride]
    w, grad = model[1], model[2]
    for e in range(factors.size):
        h[0] = settings[0] * factors[e]
        if shuffle:
            shuffle_into(order, mix(seed + np.uint64(epoch + e) * GOLDEN))
        for first in range(0, n, batch):
            m = min(batch, n - first)
            for f in range(features):
                source, row = x[f], rows[f * stride : f * stride + m]
                for k in range(m):
                    row[k] = source[order[first + k]]
            for j in range(outputs):
                source, row = wanted[j], target[j * stride : j * stride + m]
                for k in range(m):
                    row[k] = source[order[first + k]]
            t += 1
            key = mix((seed ^ DROP_STREAM) + np.uint64(t) * GOLDEN)
            forward_train(spec, w, rows, work, stride, m, gate, running, rate, key, learn)
            output_slopes(loss, z, target, d, outputs, stride, m, room)
            backward(spec, w, rows, work, delta, stride, m, grad)
            if learn:
                update(rule, h, model, t, l1, cut)
    return t


@_jit
def forward_all(spec, w, rows, scratch, stride, gate, running):  # type: ignore[no-untyped-def]
    """Every layer's outputs for ``stride`` (a multiple of 64) samples, as in use: running statistics, no dropout."""
    out_of_line()
    last = spec.shape[0] - 1
    for begin in range(0, stride, CHUNK):
        count = min(CHUNK, stride - begin)
        for layer in range(last + 1):
            fan_in, fan_out, code, norm = spec[layer, 0], spec[layer, 1], spec[layer, 2], spec[layer, 3]
            at, i, first = spec[layer, 4], spec[layer, 5] * stride + begin, spec[layer, 6]
            for j in range(fan_out):
                bias, o = w[at + fan_in * fan_out + j], (first + j) * stride + begin
                for g in range(0, count, 64):
                    dense64(rows, o + g, rows, i + g, stride, fan_in, w, at + j * fan_in, 1, bias)
            scale_at = at + (fan_in + 1) * fan_out
            if norm == BATCH_NORM:
                for j in range(fan_out):
                    factor = w[scale_at + j] / np.sqrt(running[1, first + j] + NORM_EPS)
                    shift = w[scale_at + fan_out + j] - running[0, first + j] * factor
                    row = rows[(first + j) * stride + begin : (first + j) * stride + begin + count]
                    for k in range(count):
                        row[k] = row[k] * factor + shift
            elif norm == LAYER_NORM:
                _normed(rows, w, scale_at, fan_out, first * stride + begin, stride, count)
            if layer < last:
                for j in range(fan_out):
                    row = rows[(first + j) * stride + begin : (first + j) * stride + begin + count]
                    activate(code, row, scratch, count)
                    if gate[first + j] == F0:
                        row[:] = F0


@_jit
def _normed(rows, w, scale_at, fan_out, o, stride, count):  # type: ignore[no-untyped-def]
    """Layer norm of ``count`` samples in place."""
    out_of_line()
    for k in range(count):
        mean, var = F0, F0
        for j in range(fan_out):
            mean += rows[o + j * stride + k]
        mean /= np.float32(fan_out)
        for j in range(fan_out):
            d = rows[o + j * stride + k] - mean
            var += d * d
        inverse = F1 / np.sqrt(var / np.float32(fan_out) + NORM_EPS)
        for j in range(fan_out):
            v = (rows[o + j * stride + k] - mean) * inverse
            rows[o + j * stride + k] = w[scale_at + j] * v + w[scale_at + fan_out + j]


@_jit
def quantise(rows, first, units, stride, n, maps, scale):  # type: ignore[no-untyped-def]
    """Rows as places 0 .. 254 from -s to s in maps uint8 [unit n]; s, the largest size in the row, into ``scale``.

    255 stands for "not a number".
    """
    half = np.float32(127.0)
    for u in range(units):
        row = rows[(first + u) * stride : (first + u) * stride + n]
        top = F0
        for k in range(n):
            size = abs(row[k])
            top = size if size > top else top
        finite = top < np.float32(1e30)
        scale[u] = top if finite else np.float32(np.inf)
        factor = half / top if finite and top > F0 else F0
        out = maps[u]
        if finite:
            for k in range(n):
                out[k] = np.uint8(np.int32(row[k] * factor + np.float32(127.5)))
            for k in range(n):
                if row[k] != row[k]:
                    out[k] = np.uint8(255)
        else:
            for k in range(n):
                out[k] = np.uint8(255)

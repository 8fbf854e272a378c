"""Sixteen float32 numbers at a time: the two inner products that a small network's training consists of.

A loop over ten samples is too short for the compiler to turn into vector instructions by itself: it would first ask
whether the arrays overlap, then handle most of the ten one by one. These say in LLVM's own words what is meant.
Arrays are one-dimensional and contiguous; places in them are counted in numbers. Nothing is checked: callers keep
within bounds, and rows are padded to whole groups of ``LANES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from courseai_lab.kernels.lazy_jit import LazyModule, intrinsic

types, cgutils, ir = LazyModule("numba.core.types"), LazyModule("numba.core.cgutils"), LazyModule("llvmlite.ir")

LANES = 16
_FAST = ("contract", "reassoc", "nsz")


def padded(n: int, lanes: int = LANES) -> int:
    """The least multiple of ``lanes`` that is at least ``n``, and not 0."""
    return max(1, -(-n // lanes)) * lanes


def _pointer(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return cgutils.create_struct_proxy(kind)(context, builder, value=array).data


def _vector_at(builder: Any, base: Any, place: Any, width: int) -> Any:
    pointer = builder.gep(base, [place])
    return builder.bitcast(pointer, ir.VectorType(ir.FloatType(), width).as_pointer())


def _load(builder: Any, base: Any, place: Any, width: int) -> Any:
    value = builder.load(_vector_at(builder, base, place, width))
    value.align = 4
    return value


def _splat(builder: Any, value: Any, width: int) -> Any:
    kind = ir.VectorType(ir.FloatType(), width)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)


def _dense(groups: int) -> Callable[..., Any]:
    """The code of ``dense16`` and ``dense64``: ``groups`` sums of sixteen run side by side."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out, o, source, i, step, count, weights, w, stride, bias = arguments
        kinds = signature.args
        out_at = _pointer(context, builder, kinds[0], out)
        in_at = _pointer(context, builder, kinds[2], source)
        w_at = _pointer(context, builder, kinds[6], weights)
        start = _splat(builder, bias, LANES)
        sums = [cgutils.alloca_once_value(builder, start) for _ in range(groups)]
        for one in sums:
            builder.store(start, one)
        with cgutils.for_range(builder, count) as loop:
            weight = builder.load(builder.gep(w_at, [builder.add(w, builder.mul(loop.index, stride))]))
            wide = _splat(builder, weight, LANES)
            row = builder.add(i, builder.mul(loop.index, step))
            for g, one in enumerate(sums):
                values = _load(builder, in_at, builder.add(row, ir.Constant(row.type, g * LANES)), LANES)
                product = builder.fmul(wide, values, flags=_FAST)
                builder.store(builder.fadd(builder.load(one), product, flags=_FAST), one)
        for g, one in enumerate(sums):
            place = builder.add(o, ir.Constant(o.type, g * LANES))
            builder.store(builder.load(one), _vector_at(builder, out_at, place, LANES)).align = 4
        return context.get_dummy_value()

    return code


def _dense_signature(out: Any, source: Any, weights: Any) -> Any:
    n = types.intp
    return types.void(out, n, source, n, n, n, weights, n, n, types.float32)


def _dense16(
    context: Any,
    out: Any,
    o: Any,
    source: Any,
    i: Any,
    step: Any,
    count: Any,
    weights: Any,
    w: Any,
    stride: Any,
    bias: Any,
) -> Any:
    """out[o : o+16] <- bias + sum over k < count of weights[w + k stride] source[i + k step : +16]."""
    return _dense_signature(out, source, weights), _dense(1)


def _dense64(
    context: Any,
    out: Any,
    o: Any,
    source: Any,
    i: Any,
    step: Any,
    count: Any,
    weights: Any,
    w: Any,
    stride: Any,
    bias: Any,
) -> Any:
    """As ``dense16`` for 64 numbers."""
    return _dense_signature(out, source, weights), _dense(4)


def _dot16(context: Any, a: Any, i: Any, b: Any, j: Any, groups: Any) -> Any:
    """Sum of a[i + k] b[j + k] over 16 ``groups`` numbers, as float32."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, at_left, right, at_right, count = arguments
        a_at = _pointer(context, builder, signature.args[0], left)
        b_at = _pointer(context, builder, signature.args[2], right)
        kind = ir.VectorType(ir.FloatType(), LANES)
        zero = ir.Constant(kind, [0.0] * LANES)
        total = cgutils.alloca_once_value(builder, zero)
        builder.store(zero, total)
        with cgutils.for_range(builder, count) as loop:
            shift = builder.mul(loop.index, ir.Constant(loop.index.type, LANES))
            one = _load(builder, a_at, builder.add(at_left, shift), LANES)
            other = _load(builder, b_at, builder.add(at_right, shift), LANES)
            product = builder.fmul(one, other, flags=_FAST)
            builder.store(builder.fadd(builder.load(total), product, flags=_FAST), total)
        return _sum(builder, builder.load(total))

    return types.float32(a, types.intp, b, types.intp, types.intp), code


def _sum16(context: Any, a: Any, i: Any, groups: Any) -> Any:
    """Sum of a[i + k] over 16 ``groups`` numbers, as float32."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, count = arguments
        base = _pointer(context, builder, signature.args[0], array)
        zero = ir.Constant(ir.VectorType(ir.FloatType(), LANES), [0.0] * LANES)
        total = cgutils.alloca_once_value(builder, zero)
        builder.store(zero, total)
        with cgutils.for_range(builder, count) as loop:
            shift = builder.mul(loop.index, ir.Constant(loop.index.type, LANES))
            values = _load(builder, base, builder.add(at, shift), LANES)
            builder.store(builder.fadd(builder.load(total), values, flags=_FAST), total)
        return _sum(builder, builder.load(total))

    return types.float32(a, types.intp, types.intp), code


def _out_of_line(context: Any) -> Any:
    """Called first in a compiled function: it stays a function of its own wherever it is called from.

    The compiler would copy large functions into every caller and optimise each copy again, for seconds.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), code


out_of_line: Any = intrinsic(_out_of_line)
dense16: Any = intrinsic(_dense16)
dense64: Any = intrinsic(_dense64)
dot16: Any = intrinsic(_dot16)
sum16: Any = intrinsic(_sum16)


def _sum(builder: Any, vector: Any) -> Any:
    """The sum of a vector's numbers, by halves."""
    width = LANES
    while width > 1:
        width //= 2
        undefined = ir.Constant(vector.type, ir.Undefined)
        kind = ir.VectorType(ir.IntType(32), width)
        low = builder.shuffle_vector(vector, undefined, ir.Constant(kind, list(range(width))))
        high = builder.shuffle_vector(vector, undefined, ir.Constant(kind, list(range(width, 2 * width))))
        vector = builder.fadd(low, high, flags=_FAST)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

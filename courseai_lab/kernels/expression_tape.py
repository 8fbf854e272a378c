"""A parsed expression as a postfix tape, evaluated compiled with its gradient by forward-mode derivatives.

One compiled interpreter serves every expression, so a newly typed one costs no compilation. Its values and
derivatives follow `Expression` evaluated by NumPy and torch's autograd: ties of min, max and the kinks of
abs and relu take torch's choices.
"""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

from .expression import MAX_DEPTH, OPERATIONS, Call, Const, Expression, Node

CONST, VARIABLE = 0, 1
_CODES = {name: 2 + k for k, name in enumerate(OPERATIONS)}
NEG, ADD, SUB, MUL, DIV, POW = (_CODES[name] for name in ("neg", "add", "sub", "mul", "div", "pow"))
SIN, COS, TAN, EXP, LOG, SQRT = (_CODES[name] for name in ("sin", "cos", "tan", "exp", "log", "sqrt"))
ABS, TANH, SIGMOID, RELU = (_CODES[name] for name in ("abs", "tanh", "sigmoid", "relu"))
SOFTPLUS, MIN, MAX = (_CODES[name] for name in ("softplus", "min", "max"))
STACK = MAX_DEPTH + 2


def compile_tape(expression: Expression) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Operation codes and their constants, both [instruction]: a constant's value or a variable's index."""
    codes: list[int] = []
    values: list[float] = []

    def emit(node: Node) -> None:
        if isinstance(node, Call):
            for argument in node.args:
                emit(argument)
            codes.append(_CODES[node.name])
            values.append(0.0)
        elif isinstance(node, Const):
            codes.append(CONST)
            values.append(node.value)
        else:
            codes.append(VARIABLE)
            values.append(float(node.index))

    emit(expression.root)
    return np.array(codes, dtype=np.int64), np.array(values)


@njit(nogil=True, cache=True, error_model="numpy")
def _unary(code, a):  # type: ignore[no-untyped-def]
    """Value and derivative of a one-argument operation."""
    if code == NEG:
        return -a, -1.0
    if code == SIN:
        return np.sin(a), np.cos(a)
    if code == COS:
        return np.cos(a), -np.sin(a)
    if code == TAN:
        tangent = np.tan(a)
        return tangent, 1.0 + tangent * tangent
    if code == EXP:
        return np.exp(a), np.exp(a)
    if code == LOG:
        return np.log(a), 1.0 / a
    if code == SQRT:
        return np.sqrt(a), 0.5 / np.sqrt(a)
    if code == ABS:
        return abs(a), np.sign(a)
    if code == TANH:
        value = np.tanh(a)
        return value, 1.0 - value * value
    if code == SIGMOID:
        value = 1.0 / (1.0 + exp(-a))
        return value, value * (1.0 - value)
    if code == RELU:
        # NaN passes through, as np.maximum lets it.
        return (a if a > 0.0 or a != a else 0.0), (1.0 if a > 0.0 else 0.0)
    return (a if a > 0.0 else 0.0) + log1p(exp(-abs(a))), 1.0 / (1.0 + exp(-a))


@njit(nogil=True, cache=True, error_model="numpy")
def _binary(code, a, b):  # type: ignore[no-untyped-def]
    """Value of a two-argument operation and its derivatives by the first and the second."""
    if code == ADD:
        return a + b, 1.0, 1.0
    if code == SUB:
        return a - b, 1.0, -1.0
    if code == MUL:
        return a * b, b, a
    if code == DIV:
        return a / b, 1.0 / b, -a / (b * b)
    if code == POW:
        value = a**b
        by_base = 0.0 if b == 0.0 else b * a ** (b - 1.0)
        by_exponent = 0.0 if (a == 0.0 and b >= 0.0) else value * log(a) if a > 0.0 else np.nan
        return value, by_base, by_exponent
    if a != a or b != b:
        return np.nan, np.nan, np.nan
    if a == b:
        return a, 0.5, 0.5
    first = (a < b) if code == MIN else (a > b)
    return (a, 1.0, 0.0) if first else (b, 0.0, 1.0)


@njit(nogil=True, cache=True, error_model="numpy")
def tape_value_gradient(codes, values, x, y):  # type: ignore[no-untyped-def]
    """(f, df/dx, df/dy) of a tape at the point (x, y)."""
    v, dx, dy = np.empty(STACK), np.empty(STACK), np.empty(STACK)
    top = -1
    for i in range(codes.size):
        code = codes[i]
        if code == CONST or code == VARIABLE:
            top += 1
            is_x = code == VARIABLE and values[i] == 0.0
            is_y = code == VARIABLE and values[i] == 1.0
            v[top] = x if is_x else (y if is_y else values[i])
            dx[top] = 1.0 if is_x else 0.0
            dy[top] = 1.0 if is_y else 0.0
        elif (code <= POW and code != NEG) or code >= MIN:
            a, da_x, da_y = v[top - 1], dx[top - 1], dy[top - 1]
            v[top - 1], p, q = _binary(code, a, v[top])
            dx[top - 1] = _chain(p, da_x) + _chain(q, dx[top])
            dy[top - 1] = _chain(p, da_y) + _chain(q, dy[top])
            top -= 1
        else:
            v[top], p = _unary(code, v[top])
            dx[top] = _chain(p, dx[top])
            dy[top] = _chain(p, dy[top])
    return v[0], dx[0], dy[0]


@njit(nogil=True, cache=True, error_model="numpy")
def _chain(outer, inner):  # type: ignore[no-untyped-def]
    """outer * inner, where what does not depend on the variable adds nothing even at an infinite slope."""
    return 0.0 if inner == 0.0 else outer * inner

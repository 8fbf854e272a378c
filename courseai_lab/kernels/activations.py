"""Activation functions: values and exact slopes, what they do to samples, through layers and along a chain.

Every function takes float64 arrays of any shape and gives value and slope of that shape. Kinks follow torch: the slope
of ReLU at 0 is 0, of leaky ReLU its lower slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courseai_lab.kernels.expression import Expression, parse

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
GELU_CUBIC = 0.044715
SATURATED = 0.05
"""A slope below this share of the function's steepest one counts as saturated."""


class Name(StrEnum):
    """The functions."""

    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    SELU = "selu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    SILU = "silu"
    MISH = "mish"
    SOFTPLUS = "softplus"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Shape:
    """The functions' parameters: ``leak`` (leaky ReLU's lower slope), ``elu_alpha``, ``swish_beta``, ``softplus_beta``,
    and the own function of x (None where there is none)."""

    leak: float = 0.01
    elu_alpha: float = 1.0
    swish_beta: float = 1.0
    softplus_beta: float = 1.0
    own: Expression | None = None


def own_function(text: str) -> Expression:
    """A typed function of x; raises ``expression.ExpressionError`` with what is wrong and where."""
    return parse(text, ("x",))


def evaluate(name: Name, z: ArrayLike, shape: Shape | None = None) -> Pair:
    """``(f(z), f'(z))`` in float64, each of the shape of ``z``. Raises ValueError for an own function not given."""
    z = np.asarray(z, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        return _FUNCTIONS[name](z, shape if shape is not None else Shape())


def _logistic(z: Floats) -> Pair:
    """Logistic sigmoid and its slope, without overflow and without cancellation far out."""
    e = np.exp(-np.abs(z))
    value = np.where(z >= 0, 1.0, e) / (1.0 + e)
    return value, e / (1.0 + e) ** 2


def _hyperbolic(z: Floats) -> Pair:
    e = np.exp(-2.0 * np.abs(z))
    return np.tanh(z), 4.0 * e / (1.0 + e) ** 2


def _identity(z: Floats, s: Shape) -> Pair:
    return z + 0.0, np.ones_like(z)


def _sigmoid(z: Floats, s: Shape) -> Pair:
    return _logistic(z)


def _tanh(z: Floats, s: Shape) -> Pair:
    return _hyperbolic(z)


def _relu(z: Floats, s: Shape) -> Pair:
    return np.maximum(z, 0.0), np.where(z > 0, 1.0, 0.0)


def _leaky_relu(z: Floats, s: Shape) -> Pair:
    """Maas, Hannun and Ng (2013)."""
    return np.where(z > 0, z, s.leak * z), np.where(z > 0, 1.0, s.leak)


def _elu(z: Floats, s: Shape) -> Pair:
    """Clevert, Unterthiner and Hochreiter (2016), eq. 15."""
    low = np.minimum(z, 0.0)
    return np.where(z > 0, z, s.elu_alpha * np.expm1(low)), np.where(z > 0, 1.0, s.elu_alpha * np.exp(low))


def _selu(z: Floats, s: Shape) -> Pair:
    """Klambauer et al. (2017), eq. 2, with the constants that keep mean 0 and variance 1."""
    value, slope = _elu(z, Shape(elu_alpha=SELU_ALPHA))
    return SELU_SCALE * value, SELU_SCALE * slope


def _gelu(z: Floats, s: Shape) -> Pair:
    """Hendrycks and Gimpel (2016): z Phi(z), Phi the standard normal distribution function."""
    share = normal_cdf(z)
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return z * share, share + z * density


def _gelu_tanh(z: Floats, s: Shape) -> Pair:
    """Hendrycks and Gimpel (2016), section 2: 0.5 z (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))."""
    scale = math.sqrt(2 / math.pi)
    bend, bend_slope = _hyperbolic(scale * (z + GELU_CUBIC * z**3))
    inner = scale * (1 + 3 * GELU_CUBIC * z * z)
    # Where the tanh is flat its slope is 0, however steep the inside has become.
    rest = np.where(bend_slope == 0, 0.0, 0.5 * z * bend_slope * inner)
    return 0.5 * z * (1 + bend), 0.5 * (1 + bend) + rest


def _silu(z: Floats, s: Shape) -> Pair:
    """Ramachandran, Zoph and Le (2017): z sigmoid(beta z); beta 1 is SiLU."""
    gate, gate_slope = _logistic(s.swish_beta * z)
    return z * gate, gate + s.swish_beta * z * gate_slope


def _mish(z: Floats, s: Shape) -> Pair:
    """Misra (2019): z tanh(softplus(z))."""
    bend, bend_slope = _hyperbolic(np.logaddexp(z, 0.0))
    return z * bend, bend + z * bend_slope * _logistic(z)[0]


def _softplus(z: Floats, s: Shape) -> Pair:
    """Dugas et al. (2001): ln(1 + exp(beta z)) / beta."""
    return np.logaddexp(s.softplus_beta * z, 0.0) / s.softplus_beta, _logistic(s.softplus_beta * z)[0]


def _own(z: Floats, s: Shape) -> Pair:
    from courseai_lab.kernels.activation_loops import tape_all
    from courseai_lab.kernels.expression_tape import compile_tape

    if s.own is None:
        raise ValueError("No function of one's own was given.")
    value, slope = tape_all(*compile_tape(s.own), np.ravel(z))
    return value.reshape(z.shape), slope.reshape(z.shape)


_FUNCTIONS: Mapping[Name, Callable[[Floats, Shape], Pair]] = MappingProxyType(
    {
        Name.IDENTITY: _identity,
        Name.SIGMOID: _sigmoid,
        Name.TANH: _tanh,
        Name.RELU: _relu,
        Name.LEAKY_RELU: _leaky_relu,
        Name.ELU: _elu,
        Name.SELU: _selu,
        Name.GELU: _gelu,
        Name.GELU_TANH: _gelu_tanh,
        Name.SILU: _silu,
        Name.MISH: _mish,
        Name.SOFTPLUS: _softplus,
        Name.OWN: _own,
    }
)


def normal_cdf(z: ArrayLike) -> Floats:
    """Phi(z), the share of a standard normal distribution below ``z``; the same shape."""
    # NumPy has no error function; the C library's keeps its digits also far out on the left, and needs no compiling.
    z = np.asarray(z, dtype=np.float64)
    scaled = np.ravel(z) * -math.sqrt(0.5)
    return 0.5 * np.fromiter(map(math.erfc, scaled.tolist()), np.float64, z.size).reshape(z.shape)


def steepest(name: Name, shape: Shape | None = None) -> float:
    """The largest |f'| on -30..30, looked up every 0.001 there; 0 for a flat function, NaN where none is finite."""
    slope = np.abs(evaluate(name, np.linspace(-30, 30, 60_001), shape)[1])
    slope = slope[np.isfinite(slope)]
    return float(slope.max()) if slope.size else math.nan


@dataclass(frozen=True, slots=True)
class Effect:
    """What a function does to samples: mean and variance of what comes out, the share of inputs at which its slope is
    exactly 0 (``dead``), and the share at which it is below ``SATURATED`` of the steepest (``saturated``)."""

    mean: float
    variance: float
    dead: float
    saturated: float


def effect(value: Floats, slope: Floats, steep: float) -> Effect:
    """Summary of the samples' values and slopes [sample]; ``steep`` from ``steepest``."""
    with np.errstate(invalid="ignore", over="ignore"):
        return Effect(
            float(value.mean()),
            float(value.var()),
            float((slope == 0).mean()),
            float((np.abs(slope) < SATURATED * steep).mean()),
        )


@dataclass(frozen=True, slots=True)
class Signal:
    """One function through layers, index 0 being the input: mean and standard deviation of the activations, root mean
    square of the gradient that comes back, each [layer + 1]; share of dead units and of saturated activations [layer].
    """

    mean: Floats
    std: Floats
    gradient: Floats
    dead_units: Floats
    saturated: Floats


def through_layers(
    name: Name, x: Floats, weights: Floats, bias: float, upstream: Floats, shape: Shape | None = None
) -> Signal:
    """Forward and backward pass through equally wide layers a <- f(a W + b) (Glorot and Bengio 2010, section 4).

    ``x`` [sample unit], ``weights`` [layer unit unit], ``bias`` the same for all units, ``upstream`` [sample unit] the
    gradient put in at the top. A unit is dead in a layer when its slope is 0 for every sample.
    """
    layers, steep = len(weights), steepest(name, shape)
    a, slopes = x, []
    mean, std = [float(x.mean())], [float(x.std())]
    dead, saturated = [], []
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for w in weights:
            a, slope = evaluate(name, a @ w + bias, shape)  # [sample unit]
            slopes.append(slope)
            mean.append(float(a.mean()))
            std.append(float(a.std()))
            dead.append(float((slope == 0).all(axis=0).mean()))
            saturated.append(float((np.abs(slope) < SATURATED * steep).mean()))
        g = upstream
        gradient = [_rms(g)]
        for layer in range(layers - 1, -1, -1):
            g = (g * slopes[layer]) @ weights[layer].T  # [sample unit]
            gradient.append(_rms(g))
    return Signal(np.array(mean), np.array(std), np.array(gradient[::-1]), np.array(dead), np.array(saturated))


def _rms(g: Floats) -> float:
    return float(np.sqrt(np.mean(g * g)))


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of single neurons: what enters each one's f [layer], its slope da/dx = w f'(z) [layer], the output
    [layer], and the slopes' product from the input up to each layer [layer + 1], which starts at 1."""

    z: Floats
    value: Floats
    slope: Floats
    product: Floats


def chain(name: Name, x: float, weight: float, bias: float, layers: int, shape: Shape | None = None) -> Chain:
    """x <- f(w x + b), ``layers`` times: by the chain rule d(out)/d(in) is the product of all slopes."""
    z, value, slope = np.empty(layers), np.empty(layers), np.empty(layers)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for k in range(layers):
            z[k] = weight * x + bias
            f, df = evaluate(name, z[k], shape)
            x = value[k] = float(f)
            slope[k] = weight * float(df)
        return Chain(z, value, slope, np.cumprod(np.concatenate([[1.0], slope])))

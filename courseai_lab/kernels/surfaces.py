"""Loss surfaces of two parameters: value and gradient in closed form, known minima, sensible domains.

Each surface is `f(x, y, p) -> (value, d/dx, d/dy)` with its parameters in `p`; written for numbers, it
also takes arrays, and compiled it serves races and height fields. `CUSTOM` is a typed expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, pi, sin, sqrt, tanh
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.lazy_jit import njit

from .expression import Expression
from .expression_tape import compile_tape, tape_value_gradient

Floats = NDArray[np.float64]
ValueGradient = tuple[Any, Any, Any]
Surface = Callable[[Any, Any, Any], ValueGradient]


def regression(w: Any, b: Any, p: Any) -> ValueGradient:
    """Mean squared error of the line w u + b, from the data's means p = (uu, u, uv, v, vv)."""
    uu, u, uv, v, vv = p[0], p[1], p[2], p[3], p[4]
    value = w * w * uu + 2.0 * w * b * u + b * b - 2.0 * (w * uv + b * v) + vv
    return value, 2.0 * (w * uu + b * u - uv), 2.0 * (w * u + b - v)


def quadratic(x: Any, y: Any, p: Any) -> ValueGradient:
    """A bowl (mu s^2 + L r^2) / 2 with curvatures p = (mu, L, angle) along axes turned by angle (radians)."""
    mu, L, c, d = p[0], p[1], cos(p[2]), sin(p[2])
    s, r = c * x + d * y, c * y - d * x
    return 0.5 * (mu * s * s + L * r * r), mu * c * s - L * d * r, mu * d * s + L * c * r


def rosenbrock(x: Any, y: Any, p: Any) -> ValueGradient:
    """Rosenbrock (1960): (1 - x)^2 + k (y - x^2)^2 with p = (k,), 100 in the paper."""
    r = y - x * x
    return (1.0 - x) ** 2 + p[0] * r * r, -2.0 * (1.0 - x) - 4.0 * p[0] * x * r, 2.0 * p[0] * r


def himmelblau(x: Any, y: Any, p: Any) -> ValueGradient:
    """Himmelblau (1972): (x^2 + y - 11)^2 + (x + y^2 - 7)^2; four minima of value 0."""
    a, b = x * x + y - 11.0, x + y * y - 7.0
    return a * a + b * b, 4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b


def beale(x: Any, y: Any, p: Any) -> ValueGradient:
    """Beale (1958): sum over k = 1..3 of (c_k - x + x y^k)^2, c = 1.5, 2.25, 2.625."""
    r1, r2, r3 = 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y
    by_x = 2.0 * (r1 * (y - 1.0) + r2 * (y * y - 1.0) + r3 * (y * y * y - 1.0))
    return r1 * r1 + r2 * r2 + r3 * r3, by_x, 2.0 * x * (r1 + 2.0 * y * r2 + 3.0 * y * y * r3)


def booth(x: Any, y: Any, p: Any) -> ValueGradient:
    """Booth: (x + 2y - 7)^2 + (2x + y - 5)^2."""
    a, b = x + 2.0 * y - 7.0, 2.0 * x + y - 5.0
    return a * a + b * b, 2.0 * a + 4.0 * b, 4.0 * a + 2.0 * b


def saddle(x: Any, y: Any, p: Any) -> ValueGradient:
    """x^2 - y^2 + q y^4 with p = (q,): a saddle at the origin; for q > 0 a minimum on each side of it."""
    return x * x - y * y + p[0] * y**4, 2.0 * x, -2.0 * y + 4.0 * p[0] * y**3


def rastrigin(x: Any, y: Any, p: Any) -> ValueGradient:
    """Rastrigin (1974): 2A + x^2 - A cos(2 pi x) + y^2 - A cos(2 pi y) with p = (A,), 10 in the paper."""
    A, k = p[0], 2.0 * np.pi
    value = 2.0 * A + x * x - A * np.cos(k * x) + y * y - A * np.cos(k * y)
    return value, 2.0 * x + A * k * np.sin(k * x), 2.0 * y + A * k * np.sin(k * y)


def ackley(x: Any, y: Any, p: Any) -> ValueGradient:
    """Ackley (1987) with a = 20, b = 0.2, c = 2 pi. At the origin, a cone's tip, the gradient is given as 0."""
    r = np.sqrt(0.5 * (x * x + y * y))
    k = 2.0 * np.pi
    hills = np.exp(0.5 * (np.cos(k * x) + np.cos(k * y)))
    cone = 20.0 * np.exp(-0.2 * r)
    # d cone / dx = -0.2 cone x / (2 r); the smallest float keeps 0 / 0 out at the tip.
    slope = 0.1 * cone / (r + 1e-300)
    value = 20.0 + np.e - cone - hills
    return value, slope * x + np.pi * np.sin(k * x) * hills, slope * y + np.pi * np.sin(k * y) * hills


def ravine(x: Any, y: Any, p: Any) -> ValueGradient:
    """A winding valley: (x^2 + k (y - sin x)^2) / 2 ... along y = sin x, k times steeper across; p = (k,)."""
    r = y - np.sin(x)
    return 0.5 * (x * x + p[0] * r * r), x - p[0] * r * np.cos(x), p[0] * r


def cliff(x: Any, y: Any, p: Any) -> ValueGradient:
    """A gentle bowl with a wall of height p[0] across it (after Pascanu et al. 2013, figure 6).

    (x^2 + y^2) / 10 + h (1 + tanh(s (x - 1))) / 2 with p = (h, s): at x = 1 the slope is about h s / 2.
    """
    h, s = p[0], p[1]
    t = np.tanh(s * (x - 1.0))
    return 0.1 * (x * x + y * y) + 0.5 * h * (1.0 + t), 0.2 * x + 0.5 * h * s * (1.0 - t * t), 0.2 * y


@dataclass(frozen=True, slots=True)
class SurfaceParameter:
    """A number a surface takes: its name, TeX symbol, default and allowed range."""

    name: str
    symbol: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SurfaceKind:
    """One row of `SURFACES`. `domain` is (x low, x high, y low, y high); `start` is where the ball is dropped."""

    code: int
    title: str
    function: Surface
    tex: str
    parameters: tuple[SurfaceParameter, ...]
    domain: tuple[float, float, float, float]
    start: tuple[float, float]
    minima: Callable[[Floats], Floats]


def _at(*points: tuple[float, float]) -> Callable[[Floats], Floats]:
    return lambda p: np.array(points, dtype=np.float64).reshape(-1, 2)


def _saddle_minima(p: Floats) -> Floats:
    if not p[0] > 0.0:
        return np.empty((0, 2))
    y = 1.0 / sqrt(2.0 * p[0])
    return np.array([[0.0, y], [0.0, -y]])


def _regression_minimum(p: Floats) -> Floats:
    uu, u, uv, v = p[:4]
    spread = uu - u * u
    if not spread > 0.0:
        return np.empty((0, 2))
    w = (uv - u * v) / spread
    return np.array([[w, v - w * u]])


def _cliff_minimum(p: Floats) -> Floats:
    """The foot's minimum, by Newton from the origin: the wall's tail moves it a little to the left."""
    h, s = float(p[0]), float(p[1])
    x = -1.0
    for _ in range(60):
        t = tanh(s * (x - 1.0))
        slope, bend = 0.2 * x + 0.5 * h * s * (1.0 - t * t), 0.2 - h * s * s * t * (1.0 - t * t)
        x -= slope / bend
    return np.array([[x, 0.0]])


_HIMMELBLAU = _at(
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.283185991286170),
    (3.584428340330492, -1.848126526964404),
)
_P = SurfaceParameter
SURFACES: Mapping[str, SurfaceKind] = MappingProxyType(
    {
        "regression": SurfaceKind(
            0,
            "Linear regression, MSE",
            regression,
            r"L(w,b)=\frac{1}{n}\sum_i (w u_i + b - v_i)^2",
            (),
            (-2.0, 4.0, -3.0, 3.0),
            (-1.5, -2.0),
            _regression_minimum,
        ),
        "quadratic": SurfaceKind(
            1,
            "Quadratic bowl",
            quadratic,
            r"f=\frac{1}{2}\left(\mu s^2 + L r^2\right)",
            (_P("mu", r"\mu", 1.0, 1e-3, 100.0), _P("L", "L", 10.0, 1e-3, 1e4), _P("angle", r"\varphi", 0.4, -pi, pi)),
            (-3.0, 3.0, -3.0, 3.0),
            (-2.5, 1.8),
            _at((0.0, 0.0)),
        ),
        "rosenbrock": SurfaceKind(
            2,
            "Rosenbrock",
            rosenbrock,
            r"f=(1-x)^2+k\,(y-x^2)^2",
            (_P("k", "k", 100.0, 0.1, 1000.0),),
            (-2.0, 2.0, -1.0, 3.0),
            (-1.2, 1.0),
            _at((1.0, 1.0)),
        ),
        "himmelblau": SurfaceKind(
            3,
            "Himmelblau",
            himmelblau,
            r"f=(x^2+y-11)^2+(x+y^2-7)^2",
            (),
            (-5.0, 5.0, -5.0, 5.0),
            (0.0, -0.5),
            _HIMMELBLAU,
        ),
        "beale": SurfaceKind(
            4,
            "Beale",
            beale,
            r"f=\sum_{k=1}^{3}(c_k-x+x y^k)^2",
            (),
            (-4.5, 4.5, -4.5, 4.5),
            (1.0, 1.5),
            _at((3.0, 0.5)),
        ),
        "booth": SurfaceKind(
            5, "Booth", booth, r"f=(x+2y-7)^2+(2x+y-5)^2", (), (-10.0, 10.0, -10.0, 10.0), (-7.0, 6.0), _at((1.0, 3.0))
        ),
        "saddle": SurfaceKind(
            6,
            "Saddle",
            saddle,
            r"f=x^2-y^2+q\,y^4",
            (_P("q", "q", 0.1, 0.0, 1.0),),
            (-3.0, 3.0, -3.0, 3.0),
            (-2.5, 0.01),
            _saddle_minima,
        ),
        "rastrigin": SurfaceKind(
            7,
            "Rastrigin",
            rastrigin,
            r"f=2A+\sum_i x_i^2-A\cos 2\pi x_i",
            (_P("A", "A", 10.0, 0.0, 20.0),),
            (-5.12, 5.12, -5.12, 5.12),
            (3.4, -2.7),
            _at((0.0, 0.0)),
        ),
        "ackley": SurfaceKind(
            8,
            "Ackley",
            ackley,
            r"f=20+e-20e^{-0.2\sqrt{(x^2+y^2)/2}}-e^{(\cos 2\pi x+\cos 2\pi y)/2}",
            (),
            (-5.0, 5.0, -5.0, 5.0),
            (3.4, -2.6),
            _at((0.0, 0.0)),
        ),
        "ravine": SurfaceKind(
            9,
            "Winding ravine",
            ravine,
            r"f=\frac{1}{2}\left(x^2+k\,(y-\sin x)^2\right)",
            (_P("k", "k", 50.0, 1.0, 1000.0),),
            (-5.0, 5.0, -3.0, 3.0),
            (-4.5, 1.5),
            _at((0.0, 0.0)),
        ),
        "cliff": SurfaceKind(
            10,
            "Cliff",
            cliff,
            r"f=\frac{x^2+y^2}{10}+\frac{h}{2}\left(1+\tanh s(x-1)\right)",
            (_P("h", "h", 4.0, 0.0, 50.0), _P("s", "s", 12.0, 1.0, 100.0)),
            (-4.0, 4.0, -4.0, 4.0),
            (3.0, 2.0),
            _cliff_minimum,
        ),
    }
)
CUSTOM = 11

_jit = njit(nogil=True, cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
_regression, _quadratic, _rosenbrock, _himmelblau = (
    _jit(regression),
    _jit(quadratic),
    _jit(rosenbrock),
    _jit(himmelblau),
)
_beale, _booth, _saddle, _rastrigin = _jit(beale), _jit(booth), _jit(saddle), _jit(rastrigin)
_ackley, _ravine, _cliff = _jit(ackley), _jit(ravine), _jit(cliff)


@dataclass(frozen=True, slots=True)
class SurfaceArgs:
    """What the compiled functions take to stand for one surface: its code, parameters p, and tape."""

    code: int
    p: Floats
    tape_codes: NDArray[np.int64]
    tape_values: Floats


def surface_args(name: str, p: Floats | None = None) -> SurfaceArgs:
    """The compiled form of a surface of the table; `p` None takes its defaults."""
    kind = SURFACES[name]
    values = np.array([q.default for q in kind.parameters]) if p is None else np.asarray(p, dtype=np.float64)
    return SurfaceArgs(kind.code, values, np.empty(0, dtype=np.int64), np.empty(0))


def expression_args(expression: Expression) -> SurfaceArgs:
    """The compiled form of a typed expression of x and y."""
    codes, values = compile_tape(expression)
    return SurfaceArgs(CUSTOM, np.empty(0), codes, values)


def heights(args: SurfaceArgs, xs: Floats, ys: Floats) -> Floats:
    """Values on a grid, shape [y x]; not finite where the surface has none."""
    return np.asarray(_heights(args.code, args.p, args.tape_codes, args.tape_values, xs, ys))


def value_and_gradient(args: SurfaceArgs, x: float, y: float) -> tuple[float, Floats]:
    """Value and gradient [2] at one point."""
    value, by_x, by_y = point(args.code, args.p, args.tape_codes, args.tape_values, float(x), float(y))
    return float(value), np.array([by_x, by_y])


def quadratic_curvatures(args: SurfaceArgs) -> tuple[float, float] | None:
    """(mu, L), the Hessian's smallest and largest eigenvalue, for the surfaces where they are constant."""
    if args.code == SURFACES["quadratic"].code:
        return float(min(args.p[:2])), float(max(args.p[:2]))
    if args.code == SURFACES["regression"].code:
        low, high = np.linalg.eigvalsh(2.0 * np.array([[args.p[0], args.p[1]], [args.p[1], 1.0]]))
        return float(low), float(high)
    if args.code == SURFACES["booth"].code:
        return 2.0, 18.0
    return None


@njit(nogil=True, cache=True, error_model="numpy")
def point(code, p, tape_codes, tape_values, x, y):  # type: ignore[no-untyped-def]
    """(f, df/dx, df/dy) of the surface with this code; compiled."""
    if code == 0:
        return _regression(x, y, p)
    if code == 1:
        return _quadratic(x, y, p)
    if code == 2:
        return _rosenbrock(x, y, p)
    if code == 3:
        return _himmelblau(x, y, p)
    if code == 4:
        return _beale(x, y, p)
    if code == 5:
        return _booth(x, y, p)
    if code == 6:
        return _saddle(x, y, p)
    if code == 7:
        return _rastrigin(x, y, p)
    if code == 8:
        return _ackley(x, y, p)
    if code == 9:
        return _ravine(x, y, p)
    if code == 10:
        return _cliff(x, y, p)
    return tape_value_gradient(tape_codes, tape_values, x, y)


@njit(nogil=True, cache=True, error_model="numpy")
def _heights(code, p, tape_codes, tape_values, xs, ys):  # type: ignore[no-untyped-def]
    out = np.empty((ys.size, xs.size))
    for j in range(ys.size):
        for i in range(xs.size):
            out[j, i] = point(code, p, tape_codes, tape_values, xs[i], ys[j])[0]
    return out

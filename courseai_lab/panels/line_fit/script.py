"""The panel's mathematics as a program of plain NumPy: the closed form, and descent with its gradient by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.source_text import array, number, program
from courseai_lab.panels.line_fit.params import Data, LineParams
from courseai_lab.panels.line_fit.points import cloud

_DRAWN: Mapping[Data, str] = MappingProxyType(
    {
        Data.STUDY: "low, high, size = 0.5, 9.5, 1.6\ntruth = lambda x: 4.0 + 1.4 * x",
        Data.FLATS: "low, high, size = 25.0, 140.0, 1.2\ntruth = lambda x: 2.5 + 0.11 * x",
        Data.WAVE: "low, high, size = 0.0, 10.0, 1.5\ntruth = lambda x: 10.0 + 6.0 * np.sin(2.0 * np.pi * x / 10.0)",
    }
)
_OUTLIER = """\
# One point far off: below the others where y rises with x, above them where it falls.
rising = (x - x.mean()) @ (y - y.mean()) >= 0
far = y.min() - 0.4 * (np.ptp(y) or 1.0) if rising else y.max() + 0.4 * (np.ptp(y) or 1.0)
x, y = np.append(x, x.max() - 0.05 * (np.ptp(x) or 1.0)), np.append(y, far)
"""
_HELD = """
# Points held back from every fit: steps of the golden ratio spread them evenly.
offset = np.random.default_rng(np.random.SeedSequence((0, {seed}, 1))).random()
held = (offset + (np.sqrt(5) - 1) / 2 * np.arange(1, len(x) + 1)) % 1 < {share}
if (~held).sum() < 2:
    held[:] = False
"""
_LOSSES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "mse": ("e * e", "2 * e", r"$\\ell(e) = e^2$, so $\\ell'(e) = 2e$"),
        "mae": ("np.abs(e)", "np.sign(e)", r"$\\ell(e) = |e|$, so $\\ell'(e) = \\mathrm{sign}(e)$"),
        "huber": (
            "np.where(np.abs(e) <= delta, e * e / 2, delta * (np.abs(e) - delta / 2))",
            "np.clip(e, -delta, delta)",
            r"Huber (1964): $\\ell(e) = e^2/2$ up to $\\delta$, beyond it $\\delta(|e| - \\delta/2)$",
        ),
    }
)


def script(params: LineParams, seeds: Seeds) -> str:
    """The program's text. Raises BadValue about the user's file."""
    p, name = params, "mse" if params.loss == "r2" else params.loss
    return program(
        "Fit a line y = w x + b: least squares in closed form (Legendre 1805), and gradient descent by hand.",
        _parameters(p, name),
        _data(p, seeds),
        _error(name),
        _CLOSED,
        _DESCENT.format(scale=_STANDARDISED if p.standardised else _RAW).replace("\\\\", "\\"),
        _POLYNOMIAL if p.degree > 1 else "",
        _RESULTS.format(more=_MORE if p.degree > 1 else ""),
        _PICTURE.format(curve=_CURVE if p.degree > 1 else ""),
    )


def _parameters(p: LineParams, name: str) -> str:
    lines = [
        "# %% Parameters",
        "import numpy as np",
        "",
        f"w, b = {number(p.w)}, {number(p.b)}  # your line",
        f"eta, steps = {number(p.lr)}, {p.steps}  # learning rate and length of the descent",
    ]
    if name == "huber":
        lines.append(f"delta = {number(p.huber)}  # errors up to this count squared")
    if p.degree > 1:
        lines.append(f"degree = {p.degree}  # of the polynomial")
    return "\n".join(lines)


def _data(p: LineParams, seeds: Seeds) -> str:
    lines = ["# %% Data"]
    if p.data in _DRAWN:
        lines += [
            "# One point in each of n equal strips, with noise in y; to two decimals, as people note things down.",
            f"n, noise = {p.count}, {number(p.noise)}",
            _DRAWN[p.data],
            f"rng = np.random.default_rng(np.random.SeedSequence((0, {seeds.data})))",
            "x = low + (high - low) * (np.arange(n) + rng.random(n)) / n",
            "y = truth(x) + noise * size * rng.standard_normal(n)",
            "x, y = np.round(x, 2), np.round(y, 2)",
        ]
    else:
        points = cloud(p.model_copy(update={"outlier": False}), Ctx(seeds=seeds))
        lines += [array("x", points.x), array("y", points.y)]
    if p.outlier:
        lines.append(_OUTLIER.rstrip())
    if p.held_out > 0:
        lines.append(_HELD.format(seed=seeds.data, share=number(p.held_out)).rstrip())
    else:
        lines.append("held = np.zeros(len(x), dtype=bool)  # no point is held back from the fits")
    lines.append("x_fit, y_fit = x[~held], y[~held]")
    return "\n".join(lines)


def _error(name: str) -> str:
    terms, slope, words = _LOSSES[name]
    body = _ERROR.replace("TERMS", terms).replace("SLOPE", slope).replace("WORDS", words)
    return body.replace("\\\\", "\\")


_ERROR = r"""
# %% How wrong is a line?
# Each point has an error $e = y - (w x + b)$. A loss turns it into a share, and the loss of the line is the mean
# of the shares. Here WORDS.
def terms(e):
    return TERMS


def slope(e):
    # the derivative of a share by its error
    return SLOPE


def measures(e):
    # MSE, MAE and R squared of the points that are fitted
    seen = e[~held]
    return np.mean(seen**2), np.mean(np.abs(seen)), 1 - np.sum(seen**2) / np.sum((y_fit - y_fit.mean()) ** 2)


def report(name, w, b):
    print("%-15s w = %.6g, b = %.6g, MSE %.6g, MAE %.6g, R2 %.6g" % (name, w, b, *measures(y - (w * x + b))))


error = y - (w * x + b)
share = terms(error)
report("your line:", w, b)
"""
_CLOSED = r"""
# %% The best line in closed form
# Setting the derivatives of the mean square to zero gives $w = \mathrm{cov}(x, y) / \mathrm{var}(x)$ and
# $b = \bar y - w \bar x$: no other line has a smaller MSE.
u = x_fit - x_fit.mean()
w_fit = u @ (y_fit - y_fit.mean()) / (u @ u) if np.ptp(x_fit) > 0 else 0.0
b_fit = y_fit.mean() - w_fit * x_fit.mean()
report("least squares:", w_fit, b_fit)
"""
_STANDARDISED = """\
# x is standardised first: the valley of the loss becomes round, and a much larger rate is stable.
shift, spread = x_fit.mean(), x_fit.std() if np.ptp(x_fit) > 0 else 1.0"""
_RAW = """\
shift, spread = 0.0, 1.0  # x is used as it is; x.mean() and x.std() here would standardise it"""
_DESCENT = r"""
# %% Gradient descent
# From your line on, against the gradient of the mean share:
# $w \leftarrow w + \eta\,\overline{{\ell'(e)\,x}}$ and $b \leftarrow b + \eta\,\overline{{\ell'(e)}}$,
# because an error falls by $x$ when $w$ grows by one, and by 1 when $b$ does.
{scale}
z = (x_fit - shift) / spread
ws, bs = w * spread, b + w * shift  # your line in the coordinates of z
bound = 1e12 * max(1.0, np.abs(y_fit).max(), abs(ws), abs(bs))  # past this it has diverged
path = np.empty((steps + 1, 2))
path[0] = ws, bs
for step in range(1, steps + 1):
    pull = slope(y_fit - (ws * z + bs))
    next_w, next_b = ws + eta * np.mean(pull * z), bs + eta * np.mean(pull)
    if not (abs(next_w) < bound and abs(next_b) < bound):
        print(f"descent diverges at step {{step}}: the rate {{eta}} is too large")
        path[step:] = ws, bs
        break
    ws, bs = next_w, next_b
    path[step] = ws, bs
line_path = np.stack([path[:, 0] / spread, path[:, 1] - path[:, 0] * shift / spread], axis=1)
path_loss = np.array([terms(y_fit - (a * x_fit + c)).mean() for a, c in line_path])
w_gd, b_gd = line_path[-1]
report("descent:", w_gd, b_gd)
"""
_POLYNOMIAL = r"""
# %% A polynomial
# Powers of x are so nearly parallel that rounding would drown them; Chebyshev polynomials on -1..1 are not, and they
# span the same curves.
low, high = x_fit.min(), x_fit.max()


def scaled(v):
    return (2 * v - low - high) / ((high - low) or 1.0)


def polynomial(k):
    design = np.polynomial.chebyshev.chebvander(scaled(x_fit), k)
    coefficients = np.linalg.lstsq(design, y_fit, rcond=None)[0]
    return lambda v: np.polynomial.chebyshev.chebval(scaled(v), coefficients)


errors = [y - polynomial(k)(x) for k in range(1, 16)]
degree_train = np.array([np.mean(e[~held] ** 2) for e in errors])
degree_held = np.array([np.mean(e[held] ** 2) if held.any() else np.nan for e in errors])
print(f"degree {degree}: MSE {degree_train[degree - 1]:.6g} fitted, {degree_held[degree - 1]:.6g} held out")
"""
_RESULTS = """
# %% Results
results = {{
    "x": x, "y": y, "held": held, "error": error, "share": share, "line": (w, b), "fit": (w_fit, b_fit),
    "path": line_path, "model_path": path, "path_loss": path_loss,{more}
}}
"""
_MORE = '\n    "degree_train": degree_train, "degree_held": degree_held,'
_CURVE = """
places = np.linspace(x.min(), x.max(), 400)
left.plot(places, polynomial(degree)(places), color="tab:purple", label=f"degree {degree}")
left.set_ylim(y.min() - 0.3 * np.ptp(y), y.max() + 0.3 * np.ptp(y))"""
_PICTURE = """
# %% Picture
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.scatter(x[~held], y[~held], color="tab:blue", label="points")
left.scatter(x[held], y[held], color="tab:blue", marker="D", facecolors="none")
left.vlines(x, y - error, y, color="tab:red", linewidth=0.8)
ends = np.array([x.min(), x.max()])
left.plot(ends, w * ends + b, color="tab:orange", label="your line")
left.plot(ends, w_fit * ends + b_fit, "k--", label="least squares")
left.plot(ends, w_gd * ends + b_gd, color="tab:green", label="descent"){curve}
left.set(xlabel="x", ylabel="y")
left.legend()
right.plot(path_loss, color="tab:green")
right.set(xlabel="step", ylabel="loss", yscale="log" if (path_loss > 0).all() else "linear")
plt.tight_layout()
plt.show()
"""

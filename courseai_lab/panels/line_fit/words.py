"""The panel in words: the loss with its terms, their live values, the largest stable rate, what is seen now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.panels.line_fit.params import LOSS_NAMES, LineLook, LineParams

if TYPE_CHECKING:
    from courseai_lab.panels.line_fit.frame import Frame

_MEAN = r"\term{mean}{\frac{1}{n}\sum_{i=1}^{n}}"
_LINE = r"(\term{w}{w}\,\term{x}{%s_i} + \term{b}{b})"
_E = rf"\term{{y}}{{y_i}} - {_LINE}"
_TEX: Mapping[str, str] = MappingProxyType(
    {
        "mse": rf"\term{{loss}}{{\mathrm{{MSE}}}} = {_MEAN}\,({_E})^2",
        "mae": rf"\term{{loss}}{{\mathrm{{MAE}}}} = {_MEAN}\,|{_E}|",
        "huber": rf"\term{{loss}}{{\mathrm{{Huber}}}} = {_MEAN}\,h_\delta({_E})"
        r" \qquad h_\delta(e) = e^2/2 \;\mathrm{for}\; |e| \leq \term{huber}{\delta}"
        r" \qquad h_\delta(e) = \delta\,(|e| - \delta/2) \;\mathrm{beyond}",
        "r2": r"\term{loss}{R^2} = 1 - \term{left}{\sum_i (y_i - \hat y_i)^2}\,/\,\term{total}{\sum_i (y_i - \bar y)^2}"
        rf" \qquad \hat y_i = {_LINE[1:-1]}",
    }
)
_SCALED = r" \qquad u_i = \term{scaling}{(x_i - \bar x) / s}"
_TERMS: Mapping[str, Term] = MappingProxyType(
    {
        "loss": Term("loss", "one number for how badly your line fits", "loss"),
        "mean": Term("mean", "the mean over the points that are fitted"),
        "y": Term("y", "what was measured at the point that is worked out", "data"),
        "w": Term("w", "slope of your line", "model"),
        "x": Term("x", "where that point is", "data"),
        "b": Term("b", "intercept of your line: its height where x is 0", "model"),
        "huber": Term("huber", "errors up to this count squared, larger ones only in proportion"),
        "left": Term("left", "sum of the squared errors that your line leaves", "loss"),
        "total": Term("total", "the same for the flat line at the mean", "loss"),
        "scaling": Term("scaling", "x standardised: minus its mean, over its standard deviation"),
    }
)


def formula(p: LineParams, look: LineLook) -> Formula:
    """The loss chosen, of the line as the model writes it."""
    tex = _TEX[p.loss].replace("%s", "u" if p.standardised else "x")
    tex += _SCALED if p.standardised else ""
    named = dict.fromkeys(name for name, _ in Formula(tex).pieces() if name)
    return Formula(tex, tuple(_TERMS[name] for name in named))


def readings(frame: Frame, p: LineParams, look: LineLook) -> Mapping[str, float | str]:
    """Live values of the terms, those of a point for the one that is worked out."""
    i = chosen(frame, look)
    seen = ~frame.held
    total = float(((frame.y[seen] - frame.y[seen].mean()) ** 2).sum())
    values: dict[str, float | str] = {
        "loss": _or_undefined(value_of(frame, p)),
        "mean": f"over {int(seen.sum())} points",
        "y": float(frame.y[i]),
        "w": frame.model_line[0],
        "x": float((frame.x[i] - frame.shift) / frame.spread),
        "b": frame.model_line[1],
        "huber": p.huber,
        "left": float((frame.error[seen] ** 2).sum()),
        "total": total,
        "scaling": f"(x − {number(frame.shift)}) / {number(frame.spread)}",
    }
    named = {term.id for term in formula(p, look).terms}
    return {name: value for name, value in values.items() if name in named}


def marks(frame: Frame, p: LineParams) -> Mapping[str, tuple[Mark, ...]]:
    """Above this rate plain descent overshoots further at every step."""
    if frame.largest_rate is None:
        return {}
    return {"lr": (Mark(frame.largest_rate, "2/L, the largest stable rate"),)}


def sentence(frame: Frame, p: LineParams, look: LineLook) -> str:
    """How far the three lines are, what x is, and what went wrong."""
    told = (_standing(frame, p), *_lost(frame), *_descent(frame, p), *_curve(frame, p))
    return " ".join((*frame.notes, *told, scaling(frame)))


def scaling(frame: Frame) -> str:
    """Raw or rescaled, always said."""
    if not frame.standardised:
        return "x is used as it is."
    return f"Descent and map use x standardised: u = (x − {number(frame.shift)}) / {number(frame.spread)}."


def _standing(frame: Frame, p: LineParams) -> str:
    name, column = LOSS_NAMES[p.loss], _COLUMN[p.loss]
    mine, best, going = (float(row[column]) for row in (frame.metrics[0], frame.metrics[1], frame.descent))
    text = f"Your line has {name} {number(mine)}"
    text += f", least squares {number(best)}" + (", the lowest of all lines" if p.loss == "mse" else "")
    text += ", the highest of all lines" if p.loss == "r2" and math.isfinite(best) else ""
    return f"{text}, gradient descent {number(going)} after step {frame.step} of {frame.steps}."


def _lost(frame: Frame) -> list[str]:
    w, b = frame.line
    ends = [w * x + b for x in frame.x_range]
    low, high = frame.y_range
    if min(ends) > high or max(ends) < low:
        return ["Your line is outside the picture; Best line brings it back."]
    return []


def _descent(frame: Frame, p: LineParams) -> list[str]:
    limit = frame.largest_rate
    if limit is not None and p.loss != "huber" and frame.rate > limit * (1 + 1e-9):
        return [f"Descent diverges: its rate {number(frame.rate)} is above 2/L = {number(limit)}."]
    if p.loss == "mae":
        return ["The absolute error pulls equally hard however near it is, so descent ends in small zigzags."]
    return []


def _curve(frame: Frame, p: LineParams) -> list[str]:
    if p.degree == 1 or len(frame.metrics) < 3:
        apart = int(frame.held.sum())
        return [f"{apart} points (diamonds) are held out of every fit."] if apart else []
    seen, held = float(frame.metrics[2, 0]), float(frame.metrics[2, 4])
    fitted = int((~frame.held).sum())
    text = f"Degree {p.degree}: MSE {number(seen)} on the {fitted} points it was fitted to"
    if frame.held.any():
        text += f", {number(held)} on the {int(frame.held.sum())} held out"
    more = " It has as many coefficients as points, so it can meet each of them." if p.degree + 1 >= fitted else ""
    return [f"{text}.{more}"]


_COLUMN: Mapping[str, int] = MappingProxyType({"mse": 0, "mae": 1, "huber": 2, "r2": 3})


def value_of(frame: Frame, p: LineParams) -> float:
    """The measure chosen, of your line."""
    return float(frame.metrics[0, _COLUMN[p.loss]])


def chosen(frame: Frame, look: LineLook) -> int:
    """Index of the point that is worked out: the one chosen, or the one with the largest share."""
    if 0 <= look.point < len(frame.x):
        return look.point
    return int(frame.share.argmax())


def worked(frame: Frame, p: LineParams, look: LineLook) -> str:
    """The chosen point's term with its numbers put in, and how the terms become the loss."""
    i = chosen(frame, look)
    w, b = frame.model_line
    u = float((frame.x[i] - frame.shift) / frame.spread)
    x, y, e = number(u), number(float(frame.y[i])), float(frame.error[i])
    sign = "−" if b < 0 else "+"
    head = f"Point {i + 1}: e = {y} − ({number(w)} · {_bracket(x)} {sign} {number(abs(b))}) = {number(e)}"
    if frame.held[i]:
        return f"{head}; it is held out, so it does not count"
    n, term = int((~frame.held).sum()), number(float(frame.share[i]))
    total = number(float(frame.share[~frame.held].sum()))
    value = number(value_of(frame, p))
    if p.loss == "r2":
        spread = float(((frame.y[~frame.held] - frame.y[~frame.held].mean()) ** 2).sum())
        return f"{head}, e² = {term}.  R² = 1 − {total} / {number(spread)} = {value}"
    what = {"mse": "e²", "mae": "|e|", "huber": "h(e)"}[p.loss]
    return f"{head}, {what} = {term}.  {LOSS_NAMES[p.loss]} = {total} / {n} = {value}"


def number(value: float) -> str:
    """Three significant digits or all whole ones, with a true minus sign, and words for what has no digits."""
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        mantissa, power = f"{value:.2e}".split("e")
        digits = str(int(power)).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
        return f"{mantissa}×10{digits}".replace("-", "−")
    digits_after = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits_after}f}".replace("-", "−")


def _bracket(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _or_undefined(value: float) -> float | str:
    return value if math.isfinite(value) else number(value)

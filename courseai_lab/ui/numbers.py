"""Numbers as people read them: significant digits, a true minus sign, a thin space before the unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from numbers import Integral, Real

MINUS = "\u2212"
THIN_SPACE = "\u202f"
FIGURE_SPACE = "\u2007"
POINT_SPACE = "\u2008"

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LARGEST_PLAIN = 5
_SMALLEST_PLAIN = -3
_LARGEST_INTEGER = 10**15
_UNSPACED_UNITS = ("°", "′", "″")


def fmt(value: Real | float | bool, sig: int = 3, unit: str = "", *, trim: bool = False) -> str:
    """``value`` with ``sig`` significant digits, e.g. ``fmt(-0.01234) == "−0.0123"``.

    Integers show all their digits (in groups of three from 10 000 on). Other numbers keep trailing zeros, because they
    say how precise the number is, unless ``trim``; whole parts are never rounded away below 100 000.
    Outside 0.001 to 100 000 the form is ``1.20×10⁻⁵``. NaN and the infinities are words.
    ``unit`` follows a thin space that does not break. Raises ``ValueError`` when ``sig`` is below 1.
    """
    if sig < 1:
        raise ValueError(f"A number has at least 1 significant digit, not {sig}.")
    return _with_unit(_text(value, sig, trim), unit)


def fmt_aligned(values: Sequence[Real | float], sig: int = 3, unit: str = "") -> list[str]:
    """``values`` as a column: equally wide in tabular digits, the decimal points below each other.

    If one value needs the scientific form, all finite ones take it, so that mantissas can be compared.
    Raises ``ValueError`` when ``sig`` is below 1.
    """
    if sig < 1:
        raise ValueError(f"A number has at least 1 significant digit, not {sig}.")
    texts = [_text(v, sig, trim=False) for v in values]
    if any("×" in text for text in texts):
        texts = [
            _scientific(Decimal(float(v)), sig, False) if math.isfinite(v) else _text(v, sig, False) for v in values
        ]
    heads, tails = [], []
    for text in texts:
        head, point, tail = text.partition(".")
        if not point and "×" in text:
            head, _, power = text.partition("×")
            tail = "×" + power
        heads.append(head)
        tails.append(point + tail)
    left = max((len(h) for h in heads), default=0)
    right = max((len(t) for t in tails), default=0)
    return [
        _with_unit(FIGURE_SPACE * (left - len(h)) + h + t + _padding(t, right), unit)
        for h, t in zip(heads, tails, strict=True)
    ]


def power_of_ten(exponent: int) -> str:
    """``10`` with a superscript exponent, as on a logarithmic axis."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def _padding(tail: str, width: int) -> str:
    missing = width - len(tail)
    if missing <= 0:
        return ""
    return FIGURE_SPACE * missing if tail else POINT_SPACE + FIGURE_SPACE * (missing - 1)


def _with_unit(text: str, unit: str) -> str:
    if not unit:
        return text
    return text + unit if unit.startswith(_UNSPACED_UNITS) else text + THIN_SPACE + unit


def _text(value: Real | float | bool, sig: int, trim: bool) -> str:
    if isinstance(value, Integral) and abs(int(value)) < _LARGEST_INTEGER:
        return _integer(int(value))
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "infinity" if number > 0 else MINUS + "infinity"
    if number == 0:
        return "0"
    exact = Decimal(number)
    rounded = _round(exact, max(sig, min(exact.adjusted(), _LARGEST_PLAIN) + 1))
    exponent = rounded.adjusted()
    if exponent >= _LARGEST_PLAIN or exponent < _SMALLEST_PLAIN:
        return _scientific(exact, sig, trim)
    decimals = max(0, sig - 1 - exponent)
    if decimals == 0:
        return _integer(int(rounded))
    text = f"{rounded:.{decimals}f}"
    return _signed(text.rstrip("0").rstrip(".") if trim else text)


def _scientific(number: Decimal, sig: int, trim: bool) -> str:
    if number == 0:
        return "0"
    rounded = _round(number, sig)
    exponent = rounded.adjusted()
    mantissa = f"{rounded.scaleb(-exponent):.{sig - 1}f}"
    if trim and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{_signed(mantissa)}×{power_of_ten(exponent)}"


def _round(number: Decimal, sig: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(number.adjusted() - sig + 1), ROUND_HALF_EVEN)


def _integer(number: int) -> str:
    text = f"{number:,}".replace(",", THIN_SPACE) if abs(number) >= 10_000 else str(number)
    return _signed(text)


def _signed(text: str) -> str:
    return text.replace("-", MINUS, 1)

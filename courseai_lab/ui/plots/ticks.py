"""Where the numbers on an axis go."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from courseai_lab.ui.numbers import MINUS, fmt, power_of_ten


def nice_step(span: float, count: float) -> float:
    """The step of 1, 2, 2.5 or 5 times a power of ten that cuts ``span`` into at most ``count`` parts (roughly)."""
    if not math.isfinite(span) or span <= 0:
        return 1.0
    raw = span / max(count, 1.0)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 2.5, 5.0):
        if raw <= factor * power * (1 + 1e-9):
            return factor * power
    return 10.0 * power


def ticks(low: float, high: float, count: float) -> list[float]:
    """Round values within ``low..high``, about ``count`` of them."""
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def snapped(low: float, high: float, count: float = 5) -> tuple[float, float]:
    """The range ``low..high`` widened to round ends, so that small changes of the data do not move the axis."""
    if low == high:
        pad = abs(low) * 0.5 or 0.5
        low, high = low - pad, high + pad
    step = nice_step(high - low, count) / 2
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def tick_text(value: float, step: float) -> str:
    """``value`` with just the decimals that ``step`` needs; powers of ten where plain digits would be long."""
    if abs(value) < step * 1e-6:
        return "0"
    if abs(value) >= 1e6 or abs(step) < 1e-4:
        return fmt(value, sig=max(1, math.floor(math.log10(abs(value)) - math.log10(step) + 1e-9) + 2), trim=True)
    decimals = max(0, -int(Decimal(repr(float(f"{step:.6g}"))).normalize().as_tuple().exponent))
    grouped = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return grouped.replace(",", "\u202f").replace("-", MINUS)


def log_ticks(low: float, high: float, count: float) -> list[float]:
    """Ticks of a logarithmic axis between exponents ``low`` and ``high``, as exponents: decades, or parts of one."""
    decades = np.arange(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    if decades.size >= 3:
        stride = max(1, math.ceil(decades.size / max(count, 1)))
        return [float(d) for d in decades if d % stride == 0]
    parts = (1, 2, 5) if high - low > 0.7 else (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
    floors = range(math.floor(low), math.ceil(high) + 1)
    values = [e + math.log10(m) for e in floors for m in parts if low - 1e-9 <= e + math.log10(m) <= high + 1e-9]
    return values or [low, high]


def log_tick_text(exponent: float) -> str:
    """Text of the tick at 10 to the ``exponent``."""
    if abs(exponent - round(exponent)) < 1e-9:
        whole = round(exponent)
        return fmt(10.0**whole, trim=True) if -3 <= whole <= 4 else power_of_ten(whole)
    return fmt(10.0**exponent, 2, trim=True)

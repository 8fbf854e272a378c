"""Round numbers along an axis, and how they are written."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def nice_ticks(low: float, high: float, about: int, scale: str) -> list[float]:
    """About ``about`` round numbers in [low, high]: steps of 1, 2 or 5 times a power of ten, or powers of ten."""
    if not (isfinite(low) and isfinite(high)) or high <= low:
        return []
    if scale == "log":
        return _log_ticks(low, high, about)
    raw = (high - low) / max(about, 1)
    power = 10.0 ** floor(log10(raw))
    step = power * next(m for m in (1, 2, 5, 10) if m * power >= raw * 0.7)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(k * step, 12 - floor(log10(step))) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    if last - first >= 1:
        stride = max(1, ceil((last - first + 1) / max(about, 1)))
        return [10.0**k for k in range(first, last + 1, stride)]
    few = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
    inside = [v for v in few if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
    return inside if len(inside) >= 2 else nice_ticks(low, high, about, "linear")


def format_tick(value: float, step: float) -> str:
    """A tick's text: true minus sign, as many decimals as the step needs, powers of ten beyond 99,999 and 0.001."""
    if value == 0 or abs(value) < 1e-9 * abs(step):
        return "0"
    size = abs(value)
    sign = "−" if value < 0 else ""
    if size >= 1e5 or size < 1e-3 or (step and step < 1e-4):
        exponent = floor(log10(size) + 1e-12)
        mantissa = size / 10.0**exponent
        ten = "10" + str(exponent).translate(_SUPERSCRIPTS)
        digits = f"{mantissa:.3g}"
        return sign + (ten if digits == "1" else f"{digits}×{ten}")
    if step:
        decimals = max(0, -floor(log10(abs(step)) + 1e-9))
        return sign + f"{size:.{decimals}f}"
    return sign + f"{size:.12g}"

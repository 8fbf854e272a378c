"""Numbers in sentences: three significant digits, a true minus sign, words for what has no digits."""

from __future__ import annotations

import math

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float) -> str:
    """``-0.25`` as "−0.250", ``1e-9`` as "1.00×10⁻⁹", NaN as "no number"."""
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:#.3g}" if abs(value) < 100 else f"{value:.0f}"
        return text.rstrip(".").replace("-", "−")
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{mantissa}×10{str(int(power)).translate(_RAISED)}".replace("-", "−")


def percent(share: float) -> str:
    """A share in percent; below ten it keeps a digit."""
    shown = f"{100 * share:.1f}" if 0 < share < 0.1 else f"{100 * share:.0f}"
    return f"{shown}\u202f%"


def plural(count: int, what: str) -> str:
    """``3 layers``, ``1 layer``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

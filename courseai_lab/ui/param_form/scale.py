"""Between a slider's positions and a parameter's values: linear or logarithmic, whole or real, ends open or closed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from courseai_lab.contract import FieldSpec

POSITIONS = 1000
_LOG_SPAN = 1e-6
_NUDGES_A_DECADE = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps positions 0 to ``last`` onto values from ``low`` to ``high``; values it makes are round and always allowed.

    ``zero``: position 0 stands for the value 0 below a logarithmic rest.
    """

    low: float
    high: float
    whole: bool = False
    log: bool = False
    zero: bool = False
    step: float | None = None

    @property
    def last(self) -> int:
        """The highest position; whole numbers in a short linear range have one position each."""
        span = self.high - self.low
        return int(span) if self.whole and not self.log and span <= POSITIONS else POSITIONS

    def position(self, value: float) -> int:
        """The position nearest to ``value``, which is held within the range."""
        if self.zero and value <= 0:
            return 0
        value = min(self.high, max(self.low, value))
        first = 1 if self.zero else 0
        share = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.log
            else (value - self.low) / (self.high - self.low)
        )
        return first + round(share * (self.last - first))

    def value(self, position: float) -> float:
        """The round value that ``position`` stands for."""
        if self.zero and position < 1:
            return self._typed(0.0)
        first = 1 if self.zero else 0
        share = min(1.0, max(0.0, (position - first) / (self.last - first)))
        if self.log:
            return self.held(_significant(self.low * (self.high / self.low) ** share, self._digits()))
        return self.held(self._on_grid(self.low + share * (self.high - self.low)))

    def share(self, value: float) -> float:
        """Where ``value`` stands on the track, 0 to 1, not rounded to positions."""
        if self.zero and value <= 0:
            return 0.0
        value = min(self.high, max(self.low, value))
        if self.log:
            inner = math.log(value / self.low) / math.log(self.high / self.low)
            return (1 + inner * (self.last - 1)) / self.last if self.zero else inner
        return (value - self.low) / (self.high - self.low)

    def nudged(self, value: float, steps: int) -> float:
        """``value`` moved by so many key presses: ``step`` each, a hundredth of the range, or a share of a decade."""
        if self.log:
            if self.zero and value <= 0:
                return self._typed(self.low if steps > 0 else 0.0)
            moved = value * 10 ** (steps / _NUDGES_A_DECADE)
            if self.whole and round(moved) == round(value):
                moved = value + (1 if steps > 0 else -1)
            if self.zero and moved < self.low:
                return self._typed(0.0)
            return self.held(_significant(moved, 3))
        size = self.step or (1.0 if self.whole else 10 ** round(math.log10((self.high - self.low) / 100)))
        digits = max(0, 1 - math.floor(math.log10(size))) + 2
        return self.held(round(value + steps * size, digits))

    def held(self, value: float) -> float:
        """The nearest allowed value: inside the range, off its open ends, whole where it must be."""
        return self._typed(min(self.high, max(self.low, value)))

    def decades(self) -> list[float]:
        """Powers of ten inside a logarithmic range."""
        if not self.log:
            return []
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**power for power in range(first, last + 1)]

    def _typed(self, value: float) -> float:
        return round(value) if self.whole else float(value)

    def _digits(self) -> int:
        ratio = (self.high / self.low) ** (1 / self.last) - 1
        return max(3, 1 + math.ceil(-math.log10(ratio)))

    def _on_grid(self, value: float) -> float:
        fine = (self.high - self.low) / self.last
        if self.step:
            fine = min(fine, self.step)
        return round(value, max(0, math.ceil(-math.log10(fine) - 1e-9)))


def scale_of(spec: FieldSpec) -> Scale | None:
    """The slider's scale of a number parameter, or None when its range is not closed on both sides by numbers."""
    if spec.lo is None or spec.hi is None or not spec.lo < spec.hi:
        return None
    whole = spec.kind == "int"
    low, high = float(spec.lo), float(spec.hi)
    if whole:
        low, high = low + spec.lo_open, high - spec.hi_open
        if low >= high:
            return None
    log = spec.ui.log and high > 0
    zero = False
    if log and low <= 0:
        zero = not spec.lo_open
        low = 1.0 if whole else high * _LOG_SPAN
    elif spec.lo_open and not whole:
        low += abs(low) * 1e-3 if log else _edge(low, high)
    if spec.hi_open and not whole:
        high -= high * 1e-3 if log else _edge(float(spec.lo), high)
    return Scale(low, high, whole, log, zero, spec.ui.step)


def _edge(low: float, high: float) -> float:
    """How far inside an open end of a linear range the slider stops: a round thousandth or so of it."""
    return 10.0 ** math.floor(math.log10((high - low) / POSITIONS) + 1e-9)


def _significant(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")

r"""A formula as parts that are made one from the other, and its TeX with as many of them worked out as wanted.

A part's ``rule`` is TeX in which ``@id@`` stands for another part (bracketed where a product needs it) and ``#id#``
for one that needs no brackets (in a fraction, a root, an exponent).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_SLOT = re.compile(r"@(\w+)@|#(\w+)#")
_MANTISSA = re.compile(r"e([+-])0*(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``tex`` is its symbol, ``rule`` how it is made ("" for a number that is given), ``value`` its array.

    ``focus``: the element whose number stands in the formula, where ``value`` has several; None: the symbol stands.
    ``loose``: the rule is a sum, which a product must bracket. ``numbers``: TeX of the rule with numbers, where putting
    them into the rule's slots would not say it (a sum over elements).
    """

    id: str
    tex: str
    value: Floats
    meaning: str
    rule: str = ""
    loose: bool = False
    focus: tuple[int, ...] | None = None
    numbers: str = ""

    @property
    def given(self) -> bool:
        """Whether it is put in, and not worked out."""
        return not self.rule

    @property
    def number(self) -> float | None:
        """The number that stands for it in the formula, or None for an array without focus."""
        if self.value.ndim == 0:
            return float(self.value)
        return None if self.focus is None else float(self.value[self.focus])


Sheet = tuple[Part, ...]
"""Parts in the order in which they are worked out, inside out; given ones first, the result last."""


def given(id: str, tex: str, value: ArrayLike, meaning: str, focus: tuple[int, ...] | None = None) -> Part:
    """A part that is put in."""
    return Part(id, tex, np.asarray(value, dtype=np.float64), meaning, focus=focus)


def made(
    id: str,
    tex: str,
    value: ArrayLike,
    meaning: str,
    rule: str,
    *,
    loose: bool = False,
    focus: tuple[int, ...] | None = None,
    numbers: str = "",
) -> Part:
    """A part that is worked out from others."""
    return Part(id, tex, np.asarray(value, dtype=np.float64), meaning, rule, loose, focus, numbers)


def steps(sheet: Sheet) -> int:
    """How many parts are worked out."""
    return sum(not part.given for part in sheet)


def done(sheet: Sheet, count: int) -> frozenset[str]:
    """Ids of all given parts and of the first ``count`` worked out ones."""
    worked = [part.id for part in sheet if not part.given][:count]
    return frozenset([*(part.id for part in sheet if part.given), *worked])


def number_tex(value: float) -> str:
    """A number of three significant digits as TeX."""
    if math.isnan(value):
        return r"\mathrm{NaN}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
        return text
    mantissa, sign, power = _MANTISSA.split(f"{value:.2e}")[:3]
    return rf"{mantissa} \cdot 10^{{{'-' if sign == '-' else ''}{power}}}"


def bare(part: Part) -> str:
    """The number of a part, or its symbol where it has none."""
    number = part.number
    return part.tex if number is None else number_tex(number)


def _bracketed(tex: str) -> str:
    # Growing brackets only around what is high: typesetters stretch them absurdly around sums with limits.
    return rf"\left({tex}\right)" if r"\frac" in tex and r"\sum" not in tex else f"({tex})"


def symbols(part: Part, sheet: Sheet) -> str:
    """A part's rule in symbols."""
    by_id = {one.id: one for one in sheet}
    return _SLOT.sub(lambda m: by_id[m.group(1) or m.group(2)].tex, part.rule)


def with_numbers(part: Part, sheet: Sheet) -> str:
    """A part's rule with the numbers of the parts it is made from."""
    return part.numbers or _filled(part, {one.id: one for one in sheet}, frozenset(one.id for one in sheet))


def expanded(sheet: Sheet, count: int) -> str:
    """The last part written out down to what is given, the first ``count`` worked out parts as their numbers."""
    by_id = {part.id: part for part in sheet}
    return _expanded(sheet[-1], by_id, done(sheet, count))


def written(sheet: Sheet) -> str:
    r"""The last part written out in symbols, every given part named as a term (``\term{id}{tex}``)."""
    by_id = {part.id: replace(part, tex=rf"\term{{{part.id}}}{{{part.tex}}}") for part in sheet}
    return _expanded(by_id[sheet[-1].id], by_id, frozenset())


def _expanded(part: Part, by_id: Mapping[str, Part], known: frozenset[str]) -> str:
    if part.id in known:
        return bare(part)
    return part.tex if part.given else _filled(part, by_id, known)


def _filled(part: Part, by_id: Mapping[str, Part], known: frozenset[str]) -> str:
    def put(match: re.Match[str]) -> str:
        one = by_id[match.group(1) or match.group(2)]
        tex = _expanded(one, by_id, known)
        if match.group(2):
            return tex
        worked = one.id in known
        awkward = worked and one.number is not None and (one.number < 0 or "10^" in tex)
        return _bracketed(tex) if awkward or (one.loose and not worked) else tex

    return _SLOT.sub(put, part.rule)


def pack(sheet: Sheet) -> tuple[Floats, tuple[tuple[int, ...], ...]]:
    """All values one after the other [number], and the shape of each part."""
    flat = np.concatenate([np.ravel(part.value) for part in sheet])
    return flat, tuple(tuple(int(n) for n in part.value.shape) for part in sheet)


def unpack(flat: Floats, shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    """The values that ``pack`` laid one after the other."""
    out, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        out.append(flat[at : at + size].reshape(shape))
        at += size
    return out

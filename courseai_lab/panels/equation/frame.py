"""What a frame of the panel holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes
from courseai_lab.kernels.formula_parts import unpack


@dataclass(frozen=True, slots=True)
class Frame:
    """A formula's parts with all their values, how many of them are worked out, and the curves of its picture.

    ``started`` and ``collapsed``: TeX of the whole with numbers put in, and with what is worked out by now as numbers.
    Frames of one run share everything but ``done`` and ``collapsed``. Parts are in the order of working out.
    """

    equation: str
    ids: tuple[str, ...]
    tex: tuple[str, ...]
    rules: tuple[str, ...]
    filled: tuple[str, ...]
    results: tuple[str, ...]
    meanings: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    focus: tuple[tuple[int, ...] | None, ...]
    flat: Annotated[np.ndarray, Axes("number", help="values of all parts, one after the other")]
    started: str
    done: int
    collapsed: str
    x: Annotated[np.ndarray | None, Axes("point", help="horizontal places of the curves")] = None
    curves: Annotated[np.ndarray | None, Axes("curve point", help="the curves of the picture")] = None
    curve_names: tuple[str, ...] = ()
    visits: Annotated[np.ndarray | None, Axes("visit", help="weights so far, the present one last")] = None
    facts: tuple[tuple[str, float], ...] = ()

    @property
    def steps(self) -> int:
        """How many parts are worked out in all."""
        return sum(bool(rule) for rule in self.rules)

    @property
    def worked(self) -> tuple[str, ...]:
        """Ids of the parts that are worked out, in order, whether done yet or not."""
        return tuple(id for id, rule in zip(self.ids, self.rules, strict=True) if rule)

    def known(self, id: str) -> bool:
        """Whether a part is given, or worked out by now."""
        worked = self.worked
        return id not in worked or worked.index(id) < self.done

    def value(self, id: str) -> np.ndarray:
        """A part's whole value."""
        return unpack(self.flat, self.shapes)[self.ids.index(id)]

    def number(self, id: str) -> float:
        """The number that stands for a part in the formula; NaN for an array without one."""
        k = self.ids.index(id)
        value, focus = self.value(id), self.focus[k]
        if value.ndim == 0:
            return float(value)
        return float("nan") if focus is None else float(value[focus])

    def curve(self, name: str) -> np.ndarray:
        """One curve by name."""
        assert self.curves is not None
        return np.asarray(self.curves[self.curve_names.index(name)])

    def fact(self, name: str) -> float:
        """A number beside the formula, by name."""
        return dict(self.facts)[name]

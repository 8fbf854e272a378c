"""Formulas taken apart: one frame for each sub-term that is worked out, from what is put in to the result."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from courseai_lab.contract import Ctx
from courseai_lab.kernels.formula_parts import bare, expanded, pack, steps, symbols, with_numbers
from courseai_lab.panels.equation.frame import Frame
from courseai_lab.panels.equation.params import EquationLook, EquationParams
from courseai_lab.panels.equation.problems import PROBLEMS
from courseai_lab.panels.equation.script import script
from courseai_lab.panels.equation.words import formula, marks, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "marks", "readings", "run", "script", "sentence"]

Params = EquationParams
Look = EquationLook


def run(p: EquationParams, ctx: Ctx) -> Generator[Frame, EquationParams, None]:
    """Frame k has the first k sub-terms worked out; frame 0 has the numbers put in and nothing more."""
    ctx.tick()
    made = PROBLEMS[p.equation](p, ctx)
    sheet = made.sheet
    flat, shapes = pack(sheet)
    first = Frame(
        equation=p.equation.value,
        ids=tuple(part.id for part in sheet),
        tex=tuple(part.tex for part in sheet),
        rules=tuple("" if part.given else symbols(part, sheet) for part in sheet),
        filled=tuple("" if part.given else with_numbers(part, sheet) for part in sheet),
        results=tuple(bare(part) for part in sheet),
        meanings=tuple(part.meaning for part in sheet),
        shapes=shapes,
        focus=tuple(part.focus for part in sheet),
        flat=flat,
        started=expanded(sheet, 0),
        done=0,
        collapsed=expanded(sheet, 0),
        x=made.x,
        curves=made.curves,
        curve_names=made.names,
        visits=made.visits,
        facts=made.facts,
    )
    yield first
    for count in range(1, steps(sheet) + 1):
        ctx.tick(count, steps(sheet))
        yield replace(first, done=count, collapsed=expanded(sheet, count))

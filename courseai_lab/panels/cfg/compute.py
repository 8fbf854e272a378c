"""Classifier-free guidance: exactly in the plane, on pictures, one step taken apart, and as an X/Y grid."""

from __future__ import annotations

from collections.abc import Generator

from courseai_lab.contract import Ctx
from courseai_lab.panels.cfg.frame import Frame
from courseai_lab.panels.cfg.linked import followed, selections
from courseai_lab.panels.cfg.params import CfgLook, CfgParams, Page
from courseai_lab.panels.cfg.plane import run_plane
from courseai_lab.panels.cfg.script import script
from courseai_lab.panels.cfg.words import formula, marks, readings, sentence

__all__ = [
    "Frame",
    "Look",
    "Params",
    "followed",
    "formula",
    "marks",
    "readings",
    "run",
    "script",
    "selections",
    "sentence",
]

Params = CfgParams
Look = CfgLook


def run(p: CfgParams, ctx: Ctx) -> Generator[Frame, CfgParams, None]:
    """Ho & Salimans (2022): u + w (c - u), on the chosen page.

    Raises BadValue with one sentence where the shipped networks are missing.
    """
    if p.page is Page.EXACT:
        yield from run_plane(p, ctx)
        return
    # The networks need torch, which the plane does not: it is loaded when it is first needed.
    from courseai_lab.panels.cfg.mechanism import run_mechanism
    from courseai_lab.panels.cfg.pictures import run_grid, run_pictures

    if p.page is Page.PICTURES:
        yield from run_pictures(p, ctx)
    elif p.page is Page.MECHANISM:
        yield from run_mechanism(p, ctx)
    else:
        yield from run_grid(p, ctx)

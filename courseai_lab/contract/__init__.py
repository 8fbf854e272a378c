"""The one contract between panels and everything else: ``Params``, ``Look``, ``Ctx``, ``Frame``, ``State``, ``Panel``.

A panel is a pure function from typed parameters to frames, and a view that draws frames. This package says what those
words mean and checks them. It knows neither Qt nor any panel.

Names are loaded on first use, so that ``from courseai_lab import contract`` costs nothing and listing panels imports
neither numpy nor pydantic.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courseai_lab.contract.ctx import Cancelled, Ctx, Seeds
    from courseai_lab.contract.errors import BadState, BadValue, FrameError, LabError, UnknownPanel
    from courseai_lab.contract.formula import Formula, Mark, Term
    from courseai_lab.contract.frame import Axes, arrays, check_frame, frame_bytes
    from courseai_lab.contract.painted import Grey, centred_digit, grey_array, grey_text
    from courseai_lab.contract.panel import Compute, Panel, Preset, discover, find
    from courseai_lab.contract.params import (
        Color,
        FieldSpec,
        FileKind,
        Matrix,
        Paint,
        Params,
        Points,
        Text,
        Ui,
        fields,
    )
    from courseai_lab.contract.run import Run, run_frames, run_to_frame
    from courseai_lab.contract.selection import DataPoint, Head, Label, Line, Selection, Step, Token
    from courseai_lab.contract.settings_text import parse_settings
    from courseai_lab.contract.state import Patch, State, Steer, default_state

_HOME = {
    "ctx": ("Cancelled", "Ctx", "Seeds"),
    "errors": ("BadState", "BadValue", "FrameError", "LabError", "UnknownPanel"),
    "formula": ("Formula", "Mark", "Term"),
    "frame": ("Axes", "arrays", "check_frame", "frame_bytes"),
    "panel": ("Compute", "Panel", "Preset", "discover", "find"),
    "params": (
        "Color",
        "FieldSpec",
        "FileKind",
        "Matrix",
        "Paint",
        "Params",
        "Points",
        "Text",
        "Ui",
        "fields",
    ),
    "painted": ("Grey", "centred_digit", "grey_array", "grey_text"),
    "settings_text": ("parse_settings",),
    "run": ("Run", "run_frames", "run_to_frame"),
    "selection": ("DataPoint", "Head", "Label", "Line", "Selection", "Step", "Token"),
    "state": ("Patch", "State", "Steer", "default_state"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Axes",
    "BadState",
    "BadValue",
    "Cancelled",
    "Color",
    "Compute",
    "Ctx",
    "DataPoint",
    "FieldSpec",
    "FileKind",
    "Formula",
    "FrameError",
    "Grey",
    "Head",
    "LabError",
    "Label",
    "Line",
    "Mark",
    "Matrix",
    "Paint",
    "Panel",
    "Params",
    "Patch",
    "Points",
    "Preset",
    "Run",
    "Seeds",
    "Selection",
    "State",
    "Steer",
    "Step",
    "Term",
    "Text",
    "Token",
    "Ui",
    "UnknownPanel",
    "arrays",
    "centred_digit",
    "check_frame",
    "default_state",
    "discover",
    "fields",
    "find",
    "frame_bytes",
    "grey_array",
    "grey_text",
    "parse_settings",
    "run_frames",
    "run_to_frame",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)

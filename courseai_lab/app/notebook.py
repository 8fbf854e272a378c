"""A panel's program as a Jupyter notebook that needs nothing of the lab, with the panel's own numbers to compare with.

The file is nbformat 4.5 JSON (the format's public schema), written by hand: it is a dict of a few keys. No Qt.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from courseai_lab.app.code_export import panel_script, sections, settled, title_of
from courseai_lab.app.data_export import scalars
from courseai_lab.app.headless import checked_target, record, replacing
from courseai_lab.contract import Panel, State, arrays, run_to_frame
from courseai_lab.kernels.source_text import number

ENDINGS = {".ipynb": "Jupyter notebook"}
PLACES = 24
"""So many numbers of an array are kept, evenly chosen."""
Report = Callable[[float | None, str], None]


def _nobody(_done: float | None, _note: str) -> None:
    """Report to nobody."""


def save_notebook(panel: Panel, state: State, path: Path, report: Report = _nobody) -> int:
    """Compute the panel's last frame, and write the notebook. Returns the number of cells. Raises BadValue, OSError.

    ``report`` hears how far the computation is, and may raise to stop it.
    """
    checked_target(path, ENDINGS)
    made = notebook(panel, state, report)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(made["cells"])


def notebook(panel: Panel, state: State, report: Report = _nobody) -> dict[str, Any]:
    """The notebook as JSON types: title, sections of the program, and a check against the panel's numbers."""
    text = panel_script(panel, state)
    state = settled(state)
    frame, index = run_to_frame(panel, state, report=report)
    cells = [_markdown(_opening(panel, state, frame, text))]
    for section in sections(text):
        cells.append(_markdown(f"## {section.heading}\n\n{section.words}".strip()))
        cells.append(_code(section.code))
    cells += [_markdown(_ABOUT_CHECK), _code(check_code(frame, text))]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "courseai-lab": record(state, index),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def check_code(frame: Any, text: str) -> str:
    """A cell that compares ``results`` of a program with the frame: of each array its shape and some of its numbers."""
    lines = ["panel = {"]
    for name, value in _numbers(frame).items():
        if f'"{name}"' not in text:
            continue
        places = np.unique(np.linspace(0, max(value.size - 1, 0), PLACES).round().astype(int))[: value.size]
        kept = ", ".join(number(v) for v in value.ravel()[places].tolist())
        lines.append(f'    "{name}": ({value.shape}, [{", ".join(map(str, places))}],\n        [{kept}]),')
    return "\n".join([*lines, "}", _CHECK.strip("\n")])


def _numbers(frame: Any) -> dict[str, np.ndarray]:
    """The frame's fields that are numbers, or tuples of numbers."""
    found = {name: array for name, (array, _) in arrays(frame).items() if array.dtype.kind in "biuf"}
    for name, value in scalars(frame).items():
        plain = value if isinstance(value, tuple) else (value,)
        if plain and all(isinstance(v, int | float) for v in plain):
            found[name] = np.array(value, dtype=float)
    return found


def _opening(panel: Panel, state: State, frame: Any, text: str) -> str:
    """Title, what it shows, the formula, and the sentence with the numbers."""
    compute = panel.compute()
    parts = [f"# {panel.title}", panel.summary]
    formula = getattr(compute, "formula", None)
    found = formula(state.params, state.look) if formula is not None else None
    if found is not None:
        parts.append(f"$$ {found.plain()} $$")
    parts.append(compute.sentence(frame, state.params, state.look))
    parts.append(f"{title_of(text)} It needs NumPy, matplotlib and, where it says so, torch: all are there in Colab.")
    if panel.lessons:
        parts.append(f"Lessons {', '.join(panel.lessons)}.")
    return "\n\n".join(parts)


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


_ABOUT_CHECK = """## Check

The panel's own numbers for these parameters: of each array its shape, some places along it, and what stands there.
With parameters of your own they differ, of course. Where a training is unstable, its rate far too large, the last
digits, which no two programs round alike, grow into differences too.
"""
_CHECK = """
worst = 0.0
for name, value in results.items():
    if name not in panel:
        continue
    shape, places, theirs = panel[name]
    mine = np.asarray(value, dtype=float)
    if mine.shape[1:] != shape[1:] or mine.size > np.prod(shape, dtype=int):
        print(f"{name}: the shape is {mine.shape}, in the panel {shape}")
        worst = np.inf
        continue
    # Where the program follows the first of several networks it has the first rows only.
    pairs = [(mine.ravel()[k], t) for k, t in zip(places, np.array(theirs, dtype=float)) if k < mine.size]
    size = max((abs(t) for _, t in pairs if np.isfinite(t)), default=0.0) or 1.0
    apart = [0.0 if m == t or (np.isnan(m) and np.isnan(t)) else abs(m - t) / size for m, t in pairs]
    worst = max(worst, max(apart, default=0.0))
    print(f"{name}: {len(pairs)} numbers compared, at most {max(apart, default=0.0):.1e} of the largest apart")
print("The same numbers as in the panel." if worst < 1e-6 else f"Apart by up to {worst:.1e} of the largest number.")
"""

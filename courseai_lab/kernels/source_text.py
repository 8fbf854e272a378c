"""Numbers, arrays and tables as Python source: what exported programs are written with. No Qt, NumPy only.

Every float is written with the shortest digits that give it back exactly.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

WIDTH = 100


def number(value: float) -> str:
    """A number as source: ``0.1``, ``3``, ``np.nan``, ``-np.inf``. A whole float keeps its point."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    value = float(value)
    if math.isnan(value):
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def rows(values: Iterable[Any]) -> str:
    """The inside of a list, broken into lines: numbers, or tuples of numbers."""
    items = [f"({', '.join(map(number, v))})" if isinstance(v, tuple | list) else number(v) for v in values]
    wrapped = textwrap.wrap(", ".join(item.replace(" ", "\0") for item in items), WIDTH - 4, break_on_hyphens=False)
    return "\n".join("    " + line.replace("\0", " ") for line in wrapped)


def array(name: str, values: ArrayLike, suffix: str = "") -> str:
    """``name = np.array([...])``, on one line where it fits; ``suffix`` is a comment after the opening bracket."""
    given = np.asarray(values)
    items = given.tolist() if given.ndim == 1 else [tuple(row) for row in given.tolist()]
    tail = f"  # {suffix}" if suffix else ""
    body = rows(items)
    if body.count("\n") == 0 and len(body) + len(name) < WIDTH - 24:
        return f"{name} = np.array([{body.strip()}]){tail}"
    return f"{name} = np.array([{tail}\n{body},\n])"


def names(name: str, values: Sequence[str]) -> str:
    """``name = [a, b, c]``: a list of names, not of texts, broken into lines where it is long."""
    line = f"{name} = [{', '.join(values)}]"
    if len(line) <= WIDTH:
        return line
    wrapped = textwrap.wrap(", ".join(values), WIDTH - 4, break_on_hyphens=False)
    return f"{name} = [\n    " + "\n    ".join(wrapped) + ",\n]"


def words(values: Sequence[str]) -> str:
    """Texts as a list's inside."""
    return ", ".join(json.dumps(value, ensure_ascii=False) for value in values)


def program(title: str, *parts: str) -> str:
    """A docstring and sections, each without the margin it was written with; empty ones are left out."""
    quoted = title.replace("\\", "\\\\").replace('"""', "'''")
    body = "\n\n".join(textwrap.dedent(part).strip("\n") for part in parts if part.strip())
    return f'"""{quoted}"""\n\n{body}\n'

"""A small grid of numbers as people type it: rows on lines, numbers apart by spaces or commas, fractions allowed."""

from __future__ import annotations

import math
import re

import numpy as np

_APART = re.compile(r"[\s,]+")
_SHOWN = 24


class GridProblem(ValueError):
    """A typed grid that cannot be read; the message is one sentence for the user."""


def parse_grid(text: str, most: int, what: str = "grid", limit: float = 1e6) -> np.ndarray:
    """Rows of numbers such as "1 0 -1" (lines or semicolons between rows), float64 [row column].

    Numbers may be fractions (1/9). At most ``most`` rows and columns, each number at most ``limit`` in size. Raises
    GridProblem with one sentence that names row and entry.
    """
    lines = [line.strip() for line in text.replace(";", "\n").splitlines()]
    rows = [_numbers(line, k + 1, what, limit) for k, line in enumerate(line for line in lines if line)]
    if not rows:
        raise GridProblem(f"The {what} is empty: type rows of numbers, such as 1 0 -1.")
    if len(rows) > most or max(len(row) for row in rows) > most:
        raise GridProblem(
            f"The {what} has {len(rows)} rows of up to {max(len(row) for row in rows)} numbers; "
            f"at most {most} by {most} are read."
        )
    for k, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise GridProblem(
                f"Row {k + 1} of the {what} has {_count(len(row))}, but row 1 has {len(rows[0])}: "
                "all rows must be equally long."
            )
    return np.array(rows, dtype=np.float64)


def _count(numbers: int) -> str:
    return "1 number" if numbers == 1 else f"{numbers} numbers"


def _numbers(line: str, row: int, what: str, limit: float) -> list[float]:
    return [_number(word, row, k + 1, what, limit) for k, word in enumerate(_APART.split(line)) if word]


def _number(word: str, row: int, at: int, what: str, limit: float) -> float:
    plain = word.replace("−", "-")
    top, slash, bottom = plain.partition("/")
    try:
        value = float(top) / (float(bottom) if slash else 1.0)
    except (ValueError, ZeroDivisionError):
        value = math.nan
    if math.isnan(value):
        shown = word if len(word) <= _SHOWN else word[: _SHOWN - 3] + "..."
        raise GridProblem(
            f"In row {row} of the {what}, entry {at} is {shown!r}: it must be a number such as -1 or 1/9."
        )
    if abs(value) > limit:
        raise GridProblem(f"In row {row} of the {what}, entry {at} is {word[:_SHOWN]}: at most {limit:g} is allowed.")
    return value


def grid_text(cells: np.ndarray) -> str:
    """The text that ``parse_grid`` reads back as ``cells`` [row column], exactly."""
    return "\n".join(" ".join(_plain(value) for value in row) for row in cells.tolist())


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)

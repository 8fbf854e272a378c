"""Tables as texts of cells: what separates them, whether a line names the columns, which comma is a decimal one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from courseai_lab.kernels.own_file import FileProblem

Cells = tuple[int, list[str]]
"""A line number, from 1, and the texts of its cells."""
SIGNS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "blanks"}
_COMMA_NUMBER = re.compile(r"[-+\u2212]?\d*,\d+([eE][-+]?\d+)?\Z")
_SEPARATOR_LINE = re.compile(r"\s*sep=.\s*\Z", re.IGNORECASE)
"""What Excel may write first; the line after it says the same."""
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?"})
"""What stands for no value, in small letters."""


class TableProblem(FileProblem):
    """A table that cannot be used; the message is one sentence for the user, with the line it is about."""


class ColumnProblem(TableProblem):
    """The columns asked for are not there or not as many as are needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """``names`` of the columns, ``cells`` [row][column] as texts, ``lines`` of the file [row], and how it was read."""

    names: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]
    delimiter: str
    decimal_comma: bool
    header: bool

    def words(self) -> str:
        """How it was read, as a phrase."""
        decimal = ", decimal comma" if self.decimal_comma and self._has_comma_numbers() else ""
        return (
            f"separated by {SIGNS[self.delimiter]}{decimal}, {'names in the first line' if self.header else 'no names'}"
        )

    def number(self, row: int, column: int) -> float | None:
        """A cell as a number, or None."""
        return number(self.cells[row][column], self.decimal_comma)

    def numeric(self, column: int) -> bool:
        """Whether every cell that holds anything is a number, and one does."""
        filled = [row[column] for row in self.cells if row[column].lower() not in MISSING]
        return bool(filled) and all(number(text, self.decimal_comma) is not None for text in filled)

    def _has_comma_numbers(self) -> bool:
        return any(_COMMA_NUMBER.match(text) for row in self.cells[:200] for text in row)


def parse_sheet(text: str, name: str, *, max_rows: int, last_is_class: bool = False, only: int | None = None) -> Sheet:
    """The cells of a text; blank lines and lines that start with # are passed over.

    ``only``: stop after so many rows (a preview). Raises TableProblem with one sentence that names the line.
    """
    delimiter = _delimiter(text)
    rows = _rows(text, name, delimiter)
    first = next(rows, None)
    if first is None:
        raise TableProblem(f"{name} has no numbers in it.")
    comma = delimiter != ","
    names, numbers = _header(first, comma, last_is_class)
    lines = [first[0]] if numbers else []
    cells = [first[1]] if numbers else []
    for line, row in rows:
        if only is not None and len(cells) >= only:
            break
        if len(row) != len(first[1]):
            raise TableProblem(f"{name}, line {line}: {_columns(len(row))}, but line {first[0]} has {len(first[1])}.")
        if len(cells) == max_rows:
            raise TableProblem(f"{name} has more than {max_rows} rows of numbers; the limit is passed on line {line}.")
        lines.append(line)
        cells.append(row)
    titles = _unique(names) if names is not None else tuple(f"column {k + 1}" for k in range(len(first[1])))
    return Sheet(titles, cells, lines, delimiter, comma, names is not None)


def count_rows(text: str, header: bool, most: int) -> int:
    """How many lines have content, less the one of names; stops counting past ``most``."""
    return max(sum(1 for _ in islice(_content(text), most + 1 + header)) - header, 0)


def number(text: str, decimal_comma: bool) -> float | None:
    """A number as people write it, or None. Python's own 1_000 is none."""
    plain = text.strip().replace("\u2212", "-")
    if decimal_comma:
        plain = plain.replace(",", ".")
    if "_" in plain:
        return None
    try:
        return float(plain)
    except ValueError:
        return None


def _content(text: str) -> Iterator[tuple[int, str]]:
    for number_, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip() and not line.lstrip().startswith("#") and not _SEPARATOR_LINE.match(line):
            yield number_, line.rstrip("\n")


def _delimiter(text: str) -> str:
    """What separates the cells of the first line with content; blanks where there is nothing else."""
    line = next(_content(text), (0, ""))[1]
    return next((sign for sign in "\t;," if sign in line), " ")


def _rows(text: str, name: str, delimiter: str) -> Iterator[Cells]:
    for number_, line in _content(text):
        if delimiter == " ":
            yield number_, line.split()
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as problem:
            raise TableProblem(f"{name}, line {number_}: {problem}; quotes must close on the same line.") from None
        yield number_, [cell.strip() for cell in cells]


def _header(first: Cells, decimal_comma: bool, last_is_class: bool) -> tuple[tuple[str, ...] | None, bool]:
    """The names of the columns, if the first line has them; and whether that line is numbers already."""
    cells = first[1][:-1] if last_is_class and len(first[1]) > 1 else first[1]
    if any(number(cell, decimal_comma) is not None for cell in cells):
        return None, True
    return tuple(cell or f"column {k + 1}" for k, cell in enumerate(first[1])), False


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    out: list[str] = []
    for name in names:
        again = sum(1 for other in out if other == name or other.startswith(f"{name} ("))
        out.append(f"{name} ({again + 1})" if name in out else name)
    return tuple(out)


def _columns(count: int) -> str:
    return "one value" if count == 1 else f"{count} values"

"""Tables of numbers from a user's CSV or TSV file: checked, capped, and every complaint names its line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CLASSES = 100
SHOWN = 30
"""Characters of a wrong value that a complaint repeats."""

Cells = tuple[int, list[str]]
"""A line number, from 1, and the texts of its cells."""


class TableProblem(ValueError):
    """A table that cannot be used; the message is one sentence for the user, with the line it is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """``values`` float64 [row column], all finite, and the ``names`` of the columns.

    ``lines`` int64 [row]: the line of the file each row was read from. ``classes``: the words of the last column, where
    words are allowed there and it has some; its values are then their indices. ``note``: one phrase, what was read.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    note: str
    classes: tuple[str, ...] = ()

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of a column, float64 [row]; raises TableProblem with the names there are."""
        if name not in self.names:
            raise TableProblem(f"There is no column '{name[:SHOWN]}'; the columns are {', '.join(self.names)}.")
        return self.values[:, self.names.index(name)]


def load_table(
    path: Path,
    *,
    min_columns: int = 1,
    max_columns: int = MAX_COLUMNS,
    min_rows: int = 1,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    last_is_class: bool = False,
) -> Table:
    """Read numbers separated by commas, semicolons, tabs or blanks, with or without a line of names.

    UTF-8. Blank lines and lines that start with # are passed over. Between semicolons a comma is a decimal comma.
    ``last_is_class``: the last column may hold words, which are numbered in the order they appear.
    Raises TableProblem with one sentence that names the line.
    """
    path = Path(path)
    return parse_table(
        _text(path, max_bytes),
        path.name,
        min_columns=min_columns,
        max_columns=max_columns,
        min_rows=min_rows,
        max_rows=max_rows,
        last_is_class=last_is_class,
    )


def parse_table(
    text: str,
    name: str,
    *,
    min_columns: int = 1,
    max_columns: int = MAX_COLUMNS,
    min_rows: int = 1,
    max_rows: int = MAX_ROWS,
    last_is_class: bool = False,
) -> Table:
    """As ``load_table``, from text already read; ``name`` is what complaints call it."""
    rows = _rows(text, name)
    first = next(rows, None)
    if first is None:
        raise TableProblem(f"{name} has no numbers in it.")
    decimal_comma = _delimiter(text) == ";"
    names, numbers = _header(first, decimal_comma, last_is_class)
    count = len(first[1])
    if not min_columns <= count <= max_columns:
        wanted = f"{min_columns}" if min_columns == max_columns else f"{min_columns} to {max_columns}"
        raise TableProblem(f"{name}, line {first[0]}: {_columns(count)}, but {wanted} are needed.")
    if names is not None:
        names = _unique(names)
    lines, cells = _collect(numbers, rows, first, name, max_rows)
    if len(cells) < min_rows:
        raise TableProblem(f"{name} has {len(cells)} rows of numbers; at least {min_rows} are needed.")
    titles = names if names is not None else tuple(f"column {k + 1}" for k in range(count))
    values = np.empty((len(cells), count))
    classes: tuple[str, ...] = ()
    width = count
    if last_is_class and any(_number(row[-1], decimal_comma) is None for row in cells):
        values[:, -1], classes = _classes([row[-1] for row in cells], lines, name)
        width -= 1
    for row, line, out in zip(cells, lines, values, strict=True):
        for k in range(width):
            out[k] = _checked(row[k], decimal_comma, f"{name}, line {line}, {titles[k]}")
    note = f"{name}, {len(cells)} rows of {', '.join(titles[:4])}{' …' if count > 4 else ''}"
    return Table(titles, values, np.array(lines, dtype=np.int64), note, classes)


def _text(path: Path, max_bytes: int) -> str:
    try:
        if not path.is_file():
            raise TableProblem(f"There is no table file {path.name or path}.")
        if path.stat().st_size > max_bytes:
            raise TableProblem(f"{path.name} is larger than {max_bytes / 1e6:g} MB; choose a smaller file.")
        with path.open("rb") as file:
            # A file can grow, or be a pipe that says 0: never more than the cap is read.
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as problem:
        if isinstance(problem, TableProblem):
            raise
        reason = getattr(problem, "strerror", None) or str(problem)
        raise TableProblem(f"{path.name} cannot be read: {reason.rstrip('.')}.") from None
    if len(data) > max_bytes:
        raise TableProblem(f"{path.name} is larger than {max_bytes / 1e6:g} MB; choose a smaller file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise TableProblem(f"{path.name}, line {line}: it is not UTF-8 text; save it as CSV with UTF-8.") from None
    if "\0" in text:
        raise TableProblem(f"{path.name} is not a text file; save it as CSV or TSV.")
    return text


def _content(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.rstrip("\n")


def _delimiter(text: str) -> str:
    """What separates the cells of the first line with content; blanks where there is nothing else."""
    line = next(_content(text), (0, ""))[1]
    return next((sign for sign in "\t;," if sign in line), " ")


def _rows(text: str, name: str) -> Iterator[Cells]:
    delimiter = _delimiter(text)
    for number, line in _content(text):
        if delimiter == " ":
            yield number, line.split()
            continue
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as problem:
            raise TableProblem(f"{name}, line {number}: {problem}; quotes must close on the same line.") from None
        yield number, [cell.strip() for cell in cells]


def _header(first: Cells, decimal_comma: bool, last_is_class: bool) -> tuple[tuple[str, ...] | None, bool]:
    """The names of the columns, if the first line has them; and whether that line is numbers already."""
    cells = first[1][:-1] if last_is_class and len(first[1]) > 1 else first[1]
    if any(_number(cell, decimal_comma) is not None for cell in cells):
        return None, True
    return tuple(cell or f"column {k + 1}" for k, cell in enumerate(first[1])), False


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    out: list[str] = []
    for name in names:
        again = sum(1 for other in out if other == name or other.startswith(f"{name} ("))
        out.append(f"{name} ({again + 1})" if name in out else name)
    return tuple(out)


def _collect(
    numbers: bool, rows: Iterator[Cells], first: Cells, name: str, max_rows: int
) -> tuple[list[int], list[list[str]]]:
    lines = [first[0]] if numbers else []
    cells = [first[1]] if numbers else []
    for line, row in rows:
        if len(row) != len(first[1]):
            raise TableProblem(f"{name}, line {line}: {_columns(len(row))}, but line {first[0]} has {len(first[1])}.")
        if len(cells) == max_rows:
            raise TableProblem(f"{name} has more than {max_rows} rows of numbers; the limit is passed on line {line}.")
        lines.append(line)
        cells.append(row)
    return lines, cells


def _columns(count: int) -> str:
    return "one value" if count == 1 else f"{count} values"


def _number(text: str, decimal_comma: bool) -> float | None:
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


def _checked(text: str, decimal_comma: bool, where: str) -> float:
    if not text:
        raise TableProblem(f"{where}: there is no value; fill it in or leave the row out.")
    value = _number(text, decimal_comma)
    if value is None:
        raise TableProblem(f"{where}: '{_short(text)}' is not a number.")
    if not math.isfinite(value):
        raise TableProblem(f"{where}: '{_short(text)}' is not a finite number.")
    return value


def _classes(words: Sequence[str], lines: Sequence[int], name: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    known: dict[str, int] = {}
    out = np.empty(len(words))
    for k, (word, line) in enumerate(zip(words, lines, strict=True)):
        if not word:
            raise TableProblem(f"{name}, line {line}: there is no class in the last column.")
        if word not in known and len(known) == MAX_CLASSES:
            raise TableProblem(f"{name}, line {line}: more than {MAX_CLASSES} classes in the last column.")
        out[k] = known.setdefault(word, len(known))
    return out, tuple(known)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"

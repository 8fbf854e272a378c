"""Tables of numbers from a user's CSV or TSV file: checked, capped, and every complaint names its line."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courseai_lab.kernels.own_file import read_bytes, short
from courseai_lab.kernels.sheet import MISSING, ColumnProblem, Sheet, TableProblem, count_rows, number, parse_sheet
from courseai_lab.kernels.text_file import decoded

__all__ = [
    "ColumnProblem",
    "Preview",
    "Table",
    "TableProblem",
    "chosen_columns",
    "load_table",
    "parse_table",
    "preview_table",
]

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CLASSES = 100
PREVIEW_ROWS = 50
NAMED_LINES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """``values`` float64 [row column], all finite, and the ``names`` of the columns.

    ``lines`` int64 [row]: the line of the file each row was read from. ``classes``: the words of the column that may
    hold some, if it does; its values are then their indices. ``notes``: phrases, what was read and left out.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    notes: tuple[str, ...]
    classes: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """All notes in one phrase."""
        return "; ".join(self.notes)

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of a column, float64 [row]; raises TableProblem with the names there are."""
        if name not in self.names:
            raise TableProblem(f"There is no column '{short(name)}'; the columns are {', '.join(self.names)}.")
        return self.values[:, self.names.index(name)]


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The first rows of a file, how they were read, how many rows there are, and which columns hold numbers."""

    name: str
    sheet: Sheet
    rows: int
    numeric: tuple[bool, ...]


def load_table(
    path: Path | str,
    *,
    min_columns: int = 1,
    max_columns: int = MAX_COLUMNS,
    min_rows: int = 1,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    last_is_class: bool = False,
    roles: Sequence[str] = (),
    columns: str = "",
    word_role: str = "",
) -> Table:
    """Read numbers separated by commas, semicolons, tabs or blanks, with or without a line of names.

    UTF-8. Blank lines and lines that start with # are passed over. Where commas do not separate, they are decimal
    commas. ``last_is_class``: the last column may hold words, which are numbered in the order they appear.

    With ``roles``, the table has just these columns in this order, found by ``columns`` (see ``chosen_columns``); the
    others may hold anything, rows without a value in one of them are left out and said, and ``word_role`` is the role
    whose column may hold words. Raises TableProblem with one sentence that names the line.
    """
    path = Path(path)
    text = decoded(read_bytes(path, max_bytes, "table", TableProblem), path.name, TableProblem, "CSV")
    table = parse_table(
        text.values,
        path.name,
        min_columns=min_columns,
        max_columns=max_columns,
        min_rows=min_rows,
        max_rows=max_rows,
        last_is_class=last_is_class,
        roles=roles,
        columns=columns,
        word_role=word_role,
    )
    return replace(table, notes=(*table.notes, *text.notes)) if text.notes else table


def parse_table(
    text: str,
    name: str,
    *,
    min_columns: int = 1,
    max_columns: int = MAX_COLUMNS,
    min_rows: int = 1,
    max_rows: int = MAX_ROWS,
    last_is_class: bool = False,
    roles: Sequence[str] = (),
    columns: str = "",
    word_role: str = "",
) -> Table:
    """As ``load_table``, from text already read; ``name`` is what complaints call it."""
    sheet = parse_sheet(text, name, max_rows=max_rows, last_is_class=last_is_class)
    count = len(sheet.names)
    needed = max(min_columns, len(roles))
    if not needed <= count <= max_columns:
        wanted = f"{needed}" if needed == max_columns else f"{needed} to {max_columns}"
        line = sheet.lines[0] if not sheet.header and sheet.lines else _header_line(text)
        raise TableProblem(f"{name}, line {line}: {_columns(count)}, but {wanted} are needed.")
    if roles:
        chosen = chosen_columns(sheet.names, columns, roles, name)
        words = chosen[list(roles).index(word_role)] if word_role else -1
        kept, gone = _complete(sheet, chosen)
    else:
        chosen, kept, gone = tuple(range(count)), list(range(len(sheet.cells))), []
        words = count - 1 if last_is_class else -1
    if len(kept) < min_rows:
        raise TableProblem(f"{name} has {len(kept)} rows of numbers; at least {min_rows} are needed.")
    values, classes = _values(sheet, chosen, kept, words, name)
    titles = tuple(sheet.names[k] for k in chosen)
    rows = "1 row" if len(kept) == 1 else f"{len(kept)} rows"
    note = f"{name}, {rows} of {', '.join(titles[:4])}{' …' if len(titles) > 4 else ''}"
    notes = (note, *_left_out([sheet.lines[row] for row in gone]))
    return Table(titles, values, np.array([sheet.lines[row] for row in kept], dtype=np.int64), notes, classes)


def preview_table(path: Path | str, *, max_bytes: int = MAX_BYTES) -> Preview:
    """The first rows of a file as texts, to choose columns from; raises TableProblem with one sentence."""
    path = Path(path)
    text = decoded(read_bytes(path, max_bytes, "table", TableProblem), path.name, TableProblem, "CSV").values
    sheet = parse_sheet(text, path.name, max_rows=MAX_ROWS, only=PREVIEW_ROWS)
    if len(sheet.names) > MAX_COLUMNS:
        raise TableProblem(f"{path.name} has {len(sheet.names)} columns; at most {MAX_COLUMNS} are read.")
    rows = count_rows(text, sheet.header, MAX_ROWS)
    if rows > MAX_ROWS:
        raise TableProblem(f"{path.name} has more than {MAX_ROWS} rows; at most so many are read.")
    if not rows:
        raise TableProblem(f"{path.name} has names of columns but no rows below them.")
    return Preview(path.name, sheet, rows, tuple(sheet.numeric(k) for k in range(len(sheet.names))))


def chosen_columns(
    names: Sequence[str], columns: str, roles: Sequence[str], name: str = "The table"
) -> tuple[int, ...]:
    """Indices of the columns for each role: names or numbers from 1, separated by commas; "" for the first ones.

    ``"hours,grade"`` and ``"3,1"`` are such choices; a name with a comma stands in double quotes. Raises ColumnProblem.
    """
    wanted = ", ".join(roles)
    if not columns.strip():
        return tuple(range(len(roles)))
    try:
        asked = [part.strip() for part in next(csv.reader([columns], strict=True, skipinitialspace=True))]
    except (csv.Error, StopIteration):
        raise ColumnProblem(f"The columns must be names or numbers for {wanted}, separated by commas.") from None
    if len(asked) != len(roles):
        raise ColumnProblem(f"{_columns(len(asked))} for columns, but {len(roles)} are needed: {wanted}.".capitalize())
    return tuple(_column(names, one, name) for one in asked)


def _column(names: Sequence[str], asked: str, name: str) -> int:
    if asked in names:
        return list(names).index(asked)
    if asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= len(names):
        return int(asked) - 1
    if asked.isascii() and asked.isdigit():
        raise ColumnProblem(f"{name} has {len(names)} columns, so column {short(asked)} is not there.")
    there = ", ".join(short(one) for one in names[:8]) + (" …" if len(names) > 8 else "")
    raise ColumnProblem(f"{name} has no column '{short(asked)}'; the columns are {there}.")


def _complete(sheet: Sheet, chosen: Sequence[int]) -> tuple[list[int], list[int]]:
    """Rows that have a value in every chosen column, and rows that have not."""
    kept: list[int] = []
    gone: list[int] = []
    for row, cells in enumerate(sheet.cells):
        (gone if any(cells[k].lower() in MISSING for k in chosen) else kept).append(row)
    return kept, gone


def _left_out(lines: list[int]) -> tuple[str, ...]:
    if not lines:
        return ()
    listed = ", ".join(map(str, lines[:NAMED_LINES])) + (" …" if len(lines) > NAMED_LINES else "")
    one = len(lines) == 1
    return (f"{len(lines)} row{'' if one else 's'} without a value left out (line{'' if one else 's'} {listed})",)


def _values(
    sheet: Sheet, chosen: Sequence[int], kept: Sequence[int], words: int, name: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """float64 [row column] of the chosen columns; the column ``words`` as indices where it holds words."""
    values = np.empty((len(kept), len(chosen)))
    classes: tuple[str, ...] = ()
    for at, column in enumerate(chosen):
        texts = [sheet.cells[row][column] for row in kept]
        lines = [sheet.lines[row] for row in kept]
        if column == words and any(number(text, sheet.decimal_comma) is None for text in texts):
            values[:, at], classes = _classes(texts, lines, name)
            continue
        title = sheet.names[column]
        for out, text, line in zip(range(len(texts)), texts, lines, strict=True):
            values[out, at] = _checked(text, sheet.decimal_comma, f"{name}, line {line}, {short(title)}")
    return values, classes


def _header_line(text: str) -> int:
    return next(k for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#"))


def _columns(count: int) -> str:
    return "one value" if count == 1 else f"{count} values"


def _checked(text: str, decimal_comma: bool, where: str) -> float:
    if not text:
        raise TableProblem(f"{where}: there is no value; fill it in or leave the row out.")
    value = number(text, decimal_comma)
    if value is None:
        raise TableProblem(f"{where}: '{short(text)}' is not a number.")
    if not math.isfinite(value):
        raise TableProblem(f"{where}: '{short(text)}' is not a finite number.")
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

"""The outline: every lesson there is to be, in order, and which of them have their file and their panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from courseai_lab.lessons.errors import LessonError, read_text
from courseai_lab.lessons.header import Header

MAX_BYTES = 200_000
KINDS = {"I": "interactive", "N": "notebook", "L": "lesson", "X": "wider reading"}


@dataclass(frozen=True, slots=True)
class Row:
    """One lesson of the outline. ``kind``: I an interactive asked for by name, N a notebook, L a lesson, X more."""

    id: str
    kind: str
    title: str
    panel: str
    series: str
    module: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Rows in order, and the titles of series and modules by id."""

    rows: tuple[Row, ...]
    series: dict[str, str]
    modules: dict[str, str]

    def row(self, lesson_id: str) -> Row | None:
        """The row of this lesson, or None."""
        return next((row for row in self.rows if row.id == lesson_id), None)


def read_outline(path: Path) -> Outline:
    """Read and check ``outline.toml``; raises LessonError."""
    header = Header(path.name, read_text(path, MAX_BYTES))
    root = header.root()
    root.only(("lessons", "series", "modules"))
    series = {e.name("id"): e.text("title", most=80) for e in header.tables("series", 20)}
    modules = {e.name("id"): e.text("title", most=80) for e in header.tables("modules", 200)}
    lessons = root.data.get("lessons")
    if not isinstance(lessons, list) or not all(isinstance(entry, dict) for entry in lessons):
        raise LessonError(path.name, 0, "lessons must be a list of rows { series, module, id, kind, title, panel }.")
    rows: dict[str, Row] = {}
    for number, data in enumerate(lessons, 1):
        entry = root.inside(
            data, f"row {number}", f'{{ series = "{data.get("series")}", module = "{data.get("module")}"'
        )
        entry.only(("series", "module", "id", "kind", "title", "panel"))
        row = Row(**{key: entry.text(key, most=120) for key in ("id", "kind", "title", "panel", "series", "module")})
        if row.kind not in KINDS or row.series not in series or row.module not in modules:
            entry.wrong(
                f"the row {row.id} needs one of the kinds {', '.join(KINDS)}, and a series and module listed below."
            )
        if row.id in rows:
            entry.wrong(f"the lesson {row.id} is listed twice.")
        rows[row.id] = row
    return Outline(tuple(rows.values()), series, modules)


@dataclass(frozen=True, slots=True)
class Count:
    """So many are done, of all."""

    done: int
    all: int


def coverage(outline: Outline, lessons: Iterable[str], panels: Iterable[str]) -> dict[str, Count]:
    """Done of all: panels by kind of row, and lessons that have their file. A row counts when its panel is there."""
    files, there = set(lessons), set(panels)
    rows = outline.rows

    def served(kinds: str) -> Count:
        wanted = [row for row in rows if row.kind in kinds]
        return Count(sum(row.panel in there for row in wanted), len(wanted))

    needed = {row.panel for row in rows}
    return {
        "interactives": served("I"),
        "notebooks": served("N"),
        "lessons": Count(sum(row.id in files for row in rows), len(rows)),
        "panels": Count(len(needed & there), len(needed)),
    }

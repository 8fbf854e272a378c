"""The glossary: what a word means in a sentence or two, and the lessons that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from courseai_lab.lessons.errors import LessonError, read_text
from courseai_lab.lessons.header import Header
from courseai_lab.lessons.text import Inline, parse_inline

MAX_BYTES = 400_000
MAX_TERMS = 2_000


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A word, what it means, and where it is explained. ``says``: the text as a tree."""

    id: str
    title: str
    says: tuple[Inline, ...]
    lessons: tuple[str, ...]


def read_glossary(path: Path) -> dict[str, GlossaryTerm]:
    """Every term by its id; raises LessonError."""
    header = Header(path.name, read_text(path, MAX_BYTES))
    root = header.root()
    if len(header.data) > MAX_TERMS:
        raise LessonError(path.name, 0, f"the glossary holds at most {MAX_TERMS} terms.")
    out = {}
    for term_id, data in header.data.items():
        line = header.line_of(rf"\s*\[\s*\"?{term_id}\"?\s*\]")
        if not isinstance(data, dict):
            raise LessonError(
                path.name, line, f"write the term {term_id[:40]} as [{term_id[:40]}] with title and says."
            )
        entry = root.inside(data, f"the term {term_id[:40]}", f"[{term_id}]")
        entry.only(("title", "says", "lessons"))
        says = parse_inline(entry.text("says"), path.name, line)
        out[term_id] = GlossaryTerm(term_id, entry.text("title", most=80), says, entry.texts("lessons", ()))
    return out

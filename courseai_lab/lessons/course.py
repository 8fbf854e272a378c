"""The course as it is on the disk: outline, glossary, and lessons read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.glossary import GlossaryTerm, read_glossary
from courseai_lab.lessons.lesson import LESSON_ID, Lesson, read_lesson
from courseai_lab.lessons.outline import Outline, read_outline
from courseai_lab.lessons.text import plain


class Course:
    """What is in a course's folder. Each file is read once, on first use.

    ``more``: files of lessons that lie elsewhere, by id (course packs); a lesson of the folder itself comes first.
    """

    def __init__(self, folder: Path, more: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self._more = dict(more or {})
        self._outline: Outline | None = None
        self._glossary: dict[str, GlossaryTerm] | None = None
        self._lessons: dict[str, Lesson] = {}

    @property
    def outline(self) -> Outline:
        """Every lesson there is to be; raises LessonError."""
        if self._outline is None:
            self._outline = read_outline(self.folder / "outline.toml")
        return self._outline

    @property
    def glossary(self) -> dict[str, GlossaryTerm]:
        """Every term by its id; raises LessonError."""
        if self._glossary is None:
            path = self.folder / "glossary.toml"
            self._glossary = read_glossary(path) if path.is_file() else {}
        return self._glossary

    def written(self) -> tuple[str, ...]:
        """Ids of the lessons that have a file, those of the outline in its order first."""
        names = {path.stem for path in self.folder.glob("*.md") if LESSON_ID.fullmatch(path.stem)}
        names |= {name for name in self._more if self.has(name)}
        listed = [row.id for row in self.outline.rows if row.id in names]
        return (*listed, *sorted(names - set(listed)))

    def has(self, lesson_id: str) -> bool:
        """Whether the lesson has a file."""
        return LESSON_ID.fullmatch(lesson_id) is not None and self._file(lesson_id).is_file()

    def words(self, lesson_id: str) -> str:
        """Everything that a lesson says, for a search; "" when it has no file or cannot be read."""
        try:
            lesson = self.lesson(lesson_id)
        except LessonError:
            return ""
        said = [lesson.title, *lesson.objectives, *(scene.title for scene in lesson.scenes)]
        said += [question.ask for question in lesson.questions]
        said += [plain(item) for block in lesson.blocks for item in block.items]
        return " ".join(said)

    def lesson(self, lesson_id: str) -> Lesson:
        """A lesson by its id; raises LessonError."""
        if lesson_id not in self._lessons:
            if not self.has(lesson_id):
                raise LessonError(f"{lesson_id[:40]}.md", 0, "this lesson is still to come.")
            lesson = read_lesson(self._file(lesson_id))
            if lesson.id != lesson_id:
                raise LessonError(
                    lesson.file, 2, f"the lesson's id is '{lesson.id}', but its file is named {lesson_id}.md."
                )
            self._lessons[lesson_id] = lesson
        return self._lessons[lesson_id]

    def _file(self, lesson_id: str) -> Path:
        own = self.folder / f"{lesson_id}.md"
        return own if own.is_file() else self._more.get(lesson_id, own)

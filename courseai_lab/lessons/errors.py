"""What is wrong with a course file, in one sentence that names the file and the line."""

from __future__ import annotations

from pathlib import Path

from courseai_lab.contract.errors import BadState


class LessonError(BadState):
    """A lesson, outline or glossary cannot be read; the sentence begins with the file and, where known, the line."""

    def __init__(self, file: str, line: int, sentence: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {sentence}")
        self.file = file
        self.line = line


def read_text(path: Path, most: int) -> str:
    """A course file as text; raises LessonError when it is absent, too large, or no UTF-8."""
    try:
        if path.stat().st_size > most:
            raise LessonError(path.name, 0, f"the file is larger than the {most:,} bytes a course file may have.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise LessonError(path.name, 0, "the file must be text in UTF-8.") from None
    except OSError as error:
        raise LessonError(path.name, 0, f"the file cannot be read ({error.strerror or error}).") from None

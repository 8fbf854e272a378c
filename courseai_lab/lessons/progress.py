"""What the learner has done, kept in one local file: versioned JSON, replaced as a whole, tolerant when read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from courseai_lab.contract.errors import BadState, brief
from courseai_lab.lessons.lesson import LESSON_ID, Lesson

FORMAT = "courseai-lab/progress"
VERSION = 1
MAX_BYTES = 2_000_000
MAX_LESSONS = 2_000
MAX_NAMES = 200
Write = Callable[[Path, bytes], None]
"""Replaces a file as a whole; may raise OSError."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The best share of a question so far, and how often it was answered. ``skipped``: seen without an answer."""

    share: float = 0.0
    tries: int = 0
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """Scenes that were seen, answers by question, and the step each tour has reached."""

    scenes: tuple[str, ...] = ()
    answers: Mapping[str, Answered] = field(default_factory=dict)
    tours: Mapping[str, int] = field(default_factory=dict)
    read: bool = False

    def share(self, lesson: Lesson) -> float:
        """How much of the lesson is done, 0 to 1: scenes seen and questions answered, each counting one."""
        scenes = sum(scene.id in self.scenes for scene in lesson.scenes)
        answers = sum(question.id in self.answers for question in lesson.questions)
        return (scenes + answers) / (len(lesson.scenes) + len(lesson.questions))

    def score(self, lesson: Lesson) -> tuple[float, int]:
        """Points reached, and how many questions were answered."""
        answered = [self.answers[q.id] for q in lesson.questions if q.id in self.answers and self.answers[q.id].tries]
        return sum(answer.share for answer in answered), len(answered)


class Progress:
    """The file of one learner. ``path`` None keeps it for as long as the lab is open. A damaged file counts as none."""

    def __init__(self, path: Path | None, write: Write) -> None:
        self._path = path
        self._write = write
        self.lessons: dict[str, LessonProgress] = {}
        self.last = ("", "")
        """The lesson and scene that were open last."""
        if path is not None:
            self._read(path)

    def of(self, lesson_id: str) -> LessonProgress:
        """What was done in a lesson."""
        return self.lessons.get(lesson_id, LessonProgress())

    def opened(self, lesson_id: str, scene_id: str = "") -> None:
        """A lesson, and a scene of it, is on screen."""
        now = self.of(lesson_id)
        scenes = now.scenes if not scene_id or scene_id in now.scenes else (*now.scenes, scene_id)
        self.lessons[lesson_id] = replace(now, scenes=scenes[:MAX_NAMES], read=True)
        self.last = (lesson_id, scene_id)
        self.save()

    def answered(self, lesson_id: str, question_id: str, share: float | None) -> None:
        """A question was answered, or skipped (None); the best answer counts."""
        now = self.of(lesson_id)
        before = now.answers.get(question_id, Answered())
        if share is None:
            after = replace(before, skipped=True)
        else:
            after = Answered(max(before.share, min(1.0, max(0.0, share))), before.tries + 1)
        self.lessons[lesson_id] = replace(now, answers={**now.answers, question_id: after})
        self.save()

    def toured(self, lesson_id: str, tour_id: str, step: int) -> None:
        """A tour has reached a step."""
        now = self.of(lesson_id)
        self.lessons[lesson_id] = replace(now, tours={**now.tours, tour_id: step})
        self.save()

    def reset(self, lesson_id: str = "") -> None:
        """Forget a lesson, or everything."""
        if lesson_id:
            self.lessons.pop(lesson_id, None)
        else:
            self.lessons.clear()
            self.last = ("", "")
        self.save()

    def save(self) -> None:
        """Write the file; what the disk refuses is kept in memory."""
        if self._path is not None:
            try:
                self._write(self._path, self.to_bytes())
            except OSError:
                return

    def to_bytes(self) -> bytes:
        """The file's content, which is also what an export holds."""
        lessons = {
            name: {
                "scenes": list(done.scenes),
                "answers": {
                    q: {"share": a.share, "tries": a.tries, "skipped": a.skipped} for q, a in done.answers.items()
                },
                "tours": dict(done.tours),
                "read": done.read,
            }
            for name, done in self.lessons.items()
        }
        data = {"format": FORMAT, "version": VERSION, "last": list(self.last), "lessons": lessons}
        return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8")

    def take_bytes(self, raw: bytes) -> None:
        """Replace everything by what was exported. Raises BadState, and then nothing changes."""
        self.lessons, self.last = _parsed(raw)
        self.save()

    def _read(self, path: Path) -> None:
        try:
            if path.stat().st_size <= MAX_BYTES:
                self.lessons, self.last = _parsed(path.read_bytes())
        except (OSError, BadState):
            self.lessons, self.last = {}, ("", "")


def _parsed(raw: bytes) -> tuple[dict[str, LessonProgress], tuple[str, str]]:
    if len(raw) > MAX_BYTES:
        raise BadState(f"A file of progress has at most {MAX_BYTES:,} bytes.")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadState("This is no file of progress: it must be JSON as the lab exports it.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadState(f"This is no file of progress: its format must be '{FORMAT}'.")
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadState(f"The progress' version must be a whole number from 1, not {brief(version)}.")
    if version > VERSION:
        raise BadState(
            f"This progress was written by a newer lab (version {brief(version)}; this one reads {VERSION})."
        )
    lessons = data.get("lessons")
    if not isinstance(lessons, dict) or len(lessons) > MAX_LESSONS:
        raise BadState(f"The progress must name at most {MAX_LESSONS} lessons.")
    good = {n: _lesson(entry) for n, entry in lessons.items() if LESSON_ID.fullmatch(n) and isinstance(entry, dict)}
    last = data.get("last")
    whole = isinstance(last, list) and len(last) == 2 and all(isinstance(v, str) and len(v) <= 80 for v in last)
    return good, (last[0], last[1]) if whole and last else ("", "")


def _lesson(data: Mapping[str, Any]) -> LessonProgress:
    """Good entries are kept, others left out."""
    scenes = data.get("scenes")
    names = [s for s in scenes if isinstance(s, str) and len(s) <= 80] if isinstance(scenes, list) else []
    answers = data.get("answers")
    tours = data.get("tours")
    return LessonProgress(
        tuple(dict.fromkeys(names))[:MAX_NAMES],
        {n: _answer(a) for n, a in _first(answers) if isinstance(a, dict)},
        {n: step for n, step in _first(tours) if isinstance(step, int) and not isinstance(step, bool) and step >= 0},
        data.get("read") is True,
    )


def _first(entries: Any) -> list[tuple[str, Any]]:
    return list(entries.items())[:MAX_NAMES] if isinstance(entries, dict) else []


def _answer(data: Mapping[str, Any]) -> Answered:
    share, tries = data.get("share"), data.get("tries")
    good = isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
    counted = isinstance(tries, int) and not isinstance(tries, bool) and 0 <= tries < 10**6
    skipped = data.get("skipped") is True
    return Answered(float(share or 0) if good else 0.0, int(tries or 0) if counted else 0, skipped)

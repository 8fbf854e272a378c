"""From answers to verdicts: waits for the frames that hold the truth, judges, and keeps the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from courseai_lab.app.course.player import key_of
from courseai_lab.app.course.tools import equal_expressions
from courseai_lab.app.course.truths import Truths
from courseai_lab.contract import LabError
from courseai_lab.lessons.questions import judge, truth
from courseai_lab.lessons.scene import Snapshot

if TYPE_CHECKING:
    from courseai_lab.app.course.page import LessonPage
    from courseai_lab.lessons.progress import Progress
    from courseai_lab.lessons.question_header import Question

SKIPPED = object()


class _NotYetError(Exception):
    """A frame is still being computed."""


class Answers(QObject):
    """The answers given on one page."""

    scored = Signal(object, float)
    """A question and the share of it that was right."""

    def __init__(self, page: LessonPage, truths: Truths, progress: Progress) -> None:
        super().__init__(page)
        self._page = page
        self._truths = truths
        self._progress = progress
        self._waiting: dict[str, Any] = {}
        page.answered.connect(self._take)
        page.skipped.connect(self._skip)
        truths.ready.connect(self._look)
        self._show_score()

    def look(self) -> None:
        """Judge what can be judged by now."""
        for name in list(self._waiting):
            question = self._page.box(name).question
            if question.scene and not self._page.cards[question.scene].played:
                continue
            try:
                true = truth(question, self._snapshot)
            except _NotYetError:
                continue
            except LabError as error:
                self._waiting.pop(name)
                self._page.box(name).say(f"The answer could not be computed. {error}")
                continue
            self._judge(question, self._waiting.pop(name), true)

    def _look(self, _key: str, _found: object) -> None:
        self.look()

    def _take(self, question: Question, answer: Any) -> None:
        self._waiting[question.id] = answer
        self._after(question)

    def _skip(self, question: Question) -> None:
        self._waiting[question.id] = SKIPPED
        self._progress.answered(self._page.lesson.id, question.id, None)
        self._after(question)

    def _after(self, question: Question) -> None:
        if not question.scene:
            self.look()

    def _judge(self, question: Question, answer: Any, true: Any) -> None:
        from courseai_lab.app.course.question_box import say_number

        box = self._page.box(question.id)
        if answer is SKIPPED:
            given = list(zip(true[0].tolist(), true[1].tolist(), strict=True)) if question.kind == "curve" else true
            told = judge(question, given, true, equal_expressions, say_number)
            box.show_verdict(None, true, told.because)
            return
        verdict = judge(question, answer, true, equal_expressions, say_number)
        self._progress.answered(self._page.lesson.id, question.id, verdict.share)
        box.show_verdict(verdict, true)
        self._show_score()
        self.scored.emit(question, verdict.share)

    def _snapshot(self, scene_id: str) -> Snapshot:
        scene = self._page.lesson.scene(scene_id)
        assert scene is not None
        found = self._truths.ask(key_of(scene), scene)
        if found is None:
            raise _NotYetError
        if isinstance(found, str):
            raise LabError(found)
        return found

    def _show_score(self) -> None:
        points, count = self._progress.of(self._page.lesson.id).score(self._page.lesson)
        total = len(self._page.lesson.questions)
        self._page.show_score(f"{points:g} of {total} points, {count} answered." if count else "")

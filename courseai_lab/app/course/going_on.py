"""How far the learner is, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseai_lab.lessons.course import Course
    from courseai_lab.lessons.progress import Progress


def share(course: Course, progress: Progress, lesson_id: str) -> float | None:
    """How much of a lesson is done, 0 to 1; None when it was never opened."""
    from courseai_lab.contract import LabError

    done = progress.of(lesson_id)
    if not done.read:
        return None
    try:
        return done.share(course.lesson(lesson_id))
    except LabError:
        return None


def next_up(course: Course, progress: Progress) -> str:
    """The lesson to go on with: the last one until it is done, then the next that is not. "" when none is written."""
    written = course.written()
    last = progress.last[0]
    if last in written and (share(course, progress, last) or 0.0) < 1.0:
        return last
    at = written.index(last) + 1 if last in written else 0
    order = (*written[at:], *written[:at])
    fresh = (name for name in order if (share(course, progress, name) or 0.0) < 1.0)
    return next(fresh, written[0] if written else "")

"""The course on the command line: what there is, what is still to come, and whether the lessons keep their word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from courseai_lab.contract import BadValue, Panel
from courseai_lab.lessons.course import Course
from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.lesson import Lesson
from courseai_lab.lessons.outline import Row, coverage

SLOW_S = 2.0


def shipped() -> Course:
    """The course that comes with the lab, and the lessons of the course packs that are installed."""
    from courseai_lab.app.course_pack import lesson_files
    from courseai_lab.paths import packs_dirs, resource

    return Course(resource("course"), lesson_files(*packs_dirs()))


def listed(course: Course, panels: Sequence[Panel]) -> dict[str, Any]:
    """Every lesson of the outline with its scenes, and the coverage, as JSON types."""
    there = {panel.id for panel in panels}
    written = set(course.written())
    rows = []
    for row in course.outline.rows:
        entry = {
            "id": row.id,
            "title": row.title,
            "kind": row.kind,
            "series": course.outline.series[row.series],
            "module": course.outline.modules[row.module],
            "panel": row.panel,
            "panel_there": row.panel in there,
            "written": row.id in written,
            "scenes": [],
        }
        rows.append(entry | (_contents(course, row.id) if row.id in written else {}))
    counts = {
        name: {"done": count.done, "all": count.all} for name, count in coverage(course.outline, written, there).items()
    }
    return {"coverage": counts, "lessons": rows}


def lines(course: Course, panels: Sequence[Panel]) -> Iterator[str]:
    """The same for people."""
    there = {panel.id for panel in panels}
    written = set(course.written())
    module = ""
    for row in course.outline.rows:
        if row.module != module:
            module = row.module
            series = course.outline.series[row.series]
            yield f"\n{series}: {module} {course.outline.modules[module]}"
        yield f"  {row.id:<20} {row.title:<44} {_standing(course, row, row.id in written, row.panel in there)}"
    own = sorted(written - {row.id for row in course.outline.rows})
    if own:
        yield "\nCourse packs"
        for lesson_id in own:
            yield f"  {lesson_id}"
    counts = coverage(course.outline, written, there).items()
    yield "\n" + ", ".join(f"{name} {count.done} of {count.all}" for name, count in counts)


def check(
    course: Course, panels: tuple[Panel, ...], wanted: Sequence[str], say: Callable[[str], None]
) -> tuple[int, list[dict[str, Any]]]:
    """Check lessons (all that are written when none is named): how many things are wrong, and each lesson's report."""
    from courseai_lab.app.course.tools import tools
    from courseai_lab.lessons.check import check_course, check_lesson
    from courseai_lab.lessons.scene import Stage

    for lesson_id in wanted:
        if not course.has(lesson_id):
            raise BadValue(f"There is no lesson {lesson_id[:40]} yet; written are {', '.join(course.written())}.")
    stage, instruments = Stage(panels), tools()
    reports: list[dict[str, Any]] = []
    problems = [str(problem) for problem in check_course(course)] if not wanted else []
    for problem in problems:
        say(problem)
    count = len(problems)
    for lesson_id in wanted or course.written():
        begun = time.perf_counter()
        found = [str(problem) for problem in check_lesson(lesson_id, course, stage, instruments)]
        seconds = time.perf_counter() - begun
        for problem in found:
            say(problem)
        say(f"{lesson_id}: {'right' if not found else f'{len(found)} to mend'}, {seconds:.1f} s")
        count += len(found)
        reports.append({"id": lesson_id, "problems": found, "seconds": round(seconds, 3)})
    return count, reports


def find_lesson(course: Course, word: str) -> Lesson:
    """A lesson by its id, or a lesson file of one's own by its path. Raises LabError."""
    from courseai_lab.lessons.lesson import read_lesson

    if word.endswith(".md") or Path(word).is_file():
        return read_lesson(Path(word))
    if course.has(word):
        return course.lesson(word)
    row = course.outline.row(word)
    if row is not None:
        raise BadValue(f"The lesson {row.id}, {row.title}, is still to come.")
    raise BadValue(f"There is no lesson {word[:40]}; `courseai-lab lessons` lists them.")


def _contents(course: Course, lesson_id: str) -> dict[str, Any]:
    try:
        lesson = course.lesson(lesson_id)
    except LessonError as error:
        return {"error": str(error)}
    return {
        "minutes": lesson.minutes,
        "questions": len(lesson.questions),
        "scenes": [
            {"id": scene.id, "title": scene.title, "panels": [shown.panel for shown in scene.shown]}
            for scene in lesson.scenes
        ],
    }


def _standing(course: Course, row: Row, written: bool, there: bool) -> str:
    if not written:
        return f"coming ({row.panel})" if there else f"coming, with the panel {row.panel}"
    try:
        lesson = course.lesson(row.id)
    except LessonError as error:
        return f"cannot be read: {error}"
    return f"{row.panel}: " + ", ".join(scene.id for scene in lesson.scenes)

"""One lesson: a checked header and a text. Everything in it is data; reading one runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courseai_lab.lessons.errors import LessonError, read_text
from courseai_lab.lessons.header import Entry, Header, is_number
from courseai_lab.lessons.question_header import Question, read_questions
from courseai_lab.lessons.text import Block, parse_text
from courseai_lab.lessons.tour import Tour, read_tours

MAX_BYTES = 200_000
MAX_SCENES = 24
MAX_QUESTIONS = 40
MAX_BESIDE = 3
LESSON_ID = re.compile(r"(?:\d\.\d{1,2}\.\d{1,2}[a-z]?|[a-z][a-z0-9]*\.[a-z0-9][a-z0-9-]*)")
_ROOT = (
    "id", "title", "panel", "minutes", "objectives", "prerequisites", "sources",
    "scenes", "questions", "tour", "controls",
)  # fmt: skip
_STATE = ("panel", "preset", "params", "look", "seeds")
_SCENE = ("id", "title", *_STATE, "frame", "play", "try", "notice", "lecturer", "beside")
_CONTROLS = ("hide", "lock", "limits")


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel in a state: a preset (or "" for the panel's own start) and what is set on top of it."""

    panel: str
    preset: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A state to look at. ``shown``: the panels, the lesson's own first, the others docked beside it.

    ``attempt``: what to try (``try`` in the file). ``play``: None leaves it to the panel.
    """

    id: str
    title: str
    shown: tuple[Shown, ...]
    attempt: str = ""
    notice: str = ""
    lecturer: str = ""
    play: bool | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Controls:
    """What a teacher took away or narrowed: parameters hidden or locked, and limits by parameter."""

    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hide or self.lock or self.limits)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as it is in its file. ``text_line``: the file's line on which the text begins."""

    id: str
    title: str
    panel: str
    minutes: int
    objectives: tuple[str, ...]
    prerequisites: tuple[str, ...]
    sources: tuple[str, ...]
    scenes: tuple[Scene, ...]
    questions: tuple[Question, ...]
    tours: tuple[Tour, ...]
    controls: Controls
    text: str
    blocks: tuple[Block, ...]
    file: str
    text_line: int

    def scene(self, scene_id: str) -> Scene | None:
        """The scene of this id, or None."""
        return next((scene for scene in self.scenes if scene.id == scene_id), None)

    def asked_before(self, scene_id: str) -> tuple[Question, ...]:
        """The predictions of a scene; of "" those at the end of the text."""
        return tuple(question for question in self.questions if question.scene == scene_id)


def read_lesson(path: Path) -> Lesson:
    """Read and check one file; raises LessonError with one sentence, the file and the line."""
    return parse_lesson(read_text(path, MAX_BYTES), path.name)


def parse_lesson(text: str, file: str) -> Lesson:
    """Check a lesson's text; raises LessonError."""
    lines = text.replace("\r\n", "\n").lstrip("\ufeff").split("\n")
    if lines[0].strip() != "+++":
        raise LessonError(file, 1, "a lesson begins with a line +++, its header, and another line +++.")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "+++"), 0)
    if not end:
        raise LessonError(file, len(lines), "the header is not closed: write a line +++ after it.")
    header = Header(file, "\n".join(lines[1:end]), 2)
    body, text_line = "\n".join(lines[end + 1 :]), end + 2
    root = header.root()
    root.only(_ROOT)
    lesson_id = _lesson_id(root, "id")
    panel = root.name("panel")
    scenes = _scenes(header, panel)
    return Lesson(
        id=lesson_id,
        title=root.text("title", most=120),
        panel=panel,
        minutes=root.whole("minutes", 8, 1, 240),
        objectives=root.texts("objectives"),
        prerequisites=_prerequisites(root),
        sources=root.texts("sources"),
        scenes=scenes,
        questions=read_questions(header, tuple(scene.id for scene in scenes), MAX_QUESTIONS),
        tours=read_tours(header),
        controls=_controls(root),
        text=body,
        blocks=parse_text(body, file, text_line),
        file=file,
        text_line=text_line,
    )


def _lesson_id(entry: Entry, key: str) -> str:
    value = entry.text(key, most=40)
    if not LESSON_ID.fullmatch(value):
        entry.wrong(
            f"{key} cannot be '{value}': write a lesson's number such as 1.1.3a, or a name such as own.first.", key
        )
    return value


def _prerequisites(root: Entry) -> tuple[str, ...]:
    values = root.texts("prerequisites", ())
    for value in values:
        if not LESSON_ID.fullmatch(value):
            root.wrong(
                f"prerequisites names '{value[:40]}', which is no lesson's number such as 1.1.2.", "prerequisites"
            )
    return values


def _scenes(header: Header, panel: str) -> tuple[Scene, ...]:
    out: list[Scene] = []
    for entry in header.tables("scenes", MAX_SCENES):
        entry.only(_SCENE)
        scene_id = entry.name("id")
        if any(scene.id == scene_id for scene in out):
            entry.wrong(f"two scenes have the id '{scene_id}'.", "id")
        play = entry.switch("play", False) if "play" in entry.data else None
        out.append(
            Scene(
                id=scene_id,
                title=entry.text("title", most=120),
                shown=(_shown(entry, panel), *_beside(header, entry)),
                attempt=entry.text("try", ""),
                notice=entry.text("notice", ""),
                lecturer=entry.text("lecturer", "", 2000),
                play=play,
                line=header.line_of(r"(?!)", entry.start),
            )
        )
    if not out:
        raise LessonError(header.file, 2, "a lesson has at least one scene: write [[scenes]].")
    return tuple(out)


def _beside(header: Header, entry: Entry) -> tuple[Shown, ...]:
    others = entry.data.get("beside", [])
    if not isinstance(others, list) or len(others) > MAX_BESIDE or not all(isinstance(o, dict) for o in others):
        entry.wrong(
            f"beside of {entry.word} must be a list of at most {MAX_BESIDE} panels, each {{ panel = ... }}.", "beside"
        )
    out = []
    for other in others:
        part = entry.inside(other, f"a panel beside {entry.word}", "beside")
        part.only((*_STATE, "frame"))
        out.append(_shown(part, part.name("panel")))
    return tuple(out)


def _shown(entry: Entry, panel: str) -> Shown:
    seeds = entry.table("seeds", {})
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in seeds.values()):
        entry.wrong(f"seeds of {entry.word} must be whole numbers such as {{ data = 3 }}.", "seeds")
    return Shown(
        panel=entry.name("panel") if "panel" in entry.data else panel,
        preset=entry.text("preset", "", 80),
        params=entry.table("params", {}),
        look=entry.table("look", {}),
        seeds=seeds,
        frame=entry.whole("frame") if "frame" in entry.data else None,
    )


def _controls(root: Entry) -> Controls:
    data = root.table("controls", {})
    entry = root.inside(data, "controls", "[controls")
    entry.only(_CONTROLS)
    limits = {}
    for name, value in entry.table("limits", {}).items():
        good = isinstance(value, list) and len(value) == 2 and all(is_number(v) for v in value) and value[0] < value[1]
        if not good:
            entry.wrong(f"limits of {name[:40]} must be two rising numbers such as [0, 1].", "limits")
        limits[name] = (float(value[0]), float(value[1]))
    return Controls(entry.texts("hide", ()), entry.texts("lock", ()), limits)

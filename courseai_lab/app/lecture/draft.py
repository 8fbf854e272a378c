"""A lesson in the making: from open panels or from a lesson file, changed bit by bit, written as a lesson file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from courseai_lab.app.lecture.toml_text import toml_text
from courseai_lab.contract import BadValue, Params
from courseai_lab.lessons.lesson import MAX_BESIDE, Controls, Lesson, Scene, Shown, parse_lesson, read_lesson

if TYPE_CHECKING:
    from courseai_lab.contract import State

TEXT = """What is this about? Write it here: paragraphs, $formulas$ between dollars, and links such as
[the first scene](scene:scene-1).

## In short

- What is to be remembered.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A lesson as a teacher edits it. ``kept``: questions and tours of the file it came from, as they are there."""

    id: str
    title: str
    panel: str
    minutes: int = 8
    objectives: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    scenes: tuple[Scene, ...] = ()
    controls: Controls = field(default_factory=Controls)
    text: str = TEXT
    kept: Mapping[str, Any] = field(default_factory=dict)

    def file_text(self) -> str:
        """The lesson file. Raises ValueError when a value cannot be written (NaN, half a surrogate pair)."""
        header: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "panel": self.panel,
            "minutes": self.minutes,
            "objectives": self.objectives,
            "prerequisites": self.prerequisites,
            "sources": self.sources,
        }
        if self.controls:
            header["controls"] = _controls(self.controls)
        header["scenes"] = [self._scene(scene) for scene in self.scenes]
        return f"+++\n{toml_text({**header, **self.kept})}+++\n{self.text}"

    def checked(self, file: str = "lesson.md") -> Lesson:
        """The lesson that its file will be. Raises LessonError or ValueError, one sentence."""
        return parse_lesson(self.file_text(), file)

    def with_scene(self, shown: tuple[Shown, ...], title: str) -> Draft:
        """One more scene at the end; the first one names the lesson's panel."""
        taken = {scene.id for scene in self.scenes}
        number = next(n for n in range(1, len(taken) + 2) if f"scene-{n}" not in taken)
        scene = Scene(f"scene-{number}", title, shown)
        panel = self.panel if self.scenes else shown[0].panel
        return replace(self, panel=panel, scenes=(*self.scenes, scene))

    def moved(self, index: int, delta: int) -> Draft:
        """A scene earlier or later; past the ends nothing happens."""
        scenes = list(self.scenes)
        if not 0 <= index + delta < len(scenes):
            return self
        scenes.insert(index + delta, scenes.pop(index))
        return replace(self, scenes=tuple(scenes))

    def without(self, index: int) -> Draft:
        """Without a scene, and the questions whose answers stand in it; others asked before it go to the end."""
        gone = self.scenes[index].id
        questions = [
            {**question, "scene": ""} if question.get("scene") == gone else question
            for question in self.kept.get("questions", [])
            if not (isinstance(question.get("answer"), dict) and question["answer"].get("of") == gone)
        ]
        kept = {name: value for name, value in {**self.kept, "questions": questions}.items() if value}
        return replace(self, scenes=tuple(s for n, s in enumerate(self.scenes) if n != index), kept=kept)

    def changed(self, index: int, **values: Any) -> Draft:
        """With other words for a scene: title, attempt, notice, lecturer."""
        scenes = list(self.scenes)
        scenes[index] = replace(scenes[index], **values)
        return replace(self, scenes=tuple(scenes))

    def _scene(self, scene: Scene) -> dict[str, Any]:
        first, *others = scene.shown
        entry: dict[str, Any] = {"id": scene.id, "title": scene.title, **_shown(first, self.panel)}
        if scene.play is not None:
            entry["play"] = scene.play
        for key, words in (("try", scene.attempt), ("notice", scene.notice), ("lecturer", scene.lecturer)):
            if words:
                entry[key] = words
        if others:
            entry["beside"] = [_shown(other, "") for other in others]
        return entry


def shown_of(state: State) -> Shown:
    """A panel as it is now: what differs from its own start, the frame looked at. Raises BadValue.

    What was steered while it ran is kept as its last value, since a scene has no history.
    """
    params, look = _changed(state.current), _changed(state.look)
    seeds = {name: getattr(state.seeds, name) for name in ("data", "init", "sample") if getattr(state.seeds, name)}
    return Shown(state.panel, "", params, look, seeds, None if state.steering else state.frame)


def shown_here(states: Sequence[State]) -> tuple[Shown, ...]:
    """Panels side by side, the one in use first; as many as a scene may have."""
    return tuple(shown_of(state) for state in states[: MAX_BESIDE + 1])


def read_draft(path: Path) -> Draft:
    """A lesson file to be changed; raises LessonError."""
    return draft_of(read_lesson(path), path.read_text("utf-8-sig"))


def draft_of(lesson: Lesson, source: str) -> Draft:
    """The draft of a lesson that was read from ``source``."""
    header = re.split(r"^\s*\+\+\+\s*$", source.replace("\r\n", "\n"), maxsplit=2, flags=re.MULTILINE)[1]
    data = tomllib.loads(header)
    kept = {name: data[name] for name in ("questions", "tour") if data.get(name)}
    names = ("id", "title", "panel", "minutes", "objectives", "prerequisites", "sources", "scenes", "controls", "text")
    return Draft(**{name: getattr(lesson, name) for name in names}, kept=kept)


def _changed(values: Params) -> dict[str, Any]:
    plain, start = values.plain(), type(values)().plain()
    changed = {name: value for name, value in plain.items() if value != start[name]}
    for name, value in changed.items():
        if value is None:
            raise BadValue(f"A lesson file cannot say that {name} is empty: give it a value first.", name)
    return changed


def _shown(shown: Shown, panel: str) -> dict[str, Any]:
    entry: dict[str, Any] = {} if shown.panel == panel else {"panel": shown.panel}
    if shown.preset:
        entry["preset"] = shown.preset
    for key in ("params", "look", "seeds"):
        values = getattr(shown, key)
        if values:
            entry[key] = dict(values)
    if shown.frame is not None:
        entry["frame"] = shown.frame
    return entry


def _controls(controls: Controls) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if controls.hide:
        entry["hide"] = controls.hide
    if controls.lock:
        entry["lock"] = controls.lock
    if controls.limits:
        entry["limits"] = {name: list(pair) for name, pair in controls.limits.items()}
    return entry

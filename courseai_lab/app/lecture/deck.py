"""What a lecture goes through: a lesson's scenes, or the panel in use with its presets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from courseai_lab.app.lecture.poll import MOST_CHOICES, Poll

if TYPE_CHECKING:
    from courseai_lab.app.course.feature import CourseFeature
    from courseai_lab.app.host import PanelHost
    from courseai_lab.lessons.lesson import Lesson
    from courseai_lab.lessons.question_header import Question


@dataclass(frozen=True, slots=True)
class Slide:
    """One scene as the lecturer needs it. ``polls``: the lesson's predictions for it, nothing counted yet."""

    title: str
    notes: str = ""
    attempt: str = ""
    notice: str = ""
    polls: tuple[Poll, ...] = ()


class Deck(Protocol):
    """Scenes in order."""

    title: str
    slides: tuple[Slide, ...]
    at: int

    @property
    def minutes(self) -> int:
        """How long it is planned to take; 0: nobody knows."""
        ...

    @property
    def hosts(self) -> tuple[PanelHost, ...]:
        """The panels of the scene that is shown, the one it is about first."""
        ...

    def show(self, index: int) -> bool:
        """Bring the window into a scene; False when it could not be shown (it has been said why)."""
        ...

    def close(self) -> None:
        """Give back what the lecture changed."""
        ...


class PresetDeck:
    """The panel in use: as it is, then its prepared states. At the end it is as it was."""

    def __init__(self, host: PanelHost) -> None:
        self._host = host
        self._before = host.session.snapshot()
        self.title = host.panel.title
        self.slides = (
            Slide(host.panel.title, notes=host.panel.summary),
            *(Slide(preset.title, notes=preset.note) for preset in host.presets),
        )
        self.at = 0

    @property
    def minutes(self) -> int:
        return 0

    @property
    def hosts(self) -> tuple[PanelHost, ...]:
        return (self._host,)

    def show(self, index: int) -> bool:
        state = self._before.to_json() if index == 0 else self._host.presets[index - 1].state
        self._host.load_json(state, self.slides[index].title)
        self.at = index
        return True

    def close(self) -> None:
        now = self._host.session.snapshot()
        if not now.same_run(self._before) or now.look != self._before.look:
            self._host.load_json(self._before.to_json(), "Back from the lecture")


class LessonDeck:
    """A lesson's scenes, shown by the course's own player; at the end the lesson stays at the scene it came to."""

    def __init__(self, lesson: Lesson, course: CourseFeature) -> None:
        self._lesson, self._course, self._player = lesson, course, course.player
        self.title = lesson.title
        self.slides = tuple(
            Slide(
                scene.title,
                scene.lecturer,
                scene.attempt,
                scene.notice,
                tuple(poll_of(question) for question in lesson.asked_before(scene.id)),
            )
            for scene in lesson.scenes
        )
        shown = course.scene.id if course.scene is not None else ""
        self.at = next((n for n, scene in enumerate(lesson.scenes) if scene.id == shown), -1)

    @property
    def minutes(self) -> int:
        return self._lesson.minutes

    @property
    def hosts(self) -> tuple[PanelHost, ...]:
        return self._player.hosts

    def show(self, index: int) -> bool:
        scene = self._lesson.scenes[index]
        if not self._player.show(scene):
            return False
        page = self._course.page
        if page is not None and page.lesson is self._lesson:
            page.take_up(scene)
        self.at = index
        return True

    def close(self) -> None:
        """The lesson goes on where the lecture ended."""


def poll_of(question: Question) -> Poll:
    """A lesson's prediction as a poll; where there is nothing to choose from, room for four answers of the hall."""
    if question.kind == "pick":
        choices = question.choices[:MOST_CHOICES]
        truth = question.answer if isinstance(question.answer, int) and question.answer < len(choices) else None
        return Poll(question.ask, choices, (0,) * len(choices), truth)
    return Poll(question.ask, ("A", "B", "C", "D"), (0, 0, 0, 0))

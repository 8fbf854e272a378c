"""The course joins the window: opens lessons, follows links, keeps progress. Nothing is read before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Signal

from courseai_lab.app.course.going_on import next_up
from courseai_lab.app.course.tours import Tours
from courseai_lab.app.course.way_in import WayIn

if TYPE_CHECKING:
    from courseai_lab.app.course.answers import Answers
    from courseai_lab.app.course.dock import CourseDock
    from courseai_lab.app.course.page import LessonPage
    from courseai_lab.app.course.player import ScenePlayer
    from courseai_lab.app.course.truths import Truths
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.lessons.course import Course
    from courseai_lab.lessons.lesson import Lesson, Scene
    from courseai_lab.lessons.progress import Progress
    from courseai_lab.lessons.text import Link


class CourseFeature(QObject):
    """The course in one window. Its dock, files and progress are made when they are first asked for."""

    lesson_changed = Signal(object)
    """The ``Lesson`` that is now open, or None."""
    scene_shown = Signal(object)
    """The ``Scene`` that is now on screen."""
    scored = Signal(object, float)
    """A ``Question`` was answered, and how much of it was right."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._course: Course | None = None
        self._progress: Progress | None = None
        self._dock: CourseDock | None = None
        self._truths: Truths | None = None
        self._player: ScenePlayer | None = None
        self._answers: Answers | None = None
        self.tours = Tours(self, window)
        self._file = ""
        self._restoring = False
        window.panel_opened.connect(self._opened)
        window.themes.changed.connect(self._dress)
        window.installEventFilter(self)
        self._way_in = WayIn(window.gallery, self.show)

    @property
    def course(self) -> Course:
        """The lessons that come with the lab."""
        if self._course is None:
            from courseai_lab.app.course.listing import shipped

            self._course = shipped()
        return self._course

    def teach(self, course: Course) -> None:
        """Another course than the one that comes with the lab; before the dock is shown first."""
        self._course = course

    @property
    def progress(self) -> Progress:
        """What the learner has done; kept beside the window's settings, in safe mode nowhere."""
        if self._progress is None:
            from courseai_lab.app.atomic import write_bytes
            from courseai_lab.lessons.progress import Progress

            window = self._window
            path = None if window.safe else window.settings.folder / "progress.json"
            self._progress = Progress(path, write_bytes)
        return self._progress

    @property
    def player(self) -> ScenePlayer:
        """What brings scenes into the window."""
        if self._player is None:
            from courseai_lab.app.course.player import ScenePlayer
            from courseai_lab.app.course.truths import Truths

            self._truths = Truths(self._window.panels, self)
            self._player = ScenePlayer(self._window, self._truths)
            self._player.shown.connect(self._scene_shown)
        return self._player

    @property
    def truths(self) -> Truths:
        """What computes frames beside the window."""
        assert self.player is not None and self._truths is not None
        return self._truths

    @property
    def dock(self) -> CourseDock | None:
        """The dock, once it was asked for."""
        return self._dock

    @property
    def page(self) -> LessonPage | None:
        """The page of the lesson that is open."""
        return self._dock.page if self._dock is not None else None

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is open."""
        return self.page.lesson if self.page is not None else None

    @property
    def scene(self) -> Scene | None:
        """The scene that is on screen."""
        return self._player.scene if self._player is not None else None

    @property
    def shown(self) -> bool:
        """Whether the dock is there."""
        return self._dock is not None and not self._dock.isHidden()

    def show(self, on: bool = True) -> None:
        """Show or hide the course; hiding it leaves the lesson."""
        if not on:
            if self._dock is not None:
                self._dock.close()
            return
        dock = self._made_dock()
        dock.show()
        dock.fit()
        dock.raise_()
        dock.navigator.refresh()
        self._show_continue()
        if dock.page is None:
            dock.navigator.search.setFocus()
        self._way_in.offer(not self.shown)
        self._window.actions_registry.refresh()

    def open_lesson(self, lesson_id: str, scene_id: str = "") -> bool:
        """Open a lesson of the course; what is wrong is said and gives False."""
        from courseai_lab.contract import LabError

        row = self.course.outline.row(lesson_id)
        if not self.course.has(lesson_id):
            name = f"Lesson {lesson_id}{f', {row.title},' if row else ''}"
            self._window.status.say(f"{name} is still to come." if row else f"There is no lesson {lesson_id[:40]}.")
            return False
        try:
            lesson = self.course.lesson(lesson_id)
        except LabError as error:
            self._window.status.say(str(error))
            return False
        place = self.course.outline.modules[row.module] if row is not None else "Own lessons"
        self._open(lesson, f"{lesson.id}   {place}", scene_id)
        self._file = ""
        return True

    def open_file(self, path: Path, scene_id: str = "") -> bool:
        """Open a lesson file of one's own; it is data, and is checked like any other."""
        from courseai_lab.contract import LabError
        from courseai_lab.lessons.lesson import read_lesson

        try:
            lesson = read_lesson(path)
        except LabError as error:
            self._window.status.say(str(error))
            return False
        self._open(lesson, f"{lesson.id}   {path.name}", scene_id)
        self._file = str(path)
        return True

    def open_lesson_of_panel(self) -> bool:
        """The lesson of the panel in use: the one opened last, else the first that is written. False: there is none."""
        host = self._window.host
        if host is None:
            return False
        written = [lesson for lesson in host.panel.lessons if self.course.has(lesson)]
        if not written:
            return False
        last = self.progress.last[0]
        return self.open_lesson(last if last in written else written[0])

    def close_lesson(self) -> None:
        """Leave the lesson: panels go back to how they were, the navigator shows again."""
        self.tours.leave()
        if self._player is not None:
            self._player.leave()
        if self._dock is not None and self._dock.page is not None:
            lesson_id = self._dock.page.lesson.id
            self._dock.show_page(None)
            self._answers = None
            self._dock.navigator.refresh()
            self._dock.navigator.choose(lesson_id)
            self._show_continue()
            self._file = ""
            self.lesson_changed.emit(None)
            self._window.autosave.note_change()

    def go_on(self) -> None:
        """Continue where the learner was, or begin."""
        target = next_up(self.course, self.progress)
        if target:
            last = self.progress.last
            self.open_lesson(target, last[1] if last[0] == target else "")

    def step(self, delta: int) -> None:
        """The next or previous scene of the lesson that is open."""
        if self.page is not None:
            self.page.step(delta)

    def next_lesson(self) -> None:
        """The next lesson of the course that is written."""
        written = list(self.course.written())
        now = self.lesson.id if self.lesson is not None else ""
        after = written[written.index(now) + 1 :] if now in written else written
        if after:
            self.open_lesson(after[0])
        else:
            self._window.status.say("This is the last lesson so far.")

    def begin_tour(self, tour_id: str) -> None:
        """Begin a tour of the lesson, or take it up where it was left."""
        page = self.page
        if page is not None and tour_id in page.tour_cards and self._have_scene():
            self.tours.begin(page, tour_id)

    def saved(self) -> dict[str, Any] | None:
        """The lesson and scene that are open, for the saved window; None when there is none."""
        lesson = self.lesson
        if lesson is None or not self.shown:
            return {"lesson": "", "scene": ""} if self.shown else None
        scene = self.scene.id if self.scene is not None else ""
        data = {"lesson": lesson.id, "scene": scene}
        return {**data, "file": self._file} if self._file else data

    def restore(self, data: Mapping[str, Any]) -> None:
        """Open what was open; its panels stand already. What is no longer there is left out."""
        lesson_id, scene_id, file = (data.get(key) for key in ("lesson", "scene", "file"))
        self.show()
        self._restoring = True
        try:
            wanted = scene_id if isinstance(scene_id, str) else ""
            if isinstance(file, str) and file and Path(file).is_file():
                self.open_file(Path(file), wanted)
            elif isinstance(lesson_id, str) and self.course.has(lesson_id):
                self.open_lesson(lesson_id, wanted)
        finally:
            self._restoring = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window goes: nothing computes on."""
        if event.type() == QEvent.Type.Hide and not event.spontaneous() and self._truths is not None:
            self._truths.close()
        return super().eventFilter(watched, event)

    def _open(self, lesson: Lesson, place: str, scene_id: str) -> None:
        from courseai_lab.app.course.answers import Answers
        from courseai_lab.app.course.page import LessonPage

        self.tours.leave()
        dock = self._made_dock()
        dock.show()
        page = LessonPage(lesson, place, self._window.themes.theme)
        done = self.progress.of(lesson.id)
        page.ask_all(frozenset(done.answers))
        for tour in lesson.tours:
            reached = done.tours.get(tour.id, 0)
            page.tour_cards[tour.id].show_rest(reached, reached >= len(tour.steps))
        self._answers = Answers(page, self.truths, self.progress)
        self._answers.scored.connect(self.scored)
        page.play_asked.connect(self._play)
        page.linked.connect(self.follow)
        page.back_asked.connect(self.close_lesson)
        page.next_asked.connect(self.next_lesson)
        page.tour_asked.connect(self.begin_tour)
        dock.show_page(page)
        self.progress.opened(lesson.id)
        self.lesson_changed.emit(lesson)
        self._begin(page, scene_id)
        dock.fit()
        # Where it is one of several tabs, the text is read first.
        dock.raise_()
        self._way_in.offer(not self.shown)
        self._window.autosave.note_change()
        self._window.actions_registry.refresh()

    def _begin(self, page: LessonPage, scene_id: str) -> None:
        """The scene that is wished for; else the first, when nothing is to be predicted before it."""
        scene = page.lesson.scene(scene_id)
        if self._restoring:
            if scene is not None:
                page.take_up(scene)
                self.player.adopt(scene)
            return
        if scene is None and not page.waits_for(page.lesson.scenes[0]):
            scene = page.lesson.scenes[0]
        if scene is not None:
            page.go(scene.id)
            page.area.verticalScrollBar().setValue(0)

    def _play(self, scene: Scene) -> None:
        if self.player.show(scene):
            assert self._answers is not None
            self._answers.look()

    def _scene_shown(self, scene: Scene) -> None:
        if self.lesson is not None:
            self.progress.opened(self.lesson.id, scene.id)
        self.scene_shown.emit(scene)
        self._window.autosave.note_change()

    def follow(self, link: Link) -> None:
        """Do what a link in a lesson's text says."""
        if link.kind == "term":
            self._explain(link.target)
        elif link.kind == "do":
            self._do(link.target)
        elif link.kind == "scene":
            self._go(link.target)
        elif link.kind == "lesson":
            self.open_lesson(link.target)
        elif link.kind == "tour":
            self.begin_tour(link.target)

    def _go(self, scene_id: str) -> None:
        if self.page is not None:
            self.page.go(scene_id)

    def _do(self, changes: str) -> None:
        if self._have_scene():
            self.player.act(changes)

    def _have_scene(self) -> bool:
        """Whether a scene is on screen; otherwise the first is, unless a prediction is due."""
        page = self.page
        if page is None:
            return False
        if self.player.host is None:
            page.go((page.scene or page.lesson.scenes[0]).id)
        if self.player.host is None:
            self._window.status.say("A prediction comes first: answer it, or choose Show me.")
        return self.player.host is not None

    def _explain(self, term_id: str) -> None:
        from courseai_lab.app.course.dock import TermPopover

        term = self.course.glossary.get(term_id)
        if term is None or self._dock is None:
            self._window.status.say(f"The glossary has no {term_id[:40]}.")
            return
        popover = TermPopover(term, self._window.themes.theme, self._dock)
        popover.linked.connect(self.follow)
        popover.show_at_pointer()

    def _made_dock(self) -> CourseDock:
        if self._dock is None:
            from courseai_lab.app.course.making import make_dock

            self._dock = make_dock(self._window, self)
            self._dock.left.connect(self._left)
        return self._dock

    def refresh(self) -> None:
        """Progress was imported or reset."""
        if self._dock is not None:
            self._dock.navigator.refresh()
            self._show_continue()

    def _left(self) -> None:
        self.close_lesson()
        self._way_in.offer(True)
        self._window.autosave.note_change()
        self._window.actions_registry.refresh()

    def _show_continue(self) -> None:
        assert self._dock is not None
        target = next_up(self.course, self.progress)
        row = self.course.outline.row(target)
        verb = "Continue" if self.progress.last[0] == target else "Next" if self.progress.last[0] else "Begin"
        name = f"{target} {row.title}" if row is not None else target
        self._dock.navigator.show_continue(f"{verb}: {name}", bool(target))

    def _opened(self, host: PanelHost) -> None:
        host.shell.action_asked.connect(self._asked)

    def _asked(self, name: str) -> None:
        if name.startswith("lesson:"):
            self.open_lesson(name.removeprefix("lesson:"))

    def _dress(self, theme: Any) -> None:
        if self._dock is not None:
            self._dock.set_theme(theme)
        self.tours.set_theme(theme)

"""Lecture mode: what begins it, turns its pages, and puts everything back, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QAbstractButton, QWidget

from courseai_lab.app.log import note_failure

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from courseai_lab.app.course.feature import CourseFeature
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.lecture.deck import Deck
    from courseai_lab.app.lecture.desk import Desk
    from courseai_lab.app.lecture.hall import Hall
    from courseai_lab.app.lecture.screen import LectureWindow
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.ui.theme import Theme

PRESENTER_SCALE = 0.8
"""The size of type around the presenter's panel, of the projector theme's."""


class Lecture(QObject):
    """One for each window; ``begin`` and ``leave`` are harmless at any time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._undo: ExitStack | None = None
        self._turning = False
        self._bare = False
        self.deck: Deck | None = None
        self.desk: Desk | None = None
        self.screen: LectureWindow | None = None
        self.hall: Hall | None = None

    @property
    def on(self) -> bool:
        """Whether a lecture goes on."""
        return self._undo is not None

    @property
    def may_begin(self) -> bool:
        """Whether there is something to show."""
        course = self._course
        return self._window.host is not None or (course is not None and course.lesson is not None)

    def toggle(self) -> None:
        """Begin, with the presenter's view where there is a second screen; or end."""
        from courseai_lab.app.lecture.hall import second_screen

        if self.on:
            self.leave()
        else:
            self.begin(second_screen(self._window.screen()) is not None)

    def toggle_presenter(self) -> None:
        """Begin with the presenter's view and the hall in a window of its own; or switch to it."""
        if self.on:
            self.act("presenter")
        else:
            self.begin(True)

    def begin(self, presenter: bool = False) -> bool:
        """Fill the screen with the lesson's scene, or the panel in use; False when there is nothing to show."""
        if self.on:
            return True
        try:
            deck = self._make_deck()
            if deck is None:
                self._window.status.say("Open a panel or a lesson first: that is what a lecture shows.")
                return False
            self._enter(deck, presenter)
        except Exception:
            note_failure("The lecture could not begin.")
            self.leave()
            self._window.status.say("The lecture could not begin; everything is as it was.")
            return False
        return True

    def leave(self) -> None:
        """End the lecture: panels, theme and keys as before, whatever of it fails."""
        undo, self._undo = self._undo, None
        if undo is None:
            return
        try:
            undo.close()
        except Exception:
            note_failure("The lecture did not end cleanly.")
        self.deck = self.desk = self.screen = self.hall = None
        self._window.actions_registry.refresh()

    def act(self, name: str) -> None:
        """Do what a key or a button means (``keys.KEYS``). What fails ends the lecture, not the lab."""
        if not self.on:
            return
        try:
            self._do(name)
        except Exception:
            note_failure(f"The lecture failed at {name}.")
            self.leave()
            self._window.status.say("Something went wrong, so the lecture ended; everything is as it was.")

    def show(self, index: int) -> None:
        """Turn to a scene; past either end nothing happens."""
        deck, desk, screen = self.deck, self.desk, self.screen
        if deck is None or desk is None or screen is None or not 0 <= index < len(deck.slides):
            return
        before = deck.hosts
        screen.camera.shoot()
        self._turning = True
        try:
            shown = deck.show(index)
        finally:
            self._turning = False
        if not self.on:
            return
        if not shown or not deck.hosts:
            self.leave()
            return
        for host in before:
            if host not in deck.hosts:
                host.shell.set_lecture(False)
        desk.turn_to(index)
        if screen.shells != tuple(host.shell for host in deck.hosts):
            self._fill()
        self._tell()
        screen.bar.wake()

    def picture(self) -> QImage | None:
        """What the hall sees of the panel, without ink; None while no lecture goes on."""
        return self.screen.camera.image if self.screen is not None else None

    @property
    def _course(self) -> CourseFeature | None:
        features: dict[str, Any] = getattr(self._window, "features", None) or {}
        found: CourseFeature | None = features.get("CourseFeature")
        return found

    def _make_deck(self) -> Deck | None:
        from courseai_lab.app.lecture.deck import LessonDeck, PresetDeck

        course = self._course
        if course is not None and course.lesson is not None:
            deck = LessonDeck(course.lesson, course)
            # Not begun, or its panel was closed; a panel that this lab does not have cannot be shown.
            if (deck.at >= 0 and deck.hosts) or deck.show(max(0, deck.at)):
                return deck
        host = self._window.host
        return PresetDeck(host) if host is not None else None

    def _enter(self, deck: Deck, presenter: bool) -> None:
        from courseai_lab.app.lecture.desk import Desk
        from courseai_lab.app.lecture.keys import Watch
        from courseai_lab.app.lecture.screen import LectureWindow

        window = self._window
        undo = self._undo = ExitStack()
        self.deck, self._bare = deck, False
        undo.callback(self._keep_theme())
        undo.callback(deck.close)
        desk = self.desk = Desk(self)
        undo.callback(desk.deleteLater)
        desk.timer.minutes = deck.minutes
        self._wear(presenter)
        screen = self.screen = LectureWindow(deck, desk, window.themes.theme, self._gone)
        screen.setScreen(window.screen())
        screen.presenter = presenter
        undo.callback(self._drop, screen)
        undo.callback(window.themes.changed.disconnect, self._dress)
        window.themes.changed.connect(self._dress)
        watch = Watch(self.act, self._owns, self._is_chrome, screen.wake, screen.place_soon, self._painted, self)
        application = QCoreApplication.instance()
        assert application is not None
        undo.callback(watch.deleteLater)
        undo.callback(application.removeEventFilter, watch)
        undo.callback(self._close_hall)
        undo.callback(self._give_back)
        self._fill()
        screen.bar.asked.connect(self.act)
        screen.side.chosen.connect(self._choose)
        screen.side.ticked.connect(self._tell_time)
        desk.turn_to(deck.at)
        self._set_presenter(presenter)
        application.installEventFilter(watch)
        self._tell()
        screen.activateWindow()
        screen.bar.wake()
        window.actions_registry.refresh()

    def _do(self, name: str) -> None:
        desk, screen, deck = self.desk, self.screen, self.deck
        assert desk is not None and screen is not None and deck is not None
        steps = {"next": deck.at + 1, "previous": deck.at - 1, "first": 0, "last": len(deck.slides) - 1}
        if name in steps:
            if name == "next" and desk.blank:
                desk.set_blank(False)
            else:
                self.show(steps[name])
        elif name.startswith("scene-"):
            self.show(int(name.removeprefix("scene-")))
        elif name.startswith("color-"):
            desk.take_color(int(name[-1]))
        elif name in ("laser", "spotlight", "pen", "zoom"):
            desk.take(name)  # type: ignore[arg-type]
        else:
            self._table(desk, screen)[name]()

    def _table(self, desk: Desk, screen: LectureWindow) -> dict[str, Callable[[], object]]:
        from courseai_lab.app.lecture.desk import WHOLE

        return {
            "undo": desk.undo,
            "clear": desk.clear,
            "closer": lambda: desk.zoom(1.5),
            "farther": lambda: desk.zoom(1 / 1.5),
            "whole": lambda: desk.show_region(WHOLE),
            "freeze": lambda: desk.set_frozen(not desk.frozen),
            "blank": lambda: desk.set_blank(not desk.blank),
            "play": self._play,
            "controls": self._toggle_controls,
            "poll": lambda: desk.set_poll(None if desk.poll is not None else screen.side.poll.poll),
            "reveal": self._reveal,
            "timer": desk.timer.toggle,
            "presenter": lambda: self._set_presenter(not screen.presenter),
            "leave": self._step_out,
            "unfocus": self._focus_panel,
        }

    def _choose(self, index: int) -> None:
        self.act(f"scene-{index}")

    def _step_out(self) -> None:
        """Esc: what was taken in hand is put down first, then the lecture ends."""
        from courseai_lab.app.lecture.desk import WHOLE

        desk = self.desk
        assert desk is not None
        if desk.blank:
            desk.set_blank(False)
        elif desk.tool != "none":
            desk.take(desk.tool)
        elif desk.zoomed:
            desk.show_region(WHOLE)
        else:
            self.leave()

    def _reveal(self) -> None:
        desk = self.desk
        if desk is not None and desk.poll is not None and desk.poll.truth is not None:
            desk.set_poll(replace(desk.poll, told=not desk.poll.told))

    def _play(self) -> None:
        host = self._first()
        if host is not None and host.panel.timeline == "steps":
            host.session.play(not host.session.playback.playing)

    def _toggle_controls(self) -> None:
        screen = self.screen
        assert screen is not None
        self._bare = not self._bare
        for shell in screen.shells:
            shell.set_bare(self._bare)
        screen.bar.buttons["controls"].setChecked(not self._bare)
        screen.place_soon()

    def _focus_panel(self) -> None:
        if self.screen is not None and self.screen.shells:
            self.screen.shells[0].setFocus()

    def _first(self) -> PanelHost | None:
        return self.deck.hosts[0] if self.deck is not None and self.deck.hosts else None

    def _fill(self) -> None:
        """The scene's panels into the lecture's window."""
        assert self.deck is not None and self.screen is not None
        hosts = self.deck.hosts
        docks = [next(dock for dock in self._window.docks if dock.host is host) for host in hosts]
        self._turning = True
        try:
            self._window.docks.fill(self.screen, docks)
        finally:
            self._turning = False
        for host in hosts:
            host.shell.set_bare(self._bare)

    def _give_back(self) -> None:
        """Panels into their docks, dressed as before."""
        hosts = self.deck.hosts if self.deck is not None else ()
        self._window.docks.leave_full_screen()
        for host in hosts:
            host.shell.set_bare(False)
            host.shell.set_lecture(False)

    def _gone(self) -> None:
        """The docks took the panels back (one was closed, another opened, the gallery shown): the lecture is over."""
        if not self._turning:
            self.leave()

    def _drop(self, screen: LectureWindow) -> None:
        screen.camera.switch(False)
        screen.hide()
        screen.setParent(None)
        screen.deleteLater()

    def _set_presenter(self, on: bool) -> None:
        from courseai_lab.app.lecture.hall import Hall, second_screen

        screen, desk, window = self.screen, self.desk, self._window
        assert screen is not None and desk is not None
        if on and self.hall is None:
            hall = self.hall = Hall(desk, screen.camera, window.themes.theme)
            hall.closed.connect(self._presenter_off)
            other = second_screen(screen.screen())
            hall.open_on(other)
            if other is None:
                screen.showMaximized()
        elif not on:
            self._close_hall()
            screen.showFullScreen()
        self._wear(on)
        screen.set_presenter(on)
        screen.bar.buttons["presenter"].setChecked(on)
        screen.bar.buttons["controls"].setChecked(not self._bare)
        screen.activateWindow()

    def _presenter_off(self) -> None:
        self.act("presenter")

    def _close_hall(self) -> None:
        hall, self.hall = self.hall, None
        if hall is not None:
            hall.closed.disconnect(self._presenter_off)
            hall.hide()
            hall.deleteLater()

    def _keep_theme(self) -> Callable[[], None]:
        """What gives the theme back: the one worn before, or the one that was chosen meanwhile."""
        themes, settings = self._window.themes, self._window.settings
        worn = themes.name, themes.scale
        chosen = settings.value.theme, settings.value.font_scale

        def give_back() -> None:
            now = settings.value.theme, settings.value.font_scale
            themes.set(*(worn if now == chosen else now))

        return give_back

    def _wear(self, presenter: bool) -> None:
        """The projector theme; dressing the whole window takes a moment, so only when it is not worn."""
        themes, scale = self._window.themes, PRESENTER_SCALE if presenter else 1.0
        if (themes.name, themes.scale) != ("projector", scale):
            themes.set("projector", scale)

    def _dress(self, theme: Theme) -> None:
        if self.screen is not None:
            self.screen.set_theme(theme)
        if self.hall is not None:
            self.hall.set_theme(theme)

    def _owns(self, widget: QWidget) -> bool:
        top = widget.window()
        return top is self.screen or (self.hall is not None and top is self.hall)

    def _is_chrome(self, widget: QWidget) -> bool:
        screen = self.screen
        mine = screen is not None and (screen.bar.isAncestorOf(widget) or screen.side.isAncestorOf(widget))
        return mine and isinstance(widget, QAbstractButton)

    def _painted(self, widget: QObject) -> None:
        if self.screen is not None:
            self.screen.camera.note(widget)

    def _tell(self) -> None:
        assert self.screen is not None and self.deck is not None
        self.screen.side.show_slide(self.deck.at)
        self._tell_time()

    def _tell_time(self) -> None:
        screen, deck, desk = self.screen, self.deck, self.desk
        if screen is not None and deck is not None and desk is not None:
            where = f"{deck.at + 1} of {len(deck.slides)}   {deck.slides[deck.at].title}"
            screen.bar.say(where, desk.timer.text(), desk.timer.over)

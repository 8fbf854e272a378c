"""A lesson as a page: its text, its scenes with their predictions, questions, tours, sources; and the bar below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from courseai_lab.app.course.question_box import QuestionBox
from courseai_lab.app.course.rich_text import PLAIN, RichText
from courseai_lab.app.course.scene_card import SceneCard
from courseai_lab.app.course.tour_card import TourCard
from courseai_lab.lessons.lesson import Lesson, Scene
from courseai_lab.lessons.text import Link, Words
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.panel_shell.top_row import Elided
from courseai_lab.ui.theme import Theme


class LessonPage(QWidget):
    """Shows one lesson and says what the learner does; it plays nothing itself."""

    play_asked = Signal(object)
    """A ``Scene`` whose predictions are in: show it."""
    answered = Signal(object, object)
    """A ``Question`` and the answer that was committed."""
    skipped = Signal(object)
    linked = Signal(object)
    back_asked = Signal()
    next_asked = Signal()
    tour_asked = Signal(str)

    def __init__(self, lesson: Lesson, place: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{PLAIN} QToolButton#sceneTitle {{ text-align: left; font-weight: 600; }}")
        self.lesson = lesson
        self._theme = theme
        self._texts: list[RichText] = []
        self._pending: set[str] = set()
        self.scene: Scene | None = None
        self.boxes: dict[str, QuestionBox] = {}
        self.cards = {scene.id: SceneCard(lesson, scene, theme) for scene in lesson.scenes}
        self.tour_cards = {tour.id: TourCard(tour, theme) for tour in lesson.tours}
        self._back = QToolButton()
        self._back.setText("Course")
        self._back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._back.setAccessibleName("Back to the course")
        self._back.setToolTip("Leave the lesson; panels go back to how they were")
        self.place = Elided(place)
        self.place.setProperty("role", "caption")
        self._opening = True
        self.area = QScrollArea()
        self.score = QLabel()
        self.score.setWordWrap(True)
        self.score.setProperty("role", "caption")
        self.previous_button = self._step("chevron-left", "Previous scene", -1)
        self.next_button = self._step("chevron-right", "Next scene", 1)
        self.where = Elided("")
        self._build()
        self.set_theme(theme)
        self._show_where()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        for text in self._texts:
            text.set_theme(theme)
        for box in self.boxes.values():
            box.set_theme(theme)
        for card in self.cards.values():
            card.set_theme(theme)
        for tour in self.tour_cards.values():
            tour.set_theme(theme)
        for button, name in (
            (self._back, "chevron-left"),
            (self.previous_button, "chevron-left"),
            (self.next_button, "chevron-right"),
        ):
            button.setIcon(icon(name, theme))
            button.setIconSize(icon_size(theme))

    def waits_for(self, scene: Scene) -> tuple[str, ...]:
        """Predictions of a scene that are neither answered nor skipped."""
        return tuple(name for name in self.cards[scene.id].boxes if name in self._pending)

    def go(self, scene_id: str) -> None:
        """Choose a scene: its predictions are asked first, and when there are none (left) it plays."""
        scene = self.lesson.scene(scene_id)
        if scene is None:
            return
        self.scene = scene
        for name, card in self.cards.items():
            card.show_open(name == scene_id)
        self._show_where()
        if self.waits_for(scene):
            self._bring(self.cards[scene_id])
            return
        self._play()

    def take_up(self, scene: Scene) -> None:
        """The scene is on screen already."""
        self.scene = scene
        for name, card in self.cards.items():
            card.show_open(name == scene.id)
        self.cards[scene.id].show_played()
        self._pending -= set(self.cards[scene.id].boxes)
        self._show_where()

    def step(self, delta: int) -> None:
        """The next or previous scene; past the last one the next lesson."""
        scenes = self.lesson.scenes
        at = scenes.index(self.scene) + delta if self.scene is not None else 0
        if at >= len(scenes):
            self.next_asked.emit()
        elif at >= 0:
            self.go(scenes[at].id)

    def ask_all(self, answered: frozenset[str]) -> None:
        """Which questions wait: all but those that were answered before."""
        for name, box in self.boxes.items():
            if name in answered:
                box.show_before()
            else:
                self._pending.add(name)

    def show_score(self, text: str) -> None:
        """Points so far."""
        self.score.setText(text)

    def box(self, question_id: str) -> QuestionBox:
        """The box of a question."""
        return self.boxes[question_id]

    def _step(self, _name: str, words: str, delta: int) -> QToolButton:
        button = QToolButton()
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.step(delta))
        return button

    def _build(self) -> None:
        gap = self._theme.gap
        top = QHBoxLayout()
        top.setContentsMargins(gap(2), gap(1), gap(2), gap(1))
        top.addWidget(self._back)
        top.addWidget(self.place, 1)
        self._back.clicked.connect(self.back_asked)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(gap(3), gap(1), gap(3), gap(4))
        column.setSpacing(gap(3))
        for widget in self._widgets():
            column.addWidget(widget)
        column.addStretch(1)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        # Always there: one that comes and goes changes the width, and with it the height, and with it itself.
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(page)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = QHBoxLayout()
        bar.setContentsMargins(gap(2), gap(1), gap(2), gap(1))
        bar.addWidget(self.previous_button)
        bar.addWidget(self.where, 1)
        bar.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.area, 1)
        layout.addLayout(bar)

    def _widgets(self) -> Iterator[QWidget]:
        lesson = self.lesson
        title = QLabel(lesson.title)
        title.setProperty("role", "title")
        title.setWordWrap(True)
        yield title
        yield self._caption(f"{lesson.minutes} minutes. " + " ".join(lesson.objectives))
        if lesson.prerequisites:
            yield self._prerequisites()
        body = self._text()
        body.set_blocks(lesson.blocks)
        yield body
        yield self._heading("Scenes")
        for card in self.cards.values():
            card.chosen.connect(self.go)
            card.linked.connect(self.linked)
            for name, box in card.boxes.items():
                self._join(name, box)
            yield card
        for tour in self.tour_cards.values():
            tour.asked.connect(self.tour_asked)
            yield tour
        last = lesson.asked_before("")
        if last:
            yield self._heading("Questions")
        for question in last:
            box = QuestionBox(question, self._theme)
            box.linked.connect(self.linked)
            self._join(question.id, box)
            yield box
        yield self.score
        yield self._next_button()
        if lesson.sources:
            yield self._caption("Sources: " + "; ".join(lesson.sources) + ".")

    def _join(self, name: str, box: QuestionBox) -> None:
        self.boxes[name] = box
        box.committed.connect(lambda answer: self._commit(box, answer))
        box.skipped.connect(lambda: self._skip(box))

    def _commit(self, box: QuestionBox, answer: Any) -> None:
        self._pending.discard(box.question.id)
        self.answered.emit(box.question, answer)
        self._go_on(box)

    def _skip(self, box: QuestionBox) -> None:
        self._pending.discard(box.question.id)
        self.skipped.emit(box.question)
        self._go_on(box)

    def _go_on(self, box: QuestionBox) -> None:
        scene = self.scene
        if scene is not None and box.question.scene == scene.id and not self.waits_for(scene):
            self._play()

    def _play(self) -> None:
        assert self.scene is not None
        card = self.cards[self.scene.id]
        card.show_played()
        self._bring(card)
        self.play_asked.emit(self.scene)

    def _bring(self, card: QWidget) -> None:
        """Scroll to a card once it is laid out; a lesson that is opened at its first scene is read from the top."""
        first, self._opening = self._opening, False
        if first and card is self.cards[self.lesson.scenes[0].id]:
            return
        QTimer.singleShot(0, card, lambda: self.area.ensureWidgetVisible(card, 0, self._theme.gap(3)))

    def _show_where(self) -> None:
        scenes = self.lesson.scenes
        if self.scene is None:
            self.where.setText(f"{len(scenes)} scenes: begin with the first")
        else:
            self.where.setText(f"Scene {scenes.index(self.scene) + 1} of {len(scenes)}: {self.scene.title}")
        self.where.setToolTip(self.where.text())
        self.previous_button.setEnabled(self.scene is not None and self.scene is not scenes[0])
        last = self.scene is scenes[-1]
        self.next_button.setToolTip("Next lesson" if last else "Next scene")
        self.next_button.setAccessibleName("Next lesson" if last else "Next scene")

    def _text(self) -> RichText:
        text = RichText(self._theme)
        text.linked.connect(self.linked)
        self._texts.append(text)
        return text

    def _prerequisites(self) -> RichText:
        text = self._text()
        parts: list[Any] = [Words("Before it: ")]
        for number, lesson_id in enumerate(self.lesson.prerequisites):
            parts += [Words(", ")] * bool(number) + [Link("lesson", lesson_id, (Words(lesson_id),))]
        text.set_inline(parts)
        return text

    def _caption(self, words: str) -> QLabel:
        label = QLabel(words)
        label.setProperty("role", "caption")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _heading(self, words: str) -> QLabel:
        label = QLabel(words)
        label.setProperty("role", "title")
        return label

    def _next_button(self) -> QPushButton:
        button = QPushButton("Next lesson")
        button.clicked.connect(self.next_asked)
        return button

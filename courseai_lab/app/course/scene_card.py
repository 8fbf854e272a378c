"""A scene on a lesson's page: its predictions first, then what to try and what to notice."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from courseai_lab.app.course.question_box import QuestionBox
from courseai_lab.app.course.rich_text import RichText
from courseai_lab.lessons.lesson import Lesson, Scene
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.theme import Theme


class SceneCard(QFrame):
    """Folded to its title until it is chosen."""

    chosen = Signal(str)
    linked = Signal(object)

    def __init__(self, lesson: Lesson, scene: Scene, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = scene
        self._theme = theme
        self._played = False
        self._open = False
        self.title = QToolButton()
        self.title.setObjectName("sceneTitle")
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.title.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title.setAccessibleName(f"Scene: {scene.title}")
        self._words = scene.title
        self.boxes = {question.id: QuestionBox(question, theme) for question in lesson.asked_before(scene.id)}
        self.attempt = RichText(theme)
        self.notice = RichText(theme)
        self._heads = [QLabel("Try"), QLabel("Notice")]
        self.setProperty("role", "card")
        self._build()
        self.set_theme(theme)
        self.show_open(False)

    @property
    def played(self) -> bool:
        """Whether what it shows has been seen."""
        return self._played

    def show_open(self, on: bool) -> None:
        """Unfold or fold."""
        self._open = on
        for box in self.boxes.values():
            box.setVisible(on)
        told = on and self._played
        for head, text, words in zip(self._heads, (self.attempt, self.notice), self._texts(), strict=True):
            head.setVisible(told and bool(words))
            text.setVisible(told and bool(words))
        self._dress()

    def show_played(self) -> None:
        """The panel shows it now: say what to try and to notice."""
        self._played = True
        self.show_open(True)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        for text in (self.attempt, self.notice):
            text.set_theme(theme)
        for box in self.boxes.values():
            box.set_theme(theme)
        self._dress()

    def _texts(self) -> tuple[str, str]:
        return self.scene.attempt, self.scene.notice

    def _build(self) -> None:
        column = QVBoxLayout(self)
        gap = self._theme.gap(2)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(self._theme.gap(1.5))
        column.addWidget(self.title)
        for box in self.boxes.values():
            column.addWidget(box)
            box.linked.connect(self.linked)
        for head, text, words in zip(self._heads, (self.attempt, self.notice), self._texts(), strict=True):
            head.setProperty("role", "caption")
            text.set_line(words)
            text.linked.connect(self.linked)
            column.addWidget(head)
            column.addWidget(text)
        self.title.clicked.connect(lambda: self.chosen.emit(self.scene.id))

    def _dress(self) -> None:
        name = "check" if self._played and not self._open else "chevron-down" if self._open else "play"
        self.title.setIcon(icon(name, self._theme, "accent"))
        self.title.setIconSize(icon_size(self._theme))
        self.title.setText(self._words)
        self.title.setToolTip(f"Show this scene: {self._words}")

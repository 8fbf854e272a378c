"""The teacher's view: a lesson of one's own from the panels as they are, to save and to hand out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.app.atomic import write_bytes
from courseai_lab.app.course.rich_text import RichText
from courseai_lab.app.lecture.controls_table import ControlsTable
from courseai_lab.app.lecture.draft import Draft, read_draft, shown_here
from courseai_lab.contract import LabError, find
from courseai_lab.lessons.lesson import MAX_SCENES, Lesson
from courseai_lab.ui.icons import icon, icon_size

if TYPE_CHECKING:
    from courseai_lab.app.main_window import MainWindow

NAME = "teacher"
FILTER = "Lessons (*.md)"
SOON_MS = 200
FRESH = "own.lesson"


class TeacherDialog(QDialog):
    """Stays open beside the panels: set one up, add it as a scene, set up the next."""

    def __init__(self, window: MainWindow, draft: Draft) -> None:
        super().__init__(window)
        self.setObjectName(NAME)
        self.setWindowTitle("Teacher's view")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window = window
        self._theme = window.themes.theme
        self.draft = draft
        self.path: Path | None = None
        self._filling = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.check)
        self._build()
        self._connect()
        self._fill()
        self.resize(self._theme.text_px * 76, self._theme.text_px * 50)

    @classmethod
    def show_over(cls, window: MainWindow) -> TeacherDialog:
        """Open it on the panels as they are, or bring the one that is open to the front."""
        found = window.findChild(QDialog, NAME)
        if isinstance(found, cls):
            dialog = found
        else:
            dialog = cls(window, Draft(FRESH, "A lesson of my own", ""))
            if window.host is not None:
                dialog.add_state()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def add_state(self) -> None:
        """The panel in use, and those beside it, as one more scene."""
        window, host = self._window, self._window.host
        if host is None or len(self.draft.scenes) >= MAX_SCENES:
            self.say("Open a panel first." if host is None else f"A lesson has at most {MAX_SCENES} scenes.")
            return
        others = [d.host for d in window.docks if d.front and not d.isFloating() and d.host is not host]
        states = [one.session.snapshot() for one in (host, *others)]
        try:
            shown = shown_here(states)
        except LabError as error:
            self.say(str(error))
            return
        if self._ready():
            self._take(self.draft.with_scene(shown, host.panel.title), len(self.draft.scenes))

    def save(self, path: Path) -> bool:
        """Write the lesson file; what is wrong is said and gives False."""
        lesson = self.check()
        if lesson is None:
            return False
        try:
            write_bytes(path, self.draft.file_text().encode())
        except OSError as error:
            self.say(f"{path.name} could not be saved: {error.strerror or error}.")
            return False
        self.path = path
        self._try.setEnabled(True)
        self.say(f"Saved {path.name}. It opens like any lesson, and nothing in it runs.", good=True)
        return True

    def load(self, path: Path) -> bool:
        """Go on with a lesson file; what is wrong is said and gives False."""
        try:
            draft = read_draft(path)
            find(draft.panel, self._window.panels)
        except LabError as error:
            self.say(str(error))
            return False
        self.path = path
        self._take(draft, 0)
        self._try.setEnabled(True)
        return True

    def check(self) -> Lesson | None:
        """Take in what was typed, say what is wrong, and show the lesson as it will be."""
        self._soon.stop()
        try:
            self._read()
            lesson = self.draft.checked(self.path.name if self.path is not None else "lesson.md")
        except ValueError as error:
            self.say(str(error))
            return None
        self.say(f"{len(lesson.scenes)} {'scene' if len(lesson.scenes) == 1 else 'scenes'}, nothing wrong.", good=True)
        self.preview.set_blocks(lesson.blocks)
        return lesson

    def say(self, sentence: str, good: bool = False) -> None:
        """One sentence at the lower edge."""
        self.words.setText(sentence)
        self.words.setStyleSheet(f"color: {self._theme.muted if good else self._theme.error};")

    def _build(self) -> None:
        gap = self._theme.gap
        self.scenes = QListWidget(self)
        self.scenes.setAccessibleName("Scenes")
        self._add = QPushButton("Add the panel as it is now", self)
        self._add.setProperty("role", "primary")
        self._add.setAutoDefault(False)
        self._up = self._tool("chevron-up", "Earlier")
        self._down = self._tool("chevron-down", "Later")
        self._drop = self._tool("trash", "Remove the scene")
        tools = QHBoxLayout()
        for button in (self._up, self._down, self._drop):
            tools.addWidget(button)
        tools.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(gap(2))
        for part in (self._add, self.scenes):
            left.addWidget(part)
        left.addLayout(tools)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self._scene_page(), "Scene")
        self.table = ControlsTable(self)
        self.tabs.addTab(self.table, "Controls")
        self.tabs.addTab(self._text_page(), "Lesson")
        self.preview = RichText(self._theme)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.preview)
        self.tabs.addTab(area, "Preview")
        body = QHBoxLayout()
        body.setSpacing(gap(4))
        body.addLayout(left, 2)
        body.addWidget(self.tabs, 5)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(4), gap(4), gap(4), gap(4))
        column.setSpacing(gap(3))
        column.addLayout(body, 1)
        column.addWidget(self.words)
        column.addLayout(self._buttons())

    def _scene_page(self) -> QWidget:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.title = QLineEdit(page)
        self.fields: dict[str, QPlainTextEdit] = {}
        form.addRow("Title", self.title)
        for key, words in (("attempt", "To try"), ("notice", "To notice"), ("lecturer", "Notes for the lecturer")):
            edit = QPlainTextEdit(page)
            edit.setTabChangesFocus(True)
            edit.setAccessibleName(words)
            self.fields[key] = edit
            form.addRow(words, edit)
        self.state = QLabel(page)
        self.state.setWordWrap(True)
        self.state.setProperty("role", "caption")
        form.addRow("Panels", self.state)
        return page

    def _text_page(self) -> QWidget:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.lesson_title, self.lesson_id = QLineEdit(page), QLineEdit(page)
        self.lesson_id.setToolTip("A name such as own.first")
        self.minutes = QSpinBox(page)
        self.minutes.setRange(1, 240)
        self.minutes.setSuffix(" min")
        self.objectives, self.sources, self.text = QPlainTextEdit(page), QPlainTextEdit(page), QPlainTextEdit(page)
        for edit, words in ((self.objectives, "One objective a line"), (self.sources, "One source a line")):
            edit.setPlaceholderText(words)
            edit.setTabChangesFocus(True)
            edit.setMaximumHeight(self._theme.text_px * 6)
        for label, field in (
            ("Title", self.lesson_title),
            ("Name", self.lesson_id),
            ("Takes", self.minutes),
            ("Objectives", self.objectives),
            ("Sources", self.sources),
            ("Text", self.text),
        ):
            field.setAccessibleName(label)
            form.addRow(label, field)
        return page

    def _buttons(self) -> QHBoxLayout:
        self._open, self._save = QPushButton("Open a lesson…", self), QPushButton("Save as lesson file…", self)
        self._try, self._close = QPushButton("Try it", self), QPushButton("Close", self)
        self._try.setToolTip("Open the saved file as a lesson")
        self._try.setEnabled(False)
        line = QHBoxLayout()
        line.addWidget(self._open)
        line.addStretch(1)
        for button in (self._close, self._try, self._save):
            line.addWidget(button)
        for button in (self._open, self._close, self._try, self._save):
            button.setAutoDefault(False)
        self._save.setProperty("role", "primary")
        return line

    def _connect(self) -> None:
        self._add.clicked.connect(self.add_state)
        self._up.clicked.connect(lambda: self._move(-1))
        self._down.clicked.connect(lambda: self._move(1))
        self._drop.clicked.connect(self._remove)
        self.scenes.currentRowChanged.connect(self._show_scene)
        for line in (self.title, self.lesson_title, self.lesson_id):
            line.textEdited.connect(self._later)
        for edit in (*self.fields.values(), self.objectives, self.sources, self.text):
            edit.textChanged.connect(self._later)
        self.minutes.valueChanged.connect(self._later)
        self.table.changed.connect(self._later)
        self._open.clicked.connect(self._ask_open)
        self._save.clicked.connect(self._ask_save)
        self._try.clicked.connect(self._try_it)
        self._close.clicked.connect(self.close)

    def _tool(self, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name, self._theme))
        button.setIconSize(icon_size(self._theme))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _ready(self) -> bool:
        """Take in what was typed, before scenes come, go or move; False when it cannot be, and that is said."""
        try:
            self._read()
        except ValueError as error:
            self.say(str(error))
            return False
        return True

    def _take(self, draft: Draft, row: int) -> None:
        self.draft = draft
        self._fill(row)
        self.check()

    def _fill(self, row: int = 0) -> None:
        """Show the draft."""
        draft = self.draft
        self._filling = True
        self.lesson_title.setText(draft.title)
        self.lesson_id.setText(draft.id)
        self.minutes.setValue(draft.minutes)
        self.objectives.setPlainText("\n".join(draft.objectives))
        self.sources.setPlainText("\n".join(draft.sources))
        if self.text.toPlainText() != draft.text:
            self.text.setPlainText(draft.text)
        self.scenes.clear()
        self.scenes.addItems([scene.title for scene in draft.scenes])
        if draft.panel:
            self.table.show_panel(find(draft.panel, self._window.panels), draft.controls)
        self._filling = False
        self.scenes.setCurrentRow(min(row, len(draft.scenes) - 1))
        self._show_scene(self.scenes.currentRow())

    def _show_scene(self, row: int) -> None:
        scene = self.draft.scenes[row] if 0 <= row < len(self.draft.scenes) else None
        self._filling = True
        self.title.setText(scene.title if scene is not None else "")
        for key, edit in self.fields.items():
            edit.setPlainText(getattr(scene, key) if scene is not None else "")
            edit.setEnabled(scene is not None)
        self.title.setEnabled(scene is not None)
        self.state.setText(", ".join(_panel_words(shown) for shown in scene.shown) if scene is not None else "")
        self._filling = False
        last = len(self.draft.scenes) - 1
        self._up.setEnabled(row > 0)
        self._down.setEnabled(0 <= row < last)
        self._drop.setEnabled(scene is not None)

    def _later(self) -> None:
        """Typed: taken in at once, checked when the hand rests."""
        if self._filling:
            return
        row = self.scenes.currentRow()
        if 0 <= row < len(self.draft.scenes):
            values = {key: edit.toPlainText().strip() for key, edit in self.fields.items()}
            self.draft = self.draft.changed(row, title=self.title.text(), **values)
            item = self.scenes.item(row)
            if item.text() != self.title.text():
                item.setText(self.title.text())
        self._soon.start()

    def _read(self) -> None:
        """What was typed about the lesson, into the draft. Raises ValueError."""
        self.draft = replace(
            self.draft,
            title=self.lesson_title.text().strip(),
            id=self.lesson_id.text().strip(),
            minutes=self.minutes.value(),
            objectives=_lines(self.objectives),
            sources=_lines(self.sources),
            text=self.text.toPlainText(),
            controls=self.table.controls(),
        )

    def _move(self, delta: int) -> None:
        row = self.scenes.currentRow()
        if row >= 0 and self._ready():
            self._take(self.draft.moved(row, delta), row + delta)

    def _remove(self) -> None:
        row = self.scenes.currentRow()
        if 0 <= row < len(self.draft.scenes) and self._ready():
            self._take(self.draft.without(row), max(0, row - 1))

    def _ask_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a lesson", "", FILTER)
        if name:
            self.load(Path(name))

    def _ask_save(self) -> None:
        if self.check() is None:
            return
        start = str(self.path) if self.path is not None else f"{self.draft.id}.md"
        name, _ = QFileDialog.getSaveFileName(self, "Save as lesson file", start, FILTER)
        if name:
            self.save(Path(name if name.lower().endswith(".md") else name + ".md"))

    def _try_it(self) -> None:
        if self.path is not None and self.save(self.path):
            self._window.open_target(str(self.path))


def _lines(edit: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in edit.toPlainText().splitlines() if line.strip())


def _panel_words(shown: Any) -> str:
    changed = ", ".join(f"{name} = {value}" for name, value in {**shown.params, **shown.look}.items())
    words = f"{shown.panel}: {changed}" if changed else f"{shown.panel}, as it starts"
    return words if len(words) <= 300 else words[:299] + "…"

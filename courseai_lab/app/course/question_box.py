"""A question on a lesson's page: what is asked, a place for the answer, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.app.course.plot_pad import PlotPad
from courseai_lab.app.course.rich_text import RichText
from courseai_lab.lessons.question_header import Question
from courseai_lab.lessons.questions import Verdict, answer_text, blank_parts
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme

MINUS = str.maketrans({"−": "-", ",": "."})


class AnswerField(QWidget):
    """Where an answer is given. ``answer`` is None while there is none; ``complaint`` says why."""

    changed = Signal()
    entered = Signal()

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.complaint = "Give an answer first."
        self.texts: list[RichText] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.gap(1))

    def answer(self) -> Any:
        """What was answered, or None."""
        return None

    def show_truth(self, true: Any) -> None:
        """The answer is in; nothing more can be changed."""
        self.setEnabled(False)

    def unlock(self) -> None:
        """Ask again."""
        self.setEnabled(True)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        for text in self.texts:
            text.set_theme(theme)


class PickField(AnswerField):
    """One of several choices."""

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(question, theme, parent)
        self.complaint = "Pick one of the answers first."
        self.group = QButtonGroup(self)
        for number, choice in enumerate(question.choices):
            line = QHBoxLayout()
            line.setSpacing(theme.gap(1))
            button = QRadioButton()
            button.setAccessibleName(choice)
            self.group.addButton(button, number)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            if "$" in choice or "*" in choice or "`" in choice:
                words = RichText(theme)
                words.set_line(choice)
                words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                self.texts.append(words)
                line.addWidget(words, 1)
            else:
                label = _Words(choice, button)
                line.addWidget(label, 1)
            self.column.addLayout(line)
        self.group.idClicked.connect(lambda _id: self.changed.emit())

    def answer(self) -> Any:
        """The index of the choice, or None."""
        chosen = self.group.checkedId()
        return chosen if chosen >= 0 else None

    def show_truth(self, true: Any) -> None:
        """Mark the right one."""
        super().show_truth(true)
        for words in self.findChildren(_Words):
            words.mark(words.button is self.group.button(int(true)))

    def unlock(self) -> None:
        """Ask again."""
        super().unlock()
        for words in self.findChildren(_Words):
            words.mark(False)


class _Words(QLabel):
    """The words beside a radio button; a click on them counts."""

    def __init__(self, text: str, button: QRadioButton) -> None:
        super().__init__(text)
        self.button = button
        self.setWordWrap(True)

    def mark(self, right: bool) -> None:
        """The right choice stands out."""
        font = self.font()
        font.setWeight(QFont.Weight.DemiBold if right else QFont.Weight.Normal)
        self.setFont(font)

    def mousePressEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
        """Choose."""
        if self.button.isEnabled():
            self.button.click()
            self.button.setFocus()


class NumberField(AnswerField):
    """A number, typed."""

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(question, theme, parent)
        self.complaint = "Type a number first, such as 0.5."
        self.edit = QLineEdit()
        self.edit.setAccessibleName("Your number")
        self.edit.setMaxLength(40)
        self.edit.setMaximumWidth(theme.text_px * 12)
        line = QHBoxLayout()
        line.addWidget(self.edit)
        line.addWidget(QLabel(question.unit))
        line.addStretch(1)
        self.column.addLayout(line)
        self.edit.textChanged.connect(lambda _text: self.changed.emit())
        self.edit.returnPressed.connect(self.entered)

    def answer(self) -> Any:
        """The number, or None; a per cent sign is left out."""
        text = self.edit.text().strip().translate(MINUS).removesuffix("%").strip()
        try:
            value = float(text)
        except ValueError:
            return None
        return value if abs(value) < 1e300 else None


class PlotField(AnswerField):
    """A point or a curve."""

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(question, theme, parent)
        what = "Click on the plot" if question.kind == "point" else "Draw on the plot"
        self.complaint = f"{what} first, or use the arrow keys."
        self.pad = PlotPad(question, theme)
        self.pad.changed.connect(self.changed)
        self.column.addWidget(self.pad)

    def answer(self) -> Any:
        """The point or the knots, or None."""
        return self.pad.answer

    def show_truth(self, true: Any) -> None:
        """Both together."""
        places = [true] if self.question.kind == "point" else list(zip(true[0].tolist(), true[1].tolist(), strict=True))
        self.pad.show_truth(places)

    def unlock(self) -> None:
        """Ask again."""
        self.pad.unlock()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self.pad.set_theme(theme)


class BlankField(AnswerField):
    """Lines of a derivation with gaps."""

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(question, theme, parent)
        self.complaint = "Fill in at least one gap first."
        self.gaps: list[QLineEdit] = []
        if question.given:
            given = ", ".join(f"{name} = {fmt(value, 3, trim=True)}" for name, value in question.given.items())
            note = QLabel(f"Try it with {given}. A product is written with *, a power with ^.")
            note.setProperty("role", "caption")
            note.setWordWrap(True)
            self.column.addWidget(note)
        for line in question.lines:
            self._line(line, theme)

    def answer(self) -> Any:
        """What stands in the gaps, or None when all are empty."""
        typed = [gap.text() for gap in self.gaps]
        return typed if any(text.strip() for text in typed) else None

    def _line(self, line: str, theme: Theme) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.gap(1))
        for place, part in enumerate(blank_parts(line)):
            if place % 2:
                gap = QLineEdit()
                gap.setProperty("role", "mono")
                gap.setMaxLength(300)
                gap.setAccessibleName(f"Gap {len(self.gaps) + 1}")
                gap.textChanged.connect(lambda _text: self.changed.emit())
                gap.returnPressed.connect(self.entered)
                self.gaps.append(gap)
                row.addWidget(gap, 1)
            elif part.strip():
                words = QLabel(part.strip())
                words.setProperty("role", "mono")
                row.addWidget(words)
        if len(blank_parts(line)) == 1:
            row.addStretch(1)
        self.column.addLayout(row)


FIELDS: Mapping[str, Callable[[Question, Theme], AnswerField]] = {
    "pick": PickField,
    "number": NumberField,
    "point": PlotField,
    "curve": PlotField,
    "blank": BlankField,
}


class QuestionBox(QFrame):
    """Asks, waits for an answer or a skip, then shows how it compares."""

    committed = Signal(object)
    """The answer."""
    skipped = Signal()
    linked = Signal(object)

    def __init__(self, question: Question, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self._theme = theme
        self._hints = 0
        self.given: Any = None
        self.setProperty("role", "card")
        predicts = bool(question.scene)
        self.head = QLabel("Predict, then see" if predicts else "Question")
        self.head.setProperty("role", "caption")
        self.ask = RichText(theme)
        self.ask.linked.connect(self.linked)
        self.ask.set_line(question.ask)
        self.field = FIELDS[question.kind](question, theme)
        self.commit_button = QPushButton("This is my prediction" if predicts else "Check")
        self.commit_button.setProperty("role", "primary")
        self.skip_button = QPushButton("Show me" if predicts else "Show the answer")
        self.hint_button = QPushButton("Hint")
        self.again_button = QPushButton("Answer again")
        for button in (self.skip_button, self.hint_button, self.again_button):
            button.setProperty("role", "quiet")
        self.said = RichText(theme)
        self.said.hide()
        self._build()
        self.again_button.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self.ask.set_theme(theme)
        self.said.set_theme(theme)
        self.field.set_theme(theme)

    def commit(self) -> None:
        """Take the answer, or say what is missing."""
        answer = self.field.answer()
        if answer is None:
            self.say(self.field.complaint)
            return
        self.given = answer
        self._settle(False)
        self.say("Running it…" if self.question.kind != "blank" else "")
        self.committed.emit(answer)

    def skip(self) -> None:
        """See it without an answer."""
        self._settle(False)
        self.say("")
        self.skipped.emit()

    def show_verdict(self, verdict: Verdict | None, true: Any, told: str = "") -> None:
        """How the answer compares with the truth. None: nothing was answered, and ``told`` explains what is true."""
        self.field.show_truth(true)
        answer = answer_text(self.question, true, say_number)
        if verdict is None:
            self.say(f"**Answer:** {_safe(answer)}. {told}".strip())
        else:
            word = "Right." if verdict.right else "Nearly." if verdict.share >= 0.5 else "Not quite."
            plain = self.question.kind in ("number", "point") and "{answer}" not in "".join(self.question.because)
            told = f" It is {_safe(answer)}." if plain and not verdict.right else ""
            self.say(f"**{word}** {verdict.because}{told}", verdict.right)
        self.again_button.show()

    def show_before(self) -> None:
        """It was answered on another day: it waits for nobody, and can be answered again."""
        self._settle(False)
        self.field.setEnabled(False)
        self.say("You have answered this before.")
        self.again_button.show()

    def say(self, text: str, right: bool | None = None) -> None:
        """What there is to say below the answer; "" for nothing."""
        self.said.setVisible(bool(text))
        self.said.set_line(text)
        state = "" if right is None else "right" if right else "wrong"
        self.setProperty("verdict", state)

    def ask_again(self) -> None:
        """Once more."""
        self.field.setEnabled(True)
        self.field.unlock()
        self.say("")
        self._settle(True)
        self.again_button.hide()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        gap = self._theme.gap(3)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(self._theme.gap(2))
        line = QHBoxLayout()
        for button in (self.commit_button, self.skip_button, self.hint_button, self.again_button):
            line.addWidget(button)
        line.addStretch(1)
        for widget in (self.head, self.ask, self.field):
            column.addWidget(widget)
        column.addLayout(line)
        column.addWidget(self.said)
        self.hint_button.setVisible(bool(self.question.hint))
        self.commit_button.clicked.connect(self.commit)
        self.field.entered.connect(self.commit)
        self.skip_button.clicked.connect(self.skip)
        self.hint_button.clicked.connect(self._hint)
        self.again_button.clicked.connect(self.ask_again)

    def _settle(self, asking: bool) -> None:
        for button in (self.commit_button, self.skip_button):
            button.setVisible(asking)
        self.hint_button.setVisible(asking and bool(self.question.hint))

    def _hint(self) -> None:
        hints = self.question.hint
        self.say(f"**Hint {self._hints + 1} of {len(hints)}.** {hints[self._hints]}")
        self._hints = (self._hints + 1) % len(hints)


def say_number(value: float) -> str:
    """A number as the lab writes it."""
    return fmt(value, 3)


def _safe(text: str) -> str:
    """Plain words within Markdown; what already holds formulas stays."""
    return text if "$" in text else "".join(f"\\{c}" if c in "*`[]_" else c for c in text)

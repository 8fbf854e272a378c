"""The picture and what may lie over it: an error card; and the notice, sentence and progress around it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.ui.icons import icon, icon_pixmap, icon_size
from courseai_lab.ui.theme import Theme

SIDE_BY_SIDE = 520
"""Standard pixels of width from which two pictures stand beside and not below each other."""


class ErrorCard(QFrame):
    """One sentence about what failed, Retry, and Copy report."""

    retry_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self._report = ""
        self.picture = QLabel()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setAccessibleName("What went wrong")
        self.retry = QPushButton("Retry")
        self.retry.setProperty("role", "primary")
        self.retry.clicked.connect(self.retry_asked)
        self.copy = QPushButton("Copy report")
        self.copy.setToolTip("Copies the state and what the program said, for a bug report.")
        self.copy.clicked.connect(self._copy)
        top = QHBoxLayout()
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.sentence, 1)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(self.copy)
        bottom.addWidget(self.retry)
        self._column = QVBoxLayout(self)
        self._column.addLayout(top)
        self._column.addLayout(bottom)
        self._rows = (top, bottom)
        self.hide()
        self.set_theme(theme)

    @property
    def report(self) -> str:
        """What "Copy report" copies."""
        return self._report

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._column.setContentsMargins(theme.gap(4), theme.gap(4), theme.gap(4), theme.gap(4))
        self._column.setSpacing(theme.gap(4))
        for row in self._rows:
            row.setSpacing(theme.gap(3))
        self.picture.setPixmap(icon_pixmap("warning", theme.error, icon_size(theme).width(), self.devicePixelRatioF()))

    def show_error(self, sentence: str, report: str) -> None:
        """Show a sentence; ``report`` is for the clipboard."""
        self._report = report
        self.sentence.setText(sentence)
        self.copy.setText("Copy report")
        self.copy.setVisible(bool(report))
        self.show()
        self.raise_()

    def place(self, room: QSize) -> None:
        """In the middle of a picture of this size, not wider than is easy to read."""
        width = max(80, min(room.width() - 2 * self._theme.gap(3), self._theme.text_px * 34))
        self._column.activate()
        height = self._column.totalHeightForWidth(width) if self._column.hasHeightForWidth() else -1
        height = max(height, self._column.totalMinimumSize().height())
        self.setGeometry((room.width() - width) // 2, max(0, (room.height() - height) // 2), width, height)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.sentence.text()}\n\n{self._report}")
        self.copy.setText("Copied")


class _Cover(QLabel):
    """Hides empty plots until the first frame; says what is being done once that takes long enough to be asked."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setProperty("role", "muted")
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._ground = QColor(theme.ground)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style sheet leaves a label's ground to what lies below, and that is what must not be seen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ground)
        painter.end()
        super().paintEvent(event)

    def say(self, note: str) -> None:
        """What is being done."""
        self.setText(f"Preparing the picture: {note}" if note else "Preparing the picture")


class _Cell(QVBoxLayout):
    """The view with its caption. Two pictures share the height there is: neither is as long as its page would be."""

    alone = True

    def hasHeightForWidth(self) -> bool:
        """Only alone it asks for the room that its whole page needs."""
        return self.alone and super().hasHeightForWidth()


class Stage(QWidget):
    """Holds the view; shows the error card over it, the picture dimmed below. Covered until there is a picture.

    A second picture may stand beside the view (below it where the stage is narrow), and a bar above both.
    """

    paired = Signal()
    """A second picture came or went."""

    def __init__(self, view: QWidget, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._theme = theme
        view.setParent(self)
        self.bar: QWidget | None = None
        self.second: QWidget | None = None
        self._caption = QLabel("A   now", self)
        self._caption.setProperty("role", "caption")
        self._caption.hide()
        self._first = _Cell()
        self._first.addWidget(self._caption)
        self._first.addWidget(view, 1)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.addLayout(self._first, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addLayout(self._pair, 1)
        self.cover = _Cover(theme, self)
        self._veil = _Veil(theme, self)
        self.card = ErrorCard(theme, self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def stacked(self) -> int:
        """How many pictures stand one below the other."""
        return 2 if self.second is not None and self._pair.direction() == QBoxLayout.Direction.TopToBottom else 1

    def set_bar(self, bar: QWidget | None) -> None:
        """Put a bar above the picture, or take it away (it is not deleted)."""
        if self.bar is not None:
            self._layout.removeWidget(self.bar)
            self.bar.hide()
        self.bar = bar
        if bar is not None:
            self._layout.insertWidget(0, bar)
            bar.show()

    def set_second(self, second: QWidget | None) -> None:
        """Put a second picture of the same size beside the view, or take it away (it is not deleted)."""
        if second is self.second:
            return
        if self.second is not None:
            self._pair.removeWidget(self.second)
            self.second.hide()
        self.second = second
        self._caption.setVisible(second is not None)
        self._first.alone = second is None
        self._first.invalidate()
        if second is not None:
            self._pair.addWidget(second, 1)
            second.show()
        self._arrange()
        self.paired.emit()

    def set_error(self, sentence: str, report: str) -> None:
        """Show the card."""
        self._veil.setVisible(True)
        self._veil.raise_()
        self.card.show_error(sentence, report)
        self._place()

    def clear_error(self) -> None:
        """Take the card away."""
        self._veil.hide()
        self.card.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.cover.set_theme(theme)
        self._veil.set_theme(theme)
        self.card.set_theme(theme)
        self._caption.setContentsMargins(theme.gap(3), theme.gap(1), theme.gap(3), 0)
        for guest in (self.bar, self.second):
            follow = getattr(guest, "set_theme", None)
            if follow is not None:
                follow(theme)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the card in the middle, and two pictures where they have room."""
        super().resizeEvent(event)
        self._arrange()
        self._place()

    def minimumSizeHint(self) -> QSize:
        """Of two pictures side by side no more width than one needs: with less, one goes below the other."""
        hint = super().minimumSizeHint()
        if self.second is None or self.stacked > 1:
            return hint
        return QSize(max(self.view.minimumSizeHint().width(), self.second.minimumSizeHint().width()), hint.height())

    def _arrange(self) -> None:
        narrow = self.width() * 13 / self._theme.text_px < SIDE_BY_SIDE
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if way != self._pair.direction():
            self._pair.setDirection(way)
            if self.second is not None:
                self.paired.emit()

    def _place(self) -> None:
        self.cover.setGeometry(self.rect())
        self._veil.setGeometry(self.rect())
        if not self.card.isHidden():
            self.card.place(self.size())


class _Veil(QWidget):
    """Dims the picture while it is not valid."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground's colour, half transparent."""
        painter = QPainter(self)
        color = QColor(self._theme.ground)
        color.setAlpha(190)
        painter.fillRect(QRectF(self.rect()), color)
        painter.end()


class VerticalArea(QScrollArea):
    """Scrolls up and down only, and leaves the sideways keys to whoever steps through time with them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by the keys that go up and down."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


class SteadyLabel(QLabel):
    """Wraps, and keeps the height it once needed at this width: what is below does not jump with every number."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[int, int] = {}
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def forget(self) -> None:
        """Start anew, after a change of type size."""
        self._kept.clear()
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """The greatest so far at this width."""
        height = max(super().heightForWidth(width), self.fontMetrics().height(), self._kept.get(width, 0))
        self._kept = {width: height}
        return height


class Footer(QWidget):
    """The sentence; beside it the note and the cancel button of a long computation; below it the thin progress line."""

    cancel_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = SteadyLabel()
        self.sentence.setAccessibleName("What is seen now")
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setProperty("role", "warning")
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.hide()
        self.note = QLabel()
        self.note.setProperty("role", "caption")
        self.note.hide()
        self.cancel = QToolButton()
        self.cancel.setToolTip("Stop this computation")
        self.cancel.setAccessibleName("Stop this computation")
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(self.cancel_asked)
        policy = self.cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.cancel.setSizePolicy(policy)
        self.cancel.hide()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.bar.hide()
        self._line = QHBoxLayout()
        self._line.addWidget(self.sentence, 1)
        self._line.addWidget(self.note, 0, Qt.AlignmentFlag.AlignVCenter)
        self._line.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self.notice)
        self._column.addLayout(self._line)
        self._column.addWidget(self.bar)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        self._column.setContentsMargins(theme.gap(3), theme.gap(1.5), theme.gap(3), 0)
        self._line.setSpacing(theme.gap(2))
        self.cancel.setIcon(icon("close", theme, "muted"))
        self.cancel.setIconSize(icon_size(theme) * 0.8)
        self.bar.setFixedHeight(max(3, theme.gap(0.75)))
        self.sentence.forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline above: what is over it may scroll, this stays."""
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), self._theme.outline_px, QColor(self._theme.outline))
        painter.end()

    def set_progress(self, share: float | None, note: str) -> None:
        """Show progress: ``share`` 0 to 1, or None when nobody knows how much is left."""
        if share is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(1.0, max(0.0, share))))
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.bar.show()
        self.cancel.show()

    def clear_progress(self) -> None:
        """Nothing is being computed."""
        for widget in (self.note, self.cancel, self.bar):
            widget.hide()

    def set_notice(self, text: str) -> None:
        """A line that stays until it is replaced; "" takes it away."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))

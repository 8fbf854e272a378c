"""The dock of the course: the navigator, or the lesson that is open; and the popover of the glossary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QCursor
from PySide6.QtWidgets import QDockWidget, QFrame, QLabel, QStackedWidget, QVBoxLayout, QWidget

from courseai_lab.app.course.rich_text import PLAIN, RichText
from courseai_lab.lessons.glossary import GlossaryTerm
from courseai_lab.lessons.text import Inline, Link, Words
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.app.course.navigator import Navigator
    from courseai_lab.app.course.page import LessonPage
    from courseai_lab.app.main_window import MainWindow

NAME = "course"
WIDTH = 400
LEAST = 260
SHARE = 0.45
NARROW = 700
"""A window narrower than this has no room for the course beside a panel: they share one place, as tabs."""
COLUMN = 46
"""The widest a column of text is read with ease, in letter heights."""


class CourseDock(QDockWidget):
    """Stands left. While no panel is open it leaves the gallery its room beside it."""

    left = Signal()
    """The user closed it."""

    def __init__(self, window: MainWindow, navigator: Navigator) -> None:
        super().__init__("Course", window)
        self.setObjectName(NAME)
        self._window = window
        self._widest = window.themes.theme.text_px * COLUMN
        self.navigator = navigator
        self.page: LessonPage | None = None
        self._stack = QStackedWidget(self)
        self._stack.setAutoFillBackground(True)
        self._stack.addWidget(navigator)
        self.setWidget(self._stack)
        self.setMinimumWidth(LEAST)
        areas = Qt.DockWidgetArea
        self.setAllowedAreas(areas.LeftDockWidgetArea | areas.RightDockWidgetArea)
        if not window.restoreDockWidget(self):
            window.addDockWidget(areas.LeftDockWidgetArea, self)
            window.resizeDocks([self], [self._wanted()], Qt.Orientation.Horizontal)
        self._tabbed = False
        window.gallery.installEventFilter(self)
        window.installEventFilter(self)
        window.docks.changed.connect(self.fit)
        for signal in (self.visibilityChanged, self.topLevelChanged, self.dockLocationChanged):
            signal.connect(self._follow_gallery)

    def show_page(self, page: LessonPage | None) -> None:
        """Show a lesson's page, or the navigator."""
        old, self.page = self.page, page
        if page is not None:
            self._stack.addWidget(page)
            self._stack.setCurrentWidget(page)
        else:
            self._stack.setCurrentWidget(self.navigator)
        if old is not None:
            self._stack.removeWidget(old)
            old.hide()
            old.deleteLater()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._widest = theme.text_px * COLUMN
        self._follow_gallery()
        self.navigator.set_theme(theme)
        if self.page is not None:
            self.page.set_theme(theme)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a column of text."""
        return QSize(self._wanted(), 600)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing it leaves the lesson."""
        super().closeEvent(event)
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The gallery covers the window, but not the course."""
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if watched is self._window.gallery and event.type() in kinds:
            self._follow_gallery()
        elif watched is self._window and event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Beside the panels, or where that is too narrow as a tab among them."""
        window = self._window
        panels = [dock for dock in window.docks if not dock.isFloating()]
        narrow = window.width() < NARROW and bool(panels)
        if self.isHidden() or self.isFloating() or window.docks.full:
            return
        together = any(dock in panels for dock in window.tabifiedDockWidgets(self))
        if narrow and not together:
            window.tabifyDockWidget(panels[0], self)
            self._tabbed = True
        elif not narrow and self._tabbed:
            self._tabbed = False
            window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self)
            window.resizeDocks([self], [self._wanted()], Qt.Orientation.Horizontal)
            self.show()

    def _wanted(self) -> int:
        return max(LEAST, min(WIDTH, round(self._window.width() * SHARE)))

    def _follow_gallery(self, *_: object) -> None:
        gallery = self._window.gallery
        docked = self.isVisible() and not self.isFloating()
        # Without panels Qt would give it the whole width, the gallery's room too.
        alone = docked and gallery.isVisible()
        narrow = self._window.width() < NARROW
        self.setMaximumWidth(self._wanted() if alone and not narrow else max(self._widest, NARROW))
        if not alone:
            return
        if narrow:
            # One after the other: closing the course shows the gallery again.
            gallery.lower()
            return
        room = gallery.geometry()
        right = self._window.dockWidgetArea(self) == Qt.DockWidgetArea.RightDockWidgetArea
        room.setLeft(0 if right else self._wanted())
        room.setRight(self._window.width() - 1 - (self._wanted() if right else 0))
        if room != gallery.geometry():
            gallery.setGeometry(room)


class TermPopover(QFrame):
    """What a word means, beside the pointer; a click elsewhere or Esc closes it."""

    linked = Signal(object)

    def __init__(self, term: GlossaryTerm, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "raised")
        self.setStyleSheet(PLAIN)
        self.setAccessibleName(f"{term.title}: glossary")
        title = QLabel(term.title)
        title.setProperty("role", "title")
        says = RichText(theme)
        says.set_inline(term.says)
        where = RichText(theme)
        where.linked.connect(self._follow)
        column = QVBoxLayout(self)
        gap = theme.gap(3)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(title)
        column.addWidget(says)
        if term.lessons:
            parts: list[Inline] = [Words("Explained in ")]
            for number, lesson in enumerate(term.lessons):
                parts += [Words(", ")] * bool(number) + [Link("lesson", lesson, (Words(lesson),))]
            where.set_inline(parts)
            column.addWidget(where)
        else:
            where.hide()
        width = theme.text_px * 26
        inner = width - 2 * gap - 4
        texts = [says, where] if term.lessons else [says]
        self.setFixedWidth(width)
        for text in texts:
            text.setFixedHeight(text.heightForWidth(inner))
        self.adjustSize()

    def show_near(self, at: QPoint) -> None:
        """Open below the pointer, on the screen."""
        room = self.screen().availableGeometry()
        size = self.sizeHint()
        x = max(room.left(), min(at.x() - 20, room.right() - size.width()))
        y = at.y() + 16 if at.y() + 16 + size.height() < room.bottom() else at.y() - 12 - size.height()
        self.move(x, max(room.top(), y))
        self.show()
        self.setFocus()

    def show_at_pointer(self) -> None:
        """Open where the pointer is."""
        self.show_near(QCursor.pos())

    def _follow(self, link: Link) -> None:
        self.close()
        self.linked.emit(link)

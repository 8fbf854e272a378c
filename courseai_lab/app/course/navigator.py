"""The whole course at a glance: series, modules, lessons; what is done, what is still to come, and a search."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.lessons.course import Course
from courseai_lab.lessons.outline import Row, coverage
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.theme import Theme

ID = Qt.ItemDataRole.UserRole
SEARCH_MS = 120


class Navigator(QWidget):
    """Lists every lesson. ``opened`` carries the id of one that is written; ``said`` what there is to say of others."""

    opened = Signal(str)
    continue_asked = Signal()
    said = Signal(str)

    def __init__(
        self, course: Course, panels: frozenset[str], share: Callable[[str], float | None], theme: Theme
    ) -> None:
        super().__init__()
        self._course = course
        self._panels = panels
        self._share = share
        self._theme = theme
        self._items: dict[str, QTreeWidgetItem] = {}
        self._search_texts: dict[str, str] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search lessons")
        self.search.setAccessibleName("Search lessons, titles and text")
        self.search.setClearButtonEnabled(True)
        self.go_on = QPushButton("Begin")
        self.go_on.setProperty("role", "primary")
        self.menu = QMenu(self)
        self.more = QToolButton()
        self.more.setAccessibleName("Progress: export, import, reset; open a lesson file")
        self.more.setToolTip("Progress and lesson files")
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.tree = QTreeWidget()
        self.nothing = QLabel("No lesson matches. Fewer letters find more.")
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        self.count = QLabel()
        self.count.setProperty("role", "caption")
        self.count.setWordWrap(True)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._build()
        self._fill()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self.more.setIcon(icon("more", theme))
        self.more.setIconSize(icon_size(theme))
        self.tree.setIndentation(theme.gap(3))
        self.refresh()

    def refresh(self) -> None:
        """Bring marks and colours up to date."""
        there = set(self._course.written())
        rows = {row.id: row for row in self._course.outline.rows}
        for lesson_id, item in self._items.items():
            written = lesson_id in there
            item.setText(1, self._mark(lesson_id) if written else "coming")
            for column in (0, 1):
                muted = not written or column == 1
                item.setForeground(column, QColor(self._theme.muted if muted else self._theme.text))
            row = rows[lesson_id]
            served = "" if row.panel in self._panels else ", which is still to come"
            item.setToolTip(0, f"{row.id} {row.title}. Panel {row.panel}{served}.")
        done = coverage(self._course.outline, there, self._panels)["lessons"]
        self.count.setText(f"{done.done} of {done.all} lessons are written; the others are marked coming.")

    def choose(self, lesson_id: str) -> None:
        """Put the mark on a lesson."""
        item = self._items.get(lesson_id)
        if item is not None:
            self.tree.setCurrentItem(item)
            self.tree.scrollToItem(item)

    def show_continue(self, words: str, there: bool) -> None:
        """What the button goes on with."""
        self.go_on.setText(words)
        self.go_on.setVisible(there)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leaves the search for the list; Enter there opens the first that is found."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Down:
                first = self._first()
                if first is not None:
                    self.tree.setCurrentItem(first)
                self.tree.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._find()
                first = self._first()
                if first is not None:
                    self._open(first)
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        gap = self._theme.gap
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.more)
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("Lessons of the course")
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(3), gap(2), gap(3), gap(2))
        column.setSpacing(gap(2))
        column.addLayout(top)
        for widget in (self.go_on, self.nothing):
            column.addWidget(widget)
        column.addWidget(self.tree, 1)
        column.addWidget(self.count)
        self.search.installEventFilter(self)
        self._later.timeout.connect(self._find)
        self.search.textChanged.connect(lambda _text: self._later.start(SEARCH_MS))
        self.go_on.clicked.connect(self.continue_asked)
        self.tree.itemActivated.connect(self._open)
        self.tree.itemClicked.connect(self._click)

    def _fill(self) -> None:
        outline = self._course.outline
        tops: dict[str, QTreeWidgetItem] = {}
        modules: dict[str, QTreeWidgetItem] = {}
        for row in outline.rows:
            top = tops.get(row.series)
            if top is None:
                top = tops[row.series] = QTreeWidgetItem(self.tree, [outline.series[row.series]])
                font = top.font(0)
                font.setWeight(QFont.Weight.DemiBold)
                top.setFont(0, font)
            module = modules.get(row.module)
            if module is None:
                number = f"{row.module}  " if row.module[0].isdigit() else ""
                module = modules[row.module] = QTreeWidgetItem(top, [f"{number}{outline.modules[row.module]}"])
            self._items[row.id] = self._item(module, row)
        for top in tops.values():
            top.setExpanded(True)
        first = next(iter(modules.values()), None)
        if first is not None:
            first.setExpanded(True)

    def _item(self, module: QTreeWidgetItem, row: Row) -> QTreeWidgetItem:
        number = f"{row.id}  " if row.id[0].isdigit() else ""
        item = QTreeWidgetItem(module, [f"{number}{row.title}", ""])
        item.setData(0, ID, row.id)
        return item

    def _mark(self, lesson_id: str) -> str:
        share = self._share(lesson_id)
        if share is None:
            return ""
        return "✓ done" if share >= 1.0 else f"{round(100 * share)} %"

    def _find(self) -> None:
        """Show what matches in title, id, panel or text; everything when nothing is searched for."""
        self._later.stop()
        words = self.search.text().lower().split()
        hits = 0
        for lesson_id, item in self._items.items():
            hit = all(word in self._text(lesson_id) for word in words)
            item.setHidden(not hit)
            hits += hit
        for top in _children(self.tree.invisibleRootItem()):
            for module in _children(top):
                seen = any(not child.isHidden() for child in _children(module))
                module.setHidden(not seen)
                if words:
                    module.setExpanded(seen)
            top.setHidden(all(module.isHidden() for module in _children(top)))
        self.nothing.setVisible(hits == 0)

    def _text(self, lesson_id: str) -> str:
        if lesson_id not in self._search_texts:
            row = self._course.outline.row(lesson_id)
            assert row is not None
            text = f"{row.id} {row.title} {row.panel} {self._course.words(lesson_id)}"
            self._search_texts[lesson_id] = text.lower()
        return self._search_texts[lesson_id]

    def _first(self) -> QTreeWidgetItem | None:
        shown = (item for item in self._items.values() if not item.isHidden())
        written = set(self._course.written())
        every = list(shown)
        return next((item for item in every if item.data(0, ID) in written), every[0] if every else None)

    def _click(self, item: QTreeWidgetItem) -> None:
        if item.data(0, ID):
            self._open(item)
        else:
            item.setExpanded(not item.isExpanded())

    def _open(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        lesson_id = item.data(0, ID)
        if not lesson_id:
            return
        if self._course.has(lesson_id):
            self.opened.emit(lesson_id)
            return
        row = self._course.outline.row(lesson_id)
        assert row is not None
        panel = f"The panel {row.panel} can be opened already." if row.panel in self._panels else "So is its panel."
        self.said.emit(f"Lesson {row.id}, {row.title}, is still to come. {panel}")


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    children = (item.child(k) for k in range(item.childCount()))
    return [child for child in children if child is not None]

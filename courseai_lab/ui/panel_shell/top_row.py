"""The one quiet row above a panel: its name, lessons, seeds, presets, undo, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from courseai_lab.contract import Panel, Preset, Seeds
from courseai_lab.ui.icons import icon, icon_size
from courseai_lab.ui.panel_shell.seeds import SeedsPopover
from courseai_lab.ui.theme import Theme

_STANDARD_TEXT = 13
MAX_LESSONS = 3
PIN = "compare.pin"
"""What ``action_asked`` carries for the pin."""


@dataclass(frozen=True, slots=True)
class ShellAction:
    """One entry of the export menu: ``id`` is what ``action_asked`` carries; an empty ``id`` draws a line."""

    id: str
    text: str
    icon: str = ""


class Elided(QLabel):
    """One line of text that ends in an ellipsis where there is no room; the tooltip has it whole."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, as much of it as fits."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())


class TopRow(QWidget):
    """Buttons leave for the "more" menu, least needed first, where the row is narrow."""

    action_asked = Signal(str)
    """``undo``, ``redo``, ``link``, ``full-screen``, ``close``, ``help``, ``again``, ``lesson:<id>``, an export id."""
    preset_chosen = Signal(object)
    seeds_wished = Signal(object)
    formula_asked = Signal()

    def __init__(self, panel: Panel, theme: Theme, presets: Sequence[Preset], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        self._extra: tuple[ShellAction, ...] = ()
        self.title = Elided(panel.title)
        self.title.setProperty("role", "title")
        self.title.setToolTip(panel.summary)
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._line = QHBoxLayout(self)
        self._line.addWidget(self.title, 1)
        self._line.addWidget(self._lesson_chips())
        self.seeds = SeedsPopover(theme, self)
        self.seeds.wished.connect(self.seeds_wished)
        self.seeds.again_asked.connect(lambda: self.action_asked.emit("again"))
        self.export_menu = QMenu(self)
        self._add("formula", "formula", "Formula", self.formula_asked.emit)
        self._add("presets", "gallery", "Prepared states", None, "Presets")
        self._add("seeds", "seed", "Random seeds", self._show_seeds)
        for name, picture, words in (
            ("undo", "undo", "Undo"),
            ("redo", "redo", "Redo"),
            ("link", "link", "Copy a link to this state"),
        ):
            self._add(name, picture, words, None).clicked.connect(self._asker(name))
        self._add("pin", "pin", "Pin this result as B, to compare", None).clicked.connect(self._asker(PIN))
        self._add("export", "export", "Export", None)
        self._add("full-screen", "full-screen", "Full screen", None).clicked.connect(self._asker("full-screen"))
        self._add("help", "help", "What this panel shows", None).clicked.connect(self._asker("help"))
        self._add("more", "more", "More actions", None)
        self._presets_menu(presets)
        self._menu_button("export", self.export_menu)
        self._overflow = QMenu(self)
        self._overflow.aboutToShow.connect(self._fill_overflow)
        self._menu_button("more", self._overflow)
        self._has_formula = False
        self._has_presets = bool(presets)
        self.set_theme(theme)
        self.set_undo(False, False)

    def button(self, name: str) -> QToolButton:
        """A button by its name."""
        return self._buttons[name]

    def set_actions(self, actions: Sequence[ShellAction]) -> None:
        """What the export menu offers."""
        self._extra = tuple(actions)
        self.export_menu.clear()
        for action in self._extra:
            if action.id:
                self._entry(self.export_menu, action.id, action.text, action.icon)
            else:
                self.export_menu.addSeparator()
        self._arrange()

    def set_undo(self, can_undo: bool, can_redo: bool) -> None:
        """Whether there is something to undo or redo."""
        self._buttons["undo"].setEnabled(can_undo)
        self._buttons["redo"].setEnabled(can_redo)

    def set_pinned(self, pinned: bool) -> None:
        """Whether a B is pinned."""
        words = "Pin this result as B instead" if pinned else "Pin this result as B, to compare"
        self._buttons["pin"].setToolTip(words)
        self._buttons["pin"].setAccessibleName(words)

    def set_seeds(self, seeds: Seeds) -> None:
        """The seeds in force."""
        self.seeds.set_seeds(seeds)

    def set_formula(self, there: bool, words: str) -> None:
        """Whether there is a formula, and what its button does now."""
        self._buttons["formula"].setToolTip(words)
        self._buttons["formula"].setAccessibleName(words)
        if there != self._has_formula:
            self._has_formula = there
            self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._theme = theme
        for button in self._buttons.values():
            button.setIcon(icon(str(button.property("icon_name")), theme, "text"))
            button.setIconSize(icon_size(theme))
        self.seeds.set_theme(theme)
        self._line.setContentsMargins(theme.gap(3), theme.gap(1), theme.gap(2), theme.gap(1))
        self._line.setSpacing(0)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose what has room."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """The title's first letters, presets and the rest in a menu."""
        return QSize(self._theme.text_px * 14, super().minimumSizeHint().height())

    def _arrange(self) -> None:
        width = self.width() * _STANDARD_TEXT / self._theme.text_px
        hidden: set[str] = set()
        if width < 820:
            hidden |= {"link"}
        if width < 760:
            hidden |= {"help"}
        if width < 560:
            hidden |= {"export", "full-screen", "redo"}
        if width < 420:
            hidden |= {"seeds", "undo", "pin"}
        self._chips.setVisible(width >= 560)
        if not self._extra:
            self._buttons["export"].hide()
        for name, button in self._buttons.items():
            shown = name not in hidden and (name != "export" or bool(self._extra))
            shown &= name != "presets" or self._has_presets
            shown &= name != "formula" or self._has_formula
            button.setVisible(shown)
        words = width >= 560
        style = Qt.ToolButtonStyle
        self._buttons["presets"].setToolButtonStyle(
            style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly
        )

    def _add(self, name: str, picture: str, words: str, act: object, text: str = "") -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", picture)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if act is not None:
            button.clicked.connect(act)
        self._buttons[name] = button
        self._line.addWidget(button)
        return button

    def _asker(self, name: str) -> object:
        return lambda: self.action_asked.emit(name)

    def _menu_button(self, name: str, menu: QMenu) -> None:
        self._buttons[name].setMenu(menu)
        self._buttons[name].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _lesson_chips(self) -> QWidget:
        self._chips = QWidget()
        line = QHBoxLayout(self._chips)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for lesson in self._panel.lessons[:MAX_LESSONS]:
            chip = QToolButton()
            chip.setText(lesson)
            chip.setProperty("role", "caption")
            chip.setToolTip(f"Open lesson {lesson}")
            chip.setAccessibleName(f"Lesson {lesson}")
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(self._asker(f"lesson:{lesson}"))
            line.addWidget(chip)
        rest = self._panel.lessons[MAX_LESSONS:]
        if rest:
            more = QToolButton()
            more.setText(f"+{len(rest)}")
            more.setProperty("role", "caption")
            more.setAccessibleName("More lessons")
            more.setToolTip("More lessons that use this panel")
            menu = QMenu(more)
            for lesson in rest:
                self._entry(menu, f"lesson:{lesson}", f"Lesson {lesson}")
            more.setMenu(menu)
            more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            line.addWidget(more)
        return self._chips

    def _presets_menu(self, presets: Sequence[Preset]) -> None:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for preset in presets:
            action = menu.addAction(preset.title)
            action.setToolTip(preset.note)
            action.setData(preset)
        menu.triggered.connect(lambda action: self.preset_chosen.emit(action.data()))
        self._menu_button("presets", menu)

    def _entry(self, menu: QMenu, name: str, words: str, picture: str = "") -> QAction:
        action = menu.addAction(words)
        if picture:
            action.setIcon(icon(picture, self._theme))
        action.triggered.connect(self._asker(name))
        return action

    def _fill_overflow(self) -> None:
        """What has no button now, in the row's order."""
        menu = self._overflow
        menu.clear()
        for name in ("seeds", "undo", "redo", "link"):
            button = self._buttons[name]
            if button.isHidden():
                entry = menu.addAction(icon(str(button.property("icon_name")), self._theme), button.toolTip())
                entry.setEnabled(button.isEnabled())
                entry.triggered.connect(button.click if name != "seeds" else self._show_seeds)
        if self._buttons["export"].isHidden():
            for action in self._extra:
                if action.id:
                    self._entry(menu, action.id, action.text, action.icon)
        for name, asked in (("pin", PIN), ("full-screen", "full-screen"), ("help", "help")):
            button = self._buttons[name]
            if button.isHidden():
                self._entry(menu, asked, button.toolTip(), str(button.property("icon_name")))
        if self._chips.isHidden() and self._panel.lessons:
            menu.addSeparator()
            for lesson in self._panel.lessons:
                self._entry(menu, f"lesson:{lesson}", f"Lesson {lesson}", "book")
        menu.addSeparator()
        self._entry(menu, "close", "Close this panel", "close")

    def _show_seeds(self) -> None:
        button = self._buttons["seeds"]
        self.seeds.show_below(button if button.isVisible() else self._buttons["more"])

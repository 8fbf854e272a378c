"""``PanelShell``: one panel as people see it. Shows what it is told, says what the user wishes; knows no engine."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from courseai_lab.contract import Formula, Mark, Panel, Params, Preset, Seeds
from courseai_lab.ui.formula import FormulaView
from courseai_lab.ui.panel_shell.keys import belongs_to_focus, transport_shortcuts
from courseai_lab.ui.panel_shell.stage import Footer, Stage, VerticalArea
from courseai_lab.ui.panel_shell.top_row import ShellAction, TopRow
from courseai_lab.ui.panel_shell.words import Readings, Sentence, Words
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.param_form import ParamForm
from courseai_lab.ui.theme import Theme, style_sheet
from courseai_lab.ui.transport import Transport

NARROW = 560
VERY_NARROW = 420
LECTURE = 1.8
SPACE = 0.4
"""Space grows so much slower than type."""
_STANDARD_TEXT = 13
MakeFormula = Callable[[Any, Any], Formula | None]
Marks = Callable[[Any, Any], Mapping[str, tuple[Mark, ...]]]

_log = logging.getLogger(__name__)


class PanelShell(QWidget):
    """Title row, formula, picture, form, sentence, transport.

    ``sentence``, ``formula``, ``readings`` and ``marks`` are the functions of the same names of the panel's ``compute``
    module (see ``contract.Compute``), or None. An exception in them or in the view's ``draw`` becomes the error card.
    """

    proposed = Signal(object)
    undo_asked = Signal()
    redo_asked = Signal()
    retry_asked = Signal()
    cancel_asked = Signal()
    preset_chosen = Signal(object)
    link_asked = Signal()
    full_screen_asked = Signal()
    close_asked = Signal()
    frame_seeked = Signal(int)
    play_toggled = Signal(bool)
    step_asked = Signal(int)
    seek_asked = Signal(int)
    speed_changed = Signal(float)
    loop_toggled = Signal(bool)
    restart_asked = Signal()
    action_asked = Signal(str)
    """Anything else: ``help``, ``lesson:<id>``, or the id of an injected action."""

    def __init__(
        self,
        panel: Panel,
        view: PanelView,
        params_type: type[Params],
        look_type: type[Params],
        theme: Theme,
        *,
        presets: Sequence[Preset] = (),
        sentence: Sentence | None = None,
        formula: MakeFormula | None = None,
        readings: Readings | None = None,
        marks: Marks | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.panel = panel
        self.view = view
        self._base_theme = theme
        self._make_formula, self._marks = formula, marks
        self._lecture = False
        self._times = LECTURE
        self._bare = False
        self._drawing_failed = False
        self._folded = False
        self._narrow: bool | None = None
        self._formula_of: tuple[Params, Params] | None = None
        self.setAccessibleName(panel.title)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # From the outside in, each with its parent: moving finished parts into another costs a restyling each time.
        self.top = TopRow(panel, theme, presets, self)
        self.formula = FormulaView(theme, self)
        self._area = VerticalArea(self)
        self._body = QWidget(self._area.viewport())
        self._area.setWidget(self._body)
        self.stage = Stage(view, theme, self._body)
        self._form_area = VerticalArea(self._body)
        self.form = ParamForm(params_type, look_type, theme, self._form_area.viewport())
        self._form_area.setWidget(self.form)
        self.footer = Footer(theme, self)
        self.words = Words(self.footer, self.formula, sentence, readings, self._guarded, self)
        self.transport = Transport(theme, self) if panel.timeline == "steps" else None
        self._build()
        self._connect()
        if self.transport is not None:
            transport_shortcuts(self, self.transport)
        self._dress()
        self._show_formula(params_type(), look_type())

    @property
    def theme(self) -> Theme:
        """The theme worn, larger in lecture mode."""
        if not self._lecture:
            return self._base_theme
        t = self._base_theme
        return dataclasses.replace(
            t,
            text_px=round(t.text_px * self._times),
            title_px=round(t.title_px * self._times),
            caption_px=round(t.caption_px * self._times),
            unit=max(3, round(t.unit * (1 + (self._times - 1) * SPACE))),
        )

    @property
    def picture_port(self) -> QWidget:
        """Where the picture can be seen; with little room it is scrolled in there."""
        return self._area.viewport()

    @property
    def lecture(self) -> bool:
        """Whether it is set for a lecture."""
        return self._lecture

    def set_state(self, params: Params, look: Params, seeds: Seeds, can_undo: bool, can_redo: bool) -> None:
        """Show parameters, display settings and seeds; emits nothing."""
        self.form.set_values(params, look)
        self.top.set_seeds(seeds)
        self.top.set_undo(can_undo, can_redo)
        self._guarded(lambda: self._show_formula(params, look))

    def show_frame(self, frame: Any, params: Params, look: Params) -> None:
        """Draw a frame, and bring sentence, formula readings and slider marks in line with it."""

        def draw() -> None:
            self.view.show_in_turn(frame, params, look, self._guarded)
            self._show_formula(params, look)
            self.words.show_frame(frame, params, look)
            if self._marks is not None:
                self.form.set_marks(self._marks(frame, params))

        self.stage.cover.hide()
        if self._guarded(draw) and self._drawing_failed:
            self.clear_error()

    def set_progress(self, share: float | None, note: str = "") -> None:
        """Show that a computation goes on: ``share`` 0 to 1 or None when unknown, and a word about what is done."""
        self.footer.set_progress(share, note)
        self.stage.cover.say(note)

    def clear_progress(self) -> None:
        """No computation goes on."""
        self.footer.clear_progress()

    def set_error(self, sentence: str, report: str = "") -> None:
        """Show the error card over the picture."""
        self._drawing_failed = False
        self.stage.set_error(sentence, report)

    def clear_error(self) -> None:
        """Take the error card away."""
        self._drawing_failed = False
        self.stage.clear_error()

    def set_field_error(self, field: str, sentence: str) -> None:
        """Say below a control why its value was refused; a clash of several goes into the notice line."""
        if field in self.form.rows:
            self.form.set_error(field, sentence)
        else:
            self.set_notice(sentence)

    def set_timeline(self, index: int, count: int, total: int | None, running: bool, playing: bool) -> None:
        """Where in the recorded frames it is (see ``Transport.set_position``)."""
        self.words.set_playing(playing)
        if self.transport is not None:
            self.transport.set_position(index, count, total, running, playing)

    def set_theme(self, theme: Theme) -> None:
        """Follow a theme."""
        self._base_theme = theme
        self._dress()

    def set_notice(self, text: str) -> None:
        """A sentence such as a fall back to another device; "" takes it away."""
        self.footer.set_notice(text)

    def set_lecture(self, on: bool, times: float = LECTURE) -> None:
        """Only picture, formula, main controls and transport, type so many times as large."""
        if on != self._lecture or (on and times != self._times):
            self._lecture, self._times = on, times
            self.top.setVisible(not on)
            self.form.set_lecture(on)
            self._dress()

    def set_bare(self, on: bool) -> None:
        """The picture alone: without formula, controls, sentence and transport."""
        self._bare = on
        for part in (self._form_area, self.footer, self.transport):
            if part is not None:
                part.setVisible(not on)
        self._arrange()

    def set_actions(self, actions: Sequence[ShellAction]) -> None:
        """What the export menu offers; a choice is emitted by ``action_asked``."""
        self.top.set_actions(actions)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold by width."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Leave to buttons, lists and the picture the keys that they may use themselves."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if belongs_to_focus(event.key(), self, self.view):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that nobody below wanted."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.transport is None or not self.transport.take_key(event.key(), shift):
            super().keyPressEvent(event)

    def _build(self) -> None:
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._body)
        self._split.setContentsMargins(0, 0, 0, 0)
        self._split.addWidget(self.stage, 1)
        self._split.addWidget(self._form_area, 0)
        self._area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.top, 0), (self.formula, 0), (self._area, 1), (self.footer, 0)):
            column.addWidget(widget, stretch)
        if self.transport is not None:
            column.addWidget(self.transport)

        self.form.installEventFilter(self)

    def _connect(self) -> None:
        self.form.proposed.connect(self.proposed)
        self.view.proposed.connect(self.proposed)
        self.top.seeds_wished.connect(self.proposed)
        self.view.sought.connect(self.frame_seeked)
        self.view.notice.connect(self.set_notice)
        self.view.pointed.connect(self._view_points)
        self.form.pointed.connect(self._form_points)
        self.formula.pointed.connect(self._formula_points)
        self.top.preset_chosen.connect(self.preset_chosen)
        self.top.formula_asked.connect(self._formula_asked)
        self.top.action_asked.connect(self._act)
        self.stage.card.retry_asked.connect(self.retry_asked)
        self.stage.paired.connect(self._arrange)
        self.footer.cancel_asked.connect(self.cancel_asked)
        if self.transport is not None:
            for name in ("play_toggled", "step_asked", "seek_asked", "speed_changed", "loop_toggled", "restart_asked"):
                getattr(self.transport, name).connect(getattr(self, name))

    def _act(self, name: str) -> None:
        known = {
            "undo": self.undo_asked,
            "redo": self.redo_asked,
            "link": self.link_asked,
            "full-screen": self.full_screen_asked,
            "close": self.close_asked,
            "again": self.retry_asked,
        }
        if name in known:
            known[name].emit()
        else:
            self.action_asked.emit(name)

    def _view_points(self, name: str) -> None:
        self.form.highlight(name)
        self.formula.highlight(name)

    def _form_points(self, name: str) -> None:
        self.formula.highlight(name)
        self._guarded(lambda: self.view.highlight(name))

    def _formula_points(self, name: str) -> None:
        self.form.highlight(name)
        self._guarded(lambda: self.view.highlight(name))

    def _show_formula(self, params: Params, look: Params) -> None:
        if self._formula_of == (params, look):
            return
        formula = self._make_formula(params, look) if self._make_formula is not None else None
        self._formula_of = (params, look)
        self.formula.set_formula(formula if formula is not None else Formula(""))
        self._arrange_formula()

    def _guarded(self, draw: Callable[[], None]) -> bool:
        """Run drawing code of a panel; what it raises becomes the error card, so the window lives."""
        try:
            draw()
        except Exception as error:
            if not self._drawing_failed:  # once, and not sixty times a second
                _log.exception("drawing %s failed", self.panel.id)
            self.stage.set_error(
                f"This picture could not be drawn ({type(error).__name__}). Changing a parameter or Retry may help.",
                f"panel: {self.panel.id}\n{traceback.format_exc()}",
            )
            self._drawing_failed = True
            return False
        return True

    def _dress(self) -> None:
        theme = self.theme
        # Only a lecture needs a style sheet of its own: everywhere else the application's fits.
        self.setStyleSheet(style_sheet(theme) if self._lecture else "")
        for part in (self.top, self.formula, self.form, self.stage, self.footer):
            part.set_theme(theme)
        if self.transport is not None:
            self.transport.set_theme(theme)
        self._guarded(lambda: self.view.set_theme(theme))
        self._narrow = None
        self._arrange()

    def _unit_width(self) -> float:
        """Width in standard letters, so that large type folds earlier."""
        return self.width() * _STANDARD_TEXT / self.theme.text_px

    def _arrange(self) -> None:
        narrow = self._unit_width() < NARROW
        theme = self.theme
        if narrow != self._narrow:
            self._narrow = narrow
            direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._split.setDirection(direction)
            self._split.setSpacing(theme.gap(1))
            self._form_area.setVerticalScrollBarPolicy(
                Qt.ScrollBarPolicy.ScrollBarAlwaysOff if narrow else Qt.ScrollBarPolicy.ScrollBarAsNeeded
            )
        if narrow:
            # The form's height follows its width; a bar that comes and goes would change both for ever.
            self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
            self._form_area.setMinimumWidth(0)
            self._form_area.setMaximumWidth(16_777_215)
            self._fit_form_height()
            height = max(200, round(min(self.width() * 0.7, self.height() * 0.5)))
            self.stage.setMinimumHeight(height * self.stage.stacked)
        else:
            self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
            self._form_area.setMinimumHeight(0)
            self._form_area.setMaximumHeight(16_777_215)
            self._form_area.setFixedWidth(min(self.width() // 3, theme.text_px * 26))
            self.stage.setMinimumHeight(120)
        self._arrange_formula()

    def _fit_form_height(self) -> None:
        layout = self.form.layout()
        assert layout is not None
        width = self._area.viewport().width() or self.width()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        if height != self._form_area.minimumHeight() or height != self._form_area.maximumHeight():
            self._form_area.setFixedHeight(height)

    def _arrange_formula(self) -> None:
        behind = self._unit_width() < VERY_NARROW and not self._lecture
        has = bool(self.formula.formula.tex.strip())
        words = "Show the formula" if behind or self._folded else "Fold the formula away"
        self.top.set_formula(has, words)
        shown = has and not behind and not self._folded and not self._bare
        self.formula.setVisible(shown)
        if shown:
            # A layout that is short of room would otherwise cut the fractions first.
            self.formula.setMinimumHeight(self.formula.heightForWidth(self.width()))

    def _formula_asked(self) -> None:
        if self._unit_width() < VERY_NARROW:
            self.formula.open_large()
        else:
            self._folded = not self._folded
            self._arrange_formula()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """The form's height follows its content where it is folded under the picture."""
        if self._narrow and event.type() == QEvent.Type.LayoutRequest:
            self._fit_form_height()
        return super().eventFilter(watched, event)

"""One open panel in the window: binds its session (engine) to its shell (ui)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from courseai_lab.contract import LabError, Panel, Preset, State
from courseai_lab.contract.state import state_from_json
from courseai_lab.engine.core import Engine
from courseai_lab.ui.panel_shell import PanelShell, ShellAction
from courseai_lab.ui.panel_view import ViewSettings
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.contract import Selection
    from courseai_lab.contract.rules import Rules

log = logging.getLogger(__name__)
EXPORTS = (
    ShellAction("panel.export", "Export figure…", "image"),
    ShellAction("edit.copy-figure", "Copy picture", "copy"),
    ShellAction("panel.data", "Export data…", "table"),
    ShellAction("panel.values", "Values as table", "table"),
    ShellAction("panel.code", "Export code…", "formula"),
    ShellAction("panel.copy-code", "Copy code", "copy"),
    ShellAction("panel.notebook", "Export notebook…", "book"),
)
"""What the shell's export menu offers: commands of the window, by id."""


class PanelHost(QObject):
    """Made by the window for each panel it opens; ``close`` undoes everything ``__init__`` did."""

    said = Signal(str)
    """One sentence for the status line."""
    state_changed = Signal()
    drawn = Signal()
    pinned_changed = Signal()
    """The panel has another B, or none."""

    def __init__(self, engine: Engine, panel: Panel, state: State, theme: Theme, opengl: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.panel = panel
        self.pinned: Mapping[str, Any] | None = None
        """The state (JSON) of the result that this one is compared with: B."""
        self._engine = engine
        self.presets = panel.presets()
        compute = panel.compute()
        view = panel.view()(ViewSettings(theme, opengl))
        self.shell = PanelShell(
            panel,
            view,
            compute.Params,
            compute.Look,
            theme,
            presets=self.presets,
            sentence=compute.sentence,
            formula=getattr(compute, "formula", None),
            readings=getattr(compute, "readings", None),
            marks=getattr(compute, "marks", None),
        )
        self.shell.set_actions(EXPORTS)
        self.session = engine.open(panel, state)
        self.view = view
        try:
            self._connect()
            self._show_state()
        except BaseException:
            # What cannot be shown must not stay behind, unseen, in the engine.
            self.close()
            raise

    def close(self) -> None:
        """Stop the run, give back the view."""
        self._engine.close_session(self.session)
        self.shell.setParent(None)
        self.shell.deleteLater()
        self.deleteLater()

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self.shell.set_theme(theme)

    def load_json(self, data: Any, label: str) -> None:
        """Take a state as JSON; what is wrong with it is said, and nothing changes."""
        try:
            self.session.load(state_from_json(self.panel, data), label)
        except LabError as error:
            self.said.emit(str(error))

    def set_rules(self, rules: Rules) -> None:
        """What a lesson hides, locks or limits here; ``Rules()`` takes it back."""
        self.session.rules = rules
        self.shell.form.set_rules(rules)

    def set_pinned(self, pinned: Mapping[str, Any] | None) -> None:
        """Compare with this state (JSON), or with nothing. What is wrong with it is said, and nothing is pinned."""
        try:
            if pinned is not None:
                state_from_json(self.panel, pinned)
        except LabError as error:
            self.said.emit(f"B was left out. {error}")
            pinned = None
        if pinned != self.pinned:
            self.pinned = pinned
            self.pinned_changed.emit()
            self.state_changed.emit()

    def copy_link(self) -> None:
        """Put a link to this very state on the clipboard."""
        from courseai_lab.app.sharing import panel_link

        try:
            shared = panel_link(self.session.snapshot())
            QGuiApplication.clipboard().setText(shared.text)
            self.said.emit(shared.sentence)
        except LabError as error:
            self.said.emit(str(error))

    def selections(self) -> tuple[Selection, ...]:
        """What the panel looks at, by its own word; nothing while it shows nothing."""
        make = getattr(self.panel.compute(), "selections", None)
        session = self.session
        if make is None or session.frame is None:
            return ()
        return tuple(make(session.frame, session.state.current, session.state.look))

    def follow(self, selection: Selection) -> bool:
        """Follow what another panel looks at, in its state and on its picture. Returns whether the state follows."""
        session, patch = self.session, None
        followed = getattr(self.panel.compute(), "followed", None)
        if followed is not None and session.frame is not None:
            state = session.state
            patch = followed(selection, session.frame, state.current, state.look)
            if patch:
                session.propose(replace(patch, follows=True))
        self.view.follow(selection)
        return bool(patch)

    def _connect(self) -> None:
        shell, session = self.shell, self.session
        shell.proposed.connect(session.propose)
        shell.undo_asked.connect(session.undo)
        shell.redo_asked.connect(session.redo)
        shell.retry_asked.connect(session.retry)
        shell.cancel_asked.connect(session.cancel)
        shell.preset_chosen.connect(self.load_preset)
        shell.link_asked.connect(self.copy_link)
        shell.play_toggled.connect(session.play)
        shell.step_asked.connect(session.step)
        shell.seek_asked.connect(session.seek)
        shell.frame_seeked.connect(session.seek)
        shell.speed_changed.connect(session.set_speed)
        shell.loop_toggled.connect(session.set_loop)
        shell.restart_asked.connect(session.restart)
        shell.top.seeds.opening.connect(self._offer_seeds)
        self.view.notice.connect(self.said)
        session.state_changed.connect(self._show_state)
        session.frame_changed.connect(self._show_frame)
        session.timeline_changed.connect(self._show_timeline)
        session.progress_changed.connect(self._show_progress)
        session.failed.connect(self._show_error)
        session.recovered.connect(shell.clear_error)
        session.rejected.connect(self._reject)
        session.noticed.connect(shell.set_notice)

    def load_preset(self, preset: Preset) -> None:
        """Take a prepared state and say what to notice; a lesson's rules hold for it too."""
        try:
            state = state_from_json(self.panel, preset.state)
            self.session.rules.check_state(self.session.state, state)
        except LabError as error:
            self.said.emit(str(error))
            return
        self.session.load(state, preset.title)
        self.said.emit(preset.note)

    def _offer_seeds(self) -> None:
        self.shell.top.seeds.set_streams(self.session.streams)

    def _reject(self, field: str, sentence: str) -> None:
        self.shell.set_field_error(field, sentence)
        self.said.emit(sentence)

    def _show_error(self, sentence: str, report: str) -> None:
        from courseai_lab.app.report import panel_report

        log.warning("%s: %s", self.panel.id, sentence)
        self.shell.set_error(sentence, panel_report(report, self._engine.device))

    def _show_state(self) -> None:
        state = self.session.state
        store = self.session.store
        self.shell.set_state(self.session.wished, state.look, state.seeds, store.can_undo, store.can_redo)
        self.state_changed.emit()

    def _show_frame(self) -> None:
        state = self.session.state
        self.shell.show_frame(self.session.frame, state.current, state.look)
        self.drawn.emit()

    def _show_timeline(self) -> None:
        s = self.session
        self.shell.set_timeline(s.index, s.timeline.count, s.total, s.running, s.playback.playing)

    def _show_progress(self, progress: tuple[float | None, str] | None) -> None:
        if progress is None:
            self.shell.clear_progress()
        else:
            self.shell.set_progress(*progress)

"""The main window: docks, gallery, palette, status line, and what joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QMessageBox

from courseai_lab import __version__
from courseai_lab.app.actions import Actions
from courseai_lab.app.autosave import Autosave
from courseai_lab.app.commands import register
from courseai_lab.app.course.kept import saved_course
from courseai_lab.app.docks import Docks
from courseai_lab.app.document import Document
from courseai_lab.app.explanation import explanation
from courseai_lab.app.features import attach
from courseai_lab.app.gallery import Gallery
from courseai_lab.app.log import note_failure
from courseai_lab.app.opening import Opener, dropped
from courseai_lab.app.palette import Choice, Palette
from courseai_lab.app.recent_menu import RecentMenu
from courseai_lab.app.recovery import Recovery
from courseai_lab.app.restart import Restart
from courseai_lab.app.settings import SettingsFile
from courseai_lab.app.status import StatusLine
from courseai_lab.app.thumbnails import Thumbnails
from courseai_lab.app.workspace import Opened, Workspace, WorkspaceFile, workspace_from_json
from courseai_lab.contract import LabError, Panel
from courseai_lab.engine.devices import Device
from courseai_lab.ui.theme import Theme, ThemeManager

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.engine.core import Engine

RATE_EVERY_MS = 1000
EXIT_MS = 2000
TITLE = "CourseAI Lab"


class MainWindow(QMainWindow):
    """Everything the user sees. ``folder`` keeps settings and the saved window, ``cache`` the gallery's pictures.

    ``safe``: default settings, an empty window, and nothing of the user's is overwritten.
    """

    panel_opened = Signal(QObject)
    """The ``PanelHost`` of a panel that has just been docked."""
    panel_closed = Signal(QObject)
    """The ``PanelHost`` of a panel that is about to go."""

    def __init__(
        self,
        panels: Sequence[Panel],
        themes: ThemeManager,
        folder: Path,
        cache: Path,
        opengl: Callable[[], bool],
        thumbnails: bool = True,
        safe: bool = False,
    ) -> None:
        super().__init__()
        self.resize(1360, 860)
        self.setMinimumSize(420, 400)
        self.setAcceptDrops(True)
        self.panels = tuple(panels)
        self.themes = themes
        self.safe = safe
        self.settings = SettingsFile(folder, safe)
        self._saved = WorkspaceFile(folder)
        self.opengl = opengl
        self._cache = cache
        self._makes_thumbnails = thumbnails
        self._started: Engine | None = None
        self.docks = Docks(self)
        self.opener = Opener(self, folder / "carried")
        self.document = Document(self)
        self.recovery = Recovery(folder / "recovery")
        self.autosave = Autosave(self, self.recovery)
        self.actions_registry = Actions(self)
        self._frames = 0
        self._used = ""
        self._rate_timer = QTimer(self)
        self._rate_timer.setInterval(RATE_EVERY_MS)
        self._build()
        self.restart = Restart(self, self._saved)
        self.features = attach(self)
        register(self)
        self._menus = self.actions_registry.build_menus(self.menuBar())
        self._recent = RecentMenu(self._menus["Lab"], self.document)
        self._connect()
        self.set_theme(themes.theme)
        self._follow_docks()

    @property
    def engine(self) -> Engine:
        """What runs the panels; made with the first of them, so that the window does not wait for it."""
        if self._started is None:
            from courseai_lab.engine.core import Engine

            self._started = Engine(self.settings.value.device, parent=self)
            self._started.devices_found.connect(self._show_devices)
            self._started.status_changed.connect(self._show_devices_if_changed)
        return self._started

    def open_panel(self, name: str, state: Mapping[str, Any] | None = None, dock_name: str = "") -> PanelHost | None:
        """Open a panel (another copy, when it is open already); what is wrong is said. None when it did not open."""
        return self.opener.panel(name, state, dock_name)[0]

    def take_in(self, host: PanelHost, dock_name: str) -> None:
        """Dock a panel that was just made."""
        host.said.connect(self.status.say)
        host.state_changed.connect(self.autosave.note_change)
        host.state_changed.connect(self.actions_registry.refresh)
        host.drawn.connect(self._count_frame)
        host.shell.full_screen_asked.connect(self.docks.toggle_full_screen)
        host.shell.action_asked.connect(self._act_on_panel)
        host.session.progress_changed.connect(self._show_progress)
        dock = self.docks.add(dock_name, host, self.themes.theme)
        host.shell.close_asked.connect(dock.close)
        self.show_gallery(False)
        # The keyboard goes with the eyes: Space and arrows reach the new panel at once.
        host.shell.setFocus()
        self.panel_opened.emit(host)
        self.autosave.note_change()

    def open_target(self, target: str) -> None:
        """Open a link, a command, a lab file or an exported figure; what is wrong is said."""
        self.document.open(target)

    def open_state(self, data: Mapping[str, Any]) -> None:
        """Open a state given as JSON."""
        try:
            self.open_workspace(workspace_from_json(data))
        except LabError as error:
            self.status.say(str(error))

    def open_workspace(self, workspace: Workspace) -> None:
        """Open several panels with their arrangement; what cannot be opened is left out and said."""
        self.document.open_state(workspace)

    def restore_last(self) -> None:
        """Open what was open when the lab was closed, guarded against an arrangement that kills."""
        self.restart.open_last()

    def workspace(self) -> Workspace:
        """The window as it is now."""
        panels = tuple(Opened(d.objectName(), d.host.session.snapshot().to_json(), d.host.pinned) for d in self.docks)
        file = str(self.document.path or "")
        geometry = bytes(self.saveGeometry().data())
        course = saved_course(self)
        return Workspace(panels, self.docks.save(), geometry, file=file, modified=self.document.modified, course=course)

    @property
    def host(self) -> PanelHost | None:
        """The panel in use."""
        return self.docks.current.host if self.docks.current is not None else None

    @property
    def has_frame(self) -> bool:
        """Whether the panel in use shows a frame."""
        return self.host is not None and self.host.session.frame is not None

    def show_gallery(self, on: bool) -> None:
        """Show or hide the gallery; without open panels it always shows."""
        if on:
            self.docks.leave_full_screen()
        self.gallery.setVisible(on or len(self.docks) == 0)
        if self.gallery.isVisible():
            self._place_gallery()
            self.gallery.raise_()
            self.gallery.focus_search()
        self.actions_registry.refresh()

    def open_palette(self) -> None:
        """Show the command palette over everything that can be done now."""
        self.docks.leave_full_screen()
        choices = [
            Choice(c.id, c.text, c.hint, self.actions_registry.keys(c.id))
            for c in self.actions_registry
            if c.enabled is None or c.enabled()
        ]
        if self.host is not None:
            choices += [Choice(f"preset:{p.id}", f"Preset: {p.title}", p.note) for p in self.host.presets]
        self.palette_box.open(choices)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme everywhere."""
        self.gallery.set_theme(theme)
        self.restart.set_theme(theme)
        self.status.set_theme(theme)
        self.actions_registry.set_theme(theme)
        for dock in self.docks:
            dock.set_theme(theme)
        self.thumbnails.show_known(self.panels, theme.name)
        if self._makes_thumbnails and self.isVisible():
            self.thumbnails.make()

    def change_settings(self, **values: Any) -> None:
        """Change and remember settings: theme, font scale, device."""
        self.settings.change(**values)
        value = self.settings.value
        if "device" in values:
            self.engine.choose_device(value.device)
        if "theme" in values or "font_scale" in values:
            self.themes.set(value.theme, value.font_scale)
        self.actions_registry.refresh()

    def settle(self) -> None:
        """What can wait until the window stands: look for accelerators, draw the gallery's missing pictures."""
        self.engine.look_for_devices()
        if self._makes_thumbnails:
            self.thumbnails.make()

    def about(self) -> None:
        """What this is."""
        QMessageBox.about(
            self,
            "About CourseAI Lab",
            f"<b>CourseAI Lab {__version__}</b><p>Live panels that show how deep learning works, from a line through "
            "points to Stable Diffusion. Every picture is computed here, from what you set.</p>"
            "<p>MIT licence. Qt (LGPL), PyTorch, NumPy, Numba, pyqtgraph, vispy, ziamath; fonts Inter and "
            "JetBrains Mono (SIL OFL). Their full texts: Help, Licences.</p>",
        )

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Save, stop everything, and go; a kernel that does not stop is left behind by ``bootstrap``."""
        if not self.isVisible() or self.document.may_close():
            self._rate_timer.stop()
            self._leave_kept()
        else:
            event.ignore()
            return
        self.thumbnails.stop()
        self.docks.leave_full_screen()
        for dock in self.docks:
            dock.hide()
        self.ended_cleanly = self._started is None or self._started.shut_down(EXIT_MS)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The gallery covers the whole client area."""
        super().resizeEvent(event)
        self._place_gallery()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """A minimised window computes nothing."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.docks.follow_visibility()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Lab files, exported figures and links can be dropped anywhere."""
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open what was dropped."""
        for number, target in enumerate(dropped(event.mimeData())):
            event.acceptProposedAction()
            self.document.open(target, beside=number > 0)

    def _build(self) -> None:
        theme = self.themes.theme
        self.gallery = Gallery(self.panels, theme, self)
        self.palette_box = Palette(self)
        self.status = StatusLine(theme)
        self.setStatusBar(self.status)
        self.thumbnails = Thumbnails(self._cache, self)
        self.ended_cleanly = True

    def _connect(self) -> None:
        self.themes.changed.connect(self.set_theme)
        self.gallery.opened.connect(self._open_from_gallery)
        self.gallery.dismissed.connect(self._dismiss_gallery)
        self.palette_box.chosen.connect(self._take_choice)
        self.docks.changed.connect(self._follow_docks)
        self.docks.closed.connect(self._panel_closed)
        self.thumbnails.ready.connect(self._show_thumbnail)
        self.status.device_chosen.connect(self._choose_device)
        self.status.cancel_asked.connect(self._cancel)
        self.document.changed.connect(self._show_document)
        self._rate_timer.timeout.connect(self._show_rate)
        self._rate_timer.start()
        self._show_devices()
        self._show_document()

    def _place_gallery(self) -> None:
        top = self.menuBar().height()
        self.gallery.setGeometry(0, top, self.width(), self.height() - top - self.status.height())

    def _open_from_gallery(self, name: str) -> None:
        self.open_panel(name)

    def _dismiss_gallery(self) -> None:
        self.show_gallery(False)

    def _take_choice(self, name: str) -> None:
        kind, _, rest = name.partition(":")
        if kind != "preset":
            self.actions_registry.run(name)
        elif self.host is not None:
            preset = next((p for p in self.host.presets if p.id == rest), None)
            if preset is not None:
                self.host.load_preset(preset)

    def _follow_docks(self) -> None:
        if len(self.docks) == 0:
            self.show_gallery(True)
        self.status.show_progress(self.host.session.progress if self.host is not None else None)
        self._show_rate()
        self.autosave.note_change()
        self.actions_registry.refresh()

    def _act_on_panel(self, name: str) -> None:
        sender = self.sender()
        for dock in self.docks:
            if dock.host.shell is sender:
                self.docks.show_dock(dock)
        if name == "help":
            self._explain()
        elif not name.startswith("lesson:"):
            # A lesson is the course's to open.
            self.actions_registry.run(name)

    def _explain(self) -> None:
        """What the panel in use shows, and what to notice in its prepared states."""
        if self.host is not None:
            QMessageBox.information(self, self.host.panel.title, explanation(self.host))

    def _panel_closed(self, host: PanelHost) -> None:
        self.panel_closed.emit(host)
        self.autosave.note_change()

    def _choose_device(self, choice: str) -> None:
        self.change_settings(device=choice)
        self._show_devices()

    def _show_devices(self) -> None:
        engine = self._started
        if engine is None:
            self.status.show_devices((Device("cpu", "CPU"),), self.settings.value.device, "cpu")
            return
        self._used = engine.device
        self.status.show_devices(engine.devices, engine.choice, self._used)

    def _show_devices_if_changed(self) -> None:
        if self.engine.device != self._used:
            self._show_devices()

    def _cancel(self) -> None:
        if self.host is not None:
            self.host.session.cancel()

    def _show_progress(self, progress: tuple[float | None, str] | None) -> None:
        """Only the panel in use speaks: what others begin or end must not cover it."""
        if self.host is not None and self.sender() is self.host.session:
            self.status.show_progress(progress)

    def _show_thumbnail(self, name: str, picture: QPixmap) -> None:
        self.gallery.set_picture(name, picture)

    def _count_frame(self) -> None:
        if self.sender() is self.host:
            self._frames += 1

    def _show_rate(self) -> None:
        frames, self._frames = self._frames, 0
        host = self.host
        if host is None or host.session.frame is None:
            self.status.show_figures(None, None)
        else:
            self.status.show_figures(host.session.seconds, float(frames) if frames else None)

    def _leave_kept(self) -> None:
        """The window as it is now is what opens next time; when it cannot be saved, the recovery file stays."""
        saved = False
        try:
            saved = self.safe or self._saved.save(self.document.as_left())
        except Exception:
            # Whatever a state may hold: the window closes all the same, and the last save stays.
            note_failure("The window could not be saved.")
        self.autosave.close(saved)

    def _show_document(self) -> None:
        """The file's name in the title, with the system's own mark for unsaved changes."""
        name = f"{self.document.name}[*] – " if self.document.name else ""
        self.setWindowTitle(f"{name}{TITLE}{' (safe mode)' if self.safe else ''}")
        self.setWindowModified(self.document.modified)

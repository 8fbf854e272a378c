"""Taking things out of the window: figures, animations, data, code, notebooks, and the values as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from courseai_lab.contract import LabError

if TYPE_CHECKING:
    from courseai_lab.app.background_job import BackgroundJob
    from courseai_lab.app.export_window import Choice
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow

STEPS = 1000


class JobLine(QWidget):
    """In the status line: what is being exported, how far it is, and a button that stops it."""

    def __init__(self, name: str, job: BackgroundJob) -> None:
        super().__init__()
        self._name = name
        self._words = QLabel(name)
        self._bar = QProgressBar()
        self._bar.setMaximumWidth(140)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, STEPS)
        self._bar.setAccessibleName(f"Progress of {name}")
        stop = QToolButton()
        stop.setText("Stop")
        stop.setToolTip(f"Do not write {name}")
        stop.setAccessibleName(f"Stop {name}")
        stop.clicked.connect(job.cancel)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self._words, self._bar, stop):
            line.addWidget(widget)
        job.progressed.connect(self.show_progress)

    def show_progress(self, done: float, words: str) -> None:
        """A share below 0: nobody knows how far."""
        self._words.setText(f"{self._name}: {words}")
        self._bar.setRange(0, 0 if done < 0 else STEPS)
        self._bar.setValue(round(max(0.0, done) * STEPS))


class Exports(QObject):
    """One for the window. Long exports go on beside it; they end with the window, or when their panel closes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._running: dict[BackgroundJob, tuple[PanelHost, JobLine, str]] = {}
        window.panel_opened.connect(self._speak)
        window.panel_closed.connect(self._leave)

    @property
    def running(self) -> tuple[BackgroundJob, ...]:
        """The exports that are under way."""
        return tuple(self._running)

    def ask_figure(self) -> None:
        """Open the export dialog over the panel in use."""
        from courseai_lab.app.animation import ffmpeg
        from courseai_lab.app.export_dialog import ExportDialog
        from courseai_lab.app.export_window import choice_from

        w, host = self._window, self._host()
        last = choice_from(w.settings.value.export)
        dialog = ExportDialog(host, w.themes.theme, last, ffmpeg() is not None, w)
        dialog.save_asked.connect(lambda choice: self._save_figure(host, choice, dialog))
        dialog.copy_asked.connect(lambda choice: self._copy_figure(host, choice))
        dialog.finished.connect(lambda _: w.settings.change(export=dialog.choice.pairs()))
        # A panel that is closed takes its dialog along.
        self._window.panel_closed.connect(dialog.leave)
        dialog.open()

    def save_figure(self, host: PanelHost, choice: Choice, path: Path) -> None:
        """Write the figure as chosen; an animation is made beside the window. What goes wrong is said."""
        from courseai_lab.app.export_window import export_figure

        if choice.moving:
            self._say_error(path, lambda: self._animate(host, choice, path))
        else:
            self._said(path, lambda: export_figure(host, self._window.themes.theme, path, choice))

    def ask_data(self) -> None:
        """Ask for a file for the arrays of the frame on screen."""
        from courseai_lab.app.export_window import export_data

        host = self._host()
        kinds = "NumPy arrays (*.npz);;CSV table (*.csv);;JSON (*.json)"
        path = self._ask("Export data", f"{host.panel.id}.npz", kinds)
        if path is not None:
            self._said(path, lambda: export_data(host, path))

    def ask_code(self) -> None:
        """Ask for a file for the panel's mathematics as a program."""
        from courseai_lab.app.code_export import panel_script, save_code

        host = self._host()
        try:
            panel_script(host.panel, host.session.state)
        except LabError as error:
            self._window.status.say(str(error))
            return
        path = self._ask("Export code", f"{host.panel.id.replace('-', '_')}.py", "Python program (*.py)")
        if path is not None:
            self._said(path, lambda: save_code(host.panel, host.session.state, path))

    def copy_code(self) -> None:
        """Put the program on the clipboard."""
        from courseai_lab.app.code_export import panel_script

        host = self._host()
        try:
            text = panel_script(host.panel, host.session.state)
        except LabError as error:
            self._window.status.say(str(error))
            return
        QGuiApplication.clipboard().setText(text)
        self._window.status.say(f"{len(text.splitlines())} lines of Python are on the clipboard.")

    def ask_notebook(self) -> None:
        """Ask for a file for the notebook, whose numbers are then computed beside the window."""
        from courseai_lab.app.code_export import panel_script

        host = self._host()
        try:
            panel_script(host.panel, host.session.state)
        except LabError as error:
            self._window.status.say(str(error))
            return
        path = self._ask("Export notebook", f"{host.panel.id}.ipynb", "Jupyter notebook (*.ipynb)")
        if path is not None:
            self.save_notebook(host, path)

    def save_notebook(self, host: PanelHost, path: Path) -> None:
        """Compute the run to its end and write the notebook, beside the window."""
        from courseai_lab.app.background_job import ComputeJob
        from courseai_lab.app.notebook import save_notebook

        panel, state = host.panel, host.session.state
        self._start(host, ComputeJob(lambda report: save_notebook(panel, state, path, report), self), path)

    def show_values(self) -> None:
        """The values behind the picture of the panel in use, as tables."""
        from courseai_lab.ui.values_table import ValuesTable

        host = self._host()
        ValuesTable.show_over(host.view, host.panel.title)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window goes: what is still being written is left."""
        if event.type() == QEvent.Type.Hide and watched is self._window and not event.spontaneous():
            for job in self.running:
                job.wait()
                self._forget(job)
        return False

    def _host(self) -> PanelHost:
        host = self._window.host
        assert host is not None
        return host

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        chosen, kind = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        # A name without an ending gets that of the kind chosen.
        return path if path.suffix else path.with_suffix(kind[kind.rindex("*") + 1 : -1])

    def _save_figure(self, host: PanelHost, choice: Choice, dialog: QWidget) -> None:
        from courseai_lab.app.export_window import KINDS

        path = self._ask("Export figure", f"{host.panel.id}{choice.kind}", f"{KINDS[choice.kind]} (*{choice.kind})")
        if path is not None:
            dialog.close()
            self.save_figure(host, choice, path)

    def _copy_figure(self, host: PanelHost, choice: Choice) -> None:
        from courseai_lab.app.export_window import figure_mime

        QGuiApplication.clipboard().setMimeData(figure_mime(host, self._window.themes.theme, choice))
        self._window.status.say("The picture is on the clipboard.")

    def _animate(self, host: PanelHost, choice: Choice, path: Path) -> None:
        from courseai_lab.app.animation import check
        from courseai_lab.app.background_job import AnimationJob
        from courseai_lab.app.export_window import figure_of, shots_of

        check(path)
        figure = figure_of(host, self._window.themes.theme, choice)
        self._start(host, AnimationJob(shots_of(host), figure, path, self), path)

    def _start(self, host: PanelHost, job: BackgroundJob, path: Path) -> None:
        line = JobLine(path.name, job)
        self._window.status.insertPermanentWidget(0, line)
        line.show()
        self._running[job] = (host, line, path.name)
        # Only while something is under way: every event of the window passes here.
        self._window.installEventFilter(self)
        job.ended.connect(lambda sentence: self._end(job, sentence))
        job.start()

    def _end(self, job: BackgroundJob, sentence: str) -> None:
        if job not in self._running:
            return
        name = self._running[job][2]
        stopped = f"{name} was not written: it was stopped." if job.cancelled else f"Saved {name}."
        self._forget(job)
        self._window.status.say(sentence or stopped)

    def _forget(self, job: BackgroundJob) -> None:
        _, line, _ = self._running.pop(job)
        self._window.status.removeWidget(line)
        line.deleteLater()
        job.deleteLater()
        if not self._running:
            self._window.removeEventFilter(self)

    def _speak(self, host: PanelHost) -> None:
        """Its pictures describe themselves to screen readers."""
        from courseai_lab.ui.spoken import Spoken

        host.drawn.connect(Spoken(host.view).touch)

    def _leave(self, host: PanelHost) -> None:
        for job, (owner, _, _) in self._running.items():
            if owner is host:
                job.cancel()

    def _said(self, path: Path, work: Callable[[], None]) -> None:
        if self._say_error(path, work):
            self._window.status.say(f"Saved {path.name}.")

    def _say_error(self, path: Path, work: Callable[[], None]) -> bool:
        try:
            work()
            return True
        except LabError as error:
            self._window.status.say(str(error))
        except OSError as error:
            self._window.status.say(f"{path.name} could not be saved: {error.strerror or error}.")
        return False

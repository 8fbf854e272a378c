"""The window of a sweep: what is swept, the pictures as they come, and what a click on one does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
)

from courseai_lab.app import sweep_plan as plan
from courseai_lab.app.figures import Figure, Shot, save_drawn
from courseai_lab.app.sweep_run import SweepRun
from courseai_lab.app.sweep_sheet import Drawn, Scales, Sheet, Stage, scale_words
from courseai_lab.contract import FieldSpec, LabError
from courseai_lab.ui.scroll_room import scroll_room
from courseai_lab.ui.sweep_view import AxisRow, Choice, SweepGrid
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow

ROWS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3, 10: 4, 11: 4, 12: 4}
"""Pictures beside each other, by how many there are, when one parameter is swept."""


class SweepWindow(QDialog):
    """Beside the window, and not in its way: the panel can be worked on while its sweep is computed."""

    def __init__(self, window: MainWindow, host: PanelHost) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self._window, self._host = window, host
        self._theme: Theme = window.themes.theme
        self.setWindowTitle(f"Sweep: {host.panel.title}")
        self.specs: tuple[FieldSpec, ...] = plan.sweepable(host.session.state)
        self.cells: list[plan.Cell] = []
        self.drawn: dict[int, Drawn] = {}
        self.scales: Scales = {}
        self._failed: set[int] = set()
        self._across = 1
        self._run: SweepRun | None = None
        self._stage: Stage | None = None
        self._redraw: list[int] = []
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._redraw_one)
        self._build()
        self._offer()
        window.themes.changed.connect(self._dress)
        self._dress(self._theme)
        self.resize(min(1100, window.width()), min(820, window.height()))

    @property
    def running(self) -> bool:
        """Whether cells are still being computed, or drawn anew on the common scales."""
        return (self._run is not None and self._run.running) or bool(self._redraw)

    def compute(self) -> None:
        """Compute every cell in turn; a sweep under way is left."""
        self.stop()
        try:
            axes = self._axes()
        except LabError as error:
            self._complain(str(error))
            return
        state, session = self._host.session.state, self._host.session
        self.cells = plan.cells(state, axes)
        self.drawn, self.scales = {}, {}
        self._failed.clear()
        self._across = ROWS[len(self.cells)] if len(axes) == 1 else len(axes[1].values)
        # A run computed ahead that is followed to its newest frame ends at its end, though it may still be under way.
        followed = session.panel.ahead and session.playback.index is None
        at_end = followed or (session.total is not None and session.index >= session.total - 1)
        wanted = None if self._host.panel.timeline != "steps" or at_end else max(0, session.index)
        self.grid.show_cells([cell.title for cell in self.cells], self._across)
        self._place()
        self._complain("")
        self.sentence.setText("")
        if self._stage is None:
            self._stage = Stage(self._host.panel, self._theme)
        self._run = SweepRun(self._window.engine, self._host.panel, self.cells, wanted, self)
        self._run.drawn.connect(self._take)
        self._run.failed.connect(self._fail)
        self._run.progressed.connect(self._progress)
        self._run.ended.connect(self._end)
        self._show_running(True)
        self._run.start()

    def stop(self) -> None:
        """Leave the rest; what has been computed stays."""
        self._redraw.clear()
        self._later.stop()
        if self._run is not None:
            unfinished = self._run.running
            self._run.cancel()
            self._run.deleteLater()
            self._run = None
            if unfinished:
                for number, cell in enumerate(self.grid.cells):
                    if number not in self.drawn and number not in self._failed:
                        cell.show_note("not computed")
        self._show_running(False)

    def take(self, number: int) -> None:
        """Make a cell the state that is worked on; one step of the history."""
        one = self.drawn[number]
        state = one.shot.state
        if self._host.panel.timeline == "steps":
            state = replace(state, frame=one.shot.index)
        self._host.session.load(state, f"Sweep: {one.title}")
        self._window.status.say(f"{one.title} is worked on now. Undo goes back.")

    def save(self, path: Path) -> None:
        """All pictures as one figure. Raises BadValue, OSError."""
        assert self._stage is not None
        theme, first = self._theme, next(iter(self.drawn.values())).shot
        head = f"{self._host.panel.title}: {self._swept()}"
        drawn = [self.drawn[number] for number in sorted(self.drawn)]
        sheet = Sheet(self._stage, drawn, self.scales, self._across, len(self.cells), head)
        figure = Figure(theme, sheet.width(), sheet.height())
        base = Shot(self._host.panel, self._host.session.state, first.frame, max(0, self._host.session.index))
        try:
            save_drawn(sheet, base, figure, path)
        finally:
            sheet.deleteLater()

    def give_back(self) -> None:
        """It closes: nothing goes on, and nothing is kept."""
        self.stop()
        self._window.themes.changed.disconnect(self._dress)
        if self._stage is not None:
            self._stage.close()
            self._stage = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other width, other grid."""
        super().resizeEvent(event)
        self._place()

    def _build(self) -> None:
        theme = self._theme
        self.first = AxisRow("Sweep", False, theme, self)
        self.second = AxisRow("and", True, theme, self)
        self.note = QLabel(self)
        self.note.setProperty("role", "error")
        self.note.setWordWrap(True)
        self.note.hide()
        self.go = QPushButton("Compute", self)
        self.go.setProperty("role", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self.compute)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.clicked.connect(self.stop)
        self.export = QPushButton("Export figure…", self)
        self.export.setAutoDefault(False)
        self.export.clicked.connect(self._export)
        self.same = QCheckBox("same scales", self)
        self.same.setToolTip("All pictures share the limits of their axes and colours")
        self.same.setChecked(True)
        self.same.toggled.connect(self._rescale)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the sweep")
        self.grid = SweepGrid(theme)
        self.grid.chosen.connect(self.take)
        self.grid.looked_at.connect(self._look_at)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.grid)
        self.said = QLabel(self)
        self.said.setProperty("role", "caption")
        self.said.setWordWrap(True)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName("What the picture pointed at shows")
        self._lay_out()
        self.first.parameter_chosen.connect(lambda _index: self._chosen(self.first))
        self.second.parameter_chosen.connect(lambda _index: self._chosen(self.second))
        for row in (self.first, self.second):
            row.range_edited.connect(lambda row=row: self._spread(row))

    def _lay_out(self) -> None:
        self._buttons = QHBoxLayout()
        for widget in (self.go, self.cancel, self.export, self.same):
            self._buttons.addWidget(widget)
        self._buttons.addWidget(self.bar, 1)
        self._buttons.addStretch(0)
        self._column = QVBoxLayout(self)
        for row in (self.first, self.second, self.note):
            self._column.addWidget(row)
        self._column.addLayout(self._buttons)
        self._column.addWidget(self._area, 1)
        self._column.addWidget(self.said)
        self._column.addWidget(self.sentence)
        self._show_running(False)

    def _offer(self) -> None:
        choices = [Choice(spec.label, spec.kind in ("int", "float")) for spec in self.specs]
        if not choices:
            self._complain("This panel has no number, choice or switch that could be swept.")
            self.go.setEnabled(False)
        start = next((i for i, one in enumerate(choices) if one.numbers), 0 if choices else -1)
        self.first.show_choices(choices, start)
        self.second.show_choices(choices, -1)
        self._chosen(self.first)

    def _chosen(self, row: AxisRow) -> None:
        """Another parameter, or one more: the values that usually show something."""
        two = self.second.index >= 0
        for each in (self.first, self.second):
            some = 0 <= each.index < len(self.specs)
            few = each.values.text().count(",") < plan.MOST_EACH
            if not some or (each is not row and few == two):
                # What was chosen, or typed, for the other one stays while there is room for it.
                continue
            spec = self.specs[each.index]
            count = plan.USUAL_EACH if two else plan.USUAL_ALONE
            most = plan.MOST_EACH if two else plan.MOST_ALONE
            now = self._now(spec)
            if spec.kind in ("int", "float"):
                usual = plan.usual_range(spec, now)
                each.show_range(usual.low, usual.high, usual.log, count, most)
            every = most if spec.kind == "choice" else count
            each.values.setText(plan.write_values(spec, plan.usual_values(spec, now, every)))
        self._complain("")

    def _spread(self, row: AxisRow) -> None:
        """Another range: its values."""
        chosen, spec = row.range(), self.specs[row.index]
        try:
            if chosen is None:
                raise LabError("A range goes from a number to a number.")
            low, high, log, count = chosen
            row.values.setText(plan.write_values(spec, plan.spread(spec, plan.Range(low, high, log), count)))
            self._complain("")
        except LabError as error:
            self._complain(str(error))

    def _axes(self) -> list[plan.Axis]:
        rows = [row for row in (self.first, self.second) if row.index >= 0]
        most = plan.MOST_ALONE if len(rows) == 1 else plan.MOST_EACH
        if len(rows) == 2 and self.first.index == self.second.index:
            raise LabError("Two different parameters make a grid: choose another one, or nothing else.")
        return [
            plan.Axis(self.specs[row.index], plan.typed_values(self.specs[row.index], row.values.text(), most))
            for row in rows
        ]

    def _now(self, spec: FieldSpec) -> Any:
        state = self._host.session.state
        return getattr(state.current, spec.name, getattr(state.look, spec.name, None))

    def _swept(self) -> str:
        names = [self.specs[row.index].label for row in (self.first, self.second) if row.index >= 0]
        return " and ".join(names)

    def _take(self, number: int, frame: Any, index: int) -> None:
        cell = self.cells[number]
        assert cell.state is not None and self._stage is not None
        self.drawn[number] = Drawn(number, cell.title, Shot(self._host.panel, cell.state, frame, index))
        self._draw(number)

    def _draw(self, number: int) -> None:
        assert self._stage is not None
        try:
            self.grid.cells[number].show_image(self._stage.image(self.drawn[number].shot, self.scales))
        except Exception as error:
            # A view that cannot draw one of the states leaves the others alone.
            self.drawn.pop(number, None)
            self._fail(number, f"This picture could not be drawn ({type(error).__name__}).")

    def _fail(self, number: int, sentence: str) -> None:
        self._failed.add(number)
        self.grid.cells[number].show_note(sentence)

    def _progress(self, share: float, what: str) -> None:
        self.bar.setValue(round(1000 * share))
        self.said.setText(f"Computing {what}" if what else "")

    def _end(self) -> None:
        """All have come: now what all share is known, and each is drawn once more on it."""
        self._show_running(False)
        self._rescale()

    def _rescale(self) -> None:
        """Draw all again, on the scales that they share or each on its own."""
        if self._stage is None or not self.drawn or (self._run is not None and self._run.running):
            return
        shots = [one.shot for one in self.drawn.values()]
        before, self.scales = self.scales, self._stage.scales(shots) if self.same.isChecked() else {}
        self._redraw = sorted(self.drawn) if self.scales or before else []
        self._later.start()
        self.said.setText(f"{scale_words(self.scales)} A click makes a picture the state that is worked on.")

    def _redraw_one(self) -> None:
        if not self._redraw:
            self._later.stop()
            return
        self._draw(self._redraw.pop(0))

    def _look_at(self, number: int) -> None:
        one = self.drawn.get(number)
        if one is None:
            self.sentence.setText(self.cells[number].trouble)
            return
        state = one.shot.state
        said = self._host.panel.compute().sentence(one.shot.frame, state.current, state.look)
        self.sentence.setText(f"{one.title}: {said}")

    def _complain(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def _show_running(self, running: bool) -> None:
        self.cancel.setVisible(running)
        self.bar.setVisible(running)
        for widget in (self.export, self.same):
            widget.setVisible(not running and bool(self.drawn))
        self.go.setText("Compute again" if self.drawn and not running else "Compute")

    def _export(self) -> None:
        kinds = "PNG picture (*.png);;SVG drawing (*.svg);;PDF drawing (*.pdf)"
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", f"{self._host.panel.id}-sweep.png", kinds)
        if not name:
            return
        try:
            self.save(Path(name))
            self.said.setText(f"Saved {Path(name).name}.")
        except LabError as error:
            self._complain(str(error))
        except OSError as error:
            self._complain(f"{Path(name).name} could not be saved: {error.strerror or error}.")

    def _place(self) -> None:
        room = scroll_room(self._area, self._area.size(), lambda width, _height: self.grid.place(width))
        self.grid.resize(room.width(), max(room.height(), self.grid.place(room.width())))

    def _dress(self, theme: Theme) -> None:
        again = theme != self._theme
        self._theme = theme
        margin = round(theme.gap(3))
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.setSpacing(round(theme.gap(2)))
        self.bar.setFixedHeight(max(4, round(theme.gap(1))))
        self.grid.set_theme(theme)
        if again and self._stage is not None:
            self._stage.close()
            self._stage = Stage(self._host.panel, theme)
            self._redraw = sorted(self.drawn)
            self._later.start()
        self._place()

"""The status line: device, last compute time, frames a second, progress with a cancel button, one sentence of news."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QLabel, QMenu, QProgressBar, QStatusBar, QToolButton, QWidget

from courseai_lab.engine.devices import AUTOMATIC, Device
from courseai_lab.ui.icons import icon
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme

NEWS_MS = 12_000


class StatusLine(QStatusBar):
    """What the window says about itself. Shows what it is told; asks through signals."""

    device_chosen = Signal(str)
    cancel_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._theme = theme
        self._progress = QProgressBar()
        self._progress.setMaximumWidth(180)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress of the computation")
        self._doing = QLabel()
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setToolTip("Stop this computation; what has been computed stays")
        self._cancel.clicked.connect(self.cancel_asked)
        self._time = self._figure("Time the last frame took to compute")
        self._rate = self._figure("Frames drawn in the last second")
        self._device = QToolButton()
        self._device.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._device.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._device.setToolTip("Where the computing is done")
        self._device.setMenu(QMenu(self._device))
        self._choices: QActionGroup | None = None
        for widget in (self._doing, self._progress, self._cancel, self._time, self._rate, self._device):
            self.addPermanentWidget(widget)
        self.show_progress(None)
        self.show_figures(None, None)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self._device.setIcon(icon("device", theme))
        for label in (self._time, self._rate):
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("00.0 ms to compute") + theme.gap(2))

    def say(self, sentence: str) -> None:
        """One sentence, for a while."""
        self.showMessage(sentence, NEWS_MS)

    def show_figures(self, seconds: float | None, rate: float | None) -> None:
        """Compute time of the panel in use, and frames a second; None where there is nothing to say."""
        self._time.setText("" if seconds is None else f"{_time(seconds)} to compute")
        self._rate.setText("" if rate is None else f"{rate:.0f} frames/s")

    def show_progress(self, progress: tuple[float | None, str] | None) -> None:
        """Share done (None: unknown) and words, or None when nothing slow is going on."""
        for widget in (self._doing, self._progress, self._cancel):
            widget.setVisible(progress is not None)
        if progress is None:
            return
        share, note = progress
        self._progress.setRange(0, 0 if share is None else 1000)
        self._progress.setValue(0 if share is None else round(share * 1000))
        self._doing.setText(note)

    def show_devices(self, devices: tuple[Device, ...], choice: str, used: str) -> None:
        """Fill the chooser; ``used`` is the device in use, by torch's name."""
        label = next((d.label for d in devices if d.name == used), used)
        self._device.setText(label)
        self._device.setAccessibleName(f"Device: {label}")
        menu = self._device.menu()
        menu.clear()
        if self._choices is not None:
            self._choices.deleteLater()
        group = self._choices = QActionGroup(menu)
        best = next((d.label for d in devices[1:]), "CPU")
        for name, words in ((AUTOMATIC, f"Automatic ({best})"), *((d.name, d.label) for d in devices)):
            action = QAction(words, menu)
            action.setCheckable(True)
            action.setChecked(name == choice)
            action.setData(name)
            group.addAction(action)
            menu.addAction(action)
        group.triggered.connect(self._choose)

    def _choose(self, action: QAction) -> None:
        self.device_chosen.emit(action.data())

    def _figure(self, name: str) -> QLabel:
        label = QLabel()
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label.setToolTip(name)
        label.setAccessibleName(name)
        return label


def _time(seconds: float) -> str:
    if seconds < 1e-3:
        return fmt(seconds * 1e6, 2, "µs")
    return fmt(seconds * 1e3, 3, "ms") if seconds < 1 else fmt(seconds, 3, "s")

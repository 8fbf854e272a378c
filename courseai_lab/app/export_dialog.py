"""The export dialog: kind, size, theme, title and caption on the left, what it will look like on the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from courseai_lab.app.export_window import AS_WINDOW, KINDS, MOST, SCALES, Choice, figure_image, figure_of
from courseai_lab.contract import LabError
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost

SOON_MS = 150
PREVIEW = QSize(460, 340)
SMALLEST = 100
THEMES = {AS_WINDOW: "as the window", "light": "light", "dark": "dark", "projector": "projector"}


class ExportDialog(QDialog):
    """Asks how a figure is wanted. Shows what it is told; writes nothing itself."""

    save_asked = Signal(object)
    """The ``Choice`` to write into a file."""
    copy_asked = Signal(object)
    """The ``Choice`` to put on the clipboard, as a picture."""

    def __init__(self, host: PanelHost, theme: Theme, choice: Choice, video: bool, parent: QWidget) -> None:
        """``video``: whether an MP4 can be made here."""
        super().__init__(parent)
        self.setWindowTitle(f"Export {host.panel.title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._host, self._theme, self._video = host, theme, video
        self._several = host.panel.timeline == "steps" and host.session.timeline.count > 1
        self._screen = figure_of(host, theme)
        self._drawn = QPixmap()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._preview_now)
        self._build()
        self._fill(choice)
        self._connect()
        self._follow()

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        width, height = self._width.value(), self._height.value()
        as_on_screen = (width, height) == (self._screen.width, self._screen.height)
        return Choice(
            kind=self._kind.currentData(),
            scale=self._scale.currentData(),
            width=0 if as_on_screen else width,
            height=0 if as_on_screen else height,
            theme=self._look.currentData(),
            title=self._title.isChecked(),
            caption=self._caption.isChecked(),
        )

    def _build(self) -> None:
        self._kind = _choices("Kind of file", {kind: words for kind, words in KINDS.items() if self._may(kind)})
        self._scale = _choices("Pixels for each of the screen's", {scale: f"{scale}×" for scale in SCALES})
        self._width, self._height = _pixels("Width in pixels"), _pixels("Height in pixels")
        self._as_screen = QPushButton("As on screen")
        self._look = _choices("Theme of the figure", THEMES)
        self._title = QCheckBox("Title above")
        self._caption = QCheckBox("Sentence below")
        self._picture = QLabel()
        self._picture.setAccessibleName("Preview of the figure")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(PREVIEW / 2)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setProperty("role", "caption")
        self._copy, self._save = QPushButton("Copy picture"), QPushButton("Save…")
        self._close = QPushButton("Cancel")
        self._save.setDefault(True)
        self._arrange()

    def _arrange(self) -> None:
        gap = self._theme.gap
        size = QHBoxLayout()
        size.addWidget(self._width, 1)
        size.addWidget(QLabel("×"))
        size.addWidget(self._height, 1)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setVerticalSpacing(gap(2))
        for words, field in (("Kind", self._kind), ("Scale", self._scale), ("Theme", self._look)):
            form.addRow(words, field)
        form.addRow("Size", size)
        form.addRow("", self._as_screen)
        form.addRow("", self._title)
        form.addRow("", self._caption)
        buttons = QHBoxLayout()
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        buttons.addWidget(self._save)
        body = QHBoxLayout()
        body.setSpacing(gap(4))
        body.addLayout(form)
        body.addWidget(self._picture, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(gap(4),) * 4)
        column.setSpacing(gap(3))
        column.addLayout(body, 1)
        column.addWidget(self._words)
        column.addLayout(buttons)

    def _fill(self, choice: Choice) -> None:
        if self._kind.findData(choice.kind) < 0:
            choice = replace(choice, kind=Choice().kind)
        for box, value in ((self._kind, choice.kind), (self._scale, choice.scale), (self._look, choice.theme)):
            box.setCurrentIndex(box.findData(value))
        self._title.setChecked(choice.title)
        self._caption.setChecked(choice.caption)
        figure = figure_of(self._host, self._theme, choice)
        self._width.setValue(figure.width)
        self._height.setValue(figure.height)

    def _connect(self) -> None:
        for box in (self._kind, self._scale, self._look):
            box.currentIndexChanged.connect(self._follow)
        for field in (self._width, self._height):
            field.valueChanged.connect(self._follow)
        for tick in (self._title, self._caption):
            tick.toggled.connect(self._follow)
        self._as_screen.clicked.connect(self._take_screen)
        self._copy.clicked.connect(self._ask_copy)
        self._save.clicked.connect(self._ask_save)
        self._close.clicked.connect(self.reject)

    def _may(self, kind: str) -> bool:
        """A still needs one frame, an animation several, and a video its program."""
        return kind in (".png", ".svg", ".pdf") or (self._several and (kind != ".mp4" or self._video))

    def _take_screen(self) -> None:
        self._width.setValue(self._screen.width)
        self._height.setValue(self._screen.height)

    def _follow(self) -> None:
        """What does not apply is greyed out, and the picture follows soon."""
        choice = self.choice
        in_pixels = choice.moving or choice.kind == ".png"
        self._scale.setEnabled(in_pixels)
        self._look.setEnabled(not choice.moving)
        self._caption.setEnabled(not choice.moving)
        self._copy.setEnabled(not choice.moving)
        self._words.setText(self._about(choice, in_pixels))
        self._soon.start()

    def _about(self, choice: Choice, in_pixels: bool) -> str:
        """How large it becomes, and what is not to be had, in words."""
        try:
            figure = figure_of(self._host, self._theme, choice)
        except LabError as error:
            self._save.setEnabled(False)
            return str(error)
        self._save.setEnabled(True)
        across, down = figure.pixels
        words = [
            f"{across:,} × {down:,} pixels." if in_pixels else f"{figure.width} × {figure.height}, sharp at any size."
        ]
        words[0] = words[0].replace(",", " ") if in_pixels else words[0]
        if choice.title or choice.caption:
            words.append("Title and sentence come on top of that.")
        if choice.moving:
            words.append("An animation has the window's theme, and no sentence.")
        else:
            words.append("The file carries the state: dropped on the lab it opens this again.")
        if self._several and not self._video:
            words.append("For MP4 the program ffmpeg would be needed, which is not on this computer.")
        return " ".join(words)

    def _preview_now(self) -> None:
        choice = replace(self.choice, kind=".png" if not self.choice.moving else self.choice.kind, scale=1)
        if choice.moving:
            choice = replace(choice, caption=False)
        try:
            self._drawn = QPixmap.fromImage(figure_image(self._host, self._theme, choice))
        except LabError:
            self._drawn = QPixmap()
        self._show_preview()

    def _show_preview(self) -> None:
        if self._drawn.isNull():
            self._picture.clear()
            return
        ratio = self.devicePixelRatioF()
        room = self._picture.size() * ratio
        small = self._drawn.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        small.setDevicePixelRatio(ratio)
        self._picture.setPixmap(small)

    def _ask_copy(self) -> None:
        self.copy_asked.emit(self.choice)

    def _ask_save(self) -> None:
        self.save_asked.emit(self.choice)

    def leave(self, host: QObject) -> None:
        """A panel closes; go with it if it is ours."""
        if host is self._host:
            self.reject()

    def done(self, result: int) -> None:
        """Nothing is drawn any more: the panel may be gone."""
        self._soon.stop()
        super().done(result)

    def sizeHint(self) -> QSize:
        """Room for the picture beside the form."""
        return super().sizeHint().expandedTo(QSize(780, 460))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture fills its room."""
        super().resizeEvent(event)
        self._show_preview()


def _choices(name: str, entries: Mapping[Any, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, words in entries.items():
        box.addItem(words, value)
    return box


def _pixels(name: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(SMALLEST, MOST)
    field.setSuffix(" px")
    field.setAccessibleName(name)
    return field

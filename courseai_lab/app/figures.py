"""A panel's picture as a file: PNG, SVG or PDF.

Every figure is drawn by a view of its own, of the size and theme asked for, so that the view on screen stays as it is.
Without a display `offscreen_application` gives the QApplication that views need.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QEvent,
    QMarginsF,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsView

from courseai_lab.app.headless import checked_target, record, replacing
from courseai_lab.contract import BadValue, Panel, State
from courseai_lab.ui.panel_view import PanelView, ViewSettings
from courseai_lab.ui.theme import Theme, load_fonts, palette, style_sheet, text_font

ENDINGS = {".png": "picture", ".svg": "drawing", ".pdf": "drawing"}
RECORD = "courseai-lab"
SMALLEST, LARGEST, MOST_PIXELS = 100, 10_000, 100_000_000
DPI = 96
_WRAPPED = Qt.TextFlag.TextWordWrap.value


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is drawn: its size in logical pixels, device pixels per logical one, and the theme.

    `grow`: it becomes higher when the picture needs that to show all of itself. `title` and `caption`: the panel's
    title stands above the picture, its sentence with the numbers below; they come on top of the height.
    """

    theme: Theme
    width: int = 960
    height: int = 640
    scale: float = 2.0
    grow: bool = False
    title: bool = False
    caption: bool = False

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        return round(self.width * self.scale), round(self.height * self.scale)

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("height", self.height)):
            if not SMALLEST <= value <= LARGEST:
                raise BadValue(f"The {name} cannot be {value}: it must be from {SMALLEST} to {LARGEST} pixels.")
        if not 0.5 <= self.scale <= 8:
            raise BadValue(f"The scale cannot be {self.scale:g}: it must be from 0.5 to 8.")
        count = self.width * self.height * self.scale**2
        if count > MOST_PIXELS:
            raise BadValue(f"This figure would have {count / 1e6:.0f} million pixels; at most 100 million are drawn.")


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of a panel as it is to be drawn: the state it belongs to, and its index in the run."""

    panel: Panel
    state: State
    frame: Any
    index: int


def offscreen_application(scale: float = 1.0) -> QApplication:
    """The QApplication there is, or one that needs no display, with `scale` device pixels per logical one.

    Call it before any other part of Qt is used. What widgets draw into pictures first is then as sharp as the rest.
    """
    application = QApplication.instance()
    if isinstance(application, QApplication):
        return application
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication(["courseai-lab"])
    application.setStyle("Fusion")
    load_fonts()
    return application


def save_figure(shot: Shot, figure: Figure, path: Path) -> Figure:
    """Draw one frame into a PNG, SVG or PDF, as the file's ending says. Returns the figure as it became.

    Raises BadValue, OSError.
    """
    checked_target(path, {ending: ENDINGS[ending] for ending in _WRITERS})
    with staged(shot.panel, figure) as view, replacing(path) as temporary:
        figure = show(view, shot, figure)
        _WRITERS[path.suffix.lower()](view, shot, figure, temporary)
    return figure


def save_drawn(view: PanelView, shot: Shot, figure: Figure, path: Path) -> None:
    """A picture made elsewhere, such as a sheet of several, into a PNG, SVG or PDF with the record of ``shot``.

    Raises BadValue, OSError.
    """
    checked_target(path, {ending: ENDINGS[ending] for ending in _WRITERS})
    with replacing(path) as temporary:
        _WRITERS[path.suffix.lower()](view, shot, figure, temporary)


def draw_image(shot: Shot, figure: Figure) -> QImage:
    """One frame as an image with its record, e.g. for the clipboard."""
    with staged(shot.panel, figure) as view:
        return _labelled(_image(view, shot, show(view, shot, figure)), shot)


def draw_shot(view: PanelView, shot: Shot, figure: Figure) -> tuple[QImage, Figure]:
    """One frame on a staged view, as it looks on screen, and the figure as it became."""
    figure = show(view, shot, figure)
    return _image(view, shot, figure, as_on_screen=True), figure


@contextmanager
def staged(panel: Panel, figure: Figure) -> Iterator[PanelView]:
    """A view of the panel, of the figure's size and theme, laid out as if it were on a screen."""
    with _worn(figure.theme):
        view = panel.view()(ViewSettings(figure.theme, opengl=False))
        try:
            view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            view.setFixedSize(figure.width, figure.height)
            view.show()
            _settle()
            yield view
        finally:
            view.close()
            view.deleteLater()
            QCoreApplication.sendPostedEvents(view, QEvent.Type.DeferredDelete.value)


def show(view: PanelView, shot: Shot, figure: Figure) -> Figure:
    """Draw a frame on a staged view. Returns the figure as it becomes: as high as view, title and caption together."""
    view.show_frame(shot.frame, shot.state.current, shot.state.look)
    _settle()
    if figure.grow and view.heightForWidth(figure.width) > figure.height:
        view.setFixedHeight(min(LARGEST, view.heightForWidth(figure.width)))
        _settle()
    for canvas in view.findChildren(QGraphicsView):
        for item in canvas.scene().items() if canvas.scene() else ():
            # pyqtgraph's items then draw their symbols as shapes and not from a sheet of small pictures.
            if hasattr(item, "setExportMode"):
                item.setExportMode(True)
    bands = sum(band.height() for band in _bands(shot, figure))
    return replace(figure, height=view.height() + bands)


@contextmanager
def _worn(theme: Theme) -> Iterator[None]:
    """The application in a theme, and back. Nothing happens when it wears it already, as the window does.

    It has to be the application: below a style sheet of their own widgets inherit neither palette nor font.
    """
    application = offscreen_application()
    before = application.palette(), application.font(), application.styleSheet()
    wanted = palette(theme), text_font(theme), style_sheet(theme)
    if before[2] == wanted[2]:
        yield
        return
    try:
        _dress(application, *wanted)
        yield
    finally:
        _dress(application, *before)


def _dress(application: QApplication, colours: QPalette, font: QFont, sheet: str) -> None:
    application.setPalette(colours)
    application.setFont(font)
    application.setStyleSheet(sheet)


def _settle() -> None:
    """Layouts asked for are made. With a window open its own timers must not run in the middle of this."""
    for _ in range(2):
        if QGuiApplication.platformName() == "offscreen":
            QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents()


def _paint(view: PanelView, shot: Shot, figure: Figure, painter: QPainter, as_on_screen: bool = False) -> None:
    """The picture on its ground, title above and caption below, in logical pixels from the painter's origin."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(QRectF(0, 0, figure.width, figure.height), QColor(figure.theme.ground))
    head, foot = _bands(shot, figure)
    top = head.height()
    picture = QRectF(0, top, figure.width, view.height())
    painter.save()
    if as_on_screen or not view.paint_figure(painter, picture):
        painter.restore()
        view.render(painter, QPoint(0, top))
    else:
        painter.restore()
    head.paint(painter, 0)
    foot.paint(painter, top + view.height())


@dataclass(frozen=True, slots=True)
class _Band:
    """A line or more of text over the whole width; no text: no band."""

    text: str
    font: QFont
    color: str
    width: int
    margin: int

    def height(self) -> int:
        """Logical pixels, margins included."""
        if not self.text:
            return 0
        room = QRectF(0, 0, self.width - 2 * self.margin, LARGEST)
        return math.ceil(QFontMetricsF(self.font).boundingRect(room, _WRAPPED, self.text).height()) + 2 * self.margin

    def paint(self, painter: QPainter, top: int) -> None:
        """The text, from ``top`` down."""
        if self.text:
            painter.setFont(self.font)
            painter.setPen(QColor(self.color))
            inside = QRectF(self.margin, top + self.margin, self.width - 2 * self.margin, LARGEST)
            painter.drawText(inside, _WRAPPED, self.text)


def _bands(shot: Shot, figure: Figure) -> tuple[_Band, _Band]:
    """Title and caption, as far as they are wanted."""
    theme = figure.theme
    bold = text_font(theme, theme.title_px)
    bold.setWeight(QFont.Weight.DemiBold)
    said = shot.panel.compute().sentence(shot.frame, shot.state.current, shot.state.look) if figure.caption else ""
    title = shot.panel.title if figure.title else ""
    size = (figure.width, theme.gap(3))
    return _Band(title, bold, theme.text, *size), _Band(said, text_font(theme, theme.text_px), theme.muted, *size)


def _image(view: PanelView, shot: Shot, figure: Figure, as_on_screen: bool = False) -> QImage:
    image = QImage(*figure.pixels, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(figure.scale)
    with _painting(image) as painter:
        _paint(view, shot, figure, painter, as_on_screen)
    return image


def _labelled(image: QImage, shot: Shot) -> QImage:
    """The image with the record of its state, as PNG keeps it."""
    image.setText(RECORD, _text(shot))
    image.setText("Title", shot.panel.title)
    image.setText("Software", "CourseAI Lab")
    return image


def png_bytes(image: QImage) -> bytes:
    """A PNG with the image's texts."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


@contextmanager
def _painting(device: Any) -> Iterator[QPainter]:
    painter = QPainter()
    if not painter.begin(device):
        raise OSError("the figure could not be written")
    try:
        yield painter
    finally:
        painter.end()


def _text(shot: Shot) -> str:
    return json.dumps(record(shot.state, shot.index), separators=(",", ":"))


def _write_png(view: PanelView, shot: Shot, figure: Figure, path: Path) -> None:
    image = _labelled(_image(view, shot, figure), shot)
    if not image.save(str(path), "PNG"):  # type: ignore[call-overload]
        raise OSError(f"the figure could not be written to {path.parent}")


def _write_svg(view: PanelView, shot: Shot, figure: Figure, path: Path) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(QSize(figure.width, figure.height))
    generator.setViewBox(QRect(0, 0, figure.width, figure.height))
    generator.setResolution(DPI)
    generator.setTitle(shot.panel.title)
    generator.setDescription(_text(shot))
    with _painting(generator) as painter:
        _paint(view, shot, figure, painter)


def _write_pdf(view: PanelView, shot: Shot, figure: Figure, path: Path) -> None:
    writer = QPdfWriter(str(path))
    writer.setTitle(shot.panel.title)
    writer.setCreator("CourseAI Lab")
    inches = QSizeF(figure.width / DPI, figure.height / DPI)
    writer.setPageSize(QPageSize(inches, QPageSize.Unit.Inch, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(DPI)
    writer.addFileAttachment("state.json", QByteArray(_text(shot).encode()), "application/json")
    with _painting(writer) as painter:
        _paint(view, shot, figure, painter)


_WRITERS: dict[str, Callable[[PanelView, Shot, Figure, Path], None]] = {
    ".png": _write_png,
    ".svg": _write_svg,
    ".pdf": _write_pdf,
}

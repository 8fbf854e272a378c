"""A panel's picture as a file: PNG, SVG, PDF, or a GIF of its frames.

Every figure is drawn by a view of its own, of the size and theme asked for, so that the view on screen stays as it is.
Without a display `offscreen_application` gives the QApplication that views need.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
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
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPageSize, QPainter, QPalette, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsView

from courseai_lab.app.headless import checked_target, record, replacing
from courseai_lab.contract import BadState, BadValue, Panel, State
from courseai_lab.contract.link import json_object
from courseai_lab.ui.panel_view import PanelView, ViewSettings
from courseai_lab.ui.theme import Theme, load_fonts, palette, style_sheet, text_font

ENDINGS = {".png": "picture", ".svg": "drawing", ".pdf": "drawing", ".gif": "animation"}
RASTER = (".png", ".gif")
RECORD = "courseai-lab"
SMALLEST, LARGEST, MOST_PIXELS = 100, 10_000, 100_000_000
GIF_FRAMES = 150
DPI = 96


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is drawn: its size in logical pixels, device pixels per logical one, and the theme.

    `grow`: it becomes higher when the picture needs that to show all of itself.
    """

    theme: Theme
    width: int = 960
    height: int = 640
    scale: float = 2.0
    grow: bool = False

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


def _nobody(_done: float, _note: str) -> None:
    """Report to nobody."""


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
        figure = _show(view, shot, figure)
        _WRITERS[path.suffix.lower()](view, shot, figure, temporary)
    return figure


def draw_image(shot: Shot, figure: Figure) -> QImage:
    """One frame as an image, e.g. for the clipboard."""
    with staged(shot.panel, figure) as view:
        return _image(view, _show(view, shot, figure))


def save_animation(
    shots: Iterable[Shot], figure: Figure, path: Path, report: Callable[[float, str], None] = _nobody
) -> tuple[int, int, Figure]:
    """Draw frames into a GIF that plays at the panel's speed. Returns frames drawn, frames there were, the figure.

    Of more than 150 frames an even choice is drawn, each shown for longer; each as it looks on screen, since what
    print needs takes seconds a frame. `report` hears the share that is done. Raises BadValue, OSError.
    """
    checked_target(path, {".gif": ENDINGS[".gif"]})
    chosen, total, stride = thinned(shots, GIF_FRAMES)
    first = chosen[0]
    images = []
    with staged(first.panel, figure) as view:
        for shot in chosen:
            figure = replace(_show(view, shot, figure), grow=False)
            images.append(_pillow(_image(view, figure, as_on_screen=True)))
            report(len(images) / len(chosen), "drawn")
    colours = _common_palette(images)
    frames = [image.quantize(palette=colours, dither=Image.Dither.NONE) for image in images]
    # Browsers slow a GIF down whose frames last less than 20 ms; the last frame is held for a look.
    each = max(20, round(1000 * stride / first.panel.fps))
    lasting = [each] * (len(frames) - 1) + [max(each, 1500)]
    comment = json.dumps(record(first.state, chosen[-1].index)).encode()
    with replacing(path) as temporary:
        frames[0].save(
            temporary, "GIF", save_all=True, append_images=frames[1:], duration=lasting, loop=0, comment=comment
        )
    return len(chosen), total, figure


def thinned(shots: Iterable[Shot], most: int) -> tuple[list[Shot], int, int]:
    """At most `most` + 1 shots at even steps and always the last; how many there were; the step between them."""
    kept: list[Shot] = []
    stride, total = 1, 0
    last: Shot | None = None
    for total, last in enumerate(shots, start=1):
        if (total - 1) % stride == 0:
            kept.append(last)
        if len(kept) > most:
            kept, stride = kept[::2], stride * 2
    if last is None:
        raise BadValue("There are no frames to draw.")
    if kept[-1].index != last.index:
        kept.append(last)
    return kept, total, stride


def embedded_state(path: Path) -> dict[str, Any]:
    """The state inside a PNG that the lab drew; raises BadState when there is none, OSError when it cannot be read."""
    with Image.open(path) as image:
        image.load()
        text = image.info.get(RECORD)
    if not isinstance(text, str):
        raise BadState(f"{path.name} carries no state of the lab: only PNG figures that the lab itself drew do.")
    return json_object(text)


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


def _show(view: PanelView, shot: Shot, figure: Figure) -> Figure:
    view.show_frame(shot.frame, shot.state.current, shot.state.look)
    _settle()
    if figure.grow and view.heightForWidth(figure.width) > figure.height:
        figure = replace(figure, height=min(LARGEST, view.heightForWidth(figure.width)))
        view.setFixedHeight(figure.height)
        _settle()
    for canvas in view.findChildren(QGraphicsView):
        for item in canvas.scene().items() if canvas.scene() else ():
            # pyqtgraph's items then draw their symbols as shapes and not from a sheet of small pictures.
            if hasattr(item, "setExportMode"):
                item.setExportMode(True)
    return figure


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


def _paint(view: PanelView, figure: Figure, painter: QPainter, as_on_screen: bool = False) -> None:
    """The picture on its ground, in logical pixels from the painter's origin."""
    area = QRectF(0, 0, figure.width, figure.height)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(area, QColor(figure.theme.ground))
    if as_on_screen or not view.paint_figure(painter, area):
        view.render(painter, QPoint())


def _image(view: PanelView, figure: Figure, as_on_screen: bool = False) -> QImage:
    image = QImage(*figure.pixels, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(figure.scale)
    with _painting(image) as painter:
        _paint(view, figure, painter, as_on_screen)
    return image


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
    image = _image(view, figure)
    image.setText(RECORD, _text(shot))
    image.setText("Title", shot.panel.title)
    image.setText("Software", "CourseAI Lab")
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
        _paint(view, figure, painter)


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
        _paint(view, figure, painter)


def _pillow(image: QImage) -> Image.Image:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "BMP")  # type: ignore[call-overload]
    return Image.open(io.BytesIO(data.data())).convert("RGB")


def _common_palette(images: list[Image.Image]) -> Image.Image:
    """256 colours for all frames, from the first, middle and last: one palette keeps still parts still."""
    some = [images[0], images[len(images) // 2], images[-1]]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for row, image in enumerate(some):
        sheet.paste(image, (0, row * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


_WRITERS: dict[str, Callable[[PanelView, Shot, Figure, Path], None]] = {
    ".png": _write_png,
    ".svg": _write_svg,
    ".pdf": _write_pdf,
}

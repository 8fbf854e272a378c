"""Taking a picture out of the app: figure to clipboard, PNG, SVG or PDF, and its numbers to CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QMarginsF, QObject, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from courseai_lab.ui.panel_view import Table
from courseai_lab.ui.theme import Theme

FIGURE_FILTER = "PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"


class Figure(Protocol):
    """What can be taken out: something that paints itself as vectors and knows its numbers."""

    @property
    def theme(self) -> Theme: ...
    def size(self) -> QSize: ...
    def table(self) -> list[Table]: ...
    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool: ...


def to_image(
    figure: Figure, scale: float = 2.0, size: QSize | None = None, text: Mapping[str, str] | None = None
) -> QImage:
    """The figure with ``scale`` pixels per logical pixel; ``text`` goes into the picture's metadata."""
    size = size or figure.size()
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    image.fill(QColor(figure.theme.ground))
    for key, value in (text or {}).items():
        image.setText(key, value)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    figure.paint_figure(painter, QRectF(QPoint(0, 0), QSizeF(size)))
    painter.end()
    return image


def save_figure(figure: Figure, path: Path, size: QSize | None = None) -> None:
    """Write the figure as the file's ending says: .png, .svg or .pdf.

    Raises ``ValueError`` for another ending, ``OSError`` when the file cannot be written.
    """
    size = size or figure.size()
    kind = path.suffix.lower()
    with path.open("wb"):
        pass
    if kind == ".png":
        if not to_image(figure, 2.0, size).save(str(path)):
            raise OSError(f"{path} could not be written.")
        return
    if kind not in _DEVICES:
        path.unlink()
        raise ValueError(f"A figure is saved as .png, .svg or .pdf, not {path.suffix or 'without an ending'}.")
    device = _DEVICES[kind](path, size)
    painter = QPainter(device)
    painter.fillRect(QRectF(QPoint(0, 0), QSizeF(size)), QColor(figure.theme.ground))
    figure.paint_figure(painter, QRectF(QPoint(0, 0), QSizeF(size)))
    painter.end()


def _svg(path: Path, size: QSize) -> QPagedPaintDevice | QSvgGenerator:
    device = QSvgGenerator()
    device.setFileName(str(path))
    device.setSize(size)
    device.setViewBox(QRect(QPoint(0, 0), size))
    device.setResolution(96)
    return device


def _pdf(path: Path, size: QSize) -> QPagedPaintDevice | QSvgGenerator:
    device = QPdfWriter(str(path))
    device.setResolution(96)
    page = QPageSize(QSizeF(size) * 0.75, QPageSize.Unit.Point)
    device.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    return device


_DEVICES = {".svg": _svg, ".pdf": _pdf}


def csv_text(tables: Sequence[Table], delimiter: str = ",") -> str:
    """The tables as CSV, full precision, an empty line between two."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for number, table in enumerate(tables):
        if number:
            out.write("\n")
        writer.writerow(table.header)
        writer.writerows(table.rows)
    return out.getvalue()


class FigureMenu(QObject):
    """The actions that every figure has in its context ``menu``, which owns them.

    A file that cannot be written is said in one sentence.
    """

    def __init__(self, menu: QMenu, figure: Figure, widget: QWidget, name: str) -> None:
        super().__init__(menu)
        self._figure = figure
        self._widget = widget
        self._name = name or "figure"
        menu.addAction("Copy figure", self.copy_figure)
        menu.addAction("Save figure…", self.ask_figure)
        menu.addAction("Values as table", self.show_values)
        menu.addAction("Copy data", self.copy_data)
        menu.addAction("Save data…", self.ask_data)

    def copy_figure(self) -> None:
        """The picture, with two pixels per logical pixel, to the clipboard."""
        QGuiApplication.clipboard().setImage(to_image(self._figure))

    def copy_data(self) -> None:
        """The numbers, with tabs, as spreadsheets want them, to the clipboard."""
        QGuiApplication.clipboard().setText(csv_text(self._figure.table(), "\t"))

    def show_values(self) -> None:
        """The numbers in a window of their own, to sort and to read."""
        from courseai_lab.ui.values_table import ValuesTable

        ValuesTable(self._name, self._figure.table, self._widget).show()

    def ask_figure(self) -> None:
        """Ask for a file and write the picture."""
        path, chosen = QFileDialog.getSaveFileName(self._widget, "Save figure", f"{self._name}.png", FIGURE_FILTER)
        if path:
            target = Path(path)
            if not target.suffix:
                target = target.with_suffix(chosen[chosen.rindex("*") + 1 : -1])
            self._write(target, lambda: save_figure(self._figure, target))

    def ask_data(self) -> None:
        """Ask for a file and write the numbers."""
        path, _ = QFileDialog.getSaveFileName(self._widget, "Save data", f"{self._name}.csv", "Table (*.csv)")
        if path:
            target = Path(path)
            self._write(target, lambda: target.write_text(csv_text(self._figure.table()), "utf-8"))

    def _write(self, target: Path, write: Callable[[], object]) -> None:
        try:
            write()
        except (OSError, ValueError) as error:
            warn(self._widget, f"{target.name} was not saved: {error}")


def warn(widget: QWidget, text: str) -> None:
    """One sentence in a box over ``widget``, without blocking the app."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Not saved", text, QMessageBox.StandardButton.Ok, widget)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()

"""A row of names with their colours; each switches its series on and off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLayout, QLayoutItem, QMenu, QToolButton, QWidget

from courseai_lab.ui.plots.series import Series
from courseai_lab.ui.theme import Theme, text_font


class FlowLayout(QLayout):
    """Items in a row that goes on below where the width ends."""

    def __init__(self, parent: QWidget, gap: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(gap)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Qt's hook."""
        self._items.append(item)

    def count(self) -> int:
        """Qt's hook."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Qt's hook."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Qt's hook."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        """Qt's hook."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt's hook."""
        return self._flow(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Qt's hook."""
        super().setGeometry(rect)
        self._flow(rect, move=True)

    def sizeHint(self) -> QSize:
        """Qt's hook."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Qt's hook."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _flow(self, rect: QRect, *, move: bool) -> int:
        x, y, row = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x + size.width() > rect.x() + rect.width() and row:
                x, y, row = rect.x(), y + row + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            row = max(row, size.height())
        return y + row - rect.y()


class Legend(QWidget):
    """The legend above a plot. ``toggled`` carries (name, shown)."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        self._looks: dict[str, tuple[object, ...]] = {}
        self._flow = FlowLayout(self)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_series(self, series: list[Series], theme: Theme) -> None:
        """One button for each used series, in order; known names keep theirs."""
        for one in series:
            button = self._buttons.get(one.name)
            if button is None:
                button = self._make(one.name)
            look = (one.kind, one.style, one.shown, theme.name, theme.scale)
            if self._looks.get(one.name) != look:
                self._looks[one.name] = look
                button.setIcon(QIcon(swatch(one, theme, shown=one.shown)))
            button.setIconSize(QSize(theme.text_px + theme.gap(2), theme.text_px))
            button.blockSignals(True)
            button.setChecked(one.shown)
            button.blockSignals(False)
            button.setVisible(one.used)
        known = {one.name for one in series}
        for name in [name for name in self._buttons if name not in known]:
            self._buttons.pop(name).deleteLater()
            self._looks.pop(name, None)

    def heightForWidth(self, width: int) -> int:
        """The height that the rows take."""
        return self._flow.heightForWidth(width)

    def _make(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setCheckable(True)
        button.setChecked(True)
        button.setProperty("legend", True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(f"Show {name}")
        button.setToolTip(f"Show or hide {name}")
        button.setObjectName(name)
        button.toggled.connect(self._button_toggled)
        # A checked name is the usual state here and must not look like a choice that was made.
        button.setStyleSheet("QToolButton:checked { background: transparent; }")
        self._flow.addWidget(button)
        self._buttons[name] = button
        return button

    def _button_toggled(self, on: bool) -> None:
        self.toggled.emit(self.sender().objectName(), on)


def swatch(one: Series, theme: Theme, *, shown: bool) -> QPixmap:
    """A short piece of the line, or the marker, in the series' colour."""
    ratio = 2.0
    width, height = theme.text_px + theme.gap(2), theme.text_px
    pixmap = QPixmap(QSize(width, height) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_swatch(painter, one, theme, QRectF(0, 0, theme.text_px + theme.gap(0.5), height), shown=shown)
    painter.end()
    return pixmap


def paint_swatch(painter: QPainter, one: Series, theme: Theme, rect: QRectF, *, shown: bool = True) -> None:
    """The piece itself, into ``rect``."""
    color = QColor(theme.color(one.style.paint) if shown else theme.disabled)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if one.kind in ("scatter", "bars", "band"):
        side = rect.height() * 0.55
        box = QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(box) if one.kind == "scatter" else painter.drawRect(box)
        return
    pen = QPen(color, max(2.0, theme.line_still))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if one.style.dash in ("dotted", "dashed"):
        pen.setDashPattern([1.0, 1.2] if one.style.dash == "dotted" else [3.0, 1.5])
    painter.setPen(pen)
    painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()))


def paint_legend(painter: QPainter, series: list[Series], theme: Theme, rect: QRectF) -> float:
    """The legend as vectors, from the top of ``rect``; returns the height it took."""
    font = text_font(theme, theme.caption_px)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.save()
    x, y, row = rect.left() + theme.gap(2), rect.top() + theme.gap(1), metrics.height() + theme.gap(1)
    for one in series:
        width = theme.text_px + theme.gap(2) + metrics.horizontalAdvance(one.name) + theme.gap(3)
        if x + width > rect.right() and x > rect.left() + theme.gap(2):
            x, y = rect.left() + theme.gap(2), y + row
        paint_swatch(painter, one, theme, QRectF(x, y, theme.text_px, metrics.height()))
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(x + theme.text_px + theme.gap(1.5), y, width, metrics.height()), 0, one.name)
        x += width
    painter.restore()
    return y + row - rect.top()


def series_menu(menu: QMenu, series: list[Series], switch: Callable[[str, bool], None]) -> None:
    """Where there are several series: a submenu that switches each with ``switch(name, shown)``."""
    if len(series) < 2:
        return
    names = menu.addMenu("Series")
    for one in series:
        action = names.addAction(one.name)
        action.setCheckable(True)
        action.setChecked(one.shown)
        action.toggled.connect(partial(switch, one.name))

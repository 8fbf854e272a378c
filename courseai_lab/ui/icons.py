"""The app's icons: stroke drawings in ``resources/icons``, coloured by the theme and sharp at every pixel ratio."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from courseai_lab.paths import resource
from courseai_lab.ui.theme_tokens import Theme


@lru_cache(maxsize=1)
def icon_names() -> tuple[str, ...]:
    """Names of all icons, sorted."""
    return tuple(sorted(path.stem for path in resource("icons").glob("*.svg")))


@lru_cache(maxsize=256)
def _drawing(name: str) -> str:
    if name not in icon_names():
        raise ValueError(f"No icon is called {name!r}; the icons are {', '.join(icon_names())}.")
    return resource("icons", f"{name}.svg").read_text("utf-8")


def svg_source(name: str, color: str) -> str:
    """The icon's SVG with ``color`` (``#RRGGBB``) in place of currentColor. Raises ``ValueError`` if unknown."""
    return _drawing(name).replace("currentColor", color)


@lru_cache(maxsize=1024)
def _rendered(name: str, color: str, width: int, height: int) -> QImage:
    """``width`` by ``height`` device pixels, the square drawing centred."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    side = min(width, height)
    if side < 1:
        # A label squeezed to nothing asks for this; Qt cannot paint on it.
        return image
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(svg_source(name, color).encode()))
    renderer.render(painter, QRectF((width - side) / 2, (height - side) / 2, side, side))
    painter.end()
    return image


class _Engine(QIconEngine):
    """Draws at the size that is asked for, so nothing is ever scaled from a bitmap."""

    def __init__(self, name: str, colors: dict[tuple[QIcon.Mode, QIcon.State], str]) -> None:
        super().__init__()
        self._name = name
        self._colors = colors

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        return self._colors.get((mode, state)) or self._colors[QIcon.Mode.Normal, state]

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        size = QSize(round(rect.width() * ratio), round(rect.height() * ratio))
        painter.drawImage(QRectF(rect), _rendered(self._name, self._color(mode, state), size.width(), size.height()))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return QPixmap.fromImage(_rendered(self._name, self._color(mode, state), size.width(), size.height()))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = self.pixmap(size * scale, mode, state)
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colors)


def icon(name: str, theme: Theme | QPalette, color: str = "text") -> QIcon:
    """Icon ``name`` in ``color`` (a theme colour name or ``#RRGGBB``; with a palette, its text colour).

    Disabled it is greyed, checked it takes the accent. Raises ``ValueError`` for an unknown name or colour.
    """
    _drawing(name)
    if isinstance(theme, QPalette):
        normal = theme.color(QPalette.ColorRole.ButtonText).name() if color == "text" else color
        disabled = theme.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
        checked = theme.color(QPalette.ColorRole.Accent).name()
    else:
        normal, disabled, checked = theme.color(color), theme.disabled, theme.accent
    if color != "text":
        checked = normal
    mode, state = QIcon.Mode, QIcon.State
    return QIcon(
        _Engine(
            name,
            {
                (mode.Normal, state.Off): normal,
                (mode.Normal, state.On): checked,
                (mode.Disabled, state.Off): disabled,
                (mode.Disabled, state.On): disabled,
            },
        )
    )


def icon_pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Icon ``name`` as a pixmap of ``size`` logical pixels in ``color`` (``#RRGGBB``)."""
    side = round(size * ratio)
    pixmap = QPixmap.fromImage(_rendered(name, QColor(color).name(), side, side))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon_size(theme: Theme) -> QSize:
    """The size of icons beside text in ``theme``, in logical pixels."""
    side = round(theme.text_px * 1.4)
    return QSize(side, side)


def paint_icon(painter: QPainter, name: str, color: str, at: QPoint, size: int) -> None:
    """Draw an icon as vectors, ``size`` wide with its top left corner at ``at``."""
    renderer = QSvgRenderer(QByteArray(svg_source(name, color).encode()))
    renderer.render(painter, QRectF(at.x(), at.y(), size, size))

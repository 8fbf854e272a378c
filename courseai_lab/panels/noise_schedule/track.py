"""Where the common time axis runs, how large the rows under it are, and pictures as Qt draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter


@dataclass(frozen=True, slots=True)
class Track:
    """Where the time axis runs on the widget: ``left`` to ``right`` in pixels are ``first`` to ``last`` in steps."""

    left: float = 0.0
    right: float = 100.0
    first: float = 0.0
    last: float = 999.0

    def x(self, t: float) -> float:
        """Pixel of a time step."""
        return self.left + (t - self.first) / (self.last - self.first) * (self.right - self.left)

    def t(self, x: float) -> float:
        """Time step under a pixel."""
        return self.first + (x - self.left) / (self.right - self.left) * (self.last - self.first)


@dataclass(frozen=True, slots=True)
class RowMetrics:
    """Sizes of one layout, in pixels."""

    header: float
    line: float
    rug: float
    side: float
    gap: float
    beside: bool
    now: float
    below: float

    @property
    def row(self) -> float:
        """Height of one schedule's row."""
        strip = self.line + self.rug + self.side
        return (max(strip, self.now) if self.beside else strip + self.below) + self.gap


def to_image(pixels: np.ndarray) -> QImage:
    """uint8 [row column channel] as a picture that owns its memory."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(np.ascontiguousarray(pixels).data, width, height, width * channels, kind).copy()


def draw_image(painter: QPainter, rect: QRectF, image: QImage, ratio: float) -> None:
    """Fill a square: pixels stay pixels when enlarged, and are averaged (not skipped) when made smaller."""
    side = max(1, round(rect.width() * ratio))
    mode = Qt.TransformationMode.SmoothTransformation
    if side >= image.width():
        mode = Qt.TransformationMode.FastTransformation
    painter.drawImage(rect, image.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, mode))

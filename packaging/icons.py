"""The program's and the files' icons in every size a system asks for, drawn from the two SVG files in `resources`."""

from __future__ import annotations

import io
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "resources" / "icons" / "app"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def draw(name: str, size: int) -> bytes:
    """One icon as a PNG of `size` by `size` pixels."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QIODevice, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication(["icons"])
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCES / f"{name}.svg"), application).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def hicolor(folder: Path) -> None:
    """The icons as Linux looks for them, below `folder` (`.../share/icons/hicolor`)."""
    places = {"courseai-lab": "apps/courseai-lab", "courseai-lab-file": "mimetypes/application-x-courseai-lab"}
    for name, place in places.items():
        for size in SIZES:
            path = folder / f"{size}x{size}" / f"{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(draw(name, size))
        scalable = folder / "scalable" / f"{place}.svg"
        scalable.parent.mkdir(parents=True, exist_ok=True)
        scalable.write_bytes((SOURCES / f"{name}.svg").read_bytes())


def container(name: str, path: Path) -> None:
    """All sizes in one file: .ico for Windows, .icns for macOS."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(draw(name, 512))) as picture:
        sizes = [(size, size) for size in SIZES if size <= 256]
        picture.save(path, sizes=sizes) if path.suffix == ".ico" else picture.save(path)

"""Exporting what an open panel shows: the frame on screen, or its run, as the user chose in the export dialog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from courseai_lab.app.data_export import save_frame
from courseai_lab.app.figures import Figure, Shot, draw_image, png_bytes, save_figure
from courseai_lab.app.host import PanelHost
from courseai_lab.ui.theme import Theme, load_theme
from courseai_lab.ui.theme_tokens import THEME_NAMES

LEAST, MOST = 320, 2400
AS_WINDOW = "window"
SCALES = (1, 2, 3, 4)
STILLS: Mapping[str, str] = {".png": "PNG picture", ".svg": "SVG drawing", ".pdf": "PDF drawing"}
MOVING: Mapping[str, str] = {".gif": "GIF", ".webp": "WebP", ".apng": "animated PNG", ".mp4": "MP4 video"}
KINDS: Mapping[str, str] = {**STILLS, **MOVING}


@dataclass(frozen=True, slots=True)
class Choice:
    """How a figure is wanted. ``width`` and ``height`` 0: as on screen. ``theme`` "window": the window's own."""

    kind: str = ".png"
    scale: int = 2
    width: int = 0
    height: int = 0
    theme: str = AS_WINDOW
    title: bool = False
    caption: bool = False

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """As settings keep it."""
        return tuple((name, str(value)) for name, value in asdict(self).items())

    @property
    def moving(self) -> bool:
        """Whether it is an animation."""
        return self.kind in MOVING


def choice_from(pairs: Iterable[tuple[str, str]]) -> Choice:
    """What was chosen last; whatever cannot be read takes its default."""
    given, start = dict(pairs), Choice()

    def number(name: str, least: int, most: int) -> int:
        text = given.get(name, "")
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
        return value if least <= value <= most else getattr(start, name)

    return Choice(
        kind=given["kind"] if given.get("kind") in KINDS else start.kind,
        scale=number("scale", min(SCALES), max(SCALES)),
        width=number("width", 0, MOST),
        height=number("height", 0, MOST),
        theme=given["theme"] if given.get("theme") in THEME_NAMES else AS_WINDOW,
        title=given.get("title") == "True",
        caption=given.get("caption") == "True",
    )


def figure_of(host: PanelHost, theme: Theme, choice: Choice | None = None) -> Figure:
    """The figure a choice means for this panel: by default as it is on screen, at two pixels for each of its own."""
    chosen = choice if choice is not None else Choice()
    if chosen.theme != AS_WINDOW and not chosen.moving:
        theme = load_theme(chosen.theme, theme.scale)  # type: ignore[arg-type]
    size = host.view.size()
    width = chosen.width or min(MOST, max(LEAST, size.width()))
    height = chosen.height or min(MOST, max(LEAST, size.height()))
    return Figure(theme, width, height, chosen.scale, title=chosen.title, caption=chosen.caption)


def export_figure(host: PanelHost, theme: Theme, path: Path, choice: Choice | None = None) -> None:
    """PNG, SVG or PDF of the frame on screen. Raises BadValue, OSError."""
    save_figure(shot_of(host), figure_of(host, theme, choice), path)


def export_data(host: PanelHost, path: Path) -> None:
    """The arrays of the frame on screen as NPZ, CSV or JSON. Raises BadValue, OSError."""
    session = host.session
    save_frame(session.frame, session.state, session.index, path)


def figure_image(host: PanelHost, theme: Theme, choice: Choice | None = None) -> QImage:
    """The frame on screen as an image with its record."""
    return draw_image(shot_of(host), figure_of(host, theme, choice))


def figure_mime(host: PanelHost, theme: Theme, choice: Choice | None = None) -> QMimeData:
    """The frame on screen for the clipboard: an image for every program, and a PNG that opens the state again."""
    image = figure_image(host, theme, choice)
    data = QMimeData()
    data.setImageData(image)
    data.setData("image/png", png_bytes(image))
    return data


def shot_of(host: PanelHost) -> Shot:
    """The frame on screen."""
    session = host.session
    return Shot(host.panel, session.state, session.frame, session.index)


def shots_of(host: PanelHost) -> list[Shot]:
    """The frames that the timeline has kept, in order."""
    timeline, state = host.session.timeline, host.session.state
    kept = dict(timeline.at(i) for i in range(timeline.count))
    return [Shot(host.panel, state, frame, index) for index, frame in kept.items()]

"""Exporting what an open panel shows: the frame on screen, in the window's theme, at the size it has there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage

from courseai_lab.app.data_export import save_frame
from courseai_lab.app.figures import Figure, Shot, draw_image, save_animation, save_figure
from courseai_lab.app.host import PanelHost
from courseai_lab.ui.theme import Theme

LEAST, MOST = 320, 2400


def export_figure(host: PanelHost, theme: Theme, path: Path) -> None:
    """PNG, SVG or PDF of the frame on screen, or a GIF of the frames recorded. Raises BadValue, OSError."""
    figure = _figure(host, theme)
    if path.suffix.lower() == ".gif":
        timeline = host.session.timeline
        frames = [timeline.at(i) for i in range(timeline.count)]
        state = host.session.state
        save_animation((Shot(host.panel, state, frame, index) for index, frame in dict(frames).items()), figure, path)
    else:
        save_figure(_shot(host), figure, path)


def export_data(host: PanelHost, path: Path) -> None:
    """The arrays of the frame on screen as NPZ, CSV or JSON. Raises BadValue, OSError."""
    session = host.session
    save_frame(session.frame, session.state, session.index, path)


def figure_image(host: PanelHost, theme: Theme) -> QImage:
    """The frame on screen as an image, for the clipboard."""
    return draw_image(_shot(host), _figure(host, theme))


def _shot(host: PanelHost) -> Shot:
    session = host.session
    return Shot(host.panel, session.state, session.frame, session.index)


def _figure(host: PanelHost, theme: Theme) -> Figure:
    size = host.view.size()
    return Figure(theme, min(MOST, max(LEAST, size.width())), min(MOST, max(LEAST, size.height())))

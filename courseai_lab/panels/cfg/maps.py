"""The plane: classes, samples on their way, and the scores as arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from courseai_lab.ui.plots.contour_map import ContourMap
from courseai_lab.ui.theme import Theme

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame
    from courseai_lab.panels.cfg.params import CfgLook

REACH = 3.0
PATHS = 24
LONGEST = 0.9
LEVELS = (0.03, 0.15, 0.5)
_FIELDS = {"without": ("score_without", "noise"), "with": ("score_with", "data"), "guided": ("score_guided", "model")}


def moment_of(frame: Frame, look: CfgLook) -> int:
    """The number of the moment looked at."""
    assert frame.moments is not None
    return round(look.moment * (len(frame.moments) - 1))


class PlaneMap(ContourMap):
    """One picture of the plane. The ground is a faint tint, so that points and arrows stand out."""

    def __init__(self, theme: Theme, parent: QWidget, title: str) -> None:
        super().__init__(theme, parent, title=title)
        self.set_options(bar=False)
        self.hide()

    def show_flow(self, frame: Frame, look: CfgLook, path: np.ndarray, arrows: str, ground: np.ndarray | None) -> None:
        """Samples at the moment looked at, on the ground of the wanted class."""
        at = moment_of(frame, look)
        self._start(frame, at, LEVELS)
        if look.paths:
            self.path("ways", _ways(path[: at + 1, :PATHS]), color="outline")
        end = at == len(path) - 1
        if end and frame.others is not None and frame.truth is not None:
            self.markers("other classes", frame.others, color="muted", marker="circle", size=3.0)
            self.markers("the true class", frame.truth, role="data", size=3.5)
        if ground is not None:
            self.markers("examples", ground, color="text", marker="cross", size=6.0)
        self._arrows(frame, at, arrows)
        self.markers("samples", path[at], role="model", size=5.5)
        self.end()

    def show_field(self, frame: Frame, look: CfgLook, arrows: str) -> None:
        """One score alone."""
        at = moment_of(frame, look)
        self._start(frame, at, LEVELS[1:2])
        self._arrows(frame, at, arrows)
        self.end()

    def _start(self, frame: Frame, at: int, shares: tuple[float, ...]) -> None:
        assert frame.density is not None
        self.begin()
        ground = frame.density[at]
        top = float(ground.max())
        levels = [share * top for share in shares]
        self.set_surface(
            ground, (-REACH, REACH), (-REACH, REACH), levels=levels, kind="diverging", limits=(-6 * top, 6 * top),
            square=True,
        )  # fmt: skip
        self.set_axes("", "", value="density of the class")

    def _arrows(self, frame: Frame, at: int, name: str) -> None:
        if name not in _FIELDS or frame.spots is None or frame.arrow is None:
            return
        field, role = _FIELDS[name]
        vectors = frame.arrow[at] * getattr(frame, field)[at]
        long = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
        self.arrows(
            f"score, {name}", frame.spots, vectors * np.minimum(1.0, LONGEST / np.maximum(long, 1e-12)), role=role
        )


def _ways(path: np.ndarray) -> np.ndarray:
    """Paths [moment sample 2] as one line with gaps, [point 2]."""
    gap = np.full((1, path.shape[1], 2), np.nan)
    return np.asarray(np.concatenate((path, gap)).transpose(1, 0, 2).reshape(-1, 2))


def beyond(path: np.ndarray) -> int:
    """How many samples have left the map at the end."""
    return int((np.abs(path[-1]).max(axis=1) > REACH).sum())

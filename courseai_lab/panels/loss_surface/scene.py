"""A frame as a 3D scene: the surface, the paths on it, the balls and their arrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from courseai_lab.ui.surface3d import Arrow, AxesSpec, Ball, Camera, Contours, Label, Path, Scene, Surface

if TYPE_CHECKING:
    from courseai_lab.panels.loss_surface.frame import Frame
    from courseai_lab.panels.loss_surface.params import LossLook
    from courseai_lab.ui.theme import Theme

ARROW = 0.16
"""Length of the longest arrow, as a share of the picture's width."""
CAMERA = Camera(azimuth=-58.0, elevation=36.0, distance=6.2)


def is_log(frame: Frame, look: LossLook) -> bool:
    """Whether heights and colours are logarithmic: where asked for, and where there are positive heights at all."""
    if look.heights == "linear" or (look.heights == "auto" and not frame.log_heights):
        return False
    finite = frame.height[np.isfinite(frame.height)]
    return bool(finite.size and finite.min() >= 0.0 and finite.max() > 0.0)


def racer_color(frame: Frame, racer: int, theme: Theme, lit: str = "") -> str:
    """The racer's colour; faint while another optimiser, or one of its numbers, is pointed at (``lit``)."""
    color = theme.class_color(frame.looks[racer])
    rule = lit.rpartition("_")[2]
    return mixed(color, theme.ground, 0.75) if rule in frame.rules and frame.rules[racer] != rule else color


def mixed(color: str, other: str, share: float) -> str:
    """``share`` of ``other`` in ``color``, as #RRGGBB."""
    a, b = (np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in (color, other))
    return "#" + "".join(f"{round(v):02X}" for v in a + share * (b - a))


def inside(frame: Frame, x: float, y: float) -> bool:
    """Whether a point lies on the picture."""
    return bool(frame.x[0] <= x <= frame.x[-1] and frame.y[0] <= y <= frame.y[-1])


@dataclass(frozen=True, slots=True)
class ArrowSet:
    """Arrows of one kind: starts [arrow 2], vectors [arrow 2] scaled for drawing, and the longest one's value."""

    name: str
    role: str
    starts: np.ndarray
    vectors: np.ndarray
    longest: float


def arrow_sets(frame: Frame, look: LossLook, lit: str = "") -> list[ArrowSet]:
    """The arrows asked for or pointed at (``lit``), downhill.

    The longest of each kind is drawn ARROW wide and the others to scale.
    """
    out = []
    for name, role, values in (("gradient", "gradient", frame.gradient), ("velocity", "model", frame.velocity)):
        if name not in look.glyphs and name != lit:
            continue
        rows = [(frame.path[k, frame.at(k)], -values[k, frame.at(k)]) for k in range(frame.racers)]
        rows = [(a, v) for a, v in rows if np.isfinite(v).all() and v.any() and inside(frame, a[0], a[1])]
        if not rows:
            continue
        starts, vectors = (np.array(part) for part in zip(*rows, strict=True))
        # Lengths are measured on the picture, where x and y may have different scales.
        span = np.array([frame.x[-1] - frame.x[0], frame.y[-1] - frame.y[0]])
        drawn = float(np.hypot(*(vectors / span).T).max())
        longest = float(np.hypot(*vectors.T).max())
        out.append(ArrowSet(name, role, starts, vectors * (ARROW / drawn), longest))
    return out


def make_surface(frame: Frame, look: LossLook, theme: Theme) -> Surface:
    """The height field; keep it while the heights are the same, so that nothing travels to the GPU again."""
    return Surface(
        frame.x,
        frame.y,
        frame.height,
        lut="cividis" if theme.name == "projector" else "viridis",
        z_scale="log" if is_log(frame, look) else "linear",
        contours=Contours(count=look.contours),
        relief=0.85,
    )


def _lifted(surface: Surface, points: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Points [n xyz] not below the floor, where a logarithm could throw them."""
    return np.column_stack([points, np.maximum(heights, surface.z_limits[0])])


def make_scene(
    frame: Frame, look: LossLook, theme: Theme, surface: Surface, marked: int | None, lit: str = ""
) -> Scene:
    """Everything on the surface at the frame's step.

    ``marked`` is a step pointed at somewhere, or None; ``lit`` a term or parameter pointed at, or "".
    """
    paths: list[Path] = []
    balls: list[Ball] = []
    labels: list[Label] = []
    if frame.trained_path is not None and frame.trained_height is not None:
        points = _lifted(surface, frame.trained_path, frame.trained_height)
        paths.append(Path(points, color=theme.text, width=1.5))
    for k in range(frame.racers):
        color, at, last = racer_color(frame, k, theme, lit), frame.at(k), int(frame.last[k])
        points = _lifted(surface, frame.path[k, : last + 1], frame.loss[k, : last + 1])
        if look.whole_path and at < last:
            paths.append(Path(points[at:], color=color + "70", width=1.5))
        paths.append(Path(points[: at + 1], color=color, width=3.0))
        if frame.diverged[k] and frame.step > last:
            edge = next((p for p in points[::-1] if inside(frame, p[0], p[1])), points[0])
            labels.append(Label(_xyz(edge), f"✕ {frame.labels[k]}", color))
        elif inside(frame, points[at, 0], points[at, 1]):
            balls.append(Ball(_xyz(points[at]), color=color, radius=7.0 * theme.text_px / 13))
        if marked is not None and inside(frame, *points[min(marked, last), :2]):
            balls.append(Ball(_xyz(points[min(marked, last)]), color=theme.accent, radius=4.5 * theme.text_px / 13))
    labels += [Label((x, y, surface.z_limits[0]), "min") for x, y in frame.minima.tolist() if inside(frame, x, y)][:4]
    return Scene(
        surface,
        paths=tuple(paths),
        balls=tuple(balls),
        arrows=_arrows(frame, look, theme, surface, lit),
        labels=tuple(labels),
        axes=AxesSpec(names=(frame.names[0], frame.names[1], "loss")),
        camera=CAMERA,
    )


def _arrows(frame: Frame, look: LossLook, theme: Theme, surface: Surface, lit: str) -> tuple[Arrow, ...]:
    """The arrows, laid onto the surface: each end at the surface's height under it."""
    out: list[Arrow] = []
    for one in arrow_sets(frame, look, lit):
        for start, vector in zip(one.starts, one.vectors, strict=True):
            ends = [_on(surface, point) for point in (start, start + vector)]
            if all(np.isfinite(end).all() for end in ends):
                out.append(Arrow(ends[0], ends[1], color=theme.role(one.role), width=2.5))
    return tuple(out)


def _on(surface: Surface, point: np.ndarray) -> tuple[float, float, float]:
    x, y = float(point[0]), float(point[1])
    return x, y, surface.height_at(x, y)


def _xyz(point: np.ndarray) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])

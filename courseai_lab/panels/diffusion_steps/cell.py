"""The one cell that is worked out, and its numbers in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.frame import Frame
    from courseai_lab.panels.diffusion_steps.params import StepsLook

_COLOURS = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where it is, and what the stages hold there; ``name`` in words."""

    row: int
    column: int
    channel: int
    name: str
    clean: float
    x: float
    true: float
    eps: float
    x0: float
    x_next: float
    z: float


def cell_of(frame: Frame, look: StepsLook) -> Cell:
    """The cell looked at; a place outside the frame's arrays is the nearest inside."""
    rows, columns, channels = frame.x.shape
    r = min(int(look.row * rows), rows - 1)
    c = min(int(look.column * columns), columns - 1)
    k = min(look.channel, channels - 1)
    kind = f"latent channel {k + 1}" if frame.latent else "grey" if channels == 1 else _COLOURS[k]
    at = (r, c, k)
    return Cell(
        r, c, k, f"row {r}, column {c}, {kind}", float(frame.clean[at]), float(frame.x[at]), float(frame.true[at]),
        float(frame.eps[at]), float(frame.x0[at]), float(frame.x_next[at]),
        0.0 if frame.z is None else float(frame.z[at]),
    )  # fmt: skip

"""Measures both renderers draw with; widths in logical pixels."""

from typing import Protocol

CONTOUR_WIDTH = 1.1
# The line along the rim of the surface, which tells it from a ground of the same colour.
EDGE_WIDTH = 1.0
# Strength of paths and balls where the surface hides them.
GHOST = 0.22
HATCH = 0.55
# The rim in the ground's colour below paths and arrows: pixels wider than they are, and its strength.
HALO_WIDTH = 2.0
HALO_INK = 0.7
# How far lines are pulled towards the eye, in world units, so that a path on the surface is not swallowed by it.
LINE_PULL = 0.03
# The same for balls, in radii.
BALL_PULL = 2.5


class ThemeLike(Protocol):
    """What a theme must have to dress a surface."""

    dark: bool
    ground: str
    text: str
    muted: str
    accent: str

"""Colour as eyes see it: contrast, CIELAB distance, and how colour-blind eyes see a colour."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Sight = Literal["normal", "protan", "deutan", "tritan"]
SIGHTS: tuple[Sight, ...] = ("normal", "protan", "deutan", "tritan")

_XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])

_SIMULATION: dict[Sight, Floats] = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def rgb(color: str) -> Floats:
    """``#RRGGBB`` as three sRGB values in 0..1. Raises ``ValueError`` for another form."""
    if len(color) != 7 or color[0] != "#":
        raise ValueError(f"A colour is written #RRGGBB, not {color!r}.")
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64) / 255


def hex_color(srgb: Floats) -> str:
    """sRGB values in 0..1 as ``#RRGGBB``."""
    r, g, b = (int(v) for v in np.round(np.clip(srgb, 0, 1) * 255))
    return f"#{r:02X}{g:02X}{b:02X}"


def linear(srgb: Floats) -> Floats:
    """sRGB to linear light (IEC 61966-2-1); shape (..., 3), values 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def gamma(light: Floats) -> Floats:
    """Linear light to sRGB (IEC 61966-2-1), clipped to 0..1; shape (..., 3)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def luminance(color: str) -> float:
    """Relative luminance 0..1 (WCAG 2.2)."""
    return float(linear(rgb(color)) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(srgb: Floats) -> Floats:
    """sRGB to CIELAB under D65 (CIE 15:2004, eq. 8.3 to 8.8); shape (..., 3)."""
    xyz = linear(srgb) @ _XYZ_FROM_RGB.T / _WHITE_D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def from_lab(values: Floats) -> Floats:
    """CIELAB (D65) to sRGB, clipped to what a screen can show; shape (..., 3)."""
    fy = (values[..., 0] + 16) / 116
    f = np.stack([fy + values[..., 1] / 500, fy, fy - values[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE_D65
    return gamma(xyz @ np.linalg.inv(_XYZ_FROM_RGB).T)


def simulate(srgb: Floats, sight: Sight) -> Floats:
    """How a dichromat sees sRGB values.

    Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation of Color Vision
    Deficiency", the matrices of severity 1.0, applied to linear light; shape (..., 3).
    """
    return gamma(linear(srgb) @ _SIMULATION[sight].T)


def distance(one: str, other: str, sight: Sight = "normal") -> float:
    """Difference of two colours for an eye: CIE 1976 distance in CIELAB; 2.3 is just noticeable."""
    a, b = (lab(simulate(rgb(color), sight)) for color in (one, other))
    return float(np.linalg.norm(a - b))


def mix(one: str, other: str, share: float) -> str:
    """``share`` (0..1) of ``other`` over ``one``, mixed in sRGB as painting with opacity does."""
    return hex_color(rgb(one) * (1 - share) + rgb(other) * share)

"""Pictures as arrays: checked loading of a user's file, the shipped samples, and one scene drawn by code."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from courseai_lab.kernels.own_file import FileProblem, checked_path, reason

MAX_PIXELS = 50_000_000
MAX_BYTES = 200_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
_ORIENTATION = 0x0112
_CLEAR = ("RGBA", "LA", "PA", "La", "RGBa")
# Pillow's decoders raise all of these for damaged files.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, OverflowError, MemoryError,
           struct.error, zlib.error, ZeroDivisionError, RuntimeError)  # fmt: skip

Channels = Literal["rgb", "gray"]
Range = Literal["unit", "signed"]
SampleName = Literal["photograph", "coffee", "rocket", "digit", "scene"]

# Files below the folder that ``sample_image`` is given; "scene" needs none.
SAMPLE_FILES: Mapping[str, str] = MappingProxyType(
    {"photograph": "cat.png", "coffee": "coffee.png", "rocket": "rocket.png", "digit": "digit.png"}
)


class ImageProblem(FileProblem):
    """A picture that cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``pixels`` float32 [row column channel] in 0..1 ("unit") or -1..1 ("signed"), and what was done to get there."""

    pixels: np.ndarray
    note: str


def load_image(path: Path, size: int, *, channels: Channels = "rgb", value_range: Range = "unit") -> Picture:
    """Read a PNG, JPEG or WebP file and make it a square of ``size`` pixels.

    Its size is read before anything is decoded; EXIF orientation is applied, then the largest centred square is cut
    out and resized (Lanczos). Transparency goes on white. Returns pixels [size size 3] ([size size 1] for "gray").
    Raises ImageProblem with one sentence.
    """
    if not 1 <= size <= 4096:
        raise ImageProblem(f"A picture is made from 1 to 4096 pixels a side, not {size}.")
    path = Path(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MAX_PIXELS is stricter; damaged metadata only warns
        return _load(path, size, channels, value_range)


def glance_image(path: Path) -> str:
    """What a picture is, from its header alone, as a phrase; raises ImageProblem with one sentence."""
    found, image = _opened(path)
    try:
        with image, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            width, height = image.size
            return "; ".join((f"{found.name}, {image.format} of {width} x {height} pixels", *_facts(image)))
    except _DAMAGE as problem:
        raise ImageProblem(f"{found.name} cannot be read as a picture: {reason(problem)}.") from None


def _opened(path: Path) -> tuple[Path, Image.Image]:
    """The file, its size in bytes and pixels checked, nothing decoded yet."""
    found, size = checked_path(path, "picture", ImageProblem)
    if size > MAX_BYTES:
        raise ImageProblem(f"{found.name} is larger than {MAX_BYTES // 1_000_000} MB; choose a smaller file.")
    most = f"at most {MAX_PIXELS // 1_000_000} million are read"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MAX_PIXELS is stricter; damaged metadata only warns
            image = Image.open(found, formats=FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            image.close()
            raise ImageProblem(f"{found.name} has {width} x {height} pixels; {most}.")
    except Image.DecompressionBombError:
        raise ImageProblem(f"{found.name} has too many pixels; {most}.") from None
    except UnidentifiedImageError:
        raise ImageProblem(f"{found.name} is not a PNG, JPEG or WebP picture.") from None
    except ImageProblem:
        raise
    except _DAMAGE as problem:
        raise ImageProblem(f"{found.name} cannot be read as a picture: {reason(problem)}.") from None
    return found, image


def _load(path: Path, size: int, channels: Channels, value_range: Range) -> Picture:
    found, image = _opened(path)
    try:
        with image:
            shape, facts = image.size, _facts(image)
            image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is decoded at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            square = ImageOps.fit(_eight_bit(upright), (size, size), Image.Resampling.LANCZOS)
    except ImageProblem:
        raise
    except _DAMAGE as problem:
        raise ImageProblem(f"{found.name} cannot be read as a picture: {reason(problem)}.") from None
    note = "; ".join((_describe(found.name, shape, size), *facts))
    return Picture(_to_array(square, channels, value_range), note)


def _facts(image: Image.Image) -> tuple[str, ...]:
    """What is done to a picture that is not plain 8-bit colour or grey, as phrases."""
    facts = []
    if getattr(image, "n_frames", 1) > 1:
        facts.append(f"the first of {image.n_frames} frames")  # type: ignore[attr-defined]
    if image.getexif().get(_ORIENTATION, 1) in range(2, 9):
        facts.append("turned upright as its camera says")
    if image.mode.startswith("I"):
        facts.append("16-bit grey scaled to 8 bit")
    if image.mode == "CMYK":
        facts.append("CMYK turned into RGB")
    if image.mode == "P":
        facts.append("palette turned into RGB")
    if image.mode in _CLEAR or "transparency" in image.info:
        facts.append("transparency put on white")
    return tuple(facts)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Any mode to 8-bit RGB: 16-bit greys scaled (Pillow would cut them off), transparency put on white."""
    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image, dtype=np.float64) / 257, 0, 255)
        return Image.fromarray(np.round(grey).astype(np.uint8)).convert("RGB")
    if image.mode in _CLEAR or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _to_array(image: Image.Image, channels: Channels, value_range: Range) -> np.ndarray:
    pixels = np.asarray(image if channels == "rgb" else image.convert("L"), dtype=np.float32) / np.float32(255)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return pixels if value_range == "unit" else pixels * np.float32(2) - np.float32(1)


def _describe(name: str, size: tuple[int, int], side: int) -> str:
    width, height = size
    if (width, height) == (side, side):
        return f"{name}, {width} x {height} pixels"
    cut = "" if width == height else f"its centred {min(size)} x {min(size)} square, "
    return f"{name} ({width} x {height}), {cut}resized to {side} x {side} pixels"


def sample_image(
    name: SampleName, folder: Path, size: int, *, channels: Channels = "rgb", value_range: Range = "unit"
) -> Picture:
    """One of the lab's own pictures, from the shipped ``folder`` of images. Arrays as ``load_image`` gives them."""
    if name != "scene":
        picture = load_image(folder / SAMPLE_FILES[name], size, channels=channels, value_range=value_range)
        return Picture(picture.pixels, f"{name}, {size} x {size} pixels")
    drawn = Image.fromarray(np.round(synthetic_scene(size) * 255).astype(np.uint8))
    return Picture(_to_array(drawn, channels, value_range), f"drawn scene, {size} x {size} pixels")


def synthetic_scene(size: int, oversample: int = 4) -> np.ndarray:
    """A small landscape with smooth, sharp and fine parts: sky, sun, two ridges, a field with furrows, a house.

    Float64 [size size 3] in 0..1; always the same picture, edges smoothed by ``oversample`` squared points a pixel.
    """
    n = size * oversample
    y, x = np.mgrid[0:n, 0:n] / n + 0.5 / n  # [row column]
    sky = np.array([0.24, 0.46, 0.80]) + y[..., None] * np.array([0.95, 0.62, 0.08])
    picture = np.clip(sky, 0, 1)

    def paint(mask: np.ndarray, colour: tuple[float, float, float], light: np.ndarray | float = 1.0) -> None:
        shaded = np.clip(np.asarray(colour) * np.broadcast_to(np.asarray(light)[..., None], (n, n, 1)), 0, 1)
        picture[mask] = shaded[mask]

    paint((x - 0.74) ** 2 + (y - 0.24) ** 2 < 0.09**2, (1.0, 0.93, 0.62))
    paint(y > 0.50 + 0.10 * np.sin(5.1 * x + 0.6) + 0.03 * np.sin(13 * x), (0.36, 0.42, 0.60))
    paint(y > 0.60 + 0.07 * np.sin(4.2 * x + 2.6), (0.20, 0.38, 0.30))
    furrows = 1 + 0.16 * np.sin(26 * (x - 0.5) / (y - 0.52).clip(0.05))
    paint(y > 0.72 + 0.02 * np.sin(3 * x), (0.62, 0.55, 0.24), furrows)
    paint((abs(x - 0.30) < 0.12) & (y > 0.58) & (y < 0.78), (0.93, 0.90, 0.84))
    paint((y > 0.46) & (y < 0.58) & (abs(x - 0.30) < (y - 0.46) * 1.25), (0.70, 0.22, 0.16))
    paint((abs(x - 0.26) < 0.025) & (y > 0.66) & (y < 0.78), (0.35, 0.22, 0.14))
    paint((abs(x - 0.355) < 0.03) & (abs(y - 0.66) < 0.03), (0.30, 0.45, 0.62))
    return picture.reshape(size, oversample, size, oversample, 3).mean(axis=(1, 3))

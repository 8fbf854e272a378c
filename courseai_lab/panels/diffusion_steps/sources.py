"""The picture that is dissolved, and the pictures that the exact denoiser knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.images import ImageProblem, load_image, sample_image
from courseai_lab.kernels.picture_sets import COUNT, shape_name, shape_picture, shape_set
from courseai_lab.panels.diffusion_steps.params import Known, Source, StepsParams
from courseai_lab.paths import resource

SCENE_SEED = 7
_TURNS, _SIZES = (-14.0, -5.0, 5.0, 14.0), (0.85, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """``pixels`` float64 [row column channel] in -1..1, what it is in words, and the caption it can be asked for by."""

    pixels: np.ndarray
    note: str
    caption: str = ""


def subject(p: StepsParams, ctx: Ctx, size: int, channels: int) -> Subject:
    """The picture asked for; raises BadValue with one sentence for a file that cannot be read."""
    number = p.number if p.picture in (Source.SHAPE, Source.SCENE, Source.DIGIT) else 0
    stamp = _stamp(p.file) if p.picture is Source.OWN else None
    key = ("subject", p.picture, number, p.file if p.picture is Source.OWN else "", stamp, size, channels)
    return ctx.memo(key, lambda: _subject(p, size, channels))


def _subject(p: StepsParams, size: int, channels: int) -> Subject:
    if p.picture is Source.SHAPE:
        made = Subject(shape_picture(p.number, size), shape_name(p.number))
    elif p.picture is Source.DIGIT:
        made = Subject(_digit(p.number, size), f"a drawn {p.number % 10}")
    elif p.picture is Source.SCENE:
        made = _scene(p.number, size)
    else:
        made = _photograph(p, size)
    pixels = made.pixels
    if channels == 1 and pixels.shape[2] == 3:
        pixels = pixels @ np.array([[0.299], [0.587], [0.114]])
    elif channels == 3 and pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return Subject(np.ascontiguousarray(pixels), made.note, made.caption)


def _photograph(p: StepsParams, size: int) -> Subject:
    if p.picture is Source.OWN and p.file:
        try:
            found = load_image(Path(p.file).expanduser(), size, value_range="signed")
        except ImageProblem as problem:
            raise BadValue(str(problem), "file") from None
    else:
        found = sample_image("photograph", resource("images"), size, value_range="signed")
    missing = p.picture is Source.OWN and not p.file
    note = f"no picture file chosen yet: {found.note}" if missing else found.note
    return Subject(found.pixels.astype(np.float64), note)


def _stamp(file: str) -> tuple[int, int] | None:
    """What changes when a file is written anew."""
    try:
        stat = Path(file).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return stat.st_mtime_ns, stat.st_size


def _digit(number: int, size: int) -> np.ndarray:
    """Digit ``number`` % 10, turned and sized by the rest, [size size 1]: light ink on dark, as in MNIST."""
    from courseai_lab.networks.digits import drawn_digit

    turn, scale = _TURNS[number // 10 % 4], _SIZES[number // 40 % 2]
    ink = drawn_digit(number % 10, turn, scale, side=size)
    return ink.numpy().astype(np.float64)[:, :, None] * 2 - 1


def _scene(number: int, size: int) -> Subject:
    from courseai_lab.networks.world import sample_scene
    from courseai_lab.networks.world_captions import write_caption
    from courseai_lab.networks.world_render import render

    scene = sample_scene(SCENE_SEED, number)
    image = render([scene], size).image[0]
    caption = write_caption(scene)
    return Subject(image.permute(1, 2, 0).numpy().astype(np.float64) * 2 - 1, caption, caption)


def known_pictures(kind: Known, size: int, ctx: Ctx) -> np.ndarray:
    """The sixty-four pictures of a set, float64 [picture row column channel] in -1..1."""
    return ctx.memo(("known", kind, size), lambda: _known(kind, size, ctx))


def _known(kind: Known, size: int, ctx: Ctx) -> np.ndarray:
    if kind is Known.SHAPES:
        return shape_set(size)
    if kind is Known.DIGITS:
        out = []
        for number in range(COUNT):
            ctx.tick(number, COUNT, "drawing the digits")
            out.append(_digit(number, size))
        return np.stack(out)
    from courseai_lab.networks.world import sample_scene
    from courseai_lab.networks.world_render import render

    parts = []
    for first in range(0, COUNT, 8):
        ctx.tick(first, COUNT, "drawing the scenes")
        image = render([sample_scene(SCENE_SEED, k) for k in range(first, first + 8)], size).image
        parts.append(image.permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts).astype(np.float64) * 2 - 1

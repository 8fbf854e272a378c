"""A run as an animation: GIF, WebP, APNG, or MP4 where there is an ffmpeg. Drawing and encoding apart. No widgets.

``drawn`` draws one frame each time it is asked, so that a window can do it bit by bit; ``write`` takes the frames in
turn and may stand in another thread, or in the same one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QImage

from courseai_lab.app.figures import RECORD, Figure, Shot, draw_shot, staged
from courseai_lab.app.headless import checked_target, record, replacing
from courseai_lab.contract import BadValue

ENDINGS: Mapping[str, str] = MappingProxyType(
    {".gif": "GIF", ".webp": "WebP", ".apng": "animated PNG", ".mp4": "MP4 video"}
)
MOST_FRAMES = 150
MOST_BYTES = 400_000_000
"""What the pictures of one animation may take in memory while it is made; of more frames an even choice is drawn."""
HOLD_MS = 1500
"""The last frame is held for a look."""
NO_FFMPEG = "An MP4 needs the program ffmpeg, which is not on this computer; WebP plays in every browser instead."
Report = Callable[[float, str], None]


class Stopped(Exception):
    """The animation is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn: the shots chosen, how many frames there were, how long each is shown, the record of the state."""

    shots: tuple[Shot, ...]
    total: int
    each_ms: int
    comment: str

    @property
    def lasting(self) -> list[int]:
        """Milliseconds of every frame."""
        return [self.each_ms] * (len(self.shots) - 1) + [max(self.each_ms, HOLD_MS)]


def _nobody(_done: float, _note: str) -> None:
    """Report to nobody."""


def plan(shots: Iterable[Shot], figure: Figure) -> Plan:
    """Choose frames evenly, so that no more are drawn than fit. Raises BadValue without any frame."""
    across, down = figure.pixels
    most = max(10, min(MOST_FRAMES, MOST_BYTES // (3 * across * down)))
    chosen, total, stride = thinned(shots, most)
    first, last = chosen[0], chosen[-1]
    # Browsers slow a GIF down whose frames last less than 20 ms.
    each = max(20, round(1000 * stride / first.panel.fps))
    text = json.dumps(record(first.state, last.index), separators=(",", ":"))
    return Plan(tuple(chosen), total, each, text)


def check(path: Path) -> Path:
    """`path`, when an animation can be written there; raises BadValue."""
    checked_target(path, ENDINGS)
    if path.suffix.lower() == ".mp4" and ffmpeg() is None:
        raise BadValue(NO_FFMPEG)
    return path


def ffmpeg() -> str | None:
    """The path of the program ffmpeg, or None."""
    return shutil.which("ffmpeg")


def drawn(made: Plan, figure: Figure) -> Iterator[tuple[Image.Image | None, Figure]]:
    """Draw the frames in turn, each as it looks on screen, since what print needs takes seconds a frame.

    The sentence below would change its height from frame to frame, so animations have none. Yields the picture and the
    figure as it became: it grows with its first frame, when it may. First of all it yields no picture: the view stands,
    and whoever draws bit by bit may go on with something else.
    """
    figure = replace(figure, caption=False)
    with staged(made.shots[0].panel, figure) as view:
        yield None, figure
        for shot in made.shots:
            image, became = draw_shot(view, shot, figure)
            # All frames have the size of the first one.
            figure = replace(figure, grow=False)
            yield as_pillow(image), became


def write(frames: Iterator[Image.Image], made: Plan, path: Path, stopped: Callable[[], bool] = lambda: False) -> None:
    """Write pictures of one size as the animation that the file's ending says. Raises Stopped, OSError.

    Nothing is left where it fails; an older file of that name is then intact.
    """
    with replacing(path) as temporary:
        _ENCODERS[path.suffix.lower()](frames, made, temporary)
        if stopped():
            raise Stopped


def save_animation(
    shots: Iterable[Shot], figure: Figure, path: Path, report: Report = _nobody
) -> tuple[int, int, Figure]:
    """Draw and write in one go. Returns frames drawn, frames there were, the figure as it became.

    `report` hears the share that is drawn. Raises BadValue, OSError.
    """
    check(path)
    made = plan(shots, figure)
    became = figure

    def pictures() -> Iterator[Image.Image]:
        nonlocal became
        for done, (image, now) in enumerate(drawn(made, figure)):
            if image is not None:
                became = now
                report(done / len(made.shots), "drawn")
                yield image

    write(pictures(), made, path)
    return len(made.shots), made.total, became


def thinned(shots: Iterable[Shot], most: int) -> tuple[list[Shot], int, int]:
    """At most `most` + 1 shots at even steps and always the last; how many there were; the step between them."""
    kept: list[Shot] = []
    stride, total = 1, 0
    last: Shot | None = None
    for total, last in enumerate(shots, start=1):
        if (total - 1) % stride == 0:
            kept.append(last)
        if len(kept) > most:
            kept, stride = kept[::2], stride * 2
    if last is None:
        raise BadValue("There are no frames to draw.")
    if kept[-1].index != last.index:
        kept.append(last)
    return kept, total, stride


def as_pillow(image: QImage) -> Image.Image:
    """A 32-bit picture of Qt's as Pillow's."""
    size = (image.width(), image.height())
    return Image.frombytes("RGB", size, bytes(image.constBits()), "raw", "BGRX", image.bytesPerLine())


def _gif(frames: Iterator[Image.Image], made: Plan, path: Path) -> None:
    images = list(frames)
    colours = _common_palette(images)
    first, *rest = (image.quantize(palette=colours, dither=Image.Dither.NONE) for image in images)
    comment = made.comment.encode()
    first.save(path, "GIF", save_all=True, append_images=rest, duration=made.lasting, loop=0, comment=comment)


def _common_palette(images: Sequence[Image.Image]) -> Image.Image:
    """256 colours for all frames, from the first, middle and last: one palette keeps still parts still."""
    some = [images[0], images[len(images) // 2], images[-1]]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for row, image in enumerate(some):
        sheet.paste(image, (0, row * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _webp(frames: Iterator[Image.Image], made: Plan, path: Path) -> None:
    first, *rest = frames
    # Lines and letters on a flat ground: without loss it is sharper, and no larger.
    options = {"lossless": True, "quality": 20, "method": 1, "xmp": made.comment.encode()}
    first.save(path, "WEBP", save_all=True, append_images=rest, duration=made.lasting, loop=0, **options)


def _apng(frames: Iterator[Image.Image], made: Plan, path: Path) -> None:
    first, *rest = frames
    texts = PngInfo()
    texts.add_text(RECORD, made.comment)
    texts.add_text("Title", made.shots[0].panel.title)
    texts.add_text("Software", "CourseAI Lab")
    first.save(path, "PNG", save_all=True, append_images=rest, duration=made.lasting, loop=0, pnginfo=texts)


def _mp4(frames: Iterator[Image.Image], made: Plan, path: Path) -> None:
    """Raw pictures through a pipe into ffmpeg, with its own choice of codec (H.264 in all common builds)."""
    program = ffmpeg()
    if program is None:
        raise OSError(NO_FFMPEG)
    first = next(frames)
    across, down = first.size
    rate = f"{1000 / made.each_ms:.4f}"
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{across}x{down}"]
    # Most players want even sides and this pixel format.
    command += ["-r", rate, "-i", "-", "-an", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"]
    command += ["-movflags", "+faststart", "-metadata", f"comment={made.comment}", "-f", "mp4", str(path)]
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said, creationflags=flags)
        try:
            _feed(process, first, frames, round(HOLD_MS / made.each_ms))
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode != 0:
            said.seek(0)
            words = said.read(2_000).decode("utf-8", "replace").strip().splitlines()
            raise OSError(f"ffmpeg could not write the video: {words[-1] if words else 'it gave no reason'}")


def _feed(process: subprocess.Popen[bytes], first: Image.Image, frames: Iterator[Image.Image], held: int) -> None:
    """All frames, the last one again until it has been held; a pipe that breaks is told by ffmpeg's exit."""
    assert process.stdin is not None
    image = first
    try:
        process.stdin.write(first.tobytes())
        for image in frames:
            process.stdin.write(image.tobytes())
        for _ in range(held):
            process.stdin.write(image.tobytes())
        process.stdin.close()
    except BrokenPipeError:
        # What went wrong is in its own words.
        for _ in frames:
            pass
    process.wait()


_ENCODERS: Mapping[str, Callable[[Iterator[Image.Image], Plan, Path], None]] = MappingProxyType(
    {".gif": _gif, ".webp": _webp, ".apng": _apng, ".mp4": _mp4}
)

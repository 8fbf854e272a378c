"""A kernel slid over a picture: where the window stands now, and what the whole of it makes of the picture."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType

from courseai_lab.contract import Ctx
from courseai_lab.panels.convolution.choices import Study
from courseai_lab.panels.convolution.frame import Frame
from courseai_lab.panels.convolution.inputs import file_stamp
from courseai_lab.panels.convolution.params import ConvolutionLook, ConvolutionParams
from courseai_lab.panels.convolution.sliding import Scene, frame_at, place, pooling_scene, sliding_scene
from courseai_lab.panels.convolution.studies import field_frame, fourier_frame, separable_frame
from courseai_lab.panels.convolution.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "readings", "run", "sentence"]

Params = ConvolutionParams
Look = ConvolutionLook
LONGEST = 20_000
"""Frames after which a walk ends wherever it is: half an hour of watching, a second of computing."""
POSITION = {"down": 0.5, "across": 0.5, "probe": None, "walk": "cell", "channel": 1}
SCENES: Mapping[Study, Callable[[Params, Ctx], Scene]] = MappingProxyType(
    {Study.STEP: sliding_scene, Study.POOL: pooling_scene}
)
STILLS: Mapping[Study, Callable[[Params, Ctx], Frame]] = MappingProxyType(
    {Study.FIELD: field_frame, Study.SEPARABLE: separable_frame, Study.FOURIER: fourier_frame}
)


class _Latest:
    """Room for one scene: its pictures may be large, and only the last ones are ever wanted again."""

    def __init__(self) -> None:
        self._key: object = None
        self._scene: Scene | None = None

    def get(self, key: object, make: Callable[[], Scene]) -> Scene:
        """The scene kept under ``key``, made anew when another one was."""
        if self._scene is None or key != self._key:
            self._scene, self._key = make(), key
        return self._scene


class _Walk:
    """Where the window stands: put somewhere by hand, moved on cell by cell or row by row, kept through all else."""

    def __init__(self, p: Params) -> None:
        self._hand = (p.down, p.across)
        self._share = self._hand

    def at(self, p: Params, shape: tuple[int, int]) -> tuple[int, int]:
        """The output cell under the window now."""
        if (p.down, p.across) != self._hand:
            self._hand = self._share = (p.down, p.across)
        return place(self._share[0], shape[0]), place(self._share[1], shape[1])

    def advance(self, p: Params, shape: tuple[int, int]) -> bool:
        """One cell or row on in reading order; False when that was the last one."""
        high, wide = shape
        i, j = self.at(p, shape)
        index = i * wide + j + (1 if p.walk == "cell" else wide)
        if index >= high * wide:
            return False
        # Middles of cells, so that rounding cannot move the window.
        self._share = (index // wide + 0.5) / high, (index % wide + 0.5) / wide
        return True


def run(p: Params, ctx: Ctx) -> Generator[Frame, Params, None]:
    """Goodfellow, Bengio and Courville (2016), eq. 9.6, one window a frame; what is changed is shown at once.

    Raises BadValue with one sentence for a picture that cannot be read or a kernel that finds no room.
    """
    ctx.tick(0, 1)
    walk, step = _Walk(p), 0
    while True:
        shown, wanted = _frame(p, ctx, walk, step), p
        p = yield shown
        ctx.tick()
        step += 1
        if p != wanted:
            continue
        if p.study in STILLS or step >= LONGEST or not walk.advance(p, (shown.y.shape[1], shown.y.shape[2])):
            return


def _frame(p: Params, ctx: Ctx, walk: _Walk, step: int) -> Frame:
    if p.study in STILLS:
        return STILLS[p.study](p, ctx)
    key = (p.model_copy(update=POSITION), ctx.seeds.init, file_stamp(p))
    scene = ctx.memo("scene", _Latest).get(key, lambda: SCENES[p.study](p, ctx))
    return frame_at(scene, walk.at(p, scene.shape), step, p)

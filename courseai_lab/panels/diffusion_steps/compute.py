"""Any picture to noise and back: the exact denoiser of a known set in pixels, or the trained U-Net in latents."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from types import MappingProxyType

from courseai_lab.contract import Ctx
from courseai_lab.panels.diffusion_steps.denoisers import Predictor, make_predictor
from courseai_lab.panels.diffusion_steps.frame import Frame
from courseai_lab.panels.diffusion_steps.linked import selections
from courseai_lab.panels.diffusion_steps.measured import errors, leaps
from courseai_lab.panels.diffusion_steps.params import Page, StepsLook, StepsParams
from courseai_lab.panels.diffusion_steps.play import play
from courseai_lab.panels.diffusion_steps.script import script
from courseai_lab.panels.diffusion_steps.words import formula, marks, readings, sentence

__all__ = [
    "Frame",
    "Look",
    "Params",
    "formula",
    "marks",
    "readings",
    "run",
    "script",
    "selections",
    "sentence",
]

Params = StepsParams
Look = StepsLook
_PAGES: Mapping[Page, Callable[[StepsParams, Ctx, Predictor], Iterator[Frame]]] = MappingProxyType(
    {Page.PLAY: play, Page.ERRORS: errors, Page.LEAP: leaps}
)


def run(p: StepsParams, ctx: Ctx) -> Generator[Frame, StepsParams, None]:
    """The frames of the page asked for. Raises BadValue with one sentence for a file or a prompt that is of no use."""
    yield from _PAGES[p.page](p, ctx, make_predictor(p, ctx))

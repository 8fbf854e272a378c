"""Who predicts: the exact denoiser of known pictures, in pixels, or the trained U-Net, in latents. One shape for both.

Arrays are [... row column channel] here, float64, whatever a network wants inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.ideal_denoiser import KnownPictures, effective_count
from courseai_lab.kernels.noising import to_bytes
from courseai_lab.kernels.samplers import Target
from courseai_lab.kernels.schedules import Schedule, cosine, linear
from courseai_lab.panels.diffusion_steps.params import Denoiser, StepsParams
from courseai_lab.panels.diffusion_steps.sources import Subject, known_pictures, subject

if TYPE_CHECKING:
    from courseai_lab.networks.diffusion import Prompted, System

STEPS = 1000


class Predictor(Protocol):
    """What every page needs of a denoiser. ``clean`` [row column channel] is the picture in its space."""

    latent: bool
    schedule: Schedule
    target: Target
    clean: np.ndarray
    caption: str
    ability: str
    notes: tuple[str, ...]

    def output(self, x: np.ndarray, t: float, alpha: float, sigma: float) -> np.ndarray:
        """Its answer in ``target``'s terms for x [image row column channel]."""

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """x [image row column channel] as pictures for showing, uint8 [image high wide colour]."""

    def mixed(self, x: np.ndarray, alpha: float, sigma: float) -> float:
        """Among how many pictures it hesitates at x [row column channel]; NaN where nobody can say."""

    def away(self, x: np.ndarray) -> float:
        """Rms difference of images x [image ...], each from its nearest known picture; NaN where none are known."""


class Exact:
    """E[x0 | x] over a finite set of pictures; the picture looked at is always one of them."""

    latent = False
    target = Target.X0
    ability = ""

    def __init__(self, p: StepsParams, ctx: Ctx) -> None:
        self.schedule = cosine(STEPS) if p.schedule == "cosine" else linear(STEPS)
        rows = known_pictures(p.known, p.size, ctx)
        found = subject(p, ctx, p.size, rows.shape[3])
        self.clean = found.pixels
        self.caption = found.note
        self.shape = found.pixels.shape
        self.known, self.which = ctx.memo(("gram", p.known, p.size, found), lambda: _with(rows, found))
        self.notes: tuple[str, ...] = (
            f"The denoiser knows {self.known.count} pictures by heart and answers with their best mean: "
            "no network can do better on them.",
        )

    def output(self, x: np.ndarray, t: float, alpha: float, sigma: float) -> np.ndarray:
        """E[x0 | x]."""
        return self.known.x0(x.reshape(len(x), -1), alpha, sigma)[0].reshape(x.shape)

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """The pixels themselves; beyond -1..1 black or white."""
        return to_bytes(x)

    def mixed(self, x: np.ndarray, alpha: float, sigma: float) -> float:
        """exp of the entropy of the chances."""
        return float(effective_count(self.known.chances(x.reshape(-1), alpha, sigma)))

    def away(self, x: np.ndarray) -> float:
        """From the nearest of the known pictures."""
        return float(np.sqrt(np.mean(self.known.nearest(x.reshape(len(x), -1))[1] ** 2)))


def _with(rows: np.ndarray, found: Subject) -> tuple[KnownPictures, int]:
    """The known pictures with the one looked at among them, and its number."""
    same = np.flatnonzero([np.array_equal(row, found.pixels) for row in rows])
    if same.size:
        return KnownPictures.of(rows), int(same[0])
    return KnownPictures.of(np.concatenate([rows, found.pixels[None]])), len(rows)


class Learned:
    """The shipped U-Net in the latent space, told a caption; pictures are decoded by the shipped autoencoder."""

    latent = True
    target = Target.V

    def __init__(self, p: StepsParams, ctx: Ctx) -> None:
        import torch

        from courseai_lab.networks.diffusion import noise_schedule
        from courseai_lab.networks.scenes import abilities, read_prompt

        self._torch = torch
        self.schedule = noise_schedule()
        found = subject(p, ctx, 64, 3)
        self.caption = p.prompt.strip() or found.caption
        self._device = ctx.device
        self._system: System = ctx.memo(("system", ctx.device), lambda: _system(ctx.device))
        try:
            reading = read_prompt(self.caption)
            self._prompted: Prompted = ctx.memo(
                ("heard", self.caption, ctx.device), lambda: self._system.prompted([self.caption])
            )
        except ValueError as problem:
            raise BadValue(str(problem), "prompt") from None
        self._scale = p.scale
        self.clean = self._encode(found.pixels)
        self.ability = ctx.memo("abilities", abilities).sentence()
        told = f"The network is told “{self.caption}”." if self.caption else "The network is told nothing."
        foreign = "" if found.caption else "It was taught scenes only: expect it to turn this picture into one."
        self.notes: tuple[str, ...] = tuple(note for note in (told, reading.trouble, foreign) if note)

    def _encode(self, pixels: np.ndarray) -> np.ndarray:
        torch = self._torch
        with torch.no_grad():
            image = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None].to(self._device)
            return self._channels_last(self._system.vae.encode(image))[0]

    def _channels_first(self, x: np.ndarray) -> Any:
        first = np.ascontiguousarray(np.moveaxis(x, -1, 1), dtype=np.float32)
        return self._torch.from_numpy(first).to(self._device)

    def _channels_last(self, x: Any) -> np.ndarray:
        return np.ascontiguousarray(x.permute(0, 2, 3, 1).cpu().numpy(), dtype=np.float64)

    def output(self, x: np.ndarray, t: float, alpha: float, sigma: float) -> np.ndarray:
        """v, guided where asked; every image hears the same caption."""
        with self._torch.no_grad():
            return self._channels_last(self._predict(self._channels_first(x), t))

    def _predict(self, x: Any, t: float) -> Any:
        unet, one = self._system.unet, self._prompted
        clock = unet.clock(self._torch.tensor([t], device=self._device))
        if self._scale == 1.0:
            return unet(x, clock, _spread(one.alone, len(x)))
        from courseai_lab.networks.diffusion import guide

        silent = [(k[1:], v[1:], mask[1:]) for k, v, mask in one.heard]
        with_words = unet(x, clock, _spread(one.alone, len(x)))
        return guide(with_words, unet(x, clock, _spread(silent, len(x))), self._scale)

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """Decoded by the autoencoder."""
        with self._torch.no_grad():
            return to_bytes(self._channels_last(self._system.vae.decode(self._channels_first(x))))

    def mixed(self, x: np.ndarray, alpha: float, sigma: float) -> float:
        """Nobody can say."""
        return float("nan")

    def away(self, x: np.ndarray) -> float:
        """It knows no pictures."""
        return float("nan")


def _spread(heard: Any, count: int) -> Any:
    return [(k.expand(count, *k.shape[1:]), v.expand(count, *v.shape[1:]), m.expand(count, *m.shape[1:]))
            for k, v, m in heard]  # fmt: skip


def _system(device: str) -> System:
    from courseai_lab.networks.diffusion import load_system
    from courseai_lab.networks.loader import ModelFileError
    from courseai_lab.paths import resource

    try:
        system = load_system(resource("models"))
    except (ModelFileError, OSError) as problem:
        raise BadValue(f"The trained network cannot be loaded: {problem}", "denoiser") from None
    for part in (system.clip, system.vae, system.unet):
        part.to(device)
    return system


def make_predictor(p: StepsParams, ctx: Ctx) -> Exact | Learned:
    """The denoiser asked for, with the picture in its space; raises BadValue with one sentence."""
    ctx.tick(note="reading the picture")
    return Exact(p, ctx) if p.denoiser is Denoiser.EXACT else Learned(p, ctx)

"""Schedules side by side: their curves, the steps a sampler takes, and one image noised by each with one noise."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import numpy as np

from courseai_lab.contract import Axes, BadValue, Ctx, grey_array
from courseai_lab.contract.painted import resampled
from courseai_lab.kernels import schedules as ks
from courseai_lab.kernels.images import Channels, ImageProblem, Picture, SampleName, load_image, sample_image
from courseai_lab.kernels.noising import noised, to_bytes
from courseai_lab.kernels.schedules import Name, Process, Schedule
from courseai_lab.kernels.timesteps import Spacing, inference_timesteps
from courseai_lab.panels.noise_schedule.linked import followed, selections
from courseai_lab.panels.noise_schedule.params import NAMES, NoiseLook, NoiseParams, Quantity
from courseai_lab.panels.noise_schedule.script import script
from courseai_lab.panels.noise_schedule.words import formula, marks, readings, sentence
from courseai_lab.paths import resource

__all__ = [
    "Frame",
    "Look",
    "Params",
    "followed",
    "formula",
    "marks",
    "readings",
    "run",
    "script",
    "selections",
    "sentence",
]

Params = NoiseParams
Look = NoiseLook
SPENT = 0.01  # below this alpha-bar a step is called almost pure noise


@dataclass(frozen=True, slots=True)
class Frame:
    """Every schedule shown, in rows; a rescaled or shifted one has its "before" in the row above it."""

    labels: tuple[str, ...]
    ids: tuple[str, ...]
    before: tuple[bool, ...]
    beta: Annotated[np.ndarray, Axes("schedule t", help="noise variance added in one step; NaN where none is defined")]
    alpha_bar: Annotated[np.ndarray, Axes("schedule t", help="share of the variance that is image")]
    sqrt_alpha_bar: Annotated[np.ndarray, Axes("schedule t", help="weight of the image at unit variance")]
    sigma: Annotated[np.ndarray, Axes("schedule t", help="noise / signal; infinite where no image is left")]
    log_snr: Annotated[np.ndarray, Axes("schedule t", help="2 ln(signal / noise)")]
    signal: Annotated[np.ndarray, Axes("schedule t", help="weight of x_0, in the schedule's own convention")]
    noise: Annotated[np.ndarray, Axes("schedule t", help="weight of eps, in the schedule's own convention")]
    taken: Annotated[np.ndarray, Axes("schedule step", help="time steps a sampler visits, noisiest first")]
    taken_values: Annotated[
        np.ndarray, Axes("quantity schedule step", help="the five curves, in the order of Look.curves, at those steps")
    ]
    spent: Annotated[np.ndarray, Axes("schedule", help="share of all steps with alpha-bar below 0.01")]
    at: int
    cell_t: Annotated[np.ndarray, Axes("cell", help="time step of each image in a row")]
    cells: Annotated[np.ndarray, Axes("schedule cell row column channel", help="x_t for showing, 0 to 255")]
    now: Annotated[np.ndarray, Axes("schedule row column channel", help="x_t at the marked time, 0 to 255")]
    knots: Annotated[np.ndarray | None, Axes("knot xy", help="t/T and alpha-bar of the curve drawn by hand")]
    picture: str
    notes: tuple[str, ...]

    @property
    def last(self) -> int:
        """T - 1, the noisiest step."""
        return self.alpha_bar.shape[1] - 1


_MAKE: Mapping[Name, Callable[[NoiseParams], Schedule]] = MappingProxyType(
    {
        Name.LINEAR: lambda p: ks.linear(p.steps, beta_start=p.linear_start, beta_end=p.linear_end),
        Name.SCALED_LINEAR: lambda p: ks.scaled_linear(p.steps, beta_start=p.scaled_start, beta_end=p.scaled_end),
        Name.COSINE: lambda p: ks.cosine(p.steps, s=p.cosine_s, max_beta=p.cosine_cap),
        Name.SIGMOID: lambda p: ks.sigmoid(
            p.steps, beta_start=p.sigmoid_start, beta_end=p.sigmoid_end, span=p.sigmoid_span
        ),
        Name.SIGMOID_ALPHA_BAR: lambda p: ks.sigmoid_alpha_bar(
            p.steps, start=p.gate_start, end=p.gate_end, tau=p.gate_tau
        ),
        Name.SQRT: lambda p: ks.sqrt(p.steps, s=p.sqrt_s),
        Name.KARRAS: lambda p: ks.karras(p.steps, sigma_min=p.karras_min, sigma_max=p.karras_max, rho=p.karras_rho),
        Name.VP_CONTINUOUS: lambda p: ks.vp_continuous(p.steps, beta_min=p.vp_min, beta_max=p.vp_max),
        Name.FLOW: lambda p: ks.flow(p.steps, shift=p.flow_shift),
        Name.DRAWN: lambda p: ks.drawn(p.steps, knots=p.knots),
    }
)


class _Latest:
    """Room for one frame: its rows of images are large, and only the last ones are ever wanted again."""

    def __init__(self) -> None:
        self._key: object = None
        self._value: Frame | None = None

    def get(self, key: object, make: Callable[[], Frame]) -> Frame:
        """The frame kept under ``key``, made anew when another one was."""
        if self._value is None or key != self._key:
            self._value, self._key = make(), key
        return self._value


@dataclass(frozen=True, slots=True)
class Row:
    """One schedule shown, its label, and whether it is the "before" of the row below."""

    label: str
    id: Name
    before: bool
    schedule: Schedule


def rows(p: NoiseParams) -> list[Row]:
    """The schedules shown, top to bottom: as they are, and rescaled or shifted ones after their originals."""
    out: list[Row] = []
    for name in p.schedules:
        schedule, label = _MAKE[name](p), "own curve" if name is Name.DRAWN else NAMES[name]
        if p.zero_snr and schedule.process is Process.VP:
            out.append(Row(f"{label}, before", name, True, schedule))
            out.append(Row(f"{label}, zero SNR", name, False, ks.zero_terminal_snr(schedule)))
        elif name is Name.FLOW and p.flow_shift != 1:
            out.append(Row("flow, no shift", name, True, ks.flow(p.steps)))
            out.append(Row(f"flow, shift {p.flow_shift:g}", name, False, schedule))
        else:
            out.append(Row(label, name, False, schedule))
    return out


def _steps_taken(p: NoiseParams, shown: list[Row]) -> tuple[np.ndarray, list[str]]:
    """[schedule step], with a note where fewer or earlier steps are taken than asked for."""
    count, offset, notes = min(p.count, p.steps), p.steps_offset, []
    if count < p.count:
        notes.append(f"A sampler can take at most T = {p.steps} steps, so {count} are marked instead of {p.count}.")
    if p.spacing is Spacing.LEADING:
        room = p.steps - 1 - (count - 1) * (p.steps // count)
        if offset > room:
            offset = room
            notes.append(f"An offset of {p.steps_offset} would ask for a step past {p.steps - 1}; {room} is used.")
    taken = [
        inference_timesteps(row.schedule, count, p.spacing, steps_offset=offset, rho=p.spacing_rho) for row in shown
    ]
    return np.stack(taken), notes


def _picture(p: NoiseParams, ctx: Ctx) -> Picture:
    """The image asked for; read again only when the choice or the file behind it changes."""
    key = ("picture", p.image, p.file, p.drawing, p.size, _stamp(p.file) if p.image == "own" else None)
    return ctx.memo(key, lambda: _load(p))


def _stamp(file: str) -> tuple[int, int] | None:
    """What changes when a file is written anew."""
    try:
        stat = Path(file).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return stat.st_mtime_ns, stat.st_size


def _load(p: NoiseParams) -> Picture:
    """The image asked for, -1..1; a problem with the user's file becomes one sentence."""
    if p.image == "own" and p.file:
        try:
            return load_image(Path(p.file).expanduser(), p.size, value_range="signed")
        except ImageProblem as problem:
            raise BadValue(str(problem), "file") from None
    if p.image == "drawn" and p.drawing:
        ink = resampled(grey_array(p.drawing), p.size, p.size)[..., None]
        return Picture(ink * np.float32(2) - np.float32(1), f"drawn digit, 28 x 28 cells on {p.size} x {p.size} pixels")
    name: SampleName = "photograph" if p.image == "own" else "digit" if p.image == "drawn" else p.image
    channels: Channels = "gray" if name == "digit" else "rgb"
    picture = sample_image(name, resource("images"), p.size, channels=channels, value_range="signed")
    if p.image == "own":
        return Picture(picture.pixels, f"no picture file chosen yet: {picture.note}")
    if p.image == "drawn":
        return Picture(picture.pixels, f"nothing drawn yet: {picture.note}")
    return picture


def _weights(shown: list[Row], t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of image and noise for showing at the time steps ``t``, float32 [schedule t] each."""
    pairs = [row.schedule.unit_variance() for row in shown]
    signal, noise = (np.stack([pair[i][t] for pair in pairs]) for i in (0, 1))
    return signal.astype(np.float32), noise.astype(np.float32)


def _images(picture: Picture, shown: list[Row], t: np.ndarray, ctx: Ctx) -> np.ndarray:
    """x_t of every row at the time steps ``t``, one noise for all, uint8 [schedule t row column channel]."""
    x0 = picture.pixels
    eps = ctx.rng("sample").standard_normal(x0.shape, dtype=np.float32)
    signal, noise = _weights(shown, t)
    out = np.empty((len(shown), len(t), *x0.shape), np.uint8)
    for k in range(len(shown)):  # row by row: all at once would need gigabytes for many large pictures
        ctx.tick(k, len(shown))
        out[k] = _noised_on(ctx.device, x0, eps, signal[k], noise[k])
    return out


def _noised_on(device: str, x0: np.ndarray, eps: np.ndarray, signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The same on any device; on the CPU without torch, whose import would take longer than everything else here."""
    if device == "cpu":
        return to_bytes(noised(x0, eps, signal, noise))
    import torch

    on_device = [torch.from_numpy(array).to(device) for array in (x0, eps)]
    weights = [torch.from_numpy(array) for array in (signal, noise)]
    return to_bytes(noised(*on_device, *weights)).cpu().numpy()


def _at_steps(curves: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Curves [schedule t] at the time steps taken [schedule step]; between two whole steps on a straight line."""
    low = np.floor(taken).astype(np.int64)
    high, part = np.minimum(low + 1, curves.shape[1] - 1), taken - low
    left, right = (np.take_along_axis(curves, index, axis=1) for index in (low, high))
    with np.errstate(invalid="ignore"):
        between = left + part * (right - left)
    return np.where(part > 0, between, left)


def _still(p: NoiseParams, ctx: Ctx, shown: list[Row], picture: Picture) -> Frame:
    """Everything that does not depend on the marked time, as the frame with the first step marked."""
    taken, notes = _steps_taken(p, shown)
    cell_t = np.round(np.linspace(0, p.steps - 1, p.cells)).astype(np.int64)
    cells = _images(picture, shown, cell_t, ctx)
    curves = {quantity: np.stack([getattr(row.schedule, quantity) for row in shown]) for quantity in Quantity}
    for row in shown:
        notes.extend(row.schedule.notes)
    return Frame(
        labels=tuple(row.label for row in shown),
        ids=tuple(row.id.value for row in shown),
        before=tuple(row.before for row in shown),
        beta=curves[Quantity.BETA],
        alpha_bar=curves[Quantity.ALPHA_BAR],
        sqrt_alpha_bar=curves[Quantity.SQRT_ALPHA_BAR],
        sigma=curves[Quantity.SIGMA],
        log_snr=curves[Quantity.LOG_SNR],
        signal=np.stack([row.schedule.signal for row in shown]),
        noise=np.stack([row.schedule.noise for row in shown]),
        taken=taken,
        taken_values=np.stack([_at_steps(curves[quantity], taken) for quantity in Quantity]),
        spent=(curves[Quantity.ALPHA_BAR] < SPENT).mean(axis=1),
        at=0,
        cell_t=cell_t,
        cells=cells,
        now=cells[:, 0].copy(),
        knots=np.array(p.knots) if Name.DRAWN in p.schedules else None,
        picture=picture.note,
        notes=tuple(dict.fromkeys(notes)),
    )


def run(p: NoiseParams, ctx: Ctx) -> Generator[Frame, NoiseParams, None]:
    """Ho et al. (2020), eq. 4, and its kin under every schedule asked for. One frame.

    Raises BadValue with one sentence when the user's picture cannot be read.
    """
    shown, picture = rows(p), _picture(p, ctx)
    # Dragging the time must feel immediate: the rest is kept as it is, by identity.
    key = (p.model_copy(update={"time": 0.0}), ctx.seeds.sample, ctx.device, picture)
    still = ctx.memo("still", _Latest).get(key, lambda: _still(p, ctx, shown, picture))
    at = round(p.time * (p.steps - 1))
    now = _images(picture, shown, np.array([at]), ctx)[:, 0]
    yield replace(still, at=at, now=np.ascontiguousarray(now))

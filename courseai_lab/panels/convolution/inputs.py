"""The picture that is slid over, and the kernel, from what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.convolution import correlate, padded, plan_axis, sources
from courseai_lab.kernels.filters import Filter, make_filter, resized
from courseai_lab.kernels.images import ImageProblem, SampleName, load_image, sample_image
from courseai_lab.kernels.number_grid import parse_grid
from courseai_lab.kernels.pooling import pool
from courseai_lab.panels.convolution.choices import KIND_NAMES, MAX_GRID, MAX_KERNEL, PAD_SIDE, Kind, Source, Study
from courseai_lab.panels.convolution.params import ConvolutionParams
from courseai_lab.paths import resource

WHITE = 255.0
FILTERS = {"conv1": 16, "conv2": 32}


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """``x`` float32 [channel row column], the range its colours are drawn in, and what it is."""

    x: np.ndarray
    value_range: tuple[float, float]
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """``cells`` float64 [channel row column] over ``divisor``: one slice for each channel of the input, and a bias."""

    cells: np.ndarray
    divisor: float
    bias: float
    note: str
    editable: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What is used of the digit network: filters [filter channel row column] and biases of both layers, float64."""

    conv1: np.ndarray
    bias1: np.ndarray
    conv2: np.ndarray
    bias2: np.ndarray


def file_stamp(p: ConvolutionParams) -> tuple[int, int] | None:
    """What changes when the user's own file is written anew."""
    if p.source is not Source.OWN:
        return None
    try:
        stat = Path(p.file).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return None
    return stat.st_mtime_ns, stat.st_size


def learned(ctx: Ctx) -> Learned:
    """The convolutions of the shipped digit network; read once."""
    return ctx.memo("digit network", _read_network)


def _read_network() -> Learned:
    from courseai_lab.networks import digits

    network = digits.load(resource("models", "digits"))

    def numbers(tensor: object) -> np.ndarray:
        return np.asarray(tensor.detach().double().numpy())  # type: ignore[attr-defined]

    first, second = network.conv1, network.conv2
    return Learned(numbers(first.weight), numbers(first.bias), numbers(second.weight), numbers(second.bias))


def uses_network(p: ConvolutionParams) -> bool:
    """Whether the learned kernels are what slides; they read one channel from 0 to 1."""
    return p.kind is Kind.LEARNED and p.study is not Study.POOL


def picture(p: ConvolutionParams, ctx: Ctx) -> Input:
    """The input, read again only when what it depends on changes. Raises BadValue for a picture that cannot be read."""
    colour = "grey" if uses_network(p) else p.colour
    key = ("input", p.source, p.file, p.digit, p.grid, p.side, colour, p.painting, file_stamp(p))
    found = ctx.memo(key, lambda: _picture(p, colour))
    return _for_network(p, found, ctx) if uses_network(p) else found


def _picture(p: ConvolutionParams, colour: str) -> Input:
    if p.source is Source.GRID:
        cells = parse_grid(p.grid, MAX_GRID)
        low, high = min(float(cells.min()), 0.0), max(float(cells.max()), 0.0)
        high = high if high > low else low + 1.0
        return Input(
            cells[None].astype(np.float32), (low, high), f"grid of {cells.shape[0]} × {cells.shape[1]} numbers"
        )
    if p.source is Source.PAD:
        ink = np.array(p.painting or default_painting(), dtype=np.float32)[None]
        return Input(ink, (0.0, WHITE), f"paint pad, {PAD_SIDE} × {PAD_SIDE}, ink 0 to 255")
    if p.source is Source.DIGIT:
        from courseai_lab.networks.digits import drawn_digit

        ink = np.round(drawn_digit(p.digit).numpy() * WHITE).astype(np.float32)[None]
        return Input(ink, (0.0, WHITE), f"a drawn {p.digit}, 28 × 28 pixels, ink 0 to 255")
    return _photograph(p, colour)


def _photograph(p: ConvolutionParams, colour: str) -> Input:
    channels = "gray" if colour == "grey" else "rgb"
    try:
        if p.source is Source.OWN and p.file:
            found = load_image(Path(p.file).expanduser(), p.side, channels=channels)  # type: ignore[arg-type]
        else:
            name: SampleName = "photograph" if p.source is Source.OWN else p.source.value  # type: ignore[assignment]
            found = sample_image(name, resource("images"), p.side, channels=channels)  # type: ignore[arg-type]
    except ImageProblem as problem:
        raise BadValue(str(problem), "file") from None
    missing = p.source is Source.OWN and not p.file
    note = f"no picture file chosen yet: {found.note}" if missing else found.note
    values = np.ascontiguousarray(np.round(found.pixels * WHITE).transpose(2, 0, 1))
    return Input(values.astype(np.float32), (0.0, WHITE), f"{note}, values 0 to 255")


def default_painting() -> np.ndarray:
    """What the pad shows before anyone paints: a square with one diagonal, float64 [row column], ink 0 to 255."""
    ink = np.zeros((PAD_SIDE, PAD_SIDE))
    ink[6:22, 6:8] = ink[6:22, 20:22] = ink[6:8, 6:22] = ink[20:22, 6:22] = WHITE
    for k in range(8, 20):
        ink[k, k : k + 2] = WHITE
    return ink


def _for_network(p: ConvolutionParams, found: Input, ctx: Ctx) -> Input:
    """The input as the digit network reads it: 0 to 1, or for its second layer the maps of the first."""
    low, high = found.value_range
    x = ((found.x[:1] - low) / (high - low)).astype(np.float32)
    note = f"{found.note}; scaled to 0 to 1, as the network reads it"
    if p.layer == "conv1":
        return Input(x, (0.0, 1.0), note)
    net = learned(ctx)
    rows, columns = (plan_axis(length, 5, padding="same") for length in x.shape[1:])
    maps = correlate(padded(x, sources(rows), sources(columns)), net.conv1, rows, columns)
    maps = np.maximum(maps + net.bias1.astype(np.float32)[:, None, None], 0.0)
    if min(maps.shape[1:]) >= 2:
        halves = [plan_axis(length, 2, stride=2) for length in maps.shape[1:]]
        maps = pool(maps, halves[0], halves[1], "max")
    return Input(maps, (0.0, max(float(maps.max()), 1e-6)), f"{found.note}; the 16 maps of the first layer, pooled")


def kernel(p: ConvolutionParams, ctx: Ctx, channels: int) -> Weights:
    """The kernel chosen, one slice for each of ``channels``."""
    if p.kind is Kind.LEARNED:
        return _learned_kernel(p, ctx)
    if p.kind is Kind.TYPED:
        cells = parse_grid(p.typed, MAX_KERNEL, "kernel")
        return _same_for_all(cells, 1.0, f"typed, {_by(cells)}", channels)
    if p.kind is Kind.PAINTED:
        start = np.array(p.cells) if p.cells else make_filter(Filter.IDENTITY, 3).cells
        cells = start if start.shape[0] != start.shape[1] and p.cells else resized(start, p.size)
        return _same_for_all(cells, 1.0, f"painted, {_by(cells)}", channels)
    if p.kind is Kind.RANDOM:
        # Three decimals, so that what is shown is what is multiplied.
        cells = np.round(ctx.rng("init").standard_normal((MAX_KERNEL, MAX_KERNEL))[: p.size, : p.size], 3)
        return _same_for_all(cells, 1.0, f"random normal, {_by(cells)}", channels)
    made = make_filter(Filter(p.kind.value), p.size, p.sigma)
    cells = made.cells
    notes: tuple[str, ...] = ()
    name = KIND_NAMES[p.kind]
    if p.kind is Kind.GAUSSIAN:
        cells, name = np.round(cells, 4), f"Gaussian, σ = {p.sigma:g}, rounded to 4 decimals"
    if len(made.cells) != p.size:
        wanted = f"{len(made.cells)} × {len(made.cells)}"
        notes = (f"A {name} kernel needs at least {wanted} weights, so it is {wanted} here.",)
    return _same_for_all(cells, made.divisor, f"{name}, {_by(cells)}", channels, notes)


def _by(cells: np.ndarray) -> str:
    return f"{cells.shape[0]} × {cells.shape[1]}"


def _same_for_all(cells: np.ndarray, divisor: float, note: str, channels: int, notes: tuple[str, ...] = ()) -> Weights:
    slices = np.repeat(np.asarray(cells, dtype=np.float64)[None], channels, axis=0)
    return Weights(slices, divisor, 0.0, note, True, notes)


def _learned_kernel(p: ConvolutionParams, ctx: Ctx) -> Weights:
    net = learned(ctx)
    count = FILTERS[p.layer]
    unit = min(p.unit, count)
    notes = () if unit == p.unit else (f"The first layer has {count} filters; number {count} is shown.",)
    filters, biases = (net.conv1, net.bias1) if p.layer == "conv1" else (net.conv2, net.bias2)
    words = "first" if p.layer == "conv1" else "second"
    note = f"digit network, {words} layer, filter {unit} of {count}, 5 × 5"
    # Four decimals, so that what is shown is what is multiplied.
    cells, bias = np.round(filters[unit - 1], 4), round(float(biases[unit - 1]), 4)
    return Weights(cells, 1.0, bias, f"{note}, rounded to 4 decimals", p.layer == "conv1", notes)

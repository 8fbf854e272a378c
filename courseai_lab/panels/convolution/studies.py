"""The pictures that need no walk: receptive field, separable kernel, Fourier view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.convolution import NoOutput, correlate, flipped, padded, plan_axis, sources
from courseai_lab.kernels.fourier import log_magnitude, through_frequencies
from courseai_lab.kernels.receptive_field import fields, impulse, measured
from courseai_lab.kernels.separable import multiplications, split_kernel
from courseai_lab.panels.convolution.frame import Frame
from courseai_lab.panels.convolution.inputs import Input, Weights, kernel, picture
from courseai_lab.panels.convolution.params import ConvolutionParams

MOST_MARKS = 600


def _one(p: ConvolutionParams, ctx: Ctx) -> tuple[Input, Weights, np.ndarray]:
    """The chosen channel of the input alone [1 row column], with the slice of the kernel that belongs to it."""
    found = picture(p, ctx)
    weights = kernel(p, ctx, len(found.x))
    channel = min(p.channel, len(found.x)) - 1
    alone = found.x[channel : channel + 1]
    note = found.note if len(found.x) == 1 else f"{found.note}; channel {channel + 1} of {len(found.x)}"
    part = Weights(
        weights.cells[channel : channel + 1],
        weights.divisor,
        0.0,
        weights.note if len(weights.cells) == 1 or p.kind != "learned" else f"{weights.note}, channel {channel + 1}",
        weights.editable,
        weights.notes,
    )
    return Input(alone, found.value_range, note), part, part.cells[0] / part.divisor


def _frame(p: ConvolutionParams, found: Input, part: Weights, y: np.ndarray) -> Frame:
    return Frame(
        study=p.study.value,
        step=0,
        input_note=found.note,
        kernel_note=part.note,
        notes=part.notes,
        value_range=found.value_range,
        x=found.x,
        inner=(0, found.x.shape[1], 0, found.x.shape[2]),
        y=y,
        y_range=(float(y.min()), float(y.max())),
        kernel=part.cells,
        applied=part.cells,
        divisor=part.divisor,
        bias=0.0,
        flipped=False,
        editable=part.editable,
        transposed=False,
        channel=0,
        depth=1,
        map=0,
    )


def field_frame(p: ConvolutionParams, ctx: Ctx) -> Frame:
    """What one unit sees through the stack: sizes by formula, and by sending an impulse back through the layers."""
    found, part, _ = _one(p, ctx)
    high, wide = part.cells.shape[1:]
    theory = fields(high, p.stride, p.dilation, p.layers)
    ctx.tick(0, 1)
    gradients = [impulse(high, p.stride, p.dilation, layer) for layer in range(p.layers + 1)]
    cone = _cone(high, p.stride, p.dilation, p.layers)
    across = impulse(wide, p.stride, p.dilation, p.layers)
    shape = found.x.shape[1:]
    seen = np.outer(_over(gradients[-1], shape[0], p.down), _over(across, shape[1], p.across))
    notes = part.notes
    if theory[-1].size > min(shape):
        notes += (f"It reaches past the picture, which has {shape[0]} × {shape[1]} pixels.",)
    return replace(
        _frame(p, found, part, found.x),
        notes=notes,
        at=(int(p.down * (shape[0] - 1) + 0.5), int(p.across * (shape[1] - 1) + 0.5)),
        gradient=gradients[-1],
        gradient_map=(seen / max(float(seen.max()), 1e-300)).astype(np.float32),
        field_sizes=np.array([one.size for one in theory]),
        field_jumps=np.array([one.jump for one in theory]),
        field_measured=np.array([measured(one) for one in gradients]),
        cone_layer=cone[0],
        cone_at=cone[1],
    )


def _cone(taps: int, stride: int, dilation: int, layers: int) -> tuple[np.ndarray, np.ndarray]:
    """Layer and place of every unit that one of the last layer depends on; at most ``MOST_MARKS`` of a layer."""
    of, at = [], []
    for layer, known in enumerate(fields(taps, stride, dilation, layers)):
        back = impulse(taps, stride, dilation, layers - layer)
        units = np.flatnonzero(back)
        units = units[:: -(-len(units) // MOST_MARKS)]
        at.append((units - (len(back) - 1) / 2) * known.jump)
        of.append(np.full(len(units), layer))
    return np.concatenate(of), np.concatenate(at)


def _over(gradient: np.ndarray, length: int, share: float) -> np.ndarray:
    """The gradient laid over ``length`` input cells, centred on a share of them; what leaves the picture is lost."""
    middle = int(share * (length - 1) + 0.5)
    first = middle - (len(gradient) - 1) // 2
    out = np.zeros(length)
    start, stop = max(first, 0), min(first + len(gradient), length)
    if stop > start:
        out[start:stop] = gradient[start - first : stop - first]
    return out


def separable_frame(p: ConvolutionParams, ctx: Ctx) -> Frame:
    """The kernel as columns times rows, and the picture after the columns alone and after both."""
    found, part, weights = _one(p, ctx)
    # Whole numbers are split as whole numbers; the divisor goes to the rows.
    split = split_kernel(part.cells[0])
    used = min(p.terms, max(split.rank, 1))
    high, wide = weights.shape
    try:
        sizes = zip(found.x.shape[1:], weights.shape, strict=True)
        axes = [plan_axis(length, taps, dilation=p.dilation, padding="same") for length, taps in sizes]
    except NoOutput as problem:
        raise BadValue(str(problem), "size") from None
    flat = [plan_axis(axes[0].out, 1), plan_axis(axes[1].length, 1)]
    x = padded(found.x, sources(axes[0], p.pad_mode), sources(axes[1], p.pad_mode))
    direct = correlate(x, weights[None, None], axes[0], axes[1])
    ctx.tick(0, 1)
    half = through = None
    for column, row in zip(split.columns[:used], split.rows[:used], strict=True):
        one = correlate(x, column[None, None, :, None], axes[0], flat[1])
        both = correlate(one, row[None, None, None, :] / part.divisor, flat[0], axes[1])
        half = one[:, :, axes[1].before : axes[1].before + axes[1].n] if half is None else half
        through = both if through is None else through + both
    assert half is not None and through is not None
    notes = part.notes
    if used < p.terms:
        notes += (f"The kernel has rank {split.rank}: {used} of the {p.terms} terms asked for are all there are.",)
    return replace(
        _frame(p, found, part, direct),
        notes=notes,
        singular=split.singular,
        split_columns=split.columns[:used].copy(),
        split_rows=split.rows[:used].copy(),
        rebuilt=split.sum_of(used),
        half=np.ascontiguousarray(half / np.float32(np.sqrt(part.divisor))),
        through=through,
        rank=split.rank,
        costs=multiplications(high, wide, used),
        away=float(np.abs(direct.astype(np.float64) - through).max()),
    )


def fourier_frame(p: ConvolutionParams, ctx: Ctx) -> Frame:
    """Spectra of picture, kernel and output, and the product theorem at one frequency, both ways round."""
    found, part, weights = _one(p, ctx)
    # Transforms speak of true convolution: a correlation is the convolution by the turned kernel.
    turned = weights if p.operation == "convolution" else flipped(weights)
    image = found.x[0]
    direct = _circular(image, turned, p.dilation)
    ctx.tick(0, 2)
    spectra = through_frequencies(image, turned, p.dilation)
    ctx.tick(1, 2)
    high, wide = image.shape
    u, v = (round(share * length) for share, length in zip(p.wave, image.shape, strict=True))
    slid = np.fft.fft2(direct)
    values = [spectra.x[u % high, v % wide], spectra.w[u % high, v % wide], spectra.y[u % high, v % wide]]
    pairs = [(float(one.real), float(one.imag)) for one in (*values, slid[u % high, v % wide])]
    return replace(
        _frame(p, found, part, direct[None].astype(np.float32)),
        flipped=p.operation == "convolution",
        spectra=np.stack([log_magnitude(one) for one in (spectra.x, spectra.w, spectra.y)]),
        wave=(u, v),
        complexes=np.array(pairs),
        away=float(np.abs(direct - spectra.filtered).max()),
    )


def _circular(image: np.ndarray, turned: np.ndarray, dilation: int) -> np.ndarray:
    """Circular convolution by sliding, float64 [row column]: the picture goes on at its other side.

    Double precision tap by tap, so that both ways agree in every digit that is shown.
    """
    high, wide = image.shape
    slid = flipped(turned)
    indices = []
    for length, taps in zip(image.shape, turned.shape, strict=True):
        before = (taps - 1 - (taps - 1) // 2) * dilation
        indices.append((np.arange(length + dilation * (taps - 1)) - before) % length)
    x = image.astype(np.float64)[indices[0]][:, indices[1]]
    out = np.zeros((high, wide))
    for (u, v), weight in np.ndenumerate(slid):
        if weight:
            out += weight * x[u * dilation : u * dilation + high, v * dilation : v * dilation + wide]
    return out

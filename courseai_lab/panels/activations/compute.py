"""Activation functions: curves, samples through one neuron, signals through layers, slopes along a chain."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from courseai_lab.contract import Axes, Ctx
from courseai_lab.kernels import activations as ka
from courseai_lab.kernels.activations import Name
from courseai_lab.panels.activations.params import NAMES, ActivationLook, ActivationParams, Kind, Page
from courseai_lab.panels.activations.script import script
from courseai_lab.panels.activations.words import formula, marks, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "marks", "readings", "run", "script", "sentence"]

Params = ActivationParams
Look = ActivationLook
Floats = np.ndarray
REACH = 6.0
POINTS = 1201
SAMPLES = 20_000
BATCH = 256
BINS = 48
GUIDE_SAMPLES = 4001


@dataclass(frozen=True, slots=True)
class Frame:
    """What the chosen page shows; the fields of the other pages are None. Functions are in rows."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    steep: Annotated[np.ndarray, Axes("function", help="largest |f'|")]

    grid: Annotated[np.ndarray | None, Axes("x", help="inputs of the curves")] = None
    value: Annotated[np.ndarray | None, Axes("function x", help="a = f(w x + b)")] = None
    slope: Annotated[np.ndarray | None, Axes("function x", help="da/dx = w f'(w x + b)")] = None
    gap: Annotated[np.ndarray | None, Axes("x", help="exact GELU minus its tanh form")] = None
    at_value: Annotated[np.ndarray | None, Axes("function", help="a at the marked input")] = None
    at_slope: Annotated[np.ndarray | None, Axes("function", help="da/dx at the marked input")] = None
    at_gap: float | None = None

    edges_in: Annotated[np.ndarray | None, Axes("edge", help="edges of the bins of z = w x + b")] = None
    counts_in: Annotated[np.ndarray | None, Axes("bin", help="samples of z in each bin")] = None
    edges_out: Annotated[np.ndarray | None, Axes("function edge", help="edges of the bins of a")] = None
    counts_out: Annotated[np.ndarray | None, Axes("function bin", help="samples of a in each bin")] = None
    mean_in: float | None = None
    variance_in: float | None = None
    mean_out: Annotated[np.ndarray | None, Axes("function")] = None
    variance_out: Annotated[np.ndarray | None, Axes("function")] = None
    dead: Annotated[np.ndarray | None, Axes("function", help="share of samples whose slope is exactly 0")] = None
    saturated: Annotated[
        np.ndarray | None, Axes("function", help="share of samples with a slope under 5 % of the steepest")
    ] = None

    signal_mean: Annotated[np.ndarray | None, Axes("function level", help="mean activation; level 0 is the input")] = (
        None
    )
    signal_std: Annotated[np.ndarray | None, Axes("function level", help="standard deviation of activations")] = None
    gradient: Annotated[np.ndarray | None, Axes("function level", help="root mean square of dL/da, 1 at the top")] = (
        None
    )
    dead_units: Annotated[np.ndarray | None, Axes("function layer", help="share of units dead for all samples")] = None
    saturated_layers: Annotated[np.ndarray | None, Axes("function layer", help="share of saturated activations")] = None

    chain_z: Annotated[np.ndarray | None, Axes("function layer", help="what enters f at each neuron")] = None
    chain_value: Annotated[np.ndarray | None, Axes("function layer", help="output of each neuron")] = None
    chain_slope: Annotated[np.ndarray | None, Axes("function layer", help="w f'(z) at each neuron")] = None
    product: Annotated[np.ndarray | None, Axes("function level", help="product of the slopes so far")] = None
    best: Annotated[np.ndarray | None, Axes("function level", help="the product if every slope were the steepest")] = (
        None
    )

    lowest: Annotated[np.ndarray | None, Axes("function", help="least value on -30..30")] = None
    highest: Annotated[np.ndarray | None, Axes("function", help="greatest value on -30..30")] = None


def draw_samples(kind: Kind, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Samples of mean 0 and variance 1 (of the distribution, not exactly of the sample)."""
    if kind is Kind.UNIFORM:
        return rng.uniform(-np.sqrt(3), np.sqrt(3), shape)
    if kind is Kind.TWO_PEAKS:
        return 0.95 * rng.choice([-1.0, 1.0], shape) + np.sqrt(1 - 0.95**2) * rng.standard_normal(shape)
    if kind is Kind.SKEWED:
        return rng.exponential(1.0, shape) - 1.0
    if kind is Kind.HEAVY:
        return rng.laplace(0.0, np.sqrt(0.5), shape)
    return rng.standard_normal(shape)


def _curves(p: ActivationParams) -> dict[str, Any]:
    shape, x = p.shape(), np.linspace(-REACH, REACH, POINTS)
    pairs = [ka.evaluate(name, p.weight * x + p.bias, shape) for name in p.functions]
    here = [ka.evaluate(name, p.weight * p.x + p.bias, shape) for name in p.functions]
    out: dict[str, Any] = {
        "grid": x,
        "value": np.stack([value for value, _ in pairs]),
        "slope": np.stack([p.weight * slope for _, slope in pairs]),
        "at_value": np.array([float(value) for value, _ in here]),
        "at_slope": np.array([p.weight * float(slope) for _, slope in here]),
    }
    if Name.GELU in p.functions and Name.GELU_TANH in p.functions:
        exact, close = (p.functions.index(name) for name in (Name.GELU, Name.GELU_TANH))
        out["gap"] = out["value"][exact] - out["value"][close]
        out["at_gap"] = float(out["at_value"][exact] - out["at_value"][close])
    return out


def _distribution(p: ActivationParams, ctx: Ctx, steep: Floats) -> dict[str, Any]:
    x = p.mean + p.std * draw_samples(p.distribution, ctx.rng("data"), (SAMPLES,))
    z, shape = p.weight * x + p.bias, p.shape()
    counts_in, edges_in = np.histogram(z, BINS)
    effects, counts, edges = [], [], []
    for name, top in zip(p.functions, steep, strict=True):
        ctx.tick()
        value, slope = ka.evaluate(name, z, shape)
        effects.append(ka.effect(value, slope, float(top)))
        count, edge = _bins(value)
        counts.append(count)
        edges.append(edge)
    return {
        "edges_in": edges_in,
        "counts_in": counts_in.astype(np.float64),
        "edges_out": np.stack(edges),
        "counts_out": np.stack(counts),
        "mean_in": float(z.mean()),
        "variance_in": float(z.var()),
        "mean_out": np.array([e.mean for e in effects]),
        "variance_out": np.array([e.variance for e in effects]),
        "dead": np.array([e.dead for e in effects]),
        "saturated": np.array([e.saturated for e in effects]),
    }


def _bins(value: Floats) -> tuple[Floats, Floats]:
    """Counts and edges over the finite values; one value alone gets bins around it."""
    finite = value[np.isfinite(value)]
    if not finite.size:
        return np.zeros(BINS), np.linspace(0.0, 1.0, BINS + 1)
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = low - 0.5, high + 0.5
    count, edge = np.histogram(finite, BINS, range=(low, high))
    return count.astype(np.float64), edge


def _layers(p: ActivationParams, ctx: Ctx) -> dict[str, Any]:
    shape, size = p.shape(), (BATCH, p.width)
    x = p.mean + p.std * draw_samples(p.distribution, ctx.rng("data"), size)
    weights = p.gain / np.sqrt(p.width) * ctx.rng("init").standard_normal((p.layers, p.width, p.width))
    up = ctx.rng("sample").standard_normal(size)
    up /= np.sqrt(np.mean(up * up))
    signals = []
    for k, name in enumerate(p.functions):
        ctx.tick(k, len(p.functions))
        key = ("signal", name, shape, p.distribution, p.mean, p.std, p.bias, p.layers, p.gain, p.width, ctx.seeds)
        signals.append(ctx.memo(key, lambda: ka.through_layers(name, x, weights, p.bias, up, shape)))  # noqa: B023
    return {
        "signal_mean": np.stack([s.mean for s in signals]),
        "signal_std": np.stack([s.std for s in signals]),
        "gradient": np.stack([s.gradient for s in signals]),
        "dead_units": np.stack([s.dead_units for s in signals]),
        "saturated_layers": np.stack([s.saturated for s in signals]),
    }


def _chain(p: ActivationParams, steep: Floats) -> dict[str, Any]:
    shape = p.shape()
    chains = [ka.chain(name, p.x, p.weight, p.bias, p.layers, shape) for name in p.functions]
    x = np.linspace(-REACH, REACH, POINTS)
    with np.errstate(over="ignore", invalid="ignore"):
        best = (abs(p.weight) * steep[:, None]) ** np.arange(p.layers + 1)
    return {
        "grid": x,
        "value": np.stack([ka.evaluate(name, x, shape)[0] for name in p.functions]),
        "slope": np.stack([ka.evaluate(name, x, shape)[1] for name in p.functions]),
        "chain_z": np.stack([c.z for c in chains]),
        "chain_value": np.stack([c.value for c in chains]),
        "chain_slope": np.stack([c.slope for c in chains]),
        "product": np.stack([c.product for c in chains]),
        "best": best,
    }


def _guide(p: ActivationParams) -> dict[str, Any]:
    z, shape = np.linspace(-30, 30, GUIDE_SAMPLES), p.shape()
    values = [ka.evaluate(name, z, shape)[0] for name in p.functions]
    return {
        "lowest": np.array([np.min(v) for v in values]),
        "highest": np.array([np.max(v) for v in values]),
    }


def run(p: ActivationParams, ctx: Ctx) -> Generator[Frame, ActivationParams, None]:
    """One frame: what the chosen page shows of a = f(w x + b)."""
    ctx.tick()
    shape = p.shape()
    steep = ctx.memo(
        ("steep", p.functions, shape), lambda: np.array([ka.steepest(name, shape) for name in p.functions])
    )
    if p.page is Page.CURVES:
        part = _curves(p)
    elif p.page is Page.DISTRIBUTION:
        part = _distribution(p, ctx, steep)
    elif p.page is Page.LAYERS:
        part = _layers(p, ctx)
    elif p.page is Page.CHAIN:
        part = _chain(p, steep)
    else:
        part = _guide(p)
    yield Frame(tuple(n.value for n in p.functions), tuple(NAMES[n] for n in p.functions), steep, **part)

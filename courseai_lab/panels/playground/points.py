"""The data of a run: drawn or read, split, with the features a network reads and the targets a loss wants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.classes2d import TRAIN, DataName, draw, split
from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.number_text import number
from courseai_lab.kernels.tables import ColumnProblem, TableProblem, load_table
from courseai_lab.panels.playground.frame import WINDOW
from courseai_lab.panels.playground.params import PlaygroundParams
from courseai_lab.panels.playground.params_data import FEATURE_NAMES, DataParams, Feature, Source
from courseai_lab.panels.playground.params_net import Loss

MAX_CLASSES = 6
FIT = 1.5
NAME = 24
"""Characters of a column's name that a note repeats."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points [sample xy], classes or values [sample], their splits, the number of classes (0: values), their names."""

    x: np.ndarray
    y: np.ndarray
    split: np.ndarray
    classes: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Outputs a network needs: one for two classes or a value."""
        return self.classes if self.classes > 2 else 1

    @property
    def training(self) -> np.ndarray:
        """Indices of the training points."""
        return np.flatnonzero(self.split == TRAIN)


def cloud(p: PlaygroundParams, ctx: Ctx) -> Cloud:
    """The points that the parameters ask for, painted ones included, all of them for training."""
    key = ("points", p.dataset, p.table, p.columns, p.noise, p.classes, p.size, p.balance, ctx.seeds.data)
    x, y, classes, names, notes = ctx.memo(key, lambda: _source(p, ctx))
    # Four corners are too few to keep some back.
    parts = np.zeros(len(x), dtype=np.int64) if p.dataset is Source.CORNERS else split(len(x), p.train_share)
    if p.painted:
        extra = np.array(p.painted, dtype=np.float64)
        labels = extra[:, 2]
        if classes:
            labels = np.clip(np.floor(labels), 0, classes - 1)
        x, y = np.concatenate([x, extra[:, :2]]), np.concatenate([y, labels])
        parts = np.concatenate([parts, np.full(len(extra), TRAIN)])
        notes = (*notes, f"{len(extra)} painted point{'s' if len(extra) > 1 else ''}, for training.")
    return Cloud(x, y, parts, classes, names, notes)


Read = tuple[np.ndarray, np.ndarray, int, tuple[str, ...], tuple[str, ...]]


def _source(p: DataParams, ctx: Ctx) -> Read:
    if p.dataset is Source.OWN and p.table:
        return _own(p, ctx)
    notes = ("No file is chosen yet, so this is the circle.",) if p.dataset is Source.OWN else ()
    name = DataName.CIRCLE if p.dataset is Source.OWN else DataName(p.dataset.value)
    x, y, classes = draw(name, p.size, p.noise, p.classes, p.balance, ctx.rng("data"))
    return x, y, classes, tuple(f"class {k}" for k in range(classes)), notes


def _own(p: DataParams, ctx: Ctx) -> Read:
    """One's own points, shuffled by the data seed and scaled into the picture."""
    try:
        table = load_table(
            p.table, roles=("x", "y", "label"), columns=p.columns, word_role="label", min_rows=3, max_rows=2000
        )
    except ColumnProblem as error:
        raise BadValue(str(error), "columns") from None
    except TableProblem as error:
        raise BadValue(str(error), "table") from None
    order = ctx.rng("data").permutation(len(table.values))
    values = table.values[order]
    x, y = values[:, :2], values[:, 2]
    low, high = x.min(axis=0) / 2.0, x.max(axis=0) / 2.0  # halves first: the largest numbers there are have no sum
    middle, half = low + high, high - low
    half[half == 0.0] = 1.0
    found = np.unique(y)
    whole = bool((y == np.floor(y)).all()) and len(found) <= MAX_CLASSES
    if table.classes or whole:
        if not 2 <= len(found) <= MAX_CLASSES:
            raise BadValue(f"The column of classes has {len(found)}; 2 to {MAX_CLASSES} can be shown.", "table")
        names = table.classes or tuple(f"class {value:g}" for value in found)
        y = np.searchsorted(found, y).astype(np.float64)
        scale_y = ""
    else:
        names, size = (), float(np.abs(y).max()) or 1.0
        y, scale_y = y / size, f", values divided by {number(size)}"
    axes = (
        f"{name[:NAME]} has {number(a)} taken away and is divided by {number(b / FIT)}"
        for name, a, b in zip(table.names, middle.tolist(), half.tolist(), strict=False)
    )
    text = f"{table.note}; scaled to fit: {', '.join(axes)}{scale_y}."
    return (x - middle) / (half / FIT), y, len(names), names, (text,)


def features(p: DataParams, x: np.ndarray) -> np.ndarray:
    """What the network reads, float32 [feature sample], of points [sample xy]."""
    a, b = x[:, 0], x[:, 1]
    made = {
        Feature.X: lambda: a,
        Feature.Y: lambda: b,
        Feature.XX: lambda: a * a,
        Feature.YY: lambda: b * b,
        Feature.XY: lambda: a * b,
        Feature.SIN_X: lambda: np.sin(4.0 * a),
        Feature.SIN_Y: lambda: np.sin(4.0 * b),
        Feature.OWN: lambda: _finite(p, parse(p.own_feature)(a, b)),
    }
    return np.ascontiguousarray([made[one]() for one in p.features], dtype=np.float32)


def _finite(p: DataParams, values: np.ndarray) -> np.ndarray:
    bad = ~np.isfinite(values) | (np.abs(values) > 1e6)
    if bad.any():
        raise BadValue(
            f"The own feature {p.own_feature} has no number of moderate size at {int(bad.sum())} of {values.size} "
            "places of the picture; keep its roots, logarithms and quotients defined everywhere.",
            "own_feature",
        )
    return np.asarray(values)


def feature_names(p: DataParams) -> tuple[str, ...]:
    """The features in words."""
    return tuple(p.own_feature if f is Feature.OWN else FEATURE_NAMES.get(f, f.value) for f in p.features)


def grid(side: int) -> np.ndarray:
    """The picture's sample points [side*side xy], row by row from the bottom."""
    axis = np.linspace(-WINDOW, WINDOW, side)
    return np.stack([np.tile(axis, side), np.repeat(axis, side)], axis=1)


def loss_name(p: PlaygroundParams, classes: int) -> Loss:
    """The loss in force: with values, those that are meant for classes give way to the squared error."""
    return Loss.SQUARED if classes == 0 and p.loss in (Loss.CROSS_ENTROPY, Loss.HINGE) else p.loss


def targets(y: np.ndarray, classes: int, loss: Loss) -> np.ndarray:
    """What the outputs should be, float32 [output sample]: 0 and 1 for cross-entropy, -1 and 1 otherwise, or values."""
    if classes == 0:
        return np.ascontiguousarray(y[None], dtype=np.float32)
    hot = (y[None] == np.arange(classes)[:, None]) if classes > 2 else (y[None] == 1)
    low = 0.0 if loss is Loss.CROSS_ENTROPY else -1.0
    return np.ascontiguousarray(np.where(hot, 1.0, low), dtype=np.float32)


def sample_losses(z: np.ndarray, t: np.ndarray, loss: Loss) -> np.ndarray:
    """Loss of each sample [sample] from outputs and targets [output sample]; their mean is what torch's losses give."""
    z = z.astype(np.float64)
    if loss is Loss.CROSS_ENTROPY and len(z) == 1:
        return np.asarray(np.logaddexp(0.0, z[0]) - t[0] * z[0])
    if loss is Loss.CROSS_ENTROPY:
        top = z.max(axis=0)
        return np.asarray(top + np.log(np.exp(z - top).sum(axis=0)) - (z * t).sum(axis=0))
    error = np.abs(z - t)
    if loss is Loss.SQUARED:
        return np.asarray((error**2).mean(axis=0))
    if loss is Loss.ABSOLUTE:
        return np.asarray(error.mean(axis=0))
    if loss is Loss.HUBER:
        return np.asarray(np.where(error < 1.0, 0.5 * error**2, error - 0.5).mean(axis=0))
    return np.asarray(np.maximum(1.0 - t * z, 0.0).mean(axis=0))


def answers(z: np.ndarray, classes: int, loss: Loss) -> np.ndarray:
    """The class answered, or the value, [sample], from outputs [output sample]."""
    if classes == 0:
        return np.asarray(z[0])
    return np.asarray(z.argmax(axis=0) if classes > 2 else (z[0] > 0.0).astype(np.int64))


def confidence(z: np.ndarray, classes: int, loss: Loss) -> np.ndarray:
    """What the background shows, float32 [sample]: the probability of class 1, that of the winning class, or the value.

    Outputs that are no logits (losses other than cross-entropy, targets -1 and 1) count as (1 + z) / 2, held to 0 .. 1.
    """
    if classes == 0:
        return np.asarray(z[0], dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        if classes <= 2:
            p = 1.0 / (1.0 + np.exp(-z[0])) if loss is Loss.CROSS_ENTROPY else np.clip((1.0 + z[0]) / 2.0, 0.0, 1.0)
        elif loss is Loss.CROSS_ENTROPY:
            p = 1.0 / np.exp(z - z.max(axis=0)).sum(axis=0)
        else:
            p = np.clip((1.0 + z.max(axis=0)) / 2.0, 0.0, 1.0)
    return np.asarray(p, dtype=np.float32)

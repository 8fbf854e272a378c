"""A frame as curves: loss, accuracy and gradient norms by epoch, the weights as a histogram, the confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from courseai_lab.panels.playground.frame import NET_NAMES, SPLITS

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame
    from courseai_lab.panels.playground.params import PlaygroundLook
    from courseai_lab.ui.heatmap import Heatmap
    from courseai_lab.ui.plots import Plot

Dash = Literal["solid", "dotted", "dashed"]
DASHES: tuple[Dash, ...] = ("solid", "dotted", "dashed")
SHORT = ("train", "valid", "test")
INKS = ("model", "muted", "loss")
BINS = 31


def show_loss(plot: Plot, frame: Frame, look: PlaygroundLook) -> None:
    """Loss of each split by epoch, with the epoch whose weights early stopping went back to."""
    values = frame.record_loss.astype(np.float64)
    finite = values[np.isfinite(values)]
    log = bool(look.log_loss and finite.size and finite.min() > 0.0)
    _curves(plot, frame, values, "loss", log)
    for k in range(frame.nets):
        if frame.stopped[k] >= 0:
            name = f"{NET_NAMES[k]} best" if frame.nets > 1 else "best"
            plot.vline(name, float(frame.best_epoch[k]), color="ok")
            plot.vline(f"{name} stop", float(frame.stopped[k]), label="", color="warning")
    plot.end()


def show_accuracy(plot: Plot, frame: Frame) -> None:
    """Share sorted rightly by epoch, or R² for values."""
    values = frame.record_accuracy.astype(np.float64)
    if frame.classes:
        _curves(plot, frame, values * 100.0, "accuracy (%)", False, (0.0, 102.0))
    else:
        _curves(plot, frame, np.maximum(values, -1.0), "R², from −1", False, (-1.02, 1.02))
    plot.end()


def _curves(
    plot: Plot, frame: Frame, values: np.ndarray, name: str, log: bool, limits: tuple[float, float] | None = None
) -> None:
    plot.begin()
    end = max(float(frame.record_epoch[-1]), 1.0)
    plot.set_axes("epoch", name, y_log=log, x_range=(0.0, end), y_range=limits)
    for k in range(frame.nets):
        for s, split in enumerate(SHORT):
            rows = values[k, s]
            if not np.isfinite(rows).any() or (frame.nets > 1 and s == 1):
                continue
            label = f"{NET_NAMES[k]} {split}" if frame.nets > 1 else split
            color = f"class{k}" if frame.nets > 1 else INKS[s]
            plot.line(label, frame.record_epoch, np.where(np.isfinite(rows), rows, np.nan), color=color, dash=DASHES[s])


def show_gradients(plot: Plot, frame: Frame) -> None:
    """Norm of each layer's gradient over all training points, by epoch."""
    plot.begin()
    plot.set_axes("epoch", "gradient norm", y_log=True, x_range=(0.0, max(float(frame.record_epoch[-1]), 1.0)))
    for k in range(frame.nets):
        layers = len(frame.sizes[k]) - 1
        # Of several networks only the first and the last layer: what lies between would hide them.
        for layer in range(layers) if frame.nets == 1 else sorted({0, layers - 1}):
            rows = frame.record_gradient[k, layer].astype(np.float64)
            if np.isfinite(rows).any():
                label = f"{NET_NAMES[k]} layer {layer + 1}" if frame.nets > 1 else f"layer {layer + 1}"
                color = f"class{layer % 8}" if frame.nets == 1 else f"class{k}"
                dash: Dash = "solid" if frame.nets == 1 or layer == 0 else "dashed"
                plot.line(label, frame.record_epoch, np.where(rows > 0.0, rows, np.nan), color=color, dash=dash)
    plot.end()


def show_weights(plot: Plot, frame: Frame) -> None:
    """How the connections' weights are spread, and how many are exactly zero."""
    weights = [np.concatenate([w.ravel() for w in frame.matrices(k)]) for k in range(frame.nets)]
    weights = [w[np.isfinite(w)] for w in weights]
    top = max((float(np.abs(w).max()) for w in weights if w.size), default=1.0) or 1.0
    # Limits in steps, so that the bars do not slide at every frame.
    top = float(2.0 ** np.ceil(np.log2(top)))
    edges = np.linspace(-top, top, BINS + 1)
    plot.begin()
    zeros = [f"{100.0 * float((w == 0.0).mean()):.0f}\u202f%" for w in weights if w.size]
    told = ", ".join(f"{NET_NAMES[k]} {z}" for k, z in enumerate(zeros)) if len(zeros) > 1 else "".join(zeros)
    plot.set_axes(f"weight; exactly zero: {told}", "connections", x_range=(-top, top))
    for k, w in enumerate(weights):
        if frame.nets == 1:
            plot.histogram("_weights", w, bins=edges, role="model")
        else:
            counts, _ = np.histogram(w, bins=edges)
            plot.line(NET_NAMES[k], np.repeat(edges, 2)[1:-1], np.repeat(counts, 2), color=f"class{k}", dash=DASHES[k])
    plot.end()


def show_confusion(heat: Heatmap, frame: Frame, net: int, look: PlaygroundLook) -> None:
    """True classes by answers, of the split chosen."""
    assert frame.confusion is not None
    split = ("train", "validation", "test").index(look.counted.value)
    name = f"{NET_NAMES[net]}: " if frame.nets > 1 else ""
    heat.begin()
    names = [str(k) if one == f"class {k}" else one for k, one in enumerate(frame.class_names)]
    heat.set_axes(f"{name}answer", f"true class, {SPLITS[split]}", value="points", rows=names, cols=names)
    heat.set_options(bar=False, numbers=True)
    heat.set_data(frame.confusion[net, split].astype(np.float64), square=False)
    heat.end()

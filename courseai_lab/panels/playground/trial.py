"""The networks of a run and all that changes while they train."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels.lr_schedules import LR_SCHEDULES
from courseai_lab.kernels.optimizers import OPTIMIZERS, Hyper, hyper_row
from courseai_lab.kernels.playground_net import Net, Recipe, Shape, initial_weights, reshaped
from courseai_lab.panels.playground.params import PlaygroundParams
from courseai_lab.panels.playground.params_net import Compare, LayerActivation, Rule, Schedule
from courseai_lab.panels.playground.points import Cloud, cloud, features, loss_name, sample_losses, targets

CALL = 20
"""Epochs in one compiled call: the run can be stopped between two of them."""
SEED_BITS = 2**62


@dataclass(slots=True)
class Entry:
    """One network in training, and where its validation loss was lowest."""

    net: Net
    best: float = float("inf")
    best_epoch: int = 0
    best_theta: np.ndarray = field(default_factory=lambda: np.empty(0))
    best_running: np.ndarray = field(default_factory=lambda: np.empty(0))
    stopped: int = -1


def hidden_of(p: PlaygroundParams, net: int) -> tuple[int, ...]:
    """The hidden layers of network A, B or C."""
    return (p.hidden, p.b_hidden, p.c_hidden)[net]


def shape_of(p: PlaygroundParams, net: int, outputs: int) -> Shape:
    """The shape that the parameters ask for."""
    hidden = hidden_of(p, net)
    general = p.b_activation.value if net == 1 else p.activation.value
    own = p.layer_activations if net == 0 else ()
    names = [
        own[k].value if k < len(own) and own[k] is not LayerActivation.SAME else general for k in range(len(hidden))
    ]
    norm = p.b_norm.value if net == 1 else p.norm.value
    return Shape(len(p.features), hidden, outputs, tuple(names), norm)


def hyper_of(p: PlaygroundParams, net: int) -> tuple[Rule, Hyper]:
    """Optimiser and its five numbers; L2 is its weight decay."""
    rule = p.b_optimizer if net == 1 else p.optimizer
    values = {"lr": p.b_lr if net == 1 else p.lr, "weight_decay": p.b_l2 if net == 1 else p.l2}
    if rule in (Rule.MOMENTUM, Rule.NESTEROV, Rule.RMSPROP):
        values["beta1"] = p.momentum
    return rule, hyper_row(rule.value, **values)


def recipe_of(p: PlaygroundParams, net: int, classes: int) -> Recipe:
    """How a network is trained."""
    rule, hyper = hyper_of(p, net)
    second = net == 1
    return Recipe(
        rule.value,
        hyper,
        loss_name(p, classes).value,
        p.batch,
        p.b_l1 if second else p.l1,
        p.b_dropout if second else p.dropout,
        True,
        p.cut,
    )


def factors_of(p: PlaygroundParams, first: int, count: int) -> np.ndarray:
    """What the schedule multiplies the learning rate by in epochs ``first`` to ``first + count``."""
    t = np.arange(first, first + count, dtype=np.float64)
    warmup = max(p.period // 10, 1)
    numbers: dict[Schedule, dict[str, float]] = {
        Schedule.STEP: {"period": p.period, "gamma": p.factor},
        Schedule.EXPONENTIAL: {"gamma": p.factor},
        Schedule.COSINE: {"period": p.period, "floor": 0.0},
        Schedule.WARMUP_COSINE: {"warmup": warmup, "period": p.period, "floor": 0.0, "start": 1.0 / warmup},
    }
    ends = p.schedule in (Schedule.COSINE, Schedule.WARMUP_COSINE)
    held = np.minimum(t, p.period) if ends else t
    return LR_SCHEDULES[p.schedule.value].factor(held, **numbers.get(p.schedule, {}))


class Trial:
    """The networks of one run. ``take`` follows the parameters, ``advance`` trains."""

    def __init__(self, p: PlaygroundParams, ctx: Ctx) -> None:
        self.p, self._ctx = p, ctx
        self.epoch = 0
        self.seed = int(ctx.rng("sample").integers(0, SEED_BITS))
        self.cloud: Cloud = cloud(p, ctx)
        self._read()
        count = (Compare.ONE, Compare.TWO, Compare.THREE).index(p.compare) + 1
        self.entries: list[Entry] = []
        for k in range(count):
            shape = shape_of(p, k, self.cloud.outputs)
            self.entries.append(Entry(Net(shape, initial_weights(shape, self._stream()))))
        self._switch(p)
        self._edit(p, ())

    def _stream(self) -> tuple[int, ...]:
        # The same for every network: where two have a layer in common, they start from the same numbers.
        return (1, self._ctx.seeds.init)

    def _read(self) -> None:
        chosen = self.cloud.training
        loss = loss_name(self.p, self.cloud.classes)
        self.features = features(self.p, self.cloud.x)
        self.targets = targets(self.cloud.y, self.cloud.classes, loss)
        self.train_x = np.ascontiguousarray(self.features[:, chosen])
        self.train_t = np.ascontiguousarray(self.targets[:, chosen])
        check = np.flatnonzero(self.cloud.split == 1)
        self._check = (np.ascontiguousarray(self.features[:, check]), np.ascontiguousarray(self.targets[:, check]))

    def take(self, p: PlaygroundParams) -> bool:
        """Follow changed parameters; whether there were any, which are then shown before training goes on."""
        old, self.p = self.p, p
        if p is old or p == old:
            return False
        reshaped_any = False
        if (p.painted, p.train_share, p.loss) != (old.painted, old.train_share, old.loss):
            self.cloud = cloud(p, self._ctx)
            self._read()
        for k, entry in enumerate(self.entries):
            shape = shape_of(p, k, self.cloud.outputs)
            if shape != entry.net.shape:
                entry.net = reshaped(entry.net, shape, self._stream())
                entry.best, entry.best_theta, reshaped_any = float("inf"), np.empty(0), True
            if hyper_of(p, k)[0] is not hyper_of(old, k)[0]:
                # Another optimiser means other things by its memory: it starts with an empty one.
                entry.net.state[:] = 0.0
                entry.net.updates = 0
            if entry.stopped >= 0 and not p.early_stop:
                entry.stopped = -1
        if p.off != old.off or reshaped_any:
            self._switch(p)
        if p.edits != old.edits:
            self._edit(p, old.edits)
        return True

    def _switch(self, p: PlaygroundParams) -> None:
        for k, entry in enumerate(self.entries):
            entry.net.gate[:] = 1.0
            first = np.cumsum((0, *entry.net.shape.sizes))
            for net, layer, unit in (tuple(int(v) for v in one) for one in p.off):
                hidden = entry.net.shape.hidden
                if net == k and layer < len(hidden) and unit < hidden[layer]:
                    entry.net.gate[first[layer + 1] + unit] = 0.0

    def _edit(self, p: PlaygroundParams, before: tuple[tuple[float, ...], ...]) -> None:
        """Set the weights that were set by hand since ``before``."""
        common = 0
        while common < min(len(p.edits), len(before)) and p.edits[common] == before[common]:
            common += 1
        for *place, value in p.edits[common:]:
            net, layer, source, target = (int(v) for v in place)
            if net >= len(self.entries):
                continue
            shape = self.entries[net].net.shape
            if layer < len(shape.sizes) - 1 and source < shape.sizes[layer] and 0 <= target < shape.sizes[layer + 1]:
                w, bias, _ = shape.parts()[layer]
                at = bias.start + target if source < 0 else w.start + target * shape.sizes[layer] + source
                self.entries[net].net.set_weight(at, value)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to train."""
        return self.epoch >= self.p.until or all(one.stopped >= 0 for one in self.entries)

    def advance(self) -> None:
        """Train every network that has not stopped for the epochs of one step."""
        target = min(self.epoch + self.p.per_frame, self.p.until)
        while self.epoch < target and not all(one.stopped >= 0 for one in self.entries):
            count = 1 if self.p.early_stop else min(CALL, target - self.epoch)
            factors = factors_of(self.p, self.epoch, count)
            for k, entry in enumerate(self.entries):
                if entry.stopped < 0:
                    entry.net.epoch = self.epoch
                    recipe = recipe_of(self.p, k, self.cloud.classes)
                    entry.net.train(self.train_x, self.train_t, recipe, factors, self.seed)
            self.epoch += count
            if self.p.early_stop:
                for entry in self.entries:
                    self._watch(entry)
            if self.epoch % CALL == 0 or count == CALL:
                self._ctx.tick(self.epoch, self.p.until, "training")

    def _watch(self, entry: Entry) -> None:
        """Prechelt (1998): keep the weights of the lowest validation loss, and go back to them at the end."""
        if entry.stopped >= 0:
            return
        x, t = self._check
        if not t.shape[1]:
            return
        with np.errstate(all="ignore"):
            loss = float(sample_losses(entry.net.outputs(x), t, loss_name(self.p, self.cloud.classes)).mean())
        if loss < entry.best:
            entry.best, entry.best_epoch = loss, self.epoch
            entry.best_theta, entry.best_running = entry.net.theta.copy(), entry.net.running.copy()
        elif self.epoch - entry.best_epoch >= self.p.patience and entry.best_theta.size:
            entry.stopped = self.epoch
            entry.net.set_theta(entry.best_theta)
            entry.net.running[:] = entry.best_running

    def rates(self) -> tuple[float, ...]:
        """The learning rate of each network's next epoch."""
        factor = float(factors_of(self.p, self.epoch, 1)[0])
        return tuple(hyper_of(self.p, k)[1][0] * factor for k in range(len(self.entries)))

    def optimizer_titles(self) -> tuple[str, ...]:
        """The optimisers in words."""
        return tuple(OPTIMIZERS[hyper_of(self.p, k)[0].value].title for k in range(len(self.entries)))

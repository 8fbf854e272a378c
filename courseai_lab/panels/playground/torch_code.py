"""Network A and its training loop as a PyTorch program that runs by itself and gives the same weights."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.expression import parse
from courseai_lab.kernels.playground_net import MAX_HIDDEN, Shape
from courseai_lab.panels.playground.params import PlaygroundParams
from courseai_lab.panels.playground.params_data import Feature
from courseai_lab.panels.playground.params_net import Loss, Norm, Rule, Schedule
from courseai_lab.panels.playground.points import Cloud, loss_name
from courseai_lab.panels.playground.trial import hyper_of, shape_of

_ACTIVATIONS: Mapping[str, str] = MappingProxyType(
    {
        "identity": "nn.Identity()",
        "tanh": "nn.Tanh()",
        "relu": "nn.ReLU()",
        "leaky_relu": "nn.LeakyReLU(0.01)",
        "sigmoid": "nn.Sigmoid()",
        "elu": "nn.ELU()",
        "selu": "nn.SELU()",
        "gelu": "nn.GELU()",
        "gelu_tanh": 'nn.GELU(approximate="tanh")',
        "silu": "nn.SiLU()",
        "softplus": "nn.Softplus()",
        "mish": "nn.Mish()",
    }
)
_LOSSES: Mapping[Loss, str] = MappingProxyType(
    {
        Loss.SQUARED: "nn.functional.mse_loss(z, t)",
        Loss.ABSOLUTE: "nn.functional.l1_loss(z, t)",
        Loss.HUBER: "nn.functional.huber_loss(z, t)",
        Loss.HINGE: "torch.clamp(1 - t * z, min=0).mean()",
    }
)
_FEATURES: Mapping[Feature, str] = MappingProxyType(
    {
        Feature.X: "x",
        Feature.Y: "y",
        Feature.XX: "x * x",
        Feature.YY: "y * y",
        Feature.XY: "x * y",
        Feature.SIN_X: "np.sin(4 * x)",
        Feature.SIN_Y: "np.sin(4 * y)",
    }
)
_HEAD = """import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
EPOCHS, BATCH, LR, L1, L2 = {epochs}, {batch}, {lr!r}, {l1!r}, {l2!r}
"""
_LOOP = '''
def main():
    x, t = data(TRAINING)
    net = network()
    start(net)
    weights = [m.weight for m in net if isinstance(m, nn.Linear)]
    others = [w for w in net.parameters() if not any(w is one for one in weights)]
    # L2 acts on connections only, not on biases or on a norm's scale and shift.
    groups = [{{"params": weights, "weight_decay": L2}}, {{"params": others, "weight_decay": 0.0}}]
    optimizer = {optimizer}
{before}    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = LR * factor(epoch)
        net.train()
        order = shuffled(len(x), epoch)
        for first in range(0, len(x), BATCH):
            chosen = order[first : first + BATCH]
            optimizer.zero_grad()
            loss_of(net(x[chosen]), t[chosen]).backward()
            optimizer.step()
{l1}{watch}    net.eval()
    with torch.no_grad():
        print(f"training loss {{loss_of(net(x), t).item():.6f}}")
    return net


def loss_of(z, t):
    return {loss}


def factor(epoch):
    """What the schedule multiplies the learning rate by."""
    return {schedule}
'''
_L1_STEP = """            with torch.no_grad():
                # L1 pulls every connection towards zero, and not past it.
                for w, gone in zip(weights, cut):
                    size = w.abs() - LR * factor(epoch) * L1
                    gone |= (size <= 0){cut}
                    w.copy_(torch.where(gone, 0.0, w.sign() * size.clamp(min=0)))
"""
_WATCH = """        net.eval()
        with torch.no_grad():
            loss = loss_of(net(xv), tv).item()
        if loss < best:
            best, best_epoch = loss, epoch
            kept = {k: v.clone() for k, v in net.state_dict().items()}
        elif epoch - best_epoch >= PATIENCE:
            net.load_state_dict(kept)
            break
"""
_ORDER = '''
def mix(x):
    """splitmix64: the lab's own random numbers, so that the points come in the same order here."""
    x &= MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


MASK, GOLDEN = 2**64 - 1, 0x9E3779B97F4A7C15


def shuffled(n, epoch):
    order = list(range(n))
    key = mix({seed} + epoch * GOLDEN)
    for k in range(n - 1, 0, -1):
        j = ((mix(key + k * GOLDEN) >> 32) * (k + 1)) >> 32
        order[k], order[j] = order[j], order[k]
    return order


def start(net):
    """The lab's first weights: uniform within 1 / sqrt(inputs), each layer from a stream of its own."""
    layers = [m for m in net if isinstance(m, nn.Linear)]
    with torch.no_grad():
        for k, layer in enumerate(layers):
            stream = {output_stream} if layer is layers[-1] else k
            rng = np.random.default_rng(np.random.SeedSequence((1, {init}, stream)))
            drawn = rng.uniform(-1, 1, layer.weight.numel() + layer.bias.numel()) / layer.in_features**0.5
            layer.weight.copy_(torch.from_numpy(drawn[: layer.weight.numel()].reshape(layer.weight.shape)))
            layer.bias.copy_(torch.from_numpy(drawn[layer.weight.numel() :]))


def data(rows):
    """Features [sample feature] and targets [sample output] of rows x, y, class or value."""
    x, y, label = np.array(rows, dtype=np.float64).T
    t = {target}
    features = np.stack([{features}], axis=1)
    return torch.from_numpy(features), torch.from_numpy(np.array(t, dtype=np.float64))

'''
_LION = '''
class Lion(torch.optim.Optimizer):
    """Chen et al. (2023), algorithm 2; torch has none."""

    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                c = {b1!r} * m + (1 - {b1!r}) * w.grad
                with torch.no_grad():
                    w -= group["lr"] * (c.sign() + group["weight_decay"] * w)
                self.state[w]["m"] = {b2!r} * m + (1 - {b2!r}) * w.grad

'''


def torch_source(p: PlaygroundParams, cloud: Cloud, features: np.ndarray, init: int, seed: int) -> str:
    """The program's text. Dropout draws torch's own random numbers; all else is the lab's, to rounding."""
    made = torch_parts(p, cloud, init, seed)
    title = f'"""{made["title"]}"""\n'
    order = ("settings", "network", "loop", "start", "rows")
    return "\n".join([title, *(made[name] for name in order), '\nif __name__ == "__main__":\n    main()\n'])


def torch_parts(p: PlaygroundParams, cloud: Cloud, init: int, seed: int, every_split: bool = False) -> dict[str, str]:
    """What the program is put together from: title, settings, network, loop, start, rows; the rows of every split, or
    of those alone that training looks at."""
    shape, loss = shape_of(p, 0, cloud.outputs), loss_name(p, cloud.classes)
    rule, hyper = hyper_of(p, 0)
    settings = [
        _HEAD.format(epochs=p.until, batch=min(p.batch, len(cloud.training)), lr=hyper[0], l1=p.l1, l2=hyper[4]),
        f"PATIENCE = {p.patience}\n" if p.early_stop else "",
        _LION.format(b1=hyper[1], b2=hyper[2]) if rule is Rule.LION else "",
    ]
    start = _ORDER.format(
        seed=seed,
        init=init,
        output_stream=MAX_HIDDEN,
        target=_target(cloud, loss),
        features=", ".join(_feature(p, one) for one in p.features),
    )
    rows = [_rows("TRAINING", cloud, 0)]
    if p.early_stop or every_split:
        rows.append(_rows("VALIDATION", cloud, 1))
    if every_split:
        rows.append(_rows("TEST", cloud, 2))
    return {
        "title": _title(p, shape),
        "settings": "\n".join(part for part in settings if part),
        "network": _network(p, shape),
        "loop": _loop(p, rule, hyper, loss, cloud.outputs),
        "start": start,
        "rows": "\n".join(rows),
    }


def _title(p: PlaygroundParams, shape: Shape) -> str:
    words = f"The playground's network {'-'.join(str(v) for v in shape.sizes)}, in PyTorch."
    return words + (" Its dropout draws other random numbers than the lab's." if p.dropout else "")


def _network(p: PlaygroundParams, shape: Shape) -> str:
    lines = []
    for k, (fan_in, fan_out) in enumerate(zip(shape.sizes[:-1], shape.sizes[1:], strict=True)):
        lines.append(f"nn.Linear({fan_in}, {fan_out})")
        if k < len(shape.hidden):
            if p.norm is not Norm.NONE:
                lines.append(f"nn.{'BatchNorm1d' if p.norm is Norm.BATCH else 'LayerNorm'}({fan_out})")
            lines.append(_ACTIVATIONS[shape.activations[k]])
            if p.dropout > 0.0:
                lines.append(f"nn.Dropout({p.dropout!r})")
    body = ",\n        ".join(lines)
    return f"\ndef network():\n    return nn.Sequential(\n        {body},\n    )\n"


def _loop(p: PlaygroundParams, rule: Rule, hyper: tuple[float, ...], loss: Loss, outputs: int) -> str:
    if loss is Loss.CROSS_ENTROPY:
        one = "nn.functional.binary_cross_entropy_with_logits(z, t)"
        text = one if outputs == 1 else "nn.functional.cross_entropy(z, t.argmax(dim=1))"
    else:
        text = _LOSSES[loss]
    before = "    cut = [torch.zeros_like(w, dtype=torch.bool) for w in weights]\n" if p.l1 > 0.0 else ""
    if p.early_stop:
        before += '    xv, tv = data(VALIDATION)\n    best, best_epoch, kept = float("inf"), 0, net.state_dict()\n'
    return _LOOP.format(
        optimizer=_optimizer(rule, hyper),
        before=before,
        l1=_L1_STEP.format(cut="" if p.cut else " & False") if p.l1 > 0.0 else "",
        watch=_WATCH if p.early_stop else "",
        loss=text,
        schedule=_schedule(p),
    )


def _optimizer(rule: Rule, h: tuple[float, ...]) -> str:
    made = {
        Rule.SGD: "torch.optim.SGD(groups, LR)",
        Rule.MOMENTUM: f"torch.optim.SGD(groups, LR, momentum={h[1]!r})",
        Rule.NESTEROV: f"torch.optim.SGD(groups, LR, momentum={h[1]!r}, nesterov=True)",
        Rule.ADAGRAD: f"torch.optim.Adagrad(groups, LR, eps={h[3]!r})",
        Rule.RMSPROP: f"torch.optim.RMSprop(groups, LR, alpha={h[2]!r}, eps={h[3]!r}, momentum={h[1]!r})",
        Rule.ADAM: f"torch.optim.Adam(groups, LR, ({h[1]!r}, {h[2]!r}), {h[3]!r})",
        Rule.ADAMW: f"torch.optim.AdamW(groups, LR, ({h[1]!r}, {h[2]!r}), {h[3]!r})",
        Rule.AMSGRAD: f"torch.optim.Adam(groups, LR, ({h[1]!r}, {h[2]!r}), {h[3]!r}, amsgrad=True)",
        Rule.LION: 'Lion(groups, {"lr": LR})',
    }
    return made[rule]


def _schedule(p: PlaygroundParams) -> str:
    warm = max(p.period // 10, 1)
    rest = max(p.period - warm, 1)
    held = f"min(epoch, {p.period})"
    cosine = f"(1 + np.cos(np.pi * {held} / {p.period})) / 2"
    climb = f"{1.0 / warm!r} + {1.0 - 1.0 / warm!r} * epoch / {warm}"
    after = f"(1 + np.cos(np.pi * ({held} - {warm}) / {rest})) / 2"
    made = {
        Schedule.CONSTANT: "1.0",
        Schedule.STEP: f"{p.factor!r} ** (epoch // {p.period})",
        Schedule.EXPONENTIAL: f"{p.factor!r} ** epoch",
        Schedule.COSINE: cosine,
        Schedule.WARMUP_COSINE: f"{climb} if epoch < {warm} else {after}",
    }
    return made[p.schedule]


def _feature(p: PlaygroundParams, one: Feature) -> str:
    return f"0 * x + {parse(p.own_feature).numpy_source()}" if one is Feature.OWN else _FEATURES[one]


def _target(cloud: Cloud, loss: Loss) -> str:
    if cloud.classes == 0:
        return "label[:, None]"
    hot = f"label[:, None] == np.arange({cloud.classes})" if cloud.outputs > 1 else "label[:, None] == 1"
    return hot if loss is Loss.CROSS_ENTROPY else f"2.0 * ({hot}) - 1.0"


def _rows(name: str, cloud: Cloud, split: int) -> str:
    chosen = np.flatnonzero(cloud.split == split)
    rows = [f"({x:.8g}, {y:.8g}, {v:.8g})" for (x, y), v in zip(cloud.x[chosen], cloud.y[chosen], strict=True)]
    if not rows:
        return f"{name} = []\n"
    lines = [", ".join(rows[k : k + 2]) for k in range(0, len(rows), 2)]
    return f"{name} = [\n    " + ",\n    ".join(lines) + ",\n]\n"

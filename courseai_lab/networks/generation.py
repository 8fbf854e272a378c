"""Writes on: one token at a time from a causal network, with or without the cache of keys and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from courseai_lab.networks.transformer import Cache, Change, Transformer


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn.

    Attributes:
        temperature: divides the logits; 0 always takes the likeliest token.
        top_k: only the k likeliest may be drawn; 0 is all of them.
        top_p: only the likeliest that together reach this probability (Holtzman et al. 2020); 1 is all of them.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature < 0 or self.top_k < 0 or not 0 < self.top_p <= 1:
            raise ValueError("Sampling needs temperature >= 0, top_k >= 0 and 0 < top_p <= 1.")


def distribution(logits: Tensor, sampling: Sampling, banned: Sequence[int] = ()) -> Tensor:
    """Probabilities of the next token [vocabulary] after temperature, top-k and top-p; ``banned`` ones get 0."""
    logits = logits.float().clone()
    logits[list(banned)] = -torch.inf
    if sampling.temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(), len(logits)).float()
    order = torch.argsort(logits, descending=True, stable=True)
    ranked = torch.softmax(logits[order] / sampling.temperature, -1)
    if sampling.top_k:
        ranked[sampling.top_k :] = 0.0
        ranked = ranked / ranked.sum()
    # A token is kept while those before it have not reached top_p, so the first one always is.
    before = ranked.cumsum(-1) - ranked
    ranked = torch.where(before < sampling.top_p, ranked, 0.0)
    return torch.empty_like(ranked).scatter_(0, order, ranked / ranked.sum())


@torch.no_grad()
def generate(
    network: Transformer,
    ids: Sequence[int],
    count: int,
    sampling: Sampling,
    generator: torch.Generator,
    change: Change | None = None,
    banned: Sequence[int] = (),
    cached: bool = True,
) -> Iterator[int]:
    """Yields up to ``count`` further tokens after ``ids``, fewer where the context is full.

    ``cached`` false computes the whole sequence again for every token: the same tokens, more slowly.

    Raises:
        ValueError: no token to begin with, more than the context, or a network that is not causal.
    """
    if not network.config.causal:
        raise ValueError("Only a causal network writes on.")
    device = network.embed.weight.device
    said = list(ids)
    if not 1 <= len(said) <= network.config.context:
        raise ValueError(f"Writing on needs 1 to {network.config.context} tokens, not {len(said)}.")
    cache = Cache()
    fresh = said
    for _ in range(min(count, network.config.context - len(said))):
        if cached:
            logits = network.step(torch.tensor([fresh], device=device), cache, change)[0, -1]
        else:
            logits = network.trace(torch.tensor(said, device=device), change).logits[-1]
        chances = distribution(logits.cpu(), sampling, banned)
        token = int(torch.multinomial(chances, 1, generator=generator))
        said.append(token)
        fresh = [token]
        yield token

"""What an attention head does, as a number from 0 to 1: mean weight that goes where a definition says.

Weights are [layer head query key]; every score is [layer head]. The kinds follow Clark et al. 2019 (previous,
next, first and same token), Olsson et al. 2022 (induction) and the syntax of quotes and brackets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from courseai_lab.networks.tokenizer import START, Tokenizer
from courseai_lab.networks.transformer import Change, Transformer


class HeadKind(StrEnum):
    """A pattern that a head can be scored for."""

    PREVIOUS = "previous token"
    FIRST = "first token"
    SAME = "same token"
    INDUCTION = "induction"
    NEXT = "next token"
    MATCHING = "bracket or quote"


DEFINITIONS: Mapping[HeadKind, str] = {
    HeadKind.PREVIOUS: "mean weight on the token just before the query",
    HeadKind.FIRST: "mean weight on the first token, over all other queries",
    HeadKind.SAME: "mean weight on other places that hold the query's own token, where there are any to see",
    HeadKind.INDUCTION: "on random tokens said twice: mean weight of the second saying on the token "
    "that followed the query's token the first time",
    HeadKind.NEXT: "mean weight on the token just after the query",
    HeadKind.MATCHING: "mean weight of a closing quote or bracket on the one that opened it",
}

_CLOSES = {ord(")"): ord("("), ord("]"): ord("["), ord("}"): ord("{")}
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True)
class HeadScore:
    """One head's score for one kind."""

    kind: HeadKind
    layer: int
    head: int
    value: float


def offset_score(weights: Tensor, offset: int) -> Tensor:
    """Mean weight on the token ``offset`` places from the query (-1: the one before); zero if there is none."""
    on = weights.diagonal(offset, dim1=-2, dim2=-1)
    return on.mean(-1) if on.shape[-1] else on.sum(-1)


def first_score(weights: Tensor) -> Tensor:
    """Mean weight on token 0 over the queries after it; zero for a single token."""
    on = weights[..., 1:, 0]
    return on.mean(-1) if on.shape[-1] else on.sum(-1)


def same_score(weights: Tensor, ids: Tensor, seen: Tensor | None = None) -> Tensor:
    """Mean weight on other places with the query's own token, over the queries that may see one.

    ids: [token]; seen: boolean [query key], all where not given. Zero where no token comes twice.
    """
    twins = ids[:, None] == ids[None, :]
    twins &= ~torch.eye(len(ids), dtype=torch.bool, device=ids.device)
    if seen is not None:
        twins &= seen
    queries = twins.any(-1)
    if not bool(queries.any()):
        return torch.zeros(weights.shape[:-2])
    return (weights * twins).sum(-1)[..., queries].mean(-1)


def induction_score(weights: Tensor, period: int, start: int = 0) -> Tensor:
    """Mean weight of the second copy's queries on the token after their own first occurrence.

    The sequence is ``start`` other tokens, then ``period`` tokens, then the same ``period`` tokens again: the
    query at i should look at i - period + 1.
    """
    queries = torch.arange(start + period, start + 2 * period, device=weights.device)
    return weights[..., queries, queries - period + 1].mean(-1)


def matching_score(weights: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """Mean weight from each closing token to its opening one; zero without pairs."""
    if not pairs:
        return torch.zeros(weights.shape[:-2])
    closing, opening = torch.tensor(pairs, device=weights.device).T
    return weights[..., closing, opening].mean(-1)


def matching_pairs(pieces: Sequence[bytes]) -> list[tuple[int, int]]:
    """(closing, opening) token indices of quotes and brackets that lie in different tokens.

    Straight double quotes open and close in turn and start afresh at a blank line; brackets match by nesting,
    and one that closes nothing is skipped.
    """
    pairs: list[tuple[int, int]] = []
    open_quote: int | None = None
    brackets: list[tuple[int, int]] = []
    previous = 0
    for index, piece in enumerate(pieces):
        for byte in piece:
            if byte == previous == ord("\n"):
                open_quote = None
            if byte == _QUOTE:
                if open_quote is None:
                    open_quote = index
                else:
                    pairs.append((index, open_quote))
                    open_quote = None
            elif byte in _CLOSES.values():
                brackets.append((byte, index))
            elif byte in _CLOSES and brackets and brackets[-1][0] == _CLOSES[byte]:
                pairs.append((index, brackets.pop()[1]))
            previous = byte
    return [(closing, opening) for closing, opening in pairs if closing != opening]


def repeated_random(tokenizer: Tokenizer, period: int, seed: int) -> Tensor:
    """The start piece, ``period`` random pieces (uniform, none special), and the same again [1 + 2 period]."""
    generator = torch.Generator().manual_seed(seed)
    plain = tokenizer.size - len(tokenizer.special)
    once = torch.randint(plain, (period,), generator=generator)
    return torch.cat([torch.tensor([tokenizer.special_id(START)]), once, once])


def sentence_scores(
    network: Transformer, tokenizer: Tokenizer, ids: Tensor, change: Change | None = None
) -> dict[HeadKind, Tensor]:
    """Scores of every head on one sentence [token], but induction, which needs random tokens."""
    pieces = [tokenizer.piece_bytes(int(piece)) for piece in ids]
    return weight_scores(network.trace(ids, change).weights.cpu(), ids.cpu(), pieces, network.config.causal)


def weight_scores(weights: Tensor, ids: Tensor, pieces: Sequence[bytes], causal: bool) -> dict[HeadKind, Tensor]:
    """Scores [layer head] of attention weights [layer head query key] on tokens with these bytes, but induction.

    ``causal``: queries see only what came before, so a later place with the same token does not count.
    """
    seen = torch.ones(len(ids), len(ids)).tril().bool() if causal else None
    return {
        HeadKind.PREVIOUS: offset_score(weights, -1),
        HeadKind.FIRST: first_score(weights),
        HeadKind.SAME: same_score(weights, ids, seen),
        HeadKind.NEXT: offset_score(weights, 1),
        HeadKind.MATCHING: matching_score(weights, matching_pairs(pieces)),
    }


def induction_scores(
    network: Transformer, tokenizer: Tokenizer, period: int = 64, draws: int = 4, seed: int = 0
) -> Tensor:
    """``induction_score`` of every head, averaged over ``draws`` random sequences."""
    device = network.embed.weight.device
    found = [
        induction_score(network.trace(repeated_random(tokenizer, period, seed + n).to(device)).weights, period, 1)
        for n in range(draws)
    ]
    return torch.stack(found).mean(0).cpu()


def text_scores(network: Transformer, tokenizer: Tokenizer, text: str, window: int = 256) -> dict[HeadKind, Tensor]:
    """All scores on a text: sentence scores averaged over windows of ``window`` tokens, and induction.

    Every window starts with the start piece. A window without a repeated token, quote or bracket does not count
    for that kind. Induction is scored for causal networks only.

    Raises:
        ValueError: a text without a single token.
    """
    ids = torch.tensor(tokenizer.encode(text))
    if not len(ids):
        raise ValueError("An empty text has no head scores.")
    start = torch.tensor([tokenizer.special_id(START)])
    device = network.embed.weight.device
    found = [sentence_scores(network, tokenizer, torch.cat([start, part]).to(device)) for part in ids.split(window)]
    scores: dict[HeadKind, Tensor] = {}
    for kind in found[0]:
        rows = [row[kind] for row in found if bool(row[kind].any())] or [found[0][kind]]
        scores[kind] = torch.stack(rows).mean(0)
    if network.config.causal:
        period = min(64, (network.config.context - 1) // 2)
        scores[HeadKind.INDUCTION] = induction_scores(network, tokenizer, period)
    return scores


def ranked(scores: Mapping[HeadKind, Tensor], kind: HeadKind) -> list[HeadScore]:
    """Every head's score for one kind, highest first."""
    table = scores[kind]
    rows = [
        HeadScore(kind, layer, head, float(table[layer, head]))
        for layer in range(table.shape[0])
        for head in range(table.shape[1])
    ]
    return sorted(rows, key=lambda row: -row.value)

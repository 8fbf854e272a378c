"""What a language model is measured against: an n-gram with back-off, and general compressors."""

from __future__ import annotations

import gzip
import lzma
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Order:
    """Counts of one order: sorted packed n-grams, and totals and kinds of followers for each context."""

    keys: Ids
    counts: Ids
    contexts: Ids
    totals: Ids
    kinds: Ids
    discount: float


class KneserNey:
    """Interpolated Kneser-Ney n-gram (Kneser and Ney 1995; Chen and Goodman 1999, eq. 20) over token identifiers.

    The highest order uses counts, the lower ones the number of different tokens seen before; each order gives away
    the discount n1 / (n1 + 2 n2) to the next lower one, and the unigram to the uniform distribution.

    Args:
        ids: training tokens [token].
        vocabulary: how many different tokens there are.
        order: tokens in an n-gram.

    Raises:
        ValueError: n-grams that do not fit 63 bits, or fewer training tokens than one n-gram.
    """

    def __init__(self, ids: Ids, vocabulary: int, order: int = 5) -> None:
        if vocabulary**order >= 2**63:
            raise ValueError(f"{order}-grams over {vocabulary} tokens do not fit 63 bits.")
        if len(ids) < order:
            raise ValueError(f"A {order}-gram needs at least {order} training tokens, not {len(ids)}.")
        self.vocabulary, self.order = vocabulary, order
        self._orders: list[_Order] = []
        for size in range(1, order + 1):
            if size == order:
                keys, counts = np.unique(self._pack(ids, size), return_counts=True)
            else:
                longer = np.unique(self._pack(ids, size + 1))
                keys, counts = np.unique(longer % vocabulary**size, return_counts=True)
            self._orders.append(_tabulate(keys, counts.astype(np.int64), vocabulary))

    def probabilities(self, contexts: Ids, tokens: Ids) -> NDArray[np.float64]:
        """P(token | context) for contexts [n order-1] and tokens [n]."""
        chances = np.full(len(tokens), 1.0 / self.vocabulary)
        context = np.zeros(len(tokens), np.int64)
        for size, table in enumerate(self._orders, start=1):
            if size > 1:
                context = context + contexts[:, self.order - size] * self.vocabulary ** (size - 2)
            counts = _lookup(table.keys, table.counts, context * self.vocabulary + tokens)
            totals = _lookup(table.contexts, table.totals, context)
            kinds = _lookup(table.contexts, table.kinds, context)
            known = totals > 0
            safe = np.where(known, totals, 1)
            kept = np.maximum(counts - table.discount, 0.0) / safe
            chances = np.where(known, kept + table.discount * kinds / safe * chances, chances)
        return chances

    def bits(self, ids: Ids, start: int) -> NDArray[np.float64]:
        """Bits for each token of ``ids``, preceded by the token ``start`` again and again [token]."""
        before = self.order - 1
        padded = np.concatenate([np.full(before, start, np.int64), ids])
        contexts = np.lib.stride_tricks.sliding_window_view(padded, before)[: len(ids)]
        return -np.log2(self.probabilities(contexts, ids))

    def _pack(self, ids: Ids, size: int) -> Ids:
        powers = self.vocabulary ** np.arange(size - 1, -1, -1, dtype=np.int64)
        packed: Ids = np.lib.stride_tricks.sliding_window_view(ids, size) @ powers
        return packed


def _tabulate(keys: Ids, counts: Ids, vocabulary: int) -> _Order:
    contexts, first = np.unique(keys // vocabulary, return_index=True)
    totals = np.add.reduceat(counts, first)
    kinds = np.diff(np.append(first, len(keys)))
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    discount = once / (once + 2 * twice) if once and twice else 0.5
    return _Order(keys, counts, contexts, totals, kinds, discount)


def _lookup(keys: Ids, values: Ids, wanted: Ids) -> Ids:
    """The value at each wanted key, 0 where there is none; ``keys`` are sorted."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)


def compressed_bits(text: bytes, seen: bytes = b"") -> dict[str, float]:
    """Bits per byte of gzip and xz at their strongest; with ``seen``, also of xz that has read ``seen`` first."""
    found = {
        "gzip": 8 * len(gzip.compress(text, 9)) / len(text),
        "xz": 8 * len(_xz(text)) / len(text),
    }
    if seen:
        found["xz after the training books"] = 8 * (len(_xz(seen + text)) - len(_xz(seen))) / len(text)
    return found


def _xz(data: bytes) -> bytes:
    """As ``xz -9e``, with a dictionary that spans all of the data and no more."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": max(4096, len(data))}]
    return lzma.compress(data, filters=filters)

"""Byte-level byte-pair encoding (Sennrich et al. 2016; on bytes as in Radford et al. 2019), our own.

Identifiers: 0 to 255 are the bytes themselves, then one piece for each merge in the order learned, then the
special pieces. Any bytes can be encoded and come back unchanged; special pieces never arise from text.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from courseai_lab.networks.loader import ModelFileError

FILE = "tokenizer.json"
START = "<start>"
MASK = "<mask>"
MAX_FILE_BYTES = 2_000_000
CACHED_WORDS = 20_000

# Merges never cross these chunks. The length caps keep encoding linear in the text: without them a page of
# one repeated letter would be a single chunk and cost its square.
_CHUNK = re.compile(
    rb"'(?:s|t|re|ve|m|ll|d)(?![A-Za-z\x80-\xff])"
    rb"| ?[A-Za-z\x80-\xff]{1,48}"
    rb"| ?[0-9]"
    rb"| ?[^\sA-Za-z0-9\x80-\xff]{1,16}"
    rb"|\s{1,16}(?!\S)"
    rb"|\s"
)

Pair = tuple[int, int]


class Tokenizer:
    """Encodes text to piece identifiers and back.

    Args:
        merges: pairs of identifiers; merge number r makes piece 256 + r out of two pieces with lower numbers.
        special: names of pieces that stand for no bytes, numbered after the merges.
    """

    def __init__(self, merges: Sequence[Pair], special: Sequence[str] = (START, MASK)) -> None:
        self.merges = tuple((int(left), int(right)) for left, right in merges)
        self.special = tuple(special)
        self._bytes = [bytes([value]) for value in range(256)]
        for rank, (left, right) in enumerate(self.merges):
            if not (0 <= left < 256 + rank and 0 <= right < 256 + rank):
                raise ValueError(f"Merge {rank} joins {left} and {right}, of which one does not exist yet.")
            self._bytes.append(self._bytes[left] + self._bytes[right])
        self._rank = {pair: rank for rank, pair in enumerate(self.merges)}
        self._words: dict[bytes, tuple[int, ...]] = {}

    @property
    def size(self) -> int:
        """How many pieces there are, special ones included."""
        return len(self._bytes) + len(self.special)

    def special_id(self, name: str) -> int:
        """The identifier of a special piece; ValueError for an unknown name."""
        return len(self._bytes) + self.special.index(name)

    def encode(self, text: str | bytes) -> list[int]:
        """Piece identifiers of a text (as UTF-8; lone surrogates become '?') or of any bytes."""
        data = text.encode("utf-8", errors="replace") if isinstance(text, str) else text
        return [piece for chunk in _CHUNK.findall(data) for piece in self._word(chunk)]

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes that the pieces stand for; special pieces stand for none."""
        return b"".join(self.piece_bytes(piece) for piece in ids)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that the pieces spell; bytes that are no UTF-8 show as U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def piece_bytes(self, piece: int) -> bytes:
        """The bytes of one piece (none for a special one); ValueError outside the vocabulary."""
        if not 0 <= piece < self.size:
            raise ValueError(f"There is no piece {piece}: the vocabulary has {self.size}.")
        return self._bytes[piece] if piece < len(self._bytes) else b""

    def label(self, piece: int) -> str:
        """One piece as a person reads it: text, a special piece's name, or ``\\xNN`` for part of a letter."""
        data = self.piece_bytes(piece)
        if not data:
            return self.special[piece - len(self._bytes)]
        return data.decode("utf-8", errors="backslashreplace")

    def save_bytes(self) -> bytes:
        """The tokenizer as JSON."""
        state = {"format": 1, "special": list(self.special), "merges": [list(pair) for pair in self.merges]}
        return json.dumps(state, separators=(",", ":")).encode()

    def _word(self, chunk: bytes) -> tuple[int, ...]:
        found = self._words.get(chunk)
        if found is None:
            found = self._merge(chunk)
            if len(self._words) < CACHED_WORDS:
                self._words[chunk] = found
        return found

    def _merge(self, chunk: bytes) -> tuple[int, ...]:
        """Applies the earliest learned merge that fits, until none does."""
        word = list(chunk)
        last = len(self.merges)
        while len(word) > 1:
            rank = min(self._rank.get(pair, last) for pair in pairwise(word))
            if rank == last:
                break
            word = _join(word, self.merges[rank], 256 + rank)
        return tuple(word)


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder.

    Raises:
        ModelFileError: missing, larger than 2 MB, or not what ``Tokenizer.save_bytes`` writes.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelFileError(f"The model folder {folder.name!r} has no {FILE}.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ModelFileError(f"{folder.name}/{FILE} is larger than {MAX_FILE_BYTES:,} bytes.")
    try:
        state: Any = json.loads(path.read_bytes())
        if state["format"] != 1:
            raise ModelFileError(f"{folder.name}/{FILE} has the unknown format {state['format']!r}, not 1.")
        return Tokenizer([(left, right) for left, right in state["merges"]], [str(s) for s in state["special"]])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{folder.name}/{FILE} is not a tokenizer file of this program.") from error


def train(texts: Iterable[str], size: int, special: Sequence[str] = (START, MASK)) -> Tokenizer:
    """Learns merges until the vocabulary has ``size`` pieces; each joins the pair that occurs most often.

    Ties go to the pair with the smaller identifiers, so the same texts give the same tokenizer. Fewer pieces
    come out where the texts hold no pair twice.

    Raises:
        ValueError: ``size`` leaves no room for the bytes and the special pieces.
    """
    if size < 256 + len(special):
        raise ValueError(f"A byte-level vocabulary needs at least {256 + len(special)} pieces, not {size}.")
    counts = Counter(chunk for text in texts for chunk in _CHUNK.findall(text.encode("utf-8")))
    words = [list(chunk) for chunk in counts]
    times = list(counts.values())
    pairs: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    for index, word in enumerate(words):
        for pair in pairwise(word):
            pairs[pair] += times[index]
            where[pair].add(index)
    merges: list[Pair] = []
    while len(merges) < size - 256 - len(special) and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], -pair[0], -pair[1]))
        if pairs[best] < 2:
            break
        merges.append(best)
        for index in where.pop(best):
            _recount(words, index, times[index], best, 255 + len(merges), pairs, where)
        del pairs[best]
    return Tokenizer(merges, special)


def _recount(
    words: list[list[int]],
    index: int,
    times: int,
    pair: Pair,
    piece: int,
    pairs: Counter[Pair],
    where: defaultdict[Pair, set[int]],
) -> None:
    """Joins ``pair`` in one word and moves that word's pairs in the counts."""
    old = words[index]
    new = _join(old, pair, piece)
    words[index] = new
    for gone in pairwise(old):
        pairs[gone] -= times
    for come in pairwise(new):
        pairs[come] += times
        where[come].add(index)


def _join(word: list[int], pair: Pair, piece: int) -> list[int]:
    joined: list[int] = []
    at = 0
    while at < len(word):
        if at + 1 < len(word) and word[at] == pair[0] and word[at + 1] == pair[1]:
            joined.append(piece)
            at += 2
        else:
            joined.append(word[at])
            at += 1
    return joined

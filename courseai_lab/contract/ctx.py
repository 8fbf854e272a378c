"""What a kernel may know of the world: a device, seeds, a place to report progress, a cache. Nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

Stream = Literal["data", "init", "sample"]
STREAMS: tuple[Stream, ...] = ("data", "init", "sample")
STREAM_WORDS: dict[Stream, str] = {"data": "Data", "init": "Start", "sample": "Chance"}
"""What people read for each stream."""
MAX_SEED = 2**31 - 1
MEMO_ENTRIES = 16
T = TypeVar("T")


class Cancelled(Exception):
    """The run was stopped from outside; raised by ``Ctx.tick`` and not to be caught by kernels."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """Three independent integers, 0 to 2**31 - 1: the data drawn, the initial weights, the sampling on top."""

    data: int = 0
    init: int = 0
    sample: int = 0

    def __post_init__(self) -> None:
        for stream in STREAMS:
            seed = getattr(self, stream)
            if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
                from courseai_lab.contract.errors import BadValue, brief

                raise BadValue(
                    f"The {stream} seed must be a whole number from 0 to {MAX_SEED}, not {brief(seed)}.", stream
                )


class _WatchedSeeds(Seeds):
    """Seeds that note which of them are read. As a key of ``memo`` they are equal to the plain ones, and note nothing:
    a key may name more than its value depends on."""

    __slots__ = ("_asked",)
    _asked: set[Stream]

    def __init__(self, seeds: Seeds, asked: set[Stream]) -> None:
        object.__setattr__(self, "_asked", asked)
        for stream in STREAMS:
            object.__setattr__(self, stream, getattr(seeds, stream))

    def __getattribute__(self, name: str) -> Any:
        if name in STREAMS:
            object.__getattribute__(self, "_asked").add(name)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seeds) and _plain(self) == _plain(other)

    def __hash__(self) -> int:
        return hash(_plain(self))


def _plain(seeds: Seeds) -> tuple[int, ...]:
    return tuple(object.__getattribute__(seeds, stream) for stream in STREAMS)


class Memo:
    """Results kept between runs of one panel, so that an unchanged part is not computed again.

    Holds the ``entries`` last used; ``clear`` is what "out of memory" calls first. A memo may change how long a run
    takes, never what it yields: keys must name everything the value depends on.
    """

    def __init__(self, entries: int = MEMO_ENTRIES) -> None:
        self._entries = entries
        self._values: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value kept under ``key``, making it first when it is not there."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]  # type: ignore[return-value]
        value = make()
        self._values[key] = value
        while len(self._values) > self._entries:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()


def _nobody(_done: float | None, _note: str) -> None:
    """Report to nobody: the default for scripts and tests."""


class Ctx:
    """Given to ``run``: ``device`` (a torch device string), ``seeds``, random streams, ``tick`` and ``memo``.

    ``report(done, note)`` is called on every tick with the done share in 0..1 (or None when unknown); it may raise
    ``Cancelled``. ``asked`` collects the streams whose seed was read.
    """

    __slots__ = ("_memo", "_report", "asked", "device", "seeds")

    def __init__(
        self,
        device: str = "cpu",
        seeds: Seeds | None = None,
        report: Callable[[float | None, str], None] = _nobody,
        memo: Memo | None = None,
        asked: set[Stream] | None = None,
    ) -> None:
        self.asked: set[Stream] = set() if asked is None else asked
        self.device = device
        self.seeds: Seeds = _WatchedSeeds(seeds if seeds is not None else Seeds(), self.asked)
        self._report = report
        self._memo = memo if memo is not None else Memo()

    def rng(self, stream: Stream, *key: int) -> np.random.Generator:
        """A fresh NumPy generator of ``stream``; the same stream, seed and ``key`` always give the same numbers.

        ``key`` separates independent uses of one stream (a layer index, an image index), so that adding one use does
        not change the others.
        """
        entropy = (STREAMS.index(stream), getattr(self.seeds, stream), *key)
        return np.random.default_rng(np.random.SeedSequence(entropy))

    def torch_rng(self, stream: Stream, *key: int) -> torch.Generator:
        """The same for torch, on the CPU, so that every device starts from the same numbers."""
        import torch

        generator = torch.Generator(device="cpu")
        generator.manual_seed(int(self.rng(stream, *key).integers(0, 2**63 - 1)))
        return generator

    def tick(self, done: float | None = None, total: float | None = None, note: str = "") -> None:
        """Say how far the work is (``done`` of ``total``, in any unit) and stop here if a newer run is wanted.

        Call it at least every 10 ms or so between long operations. Raises ``Cancelled``.
        """
        share = None if done is None or not total else min(1.0, max(0.0, done / total))
        self._report(share, note)

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """Keep ``make()`` under ``key`` between runs (see ``Memo``); arrays kept should be treated as read-only."""
        return self._memo.get(key, make)

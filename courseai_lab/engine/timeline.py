"""The frames of one run, kept under a memory cap by thinning them evenly."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from courseai_lab.contract import arrays
from courseai_lab.contract.frame import frame_axes

CAP_BYTES = 512 * 1024 * 1024


class Timeline:
    """Recorded frames by index. The first and the newest are always kept.

    Over ``cap_bytes`` every second kept frame goes, so what is left stays evenly spaced; arrays shared by several
    frames count once. ``count`` is how many frames the run has delivered, ``kept`` how many are still here.
    """

    def __init__(self, cap_bytes: int = CAP_BYTES) -> None:
        self._cap = cap_bytes
        self._indices: list[int] = []
        self._frames: list[Any] = []
        self._stride = 1
        self._alike: dict[tuple[int, ...], int] = {}
        self._uses: dict[int, int] = {}
        self.bytes = 0
        self.count = 0

    @property
    def kept(self) -> int:
        """How many frames can be shown."""
        return len(self._frames)

    def clear(self) -> None:
        """Forget every frame: a new run begins."""
        self._indices.clear()
        self._frames.clear()
        self._alike.clear()
        self._uses.clear()
        self._stride, self.bytes, self.count = 1, 0, 0

    def append(self, index: int, frame: Any) -> None:
        """Record the frame of ``index``; indices must rise. Raises ValueError otherwise."""
        if self._indices and index <= self._indices[-1]:
            raise ValueError(f"Frame {index} comes after frame {self._indices[-1]}")
        if len(self._indices) > 1 and self._indices[-1] % self._stride:
            self._drop(len(self._indices) - 1)
        self._indices.append(index)
        self._frames.append(frame)
        self._count_bytes(frame, 1)
        self.count = index + 1
        self._fit()

    def set_cap(self, cap_bytes: int) -> None:
        """Keep to another number of bytes from now on."""
        self._cap = cap_bytes
        self._fit()

    def at(self, index: int) -> tuple[int, Any]:
        """The kept frame at or before ``index`` (or the first), with its own index. Raises IndexError when empty."""
        if not self._frames:
            raise IndexError("no frame has been recorded")
        place = max(0, bisect_right(self._indices, index) - 1)
        return self._indices[place], self._frames[place]

    def after(self, index: int) -> int:
        """The next kept index above ``index``, or ``index`` when there is none."""
        place = bisect_right(self._indices, index)
        return self._indices[place] if place < len(self._indices) else index

    def newest(self) -> tuple[int, Any]:
        """The last frame recorded. Raises IndexError when empty."""
        return self.at(self.count)

    def _fit(self) -> None:
        while self.bytes > self._cap and len(self._frames) > 2:
            self._thin()

    def _thin(self) -> None:
        self._stride *= 2
        for place in range(len(self._indices) - 2, 0, -1):
            if self._indices[place] % self._stride:
                self._drop(place)
        if self._stride > 2 * self.count:
            # Two frames alone are over the cap: nothing between them is left to drop.
            for place in range(len(self._indices) - 2, 0, -1):
                self._drop(place)

    def _drop(self, place: int) -> None:
        self._count_bytes(self._frames[place], -1)
        del self._indices[place]
        del self._frames[place]

    def _count_bytes(self, frame: Any, sign: int) -> None:
        # Frames of a run computed ahead differ in their step only: of those with the same arrays one is counted.
        kind: Any = type(frame)
        same = tuple([id(getattr(frame, name)) for name in frame_axes(kind)])
        alike = self._alike.get(same, 0) + sign
        if alike:
            self._alike[same] = alike
        else:
            del self._alike[same]
        if alike != (1 if sign > 0 else 0):
            return
        for array, _ in arrays(frame).values():
            uses = self._uses.get(id(array), 0) + sign
            if uses == (1 if sign > 0 else 0):
                self.bytes += sign * array.nbytes
            if uses:
                self._uses[id(array)] = uses
            else:
                self._uses.pop(id(array), None)

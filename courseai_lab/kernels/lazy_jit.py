"""Numba's decorators without numba: it takes 0.2 s to import, and opening a panel should not wait for that.

``njit`` and ``intrinsic`` here note what is to be compiled; numba comes with the first call, which is in the lane.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from threading import RLock
from types import CodeType, FunctionType
from typing import Any


class Later:
    """A function that ``make`` turns into a compiled one at its first call, or when one that calls it is compiled.

    Numba reads what a function names from the function's module, and knows nothing of this class: before a function is
    made, what it names is made, too, and takes its place there.
    """

    def __init__(self, function: FunctionType, make: Callable[[FunctionType], Any]) -> None:
        self._function, self._make = function, make
        self._made: Any = None
        self._lock = RLock()
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self.__module__, self.__wrapped__ = function.__module__, function

    @property
    def made(self) -> Any:
        """What numba makes of it, with everything it calls."""
        with self._lock:
            if self._made is None:
                self._made = self._make(self._function)
                home = self._function.__globals__
                for name in _names(self._function.__code__):
                    if isinstance(found := home.get(name), Later):
                        home[name] = found.made
            return self._made

    def __call__(self, *args: Any) -> Any:
        """Call the compiled function."""
        return (self._made if self._made is not None else self.made)(*args)


def _names(code: CodeType) -> list[str]:
    """What a function names, also in its comprehensions."""
    inner = [name for one in code.co_consts if isinstance(one, CodeType) for name in _names(one)]
    return [*code.co_names, *inner]


class LazyModule:
    """A module that is imported when something in it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As numba's ``njit(**options)``."""
    return partial(Later, make=partial(_compile, options))  # type: ignore[arg-type]


def intrinsic(function: Callable[..., Any]) -> Any:
    """As numba's ``intrinsic``."""
    return Later(function, _intrinsic)  # type: ignore[arg-type]


def _compile(options: dict[str, Any], function: FunctionType) -> Any:
    from numba import njit as compiled

    return compiled(**options)(function)


def _intrinsic(function: FunctionType) -> Any:
    from numba.extending import intrinsic as made

    return made(function)

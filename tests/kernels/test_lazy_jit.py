"""Numba comes with the first call of a compiled function, and not before."""

from __future__ import annotations

import subprocess
import sys

from courseai_lab.kernels.lazy_jit import Later, njit


@njit(cache=False)
def _double(x):  # type: ignore[no-untyped-def]
    return 2.0 * x


@njit(cache=False)
def _sum_of_doubles(x):  # type: ignore[no-untyped-def]
    return sum([_double(one) for one in x])


def test_what_a_compiled_function_calls_is_compiled_with_it() -> None:
    assert isinstance(_double, Later)
    assert _sum_of_doubles((1.0, 2.5)) == 7.0
    assert not isinstance(_double, Later) and _double(3.0) == 6.0


def test_opening_a_panel_does_not_import_numba() -> None:
    source = """
import sys
from courseai_lab.contract import discover
for panel in discover():
    panel.compute()
    assert "numba" not in sys.modules and "llvmlite" not in sys.modules, panel.id
"""
    subprocess.run([sys.executable, "-c", source], check=True)

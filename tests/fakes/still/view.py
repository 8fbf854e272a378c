"""The counter's view."""

from tests.fakes.counter.view import View

__all__ = ["View"]

"""The counter's mathematics, computed ahead."""

from tests.fakes.counter.compute import Frame, Look, Params, run, sentence

__all__ = ["Frame", "Look", "Params", "run", "sentence"]

"""Errors whose text is one sentence for the person in front of the lab: what is wrong, and what would be right."""

from __future__ import annotations


class LabError(ValueError):
    """Base of all errors that are shown as they are, without a traceback."""


class BadValue(LabError):
    """A parameter's value is not allowed; ``field`` names the parameter, or is empty for a clash between several."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class BadState(LabError):
    """A state (link, lab file, preset, embedded record) cannot be opened."""


class FrameError(LabError):
    """A kernel delivered a frame that breaks the contract; names the field and the rule."""


class UnknownPanel(LabError):
    """No panel has this id; the sentence lists the nearest ones."""


def brief(value: object, most: int = 60) -> str:
    """A value as a sentence can quote it: on one line and not too long, whatever a damaged file put there."""
    try:
        text = repr(value[: most + 1] if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        return "a value that cannot be shown"
    return text if len(text) <= most else text[: most - 3] + "..."

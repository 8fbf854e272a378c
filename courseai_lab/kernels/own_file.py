"""What all loaders of a user's own files share: one record, one kind of complaint, one way to read bytes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
SHOWN = 30
"""Characters of a wrong value that a complaint repeats."""


class FileProblem(ValueError):
    """A file that cannot be used; the message is one sentence for the user: what is wrong, what would be right."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded(Generic[T]):
    """``values`` as a panel takes them, and ``notes``: phrases that say what was read and everything done to it."""

    values: T
    notes: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """All of it in one phrase."""
        return "; ".join(self.notes)


def checked_path(path: Path | str, what: str, problem: type[FileProblem] = FileProblem) -> tuple[Path, int]:
    """The path with ``~`` resolved, and the file's size in bytes; raises ``problem`` when there is no such file."""
    found = Path(path)
    # No home to put in the place of ~: then it is a name like any other.
    with contextlib.suppress(RuntimeError):
        found = found.expanduser()
    try:
        if not found.is_file():
            raise problem(f"There is no {what} file {found.name or found}.")
        return found, found.stat().st_size
    except (OSError, ValueError) as error:
        if isinstance(error, FileProblem):
            raise
        raise problem(f"{_name(path)} cannot be read: {reason(error)}.") from None


def read_bytes(path: Path | str, max_bytes: int, what: str, problem: type[FileProblem] = FileProblem) -> bytes:
    """A whole file of at most ``max_bytes``; raises ``problem`` with one sentence."""
    found, size = checked_path(path, what, problem)
    if size <= max_bytes:
        try:
            with found.open("rb") as file:
                # A file can grow, or be a pipe that says 0: never more than the cap is read.
                data = file.read(max_bytes + 1)
        except OSError as error:
            raise problem(f"{found.name} cannot be read: {reason(error)}.") from None
        if len(data) <= max_bytes:
            return data
    raise problem(f"{found.name} is larger than {max_bytes / 1e6:g} MB; choose a smaller file.")


def reason(error: BaseException) -> str:
    """Why the system or a decoder could not, without the full stop."""
    text = getattr(error, "strerror", None) or str(error)
    text = " ".join(str(text).split())
    return (text if len(text) <= 120 else text[:119] + "…").strip().rstrip(".") or "it is damaged"


def short(text: str) -> str:
    """A wrong value as a complaint repeats it."""
    plain = "".join(c if c.isprintable() else "·" for c in text)
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"


def _name(path: Path | str) -> str:
    return short(str(path).replace("\\", "/").rsplit("/", 1)[-1]) or "The file"

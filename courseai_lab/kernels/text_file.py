"""Text from a user's file: UTF-8, or UTF-16 with its mark; capped, and every complaint names its line."""

from __future__ import annotations

import codecs
from pathlib import Path

from courseai_lab.kernels.own_file import FileProblem, Loaded, read_bytes

MAX_BYTES = 20_000_000
MAX_CHARACTERS = 2_000_000


def decoded(data: bytes, name: str, problem: type[FileProblem] = FileProblem, what: str = "text") -> Loaded[str]:
    """Bytes as text, without marks of byte order; raises ``problem`` with the line of the first byte that is wrong."""
    notes: tuple[str, ...] = ()
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
            notes = ("UTF-16 read as such",)
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise problem(f"{name}, line {line}: it is not UTF-8 text; save it as {what} with UTF-8.") from None
    if "\0" in text:
        raise problem(f"{name} is not a text file; save it as {what}.")
    return Loaded(text, notes)


def load_text(path: Path | str, *, max_bytes: int = MAX_BYTES, max_characters: int = MAX_CHARACTERS) -> Loaded[str]:
    r"""A text with ``\n`` at the ends of its lines; what is longer than ``max_characters`` is cut off, and said.

    Raises FileProblem with one sentence: no such file, too large, not UTF-8 (with the line), not text, empty.
    """
    name = Path(path).name
    read = decoded(read_bytes(path, max_bytes, "text"), name)
    text = read.values.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise FileProblem(f"{name} is empty; choose a file with some text in it.")
    notes = [f"{name}, {len(text)} characters", *read.notes]
    if len(text) > max_characters:
        text = text[:max_characters]
        notes.append(f"cut off after {max_characters}")
    return Loaded(text, tuple(notes))

"""Reading a TOML header with the line of every complaint: which entry of which table, and where it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from courseai_lab.contract.errors import brief
from courseai_lab.lessons.errors import LessonError

_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")
_REQUIRED = object()


class Header:
    """A parsed header, and where in its file each part begins. ``first``: the file's line of the header's first."""

    def __init__(self, file: str, text: str, first: int = 1) -> None:
        self.file = file
        self._lines = text.splitlines()
        self._first = first
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = int(found[1]) + first - 1 if found else 0
            raise LessonError(file, line, f"this is not TOML: {_AT_LINE.sub('', str(error))}.") from None
        except RecursionError:
            raise LessonError(file, 0, "the header is nested too deeply.") from None

    def root(self) -> Entry:
        """The keys above the first table."""
        return Entry(self, self.data, 0, len(self._lines), "the lesson")

    def tables(self, name: str, most: int) -> list[Entry]:
        """Every ``[[name]]``, each with its lines."""
        found = self.data.get(name, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise LessonError(self.file, self._find(rf"\s*\[?\[?{name}\b"), f"write each of the {name} as [[{name}]].")
        starts = [n for n, line in enumerate(self._lines) if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line)]
        if len(found) > most:
            raise LessonError(self.file, self._line(starts, most), f"a lesson has at most {most} {name}.")
        out = []
        for number, data in enumerate(found):
            start = starts[number] if number < len(starts) else 0
            word = f"{name.removesuffix('s')} {number + 1}"
            if isinstance(data.get("id"), str):
                word = f"the {name.removesuffix('s')} '{data['id'][:40]}'"
            out.append(Entry(self, data, start, self._end(start), word))
        return out

    def line_of(self, pattern: str, start: int = 0, end: int | None = None) -> int:
        """The file's line of the first of these lines that begins so; of ``start`` when none does."""
        return self._find(pattern, start, end) or start + self._first

    def _find(self, pattern: str, start: int = 0, end: int | None = None) -> int:
        for number, line in enumerate(self._lines[start:end], start):
            if re.match(pattern, line):
                return number + self._first
        return 0

    def _line(self, starts: Sequence[int], number: int) -> int:
        return starts[number] + self._first if number < len(starts) else 0

    def _end(self, start: int) -> int:
        for number in range(start + 1, len(self._lines)):
            if re.match(r"\s*\[", self._lines[number]):
                return number
        return len(self._lines)


class Entry:
    """One table of a header, whose values are taken with a check; what is wrong is said with its line."""

    def __init__(self, header: Header, data: Mapping[str, Any], start: int, end: int, word: str) -> None:
        self._header = header
        self._range = (start, end)
        self.data = data
        self.word = word

    @property
    def start(self) -> int:
        """Where it begins in the header, counted from 0."""
        return self._range[0]

    def inside(self, data: Mapping[str, Any], word: str, key: str) -> Entry:
        """A table within this one, written on the line of ``key``."""
        line = self._header.line_of(rf"\s*{re.escape(key)}", *self._range) - self._header.line_of(r"(?!)")
        return Entry(self._header, data, line, line, word)

    def wrong(self, sentence: str, key: str = "") -> NoReturn:
        """Refuse, at the line of ``key``."""
        pattern = rf"\s*{re.escape(key)}\s*[=.]" if key else r"(?!)"
        raise LessonError(self._header.file, self._header.line_of(pattern, *self._range), sentence)

    def only(self, allowed: Sequence[str]) -> None:
        """Refuse names that mean nothing."""
        for key in self.data:
            if key not in allowed:
                near = get_close_matches(key, allowed, n=1)
                hint = f"did you mean {near[0]}?" if near else f"it may have {', '.join(allowed)}."
                self.wrong(f"{self.word} has an unknown entry '{key[:40]}'; {hint}", key)

    def text(self, key: str, default: Any = _REQUIRED, most: int = 600) -> str:
        """A line of text, not empty when it has to be there."""
        value = self._value(key, default, str, "text in quotation marks")
        if default is _REQUIRED and not value.strip():
            self.wrong(f"{key} of {self.word} must not be empty.", key)
        if len(value) > most:
            self.wrong(f"{key} of {self.word} is {len(value)} characters long; at most {most} are read.", key)
        return value

    def name(self, key: str) -> str:
        """A short name such as ``first-try``."""
        value = self.text(key, most=60)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value):
            self.wrong(f"{key} cannot be {brief(value)}: write letters, digits, - and _ only.", key)
        return value

    def texts(self, key: str, default: Any = _REQUIRED, most: int = 40) -> tuple[str, ...]:
        """A list of lines of text."""
        value = self._value(key, default, list | tuple, "a list of texts")
        if not all(isinstance(item, str) and len(item) <= 600 for item in value) or len(value) > most:
            self.wrong(f"{key} of {self.word} must be a list of at most {most} texts of at most 600 characters.", key)
        return tuple(value)

    def number(self, key: str, default: Any = _REQUIRED) -> float:
        """A finite number."""
        value = self._value(key, default, int | float, "a number")
        if isinstance(value, bool) or not abs(value) < 1e300:
            self.wrong(f"{key} of {self.word} must be a number, not {brief(value)}.", key)
        return float(value)

    def pair(self, key: str, default: Any = _REQUIRED) -> tuple[float, float]:
        """Two rising numbers."""
        value = self._value(key, default, list | tuple, "two numbers such as [0, 1]")
        if len(value) != 2 or not all(is_number(v) for v in value) or not value[0] < value[1]:
            self.wrong(f"{key} of {self.word} must be two rising numbers such as [0, 1].", key)
        return float(value[0]), float(value[1])

    def table(self, key: str, default: Any = _REQUIRED) -> Mapping[str, Any]:
        """Names and values."""
        value: Mapping[str, Any] = self._value(key, default, dict, "names and values such as { lr = 0.1 }")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        value = self.text(key, most=60)
        if value not in choices:
            self.wrong(f"{key} of {self.word} cannot be {brief(value)}: it must be one of {', '.join(choices)}.", key)
        return value

    def switch(self, key: str, default: bool) -> bool:
        """true or false."""
        value: bool = self._value(key, default, bool, "true or false")
        return value

    def whole(self, key: str, default: Any = _REQUIRED, low: int = 0, high: int = 1_000_000) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._value(key, default, int, f"a whole number from {low} to {high}")
        if isinstance(value, bool) or not low <= value <= high:
            self.wrong(f"{key} of {self.word} must be a whole number from {low} to {high}, not {brief(value)}.", key)
        return int(value)

    def _value(self, key: str, default: Any, kind: Any, words: str) -> Any:
        if key not in self.data:
            if default is _REQUIRED:
                self.wrong(f"{self.word} needs {key}: {words}.")
            return default
        value = self.data[key]
        if not isinstance(value, kind):
            self.wrong(f"{key} of {self.word} must be {words}, not {brief(value)}.", key)
        return value


def is_number(value: Any) -> bool:
    """A number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300

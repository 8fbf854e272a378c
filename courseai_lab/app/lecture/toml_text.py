"""Writes TOML: names and values as text that `tomllib` reads back the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_UNSEEN = re.compile('[\x00-\x1f"\\\\\x7f-\x9f\u2028\u2029\ufeff]')
WIDTH = 100


def toml_text(tables: Mapping[str, Any]) -> str:
    """A document: values first, then every list of tables as ``[[name]]``.

    Text, truth values, whole and finite real numbers, lists and tables of these. Raises ValueError for anything else,
    for NaN and infinity, and for halves of surrogate pairs, which no file can hold.
    """
    lines: list[str] = []
    for name, value in tables.items():
        if not _is_tables(value):
            lines.append(f"{_key(name)} = {_value(value)}")
    for name, value in tables.items():
        if _is_tables(value):
            for table in value:
                lines += ["", f"[[{_key(name)}]]", *(f"{_key(key)} = {_value(item)}" for key, item in table.items())]
    return "\n".join(lines) + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return _list([_value(item) for item in value])
    raise ValueError(f"TOML has no way to write {type(value).__name__}")


def _list(items: list[str]) -> str:
    flat = f"[{', '.join(items)}]"
    if len(flat) <= WIDTH or not any(item.startswith('"') for item in items):
        return flat
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _real(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"a lesson file holds finite numbers only, not {value}")
    text = repr(float(value))
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("this text holds half of a surrogate pair")
    return '"' + _UNSEEN.sub(_escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"

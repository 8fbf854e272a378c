"""Settings written as text, ``NAME=VALUE``, read as values of a model: what a command line gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from courseai_lab.contract.errors import BadValue
from courseai_lab.contract.params import MAX_TEXT, FieldSpec, Params, fields


def parse_settings(model: type[Params], settings: Sequence[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE`` strings (from a command line) into plain values for ``model``; raises BadValue.

    Values are written as JSON, or bare where that is unambiguous: ``on``/``off`` for switches, ``a,b,c`` for several
    choices and for vectors, any text for text, files and choices. They are not range-checked here: ``patched`` does it.
    """
    known = {spec.name: spec for spec in fields(model)}
    out: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise BadValue(f"{setting!r} is not a setting: write NAME=VALUE, such as {next(iter(known), 'lr')}=...")
        if name not in known:
            raise BadValue(f"There is no parameter {name}; the parameters are {', '.join(known) or 'none'}.", name)
        out[name] = parse_value(known[name], text)
    return out


def parse_value(spec: FieldSpec, text: str) -> Any:
    """One value of a setting; raises BadValue when it cannot be read as the parameter's kind."""
    if spec.kind in ("text", "file", "color"):
        return text
    text = text.strip()
    if spec.optional and text.lower() in ("", "none", "null"):
        return None
    if spec.kind == "choice":
        return next((c for c in spec.choices if str(getattr(c, "value", c)) == text), text)
    if spec.kind == "switch":
        words = {
            "on": True,
            "true": True,
            "yes": True,
            "1": True,
            "off": False,
            "false": False,
            "no": False,
            "0": False,
        }
        if text.lower() in words:
            return words[text.lower()]
        raise BadValue(f"{spec.name} cannot be {text!r}: it must be on or off.", spec.name)
    if spec.kind in ("choices", "vector", "pair") and not text.startswith("["):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return tuple(parts) if spec.kind == "choices" else tuple(_number(spec, part) for part in parts)
    return _number(spec, text)


def _number(spec: FieldSpec, text: str) -> Any:
    if len(text) > MAX_TEXT:
        raise BadValue(f"{spec.name} is {len(text)} characters long; at most {MAX_TEXT} are read.", spec.name)
    try:
        return json.loads(text.replace("−", "-"))
    except (ValueError, RecursionError):
        try:
            return float(text)
        except ValueError:
            raise BadValue(f"{spec.name} cannot be {text!r}: it must be {spec.allowed()}.", spec.name) from None

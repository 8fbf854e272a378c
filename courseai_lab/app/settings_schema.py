"""A panel's settings as JSON Schema, with what a form knows of each beside it."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from courseai_lab.contract import Panel, Params, fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(panel: Panel) -> dict[str, Any]:
    """The schema of a panel's state: `params`, `look` and `seeds`. `x-ui` says label, symbol, unit, scale, help."""
    compute = panel.compute()
    models = (("params", compute.Params), ("look", compute.Look))
    found, shared = models_json_schema([(model, "validation") for _, model in models], ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = shared.get("$defs", {})
    parts: dict[str, Any] = {}
    for name, model in models:
        part = found[model, "validation"]
        own = definitions[part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
        _describe(own, model)
        parts[name] = part
    seed = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}
    parts["seeds"] = {"type": "object", "properties": dict.fromkeys(("data", "init", "sample"), seed)}
    return {
        "$schema": DIALECT,
        "title": panel.title,
        "description": panel.summary,
        "type": "object",
        "properties": {"panel": {"const": panel.id}, **parts},
        "$defs": definitions,
    }


def _describe(part: dict[str, Any], model: type[Params]) -> None:
    for spec in fields(model):
        entry = part["properties"][spec.name]
        ui = spec.ui
        known = {"label": spec.label, "symbol": ui.symbol, "unit": ui.unit, "log": ui.log, "steer": ui.steer}
        entry["x-ui"] = {key: value for key, value in known.items() if value}
        if ui.help:
            entry["description"] = ui.help


def written(value: Any) -> str:
    """A default as it would be typed after `--set NAME=`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    value = getattr(value, "value", value)
    if isinstance(value, str):
        return value if value else '""'
    if isinstance(value, tuple):
        if all(isinstance(getattr(item, "value", item), str) for item in value):
            return ",".join(str(getattr(item, "value", item)) for item in value) or "[]"
        return json.dumps(value)
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

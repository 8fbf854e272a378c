"""The look as data: colours, sizes and marks of the three themes, read from one file of tokens. No Qt here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from courseai_lab.paths import resource

ThemeName = Literal["dark", "light", "projector"]
THEME_NAMES: tuple[ThemeName, ...] = ("dark", "light", "projector")
MIN_SCALE, MAX_SCALE = 0.8, 2.0


class Role(StrEnum):
    """What a colour means; the same in every panel."""

    DATA = "data"
    MODEL = "model"
    LOSS = "loss"
    GRADIENT = "gradient"
    NOISE = "noise"
    QUERY = "query"
    KEY = "key"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Mark:
    """The second channel of a role: ``marker`` is a shape or a letter, ``dash`` one of solid, dotted, thin."""

    marker: str
    dash: str


@dataclass(frozen=True, slots=True)
class Theme:
    """One look, complete. Colours are ``#RRGGBB``; sizes are logical pixels, already times ``scale``."""

    name: ThemeName
    dark: bool
    scale: float
    ground: str
    raised: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    accent_hover: str
    selected: str
    outline: str
    control: str
    hover: str
    pressed: str
    grid: str
    ok: str
    warning: str
    error: str
    roles: Mapping[str, str] = field(hash=False)
    marks: Mapping[str, Mark] = field(hash=False)
    classes: tuple[str, ...]
    markers: tuple[str, ...]
    text_px: int
    title_px: int
    caption_px: int
    line_live: float
    line_still: float
    outline_px: int
    unit: int
    radius: int

    def role(self, name: str) -> str:
        """Colour of a role, e.g. ``theme.role("data")``. Raises ``ValueError`` for an unknown one."""
        try:
            return self.roles[name]
        except KeyError:
            known = ", ".join(self.roles)
            raise ValueError(f"No role is called {name!r}; the roles are {known}.") from None

    def mark(self, name: str) -> Mark:
        """Marker and dash of a role. Raises ``ValueError`` for an unknown one."""
        self.role(name)
        return self.marks[name]

    def class_color(self, index: int) -> str:
        """Colour of class ``index``; repeats after eight, with the marker shape moved on by one."""
        return self.classes[index % len(self.classes)]

    def class_marker(self, index: int) -> str:
        """Marker shape of class ``index``: the eight colours times eight shapes give 64 different looks."""
        count = len(self.markers)
        return self.markers[(index + index // len(self.classes)) % count]

    def color(self, name: str) -> str:
        """``name`` as a colour: a role, a token (``accent``, ``muted``, ...), ``class3`` or ``#RRGGBB``.

        Raises ``ValueError`` for anything else.
        """
        if name.startswith("#"):
            return name
        if name in self.roles:
            return self.roles[name]
        if name.startswith("class") and name[5:].isdigit():
            return self.class_color(int(name[5:]))
        if name in _COLOR_NAMES:
            return str(getattr(self, name))
        raise ValueError(f"{name!r} is no colour: give a role, a token, class0 to class7 or #RRGGBB.")

    def gap(self, units: float = 1) -> int:
        """Spacing of ``units`` times the 4 px module: 3 inside a group, 4 between groups."""
        return round(self.unit * units)


_COLOR_NAMES = frozenset(
    "ground raised text muted disabled accent on_accent accent_hover selected outline control hover pressed "
    "grid ok warning error".split()
)


def load_theme(name: str, scale: float = 1.0) -> Theme:
    """The theme ``name`` (dark, light, projector) with type ``scale`` times as large (0.8 to 2.0).

    Raises ``ValueError`` for another name or scale.
    """
    if name not in THEME_NAMES:
        raise ValueError(f"No theme is called {name!r}; the themes are {', '.join(THEME_NAMES)}.")
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise ValueError(f"The font scale is {MIN_SCALE} to {MAX_SCALE}, not {scale}.")
    return _load(name, float(scale))


@lru_cache(maxsize=16)
def _load(name: ThemeName, scale: float) -> Theme:
    tokens: dict[str, Any] = json.loads(resource("themes", "tokens.json").read_text("utf-8"))
    entry = tokens["themes"][name]
    # Space grows half as fast as type: at 200 % the words need the room, not the gaps.
    space = 1 + (scale - 1) / 2
    sizes = {f"{key}_px": round(px * scale) for key, px in entry["type"].items()}
    line = entry["line"]
    return Theme(
        name=name,
        dark=entry["dark"],
        scale=scale,
        **entry["colors"],
        roles=MappingProxyType(entry["roles"]),
        marks=MappingProxyType({key: Mark(**mark) for key, mark in tokens["role_marks"].items()}),
        classes=tuple(entry["classes"]),
        markers=tuple(tokens["markers"]),
        **sizes,
        line_live=line["live"],
        line_still=line["still"],
        outline_px=line["outline"],
        unit=round(entry["space"]["unit"] * space),
        radius=entry["space"]["radius"],
    )

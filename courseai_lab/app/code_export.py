"""A panel's mathematics as a Python program with these parameters: the panel's own ``script``. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from courseai_lab import __version__
from courseai_lab.app.headless import checked_target, replacing
from courseai_lab.app.text_form import to_text
from courseai_lab.contract import BadValue, Panel, State

ENDINGS = {".py": "Python program"}
MOST_COMMAND = 1_000
_DOCSTRING = re.compile(r'"""(?P<text>.*?)"""\n', re.DOTALL)
_HEADING = "# %% "


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a program: its heading, Markdown about it, and its code."""

    heading: str
    words: str
    code: str


def has_script(panel: Panel) -> bool:
    """Whether a panel can be written as a program."""
    return getattr(panel.compute(), "script", None) is not None


def panel_script(panel: Panel, state: State) -> str:
    """The program's text, with a line that says where it comes from. Raises BadValue where a panel has none.

    What was changed while a run went on holds from its start here, and the program says so.
    """
    script = getattr(panel.compute(), "script", None)
    if script is None:
        raise BadValue(f"The panel {panel.id} cannot be written as a program yet; its data can be exported as NPZ.")
    text: str = script(state.current, state.seeds)
    found = _DOCSTRING.match(text)
    if found is None:
        raise TypeError(f"The script of {panel.id} must begin with a docstring.")
    return text[: found.end()] + _origin(panel, state) + text[found.end() :]


def save_code(panel: Panel, state: State, path: Path) -> None:
    """Write the program into a file. Raises BadValue, OSError."""
    checked_target(path, ENDINGS)
    text = panel_script(panel, state)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def settled(state: State) -> State:
    """The run that a program repeats: the parameters in force from its start, to its end."""
    return replace(state, params=state.current, steering=(), frame=None)


def title_of(text: str) -> str:
    """A program's docstring."""
    found = _DOCSTRING.match(text)
    return found["text"].strip() if found else ""


def sections(text: str) -> Iterator[Section]:
    """A program cut at its headings; code that stands before the first one is a section of its own."""
    first, *parts = re.split(rf"^{_HEADING}", text, flags=re.MULTILINE)
    found = _DOCSTRING.match(first)
    lines = (first[found.end() :] if found else first).split("\n")
    code = "\n".join(line for line in lines if not line.startswith("# ")).strip("\n")
    if code:
        yield Section("What it needs", "", code)
    for part in parts:
        heading, _, rest = part.partition("\n")
        lines = rest.split("\n")
        count = next((k for k, line in enumerate(lines) if not line.startswith("# ")), len(lines))
        words = "\n".join(line[2:] for line in lines[:count])
        yield Section(heading.strip(), words, "\n".join(lines[count:]).strip("\n"))


def _origin(panel: Panel, state: State) -> str:
    lines = [f"# Written by CourseAI Lab {__version__} from its panel {panel.id}."]
    command = to_text(panel, settled(state))
    if len(command) <= MOST_COMMAND and "\n" not in command and "\r" not in command:
        lines.append(f"# The same there: {command}")
    if state.steering:
        lines.append("# Parameters were changed while it ran in the lab; here the last ones hold from the start.")
    return "\n".join(lines) + "\n"

"""What can be opened: links, commands as text, lab files, exported figures and data; each read into a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from courseai_lab.app.workspace import MAX_FILE, Opened, Workspace, workspace_from_json
from courseai_lab.contract import BadState, Panel

FILES = (".lab", ".json", ".png", ".apng", ".svg", ".pdf", ".gif", ".webp", ".mp4")
"""Endings of files that may hold a state."""
LESSON = ".md"
"""The ending of a lesson's file, which the course opens."""
PREVIOUS = "~"
MAX_PATH = 4096


def may_open(name: str) -> bool:
    """Whether a file's name is that of something the lab opens."""
    return name.lower().removesuffix(PREVIOUS).endswith((*FILES, LESSON))


def is_lesson(target: str) -> bool:
    """Whether it is the path of a lesson's file."""
    return not is_target(target) and target.strip().lower().endswith(LESSON) and len(target) <= MAX_PATH


def is_target(text: str) -> bool:
    """Whether a text (pasted, dropped) is a link or a command of ours."""
    start = text.lstrip()[:40]
    return start.startswith(("courseai-lab:", "courseai-lab --panel"))


def read_target(target: str, panels: Sequence[Panel] | None = None) -> Workspace:
    """A link, a command, or the path of a file, as a workspace; raises BadState with one sentence."""
    text = target.strip()
    if text.startswith("courseai-lab:"):
        from courseai_lab.contract.link import unpack

        return workspace_from_json(unpack(text))
    if is_target(text):
        return _from_text(text, panels)
    if len(target) > MAX_PATH or any(letter < " " for letter in target):
        raise BadState("This is neither a link nor a file of the lab: links begin with courseai-lab:.")
    return read_file(Path(target))


def read_file(path: Path) -> Workspace:
    """A lab file, or a file that carries a state, as a workspace; raises BadState with one sentence."""
    try:
        if not path.is_file():
            raise BadState(f"{path.name} cannot be opened: {_why_not(path)}.")
        if path.suffix.lower() in (".lab", ".lab~", ".json", ".json~"):
            return _read_lab(path)
        return _read_figure(path)
    except OSError as error:
        raise BadState(f"{path.name} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        if isinstance(error, BadState):
            raise BadState(_named(path, str(error))) from None
        raise


def _read_lab(path: Path) -> Workspace:
    from courseai_lab.contract.link import json_object

    size = path.stat().st_size
    if size > MAX_FILE:
        raise BadState(f"{path.name} has {size / 1e6:.0f} MB; a lab file has at most {MAX_FILE // 1_000_000}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadState(f"{path.name} is no lab file, or it is damaged: it is not UTF-8 text.") from None
    data = json_object(text, MAX_FILE)
    carried = data.get("state")
    if "format" not in data and isinstance(carried, dict):
        # Exported data carries the state that gives these numbers again.
        data = carried
    return workspace_from_json(data)


def _read_figure(path: Path) -> Workspace:
    from courseai_lab.app.records import READERS, read_record

    if path.suffix.lower() not in READERS:
        endings = ", ".join(FILES)
        raise BadState(f"{path.name} cannot be opened: the lab opens files that end in {endings}.")
    return workspace_from_json(read_record(path))


def _from_text(text: str, panels: Sequence[Panel] | None) -> Workspace:
    from courseai_lab.app.text_form import from_text

    states = from_text(text, panels)
    return Workspace(tuple(Opened(f"{s.panel}-{n}", s.to_json()) for n, s in enumerate(states, 1)))


def _named(path: Path, sentence: str) -> str:
    return sentence if path.name in sentence else f"{path.name}: {sentence}"


def _why_not(path: Path) -> str:
    if path.is_dir():
        return "it is a folder, not a file"
    return "there is no such file" if not path.exists() else "it is no ordinary file"

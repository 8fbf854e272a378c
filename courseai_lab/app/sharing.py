"""What is copied to be pasted elsewhere: links and commands, for one panel and for a whole window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from courseai_lab.app.carried import base_name, named_files, pack_files
from courseai_lab.app.workspace import Opened, Workspace
from courseai_lab.contract import BadState, Panel, State
from courseai_lab.contract.link import MAX_LINK, pack


@dataclass(frozen=True, slots=True)
class Shared:
    """A text for the clipboard, and what to say about it."""

    text: str
    sentence: str


def panel_link(state: State) -> Shared:
    """A link to one state, with the user's own files inside when they are small. Raises BadState (too long)."""
    if not any(named_files(state)):
        return Shared(state.to_link(), "A link to this state is on the clipboard.")
    return window_link(Workspace((Opened(f"{state.panel}-1", state.to_json()),)), [state], "this state")


def window_link(workspace: Workspace, states: Sequence[State], what: str = "this window") -> Shared:
    """A link to open panels and their arrangement. Own files go along when they fit. Raises BadState (too long)."""
    packed = pack_files(states)
    here = replace(workspace, geometry=b"", file="", modified=False)
    link = pack(replace(here, files=packed.files).to_json(), "lab")
    if len(link) <= MAX_LINK:
        note = f" {packed.notes[0]}" if packed.notes else ""
        files = f" with {_names([file.path for file in packed.files])}" if packed.files else ""
        return Shared(link, f"A link to {what}{files} is on the clipboard.{note}")
    link = pack(here.to_json(), "lab")
    if len(link) > MAX_LINK:
        raise BadState(
            f"This is too long for a link ({len(link)} characters, at most {MAX_LINK}): save it as a lab file instead."
        )
    names = _names([file.path for file in packed.files])
    return Shared(link, f"A link to {what} is on the clipboard, without {names}: a lab file carries files too.")


def as_commands(panels_and_states: Sequence[tuple[Panel, State]]) -> Shared:
    """One command for each state, readable and runnable."""
    from courseai_lab.app.text_form import to_text

    text = "\n".join(to_text(panel, state) for panel, state in panels_and_states)
    what = "Commands that open these panels are" if len(panels_and_states) > 1 else "A command that opens this is"
    files = [path for _, state in panels_and_states for path in named_files(state)]
    note = f" It names {_names(files)} on this computer and does not carry files." if files else ""
    return Shared(text, f"{what} on the clipboard.{note}")


def _names(paths: Sequence[str]) -> str:
    names = list(dict.fromkeys(base_name(path) for path in paths))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

"""Files of the user's own that states name: carried along when a window is saved, put back where it is opened.

Carried files are kept in the user's data folder under their checksum, so that the same file is there once however
often it arrives, and nothing of the user's is ever overwritten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from courseai_lab.app.atomic import write_bytes
from courseai_lab.app.workspace import MAX_ALL_FILES, MAX_FILES, MAX_ONE_FILE, CarriedFile
from courseai_lab.contract import Params, State, fields

ENDINGS = frozenset(
    ".csv .tsv .txt .md .json .png .jpg .jpeg .webp .bmp .gif .tif .tiff .npz .npy .safetensors .wav".split()
)
"""What a carried file may end in when it is put on a disk; anything else is put there as .dat."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The files that were taken along, and one sentence for each that was not."""

    files: tuple[CarriedFile, ...]
    notes: tuple[str, ...]


def pack_files(states: Iterable[State]) -> Packed:
    """Read the files that the states show. Never raises: what cannot be taken along is said."""
    files: dict[str, CarriedFile] = {}
    notes: list[str] = []
    room = MAX_ALL_FILES
    for path in dict.fromkeys(path for state in states for path in named_files(state)):
        if len(files) == MAX_FILES:
            notes.append(f"Only the first {MAX_FILES} files are taken along.")
            break
        name = base_name(path)
        try:
            real = Path(path).expanduser()
            size = real.stat().st_size
            if _is_folder_of_weights(real):
                notes.append(f"The model folder of {name} is not taken along: another computer needs its own copy.")
                continue
            if size > min(MAX_ONE_FILE, room):
                notes.append(f"{name} ({size / 1e6:.1f} MB) is not taken along: {_limit(size)}.")
                continue
            content = real.read_bytes()
        except OSError as error:
            notes.append(f"{name} is not taken along: it cannot be read ({error.strerror or error}).")
            continue
        room -= len(content)
        files[path] = CarriedFile(path, len(content), hashlib.sha256(content).hexdigest(), content)
    return Packed(tuple(files.values()), tuple(notes))


def unpack_files(state: State, files: Sequence[CarriedFile], folder: Path) -> tuple[State, tuple[str, ...]]:
    """The state with every file where it is on this computer, and a sentence for each that is not as it was.

    ``folder``: where carried files are put. A file that is here unchanged is used where it is.
    """
    carried = {file.path: file for file in files}
    notes: list[str] = []
    places: dict[str, str] = {}
    for path in dict.fromkeys(named_files(state)):
        file = carried.get(path)
        place, note = _place(path, file, folder)
        if place != path:
            places[path] = place
        if note:
            notes.append(note)
    return (_moved(state, places) if places else state), tuple(notes)


def named_files(state: State) -> Iterator[str]:
    """Paths of the files that a state shows."""
    for model in (state.current, state.look):
        for spec in fields(type(model)):
            value = getattr(model, spec.name)
            if spec.kind == "file" and value and spec.shown(model):
                yield value


def base_name(path: str) -> str:
    """The name of a file whose path may come from another system."""
    return PureWindowsPath(PurePosixPath(path).name).name or path


def _place(path: str, file: CarriedFile | None, folder: Path) -> tuple[str, str]:
    name = base_name(path)
    if path.startswith(("\\\\", "//")) and file is None:
        # Asking for a file of another computer tells that computer who is asking; only its owner's own choice does.
        return "", f"{name} lies on another computer ({path[:60]}): choose the file again to open it from there."
    here = not path.startswith(("\\\\", "//")) and _is_file(path)
    if file is None:
        missing = f"{name} is not on this computer: choose it again, or ask for a lab file, which carries it along."
        return path, "" if here else missing
    if file.content is None:
        return path, "" if here else f"{name} was not taken along and is not on this computer: choose the file again."
    if here and _same(Path(path).expanduser(), file):
        return path, ""
    target = folder / file.sha256[:16] / safe_name(name)
    try:
        if not (target.is_file() and _same(target, file)):
            write_bytes(target, file.content)
    except OSError as error:
        return path, f"{name} could not be put into the lab's folder: {error.strerror or error}."
    if here:
        return str(target), f"{name} has changed since: shown as it was saved. Choose the file again for the new one."
    return str(target), f"{name} came along and is kept in the lab's own folder."


def safe_name(name: str) -> str:
    """A name that is a plain file name on every system, ending in a kind of data."""
    stem, dot, ending = name.rpartition(".")
    good = f".{ending.lower()}" if dot and f".{ending.lower()}" in ENDINGS else ".dat"
    plain = re.sub(r"[^\w \-()+=,]", "_", stem if dot else name).strip(" _.")[:60]
    return (plain or "data") + good


def _same(path: Path, file: CarriedFile) -> bool:
    try:
        if path.stat().st_size != file.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    except OSError:
        return False


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _is_folder_of_weights(path: Path) -> bool:
    return path.name == "config.json" and any(path.parent.glob("*.safetensors"))


def _limit(size: int) -> str:
    if size > MAX_ONE_FILE:
        return f"at most {MAX_ONE_FILE // 1_000_000} MB are carried of one file"
    return f"at most {MAX_ALL_FILES // 1_000_000} MB are carried in all"


def _moved(state: State, places: dict[str, str]) -> State:
    steering = tuple(
        replace(steer, patch={name: _where(value, places) for name, value in steer.patch.items()})
        for steer in state.steering
    )
    return replace(state, params=_moved_in(state.params, places), look=_moved_in(state.look, places), steering=steering)


def _moved_in(model: Params, places: dict[str, str]) -> Params:
    found = {
        spec.name: places[value]
        for spec in fields(type(model))
        if spec.kind == "file" and (value := getattr(model, spec.name)) in places
    }
    return model.patched(**found) if found else model


def _where(value: object, places: dict[str, str]) -> object:
    return places.get(value, value) if isinstance(value, str) else value

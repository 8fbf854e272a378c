"""Two thousand damaged lab files, links, commands and figures: each is opened or answered by one sentence, at once."""

from __future__ import annotations

import json
import random
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from courseai_lab.app.animation import save_animation
from courseai_lab.app.carried import pack_files, unpack_files
from courseai_lab.app.figures import Figure, Shot, save_figure
from courseai_lab.app.main_window import MainWindow
from courseai_lab.app.sharing import as_commands, window_link
from courseai_lab.app.targets import read_target
from courseai_lab.app.workspace import Opened, Workspace
from courseai_lab.contract import LabError, Patch, default_state, discover, find, run_to_frame
from courseai_lab.contract.state import state_from_json
from courseai_lab.ui.theme import load_theme

PANELS = discover("tests.fakes")
SECONDS = 2.0
EACH = 210
JUNK: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, float("nan"), float("inf"), 10**400, "", "\x00", "\ud800", "x" * 5000),
    *([], {}, [[]], {"format": "courseai-lab/lab"}, "../../../etc/passwd", "\\\\server\\share\\x.csv", "９"),
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, qapp: object) -> dict[str, bytes]:
    """One good specimen of everything that can be opened, by the ending its damaged copies get ("" for text)."""
    folder = tmp_path_factory.mktemp("good")
    csv = folder / "own.csv"
    csv.write_text("x,y\n1,2\n")
    panel = find("counter", PANELS)
    state, _ = default_state(panel).apply(Patch(params={"by": 2.5, "file": str(csv)}))
    state = replace(state, frame=3)
    workspace = Workspace((Opened("counter-1", state.to_json()), Opened("x", state.to_json(), state.to_json())), b"lay")
    files = pack_files([state]).files
    assert files
    made = {
        ".lab": json.dumps(replace(workspace, files=files).to_json()).encode(),
        ".json": json.dumps(state.to_json()).encode(),
        "link": state.to_link().encode(),
        "window": window_link(workspace, [state]).text.encode(),
        "command": as_commands([(panel, state)] * 2).text.encode(),
    }
    frame, index = run_to_frame(panel, state, 2)
    shot, figure = Shot(panel, state, frame, index), Figure(load_theme("light"), 160, 100, 1.0)
    for ending in (".png", ".svg", ".pdf"):
        save_figure(shot, figure, folder / f"f{ending}")
        made[ending] = (folder / f"f{ending}").read_bytes()
    for ending in (".gif", ".webp"):
        save_animation([shot], figure, folder / f"f{ending}")
        made[ending] = (folder / f"f{ending}").read_bytes()
    return made


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A few random wounds: cut, flipped, filled, taken out, doubled."""
    body = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(max(1, len(body)))
        length = min(rng.choice((1, 1, 2, 8, 60)), len(body) - at)
        match rng.randrange(6):
            case 0:
                del body[at:]
            case 1 if body:
                body[at] ^= 1 << rng.randrange(8)
            case 2:
                body[at : at + length] = rng.randbytes(length)
            case 3:
                del body[at : at + length]
            case 4:
                body[at:at] = body[at : at + length] * rng.choice((1, 40))
            case _:
                body[at:at] = rng.choice((b"\0", b"\n", b"{", b'"', b"99999999999", b"\xff\xfe", "é".encode()))
    return bytes(body)


def twisted(data: bytes, rng: random.Random) -> bytes:
    """JSON that is whole, with parts of it exchanged for what does not belong there."""
    whole = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(whole)
    for _ in range(rng.randrange(1, 3)):
        node, key = rng.choice(places)
        if rng.random() < 0.2 and isinstance(node, dict):
            node[rng.choice(("zz", "state", "panel", "params", "files"))] = rng.choice(JUNK)
        else:
            node[key] = rng.choice(JUNK)
    return json.dumps(whole).encode()


def opened(target: str, folder: Path) -> int:
    """What the window does with a target, without a window: every panel's state, with its files."""
    workspace = read_target(target, PANELS)
    for entry in workspace.panels:
        try:
            state = state_from_json(find(str(entry.state.get("panel")), PANELS), entry.state)
            unpack_files(state, workspace.files, folder)
        except LabError as error:
            check(error)
    return len(workspace.panels)


def check(error: LabError) -> None:
    text = str(error)
    assert text.endswith((".", "?")) and "\n" not in text and len(text) < 500, text
    text.encode()


@pytest.mark.parametrize("seed", range(2))
def test_two_thousand_damaged_things(sources: dict[str, bytes], tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    refused = tried = 0
    for kind, data in sources.items():
        for number in range(EACH // 2):
            wounds = twisted if kind in (".lab", ".json") and number % 2 else damaged
            bad = wounds(data, rng)
            if kind.startswith("."):
                path = tmp_path / f"bad{kind}"
                path.write_bytes(bad)
                target = str(path)
            else:
                prefix = sources[kind][:14].decode()
                target = prefix + bad[14:].decode("latin-1")
            tried += 1
            began = time.perf_counter()
            try:
                opened(target, tmp_path / "carried")
            except LabError as error:
                refused += 1
                check(error)
            assert time.perf_counter() - began < SECONDS, target[:200]
    assert tried == len(sources) * (EACH // 2) and tried * 2 >= 2000 and tried * 0.3 < refused < tried
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent == tmp_path]
    assert {path.name for path in outside} <= {f"bad{kind}" for kind in sources}


def test_the_window_lives_through_damaged_files(
    open_window: Callable[..., MainWindow], sources: dict[str, bytes], tmp_path: Path
) -> None:
    window = open_window()
    rng = random.Random(3)
    for number in range(12):
        path = tmp_path / "bad.lab"
        path.write_bytes((twisted if number % 2 else damaged)(sources[".lab"], rng))
        window.open_target(str(path))
        assert window.isVisible()
        assert len(window.docks) or window.status.currentMessage()
        for dock in window.docks:
            dock.close()


def test_a_picture_of_any_size_is_answered_without_decoding_it(tmp_path: Path) -> None:
    path = tmp_path / "large.png"

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1_000_000, 1_000_000, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(30_000_000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    began = time.perf_counter()
    with pytest.raises(LabError, match="carries no state"):
        read_target(str(path))
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "cannot be opened"),
        ("nowhere.lab", "there is no such file"),
        (".", "it is a folder"),
        ("courseai-lab://state/", "cut short|damaged"),
        ("courseai-lab://else/abc", "must start with courseai-lab://state/ or courseai-lab://lab/"),
        ("courseai-lab --panel", "expected one argument"),
        ("courseai-lab --panel counter --set by=99", "by cannot be 99"),
        ("courseai-lab --panel counter --set 'by=1", "quotation mark"),
        ("courseai-lab --panel conter", "did you mean counter"),
        ("courseai-lab --panel counter --steer 3:steps=4", "cannot be steered"),
        ("courseai-lab --panel counter --help", "opens nothing"),
        ("courseai-lab --panel counter --steer x", "FRAME:NAME=VALUE"),
    ],
)
def test_what_is_wrong_with_a_target_is_said(target: str, says: str) -> None:
    with pytest.raises(LabError, match=says):
        read_target(target, PANELS)

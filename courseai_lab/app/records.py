"""The state that every exported figure carries, read back without decoding any picture.

Only the container is walked, so a file of any size and with any damage is answered at once.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import BinaryIO

from courseai_lab.contract import BadState
from courseai_lab.contract.link import MAX_JSON, json_object

RECORD = "courseai-lab"
"""The keyword of the PNG text that holds the state."""
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 100_000
MOST_BYTES = 64_000_000
HEAD = 64_000
TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")


class _Damaged(Exception):
    """The container is not what its ending says."""


def read_record(path: Path) -> dict[str, object]:
    """The JSON object inside an exported figure; raises BadState with one sentence, OSError when it cannot be read."""
    kind = path.suffix.lower()
    name, reader = READERS[kind]
    with path.open("rb") as file:
        try:
            text = reader(file)
        except (_Damaged, struct.error, zlib.error, UnicodeDecodeError, IndexError):
            raise BadState(f"{path.name} is damaged or no {name}.") from None
    if text is None:
        raise BadState(f"{path.name} carries no state of the lab: only figures that the lab itself drew do.")
    return json_object(text)


def carries_record(path: Path) -> bool:
    """Whether a file is a figure that the lab drew, so that dropping it means: open the experiment again."""
    if path.suffix.lower() not in READERS:
        return False
    try:
        read_record(path)
    except (BadState, OSError):
        return False
    return True


def _png(file: BinaryIO) -> str | None:
    """Text chunks stand before or after the pixels (PNG specification 1.2, 4.2.3); pixels are skipped."""
    if file.read(8) != PNG_SIGNATURE:
        raise _Damaged
    for _ in range(MOST_CHUNKS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind in TEXT_CHUNKS:
            if length > MAX_JSON:
                raise _Damaged
            body, check = file.read(length), file.read(4)
            if struct.pack(">I", zlib.crc32(kind + body)) != check:
                raise _Damaged
            text = _text_chunk(kind, body)
            if text is not None:
                return text
        else:
            file.seek(length + 4, 1)
        if kind == b"IEND":
            return None
    raise _Damaged


def _text_chunk(kind: bytes, body: bytes) -> str | None:
    keyword, _, rest = body.partition(b"\0")
    if keyword != RECORD.encode():
        return None
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return _inflated(rest[1:]).decode("latin-1")
    compressed = rest[0]
    _language, _, rest = rest[2:].partition(b"\0")
    _translated, _, rest = rest.partition(b"\0")
    return (_inflated(rest) if compressed else rest).decode("utf-8")


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    out = unpacker.decompress(data, MAX_JSON)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise _Damaged
    return out


def _svg(file: BinaryIO) -> str | None:
    """The description that stands at the top of the drawing."""
    text = file.read(MAX_JSON * 2).decode("utf-8")
    if "<svg" not in text[:HEAD]:
        raise _Damaged
    found = re.search(r"<desc>([^<]*)</desc>", text)
    return unescape(found[1]) if found and found[1].lstrip().startswith("{") else None


def _pdf(file: BinaryIO) -> str | None:
    """The attached state.json (ISO 32000-1, 7.11.4): the file specification names an object, that is a stream."""
    data = file.read(MOST_BYTES)
    if not data.startswith(b"%PDF-"):
        raise _Damaged
    spec = re.search(rb"/EF\s*<<\s*/F\s+(\d{1,9})\s+0\s+R", data)
    if spec is None:
        return None
    start = re.search(rb"(?:^|[\r\n])" + spec[1] + rb"\s+0\s+obj(.{0,400}?)stream\r?\n", data, re.DOTALL)
    if start is None:
        raise _Damaged
    body = data[start.end() : start.end() + MAX_JSON]
    if b"/FlateDecode" in start[1]:
        unpacker = zlib.decompressobj()
        body = unpacker.decompress(body, MAX_JSON)
        if not unpacker.eof:
            raise _Damaged
    else:
        body = body.partition(b"endstream")[0]
    return body.decode("utf-8").strip()


def _gif(file: BinaryIO) -> str | None:
    """The first comment extension that holds an object (GIF89a, 24); pictures are skipped block by block."""
    data = file.read(MOST_BYTES)
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        raise _Damaged
    at = 13 + _colours(data[10])
    while data[at] != 0x3B:
        if data[at] == 0x21:
            label, (blocks, at) = data[at + 1], _blocks(data, at + 2)
            text = b"".join(blocks) if label == 0xFE else b""
            if text.startswith(b"{"):
                return text.decode("utf-8")
        elif data[at] == 0x2C:
            _, at = _blocks(data, at + 11 + _colours(data[at + 9]))
        else:
            raise _Damaged
    return None


def _webp(file: BinaryIO) -> str | None:
    """The XMP chunk (WebP container specification); pictures are skipped chunk by chunk."""
    signature, _size, form = struct.unpack("<4sI4s", file.read(12))
    if (signature, form) != (b"RIFF", b"WEBP"):
        raise _Damaged
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if not head:
            return None
        kind, length = struct.unpack("<4sI", head)
        if kind == b"XMP ":
            if length > MAX_JSON:
                raise _Damaged
            text = file.read(length).decode("utf-8")
            return text if text.startswith("{") else None
        file.seek(length + length % 2, 1)
    raise _Damaged


def _mp4(file: BinaryIO) -> str | None:
    """The comment among the descriptions, which stand before the pictures or after them."""
    data = file.read(MOST_BYTES)
    if data[4:8] != b"ftyp":
        raise _Damaged
    at = data.find(b'{"format":"courseai-lab/')
    if at < 0:
        return None
    size = struct.unpack(">I", data[at - 16 : at - 12])[0] - 16
    return data[at : at + size].decode("utf-8")


def _colours(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The sub-blocks that begin at ``at``, and where they end."""
    return (found := list(_each_block(data, at))), at + sum(len(block) + 1 for block in found) + 1


def _each_block(data: bytes, at: int) -> Iterator[bytes]:
    end = at + MOST_BYTES // 8
    while (size := data[at]) > 0:
        if at > end:
            raise _Damaged
        block = data[at + 1 : at + 1 + size]
        if len(block) < size:
            raise _Damaged
        yield block
        at += size + 1


READERS: Mapping[str, tuple[str, Callable[[BinaryIO], str | None]]] = {
    ".png": ("PNG picture", _png),
    ".apng": ("PNG picture", _png),
    ".svg": ("SVG drawing", _svg),
    ".pdf": ("PDF drawing", _pdf),
    ".gif": ("GIF", _gif),
    ".webp": ("WebP picture", _webp),
    ".mp4": ("MP4 video", _mp4),
}
"""For each ending, what the kind is called and what finds the record's text in it (None: there is none)."""

"""Good files of every kind, and ways to damage them, all from seeds."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import save


def _image(mode: str, form: str, **options: Any) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (24, 32, 4), dtype=np.uint8)
    made = Image.fromarray(pixels).convert("RGB") if mode != "RGBA" else Image.fromarray(pixels)
    if mode == "I;16":
        made = Image.fromarray(np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) * 85)
    elif mode not in ("RGB", "RGBA"):
        made = made.convert(mode)
    out = io.BytesIO()
    made.save(out, form, **options)
    return out.getvalue()


def _frames(form: str) -> bytes:
    frames = [Image.new("RGB", (20, 16), (k * 60, 0, 90)) for k in range(4)]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _image("RGB", "JPEG", exif=exif)


def _npy(array: np.ndarray, **options: Any) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    return out.getvalue()


def _npz(saver: Callable[..., None]) -> bytes:
    out = io.BytesIO()
    saver(out, weights=np.arange(60.0).reshape(3, 20), labels=np.arange(20), mask=np.ones((4, 5), bool))
    return out.getvalue()


def _table(delimiter: str, decimal: str = ".") -> bytes:
    rows = [delimiter.join(("hours", "grade", "group"))]
    for k in range(30):
        rows.append(delimiter.join((f"{k / 3:.2f}".replace(".", decimal), str(4 + k), "ab"[k % 2])))
    return "\n".join(rows).encode()


def good_files() -> dict[str, tuple[str, bytes]]:
    """A name, its kind and its bytes."""
    weights = {"a.weight": np.ones((3, 4), np.float32), "a.bias": np.zeros(4, np.float16), "n": np.arange(5)}
    text = "Die Länge über alles.\nEin zweiter Satz – mit Strich.\n" * 6
    return {
        "comma.csv": ("table", _table(",")),
        "semicolon.csv": ("table", _table(";", ",")),
        "tabs.tsv": ("table", _table("\t")),
        "plain.txt": ("text", text.encode()),
        "wide.txt": ("text", text.encode("utf-16")),
        "rgb.png": ("image", _image("RGB", "PNG")),
        "deep.png": ("image", _image("I;16", "PNG")),
        "palette.png": ("image", _image("P", "PNG")),
        "clear.png": ("image", _image("RGBA", "PNG")),
        "frames.png": ("image", _frames("PNG")),
        "turned.jpg": ("image", _turned()),
        "ink.jpg": ("image", _image("CMYK", "JPEG")),
        "rgb.webp": ("image", _image("RGBA", "WEBP")),
        "frames.webp": ("image", _frames("WEBP")),
        "one.npy": ("array", _npy(np.arange(48, dtype=">f4").reshape(6, 8))),
        "later.npy": ("array", _npy(np.asfortranarray(np.eye(5)), version=(2, 0))),
        "many.npz": ("array", _npz(np.savez)),
        "packed.npz": ("array", _npz(np.savez_compressed)),
        "net.safetensors": ("weights", save(weights, {"by": "test"})),
    }


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 3, 20))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.randint(1, 40)]


def _insert(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.randbytes(rng.randint(1, 40))


def _double(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = data[at : at + rng.randint(1, 60)]


def _huge(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(min(len(data), 120))
    data[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"9999"))


def _zero(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at : at + 30] = bytes(len(data[at : at + 30]))


def _digits(data: bytearray, rng: random.Random) -> None:
    places = [k for k, byte in enumerate(data[:2000]) if 48 <= byte <= 57] or [0]
    data[rng.choice(places)] = rng.choice(b'09-eE.,;\t" \nx{[(')


_DAMAGE = (_flip, _cut, _remove, _insert, _double, _huge, _zero, _digits)


def damaged(good: bytes, seed: int) -> bytes:
    """The file with one to three kinds of damage."""
    rng = random.Random(seed)
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if data:
            rng.choice(_DAMAGE)(data, rng)
    return bytes(data)


def _pickled() -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return out.getvalue()


def _huge_npy() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _bomb() -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, zeros=np.zeros(2_000_000))
    return out.getvalue()


def _weights(header: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + bytes(8)


FAR = json.dumps({"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}).encode()
FLOAT8 = json.dumps({"w": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}}).encode()
GAP = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}).encode()

HAND_MADE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "pickled.npy": ("array", _pickled),
    "huge.npy": ("array", _huge_npy),
    "bomb.npz": ("array", _bomb),
    "far.safetensors": ("weights", lambda: _weights(FAR)),
    "float8.safetensors": ("weights", lambda: _weights(FLOAT8)),
    "gap.safetensors": ("weights", lambda: _weights(GAP)),
    "deep.safetensors": ("weights", lambda: _weights(b"[" * 100_000)),
    "wide.csv": ("table", lambda: b"1," * 5000 + b"1\n"),
    "long.csv": ("table", lambda: b"1,2,a\n" * 100_002),
}
"""Files that someone could make on purpose."""

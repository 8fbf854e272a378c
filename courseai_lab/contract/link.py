"""Links: a JSON object, compressed, as one line of text that survives mail and chat."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Literal

from courseai_lab.contract.errors import BadState, LabError

SCHEME = "courseai-lab://"
LINK = SCHEME + "state/"
LAB_LINK = SCHEME + "lab/"
MAX_LINK = 64_000
MAX_JSON = 8_000_000

What = Literal["state", "lab"]
_PREFIX: dict[What, str] = {"state": LINK, "lab": LAB_LINK}
_BLANKS = str.maketrans("", "", " \t\r\n\u200b\ufeff")


def pack(data: Mapping[str, Any], what: What) -> str:
    """The link to a JSON object, of any length: whoever hands it out compares it with ``MAX_LINK``."""
    packed = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)
    return _PREFIX[what] + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str) -> dict[str, Any]:
    """The JSON object inside a link, which may have been broken into lines on its way; raises BadState."""
    prefix = next((p for p in _PREFIX.values() if text.lstrip().startswith(p)), None)
    if prefix is None:
        raise BadState(f"This is not a CourseAI Lab link: it must start with {LINK} or {LAB_LINK}.")
    if len(text) > 2 * MAX_LINK:
        raise BadState(f"This link is {len(text)} characters long; at most {MAX_LINK} are read.")
    text = text.translate(_BLANKS)
    if len(text) > MAX_LINK:
        raise BadState(f"This link is {len(text)} characters long; at most {MAX_LINK} are read.")
    body = text[len(prefix) :].rstrip("/")
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(packed, MAX_JSON)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise BadState("This link is cut short or unpacks to more than 8 MB; copy it again as a whole.")
        return json_object(raw.decode())
    except LabError:
        raise
    except (zlib.error, ValueError):
        raise BadState(
            "This link is damaged: copy it again as a whole, from the first to the last character."
        ) from None


def json_object(text: str, most: int = MAX_JSON) -> dict[str, Any]:
    """Parse a JSON object of at most ``most`` characters; raises BadState."""
    if len(text) > most:
        raise BadState(f"This state is {len(text)} characters long; at most {most} are read.")
    try:
        data = json.loads(text)
        if "\\ud" in text.lower():
            # Halves of surrogate pairs are valid JSON, but no text that could be shown or saved again.
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadState("This is not readable as JSON: the file or link is damaged.") from None
    if not isinstance(data, dict):
        raise BadState("This is not a CourseAI Lab state: it must be one JSON object.")
    return data

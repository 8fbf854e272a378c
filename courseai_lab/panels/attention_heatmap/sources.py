"""Which model reads, and what has been read already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from courseai_lab.contract import Ctx
from courseai_lab.kernels.attention import Mask
from courseai_lab.networks.hf_check import FolderInfo, look_into
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.networks.reading import Reader, Sentence, shipped
from courseai_lab.networks.transformer import Change
from courseai_lab.panels.attention_heatmap.derive import Look, derive
from courseai_lab.panels.attention_heatmap.params import MODEL_NAMES, AttentionParams
from courseai_lab.paths import resource

READINGS_BYTES = 250_000_000
MODELS_BYTES = 7_000_000_000
T = TypeVar("T")


class NothingToRead(Exception):
    """There is nothing to show; the message is one sentence for the screen."""


class Kept:
    """Values kept up to a number of bytes, the last used ones; the newest always stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value under ``key``, made where it is not there."""
        if key not in self._held:
            value = make()
            self._held[key] = (value, size(value))
        self._held.move_to_end(key)
        while len(self._held) > 1 and sum(held for _, held in self._held.values()) > self._most:
            self._held.popitem(last=False)
        found: T = self._held[key][0]
        return found

    def drop(self, keep: set[Hashable]) -> None:
        """Forget everything but these."""
        for key in [key for key in self._held if key not in keep]:
            del self._held[key]


@dataclass(frozen=True, slots=True)
class Source:
    """A model that reads, and the key its readings are kept under."""

    key: Hashable
    reader: Reader


def source(p: AttentionParams, ctx: Ctx, second: bool = False) -> Source:
    """The first or second model asked for.

    Raises:
        NothingToRead: it cannot be loaded, or waits for the word to load it.
    """
    model, folder, load = (p.model_b, p.folder_b, p.load_b) if second else (p.model, p.folder, p.load)
    try:
        if model == "own":
            return _own(folder, load, ctx)
        return Source(model, shipped(resource("models", model), MODEL_NAMES[model].partition(" (")[0]))
    except ModelFileError as error:
        raise NothingToRead(str(error)) from None


def forget(p: AttentionParams, ctx: Ctx) -> None:
    """Let go of own models that are not asked for any more: they may be gigabytes."""
    asked = {_stamp(folder) for folder, load in ((p.folder, p.load), (p.folder_b, p.load_b)) if folder and load}
    _models(ctx).drop(asked)


def read(one: Source, sentence: Sentence, change: Change, ctx: Ctx) -> Look:
    """The sentence read under a change, with what is worked out of it for every head."""
    kept: Kept = ctx.memo("readings", lambda: Kept(READINGS_BYTES))
    ids = tuple(sentence.ids.tolist())
    key = (one.key, ids, change.mask, change.window if change.mask is Mask.WINDOW else 0, change.alibi, change.ablate)

    def make() -> Look:
        tick = _tick(ctx)
        return derive(one.reader.read(sentence.ids, change, tick), tick)

    return kept.get(key, make, lambda value: value.bytes)


def sentence_of(one: Source, text: str) -> Sentence:
    """The text as tokens.

    Raises:
        NothingToRead: it is empty or too long.
    """
    if not text.strip():
        raise NothingToRead("The sentence is empty: type a few words above.")
    try:
        sentence = one.reader.encode(text)
    except ModelFileError as error:
        raise NothingToRead(str(error)) from None
    if len(sentence) > one.reader.context:
        raise NothingToRead(
            f"The text has {len(sentence)} tokens; the {one.reader.name} reads at most {one.reader.context}: "
            "shorten it."
        )
    if not len(sentence):
        raise NothingToRead("The tokenizer makes no token of this text: type a few words above.")
    return sentence


def change_of(p: AttentionParams, reader: Reader, ablate: bool = True) -> Change:
    """What is changed in this model: only what differs from the way it was trained, only heads that it has."""
    mask = None if p.mask == "own" else Mask(p.mask)
    if mask is reader.own_mask():
        mask = None
    off = frozenset(pair for pair in p.pairs if pair[0] < reader.layers and pair[1] < reader.heads)
    return Change(mask, p.window, p.alibi, off if ablate else frozenset())


def _own(folder: str, load: bool, ctx: Ctx) -> Source:
    from courseai_lab.networks import hf_folder

    if not folder.strip():
        raise NothingToRead("Choose the config.json of a model folder: GPT-2, BERT or Llama family, safetensors.")
    info: FolderInfo = look_into(Path(folder).expanduser())
    if not load:
        hf_folder.extra()
        raise NothingToRead(f"{info.words()}. Nothing is loaded yet: switch on “Load it”.")
    key = _stamp(folder)
    tick = _tick(ctx)
    reader = _models(ctx).get(key, lambda: hf_folder.load(info, tick), lambda made: made.parameters * 4)
    return Source(key, reader)


def _models(ctx: Ctx) -> Kept:
    made: Kept = ctx.memo("own models", lambda: Kept(MODELS_BYTES))
    return made


def _stamp(folder: str) -> Hashable:
    path = Path(folder).expanduser()
    path = path if path.is_dir() else path.parent
    try:
        return str(path), max(file.stat().st_mtime_ns for file in path.iterdir())
    except (OSError, ValueError):
        return str(path), 0


def _tick(ctx: Ctx) -> Callable[[float, str], None]:
    return lambda share, note: ctx.tick(share, 1.0, note)

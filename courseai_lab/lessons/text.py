"""The Markdown of lessons, a small part of it, as a tree; formulas and links stay what they are for whoever draws it.

Blocks: paragraphs, ``##`` headings, ``-`` and ``1.`` lists, ``$$...$$`` formulas. In them: ``**bold**``, ``*italic*``,
```code```, ``$formula$``, ``[words](kind:target)`` with kind term, do, scene, lesson, tour or value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from courseai_lab.lessons.errors import LessonError

LinkKind = Literal["term", "do", "scene", "lesson", "tour", "value"]
LINKS = ("term", "do", "scene", "lesson", "tour", "value")
BlockKind = Literal["paragraph", "heading", "bullets", "numbers", "formula"]
_INLINE = re.compile(
    r"\\(?P<escaped>[\\$*`\[\]_#-])"
    r"|`(?P<code>[^`]+)`"
    r"|\$(?P<tex>(?:\\.|[^$\\])+)\$"
    r"|\*\*(?P<bold>(?:[^*$]|\$(?:\\.|[^$\\])+\$)+)\*\*"
    r"|\*(?P<italic>(?:[^*$]|\$(?:\\.|[^$\\])+\$)+)\*"
    r"|\[(?P<words>(?:[^\[\]$]|\$(?:\\.|[^$\\])+\$)*)\]\((?P<target>(?:[^()]|\([^()]*\))*)\)"
)
_VALUE = re.compile(r"([\w.-]+)/(?:reading:([\w-]+)|([A-Za-z_]\w*)(?:\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\])?)")


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Styled:
    """Words in bold, italic or code."""

    style: Literal["bold", "italic", "code"]
    inside: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Tex:
    """A formula in the line."""

    tex: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere, or a number of the panel (kind value)."""

    kind: LinkKind
    target: str
    inside: tuple[Inline, ...]


Inline = Words | Styled | Tex | Link


@dataclass(frozen=True, slots=True)
class Block:
    """A block and the file's line it begins on. ``items``: one for each entry of a list, else one."""

    kind: BlockKind
    items: tuple[tuple[Inline, ...], ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class ValueRef:
    """A number of a scene's frame: ``scene/field[i,j]`` or ``scene/reading:term``."""

    scene: str
    field: str = ""
    at: tuple[int, ...] = ()
    reading: str = ""


def parse_value(target: str) -> ValueRef | None:
    """What a value link means, or None when it is written otherwise."""
    found = _VALUE.fullmatch(target)
    if found is None:
        return None
    scene, reading, name, at = found.groups()
    return ValueRef(scene, name or "", tuple(int(i) for i in at.split(",")) if at else (), reading or "")


def parse_text(text: str, file: str = "text", first: int = 1) -> tuple[Block, ...]:
    """The tree of a lesson's text; ``first`` is the file's line of its first. Raises LessonError."""
    out: list[Block] = []
    for number, lines in _chunks(text, first):
        out += _blocks(lines, file, number)
    return tuple(out)


def parse_inline(text: str, file: str = "text", line: int = 0) -> tuple[Inline, ...]:
    """The words of one block; raises LessonError for what is opened and not closed, or a link of an unknown kind."""
    out: list[Inline] = []
    at = 0
    for found in _INLINE.finditer(text):
        _plain(text[at : found.start()], out, file, line)
        out.append(_inline(found, file, line))
        at = found.end()
    _plain(text[at:], out, file, line)
    return tuple(out)


def walk(parts: Iterable[Inline]) -> Iterator[Inline]:
    """Every part, those inside others too."""
    for part in parts:
        yield part
        if isinstance(part, Styled | Link):
            yield from walk(part.inside)


def plain(parts: Iterable[Inline]) -> str:
    """The words alone; formulas as their TeX."""
    words = []
    for part in parts:
        if isinstance(part, Words):
            words.append(part.text)
        elif isinstance(part, Tex):
            words.append(part.tex)
        else:
            words.append(plain(part.inside))
    return "".join(words)


def formulas(blocks: Iterable[Block]) -> Iterator[tuple[str, int]]:
    """Every formula and the line of its block."""
    for block in blocks:
        for item in block.items:
            for part in walk(item):
                if isinstance(part, Tex):
                    yield part.tex, block.line


def links(blocks: Iterable[Block]) -> Iterator[tuple[Link, int]]:
    """Every link and the line of its block."""
    for block in blocks:
        for item in block.items:
            for part in walk(item):
                if isinstance(part, Link):
                    yield part, block.line


def _chunks(text: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Lines between empty ones; a display formula may hold empty ones."""
    chunk: list[str] = []
    start = first
    open_formula = False
    for number, line in enumerate(text.split("\n"), first):
        if not chunk:
            start = number
        if line.strip() or open_formula:
            chunk.append(line.rstrip())
            open_formula ^= line.count("$$") % 2 == 1
        elif chunk:
            yield start, chunk
            chunk = []
    if chunk:
        yield start, chunk


def _blocks(lines: list[str], file: str, number: int) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        line, here = lines[at].strip(), number + at
        if line.startswith("#"):
            if not line.startswith("## ") or not line[3:].strip():
                raise LessonError(file, here, "headings are written ## and a title; there are no others.")
            yield Block("heading", (parse_inline(line[3:].strip(), file, here),), here)
            at += 1
        elif line.startswith("$$"):
            end = _formula_end(lines, at, file, here)
            tex = " ".join(part.strip() for part in lines[at : end + 1]).strip().removeprefix("$$").removesuffix("$$")
            if not tex.strip() or "$$" in tex:
                raise LessonError(file, here, "a formula on lines of its own is one $$...$$ with nothing beside it.")
            yield Block("formula", ((Tex(tex.strip()),),), here)
            at = end + 1
        elif _bullet(line):
            end, items = _items(lines, at, file, number)
            yield Block("bullets" if line.startswith(("-", "*")) else "numbers", items, here)
            at = end
        else:
            end = next((n for n in range(at + 1, len(lines)) if _begins_block(lines[n])), len(lines))
            yield Block("paragraph", (parse_inline(" ".join(s.strip() for s in lines[at:end]), file, here),), here)
            at = end


def _bullet(line: str) -> re.Match[str] | None:
    return re.match(r"(?:[-*]|\d{1,2}\.)\s+", line)


def _begins_block(line: str) -> bool:
    line = line.strip()
    return line.startswith(("## ", "$$")) or _bullet(line) is not None


def _formula_end(lines: list[str], at: int, file: str, here: int) -> int:
    if lines[at].strip().count("$$") > 1:
        return at
    for end in range(at + 1, len(lines)):
        if "$$" in lines[end]:
            return end
    raise LessonError(file, here, "this formula is not closed: write $$ after it.")


def _items(lines: list[str], at: int, file: str, number: int) -> tuple[int, tuple[tuple[Inline, ...], ...]]:
    texts: list[tuple[str, int]] = []
    while at < len(lines):
        line = lines[at].strip()
        found = _bullet(line)
        if found:
            texts.append((line[found.end() :], number + at))
        elif line.startswith(("## ", "$$")):
            break
        else:
            texts[-1] = (f"{texts[-1][0]} {line}", texts[-1][1])
        at += 1
    return at, tuple(parse_inline(text, file, line) for text, line in texts)


def _plain(text: str, out: list[Inline], file: str, line: int) -> None:
    for sign, name in (("$", "a formula"), ("`", "code")):
        if sign in text:
            raise LessonError(
                file, line, f"{name} is opened with {sign} and not closed (a plain {sign} is written \\{sign})."
            )
    if "](" in text:
        raise LessonError(file, line, "a link is written [words](kind:target), with no brackets inside its words.")
    if text:
        out.append(Words(text))


def _inline(found: re.Match[str], file: str, line: int) -> Inline:
    kind = found.lastgroup or ""
    if kind == "escaped":
        return Words(found["escaped"])
    if kind == "code":
        return Styled("code", (Words(found["code"]),))
    if kind == "tex":
        return Tex(found["tex"].strip())
    if kind in ("bold", "italic"):
        return Styled(cast(Literal["bold", "italic"], kind), parse_inline(found[kind], file, line))
    return _link(found["words"], found["target"], file, line)


def _link(words: str, target: str, file: str, line: int) -> Link:
    kind, colon, rest = target.partition(":")
    if not colon or kind not in LINKS or not rest.strip():
        raise LessonError(
            file, line, f"the link ({target[:60]}) leads nowhere: write one of {', '.join(f'{k}:...' for k in LINKS)}."
        )
    if not words.strip():
        raise LessonError(file, line, f"the link ({target[:60]}) has no words.")
    if kind == "value" and parse_value(rest) is None:
        raise LessonError(file, line, f"the value ({rest[:60]}) is written scene/field[0,1] or scene/reading:term.")
    return Link(cast(LinkKind, kind), rest.strip(), parse_inline(words, file, line))

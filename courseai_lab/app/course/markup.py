"""A lesson's text as HTML: the tree of ``lessons.text`` with formulas and links as whoever asks wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from courseai_lab.lessons.text import Block, Inline, Link, Styled, Tex, Words

DrawTex = Callable[[str, bool], str]
"""HTML of a formula; True: it stands on lines of its own."""
DrawLink = Callable[[Link, str], str]
"""HTML of a link, given that of its words."""
_STYLES = {"bold": "b", "italic": "i", "code": "code"}
_LISTS = {"bullets": "ul", "numbers": "ol"}


def blocks_html(blocks: Iterable[Block], tex: DrawTex, link: DrawLink, heading: str = "h2") -> str:
    """Every block. ``heading``: the tag of headings, ``p`` with a class where Qt has its own mind about ``h2``."""
    return "\n".join(_block(block, tex, link, heading) for block in blocks)


def inline_html(parts: Sequence[Inline], tex: DrawTex, link: DrawLink) -> str:
    """The words of one block."""
    return "".join(_inline(part, tex, link) for part in parts)


def _block(block: Block, tex: DrawTex, link: DrawLink, heading: str) -> str:
    if block.kind == "formula":
        part = block.items[0][0]
        assert isinstance(part, Tex)
        return f'<p class="formula" align="center">{tex(part.tex, True)}</p>'
    if block.kind in _LISTS:
        items = "".join(f"<li>{inline_html(item, tex, link)}</li>" for item in block.items)
        return f"<{_LISTS[block.kind]}>{items}</{_LISTS[block.kind]}>"
    words = inline_html(block.items[0], tex, link)
    if block.kind == "heading":
        return f'<{heading} class="heading">{words}</{heading}>'
    return f"<p>{words}</p>"


def _inline(part: Inline, tex: DrawTex, link: DrawLink) -> str:
    if isinstance(part, Words):
        return escape(part.text)
    if isinstance(part, Tex):
        return tex(part.tex, False)
    inside = inline_html(part.inside, tex, link)
    if isinstance(part, Styled):
        return f"<{_STYLES[part.style]}>{inside}</{_STYLES[part.style]}>"
    return inside if part.kind == "value" else link(part, inside)

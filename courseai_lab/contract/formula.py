"""A formula whose terms have names, and marks that a computation puts on a slider. Data only; ``ui`` typesets it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TERM = re.compile(r"\\term\{([A-Za-z_][A-Za-z0-9_]*)\}\{")


@dataclass(frozen=True, slots=True)
class Term:
    """One named part of a formula.

    ``id`` is the name used in ``\\term{id}{...}``; when it equals a parameter's name, hovering links the two.
    ``meaning`` is one short sentence; ``role`` names a colour role of the theme (``loss``, ``gradient``, ...), or "".
    """

    id: str
    meaning: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    r"""TeX in which ``\term{id}{tex}`` names a part (no nesting), with what each named part means.

    Example: ``Formula(r"w \leftarrow w - \term{lr}{\eta}\,\term{g}{\nabla L}", (Term("lr", "learning rate"), ...))``
    """

    tex: str
    terms: tuple[Term, ...] = ()

    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The formula as ``(term id or "", tex)`` in reading order. Raises ValueError on an unclosed term."""
        out: list[tuple[str, str]] = []
        at = 0
        while (match := _TERM.search(self.tex, at)) is not None:
            if match.start() > at:
                out.append(("", self.tex[at : match.start()]))
            end = _closing(self.tex, match.end())
            out.append((match.group(1), self.tex[match.end() : end]))
            at = end + 1
        if at < len(self.tex):
            out.append(("", self.tex[at:]))
        return tuple(out)

    def plain(self) -> str:
        """The TeX without the names."""
        return "".join(tex if not name else "{" + tex + "}" for name, tex in self.pieces())

    def term(self, term_id: str) -> Term | None:
        """The term of this id, or None."""
        return next((t for t in self.terms if t.id == term_id), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick that a computation puts on a parameter's slider, such as the largest stable learning rate."""

    value: float
    label: str


def _closing(tex: str, start: int) -> int:
    depth = 1
    escaped = False
    for at in range(start, len(tex)):
        if escaped:
            escaped = False
        elif tex[at] == "\\":
            escaped = True
        elif tex[at] in "{}":
            depth += 1 if tex[at] == "{" else -1
            if depth == 0:
                return at
    raise ValueError(f"The term that starts at character {start} of the formula is not closed.")

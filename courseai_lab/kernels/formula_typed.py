"""A typed formula, plain or TeX, as a sheet of parts: every operation is one part, worked out inside out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from courseai_lab.kernels.expression import (
    CONSTANTS,
    FUNCTIONS,
    OPERATIONS,
    Call,
    Const,
    Expression,
    ExpressionError,
    Node,
    Var,
    parse,
)
from courseai_lab.kernels.formula_parts import Part, Sheet, given, made, number_tex
from courseai_lab.kernels.formula_tex import is_tex, plain_from_tex, tex_name

MAX_NUMBERS = 6
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
# Rule and whether it is a sum; a and b are slots.
_RULES: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "add": ("#a# + @b@", True),
        "sub": ("#a# - @b@", True),
        "mul": (r"@a@ \cdot @b@", False),
        "div": (r"\frac{#a#}{#b#}", False),
        "neg": ("-@a@", True),
        "exp": ("e^{#a#}", False),
        "log": (r"\ln\left(#a#\right)", False),
        "sqrt": (r"\sqrt{#a#}", False),
        "abs": (r"\left|#a#\right|", False),
        "sigmoid": (r"\sigma\left(#a#\right)", False),
        "relu": (r"\mathrm{ReLU}\left(#a#\right)", False),
        "softplus": (r"\mathrm{softplus}\left(#a#\right)", False),
        "min": (r"\min\left(#a#,\; #b#\right)", False),
        "max": (r"\max\left(#a#,\; #b#\right)", False),
        **{name: (rf"\{name}\left(#a#\right)", False) for name in ("sin", "cos", "tan", "tanh")},
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {"add": "sum", "sub": "difference", "mul": "product", "div": "quotient", "neg": "the opposite", "pow": "power",
     "exp": "exponential", "log": "natural logarithm", "sqrt": "square root", "abs": "size without sign",
     "min": "the smaller", "max": "the larger"}
)  # fmt: skip


def typed_formula(text: str) -> Expression:
    """Read a formula whose letters name its numbers, in order of appearance. Raises ExpressionError.

    At least one and at most six numbers are named, and something is done with them.
    """
    if not text.strip():
        raise ExpressionError("the formula is empty; type one, for example w*x + b.", 1)
    plain = plain_from_tex(text) if is_tex(text) else text
    names = tuple(dict.fromkeys(_names(plain)))
    if not names:
        raise ExpressionError("the formula names no number; use at least one letter, as in w*x + b.", 1)
    if len(names) > MAX_NUMBERS:
        raise ExpressionError(f"the formula names {len(names)} numbers; at most {MAX_NUMBERS} have a slider.", 1)
    try:
        made_ = parse(plain, names)
    except ExpressionError as error:
        if is_tex(text):  # its columns are those of the plain text, which nobody typed
            raise ExpressionError(str(error).partition(": ")[2], 1) from None
        raise
    if not isinstance(made_.root, Call):
        raise ExpressionError("nothing is worked out here; combine numbers, as in w*x + b.", 1)
    return made_


def _names(plain: str) -> list[str]:
    bare = _NUMBER.sub(lambda m: " " * len(m.group()) if not _within_name(plain, m.start()) else m.group(), plain)
    return [name for name in _NAME.findall(bare) if name not in FUNCTIONS and name not in CONSTANTS]


def _within_name(text: str, at: int) -> bool:
    return at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")


@dataclass(slots=True)
class _Builder:
    names: tuple[str, ...]
    values: Sequence[float]
    letter: str
    parts: list[Part] = field(default_factory=list)
    known: dict[Node, str] = field(default_factory=dict)

    def visit(self, node: Node) -> tuple[str, float]:
        """The slot ("@id@" or a number's TeX) and value of a node, after everything inside it has its part."""
        if isinstance(node, Const):
            tex = {math.pi: r"\pi", math.e: "e"}.get(node.value) or number_tex(node.value)
            return tex, node.value
        if isinstance(node, Var):
            return f"@n{node.index + 1}@", float(self.values[node.index])
        if node in self.known:
            id = self.known[node]
            return f"@{id}@", float(next(part for part in self.parts if part.id == id).value)
        inside = [self.visit(argument) for argument in node.args]
        with np.errstate(all="ignore"):
            value = float(OPERATIONS[node.name].numpy(*(np.float64(v) for _, v in inside)))
        number = len(self.known) + 1
        id = f"s{number}"
        self.known[node] = id
        rule, loose = self.rule(node, [slot for slot, _ in inside])
        meaning = _WORDS.get(node.name, node.name)
        self.parts.append(made(id, f"{self.letter}_{{{number}}}", value, meaning, rule, loose=loose))
        return f"@{id}@", value

    @staticmethod
    def rule(node: Call, slots: list[str]) -> tuple[str, bool]:
        if node.name == "pow":
            plain = isinstance(node.args[0], Var) or (isinstance(node.args[0], Const) and node.args[0].value >= 0)
            base = slots[0] if plain else rf"\left({_free(slots[0])}\right)"
            return f"{base}^{{{_free(slots[1])}}}", False
        rule, loose = _RULES[node.name]
        for name, slot, argument in zip("ab", slots, node.args, strict=False):
            held = rf"\left({slot}\right)" if isinstance(argument, Const) and argument.value < 0 else slot
            rule = rule.replace(f"@{name}@", held).replace(f"#{name}#", _free(slot))
        return rule, loose


def _free(slot: str) -> str:
    return slot.replace("@", "#")


def typed_sheet(expression: Expression, values: Sequence[float]) -> Sheet:
    """The parts of a typed formula for these values of its named numbers, ids n1, n2, ... and s1, s2, ..."""
    names = expression.variables
    bases = {name.partition("_")[0] for name in names}
    builder = _Builder(names, values, next(letter for letter in "surpqtc" if letter not in bases))
    builder.visit(expression.root)
    numbers = [
        given(f"n{k + 1}", tex_name(name), values[k], f"number {k + 1}, named {name}") for k, name in enumerate(names)
    ]
    result = replace(builder.parts[-1], tex=next(name for name in "yfghkRY" if name not in names))
    return (*numbers, *builder.parts[:-1], result)

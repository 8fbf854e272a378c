r"""A small part of TeX read as arithmetic: it becomes a plain expression for ``kernels.expression``, never code.

Understood: numbers, letters with subscripts, Greek letters, + - * / ^, \cdot, \times, products without a sign, brackets
(also with \left and \right), |...|, \frac, \sqrt, e^{...}, \exp, \ln, \log, \sin, \cos, \tan, \tanh, \max, \min,
\sigma(...), \mathrm{name}. Anything else is refused with its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from courseai_lab.kernels.expression import CONSTANTS, FUNCTIONS, MAX_DEPTH, ExpressionError

GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi varphi chi psi "
    "omega Gamma Delta Theta Lambda Sigma Phi Psi Omega"
).split()
_COMMANDS = {"exp": "exp", "ln": "log", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh",
             "max": "max", "min": "min"}  # fmt: skip
_NAMED = {"relu": "relu", "softplus": "softplus", "sigmoid": "sigmoid", "abs": "abs"}
_TOKEN = re.compile(
    r"(?P<space>\s+|\\[,;:!> ]|\\q?quad|\\left(?![a-z])|\\right(?![a-z])|~)|(?P<command>\\[A-Za-z]+)"
    r"|(?P<number>\d+\.?\d*|\.\d+)|(?P<letter>[A-Za-z])|(?P<sign>[-+*/^_(){}\[\]|,])"
)
_STARTS = frozenset({"number", "letter", "command"})
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def is_tex(text: str) -> bool:
    """Whether a typed formula is meant as TeX and not as a plain expression."""
    return any(sign in text for sign in "\\{}")


def plain_from_tex(text: str) -> str:
    """The plain expression that a TeX formula stands for; raises ExpressionError with a column."""
    reader = _Reader(_tokens(text), len(text) + 1)
    plain = reader.sum(1)
    if reader.at < len(reader.tokens):
        token = reader.tokens[reader.at]
        raise ExpressionError(f"'{token.text}' is out of place here.", token.column)
    return plain


def tex_name(name: str) -> str:
    """A variable's name as TeX: ``beta_1`` becomes \\beta_{1}."""
    base, _, below = name.partition("_")
    head = f"\\{base}" if base in GREEK else base if len(base) == 1 else rf"\mathrm{{{base}}}"
    return head + (rf"_{{\mathrm{{{below}}}}}" if len(below) > 1 else f"_{{{below}}}" if below else "")


def _tokens(text: str) -> list[_Token]:
    text = text.replace("\u2212", "-")
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"'{text[at]}' has no meaning here; use letters, numbers and TeX.", at + 1)
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup or "", match.group(), at + 1))
        at = match.end()
    if not found:
        raise ExpressionError(r"the formula is empty; type one, for example \frac{1}{1 + e^{-x}}.", 1)
    return found


class _Reader:
    """Recursive descent; every method returns plain text that binds as tightly as its name says."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self.tokens = tokens
        self.at = 0
        self.end = end

    def peek(self) -> _Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _Token("end", "", self.end)

    def take(self) -> _Token:
        token = self.peek()
        self.at += 1
        return token

    def need(self, text: str) -> None:
        token = self.peek()
        if token.text != text:
            raise ExpressionError(f"'{text}' is missing here.", token.column)
        self.at += 1

    def sum(self, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the formula is nested more than {MAX_DEPTH} levels deep.", self.peek().column)
        out = self.product(depth)
        while self.peek().text in ("+", "-"):
            out += f" {self.take().text} {self.product(depth)}"
        return out

    def product(self, depth: int) -> str:
        out = self.signed(depth)
        while True:
            token = self.peek()
            if token.text in ("*", "\\cdot", "\\times"):
                self.at += 1
                out += f"*{self.signed(depth)}"
            elif token.text == "/":
                self.at += 1
                out += f"/{self.signed(depth)}"
            elif token.kind in _STARTS or token.text in ("(", "[", "{"):
                out += f"*{self.power(depth)}"
            else:
                return out

    def signed(self, depth: int) -> str:
        if self.peek().text in ("+", "-"):
            sign = self.take().text
            if depth > MAX_DEPTH:
                raise ExpressionError(f"the formula is nested more than {MAX_DEPTH} levels deep.", self.peek().column)
            inner = self.signed(depth + 1)
            return f"(-{inner})" if sign == "-" else inner
        return self.power(depth)

    def power(self, depth: int) -> str:
        token = self.peek()
        base = self.atom(depth)
        if self.peek().text != "^":
            return base
        self.at += 1
        above = self.group(depth)
        return f"exp({above})" if (token.text, base) == ("e", "e") else f"({base})^({above})"

    def group(self, depth: int) -> str:
        """What stands in braces, or the one thing that follows."""
        if self.peek().text == "{":
            return self.bracket(depth)[1:-1]
        if self.peek().kind == "number" and len(self.peek().text) > 1:
            # TeX raises the first digit only; saying so is better than reading x^12 as x^1 * 2.
            raise ExpressionError("put braces around what belongs together, as in x^{12}.", self.peek().column)
        return self.atom(depth)

    def digit(self) -> str:
        r"""The one digit that TeX takes without braces, as both in \frac12; "" where none comes."""
        token = self.peek()
        if token.kind != "number" or not token.text.isdigit():
            return ""
        if len(token.text) == 1:
            self.at += 1
        else:
            self.tokens[self.at] = _Token("number", token.text[1:], token.column + 1)
        return token.text[0]

    def bracket(self, depth: int) -> str:
        opened = self.take()
        inside = self.sum(depth + 1)
        self.need(_OPEN[opened.text])
        return f"({inside})"

    def atom(self, depth: int) -> str:
        token = self.peek()
        if token.text in _OPEN:
            return self.bracket(depth)
        if token.text == "|":
            self.at += 1
            inside = self.sum(depth + 1)
            self.need("|")
            return f"abs({inside})"
        if token.kind == "number":
            return self.take().text
        if token.kind == "letter":
            self.at += 1
            return self.subscript(token.text)
        if token.kind == "command":
            self.at += 1
            return self.command(token, depth)
        what = f"'{token.text}' is out of place" if token.text else "a value is missing"
        raise ExpressionError(f"{what} here.", token.column)

    def command(self, token: _Token, depth: int) -> str:
        name = token.text[1:]
        if name == "frac":
            above = self.digit() or self.group(depth + 1)
            return f"(({above})/({self.digit() or self.group(depth + 1)}))"
        if name == "sqrt":
            return f"sqrt({self.group(depth + 1)})"
        if name == "pi":
            return "pi"
        if name == "sigma" and self.peek().text == "(":
            return f"sigmoid{self.bracket(depth)}"
        if name in ("mathrm", "operatorname", "text"):
            return self.named(depth)
        if name in _COMMANDS:
            return self.applied(_COMMANDS[name], depth)
        if name in GREEK:
            return self.subscript(name)
        raise ExpressionError(f"'{token.text}' is not read here; see the help for what is.", token.column)

    def named(self, depth: int) -> str:
        name, column = self.word(), self.peek().column
        if name.lower() in _NAMED or name in FUNCTIONS:
            return self.applied(_NAMED.get(name.lower(), name), depth)
        if not name:
            raise ExpressionError("a name is missing in the braces.", column)
        return self.subscript(name)

    def applied(self, function: str, depth: int) -> str:
        if self.peek().text == "^":
            raise ExpressionError("put the power behind the bracket, as in (\\sin x)^2.", self.peek().column)
        if self.peek().text not in ("(", "{", "["):
            return f"{function}({self.power(depth + 1)})"
        opened = self.take()
        values = [self.sum(depth + 1)]
        while self.peek().text == ",":
            self.at += 1
            values.append(self.sum(depth + 1))
        self.need(_OPEN[opened.text])
        return f"{function}({', '.join(values)})"

    def subscript(self, name: str) -> str:
        if self.peek().text == "_":
            self.at += 1
            token = self.peek()
            below = self.word() if token.text == "{" else self.take().text
            if not re.fullmatch(r"[A-Za-z0-9]+", below):
                raise ExpressionError("a subscript is letters or digits, as in x_{in}.", token.column)
            return f"{name}_{below}"
        if name in FUNCTIONS and name not in CONSTANTS:
            raise ExpressionError(f"'{name}' is a function; give it a value in brackets.", self.peek().column)
        return name

    def word(self) -> str:
        """Letters and digits in braces."""
        self.need("{")
        out = ""
        while self.peek().kind in ("letter", "number") or self.peek().text == "\\mathrm":
            if self.peek().text == "\\mathrm":
                self.at += 1
                out += self.word()
            else:
                out += self.take().text
        self.need("}")
        return out

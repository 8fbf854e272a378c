"""A typed f(x, y): read by an allow-listed syntax tree, evaluated on numbers, NumPy arrays or torch tensors.

`parse(text)` gives an `Expression` or raises `ExpressionError`, whose sentence says what is wrong, where
(column, from 1) and what would be right. Nothing typed is ever run: `ast.parse` only builds a tree, and
only the node kinds walked here are understood. Length, nodes, depth and constants are capped.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

MAX_LENGTH = 300
MAX_NODES = 160
MAX_DEPTH = 40
MAX_CONSTANT = 1e100


class ExpressionError(ValueError):
    """What is wrong with a typed expression, in one sentence; `column` counts from 1."""

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(f"Column {column}: {sentence}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Const:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Var:
    """A variable, by its index among the names the expression was parsed with."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function of `OPERATIONS` and what it is applied to."""

    name: str
    args: tuple[Node, ...]


Node = Const | Var | Call


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of `OPERATIONS`: its NumPy and torch forms, and the NumPy source for export."""

    arity: int
    numpy: Callable[..., Any]
    torch: Callable[[Any], Callable[..., Any]]
    source: str


def _sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _torch_power(torch: Any) -> Callable[..., Any]:
    return lambda a, b: torch.pow(a, b)


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "neg": Operation(1, np.negative, lambda t: t.neg, "-{0}"),
        "add": Operation(2, np.add, lambda t: t.add, "{0} + {1}"),
        "sub": Operation(2, np.subtract, lambda t: t.sub, "{0} - {1}"),
        "mul": Operation(2, np.multiply, lambda t: t.mul, "{0} * {1}"),
        "div": Operation(2, np.divide, lambda t: t.div, "{0} / {1}"),
        "pow": Operation(2, np.power, _torch_power, "{0} ** {1}"),
        "sin": Operation(1, np.sin, lambda t: t.sin, "np.sin({0})"),
        "cos": Operation(1, np.cos, lambda t: t.cos, "np.cos({0})"),
        "tan": Operation(1, np.tan, lambda t: t.tan, "np.tan({0})"),
        "exp": Operation(1, np.exp, lambda t: t.exp, "np.exp({0})"),
        "log": Operation(1, np.log, lambda t: t.log, "np.log({0})"),
        "sqrt": Operation(1, np.sqrt, lambda t: t.sqrt, "np.sqrt({0})"),
        "abs": Operation(1, np.abs, lambda t: t.abs, "np.abs({0})"),
        "tanh": Operation(1, np.tanh, lambda t: t.tanh, "np.tanh({0})"),
        "sigmoid": Operation(1, _sigmoid, lambda t: t.sigmoid, "1 / (1 + np.exp(-({0})))"),
        "relu": Operation(1, lambda x: np.maximum(x, 0.0), lambda t: t.relu, "np.maximum({0}, 0)"),
        "softplus": Operation(
            1, lambda x: np.logaddexp(x, 0.0), lambda t: t.nn.functional.softplus, "np.logaddexp({0}, 0)"
        ),
        "min": Operation(2, np.minimum, lambda t: t.minimum, "np.minimum({0}, {1})"),
        "max": Operation(2, np.maximum, lambda t: t.maximum, "np.maximum({0}, {1})"),
    }
)
_BINARY = MappingProxyType({ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"})
_OPERATORS = frozenset({"neg", *_BINARY.values()})
FUNCTIONS = tuple(name for name in OPERATIONS if name not in _OPERATORS)
CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e})

_CLOSED_EARLY = ("a ')' has no '(' before it; remove it or open one.", "a value is missing after the ','; add it.")
_TYPOGRAPHY = str.maketrans(
    {"\u2212": "-", "\u00b7": "*", "\u00d7": "*", "\u03c0": "pi", "\u00b2": "^2", "\u00b3": "^3"}
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),]))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression of `variables`; `text` is as typed. Two with the same tree are equal."""

    text: str
    variables: tuple[str, ...]
    root: Node

    def __call__(self, *values: Any) -> Any:
        """The value at numbers, NumPy arrays or torch tensors that broadcast together.

        Outside a function's domain the value is NaN or infinite; nothing is raised and nothing printed.
        """
        if len(values) != len(self.variables):
            raise TypeError(f"f takes {len(self.variables)} values ({', '.join(self.variables)}), not {len(values)}.")
        if any(type(value).__module__.partition(".")[0] == "torch" for value in values):
            return _evaluate_torch(self.root, values)
        arrays = [np.asarray(value, dtype=np.float64) for value in values]
        with np.errstate(all="ignore"):
            result = _evaluate(self.root, arrays, lambda name: OPERATIONS[name].numpy, np.float64)
        return np.broadcast_to(result, np.broadcast_shapes(*(a.shape for a in arrays)))[()]

    def value_and_gradient(self, *values: Any) -> tuple[Any, list[Any]]:
        """Value and its derivative by each variable, by torch's autograd in float64. Shapes as given."""
        import torch

        points = [torch.tensor(np.asarray(v, dtype=np.float64), requires_grad=True) for v in values]
        value = _evaluate_torch(self.root, points)
        slopes: tuple[Any, ...] = (None,) * len(points)
        if value.requires_grad:
            slopes = torch.autograd.grad(value.sum(), points, allow_unused=True)
        gradient = [np.zeros(p.shape) if g is None else g.numpy() for p, g in zip(points, slopes, strict=True)]
        return value.detach().numpy(), gradient

    def numpy_source(self) -> str:
        """The expression as NumPy source over its variables, for code export."""
        return _source(self.root, self.variables)[0]

    def torch_source(self) -> str:
        """The same over torch tensors, so that autograd finds its slopes."""
        return _source(self.root, self.variables, _TORCH)[0]


def parse(text: str, variables: Sequence[str] = ("x", "y")) -> Expression:
    """Read `text` as an expression of `variables`. Raises ExpressionError; `^` means power."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters; shorten it.", MAX_LENGTH + 1)
    source, columns = _tokens(text, tuple(variables))
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = getattr(error, "offset", None) or len(source) + 1
        column = columns[min(max(where, 1), len(columns)) - 1]
        sentence = "something is missing or out of place here; write it like x^2 + 3*y."
        raise ExpressionError(sentence, column) from None
    walker = _Walker(columns, tuple(variables))
    return Expression(text, tuple(variables), walker.walk(tree.body, 1))


def _tokens(text: str, variables: tuple[str, ...]) -> tuple[str, list[int]]:
    """Check the characters token by token; give Python source and, for each of its characters, its column."""
    pieces: list[str] = []
    columns: list[int] = []
    plain = "".join(character.translate(_TYPOGRAPHY) for character in text)
    origin = [k + 1 for k, character in enumerate(text) for _ in character.translate(_TYPOGRAPHY)]
    position, previous = 0, ""
    brackets: list[tuple[bool, int]] = []
    while plain[position:].strip():
        match = _TOKEN.match(plain, position)
        start = position + len(plain[position:]) - len(plain[position:].lstrip())
        if match is None:
            raise ExpressionError(_character_hint(plain[start]), origin[start])
        kind, token = match.lastgroup or "", match.group(match.lastgroup or 0)
        if kind == "name" and token not in variables and token not in CONSTANTS and token not in FUNCTIONS:
            called = plain[match.end() :].lstrip().startswith("(")
            raise ExpressionError(_name_hint(token, called, variables), origin[start])
        opens = kind in ("number", "name") or token == "("
        applied = token == "(" and previous in FUNCTIONS
        if opens and not applied and previous and (previous[-1].isalnum() or previous[-1] in "_.)"):
            raise ExpressionError(_product_hint(previous, token), origin[start])
        if token == "(":
            brackets.append((applied, origin[start]))
        elif token == ")" and (not brackets or previous == ","):
            raise ExpressionError(_CLOSED_EARLY[bool(brackets)], origin[start])
        elif token == ")":
            brackets.pop()
        elif token == "," and not (brackets and brackets[-1][0]):
            raise ExpressionError("a ',' belongs only between the two values of min or max.", origin[start])
        written = "**" if token == "^" else token
        pieces.append(written + " ")
        columns += [origin[start]] * (len(written) + 1)
        position, previous = match.end(), token
    if not pieces:
        raise ExpressionError("the expression is empty; type one, for example x^2 + 3*y^2.", 1)
    if brackets:
        raise ExpressionError("this bracket is not closed; add ')'.", brackets[-1][1])
    return "".join(pieces), [*columns, len(text) + 1]


def _character_hint(character: str) -> str:
    if character == "=":
        return "an expression has no '='; type only the right-hand side."
    if character in "[]{}":
        return f"'{character}' is not used here; group with ( and )."
    if character in "\"'":
        return "text in quotes has no value; use numbers, variables and functions."
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f"'{shown}' has no meaning here; use numbers, variables, functions and + - * / ^ ( )."


def _name_hint(name: str, called: bool, variables: tuple[str, ...]) -> str:
    if called:
        return f"there is no function '{name}'; known are {', '.join(FUNCTIONS)}."
    known = ", ".join((*variables, *CONSTANTS))
    return f"'{name}' is not known; use {known} or a function such as sin(x)."


def _product_hint(previous: str, token: str) -> str:
    if previous in FUNCTIONS:
        return f"'{previous}' needs brackets: {previous}({token}...)."
    return f"an operator is missing between '{previous}' and '{token}'; for a product put a * there."


@dataclass(slots=True)
class _Walker:
    """Turns the allowed part of Python's syntax tree into our nodes, counting as it goes."""

    columns: list[int]
    variables: tuple[str, ...]
    nodes: int = 0

    def walk(self, node: ast.expr, depth: int) -> Node:
        column = self.columns[min(node.col_offset, len(self.columns) - 1)]
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError(
                f"the expression is too large; keep to {MAX_NODES} parts, {MAX_DEPTH} levels deep.", column
            )
        if isinstance(node, ast.Constant):
            return self._number(node, column)
        if isinstance(node, ast.Name):
            return self._name(node.id, column)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _fold("neg", (self.walk(node.operand, depth + 1),), column)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            return self.walk(node.operand, depth + 1)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            args = (self.walk(node.left, depth + 1), self.walk(node.right, depth + 1))
            return _fold(_BINARY[type(node.op)], args, column)
        if isinstance(node, ast.Call):
            return self._call(node, column, depth)
        raise ExpressionError("this is not arithmetic; use + - * / ^ and functions such as sin(x).", column)

    def _number(self, node: ast.Constant, column: int) -> Node:
        if not isinstance(node.value, (int, float)):
            raise ExpressionError("this is not a number; type one such as 2 or 0.5.", column)
        # An int of 300 digits is past the cap and past float's range alike.
        value = float(node.value) if abs(node.value) <= MAX_CONSTANT else math.inf
        return Const(_capped(value, column))

    def _name(self, name: str, column: int) -> Node:
        if name in self.variables:
            return Var(self.variables.index(name))
        if name in CONSTANTS:
            return Const(CONSTANTS[name])
        raise ExpressionError(f"'{name}' is a function; give it a value, as in {name}({self.variables[0]}).", column)

    def _call(self, node: ast.Call, column: int, depth: int) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            raise ExpressionError(f"this cannot be called; functions are {', '.join(FUNCTIONS)}.", column)
        arity = OPERATIONS[name].arity
        if len(node.args) != arity:
            values = "1 value" if arity == 1 else f"{arity} values"
            raise ExpressionError(f"{name} takes {values}, not {len(node.args)}.", column)
        return _fold(name, tuple(self.walk(argument, depth + 1) for argument in node.args), column)


def _fold(name: str, args: tuple[Node, ...], column: int) -> Node:
    """Arithmetic on constants is done once, here, where a result that is too large can be pointed at."""
    if not all(isinstance(argument, Const) for argument in args):
        return Call(name, args)
    if name == "div" and args[1] == Const(0.0):
        raise ExpressionError("this divides by zero; use another divisor.", column)
    with np.errstate(all="ignore"):
        value = OPERATIONS[name].numpy(*(np.float64(a.value) for a in args if isinstance(a, Const)))
    return Const(_capped(float(value), column))


def _capped(value: float, column: int) -> float:
    if math.isnan(value):
        raise ExpressionError("this part has no value among the real numbers.", column)
    if abs(value) > MAX_CONSTANT:
        raise ExpressionError("this part is larger than 1e100; use a smaller number.", column)
    return value


def _evaluate(
    node: Node, values: Sequence[Any], operation: Callable[[str], Any], number: Callable[[float], Any]
) -> Any:
    if isinstance(node, Const):
        return number(node.value)
    if isinstance(node, Var):
        return values[node.index]
    return operation(node.name)(*(_evaluate(argument, values, operation, number) for argument in node.args))


def _evaluate_torch(root: Node, values: Sequence[Any]) -> Any:
    import torch

    like = next(value for value in values if isinstance(value, torch.Tensor))
    tensors = [torch.as_tensor(value, dtype=like.dtype, device=like.device) for value in values]

    def number(value: float) -> Any:
        return torch.tensor(value, dtype=like.dtype, device=like.device)

    result = _evaluate(root, tensors, lambda name: OPERATIONS[name].torch(torch), number)
    return result.expand(torch.broadcast_shapes(*(t.shape for t in tensors)))


_BINDING = MappingProxyType({"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3, "pow": 4})


# A function of constants alone is folded away, so one argument at least is a tensor.
_TORCH: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"torch.{name}({{0}})" for name in FUNCTIONS},
        "softplus": "torch.nn.functional.softplus({0})",
        "min": "torch.minimum({0}, {1})",
        "max": "torch.maximum({0}, {1})",
    }
)


def _source(
    node: Node, variables: tuple[str, ...], functions: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, int]:
    """Source and how tightly it binds (5: needs no brackets anywhere); NumPy's, but for the `functions` given."""
    if isinstance(node, Const):
        return _number_source(node.value), 5 if node.value >= 0 else 3
    if isinstance(node, Var):
        return variables[node.index], 5
    parts = [_source(argument, variables, functions) for argument in node.args]
    if node.name in functions:
        texts = [text for text, _ in parts]
        if len(texts) == 2:
            # torch.minimum takes tensors only.
            consts = [isinstance(argument, Const) for argument in node.args]
            texts = [f"torch.tensor({t}, dtype=torch.float64)" if c else t for t, c in zip(texts, consts, strict=True)]
        return functions[node.name].format(*texts), 5
    if node.name not in _BINDING:
        text = OPERATIONS[node.name].source.format(*(part for part, _ in parts))
        return text, 2 if node.name == "sigmoid" else 5
    own = _BINDING[node.name]
    # Equal strength needs brackets on the right, or on the left of **, to keep the tree as it was typed.
    limits = {"pow": (own + 1, own), "neg": (own,)}.get(node.name, (own, own + 1))
    bracketed = [part if binds >= least else f"({part})" for (part, binds), least in zip(parts, limits, strict=True)]
    return OPERATIONS[node.name].source.format(*bracketed), own


def _number_source(value: float) -> str:
    named = {math.pi: "np.pi", math.e: "np.e"}.get(value)
    whole = value == int(value) and abs(value) < 1e15
    return named or (str(int(value)) if whole else repr(value))

"""The arithmetic of one cell in words and numbers, as rich text in the roles' colours."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence

import numpy as np

from courseai_lab.panels.attention_steps.graph import Graph, Node
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.theme import Theme

_ACTS = {"given": "given", "project": "X times this head's own weights (not drawn)"}


def cell_text(value: float) -> str:
    """A number short enough for a cell."""
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if value == round(value) and abs(value) < 1000:
        return str(round(value)).replace("-", "−")
    if abs(value) < 100:
        text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.1f}"
        return text.removeprefix("-") if not text.strip("-0.") else text.replace("-", "−")
    return fmt(value, 2, trim=True)


def place_text(node: Node, row: int, col: int) -> str:
    """Which row and which column, by their tokens where they have some."""
    across = f"“{node.cols[col].strip() or '␣'}”" if node.cols else f"column {col + 1}"
    down = f"“{node.rows[row].strip() or '␣'}”" if node.rows else f"row {row + 1}"
    return f"row {down}, {across}" if not node.cols or not node.rows else f"query {down}, key {across}"


def explain(graph: Graph, node: Node, row: int, col: int, theme: Theme, room: int, content: np.ndarray | None) -> str:
    """Two or three lines of rich text: what the cell is, its terms (in about ``room`` letters), what it came to.

    ``content`` is what the matrix holds at this moment: None or NaN where nothing is yet.
    """
    value = math.nan if content is None else float(content[row, col])
    color = theme.color(node.role) if node.role else theme.text
    head = (
        f'<b style="font-weight:600; color:{color}">{html.escape(name_text(node))}</b> '
        f"{html.escape(node.words)}, {html.escape(place_text(node, row, col))}: {bold(_number(value))}"
    )
    if math.isnan(value):
        return f"{head}<br>not worked out yet"
    if (row, col) in node.edited:
        return f"{head}<br>set by hand; Delete takes it back"
    return f"{head}<br>{_arithmetic(graph, node, row, col, theme, room)}"


def bold(text: str) -> str:
    """Half-bold rich text: full bold is smeared where the face has none."""
    return f"<b style='font-weight:600'>{text}</b>"


def name_text(node: Node) -> str:
    """The name in plain letters."""
    return node.name.replace("^T", "ᵀ").replace("_", " ")


def _number(value: float) -> str:
    if math.isnan(value):
        return "—"
    if math.isinf(value):
        return cell_text(value)
    return fmt(round(value) if value == round(value) and abs(value) < 1e6 else value, 3)


def _colored(text: str, node: Node, theme: Theme) -> str:
    return f'<span style="color:{theme.color(node.role)}">{text}</span>' if node.role else text


def _arithmetic(graph: Graph, node: Node, row: int, col: int, theme: Theme, room: int) -> str:
    parents = [graph.nodes[name] for name in node.parents if name in graph.nodes]
    if node.op == "product" and len(parents) == 2:
        return _product(node, parents, row, col, theme, room)
    if node.op in ("softmax", "attend") and parents:
        return _softmax(node, parents, row, col, theme, room)
    if not parents:
        text = _ACTS.get(node.op, "given")
        return f"{text}; double-click to change it" if node.edit >= 0 else text
    if node.op == "turn":
        return _turned(node, parents[0], row, col, theme)
    if node.op == "join":
        size = parents[0].values.shape[1]
        return f"{html.escape(parents[col // size].words)}, column {col % size + 1}"
    if node.op == "project":
        return _ACTS["project"]
    source = parents[0]
    at = (col, row) if node.op == "transpose" else (row, col)
    before = _colored(_number(float(source.values[at])), source, theme)
    if node.op == "transpose":
        return (
            f"{html.escape(name_text(source))}, row “{html.escape(node.cols[col].strip())}”, column {row + 1}: {before}"
        )
    if node.op == "scale":
        came_to = _number(float(node.values[row, col]))
        return f"{before} {html.escape(node.name)} = {before} / {_number(_root(node))} = {came_to}"
    if math.isinf(float(node.values[row, col])):
        return f"hidden by the mask: {before} becomes −∞"
    return f"the mask lets it pass: {before}"


def _root(node: Node) -> float:
    return math.sqrt(float(node.name.rsplit("√", 1)[1]))


def plain_length(text: str) -> int:
    """Letters of rich text."""
    return len(re.sub(r"<[^>]*>", "", text))


def _terms(parts: Sequence[tuple[float, str]], room: int, what: str) -> str:
    """The terms joined by plus signs; where they take more than ``room`` letters, the largest and the others' sum."""
    lengths = [plain_length(text) + 3 for _, text in parts]
    if sum(lengths) <= room:
        return " + ".join(text for _, text in parts)
    left = room - 34
    kept: list[int] = []
    for k in sorted(range(len(parts)), key=lambda k: -abs(parts[k][0])):
        left -= lengths[k]
        if left < 0 and len(kept) > 1:
            break
        kept.append(k)
    if len(kept) == len(parts):
        return " + ".join(text for _, text in parts)
    rest = sum(value for k, (value, _) in enumerate(parts) if k not in kept)
    text = " + ".join(parts[k][1] for k in sorted(kept))
    return f"{text} + … {len(parts) - len(kept)} smaller {what}, in all {_number(rest)}"


def _product(node: Node, parents: Sequence[Node], row: int, col: int, theme: Theme, room: int) -> str:
    left, right = parents
    a, b = left.values[row], right.values[:, col]
    parts = [
        (
            float(x * y),
            f"{_colored(_bracket(float(x)), left, theme)}·{_colored(_bracket(float(y)), right, theme)}",
        )
        for x, y in zip(a, b, strict=True)
    ]
    text = _terms(parts, room, "products")
    if node.bias is not None:
        text += f" + bias {_bracket(float(node.bias[col]))}"
    return f"{text} = {bold(_number(float(node.values[row, col])))}"


def _bracket(value: float) -> str:
    text = _number(value)
    return f"({text})" if value < 0 else text


def _softmax(node: Node, parents: Sequence[Node], row: int, col: int, theme: Theme, room: int) -> str:
    if node.op == "attend":
        q, k = parents[0].values[row], parents[1].values[col]
        lead = f"{_colored('q', parents[0], theme)}·{_colored('k', parents[1], theme)} = {_number(float(q @ k))}, then "
        return f"{lead}scaled, masked and softmax over the row: {bold(_number(float(node.values[row, col])))}"
    scores = parents[0].values[row]
    if not np.isfinite(scores[col]):
        return "exp(−∞) = 0: this query may not look here, so the weight is exactly 0"
    # Written with the raw exponentials where they stay readable; else relative to the largest score, as it is computed.
    top = float(scores[np.isfinite(scores)].max())
    shift = top if top > 6 or top < -6 else 0.0
    minus = f" − {_number(top)}" if shift else ""
    powers = [float(np.exp(s - shift)) for s in scores]
    total = sum(powers)
    parts = [(p, _number(p)) for p, s in zip(powers, scores, strict=True) if np.isfinite(s)]
    lead = f"exp({_number(float(scores[col]))}{minus}) = {_number(powers[col])}, shared by the row: "
    return f"{lead}{_number(powers[col])} / ({_terms(parts, room, 'ones')}) = {_number(powers[col])} / {_number(total)}"


def _turned(node: Node, source: Node, row: int, col: int, theme: Theme) -> str:
    half = source.values.shape[1] // 2
    pair = (col, col + half) if col < half else (col - half, col)
    first, second = (_colored(_number(float(source.values[row, at])), source, theme) for at in pair)
    return f"the pair ({first}, {second}), columns {pair[0] + 1} and {pair[1] + 1}, turned by position {row}"

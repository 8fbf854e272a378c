"""Where X, the weights, Q, K and V come from, with the edits put in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from courseai_lab.contract import BadValue, Ctx
from courseai_lab.kernels.attention_steps import turn
from courseai_lab.panels.attention_steps.params import MATRICES, MOST_DIMS, Source, StepsParams, rows_of

Floats = np.ndarray


@dataclass(slots=True, eq=False)
class Given:
    """All that the attention of one or several heads starts from; parts that a source lacks are None.

    q, k, v: [head token dim]. The rest as in ``Frame``; ``edited``: (matrix, row, col) of the edits in force.
    """

    labels: tuple[str, ...]
    q: Floats
    k: Floats
    v: Floats
    first: dict[str, Floats] = field(default_factory=dict)
    w_o: Floats | None = None
    b_o: Floats | None = None
    edited: tuple[tuple[int, int, int], ...] = ()
    note: str = ""


class Edits:
    """Puts the edits of the present source into matrices, and counts those that lie outside."""

    def __init__(self, p: StepsParams) -> None:
        self._edits = p.own_edits()
        self.used: list[tuple[int, int, int]] = []

    def into(self, name: str, matrix: Floats) -> Floats:
        """A copy of ``matrix`` with its edited cells."""
        out, number = matrix.astype(np.float64, copy=True), MATRICES.index(name)
        for which, row, col, value in self._edits:
            if which == number and row < out.shape[0] and col < out.shape[1]:
                out[row, col] = value
                self.used.append((which, row, col))
        return out

    def outside(self, matrices: tuple[str, ...]) -> int:
        """How many edits of these matrices lie outside of them."""
        wanted = {MATRICES.index(name) for name in matrices}
        return sum(edit[0] in wanted for edit in self._edits) - len(self.used)


def given(p: StepsParams, ctx: Ctx, heads: int) -> Given:
    """The matrices of ``heads`` heads (the story network: all of its layer when more than one is asked for).

    Raises BadValue when typed matrices do not fit together, or for an empty sentence.
    """
    edits = Edits(p)
    made = {Source.TYPED_QKV: _typed_qkv, Source.HEAD: _network}.get(p.source, _projected)(p, ctx, heads, edits)
    if heads > 1 and p.source is not Source.HEAD:
        _add_heads(made, p, ctx, heads)
    if heads > 1 and made.w_o is not None:
        made.w_o = edits.into("w_o", made.w_o)
    outside = edits.outside(MATRICES if heads > 1 else MATRICES[:-1])
    if outside:
        made.note += f" {outside} edited {'cell lies' if outside == 1 else 'cells lie'} outside the present sizes."
    made.edited = tuple(edits.used)
    made.note = made.note.strip()
    return made


def _labels(p: StepsParams, tokens: int) -> tuple[str, ...]:
    words = p.words.split()[:tokens]
    return (*words, *(f"t{i + 1}" for i in range(len(words), tokens)))


def _shape(matrix: Floats) -> str:
    return f"{matrix.shape[0]} × {matrix.shape[1]}"


def _must(right: bool, sentence: str, name: str) -> None:
    if not right:
        raise BadValue(sentence, name)


def _typed_or_drawn(p: StepsParams, ctx: Ctx) -> tuple[Floats, Floats, Floats, Floats]:
    """X and the three weights."""
    if p.source is Source.TYPED:
        x = rows_of(p.x, "X")
        weights = [rows_of(text, name, MOST_DIMS) for text, name in ((p.w_q, "W"), (p.w_k, "W"), (p.w_v, "W"))]
        for matrix, letter in zip(weights, "qkv", strict=True):
            _must(
                matrix.shape[0] == x.shape[1],
                f"W for {letter.upper()} has {matrix.shape[0]} rows, but X has {x.shape[1]} columns: "
                "they must be equally many.",
                f"w_{letter}",
            )
        _must(
            weights[0].shape == weights[1].shape,
            f"W for Q is {_shape(weights[0])} and W for K is {_shape(weights[1])}: queries and keys must be equally "
            "long to be multiplied.",
            "w_k",
        )
        return x, weights[0], weights[1], weights[2]
    x = ctx.rng("data").standard_normal((p.tokens, p.width))
    drawn = [_weights(ctx, kind, 0, p.width, cols) for kind, cols in enumerate((p.dim, p.dim, p.value_dim))]
    return x, drawn[0], drawn[1], drawn[2]


def _weights(ctx: Ctx, kind: int, head: int, rows: int, cols: int) -> Floats:
    """Normal with variance 1/rows, so that what they make of unit inputs has variance 1."""
    return ctx.rng("init", kind, head).standard_normal((rows, cols)) / np.sqrt(rows)


def _projected(p: StepsParams, ctx: Ctx, heads: int, edits: Edits) -> Given:
    matrices = dict(zip(MATRICES[:4], _typed_or_drawn(p, ctx), strict=True))
    first = {name: edits.into(name, matrix) for name, matrix in matrices.items()}
    q, k, v = (edits.into(letter, first["x"] @ first[f"w_{letter}"])[None] for letter in "qkv")
    return Given(_labels(p, q.shape[1]), q, k, v, first)


def _typed_qkv(p: StepsParams, ctx: Ctx, heads: int, edits: Edits) -> Given:
    q, k, v = (rows_of(getattr(p, letter), letter.upper()) for letter in "qkv")
    _must(
        q.shape == k.shape,
        f"Q is {_shape(q)} and K is {_shape(k)}: they need the same tokens and the same length d.",
        "k",
    )
    _must(len(v) == len(k), f"V has {len(v)} rows, but K has {len(k)}: every key needs its value.", "v")
    q, k, v = (edits.into(letter, matrix)[None] for letter, matrix in zip("qkv", (q, k, v), strict=True))
    return Given(_labels(p, q.shape[1]), q, k, v)


def _network(p: StepsParams, ctx: Ctx, heads: int, edits: Edits) -> Given:
    from courseai_lab.panels.attention_steps.head_source import read_layer

    layer = read_layer(p.sentence, p.layer, ctx)
    x, w = edits.into("x", layer.x), layer.w.copy()
    for kind, letter in enumerate("qkv"):
        w[kind, p.head] = edits.into(f"w_{letter}", layer.w[kind, p.head])
    flat = np.matmul(x, w) + layer.b[:, :, None, :]  # [kind head token dim]
    turned = [np.stack([turn(one, layer.cos, layer.sin) for one in flat[kind]]) for kind in (0, 1)]
    made = [*turned, flat[2]]
    for letter, matrix in zip("qkv", made, strict=True):
        matrix[p.head] = edits.into(letter, matrix[p.head])
    first = {"x": x}
    if heads == 1:
        for kind, letter in enumerate("qkv"):
            first |= {f"w_{letter}": w[kind, p.head], f"b_{letter}": layer.b[kind, p.head]}
        first |= {"q_flat": flat[0, p.head], "k_flat": flat[1, p.head], "cos": layer.cos, "sin": layer.sin}
        made = [matrix[p.head : p.head + 1] for matrix in made]
    note = f"The sentence has {layer.left_out} more pieces than are shown." if layer.left_out else ""
    return Given(layer.labels, made[0], made[1], made[2], first, layer.w_o, layer.b_o, note=note)


def _add_heads(made: Given, p: StepsParams, ctx: Ctx, heads: int) -> None:
    """More heads of the first one's sizes, drawn at random, and the matrix that joins them."""
    x = made.first.get("x")
    tokens, dim, value = made.q.shape[1], made.q.shape[2], made.v.shape[2]
    width = x.shape[1] if x is not None else value
    stacks = []
    for kind, (own, cols) in enumerate(((made.q, dim), (made.k, dim), (made.v, value))):
        more = [own[0]]
        for head in range(1, heads):
            if x is None:
                more.append(ctx.rng("data", kind, head).standard_normal((tokens, cols)))
            else:
                more.append(x @ _weights(ctx, kind, head, x.shape[1], cols))
        stacks.append(np.stack(more))
    made.q, made.k, made.v = stacks
    made.w_o = _weights(ctx, 3, 0, heads * value, width)

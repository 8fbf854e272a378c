"""The present computation as a short NumPy program, in sections, that makes the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.attention_steps import Mask
from courseai_lab.panels.attention_steps.params import MATRICES, MOST_DIMS, Page, Source, StepsParams, rows_of
from courseai_lab.panels.attention_steps.script_parts import (
    HEADS_PICTURE,
    JOINED,
    ONE_PICTURE,
    PARAMETERS,
    SCALE,
    SOFTMAX,
    STREAMS,
)
from courseai_lab.panels.attention_steps.sources import Given, given


@dataclass(frozen=True, slots=True)
class _Writer:
    """What the parts of the program are written from: the parameters, and the matrices with the edits in force."""

    p: StepsParams
    made: Given
    several: bool

    def edits(self, name: str, variable: str) -> str:
        """Lines that set the cells of a matrix that were set by hand."""
        number = MATRICES.index(name)
        force = set(self.made.edited)
        return "".join(
            f"{variable}[{row}, {col}] = {value!r}  # set by hand\n"
            for which, row, col, value in self.p.own_edits()
            if which == number and (which, row, col) in force
        )


def script(params: StepsParams, seeds: Seeds) -> str:
    """A self-contained program in sections that prints the page's shapes and leaves ``results``, by frame field.

    Numbers of the story network are written into it, with seven digits. Raises BadValue as the run does.
    """
    if params.page is Page.SCALE:
        return SCALE % {"keys": params.keys, "draws": params.draws, "seed": seeds.data}
    several = params.page is Page.HEADS
    heads = max(params.heads, 2) if several else 1
    writer = _Writer(params, given(params.patched(heads=max(heads, 1)), Ctx(seeds=seeds), heads), several)
    drawn = params.source is Source.RANDOM or several
    title = "Several heads of attention, joined" if several else "Scaled dot-product attention, step by step"
    section = "section 3.2.2" if several else "eq. 1"
    text = f'"""{title} (Vaswani et al. 2017, {section})."""\n'
    text += PARAMETERS % {"divide": params.divide} + (STREAMS % vars_of(seeds) if drawn else "")
    text += _network(writer) if params.source is Source.HEAD else _inputs(writer) + _projections(writer)
    if several and params.source is not Source.HEAD:
        text += _more_heads(writer)
    text += _scores(params) + SOFTMAX
    return text + (_joined(params) + HEADS_PICTURE if several else _one(params) + ONE_PICTURE)


def vars_of(seeds: Seeds) -> dict[str, int]:
    """The seeds that the program's streams start from."""
    return {"data": seeds.data, "init": seeds.init}


def _literal(array: np.ndarray, exact: bool = True) -> str:
    """The array as source text, a line for each row."""
    if array.ndim > 2:
        return "np.array([" + ", ".join(_literal(part, exact) for part in array) + "])"
    rows = [", ".join(repr(float(v)) if exact else f"{v:.7g}" for v in row) for row in np.atleast_2d(array)]
    return "np.array([\n" + "".join(f"    [{row}],\n" for row in rows) + "], dtype=float)"


def _inputs(w: _Writer) -> str:
    """X and the weights, or Q, K and V where they are typed."""
    p = w.p
    if p.source is Source.TYPED_QKV:
        return "".join(
            f"{letter.upper()} = {_literal(rows_of(getattr(p, letter), letter.upper()))}\n"
            + w.edits(letter, letter.upper())
            for letter in "qkv"
        )
    if p.source is Source.TYPED:
        lines = f"X = {_literal(rows_of(p.x, 'X'))}  # [token width]\n" + w.edits("x", "X")
        for letter in "qkv":
            name, text = f"W_{letter.upper()}", getattr(p, f"w_{letter}")
            lines += f"{name} = {_literal(rows_of(text, 'W', MOST_DIMS))}\n" + w.edits(f"w_{letter}", name)
        return lines
    lines = f'X = rng("data").standard_normal(({p.tokens}, {p.width}))  # [token width]\n' + w.edits("x", "X")
    for kind, (letter, cols) in enumerate(zip("QKV", (p.dim, p.dim, p.value_dim), strict=True)):
        lines += f"W_{letter} = weights({kind}, 0, {p.width}, {cols})\n"
        lines += w.edits(f"w_{letter.lower()}", f"W_{letter}")
    return lines


def _projections(w: _Writer) -> str:
    lines = "\n# %% Queries, keys and values\n# "
    if w.p.source is Source.TYPED_QKV:
        lines += "What each token looks for, what it offers, and what it hands over: one row for each token.\n"
    else:
        lines += (
            "$Q = X W_Q$ is what each token looks for, $K = X W_K$ what it offers, $V = X W_V$ what it hands over.\n"
        )
        for letter in "qkv":
            name = letter.upper()
            lines += f"{name} = X @ W_{name}\n" + w.edits(letter, name)
    return lines + 'print("Q", Q.shape, " K", K.shape, " V", V.shape)\n'


def _network(w: _Writer) -> str:
    """Q, K and V as the network makes them, written out."""
    lines = f"# Layer {w.p.layer} of the story network on {w.p.sentence!r}, q and k after rotary positions.\n"
    for letter, matrix in zip("QKV", (w.made.q, w.made.k, w.made.v), strict=True):
        lines += f"{letter} = {_literal(matrix if w.several else matrix[0], exact=False)}\n"
    return lines


def _more_heads(w: _Writer) -> str:
    drawn = w.p.source is not Source.TYPED_QKV
    more = (
        "X @ weights(kind, h, X.shape[1], one.shape[1])" if drawn else 'rng("data", kind, h).standard_normal(one.shape)'
    )
    count = max(w.p.heads, 2)
    cut = "" if w.p.heads > 1 else "W_O, Q, K, V = W_O[: V.shape[2]], Q[:1], K[:1], V[:1]  # one head alone\n"
    return (
        "\n# %% More heads\n# The first head is the one above; the others have weights of their own.\n"
        "Q, K, V = (\n"
        f"    np.stack([one] + [{more} for h in range(1, {count})])\n"
        "    for kind, one in enumerate((Q, K, V))\n"
        ")  # [head token dim]\n"
        f"W_O = weights(3, 0, {count} * V.shape[2], {'X.shape[1]' if drawn else 'V.shape[2]'})\n"
        + w.edits("w_o", "W_O")
        + cut
        + 'print("Q", Q.shape, " K", K.shape, " V", V.shape)\n'
    )


def _scores(p: StepsParams) -> str:
    seen = {
        Mask.NONE: "np.ones((n, n), dtype=bool)",
        Mask.CAUSAL: "np.tril(np.ones((n, n), dtype=bool))",
        Mask.PADDING: f"np.broadcast_to(np.arange(n) < n - {p.padding}, (n, n))",
    }[p.mask]
    return (
        "\n# %% Scores\n"
        r"# $S = Q K^\top / \sqrt{d}$: every query times every key. Where a query may not look, $-\infty$ is put."
        + "\n"
        "n, d = Q.shape[-2], Q.shape[-1]\n"
        "scores = Q @ np.swapaxes(K, -1, -2)  # [query key]\n"
        "scaled = scores / np.sqrt(d) if divide else scores\n"
        f"seen = {seen}\n"
        "masked = np.where(seen, scaled, -np.inf)\n"
        'print("scores", scores.shape)\n'
    )


def _one(p: StepsParams) -> str:
    fields = ['"q": Q', '"k": K', '"v": V', '"scores": scores']
    fields += ['"scaled": scaled'] if p.divide else []
    fields += ['"masked": masked'] if p.mask is not Mask.NONE else []
    fields += ['"weights": attention', '"output": output']
    return "\n# %% Results\nresults = {" + ", ".join(fields) + "}\nprint(output)\n"


def _joined(p: StepsParams) -> str:
    fields = ['"h_q": Q', '"h_k": K', '"h_v": V', '"h_weights": attention', '"h_out": output', '"concat": joined']
    lines = JOINED
    if p.source is not Source.HEAD:
        lines += 'Y = joined @ W_O\nprint("W_O", W_O.shape, " Y", Y.shape)\n'
        fields += ['"w_o": W_O', '"y": Y']
    return lines + "\n# %% Results\nresults = {" + ", ".join(fields) + "}\nprint(joined)\n"

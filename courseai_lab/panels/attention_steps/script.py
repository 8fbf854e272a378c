"""The present computation as a short Python program (NumPy only) that makes the same numbers."""

from __future__ import annotations

import numpy as np

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.attention_scaling import CHUNK, SIZES
from courseai_lab.kernels.attention_steps import Mask
from courseai_lab.panels.attention_steps.params import MATRICES, MOST_DIMS, Page, Source, StepsParams, rows_of
from courseai_lab.panels.attention_steps.sources import given

_HEAD = '''"""Scaled dot-product attention, step by step (Vaswani et al. 2017, eq. 1)."""

import numpy as np

np.set_printoptions(precision=4, suppress=True, linewidth=120)
'''
_ATTENTION = """

def softmax(scores):  # each row by itself; a row of -inf becomes zeros
    top = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    return np.divide(e, total, out=np.zeros_like(e), where=total > 0)

"""
_PRINT = """
for name, value in results.items():
    print(f"{name} {value.shape}")
    print(value)
"""
_MEASURE = f"""
sizes = np.array({list(SIZES)})
keys, draws, rng = %(keys)d, %(draws)d, np.random.default_rng(np.random.SeedSequence((0, %(seed)d)))
parts = []
for start in range(0, draws, {CHUNK}):
    count = min({CHUNK}, draws - start)
    q = rng.standard_normal((count, 1, sizes[-1]), dtype=np.float32)
    k = rng.standard_normal((count, keys, sizes[-1]), dtype=np.float32)
    running = np.cumsum((q * k).astype(float), axis=-1)  # [draw key dim]
    parts.append(running[:, :, sizes - 1])  # the first d components, for every d
raw = np.moveaxis(np.concatenate(parts), -1, 0)  # [d draw key]
scores = np.stack([raw, raw / np.sqrt(sizes)[:, None, None]])  # without and with the division
weights = softmax(scores)
bits = -np.sum(weights * np.log2(np.where(weights > 0, weights, 1)), axis=-1)
results = {{
    "variance": scores.var(axis=(2, 3)),
    "entropy_bits": bits.mean(-1),
    "slope": (1 - (weights**2).sum(-1)).mean(-1),
    "largest": weights.max(-1).mean(-1),
}}
"""


def script(params: StepsParams, seeds: Seeds) -> str:
    """A self-contained program that prints the page's matrices and leaves them in ``results``, by frame field.

    Numbers of the story network are written into it, with seven digits. Raises BadValue as the run does.
    """
    if params.page is Page.SCALE:
        values = {"keys": params.keys, "draws": params.draws, "seed": seeds.data}
        return _HEAD + _ATTENTION + _MEASURE % values + _PRINT
    several = params.page is Page.HEADS
    body = _from_network(params, seeds, several) if params.source is Source.HEAD else _from_scratch(params, several)
    seed_lines = ""
    if params.source is Source.RANDOM or several:
        seed_lines = _STREAM % {"data": seeds.data, "init": seeds.init}
    return _HEAD + seed_lines + _ATTENTION + body + (_heads_end(params) if several else _one_end(params)) + _PRINT


_STREAM = """

def rng(stream, *key):  # the lab's own random streams
    seed = {"data": (0, %(data)d), "init": (1, %(init)d)}[stream]
    return np.random.default_rng(np.random.SeedSequence((*seed, *key)))


def weights(kind, head, rows, cols):  # normal, variance 1 / rows
    return rng("init", kind, head).standard_normal((rows, cols)) / np.sqrt(rows)

"""


def _literal(array: np.ndarray, exact: bool = True) -> str:
    """The array as source text, a line for each row."""
    if array.ndim > 2:
        return "np.array([" + ", ".join(_literal(part, exact) for part in array) + "])"
    rows = [", ".join(repr(float(v)) if exact else f"{v:.7g}" for v in row) for row in np.atleast_2d(array)]
    return "np.array([\n" + "".join(f"    [{row}],\n" for row in rows) + "])"


def _edits(params: StepsParams, name: str, variable: str) -> str:
    number, lines = MATRICES.index(name), ""
    for which, row, col, value in params.own_edits():
        if which == number:
            lines += f"if {variable}.shape[0] > {row} and {variable}.shape[1] > {col}:\n"
            lines += f"    {variable}[{row}, {col}] = {value!r}  # set by hand\n"
    return lines


def _from_scratch(params: StepsParams, several: bool) -> str:
    """Lines that make X, the weights, Q, K and V."""
    lines = ""
    if params.source is Source.TYPED_QKV:
        for letter in "qkv":
            name = letter.upper()
            lines += f"{name} = {_literal(rows_of(getattr(params, letter), name))}\n" + _edits(params, letter, name)
    else:
        lines += _inputs(params)
        for letter in "qkv":
            name = letter.upper()
            lines += f"{name} = X @ W_{name}\n" + _edits(params, letter, name)
    return lines + (_more_heads(params) if several else "")


def _inputs(params: StepsParams) -> str:
    if params.source is Source.TYPED:
        lines = f"X = {_literal(rows_of(params.x, 'X'))}  # [token width]\n" + _edits(params, "x", "X")
        for letter in "qkv":
            name, text = f"W_{letter.upper()}", getattr(params, f"w_{letter}")
            lines += f"{name} = {_literal(rows_of(text, 'W', MOST_DIMS))}\n" + _edits(params, f"w_{letter}", name)
        return lines
    lines = f'X = rng("data").standard_normal(({params.tokens}, {params.width}))  # [token width]\n'
    lines += _edits(params, "x", "X")
    for kind, (letter, cols) in enumerate(zip("QKV", (params.dim, params.dim, params.value_dim), strict=True)):
        lines += f"W_{letter} = weights({kind}, 0, {params.width}, {cols})\n"
        lines += _edits(params, f"w_{letter.lower()}", f"W_{letter}")
    return lines


def _more_heads(params: StepsParams) -> str:
    drawn = params.source is not Source.TYPED_QKV
    more = (
        "X @ weights(kind, h, X.shape[1], one.shape[1])" if drawn else 'rng("data", kind, h).standard_normal(one.shape)'
    )
    count = max(params.heads, 2)
    cut = "" if params.heads > 1 else "W_O, Q, K, V = W_O[: V.shape[2]], Q[:1], K[:1], V[:1]\n"
    return (
        "Q, K, V = (\n"
        f"    np.stack([one] + [{more} for h in range(1, {count})])\n"
        "    for kind, one in enumerate((Q, K, V))\n"
        ")  # [head token dim]\n"
        f"W_O = weights(3, 0, {count} * V.shape[2], {'X.shape[1]' if drawn else 'V.shape[2]'})\n"
        + _edits(params, "w_o", "W_O")
        + cut
    )


def _from_network(params: StepsParams, seeds: Seeds, several: bool) -> str:
    """Q, K and V as the network makes them, written out."""
    made = given(params, Ctx(seeds=seeds), 2 if several else 1)
    lines = f"# layer {params.layer} of the story network on {params.sentence!r}, after rotary positions\n"
    for letter, matrix in zip("QKV", (made.q, made.k, made.v), strict=True):
        lines += f"{letter} = {_literal(matrix if several else matrix[0], exact=False)}\n"
    return lines


def _attend(params: StepsParams) -> str:
    n = "Q.shape[-2]"
    lines = f"n, d = {n}, Q.shape[-1]\nscores = Q @ np.swapaxes(K, -1, -2)  # [query key]\n"
    lines += f"scaled = scores{' / np.sqrt(d)' if params.divide else '  # not divided by sqrt(d)'}\n"
    seen = {
        Mask.NONE: "np.ones((n, n), dtype=bool)",
        Mask.CAUSAL: "np.tril(np.ones((n, n), dtype=bool))",
        Mask.PADDING: f"np.broadcast_to(np.arange(n) < n - {params.padding}, (n, n))",
    }[params.mask]
    lines += f"seen = {seen}\nmasked = np.where(seen, scaled, -np.inf)\n"
    return lines + "attention = softmax(masked)  # rows sum to 1\noutput = attention @ V\n"


def _one_end(params: StepsParams) -> str:
    fields = ['"q": Q', '"k": K', '"v": V', '"scores": scores']
    fields += ['"scaled": scaled'] if params.divide else []
    fields += ['"masked": masked'] if params.mask is not Mask.NONE else []
    fields += ['"weights": attention', '"output": output']
    return _attend(params) + "results = {" + ", ".join(fields) + "}\n"


def _heads_end(params: StepsParams) -> str:
    fields = ['"h_q": Q', '"h_k": K', '"h_v": V', '"h_weights": attention', '"h_out": output', '"concat": joined']
    lines = _attend(params) + "joined = np.concatenate(list(output), axis=1)  # heads side by side\n"
    if params.source is not Source.HEAD:
        lines += "Y = joined @ W_O\n"
        fields += ['"w_o": W_O', '"y": Y']
    return lines + "results = {" + ", ".join(fields) + "}\n"

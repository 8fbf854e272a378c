"""The lookup, or the two memories, as a program of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.panels.attention_lookup.params import LookupParams, Page, Rule, Score

if TYPE_CHECKING:
    from courseai_lab.contract import Seeds

_SCORES = {
    Score.DOT: "scores = keys @ q",
    Score.SCALED: "scores = keys @ q / np.sqrt(q.size)",
    Score.GENERAL: "W = gain * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])\n"
    "scores = q @ W @ keys.T",
    Score.ADDITIVE: "scores = np.tanh(gain * (q + keys)).sum(axis=1)",
    Score.COSINE: "sizes = np.linalg.norm(q) * np.linalg.norm(keys, axis=1)\n"
    "scores = np.divide(keys @ q, sizes, out=np.zeros(len(keys)), where=sizes > 0)",
}
_WRITES = {
    Rule.SUM: "S = S + v[:, :, None] * k[:, None, :]",
    Rule.DECAY: "S = rate * S + v[:, :, None] * k[:, None, :]",
    Rule.DELTA: "error = v - np.einsum('tij,tj->ti', S, k)\n    S = S + rate * error[:, :, None] * k[:, None, :]",
}
_LOOKUP = '''"""A soft lookup: scores of a query with keys, softmax, and the blend of the values.

Bahdanau et al. 2015 (additive), Luong et al. 2015 (multiplicative), Vaswani et al. 2017 (scaled dot product).
"""
import numpy as np

# %% Parameters
# One query $q$, keys $k_i$ and values $v_i$, all in the plane.
q = np.array({query})
keys = np.array({keys})
values = np.array({values})
temperature = {temperature}
{extra}
# %% Scores
# How well the query fits each key.
{scores}

# %% Weights
# $w_i = e^{{s_i/T}} / \\sum_j e^{{s_j/T}}$; large scores are lowered alike first, which changes no share.
shift = scores.max() if np.abs(scores).max() / temperature > 20 else 0.0
raised = np.exp((scores - shift) / temperature)
weights = raised / raised.sum()

# %% Blend
# $o = \\sum_i w_i v_i$
blend = weights @ values
entropy = -np.sum(weights[weights > 0] * np.log2(weights[weights > 0]))
for i, (s, w) in enumerate(zip(scores, weights), 1):
    print(f"key {{i}}: score {{s:.6g}}, weight {{w:.6g}}")
print(f"blend ({{blend[0]:.6g}}, {{blend[1]:.6g}}), entropy {{entropy:.6g}} bits")
results = {{"scores": scores, "raised": raised, "weights": weights, "blend": blend, "entropy": entropy}}

# %% Figure
import matplotlib.pyplot as plt

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.scatter(*keys.T, s=40 + 400 * weights, label="keys, as large as their weight")
left.scatter(*q, marker="*", s=200, label="query")
right.scatter(*values.T, s=40 + 400 * weights, label="values")
right.scatter(*blend, marker="*", s=200, label="blend")
for axes in (left, right):
    axes.legend()
    axes.set_aspect("equal")
plt.show()
'''
_MEMORY = '''"""Pairs of key and value written into a state of fixed size, beside attention over all of them.

Schlag et al. 2021, "Linear transformers are secretly fast weight programmers"; Schmidhuber 1992.
"""
import numpy as np

# %% Parameters
# So many pairs with keys and values of length 1 in $d$ dimensions; a value is one of a few symbols.
pairs, d, symbols, trials = {pairs}, {dim}, {symbols}, {trials}
rate, noise, sharpness = {rate}, {noise}, {sharpness}
data_seed, sample_seed = {data}, {sample}


def unit(shape, *key):
    """Random directions of length 1."""
    drawn = np.random.default_rng(np.random.SeedSequence((0, data_seed, *key))).standard_normal(shape)
    return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)


# %% Pairs
vocabulary = unit((symbols, d), 0)
keys = unit((trials, pairs, d), 1, pairs)
ids = np.random.default_rng(np.random.SeedSequence((0, data_seed, 2, pairs))).integers(0, symbols, (trials, pairs))
values = vocabulary[ids]
rng = np.random.default_rng(np.random.SeedSequence((2, sample_seed, pairs)))
queries = keys + noise / np.sqrt(d) * rng.standard_normal(keys.shape)

# %% A state of fixed size
# Every pair is written into the same $d \\times d$ numbers, in every trial at once.
S = np.zeros((trials, d, d))
for at in range(pairs):
    k, v = keys[:, at], values[:, at]
    {write}
recalled = np.einsum("tij,tpj->tpi", S, queries)

# %% Attention over all pairs
scores = sharpness * np.einsum("tqd,tkd->tqk", queries, keys)
weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
weights /= weights.sum(axis=-1, keepdims=True)
attended = np.einsum("tqk,tkd->tqd", weights, values)

# %% How many are right
state_right = ((recalled @ vocabulary.T).argmax(axis=-1) == ids).mean(axis=0)
attention_right = ((attended @ vocabulary.T).argmax(axis=-1) == ids).mean(axis=0)
print(f"state of {{d * d}} numbers: {{state_right.mean():.6g}} right; attention: {{attention_right.mean():.6g}}; "
      f"guessing: {{1 / symbols:.6g}}")
results = {{"state": S[0], "state_right": state_right, "attention_right": attention_right, "chance": 1 / symbols}}

# %% Figure
import matplotlib.pyplot as plt

plt.figure(figsize=(7, 3.5))
plt.plot(np.arange(1, pairs + 1), attention_right, label="attention")
plt.plot(np.arange(1, pairs + 1), state_right, label="fixed state")
plt.axhline(1 / symbols, linestyle="--", label="guessing")
plt.xlabel("pair, in the order written")
plt.ylabel("share recalled right")
plt.legend()
plt.show()
'''


def script(p: LookupParams, seeds: Seeds) -> str:
    """The page shown as a short NumPy program."""
    if p.page is Page.MEMORY:
        return _MEMORY.format(
            pairs=p.pairs,
            dim=p.dim,
            symbols=p.symbols,
            trials=p.trials,
            rate=p.rate,
            noise=p.noise,
            sharpness=p.sharpness,
            data=seeds.data,
            sample=seeds.sample,
            write=_WRITES[p.rule],
        )
    extra = {
        Score.GENERAL: f"gain, turn = {p.gain}, np.radians({p.turn})\n",
        Score.ADDITIVE: f"gain = {p.gain}\n",
    }
    return _LOOKUP.format(
        query=list(p.query),
        keys=[list(point) for point in p.keys[: p.keys_shown]],
        values=[list(point) for point in p.values[: p.keys_shown]],
        temperature=p.temperature,
        extra=extra.get(p.score, ""),
        scores=_SCORES[p.score],
    )

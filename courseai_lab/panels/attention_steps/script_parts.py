"""The parts of the program that are the same for all parameters."""

from __future__ import annotations

from courseai_lab.kernels.attention_scaling import CHUNK, SIZES

PARAMETERS = """
# %%%% Parameters
import numpy as np

np.set_printoptions(precision=4, suppress=True, linewidth=120)
divide = %(divide)s  # the scores by sqrt(d)
"""
STREAMS = """

def rng(stream, *key):  # the lab's own random streams
    seed = {"data": (0, %(data)d), "init": (1, %(init)d)}[stream]
    return np.random.default_rng(np.random.SeedSequence((*seed, *key)))


def weights(kind, head, rows, cols):  # normal, variance 1 / rows
    return rng("init", kind, head).standard_normal((rows, cols)) / np.sqrt(rows)


"""
_SOFTMAX = """
def softmax(scores):  # a row of -inf alone becomes zeros: nothing to look at
    top = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    return np.divide(e, total, out=np.zeros_like(e), where=total > 0)
"""
SOFTMAX = (
    r"""
# %% Softmax and output
# $A = \mathrm{softmax}(S)$ makes shares of every row, which sum to 1; each row of $A V$ mixes $V$'s rows by them."""
    + _SOFTMAX
    + """

attention = softmax(masked)  # [query key]
output = attention @ V  # [query value]
bits = -np.sum(attention * np.log2(np.where(attention > 0, attention, 1)), axis=-1)
print("weights", attention.shape, " output", output.shape)
print(attention)
print("entropy of each row, bits:", bits)
"""
)
JOINED = """
# %% Joined heads
# The heads' outputs stand side by side; $W_O$ mixes them and brings them back to the width of the stream.
joined = np.concatenate(list(output), axis=1)  # [query head*value]
print("joined", joined.shape)
"""
ONE_PICTURE = """
# %% Picture
import matplotlib.pyplot as plt

parts = {"Q": Q, "K": K, "V": V, "scores": scaled, "weights": attention, "output": output}
figure, axes = plt.subplots(1, len(parts), figsize=(12, 2.6))
for axis, (name, part) in zip(axes, parts.items()):
    limit = np.abs(part).max() or 1
    signed = dict(cmap="RdBu_r", vmin=-limit, vmax=limit)
    axis.imshow(part, **(dict(vmin=0, vmax=1) if name == "weights" else signed))
    axis.set_title(f"{name} {part.shape[0]} x {part.shape[1]}", fontsize=9)
plt.tight_layout()
plt.show()
"""
HEADS_PICTURE = """
# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, len(attention), figsize=(2.2 * len(attention), 2.6), squeeze=False)
for head, axis in enumerate(axes[0]):
    axis.imshow(attention[head], vmin=0, vmax=1)
    axis.set_title(f"weights, head {head + 1}", fontsize=9)
plt.tight_layout()
plt.show()
"""
SCALE = (
    '''"""Why attention divides by the square root of d, measured (Vaswani et al. 2017, footnote 4)."""

# %%%% Parameters
import numpy as np

keys, draws = %(keys)d, %(draws)d  # keys that each random query is compared with; queries
'''
    + f"""sizes = np.array({list(SIZES)})

# %%%% Scores
# For components of mean 0 and variance 1, $q \\cdot k$ has variance $d$; divided by $\\sqrt{{d}}$ it has variance 1.
rng, parts = np.random.default_rng(np.random.SeedSequence((0, %(seed)d))), []
for start in range(0, draws, {CHUNK}):
    count = min({CHUNK}, draws - start)
    q = rng.standard_normal((count, 1, sizes[-1]), dtype=np.float32)
    k = rng.standard_normal((count, keys, sizes[-1]), dtype=np.float32)
    running = np.cumsum(q * k, axis=-1, dtype=float)  # [query key dim]
    parts.append(running[:, :, sizes - 1])  # the first d components, for every d
raw = np.moveaxis(np.concatenate(parts), -1, 0)  # [d query key]
scores = np.stack([raw, raw / np.sqrt(sizes)[:, None, None]])  # without and with the division

# %%%% Softmax
# Large scores leave one weight near 1; there softmax is flat, and $1 - \\sum_j a_j^2$, its slope, near 0.
"""
    + _SOFTMAX.lstrip("\n")
    + """

attention = softmax(scores)
bits = -np.sum(attention * np.log2(np.where(attention > 0, attention, 1)), axis=-1)

# %%%% Results
results = {
    "variance": scores.var(axis=(2, 3)),
    "entropy_bits": bits.mean(-1),
    "slope": (1 - (attention**2).sum(-1)).mean(-1),
    "largest": attention.max(-1).mean(-1),
}
for name, (without, divided) in results.items():
    print(f"{name:<13} at d = {sizes[-1]}: {without[-1]:.4g} without the division, {divided[-1]:.4g} with it")

# %%%% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(11, 3))
for axis, name in zip(axes, ("variance", "entropy_bits", "slope")):
    for row, label in enumerate(("without", "with")):
        axis.plot(sizes, results[name][row], "o-", ms=3, label=f"{label} sqrt(d)")
    axis.set(xscale="log", xlabel="d", title=name)
axes[0].set_yscale("log")
axes[0].legend()
plt.tight_layout()
plt.show()
"""
)

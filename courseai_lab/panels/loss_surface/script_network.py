"""The programs' texts for a real network: its data, its training, and the plane through its weights."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DATASETS: Mapping[str, str] = MappingProxyType(
    {
        "moons": """\
a, b = np.pi * rng.random(n - n // 2), np.pi * rng.random(n // 2)
first = np.stack([np.cos(a) - 0.5, np.sin(a) - 0.25], axis=1)
second = np.stack([0.5 - np.cos(b), 0.25 - np.sin(b)], axis=1)""",
        "circles": """\
a, b = 2 * np.pi * rng.random(n - n // 2), 2 * np.pi * rng.random(n // 2)
first = 1.2 * np.stack([np.cos(a), np.sin(a)], axis=1)
second = 0.5 * np.stack([np.cos(b), np.sin(b)], axis=1)""",
        "spiral": """\
def arm(count, offset):
    s = np.sqrt(rng.random(count))
    return 1.4 * s[:, None] * np.stack([np.cos(3 * np.pi * s + offset), np.sin(3 * np.pi * s + offset)], axis=1)


first, second = arm(n - n // 2, 0.0), arm(n // 2, np.pi)""",
        "xor": """\
def squares(count, opposite):
    sign = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    return (0.15 + rng.random((count, 2))) * np.stack([sign, opposite * sign], axis=1)


first, second = squares(n - n // 2, 1.0), squares(n // 2, -1.0)""",
        "blobs": """\
first = -np.array([0.7, 0.5]) + 0.25 * rng.standard_normal((n - n // 2, 2))
second = np.array([0.7, 0.5]) + 0.25 * rng.standard_normal((n // 2, 2))""",
    }
)
ACTIVATIONS: Mapping[str, str] = MappingProxyType(
    {
        "tanh": "act, act_slope = np.tanh, lambda h: 1 - h * h",
        "relu": "act, act_slope = lambda z: np.maximum(z, 0.0), lambda h: (h > 0).astype(float)",
    }
)
LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "logistic": (
            "loss_of = lambda z, t: np.mean(np.logaddexp(0.0, z) - t * z)\n"
            "loss_slope = lambda z, t: (1 / (1 + np.exp(-z)) - t) / len(t)"
        ),
        "mse": "loss_of = lambda z, t: np.mean((z - t) ** 2)\nloss_slope = lambda z, t: 2 * (z - t) / len(t)",
    }
)
DATA = """
# %% Data
n = SAMPLES
rng = np.random.default_rng(np.random.SeedSequence((0, DATASEED)))
POINTS
data = np.concatenate([first, second])
label = np.concatenate([np.zeros(n - n // 2), np.ones(n // 2)])
data = data + SPREAD * rng.standard_normal(data.shape)
order = rng.permutation(n)
data, label = data[order], label[order]
"""
NETWORK = r"""
# %% Network
# All weights are one vector $\theta$: for each layer its matrix, then its bias. The gradient is backpropagation,
# written by hand (Rumelhart et al. 1986).
sizes = [SIZES]
ACTIVATE
LOSS


def layers(theta):
    at = 0
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        end = at + fan_in * fan_out
        yield theta[at:end].reshape(fan_out, fan_in), theta[end : end + fan_out], slice(at, end + fan_out)
        at = end + fan_out


def loss_and_gradient(theta, rows=slice(None)):
    h, t = [data[rows]], label[rows]  # [sample unit]
    for W, b, place in layers(theta):
        z = h[-1] @ W.T + b
        h.append(act(z) if place.stop < len(theta) else z)
    value = loss_of(h[-1][:, 0], t)
    gradient, delta = np.empty_like(theta), loss_slope(h[-1][:, 0], t)[:, None]
    for k, (W, b, place) in reversed(list(enumerate(layers(theta)))):
        gradient[place] = np.concatenate([(delta.T @ h[k]).ravel(), delta.sum(axis=0)])
        delta = (delta @ W) * act_slope(h[k])
    return value, gradient
"""
TRAINING = """
# %% Its own training
# Full-batch Adam, keeping the weights of every step.
rng = np.random.default_rng(np.random.SeedSequence((1, INITSEED)))
theta = np.concatenate([rng.uniform(-1, 1, (i + 1) * o) / np.sqrt(i) for i, o in zip(sizes[:-1], sizes[1:])])
m, v = np.zeros_like(theta), np.zeros_like(theta)
history, trained_loss = [], []
for t in range(1, TRAINSTEPS + 2):
    value, g = loss_and_gradient(theta)
    if not (np.isfinite(value) and np.isfinite(theta).all()):
        break
    history.append(theta)
    trained_loss.append(value)
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    theta = theta - TRAINRATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
history, trained_loss = np.array(history), np.array(trained_loss)
origin = history[-1]
"""
PATH = """
# %% A plane through its weights
# The two main directions of the training path (PCA about its end; Li et al. 2018, section 7.2).
offsets = history - origin
_, vectors = np.linalg.eigh(offsets @ offsets.T)
directions = vectors[:, :-3:-1].T @ offsets
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
directions *= np.where(directions @ offsets[0] < 0, -1.0, 1.0)[:, None]
trained_path = offsets @ directions.T
"""
RANDOM = """
# %% A plane through its weights
# Two random directions, each neuron's part scaled to the norm of its own weights (Li et al. 2018, section 4).
directions = np.zeros((2, len(origin)))
for k in (1, 2):
    rng = np.random.default_rng(np.random.SeedSequence((2, SAMPLESEED, 1, k)))
    for W, b, place in layers(origin):
        d = rng.standard_normal(W.shape)
        d *= np.linalg.norm(W, axis=1, keepdims=True) / np.linalg.norm(d, axis=1, keepdims=True)
        directions[k - 1, place] = np.concatenate([d.ravel(), np.zeros(len(b))])
trained_path = np.linalg.lstsq(directions.T, (history - origin).T, rcond=None)[0].T
"""
PLANE = r"""
def f(theta, rows=slice(None)):
    # the loss at $(a, b)$ is the network's at origin + a d1 + b d2; its gradient is the part that lies in the plane
    value, g = loss_and_gradient(origin + theta @ directions, rows)
    return value, directions @ g
"""
GRID = """
low_x, high_x, low_y, high_y = {domain}
x, y = np.linspace(low_x, high_x, 41), np.linspace(low_y, high_y, 41)
height = np.array([[f(np.array([a, b]))[0] for a in x] for b in y])  # [y x]
start = np.array([{start}])
"""

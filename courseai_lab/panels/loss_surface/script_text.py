"""The programs' texts: surfaces, update rules, schedules and the race itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_HEAD = r"""
# %% Surface
# The loss at $\theta = (x, y)$ and its gradient by hand.
# {words}
"""


def _made(words: str, body: str) -> str:
    return _HEAD.replace("{words}", words) + body.strip("\n") + "\n"


SURFACES: Mapping[str, str] = MappingProxyType(
    {
        "regression": _made(
            r"Here the mean squared error of the line $v = w u + b$ on these points.",
            """
rng = np.random.default_rng(np.random.SeedSequence((0, SEED)))
u = rng.uniform(-1.5, 1.5, COUNT)
v = SLOPE * u + CUT + SCATTER * rng.standard_normal(COUNT)
data = np.stack([u, v], axis=1)


def f(theta, rows=slice(None)):
    w, b = theta
    u, v = data[rows].T
    error = w[..., None] * u + b[..., None] - v if np.ndim(w) else w * u + b - v
    value = np.mean(error**2, axis=-1)
    return value, np.array([2 * np.mean(error * u, axis=-1), 2 * np.mean(error, axis=-1)])
""",
        ),
        "quadratic": _made(
            r"A bowl $\frac{1}{2}(\mu s^2 + L r^2)$ along turned axes $s$ and $r$.",
            """
mu, L, angle = MU, BIG, ANGLE
c, d = np.cos(angle), np.sin(angle)


def f(theta):
    x, y = theta
    s, r = c * x + d * y, c * y - d * x
    return 0.5 * (mu * s * s + L * r * r), np.array([mu * c * s - L * d * r, mu * d * s + L * c * r])
""",
        ),
        "rosenbrock": _made(
            r"Rosenbrock (1960): $(1 - x)^2 + k (y - x^2)^2$.",
            """
def f(theta, k=NUMBER):
    x, y = theta
    r = y - x * x
    return (1 - x) ** 2 + k * r * r, np.array([-2 * (1 - x) - 4 * k * x * r, 2 * k * r])
""",
        ),
        "himmelblau": _made(
            r"Himmelblau (1972): $(x^2 + y - 11)^2 + (x + y^2 - 7)^2$, with four minima.",
            """
def f(theta):
    x, y = theta
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b, np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])
""",
        ),
        "beale": _made(
            r"Beale (1958): $\sum_k (c_k - x + x y^k)^2$.",
            """
def f(theta):
    x, y = theta
    r1, r2, r3 = 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y
    by_x = 2 * (r1 * (y - 1) + r2 * (y * y - 1) + r3 * (y * y * y - 1))
    return r1 * r1 + r2 * r2 + r3 * r3, np.array([by_x, 2 * x * (r1 + 2 * y * r2 + 3 * y * y * r3)])
""",
        ),
        "booth": _made(
            r"Booth: $(x + 2y - 7)^2 + (2x + y - 5)^2$.",
            """
def f(theta):
    x, y = theta
    a, b = x + 2 * y - 7, 2 * x + y - 5
    return a * a + b * b, np.array([2 * a + 4 * b, 4 * a + 2 * b])
""",
        ),
        "saddle": _made(
            r"$x^2 - y^2 + q y^4$: a saddle at the origin.",
            """
def f(theta, q=NUMBER):
    x, y = theta
    return x * x - y * y + q * y**4, np.array([2 * x, -2 * y + 4 * q * y**3])
""",
        ),
        "rastrigin": _made(
            r"Rastrigin (1974): $2A + x^2 - A\cos 2\pi x + y^2 - A\cos 2\pi y$, full of hollows.",
            """
def f(theta, A=NUMBER):
    x, y = theta
    k = 2 * np.pi
    value = 2 * A + x * x - A * np.cos(k * x) + y * y - A * np.cos(k * y)
    return value, np.array([2 * x + A * k * np.sin(k * x), 2 * y + A * k * np.sin(k * y)])
""",
        ),
        "ackley": _made(
            r"Ackley (1987), with a = 20, b = 0.2, c = $2\pi$.",
            """
def f(theta):
    x, y = theta
    r = np.sqrt(0.5 * (x * x + y * y))
    k = 2 * np.pi
    hills = np.exp(0.5 * (np.cos(k * x) + np.cos(k * y)))
    cone = 20 * np.exp(-0.2 * r)
    slope = 0.1 * cone / (r + 1e-300)  # the tiny number keeps 0 / 0 out at the tip
    by_x = slope * x + np.pi * np.sin(k * x) * hills
    return 20 + np.e - cone - hills, np.array([by_x, slope * y + np.pi * np.sin(k * y) * hills])
""",
        ),
        "ravine": _made(
            r"A winding valley along $y = \sin x$: $\frac{1}{2}(x^2 + k (y - \sin x)^2)$.",
            """
def f(theta, k=NUMBER):
    x, y = theta
    r = y - np.sin(x)
    return 0.5 * (x * x + k * r * r), np.array([x - k * r * np.cos(x), k * r])
""",
        ),
        "cliff": _made(
            r"A gentle bowl with a wall across it: $(x^2 + y^2)/10 + \frac{h}{2}(1 + \tanh s(x - 1))$.",
            """
def f(theta, h=HEIGHT, s=SHARP):
    x, y = theta
    t = np.tanh(s * (x - 1))
    return 0.1 * (x * x + y * y) + 0.5 * h * (1 + t), np.array([0.2 * x + 0.5 * h * s * (1 - t * t), 0.2 * y])
""",
        ),
    }
)
CUSTOM = """
# %% Surface
# A function that was typed; torch's autograd finds its gradient.
def f(theta):
    if np.ndim(theta[0]):  # the whole grid: values are enough
        x, y = theta
        return NUMPY + 0 * x, None
    x, y = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in theta)
    value = TORCH + 0 * x
    by_x, by_y = torch.autograd.grad(value, (x, y), allow_unused=True)
    return float(value), np.array([0.0 if slope is None else float(slope) for slope in (by_x, by_y)])
"""
GRID = """
low_x, high_x, low_y, high_y = {domain}
x, y = np.linspace(low_x, high_x, 129), np.linspace(low_y, high_y, 129)
height = f(np.array(np.meshgrid(x, y)))[0]  # [y x]
start = np.array([{start}])
"""
TAKES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sgd": ("lr", "decay"),
        "momentum": ("lr", "mu", "decay"),
        "nesterov": ("lr", "mu", "decay"),
        "adagrad": ("lr", "eps", "decay"),
        "rmsprop": ("lr", "mu", "alpha", "eps", "decay"),
        "adam": ("lr", "beta1", "beta2", "eps", "decay"),
        "adamw": ("lr", "beta1", "beta2", "eps", "decay"),
        "amsgrad": ("lr", "beta1", "beta2", "eps", "decay"),
        "lion": ("lr", "beta1", "beta2", "decay"),
    }
)
RULES_HEAD = r"""
# %% Update rules
# Each takes the parameters $\theta$, the gradient g, what it remembers in s, and the number t of the update from 1. All
# work coordinate by coordinate, and step for step as torch.optim does.
"""
RULES: Mapping[str, str] = MappingProxyType(
    {
        "sgd": """
def sgd(theta, g, s, t, lr, decay):
    # Robbins and Monro (1951)
    return theta - lr * (g + decay * theta)
""",
        "momentum": """
def momentum(theta, g, s, t, lr, mu, decay):
    # Polyak (1964): a velocity that remembers the gradients before
    s["b"] = mu * s.get("b", 0.0) + g + decay * theta
    return theta - lr * s["b"]
""",
        "nesterov": """
def nesterov(theta, g, s, t, lr, mu, decay):
    # Nesterov (1983) as Sutskever et al. (2013): the gradient is taken where the velocity alone would lead
    g = g + decay * theta
    s["b"] = mu * s.get("b", 0.0) + g
    return theta - lr * (g + mu * s["b"])
""",
        "adagrad": """
def adagrad(theta, g, s, t, lr, eps, decay):
    # Duchi et al. (2011): divide by the size of all gradients so far
    g = g + decay * theta
    s["G"] = s.get("G", 0.0) + g * g
    return theta - lr * g / (np.sqrt(s["G"]) + eps)
""",
        "rmsprop": """
def rmsprop(theta, g, s, t, lr, mu, alpha, eps, decay):
    # Tieleman and Hinton (2012): the same, but old gradients are forgotten
    g = g + decay * theta
    s["v"] = alpha * s.get("v", 0.0) + (1 - alpha) * g * g
    s["b"] = mu * s.get("b", 0.0) + g / (np.sqrt(s["v"]) + eps)
    return theta - lr * s["b"]
""",
        "adam": """
def adam(theta, g, s, t, lr, beta1, beta2, eps, decay):
    # Kingma and Ba (2015), algorithm 1; the decay goes through the memories
    g = g + decay * theta
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0.0) + (1 - beta2) * g * g
    return theta - lr * (s["m"] / (1 - beta1**t)) / (np.sqrt(s["v"] / (1 - beta2**t)) + eps)
""",
        "adamw": """
def adamw(theta, g, s, t, lr, beta1, beta2, eps, decay):
    # Loshchilov and Hutter (2019), algorithm 2: the decay acts on the weights themselves
    theta = theta - lr * decay * theta
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0.0) + (1 - beta2) * g * g
    return theta - lr * (s["m"] / (1 - beta1**t)) / (np.sqrt(s["v"] / (1 - beta2**t)) + eps)
""",
        "amsgrad": """
def amsgrad(theta, g, s, t, lr, beta1, beta2, eps, decay):
    # Reddi et al. (2018), algorithm 2: the second moment never falls
    g = g + decay * theta
    s["m"] = beta1 * s.get("m", 0.0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0.0) + (1 - beta2) * g * g
    s["top"] = np.maximum(s.get("top", 0.0), s["v"])
    return theta - lr * (s["m"] / (1 - beta1**t)) / (np.sqrt(s["top"] / (1 - beta2**t)) + eps)
""",
        "lion": """
def lion(theta, g, s, t, lr, beta1, beta2, decay):
    # Chen et al. (2023), algorithm 2: only the sign of the mixed gradient counts
    m = s.get("m", 0.0)
    s["m"] = beta2 * m + (1 - beta2) * g
    return theta - lr * (np.sign(beta1 * m + (1 - beta1) * g) + decay * theta)
""",
    }
)
SCHEDULES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "factor = np.ones(steps)  # the rate stays as it is",
        "step": "factor = GAMMA ** np.floor(np.arange(steps) / PERIOD)  # the rate drops now and then",
        "exponential": "factor = GAMMA ** np.arange(steps, dtype=float)",
        "cosine": "factor = FLOOR + (1 - FLOOR) * (1 + np.cos(np.pi * np.arange(steps) / steps)) / 2",
        "warmup_cosine": """\
t, warm = np.arange(steps), WARMUP
climb = 1 / warm + (1 - 1 / warm) * np.minimum(t, warm) / warm
fall = FLOOR + (1 - FLOOR) * (1 + np.cos(np.pi * (t - warm) / max(steps - warm, 1))) / 2
factor = np.where(t < warm, climb, fall)""",
    }
)
CLIPS: Mapping[str, str] = MappingProxyType(
    {
        "value": "            g = np.clip(g, -LIMIT, LIMIT)  # each coordinate on its own\n",
        "norm": "            g = g * min(1.0, LIMIT / (np.sqrt(g @ g) + 1e-6))  # Pascanu et al. (2013)\n",
    }
)
BATCHES = """\
# Minibatches: every epoch shuffled anew, none of its samples drawn twice.
n, size = len(data), BATCH
per_epoch = max(n // size, 1)
epochs = -(-steps // per_epoch)
if size >= n:
    batches = np.tile(np.arange(n), (steps, 1))
else:
    order = rng.permuted(np.tile(np.arange(n), (epochs, 1)), axis=1)
    batches = order[:, : per_epoch * size].reshape(-1, size)[:steps]
"""
NOISE = """\
# There are no data here: the gradient gets the noise that a minibatch would give it, sigma / sqrt(B).
noise = rng.standard_normal((steps, 2)) * (SIGMA / np.sqrt(BATCH))
"""
RACE = """
# %% The race
SCHEDULE
SHAKE

def run(rule, numbers):
    # parameters, loss and gradient at every step; what has diverged stays where it last was finite
    theta, memory, last = start.copy(), {}, 0
    path, loss, gradient = np.empty((steps + 1, 2)), np.empty(steps + 1), np.empty((steps + 1, 2))
    for step in range(steps + 1):
        value = f(theta)[0]
        fine = np.isfinite(value) and np.all(np.abs(theta) <= 1e6)
        if not fine and step > 0:
            break
        g = SEEN
        path[step], loss[step], gradient[step] = theta, value, g
        last = step
        if step < steps and fine:
CLIP            theta = rules[rule](theta, g, memory, step + 1, **{**numbers, "lr": numbers["lr"] * factor[step]})
        else:
            break
    path[last + 1 :], loss[last + 1 :], gradient[last + 1 :] = path[last], loss[last], gradient[last]
    return path, loss, gradient, last


path, loss, gradient, last = (np.array(part) for part in zip(*(run(rule, numbers) for _, rule, numbers in racers)))
diverged = last < steps
final = loss[np.arange(len(racers)), last]
for (name, _, _), value, at, lost in zip(racers, final, last, diverged):
    print(f"{name:<12} loss {value:.6g} after {at} steps" + (", diverged" if lost else ""))

# %% Results
results = {
    "x": x, "y": y, "height": height, "path": path, "loss": loss, "gradient": gradient,
    "last": last, "diverged": diverged, "final": final, "factor": factor,MORE
}
"""
PICTURE = """
# %% Picture
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
left.contourf(x, y, np.log1p(np.maximum(height - np.nanmin(height), 0)), 30)
for (name, _, _), p, l in zip(racers, path, loss):
    left.plot(*p.T, ".-", markersize=3, label=name)
    right.plot(l, label=name)
left.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
left.legend()
right.set(xlabel="step", ylabel="loss", yscale="log" if np.nanmin(loss) > 0 else "linear")
plt.tight_layout()
plt.show()
"""

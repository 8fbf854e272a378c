"""The panel's page as a program: activation functions and their slopes by hand, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from courseai_lab.contract import Seeds
from courseai_lab.kernels.activations import Name
from courseai_lab.kernels.source_text import number, program, words
from courseai_lab.panels.activations.params import ActivationParams, Kind, Page

_FUNCTIONS: Mapping[Name, str] = MappingProxyType(
    {
        Name.IDENTITY: "def identity(z):\n    return z + 0.0, np.ones_like(z)",
        Name.SIGMOID: "def sigmoid(z):\n    s = 1 / (1 + np.exp(-z))\n    return s, s * sigma(-z)",
        Name.TANH: "def tanh(z):\n    return np.tanh(z), 4 * sigma(2 * z) * sigma(-2 * z)  # 1 - tanh^2, exact",
        Name.RELU: "def relu(z):\n    return np.maximum(z, 0.0), np.where(z > 0, 1.0, 0.0)",
        Name.LEAKY_RELU: (
            "def leaky_relu(z, leak={leak}):\n    # Maas, Hannun and Ng (2013)\n"
            "    return np.where(z > 0, z, leak * z), np.where(z > 0, 1.0, leak)"
        ),
        Name.ELU: (
            "def elu(z, alpha={elu}):\n    # Clevert et al. (2016), eq. 15\n    low = np.minimum(z, 0.0)\n"
            "    return np.where(z > 0, z, alpha * np.expm1(low)), np.where(z > 0, 1.0, alpha * np.exp(low))"
        ),
        Name.SELU: (
            "def selu(z, alpha=1.6732632423543772, scale=1.0507009873554805):\n"
            "    # Klambauer et al. (2017): the numbers that keep mean 0 and variance 1\n    low = np.minimum(z, 0.0)\n"
            "    slope = np.where(z > 0, 1.0, alpha * np.exp(low))\n"
            "    return scale * np.where(z > 0, z, alpha * np.expm1(low)), scale * slope"
        ),
        Name.GELU: (
            "def gelu(z):\n    # Hendrycks and Gimpel (2016): z Phi(z), Phi the normal distribution function\n"
            "    z = np.asarray(z, dtype=float)\n"
            "    share = 0.5 * np.array([math.erfc(-v * math.sqrt(0.5)) for v in z.ravel()]).reshape(z.shape)\n"
            "    return z * share, share + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)"
        ),
        Name.GELU_TANH: (
            "def gelu_tanh(z):\n    # the same, with Phi by a tanh\n    c = math.sqrt(2 / math.pi)\n"
            "    inside = c * (z + 0.044715 * z**3)\n"
            "    bend, bend_slope = np.tanh(inside), 4 * sigma(2 * inside) * sigma(-2 * inside)\n"
            "    slope = 0.5 * (1 + bend) + 0.5 * z * bend_slope * c * (1 + 3 * 0.044715 * z * z)\n"
            "    return 0.5 * z * (1 + bend), slope"
        ),
        Name.SILU: (
            "def silu(z, beta={swish}):\n    # Ramachandran et al. (2017): z sigmoid(beta z)\n"
            "    gate = sigma(beta * z)\n"
            "    return z * gate, gate + beta * z * gate * sigma(-beta * z)"
        ),
        Name.MISH: (
            "def mish(z):\n    # Misra (2019): z tanh(softplus(z))\n    soft = np.logaddexp(z, 0.0)\n"
            "    bend, bend_slope = np.tanh(soft), 4 * sigma(2 * soft) * sigma(-2 * soft)\n"
            "    return z * bend, bend + z * bend_slope * sigma(z)"
        ),
        Name.SOFTPLUS: (
            "def softplus(z, beta={softplus}):\n    return np.logaddexp(beta * z, 0.0) / beta, sigma(beta * z)"
        ),
        Name.OWN: (
            "def own(z):\n    # your own function; torch's autograd gives the slope\n"
            "    x = torch.tensor(np.asarray(z, dtype=float), requires_grad=True)\n"
            "    value = {own} + 0 * x\n    value.sum().backward()\n    return value.detach().numpy(), x.grad.numpy()"
        ),
    }
)
_DRAWS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.NORMAL: "rng.standard_normal(shape)",
        Kind.UNIFORM: "rng.uniform(-np.sqrt(3), np.sqrt(3), shape)",
        Kind.TWO_PEAKS: "0.95 * rng.choice([-1.0, 1.0], shape) + np.sqrt(1 - 0.95**2) * rng.standard_normal(shape)",
        Kind.SKEWED: "rng.exponential(1.0, shape) - 1.0",
        Kind.HEAVY: "rng.laplace(0.0, np.sqrt(0.5), shape)",
    }
)


def script(params: ActivationParams, seeds: Seeds) -> str:
    """The program's text: the page that is looked at, with these functions."""
    p = params
    page, picture = _PAGES[p.page](p, seeds)
    return program(
        "Activation functions a = f(w x + b), with their slopes by hand.",
        _parameters(p),
        _functions(p),
        page,
        picture,
    )


def _parameters(p: ActivationParams) -> str:
    lines = ["# %% Parameters", "import math", "", "import numpy as np"]
    lines += ["import torch"] if Name.OWN in p.functions else []
    lines += ["", 'np.seterr(all="ignore")  # far out some of these overflow, as they do on paper']
    lines.append(f"w, b = {number(p.weight)}, {number(p.bias)}  # weight and bias of the neuron")
    if p.page in (Page.CURVES, Page.CHAIN):
        lines.append(f"x_in = {number(p.x)}  # the input that is read off")
    if p.page in (Page.LAYERS, Page.CHAIN):
        lines.append(f"layers = {p.layers}")
    return "\n".join(lines)


def _functions(p: ActivationParams) -> str:
    fill = {
        "leak": number(p.leak),
        "elu": number(p.elu_alpha),
        "swish": number(p.swish_beta),
        "softplus": number(p.softplus_beta),
    }
    shape = p.shape()
    if Name.OWN in p.functions and shape.own is not None:
        fill["own"] = shape.own.torch_source()
    bodies = [_FUNCTIONS[name].format(**fill) for name in p.functions]
    names = ", ".join(name.value for name in p.functions)
    return "\n".join(
        (
            "# %% Functions and slopes",
            "# Each gives the value $f(z)$ and the slope $f'(z)$, which is what backpropagation multiplies by.",
            "def sigma(z):",
            "    # the logistic function, without overflow",
            "    e = np.exp(-np.abs(z))",
            "    return np.where(z >= 0, 1.0, e) / (1 + e)",
            "",
            "",
            "\n\n\n".join(bodies),
            "",
            "",
            f"functions = [{names}]",
            f"names = [{words([name.value for name in p.functions])}]",
            "# the steepest slope of each, looked up on a fine grid",
            "steep = np.array([np.nanmax(np.abs(f(np.linspace(-30, 30, 60_001))[1])) for f in functions])",
        )
    )


def _samples(p: ActivationParams, seeds: Seeds, shape: str) -> str:
    return "\n".join(
        (
            f"shape = {shape}",
            f"rng = np.random.default_rng(np.random.SeedSequence((0, {seeds.data})))",
            f"x = {number(p.mean)} + {number(p.std)} * ({_DRAWS[p.distribution]})",
        )
    )


def _curves(p: ActivationParams, seeds: Seeds) -> tuple[str, str]:
    return _CURVES, _LINES


def _distribution(p: ActivationParams, seeds: Seeds) -> tuple[str, str]:
    return _DISTRIBUTION.replace("SAMPLES", _samples(p, seeds, "20_000")), _HISTOGRAMS


def _layers(p: ActivationParams, seeds: Seeds) -> tuple[str, str]:
    body = _LAYERS.replace("SAMPLES", _samples(p, seeds, f"256, {p.width}  # samples, units"))
    body = body.replace("INIT", str(seeds.init)).replace("UP", str(seeds.sample)).replace("GAIN", number(p.gain))
    return body, _BY_LAYER


def _chain(p: ActivationParams, seeds: Seeds) -> tuple[str, str]:
    return _CHAIN, _PRODUCTS


def _guide(p: ActivationParams, seeds: Seeds) -> tuple[str, str]:
    return _GUIDE, _LINES


_PAGES: Mapping[Page, Callable[[ActivationParams, Seeds], tuple[str, str]]] = MappingProxyType(
    {
        Page.CURVES: _curves,
        Page.DISTRIBUTION: _distribution,
        Page.LAYERS: _layers,
        Page.CHAIN: _chain,
        Page.GUIDE: _guide,
    }
)
_CURVES = r"""
# %% One neuron
# $a = f(w x + b)$, and by the chain rule $\mathrm{d}a/\mathrm{d}x = w f'(w x + b)$: the weight squeezes the curve and
# multiplies its slope, the bias moves it sideways by $-b/w$.
grid = np.linspace(-6, 6, 1201)
value = np.stack([f(w * grid + b)[0] for f in functions])
slope = np.stack([w * f(w * grid + b)[1] for f in functions])
at_value = np.array([float(f(w * x_in + b)[0]) for f in functions])
at_slope = np.array([w * float(f(w * x_in + b)[1]) for f in functions])
for name, a, s in zip(names, at_value, at_slope):
    print(f"{name:<12} a({x_in:g}) = {a:.6g}, slope {s:.6g}")

# %% Results
results = {
    "steep": steep, "grid": grid, "value": value, "slope": slope, "at_value": at_value, "at_slope": at_slope,
}
"""
_LINES = """
# %% Picture
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
for name, a, s in zip(names, value, slope):
    left.plot(grid, a, label=name)
    right.plot(grid, s, label=name)
left.set(xlabel="x", ylabel="a")
right.set(xlabel="x", ylabel="slope")
left.legend()
plt.tight_layout()
plt.show()
"""
_DISTRIBUTION = r"""
# %% Samples through one neuron
# What comes out of $f(w x + b)$ has another mean and variance than what went in. A sample with slope 0 teaches
# nothing (dead); one with less than 5 % of the steepest slope teaches hardly anything (saturated).
SAMPLES
z = w * x + b
pairs = [f(z) for f in functions]
mean_out = np.array([a.mean() for a, _ in pairs])
variance_out = np.array([a.var() for a, _ in pairs])
dead = np.array([np.mean(s == 0) for _, s in pairs])
saturated = np.array([np.mean(np.abs(s) < 0.05 * top) for (_, s), top in zip(pairs, steep)])
for k, name in enumerate(names):
    print(f"{name:<12} mean {mean_out[k]:.4g}, variance {variance_out[k]:.4g}, dead {dead[k]:.1%}")

# %% Results
results = {
    "steep": steep, "mean_in": z.mean(), "variance_in": z.var(), "mean_out": mean_out,
    "variance_out": variance_out, "dead": dead, "saturated": saturated,
}
"""
_HISTOGRAMS = """
# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, len(functions) + 1, figsize=(3 * len(functions) + 3, 3), squeeze=False)
axes[0, 0].hist(z, 48)
axes[0, 0].set_title("z = w x + b")
for axis, name, (a, _) in zip(axes[0, 1:], names, pairs):
    axis.hist(a[np.isfinite(a)], 48)
    axis.set_title(name)
plt.tight_layout()
plt.show()
"""
_LAYERS = r"""
# %% Many layers, forward and back
# Equally wide layers $a \leftarrow f(a W + b)$ with random weights of standard deviation $g/\sqrt{\mathrm{width}}$
# (Glorot and Bengio 2010). The gradient comes back through the same weights, times the slopes.
SAMPLES
width, gain = shape[1], GAIN
rng = np.random.default_rng(np.random.SeedSequence((1, INIT)))
weights = gain / np.sqrt(width) * rng.standard_normal((layers, width, width))
upstream = np.random.default_rng(np.random.SeedSequence((2, UP))).standard_normal(shape)
upstream /= np.sqrt(np.mean(upstream**2))


def through(f, top):
    a, slopes = x, []
    mean, std, dead, saturated = [x.mean()], [x.std()], [], []
    for W in weights:
        a, s = f(a @ W + b)  # [sample unit]
        slopes.append(s)
        mean.append(a.mean())
        std.append(a.std())
        dead.append((s == 0).all(axis=0).mean())  # units that are off for every sample
        saturated.append((np.abs(s) < 0.05 * top).mean())
    g = upstream
    gradient = [np.sqrt(np.mean(g * g))]
    for W, s in zip(weights[::-1], slopes[::-1]):
        g = (g * s) @ W.T
        gradient.append(np.sqrt(np.mean(g * g)))
    return mean, std, gradient[::-1], dead, saturated


rows = [through(f, top) for f, top in zip(functions, steep)]
signal_mean, signal_std, gradient, dead_units, saturated = (np.array(part) for part in zip(*rows))
for k, name in enumerate(names):
    print(f"{name:<12} signal {signal_std[k, 0]:.3g} -> {signal_std[k, -1]:.3g}, gradient 1 -> {gradient[k, 0]:.3g}")

# %% Results
results = {
    "steep": steep, "signal_mean": signal_mean, "signal_std": signal_std, "gradient": gradient,
    "dead_units": dead_units, "saturated_layers": saturated,
}
"""
_BY_LAYER = """
# %% Picture
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
for name, s, g in zip(names, signal_std, gradient):
    left.semilogy(s, label=name)
    right.semilogy(g, label=name)
left.set(xlabel="layer", ylabel="standard deviation of the signal")
right.set(xlabel="layer", ylabel="size of the gradient")
left.legend()
plt.tight_layout()
plt.show()
"""
_CHAIN = r"""
# %% A chain of neurons
# $x \leftarrow f(w x + b)$ again and again. By the chain rule the slope of the whole is the product of all slopes:
# where each is below 1 it vanishes.
def chain(f):
    x, zs, values, slopes = x_in, [], [], []
    for _ in range(layers):
        z = w * x + b
        value, s = f(z)
        x = float(value)
        zs.append(z)
        values.append(x)
        slopes.append(w * float(s))
    return zs, values, slopes


chain_z, chain_value, chain_slope = (np.array(part) for part in zip(*(chain(f) for f in functions)))
product = np.cumprod(np.concatenate([np.ones((len(functions), 1)), chain_slope], axis=1), axis=1)
best = (abs(w) * steep[:, None]) ** np.arange(layers + 1)  # if every slope were the steepest
for name, last in zip(names, product[:, -1]):
    print(f"{name:<12} slope of the whole chain {last:.4g}")

# %% Results
results = {
    "steep": steep, "chain_z": chain_z, "chain_value": chain_value, "chain_slope": chain_slope, "product": product,
    "best": best,
}
"""
_PRODUCTS = """
# %% Picture
import matplotlib.pyplot as plt

for name, p in zip(names, product):
    plt.semilogy(np.abs(p), "o-", label=name)
plt.xlabel("neurons passed")
plt.ylabel("size of the product of slopes")
plt.legend()
plt.show()
"""
_GUIDE = r"""
# %% Ranges
# The least and the greatest value each function takes between -30 and 30.
z = np.linspace(-30, 30, 4001)
lowest = np.array([np.min(f(z)[0]) for f in functions])
highest = np.array([np.max(f(z)[0]) for f in functions])
grid = np.linspace(-6, 6, 1201)
value, slope = (np.stack([f(grid)[part] for f in functions]) for part in (0, 1))
for name, low, high in zip(names, lowest, highest):
    print(f"{name:<12} {low:.4g} .. {high:.4g}")

# %% Results
results = {"steep": steep, "lowest": lowest, "highest": highest}
"""

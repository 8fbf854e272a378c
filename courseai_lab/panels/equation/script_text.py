"""The programs' texts: what each formula's script is put together from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UPDATE = r"""
# %% The update rule
# On the loss $L(w) = \frac{k}{2}(w - w^*)^2$ gradient descent takes $w \leftarrow w - \eta\,L'(w)$ (Cauchy 1847).
visits = [w]
for _ in range(taken):
    w = w - eta * (k * (w - best))
    visits.append(w)
distance = w - best  # how far from the lowest point
g = k * distance  # gradient: the slope of the loss at w
step = eta * g
new = w - step
parts = {"w": w, "eta": eta, "k": k, "best": best, "distance": distance, "g": g, "step": step, "new": new}
reach = max(8.0, 1.2 * abs(w), 1.2 * abs(new))
x = np.linspace(-reach, reach, 401)
curves = [0.5 * k * (x - best) ** 2]
"""
MOMENTUM = r"""
# %% Momentum
# Heavy ball (Polyak 1964): $v \leftarrow \beta v + g$, $w \leftarrow w - \eta v$, on $L(w) = \frac{k}{2}(w - w^*)^2$.
visits = [w]
for _ in range(taken):
    v = beta * v + k * (w - best)
    w = w - eta * v
    visits.append(w)
g = k * (w - best)  # gradient: the slope of the loss at w
kept = beta * v  # the old velocity, slowed down
velocity = kept + g
step = eta * velocity
new = w - step
parts = {
    "w": w, "v": v, "eta": eta, "beta": beta, "k": k, "best": best,
    "g": g, "kept": kept, "velocity": velocity, "step": step, "new": new,
}
reach = max(8.0, 1.2 * abs(w), 1.2 * abs(new))
x = np.linspace(-reach, reach, 401)
curves = [0.5 * k * (x - best) ** 2]
"""
STREAMS: Mapping[str, str] = MappingProxyType(
    {
        "constant": "g_all = np.ones(steps)  # the same gradient at every step",
        "noisy": "g_all = 0.3 + rng.standard_normal(steps)  # mean 0.3 under noise",
        "alternating": "g_all = np.where(np.arange(steps) % 2 == 0, 1.0, -1.0)  # the sign flips at every step",
        "sparse": "g_all = np.where(np.arange(steps) % 20 == 0, 1.0, 0.0)  # one gradient in twenty",
        "fading": "g_all = np.exp(-np.arange(steps) / 40)",
        "network": r"""
# The gradients of one weight of a 2-8-1 tanh network that learns two half circles, by Adam with these numbers.
a, b = np.pi * rng.random(100), np.pi * rng.random(100)
upper = np.stack([np.cos(a) - 0.5, np.sin(a) - 0.25], axis=1)
points = np.concatenate([upper, np.stack([0.5 - np.cos(b), 0.25 - np.sin(b)], axis=1)])
points = points + 0.15 * rng.standard_normal(points.shape)
order = rng.permutation(200)
points, label = points[order], np.repeat([0.0, 1.0], 100)[order]
theta = [rng.standard_normal((2, 8)) / np.sqrt(2), np.zeros(8), rng.standard_normal(8) / np.sqrt(8), np.zeros(())]
first, second = [np.zeros_like(p) for p in theta], [np.zeros_like(p) for p in theta]
g_all, w_all = np.empty(steps), np.empty(steps)
for n in range(1, steps + 1):
    batch = rng.integers(0, 200, 16)
    inputs, y = points[batch], label[batch]
    h = np.tanh(inputs @ theta[0] + theta[1])
    dz = (1 / (1 + np.exp(-(h @ theta[2] + theta[3]))) - y) / 16
    dh = dz[:, None] * theta[2] * (1 - h * h)
    gradients = [inputs.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum()]
    g_all[n - 1], w_all[n - 1] = gradients[0][0, 0], theta[0][0, 0]
    for i, gradient in enumerate(gradients):
        first[i] = beta1 * first[i] + (1 - beta1) * gradient
        second[i] = beta2 * second[i] + (1 - beta2) * gradient**2
        theta[i] = theta[i] - eta * (first[i] / (1 - beta1**n)) / (np.sqrt(second[i] / (1 - beta2**n)) + eps)
""",
    }
)
WEIGHT = "w_all = np.concatenate([[0.0], -np.cumsum(step_all)[:-1]])  # the weight before each step, from 0\n"
ADAM = r"""
# %% Gradients
STREAM

# %% Adam
# Running means of the gradient and of its square, both corrected for having started at 0 (Kingma and Ba 2015,
# algorithm 1): $w \leftarrow w - \eta\,\hat m / (\sqrt{\hat v} + \varepsilon)$.
m_all, v_all = np.zeros(steps + 1), np.zeros(steps + 1)
for n, g in enumerate(g_all):
    m_all[n + 1] = beta1 * m_all[n] + (1 - beta1) * g
    v_all[n + 1] = beta2 * v_all[n] + (1 - beta2) * g**2
n = np.arange(1, steps + 1)
m_hat_all, v_hat_all = m_all[1:] / (1 - beta1**n), v_all[1:] / (1 - beta2**n)
root_all = np.sqrt(v_hat_all)
step_all = eta * m_hat_all / (root_all + eps)
WEIGHT
# %% One step of it
w, g, m0, v0 = w_all[t - 1], g_all[t - 1], m_all[t - 1], v_all[t - 1]
m = beta1 * m0 + (1 - beta1) * g  # where the gradients point on average
v = beta2 * v0 + (1 - beta2) * g * g  # how large they are, squared
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
root = np.sqrt(v_hat)
step = eta * m_hat / (root + eps)
parts = {
    "w": w, "g": g, "m0": m0, "v0": v0, "t": t, "eta": eta, "beta1": beta1, "beta2": beta2, "eps": eps,
    "m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "root": root, "step": step, "new": w - step,
}
x = n
names = ["g", "m", "v", "m_hat", "v_hat", "root", "step", "w"]
curves = [g_all, m_all[1:], v_all[1:], m_hat_all, v_hat_all, root_all, step_all, w_all]
"""
SCHEDULES: Mapping[str, str] = MappingProxyType(
    {
        "linear": "beta = np.linspace(1e-4, 0.02, 1000)",
        "scaled_linear": "beta = np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2",
        "cosine": (
            "f = np.cos((np.arange(1001) / 1000 + 0.008) / 1.008 * np.pi / 2) ** 2  # Nichol and Dhariwal (2021)\n"
            "beta = np.minimum(1 - f[1:] / f[:-1], 0.999)"
        ),
    }
)
FORWARD = r"""
# %% The forward process
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1 - \bar\alpha_t}\,\varepsilon$ (Ho et al. 2020, eq. 4): of the image's
# variance the share $\bar\alpha_t$ is left, and noise makes up for the rest.
SCHEDULE
alpha_bar_all = np.exp(np.cumsum(np.log1p(-beta)))
alpha_bar = alpha_bar_all[round(time * 999)]
eps = np.random.default_rng(np.random.SeedSequence((2, SEED))).standard_normal(x_0.shape)
signal, noise = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
x_t = signal * x_0 + noise * eps
here = x_0[row, column], eps[row, column]
print(f"pixel ({row}, {column}): {signal:.4f} * {here[0]:.4f} + {noise:.4f} * {here[1]:.4f} = {x_t[row, column]:.4f}")
parts = {
    "x_0": x_0, "eps": eps, "alpha_bar": alpha_bar, "signal": signal, "noise": noise,
    "scaled_image": signal * x_0, "scaled_eps": noise * eps, "x_t": x_t,
}
x = np.arange(1000)
curves = [alpha_bar_all, np.sqrt(alpha_bar_all), np.sqrt(1 - alpha_bar_all)]
"""
ATTENTION = r"""
# %% Attention
# $\mathrm{softmax}(Q K^\top / \sqrt{d})\,V$ (Vaswani et al. 2017, eq. 1): every query takes a mixture of the values,
# weighted by how well it fits their keys.
pairs, d = min(len(K), len(V)), min(Q.shape[1], K.shape[1])  # what has no partner is left out
Q, K, V = Q[:, :d], K[:pairs, :d], V[:pairs]
scores = Q @ K.T  # [query key]
scaled = scores / np.sqrt(d)  # kept at the size of one product, so that softmax stays soft
parts = {"Q": Q, "K": K, "V": V, "d": d, "scores": scores, "scaled": scaled}
if causal:
    seen = np.tril(np.ones_like(scores, dtype=bool), len(K) - len(Q))
    scaled = parts["masked"] = np.where(seen, scaled, -np.inf)  # no token may look at a later one
e = np.exp(scaled - scaled.max(axis=1, keepdims=True))
A = parts["A"] = e / e.sum(axis=1, keepdims=True)  # rows sum to 1
out = parts["out"] = A @ V
"""
SOFTMAX = r"""
# %% Softmax
# $p_i = e^{z_i/T} / \sum_j e^{z_j/T}$. The largest is taken off first: no share changes, and exp stays in range.
u = z / T
top = u.max()
e = np.exp(u - top)
total = e.sum()
p = e / total
parts = {"z": z, "T": T, "u": u, "top": top, "e": e, "total": total, "p": p}
bars = {"logits": z, "shares": p}
"""
CROSS_ENTROPY = r"""
# %% Cross-entropy
# $L = -\ln p_y$ with $p = \mathrm{softmax}(z)$ (Shannon 1948): 0 when the model is sure and right.
e = np.exp(z)
total = np.exp(z.max() + np.log(np.exp(z - z.max()).sum()))
log_sum = z.max() + np.log(np.exp(z - z.max()).sum())  # a soft maximum of the logits
log_p = z[true] - log_sum
loss = -log_p
parts = {"z": z, "e": e, "total": total, "log_sum": log_sum, "log_p": log_p, "loss": loss}
x = np.linspace(0.005, 1, 401)
curves = [-np.log(x)]
at, labels = (np.exp(log_p), loss), ("probability of the true class", "loss")
"""
LAYER_NORM = r"""
# %% LayerNorm
# $y = \gamma\,(x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta$ over one token's features (Ba, Kiros and Hinton 2016).
mean = x_in.mean()
centred = x_in - mean
variance = np.mean(centred**2)
spread = np.sqrt(variance + eps)
normal = centred / spread  # mean 0 and variance 1, whatever came in
out = gamma * normal + beta
parts = {
    "x_in": x_in, "gamma": gamma, "beta": beta, "eps": eps,
    "mean": mean, "centred": centred, "variance": variance, "spread": spread, "normal": normal, "out": out,
}
bars = {"features": x_in, "normalised": normal, "out": out}
"""
VAE = r"""
# %% The bound of the variational autoencoder
# Kingma and Welling (2014), eq. 3, where all is Gaussian and one-dimensional: encoder $\mathcal{N}(\mu, \sigma^2)$,
# prior $\mathcal{N}(0, 1)$, decoder $\mathcal{N}(a z, s^2)$. Reconstruction minus $\beta$ times the divergence.
def bound_at(mu):
    miss = x_in - a * mu  # how far the decoded mean misses x
    wander = a * sigma  # how much the decoded value wanders because z does
    error = miss**2 + wander**2
    fit = -0.5 * np.log(2 * np.pi * s**2) - error / (2 * s**2)
    kl = 0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma)
    return miss, wander, error, fit, kl, fit - beta * kl


miss, wander, error, fit, kl, bound = bound_at(mu)
parts = {
    "x": x_in, "mu": mu, "sigma": sigma, "a": a, "s": s, "beta": beta,
    "miss": miss, "wander": wander, "error": error, "fit": fit, "kl": kl, "bound": bound,
}

# The true posterior is known here: at its mean and spread the bound is ln p(x) itself.
precision = 1 + (a / s) ** 2
true_mean, true_std = a * x_in / s**2 / precision, precision**-0.5
x = np.linspace(-4, 4, 401)


def density(mean, std):
    return np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))


curves = [density(0, 1), density(mu, sigma), density(true_mean, true_std), bound_at(x)[-1]]
"""
DPO = r"""
# %% The loss of direct preference optimisation
# $L = -\ln\sigma(\beta\,[(\ln\pi_w - \ln\rho_w) - (\ln\pi_l - \ln\rho_l)])$ (Rafailov et al. 2023, eq. 7): what
# counts is how much more the preferred answer gained over the reference.
gain_w, gain_l = pi_w - ref_w, pi_l - ref_l
margin = gain_w - gain_l
h = beta * margin
sigma = 1 / (1 + np.exp(-h))  # probability that the preference comes out right
loss = np.logaddexp(0.0, -h)
parts = {
    "pi_w": pi_w, "ref_w": ref_w, "pi_l": pi_l, "ref_l": ref_l, "beta": beta,
    "gain_w": gain_w, "gain_l": gain_l, "margin": margin, "h": h, "sigma": sigma, "loss": loss,
}
reach = max(6.0, 1.15 * abs(h))
x = np.linspace(-reach, reach, 401)
curves = [np.logaddexp(0.0, -x)]
at, labels = (h, loss), ("margin as a logit", "loss")
"""
OWN = """
# %% Your formula
# One line for each operation, inside out.
def formula(NAMES):
    STEPS
    return dict(PARTS)


parts = formula(*values)
over = OVER  # the number along the axis, counted from 0
x = np.linspace(-10, 10, 401)
curves = [formula(*(x if k == over else np.full(401, v) for k, v in enumerate(values)))["LAST"]]
"""
RESULTS = """
# %% Results
for name, value in parts.items():
    print(f"{name:>12} = {np.array2string(np.asarray(value, dtype=float), precision=6, threshold=20)}")
results = {
    "flat": np.concatenate([np.ravel(np.asarray(value, dtype=float)) for value in parts.values()]),
MORE}
"""
VALLEY = """
# %% Picture
import matplotlib.pyplot as plt

plt.plot(x, curves[0], color="tab:red")
height = 0.5 * k * (np.array([*visits, new]) - best) ** 2
plt.plot([*visits, new], height, "o-", color="tab:orange")
plt.xlabel("w")
plt.ylabel("loss")
plt.show()
"""
COMPONENTS = """
# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(2, 4, figsize=(11, 4))
for axis, name, curve in zip(axes.ravel(), names, curves):
    axis.plot(x, curve)
    axis.axvline(t, color="gray", linewidth=0.8)
    axis.set_title(name)
plt.tight_layout()
plt.show()
"""
IMAGES = """
# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(8, 3))
for axis, title, image in zip(axes, ("image", "noise", "x_t"), (x_0, eps, x_t)):
    axis.imshow(image, cmap="gray", vmin=-2, vmax=2)
    axis.set_title(title)
    axis.axis("off")
plt.show()
"""
MATRIX = """
# %% Picture
import matplotlib.pyplot as plt

plt.imshow(A, vmin=0, vmax=1)
plt.colorbar(label="attention")
plt.xlabel("key")
plt.ylabel("query")
plt.show()
"""
BARS = """
# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, len(bars), figsize=(4 * len(bars), 3))
for axis, (title, heights) in zip(axes, bars.items()):
    axis.bar(np.arange(1, len(heights) + 1), heights)
    axis.set_title(title)
plt.tight_layout()
plt.show()
"""
CURVE = """
# %% Picture
import matplotlib.pyplot as plt

plt.plot(x, curves[0])
plt.plot(*at, "o")
plt.xlabel(labels[0])
plt.ylabel(labels[1])
plt.show()
"""
LATENT = """
# %% Picture
import matplotlib.pyplot as plt

for name, curve in zip(("prior", "encoder", "true posterior"), curves):
    plt.plot(x, curve, label=name)
plt.xlabel("z")
plt.ylabel("density")
plt.legend()
plt.show()
"""
OWN_CURVE = """
# %% Picture
import matplotlib.pyplot as plt

plt.plot(x, curves[0])
plt.axvline(values[over], color="gray", linewidth=0.8)
plt.xlabel("the number along the axis")
plt.ylabel("result")
plt.show()
"""

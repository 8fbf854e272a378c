"""The formulas of training and of noising, taken apart: update rule, momentum, Adam, forward process."""

from __future__ import annotations

import math

import numpy as np

from courseai_lab.kernels.formula_parts import Floats, Sheet, given, made


def quadratic(w: Floats | float, curvature: float, best: float) -> Floats:
    """The loss L(w) = k/2 (w - w*)^2 that update rule and momentum go down on."""
    return np.asarray(0.5 * curvature * (np.asarray(w) - best) ** 2)


def descend(start: float, lr: float, beta: float, curvature: float, best: float, count: int) -> tuple[Floats, Floats]:
    """Weights [visit] and velocities [visit] before each of ``count`` updates and after the last one.

    v <- beta v + g; w <- w - lr v (Polyak 1964); beta 0 is plain gradient descent.
    """
    w, v = np.empty(count + 1), np.zeros(count + 1)
    w[0] = start
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(count):
            v[k + 1] = beta * v[k] + curvature * (w[k] - best)
            w[k + 1] = w[k] - lr * v[k + 1]
    return w, v


def update_rule(w: float, lr: float, curvature: float, best: float) -> Sheet:
    """Gradient descent on L(w) = k/2 (w - w*)^2: w <- w - eta dL/dw (Cauchy 1847)."""
    distance = w - best
    g = curvature * distance
    step = lr * g
    return (
        given("w", "w", w, "the weight now"),
        given("lr", r"\eta", lr, "learning rate: how much of the gradient is taken"),
        given("curvature", "k", curvature, "curvature of the loss: how fast its slope changes"),
        given("best", r"w^*", best, "where the loss is lowest"),
        made("distance", "d", distance, "how far the weight is from the lowest point", "@w@ - @best@", loose=True),
        made("g", "g", g, "gradient: slope of the loss at w", r"@curvature@ \cdot @distance@"),
        made("step", "s", step, "the step: learning rate times gradient", r"@lr@ \cdot @g@"),
        made("new", r"w_{\mathrm{new}}", w - step, "the weight after the update", "@w@ - @step@", loose=True),
    )


def momentum(w: float, v: float, lr: float, beta: float, curvature: float, best: float) -> Sheet:
    """Heavy ball (Polyak 1964), as in torch.optim.SGD: v <- beta v + g; w <- w - eta v."""
    g = curvature * (w - best)
    kept = beta * v
    velocity = kept + g
    step = lr * velocity
    return (
        given("w", "w", w, "the weight now"),
        given("v", r"v", v, "velocity: what is left of the gradients before"),
        given("lr", r"\eta", lr, "learning rate"),
        given("momentum", r"\beta", beta, "momentum: share of the velocity that is kept"),
        given("curvature", "k", curvature, "curvature of the loss"),
        given("best", r"w^*", best, "where the loss is lowest"),
        made("g", "g", g, "gradient: slope of the loss at w", r"@curvature@ \cdot \left(#w# - @best@\right)"),
        made("kept", "c", kept, "the old velocity, slowed down", r"@momentum@ \cdot @v@"),
        made("velocity", r"v_{\mathrm{new}}", velocity, "the new velocity", "@kept@ + @g@", loose=True),
        made("step", "s", step, "the step: learning rate times velocity", r"@lr@ \cdot @velocity@"),
        made("new", r"w_{\mathrm{new}}", w - step, "the weight after the update", "@w@ - @step@", loose=True),
    )


def adam_stream(g: Floats, lr: float, beta1: float, beta2: float, eps: float) -> dict[str, Floats]:
    """Adam's components at every step of a gradient stream [step], from m = v = 0 (Kingma and Ba 2015, algorithm 1).

    ``m``, ``v``, ``m_hat``, ``v_hat``, ``root`` = sqrt(v_hat), ``step`` = lr m_hat / (root + eps), each [step].
    """
    m, v = np.empty_like(g), np.empty_like(g)
    before_m = before_v = 0.0
    for k, gradient in enumerate(g):
        before_m = m[k] = beta1 * before_m + (1 - beta1) * gradient
        before_v = v[k] = beta2 * before_v + (1 - beta2) * gradient**2
    t = np.arange(1, len(g) + 1)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    root = np.sqrt(v_hat)
    return {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "root": root, "step": lr * m_hat / (root + eps)}


def adam(w: float, g: float, m0: float, v0: float, t: int, lr: float, beta1: float, beta2: float, eps: float) -> Sheet:
    """One step of Adam (Kingma and Ba 2015, algorithm 1); ``t`` counts from 1."""
    m = beta1 * m0 + (1 - beta1) * g
    v = beta2 * v0 + (1 - beta2) * g * g
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    root = math.sqrt(v_hat)
    step = lr * m_hat / (root + eps)
    return (
        given("w", "w", w, "the weight now"),
        given("g", "g", g, "the gradient of this step"),
        given("m0", "m_{t-1}", m0, "first moment before: running mean of the gradients"),
        given("v0", "v_{t-1}", v0, "second moment before: running mean of their squares"),
        given("t", "t", t, "number of this step, from 1"),
        given("adam_lr", r"\eta", lr, "learning rate"),
        given("beta1", r"\beta_1", beta1, "how long the mean of the gradients remembers"),
        given("beta2", r"\beta_2", beta2, "how long the mean of their squares remembers"),
        given("eps", r"\varepsilon", eps, "keeps the division from exploding"),
        made(
            "m",
            "m_t",
            m,
            "first moment: where the gradients point on average",
            r"@beta1@ \cdot @m0@ + (1 - @beta1@) \cdot @g@",
            loose=True,
        ),
        made(
            "v",
            "v_t",
            v,
            "second moment: how large they are, squared",
            r"@beta2@ \cdot @v0@ + (1 - @beta2@) \cdot @g@^2",
            loose=True,
        ),
        made(
            "m_hat",
            r"\hat m",
            m_hat,
            "first moment, corrected for having started at 0",
            r"\frac{#m#}{1 - @beta1@^{#t#}}",
        ),
        made(
            "v_hat",
            r"\hat v",
            v_hat,
            "second moment, corrected for having started at 0",
            r"\frac{#v#}{1 - @beta2@^{#t#}}",
        ),
        made("root", "r", root, "typical size of the gradient", r"\sqrt{#v_hat#}"),
        made(
            "step",
            "s",
            step,
            "the step: about the learning rate, in the direction of the mean",
            r"@adam_lr@ \cdot \frac{#m_hat#}{#root# + #eps#}",
        ),
        made("new", r"w_{\mathrm{new}}", w - step, "the weight after the step", "@w@ - @step@", loose=True),
    )


def forward_process(x0: Floats, eps: Floats, alpha_bar: float, pixel: tuple[int, int]) -> Sheet:
    """x_t = sqrt(alpha-bar) x_0 + sqrt(1 - alpha-bar) eps (Ho et al. 2020, eq. 4); images [row column]."""
    signal, noise = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    return (
        given("image", "x_0", x0, "the image, −1 black to 1 white; the number is the marked pixel's", pixel),
        given("eps", r"\varepsilon", eps, "noise: a standard normal number for every pixel", pixel),
        given("alpha_bar", r"\bar\alpha_t", alpha_bar, "share of the variance that is still image at t"),
        made("signal", "a", signal, "weight of the image", r"\sqrt{#alpha_bar#}"),
        made("noise", "b", noise, "weight of the noise", r"\sqrt{1 - #alpha_bar#}"),
        made(
            "scaled_image",
            "u",
            signal * x0,
            "what is left of the image",
            r"@signal@ \cdot @image@",
            focus=pixel,
        ),
        made(
            "scaled_eps",
            "n",
            noise * eps,
            "the noise that is added",
            r"@noise@ \cdot @eps@",
            focus=pixel,
        ),
        made(
            "xt",
            "x_t",
            signal * x0 + noise * eps,
            "the noised image",
            "@scaled_image@ + @scaled_eps@",
            loose=True,
            focus=pixel,
        ),
    )

"""Formulas of networks and losses, taken apart: softmax, cross-entropy, LayerNorm, attention, VAE bound, DPO loss."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from courseai_lab.kernels.formula_parts import Floats, Sheet, given, made, number_tex


def _sum_tex(values: Iterable[float]) -> str:
    """A sum written out."""
    return " + ".join(number_tex(v) if v >= 0 else f"({number_tex(v)})" for v in values)


def _squares_tex(values: Iterable[float]) -> str:
    return " + ".join(f"({number_tex(v)})^2" if v < 0 else f"{number_tex(v)}^2" for v in values)


def softmax(z: Floats, temperature: float, chosen: int) -> Sheet:
    """p_i = exp(z_i / T) / sum_j exp(z_j / T) (Boltzmann 1868; Bridle 1990), of logits [class].

    The largest z / T is taken off all of them first, which changes no share and keeps exp in range.
    """
    at = (chosen,)
    scaled = z / temperature
    top = float(scaled.max())
    e = np.exp(scaled - top)
    total = float(e.sum())
    return (
        given("logits", "z_i", z, "logits: one number for each class, any size", at),
        given("temperature", "T", temperature, "temperature: below 1 sharpens, above 1 flattens"),
        made("scaled", "u_i", scaled, "logits over temperature", r"\frac{#logits#}{#temperature#}", focus=at),
        made(
            "top",
            r"u_{\max}",
            top,
            "the largest of them; taking it off changes no share and keeps exp in range",
            r"\max_j u_j",
            numbers=r"\max(" + ",\\; ".join(number_tex(float(v)) for v in scaled) + ")",
        ),
        made("e", "e_i", e, "always positive, and ratios from differences", r"e^{#scaled# - (#top#)}", focus=at),
        made("total", r"\Sigma", total, "the sum over all classes", r"\sum_j e_j", numbers=_sum_tex(e.tolist())),
        made("p", "p_i", e / total, "probability of the class: its share of the sum", r"\frac{#e#}{#total#}", focus=at),
    )


def cross_entropy(z: Floats, chosen: int) -> Sheet:
    """L = -ln p_y with p = softmax(z) (Shannon 1948), of logits [class] and the true class ``chosen``."""
    at = (chosen,)
    top = float(z.max())
    total = float(np.exp(z - top).sum())
    log_sum = top + math.log(total)
    log_p = float(z[chosen]) - log_sum
    return (
        given("logits", "z_y", z, "logits; the number is that of the true class y", at),
        made("e", "e_y", np.exp(z), "what each class weighs", "e^{#logits#}", focus=at),
        made(
            "total",
            r"\Sigma",
            np.exp(log_sum),
            "the sum over all classes",
            r"\sum_j e_j",
            numbers=_sum_tex(np.exp(z).tolist()),
        ),
        made("log_sum", "u", log_sum, "its logarithm: a soft maximum of the logits", r"\ln #total#"),
        made("log_p", r"\ln p_y", log_p, "log-probability of the true class", "@logits@ - @log_sum@", loose=True),
        made("loss", "L", -log_p, "cross-entropy: 0 when the model is sure and right", "-@log_p@"),
    )


def layer_norm(x: Floats, gamma: float, beta: float, eps: float, chosen: int) -> Sheet:
    """y = gamma (x - mean) / sqrt(variance + eps) + beta over the features [feature] (Ba, Kiros and Hinton 2016)."""
    at = (chosen,)
    n = len(x)
    mean = float(x.mean())
    centred = x - mean
    variance = float((centred**2).mean())
    spread = math.sqrt(variance + eps)
    normal = centred / spread
    return (
        given("features", "x_i", x, "one token's features", at),
        given("scale", r"\gamma", gamma, "learned scale"),
        given("shift", r"\beta", beta, "learned shift"),
        given("ln_eps", r"\varepsilon", eps, "keeps the division from exploding when all features are equal"),
        made(
            "mean",
            r"\mu",
            mean,
            "mean of the features",
            r"\frac{1}{n}\sum_i x_i",
            numbers=rf"\frac{{{_sum_tex(x.tolist())}}}{{{n}}}",
        ),
        made("centred", r"d_i", centred, "features around 0", "@features@ - @mean@", loose=True, focus=at),
        made(
            "variance",
            r"\sigma^2",
            variance,
            "mean square of these",
            r"\frac{1}{n}\sum_i d_i^2",
            numbers=rf"\frac{{{_squares_tex(centred.tolist())}}}{{{n}}}",
        ),
        made("spread", "s", spread, "standard deviation, never 0", r"\sqrt{#variance# + #ln_eps#}"),
        made(
            "normal", r"\hat x_i", normal, "features of mean 0 and variance 1", r"\frac{#centred#}{#spread#}", focus=at
        ),
        made(
            "y", "y_i", gamma * normal + beta, "what goes on", r"@scale@ \cdot @normal@ + @shift@", loose=True, focus=at
        ),
    )


def attention(q: Floats, k: Floats, v: Floats, causal: bool, row: int, col: int) -> Sheet:
    """softmax(Q K^T / sqrt d) V (Vaswani et al. 2017, eq. 1); q [query dim], k [key dim], v [key value].

    ``row`` and ``col``: the query and key whose numbers stand in the formula.
    """
    n, d = q.shape
    raw = q @ k.T  # [query key]
    scaled = raw / math.sqrt(d)
    seen = np.tril(np.ones_like(raw, dtype=bool), len(k) - n) if causal else np.ones_like(raw, dtype=bool)
    masked = np.where(seen, scaled, -np.inf)
    e = np.exp(masked - masked.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True)
    at = (row, col)
    out = weights @ v
    dot = _dot_tex(q[row], k[col])
    mix = _dot_tex(weights[row], v[:, 0])
    shown = (
        r"\frac{"
        + "e^{"
        + number_tex(float(masked[row, col]))
        + "}}{"
        + " + ".join(rf"e^{{{number_tex(float(s))}}}" for s in masked[row])
        + "}"
    )
    parts = [
        given("q", "Q", q, "queries: what each token looks for, one in each row"),
        given("k", "K", k, "keys: what each token offers to be found by"),
        given("v", "V", v, "values: what each token hands over"),
        given("d", "d", d, "length of a key"),
        made(
            "raw",
            "R",
            raw,
            "scores: how well each query fits each key",
            r"@q@ @k@^{\top}",
            focus=at,
            numbers=dot,
        ),
        made(
            "scaled",
            "S",
            scaled,
            "scores kept at the size of one product, so that softmax stays soft",
            r"\frac{#raw#}{\sqrt{#d#}}",
            focus=at,
        ),
    ]
    if causal:
        parts.append(
            made(
                "masked",
                r"S_{\mathrm{seen}}",
                masked,
                "scores of later tokens are set to minus infinity",
                r"\mathrm{mask}(#scaled#)",
                focus=at,
            )
        )
    inside = "masked" if causal else "scaled"
    return (
        *parts,
        made(
            "weights",
            "A",
            weights,
            "attention: how much each query takes from each value; rows sum to 1",
            rf"\mathrm{{softmax}}(#{inside}#)",
            focus=at,
            numbers=shown,
        ),
        made(
            "out",
            "O",
            out,
            "what each token gets: a mixture of the values",
            "@weights@ @v@",
            focus=(row, 0),
            numbers=mix,
        ),
    )


def _dot_tex(a: Floats, b: Floats) -> str:
    """An inner product written out."""
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return " + ".join(rf"{_in_product(one)} \cdot {_in_product(other)}" for one, other in pairs)


def _in_product(value: float) -> str:
    return f"({number_tex(value)})" if value < 0 else number_tex(value)


def vae_bound(x: float, mu: float, sigma: float, gain: float, noise: float, beta: float) -> Sheet:
    """The bound of Kingma and Welling (2014), eq. 3, where everything is Gaussian and one-dimensional.

    Encoder q(z|x) = N(mu, sigma^2), prior N(0, 1), decoder p(x|z) = N(gain z, noise^2); ``beta`` weighs the divergence
    (Higgins et al. 2017).
    """
    miss = x - gain * mu
    spread = gain * sigma
    error = miss**2 + spread**2
    fit = -0.5 * math.log(2 * math.pi * noise**2) - error / (2 * noise**2)
    kl = 0.5 * (mu**2 + sigma**2 - 1) - math.log(sigma)
    return (
        given("observed", "x", x, "the observation"),
        given("latent_mean", r"\mu", mu, "where the encoder puts z"),
        given("latent_std", r"\sigma", sigma, "how sure the encoder is: small is sure"),
        given("decoder_gain", "a", gain, "the decoder: it expects x near a z"),
        given("decoder_noise", "s", noise, "spread the decoder allows around that"),
        given("kl_weight", r"\beta", beta, "weight of the divergence; 1 is the bound itself"),
        made(
            "miss",
            "d",
            miss,
            "how far the decoded mean misses x",
            r"@observed@ - @decoder_gain@ \cdot @latent_mean@",
            loose=True,
        ),
        made(
            "spread",
            "c",
            spread,
            "how much the decoded value wanders because z does",
            r"@decoder_gain@ \cdot @latent_std@",
        ),
        made(
            "error",
            "E",
            error,
            "expected squared error of the reconstruction",
            r"@miss@^2 + \left(#spread#\right)^2",
            loose=True,
        ),
        made(
            "fit",
            "R",
            fit,
            "reconstruction: expected log-probability of x",
            r"-\frac{1}{2}\ln(2\pi\,@decoder_noise@^2) - \frac{#error#}{2 \cdot @decoder_noise@^2}",
            loose=True,
        ),
        made(
            "kl",
            "D",
            kl,
            "divergence of the encoder from the prior, in nats",
            r"\frac{1}{2}(@latent_mean@^2 + @latent_std@^2 - 1) - \ln #latent_std#",
            loose=True,
        ),
        made(
            "bound",
            r"\mathrm{ELBO}",
            fit - beta * kl,
            "the bound: never above ln p(x) for beta of at least 1",
            r"@fit@ - @kl_weight@ \cdot @kl@",
            loose=True,
        ),
    )


def log_evidence(x: float, gain: float, noise: float) -> float:
    """ln p(x) of the model that ``vae_bound`` bounds: x ~ N(0, gain^2 + noise^2)."""
    variance = gain**2 + noise**2
    return -0.5 * (math.log(2 * math.pi * variance) + x * x / variance)


def posterior(x: float, gain: float, noise: float) -> tuple[float, float]:
    """Mean and standard deviation of the true p(z|x), at which the bound is exact."""
    precision = 1 + (gain / noise) ** 2
    return gain * x / noise**2 / precision, precision**-0.5


def dpo_loss(chosen: float, chosen_ref: float, rejected: float, rejected_ref: float, beta: float) -> Sheet:
    """L = -ln sigmoid(beta [(ln pi - ln ref)(chosen) - (ln pi - ln ref)(rejected)]) (Rafailov et al. 2023, eq. 7)."""
    gain_w, gain_l = chosen - chosen_ref, rejected - rejected_ref
    margin = gain_w - gain_l
    h = beta * margin
    e = math.exp(-abs(h))
    sigma = 1 / (1 + e) if h >= 0 else e / (1 + e)
    return (
        given("logp_w", r"\ln\pi_w", chosen, "log-probability of the preferred answer under the model that learns"),
        given("logp_w_ref", r"\ln\rho_w", chosen_ref, "the same under the frozen reference model"),
        given("logp_l", r"\ln\pi_l", rejected, "log-probability of the rejected answer under the model that learns"),
        given("logp_l_ref", r"\ln\rho_l", rejected_ref, "the same under the frozen reference model"),
        given("dpo_beta", r"\beta", beta, "how strongly the reference holds the model back"),
        made(
            "gain_w",
            "r_w",
            gain_w,
            "how much likelier the preferred answer has become",
            "@logp_w@ - @logp_w_ref@",
            loose=True,
        ),
        made(
            "gain_l",
            "r_l",
            gain_l,
            "how much likelier the rejected one has become",
            "@logp_l@ - @logp_l_ref@",
            loose=True,
        ),
        made("margin", "d", margin, "by how much preferred gained over rejected", "@gain_w@ - @gain_l@", loose=True),
        made("h", "h", h, "the margin as a logit: difference of the implicit rewards", r"@dpo_beta@ \cdot @margin@"),
        made(
            "sigma", r"\sigma(h)", sigma, "probability that the preference comes out right", r"\frac{1}{1 + e^{-(#h#)}}"
        ),
        made(
            "loss",
            "L",
            math.log1p(e) + max(-h, 0.0),
            "the loss: 0.693 at the start, where both models are equal",
            r"-\ln #sigma#",
        ),
    )

"""Mixtures of normal distributions whose score and denoiser are known exactly at every noise level.

With x = alpha x0 + sigma eps and x0 from the mixture, component k of x's density is
N(alpha mu_k, alpha^2 C_k + sigma^2 I): everything a diffusion network has to learn is here a closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class GaussianMixture:
    """`weights` [component] (sum 1), `means` [component d], `covariances` [component d d], in one dtype.

    Raises ValueError for weights that are not positive or a covariance that is not positive definite.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def __post_init__(self) -> None:
        count, d = self.means.shape
        if self.weights.shape != (count,) or self.covariances.shape != (count, d, d):
            raise ValueError("a mixture needs a weight, a mean and a square covariance for each component")
        if not bool((self.weights > 0).all()) or abs(float(self.weights.sum()) - 1) > 1e-6:
            raise ValueError("the weights of a mixture must be positive and sum to 1")
        if not bool((torch.linalg.eigvalsh(self.covariances) > 0).all()):
            raise ValueError("every covariance of a mixture must be positive definite")

    def only(self, chosen: Tensor) -> GaussianMixture:
        """The mixture of the components where `chosen` [component] is true: the distribution of one class."""
        weights = self.weights[chosen]
        return GaussianMixture(weights / weights.sum(), self.means[chosen], self.covariances[chosen])

    def noised(self, alpha: float, sigma: float) -> GaussianMixture:
        """The distribution of alpha x0 + sigma eps; sigma 0 and alpha 1 give the mixture itself."""
        eye = torch.eye(self.means.shape[1], dtype=self.means.dtype, device=self.means.device)
        return GaussianMixture(self.weights, alpha * self.means, alpha**2 * self.covariances + sigma**2 * eye)

    def _pulls(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """ln w_k N(x; mu_k, C_k) [... component], and C_k^-1 (mu_k - x) [... component d]."""
        low = torch.linalg.cholesky(self.covariances)
        away = (self.means - x[..., None, :])[..., None]  # [... component d 1]
        white = torch.linalg.solve_triangular(low, away, upper=False)
        pull = torch.linalg.solve_triangular(low.mT, white, upper=True)[..., 0]
        volume = low.diagonal(dim1=-2, dim2=-1).log().sum(-1) + 0.5 * x.shape[-1] * math.log(2 * math.pi)
        return self.weights.log() - volume - 0.5 * white.square().sum((-2, -1)), pull

    def log_density(self, x: Tensor) -> Tensor:
        """ln p(x) [...] for x [... d]."""
        return self._pulls(x)[0].logsumexp(-1)

    def posterior(self, x: Tensor) -> Tensor:
        """Share of each component in the density at x, [... component]."""
        return self._pulls(x)[0].softmax(-1)

    def score(self, x: Tensor) -> Tensor:
        """The gradient of ln p at x, [... d]."""
        logs, pull = self._pulls(x)
        return (logs.softmax(-1)[..., None] * pull).sum(-2)

    def sample(self, count: int, rng: torch.Generator) -> Tensor:
        """Draws [count d]."""
        which = torch.multinomial(self.weights, count, replacement=True, generator=rng)
        d = self.means.shape[1]
        z = torch.randn((count, d, 1), generator=rng, dtype=self.means.dtype, device=self.means.device)
        return self.means[which] + (torch.linalg.cholesky(self.covariances)[which] @ z)[..., 0]


def exact_epsilon(mixture: GaussianMixture, x: Tensor, alpha: float, sigma: float) -> Tensor:
    """E[eps | x] = -sigma grad ln p(x): what a perfect epsilon prediction says (Song et al. 2021, section 4.3)."""
    return -sigma * mixture.noised(alpha, sigma).score(x)


def exact_x0(mixture: GaussianMixture, x: Tensor, alpha: float, sigma: float) -> Tensor:
    """E[x0 | x], also at pure noise (alpha 0), where it is the mixture's mean.

    Tweedie's formula divides by alpha; here each component's own posterior mean is mixed instead:
    mu_k + alpha C_k (alpha^2 C_k + sigma^2 I)^-1 (x - alpha mu_k).
    """
    noised = mixture.noised(alpha, sigma)
    logs, pull = noised._pulls(x)
    means = mixture.means - alpha * (mixture.covariances @ pull[..., None])[..., 0]  # [... component d]
    return (logs.softmax(-1)[..., None] * means).sum(-2)

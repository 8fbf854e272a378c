"""The best possible denoiser for a finite set of pictures: E[x0 | x] in closed form, and what follows from it.

Where x0 is one of K known pictures y_k, each as likely, and x = alpha x0 + sigma eps, the chance that x came from y_k
is the softmax of -|x - alpha y_k|^2 / (2 sigma^2), and the least squared error is reached by the mean of the pictures
under these chances (Karras et al. 2022, appendix B.3, eq. 57; De Bortoli 2022). No network can do better on this set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class KnownPictures:
    """K pictures as rows [picture d] float64, and their inner products [picture picture]."""

    rows: np.ndarray
    gram: np.ndarray

    @classmethod
    def of(cls, pictures: np.ndarray) -> KnownPictures:
        """From pictures [picture ...] of any one shape. Raises ValueError for none."""
        rows = np.ascontiguousarray(pictures.reshape(len(pictures), -1), dtype=np.float64) if len(pictures) else None
        if rows is None or not rows.shape[1]:
            raise ValueError("A denoiser that knows its pictures needs at least one.")
        return cls(rows, rows @ rows.T)

    @property
    def count(self) -> int:
        """K."""
        return len(self.rows)

    def chances(self, x: np.ndarray, alpha: float, sigma: float) -> np.ndarray:
        """p(y_k | x) [... picture] for x [... d]; all on the nearest where sigma is 0."""
        return chances_of(x @ self.rows.T, self.gram.diagonal(), alpha, sigma)

    def x0(self, x: np.ndarray, alpha: float, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        """E[x0 | x] [... d] for x [... d], and the chances [... picture] it is the mean under."""
        p = self.chances(x, alpha, sigma)
        return p @ self.rows, p

    def nearest(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The picture nearest to each x [... d]: its number and its root mean squared difference, [...] each."""
        dots = x @ self.rows.T
        which = (self.gram.diagonal() - 2 * dots).argmin(-1)
        return which, np.sqrt(np.square(x - self.rows[which]).mean(-1))


def chances_of(dots: np.ndarray, squares: np.ndarray, alpha: float, sigma: float) -> np.ndarray:
    """softmax_k of -|x - alpha y_k|^2 / (2 sigma^2) from x . y_k [... picture] and |y_k|^2 [picture].

    |x|^2 is the same for all k and falls out.
    """
    score = alpha * dots - 0.5 * alpha**2 * squares
    if sigma == 0:
        best = score == score.max(-1, keepdims=True)
        return best / best.sum(-1, keepdims=True)
    score = (score - score.max(-1, keepdims=True)) / sigma**2
    p = np.exp(score)
    return p / p.sum(-1, keepdims=True)  # type: ignore[no-any-return]


def effective_count(p: np.ndarray) -> np.ndarray:
    """exp of the entropy of chances [... picture], [...]: among how many pictures the denoiser still hesitates."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p), 0.0)
    return np.exp(-terms.sum(-1))  # type: ignore[no-any-return]


def leap(
    known: KnownPictures, noise: np.ndarray, start: np.ndarray, alpha: np.ndarray, sigma: np.ndarray
) -> np.ndarray:
    """DDIM (Song et al. 2021, eq. 12, eta 0) with the ideal denoiser, from alpha_0 start + sigma_0 noise, [draw d].

    ``noise`` [draw d], ``start`` [d]; ``alpha``, ``sigma`` [N + 1] are the levels visited, noisiest first and the last
    one clean. Every x on the way is a mix of the known pictures, the start and its one noise, so only the K + 2
    weights of that mix are stepped: the cost of a step does not depend on the number of pixels.
    """
    rows, squares = known.rows, known.gram.diagonal()
    weight = np.zeros((len(noise), known.count))
    of_start, of_noise = float(alpha[0]), float(sigma[0])
    start_dots, noise_dots = rows @ start, noise @ rows.T
    for i in range(len(alpha) - 1):
        a, s, an, sn = (float(v) for v in (alpha[i], sigma[i], alpha[i + 1], sigma[i + 1]))
        p = chances_of(weight @ known.gram + of_start * start_dots + of_noise * noise_dots, squares, a, s)
        keep = sn / s  # x_s = alpha_s x0 + sigma_s (x - alpha x0) / sigma
        weight = keep * weight + (an - keep * a) * p
        of_start, of_noise = keep * of_start, keep * of_noise
    return weight @ rows + of_start * start + of_noise * noise  # type: ignore[no-any-return]

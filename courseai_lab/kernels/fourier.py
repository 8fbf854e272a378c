"""Convolution seen by its frequencies: the product theorem of the discrete Fourier transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Transforms [row column], complex, of the picture, the kernel and their circular convolution; and that, real."""

    x: np.ndarray
    w: np.ndarray
    y: np.ndarray
    filtered: np.ndarray


def kernel_on_grid(w: np.ndarray, shape: tuple[int, int], dilation: int = 1) -> np.ndarray:
    """The kernel ``w`` [row column] on an empty picture, its anchor (middle, or the cell before it) at [0 0].

    Cells that leave the picture come in on the other side; several on one cell add up.
    """
    out = np.zeros(shape)
    rows = (np.arange(w.shape[0]) - (w.shape[0] - 1) // 2) * dilation % shape[0]
    columns = (np.arange(w.shape[1]) - (w.shape[1] - 1) // 2) * dilation % shape[1]
    np.add.at(out, (rows[:, None], columns[None, :]), w)
    return out


def through_frequencies(x: np.ndarray, w: np.ndarray, dilation: int = 1) -> Spectra:
    """Circular convolution of ``x`` [row column] by ``w``: Y = X W at every frequency (the convolution theorem).

    ``w`` is the kernel of a true convolution; give the turned one for a correlation.
    """
    grid = kernel_on_grid(w, (x.shape[0], x.shape[1]), dilation)
    big_x, big_w = np.fft.fft2(x.astype(np.float64)), np.fft.fft2(grid)
    big_y = big_x * big_w
    return Spectra(big_x, big_w, big_y, np.fft.ifft2(big_y).real)


def log_magnitude(spectrum: np.ndarray) -> np.ndarray:
    """log10(1 + |F|) with frequency 0 in the middle, float32 [row column]."""
    return np.log10(1 + np.abs(np.fft.fftshift(spectrum))).astype(np.float32)

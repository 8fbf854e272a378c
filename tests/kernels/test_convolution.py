"""Convolution, its transpose and padding against torch and SciPy; sizes and reach against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch.nn import functional as F

from courseai_lab.kernels.convolution import (
    Axis,
    NoOutput,
    PadMode,
    correlate,
    flipped,
    padded,
    plan_axis,
    reached,
    read_mask,
    sources,
    taps,
)

TORCH_MODES = {"reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def slide(x: np.ndarray, w: np.ndarray, axes: tuple[Axis, Axis], groups: int = 1, mode: PadMode = "zero") -> np.ndarray:
    rows, columns = axes
    return correlate(padded(x, sources(rows, mode), sources(columns, mode)), w, rows, columns, groups)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_it_is_torchs_conv2d(data: st.DataObject) -> None:
    draw = data.draw
    n, m, k, q = draw(st.integers(4, 13)), draw(st.integers(4, 13)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    s, d, p = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 3))
    groups, depth, each = draw(st.sampled_from([1, 2, 3])), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    mode = draw(st.sampled_from(["zero", "reflect", "replicate", "circular"]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.standard_normal((groups * depth, n, m)).astype(np.float32)
    w = rng.standard_normal((groups * each, depth, k, q)).astype(np.float32)
    big = torch.from_numpy(x)[None]
    kind = {"zero": "constant"}.get(mode, mode)
    big = F.pad(big, (p, p, p, p), mode=kind)
    if min(big.shape[2] - d * (k - 1), big.shape[3] - d * (q - 1)) < 1:
        with pytest.raises(NoOutput, match="reaches over"):
            [plan_axis(a, b, stride=s, dilation=d, padding="number", amount=p) for a, b in ((n, k), (m, q))]
        return
    wanted = F.conv2d(big, torch.from_numpy(w), stride=s, dilation=d, groups=groups)[0].numpy()
    axes = tuple(plan_axis(a, b, stride=s, dilation=d, padding="number", amount=p) for a, b in ((n, k), (m, q)))
    ours = slide(x, w, axes, groups, mode)  # type: ignore[arg-type]
    assert ours.shape == wanted.shape
    np.testing.assert_allclose(ours, wanted, atol=2e-5)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 8), k=st.integers(1, 5), s=st.integers(1, 4), d=st.integers(1, 3), p=st.integers(0, 6),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_transposed_is_torchs(n: int, k: int, s: int, d: int, p: int, seed: int) -> None:
    size = (n - 1) * s - 2 * p + d * (k - 1) + 1
    if size < 1:
        with pytest.raises(NoOutput):
            plan_axis(n, k, stride=s, dilation=d, padding="number", amount=p, transposed=True)
        return
    rng = np.random.default_rng(seed)
    x, w = rng.standard_normal((1, n, n)).astype(np.float32), rng.standard_normal((1, 1, k, k)).astype(np.float32)
    axis = plan_axis(n, k, stride=s, dilation=d, padding="number", amount=p, transposed=True)
    wanted = F.conv_transpose2d(torch.from_numpy(x)[None], torch.from_numpy(w), stride=s, dilation=d, padding=p)[0]
    ours = slide(x, flipped(w), (axis, axis))
    assert axis.out == size
    np.testing.assert_allclose(ours, wanted.numpy(), atol=2e-5)


@given(n=st.integers(1, 40), k=st.integers(1, 11), s=st.integers(1, 8), d=st.integers(1, 4))
def test_same_gives_as_many_outputs_as_strides_fit_and_back_again(n: int, k: int, s: int, d: int) -> None:
    axis = plan_axis(n, k, stride=s, dilation=d, padding="same")
    assert axis.out == -(-n // s)
    assert 0 <= axis.after - axis.before <= 1
    assert plan_axis(n, k, stride=s, dilation=d, padding="same", transposed=True).out == n * s
    if k % 2 and s == 1:
        assert (axis.before, axis.after) == (d * (k - 1) // 2,) * 2


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_the_named_paddings_are_scipys(mode: str, size: int) -> None:
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal((9, 8)), rng.standard_normal((size, size))
    axes = tuple(plan_axis(n, size, padding=mode) for n in x.shape)  # type: ignore[arg-type]
    wanted = signal.correlate2d(x, w, mode=mode)
    np.testing.assert_allclose(slide(x[None].astype(np.float32), w[None, None], axes)[0], wanted, atol=1e-5)
    turned = slide(x[None].astype(np.float32), flipped(w)[None, None], axes)[0]
    np.testing.assert_allclose(turned, signal.convolve2d(x, w, mode=mode), atol=1e-5)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_longer_than_the_input_goes_on(mode: str) -> None:
    names = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    for n in (1, 2, 3, 5):
        axis = plan_axis(n, 3, padding="number", amount=7)
        found = sources(axis, mode)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found, np.pad(np.arange(n), 7, mode=names[mode]))  # type: ignore[call-overload]


@given(n=st.integers(1, 14), k=st.integers(1, 4), s=st.integers(1, 5), d=st.integers(1, 3), p=st.integers(0, 4))
def test_what_is_read_and_reached_is_what_the_windows_say(n: int, k: int, s: int, d: int, p: int) -> None:
    if n + 2 * p < d * (k - 1) + 1:
        return
    axis = plan_axis(n, k, stride=s, dilation=d, padding="number", amount=p)
    windows = [set(taps(axis, i).tolist()) for i in range(axis.out)]
    read = set().union(*windows)
    assert read_mask(axis).tolist() == [cell in read for cell in range(axis.length)]
    assert max(read) + axis.left_over == axis.length - 1
    for cell in range(axis.length):
        assert (reached(axis, cell) >= 0).tolist() == [cell in window for window in windows]
        for i, tap in enumerate(reached(axis, cell).tolist()):
            assert tap < 0 or taps(axis, i)[tap] == cell


def test_windows_are_torchs_unfold() -> None:
    x = np.arange(42, dtype=np.float32).reshape(1, 6, 7)
    rows, columns = (plan_axis(n, 2, stride=2, dilation=2) for n in (6, 7))
    wanted = F.unfold(torch.from_numpy(x)[None], 2, dilation=2, stride=2)[0].T.reshape(rows.out, columns.out, 2, 2)
    for i in range(rows.out):
        for j in range(columns.out):
            window = x[0][taps(rows, i)[:, None], taps(columns, j)[None, :]]
            np.testing.assert_array_equal(window, wanted[i, j].numpy())


def test_shapes_that_do_not_fit_are_refused() -> None:
    axis = plan_axis(5, 3)
    with pytest.raises(ValueError, match="do not fit"):
        correlate(np.zeros((2, 5, 5)), np.zeros((1, 1, 3, 3)), axis, axis)
    with pytest.raises(ValueError, match="divide"):
        correlate(np.zeros((2, 5, 5)), np.zeros((3, 1, 3, 3)), axis, axis, 2)

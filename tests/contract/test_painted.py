"""Painted pictures as text: what goes in comes out, sizes as Pillow makes them, digits as MNIST has them."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from courseai_lab.contract import BadValue, Grey, Paint, Params, centred_digit, fields, grey_array, grey_text
from courseai_lab.contract.painted import LEVELS, resampled


class Painted(Params):
    digit: Annotated[Grey, Paint("digit")] = ""


@given(arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(0, LEVELS - 1)))
def test_a_picture_survives_being_text(levels: np.ndarray) -> None:
    grey = levels / (LEVELS - 1)
    assert np.allclose(grey_array(grey_text(grey), *grey.shape), grey, atol=1e-6)


@given(st.text(alphabet="0123456789x:AZaz-_é,", max_size=40))
def test_any_other_text_gets_one_sentence(text: str) -> None:
    try:
        assert grey_array(text).shape == (28, 28)
    except ValueError as error:
        assert str(error).startswith("A painted picture") and str(error).endswith(".")


@pytest.mark.parametrize("shape", [(9, 4), (28, 30), (13, 9), (1, 1)])
def test_sizes_change_as_pillows_do(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(5).random((13, 9)).astype(np.float32)
    wanted = np.asarray(Image.fromarray(grey).resize(shape[::-1], Image.Resampling.BILINEAR))
    np.testing.assert_allclose(resampled(grey, *shape), wanted, atol=1e-6)


@pytest.mark.parametrize("size", [(3, 9), (20, 6), (28, 28), (5, 5)])
def test_a_digit_is_centred_as_mnist_has_it(size: tuple[int, int]) -> None:
    grey = np.zeros((28, 28), np.float32)
    grey[28 - size[0] :, : size[1]] = np.linspace(0.2, 1.0, size[1])
    made = centred_digit(grey)
    rows, columns = np.nonzero(made > 0.05)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    centre = [(made.sum(axis=axis) * (np.arange(28) + 0.5)).sum() / made.sum() for axis in (1, 0)]
    assert np.allclose(centre, 14, atol=0.51)
    assert not centred_digit(np.zeros((28, 28), np.float32)).any()


def test_a_parameter_that_is_painted_knows_its_pad_and_refuses_other_text() -> None:
    spec = fields(Painted)[0]
    assert spec.kind == "text" and spec.paint == Paint("digit")
    with pytest.raises(BadValue, match="has 784 cells, not 3"):
        Painted().patched(digit="28x28:AAA")
    with pytest.raises(ValueError, match="1 to 128 cells a side"):
        grey_text(np.ones((200, 2)))

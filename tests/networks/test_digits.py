"""The digit network's stages against torch's layers, and the drawn digits."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from courseai_lab.networks.digits import DigitNetwork, drawn_digit, drawn_set, load, strokes
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.training import common


def test_stages_follow_from_each_other() -> None:
    torch.manual_seed(0)
    network = DigitNetwork()
    images = torch.rand(2, 1, 28, 28)
    found = network.stages(images)
    torch.testing.assert_close(found.conv1, F.conv2d(images, network.conv1.weight, network.conv1.bias, padding=2))
    torch.testing.assert_close(found.pool1, F.max_pool2d(found.conv1.clamp(min=0), 2))
    torch.testing.assert_close(found.conv2, F.conv2d(found.pool1, network.conv2.weight, network.conv2.bias, padding=2))
    assert [tuple(part.shape[1:]) for part in (found.pool1, found.pool2, found.hidden)] == [
        (16, 14, 14),
        (32, 7, 7),
        (64,),
    ]
    torch.testing.assert_close(found.probabilities.sum(-1), torch.ones(2))
    assert torch.equal(network(images), found.logits)
    with pytest.raises(ValueError, match=r"not \[2, 28, 28\]"):
        network(images[:, 0])


def test_drawn_digits_have_ink_in_the_middle() -> None:
    for digit in range(10):
        image = drawn_digit(digit)
        assert image.shape == (28, 28) and float(image.min()) == 0.0 and float(image.max()) == 1.0
        rows = torch.nonzero(image.sum(1)).flatten()
        assert rows[0] >= 2 and rows[-1] <= 26 and 18 <= len(rows) <= 24
        assert 0.05 < float(image.mean()) < 0.2
    assert len({tuple(drawn_digit(digit).flatten().tolist()) for digit in range(10)}) == 10
    with pytest.raises(ValueError, match="0 to 9, not 10"):
        strokes(10)


def test_a_stroke_is_as_wide_as_asked() -> None:
    """The stem of the 1 is vertical: its ink in a row is its width, twice half the pen times the side."""
    row = drawn_digit(1, pen=0.05, side=100)[60]
    assert float(row.sum()) == pytest.approx(2 * 0.05 * 100, abs=0.2)


def test_turning_and_sizes() -> None:
    upside_down = drawn_digit(1, turn=180.0, side=40)
    torch.testing.assert_close(upside_down, drawn_digit(1, side=40).flip(0, 1), atol=1e-4, rtol=0)
    assert drawn_digit(8, size=0.5).sum() < 0.7 * drawn_digit(8).sum()
    images, labels = drawn_set(turns=(0.0,), sizes=(1.0,))
    assert images.shape == (10, 1, 28, 28) and labels.tolist() == list(range(10))


def test_another_network_is_refused(tmp_path: Path) -> None:
    common.save_weights(tmp_path, DigitNetwork().state_dict(), {"architecture": "other"})
    with pytest.raises(ModelFileError, match="digit network"):
        load(tmp_path)

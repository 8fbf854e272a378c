"""The chunked loss against torch's cross-entropy, value and both gradients."""

import pytest
import torch
from torch.nn import functional as F

from courseai_lab.training.head_loss import head_loss


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_value_and_gradients(chunk: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(7, 4, generator=generator, requires_grad=True)
    table = torch.randn(9, 4, generator=generator, requires_grad=True)
    targets = torch.randint(9, (7,), generator=generator)
    expected = F.cross_entropy(x @ table.T, targets)
    slopes = torch.autograd.grad(3 * expected, (x, table))
    found = head_loss(x, table, targets, chunk, torch.float32)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(torch.autograd.grad(3 * found, (x, table)), slopes, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_bfloat16_is_close() -> None:
    generator = torch.Generator().manual_seed(0)
    x, table = torch.randn(50, 16, generator=generator), torch.randn(30, 16, generator=generator)
    targets = torch.randint(30, (50,), generator=generator)
    assert float(head_loss(x, table, targets)) == pytest.approx(float(F.cross_entropy(x @ table.T, targets)), rel=0.01)

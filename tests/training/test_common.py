"""What the trainings stand on: streams, checkpoints, averages, rates, cards."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from courseai_lab.networks.loader import ModelFileError, read_card, read_header
from courseai_lab.training import common


def test_streams_repeat_and_differ() -> None:
    def draw(*key: object) -> list[float]:
        return torch.rand(3, generator=common.stream(*key)).tolist()  # type: ignore[arg-type]

    assert draw(0, "a", 1) == draw(0, "a", 1)
    assert len({tuple(draw(*key)) for key in ((0, "a", 1), (0, "a", 2), (0, "b", 1), (1, "a", 1))}) == 4


def test_a_checkpoint_comes_back_and_a_failed_one_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep" / "c.pt"
    assert common.load_checkpoint(path) is None
    common.save_checkpoint(path, {"step": 3, "nested": {"w": torch.ones(2)}})

    def fail(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="full"):
        common.save_checkpoint(path, {"step": 4})
    state = common.load_checkpoint(path)
    assert state is not None and state["step"] == 3 and torch.equal(state["nested"]["w"], torch.ones(2))


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path: Path) -> None:
    torch.save({"step": nn.Linear(1, 1)}, tmp_path / "c.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        common.load_checkpoint(tmp_path / "c.pt")


def test_average_by_hand() -> None:
    module = nn.Linear(1, 1, bias=False)
    nn.init.constant_(module.weight, 1.0)
    ema = common.Ema(module, 0.5)
    nn.init.constant_(module.weight, 2.0)
    ema.update(module)  # decay min(0.5, 1/10): 0.1 * 1 + 0.9 * 2
    assert float(ema.weights["weight"]) == pytest.approx(1.9)
    ema.updates = 1000
    ema.update(module)
    assert float(ema.weights["weight"]) == pytest.approx(1.95)
    other = common.Ema(module)
    other.load_state_dict(ema.state_dict())
    assert other.updates == 1001 and float(other.weights["weight"]) == pytest.approx(1.95)


def test_cosine_rate_at_its_corners() -> None:
    rates = [common.cosine(step, 110, 1.0, 10, 0.1) for step in (0, 9, 10, 60, 110, 200)]
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.55, 0.1, 0.1])


def test_weights_that_cannot_be_shipped(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="'w' holds values"):
        common.save_weights(tmp_path, {"w": torch.tensor([1e6])}, {})
    with pytest.raises(ModelFileError, match="at most 100 are shipped"):
        common.save_weights(tmp_path, {"w": torch.zeros(200)}, {}, max_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_weights_and_card_are_read_back(tmp_path: Path) -> None:
    size = common.save_weights(tmp_path, {"w": torch.zeros(200)}, {"layers": 2})
    assert size == (tmp_path / "model.safetensors").stat().st_size
    header = read_header(tmp_path)
    assert header.config == {"layers": 2} and header.dtypes == {"w": "F16"}
    common.write_card(tmp_path, "Title", "\nText.\n", {"loss": 1.5})
    assert read_card(tmp_path).figures == {"loss": 1.5}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.md", "model.safetensors"]


def test_progress_says_its_last_step(capsys: pytest.CaptureFixture[str]) -> None:
    progress = common.Progress("net", 2, every=1e9)
    progress(1, loss=2.0)
    progress(2, loss=1.25)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and lines[0].startswith("net 2/2 loss 1.25 |")

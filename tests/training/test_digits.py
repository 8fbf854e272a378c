"""A tiny training of the digit network on drawn digits in MNIST's format, broken off and resumed."""

import gzip
import struct
from pathlib import Path

import pytest
import torch

from courseai_lab.networks.digits import drawn_set, load
from courseai_lab.networks.loader import read_card
from courseai_lab.training import digits


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "mnist10k"
    folder.mkdir()
    images, labels = drawn_set(turns=(-8.0, 0.0, 8.0), sizes=(0.9, 1.0))
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    body = (images[order, 0] * 255).round().to(torch.uint8).numpy().tobytes()
    header = struct.pack(">HBB3I", 0, 8, 3, 60, 28, 28)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + body))
    names = struct.pack(">HBBI", 0, 8, 1, 60) + labels[order].to(torch.uint8).numpy().tobytes()
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(names))
    return folder.parent


def run(data: Path, out: Path, steps: int) -> None:
    places = ["--data", str(data), "--out", str(out), "--work", str(out / "work")]
    digits.main([*places, "--steps", str(steps), "--every", "5", "--threads", "1"])


def test_from_images_to_card_broken_off_and_resumed(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path / "whole", 15)
    real = digits.augment
    calls = 0

    def stop(*args: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 9:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "augment", stop)
        with pytest.raises(KeyboardInterrupt):
            run(data, tmp_path / "broken", 15)
    run(data, tmp_path / "broken", 15)
    files = [tmp_path / part / "digits" / "model.safetensors" for part in ("whole", "broken")]
    assert files[0].read_bytes() == files[1].read_bytes()
    figures = read_card(tmp_path / "whole" / "digits").figures
    network = load(tmp_path / "whole" / "digits")
    assert figures["drawn_accuracy"] == pytest.approx(digits.accuracy(network, *drawn_set()))
    assert figures["held_out_images"] == 6


def test_images_are_read_as_written(data: Path) -> None:
    images, labels = digits.read_mnist(data)
    assert images.shape == (60, 1, 28, 28) and float(images.max()) == 1.0
    assert torch.bincount(labels).tolist() == [6] * 10


@pytest.mark.parametrize(
    "content",
    [b"", b"plain", gzip.compress(b"\0\0\x08"), gzip.compress(b"\0\0\x08\x01\0\0\0\x05ab")],
    ids=["empty", "not packed", "cut header", "cut content"],
)
def test_other_files_get_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(SystemExit, match=r"x.gz is not a"):
        digits.read_idx(tmp_path / "x.gz")


def test_augmentation_moves_little_and_repeats() -> None:
    images, _ = drawn_set(turns=(0.0,), sizes=(1.0,))
    made = digits.augment(images, torch.Generator().manual_seed(0))
    assert torch.equal(made, digits.augment(images, torch.Generator().manual_seed(0)))
    assert not torch.equal(made, images) and bool((made >= 0).all()) and bool((made <= 1.0001).all())
    ink = made.sum((1, 2, 3)) / images.sum((1, 2, 3))
    assert bool(((ink > 0.7) & (ink < 1.4)).all())

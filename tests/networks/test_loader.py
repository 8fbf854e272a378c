"""Model folders: what is read, and one sentence for each thing that can be wrong with them."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save, save_file
from torch import nn

from courseai_lab.networks.loader import (
    CARD,
    WEIGHTS,
    ModelFileError,
    load_into,
    models,
    read_card,
    read_header,
    read_tensors,
)

SOUND = {"weight": torch.arange(6.0).view(2, 3), "bias": torch.tensor([0.5, -1.0])}
EXPECTED = {"weight": (2, 3), "bias": (2,)}


def put(folder: Path, tensors: dict[str, torch.Tensor], config: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / WEIGHTS, metadata=None if config is None else {"config": config})
    return folder


def sentence(caught: pytest.ExceptionInfo[ModelFileError]) -> str:
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 200
    return message


def test_header_and_tensors_of_a_sound_file(tmp_path: Path) -> None:
    folder = put(tmp_path / "m", {k: v.half() for k, v in SOUND.items()}, '{"layers": 3}')
    header = read_header(folder)
    assert (header.shapes, header.config, header.parameters) == (EXPECTED, {"layers": 3}, 8)
    found = read_tensors(folder, EXPECTED)
    assert all(found[name].dtype == torch.float32 and torch.equal(found[name], SOUND[name]) for name in SOUND)


def test_load_into_a_module(tmp_path: Path) -> None:
    module = nn.Linear(3, 2)
    load_into(module, put(tmp_path / "m", SOUND))
    assert torch.equal(module(torch.tensor([1.0, 0.0, 0.0])), torch.tensor([0.5, 2.0]))
    assert not module.training and not module.weight.requires_grad


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"weight": SOUND["weight"]}, "lacks the tensor 'bias'"),
        (SOUND | {"more": torch.zeros(1)}, "unknown tensor 'more'"),
        (SOUND | {"weight": torch.zeros(3, 2)}, r"has shape \[3, 2\], not \[2, 3\]"),
        (SOUND | {"bias": torch.zeros(2, dtype=torch.int64)}, "I64 numbers, not floating"),
        (SOUND | {"bias": torch.tensor([0.0, torch.nan])}, "not finite"),
    ],
)
def test_wrong_tensors(tmp_path: Path, tensors: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(ModelFileError, match=said) as caught:
        read_tensors(put(tmp_path / "m", tensors), EXPECTED)
    sentence(caught)


def test_oversized_and_missing_files(tmp_path: Path) -> None:
    folder = put(tmp_path / "m", SOUND)
    size = (folder / WEIGHTS).stat().st_size
    with pytest.raises(ModelFileError, match=f"at most {size - 1} are read") as caught:
        read_header(folder, max_bytes=size - 1)
    sentence(caught)
    assert read_header(folder, max_bytes=size).parameters == 8
    with pytest.raises(ModelFileError, match="no weights file"):
        read_header(tmp_path / "absent")


@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
def test_no_damage_escapes_as_another_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int
) -> None:
    """Any byte changed and any tail lost: the tensors come back whole, or one sentence says why not."""
    data = bytearray(save(SOUND, metadata={"config": "{}"}))
    data[at % len(data)] = byte
    path = tmp_path_factory.mktemp("damaged") / WEIGHTS
    path.write_bytes(data[: len(data) - cut % len(data)])
    try:
        found = read_tensors(path, EXPECTED)
    except ModelFileError as error:
        assert str(error).endswith(".")
    else:
        assert {name: tuple(value.shape) for name, value in found.items()} == EXPECTED


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"x" * 64, (2**62).to_bytes(8, "little") + b"{}"])
def test_other_kinds_of_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelFileError, match="not a sound safetensors file") as caught:
        read_header(tmp_path)
    sentence(caught)


@pytest.mark.parametrize("config", ["[1]", "{", "3"])
def test_a_bad_configuration(tmp_path: Path, config: str) -> None:
    with pytest.raises(ModelFileError, match="JSON"):
        read_header(put(tmp_path / "m", SOUND, config))


def test_models_are_listed_by_folder(tmp_path: Path) -> None:
    put(tmp_path / "b", SOUND)
    put(tmp_path / "a", SOUND)
    (tmp_path / "empty").mkdir()
    assert [info.name for info in models(tmp_path)] == ["a", "b"]
    assert models(tmp_path)[0].bytes == (tmp_path / "a" / WEIGHTS).stat().st_size
    assert models(tmp_path / "absent") == ()


def test_a_card(tmp_path: Path) -> None:
    figures = {"accuracy": 0.5}
    (tmp_path / CARD).write_text(f"# A title\n\nText.\n\n```json\n{json.dumps(figures)}\n```\n")
    card = read_card(tmp_path)
    assert (card.title, card.figures) == ("A title", figures)
    assert "Text." in card.text


@pytest.mark.parametrize(
    "content", [b"", b"no title", b"# t\n\n```json\n{\n```\n", b"# t\n\n```json\n[1]\n```\n", b"\xff"]
)
def test_bad_cards(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelFileError, match="has no card"):
        read_card(tmp_path)
    (tmp_path / CARD).write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        read_card(tmp_path)
    sentence(caught)

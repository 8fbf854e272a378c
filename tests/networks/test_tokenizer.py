"""Byte-pair encoding: round trips, merges counted by hand, damaged files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.loader import ModelFileError

TEXT = 'the cat and the hat, the bat and the rat; "the end", said the cat\'s hat.\n\n' * 3
TRAINED = bpe.train([TEXT], 280)


@given(st.binary(max_size=300))
def test_any_bytes_come_back(data: bytes) -> None:
    ids = TRAINED.encode(data)
    assert TRAINED.decode_bytes(ids) == data
    assert all(0 <= piece < TRAINED.size - 2 for piece in ids)


@given(st.text(max_size=200))
def test_any_text_comes_back(text: str) -> None:
    expected = text.encode("utf-8", errors="replace").decode()
    assert TRAINED.decode(TRAINED.encode(text)) == expected


def test_merges_by_hand() -> None:
    """In 'ab ab abc' the pair a-b is the most frequent, then (space, ab) twice."""
    learned = bpe.train(["ab ab abc"], 256 + 2 + 2)
    assert learned.merges == ((97, 98), (32, 256))
    assert learned.encode("ab ab") == [256, 257]
    assert learned.encode("ba") == [98, 97]
    assert learned.label(257) == " ab"


def test_earlier_merges_go_first() -> None:
    tokens = bpe.Tokenizer([(98, 99), (97, 98)])
    assert tokens.encode("abc") == [97, 256]


def test_training_is_reproducible_and_shortens() -> None:
    assert bpe.train([TEXT], 280).merges == TRAINED.merges
    assert len(TRAINED.encode(TEXT)) < len(TEXT) / 2
    assert TRAINED.size == 280


def test_special_pieces_never_arise_from_text() -> None:
    start = TRAINED.special_id(bpe.START)
    assert start == TRAINED.size - 2
    assert TRAINED.decode([start]) == ""
    assert TRAINED.label(start) == "<start>"
    assert start not in TRAINED.encode("<start><mask>")


def test_encoding_is_linear_in_a_page_of_one_letter() -> None:
    """Chunks are capped: no merge crosses 48 letters, so the cost cannot be the square of the page."""
    assert TRAINED.decode(TRAINED.encode("a" * 100_000)) == "a" * 100_000


def test_a_piece_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="no piece 280"):
        TRAINED.decode([280])
    with pytest.raises(ValueError, match="at least 258"):
        bpe.train(["a"], 257)
    assert TRAINED.label(200) == "\\xc8"


def test_saved_and_loaded(tmp_path: Path) -> None:
    (tmp_path / bpe.FILE).write_bytes(TRAINED.save_bytes())
    loaded = bpe.load(tmp_path)
    assert (loaded.merges, loaded.special) == (TRAINED.merges, TRAINED.special)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": 2, "merges": [], "special": []}',
        b'{"format": 1, "merges": [[97]], "special": []}',
        b'{"format": 1, "merges": [[97, 256]], "special": []}',
        b'{"format": 1, "merges": [["a", "b"]], "special": []}',
        b"[" * 5000,
    ],
)
def test_damaged_files_get_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / bpe.FILE).write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        bpe.load(tmp_path)
    message = str(caught.value)
    assert bpe.FILE in message and message.endswith(".") and "\n" not in message


def test_a_missing_or_oversized_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="has no tokenizer"):
        bpe.load(tmp_path)
    (tmp_path / bpe.FILE).write_bytes(b" " * (bpe.MAX_FILE_BYTES + 1))
    with pytest.raises(ModelFileError, match="larger than"):
        bpe.load(tmp_path)

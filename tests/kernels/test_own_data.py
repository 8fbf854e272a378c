"""Own files of every kind: what is read, what is said about it, and 2,000 damaged ones that each get one sentence."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from courseai_lab.kernels.own_data import ENDINGS, FileProblem, Loaded, glance, kinds_of, load
from courseai_lab.kernels.tables import chosen_columns, parse_table, preview_table
from tests.kernels.own_files import HAND_MADE, damaged, good_files

GOOD = good_files()
OPTIONS: dict[str, dict[str, Any]] = {
    "table": {"roles": ("x", "y", "label"), "word_role": "label"},
    "image": {"size": 8},
}
DAMAGED = 2_000
SLOWEST = 2.0


def read(kind: str, path: Path) -> Loaded[Any]:
    return load(kind, path, **OPTIONS.get(kind, {}))  # type: ignore[arg-type]


def one_sentence(problem: FileProblem) -> bool:
    text = str(problem)
    return text.endswith(".") and "\n" not in text and 10 < len(text) < 400 and "Traceback" not in text


@pytest.mark.parametrize("name", GOOD)
def test_good_files_are_read_and_said(tmp_path: Path, name: str) -> None:
    kind, data = GOOD[name]
    path = tmp_path / name
    path.write_bytes(data)
    assert kind in kinds_of(path)
    assert read(kind, path).notes[0].startswith(name)
    assert glance(kind, path)[0].startswith(name)  # type: ignore[arg-type]


def test_damaged_files_each_get_one_sentence(tmp_path: Path) -> None:
    refused = 0
    for seed in range(DAMAGED):
        name = list(GOOD)[seed % len(GOOD)]
        kind, good = GOOD[name]
        path = tmp_path / name
        path.write_bytes(damaged(good, seed))
        for use in (read, glance):
            started = time.perf_counter()
            try:
                use(kind, path)  # type: ignore[operator]
            except FileProblem as problem:
                assert one_sentence(problem), (seed, name, str(problem))
                refused += use is read
            assert time.perf_counter() - started < SLOWEST, (seed, name)
    # Some damage is none (a changed pixel, another letter), but most is, and is refused.
    assert refused > DAMAGED // 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pickled.npy", "pickled Python objects"),
        ("huge.npy", "would take 8e+06 MB"),
        ("bomb.npz", "unpacks to 16 MB; at most 1 MB are read"),
        ("far.safetensors", "bytes, but 8 are given"),
        ("float8.safetensors", "is of type F8_E4M3; the types that are read are F64, F32"),
        ("gap.safetensors", "its bytes overlap others or leave a gap"),
        ("deep.safetensors", "its header is not JSON"),
        ("wide.csv", "5001 values, but 3 to 200 are needed"),
        ("long.csv", "more than 100000 rows of numbers; the limit is passed on line 100001"),
    ],
)
def test_what_someone_could_make_on_purpose(tmp_path: Path, name: str, said: str) -> None:
    kind, make = HAND_MADE[name]
    path = tmp_path / name
    path.write_bytes(make())
    options = {"max_bytes": 1_000_000} if name == "bomb.npz" else OPTIONS.get(kind, {})
    started = time.perf_counter()
    with pytest.raises(FileProblem, match=re.escape(said)) as caught:
        load(kind, path, **options)  # type: ignore[arg-type]
    assert one_sentence(caught.value) and time.perf_counter() - started < SLOWEST


def test_columns_by_name_and_number_and_rows_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("who;size, m;price;kind\nAnna;1,5;10;cat\nBob;;20;dog\nCleo;2,5;NA;cat\nDan;3,5;40;dog\n")
    table = load("table", path, roles=("x", "y", "label"), columns='price,"size, m",4', word_role="label")
    assert table.values.names == ("price", "size, m", "kind")
    assert table.values.values.tolist() == [[10, 1.5, 0], [40, 3.5, 1]]
    assert table.values.classes == ("cat", "dog") and table.values.lines.tolist() == [2, 5]
    assert table.notes == (
        "a.csv, 2 rows of price, size, m, kind",
        "2 rows without a value left out (lines 3, 4)",
    )
    seen = preview_table(path)
    assert seen.rows == 4 and seen.numeric == (False, True, True, False)
    assert seen.sheet.words() == "separated by semicolons, decimal comma, names in the first line"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("x,z", "t has no column 'z'; the columns are x, y, kind."),
        ("1,4", "t has 3 columns, so column 4 is not there."),
        ("1", "One value for columns, but 2 are needed: x, y."),
        ("1,2,3", "3 values for columns, but 2 are needed: x, y."),
        ('"1,2', "The columns must be names or numbers for x, y, separated by commas."),
        ("x,kind", "t, line 2, kind: 'cat' is not a number."),
    ],
)
def test_columns_that_cannot_be(columns: str, said: str) -> None:
    with pytest.raises(FileProblem) as caught:
        parse_table("x,y,kind\n1,2,cat", "t", roles=("x", "y"), columns=columns)
    assert str(caught.value) == said


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a; b.txt"
    path.write_bytes("sep=;\r\nsize;price\r\n1,5;2\r\n".encode("utf-16"))
    loaded = load("table", path)
    assert loaded.values.values.tolist() == [[1.5, 2.0]] and loaded.values.lines.tolist() == [3]
    assert loaded.notes == ("a; b.txt, 1 row of size, price", "UTF-16 read as such")


def test_the_first_columns_are_taken_where_none_are_chosen() -> None:
    assert chosen_columns(("a", "b", "c"), " ", ("x", "y")) == (0, 1)


def test_arrays_come_back_as_numpy_has_them(tmp_path: Path) -> None:
    arrays = {"w": np.asfortranarray(np.arange(12, dtype=">f8").reshape(3, 4)), "n": np.array(7), "e": np.zeros((0, 3))}
    arrays["w"][1, 2] = np.nan
    np.savez(tmp_path / "a.npz", **arrays)
    loaded = load("array", tmp_path / "a.npz")
    assert list(loaded.values) == ["w", "n", "e"]
    for name, array in arrays.items():
        assert np.array_equal(loaded.values[name], array, equal_nan=True) and loaded.values[name].shape == array.shape
        assert loaded.values[name].dtype.isnative and loaded.values[name].flags["C_CONTIGUOUS"]
    assert loaded.notes[:2] == ("a.npz, 3 arrays", "w: 3 x 4 float64")
    assert loaded.notes[-1] == "w has 1 value that is not finite"


def test_weights_come_back_as_torch_has_them(tmp_path: Path) -> None:
    tensors = {
        "half": torch.linspace(-3, 3, 7).bfloat16(),
        "flags": torch.tensor([True, False]),
        "deep": torch.arange(24.0).reshape(2, 3, 4),
    }
    save_file(tensors, tmp_path / "a.safetensors")
    loaded = load("weights", tmp_path / "a.safetensors")
    assert loaded.notes == ("a.safetensors, 3 of 3 tensors", "BF16 read as float32")
    for name, tensor in tensors.items():
        assert torch.equal(torch.from_numpy(loaded.values[name]), tensor.float() if name == "half" else tensor)
    assert list(load("weights", tmp_path / "a.safetensors", names=["flags"]).values) == ["flags"]
    with pytest.raises(FileProblem, match="has no tensor 'none'"):
        load("weights", tmp_path / "a.safetensors", names=["none"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("frames.webp", "the first of 4 frames"),
        ("frames.png", "the first of 4 frames"),
        ("turned.jpg", "turned upright as its camera says"),
        ("ink.jpg", "CMYK turned into RGB"),
        ("deep.png", "16-bit grey scaled to 8 bit"),
        ("palette.png", "palette turned into RGB"),
        ("clear.png", "transparency put on white"),
    ],
)
def test_what_was_done_to_a_picture_is_said(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(GOOD[name][1])
    assert said in load("image", path, size=8).notes and said in glance("image", path)[0]


def test_texts_are_read_capped_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\ntwo\rthree".encode())
    assert load("text", path).values == "one\ntwo\nthree"
    cut = load("text", path, max_characters=5)
    assert cut.values == "one\nt" and cut.notes[-1] == "cut off after 5"
    path.write_bytes(b"good\nb\xe9d\n")
    with pytest.raises(FileProblem, match=r"^a\.txt, line 2: it is not UTF-8 text; save it as text with UTF-8\.$"):
        load("text", path)


def test_kinds_by_ending_and_by_first_bytes(tmp_path: Path) -> None:
    for ending, kinds in ENDINGS.items():
        path = tmp_path / f"a.{ending.upper()}"
        path.write_bytes(b"x")
        assert kinds_of(path) == kinds
    bare = tmp_path / "bare"
    for name, (kind, data) in GOOD.items():
        if kind in ("image", "array"):
            bare.write_bytes(data)
            assert kinds_of(bare) == (kind,), name
    bare.write_bytes(b"\x00\x01\x02")
    with pytest.raises(FileProblem, match="is no file of data the lab reads"):
        kinds_of(bare)

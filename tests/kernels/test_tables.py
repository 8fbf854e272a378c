"""Tables: read as numpy reads them, and every complaint names its line."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai_lab.kernels.tables import TableProblem, load_table, parse_table

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def written(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@given(st.lists(st.lists(FINITE, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from([",", "\t", " "]))
def test_numbers_come_back_as_numpy_reads_them(rows: list[list[float]], sign: str) -> None:
    text = "\n".join(sign.join(repr(v) for v in row) for row in rows)
    delimiter = None if sign == " " else sign
    wanted = np.loadtxt(io.StringIO(text), delimiter=delimiter, ndmin=2)
    assert np.array_equal(parse_table(text, "t").values, wanted)


def test_names_comments_blank_lines_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeff# measured\n\n"size, m2",price\n50,1.5e3\n# one more\n60,−2\n')
    table = load_table(path)
    assert table.names == ("size, m2", "price")
    assert table.values.tolist() == [[50.0, 1500.0], [60.0, -2.0]]
    assert table.lines.tolist() == [4, 6]
    assert table.column("price").tolist() == [1500.0, -2.0]
    assert "mine.csv, 2 rows of size, m2, price" in table.note


def test_a_semicolon_means_decimal_commas() -> None:
    assert parse_table("x;y\r\n1,5;2\r\n-3;4,25\r\n", "t").values.tolist() == [[1.5, 2.0], [-3.0, 4.25]]


def test_columns_without_names_are_counted_and_names_given_twice_are_told_apart() -> None:
    assert parse_table("1\t2\n3\t4", "t").names == ("column 1", "column 2")
    assert parse_table("x,x,\n1,2,3", "t").names == ("x", "x (2)", "column 3")


def test_words_in_the_last_column_become_classes() -> None:
    table = parse_table("x,y,kind\n1,2,cat\n3,4,dog\n5,6,cat", "t", last_is_class=True)
    assert table.classes == ("cat", "dog")
    assert table.values[:, 2].tolist() == [0.0, 1.0, 0.0]
    bare = parse_table("1,2,cat\n3,4,dog", "t", last_is_class=True)
    assert bare.names == ("column 1", "column 2", "column 3") and len(bare.values) == 2
    numbered = parse_table("1,2,7\n3,4,9", "t", last_is_class=True)
    assert numbered.classes == () and numbered.values[:, 2].tolist() == [7.0, 9.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,2\n3,four", "t, line 3, y: 'four' is not a number."),
        ("x,y\n1,2\n3,", "t, line 3, y: there is no value; fill it in or leave the row out."),
        ("1,2\n3,nan", "t, line 2, column 2: 'nan' is not a finite number."),
        ("1,2\n3,1e999", "t, line 2, column 2: '1e999' is not a finite number."),
        ("1,2\n1_0,3", "t, line 2, column 1: '1_0' is not a number."),
        ("x,y\n1,2\n3,4,5", "t, line 3: 3 values, but line 1 has 2."),
        ("x,y\n1,2\n\n3", "t, line 4: one value, but line 1 has 2."),
        ('x,y\n1,2\n3,"4', "t, line 3: unexpected end of data; quotes must close on the same line."),
        ("# nothing\n\n", "t has no numbers in it."),
        ("x,y\n", "t has 0 rows of numbers; at least 1 are needed."),
        ("x,y\n1," + "9" * 40 + "a", "t, line 2, y: '99999999999999999999999999999…' is not a number."),
    ],
)
def test_a_complaint_names_the_line(text: str, said: str) -> None:
    with pytest.raises(TableProblem) as caught:
        parse_table(text, "t")
    assert str(caught.value) == said


def test_caps_on_rows_columns_and_bytes(tmp_path: Path) -> None:
    rows = "1,2\n" * 5
    assert len(parse_table(rows, "t", max_rows=5).values) == 5
    with pytest.raises(TableProblem, match=r"more than 4 rows of numbers; the limit is passed on line 5\."):
        parse_table(rows, "t", max_rows=4)
    with pytest.raises(TableProblem, match=r"t, line 1: 2 values, but 3 to 200 are needed\."):
        parse_table(rows, "t", min_columns=3)
    with pytest.raises(TableProblem, match=r"t, line 1: 2 values, but 1 are needed\."):
        parse_table(rows, "t", min_columns=1, max_columns=1)
    with pytest.raises(TableProblem, match=r"5 rows of numbers; at least 6"):
        parse_table(rows, "t", min_rows=6)
    with pytest.raises(TableProblem, match=r"mine\.csv is larger than 1e-05 MB"):
        load_table(written(tmp_path, rows), max_bytes=10)
    with pytest.raises(TableProblem, match="line 101: more than 100 classes"):
        parse_table("\n".join(f"1,k{k}" for k in range(101)), "t", last_is_class=True)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(TableProblem, match=r"There is no table file none.csv\."):
        load_table(tmp_path / "none.csv")
    with pytest.raises(TableProblem, match="There is no table file"):
        load_table(tmp_path)
    (tmp_path / "old.csv").write_bytes("größe,y\n1,2\n".encode("latin-1"))
    with pytest.raises(TableProblem, match=r"old\.csv, line 1: it is not UTF-8 text"):
        load_table(tmp_path / "old.csv")
    (tmp_path / "pic.csv").write_bytes(b"PK\0\0")
    with pytest.raises(TableProblem, match="not a text file"):
        load_table(tmp_path / "pic.csv")
    if sys.platform != "win32":
        with pytest.raises(TableProblem, match="There is no table file"):
            load_table(Path("/dev/zero"))


def test_an_unknown_column_lists_those_there_are() -> None:
    with pytest.raises(TableProblem, match=r"no column 'z'; the columns are x, y\."):
        parse_table("x,y\n1,2", "t").column("z")

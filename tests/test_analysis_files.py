"""The error table on disk: what is read back equals what was written."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_sets import number_set, tiny_net

from svhn_lib.analysis import Conditions, error_table, examine, read_error_table, write_error_table
from svhn_lib.reading.record import Answer

SUFFIXES = pytest.mark.parametrize("suffix", ["csv", "parquet"])
texts = st.text(alphabet="0123456789", max_size=5)
shares = st.floats(0, 1)
rows = st.tuples(texts, texts, shares, st.lists(shares, max_size=5))
unknown_too = st.floats(0, 1e3) | st.just(float("nan"))


def same(table: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table, other)
    for name in ("digit_probabilities", "candidates", "edits"):  # the types of the parts, too
        assert table[name].map(repr).tolist() == other[name].map(repr).tolist()


@SUFFIXES
@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=4), unknown_too)
def test_what_is_read_back_is_what_was_written(tmp_path_factory, suffix, found, height):
    file = tmp_path_factory.mktemp("tables") / f"errors.{suffix}"
    true = [row[0] for row in found]
    table = error_table(
        true,
        [
            Answer(read or None, sure, tuple(digits), ((read or None, sure), (None, 0.0)))
            for _, read, sure, digits in found
        ],
        [f'a "b", {i}.png' for i in range(len(found))],
        pictures=Conditions(*[np.full(len(found), height)] * 3),
        source="nan",
    )
    write_error_table(table, file)
    same(table, read_error_table(file))
    assert list(file.parent.iterdir()) == [file]


@SUFFIXES
def test_a_table_of_a_net_comes_back(tmp_path, suffix):
    table = examine(tiny_net(), number_set(["007", "1"]), "noise")
    table["note"] = [1.5, np.nan]  # a column of one's own
    write_error_table(table, tmp_path / f"errors.{suffix}")
    same(table, read_error_table(tmp_path / f"errors.{suffix}"))


@SUFFIXES
def test_rows_are_numbered_anew(tmp_path, suffix):
    table = examine(tiny_net(), number_set(["1", "2", "3"]))
    write_error_table(table.iloc[[2, 0]], tmp_path / f"errors.{suffix}")
    same(table.iloc[[2, 0]].reset_index(drop=True), read_error_table(tmp_path / f"errors.{suffix}"))


def test_other_programs_find_records(tmp_path):
    table = error_table(["16"], [Answer("10", 0.5, (0.9, 0.5))])
    write_error_table(table, tmp_path / "errors.parquet")
    write_error_table(table, tmp_path / "errors.csv")
    (row,) = pyarrow.parquet.read_table(tmp_path / "errors.parquet").to_pylist()
    edit = {"kind": "substitution", "position": 1, "true": "6", "read": "0"}
    assert row["edits"] == [edit]
    assert row["candidates"] == [{"text": "10", "probability": 0.5}]
    assert json.loads(pd.read_csv(tmp_path / "errors.csv")["edits"][0]) == [edit]


def test_bad_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: no such error table"):
        read_error_table(tmp_path / "none.csv")
    with pytest.raises(ValueError, match=r"errors\.xlsx: an error table is a \.csv or a \.parquet"):
        read_error_table(tmp_path / "errors.xlsx")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv: not an error table.*without the columns"):
        read_error_table(tmp_path / "other.csv")
    for name, content in (("bad.parquet", b"PAR1 not quite"), ("bad.csv", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=f"{name}: not an error table"):
            read_error_table(tmp_path / name)
    with pytest.raises(ValueError, match="this table: without the columns"):
        write_error_table(pd.DataFrame({"file": ["1.png"]}), tmp_path / "errors.csv")


def test_an_error_table_replaces_error_tables_alone(tmp_path):
    table = error_table(["16"], [Answer("10", 0.5)])
    for name, other in (("a.csv", "file,number,predicted,confidence\n"), ("a.parquet", "notes")):
        path = tmp_path / name
        path.write_text(other)
        with pytest.raises(FileExistsError, match=f"{name} is a file of another kind"):
            write_error_table(table, path)
        assert path.read_text() == other
        path.unlink()
        for _ in range(2):
            write_error_table(table, path)
        same(table, read_error_table(path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


@SUFFIXES
def test_a_probability_that_is_not_known_comes_back(tmp_path, suffix):
    nan = float("nan")
    table = error_table(["1", "25"], [Answer(None, nan), Answer("25", 0.4, (nan, 0.5))])
    write_error_table(table, tmp_path / f"errors.{suffix}")
    same(table, read_error_table(tmp_path / f"errors.{suffix}"))


@SUFFIXES
def test_a_table_without_rows_has_the_types_of_others(tmp_path, suffix):
    empty, filled = error_table([], []), error_table(["1"], [Answer("1", 0.4)])
    assert empty.dtypes.tolist() == filled.dtypes.tolist()
    assert (~empty["right"]).sum() == 0
    write_error_table(empty, tmp_path / f"errors.{suffix}")
    same(empty, read_error_table(tmp_path / f"errors.{suffix}"))

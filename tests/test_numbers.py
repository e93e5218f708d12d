"""Number tables from digit boxes: the rules for odd records, on records worked by hand and real."""

import gzip
import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.data.matlab.digit_struct import write_digit_struct
from svhn_lib.data.tables.numbers import load_numbers, numbers_from_boxes

COLUMNS = ["file", "digit", "left", "top", "width", "height"]


def digit_table(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype({"digit": "int8"})


def listed(doubtful):
    return [tuple(row) for row in doubtful.itertuples(index=False)]


def test_boxes_of_two_digits_become_one_row():
    boxes = digit_table(("1.png", 1, 246, 77, 81, 219), ("1.png", 9, 323, 81, 96, 219))
    numbers, doubtful = numbers_from_boxes(boxes)
    assert numbers.columns.tolist() == [
        "file", "number", "left", "top", "right", "bottom", "digit_boxes",
    ]  # fmt: skip
    assert numbers.iloc[0, :6].tolist() == ["1.png", "19", 246, 77, 419, 300]
    assert numbers["digit_boxes"][0].dtype == np.float32
    assert numbers["digit_boxes"][0].tolist() == [[246, 77, 327, 296], [323, 81, 419, 300]]
    assert doubtful.empty
    assert doubtful.columns.tolist() == ["file", "problem", "action"]


def test_leading_zeros_stay_and_files_keep_their_order():
    boxes = digit_table(
        ("b.png", 0, 5, 5, 5, 9), ("b.png", 7, 10, 5, 5, 9), ("a.png", 3, 1, 1, 4, 4)
    )
    numbers, doubtful = numbers_from_boxes(boxes)
    assert numbers[["file", "number"]].to_numpy().tolist() == [["b.png", "07"], ["a.png", "3"]]
    assert doubtful.empty


def box(file, digit=1, left=1.0, top=1.0, width=4.0, height=6.0):
    return file, digit, left, top, width, height


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([box("x", -1, *[np.nan] * 4)], "no digit box"),
        ([box("x", 11)], "a label that is not a digit"),
        ([box("x"), box("x", -1, 9)], "a label that is not a digit"),
        ([box("x", width=0)], "a digit box without area"),
        ([box("x"), box("x", left=9, height=-2)], "a digit box without area"),
        ([box("x", left=np.nan)], "a digit box without area"),
        ([box("x", left=-4), box("x")], "a digit outside the picture"),
        ([box("x", top=-6)], "a digit outside the picture"),
        ([box("x", left=left) for left in range(6)], "more than 5 digits"),
    ],
)
def test_unusable_records_are_dropped_and_named(rows, problem):
    numbers, doubtful = numbers_from_boxes(digit_table(box("a"), *rows, box("z")))
    assert numbers["file"].tolist() == ["a", "z"]
    assert listed(doubtful) == [("x", problem, "dropped")]


def test_second_record_of_a_file_is_dropped_not_merged():
    numbers, doubtful = numbers_from_boxes(digit_table(box("a", 1), box("b", 2), box("a", 3)))
    assert numbers["number"].tolist() == ["1", "2"]
    assert listed(doubtful) == [("a", "file listed before", "dropped")]


def test_odd_records_are_kept_and_named():
    rows = [
        box("zero", 0), box("zero", 0, 9),
        box("over", 4, -1, -2), box("over", 5, 9),
        box("upright", 7, 3, 1), box("upright", 8, 3, 9),
        box("back", 7, 9), box("back", 8, 3),
        box("slant", 1, 1, 20), box("slant", 2, 3, 10),
    ]  # fmt: skip
    numbers, doubtful = numbers_from_boxes(digit_table(*rows))
    assert numbers["number"].tolist() == ["00", "45", "78", "78", "12"]
    assert listed(doubtful) == [
        ("zero", "the value is zero", "kept"),
        ("over", "a box reaches outside the picture", "clipped"),
        ("upright", "digits not from left to right", "kept in the labelled order"),
        ("back", "digits not from left to right", "kept in the labelled order"),
    ]
    assert numbers.loc[1, ["left", "top", "right", "bottom"]].tolist() == [0, 0, 13, 7]
    assert numbers["digit_boxes"][1][0].tolist() == [0, 0, 3, 4]


def test_no_records_give_empty_tables():
    numbers, doubtful = numbers_from_boxes(digit_table())
    assert len(numbers) == len(doubtful) == 0
    assert "digit_boxes" in numbers


records = st.lists(
    st.lists(
        st.tuples(
            st.integers(-1, 10), st.integers(-5, 9), st.integers(-5, 9), st.integers(-1, 9),
            st.integers(-1, 9),
        ),
        min_size=1, max_size=7,
    ),
    max_size=12,
)  # fmt: skip


@given(records)
def test_every_record_is_kept_or_reported_as_a_plain_loop_says(drawn):
    rows = [(f"{i}.png", *digit) for i, record in enumerate(drawn) for digit in record]
    numbers, doubtful = numbers_from_boxes(digit_table(*rows))
    expected = {}
    for i, record in enumerate(drawn):
        usable = len(record) <= 5 and all(
            0 <= digit <= 9 and width > 0 and height > 0 and left + width > 0 and top + height > 0
            for digit, left, top, width, height in record
        )
        if usable:
            left = min(max(left, 0) for _, left, _, _, _ in record)
            bottom = max(top + height for _, _, top, _, height in record)
            expected[f"{i}.png"] = ("".join(str(digit[0]) for digit in record), left, bottom)
            centres = [left + width / 2 for _, left, _, width, _ in record]
            straight = all(a < b for a, b in pairwise(centres))
            remarks = doubtful.loc[doubtful["file"] == f"{i}.png", "problem"].tolist()
            assert ("digits not from left to right" in remarks) == (not straight)
    got = numbers.set_index("file")[["number", "left", "bottom"]]
    assert dict(zip(got.index, got.itertuples(index=False, name=None), strict=True)) == expected
    dropped = doubtful.loc[doubtful["action"] == "dropped", "file"]
    assert sorted([*numbers["file"], *dropped]) == sorted(f"{i}.png" for i in range(len(drawn)))


def test_real_annotations(samples):
    path = samples / "annotations" / "svhn_train_test_boxes.json.gz"
    with gzip.open(path) as file:
        records = json.load(file)["train"]
    rows = [
        (record["name"], int(label) % 10, left, top, right - left, bottom - top)
        for record in records
        for label, left, top, right, bottom in record["boxes"]
    ]
    numbers, doubtful = numbers_from_boxes(digit_table(*rows))
    assert doubtful.groupby("problem").size().to_dict() == {
        "a box reaches outside the picture": 29,
        "digits not from left to right": 39,
        "more than 5 digits": 1,
        "the value is zero": 56,
    }
    assert len(numbers) == 33_401
    assert numbers["number"].str.len().sum() == 73_257 - 6
    by_name = {record["name"]: record for record in records}
    for row in numbers.sample(500, random_state=0).itertuples():
        boxes = by_name[row.file]["boxes"]
        assert row.number == "".join(label[-1] for label, *_ in boxes)
        assert row.right == max(right for *_, right, _ in boxes)
        assert row.top == max(0, min(top for _, _, top, _, _ in boxes))


def test_folder_gives_absolute_files(tmp_path, monkeypatch):
    write_digit_struct(tmp_path / "digitStruct.mat", digit_table(box("1.png", 4), box("2.png", 0)))
    monkeypatch.chdir(tmp_path.parent)
    numbers, doubtful = load_numbers(tmp_path.name)
    assert numbers["file"].tolist() == [str(tmp_path / "1.png"), str(tmp_path / "2.png")]
    assert listed(doubtful) == [("2.png", "the value is zero", "kept")]


def test_csv_gives_absolute_files(tmp_path):
    (tmp_path / "labels.csv").write_text("file,number\nsub/a.png,12\n/elsewhere/b.png,0\n")
    numbers, _ = load_numbers(tmp_path / "labels.csv")
    assert numbers["file"].tolist() == [str(tmp_path / "sub" / "a.png"), "/elsewhere/b.png"]


def test_folder_without_labels_and_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no digitStruct\.mat in this folder"):
        load_numbers(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"absent\.csv: no such file"):
        load_numbers(tmp_path / "absent.csv")

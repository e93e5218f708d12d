"""LABELS.csv: what is accepted, and what every kind of bad row is reported as."""

import numpy as np
import pytest

from svhn_lib.data.tables.labels_csv import numbers_from_csv

HEADER = "file,number,left,top,right,bottom"


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "labels.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return numbers_from_csv(path)

    return read


def listed(doubtful):
    return [tuple(row) for row in doubtful.itertuples(index=False)]


def test_two_columns_are_enough(read):
    numbers, doubtful = read("file,number\na.png,007\n")
    assert numbers.columns.tolist() == [
        "file", "number", "left", "top", "right", "bottom", "digit_boxes", "line",
    ]  # fmt: skip
    assert numbers["number"].tolist() == ["007"]
    assert numbers.iloc[0, 2:6].isna().all()
    assert numbers["digit_boxes"][0] is None
    assert numbers["line"].tolist() == [2]
    assert doubtful.empty
    assert doubtful.columns.tolist() == ["line", "file", "problem", "action"]


def test_byte_order_mark_spaces_blank_lines_order_case_and_further_columns(read):
    text = (
        "\ufeffNumber , File,bottom,right,top,left, photographer\r\n"
        "\r\n"
        ' 19 , "a, b.png",40,30.5,20,10, Zoë \r\n'
        ",,,,,,\r\n"
        "5,c.png,,,,,\r\n"
    )
    numbers, doubtful = read(text)
    assert numbers[["file", "number", "photographer"]].to_numpy().tolist() == [
        ["a, b.png", "19", "Zoë"],
        ["c.png", "5", ""],
    ]
    assert numbers.loc[0, ["left", "top", "right", "bottom"]].tolist() == [10, 20, 30.5, 40]
    assert numbers["left"].dtype == np.float64
    assert numbers["line"].tolist() == [3, 5]
    assert doubtful.empty


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a.png,19.0,,,,", "number '19.0' is not made of the digits 0-9"),
        ("a.png,,1,2,3,4", "number '' is not made of the digits 0-9"),
        ("a.png,-5,,,,", "number '-5' is not made of the digits 0-9"),
        ("a.png,٣,,,,", "number '٣' is not made of the digits 0-9"),
        ("a.png,123456,,,,", "more than 5 digits"),
        (",12,,,,", "no file named"),
        ("a.png,12", "2 fields where the header has 6"),
        ("a.png,12,1,2,3,4,5", "7 fields where the header has 6"),
        ("a.png,12,1,2,3,", "box 1,2,3,: not four numbers"),
        ("a.png,12,1,2,3,x", "box 1,2,3,x: not four numbers"),
        ("a.png,12,1,2,3,nan", "box 1,2,3,nan: not four numbers"),
        ("a.png,12,1,2,inf,4", "box 1,2,inf,4: not four numbers"),
        ("a.png,12,3,2,3,4", "box 3,2,3,4: right must be larger than left, bottom than top"),
        ("a.png,12,1,4,3,2", "box 1,4,3,2: right must be larger than left, bottom than top"),
        ("a.png,12,-9,2,0,4", "box -9,2,0,4: outside the picture"),
    ],
)
def test_bad_row_is_reported_by_line_and_the_rest_read(read, row, problem):
    numbers, doubtful = read(f"{HEADER}\nfirst.png,1,,,,\n{row}\nlast.png,2,1,2,3,4\n")
    assert numbers["file"].tolist() == ["first.png", "last.png"]
    assert listed(doubtful) == [(3, row.split(",")[0], problem, "dropped")]


def test_a_photo_that_shows_no_number_is_left_out_and_no_mistake(read):
    numbers, doubtful = read(f"{HEADER}\nfirst.png,1,,,,\nwall.png,,,,,\n")
    assert numbers["file"].tolist() == ["first.png"]
    assert listed(doubtful) == [
        (3, "wall.png", "no number, as of a photo that shows none", "left out")
    ]


def test_line_numbers_count_lines_inside_quotes(read):
    numbers, doubtful = read('file,number,note\na.png,1,"two\nlines"\nb.png,x,\nc.png,2,\n')
    assert numbers["line"].tolist() == [2, 5]
    assert doubtful["line"].tolist() == [4]


def test_zero_and_boxes_over_the_edge_are_kept_and_reported(read):
    text = f"{HEADER}\na.png,00,-2,1,5,6\n"
    numbers, doubtful = read(text)
    assert numbers.loc[0, ["number", "left", "top"]].tolist() == ["00", 0, 1]
    assert listed(doubtful) == [
        (2, "a.png", "the value is zero", "kept"),
        (2, "a.png", "a box reaches outside the picture", "clipped"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("name,label\na.png,1\n", r"no column file, number \(there is: name, label\)"),
        ("file,number,left,top\na.png,1,2,3\n", "no column right, bottom"),
        ("file;number\na.png;1\n", "separate them with commas"),
        ("file,number,file\n", "'file' is nameless, there twice or reserved"),
        ("file,number,\n", "'' is nameless"),
        ("file,number,digit_boxes\n", "'digit_boxes' is nameless, there twice or reserved"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "this is no text in UTF-8"),
        (b"\x89HDF\r\n\x1a\n\x00\xff", "this is a store, not a table of labels"),
        (b"MATLAB 7.3 MAT-file\x00\xff", "give the folder that holds digitStruct.mat"),
        ("file,number\nZoë.png,1\n".encode("latin-1"), "this is no text in UTF-8"),
        ('file,number\na.png,1\n"b.png,2\nc.png,3\n', "line 4: unexpected end of data"),
    ],
)
def test_unusable_file_is_one_error(read, text, message):
    with pytest.raises(ValueError, match=message) as raised:
        read(text)
    assert "labels.csv" in str(raised.value)


def test_real_labels(samples):
    numbers, doubtful = numbers_from_csv(samples / "real" / "labels.csv")
    lines = (samples / "real" / "labels.csv").read_text().splitlines()
    assert len(numbers) == 431 == len(lines) - 1
    assert set(doubtful["problem"]) <= {"the value is zero"}
    for row in numbers.itertuples():
        file, number, *sides, source = lines[row.line - 1].split(",")
        assert (row.file, row.number, row.source) == (file, number, source)
        ours = [row.left, row.top, row.right, row.bottom]
        assert ours == [float(side) for side in sides] if sides[0] else np.isnan(ours).all()

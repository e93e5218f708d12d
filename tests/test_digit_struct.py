"""digitStruct.mat: MATLAB's own files, every layout, damage, and what the writer writes."""

import gzip
import json
import math
import os
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svhn_lib.data.matlab import digit_struct
from svhn_lib.data.matlab.digit_struct import (
    DigitStructError,
    read_digit_struct,
    write_digit_struct,
)
from svhn_lib.data.matlab.fast import Unrecognised, read_fast

FIELDS = ("height", "left", "top", "width", "label")


def table_of(records: list[tuple[str, list[tuple[int, float, float, float, float]]]]):
    """Rows from (file, boxes); a box is (digit, left, top, width, height)."""
    empty = [(-1, *[math.nan] * 4)]
    rows = [(file, *box) for file, boxes in records for box in boxes or empty]
    table = pd.DataFrame(rows, columns=["file", "digit", "left", "top", "width", "height"])
    kinds = {"digit": np.int8} | dict.fromkeys(("left", "top", "width", "height"), np.float64)
    return table.astype(kinds)


SMALL = [
    ("1.png", [(1, 246, 77, 81, 219), (9, 323, 81, 96, 219)]),
    ("two.png", [(0, 7.5, -3, 20, 41)]),
    ("none.png", []),
    ("10.png", [(2, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12)]),
]


@pytest.fixture(scope="module")
def annotations(samples) -> dict:
    """All boxes of SVHN, from another source than a MATLAB file."""
    with gzip.open(samples / "annotations" / "svhn_train_test_boxes.json.gz") as stream:
        return json.load(stream)


def published(annotations: dict, split: str, count: int | None = None) -> pd.DataFrame:
    """The table of a split; the annotations have right and bottom edges, and '10' for a zero."""
    return table_of(
        [
            (r["name"], [(int(d) % 10, x, y, x1 - x, y1 - y) for d, x, y, x1, y1 in r["boxes"]])
            for r in annotations[split][:count]
        ]
    )


def read_without_bytes(path: Path) -> pd.DataFrame:
    """What `read_digit_struct` returns when h5py reads every value."""

    def unrecognised(path):
        raise Unrecognised("anything")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digit_struct, "read_fast", unrecognised)
        return read_digit_struct(path)


def count_plain_reads(monkeypatch) -> list:
    """A list that grows with every use of the plain reader: whether it read the whole file."""
    whole, read_plain = [], digit_struct.read_plain

    def counted(path, only=None):
        whole.append(only is None)
        return read_plain(path, only)

    monkeypatch.setattr(digit_struct, "read_plain", counted)
    return whole


# Reading


@pytest.mark.parametrize(("split", "count"), [("train", 39), ("test", 40), ("extra", 40)])
def test_files_by_matlab_are_read_from_their_bytes(samples, monkeypatch, split, count):
    path = samples / "matlab" / f"{split}-sample-digitStruct.mat"
    whole = count_plain_reads(monkeypatch)
    table = read_digit_struct(path)
    assert whole == [False]  # h5py has read the examples and no more
    assert table["file"].nunique() == count
    pd.testing.assert_frame_equal(table, read_without_bytes(path))


@pytest.mark.parametrize(("split", "count"), [("train", 39), ("test", 40)])
def test_files_by_matlab_hold_the_published_boxes(samples, annotations, split, count):
    table = read_digit_struct(samples / "matlab" / f"{split}-sample-digitStruct.mat")
    pd.testing.assert_frame_equal(table, published(annotations, split, count))


def test_one_record_worked_by_hand(tmp_path):
    write_digit_struct(tmp_path / "d.mat", table_of(SMALL))
    table = read_digit_struct(tmp_path / "d.mat")
    assert table["file"].tolist() == ["1.png"] * 2 + ["two.png", "none.png"] + ["10.png"] * 3
    assert table["digit"].tolist() == [1, 9, 0, -1, 2, 0, 0]
    assert table["digit"].dtype == np.int8
    assert table.loc[2, ["left", "top", "width", "height"]].tolist() == [7.5, -3, 20, 41]
    assert table.loc[3, ["left", "top", "width", "height"]].isna().all()
    assert table.columns.tolist() == ["file", "digit", "left", "top", "width", "height"]


def write_with_h5py(path: Path, records, create, libver="earliest") -> None:
    """The same records as HDF5's own library stores them; `create` makes one dataset."""
    references = h5py.ref_dtype
    with h5py.File(path, "w", userblock_size=512, libver=libver) as file:
        refs, top = file.create_group("#refs#"), file.create_group("digitStruct")
        empty = create(refs, "a", np.zeros(2, np.uint64))
        empty.attrs["MATLAB_empty"] = np.uint8(1)
        names, groups = [], []
        for number, (name, boxes) in enumerate(records):
            codes = np.frombuffer(name.encode("utf-16-le"), "<u2")
            names.append(create(refs, f"n{number}", codes[:, None]).ref)
            groups.append(refs.create_group(f"b{number}").ref if boxes else empty.ref)
            for column, field in enumerate(("label", "left", "top", "width", "height")):
                values = [box[column] or 10 if field == "label" else box[column] for box in boxes]
                cells = [np.full((1, 1), float(value)) for value in values]
                if len(cells) == 1:
                    create(file[groups[-1]], field, cells[0])
                elif cells:
                    made = [create(refs, f"{field}{number}-{i}", c) for i, c in enumerate(cells)]
                    array = np.array([[cell.ref] for cell in made], references)
                    create(file[groups[-1]], field, array)
        create(top, "name", np.array([[name] for name in names], references))
        create(top, "bbox", np.array([[group] for group in groups], references))


def compact(group: h5py.Group, name: str, data: np.ndarray) -> h5py.Dataset:
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_layout(h5py.h5d.COMPACT)
    kind = h5py.h5t.py_create(data.dtype, logical=True)
    space = h5py.h5s.create_simple(data.shape)
    made = h5py.Dataset(h5py.h5d.create(group.id, name.encode(), kind, space, settings))
    made[...] = data
    return made


def contiguous(group: h5py.Group, name: str, data: np.ndarray) -> h5py.Dataset:
    return group.create_dataset(name, data=data)


def chunked(group: h5py.Group, name: str, data: np.ndarray) -> h5py.Dataset:
    return group.create_dataset(name, data=data, chunks=data.shape, compression="gzip")


@pytest.mark.parametrize("create", [compact, contiguous, chunked])
def test_other_layouts_give_the_same_table(tmp_path, monkeypatch, create):
    write_with_h5py(tmp_path / "d.mat", SMALL, create)
    whole = count_plain_reads(monkeypatch)
    pd.testing.assert_frame_equal(read_digit_struct(tmp_path / "d.mat"), table_of(SMALL))
    assert whole == [create is not compact]


def test_the_newest_hdf5_format_gives_the_same_table(tmp_path):
    write_with_h5py(tmp_path / "d.mat", SMALL, compact, libver="latest")
    pd.testing.assert_frame_equal(read_digit_struct(tmp_path / "d.mat"), table_of(SMALL))


def test_a_single_record_stored_without_lists(tmp_path):
    with h5py.File(tmp_path / "d.mat", "w", userblock_size=512) as file:
        file["digitStruct/name"] = np.frombuffer("7.png".encode("utf-16-le"), "<u2")[:, None]
        for value, field in enumerate(FIELDS, start=1):
            file[f"digitStruct/bbox/{field}"] = np.full((1, 1), float(value))
    table = read_digit_struct(tmp_path / "d.mat")
    pd.testing.assert_frame_equal(table, table_of([("7.png", [(5, 2, 3, 4, 1)])]))


# Writing


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
sizes = st.floats(allow_nan=False, allow_infinity=False)
boxes = st.lists(st.tuples(st.integers(0, 9), sizes, sizes, sizes, sizes), max_size=6)


@settings(max_examples=25)
@given(st.lists(st.tuples(names, boxes), min_size=1, max_size=9, unique_by=lambda r: r[0]))
def test_what_is_written_is_read_back(tmp_path_factory, records):
    path, table = tmp_path_factory.getbasetemp() / "round.mat", table_of(records)
    write_digit_struct(path, table)
    read_fast(path)  # raises where it does not recognise what was written
    pd.testing.assert_frame_equal(read_digit_struct(path), table, check_exact=True)
    pd.testing.assert_frame_equal(read_without_bytes(path), table, check_exact=True)


def test_a_file_of_another_kind_is_not_written_over(tmp_path):
    path, table = tmp_path / "digitStruct.mat", table_of(PAIRS)
    path.write_bytes(b"\x89PNG")
    with pytest.raises(FileExistsError, match=r"digitStruct\.mat is a file of another kind"):
        write_digit_struct(path, table)
    assert path.read_bytes() == b"\x89PNG"
    path.unlink()
    write_digit_struct(path, table_of(PAIRS[:1]))
    write_digit_struct(path, table)
    pd.testing.assert_frame_equal(read_digit_struct(path), table)
    assert os.listdir(tmp_path) == [path.name]


def test_the_whole_training_set(tmp_path, annotations, monkeypatch):
    table = published(annotations, "train")
    assert len(table) == 73_257
    write_digit_struct(tmp_path / "d.mat", table)
    whole = count_plain_reads(monkeypatch)
    pd.testing.assert_frame_equal(read_digit_struct(tmp_path / "d.mat"), table)
    assert whole == [False]
    with h5py.File(tmp_path / "d.mat") as file:
        assert len(file["#refs#"]) == 407_405  # counted in the B-tree, then looked up through it
        for name in ("a", "0", "ab", "abc", "zzyb"):
            path = file["#refs#"][name].attrs.get("H5PATH", b"/#refs#/a")
            assert path == f"/#refs#/{name}".encode()


@pytest.mark.parametrize("count", [8_000, 8_001])  # a list inside its header, and outside
def test_long_lists_of_records(tmp_path, count):
    table = table_of([(f"{i}.png", [(i % 10, i, 1, 2, 3)]) for i in range(count)])
    write_digit_struct(tmp_path / "d.mat", table)
    pd.testing.assert_frame_equal(read_digit_struct(tmp_path / "d.mat"), table)
    with h5py.File(tmp_path / "d.mat") as file:
        assert (file["digitStruct/name"].id.get_offset() is None) == (count == 8_000)


def description(item: h5py.Dataset | h5py.Group) -> tuple:
    """All that HDF5 says about an object but for values: attributes, type, shape, layout, fill."""
    notes = tuple(sorted((key, str(np.asarray(note).dtype)) for key, note in item.attrs.items()))
    if isinstance(item, h5py.Group):
        return (notes, *((name, description(item[name])) for name in sorted(item)))
    made = item.id.get_create_plist()
    layout = made.get_layout(), made.get_fill_time(), made.get_alloc_time()
    return (notes, item.shape, item.maxshape, item.id.get_type().encode(), layout)


@pytest.mark.parametrize("split", ["train", "test", "extra"])
def test_objects_are_made_as_matlab_makes_them(samples, tmp_path, split):
    source = samples / "matlab" / f"{split}-sample-digitStruct.mat"
    write_digit_struct(tmp_path / "d.mat", read_digit_struct(source))
    with h5py.File(source) as theirs, h5py.File(tmp_path / "d.mat") as ours:
        assert ours.userblock_size == 512
        assert description(ours["digitStruct"]) == description(theirs["digitStruct"])
        assert sorted(ours["#refs#"]) == sorted(theirs["#refs#"])
        ours_by_kind = Counter(description(item) for item in ours["#refs#"].values())
        assert ours_by_kind == Counter(description(item) for item in theirs["#refs#"].values())
        struct = ours[ours["digitStruct/bbox"][0, 0]]
        fields = [b"".join(name).decode() for name in struct.attrs["MATLAB_fields"]]
        assert fields == list(FIELDS)
    ours_head, theirs_head = (tmp_path / "d.mat").read_bytes()[:512], source.read_bytes()[:512]
    assert ours_head.startswith(b"MATLAB 7.3 MAT-file, Platform: ")
    assert ours_head[116:] == theirs_head[116:]


def test_hdf5_can_change_what_was_written(tmp_path):
    records = [(f"{i}.png", [(1, i, 0, 1, 1), (2, i, 5, 1, 1)]) for i in range(300)]
    write_digit_struct(tmp_path / "d.mat", table_of(records))
    with h5py.File(tmp_path / "d.mat", "r+") as file:
        for i in range(500):  # nodes of the B-tree are split, heaps grow
            file["#refs#"][f"new{i}"] = float(i)
        file[file["digitStruct/bbox"][7, 0]]["note"] = 1.0
    with h5py.File(tmp_path / "d.mat") as file:
        assert len(file["#refs#"]) == 1 + 300 + 300 * 11 + 500
        assert [file["#refs#"][f"new{i}"][()] for i in (0, 250, 499)] == [0, 250, 499]
    pd.testing.assert_frame_equal(read_digit_struct(tmp_path / "d.mat"), table_of(records))


def test_zero_is_stored_as_ten_and_nothing_as_the_empty_array(tmp_path):
    write_digit_struct(tmp_path / "d.mat", table_of(SMALL))
    with h5py.File(tmp_path / "d.mat") as file:
        groups = [file[reference] for reference in file["digitStruct/bbox"][:, 0]]
        assert groups[1]["label"][()].tolist() == [[10.0]]
        assert groups[2] == file["#refs#/a"]
        assert groups[2].attrs["MATLAB_empty"] == 1
        assert file[groups[3]["label"][1, 0]][()].tolist() == [[10.0]]


def test_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a.mat", "b.mat"):
        write_digit_struct(tmp_path / name, table_of(SMALL))
    assert (tmp_path / "a.mat").read_bytes() == (tmp_path / "b.mat").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.mat", "b.mat"}


def changed(**columns) -> pd.DataFrame:
    return table_of(SMALL[:2]).astype({"digit": np.float64}).assign(**columns)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (table_of(SMALL).drop(columns=["left", "top"]), "no column left, top"),
        (table_of([]), "no records"),
        (changed(digit=[1, 10, 1]), r"row 1 \('1.png'\) has digit 10"),
        (changed(digit=2.5), r"row 0 \('1.png'\) has digit 2.5"),
        (changed(digit=math.nan), "has digit nan"),
        (changed(digit=[1, 2, -1]), r"row 2 \('two.png'\) has digit -1"),  # with a box
        (table_of([("a", []), ("a", [])]), r"row 0 \('a'\) has digit -1"),  # twice
        (changed(left=math.nan), r"record 1 \('1.png'\) has a box .* without finite values"),
        (changed(top=[1, 1, math.inf]), r"record 2 \('two.png'\) has .* without finite values"),
        (changed(file=7), "file names that are no text"),
        (changed(file=""), "record 1 has a file name of 0 characters"),
        (changed(file="x" * 256), "file name of 256 characters"),
        (changed(file="\U0001f3e0" * 128), "file name of 128 characters"),  # of 256 code units
        (changed(file=pd.Series(["\ud800"] * 3, dtype=object)), "surrogates"),
        (changed(file=list("aba")), "records 1 and 3 are both of 'a'"),
    ],
)
def test_tables_that_no_file_could_give(tmp_path, table, message):
    (tmp_path / "d.mat").write_bytes(b"as before")
    with pytest.raises(DigitStructError, match=message) as caught:
        write_digit_struct(tmp_path / "d.mat", table)
    assert str(tmp_path / "d.mat") in str(caught.value)
    assert (tmp_path / "d.mat").read_bytes() == b"as before"
    assert len(list(tmp_path.iterdir())) == 1


# Damage


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.mat: no such file"):
        read_digit_struct(tmp_path / "absent.mat")


@pytest.mark.parametrize("content", [b"", b"file,number\n1.png,5\n", bytes(5000)])
def test_other_files_are_no_matlab_files(tmp_path, content):
    (tmp_path / "d.mat").write_bytes(content)
    with pytest.raises(DigitStructError, match=r"d\.mat: not a MATLAB v7\.3 file"):
        read_digit_struct(tmp_path / "d.mat")


@pytest.mark.parametrize("split", ["train", "test", "extra"])
def test_a_file_by_matlab_cut_in_half(samples, tmp_path, split):
    whole = (samples / "matlab" / f"{split}-sample-digitStruct.mat").read_bytes()
    (tmp_path / "d.mat").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DigitStructError, match=r"d\.mat: .*truncated file.*download it again"):
        read_digit_struct(tmp_path / "d.mat")


def store(path: Path, number: int, field: str, value: float) -> None:
    """Change the first value of a field in a record of a written file."""
    with h5py.File(path, "r+") as file:
        group = file[file["digitStruct/bbox"][number, 0]]
        single = h5py.check_ref_dtype(group[field].dtype) is None
        (group[field] if single else file[group[field][0, 0]])[...] = value


@pytest.mark.parametrize(
    ("number", "field", "value", "message"),
    [
        (3, "label", 11, r"record 4 \('10.png'\) has a box .*11\.0.* without a label of 1 to 10"),
        (1, "label", 0, r"record 2 \('two.png'\) has a box .* without a label of 1 to 10"),
        (0, "label", 2.5, r"record 1 \('1.png'\)"),
        (0, "label", math.nan, "without a label of 1 to 10"),
        (1, "top", math.inf, "without finite values"),
        (3, "width", math.nan, "without finite values"),
    ],
)
def test_values_that_are_no_digit_box(tmp_path, number, field, value, message):
    write_digit_struct(tmp_path / "d.mat", table_of(SMALL))
    store(tmp_path / "d.mat", number, field, value)
    with pytest.raises(DigitStructError, match=message) as caught:
        read_digit_struct(tmp_path / "d.mat")
    assert str(tmp_path / "d.mat") in str(caught.value)


def test_two_records_of_one_picture(tmp_path):
    write_digit_struct(tmp_path / "d.mat", table_of(SMALL))
    with h5py.File(tmp_path / "d.mat", "r+") as file:
        file["digitStruct/name"][3, 0] = file["digitStruct/name"][0, 0]
    with pytest.raises(DigitStructError, match=r"records 1 and 4 are both of '1\.png'"):
        read_digit_struct(tmp_path / "d.mat")


@pytest.mark.parametrize("remove", ["digitStruct", "digitStruct/bbox"])
def test_an_hdf5_file_without_digits(tmp_path, remove):
    write_digit_struct(tmp_path / "d.mat", table_of(SMALL))
    with h5py.File(tmp_path / "d.mat", "r+") as file:
        del file[remove]
    with pytest.raises(DigitStructError, match=r"d\.mat: .*no digitStruct\.mat"):
        read_digit_struct(tmp_path / "d.mat")


def outcome(read, path: Path) -> pd.DataFrame | None:
    """A table, or None for an error."""
    try:
        return read(path)
    except DigitStructError as error:
        message = str(error)
    assert str(path) in message
    return None


# Two records of each kind: h5py alone reads the first, and only its bytes vouch for the second.
PAIRS = [
    ("1.png", [(1, 2, 3, 4, 5), (6, 7, 8, 9, 10)]),
    ("2.png", [(2, 3, 4, 5, 6), (0, 8, 9, 10, 11)]),
    ("3.png", [(3, 4, 5, 6, 7)]),
    ("4.png", [(4, 5, 6, 7, 8)]),
    ("5.png", []),
]


def same_outcome(path: Path) -> bool:
    """Check that both ways lead to one table or both to an error, and tell whether to an error."""
    plain, table = outcome(read_without_bytes, path), outcome(read_digit_struct, path)
    assert (plain is None) == (table is None)
    assert plain is None or table.equals(plain)
    return plain is None


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_damaged_files(tmp_path, seed):
    """Whatever is wrong: the table that h5py reads value by value, or an error where it has one."""
    write_digit_struct(tmp_path / "d.mat", table_of(PAIRS))
    assert read_fast(tmp_path / "d.mat").examples == [0, 2, 4]
    whole, random = (tmp_path / "d.mat").read_bytes(), np.random.default_rng(seed)
    errors = 0
    for _ in range(100):
        data = bytearray(whole)
        for place in random.integers(len(data), size=random.integers(1, 4)):
            data[place] ^= random.integers(1, 256)
        if random.random() < 0.1:
            del data[random.integers(len(data)) :]
        (tmp_path / "d.mat").write_bytes(data)
        errors += same_outcome(tmp_path / "d.mat")
    assert 10 < errors < 90  # damage was met, and so were bytes that do not matter


def test_every_byte_of_the_superblock(tmp_path):
    write_digit_struct(tmp_path / "d.mat", table_of(PAIRS))
    whole = (tmp_path / "d.mat").read_bytes()
    for place in range(512, 512 + 96):
        data = bytearray(whole)
        data[place] ^= 1 + place % 255
        (tmp_path / "d.mat").write_bytes(data)
        same_outcome(tmp_path / "d.mat")


def test_a_stated_size_that_ends_before_the_last_record(tmp_path):
    path = tmp_path / "d.mat"
    write_digit_struct(path, table_of([(f"{i}.png", [(1, 2, 3, 4, 5)]) for i in range(8)]))
    with h5py.File(path) as file:
        last = h5py.h5o.get_info(file[file["digitStruct/bbox"][7, 0]].id).addr
    data = bytearray(path.read_bytes())
    data[512 + 40 : 512 + 48] = (512 + last).to_bytes(8, "little")  # "end of file address"
    path.write_bytes(data)
    with pytest.raises(DigitStructError, match="record 8"):
        read_digit_struct(path)

"""Stores: what goes in comes out, the split, and every kind of file that is not a whole store."""

import json
import pickle
import shutil
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.sets.number_set import join
from svhn_lib.data.sets.store import (
    SCHEMA_VERSION,
    NumberSet,
    StoreError,
    StorePictures,
    StoreWriter,
    open_store,
    read_store,
    validation_mask,
    write_store,
)
from svhn_lib.data.sets.texts import LONGEST, read_text, write_text
from svhn_lib.data.shards.write import write_shards

TEXTS = ["07", "1", "257", "12345", "9"] * 9 + ["4"]


def number_set(texts=TEXTS, size=(6, 4), channels=3):
    generator = np.random.default_rng(0)
    count = len(texts)
    pictures = generator.integers(0, 256, (count, *size, channels), dtype=np.uint8)
    boxes = generator.uniform(0, 6, (count, 5, 4)).astype(np.float32)
    boxes[:, 3:] = np.nan
    table = pd.DataFrame({"file": [f"{i}.png" for i in range(count)], "number": texts})
    return NumberSet(
        torch.from_numpy(pictures).permute(0, 3, 1, 2),
        *labels.encode(texts),
        torch.from_numpy(boxes),
        table,
        CropSettings(size, grey=channels == 1),
        "/somewhere",
        pd.DataFrame({"file": ["x.png"], "problem": ["odd"], "action": ["kept"]}),
        pd.DataFrame({"line": [3], "file": ["y.png"], "problem": ["the file is empty"]}),
    )


def assert_same(got, expected):
    for name in ("pictures", "lengths", "digits"):
        assert torch.equal(getattr(got, name), getattr(expected, name))
        assert getattr(got, name).dtype == getattr(expected, name).dtype
    np.testing.assert_array_equal(got.boxes.numpy(), expected.boxes.numpy())  # NaN equals NaN
    pd.testing.assert_frame_equal(got.table, expected.table)


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "numbers.h5"
    numbers = number_set()
    write_store(path, numbers, validation=0.3, seed=5)
    return path, numbers


@pytest.mark.parametrize("channels", [1, 3])
def test_round_trip(tmp_path, channels):
    numbers = number_set(channels=channels)
    write_store(tmp_path / "new folder" / "numbers.h5", numbers)
    got = read_store(tmp_path / "new folder" / "numbers.h5")
    assert_same(got, numbers)
    assert got.pictures.is_contiguous(memory_format=torch.channels_last)
    assert got.numbers == TEXTS
    assert (got.settings, got.source) == (numbers.settings, "/somewhere")
    pd.testing.assert_frame_equal(got.doubtful, numbers.doubtful)
    pd.testing.assert_frame_equal(got.damaged, numbers.damaged)


def test_table_of_any_columns_comes_back(tmp_path):
    numbers = number_set(["1", "2"])
    numbers.table = numbers.table.assign(
        **{"a/b": ["Zoë 7", ""], ".": [1.5, np.nan], "line": [2, 9], "sure": [True, False]}
    )
    numbers.table["note"] = [None, "nul \0 here"]
    write_store(tmp_path / "numbers.h5", numbers)
    got = read_store(tmp_path / "numbers.h5").table
    assert got["note"].tolist() == ["", "nul  here"]
    pd.testing.assert_frame_equal(got.drop(columns="note"), numbers.table.drop(columns="note"))


@pytest.mark.parametrize(
    ("kind", "values", "stored"),
    [
        ("boolean", [True, None], ["True", ""]),
        ("boolean", [True, False], [True, False]),
        ("Int64", [7, 8], [7, 8]),
        ("string", ["x", None], ["x", ""]),
    ],
)
def test_nullable_columns_are_stored(tmp_path, kind, values, stored):
    numbers = number_set(["1", "2"])
    numbers.table["kind"] = pd.array(values, dtype=kind)
    write_store(tmp_path / "numbers.h5", numbers)
    assert read_store(tmp_path / "numbers.h5").table["kind"].tolist() == stored


LONG = {
    "the longest of fixed length": "ë" * (LONGEST // 2),
    "a byte longer": "x" * (LONGEST + 1),
    "a million letters": "x" * 1_000_000,
}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        *((text, text) for text in ("", " ", "Zoë 7", "門 7", "a\nb\tc ", "a" * 1000)),
        *((text, text) for text in LONG.values()),
        ("nul \0 here, and at the end\0", "nul  here, and at the end"),
        ("\0", ""),
        ("half \ud800 of a pair", "half ? of a pair"),
        ("a file \udcff of no encoding", "a file ? of no encoding"),
    ],
    ids=lambda text: ascii(text[:9]),
)
def test_texts_come_back_from_columns_and_source(tmp_path, text, stored):
    numbers = number_set(["1", "2", "3"])
    numbers.table["note"] = pd.Series([text, "", "shorter"], dtype=object)
    numbers.doubtful["note"] = pd.Series([text], dtype=object)
    numbers.source = text
    write_store(tmp_path / "numbers.h5", numbers)
    got = read_store(tmp_path / "numbers.h5")
    assert got.table["note"].tolist() == [stored, "", "shorter"]
    assert got.doubtful["note"].tolist() == [stored]
    assert got.source == stored


def test_columns_without_rows_or_text(tmp_path):
    numbers = number_set(["1", "2"])
    numbers.table["note"] = [None, ""]
    numbers.damaged = pd.DataFrame({"file": [], "problem": []}, dtype=str)
    write_store(tmp_path / "numbers.h5", numbers)
    got = read_store(tmp_path / "numbers.h5")
    assert got.table["note"].tolist() == ["", ""]
    assert list(got.damaged) == ["file", "problem"]
    assert len(got.damaged) == 0


def test_texts_lie_outside_the_heap_that_hdf5_does_not_check(stored):
    assert b"GCOL" not in stored[0].read_bytes()


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_one_long_text_does_not_take_its_room_in_every_row(tmp_path, text):
    numbers = number_set(["1"] * 200)
    write_store(tmp_path / "short.h5", numbers)
    numbers.table["note"] = [text] + [""] * 199
    write_store(tmp_path / "long.h5", numbers)
    more = (tmp_path / "long.h5").stat().st_size - (tmp_path / "short.h5").stat().st_size
    assert more < 200 * (LONGEST + 100) + 2 * len(text)


def in_the_older_form(path):
    """Write all texts of a store again as of variable length."""
    with h5py.File(path, "a") as file:
        for name in ("format", "settings", "source", "split"):
            file.attrs[name] = read_text(file, name)
        for table in ("table", "doubtful", "damaged"):
            for name, column in list(file[table].items()):
                if h5py.check_string_dtype(column.dtype):
                    texts = column.asstr()[:]
                    del file[table][name]
                    file[table].create_dataset(name, data=texts, dtype=h5py.string_dtype())


def test_stores_with_texts_of_variable_length_are_read(stored, tmp_path):
    path, numbers = stored
    shards = write_shards(path, tmp_path / "shards")
    in_the_older_form(path)
    assert b"GCOL" in path.read_bytes()
    got = read_store(path)
    assert_same(got, numbers)
    assert (got.settings, got.source) == (numbers.settings, "/somewhere")
    pd.testing.assert_frame_equal(got.doubtful, numbers.doubtful)
    pd.testing.assert_frame_equal(got.damaged, numbers.damaged)
    assert torch.equal(StorePictures(path)[7], numbers.pictures[7])
    older = write_shards(path, tmp_path / "older shards")
    assert older.bytes == shards.bytes
    write_store(path, numbers)  # it is known as a store, and replaced
    assert b"GCOL" not in path.read_bytes()


def test_texts_that_are_only_declared_take_no_memory(stored):
    path, _ = stored
    with h5py.File(path, "a") as file:
        del file["table/file"]
        file.create_dataset("table/file", (46,), h5py.string_dtype("utf-8", 2**30))
    with pytest.raises(StoreError, match=r"table/file: .*1,073,741,824 bytes; at most 1,024"):
        read_store(path)


def test_one_picture_a_chunk_uncompressed_and_provenance_inside(stored):
    with h5py.File(stored[0]) as file:
        assert file["pictures"].shape == (46, 6, 4, 3)
        assert file["pictures"].chunks == (1, 6, 4, 3)
        assert file["pictures"].compression is None
        assert file.attrs["schema_version"] == SCHEMA_VERSION
        assert json.loads(read_text(file, "settings")) == {
            "size": [6, 4], "shape": "square", "margin": 0.3, "fill": "black", "grey": False,
            "margin_around_cut": None,
        }  # fmt: skip
        assert json.loads(read_text(file, "split")) == {
            "validation": 0.3, "seed": 5, "stratified": "length",
        }  # fmt: skip
        assert file["table"]["number"].asstr()[:3].tolist() == ["07", "1", "257"]


def test_stores_of_the_first_spelling_are_read(stored):
    path, numbers = stored
    with h5py.File(path, "a") as file:
        write_text(file, "settings", read_text(file, "settings").replace('"grey"', '"gray"'))
    assert read_store(path).settings == numbers.settings


def test_parts_follow_the_recorded_split(stored):
    path, numbers = stored
    train, validation = read_store(path, "train"), read_store(path, "validation")
    expected_train, expected_validation = numbers.split(0.3, 5)
    assert_same(train, expected_train)
    assert_same(validation, expected_validation)
    assert len(train) + len(validation) == 46
    # 9, 19, 9 and 9 numbers of length 2, 1, 3 and 5: 3, 6, 3 and 3 of them
    assert np.bincount(validation.lengths).tolist() == [0, 6, 3, 3, 0, 3]


def test_a_whole_store_is_not_called_damaged(stored):
    path, _ = stored
    pictures = StorePictures(path)
    with pytest.raises(TypeError, match="slice"):
        pictures[0:2]
    with pytest.raises(MemoryError, match="mine"), open_store(path):
        raise MemoryError("mine")


def test_a_store_that_another_program_writes_to_is_not_called_damaged(stored):
    path, numbers = stored
    hold = "import sys, h5py; file = h5py.File(sys.argv[1], 'r+'); print('.', flush=True); input()"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            other.stdout.readline()
            for use in (read_store, StorePictures, lambda path: write_store(path, numbers)):
                with pytest.raises(StoreError, match=r"another program has this file open"):
                    use(path)
        finally:
            other.communicate(b"\n")
    assert_same(read_store(path), numbers)


@pytest.mark.parametrize("part", ["val", "training", "", None])
def test_a_part_of_another_name_is_refused(stored, tmp_path, part):
    path, _ = stored
    with pytest.raises(ValueError, match=r"no part .*: ask for all, train, validation"):
        read_store(path, part)
    with pytest.raises(ValueError, match=r"no part .*: ask for all, train, validation"):
        write_shards(path, tmp_path / "shards", part=part)
    assert not (tmp_path / "shards").exists()


def test_large_store_is_read_over_many_blocks(tmp_path):
    numbers = number_set(["12", "3"] * 1300, size=(2, 2))
    write_store(tmp_path / "numbers.h5", numbers)
    assert_same(read_store(tmp_path / "numbers.h5"), numbers)
    assert_same(read_store(tmp_path / "numbers.h5", "validation"), numbers.split(0.1, 0)[1])


def test_a_part_of_large_pictures_takes_little_more_memory_than_they_have(tmp_path):
    numbers = number_set(["1"] * 60, size=(512, 512))
    write_store(tmp_path / "numbers.h5", numbers)
    tracemalloc.start()
    try:
        got = read_store(tmp_path / "numbers.h5", "train")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(got) == 54 and peak < got.pictures.numel() + 40e6
    assert torch.equal(got.pictures, numbers.split(0.1, 0)[0].pictures)


lengths_drawn = st.lists(st.integers(1, 5), max_size=200)


@given(lengths_drawn, st.floats(0, 0.99), st.integers(0, 9))
def test_split_is_stratified_and_repeatable(lengths, fraction, seed):
    lengths = np.array(lengths, dtype=np.int64)
    mask = validation_mask(lengths, fraction, seed)
    for length in range(1, 6):
        of_length = mask[lengths == length]
        assert abs(of_length.sum() - fraction * len(of_length)) <= 0.5
    np.testing.assert_array_equal(mask, validation_mask(lengths, fraction, seed))


def test_split_depends_on_the_seed_and_share_is_checked():
    lengths = np.ones(100, dtype=np.int64)
    assert (validation_mask(lengths, 0.5, 0) != validation_mask(lengths, 0.5, 1)).any()
    for fraction in (1.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="a validation share of"):
            validation_mask(lengths, fraction, 0)


def test_subset_by_positions_and_mask():
    numbers = number_set()
    some = numbers.subset([4, 0])
    assert some.numbers == ["9", "07"]
    assert some.table["file"].tolist() == ["4.png", "0.png"]
    assert torch.equal(some.pictures, numbers.pictures[[4, 0]])
    assert some.pictures.is_contiguous(memory_format=torch.channels_last)
    assert some.settings == numbers.settings
    assert_same(numbers.subset(numbers.lengths == 3), numbers.subset(range(2, 46, 5)))


def test_pictures_one_by_one(stored):
    path, numbers = stored
    pictures = StorePictures(path)
    assert len(pictures) == 46
    for index in (3, 0, 45, -1):
        assert torch.equal(pictures[index], numbers.pictures[index])
    with pytest.raises(IndexError):
        pictures[46]
    assert torch.equal(pictures.digits, numbers.digits)
    assert torch.equal(pictures.lengths, numbers.lengths)
    copy = pickle.loads(pickle.dumps(pictures))
    assert torch.equal(copy[7], numbers.pictures[7])
    batch = next(iter(torch.utils.data.DataLoader(pictures, batch_size=46, num_workers=1)))
    assert torch.equal(batch, numbers.pictures)


def test_missing_store(tmp_path):
    for read in (read_store, StorePictures):
        with pytest.raises(FileNotFoundError, match=r"absent\.h5: no such store; make one"):
            read(tmp_path / "absent.h5")


def test_other_files_are_no_stores(tmp_path, stored):
    text = tmp_path / "text.h5"
    text.write_text("no HDF5")
    with pytest.raises(StoreError, match=r"text\.h5: not an HDF5 store"):
        read_store(text)
    table = tmp_path / "labels.csv"
    table.write_text("file,number\n")
    for made_of in (table, tmp_path):  # they are to be kept, and a store to be made of them
        with pytest.raises(StoreError, match="'svhn data prepare' makes one of") as refused:
            read_store(made_of)
        assert str(refused.value).startswith(f"{made_of}: ")
        assert "delete" not in str(refused.value)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["pictures"] = np.zeros((3, 2, 2, 3))
    with pytest.raises(StoreError, match=r"other\.h5: an HDF5 file, but not a store"):
        read_store(other)


def test_other_version_is_refused_with_both_numbers(stored):
    path, _ = stored
    with h5py.File(path, "a") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(StoreError, match="schema version 99, this library reads 1; make it again"):
        read_store(path)
    with pytest.raises(StoreError, match="schema version 99"):
        StorePictures(path)


@pytest.mark.parametrize("missing", ["pictures", "lengths", "table", "validation"])
def test_store_without_a_part(stored, missing):
    path, _ = stored
    with h5py.File(path, "a") as file:
        del file[missing]
    with pytest.raises(StoreError, match=r"numbers\.h5: "):
        read_store(path)


def test_parts_of_different_length(stored):
    path, _ = stored
    with h5py.File(path, "a") as file:
        del file["lengths"]
        file["lengths"] = np.ones(45, np.int8)
    with pytest.raises(StoreError, match=r"numbers\.h5: lengths: its shape is \(45,\)"):
        read_store(path)


def test_store_cut_short_anywhere(stored, tmp_path):
    whole = stored[0].read_bytes()
    path = tmp_path / "cut.h5"
    for kept in [0, 1, 100, *range(512, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:kept])
        with pytest.raises(StoreError, match=r"cut\.h5: not an HDF5 store, or damaged"):
            read_store(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_write_leaves_the_old_store_and_nothing_else(stored, error):
    path, _ = stored
    before = path.read_bytes()

    def write():
        with StoreWriter(path, (6, 4, 3)) as store:
            store.append(np.zeros((9, 6, 4, 3), np.uint8))
            assert len(list(path.parent.iterdir())) == 2
            raise error

    with pytest.raises(error):
        write()
    assert [file.name for file in path.parent.iterdir()] == ["numbers.h5"]
    assert path.read_bytes() == before


def test_parts_that_do_not_fit_are_refused(tmp_path):
    numbers = number_set(["1", "2"])
    numbers.table = numbers.table.head(1)
    with pytest.raises(ValueError, match="2 pictures, 1 rows, 2 rows of boxes"):
        write_store(tmp_path / "numbers.h5", numbers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("positions", [1, 2, 5, 7])
def test_sets_whose_labels_have_other_positions_can_be_read_again(tmp_path, positions):
    numbers = number_set(["1", "2"])
    numbers.digits = labels.encode(["1", "2"], max_digits=positions)[1]
    numbers.boxes = torch.full((2, positions, 4), torch.nan)
    numbers.boxes[:, 0] = torch.tensor([1.0, 2, 3, 4])
    write_store(tmp_path / "numbers.h5", numbers)
    got = read_store(tmp_path / "numbers.h5")
    assert got.numbers == ["1", "2"] and got.digits.shape == (2, 5)
    assert got.boxes[:, 0].tolist() == [[1, 2, 3, 4]] * 2 and got.boxes[:, 1:].isnan().all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pictures": torch.rand(2, 3, 6, 4)}, r"float32 of \(2, 3, 6, 4\): give uint8"),
        ({"pictures": torch.zeros(2, 4, 6, 4, dtype=torch.uint8)}, "1 or 3"),
        ({"boxes": torch.full((2, 5, 4), torch.inf)}, "infinite"),
        ({"digits": labels.encode(["1", "3"])[1]}, "number 1 is '2' in the table, and '3' as"),
        ({"lengths": torch.tensor([0, 1])}, "number 0 is '1' in the table, and '' as labels"),
        ({"table": pd.DataFrame({"file": ["a", "b"]})}, "no column 'number'"),
    ],
)
def test_nothing_is_written_that_would_read_otherwise(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        write_store(tmp_path / "numbers.h5", replace(number_set(["1", "2"]), **changes))
    assert not (tmp_path / "numbers.h5").exists()


def test_places_that_cannot_be_written(stored):
    with pytest.raises(StoreError, match="cannot be written"):
        write_store(stored[0] / "numbers.h5", number_set())


@pytest.mark.parametrize("kind", ["text", "foreign HDF5", "damaged store", "folder"])
def test_files_of_another_kind_are_not_replaced(tmp_path, stored, kind):
    path = tmp_path / "other.h5"
    if kind == "folder":
        path.mkdir()
    elif kind == "foreign HDF5":
        with h5py.File(path, "w") as file:
            file["weather"] = [1, 2, 3]
    else:
        path.write_bytes(b"notes" if kind == "text" else stored[0].read_bytes()[:5000])
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(FileExistsError, match=r"other\.h5 is "):
        write_store(path, number_set())
    assert path.is_dir() or path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["numbers.h5", "other.h5"]


def test_links_stay_links(tmp_path, stored):
    link = tmp_path / "link.h5"
    link.symlink_to(stored[0])
    write_store(link, number_set(["7"]))
    assert link.is_symlink()
    assert read_store(stored[0]).numbers == ["7"]
    (tmp_path / "ahead.h5").symlink_to(tmp_path / "later" / "new.h5")
    write_store(tmp_path / "ahead.h5", number_set(["8"]))
    assert read_store(tmp_path / "later" / "new.h5").numbers == ["8"]


def test_devices_stay_devices():
    write_store("/dev/null", number_set(["7"]))
    assert Path("/dev/null").is_char_device()


def test_left_before_it_is_finished(tmp_path):
    with StoreWriter(tmp_path / "numbers.h5", (6, 4, 3)) as store:
        store.append(np.zeros((9, 6, 4, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_a_full_disk_leaves_nothing_behind(tmp_path):
    code = (
        "import resource, signal, sys, numpy as np\n"
        "from svhn_lib.data.sets.store import StoreError, StoreWriter\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    with StoreWriter(sys.argv[1], (64, 64, 3)) as store:\n"
        "        for _ in range(100):\n"
        "            store.append(np.ones((64, 64, 64, 3), np.uint8))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "numbers.h5"
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert f"{path}: cannot be written" in done.stdout, done.stderr
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_format_is_not_changed_without_a_new_version(stored, tmp_path):
    """Readers of version 1 expect exactly these parts; raise SCHEMA_VERSION with any change."""
    shutil.copy(stored[0], tmp_path / "copy.h5")
    with h5py.File(tmp_path / "copy.h5") as file:
        assert SCHEMA_VERSION == 1
        assert sorted(file) == [
            "boxes", "damaged", "digits", "doubtful", "lengths", "pictures", "table", "validation",
        ]  # fmt: skip
        assert sorted(file.attrs) == ["format", "schema_version", "settings", "source", "split"]
        assert (file["lengths"].dtype, file["digits"].dtype) == (np.int8, np.int8)


def test_joined_sets_claim_no_settings_that_only_some_have():
    one = number_set(["1", "2"])
    other = number_set(["3"])
    assert join([one, other]).settings == one.settings
    other.settings = CropSettings((6, 4), "clipped", margin=1.0)
    both = join([one, other])
    assert both.settings is None
    assert both.numbers == ["1", "2", "3"]
    assert both.doubtful["file"].tolist() == ["x.png"] * 2
    assert both.damaged["file"].tolist() == ["y.png"] * 2

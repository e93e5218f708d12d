"""Measurements of numbers, by hand, against SciPy, and on SVHN's own boxes."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from svhn_lib.analysis import conditions
from svhn_lib.data import statistics
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.matlab.digit_struct import write_digit_struct
from svhn_lib.data.prepare import load_crops
from svhn_lib.settings import Settings

COLUMNS = ["file", "digit", "left", "top", "width", "height"]
BOXES = [("1.png", 4, 2, 3, 8, 12), ("1.png", 0, 11, 5, 9, 14), ("2.png", 7, 5, 1, 10, 20)]


def check_by_hand(table: pd.DataFrame) -> None:
    """The measurements of `BOXES` in pictures of 40x20 and 60x30 pixels."""
    assert table["number"].tolist() == ["40", "7"]
    assert table["length"].tolist() == [2, 1]
    assert table["value"].tolist() == [40, 7]
    assert table[["width", "height"]].to_numpy().tolist() == [[40, 20], [60, 30]]
    assert table[["number_width", "number_height"]].to_numpy().tolist() == [[18, 16], [10, 20]]
    assert table["aspect"].tolist() == [18 / 16, 0.5]
    assert table["digit_height"].tolist() == [13, 20]
    assert table["share"].tolist() == [18 / 40, 10 / 60]


def test_a_folder_is_measured_without_decoding_pictures(tmp_path):
    write_digit_struct(tmp_path / "digitStruct.mat", pd.DataFrame(BOXES, columns=COLUMNS))
    for name, size in (("1.png", (40, 20)), ("2.png", (60, 30))):
        Image.new("RGB", size).save(tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:40])  # the header is enough
    table, doubtful = statistics.measure_folder(tmp_path)
    check_by_hand(table)
    assert doubtful.empty


def write_annotations(folder: Path) -> Path:
    records = [
        {"name": "1.png", "width": 40, "height": 20, "boxes": [["4", 2, 3, 10, 15]]},
        {"name": "2.png", "width": 60, "height": 30, "boxes": [["7", 5, 1, 15, 21]]},
    ]
    records[0]["boxes"].append(["10", 11, 5, 20, 19])  # SVHN's label of a zero
    path = folder / statistics.ANNOTATIONS
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt") as file:
        json.dump({"train": records, "test": records[:1]}, file)
    return path


def test_annotations_measure_the_same(tmp_path):
    splits = statistics.measure_annotations(write_annotations(tmp_path))
    assert list(splits) == ["train", "test"]
    check_by_hand(splits["train"][0])
    assert len(splits["test"][0]) == 1


def test_annotations_are_found_in_samples_or_data(tmp_path):
    path = write_annotations(tmp_path / "there")

    def found(data_root: Path, samples: Path | None) -> Path | None:
        surroundings = Settings("quick", "cpu", 0, data_root, samples)
        return statistics.find_annotations(surroundings)

    empty = tmp_path / "empty"
    assert found(empty, tmp_path / "there") == path
    assert found(tmp_path / "there", empty) == path
    assert found(empty, None) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"[1]"), gzip.compress(b"{")],
    ids=["empty", "no gzip", "a list", "half an object"],  # gzip notes the time: no name for a test
)
def test_other_files_are_no_annotations(tmp_path, content):
    path = tmp_path / "boxes.json.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"boxes\.json\.gz: no gzipped JSON"):
        statistics.measure_annotations(path)


def test_missing_annotations_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.gz"):
        statistics.measure_annotations(tmp_path / "none.gz")


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_picture_sizes_agree_with_pillow(tmp_path, kind):
    path = tmp_path / f"picture.{kind}"
    Image.new("RGB", (37, 11)).save(path)
    assert statistics.picture_sizes([path, path]).tolist() == [[37, 11], [37, 11]]


@pytest.mark.parametrize("kind", ["jpeg", "webp", "tiff"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_picture_sizes_are_those_of_the_picture_as_it_is_read(tmp_path, kind, orientation):
    path, exif = tmp_path / f"picture.{kind}", Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (37, 11)).save(path, exif=exif)
    height, width, _ = read_picture(path).shape
    assert statistics.picture_sizes([path]).tolist() == [[width, height]]


def test_sizes_of_no_picture(tmp_path):
    (tmp_path / "text.png").write_text("this is no picture, only a text that is long enough")
    with pytest.raises(ValueError, match=r"text\.png: this is no picture"):
        statistics.picture_sizes([tmp_path / "text.png"])
    assert statistics.picture_sizes([]).shape == (0, 2)


def test_digits_are_counted():
    assert statistics.digit_counts(["10", "1", "991"]).tolist() == [1, 3, 0, 0, 0, 0, 0, 0, 0, 2]


def test_first_digits_leave_out_leading_zeros():
    shares = statistics.first_digit_shares(["10", "012", "2", "0", "99"])
    assert shares.tolist() == [0.5, 0.25, 0, 0, 0, 0, 0, 0, 0.25]
    assert statistics.first_digit_shares([]).tolist() == [0] * 9


def test_benford_shares_are_those_of_powers_of_two():
    """The first digits of 2^n are known to follow the law."""
    first = statistics.first_digit_shares([str(2**n) for n in range(3000)])
    assert np.allclose(first, statistics.benford_shares(), atol=0.002)
    assert statistics.benford_shares().sum() == pytest.approx(1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy's, where samples are tiny
@given(
    first=st.lists(st.integers(0, 9), min_size=1, max_size=30),
    second=st.lists(st.integers(0, 9), min_size=1, max_size=30),
)
@settings(max_examples=60)
def test_distance_is_the_largest_gap_of_the_shares(first, second):
    values = np.arange(10)
    below = [(np.array(x)[:, None] <= values).mean(axis=0) for x in (first, second)]
    expected = np.abs(below[0] - below[1]).max()
    assert statistics.distance(first, second) == pytest.approx(expected)


def test_chance_distance_holds_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    limit = statistics.chance_distance(300, 500)
    below = [
        statistics.distance(rng.normal(size=300), rng.normal(size=500)) <= limit
        for _ in range(1000)
    ]
    assert 0.93 < np.mean(below) < 0.98


def test_svhn_train_and_test_differ(samples):
    """What the first chapter says of SVHN, counted in its own boxes."""
    splits = statistics.measure_annotations(samples / statistics.ANNOTATIONS)
    train, test = splits["train"][0], splits["test"][0]
    assert (len(train), len(test)) == (33_401, 13_068)  # one of train has six digits
    assert statistics.digit_counts(train["number"]).sum() == 73_257 - 6
    assert statistics.digit_counts(test["number"]).sum() == 26_032
    assert (train["width"].median(), test["width"].median()) == (104, 132)
    assert (train["digit_height"].median(), test["digit_height"].median()) == (30, 24)
    assert train["share"].median() == pytest.approx(0.29, abs=0.005)
    assert test["share"].median() == pytest.approx(0.20, abs=0.005)
    assert statistics.distance(train["share"], test["share"]) == pytest.approx(0.35, abs=0.005)
    assert statistics.chance_distance(len(train), len(test)) == pytest.approx(0.014, abs=0.0005)
    doubtful = pd.concat([notes for _, notes in splits.values()])["problem"].value_counts()
    assert doubtful.to_dict() == {
        "the value is zero": 69,
        "digits not from left to right": 56,
        "a box reaches outside the picture": 37,
        "more than 5 digits": 1,
    }
    first = statistics.first_digit_shares(train["number"])
    assert first[0] == pytest.approx(0.277, abs=0.001)
    assert np.abs(first - statistics.benford_shares()).max() < 0.03


def test_written_down_quantiles_are_those_of_svhn(samples):
    table, _ = statistics.measure_annotations(samples / statistics.ANNOTATIONS)["train"]
    table["digit_shape"] = table["aspect"] / table["length"]
    for column in ("digit_height", "digit_shape", "share"):
        counted = np.quantile(table[column], statistics.QUANTILES)
        np.testing.assert_allclose(counted, statistics.SVHN_QUANTILES[column], rtol=0.01)
    first = statistics.first_digit_shares(table["number"])
    written = np.array(statistics.SVHN_FIRST_DIGITS) / sum(statistics.SVHN_FIRST_DIGITS)
    np.testing.assert_allclose(first, written, rtol=1e-6)


def test_written_down_looks_are_those_of_the_real_numbers(samples):
    looks = conditions(load_crops(samples / "real" / "labels.csv"))
    for column in ("contrast", "sharpness"):
        counted = np.quantile(getattr(looks, column), statistics.QUANTILES)
        np.testing.assert_allclose(counted, statistics.SVHN_QUANTILES[column], rtol=0.02)

"""From pictures to a store: every row kept or reported, whatever the number of workers."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from svhn_lib.data.cutting import workers
from svhn_lib.data.cutting.crops import CropSettings, cut, to_crop
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.matlab.digit_struct import write_digit_struct
from svhn_lib.data.prepare import load_crops, prepare
from svhn_lib.data.sets.store import StoreError, read_store
from svhn_lib.data.tables.numbers import load_numbers

COLUMNS = ["file", "digit", "left", "top", "width", "height"]
COUNT = 300


def write_split(folder, count=COUNT):
    """Pictures of varying sizes, two digits each, in SVHN's own files."""
    generator = np.random.default_rng(0)
    rows = []
    for index in range(1, count + 1):
        height, width = generator.integers(20, 60), generator.integers(40, 120)
        pixels = generator.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).resize((int(width), int(height)))
        picture.save(folder / f"{index}.png")
        left = int(generator.integers(0, width - 30))
        for digit in range(2):
            rows.append(
                (f"{index}.png", (index + digit) % 10, left + 14 * digit, 3, 12, height - 6)
            )
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"digit": "int8"})
    write_digit_struct(folder / "digitStruct.mat", table)
    return table


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    write_split(folder)
    return folder


def assert_same(one, other):
    for name in ("pictures", "lengths", "digits"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.boxes.numpy(), other.boxes.numpy())  # NaN equals NaN
    for name in ("table", "doubtful", "damaged"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(
    "settings",
    [
        CropSettings(),
        CropSettings((32, 32), grey=True),
        CropSettings((74, 74), shape="clipped"),
        CropSettings((128, 256), shape="whole"),
        CropSettings((54, 54), fill="edge"),
    ],
)
def test_crops_are_those_cut_one_by_one(split, settings):
    table = load_numbers(split)[0].head(30)
    crops = load_crops(table, settings)
    for row, number in enumerate(table.itertuples()):
        box = (number.left, number.top, number.right, number.bottom)
        expected = cut(read_picture(number.file), box, settings)
        np.testing.assert_array_equal(crops.pictures[row].permute(1, 2, 0), expected)
        window = [getattr(crops.table, f"window_{side}")[row] for side in COLUMN_SIDES]
        boxes = to_crop(number.digit_boxes, window, settings.size)
        np.testing.assert_array_equal(crops.boxes[row, :2], boxes)
    assert crops.boxes[:, 2:].isnan().all()
    assert crops.numbers == table["number"].tolist()


COLUMN_SIDES = ("left", "top", "right", "bottom")


def test_store_equals_what_is_loaded_and_workers_change_nothing(split, tmp_path):
    one = prepare(split, tmp_path / "one.h5", workers=1)
    two = prepare(split, tmp_path / "two.h5", workers=2)
    assert (one.numbers, one.validation) == (two.numbers, two.validation) == (COUNT, 30)
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()
    stored = read_store(tmp_path / "one.h5")
    assert_same(stored, load_crops(split, workers=2))
    assert stored.settings == CropSettings()
    assert stored.source == str(split)
    assert stored.table["file"][:2].tolist() == ["1.png", "2.png"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.h5", "two.h5"]


def test_progress_counts_every_row(split, tmp_path):
    calls = []
    prepare(split, tmp_path / "out.h5", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(128, COUNT), (256, COUNT), (COUNT, COUNT)]


def test_damaged_pictures_are_named_and_skipped(split, tmp_path):
    table = load_numbers(split)[0].head(200).copy()
    whole = (split / "1.png").read_bytes()
    for name, content in {"cut.png": whole[: len(whole) // 2], "text.png": b"text"}.items():
        (tmp_path / name).write_bytes(content)
    broken = {3: tmp_path / "cut.png", 130: tmp_path / "text.png", 199: tmp_path / "absent.png"}
    for row, path in broken.items():
        table.loc[row, "file"] = str(path)
    for count in (1, 2):
        report = prepare(table, tmp_path / "out.h5", workers=count)
        assert report.numbers == 197
        assert report.damaged["file"].tolist() == [str(path) for path in broken.values()]
        problems = report.damaged["problem"].tolist()
        assert problems[0].startswith("the picture is damaged or cut short")
        assert problems[1].startswith("this is no PNG, JPEG, WebP, TIFF, BMP or GIF picture")
        assert problems[2].startswith("no such picture")
        stored = read_store(tmp_path / "out.h5")
        assert stored.table["file"].tolist() == table["file"].drop(list(broken)).tolist()
        pd.testing.assert_frame_equal(stored.damaged, report.damaged)


@pytest.fixture
def own(tmp_path):
    """A folder of one's own: four 40x20 pictures and a CSV with good, odd and bad rows."""
    folder = tmp_path / "own"
    folder.mkdir()
    for index in range(4):
        Image.fromarray(np.full((20, 40, 3), 60 * index, np.uint8)).save(folder / f"{index}.png")
    (folder / "labels.csv").write_text(
        "file,number,left,top,right,bottom,street\n"
        "0.png,12,5,5,25,15,Elm\n"
        "1.png,0,,,,,Oak\n"
        "2.png,7x,5,5,25,15,Elm\n"
        "2.png,7,30,5,45,25,Ash\n"
        "absent.png,3,5,5,25,15,Elm\n"
        "3.png,4,40,5,60,15,Elm\n"
        "3.png,44,-3,5,20,15,Fir\n"
    )
    return folder


def test_own_pictures_with_every_bad_row_by_line(own, tmp_path):
    report = prepare(own / "labels.csv", tmp_path / "out.h5")
    assert report.numbers == 4
    assert list(report.doubtful.itertuples(index=False, name=None)) == [
        (3, "1.png", "the value is zero", "kept"),
        (4, "2.png", "number '7x' is not made of the digits 0-9", "dropped"),
        (5, "2.png", "a box reaches outside the picture", "clipped"),
        (7, "3.png", "the box (40.0, 5.0, 60.0, 15.0) lies outside the 40x20 picture", "dropped"),
        (8, "3.png", "a box reaches outside the picture", "clipped"),
    ]
    assert report.damaged[["line", "file"]].to_numpy().tolist() == [[6, "absent.png"]]
    numbers = read_store(tmp_path / "out.h5")
    assert numbers.source == str(own / "labels.csv")
    assert numbers.numbers == ["12", "0", "7", "44"]
    assert numbers.table["street"].tolist() == ["Elm", "Oak", "Ash", "Fir"]
    assert numbers.table["line"].tolist() == [2, 3, 5, 8]
    assert numbers.boxes.isnan().all()
    sides = numbers.table[["left", "top", "right", "bottom"]].to_numpy()
    assert sides[2].tolist() == [30, 5, 40, 20]
    assert sides[3].tolist() == [0, 5, 20, 15]
    assert np.isnan(sides[1]).all()
    assert numbers.pictures[1].unique().tolist() == [60]  # already cut: only resized
    windows = numbers.table[[f"window_{side}" for side in COLUMN_SIDES]].to_numpy()
    assert windows[:2].tolist() == [[2, -3, 28, 23], [0, 0, 40, 20]]


def test_digit_outside_its_picture_drops_the_number(own, tmp_path):
    rows = [
        ("0.png", 1, 5, 5, 10, 10), ("0.png", 2, 40, 5, 10, 10),
        ("1.png", 3, 30, 5, 15, 20),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"digit": "int8"})
    write_digit_struct(own / "digitStruct.mat", table)
    numbers = load_crops(own)
    assert numbers.numbers == ["3"]
    assert numbers.doubtful.to_numpy().tolist() == [
        ["0.png", "a digit outside the picture", "dropped"],
        ["1.png", "a box reaches outside the picture", "clipped"],
    ]
    expected = to_crop([30, 5, 40, 20], numbers.table.iloc[0, 6:].to_numpy(float), (64, 64))
    np.testing.assert_array_equal(numbers.boxes[0, 0], expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,number\n", "it holds no number"),
        ("file,number\nabsent.png,1\n", r"first problem: line 2, absent\.png: no such picture"),
        ("file,number\n0.png,one\n", r"first problem: line 2, 0\.png: number 'one' is not"),
    ],
)
def test_nothing_left_is_an_error_and_no_file(own, tmp_path, text, message):
    (own / "labels.csv").write_text(text)
    for count in (1, 2):
        with pytest.raises(ValueError, match=message):
            prepare(own / "labels.csv", tmp_path / "out.h5", workers=count)
    assert not (tmp_path / "out.h5").exists()
    with pytest.raises(ValueError, match=message):
        load_crops(own / "labels.csv")


def test_place_that_cannot_be_written_is_found_before_the_work(split, monkeypatch):
    monkeypatch.setattr(workers, "read_picture", None)
    with pytest.raises(StoreError, match="cannot be written"):
        prepare(split, split / "1.png" / "out.h5", workers=1)


def test_tables_that_are_no_number_tables(split):
    table = load_numbers(split)[0]
    with pytest.raises(ValueError, match="a number table without bottom, digit_boxes"):
        load_crops(table.drop(columns=["bottom", "digit_boxes"]))
    with pytest.raises(ValueError, match="'123456' has 6 digits"):
        load_crops(table.assign(number="123456"))


def test_large_crops_travel_in_small_blocks(split):
    table, done = load_numbers(split)[0].head(10), []
    load_crops(table, CropSettings((1200, 1200)), progress=lambda count, _: done.append(count))
    assert done == [7, 10]  # of 4.3 MB each, at most 32 MB together


def test_digit_boxes_may_be_missing_in_any_way(split):
    table = load_numbers(split)[0].head(2)
    for missing in (None, np.nan):
        numbers = load_crops(
            table.assign(digit_boxes=pd.Series([missing, table["digit_boxes"][1]]))
        )
        assert numbers.boxes[0].isnan().all() and numbers.boxes[1, :2].isfinite().all()


@pytest.mark.filterwarnings("error")
def test_boxes_of_any_size_are_cut_without_a_warning(own):
    rows = ["0.png,7,-1e308,-1e308,1e308,1e308", "1.png,8,1,1,20,20", "2.png,8,1,1,20,20"]
    (own / "large.csv").write_text("file,number,left,top,right,bottom\n" + "\n".join(rows) + "\n")
    numbers = load_crops(own / "large.csv")
    assert numbers.numbers == ["7", "8", "8"]
    assert numbers.doubtful["problem"].tolist() == ["a box reaches outside the picture"] * 2


def test_real_pictures(samples):
    numbers = load_crops(samples / "real" / "labels.csv")
    assert len(numbers) == 431
    assert numbers.damaged.empty
    assert set(numbers.doubtful["action"]) <= {"kept", "clipped"}
    assert numbers.table["source"].value_counts()["rebuilt"] == 249


@pytest.mark.parametrize("out", ["labels.csv", "1.png", "other.csv", "absent.png", "link.h5", "."])
def test_an_output_never_takes_the_place_of_an_input_or_another_file(own, out):
    (own / "other.csv").write_text("file,number\n0.png,7\n")
    (own / "link.h5").symlink_to(own / "labels.csv")
    before = {name: (own / name).read_bytes() for name in ("labels.csv", "other.csv", "1.png")}
    with pytest.raises(FileExistsError, match=r"name another file|name a file"):
        prepare(own / "labels.csv", own / out)
    assert before == {name: (own / name).read_bytes() for name in before}
    assert not (own / "absent.png").exists()
    assert (own / "link.h5").is_symlink()


def test_the_label_file_of_a_folder_is_an_input(split):
    before = (split / "digitStruct.mat").read_bytes()
    for out in ("digitStruct.mat", "7.png", "."):
        with pytest.raises(FileExistsError, match="belongs to the source"):
            prepare(split, split / out)
    assert (split / "digitStruct.mat").read_bytes() == before


def test_missing_pictures_are_told(tmp_path):
    write_split(tmp_path, 20)
    for index in (3, 7, 8):
        (tmp_path / f"{index}.png").unlink()
    with pytest.warns(UserWarning, match=r"3 of 20 pictures are missing or .* first 3\.png: no su"):
        assert len(load_crops(tmp_path)) == 17

"""A CSV as a whole: boxes in another unit are refused, repeated rows settled."""

import os
import sys

import numpy as np
import pytest
from PIL import Image

from svhn_lib.data.prepare import load_crops, prepare
from svhn_lib.data.sets.store import read_store
from svhn_lib.data.tables.labels_csv import numbers_from_csv

HEADER = "file,number,left,top,right,bottom"


@pytest.fixture
def write(tmp_path):
    """Write labels for pictures of 100x60 pixels, p0.png to p9.png, each another."""
    generator = np.random.default_rng(0)
    for index in range(10):
        pixels = generator.integers(0, 256, (60, 100, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"p{index}.png")

    def write(*rows, header=HEADER):
        path = tmp_path / "labels.csv"
        path.write_text("\n".join([header, *rows]))
        return path

    return write


def rows_of(boxes):
    return [f"p{index % 10}.png,{index + 1}," + box for index, box in enumerate(boxes)]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (["0.1,0.1,0.9,0.8"], "1 of 1 boxes lies within 0 to 1"),
        (["0.1,0.1,0.8,0.7"] * 3, "3 of 3 boxes lie within 0 to 1"),
        (["0.5,0.5,0.2,0.1"] * 3, "3 of 3 boxes lie within 0 to 1"),  # YOLO: also ends too early
        (["0,0,1,1", "-0.01,0,1.02,1", "0.2,0.2,0.4,0.4"], "3 of 3 boxes lie within 0 to 1"),
        (["0.1,0.1,0.9,0.8", "0.1,0.2,0.9,0.8", "10,5,60,40"], "2 of 3 boxes lie within 0 to 1"),
        (["50,30,40,20"], "1 of 1 boxes lies with right or bottom not beyond left or top"),
        (["50,10,40,30", "20,30,60,20", "10,10,30,30", "9,9,20,20"], "2 of 4 boxes lie with right"),
        (["300,200,700,500"] * 2 + ["10,5,60,40"], "not one|2 of 3 boxes lie for the most part"),
        (["60,40,180,130"] * 3, "3 of 3 boxes lie for the most part outside their pictures"),
    ],
)
def test_boxes_in_another_unit_are_refused(write, tmp_path, boxes, message):
    path = write(*rows_of(boxes))
    with pytest.raises(ValueError, match=message) as raised:
        prepare(path, tmp_path / "out.h5", workers=1)
    assert "give left,top,right,bottom in pixels of the picture" in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert not (tmp_path / "out.h5").exists()


def test_single_odd_boxes_are_dropped_and_named(write):
    boxes = ["10,5,60,40", "0.1,0.1,0.9,0.8", "10,10,12,30", "98,10,130,30", "60,5,10,40"]
    numbers = load_crops(write(*rows_of([*boxes, "10,5,60,40", "1,2,90,50", "10,5,13,40"])))
    assert numbers.numbers == ["1", "6", "7", "8"]
    found = numbers.doubtful[["line", "problem", "action"]].to_numpy().tolist()
    small = "a box of less than 3 pixels in the picture"
    turned = "box 60,5,10,40: right must be larger than left, bottom than top"
    assert found == [
        [3, small, "dropped"], [4, small, "dropped"], [5, small, "dropped"], [6, turned, "dropped"],
    ]  # fmt: skip


def settled(path):
    numbers, doubtful = numbers_from_csv(path)
    remarks = [tuple(row) for row in doubtful[["line", "action"]].itertuples(index=False)]
    return numbers["number"].tolist(), numbers["line"].tolist(), remarks


def test_repeated_rows_are_kept_once(write):
    path = write("p0.png,257", "p1.png,12", "./p0.png,257", "p0.png,257", header="file,number")
    numbers, lines, remarks = settled(path)
    assert (numbers, lines) == (["257", "12"], [2, 3])
    assert remarks == [(4, "kept once"), (5, "kept once")]


def test_contradictions_are_dropped_but_for_a_majority(write):
    path = write(
        "p0.png,1,1,1,9,9", "p0.png,2,1,1,9,9", "p0.png,3,20,1,30,9",
        "p1.png,4,1,1,9,9", "p1.png,5,1,1,9,9", "p1.png,4,1,1,9,9",
    )  # fmt: skip
    numbers, lines, remarks = settled(path)
    assert (numbers, lines) == (["3", "4"], [4, 5])
    assert remarks == [(2, "dropped"), (3, "dropped"), (6, "dropped"), (7, "kept once")]


def test_one_picture_is_never_on_both_sides(write, tmp_path):
    """Three numbers in each of ten pictures, and the same pictures under another name."""
    rows = [
        f"{name}{index}.png,{number},{20 * number},5,{20 * number + 15},50"
        for index in range(10)
        for number in (1, 2, 3)
        for name in ("p", "copy")
    ]
    for index in range(10):
        (tmp_path / f"copy{index}.png").write_bytes((tmp_path / f"p{index}.png").read_bytes())
    path = write(*rows)
    prepare(path, tmp_path / "out.h5", validation=0.3)
    sides = [read_store(tmp_path / "out.h5", part) for part in ("train", "validation")]
    for parts in (sides, load_crops(path).split(0.3, 0)):
        train, validation = ({name[-5] for name in part.table["file"]} for part in parts)
        assert train and validation
        assert not train & validation
        assert sum(map(len, parts)) == 60


@pytest.mark.parametrize(
    "names", ["x1,y1,x2,y2", "x,y,width,height", "XMin,YMin,XMax,YMax", "cx,cy,w,h",
              "x_center,y_center,w,h", "bbox_x,bbox_y,bbox_w,bbox_h", "x0,y0,x1,y1"],
)  # fmt: skip
def test_boxes_under_other_names_are_not_passed_over(write, names):
    path = write("p0.png,257,10,5,60,40", header=f"file,number,{names}")
    with pytest.raises(ValueError, match=r"look like a box.*give left,top,right,bottom") as raised:
        numbers_from_csv(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    kept, _ = numbers_from_csv(write("p0.png,2,1,2,9,9,7", header=f"{HEADER},width"))
    assert kept["width"].tolist() == ["7"]


def test_a_picture_under_another_name_is_reported(write, tmp_path):
    (tmp_path / "copy.png").write_bytes((tmp_path / "p0.png").read_bytes())
    (tmp_path / "link.png").symlink_to("p0.png")
    path = write(
        "p0.png,257,10,5,60,40",
        "copy.png,258,10,5,60,40",
        f"{tmp_path}/p0.png,257,10,5,60,40",
        "link.png,257,10,5,60,40",
        "p0.png,257,10,5,60,40.1",
    )
    cut = load_crops(path)
    assert cut.numbers == ["257", "258", "257"]
    remarks = list(cut.doubtful[["line", "action"]].itertuples(index=False, name=None))
    assert remarks == [(3, "kept"), (4, "kept once"), (5, "kept once"), (6, "kept")]
    assert cut.doubtful["problem"].str.contains("another number").tolist() == [1, 0, 0, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_folder_of_any_name_can_be_prepared(write, tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    write("p0.png,257,10,5,60,40")
    folder.mkdir()
    for name in ("labels.csv", "p0.png"):
        (tmp_path / name).rename(folder / name)
    prepare(folder / "labels.csv", folder / "own.h5")
    assert read_store(folder / "own.h5").numbers == ["257"]

"""Pictures and folders whose names are no UTF-8: they are worked on, or refused by their names."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame, Series
from PIL import Image
from small_cli import svhn

from svhn_lib.analysis import Mark, Marks, correct_labels, error_table, write_error_table
from svhn_lib.analysis import write_labels as write
from svhn_lib.data.prepare import load_crops, prepare
from svhn_lib.data.sets.store import read_store
from svhn_lib.reading.record import Answer
from svhn_lib.widgets import ErrorBrowser
from svhn_lib.widgets.labelled import Labels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
ODD = os.fsdecode(b"a\xff.png")
TOLD = r"'.*a\\udcff\.png', the name of a picture, is no UTF-8"


@pytest.fixture
def files(tmp_path) -> list[str]:
    """Two pictures, the first of an odd name."""
    paths = [tmp_path / ODD, tmp_path / "b.png"]
    for seed, path in enumerate(paths):
        pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return list(map(str, paths))


@pytest.fixture
def numbers(files) -> DataFrame:
    """A number table of both."""
    sides = dict.fromkeys(("left", "top", "right", "bottom"), np.nan)
    named = {"file": Series(files, dtype=object), "number": ["12", "3"]}
    return DataFrame({**named, **sides, "digit_boxes": None})


def test_they_have_rows_in_error_tables_and_can_be_browsed(files):
    table = error_table(["12", "3"], [Answer("17", 0.9), Answer("3", 0.5)], files)
    assert table["file"].tolist() == files
    view = ErrorBrowser(table)
    view.opened = 0
    assert view.detail["facts"][1][1] == files[0]
    view.search = "b.png"
    assert view.shown.empty


def test_they_are_cut_and_prepared(files, numbers, tmp_path):
    assert load_crops(numbers).table["file"].tolist() == files
    assert prepare(numbers, tmp_path / "out.h5").numbers == 2
    assert read_store(tmp_path / "out.h5").numbers == ["12", "3"]
    Path(files[0]).unlink()
    with pytest.warns(UserWarning, match="1 of 2 pictures are missing"):
        crops = load_crops(numbers)
    assert crops.damaged["file"].tolist() == files[:1]
    assert crops.numbers == ["3"]


def test_a_table_in_utf8_refuses_them_by_name_and_stays_as_it_was(files, numbers, tmp_path):
    answers = [Answer("17", 0.9), Answer("3", 0.5)]
    table = error_table(["12", "3"], answers, files)
    for name in ("errors.csv", "errors.parquet"):
        with pytest.raises(ValueError, match=rf"{name}: {TOLD}"):
            write_error_table(table, tmp_path / name)
    marks = Marks(tmp_path / "marks.csv")
    marks.put(Mark(files[1], "3", "3", "label wrong", correct="8"))
    with pytest.raises(ValueError, match=rf"marks\.csv: {TOLD}"):
        marks.put(Mark(files[0], "12", "17", "label wrong"))
    corrected = correct_labels(numbers, tmp_path / "marks.csv").labels
    assert corrected[["file", "number"]].values.tolist() == [[files[0], "12"], [files[1], "8"]]
    write(corrected[1:], tmp_path / "labels.csv")
    with pytest.raises(ValueError, match=rf"labels\.csv: {TOLD}"):
        write(corrected, tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").read_text() == "file,number\nb.png,8\n"


def test_a_photo_that_is_corrected_in_its_own_folder_is_refused_by_name(files, tmp_path):
    with pytest.raises(ValueError, match=rf"labels\.csv: {TOLD}"):
        Labels(tmp_path).keep(Path(files[0]), ODD, [], (30, 40))
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        "data street {}/streets --train 1 --test 0 --bundled-fonts --ingredients none --workers 1",
        "data prepare labels.csv {}/out.h5",
        "read b.png --cropped --draw {}/drawn",
    ],
)
def test_a_folder_of_any_name_can_be_written_into(command, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("labels.csv").write_text("file,number\nb.png,3\n")
    folder = os.fsdecode(b"caf\xe9")
    done = svhn(*command.format(folder).split())
    assert (done.status, done.err) == (0, "")
    assert os.listdir(folder)

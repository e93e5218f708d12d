"""Corrected labels: what comes out of marks, and that `svhn data prepare` takes it."""

import numpy as np
import pytest
from pandas import DataFrame
from PIL import Image
from typer.testing import CliRunner

from svhn_lib.analysis import Mark, Marks, correct_labels, examine, write_labels
from svhn_lib.cli import app
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.store import read_store
from svhn_lib.models import zoo
from svhn_lib.widgets import ErrorBrowser

ROWS = [  # file, number, box
    ("a.png", "257", (4, 4, 44, 28)),
    ("a.png", "8", (50, 4, 70, 28)),
    ("b.png", "16", (4, 4, 44, 28)),
    ("c.png", "007", (4, 4, 44, 28)),
]


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate("abc"):
        picture = np.random.default_rng(number).integers(0, 256, (32, 80, 3), dtype=np.uint8)
        Image.fromarray(picture).save(folder / f"{name}.png")
    lines = [f"{file},{number},{','.join(map(str, box))}" for file, number, box in ROWS]
    text = "\n".join(["file,number,left,top,right,bottom", *lines])
    (folder / "labels.csv").write_text(text + "\n")
    return folder / "labels.csv"


@pytest.fixture
def marks(tmp_path):
    marks = Marks(tmp_path / "kept" / "marks.csv")
    marks.put(Mark("a.png", "257", "251", "label wrong", correct="0251"))
    marks.put(Mark("b.png", "16", "15", "label wrong"))
    marks.put(Mark("c.png", "007", "7", "unreadable"))
    return marks


def test_wrong_labels_are_set_right_or_left_out_and_all_others_stay(source, marks):
    new = correct_labels(load_crops(source), marks)
    assert new.labels["number"].tolist() == ["0251", "8", "007"]
    assert (new.changed, new.left_out) == (1, 1)
    assert new.labels["file"].tolist() == [
        str(source.parent / name) for name in ("a.png", "a.png", "c.png")
    ]


@pytest.mark.parametrize("beside", [True, False])
def test_prepare_takes_what_is_written(source, marks, tmp_path, beside):
    path = source.parent / "corrected.csv" if beside else tmp_path / "elsewhere" / "labels.csv"
    write_labels(correct_labels(load_crops(source), marks.path).labels, path)
    assert path.read_text().startswith("file,number,left,top,right,bottom\na.png,0251,4.0" if beside
                                       else "file,number,left,top,right,bottom\n/")  # fmt: skip
    out = tmp_path / "corrected.h5"
    done = CliRunner().invoke(app, ["data", "prepare", str(path), str(out)])
    assert done.exit_code == 0, done.output
    numbers = read_store(out)
    assert numbers.numbers == ["0251", "8", "007"]
    before = load_crops(source).subset([0, 1, 3])
    assert np.array_equal(numbers.pictures, before.pictures)


def test_the_error_browser_writes_them_beside_its_marks(source, tmp_path):
    numbers = load_crops(source)
    table = examine(zoo.load_model("compact"), numbers)
    view = ErrorBrowser(table, numbers.pictures, marks=tmp_path / "kept" / "m.csv", numbers=numbers)
    view.mark(0, "label wrong", correct="251")
    path = view.write_labels()
    assert path == tmp_path / "kept" / "m_labels.csv"
    assert load_crops(path).numbers == ["251", "8", "16", "007"]
    said = view.marking["said"]
    assert said == f"4 labels written, 1 corrected: svhn data prepare {path} corrected.h5"
    path.write_text("something else\n")
    with pytest.raises(FileExistsError, match="another kind"):
        view.write_labels()
    assert path.read_text() == "something else\n"
    with pytest.raises(ValueError, match="numbers=SET"):
        ErrorBrowser(table, numbers.pictures, marks=tmp_path / "kept" / "m.csv").write_labels()


def test_no_file_of_marks_is_told(source, tmp_path):
    with pytest.raises(FileNotFoundError, match="mark something first"):
        correct_labels(load_crops(source), tmp_path / "none.csv")


def test_pictures_that_came_cut_have_no_box(tmp_path):
    marks = Marks(tmp_path / "marks.csv")
    table = DataFrame({"file": ["1.png"], "number": ["1"], "left": [np.nan], "top": [np.nan]})
    write_labels(correct_labels(table, marks).labels, tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").read_text().split() == ["file,number", "1.png,1"]

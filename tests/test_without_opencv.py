"""Reading where OpenCV is not installed: the same numbers, and a line where something needs it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svhn_lib.data.cutting.crops import cut
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.scenes import SceneSettings, render_photo
from svhn_lib.data.street import RenderSettings, render_picture
from svhn_lib.reading.reader import Reader

BLOCKED = """
import importlib, json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "cv2":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""
READ = (
    BLOCKED
    + """
import numpy as np
from svhn_lib import BatchReader, Reader
from svhn_lib.data.cutting.crops import cut
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.reading.drawing import drawn_jpeg

files, boxes = json.load(sys.stdin)
reader = Reader(backend="onnx")
answers = reader.read_many(files)
crops = [cut(read_picture(file), box, reader.net.crop) for file, box in boxes]
answers += reader.read_crops(np.stack(crops).transpose(0, 3, 1, 2))
rows = BatchReader(backend="onnx")({"path": files[:2]})
assert rows["number"] == [answer.number or "" for answer in answers[:2]], rows
assert drawn_jpeg(files[0], answers[0])[:2] == b"\\xff\\xd8"
assert "cv2" not in sys.modules
json.dump([(answer.number, answer.probability, answer.box) for answer in answers], sys.stdout)
"""
)
MODULES = """
import pkgutil, svhn_lib
for part in ("cli", "detection", "models", "page", "reading", "runtime"):
    package = importlib.import_module(f"svhn_lib.{part}")
    for module in pkgutil.walk_packages(package.__path__, f"svhn_lib.{part}."):
        if module.name != "svhn_lib.page.folder":  # it exports nets, which takes what trains
            importlib.import_module(module.name)
"""


def run(code: str, given: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True)


def assert_same_answers(files: list[str], boxes: list[tuple[str, list[float] | None]]) -> None:
    """99 % of the numbers, at least, and about the same probabilities and places."""
    done = run(READ, json.dumps([files, boxes]))
    assert done.returncode == 0, done.stderr
    ours = json.loads(done.stdout)
    reader = Reader(backend="onnx")
    theirs = reader.read_many(files)
    crops = [cut(read_picture(file), box, reader.net.crop) for file, box in boxes]
    theirs += reader.read_crops(np.stack(crops).transpose(0, 3, 1, 2))
    assert len(ours) == len(theirs) >= 96
    same = [number == other.number for (number, _, _), other in zip(ours, theirs, strict=True)]
    assert np.mean(same) >= 0.99, f"{sum(same)} of {len(same)}"
    apart = [
        abs(sure - other.probability) for (_, sure, _), other in zip(ours, theirs, strict=True)
    ]
    # The logits of a net in int8 go in steps, and a doubtful number may be some of them apart.
    assert np.quantile(apart, 0.95) < 0.01
    assert sorted(apart)[-2] < 0.2
    for (_, _, box), other, equal in zip(ours, theirs, same, strict=True):
        if equal and box is not None:
            assert box == pytest.approx(other.box, abs=2)


def test_rendered_pictures_are_read_the_same(tmp_path):
    files, boxes = [], []
    for index in range(60):
        rng, file = np.random.default_rng((41, index)), tmp_path / f"{index}.png"
        if index < 54:
            shown = render_picture(rng, RenderSettings(bundled_fonts=True))
            low, high = shown.boxes[:, :2].min(axis=0), shown.boxes[:, 2:].max(axis=0)
            boxes.append((str(file), [*low.tolist(), *high.tolist()]))
            picture = shown.picture
        else:
            picture = render_photo(rng, SceneSettings(bundled_fonts=True)).picture
        Image.fromarray(picture).save(file)
        files.append(str(file))
    assert_same_answers(files, boxes)


def test_real_photos_are_read_the_same(samples):
    folder: Path = samples / "photos"
    if not folder.is_dir():
        pytest.skip(f"no real photos: {folder} is not there")
    with open(folder / "labels.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["left"]]
    rows = rows[:: max(1, len(rows) // 60)][:60]
    boxes = [
        (
            str(folder / row["file"]),
            [float(row[side]) for side in ("left", "top", "right", "bottom")],
        )
        for row in rows
    ]
    assert_same_answers([file for file, _ in boxes], boxes)


def test_what_reads_is_imported_without_opencv():
    done = run(BLOCKED + MODULES)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["data", "street", "streets", "--train", "1"],
        ["data", "scenes", "scenes", "--train", "1"],
    ],
)
def test_what_needs_opencv_says_so_in_a_line(command, tmp_path):
    code = f"{BLOCKED}\nfrom svhn_lib.cli import app\napp(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr == 'cv2 is not installed: pip install "svhn_lib[train]"\n'

"""The reader of batches: alone, in datasets, and in workers of a real Ray cluster."""

import contextlib
import io
import os
import pickle
import re
import shutil
import signal
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from svhn_lib import BatchReader, Reader, render_split
from svhn_lib.data.street import RenderSettings
from svhn_lib.reading import list_pictures

COUNT = 2000


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> list[Path]:
    """Forty small photos of rendered numbers."""
    folder = tmp_path_factory.mktemp("batches") / "s"
    return list_pictures(render_split(folder, 40, 3, RenderSettings(bundled_fonts=True)))


@pytest.fixture(scope="module")
def read() -> BatchReader:
    return BatchReader()


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of this machine, where two workers leave room for readers of files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")  # it would keep a token in the home folder
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray = pytest.importorskip("ray")
        folder = tempfile.mkdtemp(prefix="ray")  # pytest's own are too long for a socket
        start_cluster(ray, folder)
        yield ray
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def start_cluster(ray, folder: str) -> None:
    """Start Ray, which gives up after 15 seconds where the machine is busy: three times."""
    for attempt in range(3):
        with contextlib.ExitStack() as stack:
            if attempt < 2:
                stack.enter_context(contextlib.suppress(Exception))
            ray.init(
                num_cpus=4,
                include_dashboard=False,
                log_to_driver=False,
                object_store_memory=150_000_000,
                _temp_dir=folder,
            )
            return
        ray.shutdown()


def guide(root: Path, shared: Path) -> list[str]:
    """The programs of the guide, with another folder in place of /shared."""
    text = (root / "docs" / "many_machines.md").read_text().replace('"/shared', f'"{shared}')
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_columns_are_those_of_the_reader_s_answers(read, photos):
    batch = {"id": np.arange(8), "bytes": [path.read_bytes() for path in photos[:8]]}
    rows = read(batch)
    answers = Reader().read_many(photos[:8])
    assert list(rows) == ["id", "number", "confidence", "box", "error"]
    assert rows["id"].tolist() == list(range(8))
    assert rows["number"] == [answer.number or "" for answer in answers]
    assert np.allclose(rows["confidence"], [answer.probability for answer in answers], atol=1e-4)
    found = [place for place, answer in enumerate(answers) if answer.corners]
    assert np.allclose(
        rows["box"][found], np.array([answers[place].corners for place in found]), atol=0.01
    )
    assert rows["error"] == [""] * 8
    assert sum(number != "" for number in rows["number"]) >= 6


def test_bytes_arrays_images_paths_and_dicts_are_the_same(read, photos):
    path = photos[1]
    image = Image.open(path).convert("RGB")
    data = path.read_bytes()
    same = [data, np.asarray(image), image, str(path), {"bytes": data, "path": None}]
    rows = read({"image": [*same, {"bytes": None, "path": str(path)}]})
    assert len(set(rows["number"])) == 1 and rows["number"][0]
    assert np.ptp(rows["confidence"]) < 1e-4


def test_what_is_no_picture_is_a_row_with_its_error(read, photos):
    good = photos[1].read_bytes()
    wrong = [b"", b"no picture", good[:-100], None, [[1, 2], [3, 4]], np.zeros((2, 2))]
    rows = read({"bytes": [good, *wrong, good], "id": list(range(8))})
    assert rows["id"] == list(range(8))
    assert [bool(error) for error in rows["error"]] == [False] + [True] * 6 + [False]
    assert "empty" in rows["error"][1] and "cut short" in rows["error"][3]
    assert not any(re.match(r"picture \d", error) for error in rows["error"])
    assert rows["number"][1:7] == [""] * 6
    assert np.isnan(rows["confidence"][1:7]).all() and np.isnan(rows["box"][1:7]).all()
    assert rows["number"][0] == rows["number"][7] != ""


def test_types_do_not_depend_on_what_a_batch_holds(read, photos):
    batches = [[b"bad"], [photos[1].read_bytes()], [np.full((40, 40), 128, np.uint8)], []]
    for rows in (read({"image": batch}) for batch in batches):
        assert all(isinstance(text, str) for text in rows["number"] + rows["error"])
        assert rows["confidence"].dtype == rows["box"].dtype == np.float32
        assert rows["box"].shape[1:] == (4, 2)


def test_a_column_can_be_named_and_one_that_would_be_lost_is_refused(read, photos):
    batch = {"path": ["no such file"], "door": [str(photos[1])]}
    assert read(batch)["error"] != [""]
    rows = BatchReader(column="door")(batch)
    assert rows["error"] == [""] and rows["path"] == ["no such file"]
    with pytest.raises(ValueError, match="no column 'bytes' or 'image' or 'path' among file"):
        read({"file": ["x.png"]})
    with pytest.raises(ValueError, match="a column 'number' already"):
        read({"image": [], "number": []})


def test_it_travels_as_its_arguments(photos):
    there = pickle.dumps(BatchReader(cropped=True, views=3))
    assert len(there) < 1000
    rows = pickle.loads(there)({"path": [str(photos[1])]})
    answer = Reader(views=3).read(photos[1], cropped=True)
    assert rows["number"] == [answer.number]
    assert rows["confidence"][0] == pytest.approx(answer.probability, abs=1e-4)


def test_the_guide_s_program_for_datasets_runs(root, photos, tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    folder = tmp_path / "photos"
    shutil.copytree(photos[0].parent, folder, ignore=shutil.ignore_patterns("*.mat"))
    (folder / "bad.png").write_bytes(b"no picture")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    names: dict = {}
    exec(guide(root, tmp_path)[1], names)
    answers = names["answers"]
    assert len(answers) == len(photos) + 1
    assert sum(error != "" for error in answers["error"]) == 1
    assert sum(number != "" for number in answers["number"]) > len(photos) / 2
    assert np.shape(answers[0]["box"]) == (4, 2)


def test_the_guide_s_program_for_ray_runs(root, cluster, photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(photos[0].parent, folder, ignore=shutil.ignore_patterns("*.mat"))
    (folder / "bad.png").write_bytes(b"no picture")
    exec(guide(root, tmp_path)[0], {})
    answers = pd.read_parquet(tmp_path / "answers")
    assert sorted(Path(path).name for path in answers["path"]) == sorted(
        [*(path.name for path in photos), "bad.png"]
    )
    assert [Path(path).name for path in answers["path"][answers["error"] != ""]] == ["bad.png"]
    assert (answers["number"] != "").sum() > len(photos) / 2


def test_a_killed_worker_loses_no_picture_and_answers_none_twice(cluster, photos, tmp_path):
    class Noted(BatchReader):
        """Leaves the number of its process in a folder."""

        def __init__(self, folder: str) -> None:
            super().__init__(cropped=True, backend="onnx")
            (Path(folder) / str(os.getpid())).touch()

    files = [path.read_bytes() for path in photos]
    reader = Reader(backend="onnx")  # as in the workers; PyTorch reads doubtful ones otherwise
    expected = [answer.number or "" for answer in reader.read_many(photos, cropped=True)]
    rows = [
        {"id": i, "bytes": files[i % 40][:50] if i % 97 == 0 else files[i % 40]}
        for i in range(COUNT)
    ]
    answers = cluster.data.from_items(rows, override_num_blocks=80).map_batches(
        Noted,
        fn_constructor_args=[str(tmp_path)],
        batch_size=25,
        num_cpus=1,
        compute=cluster.data.ActorPoolStrategy(size=2),
    )
    seen: list[tuple[int, str, str]] = []
    for batch in answers.iter_batches(batch_size=25, prefetch_batches=0):
        if not seen:  # both have begun, or one has and the other one begins
            os.kill(int(next(tmp_path.iterdir()).name), signal.SIGKILL)
        seen += zip(batch["id"].tolist(), batch["number"], batch["error"], strict=True)
    assert len(list(tmp_path.iterdir())) >= 3  # another one came in its place
    assert sorted(i for i, _, _ in seen) == list(range(COUNT))
    assert all((error != "") == (i % 97 == 0) for i, _, error in seen)
    said = [{number for i, number, error in seen if i % 40 == k and not error} for k in range(40)]
    assert said == [{one} for one in expected]  # whichever worker read it


def test_bytes_of_a_file_are_a_picture_for_every_reader(photos):
    reader = Reader()
    file = photos[1]
    assert reader.read(file.read_bytes()) == reader.read(file)
    grey = io.BytesIO()
    Image.new("L", (30, 20), 120).save(grey, "PNG")
    assert reader.read_many([grey.getvalue()])[0].number is None
    with pytest.raises(ValueError, match=r"^picture 1: the picture is damaged or cut short"):
        reader.read_many([file, file.read_bytes()[:100]])

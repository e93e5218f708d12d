"""Reading by ONNX Runtime: without PyTorch, and with the same answers as with it."""

import hashlib
import pickle
import subprocess
import sys

import numpy as np
import onnx
import pandas as pd
import pytest
from PIL import Image
from small_cli import svhn

from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_picture, render_split
from svhn_lib.detection import Localiser
from svhn_lib.export import export_model
from svhn_lib.models import create_model, save_model
from svhn_lib.models.shipped import SHIPPED
from svhn_lib.reading.reader import Reader
from svhn_lib.runtime import OnnxNet, backend_for, load_onnx

WITHOUT = """
import sys
missing = {"torch", "pandas", "h5py", "matplotlib", "seaborn", "safetensors", "onnx", "rapidfuzz"}
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
if sys.argv[1] == "blocked":
    sys.meta_path.insert(0, Blocked())
from svhn_lib.cli import app
try:
    app(sys.argv[2:])
except SystemExit as end:
    print("loaded:", *sorted(missing & set(sys.modules)))
    sys.exit(end.code)
"""


def without(*arguments: object, blocked: bool = True) -> subprocess.CompletedProcess:
    """Run `svhn` in a process of its own, where only what reads can be imported."""
    how = "blocked" if blocked else "open"
    command = [sys.executable, "-c", WITHOUT, how, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> list:
    folder = tmp_path_factory.mktemp("photos")
    settings, files = RenderSettings(bundled_fonts=True), []
    for seed in range(6):
        shown = render_picture(np.random.default_rng((9, seed)), settings)
        files.append(folder / f"{seed}.png")
        Image.fromarray(shown.picture).save(files[-1])
    return files


@pytest.fixture(scope="module")
def crops(tmp_path_factory) -> np.ndarray:
    folder = tmp_path_factory.mktemp("runtime") / "streets"
    settings = RenderSettings(bundled_fonts=True)
    streets = render_split(folder, count=300, seed=6, settings=settings)
    return load_crops(streets, load_onnx("compact").crop).pictures.numpy()


@pytest.fixture(scope="module")
def floats(tmp_path_factory) -> dict:
    """The shipped weights in float32, as ONNX files."""
    folder = tmp_path_factory.mktemp("floats")
    paths = {name: folder / f"{name}.onnx" for name in ("compact", "localiser")}
    for name, path in paths.items():
        export_model(name, path)
    return paths


@pytest.mark.parametrize("blocked", [True, False])
def test_a_photo_is_read_without_pytorch(photos, blocked):
    done = without("read", photos[0], blocked=blocked)
    assert done.returncode == 0, done.stderr
    answer, loaded = done.stdout.splitlines()
    assert answer.startswith(f"{photos[0]}: ")
    assert loaded == "loaded:"


@pytest.mark.parametrize("command", ["train --data a.h5 --out run", "export compact a.onnx"])
def test_what_is_missing_is_said_in_a_line(command):
    done = without(*command.split())
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert 'is not installed: pip install "svhn_lib[' in line
    assert "Traceback" not in done.stderr


# A localiser in int8 finds fewer of the real numbers than the bound of half a point allows.
@pytest.mark.parametrize(("name", "precision"), [("compact", "int8"), ("localiser", "float32")])
def test_the_shipped_onnx_files_were_made_from_the_shipped_weights(name, precision):
    made_of = (SHIPPED / f"{name}.safetensors").read_bytes()
    net = load_onnx(name)
    assert net.weights_sha256 == hashlib.sha256(made_of).hexdigest()
    assert net.precision == precision
    assert (SHIPPED / f"{name}.onnx").stat().st_size < 2_500_000


def test_both_runtimes_give_the_same_answers_for_the_same_weights(floats, crops):
    dark, light = crops // 3, 255 - (255 - crops) // 3
    shifted = [np.roll(crops, by, axis=3) for by in (-6, 4)]
    thousands = np.concatenate([crops, 255 - crops, dark, light, crops[:, ::-1], *shifted])
    by_torch = Reader(backend="torch", device="cpu").read_crops(thousands)
    by_onnx = Reader(floats["compact"]).read_crops(thousands)
    assert len(by_torch) == len(by_onnx) == 2100
    for one, other in zip(by_torch, by_onnx, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=1e-4)
        texts, others = dict(one.candidates), dict(other.candidates)
        for text in texts.keys() | others.keys():  # two may change places where they are alike
            if text in texts and text in others:
                assert texts[text] == pytest.approx(others[text], abs=1e-4)
            else:
                least = min(*texts.values(), *others.values())
                assert (texts | others)[text] == pytest.approx(least, abs=2e-4)
        if one.number != other.number:
            assert texts[other.number] == pytest.approx(one.probability, abs=2e-4)


def test_both_runtimes_find_and_read_the_same(floats, photos):
    by_torch = Reader(backend="torch", device="cpu", views=2).read_many(photos)
    by_onnx = Reader(floats["compact"], views=2, localiser=floats["localiser"]).read_many(photos)
    for one, other in zip(by_torch, by_onnx, strict=True):
        assert one.number == other.number
        assert one.probability == pytest.approx(other.probability, abs=2e-3)
        assert one.box == pytest.approx(other.box, abs=0.1)


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_a_reader_travels_to_other_processes(photos, crops, backend, monkeypatch):
    reader = Reader(backend=backend, views=2)
    sent = pickle.dumps(reader), pickle.dumps(Localiser(backend=backend))
    monkeypatch.chdir("/")
    copy, finder = map(pickle.loads, sent)
    assert copy.read_many(photos[:2]) == reader.read_many(photos[:2])
    assert copy.read_crops(crops[:4]) == reader.read_crops(crops[:4])
    photo = np.array(Image.open(photos[0]).convert("RGB"))
    assert repr(finder.find(photo)) == repr(reader.localiser.find(photo)) != "[]"


def test_a_file_that_is_named_by_a_relative_path_is_found_from_another_folder(
    floats, crops, monkeypatch
):
    path = floats["compact"]
    monkeypatch.chdir(path.parent)
    net = load_onnx(path.name)
    monkeypatch.chdir("/")
    assert (pickle.loads(pickle.dumps(net)).logits(crops).digits == net.logits(crops).digits).all()


def test_int8_answers_are_almost_always_the_same(crops):
    by_torch = Reader(backend="torch", device="cpu").read_crops(crops)
    by_onnx = Reader(backend="onnx").read_crops(crops)
    same = [one.number == other.number for one, other in zip(by_torch, by_onnx, strict=True)]
    assert np.mean(same) > 0.98
    apart = [abs(a.probability - b.probability) for a, b in zip(by_torch, by_onnx, strict=True)]
    assert np.mean(apart) < 0.01


@pytest.fixture(scope="module")
def real_sets(samples, tmp_path_factory) -> dict:
    """Tables of real numbers with their boxes."""
    folder = tmp_path_factory.mktemp("real")
    photos = pd.read_csv(samples / "photos" / "labels.csv", dtype=str, keep_default_na=False)
    photos = photos[(photos["left"] != "") & photos["sure"].str.startswith("yes")]
    photos["file"] = [str(samples / "photos" / name) for name in photos["file"]]
    found = {"numbers": samples / "real" / "labels.csv"}
    for kind in ("svhn-train", "tianchi"):
        found[kind] = folder / f"{kind}.csv"
        photos[photos["kind"] == kind].to_csv(found[kind], index=False)
    return found


@pytest.mark.parametrize(
    ("name", "count"), [("numbers", 431), ("svhn-train", 256), ("tianchi", 2706)]
)
def test_int8_loses_at_most_half_a_point_of_real_numbers(floats, real_sets, name, count):
    numbers = load_crops(real_sets[name], load_onnx("compact").crop)
    assert len(numbers) == count
    right = [
        np.equal([one.number for one in way.read_crops(numbers.pictures)], numbers.numbers)
        for way in (Reader(floats["compact"]), Reader(backend="onnx"))
    ]
    assert np.mean(right[1]) >= np.mean(right[0]) - 0.005
    assert np.mean(right[1] == right[0]) > 0.98


def test_an_exported_file_is_read_by_the_command(floats, photos):
    done = svhn("read", photos[0], "--model", floats["compact"])
    assert done.status == 0
    assert done.out == svhn("read", photos[0], "--backend", "torch").out


def test_which_runtime_is_taken(tmp_path):
    assert backend_for("compact") == "torch"  # it is imported here
    assert backend_for("compact", backend="onnx") == "onnx"
    assert backend_for(tmp_path / "own.onnx") == "onnx"
    assert backend_for("compact", "cuda") == "torch"
    for wrong in (
        {"model": "own.onnx", "backend": "torch"},
        {"model": "own.safetensors", "backend": "onnx"},
        {"model": "compact", "backend": "onnx", "device": "cuda"},
        {"model": "compact", "backend": "tensorflow"},
    ):
        with pytest.raises(ValueError, match=r"\w") as refused:
            backend_for(**wrong)
        assert "\n" not in str(refused.value)


def foreign(path) -> None:
    """Write a sound ONNX file that is none of ours."""
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    other = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [other]
    )
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=10), path)


@pytest.mark.parametrize("kind", ["foreign", "cut", "text", "empty"])
def test_a_damaged_or_foreign_file_is_refused_by_name(tmp_path, photos, kind):
    path = tmp_path / "other.onnx"
    whole = (SHIPPED / "compact.onnx").read_bytes()
    if kind == "foreign":
        foreign(path)
    else:
        path.write_bytes({"cut": whole[:5000], "text": b"no model", "empty": b""}[kind])
    with pytest.raises(ValueError, match=r"other\.onnx: not an ONNX file written by svhn_lib"):
        OnnxNet(path)
    done = svhn("read", photos[0], "--model", path)
    assert done.status == 1
    assert done.err.startswith(f"{path}: not an ONNX file written by svhn_lib, or damaged (")
    assert len(done.err.splitlines()) == 1


def test_nets_of_the_other_kind_are_refused(floats):
    with pytest.raises(ValueError, match="finds numbers and reads none"):
        Reader(floats["localiser"])
    with pytest.raises(ValueError, match="reads numbers and finds none"):
        Localiser(floats["compact"])


def test_a_net_of_another_head_is_read(tmp_path):
    save_model(create_model("marek2017-softmax"), tmp_path / "own.safetensors")
    export_model(tmp_path / "own.safetensors", tmp_path / "own.onnx")
    pictures = np.zeros((2, 1, 28, 28), np.uint8)
    both = [
        Reader(tmp_path / f"own.{kind}", localiser=object()).read_crops(pictures)
        for kind in ("onnx", "safetensors")
    ]
    assert [one.number for one in both[0]] == [one.number for one in both[1]]

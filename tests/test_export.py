"""ONNX files say what the networks say."""

import csv
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.detection.pyramid import pyramid
from svhn_lib.export import OPSET, export_model
from svhn_lib.models import MODELS, create_model, load_model, save_model
from svhn_lib.reading.reader import Reader


def session(path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_the_folder_is_made_where_it_is_missing(tmp_path):
    export_model("compact", tmp_path / "new" / "deeper" / "a.onnx")
    assert (tmp_path / "new" / "deeper" / "a.onnx").is_file()


def outputs(path, pictures: np.ndarray) -> dict[str, np.ndarray]:
    opened = session(path)
    names = [value.name for value in opened.get_outputs()]
    return dict(zip(names, opened.run(names, {"pictures": pictures}), strict=True))


def differences(path, net, pictures: np.ndarray) -> dict[str, float]:
    """The largest difference of each output."""
    found = outputs(path, pictures)
    with torch.inference_mode():
        wanted = net(torch.from_numpy(pictures))._asdict()
    assert {name for name, field in wanted.items() if field is not None} == set(found)
    return {name: float(np.abs(found[name] - wanted[name].numpy()).max()) for name in found}


def real_photos(folder: Path) -> list[Path]:
    """Twenty whole photos of every kind that was collected."""
    with (folder / "labels.csv").open(newline="") as stream:
        names = [row["file"] for row in csv.DictReader(stream)]
    return [folder / name for name in names[::186][:20]]


@pytest.fixture(scope="module")
def streets(tmp_path_factory) -> np.ndarray:
    folder = render_split(
        tmp_path_factory.mktemp("export") / "streets", 12, 3, RenderSettings(bundled_fonts=True)
    )
    return load_crops(folder).pictures.numpy()


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("onnx")
    paths = {name: folder / f"{name}.onnx" for name in ("compact", "localiser")}
    for name, path in paths.items():
        export_model(name, path)
    return paths


def test_a_reader_says_the_same_in_any_size_and_number(exported, streets):
    net = load_model("compact")
    assert max(differences(exported["compact"], net, streets).values()) < 1e-4
    for pictures in (streets[:1], streets[:3, :, :40], streets[:2].repeat(3, axis=3)):
        assert max(differences(exported["compact"], net, pictures).values()) < 1e-4


def test_a_localiser_says_the_same_on_canvases_of_any_size(exported, streets):
    net = load_model("localiser")
    for picture in streets[:3].transpose(0, 2, 3, 1):
        for canvas, _ in pyramid(np.ascontiguousarray(picture)):
            pictures = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])
            apart = differences(exported["localiser"], net, pictures)
            assert apart.pop("sides") < 1e-3  # pixels, of a hundred
            assert max(apart.values()) < 1e-4


def test_real_numbers_are_read_the_same(exported, samples):
    net = load_model("compact")
    pictures = load_crops(samples / "real" / "labels.csv", net.crop).pictures[::8][:50].numpy()
    assert len(pictures) == 50
    assert max(differences(exported["compact"], net, pictures).values()) < 1e-4
    by_torch = Reader(backend="torch", device="cpu").read_crops(pictures)
    by_onnx = Reader(exported["compact"]).read_crops(pictures)
    assert [one.number for one in by_onnx] == [one.number for one in by_torch]
    assert [one.probability for one in by_onnx] == pytest.approx(
        [one.probability for one in by_torch], abs=1e-4
    )


def test_numbers_are_found_and_read_the_same_in_real_photos(exported, samples):
    net, files = load_model("localiser"), real_photos(samples / "photos")
    for file in files:
        for canvas, _ in pyramid(read_picture(file)):
            pictures = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])
            apart = differences(exported["localiser"], net, pictures)
            assert apart.pop("sides") < 1e-3  # pixels, of hundreds
            assert max(apart.values()) < 1e-4
    by_torch = Reader(backend="torch", device="cpu").read_many(files)
    by_onnx = Reader(exported["compact"], localiser=exported["localiser"]).read_many(files)
    assert sum(one.number is not None for one in by_torch) > 15
    for file, one, other in zip(files, by_torch, by_onnx, strict=True):
        found, wanted = (one, *one.others), (other, *other.others)
        assert [each.number for each in found] == [each.number for each in wanted], file
        assert one.probability == pytest.approx(other.probability, abs=1e-3), file
        assert (one.box is None) == (other.box is None), file
        assert one.box is None or one.box == pytest.approx(other.box, abs=0.1), file


def test_a_file_says_what_a_runtime_has_to_know(exported):
    said = session(exported["localiser"]).get_modelmeta().custom_metadata_map
    net = load_model("localiser")
    assert said["name"] == json.loads(said["config"])["name"] == "localiser"
    assert json.loads(said["figures"]) == net.figures
    assert float(said["temperature"]) == net.temperature
    assert json.loads(said["crop"])["margin"] == net.crop.margin
    model = onnx.load(exported["localiser"])
    assert [entry.version for entry in model.opset_import] == [OPSET]
    assert said["opset"] == str(OPSET)


def test_nothing_of_another_kind_is_written_over(tmp_path):
    other = tmp_path / "notes.onnx"
    other.write_text("my notes")
    with pytest.raises(FileExistsError, match=r"notes\.onnx is a file of another kind"):
        export_model("compact", other)
    assert other.read_text() == "my notes"


def test_what_writes_token_by_token_is_refused_in_one_line(tmp_path):
    path = tmp_path / "lstm.safetensors"
    save_model(create_model("compact-lstm"), path)
    with pytest.raises(ValueError, match="compact-lstm writes token by token") as refused:
        export_model(path, tmp_path / "lstm.onnx")
    assert "\n" not in str(refused.value)
    assert MODELS["compact-lstm"].autoregressive
    assert not (tmp_path / "lstm.onnx").exists()


def test_a_net_of_one_layer_is_not_called_int8(tmp_path):
    save_model(create_model("marek2017-softmax"), path := tmp_path / "own.safetensors")
    with pytest.raises(ValueError, match=r"^no layer between the first and the last[^\n]*$"):
        export_model(path, tmp_path / "own.onnx", int8=True)
    assert not (tmp_path / "own.onnx").exists()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_net_of_the_zoo_is_exported_or_says_why_not(name, tmp_path):
    torch.manual_seed(0)
    net = create_model(name).eval()
    save_model(net, weights := tmp_path / "own.safetensors")
    if net.config.autoregressive:
        with pytest.raises(ValueError, match=rf"^{name} writes token by token[^\n]*$"):
            export_model(weights, tmp_path / "own.onnx")
        return
    export_model(weights, tmp_path / "own.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 48, 64), dtype=np.uint8)
    assert max(differences(tmp_path / "own.onnx", load_model(weights), pictures).values()) < 1e-4

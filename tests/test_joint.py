"""A net that finds the number and reads it: its training, its history, its canvases as stores."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_cli import svhn
from small_runs import SMALL

from svhn_lib.data import read_store
from svhn_lib.data.handwriting import (
    DigitSet,
    Layout,
    draw_canvases,
    write_canvases,
)
from svhn_lib.losses import LossSettings, box_targets
from svhn_lib.metrics import box_score
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv
from svhn_lib.models.boxes import box_edges
from svhn_lib.models.config import BoxConfig, ParallelConfig, VotesConfig
from svhn_lib.reading import read_and_locate
from svhn_lib.training import train
from svhn_lib.training.presets import PRESETS, settings_for

LAYOUT = Layout((16, 32), 8, random_position=True, dark_on_light=False, lengths=(1, 1))
TINY = zoo.ModelConfig(
    name="tiny",
    source="a test",
    size=(16, 32),
    backbone=(Conv(8, stride=2), Conv(16, stride=2)),
    head=ParallelConfig(),
    grey=True,
    box=VotesConfig(),
)


def digits() -> DigitSet:
    """Ten digits of 8x8 pixels: each is as bright as its class, and full of ink."""
    shades = torch.arange(10)
    pictures = (55 + 20 * shades).to(torch.uint8).view(10, 1, 1, 1).repeat(1, 1, 8, 8)
    return DigitSet(pictures, shades, "shades")


def canvases(count: int, seed: int):
    return draw_canvases(LAYOUT, digits(), count, np.random.default_rng(seed))


@pytest.mark.parametrize("box", [VotesConfig(), BoxConfig(hidden=(32,))])
def test_training_improves_boxes_and_history_says_so(tmp_path, box):
    torch.manual_seed(0)
    net = zoo.NumberNet(replace(TINY, box=box))
    options = replace(
        SMALL, epochs=1, batch=32, evaluate_every=30, learning_rate=1e-2, average=0.0,
        loss=LossSettings("masked", box_weight=0.1, box="smooth"),
    )  # fmt: skip
    asked = canvases(64, 1).render()
    true = box_edges(box_targets(asked.boxes))
    before = box_score(read_and_locate(net, asked.pictures)[1], true)
    result = train(net, canvases(32 * 120, 0), asked, tmp_path, options)
    row = result.history[-1]
    assert row["box_squared_error"] < before.squared_error / 4
    assert row["box_iou"] > before.mean_iou + 0.2
    with (tmp_path / "metrics.csv").open() as file:
        written = list(csv.DictReader(file))
    assert [float(line["box_iou"]) for line in written] == [r["box_iou"] for r in result.history]
    best = max(result.history, key=lambda row: row["sequence_accuracy"])
    score = box_score(
        read_and_locate(zoo.load_model(tmp_path / "best.safetensors"), asked.pictures)[1], true
    )
    assert score.mean_iou == pytest.approx(best["box_iou"])
    assert score.squared_error == pytest.approx(best["box_squared_error"])


def test_a_run_with_boxes_resumes_to_the_same_history(tmp_path):
    options = replace(
        SMALL, epochs=1, batch=16, evaluate_every=4, loss=LossSettings("masked", box_weight=0.1)
    )
    asked, numbers = canvases(16, 1).render(), canvases(16 * 12, 0)

    def net():
        torch.manual_seed(0)
        return zoo.NumberNet(TINY)

    def stop(done: int, _: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    whole = train(net(), numbers, asked, tmp_path / "whole", options)
    with pytest.raises(KeyboardInterrupt):
        train(net(), numbers, asked, tmp_path / "cut", options, progress=stop)
    again = train(net(), numbers, asked, tmp_path / "cut", options, resume=True)

    def plain(history):
        return [{k: v for k, v in row.items() if k != "seconds"} for row in history]

    assert plain(again.history) == plain(whole.history)


def test_numbers_without_boxes_teach_no_box(tmp_path):
    torch.manual_seed(0)
    net = zoo.NumberNet(TINY)
    before = net.box.vote.weight.detach().clone()
    plain = canvases(64, 0).render()
    plain.boxes[:] = torch.nan
    options = replace(
        SMALL, epochs=1, loss=LossSettings("masked", box_weight=1.0), average=0.0,
        weight_decay=0.0, evaluate_every=2,
    )  # fmt: skip
    result = train(net, plain, plain, tmp_path, options)
    assert torch.equal(net.box.vote.weight, before)
    assert "box_iou" not in result.history[-1]


def test_settings_of_nets_with_boxes_show_whole_pictures():
    settings = settings_for(zoo.MODELS["joint"])
    assert settings.augment is None
    assert (settings.loss.kind, settings.loss.column_weight) == ("masked", 3.0)
    assert (settings.loss.box, settings.loss.box_weight) == ("smooth", 0.1)
    assert settings_for(zoo.MODELS["small"]).loss.box_weight == 0


def test_marek_weighs_number_and_box_as_published():
    """1000 x mean cross entropy + mean squared error, divided by 1000 / positions."""
    for name, positions in (("scattered", 5), ("picture", 6), ("picture-strided", 6)):
        loss = PRESETS[f"marek2017-{name}"].loss
        assert loss.box == "squared"
        assert loss.box_weight == pytest.approx(positions / 1000)
    assert PRESETS["marek2017-picture-strided"].loss.blank_weight == 0.125


def test_canvases_come_back_from_a_store(tmp_path):
    drawn = canvases(9, 3)
    shown = drawn.render()
    calls = []
    write_canvases(tmp_path / "c.h5", drawn, lambda *counts: calls.append(counts))
    back = read_store(tmp_path / "c.h5")
    assert calls == [(9, 9)]
    assert torch.equal(back.pictures, shown.pictures)
    assert back.numbers == shown.numbers
    assert torch.equal(back.boxes.nan_to_num(-1), shown.boxes.nan_to_num(-1))
    sides = ["left", "top", "right", "bottom"]
    np.testing.assert_array_equal(back.table[sides], shown.table[sides])
    np.testing.assert_allclose(box_edges(box_targets(back.boxes)), shown.table[sides])
    assert back.settings is not None
    assert (back.settings.shape, back.settings.grey) == ("whole", True)


def test_canvases_on_the_command_line_are_trained_on(tmp_path):
    out, run = tmp_path / "canvases", tmp_path / "run"
    done = svhn(
        "data", "canvases", out, "--digits", "embedded", "--train", 24, "--validation", 6,
        "--test", 5,
    )  # fmt: skip
    assert done.status == 0, done.err
    counts = [f"{out / name}.h5: {n} canvases" for name, n in
              (("train", 24), ("validation", 6), ("test", 5))]  # fmt: skip
    assert done.out.splitlines() == counts
    assert read_store(out / "train.h5").pictures.shape == (24, 1, 128, 256)
    done = svhn(
        "train", "--model", "joint", "--data", out / "train.h5", "--val", out / "validation.h5",
        "--out", run, "--steps", 2, "--batch", 8, "--precision", "float32",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "box IoU" in done.err
    facts = json.loads((run / "run.json").read_text())
    assert facts["settings"]["augment"] is None
    assert facts["settings"]["loss"]["box_weight"] == 0.1
    weights = run / "best.safetensors"
    boxes = json.loads(svhn("evaluate", out / "test.h5", "--model", weights, "--json").out)["boxes"]
    test = read_store(out / "test.h5")
    net = zoo.load_model(weights)
    agreed = box_score(read_and_locate(net, test.pictures)[1], box_edges(box_targets(test.boxes)))
    assert (boxes["n"], boxes["mean_iou"]) == (5, pytest.approx(agreed.mean_iou))
    assert boxes["squared_error"] == pytest.approx(agreed.squared_error)
    assert f"mean IoU {agreed.mean_iou:.3f}" in svhn("evaluate", out / "test.h5", "--model",
                                                     weights).out  # fmt: skip


def test_the_same_seed_gives_the_same_canvases(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        done = svhn(
            "data", "canvases", tmp_path / name, "--digits", "embedded", "--layout", "strip",
            "--train", 12, "--validation", 2, "--test", 2, "--seed", seed, "--varied", 1,
        )  # fmt: skip
        assert done.status == 0, done.err
    a, b, c = (read_store(tmp_path / name / "train.h5") for name in "abc")
    assert torch.equal(a.pictures, b.pictures)
    assert not torch.equal(a.pictures, c.pictures)


def test_a_store_is_not_written_over_something_else(tmp_path):
    (tmp_path / "train.h5").write_text("a diary")
    done = svhn("data", "canvases", tmp_path, "--digits", "embedded", "--train", 3)
    assert done.status == 1
    assert_last_line_names(done, tmp_path / "train.h5")
    assert (tmp_path / "train.h5").read_text() == "a diary"


def assert_last_line_names(done, path) -> None:
    assert str(path) in done.err.splitlines()[-1]
    assert "Traceback" not in done.err

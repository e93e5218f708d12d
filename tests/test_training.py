"""The training loop: learns, keeps the best, resumes to the same bits, stops on nonsense."""

import csv
import json
import math
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_runs import SMALL, bars, small_model

from svhn_lib.analysis import examine
from svhn_lib.augment import HARD_VIEWS, AugmentSettings, PhotometricSettings, RandomCrop
from svhn_lib.data import CropSettings
from svhn_lib.data.handwriting.canvases import draw_canvases
from svhn_lib.data.handwriting.digits import DigitSet
from svhn_lib.data.sets.store import NumberSet, write_store
from svhn_lib.data.shards import ShardSet, write_shards
from svhn_lib.labels import encode
from svhn_lib.losses import LossSettings
from svhn_lib.models import zoo
from svhn_lib.reading.reader import Reader
from svhn_lib.training import Diverged, TrainSettings, precision, settings_for, state, train
from svhn_lib.training.feeds import ahead, make_feed
from svhn_lib.training.options import OPTIMISERS
from svhn_lib.training.precision import use_bfloat16
from svhn_lib.training.processes import Place
from svhn_lib.training.run_folder import CHECKPOINT, PREVIOUS
from svhn_lib.training.schedules import learning_rate, make_optimiser
from svhn_lib.training.views import reading_crop, training_views, validation_views


def test_it_learns_what_can_be_learned(tmp_path: Path) -> None:
    settings = TrainSettings(
        epochs=20, batch=32, augment=None, precision="float32", average=0.9,
        learning_rate=1e-2, loss=LossSettings("masked", 0.0),
    )  # fmt: skip
    sets, notes = (bars(400, 0), bars(100, 1)), {"command": "by hand"}
    result = train(small_model(), *sets, tmp_path / "run", settings, notes=notes)
    assert result.best > 0.9
    assert result.history[-1]["loss"] < 0.3 * result.history[0]["loss"]
    with (tmp_path / "run" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [row["loss"] for row in result.history]
    kept = zoo.load_model(tmp_path / "run" / "best.safetensors")
    assert kept.figures["validation_sequence_accuracy"] == result.best
    assert kept.figures["command"] == "by hand"
    assert 0.05 <= kept.figures["temperature"] <= 20
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["settings"]["learning_rate"] == 1e-2
    assert facts["training_numbers"] == 400


class Stop(Exception):
    pass


def interrupt_at(step: int):
    def progress(done: int, total: int) -> None:
        if done == step:
            raise Stop

    return progress


@pytest.mark.parametrize("step", [5, 8, 15])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path: Path, step: int) -> None:
    sets = bars(64, 0), bars(32, 1)
    train(small_model(), *sets, tmp_path / "whole", SMALL)
    with pytest.raises(Stop):
        train(small_model(), *sets, tmp_path / "cut", SMALL, progress=interrupt_at(step))
    # A different start proves that everything comes from the checkpoint.
    train(small_model(seed=9), *sets, tmp_path / "cut", SMALL, resume=True)
    # The best weights may be older than the interruption: the last state proves the resumption.
    for name in ("best.safetensors", CHECKPOINT):
        whole, resumed = (load_file(tmp_path / run / name) for run in ("whole", "cut"))
        assert whole.keys() == resumed.keys()
        assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    columns = ("step", "loss", "sequence_accuracy", "learning_rate")
    histories = [
        [[row[c] for c in columns] for row in csv.DictReader((tmp_path / n / "metrics.csv").open())]
        for n in ("whole", "cut")
    ]
    assert histories[0] == histories[1]


def test_a_cut_checkpoint_is_named_and_the_one_before_used(tmp_path: Path) -> None:
    sets, out = (bars(64, 0), bars(32, 1)), tmp_path / "run"
    with pytest.raises(Stop):
        train(small_model(), *sets, out, SMALL, progress=interrupt_at(13))
    (out / CHECKPOINT).write_bytes((out / CHECKPOINT).read_bytes()[:-100])
    lines: list[str] = []
    train(small_model(), *sets, out, SMALL, resume=True, report=lines.append)
    assert CHECKPOINT in lines[0] and "damaged" in lines[0]
    train(small_model(), *sets, tmp_path / "whole", SMALL)
    whole, resumed = (load_file(run / CHECKPOINT) for run in (tmp_path / "whole", out))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_no_whole_checkpoint_is_an_error(tmp_path: Path) -> None:
    sets, out = (bars(64, 0), bars(32, 1)), tmp_path / "run"
    train(small_model(), *sets, out, SMALL)
    for name in (CHECKPOINT, PREVIOUS):
        (out / name).write_bytes(b"x")
    with pytest.raises(ValueError, match="no whole checkpoint"):
        train(small_model(), *sets, out, SMALL, resume=True)


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    sets, out = (bars(64, 0), bars(32, 1)), tmp_path / "run"
    train(small_model(), *sets, out, SMALL)
    with pytest.raises(ValueError, match="another model"):
        train(small_model(max_digits=4, lengths=6), *sets, out, SMALL, resume=True)


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    sets = bars(32, 0), bars(32, 1)
    train(small_model(), *sets, tmp_path / "run", SMALL)
    with pytest.raises(FileExistsError, match="resume it, or name another"):
        train(small_model(), *sets, tmp_path / "run", SMALL)


def test_the_callers_randomness_is_left_alone(tmp_path: Path) -> None:
    model = small_model()
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    train(model, bars(32, 0), bars(32, 1), tmp_path / "run", SMALL)
    assert torch.equal(torch.rand(3), expected)


def test_a_diverging_run_says_what_to_try(tmp_path: Path) -> None:
    model = small_model()
    with torch.no_grad():
        model.head.digits.weight.fill_(float("inf"))
    with pytest.raises(Diverged, match="learning rate"):
        train(model, bars(32, 0), bars(32, 1), tmp_path / "run", SMALL)


def test_a_loss_that_grows_stops_the_run(tmp_path: Path) -> None:
    model = small_model(norm=False)
    settings = replace(SMALL, optimiser="sgd", learning_rate=30.0, clip=0.0, log_every=1)
    settings = replace(settings, schedule="constant", epochs=100)
    steps: list[int] = []
    with pytest.raises(Diverged, match=r"by step \d+: .*1\.0e\+01"):
        train(
            model, bars(64, 0), bars(32, 1), tmp_path / "run", settings,
            progress=lambda done, _: steps.append(done),
        )  # fmt: skip
    assert len(steps) < 10


def test_good_weights_meet_a_hard_batch_and_go_on(tmp_path: Path) -> None:
    """What a batch costs that good weights read wrongly is more than five times the first loss."""
    numbers, model = bars(4, 0), small_model(norm=False)
    learn = replace(SMALL, steps=20, batch=2, evaluate_every=20, learning_rate=1e-2)
    train(model, numbers, numbers, tmp_path / "first", learn)
    odd = numbers.subset([0, 1, 2, 3])
    odd.digits[3, 0] = (odd.digits[3, 0] + 1) % 10
    go_on = replace(SMALL, batch=2, log_every=1, learning_rate=1e-9)
    lines: list[str] = []
    train(model, odd, numbers, tmp_path / "second", go_on, report=lines.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines if "loss " in line]
    assert max(losses) > 5 * losses[0] > 0


def test_the_forward_pass_is_compiled_where_asked(tmp_path: Path, monkeypatch) -> None:
    compiled = []

    def remember(net: torch.nn.Module) -> torch.nn.Module:
        compiled.append(net)
        return net

    monkeypatch.setattr(torch, "compile", remember)
    model = small_model()
    train(model, bars(32, 0), bars(32, 1), tmp_path / "a", replace(SMALL, compile=True))
    assert compiled == [model]
    train(small_model(), bars(32, 0), bars(32, 1), tmp_path / "b", SMALL)
    assert len(compiled) == 1


def test_lines_say_step_loss_rate_and_speed(tmp_path: Path) -> None:
    lines: list[str] = []
    settings = replace(SMALL, steps=6, log_every=3, evaluate_every=6, schedule="constant")
    train(small_model(), bars(64, 0), bars(32, 1), tmp_path, settings, report=lines.append)
    assert "compact on cpu, 1 process: 6 steps of 16, float32, channels last" in lines[0]
    logged = [line for line in lines if "learning rate" in line]
    assert [line.split()[1] for line in logged] == ["3/6", "6/6"]
    assert all(
        re.fullmatch(r"step \d/6  loss \d+\.\d+  learning rate 3.00e-03  \d+ examples/s", line)
        for line in logged
    )


@pytest.mark.parametrize(("load", "threads", "said"), [(40.0, 2, 1), (40.0, 1, 0), (0.1, 2, 0)])
def test_a_busy_machine_is_told_of(tmp_path: Path, monkeypatch, load, threads, said) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, load, load), raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    lines: list[str] = []
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        train(
            small_model(), bars(32, 0), bars(16, 1), tmp_path, replace(SMALL, steps=1),
            report=lines.append,
        )  # fmt: skip
    finally:
        torch.set_num_threads(before)
    assert sum("load 40 on 4 cores" in line for line in lines) == said


def test_a_run_without_average_keeps_its_own_weights(tmp_path: Path) -> None:
    model = small_model()
    settings = replace(SMALL, steps=4, evaluate_every=4, average=0.0)
    train(model, bars(64, 0), bars(32, 1), tmp_path, settings)
    kept = load_file(tmp_path / "best.safetensors")
    assert all(torch.equal(kept[name], value) for name, value in model.state_dict().items())


def test_windows_are_drawn_to_train_and_cut_from_the_middle_to_validate(tmp_path: Path) -> None:
    settings = replace(SMALL, augment=RandomCrop((28, 28), 28))
    numbers = bars(16, 0)
    views, other = (
        training_views(numbers.pictures, numbers.boxes, settings, (32, 32), seed)[0]
        for seed in (5, 6)
    )
    assert views.shape == (16, 3, 28, 28)
    assert not torch.equal(views, other)
    assert torch.equal(validation_views(numbers, settings), numbers.pictures[:, :, 2:30, 2:30])


@pytest.mark.parametrize(
    ("augment", "crop"),
    [
        # 54 of 64 pixels that show 1.3 times the box show 1.096875 times the box.
        (RandomCrop((54, 54), 54), {"shape": "square", "margin": 0.096875, "fill": "black"}),
        (RandomCrop((32, 32), 32), {"shape": "square", "margin": 0.0, "fill": "black"}),
        (None, {"shape": "square", "margin": 0.3, "fill": "black"}),
        (AugmentSettings(), {"shape": "clipped", "margin": 0.2}),
        (HARD_VIEWS, {"shape": "clipped", "margin": 0.3}),
    ],
)
def test_weights_say_which_crop_they_want(augment: object, crop: dict[str, object]) -> None:
    assert reading_crop(CropSettings(), augment) == pytest.approx(crop)
    assert reading_crop(None, augment) == reading_crop(CropSettings(shape="whole"), augment) == {}


def test_the_crop_travels_with_the_weights(tmp_path: Path) -> None:
    numbers = replace(bars(32, 1), settings=CropSettings((32, 32), "clipped", 0.5))
    train(small_model(), bars(64, 0), numbers, tmp_path, replace(SMALL, steps=1))
    crop = zoo.load_model(tmp_path / "best.safetensors").crop
    assert (crop.size, crop.shape, crop.margin) == ((32, 32), "clipped", 0.5)


@pytest.mark.parametrize("kind", ["lstm", "attention"])
def test_decoders_are_trained_validated_and_read(tmp_path: Path, kind: str) -> None:
    torch.manual_seed(0)
    model = zoo.create_model(
        f"compact-{kind}", size=(32, 32), backbone=small_model().config.backbone,
        columns=False, dropout=0.0, **({"hidden": (32,)} if kind == "lstm" else {}),
    )  # fmt: skip
    settings = replace(SMALL, epochs=20, batch=32, learning_rate=1e-2)
    result = train(model, bars(400, 0), bars(100, 1), tmp_path, settings)
    assert result.best > 0.9
    reader = Reader(tmp_path / "best.safetensors")
    numbers = bars(50, 2)
    said = reader.read_crops(numbers.pictures)
    right = [a.number == t for a, t in zip(said, numbers.numbers, strict=True)]
    assert sum(right) > 40
    reading = reader.read(numbers.pictures[0], cropped=True)
    assert reading.candidates[0] == (reading.number, reading.probability)
    assert sum(p for _, p in reading.candidates) <= 1


@pytest.mark.parametrize(
    "augment",
    [None, AugmentSettings(), RandomCrop((28, 30), 32, PhotometricSettings())],
    ids=["stored", "views", "windows"],
)
def test_a_grey_set_is_trained_on_examined_and_read(tmp_path: Path, augment: Any) -> None:
    grey = [replace(part, pictures=part.pictures[:, :1]) for part in (bars(64, 0), bars(16, 1))]
    result = train(small_model(), *grey, tmp_path, replace(SMALL, epochs=2, augment=augment))
    assert 0 <= result.best <= 1
    reader = Reader(tmp_path / "best.safetensors")
    table = examine(reader.net, grey[1])
    assert len(reader.read_crops(grey[1].pictures)) == len(table) == 16


def test_empty_sets_and_odd_settings_are_refused(tmp_path: Path) -> None:
    some, none = bars(32, 0), bars(0, 0)
    with pytest.raises(ValueError, match="at least one number"):
        train(small_model(), none, some, tmp_path / "a", SMALL)
    with pytest.raises(ValueError, match="at least one number"):
        train(small_model(), some, none, tmp_path / "b", SMALL)


def numbers_of(texts: list[str]) -> NumberSet:
    """Numbers on the pictures of `bars`, without boxes."""
    numbers = bars(len(texts), 0)
    numbers.lengths, numbers.digits = encode(texts)
    numbers.boxes[:] = math.nan
    return replace(numbers, table=numbers.table.assign(number=texts))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("marek2017-softmax", ["1", "7", "0", "4"]),  # one digit, of labels of five
        ("marek2017-strip", ["12345", "00000", "98765", "11111"]),
        ("zylbersztejn2016-canvas", ["1", "257", "12345", "04"]),  # six digits
    ],
)
def test_nets_of_any_number_of_digits_learn_from_the_same_labels(tmp_path, name, texts) -> None:
    torch.manual_seed(0)
    numbers, net = numbers_of(texts), zoo.create_model(name)
    settings = settings_for(net.config, steps=1, augment=None, precision="float32")
    result = train(net, numbers, numbers, tmp_path / "run", settings)
    assert result.history[0]["step"] == 1
    assert 0.05 <= zoo.load_model(tmp_path / "run" / "best.safetensors").temperature <= 20


def test_numbers_that_a_net_cannot_say_are_counted_before_the_first_step(tmp_path: Path) -> None:
    short, long = numbers_of(["1", "23"] * 2), numbers_of(["1", "2345", "12345", "678"])
    with pytest.raises(ValueError, match=r"^3 of 4 numbers have more than the 2 digits "):
        train(small_model(lengths=3), short, long, tmp_path / "run", SMALL)  # lengths 0 to 2
    for sets in ((short, long), (long, short)):
        with pytest.raises(ValueError, match=r"^2 of 4 numbers have more than the 3 digits "):
            train(small_model(max_digits=3, lengths=5), *sets, tmp_path / "run", SMALL)
    assert not (tmp_path / "run").exists()


def test_a_net_that_normalises_over_numbers_needs_two_in_a_step(tmp_path: Path) -> None:
    one = bars(1, 0)
    with pytest.raises(ValueError, match=r"^compact-lstm normalises over the numbers of a step"):
        train(zoo.create_model("compact-lstm"), one, one, tmp_path / "run", SMALL)
    train(small_model(), one, one, tmp_path / "other", replace(SMALL, steps=1))


@pytest.mark.parametrize(("batch", "ranks", "sizes"), [
    (4, 1, [4, 4]), (3, 1, [3, 3, 3]), (8, 1, [8]), (9, 1, [9]), (5, 1, [5, 4]), (2, 1, [2] * 4),
    (6, 2, [3]), (4, 2, [2, 2]), (2, 2, [1, 1, 1, 1]),
])  # fmt: skip
def test_no_streamed_batch_is_a_single_number_at_the_end(tmp_path, batch, ranks, sizes) -> None:
    write_store(tmp_path / "nine.h5", bars(9, 0))
    shards = ShardSet(write_shards(tmp_path / "nine.h5", tmp_path, size=4).pattern)
    place = Place(torch.device("cpu"), 0, ranks)
    feed = make_feed(shards, batch, 0, place)
    assert feed.steps_per_epoch == len(sizes)
    with closing(feed.batches(0)) as batches:
        passes = [next(batches) for _ in range(2 * len(sizes) + 1)]
    seen = [len(part.lengths) for part in passes]
    assert seen == [*sizes, *sizes, sizes[0]]
    assert [feed.examples(n) for n in range(len(seen))] == [
        ranks * sum(seen[:n]) for n in range(len(seen))
    ]
    with closing(feed.batches(len(sizes) + 1)) as batches:  # resumed in the second pass
        assert torch.equal(next(batches).pictures, passes[len(sizes) + 1].pictures)


def test_one_cycle_by_hand() -> None:
    settings = TrainSettings(learning_rate=1.0)  # rises in the first 15 of 100 steps
    rates = [learning_rate(settings, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(1 / 15)
    assert rates[14] == pytest.approx(1.0) and max(rates) == pytest.approx(1.0)
    assert rates[15 + 34] == pytest.approx(0.5 * (1 + math.cos(math.pi * 34 / 85)))
    assert 0 < rates[-1] < 1e-3


def test_schedules_that_decay_by_hand() -> None:
    usual = TrainSettings(learning_rate=0.01, decay_rate=0.9, decay_steps=10_000)
    stairs, smooth = replace(usual, schedule="step"), replace(usual, schedule="exponential")
    # The rate in Goodfellow's public training log at this step.
    assert learning_rate(stairs, 120_100, 122_000) == pytest.approx(0.002824, abs=5e-7)
    assert learning_rate(stairs, 9_999, 122_000) == 0.01
    assert learning_rate(stairs, 10_000, 122_000) == pytest.approx(0.009)
    assert learning_rate(smooth, 5_000, 122_000) == pytest.approx(0.01 * 0.9**0.5)
    assert learning_rate(replace(usual, schedule="constant"), 77, 100) == 0.01


def reference_optimiser(name: str, parameters: list, rate: float) -> torch.optim.Optimizer:
    """The unfused optimisers of torch, one weight at a time."""
    made = {
        "adamw": lambda: torch.optim.AdamW(parameters, lr=rate, foreach=False),
        "adam": lambda: torch.optim.Adam(parameters, lr=rate, foreach=False),
        "sgd": lambda: torch.optim.SGD(
            parameters, lr=rate, momentum=0.9, nesterov=True, foreach=False
        ),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=rate, foreach=False),
        "adagrad": lambda: torch.optim.Adagrad(parameters, lr=rate, foreach=False),
    }
    return made[name]()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_do_as_their_names_say(name: str) -> None:
    ours, theirs = torch.nn.Linear(5, 3), torch.nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    settings = TrainSettings(optimiser=name, learning_rate=0.1, weight_decay=0.0)
    optimiser = make_optimiser(settings, ours)
    reference = reference_optimiser(name, list(theirs.parameters()), 0.1)
    if name == "adamw":
        for group in reference.param_groups:
            group["weight_decay"] = 0.0
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        x = torch.randn(4, 5, generator=generator)
        for net, stepper in ((ours, optimiser), (theirs, reference)):
            stepper.zero_grad()
            net(x).square().sum().backward()
            stepper.step()
    torch.testing.assert_close(ours.weight, theirs.weight)
    torch.testing.assert_close(ours.bias, theirs.bias)


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("decay_all", [False, True])
def test_biases_and_norms_are_decayed_only_if_asked(name: str, decay_all: bool) -> None:
    settings = TrainSettings(optimiser=name, weight_decay=0.5, decay_all=decay_all)
    decayed, others = make_optimiser(settings, small_model()).param_groups
    assert decayed["weight_decay"] == 0.5 and all(p.ndim > 1 for p in decayed["params"])
    assert others["weight_decay"] == 0.5 * decay_all
    assert others["params"] and all(p.ndim <= 1 for p in others["params"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimiser": "adagrad2"}, "optimiser 'adagrad2'.*adamw, adam, sgd"),
        ({"schedule": "cosine"}, "schedule 'cosine'.*one-cycle, constant"),
        ({"precision": "half"}, "precision 'half'"),
        *(
            ({name: value}, f"{name} must be a .*got")
            for name, values in {
                "epochs": (0, -1, math.inf, math.nan, "3", None, True, 10**400),
                "steps": (0, -1, 2.5, 10**400),
                "batch": (1, -4, 16.0, math.nan),
                "learning_rate": (0.0, -1.0, math.inf, math.nan, 10**400),
                "momentum": (-0.1, 1.0, math.nan),
                "decay_rate": (0.0, -1.0, 1.1, math.nan),
                "decay_steps": (0, -3),
                "weight_decay": (-1.0, math.nan, math.inf),
                "clip": (-1.0, math.nan, math.inf),
                "average": (-0.5, 1.0, math.nan),
                "blend": (-0.5, 1.0, math.nan),
                "evaluate_every": (-5, 0.5),
                "patience": (-1, math.nan),
                "log_every": (0, -1),
                "seed": (-1, 2**63, 0.0),
            }.items()
            for value in values
        ),
        ({"nesterov": "no"}, "nesterov must be True or False"),
        ({"compile": 1}, "compile must be True or False"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TrainSettings(**changes)


def test_numbers_of_numpy_become_plain_ones() -> None:
    settings = TrainSettings(steps=np.int64(3), learning_rate=np.float32(0.5), seed=np.int32(7))
    assert (settings.steps, settings.learning_rate, settings.seed) == (3, 0.5, 7)
    assert [type(n) for n in (settings.steps, settings.learning_rate)] == [int, float]


@pytest.mark.parametrize("seed", [2_500_000_000, 2**63 - 1])
def test_large_seeds_train_and_differ(tmp_path: Path, seed: int) -> None:
    losses = []
    for chosen in (seed, seed - 1):
        settings = replace(SMALL, steps=2, evaluate_every=2, seed=chosen)
        result = train(small_model(), bars(48, 0), bars(16, 1), tmp_path / str(chosen), settings)
        losses.append(result.history[-1]["loss"])
    assert losses[0] != losses[1]


def test_the_settings_need_no_pytorch() -> None:
    code = (
        "import sys; from svhn_lib.training import TrainSettings\n"
        "print(*{'torch', 'numpy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")


def test_precision_is_what_was_asked_for() -> None:
    cpu = torch.device("cpu")
    assert use_bfloat16("bfloat16", cpu) and not use_bfloat16("float32", cpu)


def test_auto_precision_follows_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    for gain, half in ((1.8, True), (1.0, False), (0.5, False)):
        monkeypatch.setattr(precision, "bfloat16_gain", lambda gain=gain: gain)
        assert use_bfloat16("auto", cpu) is half
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(precision, "bfloat16_gain", lambda: 9.0)
    assert not use_bfloat16("auto", cpu)
    # a PyTorch that does not tell: the trial decides
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported")
    assert use_bfloat16("auto", cpu)


def test_the_trial_of_precisions_leaves_the_generator_alone() -> None:
    before = torch.get_rng_state()
    assert precision.bfloat16_gain.__wrapped__() > 0
    assert torch.equal(torch.get_rng_state(), before)


def test_a_resumed_run_keeps_its_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another trial on a busy machine must not change how a run goes on."""
    settings = replace(SMALL, precision="auto", epochs=1)
    for half, epochs in ((True, 1), (False, 2)):
        monkeypatch.setattr(state, "use_bfloat16", lambda *_, half=half: half)
        lines: list[str] = []
        train(
            small_model(), bars(48, 0), bars(16, 1), tmp_path / "run",
            replace(settings, epochs=epochs), resume=True, report=lines.append,
        )  # fmt: skip
        assert any("bfloat16 convolutions" in line for line in lines)


def test_kept_weights_are_a_blend_with_those_of_the_beginning(tmp_path: Path) -> None:
    model = small_model()
    first = {name: value.clone() for name, value in model.state_dict().items()}
    settings = replace(SMALL, blend=0.25, average=0.0, steps=3, evaluate_every=3)
    train(model, bars(48, 0), bars(16, 1), tmp_path / "run", settings)
    kept = zoo.load_model(tmp_path / "run" / "best.safetensors").state_dict()
    moved = False
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            expected = 0.75 * value + 0.25 * first[name]
            torch.testing.assert_close(kept[name], expected, rtol=1e-4, atol=1e-6)
            moved |= bool((value != first[name]).any())
    assert moved


def test_a_blend_goes_on_with_the_weights_it_began_with(tmp_path: Path) -> None:
    settings = replace(SMALL, blend=0.5, epochs=1)
    cut = tmp_path / "cut"
    half = replace(settings, steps=6, patience=1, evaluate_every=2)
    for folder, chosen in ((cut, half), (cut, replace(half, patience=0))):
        train(small_model(), bars(48, 0), bars(16, 1), folder, chosen, resume=True)
    again = replace(settings, steps=6, evaluate_every=2)
    train(small_model(), bars(48, 0), bars(16, 1), tmp_path / "again", again)
    ends = [load_file(f / CHECKPOINT) for f in (cut, tmp_path / "again")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    with pytest.raises(ValueError, match="began with another --weights"):
        train(small_model(1), bars(48, 0), bars(16, 1), cut, replace(half, steps=9), resume=True)


def test_canvases_are_painted_batch_by_batch_as_painted_whole(tmp_path: Path) -> None:
    digits = DigitSet(
        torch.randint(0, 256, (20, 1, 28, 28), dtype=torch.uint8), torch.arange(20) % 10, "noise"
    )
    drawn = draw_canvases("centred", digits, 48, np.random.default_rng(0))
    weights = []
    for name, training in (("drawn", drawn), ("rendered", drawn.render())):
        model = small_model(grey=True)
        train(model, training, drawn.render(), tmp_path / name, replace(SMALL, epochs=2))
        weights.append(model.state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_batches_that_are_made_ahead_are_the_same_and_stop_with_who_asks() -> None:
    made = []

    def batches(count: int):
        for place in range(count):
            made.append(place)
            yield place

    assert list(ahead(batches(7))) == list(range(7))
    made.clear()
    endless = ahead(batches(10**9), depth=3)
    assert [next(endless), next(endless)] == [0, 1]
    endless.close()
    assert len(made) <= 2 + 3  # no thread goes on

    def broken():
        yield 1
        raise OSError("the disk is gone")

    given = ahead(broken())
    assert next(given) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(given)

"""The training loop: learns, keeps the best, resumes to the same bits, stops on nonsense."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from svhn_lib.data.canvas import draw_canvases
from svhn_lib.data.digits import DigitSet
from svhn_lib.data.store import NumberSet
from svhn_lib.labels import encode
from svhn_lib.losses import LossSettings
from svhn_lib.models import zoo
from svhn_lib.training import TrainSettings, train
from svhn_lib.training.checkpoints import NAME, PREVIOUS
from svhn_lib.training.loop import Diverged, use_bfloat16
from svhn_lib.training.schedules import learning_rate, make_optimiser

SMALL = TrainSettings(
    epochs=4, batch=16, evaluate_every=4, augment=None, precision="float32", average=0.9,
    loss=LossSettings("masked", 0.0),
)  # fmt: skip


def bars(count: int, seed: int) -> NumberSet:
    """Pictures that a small net can learn: the number's digit is the column of a bright bar."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, 10, (count,), generator=generator)
    pictures = torch.randint(0, 60, (count, 32, 32, 3), dtype=torch.uint8, generator=generator)
    for row, value in enumerate(values):
        pictures[row, :, 3 * value : 3 * value + 3] = 250
    numbers = [str(int(value)) for value in values]
    lengths, digits = encode(numbers)
    boxes = torch.full((count, 5, 4), float("nan"))
    boxes[:, 0] = torch.tensor([4.0, 4.0, 28.0, 28.0])
    table = pd.DataFrame({"file": [f"{i}.png" for i in range(count)], "number": numbers})
    return NumberSet(pictures.permute(0, 3, 1, 2), lengths, digits, boxes, table)


def small_model(seed: int = 0, **changes: object) -> zoo.NumberNet:
    torch.manual_seed(seed)
    blocks = (zoo.Conv(8, stride=2), zoo.Conv(8, stride=2, dropout=0.1))
    model = zoo.create(
        "compact", size=(32, 32), backbone=blocks, squeeze=0, hidden=(32,), columns=False, **changes
    )
    return model


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
    kept = zoo.load(tmp_path / "run" / "best.safetensors")
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
    for name in ("best.safetensors", NAME):
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
    (out / NAME).write_bytes((out / NAME).read_bytes()[:-100])
    lines: list[str] = []
    train(small_model(), *sets, out, SMALL, resume=True, report=lines.append)
    assert NAME in lines[0] and "damaged" in lines[0]
    train(small_model(), *sets, tmp_path / "whole", SMALL)
    whole, resumed = (load_file(run / NAME) for run in (tmp_path / "whole", out))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_no_whole_checkpoint_is_an_error(tmp_path: Path) -> None:
    sets, out = (bars(64, 0), bars(32, 1)), tmp_path / "run"
    train(small_model(), *sets, out, SMALL)
    for name in (NAME, PREVIOUS):
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


def test_empty_sets_and_odd_settings_are_refused(tmp_path: Path) -> None:
    some, none = bars(32, 0), bars(0, 0)
    with pytest.raises(ValueError, match="at least one number"):
        train(small_model(), none, some, tmp_path / "a", SMALL)
    with pytest.raises(ValueError, match="epochs above 0"):
        train(small_model(), some, some, tmp_path / "b", TrainSettings(epochs=0))


def test_every_number_is_seen_once_an_epoch(tmp_path: Path) -> None:
    from svhn_lib.training.loop import _Run

    run = _Run(small_model(), bars(64, 0), bars(8, 1), tmp_path, SMALL, lambda _: None)
    seen = []
    for _ in range(run.steps_per_epoch):
        seen += run.indices().tolist()
        run.step += 1
    assert sorted(seen) == list(range(64))
    again = run.indices().tolist()
    assert again != seen[: len(again)]


def test_one_cycle_by_hand() -> None:
    rates = [learning_rate("one-cycle", step, 100, 1.0, warm_up=0.1) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0) and max(rates) == pytest.approx(1.0)
    assert rates[10 + 45] == pytest.approx(0.5)
    assert 0 < rates[-1] < 1e-3
    assert learning_rate("constant", 77, 100, 0.3) == 0.3
    with pytest.raises(ValueError, match="one-cycle, constant"):
        learning_rate("cosine", 0, 1, 1.0)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_biases_and_norms_are_not_decayed(name: str) -> None:
    optimiser = make_optimiser(name, small_model(), 0.1, 0.5)
    decayed, kept = optimiser.param_groups
    assert decayed["weight_decay"] == 0.5 and all(p.ndim > 1 for p in decayed["params"])
    assert kept["weight_decay"] == 0 and all(p.ndim <= 1 for p in kept["params"])
    with pytest.raises(ValueError, match="adamw, sgd"):
        make_optimiser("adagrad2", small_model(), 0.1, 0)


def test_precision_is_what_was_asked_for() -> None:
    cpu = torch.device("cpu")
    assert use_bfloat16("bfloat16", cpu) and not use_bfloat16("float32", cpu)
    with pytest.raises(ValueError, match="precision 'half'"):
        use_bfloat16("half", cpu)


def test_canvases_are_painted_batch_by_batch_as_painted_whole(tmp_path: Path) -> None:
    digits = DigitSet(
        torch.randint(0, 256, (20, 1, 28, 28), dtype=torch.uint8), torch.arange(20) % 10, "noise"
    )
    drawn = draw_canvases("centred", digits, 48, np.random.default_rng(0))
    weights = []
    for name, training in (("drawn", drawn), ("painted", drawn.paint())):
        model = small_model(grey=True)
        train(model, training, drawn.paint(), tmp_path / name, replace(SMALL, epochs=2))
        weights.append(model.state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])

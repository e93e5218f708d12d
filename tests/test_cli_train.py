"""`svhn train`."""

import csv
import json
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import h5py
import pytest
import torch
from small_cli import TINY, assert_one_line, svhn, truncate
from small_runs import bars
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from svhn_lib.cli import console as cli_console
from svhn_lib.data.sets.store import read_store, write_store
from svhn_lib.data.shards import stream
from svhn_lib.models import zoo
from svhn_lib.training import TrainSettings


@pytest.fixture(autouse=True)
def _quiet_and_tiny(monkeypatch):
    """A small model by name; what a command says must not depend on how busy this machine is."""
    monkeypatch.setitem(zoo.MODELS, "tiny", TINY)
    monkeypatch.setattr(cli_console, "INTERVAL", float("inf"))


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """60 numbers of one digit."""
    path = tmp_path_factory.mktemp("store") / "train.h5"
    write_store(path, bars(60, 0))
    return path


@pytest.mark.parametrize(
    "options",
    [
        "--out run",
        "--data a.h5",
        "--data a.h5 --out run --model nonsense",
        "--data a.h5 --out run --preset",
        "--data a.h5 --out run --blend 0.3",
    ],
)
def test_wrong_usage_ends_with_status_2(options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = svhn("train", *options.split())
    assert done.status == 2
    assert "Error: " in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("epochs", "inf nan -inf 0 -1 1e300"),
        ("steps", "0 -5 99999999999999999999"),
        ("batch", "1 0 -8"),
        ("optimiser", "lion"),
        ("learning-rate", "0 -1 nan inf"),
        ("momentum", "-0.1 1 nan"),
        ("schedule", "cosine"),
        ("decay-rate", "0 -1 1.5 nan"),
        ("decay-steps", "0 -1"),
        ("weight-decay", "-1 nan inf"),
        ("clip", "-1 nan inf"),
        ("average", "-0.1 1 nan"),
        ("blend", "-0.1 1 nan"),
        ("evaluate-every", "-5"),
        ("patience", "-1"),
        ("log-every", "0 -1"),
        ("precision", "half"),
        ("seed", "-1 9223372036854775808"),
        ("label-smoothing", "-0.1 1 nan"),
    ],
)
def test_numbers_and_names_that_cannot_be_are_wrong_usage(option, values, tmp_path):
    for value in values.split():
        given = ("--weights", "compact", f"--{option}", value)
        done = svhn("train", "--data", tmp_path / "a.h5", "--out", tmp_path / "run", *given)
        assert done.status == 2
        assert option.replace("-", "_") in done.err, value
    assert not list(tmp_path.iterdir())


def test_help_names_every_field_with_its_default():
    shown = " ".join(svhn("train", "--help").out.split()).replace("one- cycle", "one-cycle")
    usual = TrainSettings()
    for field in fields(TrainSettings):
        if field.name in ("loss", "augment"):
            continue
        assert f"--{field.name.replace('_', '-')} " in shown
        if type(getattr(usual, field.name)) in (int, float, str):
            assert f"[default: {getattr(usual, field.name)}]" in shown


def test_every_field_can_be_given(store, tmp_path):
    given = {
        "epochs": 1.0, "batch": 27, "optimiser": "sgd", "learning_rate": 0.01, "momentum": 0.8,
        "nesterov": False, "schedule": "step", "decay_rate": 0.5, "decay_steps": 2,
        "weight_decay": 0.1, "decay_all": True, "clip": 2.0, "average": 0.5, "evaluate_every": 1,
        "patience": 9, "log_every": 1, "precision": "float32", "seed": 2500000000,
    }  # fmt: skip
    options = []
    for name, value in given.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            options.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            options += [f"--{flag}", value]
    done = svhn("train", "--data", store, "--out", tmp_path, "--model", "tiny", *options)
    assert done.status == 0
    facts = json.loads((tmp_path / "run.json").read_text())
    assert {name: facts["settings"][name] for name in given} == given
    assert [
        float(row["learning_rate"]) for row in csv.DictReader((tmp_path / "metrics.csv").open())
    ] == [0.01, 0.01]


SHORT = ("--model", "tiny", "--batch", 27, "--seed", 5)


@pytest.fixture
def run(store, tmp_path) -> Path:
    """A run of two steps."""
    done = svhn("train", "--data", store, "--out", tmp_path / "run", *SHORT, "--epochs", 1)
    assert done.status == 0
    assert re.fullmatch(r".*best\.safetensors: validation sequence accuracy \d\.\d+\n", done.out)
    assert "step 2/2" in done.err
    return tmp_path / "run"


def test_train_leaves_weights_and_what_made_them(run, store):
    facts = json.loads((run / "run.json").read_text())
    assert facts["command"].startswith("svhn")
    assert facts["data"] == [str(store)]
    assert facts["settings"]["seed"] == 5
    assert facts["settings"]["batch"] == 27
    held_out = len(read_store(store, "validation"))
    assert (facts["training_numbers"], facts["validation_numbers"]) == (60 - held_out, held_out)
    assert zoo.load_model(run / "best.safetensors").config == TINY
    assert svhn("evaluate", store, "--model", run / "best.safetensors").status == 0


def test_train_begins_with_given_weights(run, store, tmp_path):
    weights = run / "best.safetensors"
    more = ["--data", store, *SHORT, "--steps", 1, "--learning-rate", 1e-9, "--average", 0]
    first, other = tmp_path / "from-weights", tmp_path / "from-nothing"
    assert svhn("train", "--out", first, "--weights", weights, *more).status == 0
    assert svhn("train", "--out", other, *more).status == 0
    before = zoo.load_model(weights).state_dict()
    kept, fresh = (zoo.load_model(f / "best.safetensors").state_dict() for f in (first, other))
    name = "backbone.0.0.weight"
    torch.testing.assert_close(kept[name], before[name], atol=1e-6, rtol=0)
    assert (fresh[name] - before[name]).abs().max() > 1e-4
    figures = zoo.load_model(first / "best.safetensors").figures
    assert figures["began_with"]["weights"] == str(weights)
    assert figures["began_with"]["command"] == zoo.load_model(weights).figures["command"]


CPU_LACKS = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you "
    "tried to allocate 33554432 bytes. Error code 12 (Cannot allocate memory)"
)
GPU_LACKS = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 4 GiB."


@pytest.mark.parametrize(
    ("error", "asked"),
    [(RuntimeError(CPU_LACKS), "33554432 bytes"), (torch.OutOfMemoryError(GPU_LACKS), "2.00 GiB")],
)
def test_a_lack_of_memory_is_one_line(error, asked, store, tmp_path, monkeypatch, weights):
    def lack(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(zoo.NumberNet, "forward", lack)
    done = svhn("train", "--data", store, "--out", tmp_path / "run", *SHORT)
    assert done.status == 1
    last = done.err.splitlines()[-1]
    assert last.endswith(f"not enough memory: {asked} more were asked for; give a smaller --batch")
    done = svhn("evaluate", store, "--model", weights)
    assert_one_line(done, f"not enough memory: {asked} more were asked for")


def test_other_errors_of_pytorch_are_not_hidden(store, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(zoo.NumberNet, "forward", fail)
    with pytest.raises(RuntimeError, match="mat1"):
        svhn("train", "--data", store, "--out", tmp_path / "run", *SHORT)


def test_weights_without_a_name_are_no_random_ones(store, tmp_path):
    """As of a variable of the shell that is not set."""
    done = svhn("train", "--data", store, "--out", tmp_path / "new", "--weights", "")
    assert_one_line(done, "no such weights")
    assert not (tmp_path / "new").exists()


def test_a_blend_needs_weights_to_blend_with(store, tmp_path):
    done = svhn("train", "--data", store, "--out", tmp_path / "new", *SHORT, "--blend", 0.3)
    assert done.status == 2 and "--weights" in done.err


def test_weights_of_another_model_are_wrong_usage(run, store, tmp_path):
    done = svhn(
        "train", "--data", store, "--out", tmp_path / "new", "--model", "small",
        "--weights", run / "best.safetensors",
    )  # fmt: skip
    assert done.status == 2 and "weights of tiny" in done.err
    assert not (tmp_path / "new").exists()


def test_train_does_not_write_over_a_run_but_resumes_it(run, store):
    assert_one_line(svhn("train", "--data", store, "--out", run, *SHORT), run, "resume")
    more = svhn("train", "--data", store, "--out", run, *SHORT, "--epochs", 2, "--resume")
    assert more.status == 0
    assert re.findall(r"^step \d+/\d+", more.err, re.M) == ["step 4/4"]
    other = svhn("train", "--data", store, "--out", run, *SHORT, "--clip", 9, "--resume")
    assert_one_line(other, run, "--clip 1.0, not 9.0")


def test_train_joins_stores_and_takes_another_for_validation(own, store, tmp_path):
    for name, source, gray in (("own", own, ()), ("grey", own, ("--gray",)), ("val", own, ())):
        out = tmp_path / f"{name}.h5"
        assert svhn("data", "prepare", source, out, "--size", 32, *gray).status == 0
    common = ("--model", "tiny", "--epochs", 1, "--val", tmp_path / "val.h5")
    data = ("--data", store, "--data", tmp_path / "own.h5")
    done = svhn("train", *data, "--out", tmp_path / "run", *common)
    assert done.status == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (facts["training_numbers"], facts["validation_numbers"]) == (64, 4)
    mixed = ("--data", store, "--data", tmp_path / "grey.h5")
    done = svhn("train", *mixed, "--out", tmp_path / "mixed", *common)
    assert_one_line(done, tmp_path / "grey.h5", "in 1 channel", store, "in 3 channels")
    done = svhn("train", "--data", tmp_path / "grey.h5", "--out", tmp_path / "grey", *common)
    assert done.status == 0


def test_train_asks_for_validation_where_a_store_is_too_small(own, tmp_path):
    assert svhn("data", "prepare", own, tmp_path / "own.h5").status == 0
    done = svhn("train", "--data", tmp_path / "own.h5", "--out", tmp_path / "run")
    assert_one_line(done, f"{tmp_path / 'own.h5'}: none of 4 numbers is marked", "give --val")


def test_train_writes_events_and_a_line_every_so_many_steps(store, tmp_path):
    done = svhn(
        "train", "--data", store, "--out", tmp_path / "run", *SHORT,
        "--steps", 4, "--log-every", 2, "--tensorboard",
    )  # fmt: skip
    assert done.status == 0
    line = r"^step (\d)/4  loss \d+\.\d+  learning rate \S+  \d+ examples/s$"
    assert re.findall(line, done.err, re.M) == ["2", "4"]
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    tags = events.Tags()
    assert {"training/loss", "validation/sequence_accuracy"} <= set(tags["scalars"])
    assert "head.digits.weight" in tags["histograms"]
    assert tags["images"]
    facts = list(csv.DictReader((tmp_path / "run" / "metrics.csv").open()))
    shown = [event.value for event in events.Scalars("validation/sequence_accuracy")]
    assert shown == pytest.approx([float(row["sequence_accuracy"]) for row in facts])


def other_version(store: Path, path: Path) -> Path:
    path.write_bytes(store.read_bytes())
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = 999
    return path


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_bad_stores_are_named(command, store, tmp_path, weights):
    (tmp_path / "text.h5").write_text("no store")
    (tmp_path / "half.h5").write_bytes(store.read_bytes())
    truncate(tmp_path / "half.h5")
    other_version(store, tmp_path / "other.h5")
    for name in ("nowhere.h5", "text.h5", "half.h5", "other.h5"):
        path = tmp_path / name
        trained = ("train", "--data", path, "--out", tmp_path / "run", "--model", "tiny")
        evaluated = ("evaluate", path, "--model", weights)
        assert_one_line(svhn(*(trained if command == "train" else evaluated)), path)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_was_stopped_says_how_to_go_on(number, status, store, weights, tmp_path):
    run = tmp_path / "my run"
    short = ("--batch", "8", "--epochs", "100000", "--evaluate-every", "1000000")
    begun = ("--weights", str(weights), "--log-every", "1")
    command = ["-m", "svhn_lib", "train", "--data", str(store), "--out", str(run), *short, *begun]
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs these tests in the background hands on that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not (line := process.stderr.readline()).startswith("step 3/"):
        assert line, "it ended early"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in errors
    last = errors.splitlines()[-1]
    again = shlex.split(last[last.index("svhn ") :])
    assert again == ["svhn", *command[2:], "--resume"]
    assert (run / "checkpoint.safetensors").is_file()
    done = svhn("train", "--out", run, "--steps", 3, "--resume")
    assert done.status == 0 and "resumed after step" in done.err


@pytest.mark.parametrize(
    "options",
    [
        {"data": "STORE"}, {"data": []}, {"data": ["STORE"], "val": 5},
        {"data": ["STORE"], "val": ["STORE"]}, {"data": ["STORE"], "model": ["tiny"]},
        {"data": ["STORE"], "weights": 5}, {"data": ["STORE"], "loss": 3},
        {"data": ["STORE"], "augment": "none"}, {"data": ["STORE"], "steps": {}}, "[" * 5000,
    ],
)  # fmt: skip
def test_a_damaged_record_of_the_run_is_not_followed(store, tmp_path, options):
    text = options if isinstance(options, str) else json.dumps({"options": options})
    (tmp_path / "run.json").write_text(text.replace("STORE", str(store)))
    done = svhn("train", "--out", tmp_path, "--resume")
    assert done.status == 2 and "give --data" in done.err


def test_what_is_not_given_comes_from_the_run(store, tmp_path):
    write_store(tmp_path / "val.h5", bars(20, 1))
    write_store(tmp_path / "other.h5", bars(20, 2))
    run, given = (
        tmp_path / "run",
        ("--optimiser", "sgd", "--momentum", 0.5, "--label-smoothing", 0.1),
    )
    sets = ("--data", store, "--val", tmp_path / "val.h5")
    done = svhn("train", "--out", run, *sets, *SHORT, *given, "--epochs", 1, "--no-nesterov")
    assert done.status == 0
    before = json.loads((run / "run.json").read_text())
    for more in (("--data", store), ("--steps", 5), ("--epochs", 3)):
        done = svhn("train", "--out", run, *more, "--resume")
        assert done.status == 0, done.err
    facts = json.loads((run / "run.json").read_text())
    assert facts["val"] == str(tmp_path / "val.h5") and facts["data"] == [str(store)]
    assert facts["steps"] == 6
    assert facts["settings"] == before["settings"] | {"epochs": 3.0}
    for option, value, words in (
        ("--val", tmp_path / "other.h5", "another --val"),
        ("--data", tmp_path / "other.h5", "another --data"),
        ("--learning-rate", 0.001, "--learning-rate 0.003, not 0.001"),
        ("--model", "compact", "--model tiny, not compact"),
    ):
        done = svhn("train", "--out", run, option, value, "--resume")
        assert_one_line(done, run, f"the run began with {words}")


def test_hard_views_are_kept_when_a_run_goes_on(store, tmp_path):
    run = tmp_path / "run"
    for more in (("--data", store, "--hard-views", "--epochs", 1), ("--epochs", 2, "--resume")):
        done = svhn("train", "--out", run, *SHORT, *more)
        assert done.status == 0, done.err
        views = json.loads((run / "run.json").read_text())["settings"]["augment"]
        assert views["loose"] == 0.3 and views["margin"] == [0.1, 0.45]
    joint = ("--model", "joint", "--hard-views")
    done = svhn("train", "--data", store, "--out", tmp_path / "other", *joint)
    assert done.status == 2 and "joint does not learn from random views" in done.err


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"options": 3}', '{"options": {}}', '{"options": {"data": 3}}',
     '{"options": {"data": ["a.h5"], "lion": 3}}', '{"options": {"data": [3]}}'],
)  # fmt: skip
def test_a_run_json_that_says_nothing_asks_for_data(text, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text(text)
    done = svhn("train", "--out", tmp_path / "run", "--resume")
    assert done.status == 2 and "--data" in done.err


def test_a_run_in_a_folder_that_holds_one_is_refused(store, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    done = svhn("train", "--data", store, "--out", tmp_path / "run", *SHORT)
    assert_one_line(done, tmp_path / "run", "holds a run already")
    assert (tmp_path / "run" / "run.json").read_text() == "{}"


def test_a_run_goes_on_with_no_other_weights(run, store, tmp_path):
    other = tmp_path / "other"
    more = ("--data", store, *SHORT, "--steps", 1)
    assert svhn("train", "--out", other, *more, "--weights", run / "best.safetensors").status == 0
    again = ("train", "--out", other, "--resume", "--steps", 2)
    done = svhn(*again, "--weights", tmp_path / "third.safetensors")
    assert done.status == 2 and "third.safetensors" in " ".join(done.err.split())
    assert str(run / "best.safetensors") in done.err.replace("\n", "").replace(" ", "")
    assert svhn(*again, "--weights", run / "best.safetensors").status == 0
    done = svhn("train", "--out", run, "--resume", "--steps", 3, "--weights", "compact")
    assert done.status == 2 and "random weights" in " ".join(done.err.split())
    facts = json.loads((run / "run.json").read_text())
    assert "began_with" not in facts and "weights" not in facts["options"]


@pytest.mark.parametrize("option", ["--blend 0.5", "--label-smoothing 0.1", "--compile"])
def test_options_that_a_net_that_finds_numbers_would_not_use_are_refused(option, tmp_path):
    begun = ("--weights", "localiser", "--data", tmp_path, "--val", tmp_path)
    done = svhn("train", *begun, "--out", tmp_path / "run", *option.split())
    assert done.status == 2
    said = f"{option.split()[0]} does not go with localiser"
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize("name", ["train-000000.tar?key=b", "train-000000.tar"])
def test_addresses_on_the_web_are_shards_whatever_follows_them(name, store, tmp_path):
    address = f"http://127.0.0.1:1/{name}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "TRIES", 1)
        done = svhn("train", "--data", address, "--val", store, "--out", tmp_path / "run")
    index = address.replace("000000.tar", "index.json")
    assert_one_line(done, f"{index}: no connection")


def test_train_streams_shards(store, tmp_path):
    made = svhn("data", "shards", store, tmp_path / "shards", "--size", 20)
    assert made.status == 0
    pattern = f"{tmp_path}/shards/{store.stem}-{{000000..000002}}.tar"
    missing = svhn("train", "--data", pattern, "--out", tmp_path / "run", *SHORT)
    assert_one_line(missing, pattern, "--val")
    done = svhn("train", "--data", pattern, "--val", store, "--out", tmp_path / "run", *SHORT)
    assert done.status == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["training_numbers"] == 60
    assert facts["data"] == [pattern]
    assert facts["steps_per_epoch"] == 3  # of 27, 27 and 6

"""Checkpoints of any content: what is damaged is named, and the one before it is tried."""

import json
import resource
import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, safe_open, save_file
from small_runs import SMALL, bars, small_model

from svhn_lib.training import train
from svhn_lib.training.feeds import digest
from svhn_lib.training.run_folder import CHECKPOINT, PREVIOUS

SETS = bars(48, 0), bars(16, 1)
SHORT = replace(SMALL, steps=4, evaluate_every=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A run of four steps with two checkpoints."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    train(small_model(), *SETS, folder, SHORT)
    return folder


def contents(path: Path) -> tuple[dict, dict]:
    with safe_open(path, "pt") as file:
        return load_file(path), json.loads(file.metadata()["progress"])


def rewrite(path: Path, tensors: dict, progress: object) -> None:
    """Write a checkpoint whose checksum is right, as another version of the library might."""
    text = json.dumps(progress)
    tensors = {name: value.contiguous() for name, value in tensors.items()}
    save_file(tensors, path, {"progress": text, "checksum": digest(tensors, text)})


VALUES = {
    "step": (None, {}, [], "x", -1, 1e9, 2.5, True, 1, [1]),
    "seconds": (None, {}, "x", -1, True, float("inf"), float("nan")),
    "first_loss": ({}, "x", -1, True, float("inf"), float("nan")),
    "bfloat16": (None, {}, "x", 1, 0.0),
    "began_with": (None, {}, [], "x", 3, {"model": 1}),
    "history": (None, {}, "x", 3, [{}], [1], [None], [[]]),
}


def progress_cases():
    for whole_text in (None, {}, [], "x", 3):
        yield f"all-{whole_text}", lambda t, p, v=whole_text: (t, v)
    for key, values in VALUES.items():
        yield f"no-{key}", lambda t, p, k=key: (t, {n: v for n, v in p.items() if n != k})
        for value in values:
            yield f"{key}-{value}", lambda t, p, k=key, v=value: (t, p | {k: v})
    yield "more", lambda t, p: (t, p | {"more": 1})
    for column in ("step", "loss", "sequence_accuracy"):
        for value in (None, "x", -1, float("nan")):

            def change(t, p, c=column, v=value):
                return t, p | {"history": [row | {c: v} for row in p["history"]]}

            yield f"row-{column}-{value}", change


def tensor_cases():
    def renamed(name, other):
        return lambda t, p: ({(other if n == name else n): v for n, v in t.items()}, p)

    def changed(name, change):
        return lambda t, p: (t | {name: change(t[name])}, p)

    def without(name):
        return lambda t, p: ({n: v for n, v in t.items() if n != name}, p)

    yield "no-tensor", lambda t, p: ({}, p)
    for name in ("losses", "model.backbone.0.0.weight", "averaged.backbone.0.0.weight"):
        yield f"no-{name}", without(name)
        yield f"shape-{name}", changed(name, lambda v: v[..., :1])
        yield f"dtype-{name}", changed(name, lambda v: v.double())
        yield f"renamed-{name}", renamed(name, "other")
    for key in ("step", "exp_avg", "exp_avg_sq"):
        name = f"optimiser.0.{key}"
        yield f"no-{name}", without(name)
        yield f"shape-{name}", changed(name, lambda v: torch.zeros(7, 5))
        yield f"dtype-{name}", changed(name, lambda v: v.long())
    for other in ("9999.x", "9999.step", "x.step", "0", "-1.step", "0.", "", "0.more"):
        yield f"entry-{other}", renamed("optimiser.0.step", f"optimiser.{other}")


CASES = {**dict(progress_cases()), **dict(tensor_cases())}


def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.mark.parametrize("name", CASES)
def test_unexpected_content_is_named_and_the_checkpoint_before_used(name, whole, tmp_path):
    run, lines = copied(whole, tmp_path), []
    rewrite(run / CHECKPOINT, *CASES[name](*contents(run / CHECKPOINT)))
    model = small_model(3)
    train(model, *SETS, run, replace(SHORT, steps=2), resume=True, report=lines.append)
    assert str(run / CHECKPOINT) in lines[0]
    assert "damaged" in lines[0] and "\n" not in lines[0]
    assert lines[1] == "resumed after step 2"
    before = load_file(run / PREVIOUS)
    assert all(torch.equal(before[f"model.{k}"], v) for k, v in model.state_dict().items())


def bytes_cases(data: bytes):
    yield b""
    yield b"x"
    yield b"{}"
    yield data[:-100]
    yield data[: len(data) // 2]
    yield data[:8]
    yield data + b"more"
    yield data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]  # one bit of a weight
    yield data.replace(b'\\"step\\": 4', b'\\"step\\": 9', 1)
    yield b"\xff" * 200


@pytest.mark.parametrize("index", range(10))
def test_damaged_files_are_named_and_two_of_them_end_the_run(index, whole, tmp_path):
    run, lines = copied(whole, tmp_path), []
    for name in (CHECKPOINT, PREVIOUS):
        damaged = list(bytes_cases((run / name).read_bytes()))[index]
        (run / name).write_bytes(damaged)
        if name == CHECKPOINT:
            train(small_model(3), *SETS, run, SHORT, resume=True, report=lines.append)
            assert str(run / CHECKPOINT) in lines[0] and "damaged" in lines[0]
            (run / name).write_bytes(damaged)
            (run / PREVIOUS).write_bytes((whole / PREVIOUS).read_bytes())
        elif index != 8:
            with pytest.raises(ValueError, match="no whole checkpoint") as caught:
                train(small_model(), *SETS, run, SHORT, resume=True)
            assert "\n" not in str(caught.value)
            assert all(str(run / name) in str(caught.value) for name in (CHECKPOINT, PREVIOUS))


def test_a_checkpoint_of_another_version_is_damaged(whole, tmp_path):
    """As versions before this one wrote it: no checksum."""
    run, lines = copied(whole, tmp_path), []
    tensors, progress = contents(run / CHECKPOINT)
    save_file(tensors, run / CHECKPOINT, {"progress": json.dumps(progress)})
    train(small_model(), *SETS, run, SHORT, resume=True, report=lines.append)
    assert "damaged" in lines[0] and lines[1] == "resumed after step 2"


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adagrad", "adam"])
def test_every_optimiser_goes_on_to_the_same_bits(name, tmp_path):
    settings = replace(SHORT, optimiser=name, momentum=0.9 if name == "sgd" else 0.0)
    train(small_model(), *SETS, tmp_path / "whole", settings)
    train(small_model(), *SETS, tmp_path / "cut", replace(settings, schedule="constant", steps=2))
    constant = replace(settings, schedule="constant")
    train(small_model(), *SETS, tmp_path / "again", constant)
    train(small_model(5), *SETS, tmp_path / "cut", constant, resume=True)
    ends = [load_file(tmp_path / run / CHECKPOINT) for run in ("again", "cut")]
    assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])


# A folder and its run


@pytest.mark.parametrize("left", ["run.json", CHECKPOINT, PREVIOUS, "metrics.csv"])
def test_a_run_is_not_begun_over_another(left, whole, tmp_path):
    (tmp_path / "run").mkdir()
    shutil.copy(whole / left, tmp_path / "run")
    before = (tmp_path / "run" / left).read_bytes()
    with pytest.raises(FileExistsError, match="holds a run already"):
        train(small_model(), *SETS, tmp_path / "run", SHORT)
    assert (tmp_path / "run" / left).read_bytes() == before


def test_one_run_at_a_time_uses_a_folder(tmp_path):
    reached, go_on, errors = threading.Event(), threading.Event(), []

    def wait(done: int, total: int) -> None:
        reached.set()
        go_on.wait(60)

    first = threading.Thread(
        target=train, args=(small_model(), *SETS, tmp_path / "run", SHORT),
        kwargs={"progress": wait},
    )  # fmt: skip
    first.start()
    reached.wait(60)
    for resume in (False, True):
        with pytest.raises(FileExistsError, match="another process is training in this folder"):
            train(small_model(), *SETS, tmp_path / "run", SHORT, resume=resume)
    go_on.set()
    first.join()
    assert not errors
    train(small_model(), *SETS, tmp_path / "run", SHORT, resume=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"learning_rate": 1e-4}, "--learning-rate 0.003, not 0.0001"),
        ({"nesterov": False}, "--nesterov, not --no-nesterov"),
        ({"seed": 3, "clip": 2.0}, "--clip 1.0, not 2.0; --seed 0, not 3"),
        ({"loss": replace(SMALL.loss, label_smoothing=0.1)}, "--label-smoothing 0.0, not 0.1"),
    ],
)
def test_what_differs_is_named_by_its_option(changes, words, whole, tmp_path):
    run = copied(whole, tmp_path)
    with pytest.raises(ValueError, match="the run began with ") as caught:
        train(small_model(), *SETS, run, replace(SHORT, **changes), resume=True)
    assert f"{run}: the run began with {words}: resume it" in str(caught.value)


@pytest.mark.parametrize("other", [bars(16, 2), bars(15, 1)])
def test_another_validation_set_is_refused(other, whole, tmp_path):
    with pytest.raises(ValueError, match="another --val"):
        train(small_model(), SETS[0], other, copied(whole, tmp_path), SHORT, resume=True)


def test_how_long_a_run_goes_on_may_change(whole, tmp_path):
    settings = replace(SHORT, steps=6, evaluate_every=3, patience=9, log_every=1)
    result = train(small_model(), *SETS, copied(whole, tmp_path), settings, resume=True)
    assert [row["step"] for row in result.history] == [2, 4, 6]


# A full disk


@pytest.fixture
def small_files():
    """Sets how far a file may grow, as on a disk that is full."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_last_whole_checkpoint(whole, tmp_path, small_files):
    run = copied(whole, tmp_path)
    files = {path.name: path.read_bytes() for path in (run / CHECKPOINT, run / PREVIOUS)}
    longer = replace(SHORT, steps=8)
    small_files(8192)
    with pytest.raises(OSError, match=r"checkpoint|best") as caught:
        train(small_model(), *SETS, run, longer, resume=True)
    small_files(resource.RLIM_INFINITY)
    assert "\n" not in str(caught.value)
    assert {name: (run / name).read_bytes() for name in files} == files
    assert not [path for path in run.iterdir() if path.name.endswith(".part")]
    train(small_model(), *SETS, run, longer, resume=True)
    assert contents(run / CHECKPOINT)[1]["step"] == 8

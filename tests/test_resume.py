"""Runs that are broken off, by signals sent to a real process, end as if they had not been."""

import csv
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_runs import SMALL, bars, small_model

from svhn_lib.augment import AugmentSettings
from svhn_lib.models import load_model
from svhn_lib.training import train
from svhn_lib.training.run_folder import CHECKPOINT

LONG = replace(
    SMALL, epochs=40, average=0.99, augment=AugmentSettings(), evaluate_every=3, log_every=2
)
COLUMNS = ("step", "examples", "loss", "sequence_accuracy", "character_accuracy", "learning_rate")


def go(folder: Path, steps: "multiprocessing.connection.Connection | None" = None) -> None:
    """Train or go on; say every step into the pipe."""
    told = (lambda done, total: steps.send_bytes(b".")) if steps else None
    train(small_model(), bars(64, 0), bars(32, 1), folder, LONG, resume=True, progress=told)


def same_end(one: Path, other: Path) -> None:
    for name in ("best.safetensors", CHECKPOINT):
        first, second = load_file(one / name), load_file(other / name)
        assert first.keys() == second.keys()
        assert all(torch.equal(first[key], second[key]) for key in first)
    first, second = (
        [[row[c] for c in COLUMNS] for row in csv.DictReader((run / "metrics.csv").open())]
        for run in (one, other)
    )
    assert first == second


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, which saves minutes")
def test_a_run_killed_twenty_times_ends_with_the_same_bits(tmp_path):
    go(tmp_path / "whole")
    chance, forked = random.Random(0), multiprocessing.get_context("fork")
    for _ in range(20):
        listen, tell = forked.Pipe(duplex=False)
        child = forked.Process(target=go, args=(tmp_path / "killed", tell))
        child.start()
        tell.close()
        for _ in range(chance.randint(2, 9)):
            listen.recv_bytes()
        time.sleep(chance.uniform(0, 0.02))  # within a step, a validation or a file
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
    go(tmp_path / "killed")
    same_end(tmp_path / "whole", tmp_path / "killed")


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_resume import go

class Told:
    def send_bytes(self, _):
        print(".", flush=True)

go(Path(sys.argv[2]), Told())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_control_c_finishes_the_step_and_saves_it(tmp_path):
    go(tmp_path / "whole")
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path / "cut")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(20):  # steps: validations are every 3
        run.stdout.readline()
    run.send_signal(signal.SIGINT)
    out, errors = run.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert run.returncode != 0
    steps = []
    train(
        small_model(seed=5), bars(64, 0), bars(32, 1), tmp_path / "cut", LONG, resume=True,
        progress=lambda done, total: steps.append(done),
    )  # fmt: skip
    assert steps[0] == 20 + out.count(".") + 1  # nothing that was done is done again
    same_end(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (signal.SIGINT, KeyboardInterrupt, None),
        (signal.SIGTERM, SystemExit, 143),
        (getattr(signal, "SIGHUP", signal.SIGTERM), SystemExit, 129),
    ],
)
def test_a_signal_saves_the_step_at_hand(tmp_path, number, kind, code):
    sets, settings = (bars(48, 0), bars(16, 1)), replace(SMALL, steps=6, evaluate_every=100)

    def send(done, total):
        if done == 4:
            os.kill(os.getpid(), number)

    with pytest.raises(kind) as caught:
        train(small_model(), *sets, tmp_path / "cut", settings, progress=send)
    assert getattr(caught.value, "code", None) == code
    steps = []
    train(
        small_model(5), *sets, tmp_path / "cut", settings, resume=True,
        progress=lambda done, total: steps.append(done),
    )  # fmt: skip
    assert steps == [5, 6]
    train(small_model(), *sets, tmp_path / "whole", settings)
    same_end(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.parametrize("steps", [2, 4])
def test_a_run_that_goes_on_for_no_step_keeps_what_it_has(tmp_path, steps):
    sets, settings = (bars(48, 0), bars(16, 1)), replace(SMALL, steps=9, evaluate_every=100)

    def stop(done, total):
        if done == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit):
        train(small_model(), *sets, tmp_path, settings, progress=stop)
    assert not (tmp_path / "best.safetensors").exists()  # stopped before the first validation
    result = train(small_model(), *sets, tmp_path, replace(settings, steps=steps), resume=True)
    assert [row["step"] for row in result.history] == [4]
    assert 0 <= result.history[0]["learning_rate"] <= settings.learning_rate
    figures = load_model(tmp_path / "best.safetensors").figures
    assert figures["validation_sequence_accuracy"] == result.best >= 0
    longer = train(small_model(), *sets, tmp_path, settings, resume=True)
    assert [row["step"] for row in longer.history] == [4, 9]


def test_the_callers_handlers_are_put_back(tmp_path):
    ours = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        before = signal.getsignal(signal.SIGINT)
        train(
            small_model(), bars(32, 0), bars(32, 1), tmp_path, SMALL,
            progress=lambda *_: os.kill(os.getpid(), signal.SIGTERM),  # ignored, as with nohup
        )  # fmt: skip
        assert signal.getsignal(signal.SIGINT) is before
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, ours)


@pytest.mark.parametrize(
    ("changes", "count", "words"),
    [
        ({"learning_rate": 1e-4}, 64, "--learning-rate 0.003, not 0.0001"),
        ({}, 63, "another --data"),
    ],
)
def test_a_run_goes_on_only_as_it_began(tmp_path, changes, count, words):
    train(small_model(), bars(64, 0), bars(32, 1), tmp_path, SMALL)
    settings = replace(SMALL, **changes)
    with pytest.raises(ValueError, match=words):
        train(small_model(), bars(count, 0), bars(32, 1), tmp_path, settings, resume=True)


def test_patience_ends_a_run_and_a_resumed_one_stays_ended(tmp_path):
    # Nothing is learned at such a rate: the first validation stays the best.
    settings = replace(SMALL, epochs=30, learning_rate=1e-9, average=0.0, patience=3)
    result = train(small_model(), bars(64, 0), bars(32, 1), tmp_path, settings)
    assert [row["step"] for row in result.history] == [4, 8, 12, 16]
    again = train(small_model(), bars(64, 0), bars(32, 1), tmp_path, settings, resume=True)
    assert again.history == result.history


@pytest.mark.parametrize("name", ["metrics.csv", "run.json", "best.safetensors"])
def test_a_file_that_is_no_runs_is_not_replaced(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=f"{name} is a file of another kind"):
        train(small_model(), bars(32, 0), bars(32, 1), tmp_path, SMALL, resume=True)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_folder_that_weights_could_not_be_read_from_is_refused(tmp_path):
    out = tmp_path / os.fsdecode(b"caf\xe9")
    with pytest.raises(OSError, match="weights files need a name in UTF-8"):
        train(small_model(), bars(32, 0), bars(32, 1), out, SMALL)
    assert not out.exists()

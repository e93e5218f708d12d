"""Runs of several processes, started as users start them: on one machine, on two, with a death."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_runs import bars

from svhn_lib.data.sets.store import write_store
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.data.shards.write import write_shards
from svhn_lib.training.feeds import MemoryFeed, make_feed
from svhn_lib.training.processes import Place
from svhn_lib.training.run_folder import CHECKPOINT

SCRIPT = Path(__file__).parent / "train_together.py"
CPU = torch.device("cpu")
LONG = 900  # seconds; a busy machine is no failure


def torchrun(*options: str, script: tuple[object, ...], prefix: tuple[str, ...] = ()) -> list[str]:
    command = [*prefix, sys.executable, "-m", "torch.distributed.run", *options]
    return [*command, str(SCRIPT), *map(str, script)]


def run(command: list[str]) -> None:
    # A worker must not ask for the machine's name to be looked up.
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def history(folder: Path) -> list[dict[str, float]]:
    with (folder / "metrics.csv").open() as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("alone") / "run"
    run([sys.executable, str(SCRIPT), str(folder)])
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("together") / "run"
    run(torchrun("--standalone", "--nproc-per-node", "2", script=(folder,)))
    return folder


def same_curve(one: Path, other: Path) -> None:
    first, second = history(one), history(other)
    assert len(first) == len(second) == 10
    for a, b in zip(first, second, strict=True):
        assert a["step"] == b["step"]
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-4)
        assert a["sequence_accuracy"] == pytest.approx(b["sequence_accuracy"], abs=1 / 32 + 1e-9)


def test_two_processes_have_the_loss_curve_of_one(alone, together):
    same_curve(alone, together)
    assert json.loads((together / "run.json").read_text())["processes"] == 2
    assert history(alone)[-1]["loss"] < 0.95 * history(alone)[0]["loss"]


def test_a_run_goes_on_when_a_worker_is_killed(together, tmp_path):
    script = (tmp_path / "run", 11, tmp_path / "killed")
    run(torchrun("--standalone", "--nproc-per-node", "2", "--max-restarts", "5", script=script))
    assert (tmp_path / "killed").exists()
    whole, restarted = load_file(together / CHECKPOINT), load_file(tmp_path / "run" / CHECKPOINT)
    assert all(torch.equal(whole[key], restarted[key]) for key in whole)
    same_curve(together, tmp_path / "run")


@pytest.fixture
def hosts(tmp_path):
    """Two network namespaces with a cable between them: (name, interface, address) each."""
    if not (shutil.which("ip") and os.geteuid() == 0):
        pytest.skip("network namespaces need Linux, iproute2 and root")
    names = [f"svhn{os.getpid()}{letter}" for letter in "ab"]
    ends = [(name, f"v{os.getpid()}{letter}") for name, letter in zip(names, "ab", strict=True)]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        try:
            for name in names:
                ip("netns", "add", name)
            ip("link", "add", ends[0][1], "type", "veth", "peer", "name", ends[1][1])
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
        for host, (name, cable) in enumerate(ends, start=1):
            ip("link", "set", cable, "netns", name)
            ip("-n", name, "addr", "add", f"10.77.0.{host}/24", "dev", cable)
            ip("-n", name, "link", "set", cable, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield [(name, cable, f"10.77.0.{i}") for i, (name, cable) in enumerate(ends, start=1)]
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_two_hosts_train_together(alone, hosts, tmp_path):
    started = []
    for rank, (name, cable, address) in enumerate(hosts):
        prefix = ("ip", "netns", "exec", name, "env", f"GLOO_SOCKET_IFNAME={cable}")
        options = (
            "--nnodes", "2", "--node-rank", str(rank), "--nproc-per-node", "1",
            "--rdzv-backend", "c10d", "--rdzv-id", "test", "--rdzv-endpoint", "10.77.0.1:29511",
            "--local-addr", address, "--rdzv-conf", f"is_host={int(rank == 0)}",
        )  # fmt: skip
        command = torchrun(*options, script=(tmp_path / "run",), prefix=prefix)
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
    try:
        for process in started:
            _, errors = process.communicate(timeout=LONG)
            assert process.returncode == 0, errors[-3000:]
    finally:
        for process in started:
            process.kill()
    same_curve(alone, tmp_path / "run")


def test_every_number_is_seen_once_an_epoch_by_one_of_the_processes():
    numbers = bars(66, 0)
    feeds = [make_feed(numbers, 16, 7, Place(CPU, rank, 4)) for rank in range(4)]
    assert all(isinstance(feed, MemoryFeed) and feed.steps_per_epoch == 4 for feed in feeds)
    passes = []
    for epoch in range(2):
        steps = range(4 * epoch, 4 * epoch + 4)
        passes.append([i for s in steps for feed in feeds for i in feed.indices(s).tolist()])
        assert len(set(passes[-1])) == len(passes[-1]) == 64  # the last 2 come in another pass
    assert passes[0] != passes[1]
    # One process has the same numbers in each step as many together.
    whole = make_feed(numbers, 16, 7, Place(CPU))
    for step in range(8):
        shares = [i for feed in feeds for i in feed.indices(step).tolist()]
        assert sorted(shares) == sorted(whole.indices(step).tolist())


def test_a_feed_can_begin_anywhere():
    feed = make_feed(bars(40, 0), 8, 3, Place(CPU))
    batches = feed.batches(0)
    some = [next(batches) for _ in range(12)]
    later = next(feed.batches(9))
    assert torch.equal(some[9].pictures, later.pictures)
    assert torch.equal(some[9].digits, later.digits)


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match=r"a batch of 15 .* 2 processes"):
        make_feed(bars(40, 0), 15, 0, Place(CPU, 0, 2))


def test_fingerprints_tell_sets_apart():
    def fingerprint(numbers):
        return make_feed(numbers, 8, 0, Place(CPU)).fingerprint

    numbers, same, other = bars(70, 0), bars(70, 0), bars(70, 1)
    assert fingerprint(numbers) == fingerprint(same) != fingerprint(other)
    same.digits[69, 0] = (same.digits[69, 0] + 1) % 10
    assert fingerprint(numbers) != fingerprint(same)


def test_a_feed_of_shards_can_begin_anywhere(tmp_path):
    numbers = bars(40, 0)
    write_store(tmp_path / "bars.h5", numbers)
    write_shards(tmp_path / "bars.h5", tmp_path / "shards", size=16)
    shards = ShardSet(f"{tmp_path}/shards/bars-{{000000..000002}}.tar")
    feed = make_feed(shards, 8, 3, Place(CPU))
    assert feed.steps_per_epoch == 5
    batches = feed.batches(0)
    some = [next(batches) for _ in range(12)]  # over the ends of two passes
    seen = torch.cat([batch.pictures for batch in some[:5]])
    assert len(torch.unique(seen.flatten(1), dim=0)) == 40
    for step in (0, 3, 5, 9):
        later = next(feed.batches(step))
        assert torch.equal(some[step].pictures, later.pictures)
        assert torch.equal(some[step].digits, later.digits)
    assert not torch.equal(some[0].pictures, some[5].pictures)

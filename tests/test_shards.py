"""Shards: what goes in comes out, once each, in a fixed order, over a network that fails."""

import hashlib
import io
import json
import pickle
import re
import resource
import tarfile
import threading
import tracemalloc
import zlib
from collections import Counter
from dataclasses import replace
from zlib import crc32

import cv2
import faulty_server as server_of
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from typer.testing import CliRunner

from svhn_lib import labels
from svhn_lib.cli import app
from svhn_lib.cli.training_sets import load_sets
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.cutting.png import encode_png
from svhn_lib.data.sets.store import NumberSet, StoreError, read_store, write_store
from svhn_lib.data.shards import ShardError, ShardSet, stream, write_shards
from svhn_lib.data.shards.index import ShardEntry, ShardIndex
from svhn_lib.data.shards.locations import expand_braces, file_name, sibling
from svhn_lib.data.shards.shuffle import ShuffleBuffer

COUNT = 37  # in shards of 5: seven whole ones and one of two numbers


def number_set(count=COUNT, size=(6, 4), channels=3) -> NumberSet:
    """Numbers 0, 1, 2, ... in pictures of noise, with two boxes each."""
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (count, *size, channels), dtype=np.uint8)
    boxes = np.full((count, 5, 4), np.nan, dtype=np.float32)
    boxes[:, [0, 2]] = generator.uniform(0, 6, (count, 2, 4))
    texts = [str(i) for i in range(count)]
    table = pd.DataFrame(
        {
            "file": [f"{i}.png" for i in range(count)],
            "number": texts,
            "left": [np.nan, *generator.uniform(0, 99, count - 1)],
            "line": range(count),
            "note/ü": ["", *(["Zoë {7}"] * (count - 1))],
        }
    )
    tensors = torch.from_numpy(pictures).permute(0, 3, 1, 2), *labels.encode(texts)
    cut = CropSettings(size, grey=channels == 1)
    return NumberSet(*tensors, torch.from_numpy(boxes), table, cut, "/somewhere")


def assert_same(got: NumberSet, expected: NumberSet) -> None:
    for name in ("pictures", "lengths", "digits"):
        assert torch.equal(getattr(got, name), getattr(expected, name))
        assert getattr(got, name).dtype == getattr(expected, name).dtype
    np.testing.assert_array_equal(got.boxes.numpy(), expected.boxes.numpy())  # NaN equals NaN
    pd.testing.assert_frame_equal(got.table, expected.table)
    assert (got.settings, got.source) == (expected.settings, expected.source)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store and its shards, not to be changed."""
    path = tmp_path_factory.mktemp("shards")
    write_store(path / "train.h5", number_set(), validation=0.3)
    write_shards(path / "train.h5", path, size=5)
    return path


@pytest.fixture
def pattern(folder):
    return f"{folder}/train-{{000000..000007}}.tar"


@pytest.fixture
def server(folder, monkeypatch):
    """A web server with the shards; the client does not wait between tries."""
    monkeypatch.setattr(stream, "PAUSE", 0.0)
    running = server_of.FaultyServer()
    for path in folder.glob("train-*"):
        running.put(f"/{path.name}", path.read_bytes())
    yield running
    running.stop()


def web_pattern(server) -> str:
    return f"{server.address}/train-{{000000..000007}}.tar"


def numbers_of(batches) -> list[str]:
    return [text for batch in batches for text in batch.numbers]


def passed(shards: ShardSet, size=4, seed=0, epoch=0, **place) -> list[str]:
    return numbers_of(shards.batches(size, seed=seed, epoch=epoch, **place))


# What goes in comes out


@pytest.mark.parametrize("channels", [1, 3])
def test_round_trip(tmp_path, channels):
    write_store(tmp_path / "a.h5", number_set(channels=channels))
    stored = read_store(tmp_path / "a.h5")
    report = write_shards(tmp_path / "a.h5", tmp_path / "new folder", size=5)
    assert report.pattern == f"{tmp_path}/new folder/a-{{000000..000007}}.tar"
    sizes = [path.stat().st_size for path in (tmp_path / "new folder").glob("*.tar")]
    assert (report.numbers, report.shards, report.bytes) == (COUNT, 8, sum(sizes))
    shards = ShardSet(report.pattern)
    assert (shards.count, len(shards), shards.index.shape) == (COUNT, COUNT, (6, 4, channels))
    (batch,) = shards.batches(COUNT, seed=0, epoch=0)
    assert batch.pictures.is_contiguous(memory_format=torch.channels_last)
    assert batch.numbers != stored.numbers
    assert_same(batch.subset(batch.table["line"].argsort().to_numpy()), stored)


def test_parts_of_a_store(folder, tmp_path):
    expected = {part: read_store(folder / "train.h5", part) for part in ("train", "validation")}
    for part, name in (("train", "train"), ("validation", "train-validation")):
        report = write_shards(folder / "train.h5", tmp_path, part=part)
        assert report.pattern == f"{tmp_path}/{name}-000000.tar"
        assert sorted(passed(ShardSet(report.pattern))) == sorted(expected[part].numbers)
    both = ShardSet([f"{tmp_path}/train-000000.tar", f"{tmp_path}/train-validation-000000.tar"])
    assert sorted(passed(both)) == sorted(str(i) for i in range(COUNT))


def test_other_programs_read_the_shards(folder, pattern):
    """By the webdataset package, PNG by OpenCV, JSON by hand."""
    webdataset = pytest.importorskip("webdataset")
    stored = read_store(folder / "train.h5")
    samples = list(webdataset.WebDataset(pattern, shardshuffle=False))
    assert sorted(int(sample["__key__"]) for sample in samples) == list(range(COUNT))
    assert {key for sample in samples for key in sample if key[0] != "_"} == {"png", "json"}
    for sample in samples:
        position = int(sample["__key__"])
        picture = cv2.imdecode(np.frombuffer(sample["png"], np.uint8), cv2.IMREAD_COLOR)
        expected = stored.pictures[position].permute(1, 2, 0).numpy()
        np.testing.assert_array_equal(picture[:, :, ::-1], expected)
        row = json.loads(sample["json"])
        boxes = stored.boxes[position].tolist()
        assert row["number"] == stored.numbers[position]
        assert row["boxes"] == [boxes[0], None, boxes[2]]
        assert row["table"]["line"] == position
        assert (row["table"]["left"] is None) == (position == 0)


def test_a_shard_is_a_random_sample_and_the_same_every_time(folder, tmp_path):
    with tarfile.open(folder / "train-000000.tar") as tar:
        keys = [int(name[:8]) for name in tar.getnames()[::2]]
    assert len(set(keys)) == 5 and keys != sorted(keys)
    write_shards(folder / "train.h5", tmp_path, size=5)
    for path in folder.glob("train-*"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


# The order, and who gets what


def test_every_number_goes_to_one_rank_in_every_pass_over_http(server):
    everything = Counter(str(i) for i in range(COUNT))
    shards, orders = ShardSet(web_pattern(server), buffer=8), set()
    for epoch in range(4):
        ranks = [passed(shards, epoch=epoch, rank=rank, ranks=2) for rank in (0, 1)]
        assert [len(rank) for rank in ranks] == [19, 18]
        assert Counter(ranks[0] + ranks[1]) == everything
        orders.add(tuple(ranks[0]))
    assert len(orders) == 4


class Worker(IterableDataset):
    """What the worker processes of one rank of two stream, each a rank of its own."""

    def __init__(self, shards: ShardSet, rank: int) -> None:
        self.shards, self.rank = shards, rank

    def __iter__(self):
        worker = get_worker_info()
        place = {"rank": self.rank * worker.num_workers + worker.id, "ranks": 2 * 2}
        return iter(passed(self.shards, **place))


def test_worker_processes_share_a_pass(server):
    shards = ShardSet(web_pattern(server))
    seen = Counter()
    for rank in (0, 1):
        workers = DataLoader(Worker(shards, rank), None, num_workers=2)
        seen.update(workers)
    assert seen == Counter(str(i) for i in range(COUNT))


@settings(max_examples=30)
@given(
    size=st.integers(1, 40),
    ranks=st.integers(1, 9),
    buffer=st.integers(1, 50),
    seed=st.integers(0, 3),
)
@example(size=6, ranks=6, buffer=3, seed=0)  # 37 // 6 divides by 6: one number is left out
def test_ranks_get_equally_many_batches_and_share_nothing(folder, size, ranks, buffer, seed):
    shards = ShardSet(f"{folder}/train-{{000000..000007}}.tar", buffer=buffer)
    places = [
        list(shards.batches(size, seed=seed, epoch=1, rank=rank, ranks=ranks))
        for rank in range(ranks)
    ]
    assert {len(batches) for batches in places} == {shards.steps(size, ranks)}
    for step in zip(*places, strict=True):
        sizes = [len(batch) for batch in step]
        assert max(sizes) - min(sizes) <= 1 and max(sizes) <= size
    for batches in places:
        assert all(len(batch) == size for batch in batches[:-1])
    seen = Counter(text for batches in places for text in numbers_of(batches))
    assert max(seen.values()) == 1
    left_out = COUNT % ranks if COUNT // ranks % size == 0 else 0
    assert COUNT - len(seen) == left_out


def test_steps_by_hand(pattern):
    shards = ShardSet(pattern)
    # 37 over 3 ranks: 13, 12 and 12 numbers.
    assert [shards.steps(size, 3) for size in (1, 4, 5, 12, 13)] == [12, 3, 3, 1, 1]
    assert [len(b) for b in shards.batches(5, seed=0, epoch=0, ranks=3)] == [5, 5, 3]
    assert [len(b) for b in shards.batches(5, seed=0, epoch=0, rank=2, ranks=3)] == [5, 5, 2]
    assert [len(b) for b in shards.batches(12, seed=0, epoch=0, ranks=3)] == [12]
    assert [len(b) for b in shards.batches(COUNT, seed=0, epoch=0)] == [COUNT]


def test_order_depends_on_seed_and_epoch_only(pattern):
    first = passed(ShardSet(pattern, buffer=8), size=4, seed=1, epoch=2)
    assert passed(ShardSet(pattern, buffer=8), size=7, seed=1, epoch=2) == first
    others = [passed(ShardSet(pattern, buffer=8), seed=s, epoch=e) for s, e in ((1, 3), (2, 2))]
    assert first not in others and others[0] != others[1]


def test_shards_come_in_another_order_each_pass(pattern, folder):
    keys = {}
    for path in sorted(folder.glob("train-00000*.tar")):
        with tarfile.open(path) as tar:
            keys[path] = [str(int(name[:8])) for name in tar.getnames()[::2]]
    orders = set()
    for seed, epoch in ((0, 0), (0, 1), (1, 0)):
        seen = passed(ShardSet(pattern, buffer=1), seed=seed, epoch=epoch)  # 1: shards as they are
        orders.add(tuple(sorted(keys, key=lambda path: seen.index(keys[path][0]))))
        assert seen == [
            key for path in sorted(keys, key=lambda p: seen.index(keys[p][0])) for key in keys[path]
        ]
    assert len(orders) == 3


@pytest.mark.parametrize(("buffer", "ranks"), [(1, 1), (6, 1), (6, 2), (100, 2)])
def test_a_pass_goes_on_where_it_was_stopped(pattern, buffer, ranks):
    shards = ShardSet(pattern, buffer=buffer)
    place = {"seed": 3, "epoch": 5, "rank": ranks - 1, "ranks": ranks}
    whole = list(shards.batches(3, **place))
    for skip in range(len(whole) + 1):
        rest = list(shards.batches(3, skip=skip, **place))
        assert len(rest) == len(whole) - skip
        for got, expected in zip(rest, whole[skip:], strict=True):
            assert_same(got, expected)
    assert list(shards.batches(3, skip=len(whole) + 5, **place)) == []


def requests_of(server) -> int:
    return sum(len(ranges) for path, ranges in server.ranges.items() if path.endswith(".tar"))


def test_shards_before_the_place_of_resuming_are_not_read(server):
    shards = ShardSet(web_pattern(server), buffer=1)
    assert len(passed(shards, size=5, skip=6)) == COUNT - 30
    # 30 numbers are six shards, or five and that of two numbers and part of one more.
    assert requests_of(server) in (2, 3)


def test_a_rank_reads_its_own_shards_only(server):
    shards = ShardSet(web_pattern(server), buffer=1)
    for rank in range(4):
        passed(shards, rank=rank, ranks=4)
    # Eight shards, and one more time each of those that one of the three borders goes through.
    assert 8 <= requests_of(server) <= 11


def test_no_more_than_the_buffer_is_read_ahead(server):
    shards = ShardSet(web_pattern(server), buffer=5)
    batches = shards.batches(1, seed=0, epoch=0)
    next(batches)
    batches.close()
    # Four batches of one number and a buffer of five lie in nine numbers: three shards at most,
    # or four with the one of two numbers.
    assert requests_of(server) <= 4


def test_threads_end_with_the_iterator(pattern):
    before = threading.active_count()
    batches = ShardSet(pattern).batches(2, seed=0, epoch=0)
    next(batches)
    assert threading.active_count() > before
    del batches
    assert threading.active_count() == before


@given(st.integers(0, 60), st.integers(1, 70), st.integers(0, 5))
def test_shuffle_is_a_permutation_that_fits_in_the_buffer(count, buffer, seed):
    order = list(ShuffleBuffer(count, buffer, [seed]))
    assert sorted(order) == list(range(count))
    # Before number k leaves, only the first k + buffer have entered.
    assert all(position < place + buffer for place, position in enumerate(order))


def test_shuffle_gives_every_place_the_same_chance():
    first = Counter(next(ShuffleBuffer(9, 4, [seed])) for seed in range(4000))
    assert sorted(first) == [0, 1, 2, 3]
    assert all(abs(times - 1000) < 150 for times in first.values())  # 5 standard deviations


def test_a_set_travels_to_another_process_and_has_a_fingerprint(pattern, folder):
    shards = ShardSet(pattern)
    copy = pickle.loads(pickle.dumps(shards))
    assert (passed(copy), copy.fingerprint) == (passed(shards), shards.fingerprint)
    assert ShardSet(f"{folder}/train-000000.tar").fingerprint != shards.fingerprint


# Where shards are


def test_patterns_by_hand():
    assert expand_braces("a-{08..10}.tar") == ["a-08.tar", "a-09.tar", "a-10.tar"]
    assert expand_braces("{8..10}") == ["8", "9", "10"]
    assert expand_braces("{4..0..2}") == ["4", "2", "0"]
    assert expand_braces("{x,y}-{0..1}") == ["x-0", "x-1", "y-0", "y-1"]
    assert expand_braces("plain\\.tar") == ["plain\\.tar"]
    assert len(expand_braces("{0..9}" * 5)) == 100_000
    for wrong in ("a{}b", "{a..c}", "{12}", "{1..}", f"{{0..{'9' * 5000}}}"):
        with pytest.raises(ShardError, match="no range"):
            expand_braces(wrong)
    for wrong in ("a{1", "1}", "{a,{b,c}}", "}{"):
        with pytest.raises(ShardError, match="not closed, or within braces"):
            expand_braces(wrong)


@pytest.mark.parametrize(
    "pattern",
    [
        "train-{000000..99999999}.tar",
        "{99999999..0}",
        "{-50000..50000}",
        "{0..9}" * 6,
        "{a,b}" * 40,
        "{0..99}{x,y,z}" * 10_000,
        f"{{{',' * 100_000}}}",
    ],
)
def test_a_pattern_of_too_many_shards_is_refused_unexpanded(pattern):
    tracemalloc.start()
    with pytest.raises(ShardError, match="more than the 100,000") as refusal:
        ShardSet(pattern)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert len(str(refusal.value)) < 30_000 and "\n" not in str(refusal.value)


def test_the_index_lies_beside_the_shard():
    url = "https://host/a/train-0%31.tar?key=a/b"
    assert file_name(url) == "train-01.tar"
    assert sibling(url, "i.json") == "https://host/a/i.json?key=a/b"
    assert (file_name("a/b.tar"), sibling("a/b.tar", "i.json")) == ("b.tar", "a/i.json")


def test_sets_of_other_stores_join_where_pictures_are_alike(folder, tmp_path):
    other = number_set(3)
    other = replace(other, source="/elsewhere", table=other.table.drop(columns="line"))
    write_store(tmp_path / "other.h5", other)
    write_store(tmp_path / "large.h5", number_set(3, size=(8, 8)))
    patterns = [write_shards(tmp_path / f"{n}.h5", tmp_path).pattern for n in ("other", "large")]
    (batch,) = ShardSet([f"{folder}/train-000007.tar", patterns[0]]).batches(5, seed=0, epoch=0)
    assert list(batch.table) == ["file", "number", "left", "note/ü"]
    assert (batch.settings, batch.source) == (other.settings, "")
    with pytest.raises(ValueError, match=r"\(6, 4, 3\) and of \(8, 8, 3\)"):
        ShardSet(patterns)


# What goes wrong

CUTS = [0, 1, 511, 600, 1100, 3000, 9000]


@pytest.mark.parametrize("reset", [False, True])
def test_a_transfer_that_breaks_off_begins_again(server, pattern, reset):
    expected = list(ShardSet(pattern, buffer=6).batches(4, seed=0, epoch=0))
    for shard, byte in enumerate(CUTS):
        faults = [server_of.cut(byte, reset=reset)] * 3
        server.resources[f"/train-{shard:06}.tar"].faults = faults
    server.resources["/train-index.json"].faults = [server_of.cut(9, reset=reset)] * 3
    batches = list(ShardSet(web_pattern(server), buffer=6).batches(4, seed=0, epoch=0))
    for got, wanted in zip(batches, expected, strict=True):
        assert_same(got, wanted)
    assert requests_of(server) == 8 + 3 * len(CUTS)


@pytest.mark.parametrize(
    "fault",
    [
        server_of.answer(503),
        server_of.answer(429),
        server_of.page,
        server_of.hang,
        server_of.cut_without_length(700),
        server_of.cut_without_length(1600),  # in the first JSON
        server_of.cut_without_length(4608),  # between two numbers
    ],
)
def test_servers_that_fail_once(server, monkeypatch, fault):
    monkeypatch.setattr(stream, "TIMEOUT", 0.3)
    server.resources["/train-000003.tar"].faults = [fault]
    seen = passed(ShardSet(web_pattern(server)))
    assert Counter(seen) == Counter(str(i) for i in range(COUNT))


@pytest.mark.parametrize(
    ("fault", "words", "tries"),
    [
        (server_of.cut(3000), "no connection, or one that broke, in the last of 4 tries", {4}),
        (server_of.answer(500), "HTTP 500 Internal Server Error, in the last of 4 tries", {4}),
        (server_of.answer(403), "HTTP 403 Forbidden$", {1}),
        (server_of.page, "cut short, in the last of 4 tries", {4}),
        (server_of.altered, ".*(damaged|differs|in place of|followed by)", {1, 4}),
    ],
)
def test_a_shard_that_never_comes_is_named(server, fault, words, tries):
    server.resources["/train-000003.tar"].then = fault
    with pytest.raises(ShardError, match=rf"/train-000003\.tar: {words}"):
        passed(ShardSet(web_pattern(server)))
    assert len(server.ranges["/train-000003.tar"]) in tries


def test_a_shard_or_index_that_is_not_there(server, folder, tmp_path):
    del server.resources["/train-000003.tar"]
    with pytest.raises(FileNotFoundError, match=r"/train-000003\.tar: no such file"):
        passed(ShardSet(web_pattern(server)))
    with pytest.raises(FileNotFoundError, match=r"other-index\.json: no such file"):
        ShardSet(f"{server.address}/other-000000.tar")
    with pytest.raises(FileNotFoundError, match=rf"{tmp_path}/train-index\.json: no such file"):
        ShardSet(f"{tmp_path}/train-000000.tar")
    (tmp_path / "train-index.json").write_bytes((folder / "train-index.json").read_bytes())
    with pytest.raises(FileNotFoundError, match=rf"{tmp_path}/train-000000\.tar: no such file"):
        passed(ShardSet(f"{tmp_path}/train-000000.tar"))


@pytest.fixture(scope="module")
def spoiled(folder, tmp_path_factory):
    """A folder with the index, for one shard that is not as it should be."""
    path = tmp_path_factory.mktemp("spoiled")
    (path / "train-index.json").write_bytes((folder / "train-index.json").read_bytes())
    return path


BYTES = 15_000  # of a shard, less than it has


@given(st.integers(0, BYTES))
@example(10240)
def test_a_file_cut_anywhere_is_named(folder, spoiled, byte):
    whole = (folder / "train-000000.tar").read_bytes()
    (spoiled / "train-000000.tar").write_bytes(whole[: byte % len(whole)])
    with pytest.raises(ShardError, match=r"/train-000000\.tar: "):
        passed(ShardSet(f"{spoiled}/train-000000.tar"))


@given(st.integers(0, BYTES), st.integers(1, 255))
@example(512 + 20, 0x40)  # the width in the first picture
@example(124, 0x40)  # the size of the first member
def test_a_byte_changed_anywhere_is_found(folder, spoiled, byte, change):
    data = bytearray((folder / "train-000000.tar").read_bytes())
    data[byte % len(data)] ^= change
    (spoiled / "train-000000.tar").write_bytes(data)
    with pytest.raises(ShardError, match=r"/train-000000\.tar: "):
        passed(ShardSet(f"{spoiled}/train-000000.tar"))


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def handmade(folder, **members: bytes) -> ShardSet:
    """One shard with these members, 'a_png' as a.png, and an index in which all is right."""
    with tarfile.open(folder / "a-0.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    data = (folder / "a-0.tar").read_bytes()
    entry = ShardEntry("a-0.tar", 1, len(data), hashlib.sha256(data).hexdigest())
    index = ShardIndex((6, 4, 3), {"number": "text"}, None, "", (entry,))
    (folder / "a-index.json").write_text(index.to_json())
    return ShardSet(f"{folder}/a-0.tar")


PNG = encode_png(np.zeros((6, 4, 3), dtype=np.uint8))
ROW = b'{"number": "7", "boxes": [], "table": {}}'


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a_png": PNG, "b_json": ROW}, r"a\.png is followed by b\.json"),
        ({"a_json": ROW, "a_png": PNG}, r"'a\.json' in place of a \*\.png"),
        ({"a_png": PNG}, "ends early"),
        ({"a_png": encode_png(np.zeros((5, 4, 3), np.uint8)), "a_json": ROW}, "no plain PNG of 6"),
        ({"a_png": encode_png(np.zeros((6, 4, 1), np.uint8)), "a_json": ROW}, "3 channels"),
        ({"a_png": PNG[:45], "a_json": ROW}, "number a is damaged"),
        ({"a_png": PNG, "a_json": b"[]"}, "number a is damaged"),
        ({"a_png": PNG, "a_json": ROW.replace(b"7", b"123456")}, "'123456' is no number"),
        ({"a_png": PNG, "a_json": ROW.replace(b"[]", b"[[1, 2]]")}, "number a is damaged"),
        ({"a_png": PNG, "a_json": ROW.replace(b"[]", b"[null,null,null,null,null,[1,2,3,4]]")},
         "number a is damaged"),
    ],
)  # fmt: skip
def test_a_shard_with_something_else_in_it(tmp_path, members, words):
    with pytest.raises(ShardError, match=rf"a-0\.tar: .*{words}"):
        passed(handmade(tmp_path, **members))


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + crc32(kind + data).to_bytes(4, "big")


def test_a_picture_that_would_fill_the_memory_is_not_unpacked(tmp_path):
    head = (1 << 15).to_bytes(4, "big") * 2 + PNG[24:29]
    rows = zlib.compress(bytes(1 << 24))
    huge = PNG[:8] + chunk(b"IHDR", head) + chunk(b"IDAT", rows) * 90 + chunk(b"IEND")
    shards = handmade(tmp_path, a_png=huge, a_json=ROW)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ShardError, match="no plain PNG of 6x4"):
        passed(shards)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


@pytest.mark.parametrize(
    "more",
    [
        chunk(b"tRNS", bytes(6)),
        chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20))),
        chunk(b"acTL", bytes(8)),
    ],
)
def test_a_picture_with_chunks_that_are_not_written_here(tmp_path, more):
    data = PNG[:33] + more + PNG[33:]
    with pytest.raises(ShardError, match="no plain PNG"):
        passed(handmade(tmp_path, a_png=data, a_json=ROW))


def test_a_damaged_picture_is_named_once(tmp_path, capfd):
    for byte in range(len(PNG)):
        data = PNG[:byte] + bytes([PNG[byte] ^ 8]) + PNG[byte + 1 :]
        with pytest.raises(ShardError, match=r"a-0\.tar: number a is damaged"):
            passed(handmade(tmp_path, a_png=data, a_json=ROW))
        with pytest.raises(ShardError, match=r"a-0\.tar: number a is damaged"):
            passed(handmade(tmp_path, a_png=PNG[:byte], a_json=ROW))
    assert capfd.readouterr() == ("", "")


def test_a_member_larger_than_its_shard_is_not_read(tmp_path):
    shards = handmade(tmp_path, a_png=PNG, a_json=ROW)
    info = tarfile.TarInfo("a.png")
    info.size = 1 << 32
    (tmp_path / "a-0.tar").write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + bytes(9999))
    with pytest.raises(ShardError, match=r"'a\.png' of 4,294,967,296 bytes"):
        passed(shards)


def test_nothing_is_unpickled(tmp_path):
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    for members in ({"a_pickle": trap}, {"a_png": trap, "a_json": trap}):
        with pytest.raises(ShardError):
            passed(handmade(tmp_path, **members, b_pyd=trap))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "7", '"a"', "null", "\xff", "[" * 100_000, '{"format": "svhn_lib shards"}',
     '{"format": "svhn_lib shards", "version": 9}', '{"format": [], "version": {}}'],
)  # fmt: skip
def test_an_index_of_something_else(tmp_path, text):
    (tmp_path / "a-index.json").write_text(text, encoding="latin-1")
    with pytest.raises(ShardError, match=r"a-index\.json: not an index"):
        ShardSet(f"{tmp_path}/a-0.tar")


def test_an_index_without_end(tmp_path):
    with (tmp_path / "a-index.json").open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(ShardError, match=r"a-index\.json: too large"):
        ShardSet(f"{tmp_path}/a-0.tar")


ODD = [None, True, -1, 0, 2.5, 1e400, float("nan"), 10**30, "", "4", "abc", "datetime", [], {}]
ODD += [[1], [None], ["a", 4, 3], [6, 4], [6, 4, 2], [6, 4, 3, 3], [-6, 4, 3], [0, 4, 3]]
ODD += [[6.0, 4, 3], [True, 4, 1], [100_000, 100_000, 3], [[6], [4], [3]], {"a": 1}, {"size": []}]
ODD += [{"number": "datetime64[ns]"}, {"number": None}, {"number": "text", "line": "object"}]
ODD += [{"number": "text", "line": ["int64"]}, {"number": "text", "line": "float128"}]
ODD += [
    {"size": [1e400, 1]},
    {"margin": "a"},
    {"shape": 7},
    {"size": 4},
    "../a-0.tar",
    "a" * 10_000,
]
FIELDS = ["shape", "columns", "settings", "source", "shards"]
FIELDS += [("shards", 0), *(("shards", 0, name) for name in ("name", "count", "bytes", "sha256"))]
# What may be anything of its kind, or is found out only by reading the shard.
FINE = {"source": [str], "settings": [type(None)], ("shards", 0, "bytes"): [int]}


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_an_index_of_wrong_types(tmp_path, field):
    """Every field in turn is each odd value, and missing: one error that names the file."""
    handmade(tmp_path, a_png=PNG, a_json=ROW)
    path = tmp_path / "a-index.json"
    sound = path.read_text()
    *above, last = field if isinstance(field, tuple) else (field,)
    for odd in [*ODD, "missing"]:
        facts = json.loads(sound)
        holder = facts
        for step in above:
            holder = holder[step]
        if odd == "missing":
            del holder[last]
        else:
            holder[last] = odd
        path.write_text(json.dumps(facts))
        possible = type(odd) in FINE.get(field, ()) and odd not in (-1, 0, "missing")
        if possible or (field, odd) == ("settings", {}):
            continue
        with pytest.raises((ShardError, FileNotFoundError)) as refusal:
            ShardSet(f"{tmp_path}/a-0.tar")
        words = str(refusal.value)
        assert f"{tmp_path}/a-" in words and "\n" not in words and len(words) < 500, odd


def test_a_shard_named_twice_in_an_index(tmp_path):
    handmade(tmp_path, a_png=PNG, a_json=ROW)
    facts = json.loads((tmp_path / "a-index.json").read_text())
    facts["shards"] *= 2
    (tmp_path / "a-index.json").write_text(json.dumps(facts))
    with pytest.raises(ShardError, match=r"a-index\.json: .* list of shards"):
        ShardSet(f"{tmp_path}/a-0.tar")


@pytest.mark.parametrize("value", [b"null", b'"a"', b"[1]", b"{}", b"1e400", b"9" * 40])
def test_a_table_of_other_types_than_the_index_says(tmp_path, value):
    row = ROW.replace(b"{}", b'{"line": %s}' % value)
    handmade(tmp_path, a_png=PNG, a_json=row)
    path = tmp_path / "a-index.json"
    columns = {"number": "text", "line": "int64"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"columns": columns}))
    with pytest.raises(ShardError, match=r"a-0\.tar: number a is damaged"):
        passed(ShardSet(f"{tmp_path}/a-0.tar"))


def test_wrong_use_is_named(folder, pattern):
    shards = ShardSet(pattern)
    with pytest.raises(ShardError, match=r"train-000008\.tar: not one of the 8 shards"):
        ShardSet(f"{folder}/train-{{000000..000008}}.tar")
    with pytest.raises(ValueError, match=r"train-000003\.tar: named twice"):
        ShardSet([pattern, f"{folder}/train-000003.tar"])
    with pytest.raises(ShardError, match=r"'train\.tar': shards are called"):
        ShardSet(f"{folder}/train.tar")
    with pytest.raises(ValueError, match="at least one pattern"):
        ShardSet([])
    with pytest.raises(ValueError, match="buffer of 1 or more"):
        ShardSet(pattern, buffer=0)
    with pytest.raises(ValueError, match="cannot be given to 38 ranks"):
        shards.steps(1, 38)
    with pytest.raises(ValueError, match="in batches of 0"):
        shards.batches(0, seed=0, epoch=0)
    with pytest.raises(ValueError, match="rank 2 of 2"):
        shards.batches(1, seed=0, epoch=0, rank=2, ranks=2)


def test_writing_stops_without_a_trace(folder, tmp_path):
    def stop(done: int, total: int) -> None:
        assert total == COUNT
        if done == 20:
            raise KeyboardInterrupt

    (tmp_path / "other.txt").write_text("stays")
    with pytest.raises(KeyboardInterrupt):
        write_shards(folder / "train.h5", tmp_path, size=5, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


def test_what_cannot_be_written(folder, tmp_path):
    store = folder / "train.h5"
    with pytest.raises(FileExistsError, match=r"train-00000\d\.tar: there are shards"):
        write_shards(store, folder)
    (tmp_path / "train-000009.tar").touch()  # of a run that was killed before it wrote an index
    with pytest.raises(FileExistsError, match=r"train-000009\.tar: there are shards"):
        write_shards(store, tmp_path)
    write_shards(store, tmp_path, name="train-2")
    with pytest.raises(StoreError, match="not an HDF5 store"):
        write_shards(folder / "train-000000.tar", tmp_path)
    with pytest.raises(ValueError, match="0 numbers a shard"):
        write_shards(store, tmp_path, size=0)
    with pytest.raises(ValueError, match="called 'a/b'"):
        write_shards(store, tmp_path, name="a/b")
    write_store(tmp_path / "one.h5", number_set(1))
    with pytest.raises(ValueError, match=r"one\.h5: no number in its part 'validation'"):
        write_shards(tmp_path / "one.h5", tmp_path, part="validation")
    with pytest.raises(ShardError, match=r"one\.h5: cannot be written"):
        write_shards(store, tmp_path / "one.h5")


# The command


def svhn(*arguments: object):
    return CliRunner().invoke(app, ["data", "shards", *map(str, arguments)])


def test_command(folder, tmp_path):
    done = svhn(folder / "train.h5", tmp_path / "out", "--size", 10, "--name", "streets")
    assert (done.exit_code, done.stderr) == (0, "")
    pattern, words = done.stdout.split(": ")
    assert pattern == f"{tmp_path}/out/streets-{{000000..000003}}.tar"
    assert words.startswith("37 numbers in 4 shards, 0.1 MB")
    assert sorted(passed(ShardSet(pattern))) == sorted(str(i) for i in range(COUNT))
    part = svhn(folder / "train.h5", tmp_path / "out", "--part", "validation")
    assert "train-validation-000000.tar: 11 numbers in 1 shard," in part.stdout
    again = svhn(folder / "train.h5", tmp_path / "out", "--name", "streets")
    assert (again.exit_code, again.stdout, again.stderr.count("\n")) == (1, "", 1)
    assert "streets-00000" in again.stderr and "there are shards" in again.stderr
    missing = svhn(tmp_path / "no.h5", tmp_path)
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    assert f"{tmp_path}/no.h5: no such store" in missing.stderr
    assert svhn(folder / "train.h5", tmp_path, "--size", 0).exit_code == 2
    assert "svhn data shards train.h5 shards" in svhn("--help").stdout


def test_a_folder_of_shards_or_their_index_says_how_to_name_them(folder, tmp_path):
    pattern = write_shards(folder / "train.h5", tmp_path / "shards", size=10).pattern
    for source in (tmp_path / "shards", tmp_path / "shards" / "train-index.json"):
        with pytest.raises(ValueError, match=re.escape(f"give --data '{pattern}'")):
            load_sets([str(source)], None)
    with pytest.raises(ValueError, match=r"train\.h5: stores and shards cannot be one set"):
        load_sets([pattern, str(folder / "train.h5")], str(folder / "train.h5"))

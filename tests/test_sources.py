import errno
import gzip
import hashlib
import io
import itertools
import json
import os
import random
import re
import shutil
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import faulty_server as faults
import pytest
from faulty_server import Fault, FaultyServer

from svhn_lib.data.download.catalogue import (
    MANIFEST,
    SOURCES,
    DownloadError,
    RemoteFile,
    RetryPolicy,
    Source,
    download,
)

BODY = random.Random(7).randbytes(50_000)


@pytest.fixture
def server(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = FaultyServer()
    yield server
    server.stop()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def policy(pauses):
    return RetryPolicy(timeout=0.4, sleep=pauses.append)


def remote(name: str, body: bytes, *urls: str) -> RemoteFile:
    checksums = (
        f"md5:{hashlib.md5(body).hexdigest()}",
        f"sha256:{hashlib.sha256(body).hexdigest()}",
    )
    return RemoteFile(name, len(body), checksums, urls)


def plain(*urls: str, body: bytes = BODY) -> Source:
    return Source("numbers", "numbers", (remote("a.mat", body, *urls),))


def packed(body: bytes, *urls: str) -> Source:
    return Source("split", "svhn/train", (remote("train.tar.gz", body, *urls),), archive=True)


def tarball(members: dict[str, bytes] | list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    if isinstance(members, dict):
        members = [(tarfile.TarInfo(name), data) for name, data in members.items()]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


SPLIT = {"train/1.png": b"one", "train/2.png": b"two", "train/digitStruct.mat": b"boxes"}


def files_below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}


# --- the table -----------------------------------------------------------------------------------


def test_table_has_the_promised_names():
    assert list(SOURCES) == ["svhn-train", "svhn-test", "svhn-extra", "svhn-digits", "mnist"]
    assert all(SOURCES[name].name == name for name in SOURCES)


@pytest.mark.parametrize(
    "file", [file for source in SOURCES.values() for file in source.files], ids=lambda f: f.name
)
def test_table_rows_are_well_formed(file):
    lengths = {"md5": 32, "sha256": 64}
    for checksum in file.checksums:
        name, digest = checksum.split(":")
        assert re.fullmatch(rf"[0-9a-f]{{{lengths[name]}}}", digest)
    assert file.checksums[-1].startswith("sha256:")
    assert file.size > 0
    assert len(file.urls) >= 2
    assert all(re.fullmatch(rf"https?://[\w./-]+/{re.escape(file.name)}", u) for u in file.urls)


def test_table_has_the_published_md5_of_the_cropped_digits():
    found = {file.name: file.checksums[0] for file in SOURCES["svhn-digits"].files}
    assert found == {
        "train_32x32.mat": "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
        "test_32x32.mat": "md5:eb5a983be6a315427106f1b164d9cef3",
        "extra_32x32.mat": "md5:a93ce644f1a588dc4d68dda5feec44a7",
    }


def test_no_two_files_of_the_table_share_a_path_or_a_checksum(tmp_path):
    pairs = [(s, f) for s in SOURCES.values() for f in s.files]
    assert len({s.path_of(f, tmp_path) for s, f in pairs}) == len(pairs)
    assert len({f.checksums[-1] for _, f in pairs}) == len(pairs)


def test_mnist_by_hand_agrees_with_the_table(samples, tmp_path):
    mnist = SOURCES["mnist"]
    chosen = [f for f in mnist.files if f.name != "train-images-idx3-ubyte.gz"]  # packed anew there
    here = Source(
        "mnist", "mnist", tuple(RemoteFile(f.name, f.size, f.checksums, ()) for f in chosen)
    )
    (tmp_path / "mnist").mkdir()
    for file in chosen:
        shutil.copyfile(samples / "mnist" / file.name, tmp_path / "mnist" / file.name)
    manifest = json.loads((download(here, tmp_path) / MANIFEST).read_text())
    assert [record["url"] for record in manifest["files"]] == [None, None, None]


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"'cifar'.*svhn-train, svhn-test, .*mnist"):
        download("cifar", tmp_path)


# --- what lands, and the manifest ----------------------------------------------------------------


def test_plain_files_land_with_manifest_and_progress(server, policy, tmp_path):
    second = BODY[:777]
    source = Source(
        "numbers",
        "numbers",
        (
            remote("a.mat", BODY, server.put("/a.mat", BODY)),
            remote("b.mat", second, server.put("/b.mat", second)),
        ),
    )
    seen = []
    folder = download(source, tmp_path, lambda done, total: seen.append((done, total)), policy)
    assert folder == tmp_path / "numbers"
    assert (folder / "a.mat").read_bytes() == BODY
    assert (folder / "b.mat").read_bytes() == second
    assert files_below(tmp_path) == {"numbers/a.mat", "numbers/b.mat", "numbers/download.json"}
    assert {total for _, total in seen} == {50_777}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (50_777, 50_777)
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["source"] == "numbers"
    assert manifest["file_count"] == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", manifest["date"])
    assert manifest["files"][1] == {
        "name": "b.mat",
        "size": 777,
        "checksums": list(source.files[1].checksums),
        "url": f"{server.address}/b.mat",
    }


def test_archive_lands_unpacked_and_is_deleted(server, policy, tmp_path):
    body = tarball(SPLIT)
    folder = download(packed(body, server.put("/t", body)), tmp_path, policy=policy)
    assert folder == tmp_path / "svhn/train"
    assert files_below(tmp_path / "svhn") == {*SPLIT, "train/download.json"}
    assert (folder / "2.png").read_bytes() == b"two"
    assert json.loads((folder / MANIFEST).read_text())["file_count"] == 3


def test_second_call_asks_for_nothing(server, policy, tmp_path):
    body = tarball(SPLIT)
    for source in (plain(server.put("/a", BODY)), packed(body, server.put("/t", body))):
        download(source, tmp_path, policy=policy)
        folder = download(source, tmp_path, policy=policy)
        assert (folder / MANIFEST).exists()
    assert server.sent == {"/a": len(BODY), "/t": len(body)}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": 3}', '{"files": [1], "file_count": 1}']
)
def test_damaged_manifest_is_written_anew_without_a_download(server, policy, tmp_path, text):
    source = plain(server.put("/a", BODY))
    folder = download(source, tmp_path, policy=policy)
    whole = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(text)
    download(source, tmp_path, policy=policy)
    assert (
        json.loads((folder / MANIFEST).read_text())["files"][0]["size"] == whole["files"][0]["size"]
    )
    assert server.sent["/a"] == len(BODY)


def test_another_edition_of_the_files_is_brought(server, policy, tmp_path):
    edition = BODY[::-1]
    download(plain(server.put("/a", BODY)), tmp_path, policy=policy)
    download(plain(server.put("/a", edition), body=edition), tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == edition


def test_missing_files_are_brought_again(server, policy, tmp_path):
    body = tarball(SPLIT)
    for source, victim in (
        (plain(server.put("/a", BODY)), "numbers/a.mat"),
        (packed(body, server.put("/t", body)), "svhn/train/1.png"),
    ):
        download(source, tmp_path, policy=policy)
        before = (tmp_path / victim).read_bytes()
        (tmp_path / victim).unlink()
        download(source, tmp_path, policy=policy)
        assert (tmp_path / victim).read_bytes() == before
    assert server.sent == {"/a": 2 * len(BODY), "/t": 2 * len(body)}
    assert files_below(tmp_path / "svhn") == {*SPLIT, "train/download.json"}


def test_file_put_there_by_hand_is_used(tmp_path):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers/a.mat").write_bytes(BODY)
    folder = download(plain("http://127.0.0.1:1/a.mat"), tmp_path)
    assert json.loads((folder / MANIFEST).read_text())["files"][0]["url"] is None


def test_archive_put_there_by_hand_is_used_and_kept(tmp_path):
    body = tarball(SPLIT)
    (tmp_path / "svhn").mkdir()
    (tmp_path / "svhn/train.tar.gz").write_bytes(body)
    folder = download(packed(body, "http://127.0.0.1:1/t"), tmp_path)
    assert (folder / "1.png").read_bytes() == b"one"
    assert (tmp_path / "svhn/train.tar.gz").read_bytes() == body


def test_wrong_file_put_there_by_hand_is_replaced_by_the_right_one(server, policy, tmp_path):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers/a.mat").write_bytes(BODY[:-1])
    download(plain(server.put("/a", BODY)), tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY


def test_wrong_file_put_there_by_hand_is_named_and_left_when_there_is_no_other(
    server, policy, tmp_path
):
    path = tmp_path / "numbers/a.mat"
    path.parent.mkdir()
    path.write_bytes(BODY[:-1])
    with pytest.raises(DownloadError, match=r"a\.mat is not as published: 49,999 bytes instead of"):
        download(plain(server.put("/a", b"", then=faults.answer(404))), tmp_path, policy=policy)
    assert path.read_bytes() == BODY[:-1]


@pytest.mark.parametrize("content", [b"\x89PNG, my door", None])
def test_what_is_of_another_kind_is_left_alone(server, policy, tmp_path, content):
    path = tmp_path / "numbers/a.mat"
    path.parent.mkdir()
    if content:
        path.write_bytes(content)
    else:
        path.mkdir()
    with pytest.raises(DownloadError, match=r"a\.mat is a f(ile of another kind|older)"):
        download(plain(server.put("/a", BODY)), tmp_path, policy=policy)
    assert path.read_bytes() == content if content else path.is_dir()
    assert not (path.parent / MANIFEST).exists()
    path.unlink() if content else path.rmdir()
    download(plain(server.put("/a", BODY)), tmp_path, policy=policy)
    assert path.read_bytes() == BODY


def test_folder_of_another_make_is_left_alone(server, policy, tmp_path):
    body = tarball(SPLIT)
    own = tmp_path / "svhn/train/own.png"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(DownloadError, match=r"svhn.train exists and was not made by this command"):
        download(packed(body, server.put("/t", body)), tmp_path, policy=policy)
    assert own.read_bytes() == b"mine"
    assert server.sent == {}


# --- faulty transfers ----------------------------------------------------------------------------


def transient(rng: random.Random) -> list[list[Fault]]:
    """Runs of faults, none of them a whole file, after which the same mirror can still succeed."""
    cut = faults.cut(rng.randrange(1, len(BODY) - 1))
    count = rng.randrange(1, len(BODY) - 1)
    return [
        [cut],
        [faults.cut(count, reset=True)],
        [cut, faults.cut(count, tag=f'"{count}"')],
        [faults.cut_without_length(count)],
        [faults.answer(500)],
        [cut, faults.answer(503)],
        [faults.answer(429), cut],
        [faults.hang],
        [cut, faults.no_ranges_and_cut(count)],
        [cut, faults.unasked_range],
        [cut, faults.lying_range],
        [cut, faults.answer(416)],
        [faults.altered_and_cut(count)],
        [cut, faults.altered_and_cut(count)],
        [cut, faults.altered],
    ]


PERMANENT: list[Fault] = [
    faults.answer(404),
    faults.answer(403),
    faults.answer(500),
    faults.page,
    faults.longer,
    faults.altered,
    faults.no_ranges_and_cut(30_000),
    faults.cut(0),
    faults.unasked_range,
]


@pytest.mark.parametrize("seed", range(30))
def test_faulty_transfer_with_a_mirror_that_recovers(server, policy, tmp_path, seed):
    rng = random.Random(seed)
    first, second = transient(rng)[seed % 15], rng.choice([[], *transient(rng)])
    then = rng.choice(PERMANENT) if seed % 2 else None
    source = plain(server.put("/1", BODY, *first, then=then), server.put("/2", BODY, *second))
    folder = download(source, tmp_path, policy=policy)
    assert (folder / "a.mat").read_bytes() == BODY
    assert files_below(tmp_path) == {"numbers/a.mat", "numbers/download.json"}


@pytest.mark.parametrize("seed", range(30))
def test_faulty_transfer_without_a_good_mirror(server, tmp_path, seed):
    policy = RetryPolicy(attempts=3, timeout=0.2, sleep=lambda seconds: None)
    rng = random.Random(seed)
    first, second = transient(rng)[seed % 15], rng.choice(transient(rng))
    one, two = PERMANENT[seed % 9], rng.choice(PERMANENT)
    source = plain(
        server.put("/1", BODY, *first, then=one), server.put("/2", BODY, *second, then=two)
    )
    with pytest.raises(DownloadError, match=r"a\.mat could not be downloaded"):
        download(source, tmp_path, policy=policy)
    assert files_below(tmp_path) <= {"numbers/a.mat.part"}
    # what was kept does not stand in the way of a good transfer
    download(plain(server.put("/1", BODY)), tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY


@pytest.mark.parametrize("seed", range(5))
def test_no_byte_is_sent_twice_where_ranges_work(server, policy, tmp_path, seed):
    counts = random.Random(seed).choices(range(1, 12_000), k=8)
    one = server.put("/1", BODY, *map(faults.cut, counts[:4]), then=faults.answer(404))
    two = server.put("/2", BODY, *map(faults.cut, counts[4:]))
    seen = []
    download(plain(one, two), tmp_path, lambda done, total: seen.append(done), policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY
    assert server.sent["/1"] == sum(counts[:4])
    assert server.sent["/1"] + server.sent["/2"] == len(BODY)
    assert seen == sorted(seen)
    starts = [0, *itertools.accumulate(counts[:3])]
    assert server.ranges["/1"][:4] == [None, *(f"bytes={start}-" for start in starts[1:])]


def test_second_call_goes_on_where_the_first_was_cut(server, policy, tmp_path):
    source = plain(server.put("/a", BODY, faults.cut(31_234), then=faults.answer(500)))
    with pytest.raises(DownloadError, match="HTTP 500"):
        download(source, tmp_path, policy=policy)
    server.put("/a", BODY)
    download(source, tmp_path, policy=policy)
    assert server.sent["/a"] == len(BODY)


def test_crash_between_download_and_unpacking_costs_no_second_download(
    server, policy, tmp_path, monkeypatch
):
    body = tarball(SPLIT)
    source = packed(body, server.put("/t", body))
    with monkeypatch.context() as patch:
        patch.setattr(
            tarfile.TarFile, "extractall", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            download(source, tmp_path, policy=policy)
    assert files_below(tmp_path) == {"svhn/train.tar.gz.part"}
    (tmp_path / "svhn/.train.unpacking").mkdir()  # as after a kill
    download(source, tmp_path, policy=policy)
    assert files_below(tmp_path / "svhn") == {*SPLIT, "train/download.json"}
    assert server.sent["/t"] == len(body)


def test_a_changed_file_on_the_server_is_fetched_anew(server, policy, tmp_path):
    def changed(handler, body):
        assert handler.headers["If-Range"] == '"old"'
        faults.no_ranges(handler, body)

    old = bytes(len(BODY))
    server.put("/a", old, faults.cut(20_000, tag='"old"'))
    source = plain(f"{server.address}/a")
    swapped = server.resources["/a"]
    original = swapped.faults[0]
    swapped.faults[0] = lambda handler, body: (
        original(handler, old),
        setattr(swapped, "body", BODY),
    )
    swapped.faults.append(changed)
    download(source, tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY
    assert server.ranges["/a"] == [None, "bytes=20000-"]


@pytest.mark.parametrize(
    "text",
    [
        "bytes 10000-49999/50000",
        "bytes 20000-49999/60000",
        "bytes 20000-50000/50000",
        "bytes */50000",
        "items 20000-49999/50000",
        "",
    ],
)
def test_answer_with_another_range_is_not_written(server, policy, tmp_path, text):
    part = tmp_path / "numbers/a.mat.part"
    sizes = []

    def wrong(handler, body):
        sizes.append(part.stat().st_size if part.exists() else 0)
        faults.content_range(text)(handler, body)

    source = plain(server.put("/a", BODY, faults.cut(20_000), then=wrong))
    download(source, tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY
    assert server.ranges["/a"] == [None, "bytes=20000-", None]
    assert sizes == [20_000, 20_000]


@pytest.mark.parametrize("text", ["bytes 20000-49999/50000", "bytes 20000-49999/*"])
def test_answer_with_the_right_range_is_appended(server, policy, tmp_path, text):
    right = faults.content_range(text)
    download(plain(server.put("/a", BODY, faults.cut(20_000), right)), tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY
    assert server.sent["/a"] == len(BODY)


def test_bytes_that_came_before_a_stall_are_kept(server, policy, tmp_path):
    download(plain(server.put("/a", BODY, faults.hang)), tmp_path, policy=policy)
    assert server.ranges["/a"] == [None, "bytes=25000-"]
    assert server.sent["/a"] == len(BODY)


def test_server_of_wrong_pieces_is_asked_for_whole_files_from_then_on(server, policy, tmp_path):
    cut = faults.cut(20_000)
    source = plain(server.put("/a", BODY, cut, faults.lying_range, cut, then=faults.lying_range))
    download(source, tmp_path, policy=policy)
    assert (tmp_path / "numbers/a.mat").read_bytes() == BODY
    assert server.ranges["/a"] == [None, "bytes=20000-", None, None]


def test_part_of_an_unknown_origin_is_not_trusted(server, policy, tmp_path):
    for size in (len(BODY) // 2, len(BODY), len(BODY) + 5):
        root = tmp_path / str(size)
        (root / "numbers").mkdir(parents=True)
        (root / "numbers/a.mat.part").write_bytes(bytes(size))
        download(plain(server.put("/a", BODY)), root, policy=policy)
        assert (root / "numbers/a.mat").read_bytes() == BODY


def test_pauses_double_and_end(server, tmp_path, pauses):
    policy = RetryPolicy(attempts=9, pause=1.0, sleep=pauses.append)
    with pytest.raises(DownloadError, match="HTTP 503"):
        download(plain(server.put("/a", BODY, then=faults.answer(503))), tmp_path, policy=policy)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert len(server.ranges["/a"]) == 9


def test_a_server_that_drips_is_left(server, policy, tmp_path):
    drip = faults.cut(10)
    source = plain(server.put("/1", BODY, then=drip), server.put("/2", BODY))
    download(source, tmp_path, policy=policy)
    assert server.sent == {"/1": 40, "/2": len(BODY) - 40}


def test_wrong_mirror_is_asked_only_once(server, policy, tmp_path):
    source = plain(server.put("/1", BODY, then=faults.altered), server.put("/2", BODY))
    download(source, tmp_path, policy=policy)
    assert server.sent == {"/1": len(BODY), "/2": len(BODY)}


def test_content_encoding_of_an_archive_is_not_undone(server, policy, tmp_path):
    body = tarball(SPLIT)

    def as_gzip(handler, body):
        handler.head(200, len(body), Content_Encoding="gzip")
        handler.send(body)

    download(packed(body, server.put("/t", body, as_gzip)), tmp_path, policy=policy)
    assert (tmp_path / "svhn/train/1.png").read_bytes() == b"one"


# --- archives ------------------------------------------------------------------------------------


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


EVIL = {
    "parent": member("../evil"),
    "parent below": member("train/../../evil"),
    "absolute": member("/tmp/evil-member"),
    "symbolic link out": member("train/evil", tarfile.SYMTYPE, "/etc"),
    "symbolic link up": member("train/evil", tarfile.SYMTYPE, "../../.."),
    "symbolic link within": member("train/evil", tarfile.SYMTYPE, "1.png"),
    "hard link": member("train/evil", tarfile.LNKTYPE, "train/1.png"),
    "hard link out": member("train/evil", tarfile.LNKTYPE, "../../../etc/passwd"),
    "pipe": member("train/evil", tarfile.FIFOTYPE),
    "device": member("train/evil", tarfile.CHRTYPE),
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_archive_with_a_member_that_leads_elsewhere_is_refused(server, policy, tmp_path, evil):
    root = tmp_path / "deep/data"
    body = tarball([(tarfile.TarInfo("train/1.png"), b"one"), (evil, b"")])
    with pytest.raises(DownloadError, match=re.escape(repr(evil.name))):
        download(packed(body, server.put("/t", body)), root, policy=policy)
    assert files_below(tmp_path) == {"deep/data/svhn/train.tar.gz.part"}
    assert not Path("/tmp/evil-member").exists()
    assert not list(tmp_path.rglob(".train*"))


def test_published_archive_that_is_damaged_is_refused(server, policy, tmp_path):
    whole = tarball({"train/1.png": BODY})
    for damaged in (
        whole[:-9_000],
        b"no archive",
        gzip.compress(b"", mtime=0),
    ):
        with pytest.raises(DownloadError, match=r"train\.tar\.gz"):
            download(packed(damaged, server.put("/t", damaged)), tmp_path, policy=policy)
        assert files_below(tmp_path) == {"svhn/train.tar.gz.part"}


def test_archive_without_its_folder_is_refused(server, policy, tmp_path):
    body = tarball({"test/1.png": b"one"})
    with pytest.raises(DownloadError, match="holds no folder 'train'"):
        download(packed(body, server.put("/t", body)), tmp_path, policy=policy)
    assert not (tmp_path / "svhn/train").exists()


# --- proxy, offline, disk ------------------------------------------------------------------------


def test_proxy_of_the_environment_is_used(server, policy, tmp_path, monkeypatch):
    server.put("/housenumbers/a.mat", BODY)
    monkeypatch.setenv("HTTP_PROXY", server.address)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    download(plain("http://numbers.invalid/housenumbers/a.mat"), tmp_path, policy=policy)
    assert server.sent["/housenumbers/a.mat"] == len(BODY)


def test_message_offline_says_what_to_do(tmp_path, policy):
    source = plain("http://127.0.0.1:1/x/a.mat", "http://127.0.0.1:1/y/a.mat")
    with pytest.raises(DownloadError) as caught:
        download(source, tmp_path, policy=policy)
    message = str(caught.value)
    assert "http://127.0.0.1:1/x/a.mat: no connection" in message
    assert "http://127.0.0.1:1/y/a.mat: no connection" in message
    assert "HTTPS_PROXY" in message
    assert str(tmp_path / "numbers/a.mat") in message
    assert hashlib.sha256(BODY).hexdigest() in message


def test_dead_proxy_is_named(tmp_path, policy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(DownloadError, match="the proxy does not answer"):
        download(plain("http://numbers.invalid/a.mat"), tmp_path, policy=policy)


@pytest.mark.parametrize(
    ("present", "size", "needed"),
    [(None, 0, "5.0"), ("train.tar.gz.part", 5 * 10**8, "4.5"), ("train.tar.gz", 2 * 10**9, "3.0")],
)
def test_too_little_room_is_said_before_anything_is_fetched(
    server, policy, tmp_path, monkeypatch, present, size, needed
):
    root = tmp_path / "new/data"
    if present:
        (root / "svhn").mkdir(parents=True)
        with (root / "svhn" / present).open("wb") as sparse:
            sparse.truncate(size)
    usage = shutil.disk_usage(tmp_path)._replace(free=2 * 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    file = RemoteFile("train.tar.gz", 2 * 10**9, (), (server.put("/t", BODY),))
    with pytest.raises(DownloadError, match=rf"big needs {needed} GB more .* 2\.0 GB are free"):
        download(Source("big", "svhn/train", (file,), archive=True), root, policy=policy)
    assert server.sent == {}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_disk_that_fills_up(server, policy, tmp_path):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers/a.mat.part").symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"is full: make room"):
        download(plain(server.put("/a", BODY)), tmp_path, policy=policy)
    assert not (tmp_path / "numbers/a.mat").exists()


def test_disk_that_fills_up_while_unpacking_keeps_the_archive(
    server, policy, tmp_path, monkeypatch
):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    body = tarball(SPLIT)
    source = packed(body, server.put("/t", body))
    with monkeypatch.context() as patch:
        patch.setattr(tarfile, "copyfileobj", full)
        with pytest.raises(DownloadError, match=r"is full: make room"):
            download(source, tmp_path, policy=policy)
    assert files_below(tmp_path) == {"svhn/train.tar.gz.part"}
    download(source, tmp_path, policy=policy)
    assert server.sent["/t"] == len(body)


def test_root_that_is_a_file(server, policy, tmp_path):
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"cannot write .*data"):
        download(plain(server.put("/a", BODY)), tmp_path / "data", policy=policy)


def test_two_that_bring_one_data_set_at_a_time_share_it(server, policy, tmp_path):
    body = bytes(range(256)) * 40
    begun, asked, go_on = threading.Event(), threading.Event(), threading.Event()

    def slow(handler, data):
        handler.range_head(data, 0)
        handler.send(data[:1000])
        begun.set()
        go_on.wait(10)
        handler.send(data[1000:])

    def again(handler, data):
        asked.set()
        faults.proper(handler, data)

    source = Source("a", "a", (remote("a.gz", body, server.put("/a.gz", body, slow, again)),))
    policy = replace(policy, timeout=20)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(download, source, tmp_path, policy=policy)
        begun.wait(10)
        second = pool.submit(download, source, tmp_path, policy=policy)
        asked.wait(0.5)  # it waits for the first, and asks for nothing
        go_on.set()
        assert first.result() == second.result() == tmp_path / "a"
    assert (tmp_path / "a" / "a.gz").read_bytes() == body
    assert server.sent["/a.gz"] == len(body)

"""The folder of `svhn page`: whole or not at all, from a package that is verified."""

import base64
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import faulty_server as faults
import pytest
from faulty_server import FaultyServer
from small_cli import assert_one_line, svhn

from svhn_lib.data.download import DownloadError
from svhn_lib.detection.decoding import LEVEL
from svhn_lib.page import find_registry, write_page
from svhn_lib.page.runtime import NPM, Package, bring_runtime
from svhn_lib.reading.places import GROWTH
from svhn_lib.reading.weighing import USUAL_SHARE

FILES = {
    "package/dist/ort.wasm.min.js": b"var ort = {};",
    "package/dist/ort-wasm-simd-threaded.mjs": b"export default 1;",
    "package/dist/ort-wasm-simd-threaded.wasm": b"\0asm" + bytes(5000),
}


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def package_of(archive: bytes) -> Package:
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    return Package("ort", "1.2.3", len(archive), f"sha512-{digest}")


ARCHIVE = packed(FILES)
PACKAGE = package_of(ARCHIVE)
PATH = "/ort/-/ort-1.2.3.tgz"


@pytest.fixture
def registry(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = FaultyServer()
    yield server
    server.stop()


def value_of(folder: Path, name: str):
    """What one of the page's scripts hands over."""
    text = (folder / "parts" / f"{name}.js").read_text(encoding="ascii")
    return json.loads(text.removeprefix(f"svhnParts.{name} = ").removesuffix(";\n"))


def test_the_folder_holds_all_that_the_page_asks_for(registry, tmp_path):
    registry.put(PATH, ARCHIVE)
    write_page(tmp_path / "out", tmp_path / "data", registry.address + "/", package=PACKAGE)
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    for name in ("page.css", "page.js", "LICENSES.txt"):
        assert name in index and (tmp_path / "out" / name).stat().st_size > 1000
    assert "://" not in index
    assert value_of(tmp_path / "out", "runtime")["script"] == "var ort = {};"
    assert "function readPhoto" in value_of(tmp_path / "out", "reader")


def test_the_rules_are_those_of_python(registry, tmp_path):
    registry.put(PATH, ARCHIVE)
    write_page(tmp_path / "out", tmp_path / "data", registry.address, package=PACKAGE)
    rules = value_of(tmp_path / "out", "nets")["rules"]
    assert rules["decoding"]["LEVEL"] == LEVEL
    assert rules["places"]["GROWTH"] == list(GROWTH)
    assert rules["places"]["USUAL_SHARE"] == USUAL_SHARE
    assert rules["reader"]["crop"] == {"height": 64, "width": 64, "margin": 0.3}
    # Each rule that a script uses is there.
    scripts = value_of(tmp_path / "out", "reader")
    used = {
        line.split("RULES.")[1].split(")")[0] for line in scripts.splitlines() if "RULES." in line
    }
    assert len(used) > 15
    assert {one.split(".")[0].split(";")[0].split(" ")[0] for one in used} <= rules.keys()


def test_a_cut_download_is_gone_on_with_and_kept(registry, tmp_path):
    url = registry.put(PATH, ARCHIVE, faults.cut(len(ARCHIVE) // 2))
    runtime = bring_runtime(tmp_path, registry.address, package=PACKAGE)
    assert runtime.binary == FILES["package/dist/ort-wasm-simd-threaded.wasm"]
    assert registry.sent[PATH] == len(ARCHIVE)
    assert registry.ranges[PATH][1].startswith("bytes=")
    bring_runtime(tmp_path, "http://127.0.0.1:9/", package=PACKAGE)
    assert len(registry.ranges[PATH]) == 2, url


@pytest.mark.parametrize("fault", [faults.altered, faults.page, faults.answer(404), faults.longer])
def test_what_is_not_as_published_is_refused_and_nothing_written(registry, tmp_path, fault):
    registry.put(PATH, ARCHIVE, then=fault)
    with pytest.raises(DownloadError, match=PATH):
        write_page(tmp_path / "out", tmp_path / "data", registry.address, package=PACKAGE)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_package_without_the_files_is_named(registry, tmp_path):
    other = packed({"package/readme": b"no"})
    registry.put(PATH, other)
    with pytest.raises(DownloadError, match=r"ort-1\.2\.3\.tgz: not the package"):
        bring_runtime(tmp_path, registry.address, package=package_of(other))


def test_a_folder_that_holds_something_is_refused_before_any_download(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = svhn("page", out, "--registry", "http://127.0.0.1:9/", "--root", tmp_path / "data")
    assert_one_line(done, out, "not empty")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    taken = tmp_path / "file"
    taken.write_text("mine")
    assert_one_line(svhn("page", taken, "--root", tmp_path / "data"), taken)


def test_the_command_says_where_it_looked_in_vain(registry, tmp_path):
    done = svhn("page", tmp_path / "out", "--registry", registry.address, "--root", tmp_path)
    assert done.status == 1
    assert f"{registry.address}/onnxruntime-web/-/onnxruntime-web-" in done.err
    assert "404" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ("echo https://npm.example.org/", "https://npm.example.org/"),
        ("echo undefined", NPM),
        ("exit 1", NPM),
    ],
)
def test_the_registry_is_that_of_npms_own_settings(tmp_path, monkeypatch, says, found):
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\n[ \"$*\" = 'config get registry' ] && {says}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert find_registry() == found


def test_without_npm_its_own_registry_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_registry() == NPM

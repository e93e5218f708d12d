"""Files appear whole or not at all, and nothing of another kind is lost."""

import errno
import os
import stat
from pathlib import Path

import pytest

from svhn_lib.files import written

MAGIC = b"file,number"


def fill(path: Path, data: bytes = MAGIC + b",box\n") -> None:
    with written(path, replaces=MAGIC) as scratch:
        scratch.write_bytes(data)


def test_the_file_appears_at_the_end_and_nothing_else_does(tmp_path):
    with written(tmp_path / "a.csv") as scratch:
        scratch.write_bytes(b"new")
        assert scratch.parent == tmp_path
        assert not (tmp_path / "a.csv").exists()
    assert (tmp_path / "a.csv").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.csv"]


def break_off(path: Path) -> None:
    with written(path) as scratch:
        scratch.write_bytes(b"half")
        raise ZeroDivisionError


def test_an_error_leaves_the_old_file(tmp_path):
    (tmp_path / "a.csv").write_bytes(MAGIC)
    with pytest.raises(ZeroDivisionError):
        break_off(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == MAGIC
    assert os.listdir(tmp_path) == ["a.csv"]


def test_what_begins_alike_is_replaced_and_so_is_an_empty_file(tmp_path):
    (tmp_path / "a.csv").write_bytes(MAGIC + b"\nold")
    (tmp_path / "b.csv").touch()
    for name in ("a.csv", "b.csv"):
        fill(tmp_path / name)
        assert (tmp_path / name).read_bytes() == MAGIC + b",box\n"


@pytest.mark.parametrize("content", [b"\x89PNG\r\n", b"f", b"file,numbe"])
def test_a_file_of_another_kind_is_refused_and_kept(tmp_path, content):
    (tmp_path / "door.png").write_bytes(content)
    with pytest.raises(FileExistsError, match=r"door\.png is a file of another kind"):
        fill(tmp_path / "door.png")
    assert (tmp_path / "door.png").read_bytes() == content


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileExistsError, match="is a folder"):
        fill(tmp_path)


def test_a_link_stays_and_its_target_is_written(tmp_path):
    (tmp_path / "real.csv").write_bytes(MAGIC)
    (tmp_path / "link.csv").symlink_to("real.csv")
    fill(tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == MAGIC + b",box\n"


def test_a_device_stays_a_device():
    fill(Path("/dev/null"))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_who_may_read_a_file_stays_as_it_was(tmp_path):
    (tmp_path / "a.csv").write_bytes(MAGIC)
    (tmp_path / "a.csv").chmod(0o600)
    fill(tmp_path / "a.csv")
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize("scratch_is_named", [False, True])
def test_a_full_disk_names_the_file_and_keeps_the_old_one(tmp_path, scratch_is_named):
    path = tmp_path / "a.csv"
    path.write_bytes(MAGIC)
    with pytest.raises(OSError, match="No space left") as caught, written(path) as scratch:  # noqa: PT012
        scratch.write_bytes(b"half")
        named = [str(scratch)] if scratch_is_named else []
        raise OSError(errno.ENOSPC, "No space left on device", *named)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == MAGIC and list(tmp_path.iterdir()) == [path]


def test_a_pipe_without_a_name_is_written_into():
    read, write = os.pipe()
    with open(read, "rb") as reader, open(write, "wb"):
        fill(Path(f"/dev/fd/{write}"))
        assert reader.read(len(MAGIC)) == MAGIC


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_device_is_named():
    with pytest.raises(OSError, match="No space left") as caught:
        fill(Path("/dev/full"))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dev/full")

"""Files appear whole or not at all, and nothing of another kind is lost."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from svhn_lib.files import refuse_another_kind, refuse_unwritable, whole_folder, written

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


KILLED = """
import os, signal, sys
from svhn_lib.files import whole_folder, written
with written(sys.argv[1]) as file, whole_folder(sys.argv[2]) as folder:
    file.write_text("half")
    (folder / "1.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(tmp_path) -> list[Path]:
    """What a process that was killed left: a file and a folder, begun in place of a.csv and b."""
    command = [sys.executable, "-c", KILLED, tmp_path / "a.csv", tmp_path / "b"]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    left = sorted(tmp_path.iterdir())
    assert [path.name.split(".")[1] for path in left] == ["a", "b"]
    return left


linux = pytest.mark.skipif(
    not os.path.exists("/proc/self/ns/pid"), reason="Linux tells who is gone"
)


@linux
def test_what_a_killed_process_left_is_removed_by_the_next_of_the_same_name(tmp_path, killed):
    others = tmp_path / ".c.csv.part", tmp_path / ".a.csv.1.part"
    for path in others:
        path.touch()
    fill(tmp_path / "c.csv")
    assert all(path.exists() for path in killed)  # they bear other names
    fill(tmp_path / "a.csv")
    with whole_folder(tmp_path / "b"):
        pass
    assert not any(path.exists() for path in killed)
    assert all(path.exists() for path in others)


@linux
@pytest.mark.parametrize("change", ["process", "system"])
def test_what_may_still_be_written_stays(tmp_path, killed, change):
    for path in killed:
        parts = path.name.split(".")
        here = -2 if path.is_file() else -3
        parts[here if change == "process" else here - 1] = (
            str(os.getppid()) if change == "process" else "0123abcd"
        )
        path.rename(path.with_name(".".join(parts)))
    left = sorted(tmp_path.iterdir())
    fill(tmp_path / "a.csv")
    with whole_folder(tmp_path / "b"):
        pass
    assert all(path.exists() for path in left)


def test_a_folder_that_takes_no_file_is_found_before_any_work(tmp_path):
    (tmp_path / "a.csv").write_bytes(MAGIC)
    refuse_another_kind(tmp_path / "new" / "deeper" / "b.csv")  # it can be made
    for path in (tmp_path / "a.csv" / "b.csv", tmp_path / "a.csv" / "new" / "b.csv"):
        with pytest.raises(NotADirectoryError) as caught:
            refuse_another_kind(path)
        assert caught.value.filename == str(tmp_path / "a.csv")
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="a folder of Linux")
def test_a_folder_that_nobody_may_write_to_is_named():
    with pytest.raises(PermissionError) as caught:
        refuse_unwritable("/sys/kernel/new")
    assert caught.value.filename == "/sys/kernel"

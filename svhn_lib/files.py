"""Files that are written whole or not at all, and never over something of another kind."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path

Kind = bytes | Callable[[Path], bool]


@contextmanager
def written(path: Path | str, replaces: Kind | None = None) -> Iterator[Path]:
    """Give a path to write to; what lies there becomes `path` at the end, if nothing was raised.

    The file is written beside its target, forced to the disk and renamed, so that a reader finds
    the old file or the new one, also after a power cut. Links are followed; a device, such as
    /dev/null, is written into. What an earlier process was writing beside the target when it was
    killed is removed, where it is sure that this process is gone.

    Args:
        path: the file to write.
        replaces: how an existing file has to begin to be replaced, or a function that says
            whether it may be; None for any file. An empty file may always be replaced.

    Raises:
        FileExistsError: `path` is a folder, or a file that is not of the kind of `replaces`.
        OSError: the disk is full, or the folder is not there or must not be written to.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "answers.csv"
        >>> with written(target, replaces=b"file,number") as scratch:
        ...     _ = scratch.write_text("file,number")
        >>> target.read_text()
        'file,number'
    """
    target = Path(os.path.realpath(path))
    refuse_another_kind(path, replaces)
    if (
        Path(path).exists() and not Path(path).is_file()
    ):  # /dev/stdout may stand for a nameless pipe
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder) / target.name
            yield scratch
            try:
                with scratch.open("rb") as source, open(path, "wb") as device:
                    shutil.copyfileobj(source, device)
            except OSError as error:
                error.filename = error.filename or str(path)
                raise
        return
    _remove_leftovers(target)
    scratch = target.with_name(f"{_scratch_prefix(target)}{os.getpid()}.part")
    try:
        yield scratch
        if target.exists():
            shutil.copymode(target, scratch)
        replace_durably(scratch, target)
    except OSError as error:
        if error.errno and error.filename in (None, str(scratch)):
            error.filename = str(path)  # a full disk names no file, and ours is the scratch file
        raise
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path | str) -> Iterator[Path]:
    """Give an empty folder to fill; at the end it becomes `folder`, if nothing was raised.

    Leftovers of killed processes are removed as by `written`.

    Args:
        folder: must not exist yet, or be empty; a link to one stays a link.

    Raises:
        FileExistsError: the folder holds something.
        OSError: the disk is full, or the folder above must not be written to.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "pictures"
        >>> with whole_folder(target) as scratch:
        ...     _ = (scratch / "1.txt").write_text("one")
        >>> [file.name for file in target.iterdir()]
        ['1.txt']
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty: name a new folder, or delete this one")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(target)
    prefix = f"{_scratch_prefix(target)}{os.getpid()}."
    scratch = Path(tempfile.mkdtemp(".part", prefix, target.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        if target.exists():
            target.rmdir()
        replace_durably(scratch, target)
    except OSError as error:
        if error.errno and not error.filename:  # a full disk
            error.filename = str(folder)
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def refuse_another_kind(path: Path | str, replaces: Kind | None = None) -> None:
    """Check, before any work, that `written` would write `path`.

    Args:
        path: the file to write; a link stands for its target.
        replaces: as for `written`.

    Raises:
        FileExistsError: `path` is a folder, or a file that is not of the kind of `replaces`.
        OSError: it cannot be read, or no file can be made in its folder.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise FileExistsError(f"{path} is a folder: name a file in it")
    if not Path(path).exists() or Path(path).is_file():  # a device needs no file beside it
        refuse_unwritable(target.parent)
    if replaces is None or not target.is_file() or target.stat().st_size == 0:
        return
    if callable(replaces):
        right = replaces(target)
    else:
        with target.open("rb") as file:
            right = file.read(len(replaces)) == replaces
    if not right:
        raise FileExistsError(
            f"{path} is a file of another kind and would be lost: name another file, or delete it"
        )


def refuse_unwritable(folder: Path | str) -> None:
    """Check, before any work, that a file can be made in a folder.

    Args:
        folder: where it is not there yet, the one above it is asked, and so on.

    Raises:
        OSError: no file can be made there.
    """
    there = Path(folder).absolute()
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        error.filename = str(there)
        raise


def replace_durably(scratch: Path, target: Path) -> None:
    """Rename a file or folder to `target`, replacing a file there; it outlives a power cut.

    Args:
        scratch: on the same disk as `target`. The files in a folder are not forced to the disk.
        target: its new name.

    Raises:
        OSError: it cannot be renamed.
    """
    _force_to_disk(scratch)
    os.replace(scratch, target)
    _force_to_disk(target.parent)


def _shortened(name: str) -> str:
    """Return a name to which more may be added: file systems take 255 bytes."""
    return os.fsencode(name)[:200].decode(errors="ignore")


def _scratch_prefix(target: Path) -> str:
    """Return how the names begin under which processes of this system write `target`."""
    return f".{_shortened(target.name)}.{_process_space()}."


@cache
def _process_space() -> str:
    """Return a name for where process ids mean what they mean here: this boot, this container."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        return hashlib.sha256((boot + os.readlink("/proc/self/ns/pid")).encode()).hexdigest()[:8]
    return ""  # not on Linux


def _remove_leftovers(target: Path) -> None:
    """Remove what processes that are gone were writing in place of `target`."""
    if not _process_space():
        return
    own = re.compile(re.escape(_scratch_prefix(target)) + r"(\d+)\.(\w+\.)?part")
    for name in _scratches(target.parent):
        match = own.fullmatch(name)
        if match and not _is_running(int(match[1])):
            _remove(target.with_name(name))


@lru_cache(maxsize=64)
def _scratches(folder: Path) -> list[str]:
    """Return what looks like a leftover in a folder; looked for once, as folders may be large."""
    with suppress(OSError):
        pattern = re.compile(rf"\..*\.{_process_space()}\.\d+\.(\w+\.)?part", re.DOTALL)
        return [name for name in os.listdir(folder) if pattern.fullmatch(name)]
    return []


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is somebody else's
        pass
    return True


def _remove(scratch: Path) -> None:
    if scratch.is_dir() and not scratch.is_symlink():
        shutil.rmtree(scratch, ignore_errors=True)
    else:
        with suppress(OSError):
            scratch.unlink()


def _force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

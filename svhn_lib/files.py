"""Files that are written whole or not at all, and never over something of another kind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(path: Path | str, replaces: bytes | None = None) -> Iterator[Path]:
    """A path to write to; what lies there becomes `path` at the end, if nothing was raised.

    The file is written beside its target, forced to the disk and renamed, so that a reader finds
    the old file or the new one, also after a power cut. Links are followed; a device, such as
    /dev/null, is written into.

    Args:
        replaces: how an existing file has to begin to be replaced; None for any file. An empty
            file may always be replaced.

    Raises:
        FileExistsError: `path` is a folder, or a file that does not begin with `replaces`.
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
    _refuse_another_kind(Path(path), target, replaces)
    if target.exists() and not target.is_file():
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder) / target.name
            yield scratch
            with scratch.open("rb") as source, target.open("wb") as device:
                shutil.copyfileobj(source, device)
        return
    scratch = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield scratch
        _force_to_disk(scratch)
        os.replace(scratch, target)
        _force_to_disk(target.parent)
    finally:
        scratch.unlink(missing_ok=True)


def _refuse_another_kind(path: Path, target: Path, replaces: bytes | None) -> None:
    if target.is_dir():
        raise FileExistsError(f"{path} is a folder: name a file in it")
    if replaces is None or not target.is_file():
        return
    with target.open("rb") as file:
        found = file.read(len(replaces))
    if found and found != replaces:
        raise FileExistsError(
            f"{path} is a file of another kind and would be lost: name another file, or delete it"
        )


def _force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""A data set brought into the data folder: room, files, archive, and the manifest written last.

The table of data sets is `catalogue.py`, the transfer of a single file `transfer.py`; nothing here
reads the data.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from svhn_lib.data.download.published import (
    DownloadError,
    RemoteFile,
    Source,
    find_fault,
    size_on_disk,
    unpack,
)
from svhn_lib.data.download.transfer import RetryPolicy, fetch
from svhn_lib.files import refuse_another_kind, replace_durably, written

Progress = Callable[[int, int], None]

MANIFEST = "download.json"

# PNG files do not shrink further in an archive, but each fills whole blocks of the disk, and
# digitStruct.mat does shrink.
_UNPACKED_RATIO = 1.5


def download_source(source: Source, root: Path, progress: Progress, policy: RetryPolicy) -> Path:
    """Bring a data set below `root` as `catalogue.download` describes, and return its folder.

    Raises:
        DownloadError: it could not be brought; the message says what to do.
    """
    folder = root / source.folder
    if _is_complete(source, folder):
        return folder
    if source.archive and folder.exists() and not (folder / MANIFEST).exists():
        raise DownloadError(
            f"{folder} exists and was not made by this command: use it as it is, or move it away "
            "and run again"
        )
    try:
        _check_room(source, root)
        with _alone(source, root):
            if not _is_complete(source, folder):  # another process may have brought it meanwhile
                _bring(source, root, progress, policy)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(_why_not_written(error, root)) from error
    return folder


@contextmanager
def _alone(source: Source, root: Path) -> Iterator[None]:
    """Wait until no other process brings this data set: two would write into one part file.

    The lock lies among temporary files, so that the data folder holds nothing but data.
    """
    user = getattr(os, "getuid", int)()  # nobody can write the lock of somebody else
    place = f"{user} {os.path.realpath(root / source.folder)}"
    name = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"svhn_lib-{name}.lock")
    with suppress(NotImplementedError):  # a file system without locks
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _bring(source: Source, root: Path, progress: Progress, policy: RetryPolicy) -> None:
    origins = _collect(source, root, progress, policy)
    if source.archive:
        _install(source, root, origins)
    else:
        _write_manifest(source, root / source.folder, origins, len(source.files))


def _check_room(source: Source, root: Path) -> None:
    needed = 0
    for file in source.files:
        path = source.path_of(file, root)
        if size_on_disk(path) != file.size:
            needed += max(0, file.size - size_on_disk(_part(path)))
        if source.archive:
            needed += int(_UNPACKED_RATIO * file.size)
    existing = root.absolute()
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise DownloadError(
            f"{source.name} needs {needed / 1e9:.1f} GB more on the disk of {root}, where "
            f"{free / 1e9:.1f} GB are free: make room, or choose a folder on another disk (--root)"
        )


def _collect(
    source: Source, root: Path, progress: Progress, policy: RetryPolicy
) -> list[str | None]:
    """Bring every file, verified; its URL, or None for a file that was there, in their order."""
    total, before = sum(file.size for file in source.files), 0
    origins: list[str | None] = []

    def report(done: int) -> None:
        progress(before + done, total)

    for file in source.files:
        path = source.path_of(file, root)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise DownloadError(f"{path} is a folder where a file has to go: move it away")
        fault = find_fault(path, file) if path.exists() else "missing"
        origins.append(None if fault is None else _fetch(source, file, path, policy, report))
        report(file.size)
        before += file.size
    return origins


def _fetch(
    source: Source,
    file: RemoteFile,
    path: Path,
    policy: RetryPolicy,
    report: Callable[[int], None],
) -> str:
    try:
        url = fetch(file, _part(path), policy, report)
    except DownloadError as error:
        raise DownloadError(_advice(source, file, path, str(error))) from error
    # A downloaded archive keeps the name of a part file until it is unpacked and deleted: by that
    # it is told, even after a crash, from one that a person has put there, which is not ours.
    if not source.archive:
        _check_kind(source, path)
        replace_durably(_part(path), path)
    return url


def _check_kind(source: Source, path: Path) -> None:
    """Refuse to replace what somebody put at `path`, if it is no such file as was brought."""
    if (path.parent / MANIFEST).exists():
        return
    with _part(path).open("rb") as part:
        start = part.read(2)
    try:
        refuse_another_kind(path, start)
    except FileExistsError as error:
        raise DownloadError(f"{source.name}: {error}") from error


def _install(source: Source, root: Path, origins: Sequence[str | None]) -> None:
    """Unpack beside the folder; the manifest is in it when the folder gets its name."""
    folder = root / source.folder
    path = source.path_of(source.files[0], root)
    archive = path if origins[0] is None else _part(path)
    temporary = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(temporary, ignore_errors=True)  # left by a run that was killed
    try:
        temporary.mkdir()
        unpack(archive, temporary)
        unpacked = temporary / folder.name
        if not unpacked.is_dir():
            raise DownloadError(f"{archive} holds no folder {folder.name!r}")
        _write_manifest(source, unpacked, origins, _count_files(unpacked))
        if folder.exists():
            os.replace(folder, temporary / "replaced")
        replace_durably(unpacked, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if origins[0] is not None:
        archive.unlink()


def _write_manifest(
    source: Source, folder: Path, origins: Sequence[str | None], file_count: int
) -> None:
    files = [
        {**record, "url": origin} for record, origin in zip(_records(source), origins, strict=True)
    ]
    manifest = {
        "source": source.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
        "file_count": file_count,
    }
    with written(folder / MANIFEST) as scratch:
        scratch.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _records(source: Source) -> list[dict[str, Any]]:
    """Return what the manifest says of each file besides its URL (null: it was there)."""
    return [
        {"name": file.name, "size": file.size, "checksums": list(file.checksums)}
        for file in source.files
    ]


def _is_complete(source: Source, folder: Path) -> bool:
    """Return whether the manifest is that of this source and its files are still there."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        records = [{k: v for k, v in file.items() if k != "url"} for file in manifest["files"]]
        file_count = int(manifest["file_count"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False
    if records != _records(source):
        return False
    if source.archive:
        return _count_files(folder) >= file_count
    return all(size_on_disk(folder / file.name) == file.size for file in source.files)


def _count_files(folder: Path) -> int:
    return sum(name != MANIFEST for _, _, names in os.walk(folder) for name in names)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _advice(source: Source, file: RemoteFile, path: Path, failures: str) -> str:
    found = f"The file at {path} is not as published: {find_fault(path, file)}.\n"
    return (
        f"{source.name}: {file.name} could not be downloaded.\n{found if path.exists() else ''}"
        f"Tried were\n{failures}\n"
        "Behind a proxy: set HTTPS_PROXY and HTTP_PROXY to its address (http://host:port) and run "
        "again; what has been received is kept.\n"
        f"Without a network: fetch the file elsewhere from one of these addresses, put it at\n"
        f"  {path}\nand run again; it is verified ({file.size:,} bytes, {file.checksums[-1]}) "
        "and used."
    )


def _why_not_written(error: OSError, root: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"the disk of {root} is full: make room, or choose a folder on another disk (--root), "
            "then run again; what has been received is kept"
        )
    return (
        f"cannot write {error.filename or root}: {error.strerror or error}; "
        "choose a folder that can be written (--root)"
    )

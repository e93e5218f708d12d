"""What is published: data sets and their files, recognised by size and checksums, and unpacked.

The table of them is `catalogue.py`; nothing here uses the network.
"""

import hashlib
import tarfile
import zlib
from dataclasses import dataclass
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath


class DownloadError(OSError):
    """A download that failed; the message says what was tried and what to do."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as published.

    Attributes:
        name: what it is called.
        size: in bytes.
        checksums: 'md5:<hex>' or 'sha256:<hex>'; each must agree.
        urls: mirrors, tried in this order.

    Example:
        >>> RemoteFile("a.gz", 3, ("md5:0",), ("https://host/a.gz",)).size
        3
    """

    name: str
    size: int
    checksums: tuple[str, ...]
    urls: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """A data set: plain files that go into `folder`, or one archive whose top folder it becomes.

    Attributes:
        name: what it is called.
        folder: where it goes, below the data folder.
        files: what it consists of.
        archive: the only file is a `.tar.gz` to be unpacked.

    Example:
        >>> digits = RemoteFile("a.gz", 3, ("md5:0",), ("https://host/a.gz",))
        >>> Source("digits", "mine/digits", (digits,)).path_of(digits, Path("data")).as_posix()
        'data/mine/digits/a.gz'
    """

    name: str
    folder: str
    files: tuple[RemoteFile, ...]
    archive: bool = False

    def path_of(self, file: RemoteFile, root: Path) -> Path:
        """Return where the file lies, and where a person may put it by hand."""
        folder = root / self.folder
        return (folder.parent if self.archive else folder) / file.name


def find_fault(path: Path, file: RemoteFile) -> str | None:
    """Say in what `path` differs from the file as published; None when it is that file."""
    size = size_on_disk(path)
    if size != file.size:
        return f"{size:,} bytes instead of {file.size:,}"
    expected = dict(checksum.split(":") for checksum in file.checksums)
    digests = {name: hashlib.new(name) for name in expected}
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            for digest in digests.values():
                digest.update(block)
    for name, digest in digests.items():
        if digest.hexdigest() != expected[name]:
            return f"{name} {digest.hexdigest()} instead of {expected[name]}"
    return None


def size_on_disk(path: Path) -> int:
    """Bytes in the file; 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a `.tar.gz`, plain files and directories only.

    Args:
        archive: the file.
        folder: an empty directory, which nothing in the archive leaves.

    Raises:
        DownloadError: the archive is damaged, or has a member that leads elsewhere; it names it.
        OSError: the files cannot be written.
    """
    if not hasattr(tarfile, "data_filter"):
        raise DownloadError("unpacking archives safely needs Python 3.11.4 or newer")
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter=_files_only)
    except (tarfile.TarError, BadGzipFile, EOFError, zlib.error) as error:
        raise DownloadError(f"{archive} cannot be unpacked: {error}") from error


def _files_only(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Apply the `data` filter of tarfile (PEP 706) and refuse links: ways around it need one."""
    path = PurePosixPath(member.name)
    if not (member.isfile() or member.isdir()) or path.is_absolute() or ".." in path.parts:
        raise DownloadError(
            f"the archive is not unpacked: its member {member.name!r} is a link, a device or "
            "outside the folder"
        )
    return tarfile.data_filter(member, folder)

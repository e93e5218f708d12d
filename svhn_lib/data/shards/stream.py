"""Where shards lie, and their bytes: brace patterns, files and http(s) URLs, tar members, retries.

What the members mean is `index`' work, in which order numbers come, `shard_set`'.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tarfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from svhn_lib.data.shards.index import Entry, Record, ShardError

TRIES = 4
"""How often a file is asked for over the network before that is an error."""
PAUSE = 1.0  # seconds before the second try, doubled with each further one
TIMEOUT = 30.0  # seconds without a byte

_BLOCK = 1 << 18
_HEADER = 512  # a tar file is made of blocks of this size
_TRY_AGAIN = {408, 425, 429}


class _Interrupted(Exception):
    """The transfer broke off, or what came is no whole shard: from a network, worth another try."""


def expand(pattern: str) -> list[str]:
    """Expand '{000..031}' and '{a,b}' as shells do, from left to right; the widths are kept.

    Raises ValueError for braces with anything else in them.
    """
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    before, inside, after = pattern[: match.start()], match[1], pattern[match.end() :]
    ends = re.fullmatch(r"(\d+)\.\.(\d+)", inside)
    if ends and int(ends[1]) <= int(ends[2]):
        padded = any(re.match(r"0\d", end) for end in ends.groups())
        width = max(map(len, ends.groups())) if padded else 0
        parts = [f"{value:0{width}}" for value in range(int(ends[1]), int(ends[2]) + 1)]
    elif "," in inside:
        parts = inside.split(",")
    else:
        raise ValueError(f"{pattern}: {match[0]} is no range like {{000..031}}, nor a list {{a,b}}")
    return [before + part + rest for part in parts for rest in expand(after)]


def is_url(place: str) -> bool:
    """Whether this is an address on the web, not a path."""
    return place.lower().startswith(("http://", "https://"))


def name_of(place: str) -> str:
    """The file name at the end of a path or URL."""
    return unquote(urlsplit(place).path.rpartition("/")[2]) if is_url(place) else Path(place).name


def beside(place: str, name: str) -> str:
    """The path or URL of the file `name` that lies beside this one; a URL keeps its query."""
    if not is_url(place):
        return str(Path(place).with_name(name))
    parts = urlsplit(place)
    return parts._replace(path=f"{parts.path.rpartition('/')[0]}/{name}").geturl()


def read_whole(place: str) -> bytes:
    """The bytes of a small file. Raises FileNotFoundError or ShardError."""
    for attempt in itertools.count(1):
        try:
            return b"".join(_blocks(place))
        except _Interrupted as reason:
            _wait(place, attempt, reason)
    raise AssertionError


def read_shard(place: str, entry: Entry, first: int) -> Generator[Record]:
    """The numbers of a shard from the place `first` on, in the order they lie in it.

    A transfer that breaks off begins again, and what was given is passed over. The shard is held
    against its checksum before its last number is given.
    Raises FileNotFoundError or ShardError.
    """
    for attempt in itertools.count(1):
        try:
            with closing(_records(place, entry, first)) as records:
                for record in records:
                    first += 1
                    yield record
            return
        except _Interrupted as reason:
            _wait(place, attempt, reason)


def _wait(place: str, attempt: int, reason: Exception) -> None:
    """Pause before the next try, or raise ShardError after the last; a file has only one."""
    if not is_url(place):
        raise ShardError(f"{place}: {reason}; make the shards again with 'svhn data shards'")
    if attempt >= TRIES:
        raise ShardError(f"{place}: {reason}, in the last of {TRIES} tries; check the server")
    time.sleep(PAUSE * 2 ** (attempt - 1))


def _records(place: str, entry: Entry, first: int) -> Generator[Record]:
    with closing(_blocks(place)) as blocks:
        tar = _Tar(blocks, entry.bytes)
        for position in range(entry.count):
            key, picture = tar.member(".png")
            same, row = tar.member(".json")
            if key != same:
                raise _Interrupted(f"{key}.png is followed by {same}.json")
            if position == entry.count - 1:  # before it is given, for nobody may ask for more
                _check(place, entry, tar.checksum())
            if position >= first:
                yield Record(place, key, picture, row)


def _check(place: str, entry: Entry, checksum: str) -> None:
    if checksum != entry.sha256:
        raise ShardError(
            f"{place}: another file than its index was made for (its sha256 differs); fetch "
            "the shard and the index again, or make them again with 'svhn data shards'"
        )


class _Tar:
    """The members of a tar file that comes in blocks.

    A plain reader of headers: `tarfile` itself takes a damaged header, or an end of the file
    between two members, for the end of the archive.
    """

    def __init__(self, blocks: Iterator[bytes], most: int) -> None:
        self._blocks, self._most = blocks, most
        self._ahead, self._at = b"", 0
        self._hash = hashlib.sha256()

    def member(self, suffix: str) -> tuple[str, bytes]:
        """Key and content of the next member, whose name must end so."""
        header = self._read(_HEADER)
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise _Interrupted(f"a tar file that is damaged or ends early ({error})") from error
        if not (info.isreg() and info.name.endswith(suffix)):
            raise _Interrupted(f"{info.name!r} in place of a *{suffix}")
        if not 0 <= info.size <= self._most:
            raise _Interrupted(f"{info.name!r} of {info.size:,} bytes, more than the shard has")
        data = self._read(info.size)
        self._read(-info.size % _HEADER)
        return info.name.removesuffix(suffix), data

    def checksum(self) -> str:
        """The sha256 of the whole file, after reading what is left of it."""
        for block in self._blocks:
            self._hash.update(block)
        return self._hash.hexdigest()

    def _read(self, size: int) -> bytes:
        while len(self._ahead) - self._at < size:
            block = next(self._blocks, b"")
            if not block:
                raise _Interrupted("cut short")
            self._hash.update(block)
            self._ahead, self._at = self._ahead[self._at :] + block, 0
        self._at += size
        return self._ahead[self._at - size : self._at]


def _blocks(place: str) -> Generator[bytes]:
    """The bytes of a file or of what a server answers, piece by piece."""
    if is_url(place):
        yield from _download(place)
        return
    try:
        with open(place, "rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except FileNotFoundError as error:
        raise FileNotFoundError(_missing(place)) from error
    except OSError as error:
        raise ShardError(f"{place}: cannot be read ({error.strerror})") from error


def _download(url: str) -> Generator[bytes]:
    headers = {"Accept-Encoding": "identity"}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            status = response.status_code
            if status in _TRY_AGAIN or status >= 500:
                raise _Interrupted(f"HTTP {status} {response.reason}")
            if status in (404, 410):
                raise FileNotFoundError(_missing(url))
            if status != 200:
                raise ShardError(f"{url}: HTTP {status} {response.reason}")
            yield from response.iter_content(_BLOCK)
    except requests.Timeout as error:
        raise _Interrupted(f"no answer for {TIMEOUT:g} seconds") from error
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        raise _Interrupted("no connection, or one that broke") from error
    except requests.RequestException as error:
        raise ShardError(f"{url}: {error}") from error


def _missing(place: str) -> str:
    return (
        f"{place}: no such file; check the pattern of the shards, and that the index that "
        "'svhn data shards' wrote lies beside them"
    )

"""The bytes of shards: files and http(s) URLs, their tar members, and retries.

What the members mean is in `records`; in which order numbers come, in `shard_set`.
"""

from __future__ import annotations

import hashlib
import itertools
import tarfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing

import requests

from svhn_lib.data.shards.index import ShardEntry, ShardError
from svhn_lib.data.shards.locations import is_url
from svhn_lib.data.shards.records import Record

TRIES = 4
"""How often a file is asked for over the network before that is an error."""
PAUSE = 1.0  # seconds before the second try, doubled with each further one
TIMEOUT = 30.0  # seconds without a byte

MOST_INDEX_BYTES = 1 << 26
"""Several times what the index of as many shards as a pattern may name takes."""

_BLOCK = 1 << 18
_HEADER = 512  # a tar file is made of blocks of this size
_TRY_AGAIN = {408, 425, 429}


class _TransferError(Exception):
    """A transfer that broke off or brought no whole shard: from a network, worth another try."""


def read_file(location: str) -> bytes:
    """Return the bytes of an index.

    Raises:
        FileNotFoundError: there is no such file.
        ShardError: it cannot be read, or is larger than any index.
    """
    for attempt in itertools.count(1):
        try:
            data = bytearray()
            with closing(_blocks(location)) as blocks:
                for block in blocks:
                    data += block
                    if len(data) > MOST_INDEX_BYTES:
                        raise ShardError(f"{location}: too large for an index of shards")
            return bytes(data)
        except _TransferError as reason:
            _wait(location, attempt, reason)
    raise AssertionError


def read_shard(location: str, entry: ShardEntry, first: int) -> Generator[Record]:
    """Yield the numbers of a shard from number `first` on, in the order they lie in it.

    A transfer that breaks off begins again, and what was given is passed over. The shard is held
    against its checksum before its last number is given.

    Raises:
        FileNotFoundError: there is no such shard.
        ShardError: it is damaged, is not the one in the index, or cannot be read.
    """
    for attempt in itertools.count(1):
        try:
            with closing(_records(location, entry, first)) as records:
                for record in records:
                    first += 1
                    yield record
            return
        except _TransferError as reason:
            _wait(location, attempt, reason)


def _wait(location: str, attempt: int, reason: Exception) -> None:
    """Pause before the next try, or raise ShardError after the last; a file has only one."""
    if not is_url(location):
        raise ShardError(f"{location}: {reason}; make the shards again with 'svhn data shards'")
    if attempt >= TRIES:
        raise ShardError(f"{location}: {reason}, in the last of {TRIES} tries; check the server")
    time.sleep(PAUSE * 2 ** (attempt - 1))


def _records(location: str, entry: ShardEntry, first: int) -> Generator[Record]:
    with closing(_blocks(location)) as blocks:
        tar = _Tar(blocks, entry.bytes)
        for position in range(entry.count):
            key, picture = tar.member(".png")
            same, row = tar.member(".json")
            if key != same:
                raise _TransferError(f"{key}.png is followed by {same}.json")
            if position == entry.count - 1:  # before it is given, for nobody may ask for more
                _check_checksum(location, entry, tar.checksum())
            if position >= first:
                yield Record(location, key, picture, row)


def _check_checksum(location: str, entry: ShardEntry, checksum: str) -> None:
    if checksum != entry.sha256:
        raise ShardError(
            f"{location}: another file than its index was made for (its sha256 differs); fetch "
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
        """Return key and content of the next member, whose name must end so."""
        header = self._read(_HEADER)
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise _TransferError(f"a tar file that is damaged or ends early ({error})") from error
        if not (info.isreg() and info.name.endswith(suffix)):
            raise _TransferError(f"{info.name!r} in place of a *{suffix}")
        if not 0 <= info.size <= self._most:
            raise _TransferError(f"{info.name!r} of {info.size:,} bytes, more than the shard has")
        data = self._read(info.size)
        self._read(-info.size % _HEADER)
        return info.name.removesuffix(suffix), data

    def checksum(self) -> str:
        """Return the sha256 of the whole file, in hex, after reading what is left of it."""
        for block in self._blocks:
            self._hash.update(block)
        return self._hash.hexdigest()

    def _read(self, size: int) -> bytes:
        while len(self._ahead) - self._at < size:
            block = next(self._blocks, b"")
            if not block:
                raise _TransferError("cut short")
            self._hash.update(block)
            self._ahead, self._at = self._ahead[self._at :] + block, 0
        self._at += size
        return self._ahead[self._at - size : self._at]


def _blocks(location: str) -> Generator[bytes]:
    """Yield the bytes of a file or of what a server answers, piece by piece."""
    if is_url(location):
        yield from _download(location)
        return
    try:
        with open(location, "rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except FileNotFoundError as error:
        raise FileNotFoundError(_missing(location)) from error
    except OSError as error:
        raise ShardError(f"{location}: cannot be read ({error.strerror})") from error


def _download(url: str) -> Generator[bytes]:
    headers = {"Accept-Encoding": "identity"}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            status = response.status_code
            if status in _TRY_AGAIN or status >= 500:
                raise _TransferError(f"HTTP {status} {response.reason}")
            if status in (404, 410):
                raise FileNotFoundError(_missing(url))
            if status != 200:
                raise ShardError(f"{url}: HTTP {status} {response.reason}")
            yield from response.iter_content(_BLOCK)
    except requests.Timeout as error:
        raise _TransferError(f"no answer for {TIMEOUT:g} seconds") from error
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        raise _TransferError("no connection, or one that broke") from error
    except requests.RequestException as error:
        raise ShardError(f"{url}: {error}") from error


def _missing(location: str) -> str:
    return (
        f"{location}: no such file; check the pattern of the shards, and that the index that "
        "'svhn data shards' wrote lies beside them"
    )

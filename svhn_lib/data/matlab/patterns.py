"""Patterns of HDF5 objects, matched to the bytes of thousands of objects at once.

How a pattern is learnt from one object is in `learn.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Indices = NDArray[np.int64]

BLOCK = 2048  # objects compared at once: their bytes stay in the processor's cache


class Unrecognised(Exception):
    """The bytes hold something that is not known here; this says nothing about damage."""


def refuse(expected: str) -> NoReturn:
    """Raise `Unrecognised`."""
    raise Unrecognised(f"expected {expected}")


@dataclass(frozen=True)
class Segment:
    """A run of words of the file; `words` is what must be there in the bits that `mask` sets."""

    parent: int  # the segment that holds the address of this one; -1 for the object's own address
    word: int  # where in the parent that address is
    extent: int  # words that must lie inside the file, at least len(words)
    words: Words  # (k,)
    mask: Words  # (k,)


@dataclass(frozen=True)
class Pattern:
    """What all objects of one kind share, and where their content is."""

    kind: str  # double, char, references, empty or group
    segments: tuple[Segment, ...]
    source: int  # the segment with the content
    content: Indices  # bytes of that segment: stored values, or the addresses of a group's members


class ByteFile:
    """The file as little-endian 8-byte words, addressed from the end of its user block."""

    def __init__(self, words: Words, base: int) -> None:
        self.words, self.base = words, base // 8

    def start(self, addresses: Words, extent: int) -> tuple[Indices, NDArray[np.bool_]]:
        """Return the index of the word at each address; whether `extent` words from it exist."""
        index = (addresses >> np.uint64(3)) + np.uint64(self.base)
        there = (addresses & np.uint64(7)) == 0
        there &= index + np.uint64(extent) <= np.uint64(len(self.words))
        return np.where(there, index, 0).astype(np.int64), there

    def take(self, address: int, count: int, extent: int = 0) -> Words:
        """Return a copy of `count` words; `extent` words must exist."""
        start, there = self.start(np.array([address], np.uint64), max(count, extent))
        if not there[0]:
            refuse("an address inside the file")
        return self.words[start[0] : start[0] + count].copy()

    def rows(self, start: Indices, count: int) -> Words:
        """Return `count` words from each start, as (len(start), count)."""
        shape = (len(self.words) - count + 1, count)
        return np.lib.stride_tricks.as_strided(self.words, shape, (8, 8), writeable=False)[start]

    def match(self, pattern: Pattern, addresses: Words) -> tuple[NDArray[np.bool_], Bytes]:
        """Return which of (n,) objects have the pattern, and their bytes, (n, len(content))."""
        equal = np.empty(len(addresses), bool)
        content = np.empty((len(addresses), len(pattern.content)), np.uint8)
        for at in range(0, len(addresses), BLOCK):
            block = slice(at, at + BLOCK)
            equal[block], content[block] = self._match(pattern, addresses[block])
        return equal, content

    def _match(self, pattern: Pattern, addresses: Words) -> tuple[NDArray[np.bool_], Bytes]:
        equal = np.ones(len(addresses), bool)
        found: list[Words] = []
        for part in pattern.segments:
            at = found[part.parent][:, part.word] if part.parent >= 0 else addresses
            start, there = self.start(at, part.extent)
            rows = self.rows(start, len(part.words))
            equal &= there & ~((rows ^ part.words) & part.mask).any(axis=1)
            found.append(rows)
        return equal, found[pattern.source].view(np.uint8)[:, pattern.content]


def check_superblock(words: Words, base: int, size: int) -> None:
    """Raise `Unrecognised` unless the file has a version 0 superblock that fits it.

    HDF5 takes from it the size of group nodes, and the end of the file: it reads nothing behind.
    """
    block = words[base // 8 : base // 8 + 7].tobytes()
    numbers = np.frombuffer(block[24:], "<u8").tolist()
    if block[:20] != bytes.fromhex("894844460d0a1a0a 00000000 00080800 04001000"):
        refuse("a superblock of version 0")
    if numbers != [base, 2**64 - 1, size, 2**64 - 1]:
        refuse("a file of the size that it states")

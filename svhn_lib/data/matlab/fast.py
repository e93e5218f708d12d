"""A `digitStruct.mat` as MATLAB lays it out, read all records at once, without HDF5.

What the values mean and what makes them valid is in `digit_struct.py`, with the plain way through
h5py; how one object is recognised is in `learn.py` and `patterns.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.matlab.learn import learn
from svhn_lib.data.matlab.patterns import (
    ByteFile,
    Bytes,
    Indices,
    Pattern,
    Unrecognised,
    Words,
    check_superblock,
    refuse,
)

__all__ = ["FIELDS", "Found", "Records", "Unrecognised", "read_fast"]

FIELDS = ("height", "left", "top", "width", "label")  # MATLAB's order; columns of Records.boxes
MOST_PATTERNS = 200  # files of the expected layout have about 20


class Records(NamedTuple):
    """What a `digitStruct.mat` stores: `boxes` has `counts[i]` rows for record i, in file order."""

    names: list[str]  # N file names
    counts: Indices  # (N,)
    boxes: NDArray[np.float64]  # (sum of counts, 5), columns FIELDS; the label of a zero is 10


class Found(NamedTuple):
    """All records, and the numbers of a few that show every kind of object in the file."""

    records: Records
    examples: list[int]


def read_fast(path: Path) -> Found:
    """Read all records from the file's bytes.

    Every object is equal, but for values and addresses, to one that belongs to a record listed in
    `examples`: when h5py reads those records to the same values, it reads all to the same values.

    Raises:
        Unrecognised: any other layout.
        OSError: h5py cannot open the file; it raises other errors as well.
    """
    with h5py.File(path, "r") as file:
        base = file.userblock_size
        names = _addresses(file["digitStruct"]["name"])
        boxes = _addresses(file["digitStruct"]["bbox"])
    size = path.stat().st_size
    words = np.asarray(np.memmap(path, np.uint8, "r")[: size // 8 * 8]).view("<u8")
    check_superblock(words, base, size)
    return _Walk(ByteFile(words, base)).records(names, boxes)


def _addresses(dataset: h5py.Dataset) -> Words:
    """Return the references in a dataset as they are stored: addresses of object headers."""
    if not isinstance(dataset, h5py.Dataset) or not h5py.check_ref_dtype(dataset.dtype):
        refuse("a dataset of references")
    if dataset.size * 8 > dataset.file.id.get_filesize():
        refuse("references that have room in the file")
    out = np.empty(dataset.shape, "<u8")
    dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, out, h5py.h5t.STD_REF_OBJ)
    return out.ravel()


class _Walk:
    """From the references of the records down to their values."""

    def __init__(self, file: ByteFile) -> None:
        self.file = file
        self.patterns = 0
        self.examples: set[int] = set()

    def records(self, names: Words, boxes: Words) -> Found:
        """Everything that the (N,) addresses of names and boxes lead to."""
        if len(names) != len(boxes) or not len(names):
            refuse("as many names as boxes")
        everyone = np.arange(len(names))
        texts: NDArray[np.object_] = np.empty(len(names), object)
        for _, which, content in self._decode(names, everyone, {"char"}):
            texts[which] = _texts(content)
        fields = np.zeros((len(names), len(FIELDS)), np.uint64)
        filled = np.zeros(len(names), bool)
        for pattern, which, content in self._decode(boxes, everyone, {"group", "empty"}):
            if pattern.kind == "group":
                fields[which], filled[which] = content.view("<u8"), True
        counts, values = self._boxes(fields[filled], everyone[filled], len(names))
        return Found(Records(texts.tolist(), counts, values), sorted(self.examples))

    def _boxes(
        self, fields: Words, record: Indices, records: int
    ) -> tuple[Indices, NDArray[np.float64]]:
        """Counts and boxes from (n, 5) addresses of the fields of the records in `record` (n,)."""
        found = list(
            self._decode(fields.ravel(), np.repeat(record, len(FIELDS)), {"double", "references"})
        )
        lengths = np.zeros(fields.shape, np.int64)
        for _, which, content in found:
            lengths.flat[which] = content.shape[1] // 8
        if (lengths != lengths[:, :1]).any():
            refuse("fields of one length")
        counts = np.zeros(records, np.int64)
        counts[record] = lengths[:, 0]
        boxes = np.full((counts.sum(), len(FIELDS)), np.nan)
        first = (np.cumsum(counts) - counts)[record]  # the first row in boxes
        owner = np.repeat(np.arange(records), counts)
        for pattern, which, content in found:
            row, column = np.divmod(which, len(FIELDS))
            place = (first[row, None] + np.arange(content.shape[1] // 8)) * len(FIELDS)
            place = (place + column[:, None]).ravel()
            if pattern.kind == "double":
                boxes.flat[place] = _doubles(content)
                continue
            values = content.view("<u8").ravel()
            for _, some, stored in self._decode(values, owner[place // len(FIELDS)], {"double"}):
                boxes.flat[place[some]] = _doubles(stored)
        return counts, boxes

    def _decode(
        self, addresses: Words, record: Indices, kinds: set[str]
    ) -> Iterator[tuple[Pattern, Indices, Bytes]]:
        """Pattern, indices and (n, bytes) contents of all objects, those of a pattern together.

        `record` (n,) tells which record each object belongs to.
        """
        left = np.arange(len(addresses))
        while len(left):
            pattern = learn(self.file, int(addresses[left[0]]), FIELDS)
            self.patterns += 1
            equal, content = self.file.match(pattern, addresses[left])
            if pattern.kind not in kinds or not equal[0] or self.patterns > MOST_PATTERNS:
                refuse(f"{' or '.join(sorted(kinds))} of a few layouts")
            self.examples.add(int(record[left[0]]))
            yield pattern, left[equal], content[equal]
            left = left[~equal]


def _doubles(content: Bytes) -> NDArray[np.float64]:
    if content.shape[1] != 8:
        refuse("one value")
    return content.view("<f8").ravel()


def _texts(content: Bytes) -> list[str]:
    """Decode (n, 2 k) bytes of UTF-16 as n texts of k code units."""
    codes = content.view("<u2")
    if not codes.shape[1]:
        refuse("names")
    if codes.min() and codes.max() < 0xD800:  # one unit a character, none dropped as padding
        return codes.astype("<u4").view(f"<U{codes.shape[1]}").ravel().tolist()
    return [row.tobytes().decode("utf-16-le") for row in codes]

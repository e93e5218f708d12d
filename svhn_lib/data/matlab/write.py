"""A `digitStruct.mat` written as MATLAB lays it out, thousands of records at once, without HDF5.

What makes records valid is in `digit_struct.py`, what each of them is made of in `parts.py`; here
is where everything lies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.matlab import objects as hdf5
from svhn_lib.data.matlab.fast import FIELDS, Records
from svhn_lib.data.matlab.parts import (
    EMPTY,
    LISTS,
    PATH,
    REFS,
    ROOT,
    SIZE,
    STRUCT,
    TEXT,
    VALUE,
    Model,
    copies,
    empty_array,
    lists,
    name_model,
    record_model,
    reference_list,
    root_group,
    struct_group,
)
from svhn_lib.data.matlab.patterns import Bytes, Indices, Words

Texts = NDArray[np.bytes_]

# MATLAB states where and when it wrote a file; here the same records always give the same bytes.
VERSION = b"MATLAB 7.3 MAT-file"  # how every such file begins
TITLE = VERSION + b", Platform: svhn_lib, Created on: Thu Jan  1 00:00:00 1970"
USER_BLOCK = (TITLE + b" HDF5 schema 1.00 .").ljust(116) + bytes(8) + b"\0\x02IM" + bytes(384)
AT_ONCE = 2000  # records held as bytes at a time: about 10 MB
LETTERS = np.frombuffer(  # the digits of the names in #refs#, lowest first
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890", np.uint8
)


def write_records(records: Records, stream: BinaryIO) -> None:
    """Write the records as a MATLAB v7.3 file with the struct array `digitStruct`, N x 1.

    Every object gets MATLAB's attributes and its entry in the group `#refs#`; values and short
    lists of references lie in their object headers; a record without boxes refers to the empty
    array.

    Raises:
        ValueError: a name has a character that UTF-16 cannot hold.
    """
    plan = _Plan(records)
    table = plan.table()
    end = len(USER_BLOCK) + plan.table_at + sum(part.nbytes for part in table)
    stream.write(USER_BLOCK + _front(plan, table, end))
    for start in range(0, len(plan.counts), AT_ONCE):
        which = np.arange(start, min(start + AT_ONCE, len(plan.counts)))
        stream.write(_together(which, plan.names_at, plan.lengths, plan.names))
    for start in range(0, len(plan.counts), AT_ONCE):
        which = np.arange(start, min(start + AT_ONCE, len(plan.counts)))
        stream.write(_together(which, plan.records_at, plan.counts, plan.boxes))
    for part in table:
        stream.write(part.data)


class _Plan:
    """Where everything lies, and its bytes."""

    def __init__(self, records: Records) -> None:
        self.texts = [name.encode("utf-16-le") for name in records.names]
        self.values, self.counts = records.boxes, records.counts
        self.first = np.cumsum(self.counts) - self.counts  # row in values
        self.lengths = np.array([len(text) // 2 for text in self.texts])
        start = LISTS + len(lists(*[np.zeros(len(self.texts), np.int64)] * 2))
        self.names_at, start = _consecutive(start, self.lengths, name_model)
        self.records_at, self.table_at = _consecutive(start, self.counts, record_model)
        # Members of #refs# by number: the empty array, all names, record by record its objects.
        objects = np.where(self.counts > 1, 1 + len(FIELDS) * self.counts, self.counts)
        self.numbers = 1 + len(self.texts) + np.cumsum(objects) - objects  # of each record's group
        self.members = np.empty(1 + len(self.texts) + objects.sum(), np.int64)
        self.members[0], self.members[1 : 1 + len(self.texts)] = EMPTY, self.names_at
        for count in np.unique(self.counts[self.counts > 0]):
            which, own = np.flatnonzero(self.counts == count), record_model(int(count)).members
            numbers = self.numbers[which, None] + np.arange(len(own))
            self.members[numbers] = self.records_at[which, None] + own
        self.groups = np.full(len(self.texts), EMPTY)
        self.groups[self.counts > 0] = self.members[self.numbers[self.counts > 0]]

    def names(self, length: int, which: Indices) -> Bytes:
        """Return the names of `length` code units of the records in `which`, one per row."""
        codes = np.frombuffer(b"".join(self.texts[i] for i in which), np.uint8)
        own = _paths(_ref_names(1 + which[:, None]))
        own[TEXT] = codes.reshape(len(which), length, 2)
        return copies(name_model(length), self.names_at[which], own)

    def boxes(self, count: int, which: Indices) -> Bytes:
        """Return all objects of the records in `which`, with `count` boxes, one per row."""
        if not count:
            return np.empty((len(which), 0), np.uint8)
        values = self.values[self.first[which, None] + np.arange(count)].transpose(0, 2, 1)
        values = values.reshape(len(which), -1, 1)  # (n, fields x boxes, 1)
        group = self.numbers[which, None]
        if count > 1:  # the group comes first in #refs# and last in the file
            names = _ref_names(np.hstack([group + 1 + np.arange(values.shape[1]), group]))
        else:  # a value inside a group is not in #refs#; MATLAB notes the group's name twice
            name = _ref_names(group)
            names = np.hstack([np.char.add(name, name)] * len(FIELDS) + [name])
        own = _paths(names)
        own[VALUE] = np.ascontiguousarray(values, "<f8").view(np.uint8)
        return copies(record_model(count), self.records_at[which], own)

    def table(self) -> list[Words]:
        """Return the members of #refs#: B-tree and symbols, then the heap of their names."""
        names = _ref_names(np.arange(len(self.members)))
        order = np.argsort(names.view(">u4"))  # as texts are compared, byte by byte
        offsets = (8 + 8 * order).astype(np.uint64)
        parts = hdf5.symbol_table(self.table_at, offsets, self.members[order].astype(np.uint64))
        heap_at = self.table_at + sum(part.nbytes for part in parts)
        heap = hdf5.local_heap(heap_at, names.astype("S8").tobytes())
        return [*parts, np.frombuffer(heap, "<u8")]


def _consecutive(start: int, sizes: Indices, model: Callable[[int], Model]) -> tuple[Indices, int]:
    """Addresses of models of these sizes that lie one behind the other, and where they end."""
    kinds, kind = np.unique(sizes, return_inverse=True)
    ends = start + np.cumsum(np.array([len(model(int(size)).content) for size in kinds])[kind])
    return np.concatenate([[start], ends[:-1]]), int(ends[-1])


def _together(
    which: Indices, addresses: Indices, sizes: Indices, rows: Callable[[int, Indices], Bytes]
) -> bytes:
    """Return the bytes from the first to the last of `which`, which lie one behind the other."""
    parts = {int(s): which[sizes[which] == s] for s in np.unique(sizes[which])}
    copies = {size: rows(size, some).view("<u8") for size, some in parts.items()}
    out = np.empty(sum(part.size for part in copies.values()), "<u8")
    for size, some in parts.items():
        place = (addresses[some] - addresses[which[0]]) // 8
        out[place[:, None] + np.arange(copies[size].shape[1])] = copies[size]
    return out.tobytes()


def _ref_names(numbers: Indices) -> Texts:
    """Return the names that MATLAB gives to the members of #refs#: a, b, ... 0, ab, bb, ..."""
    if numbers.max() >= len(LETTERS) ** 4:
        raise ValueError(f"more than {len(LETTERS) ** 4:,} values; write several files")
    out, rest = np.zeros((*numbers.shape, 4), np.uint8), numbers
    for place in range(4):
        out[..., place] = np.where((rest > 0) | (place == 0), LETTERS[rest % len(LETTERS)], 0)
        rest = rest // len(LETTERS)
    return out.view("S4")[..., 0]


def _paths(names: Texts) -> dict[bytes, Bytes]:
    """Return what stands for PATH and SIZE in (n, holes) objects of these names."""
    paths = np.char.add(b"/#refs#/", names).astype("S16")
    sizes = np.char.str_len(paths).astype("<u4")
    shape = (*paths.shape, -1)
    return {PATH: paths.view(np.uint8).reshape(shape), SIZE: sizes.view(np.uint8).reshape(shape)}


def _front(plan: _Plan, table: list[Words], size: int) -> bytes:
    """Return all that comes before the names; `size` is that of the whole file."""
    heap = plan.table_at + sum(part.nbytes for part in table[:-1])
    tree = ROOT + hdf5.STUB
    boxes = LISTS + len(reference_list(LISTS, plan.names_at))
    return b"".join(
        (
            hdf5.superblock(ROOT, tree, tree + hdf5.NODE + hdf5.SYMBOLS, len(USER_BLOCK), size),
            root_group(REFS, STRUCT),
            hdf5.group_header(plan.table_at, heap),
            empty_array(),
            hdf5.global_heap([name.encode() for name in (*FIELDS, "name", "bbox")]),
            struct_group(LISTS, boxes),
            lists(plan.names_at, plan.groups),
        )
    )

"""A `digitStruct.mat` written as MATLAB lays it out, thousands of records at once, without HDF5.

One record with each number of boxes is built as a model, the others are copies of it with values,
names and addresses of their own. What makes records valid is in `digit_struct.py`, the bytes of
single objects in `objects.py`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.matlab import objects as hdf5
from svhn_lib.data.matlab.fast import FIELDS, Records
from svhn_lib.data.matlab.patterns import Bytes, Indices, Words

Texts = NDArray[np.bytes_]

# MATLAB states where and when it wrote a file; here the same records always give the same bytes.
VERSION = b"MATLAB 7.3 MAT-file"  # how every such file begins
TITLE = VERSION + b", Platform: svhn_lib, Created on: Thu Jan  1 00:00:00 1970"
USER_BLOCK = (TITLE + b" HDF5 schema 1.00 .").ljust(116) + bytes(8) + b"\0\x02IM" + bytes(384)
AT_ONCE = 2000  # records held as bytes at a time: about 10 MB
MOST_COMPACT = 8000  # references in one header message, which has room for 64 KB
LETTERS = np.frombuffer(  # the digits of the names in #refs#, lowest first
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890", np.uint8
)

# These stand in a model where each copy has bytes of its own.
VALUE, SIZE, PATH, TEXT = b"\xf1" * 8, b"\xf2" * 4, b"\xf3" * 16, b"\xf4\xf5"


class Model(NamedTuple):
    """The bytes that all records or names of one size share."""

    content: Bytes  # as at address 0
    relative: list[int]  # where the addresses within it stand
    holes: dict[bytes, list[int]]  # where the bytes of each kind of stand-in start
    members: Indices  # addresses of the objects that get an entry in #refs#, in order


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
        start = LISTS + len(_lists(*[np.zeros(len(self.texts), np.int64)] * 2))
        self.names_at, start = _consecutive(start, self.lengths, _name)
        self.records_at, self.table_at = _consecutive(start, self.counts, _record)
        # Members of #refs# by number: the empty array, all names, record by record its objects.
        objects = np.where(self.counts > 1, 1 + len(FIELDS) * self.counts, self.counts)
        self.numbers = 1 + len(self.texts) + np.cumsum(objects) - objects  # of each record's group
        self.members = np.empty(1 + len(self.texts) + objects.sum(), np.int64)
        self.members[0], self.members[1 : 1 + len(self.texts)] = EMPTY, self.names_at
        for count in np.unique(self.counts[self.counts > 0]):
            which, own = np.flatnonzero(self.counts == count), _record(int(count)).members
            numbers = self.numbers[which, None] + np.arange(len(own))
            self.members[numbers] = self.records_at[which, None] + own
        self.groups = np.full(len(self.texts), EMPTY)
        self.groups[self.counts > 0] = self.members[self.numbers[self.counts > 0]]

    def names(self, length: int, which: Indices) -> Bytes:
        """Return the names of `length` code units of the records in `which`, one per row."""
        codes = np.frombuffer(b"".join(self.texts[i] for i in which), np.uint8)
        own = _paths(_ref_names(1 + which[:, None]))
        own[TEXT] = codes.reshape(len(which), length, 2)
        return _copies(_name(length), self.names_at[which], own)

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
        return _copies(_record(count), self.records_at[which], own)

    def table(self) -> list[Words]:
        """Return the members of #refs#: B-tree and symbols, then the heap of their names."""
        names = _ref_names(np.arange(len(self.members)))
        order = np.argsort(names.view(">u4"))  # as texts are compared, byte by byte
        offsets = (8 + 8 * order).astype(np.uint64)
        parts = hdf5.symbol_table(self.table_at, offsets, self.members[order].astype(np.uint64))
        heap_at = self.table_at + sum(part.nbytes for part in parts)
        heap = hdf5.local_heap(heap_at, names.astype("S8").tobytes())
        return [*parts, np.frombuffer(heap, "<u8")]


@cache
def _name(length: int) -> Model:
    """Return a file name of so many UTF-16 code units."""
    decode = hdf5.attribute("MATLAB_int_decode", hdf5.INT32, struct.pack("<i", 2))
    layout, rest = hdf5.compact(TEXT * length), [_class(b"char"), decode, _path()]
    name = hdf5.dataset((length, 1), hdf5.CHARACTER, layout, rest)
    return _model(name, name, [0])


@cache
def _record(count: int) -> Model:
    """Return a record of so many boxes."""
    if not count:
        return _model(b"", b"", [])
    here, members = _record_at(0, count)
    return _model(here, _record_at(2**40, count)[0], members)


def _record_at(at: int, count: int) -> tuple[bytes, list[int]]:
    """Return each field's values and their list, then the group; and its members of #refs#."""
    rest = [_class(b"double"), _path(), hdf5.message(0, bytes(8))]
    value = hdf5.dataset((1, 1), hdf5.DOUBLE, hdf5.compact(VALUE), rest)
    out, members, fields = b"", [], []
    for field in FIELDS:
        values = at + len(out) + len(value) * np.arange(count)
        out += value * count
        fields.append((field, at + len(out) if count > 1 else int(values[0])))
        if count > 1:
            out += _list(at + len(out), values)
            members += values.tolist()
    attributes = [_class(b"struct"), _path(), _fields(1, FIELDS)]
    members.insert(0, at + len(out))
    return out + hdf5.group(at + len(out), fields, attributes), members


def _model(here: bytes, moved: bytes, members: list[int]) -> Model:
    """Return the model of what has the bytes `here` at address 0 and `moved` at address 2 ** 40."""
    content = np.frombuffer(here, np.uint8)
    sixth_byte = np.flatnonzero(content != np.frombuffer(moved, np.uint8))  # of each address
    holes = {
        mark: [found.start() for found in re.finditer(re.escape(mark), here)]
        for mark in (VALUE, SIZE, PATH, TEXT)
    }
    return Model(content, (sixth_byte - 5).tolist(), holes, np.array(members, np.int64))


def _copies(model: Model, addresses: Indices, own: dict[bytes, Bytes]) -> Bytes:
    """Copies of a model, one per row, at (n,) addresses, with (n, holes, bytes) of their own."""
    rows = np.tile(model.content, (len(addresses), 1))
    for hole in model.relative:
        within = int.from_bytes(model.content[hole : hole + 8].tobytes(), "little")
        rows[:, hole : hole + 8] = (addresses + within).astype("<i8")[:, None].view(np.uint8)
    for mark, content in own.items():
        for number, hole in enumerate(model.holes[mark]):
            rows[:, hole : hole + len(mark)] = content[:, number]
    return rows


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
    boxes = LISTS + len(_list(LISTS, plan.names_at))
    return b"".join(
        (
            hdf5.superblock(ROOT, tree, tree + hdf5.NODE + hdf5.SYMBOLS, len(USER_BLOCK), size),
            _root(REFS, STRUCT),
            hdf5.group_header(plan.table_at, heap),
            _empty(),
            hdf5.global_heap([name.encode() for name in (*FIELDS, "name", "bbox")]),
            _struct(LISTS, boxes),
            _lists(plan.names_at, plan.groups),
        )
    )


def _root(refs: int, digits: int) -> bytes:
    return hdf5.group(ROOT, [("#refs#", refs), ("digitStruct", digits)])


def _empty() -> bytes:
    """MATLAB's empty array of 0 x 0: #refs#/a, what a reference without a target refers to."""
    note = hdf5.attribute("MATLAB_empty", hdf5.UINT8, b"\1")
    layout = hdf5.compact(bytes(16))
    return hdf5.dataset([2], hdf5.UINT64, layout, [note, _class(b"canonical empty")])


def _struct(names: int, boxes: int) -> bytes:
    """Return the group digitStruct with its two lists."""
    attributes = [_class(b"struct"), _fields(1 + len(FIELDS), ("name", "bbox"))]
    return hdf5.group(STRUCT, [("name", names), ("bbox", boxes)], attributes)


def _lists(names: Indices, groups: Indices) -> bytes:
    """Return the datasets digitStruct/name and digitStruct/bbox, to lie at LISTS."""
    first = _list(LISTS, names)
    return first + _list(LISTS + len(first), groups)


def _list(at: int, addresses: Indices) -> bytes:
    """Return a dataset of references, to lie at address `at`."""
    data, empty = addresses.astype("<u8").tobytes(), struct.pack("<Q", EMPTY)
    room = [hdf5.message(0, bytes(104))]  # MATLAB leaves it for attributes
    shape = (len(addresses), 1)
    if len(addresses) <= MOST_COMPACT:
        return hdf5.dataset(shape, hdf5.REFERENCE, hdf5.compact(data), room, empty)
    size = len(hdf5.dataset(shape, hdf5.REFERENCE, hdf5.contiguous(0, 0), room, empty))
    layout = hdf5.contiguous(at + size, len(data))
    return hdf5.dataset(shape, hdf5.REFERENCE, layout, room, empty) + data


def _class(name: bytes) -> bytes:
    return hdf5.attribute("MATLAB_class", hdf5.string(len(name)), name)


def _path() -> bytes:
    return hdf5.attribute("H5PATH", hdf5.string(0)[:4] + SIZE, PATH)


def _fields(first: int, names: tuple[str, ...]) -> bytes:
    """Return the attribute that lists a struct's fields: texts in the heap, from number `first`."""
    sequence = struct.pack("<IIII", 0x19, 16, 0x13, 1)  # of characters
    data = [struct.pack("<IQI", len(name), GLOBAL, first + i) for i, name in enumerate(names)]
    return hdf5.attribute("MATLAB_fields", sequence, b"".join(data), [len(names)])


# What comes before the names always has the same size.
ROOT = 96
REFS = ROOT + len(_root(0, 0))
EMPTY = REFS + hdf5.STUB
GLOBAL = EMPTY + len(_empty())
STRUCT = GLOBAL + hdf5.GLOBAL_HEAP
LISTS = STRUCT + len(_struct(0, 0))

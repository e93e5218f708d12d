"""The HDF5 objects of a `digitStruct.mat` as MATLAB writes them, and where the first ones lie.

Names and records of one size differ in values, names and addresses alone: one is built as a model,
the others are copies of it. The bytes of single objects are in `objects.py`.
"""

from __future__ import annotations

import re
import struct
from functools import cache
from typing import NamedTuple

import numpy as np

from svhn_lib.data.matlab import objects as hdf5
from svhn_lib.data.matlab.fast import FIELDS
from svhn_lib.data.matlab.patterns import Bytes, Indices

MOST_COMPACT = 8000  # references in one header message, which has room for 64 KB

# These stand in a model where each copy has bytes of its own.
VALUE, SIZE, PATH, TEXT = b"\xf1" * 8, b"\xf2" * 4, b"\xf3" * 16, b"\xf4\xf5"


class Model(NamedTuple):
    """The bytes that all records or names of one size share."""

    content: Bytes  # as at address 0
    relative: list[int]  # where the addresses within it stand
    holes: dict[bytes, list[int]]  # where the bytes of each kind of stand-in start
    members: Indices  # addresses of the objects that get an entry in #refs#, in order


@cache
def name_model(length: int) -> Model:
    """Return the model of a file name of so many UTF-16 code units."""
    decode = hdf5.attribute("MATLAB_int_decode", hdf5.INT32, struct.pack("<i", 2))
    layout, rest = hdf5.compact(TEXT * length), [_class(b"char"), decode, _path()]
    name = hdf5.dataset((length, 1), hdf5.CHARACTER, layout, rest)
    return _model(name, name, [0])


@cache
def record_model(count: int) -> Model:
    """Return the model of a record of so many boxes."""
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
            out += reference_list(at + len(out), values)
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


def copies(model: Model, addresses: Indices, own: dict[bytes, Bytes]) -> Bytes:
    """Return copies of a model, a row each, at (n,) addresses, with own bytes (n, holes, bytes)."""
    rows = np.tile(model.content, (len(addresses), 1))
    for hole in model.relative:
        within = int.from_bytes(model.content[hole : hole + 8].tobytes(), "little")
        rows[:, hole : hole + 8] = (addresses + within).astype("<i8")[:, None].view(np.uint8)
    for mark, content in own.items():
        for number, hole in enumerate(model.holes[mark]):
            rows[:, hole : hole + len(mark)] = content[:, number]
    return rows


def root_group(refs: int, digits: int) -> bytes:
    """Return the group `/`, given the addresses of `#refs#` and `digitStruct`."""
    return hdf5.group(ROOT, [("#refs#", refs), ("digitStruct", digits)])


def empty_array() -> bytes:
    """Return MATLAB's array of 0 x 0: #refs#/a, what a reference without a target refers to."""
    note = hdf5.attribute("MATLAB_empty", hdf5.UINT8, b"\1")
    layout = hdf5.compact(bytes(16))
    return hdf5.dataset([2], hdf5.UINT64, layout, [note, _class(b"canonical empty")])


def struct_group(names: int, boxes: int) -> bytes:
    """Return the group digitStruct with its two lists."""
    attributes = [_class(b"struct"), _fields(1 + len(FIELDS), ("name", "bbox"))]
    return hdf5.group(STRUCT, [("name", names), ("bbox", boxes)], attributes)


def lists(names: Indices, groups: Indices) -> bytes:
    """Return the datasets digitStruct/name and digitStruct/bbox, to lie at LISTS."""
    first = reference_list(LISTS, names)
    return first + reference_list(LISTS + len(first), groups)


def reference_list(at: int, addresses: Indices) -> bytes:
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
REFS = ROOT + len(root_group(0, 0))
EMPTY = REFS + hdf5.STUB
GLOBAL = EMPTY + len(empty_array())
STRUCT = GLOBAL + hdf5.GLOBAL_HEAP
LISTS = STRUCT + len(struct_group(0, 0))

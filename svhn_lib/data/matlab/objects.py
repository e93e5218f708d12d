"""Bytes of small HDF5 objects in the oldest format, the one that MATLAB writes.

What a `digitStruct.mat` consists of is in `parts.py`; nothing is read here.

Source: the HDF5 File Format Specification version 3.0 (https://docs.hdfgroup.org/hdf5/): II.A
superblock version 0, III.A.1 version 1 B-trees, III.B to III.E group nodes, local and global heaps,
IV.A.1.a version 1 object headers, IV.A.2 their messages.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from svhn_lib.data.matlab.patterns import Indices, Words

UNDEFINED = 2**64 - 1
NODE, CHILDREN = 544, 32  # bytes and most children of a B-tree node, K = 16
SYMBOLS, ENTRIES = 328, 8  # bytes and most entries of a symbol table node, K = 4
STUB = 40  # bytes of an object header with one message of 16 bytes
GLOBAL_HEAP = 4096  # bytes of a collection

REFERENCE = struct.pack("<II", 0x17, 8)
DOUBLE = bytes.fromhex("11203f00 08000000 00004000 340b0034 ff030000")
CHARACTER = struct.pack("<IIHH", 0x10, 2, 0, 16)  # integers: sign in bit 3 of the second byte
UINT64 = struct.pack("<IIHH", 0x10, 8, 0, 64)
UINT8 = struct.pack("<IIHH", 0x10, 1, 0, 8)
INT32 = struct.pack("<IIHH", 0x0810, 4, 0, 32)


def string(size: int) -> bytes:
    """Return the datatype of a text of `size` bytes."""
    return struct.pack("<II", 0x13, size)


def superblock(root: int, tree: int, heap: int, base: int, size: int) -> bytes:
    """Return the 96 bytes of the superblock.

    Args:
        root: address of the root group's object header.
        tree: address of its B-tree.
        heap: address of its heap.
        base: bytes of the user block.
        size: bytes of the file.
    """
    head = b"\x89HDF\r\n\x1a\n" + bytes.fromhex("00000000 00080800 04001000 00000000")
    addresses = struct.pack("<4Q", base, UNDEFINED, size, UNDEFINED)
    return head + addresses + struct.pack("<QQIIQQ", 0, root, 1, 0, tree, heap)


def message(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Return a message of an object header; the body is padded to 8 bytes."""
    body += bytes(-len(body) % 8)
    return struct.pack("<HHB3x", kind, len(body), flags) + body


def header(messages: Sequence[bytes], more: int = 0) -> bytes:
    """Return an object header; `more` messages stand in a continuation elsewhere."""
    body = b"".join(messages)
    return struct.pack("<BxHII4x", 1, len(messages) + more, 1, len(body)) + body


def dataspace(shape: Sequence[int]) -> bytes:
    """Return the shape of a dataset or attribute; () is a scalar."""
    dimensions = struct.pack(f"<{2 * len(shape)}Q", *shape, *shape)
    return struct.pack("<BBB5x", 1, len(shape), 1 if shape else 0) + dimensions


def attribute(name: str, datatype: bytes, data: bytes, shape: Sequence[int] = ()) -> bytes:
    """Return an attribute message."""
    text, space = name.encode() + b"\0", dataspace(shape)
    sizes = struct.pack("<BxHHH", 1, len(text), len(datatype), len(space))
    parts = (part + bytes(-len(part) % 8) for part in (text, datatype, space, data))
    return message(0xC, sizes + b"".join(parts))


def compact(data: bytes) -> bytes:
    """Return the layout of a dataset whose values lie in its object header."""
    return struct.pack("<BBH", 3, 0, len(data)) + data


def contiguous(address: int, size: int) -> bytes:
    """Return the layout of a dataset whose values are `size` bytes at `address`."""
    return struct.pack("<BBQQ", 3, 1, address, size)


def dataset(
    shape: Sequence[int],
    datatype: bytes,
    layout: bytes,
    rest: Sequence[bytes],
    fill: bytes = b"",
) -> bytes:
    """Return the object header of a dataset; `rest`: its attributes; `fill`: values not written."""
    value = struct.pack("<I", len(fill)) + fill
    fills = [message(0x5, struct.pack("<4B", 2, 1, 2, 1) + value, 1)]  # early, if set, defined
    if fill:
        fills.append(message(0x4, value + bytes(4), 1))  # once more, for HDF5 before 1.6
    modified = message(0x12, struct.pack("<II", 1, 0))
    head = [message(0x1, dataspace(shape)), message(0x3, datatype, 1), *fills]
    return header([*head, message(0x8, layout), modified, *rest])


def group_header(tree: int, heap: int) -> bytes:
    """Return the object header of a group without attributes, `STUB` bytes."""
    return header([message(0x11, struct.pack("<QQ", tree, heap))])


def group(at: int, members: Sequence[tuple[str, int]], attributes: Sequence[bytes] = ()) -> bytes:
    """Return a group of at most 8 members (name, address of object header), to lie at address `at`.

    Its attributes are in a continuation of the header; B-tree, symbols and heap follow.
    """
    tree = at + STUB + (24 + sum(map(len, attributes)) if attributes else 0)
    start = group_header(tree, tree + NODE + SYMBOLS)
    if attributes:
        chunk = start[16:] + b"".join(attributes)
        place = message(0x10, struct.pack("<QQ", at + STUB, len(chunk)))
        start = header([place], 1 + len(attributes)) + chunk
    texts = [name.encode() + bytes(8 - len(name) % 8) for name, _ in members]
    offsets = list(accumulate(map(len, texts), initial=8))
    order = sorted(range(len(members)), key=lambda i: members[i][0])
    names = np.array([offsets[i] for i in order], np.uint64)
    addresses = np.array([members[i][1] for i in order], np.uint64)
    nodes = b"".join(part.tobytes() for part in symbol_table(tree, names, addresses))
    return start + nodes + local_heap(at + len(start) + len(nodes), b"".join(texts))


def local_heap(at: int, texts: bytes) -> bytes:
    """Return a heap of texts for address `at`, each padded to 8 bytes; the first has offset 8."""
    return b"HEAP" + struct.pack("<IQQQ", 0, 8 + len(texts), 1, at + 32) + bytes(8) + texts


def global_heap(texts: Sequence[bytes]) -> bytes:
    """Return a collection of texts, numbered from 1."""
    out = b"GCOL" + struct.pack("<IQ", 1, GLOBAL_HEAP)
    for number, text in enumerate(texts, start=1):
        out += struct.pack("<HHIQ", number, 0, 0, len(text)) + text + bytes(-len(text) % 8)
    return (out + struct.pack("<QQ", 0, GLOBAL_HEAP - len(out))).ljust(GLOBAL_HEAP, b"\0")


def symbol_table(at: int, names: Words, addresses: Words) -> list[Words]:
    """Return the B-tree of a group's members, to lie at address `at`: root, lower nodes, symbols.

    `names` (n,) are offsets into the local heap in the order of the texts, `addresses` (n,) those
    of the members' object headers.
    """
    leaves = -(-len(names) // ENTRIES)
    levels = [-(-leaves // CHILDREN)]  # nodes on each level, lowest first
    while levels[-1] > 1:
        levels.append(-(-levels[-1] // CHILDREN))
    symbols = np.zeros((leaves, SYMBOLS // 8), np.uint64)
    symbols[:, 0] = np.frombuffer(b"SNOD\1\0\0\0", "<u8") + (_used(names, ENTRIES) << np.uint64(48))
    symbols[:, 1::5], symbols[:, 2::5] = _table(names, ENTRIES), _table(addresses, ENTRIES)
    parts = [symbols]
    children = _places(at + NODE * sum(levels), leaves, SYMBOLS)
    last = _last(names, ENTRIES)
    for level, count in enumerate(levels):
        own = _places(at + NODE * sum(levels[level + 1 :]), count, NODE)
        parts.insert(0, _nodes(level, own, children, last))
        children, last = own, _last(last, CHILDREN)
    return parts


def _nodes(level: int, own: Words, children: Words, last: Words) -> Words:
    """One level of a B-tree; `last` is the greatest name under each child."""
    nodes = np.zeros((len(own), NODE // 8), np.uint64)
    nodes[:, 0] = np.frombuffer(struct.pack("<4sBBH", b"TREE", 0, level, 0), "<u8")
    nodes[:, 0] += _used(children, CHILDREN) << np.uint64(48)
    nodes[:, 1] = [UNDEFINED, *own[:-1].tolist()]
    nodes[:, 2] = [*own[1:].tolist(), UNDEFINED]
    nodes[1:, 3] = _last(last, CHILDREN)[:-1]  # before the very first name: the empty text, at 0
    nodes[:, 4::2], nodes[:, 5::2] = _table(children, CHILDREN), _table(last, CHILDREN)
    return nodes


def _places(at: int, count: int, size: int) -> Words:
    return np.uint64(at) + np.uint64(size) * np.arange(count, dtype=np.uint64)


def _table(values: Words, width: int) -> Words:
    """Return the values in rows of `width`, the last row filled up with zeros."""
    return np.pad(values, (0, -len(values) % width)).reshape(-1, width)


def _used(values: Words, width: int) -> Words:
    """Return how many values are in each row of the table."""
    first = np.arange(0, len(values), width)
    return np.minimum(len(values) - first, width).astype(np.uint64)


def _last(values: Words, width: int) -> Words:
    """Return the last value in each row of the table."""
    ends: Indices = np.arange(width - 1, len(values) + width - 1, width)
    return values[np.minimum(ends, len(values) - 1)]

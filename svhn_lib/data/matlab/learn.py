"""The pattern of an HDF5 object, learnt from the bytes of one.

Only the parts of HDF5 that MATLAB writes for small values are known here; what a `digitStruct.mat`
means is in `digit_struct.py`, and the walk through its records in `fast.py`.

Source: the HDF5 File Format Specification version 3.0 (https://docs.hdfgroup.org/hdf5/): III.A.1
version 1 B-trees, III.B and III.D group nodes and local heaps, IV.A.1.a version 1 object headers,
IV.A.2 their messages.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from svhn_lib.data.matlab.patterns import ByteFile, Indices, Pattern, Segment, refuse

NIL, DATASPACE, DATATYPE, OLD_FILL, FILL, LAYOUT = 0x0, 0x1, 0x3, 0x4, 0x5, 0x8
ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, MODIFIED = 0xC, 0x10, 0x11, 0x12
LEAST_SIZES = {  # the messages that are known, with the bytes that are looked at
    **dict.fromkeys((NIL, OLD_FILL, FILL, ATTRIBUTE), 0),
    **dict.fromkeys((DATASPACE, DATATYPE, LAYOUT, MODIFIED), 8),
    **dict.fromkeys((CONTINUATION, SYMBOL_TABLE), 16),
}
REPEATED = (NIL, ATTRIBUTE, CONTINUATION)  # any number of these in one header
# MATLAB's notes of an object's name, and of a struct's fields: nothing depends on them.
PATH = bytes.fromhex("0100 0700 0800 0800") + b"H5PATH\0\0"
FIELDS = bytes.fromhex("0100 0e00 1000 1800") + b"MATLAB_fields\0\0\0"
DATATYPES = {  # the start of a datatype message: what it is, bytes of one element
    bytes.fromhex("11203f00 08000000 00004000 340b0034 ff030000"): ("double", 8),
    bytes.fromhex("10000000 02000000 00001000"): ("char", 2),
    bytes.fromhex("17000000 08000000"): ("references", 8),
}
NODE = b"TREE\x00\x00\x01\x00"  # of a group, a leaf, one child
NODE_WORDS = 3 + 2 * 32 + 1  # K = 16 in every file that `check_superblock` lets pass
SYMBOLS = b"SNOD\x01\x00"
SYMBOLS_WORDS = 1 + 5 * 8  # K = 4
HEAP = b"HEAP\x00\x00\x00\x00"


class Message(NamedTuple):
    """One message of an object header."""

    kind: int
    segment: int
    start: int  # of the body, in bytes from the start of the segment
    body: bytes


def learn(file: ByteFile, address: int, members: tuple[str, ...]) -> Pattern:
    """Return the pattern of the object at `address`: a small dataset, or a group holding `members`.

    Raises:
        Unrecognised: the object is anything else.
    """
    segments, messages = _header(file, address)
    bodies = {m.kind: m for m in messages if m.kind not in REPEATED}
    if len(bodies) != sum(m.kind not in REPEATED for m in messages):
        refuse("one message of a kind")
    attributes = [m for m in messages if m.kind == ATTRIBUTE]
    if any(m.body[8:21] == b"MATLAB_empty\0" for m in attributes):  # h5py will read them too
        return Pattern("empty", tuple(segments), 0, np.arange(0))
    for note in attributes:
        if note.body.startswith(PATH):
            _forget(segments[note.segment], np.arange(note.start + 20, note.start + 24))  # length
        elif note.body.startswith(FIELDS):
            _forget(segments[note.segment], np.arange(note.start + 64, note.start + len(note.body)))
    if SYMBOL_TABLE in bodies:
        return _group(file, segments, bodies[SYMBOL_TABLE], members)
    if not bodies.keys() >= {DATASPACE, DATATYPE, LAYOUT}:
        refuse("a dataset")
    return _dataset(segments, *(bodies[kind] for kind in (DATASPACE, DATATYPE, LAYOUT)))


def _header(file: ByteFile, address: int) -> tuple[list[Segment], list[Message]]:
    """Return all messages of a version 1 object header, in all its chunks."""
    start = file.take(address, 2).tobytes()
    size = int.from_bytes(start[8:12], "little")
    if start[:2] != b"\x01\x00" or size % 8:
        refuse("an object header of version 1")
    segments = [_segment(file, address, 2 + size // 8)]
    messages: list[Message] = []
    for number, segment in enumerate(segments):  # continuations make the list longer
        if number == 8:
            refuse("at most eight chunks in an object header")
        found = _messages(segment, number, 0 if number else 16)
        for chunk in (message for message in found if message.kind == CONTINUATION):
            length = int.from_bytes(chunk.body[8:16], "little")
            segments.append(_child(file, segments, number, chunk.start // 8, length // 8))
        messages += found
    return segments, messages


def _messages(segment: Segment, number: int, at: int) -> list[Message]:
    """Return the messages in one chunk of a header; unmask what may differ between objects."""
    data, messages = segment.words.tobytes(), []
    while at + 8 <= len(data):
        kind, size, flags = np.frombuffer(data[at : at + 6], "<u2").tolist()
        body = data[at + 8 : at + 8 + size]
        if len(body) != size or size % 8 or flags & 2:  # 2: the message is kept elsewhere
            refuse("messages inside the object header")
        if size < LEAST_SIZES.get(kind, 2**16):
            refuse("known messages")
        messages.append(Message(kind, number, at + 8, body))
        if kind == MODIFIED:
            _forget(segment, np.arange(at + 12, at + 16))
        elif kind == ATTRIBUTE and body.startswith(PATH):
            _forget(segment, np.arange(at + 40, at + 8 + size))  # the text
        at += 8 + size
    return messages


def _dataset(
    segments: list[Segment], space: Message, datatype: Message, layout: Message
) -> Pattern:
    """Return a dataset whose values lie inside its header."""
    known = [what for start, what in DATATYPES.items() if datatype.body.startswith(start)]
    if not known:
        refuse("doubles, characters or references")
    kind, width = known[0]
    dimensions = np.frombuffer(space.body[8 : 8 + 8 * space.body[1]], "<u8").tolist()
    size = width * math.prod(dimensions)
    compact = b"\x03\x00" + (size % 2**16).to_bytes(2, "little")  # version 3
    if space.body[0] != 1 or size + 4 > len(layout.body) or layout.body[:4] != compact:
        refuse("values inside the object header")
    content = np.arange(layout.start + 4, layout.start + 4 + size)
    _forget(segments[layout.segment], content)
    return Pattern(kind, tuple(segments), layout.segment, content)


def _group(
    file: ByteFile, segments: list[Segment], table: Message, members: tuple[str, ...]
) -> Pattern:
    """Return a group in one node: header, B-tree node, symbols, heap, names in the heap."""
    chunk, word, tree = table.segment, table.start // 8, len(segments)
    segments.append(_child(file, segments, chunk, word, 6, NODE_WORDS))  # to its only child
    used = int(file.take(int(segments[tree].words[4]), 1)[0] >> np.uint64(48))
    if used > 8 or not segments[tree].words.tobytes().startswith(NODE):
        refuse("a group in one node")
    segments.append(_child(file, segments, tree, 4, 1 + 5 * used, SYMBOLS_WORDS))
    segments.append(_child(file, segments, chunk, word + 1, 4))
    segments.append(_child(file, segments, tree + 2, 3, int(segments[-1].words[1]) // 8))
    symbols, heap, texts = segments[tree + 1 :]
    if not (symbols.words.tobytes().startswith(SYMBOLS) and heap.words.tobytes().startswith(HEAP)):
        refuse("a symbol table node and a local heap")
    names = [texts.words.tobytes()[at:].split(b"\0")[0] for at in symbols.words[1::5].tolist()]
    if not {name.encode() for name in members} <= set(names):
        refuse(f"a group of {', '.join(members)}")
    content = np.array([16 + 40 * names.index(m.encode()) + i for m in members for i in range(8)])
    _forget(symbols, content)
    return Pattern("group", tuple(segments), tree + 1, content)


def _child(
    file: ByteFile, segments: list[Segment], parent: int, word: int, count: int, extent: int = 0
) -> Segment:
    """Return the words at the address in a word of another segment, where any address may stand."""
    segments[parent].mask[word] = 0
    return _segment(file, int(segments[parent].words[word]), count, parent, word, extent)


def _segment(
    file: ByteFile, address: int, count: int, parent: int = -1, word: int = 0, extent: int = 0
) -> Segment:
    """Return the words at an address, all of which must be equal in other objects."""
    extent = max(count, extent)
    words = file.take(address, count, extent)
    return Segment(parent, word, extent, words, np.full(count, 2**64 - 1, np.uint64))


def _forget(segment: Segment, which: Indices) -> None:
    """Take bytes out of the mask: they may differ between objects."""
    segment.mask.view(np.uint8)[which] = 0

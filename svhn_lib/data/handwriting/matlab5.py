"""Numeric arrays in MATLAB's version 5 files, such as SVHN's Format 2.

SciPy reads these files too, but a damaged one may end its process with a segmentation fault.

Source: MathWorks, "MAT-File Format", chapter 1, "Level 5 MAT-File Format".
"""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_VERSION = b"\x00\x01IM"  # of a little-endian file, at byte 124
_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15
_STORED = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8"}
_STORED |= {12: "<i8", 13: "<u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4"}
_CLASSES |= {14: "i8", 15: "u8"}
_COMPLEX = 0x08
MOST_PACKED = 1032
"""Bytes that deflate packs into one, at most."""

_SMALL = 256  # bytes of dimensions or of a name, at most

Read = Callable[[int], bytes | bytearray]


def read_arrays(path: Path, names: set[str]) -> dict[str, NDArray[Any]]:
    """Read the real numeric arrays of these names; a name that the file lacks is left out.

    Args:
        path: a file of MATLAB's version 5 (`save -v6` or `save -v7`), little-endian.
        names: of the variables.

    Returns:
        Name -> array, in MATLAB's shape and class.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no such file, or damaged; its name is not in the message.
    """
    found: dict[str, NDArray[Any]] = {}
    with open(path, "rb") as file:
        if file.read(128)[124:] != _VERSION:
            raise ValueError("no header of version 5")
        end = os.fstat(file.fileno()).st_size
        while names - found.keys() and (tag := file.read(8)):
            kind, size = struct.unpack("<II", tag.ljust(8, b"\0"))
            start = file.tell()
            if start + size > end:
                raise ValueError("cut short")
            if kind == _COMPRESSED:
                found |= _inflated_matrix(file, size, names)
            elif kind == _MATRIX:
                found |= _matrix(_reader(file), size, names)
            file.seek(start + size)
    return found


def _reader(file: BinaryIO) -> Read:
    def read(size: int) -> bytes:
        data = file.read(size)
        if len(data) != size:
            raise ValueError("cut short")
        return data

    return read


def _inflated_matrix(file: BinaryIO, size: int, names: set[str]) -> dict[str, NDArray[Any]]:
    """Read a variable out of `size` bytes of zlib's format."""
    stream, left, waiting = zlib.decompressobj(), size, b""

    def read(wanted: int) -> bytearray:
        nonlocal left, waiting
        out = bytearray()
        while len(out) < wanted:
            if not waiting:
                waiting = file.read(min(1 << 20, left))
                left -= len(waiting)
            if stream.eof or not waiting:
                raise ValueError("cut short")
            out += stream.decompress(waiting, wanted - len(out))
            waiting = stream.unconsumed_tail
        return out

    try:
        kind, _ = struct.unpack("<II", read(8))
        found = _matrix(read, size * MOST_PACKED, names) if kind == _MATRIX else {}
        if found:  # to the checksum at the end, past what fills up the last 8 bytes
            rest = stream.decompress(waiting + file.read(left), 8)
            if not stream.eof or len(rest) > 7:
                raise ValueError("it goes on after its variable, or ends before its checksum")
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return found


def _matrix(read: Read, most: int, names: set[str]) -> dict[str, NDArray[Any]]:
    """Read a variable whose values have at most `most` bytes, if it is a wanted one."""
    flags = _element(read, _UINT32, 8)
    dimensions = np.frombuffer(_element(read, _INT32, _SMALL), "<i4").tolist()
    name = bytes(_element(read, _INT8, _SMALL)).decode("ascii", "replace")
    if name not in names:
        return {}
    if len(flags) != 8:
        raise ValueError(f"{name} has no class")
    if flags[0] not in _CLASSES or flags[1] & _COMPLEX:
        raise ValueError(f"{name} is no array of real numbers")
    kind, size, inside = _tag(read)
    if kind not in _STORED or not 2 <= len(dimensions) <= 32 or min(dimensions) < 0:
        raise ValueError(f"{name} is stored in no known way")
    if size != math.prod(dimensions) * np.dtype(_STORED[kind]).itemsize or size > most:
        raise ValueError(f"{name} has {size:,} bytes, which are not {dimensions} values")
    values = np.frombuffer(read(size) if inside is None else inside, _STORED[kind])
    return {name: values.reshape(dimensions, order="F").astype(_CLASSES[flags[0]], copy=False)}


def _element(read: Read, kind: int, most: int) -> bytes | bytearray:
    """Read a small element of this kind, and what fills it up to 8 bytes."""
    found, size, inside = _tag(read)
    if found != kind or size > most:
        raise ValueError(f"an element of kind {found} and {size:,} bytes in place of kind {kind}")
    return read(size + -size % 8)[:size] if inside is None else inside


def _tag(read: Read) -> tuple[int, int, bytes | bytearray | None]:
    """Read kind and size of an element; and the element, where it is in the tag itself."""
    tag = read(8)
    kind, size = struct.unpack("<II", tag)
    if kind >> 16:
        kind, size = kind & 0xFFFF, kind >> 16
        if size > 4:
            raise ValueError(f"{size} bytes in an element of 4")
        return kind, size, tag[4 : 4 + size]
    return kind, size, None

"""Plain PNG pictures, 8-bit grey or RGB without further chunks, encoded and decoded fast.

OpenCV does it; where it is not installed, Pillow reads them (`pictures`).

Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025, section 5.
"""

from __future__ import annotations

from collections.abc import Collection
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {b"\x08\x00\x00\x00\x00": 1, b"\x08\x02\x00\x00\x00": 3}
"""Bit depth, colour type, compression, filter and interlace -> channels."""
_NEEDED = frozenset([b"IHDR", b"IDAT", b"IEND"])
_LEVEL = 3  # zlib's; 6 takes twice as long to save 3 %


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture, uint8 (H, W, 3 or 1), as PNG; the same picture gives the same bytes.

    Example:
        >>> plain_png_shape(encode_png(np.zeros((2, 3, 1), np.uint8)))
        (2, 3, 1)
    """
    import cv2

    if picture.shape[2] == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    return cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, _LEVEL])[1].tobytes()


def plain_png_shape(data: bytes, more: Collection[bytes] = ()) -> tuple[int, int, int] | None:
    """Return height, width and channels of a PNG; None for a file that is not plain, or cut short.

    Nothing is unpacked: a small file may hold gigabytes.

    Args:
        data: the file.
        more: kinds of chunks that may be there besides IHDR, IDAT and IEND.

    Raises:
        ValueError: a chunk differs from its checksum.

    Example:
        >>> plain_png_shape(encode_png(np.zeros((2, 3, 3), np.uint8))[:-1]) is None
        True
    """
    channels = _CHANNELS.get(data[24:29])
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR" or channels is None:
        return None
    start, kind = 8, b""
    while kind != b"IEND":
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        if end > len(data) or (kind not in _NEEDED and kind not in more):
            return None
        if crc32(data[start + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise ValueError(f"its chunk {kind.decode()} differs from its checksum")
        start = end
    return int.from_bytes(data[20:24], "big"), int.from_bytes(data[16:20], "big"), channels


def decode_plain_png(data: bytes) -> NDArray[np.uint8]:
    """Decode a PNG that `plain_png_shape` has found plain, to uint8 (H, W, 3 or 1).

    OpenCV writes to stderr about damaged files, of which that check leaves hardly any.

    Raises:
        ValueError: it is damaged.

    Example:
        >>> decode_plain_png(encode_png(np.full((1, 2, 3), 7, np.uint8))).shape
        (1, 2, 3)
    """
    import cv2

    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError("a damaged PNG")
    if picture.ndim == 2:
        return np.asarray(picture[:, :, None], dtype=np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)

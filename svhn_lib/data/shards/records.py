"""Numbers to and from the two members of a shard that hold one: KEY.png and KEY.json."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from zlib import crc32

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame, Series

from svhn_lib import labels
from svhn_lib.data.sets.number_set import NumberSet, as_batch
from svhn_lib.data.shards.index import ShardError, ShardIndex

_NUMBER = re.compile(f"[0-9]{{0,{labels.MAX_DIGITS}}}")
_PNG_LEVEL = 3  # zlib's; 6 takes twice as long to save 3 %
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2}  # channels -> PNG's number for grey, for RGB


class Record(NamedTuple):
    """A number as it lies in a shard.

    Attributes:
        location: path or URL of the shard.
        key: what its two members are called.
        picture: content of KEY.png.
        row: content of KEY.json.
    """

    location: str
    key: str
    picture: bytes
    row: bytes


def encode_picture(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture, uint8 (H, W, 3 or 1), as PNG; the same picture gives the same bytes."""
    if picture.shape[2] == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    return cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])[1].tobytes()


def encode_row(row: dict[Any, Any], boxes: NDArray[np.float32]) -> bytes:
    """Return a number's row of the table and its boxes (MAX_DIGITS, 4) as JSON.

    The keys are number, boxes and table. An unknown box is null, and so is a missing value; no box
    stands after the last known one.
    """
    known = [box.tolist() if np.isfinite(box).all() else None for box in boxes]
    while known and known[-1] is None:
        known.pop()
    table = {str(name): None if value != value else value for name, value in row.items()}
    number = table.pop("number")
    return json.dumps({"number": number, "boxes": known, "table": table}).encode()


def decode_records(records: Sequence[Record], index: ShardIndex) -> NumberSet:
    """Decode numbers, in their order.

    Raises:
        ShardError: one of them is damaged; the message names shard and number.
    """
    pictures = np.empty((len(records), *index.shape), dtype=np.uint8)
    boxes = np.full((len(records), labels.MAX_DIGITS, 4), np.nan, dtype=np.float32)
    rows = []
    for position, record in enumerate(records):
        try:
            pictures[position] = decode_png(record.picture, index.shape)
            row = json.loads(record.row)
            if not _NUMBER.fullmatch(row["number"]):
                raise ValueError(f"{row['number']!r} is no number")
            for digit, box in enumerate(row["boxes"]):
                boxes[position, digit] = np.nan if box is None else box
            if any(isinstance(value, list | dict) for value in row["table"].values()):
                raise ValueError("its table holds more than single values")
            rows.append({**row["table"], "number": row["number"]})
        except Exception as error:  # whatever a member is that holds something else
            raise _damaged(record, error) from error
    lengths, digits = labels.encode([row["number"] for row in rows])
    return NumberSet(
        as_batch(torch.from_numpy(pictures)),
        lengths,
        digits,
        torch.from_numpy(boxes),
        _table(records, rows, index.columns),
        index.settings,
        index.source,
    )


def _damaged(record: Record, error: object) -> ShardError:
    return ShardError(
        f"{record.location}: number {record.key} is damaged ({error}); fetch or make the "
        "shard again"
    )


def decode_png(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Decode a PNG that `encode_picture` has made, to uint8 of this shape (H, W, C).

    Size, chunks and checksums are looked at first: a small file may unpack to gigabytes, and
    libpng writes to stderr of what it finds wrong.

    Raises:
        ValueError: it is no PNG, damaged, or has another shape.
    """
    height, width, channels = shape
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    head += bytes([8, _COLOUR_TYPES[channels], 0, 0, 0])
    if data[:8] != _SIGNATURE or data[12:29] != b"IHDR" + head:
        raise ValueError(f"its picture is no PNG of {height}x{width} pixels, {channels} channels")
    start, kind = 8, b""
    while start < len(data) and kind != b"IEND":
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        checksum = crc32(data[start + 4 : end - 4]).to_bytes(4, "big")
        if kind not in (b"IHDR", b"IDAT", b"IEND") or data[end - 4 : end] != checksum:
            raise ValueError("its picture is a damaged PNG, or has chunks of another kind")
        start = end
    if kind != b"IEND" or start != len(data):
        raise ValueError("its picture is a PNG that is cut short, or has something after it")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.size != height * width * channels:
        raise ValueError("its picture is a damaged PNG")
    if channels == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return np.asarray(picture, dtype=np.uint8).reshape(shape)


def _table(
    records: Sequence[Record], rows: list[dict[str, Any]], columns: dict[str, str]
) -> DataFrame:
    try:
        return DataFrame({name: _column(rows, name, kind) for name, kind in columns.items()})
    except (ValueError, TypeError, OverflowError):
        for record, row in zip(records, rows, strict=True):  # which one is it?
            for name, kind in columns.items():
                try:
                    _column([row], name, kind)
                except (ValueError, TypeError, OverflowError) as error:
                    raise _damaged(record, f"column {name!r}: {error}") from error
        raise


def _column(rows: list[dict[str, Any]], name: str, kind: str) -> Series[Any]:
    values = [row.get(name) for row in rows]
    if kind == "text":
        return Series(["" if value is None else value for value in values])
    return Series([np.nan if value is None else value for value in values], dtype=kind)

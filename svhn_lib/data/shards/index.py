"""What shards hold: the index beside them, and numbers to and from the members KEY.png, KEY.json.

Nothing is opened here: `stream` reads shards, `write` makes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from imagecodecs import png_decode, spng_encode
from numpy.typing import NDArray
from pandas import DataFrame, Series

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.sets.number_set import NumberSet, as_batch

FORMAT = "svhn_lib shards"
VERSION = 1
_NUMBER = re.compile(f"[0-9]{{0,{labels.MAX_DIGITS}}}")
_PNG_LEVEL = 3  # zlib's; 6 takes twice as long to save 4 %


class ShardError(ValueError):
    """A shard or an index that is damaged, does not belong here, or cannot be read or written."""


@dataclass(frozen=True)
class Entry:
    """A shard in its index: file name, how many numbers, size in bytes, and checksum."""

    name: str
    count: int
    bytes: int
    sha256: str


class Record(NamedTuple):
    """A number as it lies in a shard: the shard's path or URL, its key, and both members."""

    place: str
    key: str
    picture: bytes  # KEY.png
    row: bytes  # KEY.json


@dataclass(frozen=True)
class ShardIndex:
    """What is common to the numbers of some shards, and which shards these are.

    Attributes:
        shape: height, width and channels of every picture.
        columns: name -> dtype of the table's columns; 'text' for text.
        settings, source: as in `NumberSet`.
        shards: in the order of their names.
    """

    shape: tuple[int, ...]
    columns: dict[str, str]
    settings: CropSettings | None
    source: str
    shards: tuple[Entry, ...]

    def to_json(self) -> str:
        """The text of the index file."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1)


def parse_index(place: str, data: bytes) -> ShardIndex:
    """Read an index; `place` is where it comes from. Raises ShardError where it is none."""
    try:
        facts = json.loads(data)
        if (facts["format"], facts["version"]) != (FORMAT, VERSION):
            raise ValueError(f"{facts['format']!r}, version {facts['version']}")
        return ShardIndex(
            shape=tuple(facts["shape"]),
            columns=dict(facts["columns"]),
            settings=CropSettings(**facts["settings"]) if facts["settings"] else None,
            source=facts["source"],
            shards=tuple(Entry(**entry) for entry in facts["shards"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ShardError(
            f"{place}: not an index of shards that this library reads ({error}); make the shards "
            "again with 'svhn data shards'"
        ) from error


def index_name(shard: str) -> str:
    """The index of a shard is beside it: 'train-index.json' for 'train-000000.tar'.

    Raises ShardError for a name that is no shard's.
    """
    match = re.fullmatch(r"(.+)-\d+\.tar", shard)
    if match is None:
        raise ShardError(f"{shard!r}: shards are called NAME-000000.tar, NAME-000001.tar, ...")
    return f"{match[1]}-index.json"


def column_kinds(table: DataFrame) -> dict[str, str]:
    """The `columns` of an index."""
    plain = {name: column.dtype.kind in "iufb" for name, column in table.items()}
    return {str(name): str(table[name].dtype) if plain[name] else "text" for name in table}


def encode_picture(picture: NDArray[np.uint8]) -> bytes:
    """A picture, uint8 (H, W, 3 or 1), as PNG."""
    return bytes(spng_encode(np.ascontiguousarray(picture), level=_PNG_LEVEL))


def encode_row(row: dict[Any, Any], boxes: NDArray[np.float32]) -> bytes:
    """A number's row of the table and its boxes (MAX_DIGITS, 4) as JSON: number, boxes, table.

    An unknown box is null, and so is a missing value; no box stands after the last known one.
    """
    known = [box.tolist() if np.isfinite(box).all() else None for box in boxes]
    while known and known[-1] is None:
        known.pop()
    table = {str(name): None if value != value else value for name, value in row.items()}
    number = table.pop("number")
    return json.dumps({"number": number, "boxes": known, "table": table}).encode()


def decode(records: Sequence[Record], index: ShardIndex) -> NumberSet:
    """Decode numbers, in their order. Raises ShardError, naming shard and member, for damage."""
    pictures = np.empty((len(records), *index.shape), dtype=np.uint8)
    boxes = np.full((len(records), labels.MAX_DIGITS, 4), np.nan, dtype=np.float32)
    rows = []
    for position, record in enumerate(records):
        try:
            pictures[position] = _decode_picture(record.picture, index.shape)
            row = json.loads(record.row)
            if not _NUMBER.fullmatch(row["number"]):
                raise ValueError(f"{row['number']!r} is no number")
            for digit, box in enumerate(row["boxes"]):
                boxes[position, digit] = np.nan if box is None else box
            rows.append({**row["table"], "number": row["number"]})
        except Exception as error:  # PngError derives from nothing narrower
            raise ShardError(
                f"{record.place}: number {record.key} is damaged ({error}); fetch or make the "
                "shard again"
            ) from error
    lengths, digits = labels.encode([row["number"] for row in rows])
    columns = {name: _column(rows, name, kind) for name, kind in index.columns.items()}
    return NumberSet(
        as_batch(torch.from_numpy(pictures)),
        lengths,
        digits,
        torch.from_numpy(boxes),
        DataFrame(columns),
        index.settings,
        index.source,
    )


def _decode_picture(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Decode a PNG of this shape; looked at first, as a small one may unpack to gigabytes."""
    height, width, channels = shape
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, {1: 0, 3: 2}[channels]])
    if data[12:26] != b"IHDR" + head:
        raise ValueError(f"its picture is no PNG of {height}x{width} pixels, {channels} channels")
    return png_decode(data).reshape(shape)


def _column(rows: list[dict[str, Any]], name: str, kind: str) -> Series[Any]:
    values = [row.get(name) for row in rows]
    if kind == "text":
        return Series(["" if value is None else value for value in values])
    return Series([np.nan if value is None else value for value in values], dtype=kind)

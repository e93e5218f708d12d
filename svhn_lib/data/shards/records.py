"""Numbers to and from the two members of a shard that hold one: KEY.png and KEY.json."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame, Series

from svhn_lib import labels
from svhn_lib.data.cutting.png import decode_plain_png, plain_png_shape
from svhn_lib.data.sets.number_set import NumberSet, as_batch
from svhn_lib.data.shards.index import ShardError, ShardIndex

_NUMBER = re.compile(f"[0-9]{{0,{labels.MAX_DIGITS}}}")


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
    pictures = _room_for(records, index.shape)
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


def _room_for(records: Sequence[Record], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        return np.empty((len(records), *shape), dtype=np.uint8)
    except MemoryError as error:
        where = records[0].location if records else "shards"
        raise ShardError(f"{where}: {error}; ask for smaller batches") from error


def _damaged(record: Record, error: object) -> ShardError:
    return ShardError(
        f"{record.location}: number {record.key} is damaged ({error}); fetch or make the "
        "shard again"
    )


def _decode_picture(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if plain_png_shape(data) != shape:
        height, width, channels = shape
        raise ValueError(
            f"its picture is no plain PNG of {height}x{width} pixels, {channels} channels"
        )
    return decode_plain_png(data)


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

"""The index beside a set of shards: which shards there are, and what their numbers have in common.

Nothing is opened here: `stream` reads files, `records` numbers, `write` makes both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pandas import DataFrame

from svhn_lib.data.cutting.crops import CropSettings

FORMAT = "svhn_lib shards"
VERSION = 1
MAX_SIDE = 9999
"""Pixels along a side of a picture, at most: as in stores."""

_SHARD = re.compile(r"(.+)-\d+\.tar")
_SHA256 = re.compile("[0-9a-f]{64}")
_LEAST_BYTES = 4 * 512  # of a number: two members, each a header and a block at least
_KINDS = {"text", "bool"} | {np.dtype(code).name for code in "bBhHiIlLqQefd"}


class ShardError(ValueError):
    """A shard or an index that is damaged, does not belong here, or cannot be read or written."""


@dataclass(frozen=True)
class ShardEntry:
    """A shard as its index has it.

    Attributes:
        name: file name, without a folder.
        count: how many numbers it holds.
        bytes: size of the file.
        sha256: checksum of the file, in hex.
    """

    name: str
    count: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ShardIndex:
    """What the numbers of some shards have in common, and which shards these are.

    Attributes:
        shape: height, width and channels of every picture.
        columns: name -> dtype of the table's columns; 'text' for text.
        settings: how the pictures were cut; None where that is not known.
        source: where they came from, as in `NumberSet`.
        shards: in the order of their names.
    """

    shape: tuple[int, ...]
    columns: dict[str, str]
    settings: CropSettings | None
    source: str
    shards: tuple[ShardEntry, ...]

    def to_json(self) -> str:
        """Return the text of the index file."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1)


def parse_index(location: str, data: bytes) -> ShardIndex:
    """Read an index that `write_shards` has written.

    Args:
        location: the path or URL that it comes from, for messages.
        data: what that file holds.

    Raises:
        ShardError: it is no such index, or one with impossible values; the message names the file.
    """
    try:
        facts = json.loads(data)
        if (facts["format"], facts["version"]) != (FORMAT, VERSION):
            raise ValueError(f"{facts['format']!r}, version {facts['version']!r}")
        return ShardIndex(
            shape=_shape(facts["shape"]),
            columns=_columns(facts["columns"]),
            settings=_settings(facts["settings"]),
            source=_checked("source", facts["source"], isinstance(facts["source"], str)),
            shards=_entries(facts["shards"]),
        )
    except KeyError as error:
        raise ShardError(_not_an_index(location, f"no {error}")) from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ShardError(_not_an_index(location, error)) from error


def _not_an_index(location: str, problem: object) -> str:
    return (
        f"{location}: not an index of shards that this library reads ({problem}); make the shards "
        "again with 'svhn data shards'"
    )


def _settings(values: Any) -> CropSettings | None:
    return None if values is None else CropSettings.from_dict(values)


def _checked(name: str, value: Any, possible: bool) -> Any:
    """Return the value, or raise ValueError where it is not possible."""
    if not possible:
        text = repr(value)
        raise ValueError(f"its {name} is {text if len(text) < 60 else text[:57] + '...'}")
    return value


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0  # True is an int as well


def _is_text(value: Any, kind: re.Pattern[str]) -> bool:
    return isinstance(value, str) and kind.fullmatch(value) is not None


def _shape(value: Any) -> tuple[int, ...]:
    possible = isinstance(value, list) and len(value) == 3 and all(map(_is_count, value))
    possible = possible and value[2] in (1, 3) and max(value[:2]) <= MAX_SIDE
    return tuple(_checked("shape", value, possible))


def _columns(value: Any) -> dict[str, str]:
    possible = isinstance(value, dict) and value.get("number") == "text"
    possible = possible and all(isinstance(k, str) and k in _KINDS for k in value.values())
    return dict(_checked("columns", value, possible))


def _entries(value: Any) -> tuple[ShardEntry, ...]:
    _checked("shards", value, isinstance(value, list) and len(value) > 0)
    entries = tuple(ShardEntry(**entry) for entry in value)
    for entry in entries:
        name, checksum = entry.name, entry.sha256
        _checked("name of a shard", name, _is_text(name, _SHARD) and "/" not in name)
        _checked(f"size of {name}", entry.bytes, _is_count(entry.bytes))
        room = entry.bytes // _LEAST_BYTES
        _checked(f"count of {name}", entry.count, _is_count(entry.count) and entry.count <= room)
        _checked(f"checksum of {name}", checksum, _is_text(checksum, _SHA256))
    names = [entry.name for entry in entries]
    _checked("list of shards", names, len(set(names)) == len(names))
    return entries


def merge_indices(indices: Sequence[ShardIndex]) -> ShardIndex:
    """Return what several sets of shards have in common; `shards` are those of the first.

    Raises:
        ValueError: their pictures differ in shape.
    """
    first = indices[0]
    for other in indices[1:]:
        if other.shape != first.shape:
            raise ValueError(
                f"shards with pictures of {first.shape} and of {other.shape} (height, width, "
                "channels) cannot be one set; prepare both alike"
            )
    columns = {
        name: kind
        for name, kind in first.columns.items()
        if all(other.columns.get(name) == kind for other in indices)
    }
    settings = first.settings if all(i.settings == first.settings for i in indices) else None
    source = first.source if all(i.source == first.source for i in indices) else ""
    return replace(first, columns=columns, settings=settings, source=source)


def index_name(shard: str) -> str:
    """Return the name of the index that lies beside a shard.

    Raises:
        ShardError: no shard is called so.

    Example:
        >>> index_name("train-000000.tar")
        'train-index.json'
    """
    match = _SHARD.fullmatch(shard)
    if match is None:
        raise ShardError(f"{shard!r}: shards are called NAME-000000.tar, NAME-000001.tar, ...")
    return f"{match[1]}-index.json"


def column_kinds(table: DataFrame) -> dict[str, str]:
    """Return the `columns` of an index for this table."""
    plain = {name: column.dtype.kind in "iufb" for name, column in table.items()}
    return {str(name): str(table[name].dtype) if plain[name] else "text" for name in table}

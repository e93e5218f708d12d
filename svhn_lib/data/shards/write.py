"""From a store to tar shards with an index beside them, picture by picture.

What lies in a shard is decided in `index` and `records`; `shard_set` streams them.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib.data.cutting.png import encode_png
from svhn_lib.data.sets.schema import read_settings
from svhn_lib.data.sets.store import (
    Part,
    StorePictures,
    open_store,
    read_table,
    refuse_other_part,
)
from svhn_lib.data.sets.texts import read_text
from svhn_lib.data.shards.index import (
    ShardEntry,
    ShardError,
    ShardIndex,
    column_kinds,
    index_name,
)
from svhn_lib.data.shards.records import encode_row
from svhn_lib.files import written

_FORMAT = tarfile.USTAR_FORMAT  # the plainest, and the same bytes every time


@dataclass(frozen=True)
class ShardsReport:
    """What `write_shards` wrote.

    Attributes:
        pattern: paths of the shards with braces.
        numbers: how many numbers they hold.
        shards: how many shards there are.
        bytes: of all shards.

    Example:
        >>> ShardsReport("out/train-{000000..000001}.tar", 150, 2, 1_000_000).shards
        2
    """

    pattern: str
    numbers: int
    shards: int
    bytes: int


def write_shards(
    store: str | Path,
    out: str | Path,
    *,
    size: int = 4096,
    part: Part = "all",
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ShardsReport:
    """Write the numbers of a store as OUT/NAME-000000.tar and so on, and OUT/NAME-index.json.

    A shard is a plain tar file by the conventions of the webdataset package: KEY.png and KEY.json
    for each number, KEY its position in the store. Numbers are shuffled first, always alike, so
    that a shard is a fair sample; the same store gives the same bytes. The index comes last; after
    an error or an interrupt nothing stays behind.

    Args:
        store: a file that `svhn data prepare` or `write_store` made.
        out: the folder, made where missing.
        size: numbers in a shard; the last one may have fewer.
        part: all numbers, or one side of the split recorded in the store.
        name: the store's by default, with '-validation' after it for that part.
        progress: called with (done, total).

    Returns:
        The pattern that names the shards, for `ShardSet`, and what they hold.

    Raises:
        FileNotFoundError: the store is not there.
        StoreError: it is no store, or damaged.
        FileExistsError: OUT has shards of this name.
        ValueError: no number in this part; a part, a size or a name that cannot be.
        ShardError: OUT cannot be written.

    Example:
        See `ShardSet`.
    """
    refuse_other_part(part)
    store, out = Path(store), Path(out)
    name = name or store.stem + ("-validation" if part == "validation" else "")
    if size < 1 or re.search(r"[/\\{}]", name):
        raise ValueError(f"{size} numbers a shard, called {name!r}: use 1 or more, and no / {{ }}")
    source = _Source(store, part)
    if not len(source.chosen):
        raise ValueError(f"{store}: no number in its part '{part}'; shard another part")
    order = np.random.default_rng(0).permutation(source.chosen)
    parts = [order[first : first + size] for first in range(0, len(order), size)]
    index_path = out / index_name(f"{name}-{0:06}.tar")
    _make_folder(out, name, index_path)
    entries: list[ShardEntry] = []
    try:
        for number, chosen in enumerate(parts):
            path = out / f"{name}-{number:06}.tar"
            entries.append(_write_shard(path, source, chosen))
            if progress:
                progress(sum(entry.count for entry in entries), len(order))
        source.write_index(index_path, entries)
    except BaseException:
        for number in range(len(parts)):
            (out / f"{name}-{number:06}.tar").unlink(missing_ok=True)
        raise
    last = f"{{{0:06}..{len(parts) - 1:06}}}" if len(parts) > 1 else f"{0:06}"
    total = sum(entry.bytes for entry in entries)
    return ShardsReport(f"{out / name}-{last}.tar", len(order), len(parts), total)


class _Source:
    """A store: its labels, boxes and table in memory, its pictures where they are."""

    def __init__(self, store: Path, part: Part) -> None:
        self.pictures = StorePictures(store)
        with open_store(store) as file:
            marked = file["validation"][:]
            self.boxes = file["boxes"][:]
            self.table: DataFrame = read_table(file["table"])
            self.settings = read_settings(file)
            self.origin = read_text(file, "source")
            self.shape = file["pictures"].shape[1:]
        masks = {"all": np.ones_like(marked), "train": ~marked, "validation": marked}
        self.chosen = np.flatnonzero(masks[part])

    def members(self, chosen: NDArray[np.intp]) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of both members of each of these numbers."""
        rows = self.table.iloc[chosen].to_dict("records")
        for position, row in zip(chosen.tolist(), rows, strict=True):
            picture = self.pictures[position].permute(1, 2, 0).numpy()
            yield f"{position:08}.png", encode_png(picture)
            yield f"{position:08}.json", encode_row(row, self.boxes[position])

    def write_index(self, path: Path, entries: list[ShardEntry]) -> None:
        columns = column_kinds(self.table)
        index = ShardIndex(self.shape, columns, self.settings, self.origin, tuple(entries))
        try:
            with written(path) as scratch:
                scratch.write_text(index.to_json(), encoding="utf-8")
        except OSError as error:
            raise _cannot_write(path, error) from error


def _write_shard(path: Path, source: _Source, chosen: NDArray[np.intp]) -> ShardEntry:
    try:
        with written(path) as scratch, tarfile.open(scratch, "w", format=_FORMAT) as tar:
            for name, data in source.members(chosen):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        with open(path, "rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _cannot_write(path, error) from error
    return ShardEntry(path.name, len(chosen), path.stat().st_size, checksum)


def _cannot_write(path: Path, error: OSError) -> ShardError:
    return ShardError(
        f"{path}: cannot be written ({error.strerror or error}); check the folder and the disk"
    )


def _make_folder(out: Path, name: str, index: Path) -> None:
    """Make OUT; shards of this name, were they there, would be mixed with the new ones."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        old = [
            path
            for path in out.iterdir()
            if re.fullmatch(rf"{re.escape(name)}-\d+\.tar", path.name)
        ]
    except OSError as error:
        raise _cannot_write(out, error) from error
    if old or index.exists():
        raise FileExistsError(
            f"{old[0] if old else index}: there are shards called {name} already; name another "
            "folder, or delete them"
        )

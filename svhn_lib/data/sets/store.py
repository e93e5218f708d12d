"""Stores of number crops in HDF5: into memory as a `NumberSet`, or picture by picture.

The crops are made in `prepare`; batches and augmentation come after.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import unquote

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame, Series
from torch import Tensor

from svhn_lib import labels
from svhn_lib.data.sets.number_set import NumberSet, as_batch, storable_boxes, validation_mask
from svhn_lib.data.sets.schema import (
    IN_USE,
    SCHEMA_VERSION,
    StoreError,
    check_store,
    read_settings,
    reason,
    store_part,
)
from svhn_lib.data.sets.store_writer import StoreWriter
from svhn_lib.data.sets.texts import read_text, read_texts

__all__ = [
    "SCHEMA_VERSION",
    "NumberSet",
    "StoreError",
    "StorePictures",
    "StoreWriter",
    "open_store",
    "read_store",
    "validation_mask",
    "write_store",
]

Part = Literal["all", "train", "validation"]
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_BLOCK = 1024
_MOST_BYTES = 1 << 24  # of the pictures that are read at once beside those that are kept


def write_store(
    path: str | Path, numbers: NumberSet, *, validation: float = 0.1, seed: int = 0
) -> None:
    """Write a set in memory as a store.

    Args:
        path: of the store; an older one is replaced.
        numbers: what to write.
        validation: share of the numbers of each length that is marked for validation.
        seed: of that choice.

    Raises:
        FileExistsError: `path` is a folder or a file that is no store.
        StoreError: it cannot be written.
        ValueError: the parts of the set do not fit each other.

    Example:
        >>> import tempfile
        >>> from svhn_lib import labels
        >>> lengths, digits = labels.encode(["257", "04"])
        >>> numbers = NumberSet(
        ...     as_batch(torch.zeros(2, 32, 32, 3, dtype=torch.uint8)), lengths, digits,
        ...     torch.full((2, labels.MAX_DIGITS, 4), torch.nan),
        ...     DataFrame({"file": ["a.png", "b.png"], "number": ["257", "04"]}),
        ... )
        >>> path = Path(tempfile.mkdtemp()) / "numbers.h5"
        >>> write_store(path, numbers)
        >>> read_store(path).numbers
        ['257', '04']
        >>> tuple(StorePictures(path)[0].shape)
        (3, 32, 32)
    """
    boxes = storable_boxes(numbers)
    pictures = numbers.pictures.permute(0, 2, 3, 1).numpy()
    with StoreWriter(path, pictures.shape[1:]) as store:
        for first in range(0, len(numbers), _BLOCK):
            store.append(pictures[first : first + _BLOCK])
        store.finish(
            numbers.table,
            boxes,
            settings=numbers.settings,
            source=numbers.source,
            doubtful=numbers.doubtful,
            damaged=numbers.damaged,
            validation=validation,
            seed=seed,
        )


def read_store(path: str | Path, part: Part = "all") -> NumberSet:
    """Read a store into memory: all of it, or one side of the split recorded in it.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: it is anything but a whole store of this schema version; the message names the
            file and the part.
        ValueError: there is no such part.

    Example:
        >>> import tempfile
        >>> from svhn_lib import load_crops, render_split
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     numbers = load_crops(render_split(f"{folder}/four", count=4, seed=0))
        ...     write_store(f"{folder}/four.h5", numbers)
        ...     read_store(f"{folder}/four.h5").pictures.shape
        torch.Size([4, 3, 64, 64])
    """
    refuse_other_part(part)
    with open_store(path) as file:
        mask = file["validation"][:] if part != "all" else np.ones(len(file["lengths"]), dtype=bool)
        chosen = np.flatnonzero(mask if part != "train" else ~mask)
        table = read_table(file["table"])
        lengths, digits = file["lengths"][:].astype(np.int64), file["digits"][:].astype(np.int64)
        _compare(path, table, lengths, digits)
        with store_part(path, "pictures"):
            pictures = _read_pictures(file["pictures"], chosen)
        return NumberSet(
            pictures=as_batch(torch.from_numpy(pictures)),
            lengths=torch.from_numpy(lengths[chosen]),
            digits=torch.from_numpy(digits[chosen]),
            boxes=torch.from_numpy(file["boxes"][:][chosen].astype(np.float32)),
            table=table.iloc[chosen].reset_index(drop=True),
            settings=read_settings(file),
            source=read_text(file, "source"),
            doubtful=read_table(file["doubtful"]),
            damaged=read_table(file["damaged"]),
        )


def refuse_other_part(part: str) -> None:
    """Raise ValueError for a part that no store has: 'val' is not to be taken for all the rest."""
    if part not in get_args(Part):
        raise ValueError(f"a store has no part {part!r}: ask for {', '.join(get_args(Part))}")


def _compare(
    path: str | Path, table: DataFrame, lengths: NDArray[np.int64], digits: NDArray[np.int64]
) -> None:
    """Raise StoreError unless the numbers as text are those of the labels."""
    with store_part(path, "table/number"):
        its_lengths, its_digits = labels.encode(table["number"].tolist())
        if not (np.array_equal(its_lengths, lengths) and np.array_equal(its_digits, digits)):
            raise ValueError("it differs from lengths and digits")


def _read_pictures(dataset: h5py.Dataset, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return the chosen pictures (rising positions), read in contiguous blocks."""
    pictures = np.empty((len(chosen), *dataset.shape[1:]), dtype=np.uint8)
    size = max(1, min(_BLOCK, _MOST_BYTES // math.prod(dataset.shape[1:])))
    for first in range(0, len(dataset), size):
        start, stop = np.searchsorted(chosen, (first, first + size))
        block = chosen[start:stop] - first
        if len(block) == min(size, len(dataset) - first):
            dataset.read_direct(pictures, np.s_[first : first + size], np.s_[start:stop])
        elif len(block):
            pictures[start:stop] = dataset[first : first + size][block]
    return pictures


class StorePictures:
    """The pictures of a store, read one by one: for what does not fit in memory.

    `lengths`, int64 (N,), and `digits`, int64 (N, MAX_DIGITS), are in memory. It may be handed to
    the worker processes of a DataLoader: every process opens the file for itself.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: it is no whole store, as for `read_store`; or, where a picture is asked for, it
            cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        """Check the store and read its labels."""
        self.path = Path(path)
        with open_store(path) as file:
            self.lengths = torch.from_numpy(file["lengths"][:].astype(np.int64))
            self.digits = torch.from_numpy(file["digits"][:].astype(np.int64))
            self._shape = file["pictures"].shape[1:]
        self._opened: tuple[int, h5py.Dataset] | None = None

    def __len__(self) -> int:
        """Return how many numbers the store holds."""
        return len(self.lengths)

    def __getitem__(self, index: int) -> Tensor:
        """Picture `index` as uint8 (C, H, W), laid out as H, W, C."""
        index = range(len(self.lengths))[operator.index(index)]  # negative from the end; IndexError
        with store_part(self.path, f"picture {index}"):
            if self._opened is None or self._opened[0] != os.getpid():
                self._opened = os.getpid(), h5py.File(self.path)["pictures"]
            dataset = self._opened[1]
            if dataset.chunks == (1, *self._shape):
                # The chunk as it lies in the file: half the time of a read that HDF5 sets up.
                data = bytearray(dataset.id.read_direct_chunk((index, 0, 0, 0))[1])
                picture = torch.frombuffer(data, dtype=torch.uint8).view(self._shape)
            else:
                picture = torch.from_numpy(dataset[index])
        return picture.permute(2, 0, 1)

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process is given: not the open file."""
        return {**self.__dict__, "_opened": None}


@contextmanager
def open_store(path: str | Path) -> Iterator[h5py.File]:
    """Open a store for reading after checking that it is one, whole and of this version.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: it is anything but a whole store; also for what fails while it is read, but for
            a lack of memory.
    """
    path = Path(path)
    if not path.is_file() and not path.is_dir():
        raise FileNotFoundError(f"{path}: no such store; make one with 'svhn data prepare'")
    if path.is_dir() or not _begins_as_one(path):  # perhaps a labels.csv: it is to be kept
        raise StoreError(
            f"{path}: not an HDF5 store; 'svhn data prepare' makes one of a labels.csv or of a "
            "folder with digitStruct.mat"
        )
    try:
        with h5py.File(path) as file:
            check_store(path, file)
            yield file
    except (StoreError, MemoryError):  # for which no whole store is to be deleted
        raise
    except BlockingIOError as error:
        raise StoreError(f"{path}: {IN_USE}") from error
    except Exception as error:  # a damaged file makes h5py raise nearly anything
        raise StoreError(
            f"{path}: not an HDF5 store, or damaged or cut short ({reason(error)}); delete it and "
            "make it again with 'svhn data prepare'"
        ) from error


def _begins_as_one(path: Path) -> bool:
    """Whether a file begins as HDF5 does; one that was cut short before that does, too."""
    with path.open("rb") as file:
        begin = file.read(len(_SIGNATURE))
    return _SIGNATURE.startswith(begin)


def read_table(group: h5py.Group) -> DataFrame:
    """Return a table of a store: 'table', 'doubtful' or 'damaged'.

    Raises:
        StoreError: a column is damaged, or has another length than the others.
    """
    path, table = group.file.filename, group.name.strip("/")
    columns: dict[str, Series] = {}
    for name in group:
        with store_part(path, f"{table}/{unquote(name)}"):
            dataset = group[name]
            text = h5py.check_string_dtype(dataset.dtype) is not None
            if dataset.ndim != 1 or not (text or dataset.dtype.kind in "iufb"):
                raise ValueError(f"{dataset.dtype} of shape {dataset.shape}")
            if columns and len(dataset) != len(next(iter(columns.values()))):
                raise ValueError(f"{len(dataset)} rows beside {len(next(iter(columns.values())))}")
            columns[unquote(name)] = Series(read_texts(dataset) if text else dataset[:])
    return DataFrame(columns)

"""Stores of number crops in HDF5: into memory as a `NumberSet`, or picture by picture.

The crops are made in `prepare`; batches and augmentation come after.
"""

from __future__ import annotations

import math
import operator
import os
from pathlib import Path
from typing import Any, Literal, get_args

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame
from torch import Tensor

from svhn_lib import labels
from svhn_lib.data.sets.number_set import NumberSet, as_batch, storable_boxes, validation_mask
from svhn_lib.data.sets.schema import SCHEMA_VERSION, StoreError, read_settings, store_part
from svhn_lib.data.sets.store_file import open_store, read_table
from svhn_lib.data.sets.store_writer import StoreWriter
from svhn_lib.data.sets.texts import read_text

__all__ = [
    "SCHEMA_VERSION",
    "NumberSet",
    "StoreError",
    "StorePictures",
    "StoreWriter",
    "open_store",
    "read_store",
    "read_table",
    "validation_mask",
    "write_store",
]

Part = Literal["all", "train", "validation"]
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

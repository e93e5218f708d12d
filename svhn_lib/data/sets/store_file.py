"""The file of a store: opened after a check that it is a whole one, and the tables in it.

What is made of it is in `store`, how it is written in `store_writer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import h5py
from pandas import DataFrame, Series

from svhn_lib.data.sets.schema import IN_USE, StoreError, check_store, reason, store_part
from svhn_lib.data.sets.texts import read_texts

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


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

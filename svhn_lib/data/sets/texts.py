"""Texts of a store, as attributes and as columns of a table: UTF-8 of a fixed length.

HDF5 keeps texts of variable length in its global heap, which has no checksum, and some damage there
makes HDF5 loop for ever. Only a column with a very long text goes there, as it would take that room
in every row. Older stores hold all their texts so; they are read alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONGEST = 1024
"""Bytes per row that a column of texts may take; with a longer text it is of variable length."""


def write_text(item: h5py.File, name: str, text: str) -> None:
    """Write a text as an attribute."""
    data = _storable(text)
    kind = h5py.string_dtype("utf-8", max(len(data), 1))
    item.attrs.create(name, np.array(data, dtype=kind), dtype=kind)


def read_text(item: h5py.File, name: str) -> str:
    """Return an attribute.

    Raises:
        KeyError: it is not there.
        TypeError: it is no text.
        UnicodeDecodeError: it is not in UTF-8; other errors of h5py where it is damaged.
    """
    value = item.attrs[name]
    if isinstance(value, bytes):  # of fixed length
        value = value.decode()
    if not isinstance(value, str):
        raise TypeError("it is no text")
    return value


def write_texts(group: h5py.Group, name: str, values: Iterable[Any]) -> None:
    """Write a column of N values of any kind as texts, missing ones as ''."""
    texts = [_storable(value) for value in values]
    longest = max(map(len, texts), default=0)
    if longest <= LONGEST:
        kind = h5py.string_dtype("utf-8", max(longest, 1))
        group.create_dataset(name, data=np.array(texts, dtype=kind))
    else:
        group.create_dataset(name, data=np.array(texts, dtype=object), dtype=h5py.string_dtype())


def read_texts(dataset: h5py.Dataset) -> NDArray[np.object_]:
    """Return a column of texts as str (N,).

    Raises:
        ValueError: its texts are longer than a store has them, or not in UTF-8.
    """
    length = h5py.check_string_dtype(dataset.dtype).length
    if length and length > LONGEST:  # much memory, for which there may be nothing in the file
        raise ValueError(f"texts of {length:,} bytes; at most {LONGEST:,}")
    return dataset.asstr()[:]


def _storable(value: Any) -> bytes:
    """Return UTF-8 that HDF5 can hold: no NUL character, '?' for half of a surrogate pair."""
    text = "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
    return text.replace("\0", "").encode("utf-8", "replace")

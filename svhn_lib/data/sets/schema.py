"""What a store of this schema version holds, and the check that a file holds just that.

Every part is checked before any picture is read, so that all readers (`store`, shards, training,
evaluation) may rely on it; `store_writer` writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.sets.texts import read_text
from svhn_lib.labels import BLANK, DIGITS, MAX_DIGITS

SCHEMA_VERSION = 1
"""Raised whenever what lies in a store changes, so that an old one is refused, not misread."""
FORMAT = "svhn_lib numbers"
_SHAPES: dict[str, tuple[tuple[int, ...], str]] = {
    "lengths": ((), "iu"),
    "digits": ((MAX_DIGITS,), "iu"),
    "boxes": ((MAX_DIGITS, 4), "f"),
    "validation": ((), "b"),
}
"""Shape after the first axis and kinds of dtype of every array but the pictures."""
IN_USE = "another program has this file open to write to it; close it there, and try again"
_MOST_SIDE = 9999


class StoreError(ValueError):
    """A file that is not a whole store of this schema version, or cannot be written."""


def check_store(path: Path, file: h5py.File) -> None:
    """Check format, version, and shape, dtype and range of all parts but the pictures' pixels.

    Raises:
        StoreError: one line with the file, the part and what is wrong with it.
    """
    if not is_store(file):
        raise StoreError(
            f"{path}: an HDF5 file, but not a store of numbers; make one with 'svhn data prepare'"
        )
    with store_part(path, "schema_version"):
        version = int(file.attrs["schema_version"])
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path}: a store of schema version {version}, this library reads {SCHEMA_VERSION}; "
            "make it again with 'svhn data prepare'"
        )
    for name in ("pictures", *_SHAPES):
        if not isinstance(file.get(name), h5py.Dataset):
            _refuse(path, name, "it is not there, or no array")
    for name in ("table", "doubtful", "damaged"):
        if not isinstance(file.get(name), h5py.Group):
            _refuse(path, name, "it is not there, or no table")
    _check_pictures(path, file["pictures"])
    count = len(file["pictures"])
    for name, (shape, kinds) in _SHAPES.items():
        array = file[name]
        if array.shape != (count, *shape):
            _refuse(path, name, f"its shape is {array.shape} in place of {(count, *shape)}")
        if array.dtype.kind not in kinds:
            _refuse(path, name, f"{array.dtype} is a dtype that it cannot have")
    _check_storage(path, file["pictures"])
    for name, column in file["table"].items():
        if not isinstance(column, h5py.Dataset) or column.shape != (count,):
            _refuse(path, f"table/{name}", f"it is no column of {count} rows")
    _check_labels(path, file)
    with store_part(path, "settings"):
        read_settings(file)
    with store_part(path, "source"):
        read_text(file, "source")


def is_store(file: h5py.File) -> bool:
    """Return whether this HDF5 file says that it is a store, of whatever version."""
    try:
        return read_text(file, "format") == FORMAT
    except (KeyError, OSError, RuntimeError, ValueError, TypeError):
        return False


def read_settings(file: h5py.File) -> CropSettings | None:
    """Return how the pictures of a store were cut, where that is known."""
    values = json.loads(read_text(file, "settings"))
    return CropSettings.from_dict(values) if values else None


@contextmanager
def store_part(path: str | Path, name: str) -> Iterator[None]:
    """Turn whatever fails while a part of a store is read into one line that names both."""
    try:
        yield
    except StoreError:
        raise
    except MemoryError as error:
        raise StoreError(
            f"{path}: {name}: {error}; stream it instead, after 'svhn data shards'"
        ) from error
    except Exception as error:  # a damaged file makes h5py raise nearly anything
        _refuse(path, name, f"damaged or cut short ({reason(error)})", error)


def reason(error: Exception) -> str:
    """Return one short line of what h5py or the system says, which may run over several."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else str(error).partition("\n")[0]


def _check_pictures(path: Path, pictures: h5py.Dataset) -> None:
    shape = pictures.shape
    if pictures.dtype != np.uint8:
        _refuse(path, "pictures", f"{pictures.dtype} in place of uint8, 0 to 255")
    if len(shape) != 4 or shape[3] not in (1, 3):
        _refuse(path, "pictures", f"their shape is {shape}, not (N, H, W, 3) or (N, H, W, 1)")
    if not (min(shape[1:3]) >= 1 and max(shape[1:3]) <= _MOST_SIDE):
        _refuse(path, "pictures", f"{shape[1]}x{shape[2]} pixels; a side has 1 to {_MOST_SIDE}")


def _check_storage(path: Path, pictures: h5py.Dataset) -> None:
    """Refuse what is only declared, before memory is taken for it."""
    with store_part(path, "pictures"):
        stored = pictures.id.get_storage_size()
    if pictures.id.get_create_plist().get_nfilters():
        _refuse(path, "pictures", "they are compressed, which a store is not")
    if stored != pictures.nbytes:
        _refuse(path, "pictures", f"{stored:,} bytes in place of {pictures.nbytes:,}")


def _check_labels(path: Path, file: h5py.File) -> None:
    with store_part(path, "lengths"):
        lengths = file["lengths"][:].astype(np.int64)
    with store_part(path, "digits"):
        digits = file["digits"][:].astype(np.int64)
    with store_part(path, "boxes"):
        boxes = file["boxes"][:]
    with store_part(path, "validation"):
        file["validation"][:]
    for row in np.flatnonzero((lengths < 0) | (lengths > MAX_DIGITS)):
        _refuse(path, "lengths", f"number {row} has {lengths[row]} digits, not 0 to {MAX_DIGITS}")
    real = np.arange(MAX_DIGITS) < lengths[:, None]  # (N, MAX_DIGITS)
    right = np.where(real, (digits >= 0) & (digits < DIGITS), digits == BLANK)
    for row in np.flatnonzero(~right.all(axis=1)):
        shown = digits[row].tolist()
        _refuse(path, "digits", f"number {row} of length {lengths[row]} has the classes {shown}")
    for row in np.flatnonzero(np.isinf(boxes).any(axis=(1, 2))):
        _refuse(path, "boxes", f"a box of number {row} is infinite")


def _refuse(path: str | Path, name: str, problem: str, error: Exception | None = None) -> NoReturn:
    raise StoreError(
        f"{path}: {name}: {problem}; delete it and make it again with 'svhn data prepare'"
    ) from error

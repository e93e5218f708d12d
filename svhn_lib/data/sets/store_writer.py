"""Writing a store of crops to HDF5, block by block, beside its place, to be renamed when whole.

What lies in a store is decided here; `store` reads it back.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import h5py
import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.sets.number_set import fingerprint, same_picture, validation_mask
from svhn_lib.data.sets.schema import (
    FORMAT,
    IN_USE,
    SCHEMA_VERSION,
    StoreError,
    is_store,
    reason,
)
from svhn_lib.data.sets.texts import write_text, write_texts
from svhn_lib.files import refuse_unwritable, written


class StoreWriter:
    """Writes a store block by block, in constant memory.

    Used as a context: the store appears when the context is left after `finish`. When it is left
    before, by an error or an interrupt, nothing stays behind, and an older store stays as it was.

    Args:
        path: of the store; its folder is made where missing, an older store is replaced, a link
            is followed.
        picture_shape: height, width and channels of every picture.

    Raises:
        FileExistsError: `path` is a folder or a file that is no store.
        StoreError: it cannot be written, here and in all methods.
    """

    def __init__(self, path: str | Path, picture_shape: tuple[int, ...]) -> None:
        """Check that the folder takes files; nothing is written yet."""
        self.path = Path(path)
        with _writing(self.path):
            refuse_unwritable(Path(os.path.realpath(path)).parent)
        self._shape = picture_shape
        self._finished = False
        self._fingerprints: list[int] = []

    def __enter__(self) -> Self:
        """Begin the file, beside its place."""
        refuse_other_file(self.path)
        with _writing(self.path):
            Path(os.path.realpath(self.path)).parent.mkdir(parents=True, exist_ok=True)
        self._place = written(self.path)
        self._scratch = self._place.__enter__()
        try:
            with _writing(self.path):
                # Format 1.10 keeps the addresses of the chunks in an array, the default in a tree.
                self._disk = _Disk(self._scratch, "w+b")
                self._file = h5py.File(self._disk, "w", libver=("v110", "v110"))
                # One picture a chunk: any picture is one read. Uncompressed: gzip would save 15 %
                # of the space and take most of the speed.
                self._pictures = self._file.create_dataset(
                    "pictures",
                    shape=(0, *self._shape),
                    maxshape=(None, *self._shape),
                    chunks=(1, *self._shape),
                    dtype=np.uint8,
                )
        except BaseException as error:
            self._place.__exit__(type(error), error, None)
            raise
        return self

    def append(self, pictures: NDArray[np.uint8]) -> None:
        """Add pictures, uint8 (n, H, W, C), to the end."""
        with _writing(self.path):
            count = len(self._pictures)
            self._pictures.resize(count + len(pictures), axis=0)
            self._pictures[count:] = pictures
            self._disk.check()
        self._fingerprints += [fingerprint(picture) for picture in pictures]

    def finish(
        self,
        table: DataFrame,
        boxes: NDArray[np.float32],
        *,
        settings: CropSettings | None,
        source: str,
        doubtful: DataFrame,
        damaged: DataFrame,
        validation: float,
        seed: int,
    ) -> NDArray[np.bool_]:
        """Add what belongs to the pictures, and close the file.

        Args:
            table: one row a picture, as in `NumberSet`; labels come from its `number`.
            boxes: float32 (N, MAX_DIGITS, 4) in pixels of the crop.
            settings: as in `NumberSet`, as the next three.
            source: where the pictures come from.
            doubtful: odd rows.
            damaged: pictures that could not be read.
            validation: share of the numbers of each length that is marked for validation.
            seed: of that choice.

        Returns:
            The validation mask, bool (N,).

        Raises:
            StoreError: the file cannot be written.
            ValueError: the parts do not fit each other.
        """
        lengths, digits = labels.encode(table["number"].tolist())
        if not len(lengths) == len(boxes) == len(self._pictures):
            raise ValueError(
                f"{len(self._pictures)} pictures, {len(lengths)} rows, {len(boxes)} rows of boxes"
            )
        pictures = same_picture(table, self._fingerprints)
        mask = validation_mask(lengths.numpy(), validation, seed, pictures)
        with _writing(self.path):
            self._file["lengths"] = lengths.numpy().astype(np.int8)
            self._file["digits"] = digits.numpy().astype(np.int8)
            self._file["boxes"] = boxes
            self._file["validation"] = mask
            for name, frame in (("table", table), ("doubtful", doubtful), ("damaged", damaged)):
                _write_table(self._file.create_group(name, track_order=True), frame)
            split = {"validation": validation, "seed": seed, "stratified": "length"}
            write_text(self._file, "format", FORMAT)
            self._file.attrs["schema_version"] = SCHEMA_VERSION
            write_text(self._file, "settings", json.dumps(asdict(settings) if settings else None))
            write_text(self._file, "source", source)
            write_text(self._file, "split", json.dumps(split))
            self._file.close()
            self._disk.close()
            self._disk.check()
        self._finished = True
        return mask

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the file its name, or take it away."""
        if not self._finished:
            self._file.close()
            self._disk.close()
            error = error or StoreError(f"{self.path}: left before it was finished")
        with _writing(self.path):
            self._place.__exit__(type(error) if error else None, error, traceback)


class _Disk(io.FileIO):
    """A file that keeps its first failure, of a full disk, for us and tells HDF5 nothing of it.

    HDF5 cannot close a file that it could not write, tries again when the process ends, and brings
    it down with a segmentation fault.
    """

    _failure: OSError | None = None

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        try:
            while left:  # the last write before a disk is full may be a short one
                left = left[super().write(left) :]
        except OSError as error:
            self._failure = self._failure or error
        return len(data)

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self._failure = self._failure or error
            return size or 0

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self._failure:
            raise self._failure


def refuse_other_file(path: Path) -> None:
    """Raise FileExistsError where a store would replace a file that is no store."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with h5py.File(path) as file:
            if is_store(file):
                return
    except BlockingIOError as error:
        raise StoreError(f"{path}: {IN_USE}") from error
    except OSError:  # no HDF5 file
        pass
    raise FileExistsError(
        f"{path} is no store, or a damaged one, and would be lost: name another file for the "
        "store, or delete it"
    )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the file into one line that names it."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise StoreError(
            f"{path}: cannot be written ({reason(error)}); check the folder and the disk"
        ) from error


def _write_table(group: h5py.Group, table: DataFrame) -> None:
    """One dataset a column; the names are quoted as in an URL, for HDF5 takes / and . as a path."""
    for name, column in table.items():
        quoted = quote(str(name), safe="").replace(".", "%2E")
        values = column.to_numpy()  # of objects where a nullable column lacks some
        if values.dtype.kind in "iufb":
            group.create_dataset(quoted, data=values)
        else:
            write_texts(group, quoted, column)

"""SVHN's `digitStruct.mat` (MATLAB v7.3) to and from a table with one row per digit box.

Here is what the file's values mean, what makes them valid, and the plain way of reading them
through h5py. The fast way is in `fast.py`, the writer in `write.py`.

Source: Netzer et al. 2011, "Reading digits in natural images with unsupervised feature learning",
and the data set's description of its format 1.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from svhn_lib.data.matlab.fast import FIELDS, Records, Unrecognised, read_fast
from svhn_lib.data.matlab.write import VERSION, write_records
from svhn_lib.files import written

BOX = ("left", "top", "width", "height")
LABEL = FIELDS.index("label")
LONGEST_NAME = 255  # UTF-16 code units; no usual file system takes more

# What h5py raises on damaged files, depending on where it meets the damage.
DAMAGE = (
    *(OSError, RuntimeError, ValueError, LookupError),
    *(TypeError, AttributeError, OverflowError, MemoryError),
)


class DigitStructError(ValueError):
    """A `digitStruct.mat`, or a table to be written as one, that is not what it should be."""


def read_digit_struct(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read all digit boxes of a `digitStruct.mat`, in the order of the file.

    Files as MATLAB lays them out are read at once from their bytes, and a few records that show all
    that is in the file are held against h5py. On any other layout h5py reads every value, which
    takes a hundred times as long.

    Args:
        path: a file of SVHN's Format 1 (Netzer et al. 2011).

    Returns:
        A table with one row per box: `file` (str), `digit` (int8, 0-9; the file stores 10 for a
        zero), `left`, `top`, `width`, `height` (float64, pixels). A record without boxes has one
        row with digit -1 and a box of NaN.

    Raises:
        FileNotFoundError: there is no such file.
        DigitStructError: damage, or values that are no digit boxes; the message names the file,
            and the record where there is one.

    Example:
        >>> import tempfile
        >>> path = f"{tempfile.mkdtemp()}/digitStruct.mat"
        >>> boxes = {"left": [7.0, 15.0], "top": [3.0, 3.0], "width": 8.0, "height": 20.0}
        >>> write_digit_struct(path, pd.DataFrame({"file": "1.png", "digit": [4, 0], **boxes}))
        >>> read_digit_struct(path)["digit"].tolist()
        [4, 0]
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        records = _read(path)
        _check(records)
    except PermissionError:
        raise
    except DAMAGE as error:
        if not h5py.is_hdf5(path):
            hint = "not a MATLAB v7.3 file; unpack it again, or save it with '-v7.3' in MATLAB"
            raise DigitStructError(f"{path}: {hint}") from error
        hint = "the file is damaged or no digitStruct.mat; unpack or download it again"
        raise DigitStructError(f"{path}: {_text_of(error)}; {hint}") from error
    return _to_table(records)


def write_digit_struct(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Write a table such as `read_digit_struct` returns to a MATLAB v7.3 file.

    The layout is MATLAB's own, for MATLAB and for all readers of SVHN. The same table always gives
    the same bytes. They are written beside `path` and renamed.

    Args:
        path: the file; one of MATLAB v7.3 is replaced.
        table: columns `file`, `digit`, `left`, `top`, `width`, `height`, in any order.

    Raises:
        DigitStructError: columns, digits or boxes are not such as `read_digit_struct` returns, or
            rows of one file are not next to each other.
        FileExistsError: `path` is a folder, or a file of another kind.
        OSError: it cannot be written.

    Example:
        See `read_digit_struct`.
    """
    path = Path(path)
    try:
        records = _to_records(table)
        _check(records)
        with written(path, replaces=VERSION) as scratch, scratch.open("wb") as stream:
            write_records(records, stream)
    except ValueError as error:
        raise DigitStructError(f"{path}: cannot write: {error}") from error


def read_plain(path: Path, only: Iterable[int] | None = None) -> Records:
    """Read all records, or those numbered in `only` (from 0), through h5py, value by value.

    Raises:
        ValueError: a record is damaged; the message names it.
        OSError: h5py cannot open the file; it raises other errors as well.
    """
    names: list[str] = []
    boxes = [np.empty((0, len(FIELDS)))]
    with h5py.File(path, "r") as file:
        name_entries = _entries(file["digitStruct"]["name"])
        box_entries = _entries(file["digitStruct"]["bbox"])
        if len(name_entries) != len(box_entries):
            raise ValueError(f"{len(name_entries)} names and {len(box_entries)} records of boxes")
        for number in range(len(name_entries)) if only is None else only:
            try:
                names.append(_name(_object(file, name_entries[number])))
                boxes.append(_boxes(file, _object(file, box_entries[number])))
            except DAMAGE as error:
                raise ValueError(f"record {number + 1}: {_text_of(error)}") from error
    counts = np.array([len(some) for some in boxes[1:]], np.int64)
    return Records(names, counts, np.concatenate(boxes))


def _read(path: Path) -> Records:
    """Return the fast way, if h5py agrees; else the plain way."""
    try:
        records, examples = read_fast(path)
    except Unrecognised:
        return read_plain(path)
    wanted = np.isin(np.repeat(np.arange(len(records.counts)), records.counts), examples)
    part = records.boxes[wanted]
    plain = read_plain(path, examples)
    same = plain.names == [records.names[i] for i in examples]
    same &= plain.counts.tolist() == records.counts[examples].tolist()
    same &= plain.boxes.tobytes() == part.tobytes()
    return records if same else read_plain(path)


def _entries(stored: h5py.Dataset | h5py.Group) -> list[h5py.Reference | h5py.HLObject]:
    """Return the references in a dataset; MATLAB stores a single element itself, not a list."""
    if not isinstance(stored, h5py.Dataset) or not h5py.check_ref_dtype(stored.dtype):
        return [stored]
    if stored.size * 8 > stored.file.id.get_filesize():
        raise ValueError(f"{stored.size} references in {stored.name}")
    return stored[()].ravel().tolist()


def _object(file: h5py.File, entry: h5py.Reference | h5py.HLObject) -> h5py.HLObject:
    return file[entry] if isinstance(entry, h5py.Reference) else entry


def _name(stored: h5py.Dataset) -> str:
    """Return a text: a dataset of UTF-16 code units."""
    if stored.dtype != np.uint16 or not 1 <= stored.size <= LONGEST_NAME:
        raise ValueError(f"the file name is {stored.size} values of {stored.dtype}")
    return stored[()].astype("<u2").tobytes().decode("utf-16-le")


def _boxes(file: h5py.File, stored: h5py.Group | h5py.Dataset) -> NDArray[np.float64]:
    """Return the boxes of one record, (n, 5): a struct, or MATLAB's empty array for none."""
    if isinstance(stored, h5py.Dataset) and stored.attrs.get("MATLAB_empty"):
        return np.empty((0, len(FIELDS)))
    columns = [
        [_number(_object(file, entry)) for entry in _entries(stored[field])] for field in FIELDS
    ]
    if len({len(column) for column in columns}) != 1:
        raise ValueError(f"fields of {[len(column) for column in columns]} values")
    return np.array(columns).T


def _number(stored: h5py.Dataset) -> float:
    if stored.size != 1 or stored.dtype.kind not in "fiu":
        raise ValueError(f"{stored.size} values of {stored.dtype} instead of one number")
    return float(stored[()].item())


def _check(records: Records) -> None:
    """Raise ValueError naming the first record that is not one name with its digit boxes."""
    if not records.names:
        raise ValueError("no records")
    numbers = {name: number for number, name in enumerate(records.names)}
    if len(numbers) != len(records.names):
        number, name = next((i, n) for i, n in enumerate(records.names) if numbers[n] != i)
        raise ValueError(f"records {number + 1} and {numbers[name] + 1} are both of {name!r}")
    for number, name in enumerate(records.names):
        if not 1 <= len(name.encode("utf-16-le")) // 2 <= LONGEST_NAME:
            raise ValueError(f"record {number + 1} has a file name of {len(name)} characters")
    label = records.boxes[:, LABEL]
    wrong_label = ~((label >= 1) & (label <= 10) & (label == np.rint(label)))
    wrong = wrong_label | ~np.isfinite(records.boxes).all(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        number = int(np.searchsorted(np.cumsum(records.counts), row, side="right"))
        what = dict(zip(FIELDS, records.boxes[row].tolist(), strict=True))
        expected = "a label of 1 to 10" if wrong_label[row] else "finite values"
        raise ValueError(
            f"record {number + 1} ({records.names[number]!r}) has a box {what} without {expected}"
        )


def _to_table(records: Records) -> pd.DataFrame:
    rows = np.maximum(records.counts, 1)
    filled = np.repeat(records.counts > 0, rows)
    boxes = np.full((len(filled), len(FIELDS)), np.nan)
    boxes[filled] = records.boxes
    digit = np.full(len(filled), -1, np.int8)
    digit[filled] = records.boxes[:, LABEL] % 10
    columns = {name: boxes[:, FIELDS.index(name)] for name in BOX}
    file = np.repeat(np.array(records.names, object), rows)
    return pd.DataFrame({"file": file, "digit": digit, **columns})


def _to_records(table: pd.DataFrame) -> Records:
    """Return the inverse of `_to_table`, with a ValueError for rows that no file could give."""
    missing = {"file", "digit", *BOX} - set(table.columns)
    if missing:
        raise ValueError(f"no column {', '.join(sorted(missing))}")
    file = table["file"].to_numpy(object)
    if not all(isinstance(name, str) for name in file):
        raise ValueError("file names that are no text")
    digit = table["digit"].to_numpy(np.float64)
    boxes = table[list(BOX)].to_numpy(np.float64)
    empty = digit == -1
    first = np.flatnonzero(np.concatenate([[True], file[1:] != file[:-1]])[: len(file)])
    counts = np.diff(np.append(first, len(file)))
    wrong = ~np.isin(digit, np.arange(-1, 10)) | (empty & ~np.isnan(boxes).all(axis=1))
    wrong |= empty & (np.repeat(counts, counts) > 1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"row {row} ({file[row]!r}) has digit {digit[row]:g}; 0 to 9 with a box are possible, "
            "and -1 with a box of NaN as the only row of its file"
        )
    columns = dict(zip(BOX, boxes.T, strict=True)) | {"label": np.where(digit == 0, 10, digit)}
    stored = np.column_stack([columns[field] for field in FIELDS])
    counts = np.where(empty[first], 0, counts)
    return Records(file[first].tolist(), counts, stored[~empty])


def _text_of(error: BaseException) -> str:
    """Return an error's message, which KeyError puts in quotes."""
    return str(error.args[0]) if error.args else type(error).__name__

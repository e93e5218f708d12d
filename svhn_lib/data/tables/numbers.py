"""The number table, one row a number, from digit boxes or a CSV, and the rules for odd records.

No picture is opened here, so boxes that reach over a picture's right or lower edge are left to
`prepare`, which knows its size; the rules for CSV rows are in `labels_csv`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib.data.matlab.digit_struct import read_digit_struct
from svhn_lib.data.tables.labels_csv import BOX, numbers_from_csv
from svhn_lib.labels import MAX_DIGITS

__all__ = ["BOX", "load_numbers", "numbers_from_boxes", "numbers_from_csv"]


def load_numbers(source: str | Path, whole: bool = False) -> tuple[DataFrame, DataFrame]:
    r"""Read the number table of a split folder that holds digitStruct.mat, or of a LABELS.csv.

    Args:
        source: the folder, or the CSV.
        whole: the pictures of a CSV are whole photos, see `numbers_from_csv`.

    Returns:
        The number table, its `file` column made absolute, and the doubtful rows, both as from
        `numbers_from_boxes` or `numbers_from_csv`.

    Raises:
        FileNotFoundError: there is no such file, or no digitStruct.mat in the folder.
        ValueError: it cannot be read; the message names the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = path.write_text("file,number\na.png,257\n")
        >>> numbers, doubtful = load_numbers(path)
        >>> numbers["number"].tolist(), len(doubtful)
        (['257'], 0)
    """
    source = Path(source)
    if source.is_dir():
        labels, folder = source / "digitStruct.mat", source
        if not labels.is_file():
            raise FileNotFoundError(
                f"{source}: no digitStruct.mat in this folder; give the folder that holds it and "
                "the pictures, or a CSV with the columns file,number"
            )
        numbers, doubtful = numbers_from_boxes(read_digit_struct(labels))
    else:
        folder = source.parent
        numbers, doubtful = numbers_from_csv(source, whole)
    folder = folder.absolute()
    # As objects: the strings of pandas cannot hold a folder's name that is no UTF-8.
    numbers["file"] = pd.Series([str(folder / file) for file in numbers["file"]], dtype=object)
    return numbers, doubtful


def numbers_from_boxes(boxes: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Gather digit boxes, one row a digit as `read_digit_struct` gives them, into numbers.

    A record is dropped that has no box, a label other than 0-9, a box without area, a digit wholly
    left of or above its picture, more than `MAX_DIGITS` digits, or a file that an earlier record
    has. Kept are records whose digits do not run from left to right (in the order of the labels,
    which is how people read them: such numbers stand upright or on a slant), whose boxes reach
    over the left or upper edge (cut off there), and whose value is zero. Leading zeros stay.

    Args:
        boxes: one row a digit: file, digit, left, top, width, height; in pixels.

    Returns:
        The number table: file, number (text), left, top, right, bottom (float64, pixels) of all
        digits together, digit_boxes (object: float32 (digits, 4), left, top, right, bottom).
        The doubtful records, none of them silent: file, problem, action.

    Example:
        >>> columns = ["file", "digit", "left", "top", "width", "height"]
        >>> digits = [("1.png", 1, 5, 2, 4, 9), ("1.png", 9, 10, 3, 6, 9)]
        >>> numbers, doubtful = numbers_from_boxes(DataFrame(digits, columns=columns))
        >>> numbers["number"].tolist(), numbers[BOX].to_numpy().tolist()
        (['19'], [[5.0, 2.0, 16.0, 12.0]])
    """
    if boxes.empty:
        return _number_table([], [], np.empty((0, 4)), []), _doubtful([])
    files = boxes["file"].to_numpy(object)
    starts = np.flatnonzero(np.r_[True, files[1:] != files[:-1]])
    digits = boxes["digit"].to_numpy(np.int64)
    corners = boxes[["left", "top", "width", "height"]].to_numpy(np.float64, copy=True)
    corners[:, 2:] += corners[:, :2]  # width and height become right and bottom
    dropped, doubtful = _judge(files[starts], starts, digits, corners)

    corners[:, :2] = np.maximum(corners[:, :2], 0)
    outer = np.hstack(
        [np.minimum.reduceat(corners[:, :2], starts), np.maximum.reduceat(corners[:, 2:], starts)]
    )
    digit_boxes = np.split(corners.astype(np.float32), starts[1:])
    texts = [_text(record) for record in np.split(digits, starts[1:])]
    kept = np.flatnonzero(~dropped)
    numbers = _number_table(
        files[starts[kept]].tolist(),
        [texts[i] for i in kept],
        outer[kept],
        [digit_boxes[i] for i in kept],
    )
    return numbers, doubtful


def _judge(
    names: NDArray[np.object_],
    starts: NDArray[np.intp],
    digits: NDArray[np.int64],
    corners: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], DataFrame]:
    """Apply the rules to every record; return which are dropped (R,) and the doubtful table."""
    left, top, right, bottom = corners.T
    counts = np.diff(np.r_[starts, len(digits)])

    def any_box(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.logical_or.reduceat(flags, starts)

    centres = (left + right) / 2
    backwards = np.r_[False, centres[1:] <= centres[:-1]]
    backwards[starts] = False
    empty = (counts == 1) & (digits[starts] == -1)
    zero = ~any_box(digits != 0)
    rules = [
        (empty, "no digit box", "dropped"),
        (pd.Series(names).duplicated().to_numpy(), "file listed before", "dropped"),
        (any_box((digits < 0) | (digits > 9)), "a label that is not a digit", "dropped"),
        # not (a > b): so that NaN counts as no area
        (any_box(~((right > left) & (bottom > top))), "a digit box without area", "dropped"),
        (any_box((right <= 0) | (bottom <= 0)), "a digit outside the picture", "dropped"),
        (counts > MAX_DIGITS, f"more than {MAX_DIGITS} digits", "dropped"),
        (zero, "the value is zero", "kept"),
        (any_box((left < 0) | (top < 0)), "a box reaches outside the picture", "clipped"),
        (any_box(backwards), "digits not from left to right", "kept in the labelled order"),
    ]
    dropped = np.zeros(len(names), dtype=bool)
    found: list[tuple[int, str, str]] = []
    for holds, problem, action in rules:
        holds = holds & ~dropped
        found += [(int(record), problem, action) for record in np.flatnonzero(holds)]
        if action == "dropped":
            dropped |= holds
    found.sort(key=lambda row: row[0])
    return dropped, _doubtful([(names[record], *rest) for record, *rest in found])


def _text(digits: NDArray[np.int64]) -> str:
    return "".join(str(digit) for digit in digits.tolist())


def _number_table(
    files: list[str],
    numbers: list[str],
    boxes: NDArray[np.float64],
    digit_boxes: list[NDArray[np.float32]],
) -> DataFrame:
    table = DataFrame({"file": files, "number": numbers})
    table[BOX] = boxes
    table["digit_boxes"] = pd.Series(digit_boxes, dtype=object)
    return table


def _doubtful(rows: list[tuple[object, ...]]) -> DataFrame:
    return DataFrame(rows, columns=pd.Index(["file", "problem", "action"]))

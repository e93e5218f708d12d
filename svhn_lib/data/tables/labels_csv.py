"""Numbers of a person's own pictures, from a CSV: read strictly, every bad row named and left out.

The table that comes out is the one of `numbers`; the pictures are not opened.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from svhn_lib.data.tables.csv_checks import (
    WANTED,
    GivenBox,
    Remark,
    refuse_other_units,
    settle_repeats,
)
from svhn_lib.labels import MAX_DIGITS

BOX = ["left", "top", "right", "bottom"]
_OTHER_BOX = re.compile(
    r"(bbox|box)?[_ ]?([xy]|[wh]|width|height|([xy]|w|h)[_ ]?(min|max|cent(er|re)|[0-3])|"
    r"(min|max)[_ ]?[xy]|c[xy]|cent(er|re)[_ ]?[xy]|(x|y)[a-d]|[xy][tlbr]{1,2})|bbox|box|rect|roi",
    re.IGNORECASE,
)
"""Names that other tables give to a box or its parts."""
NO_NUMBER = "no number, as of a photo that shows none"
RESERVED = ("line", "digit_boxes", "window_left", "window_top", "window_right", "window_bottom")
"""Columns that the library adds to a number table; a CSV may not bring its own of these names."""


def numbers_from_csv(path: str | Path, whole: bool = False) -> tuple[DataFrame, DataFrame]:
    r"""Read `file,number[,left,top,right,bottom]`, one row a number; further columns are kept.

    Numbers are text, so that leading zeros stay. A box is that of the whole number in pixels of
    the picture as a viewer shows it; an empty box means that the picture is cut already. A row
    that cannot be used is dropped and reported with its line; the others are kept. A row with
    neither number nor box is a photo that shows none, and is left out. Of rows with the same file
    and box one is kept where their numbers agree (see `settle_repeats`).

    Args:
        path: of the CSV.
        whole: the pictures are whole photos: an empty box is not known, several rows of a file
            are several numbers, and an empty number says that there is none in the photo.

    Returns:
        The number table: file (as written), number, left, top, right, bottom (NaN where empty),
        digit_boxes (None), line (int), then the further columns as text.
        The doubtful rows: line, file, problem, action.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a CSV in UTF-8, a column is missing, or most boxes are not in pixels.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = path.write_text("file,number\na.png,007\nb.png,12x\n")
        >>> numbers, doubtful = numbers_from_csv(path)
        >>> numbers["number"].tolist()
        ['007']
        >>> doubtful["problem"].tolist()
        ["number '12x' is not made of the digits 0-9"]
    """
    kept: list[dict[str, object]] = []
    doubtful: list[Remark] = []
    boxes: list[GivenBox] = []
    columns: list[str] = []
    for line, fields in _csv_rows(path):
        if not columns:
            columns = _check_header(path, fields)
            continue
        values = dict(zip(columns, fields, strict=False))
        file = values.get("file", "")
        if not whole and _shows_none(values):
            doubtful.append((line, file, NO_NUMBER, "left out"))
            continue
        try:
            if len(fields) != len(columns):
                raise ValueError(f"{len(fields)} fields where the header has {len(columns)}")
            boxes += _given_box(line, values)
            row, remarks = _read_row(values, whole)
        except ValueError as error:
            doubtful.append((line, file, str(error), "dropped"))
            continue
        kept.append({**row, "line": line})
        doubtful += [(line, file, problem, action) for problem, action in remarks]
    if not columns:
        raise ValueError(f"{path}: the file is empty; the first line names the columns file,number")
    refuse_other_units(path, boxes)
    further = [column for column in columns if column not in ("file", "number", *BOX)]
    names = ["file", "number", *BOX, "digit_boxes", "line", *further]
    numbers = DataFrame(kept, columns=pd.Index(names)).astype(
        {**dict.fromkeys(BOX, float), "line": int}
    )
    numbers, repeats = settle_repeats(numbers, Path(path).parent, whole)
    doubtful = sorted([*doubtful, *repeats], key=lambda remark: remark[0])
    return numbers, DataFrame(doubtful, columns=pd.Index(["line", "file", "problem", "action"]))


def _csv_rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the stripped fields of every row that is not blank."""
    try:
        # utf-8-sig: spreadsheet programs put a byte order mark in front
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows, line = csv.reader(file, strict=True, skipinitialspace=True), 1
            for fields in rows:
                fields = [field.strip() for field in fields]
                if any(fields):
                    yield line, fields
                line = rows.line_num + 1
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{path}: no such file; give a CSV with the columns file,number or a folder that holds "
            "digitStruct.mat"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: {_why_no_text(path)}") from error
    except csv.Error as error:
        raise ValueError(f"{path}, line {rows.line_num}: {error}; check the quotes") from error


def _why_no_text(path: str | Path) -> str:
    with open(path, "rb") as file:
        begin = file.read(8)
    if begin == b"\x89HDF\r\n\x1a\n":
        return (
            "this is a store, not a table of labels; give it to a command that takes STORE.h5, or "
            "give the table that it was made from"
        )
    if begin.startswith(b"MATLAB"):
        return "this is a file of MATLAB; give the folder that holds digitStruct.mat"
    return "this is no text in UTF-8; save the table as CSV UTF-8"


def _check_header(path: str | Path, names: list[str]) -> list[str]:
    """Return the column names, the known ones in lower case; ValueError says what is missing."""
    known = ("file", "number", *BOX)
    names = [name.lower() if name.lower() in known else name for name in names]
    needed = known if any(name in names for name in BOX) else known[:2]
    missing = [name for name in needed if name not in names]
    if missing:
        hint = (
            "separate them with commas" if len(names) == 1 else "the first line names the columns"
        )
        raise ValueError(
            f"{path}: no column {', '.join(missing)} (there is: {', '.join(names)}); {hint}"
        )
    other = [name for name in names if _OTHER_BOX.fullmatch(name)]
    if other and needed != known:
        raise ValueError(
            f"{path}: columns {', '.join(other)} look like a box, which has other names here; "
            f"{WANTED}, or rename them"
        )
    wrong = [name for name in names if not name or name in RESERVED or names.count(name) > 1]
    if wrong:
        raise ValueError(
            f"{path}: column {wrong[0]!r} is nameless, there twice or reserved; rename it"
        )
    return names


def _shows_none(values: dict[str, str]) -> bool:
    """Whether a row names a file and says nothing else of it."""
    return bool(values.get("file")) and not any(values.get(name) for name in ("number", *BOX))


def _given_box(line: int, values: dict[str, str]) -> list[GivenBox]:
    """Return the box of a row where it gives four numbers, whatever they mean."""
    try:
        left, top, right, bottom = (float(values.get(side, "")) for side in BOX)
    except ValueError:
        return []
    sides = (left, top, right, bottom)
    return [GivenBox(line, sides)] if all(map(math.isfinite, sides)) else []


def _read_row(
    values: dict[str, str], whole: bool
) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """Check one row; return its values and remarks (problem, action). ValueError: unusable."""
    number = values["number"]
    if not values["file"]:
        raise ValueError("no file named")
    if "\0" in values["file"]:
        raise ValueError("a NUL character in the file's name")
    if not (number.isascii() and number.isdigit()) and (number or not whole):
        raise ValueError(f"number {number!r} is not made of the digits 0-9")
    if len(number) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits")
    remarks = []
    if number and not number.strip("0"):
        remarks.append(("the value is zero", "kept"))
    left, top, right, bottom = _read_box([values.get(side, "") for side in BOX])
    if left < 0 or top < 0:
        remarks.append(("a box reaches outside the picture", "clipped"))
        left, top = max(left, 0.0), max(top, 0.0)
    box = dict(zip(BOX, (left, top, right, bottom), strict=True))
    return {**values, **box, "digit_boxes": None}, remarks


def _read_box(texts: list[str]) -> tuple[float, float, float, float]:
    """Return four texts as a box, NaN where all are empty; ValueError where it is not a box."""
    if not any(texts):
        return math.nan, math.nan, math.nan, math.nan
    shown = ",".join(texts)
    try:
        left, top, right, bottom = (float(text) for text in texts)
    except ValueError:
        raise ValueError(f"box {shown}: not four numbers") from None
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise ValueError(f"box {shown}: not four numbers")
    if right <= left or bottom <= top:
        raise ValueError(f"box {shown}: right must be larger than left, bottom than top")
    if right <= 0 or bottom <= 0:
        raise ValueError(f"box {shown}: outside the picture")
    return left, top, right, bottom

"""Labels as they are after a person has looked: a new `labels.csv` from a set and its marks.

`svhn data prepare` takes the file; what was marked is kept in `marks`.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame

from svhn_lib.analysis.marks import LABEL_WRONG, Key, Mark, Marks
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.tables.names import as_column, refuse_no_utf8
from svhn_lib.files import written

_BOX = ["left", "top", "right", "bottom"]


class Corrected(NamedTuple):
    """Labels after the marks.

    Attributes:
        labels: file (absolute where the set says where it came from), number, and left, top,
            right, bottom in pixels of the picture, NaN where it came cut.
        changed: rows of `labels` whose number is another than before.
        left_out: rows of the set that are not in `labels`: marked as wrong, with no right number.

    Example:
        >>> rows = DataFrame({"file": ["1.png"], "number": ["251"]})
        >>> Corrected(rows, changed=1, left_out=0).labels["number"].tolist()
        ['251']
    """

    labels: DataFrame
    changed: int
    left_out: int


def correct_labels(
    numbers: NumberSet | DataFrame, marks: Marks | str | os.PathLike[str]
) -> Corrected:
    """Return the labels of a set with what was marked as wrong set right, or left out.

    A row that is marked 'label wrong' gets the number that was given for it; without one it is left
    out, for its label is known to be wrong. Other marks change nothing.

    Args:
        numbers: the set that was looked at, or its table.
        marks: what was marked, or the file of it.

    Raises:
        FileNotFoundError: there is no such file of marks.
        ValueError: the file holds anything but marks.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "marks.csv"
        >>> Marks(file).put(Mark("1.png", "257", "251", "label wrong", correct="251"))
        >>> table = DataFrame({"file": ["1.png", "2.png"], "number": ["257", "8"]})
        >>> correct_labels(table, file).labels["number"].tolist()
        ['251', '8']
    """
    table = numbers if isinstance(numbers, DataFrame) else numbers.table
    if not isinstance(marks, Marks):
        if not Path(marks).is_file():
            raise FileNotFoundError(f"{marks}: no such file of marks; mark something first")
        marks = Marks(marks)
    right = _right_numbers(table, marks.known)
    kept = [number is not None for number in right]
    labels = table.reindex(columns=pd.Index(["file", "number", *_BOX]))
    folder = _folder(numbers)
    files = [os.path.normpath(os.path.join(folder, str(file))) for file in table["file"]]
    labels["file"] = as_column(files).set_axis(labels.index)
    labels["number"] = pd.Series(right, index=table.index, dtype=object)
    changed = sum(
        new is not None and new != old for new, old in zip(right, table["number"], strict=True)
    )
    return Corrected(labels[kept].reset_index(drop=True), changed, kept.count(False))


def _right_numbers(table: DataFrame, known: Mapping[Key, Mark]) -> list[str | None]:
    """For each row the number that it shows; None where only the wrong one is known."""
    right: list[str | None] = []
    for file, number in zip(table["file"], table["number"], strict=True):
        mark = known.get((str(file), str(number)))
        wrong = mark is not None and mark.mark == LABEL_WRONG
        right.append((mark.correct or None) if mark and wrong else str(number))
    return right


def _folder(numbers: NumberSet | DataFrame) -> str:
    """Where the files of a set lie, '' where it does not say."""
    source = "" if isinstance(numbers, DataFrame) else numbers.source
    return source if not source or os.path.isdir(source) else os.path.dirname(source)


def write_labels(labels: DataFrame, path: str | os.PathLike[str]) -> None:
    """Write labels as a CSV for `svhn data prepare`; the file appears when it is whole.

    Args:
        labels: as in `Corrected`. Files are written relative to the folder of `path` where they lie
            in it, otherwise as they are.
        path: of the CSV; only a CSV of labels is replaced.

    Raises:
        FileExistsError: `path` is a folder, or a file of another kind.
        ValueError: a picture's name is no UTF-8, as the CSV is.
        OSError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> write_labels(DataFrame({"file": ["1.png"], "number": ["007"]}), path)
        >>> path.read_text().splitlines()
        ['file,number', '1.png,007']
    """
    path = Path(path)
    folder = os.path.join(os.path.abspath(path.parent), "")
    boxed = set(_BOX) <= set(labels.columns) and labels[_BOX].notna().any(axis=None)
    columns = ["file", "number", *(_BOX if boxed else [])]
    files = [str(file).removeprefix(folder) for file in labels["file"]]
    refuse_no_utf8(files, path)
    rows = labels[columns].astype(object).where(labels[columns].notna(), "")
    rows["file"] = files
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        written(path, replaces=b"file,number") as scratch,
        scratch.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file).writerows([columns, *rows.itertuples(index=False)])

"""What becomes of the rows of a number table while they are cut: kept, clipped, dropped, damaged.

Where the crops go is up to the caller, `prepare`; rules that need no picture are in `tables`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings, to_crop
from svhn_lib.data.cutting.workers import Cut, Job, cut_all
from svhn_lib.data.tables.csv_checks import WANTED
from svhn_lib.data.tables.names import as_column
from svhn_lib.data.tables.numbers import BOX, load_numbers

Progress: TypeAlias = Callable[[int, int], None]
"""Called after every block of pictures with those done and the total."""
Source: TypeAlias = str | Path | DataFrame
"""A split folder with digitStruct.mat, a LABELS.csv, or a number table with absolute files."""
LEAST_SIDE = 3
"""Pixels of a number's box. The smallest of SVHN's 46,470 are 3 pixels wide."""


class SourceRows(NamedTuple):
    """The rows of a source.

    Attributes:
        table: its number table, N rows, with absolute files.
        files: N file names as they are shown: relative to the source.
        doubtful: remarks of the tables' rules, as records.
        source: the folder or CSV, or '' for a table.
    """

    table: DataFrame
    files: list[str]
    doubtful: list[dict[Any, Any]]
    source: str


@dataclass(frozen=True)
class CutRows:
    """What became of the rows of a source: K were cut.

    Attributes:
        table: K rows, as in `NumberSet`.
        boxes: float32 (K, MAX_DIGITS, 4), digit boxes in pixels of the crop, NaN after the last.
        doubtful: rows dropped, clipped or kept though odd: [line,] file, problem, action.
        damaged: pictures that could not be read: [line,] file, problem.
        source: the folder or CSV, or '' for a table.
    """

    table: DataFrame
    boxes: NDArray[np.float32]
    doubtful: DataFrame
    damaged: DataFrame
    source: str


def load_rows(source: Source) -> SourceRows:
    """Read the number table of a source.

    Raises:
        FileNotFoundError: there is no such source.
        ValueError: it cannot be read, a column is missing or a number does not fit.
    """
    if isinstance(source, DataFrame):
        missing = {"file", "number", *BOX, "digit_boxes"} - set(source.columns)
        if missing:
            names = ", ".join(sorted(missing))
            raise ValueError(f"a number table without {names}; see load_numbers")
        table, doubtful, name, prefix = source.reset_index(drop=True), DataFrame(), "", ""
    else:
        table, doubtful = load_numbers(source)
        path = Path(source).absolute()
        name = str(path)
        prefix = str(path if path.is_dir() else path.parent) + os.sep
    labels.encode(table["number"].tolist())  # a number that does not fit fails here, early
    files = [str(file).removeprefix(prefix) for file in table["file"]]
    return SourceRows(table, files, doubtful.to_dict("records"), name)


def cut_rows(
    rows: SourceRows,
    settings: CropSettings,
    keep: Callable[[NDArray[np.uint8]], None],
    workers: int | None = None,
    progress: Progress | None = None,
) -> CutRows:
    """Cut all rows and hand the crops, in order, to `keep`.

    Args:
        rows: what to cut.
        settings: how.
        keep: called with uint8 (n, h, w, channels), block after block; K crops in all.
        workers: processes; None for one a core where that pays, 1 for none.
        progress: see `Progress`.

    Raises:
        ValueError: not one row can be used, or most boxes of a CSV lie outside their pictures.
        ChildProcessError: a worker was killed.
    """
    table = rows.table
    boxes, digit_boxes = table[BOX].to_numpy(np.float64), _padded(table["digit_boxes"])
    remarks = _Remarks(rows)
    kept: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    done = 0
    with closing(cut_all(_jobs(table), settings, workers)) as cuts:
        for cut in cuts:
            used = remarks.judge(cut, boxes[cut.jobs], digit_boxes[cut.jobs])
            keep(cut.crops if used.all() else cut.crops[used])
            kept.append((cut.jobs[used], cut.windows[used], cut.sizes[used]))
            done += cut.done
            if progress:
                progress(done, len(table))
    remarks.refuse_where_useless(sum(len(jobs) for jobs, _, _ in kept))
    jobs, windows, sizes = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    limits = np.tile(sizes[:, ::-1], 2)  # (K, 4)
    cut_table = table.iloc[jobs].drop(columns="digit_boxes").reset_index(drop=True)
    cut_table["file"] = as_column([rows.files[row] for row in jobs])
    cut_table[BOX] = np.clip(boxes[jobs], 0, limits)
    cut_table[[f"window_{side}" for side in BOX]] = windows
    inside = np.clip(digit_boxes[jobs], 0, limits[:, None])
    return CutRows(
        cut_table,
        to_crop(inside, windows[:, None], settings.size),
        remarks.table(remarks.doubtful, "problem", "action"),
        remarks.table(remarks.damaged, "problem"),
        rows.source,
    )


def _jobs(table: DataFrame) -> list[Job]:
    boxes = table[BOX].to_numpy(np.float64)
    given = ~np.isnan(boxes).any(axis=1)
    rows = zip(table["file"], boxes.tolist(), given, strict=True)
    return [Job(str(file), tuple(box) if has_box else None) for file, box, has_box in rows]


class _Remarks:
    """What is to be said of the rows, gathered block by block."""

    def __init__(self, rows: SourceRows) -> None:
        self._rows = rows
        self.doubtful = list(rows.doubtful)
        self.damaged: list[dict[Any, Any]] = []
        self._boxed = self._far = 0
        self._seen: dict[int, int] = {}  # the first row of each crop
        self._numbers = rows.table["number"].tolist()
        self._lines = rows.table["line"].tolist() if "line" in rows.table else None

    def judge(
        self, cut: Cut, boxes: NDArray[np.float64], digit_boxes: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Note the odd rows of a block; return which of its K crops are used, bool (K,)."""
        for row, message in cut.unreadable:
            problem = message.removeprefix(f"{self._rows.table['file'][row]}: ")
            self.damaged.append({**self._where(row), "problem": problem})
        for row, problem in cut.outside:
            self._doubt(row, problem, "dropped")
        height, width = cut.sizes.T[:, :, None]  # (K, 1) each
        left, top, right, bottom = np.moveaxis(digit_boxes, 2, 0)  # (K, D) each
        lost = ((left >= width) | (top >= height) | (right <= 0) | (bottom <= 0)).any(axis=1)
        limits = np.tile(cut.sizes[:, ::-1], 2)  # (K, 4)
        inside = np.clip(boxes, 0, limits)
        sides = inside[:, 2:] - inside[:, :2]
        with np.errstate(over="ignore"):  # a typing error of 300 digits is a large box, too
            area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        small = (sides < LEAST_SIDE).any(axis=1)
        self._boxed += len(cut.outside) + int((~np.isnan(boxes).any(axis=1)).sum())
        self._far += len(cut.outside) + int((2 * sides.prod(axis=1) < area).sum())
        for row in cut.jobs[lost]:
            self._doubt(row, "a digit outside the picture", "dropped")
        for row in cut.jobs[small & ~lost]:
            self._doubt(row, f"a box of less than {LEAST_SIDE} pixels in the picture", "dropped")
        for row in cut.jobs[
            (inside != boxes).any(axis=1) & ~np.isnan(boxes[:, 0]) & ~lost & ~small
        ]:
            self._doubt(row, "a box reaches outside the picture", "clipped")
        used = ~(lost | small)
        for row, crop in zip(cut.jobs[used], cut.crops[used], strict=True):
            self._compare(int(row), self._seen.setdefault(hash(crop.tobytes()), int(row)))
        return used

    def _compare(self, row: int, first: int) -> None:
        """Say where a picture, under another name or not, came before with the same box."""
        if row != first:
            which = "the same" if self._numbers[row] == self._numbers[first] else "another"
            self._doubt(row, f"the picture of a row before, with {which} number", "kept")

    def refuse_where_useless(self, count: int) -> None:
        """Raise ValueError where no row is left, or a CSV's boxes belong to other pictures."""
        name = self._rows.source or "the table"
        problems = [*self.damaged, *self.doubtful]
        if not count and not problems:
            raise ValueError(f"{name}: it holds no number")
        if not count:
            first = problems[0]
            place = f"line {first['line']}, " if "line" in first else ""
            raise ValueError(
                f"{name}: not one of its numbers could be used; the first problem: {place}"
                f"{first['file']}: {first['problem']}"
            )
        if self._lines is not None and 2 * self._far > self._boxed:
            raise ValueError(
                f"{name}: {self._far} of {self._boxed} boxes lie for the most part outside their "
                f"pictures, as those of another size of the pictures would; {WANTED}"
            )

    def table(self, rows: list[dict[Any, Any]], *columns: str) -> DataFrame:
        first = ["file"] if self._lines is None else ["line", "file"]
        names = [*first, *columns]
        if not rows:
            return DataFrame(columns=pd.Index(names))
        frame = DataFrame({name: _column([row[name] for row in rows]) for name in names})
        return frame.sort_values("line", kind="stable", ignore_index=True) if first[1:] else frame

    def _doubt(self, row: int, problem: str, action: str) -> None:
        self.doubtful.append({**self._where(row), "problem": problem, "action": action})

    def _where(self, row: int) -> dict[str, Any]:
        line = {} if self._lines is None else {"line": int(self._lines[row])}
        return {**line, "file": self._rows.files[row]}


def _column(values: list[Any]) -> pd.Series:
    return as_column(values) if isinstance(values[0], str) else pd.Series(values)


def _padded(digit_boxes: pd.Series) -> NDArray[np.float64]:
    """Return digit boxes as (N, MAX_DIGITS, 4), NaN after the last and where they are not known."""
    padded = np.full((len(digit_boxes), labels.MAX_DIGITS, 4), np.nan)
    for row, boxes in enumerate(digit_boxes):
        if not pd.api.types.is_scalar(boxes):  # None or NaN, as of a table that was joined
            padded[row, : len(boxes)] = boxes
    return padded

"""What becomes of the rows of a number table while they are cut: kept, clipped, dropped, damaged.

Where the crops go is up to the caller, `prepare`; rules that need no picture are in `numbers`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib import labels
from svhn_lib.data.cutting.crops import CropSettings, to_crop
from svhn_lib.data.cutting.workers import Cut, Job, cut_all
from svhn_lib.data.tables.numbers import BOX, load_numbers

Progress: TypeAlias = Callable[[int, int], None]
"""Called after every block of pictures with those done and the total."""
Source: TypeAlias = str | Path | DataFrame
"""A split folder with digitStruct.mat, a LABELS.csv, or a number table with absolute files."""


class Rows:
    """The rows of a source and what becomes of them while they are cut.

    Attributes:
        table: the number table of the source.
        source: the folder or CSV, or '' for a table.
    """

    def __init__(self, source: Source) -> None:
        if isinstance(source, DataFrame):
            _check_columns(source)
            self.table, doubtful, self.source = source.reset_index(drop=True), DataFrame(), ""
            prefix = ""
        else:
            self.table, doubtful = load_numbers(source)
            path = Path(source).absolute()
            self.source = str(path)
            prefix = str(path if path.is_dir() else path.parent) + os.sep
        labels.encode(self.table["number"].tolist())  # a number that does not fit fails here, early
        self._names = [str(file).removeprefix(prefix) for file in self.table["file"]]
        self._boxes = self.table[BOX].to_numpy(np.float64)
        self._digit_boxes = _padded(self.table["digit_boxes"])
        self._doubtful: list[dict[Any, Any]] = doubtful.to_dict("records")
        self._damaged: list[dict[Any, Any]] = []
        self._kept: list[NDArray[np.int64]] = []
        self._windows: list[NDArray[np.float64]] = []
        self._sizes: list[NDArray[np.float64]] = []

    def cut(
        self,
        settings: CropSettings,
        keep: Callable[[NDArray[np.uint8]], None],
        workers: int | None,
        progress: Progress | None,
    ) -> None:
        """Cut all rows and hand the crops, in order, to `keep`; ValueError where none is left."""
        done = 0
        with closing(cut_all(self._jobs(), settings, workers)) as cuts:
            for cut in cuts:
                self._note(cut)
                seen = self._seen(cut)
                keep(cut.crops if seen.all() else cut.crops[seen])
                self._kept.append(cut.jobs[seen])
                self._windows.append(cut.windows[seen])
                self._sizes.append(cut.sizes[seen])
                done += cut.done
                if progress:
                    progress(done, len(self.table))
        if not sum(map(len, self._kept)):
            raise ValueError(f"{self.source or 'the table'}: {self._why_nothing()}")

    def _jobs(self) -> list[Job]:
        given = ~np.isnan(self._boxes).any(axis=1)
        rows = zip(self.table["file"], self._boxes.tolist(), given, strict=True)
        return [Job(str(file), tuple(box) if has_box else None) for file, box, has_box in rows]

    def _note(self, cut: Cut) -> None:
        """Write down the rows of a block that gave no crop."""
        for row, message in cut.unreadable:
            problem = message.removeprefix(f"{self.table['file'][row]}: ")
            self._damaged.append({**self._where(row), "problem": problem})
        for row, problem in cut.outside:
            self._doubt(row, problem, "dropped")

    def _seen(self, cut: Cut) -> NDArray[np.bool_]:
        """Which crops of a block show all their digits, bool (K,); notes those with odd boxes."""
        height, width = cut.sizes.T[:, :, None]  # (K, 1) each
        left, top, right, bottom = np.moveaxis(self._digit_boxes[cut.jobs], 2, 0)  # (K, D) each
        lost = ((left >= width) | (top >= height) | (right <= 0) | (bottom <= 0)).any(axis=1)
        box = self._boxes[cut.jobs]
        over = (box[:, :2] < 0).any(axis=1) | (box[:, 2:] > cut.sizes[:, ::-1]).any(axis=1)
        for row in cut.jobs[lost]:
            self._doubt(row, "a digit outside the picture", "dropped")
        for row in cut.jobs[over & ~lost]:
            self._doubt(row, "a box reaches outside the picture", "clipped")
        return ~lost

    def results(self, settings: CropSettings) -> tuple[DataFrame, NDArray[np.float32]]:
        """The table of the rows that were cut, and their digit boxes in crop pixels."""
        kept = np.concatenate(self._kept)
        windows, sizes = np.concatenate(self._windows), np.concatenate(self._sizes)
        limits = np.tile(sizes[:, ::-1], 2)  # (N, 4)
        table = self.table.iloc[kept].drop(columns="digit_boxes").reset_index(drop=True)
        table["file"] = [self._names[row] for row in kept]
        table[BOX] = np.clip(self._boxes[kept], 0, limits)
        table[[f"window_{side}" for side in BOX]] = windows
        boxes = np.clip(self._digit_boxes[kept], 0, limits[:, None])
        return table, to_crop(boxes, windows[:, None], settings.size)

    def doubtful_table(self) -> DataFrame:
        """Rows dropped, clipped or kept though odd: [line,] file, problem, action."""
        return self._sorted(self._doubtful, "problem", "action")

    def damaged_table(self) -> DataFrame:
        """Pictures that could not be read: [line,] file, problem."""
        return self._sorted(self._damaged, "problem")

    def _sorted(self, rows: list[dict[Any, Any]], *columns: str) -> DataFrame:
        first = ["line", "file"] if "line" in self.table else ["file"]
        frame = DataFrame(rows, columns=pd.Index([*first, *columns]))
        return frame.sort_values("line", kind="stable", ignore_index=True) if first[1:] else frame

    def _doubt(self, row: int, problem: str, action: str) -> None:
        self._doubtful.append({**self._where(row), "problem": problem, "action": action})

    def _where(self, row: int) -> dict[str, Any]:
        line = {"line": int(self.table["line"][row])} if "line" in self.table else {}
        return {**line, "file": self._names[row]}

    def _why_nothing(self) -> str:
        problems = [*self._damaged, *self._doubtful]
        if not problems:
            return "it holds no number"
        place = f"line {problems[0]['line']}, " if "line" in problems[0] else ""
        return (
            f"not one of its numbers could be used; the first problem: {place}"
            f"{problems[0]['file']}: {problems[0]['problem']}"
        )


def _check_columns(table: DataFrame) -> None:
    missing = {"file", "number", *BOX, "digit_boxes"} - set(table.columns)
    if missing:
        raise ValueError(f"a number table without {', '.join(sorted(missing))}; see load_numbers")


def _padded(digit_boxes: pd.Series) -> NDArray[np.float64]:
    """Digit boxes as (N, MAX_DIGITS, 4), NaN after the last digit and where they are not known."""
    padded = np.full((len(digit_boxes), labels.MAX_DIGITS, 4), np.nan)
    for row, boxes in enumerate(digit_boxes):
        if boxes is not None:
            padded[row, : len(boxes)] = boxes
    return padded

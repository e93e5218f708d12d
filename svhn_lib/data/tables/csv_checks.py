"""What is checked of a CSV of labels as a whole: the unit of its boxes, and rows that repeat.

Single rows are read and judged in `labels_csv`; boxes against their pictures in `rows`.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd
from pandas import DataFrame

WANTED = "give left,top,right,bottom in pixels of the picture, from its upper left corner"
REPEATED = "the same number and box as in a row before"
CONTRADICTED = "another row gives another number for the same box"
Remark: TypeAlias = tuple[int, str, str, str]
"""Line, file, problem, action."""
_SIDES = ["left", "top", "right", "bottom"]


class GivenBox(NamedTuple):
    """A box as a row gives it, right or wrong."""

    line: int
    sides: tuple[float, float, float, float]


def refuse_other_units(path: str | Path, boxes: list[GivenBox]) -> None:
    """Raise ValueError where most boxes are no left,top,right,bottom in pixels.

    Shares of the picture (0 to 1, also YOLO's centre and size) are known by their range; width and
    height in place of right and bottom by boxes that end before they begin.
    """
    shares = [box for box in boxes if max(map(abs, box.sides)) <= 1.5]
    if 2 * len(shares) > len(boxes):
        raise ValueError(
            f"{path}: {_count(shares, boxes)} within 0 to 1 ({_first(shares)}), as shares of the "
            f"picture would be; multiply by its width and height: {WANTED}"
        )
    turned = [box for box in boxes if _ends_before_it_begins(*box.sides)]
    if 2 * len(turned) > len(boxes) or (len(turned) > 1 and 4 * len(turned) >= len(boxes)):
        raise ValueError(
            f"{path}: {_count(turned, boxes)} with right or bottom not beyond left or top "
            f"({_first(turned)}), as with left,top,width,height or centre and size; {WANTED}"
        )


def _ends_before_it_begins(left: float, top: float, right: float, bottom: float) -> bool:
    return right <= left or bottom <= top


def _count(some: list[GivenBox], boxes: list[GivenBox]) -> str:
    return f"{len(some)} of {len(boxes)} boxes {'lie' if len(some) > 1 else 'lies'}"


def _first(boxes: list[GivenBox]) -> str:
    return f"first line {boxes[0].line}: {','.join(f'{side:g}' for side in boxes[0].sides)}"


def settle_repeats(
    numbers: DataFrame, folder: str | Path = ".", whole: bool = False
) -> tuple[DataFrame, list[Remark]]:
    """Keep one of several rows with the same file and box, where their numbers agree.

    Where they differ, the number of more than half of the rows is kept, once, and without such a
    number none.

    Args:
        numbers: the table of `numbers_from_csv`.
        folder: that its files are relative to.
        whole: rows without a box are numbers somewhere in a whole photo, so that different ones
            do not contradict each other.

    Returns:
        The table without the other rows, and remarks on these.
    """
    # As bytes: the strings of pandas cannot hold a name that is no UTF-8.
    files = [os.fsencode(os.path.realpath(os.path.join(folder, f))) for f in numbers["file"]]
    places = numbers[_SIDES].assign(file=files)
    if whole:
        places["apart"] = numbers["number"].where(numbers["left"].isna(), "")
    repeated = numbers[places.duplicated(keep=False)]
    if repeated.empty:
        return numbers, []
    remarks: list[Remark] = []
    dropped: list[int] = []
    groups = places.loc[repeated.index].groupby([*places.columns], dropna=False, sort=False)
    for _, members in groups:
        rows = numbers.loc[members.index]
        number, count = Counter(rows["number"]).most_common(1)[0]
        alike = rows.index[rows["number"] == number] if 2 * count > len(rows) else pd.Index([])
        for index, line, file in zip(rows.index, rows["line"], rows["file"], strict=True):
            if len(alike) and index == alike[0]:
                continue
            dropped.append(index)
            same = index in alike
            remarks.append(
                (line, file, REPEATED, "kept once")
                if same
                else (line, file, CONTRADICTED, "dropped")
            )
    return numbers.drop(index=dropped).reset_index(drop=True), remarks

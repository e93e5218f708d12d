"""What is checked of a CSV of labels as a whole: the unit of its boxes, and rows that repeat.

Single rows are read and judged in `labels_csv`; boxes against their pictures in `rows`.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple, TypeAlias

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
    files = [os.path.realpath(os.path.join(folder, file)) for file in numbers["file"]]
    texts = numbers["number"].tolist()
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, sides in enumerate(numbers[_SIDES].to_numpy(float).tolist()):
        box = None if math.isnan(sides[0]) else tuple(sides)
        apart = texts[row] if whole and box is None else None
        groups.setdefault((files[row], box, apart), []).append(row)
    remarks: list[tuple[int, str, str]] = []  # row, problem, action
    for rows in groups.values():
        number, count = Counter(texts[row] for row in rows).most_common(1)[0]
        alike = [row for row in rows if texts[row] == number] if 2 * count > len(rows) else []
        remarks += [(row, REPEATED, "kept once") for row in alike[1:]]
        others = rows if not alike else [row for row in rows if texts[row] != number]
        remarks += [(row, CONTRADICTED, "dropped") for row in others]
    if not remarks:
        return numbers, []
    lines, names = numbers["line"].tolist(), numbers["file"].tolist()
    dropped = [row for row, _, _ in remarks]
    return (
        numbers.drop(index=numbers.index[dropped]).reset_index(drop=True),
        [(lines[row], names[row], problem, action) for row, problem, action in remarks],
    )

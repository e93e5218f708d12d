"""The confusion matrix as the front end draws it."""

from __future__ import annotations

from typing import Any

from pandas import DataFrame

from svhn_lib.analysis import EXTRA
from svhn_lib.widgets.gallery import counted

Cell = tuple[str, str]
"""Row and column, such as ('7', '1')."""


def matrix_of(counts: DataFrame) -> dict[str, Any]:
    """Return rows, columns, counts, and shares of the true digit, None where there is none.

    Args:
        counts: as from `analysis.confusion`.
    """
    rows = []
    for true, line in zip(counts.index, counts.to_numpy().tolist(), strict=True):
        total = 0 if true == EXTRA else sum(line)
        rows.append([count / total if total else None for count in line])
    return {
        "rows": counts.index.tolist(),
        "columns": counts.columns.tolist(),
        "counts": counts.to_numpy().tolist(),
        "shares": rows,
    }


def most_confused(counts: DataFrame) -> Cell:
    """Return the cell off the diagonal that counts most, the first of several."""
    cells = {
        (str(true), str(read)): count
        for true, line in zip(counts.index, counts.to_numpy().tolist(), strict=True)
        for read, count in zip(counts.columns, line, strict=True)
        if true != read
    }
    return max(cells, key=cells.__getitem__)


def cell_words(matrix: dict[str, Any], cell: Cell, numbers: int) -> str:
    """Return what a cell counts, in one line.

    Args:
        matrix: as from `matrix_of`.
        cell: of it.
        numbers: how many numbers it was found in.
    """
    true, read = cell
    row, column = matrix["rows"].index(true), matrix["columns"].index(read)
    what = f"{true} missing" if not read.isdecimal() else f"{true} read as {read}"
    what = f"an extra {read}" if true == EXTRA else what
    share = matrix["shares"][row][column]
    of_all = "" if share is None else f", {share:.1%} of the true {true}s"
    digits = counted(matrix["counts"][row][column], "digit")
    return f"{counted(numbers, 'number')} with {what}: {digits}{of_all}"

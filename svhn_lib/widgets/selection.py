"""Which rows of an error table pass a few filters, in which order; fast for tens of thousands.

Nothing is shown here: the widgets do that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from svhn_lib.widgets.gallery import Places

ANY, NONE = "any", "none"
ALL, WRONG, RIGHT, LENGTH_WRONG = "all", "wrong", "right", "length wrong"
ANSWERS = (WRONG, RIGHT, ALL, "substitution", "missing", "extra", LENGTH_WRONG)
"""Kinds of answers that can be asked for; the middle ones are kinds of `analysis.Edit`."""
NEEDED = (
    "file", "number", "predicted", "confidence", "digit_probabilities", "right", "length_right",
    "edits",
)  # fmt: skip
MEASURES = ("confidence", "sharpness", "contrast", "height", "length")

Mask = NDArray[np.bool_]


def check_table(table: DataFrame) -> None:
    """Raise ValueError for what is no error table, which the text says how to come by.

    Args:
        table: as from `analysis.error_table`.
    """
    if not isinstance(table, DataFrame):
        raise ValueError(f"the table is a {type(table).__name__}: give one of error_table")
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise ValueError(
            f"the table has no {', '.join(missing)}: give one from analysis.error_table"
        )
    if any(isinstance(edits, str) for edits in table["edits"]):
        raise ValueError("the edits are text: read the file with analysis.read_error_table")


class Rows:
    """The rows of an error table by place, 0 being the first, with what filters ask of them.

    Args:
        table: as from `analysis.error_table`; `source` and the columns of `MEASURES` may be absent.

    Raises:
        ValueError: it is no error table.
    """

    def __init__(self, table: DataFrame) -> None:
        check_table(table)
        self.count = len(table)
        self.files, self.true, self.read = (
            _texts(table[name]) for name in ("file", "number", "predicted")
        )
        self.right = table["right"].to_numpy(dtype=bool)
        self.length_right = table["length_right"].to_numpy(dtype=bool)
        self.lengths = np.array([len(number) for number in self.true])
        self.sources = _texts(table["source"]) if "source" in table else []
        values = {
            name: table[name].to_numpy(dtype=float) for name in MEASURES if name in table
        }  # what is not known of any row is no measure to sort by
        self.measures = {name: known for name, known in values.items() if np.isfinite(known).any()}
        self.measures["confidence"] = values["confidence"]
        self.measures["length"] = self.lengths.astype(float)
        found = [(place, edit) for place, edits in enumerate(table["edits"]) for edit in edits]
        self._places = np.array([place for place, _ in found], dtype=int)
        kinds, _, true, read = zip(*(edit for _, edit in found), strict=True) if found else [()] * 4
        self._kinds, self._true, self._read = (np.array(x, dtype=str) for x in (kinds, true, read))

    def answers(self, kind: str) -> Mask:
        """Return which rows have answers of one kind of `ANSWERS`."""
        if kind == ALL:
            return np.ones(self.count, dtype=bool)
        if kind in (WRONG, RIGHT):
            return self.right == (kind == RIGHT)
        return ~self.length_right if kind == LENGTH_WRONG else self._edited(self._kinds == kind)

    def digits(self, true: str, read: str) -> Mask:
        """Return which rows have a digit in their number, and which have one in their answer.

        Of two digits: rows in which the one was read as the other, aligned by edit distance; ''
        stands for no digit, as in `analysis.Edit`.

        Args:
            true: digit of the number; `ANY` lets all pass.
            read: digit of the answer; `ANY` lets all pass.
        """
        if true == ANY and read == ANY:
            return np.ones(self.count, dtype=bool)
        if read == ANY:
            return self._has(self.true, true) if true else self._edited(self._true == "")
        if true == ANY:
            return self._has(self.read, read) if read else self._edited(self._read == "")
        if true != read or not true:
            return self._edited((self._true == true) & (self._read == read))
        lost = np.bincount(self._places[self._true == true], minlength=self.count)
        return np.array([number.count(true) for number in self.true], dtype=int) > lost

    def passing(
        self,
        answers: str = ALL,
        true_digit: str = ANY,
        read_digit: str = ANY,
        length: str = ANY,
        source: str = ANY,
        confidence: tuple[float, float] = (0, 1),
        search: str = "",
    ) -> Mask:
        """Return which rows pass all of the filters.

        Args:
            answers: one of `ANSWERS`.
            true_digit: as in `digits`, `NONE` for no digit.
            read_digit: as in `digits`, `NONE` for no digit.
            length: of the true number, as text, or `ANY`.
            source: of the row, or `ANY`.
            confidence: its lowest and highest value, both included. A row whose confidence is NaN
                passes only the whole range, 0 to 1.
            search: text that the file, the true number or the answer has in it, in any case.
        """
        low, high = confidence[0] - 1e-9, confidence[1] + 1e-9
        sure = self.measures["confidence"]
        true, read = ("" if digit == NONE else digit for digit in (true_digit, read_digit))
        chosen = self.answers(answers) & self.digits(true, read)
        whole = low <= 0 and high >= 1
        chosen &= ((sure >= low) & (sure <= high)) | (np.isnan(sure) & whole)
        if length != ANY:
            chosen &= self.lengths == int(length)
        if source != ANY:
            chosen &= np.array([name == source for name in self.sources], dtype=bool)
        return chosen & self._found(search) if search else chosen

    def _found(self, text: str) -> Mask:
        wanted = text.casefold()
        texts = zip(self.files, self.true, self.read, strict=True)
        found = [wanted in f.casefold() or wanted in a or wanted in b for f, a, b in texts]
        return np.array(found, dtype=bool)

    def sort(self, chosen: Mask, measure: str, descending: bool) -> Places:
        """Return the places of some rows by a measure; unknown values come last.

        Args:
            chosen: which rows.
            measure: one of `measures`; another leaves the table's order.
            descending: the greatest first.
        """
        places = np.flatnonzero(chosen)
        if measure not in self.measures:
            return places[::-1] if descending else places
        values = self.measures[measure][places]
        return places[np.argsort(-values if descending else values, kind="stable")]

    def _has(self, numbers: list[str], digit: str) -> Mask:
        return np.array([digit in number for number in numbers], dtype=bool)

    def _edited(self, chosen: Mask) -> Mask:
        mask = np.zeros(self.count, dtype=bool)
        mask[self._places[chosen]] = True
        return mask


def _texts(column: Series[Any]) -> list[str]:
    """A column as text, '' for None; several times faster than going through it value by value."""
    values = column.to_numpy(dtype=object).tolist()
    return ["" if value is None else str(value) for value in values]

"""The answers of a second model beside those of the first: what the error browser shows of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from pandas import DataFrame

from svhn_lib.analysis.compare import ONLY_FIRST, ONLY_SECOND, OUTCOMES, who_is_right
from svhn_lib.widgets.gallery import answer_of, known
from svhn_lib.widgets.selection import Mask, Rows

DIFFERENT = "different answers"


class Pair:
    """Two readers of the same numbers.

    Args:
        table: error table of the first.
        other: error table of the second, with the same rows in the same order.
        names: of both.

    Attributes:
        table: of the second.
        choices: outcomes that can be asked for.
        texts: each of them with the readers' names.

    Raises:
        ValueError: the tables do not tell of the same numbers, or the names are not two.
    """

    def __init__(self, table: DataFrame, other: DataFrame, names: tuple[str, str]) -> None:
        if isinstance(names, str) or len(names) != 2:
            raise ValueError(f"models is {names!r}: give the names of two, as ('mine', 'theirs')")
        self.table, self.names = other, names
        self._outcomes = who_is_right(table, other).to_numpy(dtype=object)
        first, second = (Rows(one).read for one in (table, other))
        self._differ = np.array([a != b for a, b in zip(first, second, strict=True)], dtype=bool)
        self.choices = [*OUTCOMES, DIFFERENT]
        self.texts = {name: name for name in self.choices}
        self.texts[ONLY_FIRST] = f"only {names[0]} right"
        self.texts[ONLY_SECOND] = f"only {names[1]} right"

    def passing(self, asked: str) -> Mask:
        """Return which rows have an outcome, one of `choices`."""
        return self._differ if asked == DIFFERENT else self._outcomes == asked

    def answer(self, place: int) -> dict[str, Any]:
        """Return the second reader's answer to one row."""
        return {"name": self.names[1], **answer_of(self._row(place))}

    def tell(self, place: int) -> dict[str, Any]:
        """Return what is told of the second reader's answer when a row is opened."""
        row = self._row(place)
        return {
            "names": list(self.names),
            **answer_of(row),
            "digit_probabilities": [known(p) for p in row.digit_probabilities],
        }

    def counts(self) -> dict[str, Any]:
        """Return how often each outcome is there, and the texts of all that can be asked for."""
        counts = {name: int(self.passing(name).sum()) for name in self.choices}
        return {"names": list(self.names), "counts": counts, "texts": self.texts}

    def _row(self, place: int) -> Any:
        return next(self.table.iloc[[place]].itertuples())

"""A table seen through filters, page by page: the half of the error browser that chooses rows.

Which rows pass is worked out in `selection`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Bool, Dict, Float, Int, TraitError, Tuple, Unicode, validate

from svhn_lib.widgets.gallery import counted, page_count, page_of, sheet_of, words
from svhn_lib.widgets.marks import CHOICES, MARKED, UNMARKED, Marks
from svhn_lib.widgets.selection import ANSWERS, ANY, WRONG, Rows
from svhn_lib.widgets.view import View

NAMES = {
    "answers": "answers", "true_digit": "true digit", "read_digit": "digit read",
    "length": "true length", "source": "source", "marked": "marks", "sort": "sort by",
}  # fmt: skip
_KINDS = {  # before and behind the word
    "all": ("", ""), "wrong": ("wrong ", ""), "right": ("right ", ""),
    "substitution": ("", " with a substitution"), "missing": ("", " with a missing digit"),
    "extra": ("", " with an extra digit"), "length wrong": ("", " of wrong length"),
}  # fmt: skip
_TABLE_ORDER = "table order"


class Filtered(View):
    """Pages of the rows of an error table that pass filters; `ErrorBrowser` tells of its traits."""

    answers = Unicode(WRONG).tag(sync=True)
    true_digit = Unicode(ANY).tag(sync=True)
    read_digit = Unicode(ANY).tag(sync=True)
    length = Unicode(ANY).tag(sync=True)
    source = Unicode(ANY).tag(sync=True)
    marked = Unicode(ANY).tag(sync=True)
    confidence = Tuple(Float(), Float(), default_value=(0.0, 1.0)).tag(sync=True)
    sort = Unicode("confidence").tag(sync=True)
    descending = Bool(True).tag(sync=True)
    page = Int(0).tag(sync=True)
    choices = Dict().tag(sync=True)
    names = Dict(NAMES).tag(sync=True)
    content = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        marks: Marks | None,
        page_size: int,
        sheet_size: int,
    ) -> None:
        if len(table) != len(pictures):
            raise ValueError(f"{len(table)} rows and {len(pictures)} pictures: give as many")
        self.rows, self.table, self.pictures, self.marks = Rows(table), table, pictures, marks
        self.page_size, self.sheet_size = page_size, sheet_size
        self._keys = list(zip(self.rows.files, self.rows.true, strict=True))
        self._select()
        super().__init__(choices=self._make_choices(), content=self._make_content())
        self.observe(self._filter, [*NAMES, "confidence", "descending"])
        self.observe(self._show, "page")

    @property
    def shown(self) -> DataFrame:
        """The rows of the table that pass the filters, in order."""
        return self.table.iloc[self._places]

    def _make_choices(self) -> dict[str, list[str]]:
        rows = self.rows
        sources = sorted(set(rows.sources))
        return {
            "answers": list(ANSWERS),
            "true_digit": [ANY, *sorted(set("".join(rows.true)))],
            "read_digit": [ANY, *sorted(set("".join(rows.read)))],
            "length": [ANY, *map(str, sorted(set(rows.lengths.tolist())))],
            "source": [ANY, *sources] if len(sources) > 1 else [ANY],
            "marked": [ANY] if self.marks is None else [ANY, UNMARKED, MARKED, *CHOICES],
            "sort": [*rows.measures, _TABLE_ORDER],
        }

    @validate(*NAMES)
    def _one_of_the_choices(self, proposal: dict[str, Any]) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        if self.choices and value not in self.choices[name]:
            raise TraitError(f"{name} is {value!r}: choose one of {', '.join(self.choices[name])}")
        return value

    @validate("page")
    def _a_page_that_is_there(self, proposal: dict[str, Any]) -> int:
        return max(0, min(proposal["value"], page_count(self._places, self.page_size) - 1))

    def _filter(self, _: object = None) -> None:
        self._select()
        turned = self.page != 0
        self.page = 0
        if not turned:  # else turning has shown it
            self._show()

    def _select(self) -> None:
        chosen = self.rows.passing(
            self.answers, self.true_digit, self.read_digit, self.length, self.source,
            self.confidence,
        )  # fmt: skip
        if self.marks and self.marked != ANY:
            chosen &= np.array([self.marks.passes(key, self.marked) for key in self._keys])
        self._places = self.rows.sort(chosen, self.sort, self.descending)

    def _show(self, _: object = None) -> None:
        self.content = self._make_content()

    def _make_content(self) -> dict[str, Any]:
        """The page that is seen: all that the front end gets of the table."""
        page = page_of(self.table, self.pictures, self._places, self.page, self.page_size)
        for entry in page["entries"]:
            entry["mark"] = self._mark_of(entry["place"]).get("mark", "")
        return {**page, "headline": self.headline()}

    def _mark_of(self, place: int) -> dict[str, str]:
        return self.marks.of(self._keys[place]) if self.marks else {}

    def headline(self) -> str:
        """Return what the filters let through, in one line."""
        before, behind = _KINDS[self.answers]
        answers = counted(len(self._places), f"{before}answer")
        parts = [f"{answers}{behind} to {counted(self.rows.count, 'number')}"]
        parts += [
            f"{name} {getattr(self, trait)}"
            for trait, name in NAMES.items()
            if trait not in ("answers", "sort") and getattr(self, trait) != ANY
        ]
        low, high = self.confidence
        parts += [f"confidence {low:.2f} to {high:.2f}"] if (low, high) != (0, 1) else []
        return ", ".join(parts)

    def text(self) -> str:
        """Return the headline and the first answers, a line each."""
        first = self.table.iloc[self._places[:5]].itertuples()
        return "\n".join([self.headline(), *map(words, first)])

    def sheet(self) -> str:
        """Return the shown answers, at most `sheet_size`, as HTML that needs no kernel."""
        headline = self.headline()
        if len(self._places) > self.sheet_size:
            end = "highest" if self.descending else "lowest"
            headline += f", the first {self.sheet_size} by {self.sort}, {end} first"
        pictures = sheet_of(self.table, self.pictures, self._places[: self.sheet_size])
        return f"<div><p>{html.escape(headline)}</p>{pictures}</div>"

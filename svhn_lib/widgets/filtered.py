"""A table seen through filters, page by page: the half of the error browser that chooses rows.

Which rows pass is worked out in `selection`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Bool, Dict, Float, Int, TraitError, Tuple, Unicode, validate

from svhn_lib.analysis.marks import CHOICES, MARKED, UNMARKED, Marks
from svhn_lib.labels import DIGITS
from svhn_lib.widgets.contact_sheet import contact_sheet, tile_of
from svhn_lib.widgets.gallery import Places, counted, page_count, page_of, words
from svhn_lib.widgets.models import Pair
from svhn_lib.widgets.selection import ALL, ANSWERS, ANY, NONE, WRONG, Mask, Rows
from svhn_lib.widgets.view import Still, View

NAMES = {
    "answers": "answers", "models": "models", "true_digit": "true digit",
    "read_digit": "digit read", "length": "true length", "source": "source", "marked": "marks",
    "sort": "sort by",
}  # fmt: skip
FILTERS = (*NAMES, "confidence", "descending", "search")
PAGE_SIZES = (12, 24, 48, 96)
_KINDS = {  # before and behind the word
    "all": ("", ""), "wrong": ("wrong ", ""), "right": ("right ", ""),
    "substitution": ("", " with a substitution"), "missing": ("", " with a missing digit"),
    "extra": ("", " with an extra digit"), "length wrong": ("", " of wrong length"),
}  # fmt: skip
_TABLE_ORDER = "table order"


class Filtered(View):
    """Pages of the rows of an error table that pass filters; `ErrorBrowser` tells of its traits."""

    answers = Unicode(WRONG).tag(sync=True)
    models = Unicode(ANY).tag(sync=True)
    true_digit = Unicode(ANY).tag(sync=True)
    read_digit = Unicode(ANY).tag(sync=True)
    length = Unicode(ANY).tag(sync=True)
    source = Unicode(ANY).tag(sync=True)
    marked = Unicode(ANY).tag(sync=True)
    search = Unicode().tag(sync=True)
    confidence = Tuple(Float(), Float(), default_value=(0.0, 1.0)).tag(sync=True)
    sort = Unicode("confidence").tag(sync=True)
    descending = Bool(True).tag(sync=True)
    page = Int(0).tag(sync=True)
    page_size = Int(24).tag(sync=True)
    choices = Dict().tag(sync=True)
    names = Dict(NAMES).tag(sync=True)
    start = Dict().tag(sync=True)
    content = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        pair: Pair | None,
        marks: Marks | None,
        page_size: int,
        sheet_size: int,
        **traits: Any,
    ) -> None:
        if len(table) != len(pictures):
            raise ValueError(f"{len(table)} rows and {len(pictures)} pictures: give as many")
        self.rows, self.table, self.pictures, self.marks = Rows(table), table, pictures, marks
        self.pair, self.sheet_size = pair, sheet_size
        self._keys = list(zip(self.rows.files, self.rows.true, strict=True))
        self._within: Mask | None = None
        self._picked: set[int] = set()
        self._cursor = (0, -1)  # how often it was set, and the place that it is at
        first = {"answers": WRONG if pair is None else ALL, "page_size": page_size, **traits}
        super().__init__(choices=self._make_choices(), **first)
        self.start = {name: getattr(self, name) for name in FILTERS}
        self._select()
        self._show()
        self.observe(self._filter, list(FILTERS))
        self.observe(self._resize, "page_size")
        self.observe(self._show, "page")

    @property
    def shown(self) -> DataFrame:
        """The rows of the table that pass the filters, in order."""
        return self.table.iloc[self._places]

    @property
    def picked(self) -> list[int]:
        """Places of the rows that are picked, in the order in which they are shown."""
        return [place for place in self._places.tolist() if place in self._picked]

    def pick(self, places: Iterable[int]) -> None:
        """Pick some of the rows that pass, to mark them together; those before are let go.

        Args:
            places: in the table, from 0; those that do not pass are not picked.
        """
        self._picked = set(places) & set(self._places.tolist())
        self._show()

    def keep_within(self, places: Iterable[int] | None) -> None:
        """Let pass only some rows, such as those inside a lasso; None lifts it.

        Args:
            places: in the table, from 0.

        Raises:
            ValueError: there is no such place.
        """
        self._within = None
        if places is not None:
            chosen = np.fromiter(places, dtype=int)
            if chosen.size and not 0 <= chosen.min() <= chosen.max() < self.rows.count:
                raise ValueError(f"places are 0 to {self.rows.count - 1}")
            self._within = np.zeros(self.rows.count, dtype=bool)
            self._within[chosen] = True
        self._filter()

    def _make_choices(self) -> dict[str, list[str]]:
        rows = self.rows
        sources = sorted(set(rows.sources))
        digits = [ANY, *map(str, range(DIGITS)), NONE]
        return {
            "answers": list(ANSWERS),
            "models": [ANY] if self.pair is None else [ANY, *self.pair.choices],
            "true_digit": digits,
            "read_digit": digits,
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

    @validate("page_size")
    def _some_pictures(self, proposal: dict[str, Any]) -> int:
        return max(1, proposal["value"])

    def _filter(self, _: object = None) -> None:
        if self._asked_for() == self._answered and self._within is self._answered_within:
            return  # several filters were changed at once, and the first has seen to all
        self._select()
        self._picked &= set(self._places.tolist())
        self._point(int(self._places[0]) if len(self._places) else -1)
        self._turn(0)

    def _turn(self, page: int) -> None:
        """Show a page, as it is now."""
        before, self.page = self.page, page
        if self.page == before:  # else turning has shown it
            self._show()

    def _point(self, place: int) -> None:
        """Have the front end select a row."""
        self._cursor = (self._cursor[0] + 1, place)

    def _resize(self, change: dict[str, Any]) -> None:
        self._turn(self.page * change["old"] // self.page_size)

    def _asked_for(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in FILTERS)

    def _passing(self) -> Mask:
        """Which rows pass all filters but that of marks."""
        chosen = self.rows.passing(
            self.answers, self.true_digit, self.read_digit, self.length, self.source,
            self.confidence, self.search.strip(),
        )  # fmt: skip
        if self.pair is not None and self.models != ANY:
            chosen &= self.pair.passing(self.models)
        return chosen if self._within is None else chosen & self._within

    def _select(self) -> None:
        self._answered, self._answered_within = self._asked_for(), self._within
        chosen = self._passing()
        self._judged, self._of = 0, int(chosen.sum())
        if self.marks is not None:
            known = self.marks.known
            has = np.fromiter((key in known for key in self._keys), bool, self.rows.count)
            self._judged = int((chosen & has).sum())
            if self.marked != ANY:
                passes = [self.marks.passes(key, self.marked) for key in self._keys]
                chosen &= np.array(passes, dtype=bool)
        self._places: Places = self.rows.sort(chosen, self.sort, self.descending)

    def _show(self, _: object = None) -> None:
        self.content = self._make_content()

    def _make_content(self) -> dict[str, Any]:
        """The page that is seen: all that the front end gets of the table."""
        page = page_of(self.table, self.pictures, self._places, self.page, self.page_size)
        for entry in page["entries"]:
            place = entry["place"]
            entry["mark"] = self._mark_of(place).get("mark", "")
            entry["picked"] = place in self._picked
            if self.pair is not None:
                entry["other"] = self.pair.answer(place)
        return {
            **page,
            "headline": self.headline(),
            "passing": len(self._places),
            "picked": len(self._picked),
            "judged": self._judged,
            "of": self._of,
            "within": self._within is not None,
            "cursor": list(self._cursor),
        }

    def _mark_of(self, place: int) -> dict[str, str]:
        return self.marks.of(self._keys[place]) if self.marks else {}

    def headline(self) -> str:
        """Return what the filters let through, in one line."""
        before, behind = _KINDS[self.answers]
        answers = counted(len(self._places), f"{before}answer")
        parts = [f"{answers}{behind} to {counted(self.rows.count, 'number')}"]
        for trait, name in NAMES.items():
            value = getattr(self, trait)
            if trait not in ("answers", "sort", "models") and value != ANY:
                parts.append(f"{name} {value}")
        if self.pair is not None and self.models != ANY:
            parts.append(self.pair.texts[self.models])
        low, high = self.confidence
        parts += [f"confidence {low:.2f} to {high:.2f}"] if (low, high) != (0, 1) else []
        parts += [f"with “{self.search.strip()}”"] if self.search.strip() else []
        parts += ["inside the lasso"] if self._within is not None else []
        return ", ".join(parts)

    def text(self) -> str:
        """Return the headline and the first answers, a line each."""
        first = self.table.iloc[self._places[:5]].itertuples()
        return "\n".join([self.headline(), *map(words, first)])

    def still(self) -> Still:
        """Return the shown answers, at most `sheet_size`, for where no kernel runs."""
        headline = self.headline()
        if len(self._places) > self.sheet_size:
            end = "highest" if self.descending else "lowest"
            headline += f", the first {self.sheet_size} by {self.sort}, {end} first"
        return Still(f"<p>{html.escape(headline)}</p>", *self._sheet())

    def _sheet(self) -> tuple[bytes, int] | tuple[()]:
        places = self._places[: self.sheet_size]
        rows = list(self.table.iloc[places].itertuples())
        tiles = [tile_of(row, self.pictures[p]) for row, p in zip(rows, places, strict=True)]
        return contact_sheet(tiles) or ()

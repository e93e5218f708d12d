"""The error browser: pages of answers under filters, each to be opened, explained and marked.

Filters and pages are in `filtered`, marking is in `marking`, what is told of a row in `detail`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Bytes, Dict, TraitError, Unicode, validate

from svhn_lib.analysis import EXTRA, MISSING, confusion
from svhn_lib.analysis.marks import Marks
from svhn_lib.analysis.pictures import middle_half
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.widgets.detail import MEANINGS, describe, explained
from svhn_lib.widgets.dots import dots
from svhn_lib.widgets.files import FilePictures
from svhn_lib.widgets.marking import Marking
from svhn_lib.widgets.matrix import matrix_of
from svhn_lib.widgets.models import Pair
from svhn_lib.widgets.selection import ALL, NONE, check_table
from svhn_lib.widgets.view import static

if TYPE_CHECKING:
    from svhn_lib.analysis import Explanation

_NONE = -1
NOTHING, MAP, CONFUSIONS = "nothing", "map", "confusions"
"""What can stand beside the pictures."""


class ErrorBrowser(Marking):
    """Pages of pictures with true number, number read and confidence, under a few filters.

    A picture that is opened is shown large, with the probability of each digit and whatever else
    the table and `explain` know. It can be marked, alone or together with others, and every mark
    can be undone; where a label is wrong the right number can be given, and corrected labels
    written. Beside the pictures stands a map of them, or the confusion matrix; both choose what is
    shown. Only the page that is seen travels to the front end. Everything can be done by
    keyboard: `?` lists the keys.

    Args:
        table: as from `analysis.error_table`, N rows. Used where they are there: candidates,
            source, and sharpness, contrast, height and length, to sort by.
        pictures: for each row a picture, as `plots.as_picture` takes it; without them the table's
            files are read.
        explain: gives, for the place of a row, what made the answer, such as an
            `analysis.Explainer`; called when a row is opened. Its errors are shown in the view.
        marks: the CSV file that marks are kept in; without it nothing can be marked. A mark belongs
            to all rows of its file and true number.
        numbers: the set that the table tells of; with it corrected labels can be written.
        other: the error table of a second model for the same rows.
        models: names of both models.
        map: for each row a point, (N, 2), as from `analysis.picture_map`.
        beside: 'map', 'confusions' or 'nothing'; the map where there is one.
        page_size: pictures per page.
        sheet_size: most still pictures; they are what the filters let through.

    Attributes:
        answers, models, true_digit, read_digit, length, source, marked: filters, as text; `choices`
            has what each takes. Both digits together: the one read as the other.
        search: text that file, true number or answer has in it.
        confidence: lowest and highest probability that passes. A row whose confidence is NaN
            passes while the range is whole, 0 to 1, and is shown as unknown.
        sort, descending: the order; rows whose measure is unknown come last.
        page, page_size: the page from 0, and its pictures.
        beside: as above.
        opened: the place in the table of the row that is open, -1 for none.
        shown: the rows that pass the filters, in order.
        picked: places of the rows that are to be marked together.

    Raises:
        ValueError: rows and pictures, points or the rows of the other table do not match, the table
            is no error table, or the file of marks holds something else, which is left as it is.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> table = error_table(["257", "8"], [Answer("251", 0.4), Answer("8", 0.9)])
        >>> browser = ErrorBrowser(table, np.zeros((2, 32, 32, 3)))
        >>> browser.headline()
        '1 wrong answer to 2 numbers'
        >>> browser.answers = "right"
        >>> browser.shown["number"].tolist()
        ['8']
    """

    _esm = static(
        "common.js", "connection.js", "picture_map.js", "confusion_matrix.js", "marking.js",
        "error_panel.js", "gallery.js", "filters.js", "error_browser.js",
    )  # fmt: skip

    title = Unicode("Error browser").tag(sync=True)
    detail = Dict().tag(sync=True)
    beside = Unicode(NOTHING).tag(sync=True)
    map = Dict().tag(sync=True)
    passing = Bytes().tag(sync=True)
    matrix = Dict().tag(sync=True)
    pairing = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike] | None = None,
        *,
        explain: Callable[[int], Explanation] | None = None,
        marks: str | os.PathLike[str] | None = None,
        numbers: NumberSet | None = None,
        other: DataFrame | None = None,
        models: tuple[str, str] = ("the first", "the second"),
        map: ArrayLike | None = None,
        beside: str | None = None,
        page_size: int = 24,
        sheet_size: int = 40,
        **traits: Any,
    ) -> None:
        check_table(table)
        self.explain, self._has_map = explain, map is not None
        pictures = FilePictures([*table["file"]]) if pictures is None else pictures
        file = None if marks is None else Marks(marks)
        pair = None if other is None else Pair(table, other, models)
        super().__init__(table, pictures, pair, file, numbers, page_size, sheet_size, **traits)
        if pair is not None:
            self.pairing = pair.counts()
        if map is not None:
            self.map = dots(map, self.rows, pair)
        self.observe(self._open, "opened")
        self.observe(self._beside, "beside")
        self.beside = beside or (MAP if self._has_map else NOTHING)
        self.ready = True

    @validate("beside")
    def _what_there_is(self, proposal: dict[str, Any]) -> str:
        known = [NOTHING, CONFUSIONS, *[MAP] * self._has_map]
        if proposal["value"] not in known:
            raise TraitError(f"beside is {proposal['value']!r}: choose one of {', '.join(known)}")
        return str(proposal["value"])

    def grant(self, wish: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a person asked for in the view."""
        match wish["do"]:
            case "step":
                self.step(int(wish["by"]))
            case "within":
                self.keep_within(wish["places"])
            case "cell":
                self.show_confusion(*wish["cell"])
            case "back":
                self.back()
            case _:
                return super().grant(wish)
        return None

    def step(self, by: int) -> None:
        """Open the answer that comes some places after the open one, over the ends of pages.

        Args:
            by: how many, negative for those before; it ends at the first and the last.
        """
        count = len(self._places)
        if not count:
            self.opened = _NONE
            return
        here = self._order_of(self.opened)
        target = self._at + (by - (by > 0)) if here is None else here + by
        self._go(max(0, min(target, count - 1)), open_it=True)

    def back(self) -> None:
        """Let go of the answers that are picked; where none is, close the one that is open."""
        if self.picked:
            self.pick([])
        else:
            self.opened = _NONE

    def show_confusion(self, true: str, read: str) -> None:
        """Show the answers in which one digit was read as another.

        Args:
            true: a digit, or 'extra' where there was none.
            read: a digit, or 'missing' where none was read.

        Raises:
            ValueError: there is no such cell in the confusion matrix.
        """
        digits = list("0123456789")
        if true not in [*digits, EXTRA] or read not in [*digits, MISSING]:
            raise ValueError(
                f"cell is {(true, read)}: rows are 0 to 9 and {EXTRA!r}, columns 0 to 9 and "
                f"{MISSING!r}"
            )
        cell = {EXTRA: NONE, MISSING: NONE}
        values = {**self.start, "answers": ALL, "marked": self.marked}
        values |= {"true_digit": cell.get(true, true), "read_digit": cell.get(read, read)}
        super().grant({"do": "set", "values": values})

    def _filter(self, change: object = None) -> None:
        super()._filter(change)
        self._show_passing()
        if self.opened != _NONE and self._order_of(self.opened) is None:
            self.opened = _NONE

    def _after_change(self, said: str) -> None:
        super()._after_change(said)
        self._show_passing()
        if self.opened != _NONE:
            self.detail = {**self.detail, "marked": self._mark_of(self.opened)}

    def _show_passing(self) -> None:
        """Tell the map which dots pass."""
        if self.beside == MAP:
            shown = bytearray(self.rows.count)
            for place in self._places.tolist():
                shown[place] = 1
            self.passing = bytes(shown)

    def _beside(self, _: object = None) -> None:
        self._show_passing()
        if self.beside == CONFUSIONS and not self.matrix:
            self.matrix = matrix_of(confusion(self.rows.true, self.rows.read))

    def _open(self, _: object = None) -> None:
        place, explain = self.opened, self.explain
        if place == _NONE:
            self.detail = {}
            return
        order = self._order_of(place)
        self._at = self._at if order is None else order
        usual = {name: middle_half(self.rows.measures[name]) for name in MEANINGS
                 if name in self.rows.measures}  # fmt: skip
        row, picture = self.table.iloc[place], self.pictures[place]
        about = describe(row, place, picture, explain is not None, usual)
        if self.pair is not None:
            about["other"] = self.pair.tell(place)
        self.detail = {**about, "marked": self._mark_of(place)}  # at once: to explain takes time
        if explain is not None:
            self.afterwards(self._explain)

    def _explain(self) -> None:
        place = self.opened
        if place != _NONE and self.explain is not None:
            told = explained(self.explain, place, self.rows.read[place])
            self.detail = {**self.detail, **told}

"""The error browser: pages of answers under filters, each to be opened, explained and marked.

Filters and pages are in `filtered`, what is told of a row in `detail`, marks are kept in `marks`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Dict, Int, TraitError, validate

from svhn_lib.widgets.detail import describe, explained
from svhn_lib.widgets.filtered import Filtered
from svhn_lib.widgets.marks import Mark, Marks
from svhn_lib.widgets.view import View, static

if TYPE_CHECKING:
    from svhn_lib.analysis import Explanation

_NONE = -1


class ErrorBrowser(Filtered):
    """Pages of pictures with true number, number read and confidence, under a few filters.

    A picture that is opened is shown large, with the probability of each digit and whatever else
    the table and `explain` know, and can be marked. Only the page that is seen travels to the front
    end. Arrow keys move the selection, Page Up and Page Down turn, Home and End go to the ends of
    the page, Enter opens and Escape closes.

    Args:
        table: as from `analysis.error_table`, N rows. Used where they are there: candidates,
            source, and sharpness, contrast, height and length, to sort by.
        pictures: for each row a picture, as `plots.as_picture` takes it.
        explain: gives, for the place of a row, what made the answer, such as an
            `analysis.Explainer`; called when a row is opened. Its errors are shown in the view.
        marks: the CSV file that marks are kept in; without it nothing can be marked. A mark belongs
            to all rows of its file and true number.
        page_size: pictures per page.
        sheet_size: most pictures in the static page, which shows what the filters let through.

    Attributes:
        answers, true_digit, read_digit, length, source, marked: filters, as text; `choices` has
            what each takes. Both digits together: the one read as the other.
        confidence: lowest and highest probability that passes.
        sort, descending: the order; rows whose measure is unknown come last.
        page: from 0.
        opened: the place in the table of the row that is open, -1 for none.
        shown: the rows that pass the filters, in order.

    Raises:
        ValueError: rows and pictures are not as many, the table is no error table, or the file of
            marks holds something else, which is left as it is.

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

    _esm = static("common.js", "error_panel.js", "error_browser.js")

    opened = Int(_NONE).tag(sync=True)
    detail = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        *,
        explain: Callable[[int], Explanation] | None = None,
        marks: str | os.PathLike[str] | None = None,
        page_size: int = 24,
        sheet_size: int = 42,
    ) -> None:
        self.explain = explain
        file = None if marks is None else Marks(marks)
        super().__init__(table, pictures, file, page_size, sheet_size)
        self.observe(self._open, "opened")
        self.on_msg(self._receive)

    @validate("opened")
    def _a_row_that_is_there(self, proposal: dict[str, Any]) -> int:
        place = int(proposal["value"])
        if not _NONE <= place < self.rows.count:
            raise TraitError(f"opened is {place}: the table has rows 0 to {self.rows.count - 1}")
        return place

    def mark(self, place: int, mark: str, note: str = "") -> None:
        """Mark the row at a place of the table, on disk at once.

        Args:
            place: of the row, from 0.
            mark: one of `marks.CHOICES`; '' takes the mark away.
            note: any text.

        Raises:
            ValueError: no file of marks was given, the mark is unknown, or the file holds something
                else by now.
            OSError: the file cannot be written.
        """
        if self.marks is None:
            raise ValueError("there is no file of marks: name one, ErrorBrowser(..., marks=FILE)")
        if mark:
            self.marks.put(Mark(*self._keys[place], self.rows.read[place], mark, note))
        else:
            self.marks.remove(self._keys[place])
        self._select()
        self.page = self.page  # there may be fewer now
        self._show()
        if self.opened != _NONE:
            saved = f"saved in {self.marks.path.name}"
            marked = self._mark_of(self.opened)
            self.detail = {**self.detail, "marked": marked, "saved": saved, "unsaved": ""}

    def _receive(self, _: View, content: dict[str, Any], __: list[memoryview]) -> None:
        """Do what the front end asks for: it has one wish, to mark a row."""
        try:
            self.mark(content["place"], content["mark"], content["note"])
        except (ValueError, OSError) as error:
            self.detail = {**self.detail, "saved": "", "unsaved": f"Not saved: {error}"}

    def _open(self, _: object = None) -> None:
        place, explain = self.opened, self.explain
        if place == _NONE:
            self.detail = {}
            return
        row, picture = self.table.iloc[place], self.pictures[place]
        about = describe(row, place, picture, waits=explain is not None)
        self.detail = {**about, "marked": self._mark_of(place)}  # at once: to explain takes time
        if explain is not None:
            self.detail = {**self.detail, **explained(explain, place, self.rows.read[place])}

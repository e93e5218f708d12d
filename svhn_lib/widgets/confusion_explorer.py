"""The error browser with the confusion matrix beside it: which digit was read as which."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike
from pandas import DataFrame

from svhn_lib.analysis import EXTRA, MISSING, confusion
from svhn_lib.widgets.error_browser import CONFUSIONS, ErrorBrowser
from svhn_lib.widgets.matrix import Cell, cell_words, most_confused
from svhn_lib.widgets.selection import ANY, NONE
from svhn_lib.widgets.view import Still


class ConfusionExplorer(ErrorBrowser):
    """An error browser that begins with the most frequent confusion, the matrix beside it.

    Arrow keys move over the cells, Enter shows the pictures of one; these can be opened, explained
    and marked as in any error browser.

    Args:
        table: as from `analysis.error_table`.
        pictures: for each row a picture, as `plots.as_picture` takes it.
        page_size: pictures per page.
        sheet_size: most still pictures.
        options: more of `ErrorBrowser`, such as `explain` and `marks`.

    Attributes:
        counts: as from `analysis.confusion`.
        cell: the chosen cell, its row and column in `counts`, such as ('7', '1'); None where the
            filters are on none.
        shown: the rows of the table behind the cell, the most confident first.

    Raises:
        ValueError: as `ErrorBrowser`.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> table = error_table(["257", "8"], [Answer("251", 0.4), Answer("8", 0.9)])
        >>> explorer = ConfusionExplorer(table, np.zeros((2, 32, 32, 3)))
        >>> explorer.headline()
        '1 number with 7 read as 1: 1 digit, 100.0% of the true 7s'
    """

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        *,
        page_size: int = 12,
        sheet_size: int = 16,
        **options: Any,
    ) -> None:
        options = {"title": "Confusion explorer", "beside": CONFUSIONS, **options}
        super().__init__(table, pictures, page_size=page_size, sheet_size=sheet_size, **options)
        self.counts = confusion(self.rows.true, self.rows.read)
        self.show_confusion(*most_confused(self.counts))

    @property
    def cell(self) -> Cell | None:
        """The chosen cell; None where the filters are on none."""
        if ANY in (self.true_digit, self.read_digit):
            return None
        true = EXTRA if self.true_digit == NONE else self.true_digit
        return true, MISSING if self.read_digit == NONE else self.read_digit

    def headline(self) -> str:
        """Return what the chosen cell counts, in one line, or what the filters let through."""
        alone = {**self.start, "answers": "all", "marked": self.marked, "sort": self.sort}
        alone |= {name: getattr(self, name) for name in ("true_digit", "read_digit", "descending")}
        others = any(getattr(self, name) != value for name, value in alone.items())
        if self.cell is None or others or not self.matrix:
            return super().headline()
        return cell_words(self.matrix, self.cell, len(self._places))

    def text(self) -> str:
        """Return the chosen cell and the matrix of counts."""
        return f"{self.headline()}\n{self.counts.to_string()}"

    def still(self) -> Still:
        """Return the matrix and the first pictures of the chosen cell, for where no kernel runs."""
        head = "".join(f'<th scope="col">{name}</th>' for name in self.counts.columns)
        body = "".join(
            f'<tr><th scope="row">{true}</th>'
            + "".join(self._still_cell(true, read, count) for read, count in line.items())
            + "</tr>"
            for true, line in self.counts.iterrows()
        )
        words = (
            f"<table><caption>Rows: true digits; columns: digits read</caption><thead><tr>"
            f"<td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(self.headline())}</p>"
        )
        return Still(words, *self._sheet())

    def _still_cell(self, true: object, read: object, count: int) -> str:
        text = f"<b>{count:,}</b>" if (true, read) == self.cell else f"{count:,}"
        return f'<td style="text-align:right">{text if count else ""}</td>'

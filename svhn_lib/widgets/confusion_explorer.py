"""The confusion matrix with its pictures: which digit was read as which, and where."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Dict, Int, TraitError, Tuple, Unicode, validate

from svhn_lib.analysis import EXTRA, MISSING, confusion
from svhn_lib.widgets.gallery import Places, counted, page_count, page_of, sheet_of
from svhn_lib.widgets.selection import Rows
from svhn_lib.widgets.view import View, static


class ConfusionExplorer(View):
    """The confusion matrix of aligned digits; the pictures behind a cell appear beside it.

    Arrow keys move over the cells, Enter shows the pictures of one, Page Up and Page Down turn
    these. The most frequent confusion is chosen at first.

    Args:
        table: as from `analysis.error_table`.
        pictures: for each row a picture, as `plots.as_picture` takes it.
        page_size: pictures per page.
        sheet_size: most pictures in the static page.

    Attributes:
        counts: as from `analysis.confusion`.
        cell: the chosen cell, its row and column in `counts`, such as ('7', '1').
        page: from 0.
        shown: the rows of the table behind the cell, the most confident first.

    Raises:
        ValueError: rows and pictures are not as many, or the table is no error table.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> table = error_table(["257", "8"], [Answer("251", 0.4), Answer("8", 0.9)])
        >>> explorer = ConfusionExplorer(table, np.zeros((2, 32, 32, 3)))
        >>> explorer.headline()
        '1 number with 7 read as 1: 1 digit, 100.0% of the true 7s'
    """

    _esm = static("common.js", "confusion_explorer.js")

    cell = Tuple(Unicode(), Unicode(), default_value=("0", "0")).tag(sync=True)
    page = Int(0).tag(sync=True)
    matrix = Dict().tag(sync=True)
    content = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        *,
        page_size: int = 12,
        sheet_size: int = 12,
    ) -> None:
        if len(table) != len(pictures):
            raise ValueError(f"{len(table)} rows and {len(pictures)} pictures: give as many")
        self.rows, self.table, self.pictures = Rows(table), table, pictures
        self.page_size, self.sheet_size = page_size, sheet_size
        self.counts = confusion(self.rows.true, self.rows.read)
        self._counted = _counted(self.counts)
        mistaken = [cell for cell in self._counted if cell[0] != cell[1]]
        cell = max(mistaken, key=self._counted.__getitem__)
        self._places = self._behind(cell)
        super().__init__(cell=cell, matrix=self._make_matrix())
        self._show()
        self.observe(self._choose, "cell")
        self.observe(self._show, "page")

    @property
    def shown(self) -> DataFrame:
        """The rows of the table behind the chosen cell, the most confident first."""
        return self.table.iloc[self._places]

    @validate("cell")
    def _a_cell_that_is_there(self, proposal: dict[str, Any]) -> tuple[str, str]:
        true, read = proposal["value"]
        if (true, read) not in self._counted:
            raise TraitError(
                f"cell is {(true, read)}: rows are 0 to 9 and {EXTRA!r}, columns 0 to 9 and "
                f"{MISSING!r}"
            )
        return true, read

    @validate("page")
    def _a_page_that_is_there(self, proposal: dict[str, Any]) -> int:
        return max(0, min(proposal["value"], page_count(self._places, self.page_size) - 1))

    def _behind(self, cell: tuple[str, str]) -> Places:
        true, read = (name if name.isdecimal() else "" for name in cell)
        return self.rows.sort(self.rows.digits(true, read), "confidence", descending=True)

    def _choose(self, _: object) -> None:
        self._places = self._behind(self.cell)
        self.page = 0
        self._show()

    def _show(self, _: object = None) -> None:
        page = page_of(self.table, self.pictures, self._places, self.page, self.page_size)
        self.content = {**page, "headline": self.headline()}

    def _make_matrix(self) -> dict[str, Any]:
        names = self.counts.columns.tolist()
        return {
            "rows": self.counts.index.tolist(),
            "columns": names,
            "counts": self.counts.to_numpy().tolist(),
            "shares": [[self._share(true, read) for read in names] for true in self.counts.index],
        }

    def _share(self, true: str, read: str) -> float | None:
        """Of the true digit, the share that was read so; None where there is no true digit."""
        total = sum(count for (row, _), count in self._counted.items() if row == true)
        return None if true == EXTRA or not total else self._counted[true, read] / total

    def headline(self) -> str:
        """Return what the chosen cell counts, in one line."""
        true, read = self.cell
        what = f"{true} missing" if read == MISSING else f"{true} read as {read}"
        what = f"an extra {read}" if true == EXTRA else what
        digits = counted(self._counted[true, read], "digit")
        share = self._share(true, read)
        of_all = "" if share is None else f", {share:.1%} of the true {true}s"
        return f"{counted(len(self._places), 'number')} with {what}: {digits}{of_all}"

    def text(self) -> str:
        """Return the chosen cell and the matrix of counts."""
        return f"{self.headline()}\n{self.counts.to_string()}"

    def sheet(self) -> str:
        """Return the matrix and first pictures of the chosen cell as HTML that needs no kernel."""
        head = "".join(f'<th scope="col">{name}</th>' for name in self.counts.columns)
        body = "".join(
            f'<tr><th scope="row">{true}</th>'
            + "".join(self._sheet_cell(true, read) for read in self.counts.columns)
            + "</tr>"
            for true in self.counts.index
        )
        pictures = sheet_of(self.table, self.pictures, self._places[: self.sheet_size])
        return (
            f"<div><table><caption>Rows: true digits; columns: digits read</caption><thead><tr>"
            f"<td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(self.headline())}</p>{pictures}</div>"
        )

    def _sheet_cell(self, true: str, read: str) -> str:
        count = self._counted[true, read]
        text = f"<b>{count:,}</b>" if (true, read) == self.cell else f"{count:,}"
        return f'<td style="text-align:right">{text if count else ""}</td>'


def _counted(counts: DataFrame) -> dict[tuple[str, str], int]:
    """The counts by row and column."""
    return {
        (str(true), str(read)): count
        for true, line in zip(counts.index, counts.to_numpy().tolist(), strict=True)
        for read, count in zip(counts.columns, line, strict=True)
    }

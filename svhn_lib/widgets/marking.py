"""Marks in the error browser: one or several at once, undone with one key; labels corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike
from pandas import DataFrame
from traitlets import Dict, Int, TraitError, validate

from svhn_lib.analysis.corrections import correct_labels, write_labels
from svhn_lib.analysis.marks import CHOICES, LABEL_WRONG, Key, Mark, Marks
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.widgets.filtered import Filtered
from svhn_lib.widgets.gallery import counted
from svhn_lib.widgets.models import Pair

_NONE = -1


class Marking(Filtered):
    """Rows that can be marked; `ErrorBrowser` tells of its arguments."""

    opened = Int(_NONE).tag(sync=True)
    marking = Dict().tag(sync=True)

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        pair: Pair | None,
        marks: Marks | None,
        numbers: NumberSet | None,
        page_size: int,
        sheet_size: int,
        **traits: Any,
    ) -> None:
        self.numbers = numbers
        self._done: list[tuple[str, dict[Key, Mark | None]]] = []
        self._at = 0  # how many rows stand before the one that was looked at last
        super().__init__(table, pictures, pair, marks, page_size, sheet_size, **traits)
        self._say("")

    @validate("opened")
    def _a_row_that_is_there(self, proposal: dict[str, Any]) -> int:
        place = int(proposal["value"])
        if not _NONE <= place < self.rows.count:
            raise TraitError(f"opened is {place}: the table has rows 0 to {self.rows.count - 1}")
        return place

    def mark(self, place: int, mark: str, note: str = "", correct: str = "") -> None:
        """Mark the row at a place of the table, on disk at once.

        Args:
            place: of the row, from 0.
            mark: one of `analysis.marks.CHOICES`; '' takes the mark away.
            note: any text.
            correct: the number that the picture shows, where the label is wrong.

        Raises:
            ValueError: there is no such row, no file of marks was given, the mark is unknown, the
                right number is no number, or the file holds something else by now.
            OSError: the file cannot be written.
        """
        self._mark([place], mark, note, correct)

    def mark_all(self, places: Iterable[int], mark: str) -> None:
        """Mark several rows together, on disk at once; notes that they have stay.

        Args:
            places: of the rows, from 0.
            mark: one of `analysis.marks.CHOICES`; '' takes the marks away.

        Raises:
            ValueError, OSError: as `mark`; then none is marked.
        """
        self._mark(list(places), mark)

    def _mark(
        self, places: list[int], mark: str, note: str | None = None, correct: str | None = None
    ) -> None:
        changes: dict[Key, Mark | None] = {}
        for place in places:
            if not 0 <= place < self.rows.count:
                raise ValueError(f"no row {place}: the table has rows 0 to {self.rows.count - 1}")
            key, known = self._keys[place], self._mark_of(place)
            kept = known.get("correct", "") if mark == LABEL_WRONG else ""
            text = known.get("note", "") if note is None else note
            right = kept if correct is None else correct
            changes[key] = Mark(*key, self.rows.read[place], mark, text, right) if mark else None
        right_number = f", it is {correct}" if correct else ""
        self._change(changes, f"{mark or 'no mark'}{right_number} for {self._name(places)}")

    def undo(self) -> None:
        """Take back the last change of marks that was made in this view.

        Raises:
            ValueError: nothing is left to undo, or the file holds something else by now.
            OSError: the file cannot be written.
        """
        if not self._done:
            raise ValueError("there is nothing left to undo")
        text, before = self._done[-1]
        self._file().change(before)
        self._done.pop()
        self._after_change(f"undone: {text}")

    def write_labels(self, path: str | Path | None = None) -> Path:
        """Write the labels of `numbers` with what was marked as wrong set right, or left out.

        Args:
            path: of the CSV, which `svhn data prepare` takes; without it, beside the file of marks.

        Raises:
            ValueError: the view was made without `numbers` or `marks`.
            OSError: the file cannot be written, or another kind of file is there.
        """
        if self.numbers is None:
            raise ValueError("there is no set: name it, ErrorBrowser(..., numbers=SET)")
        marks = self._file()
        path = Path(path or marks.path.with_name(f"{marks.path.stem}_labels.csv")).absolute()
        new = correct_labels(self.numbers, marks)
        write_labels(new.labels, path)
        left_out = f", {new.left_out} left out" if new.left_out else ""
        self._say(
            f"{counted(len(new.labels), 'label')} written, {new.changed} corrected{left_out}: "
            f"svhn data prepare {path} corrected.h5"
        )
        return path

    def grant(self, wish: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a person asked for in the view."""
        match wish["do"]:
            case "mark":
                self._mark_as_wished(wish)
            case "undo":
                self.undo()
            case "labels":
                self.write_labels()
            case "pick":
                self._pick_as_wished(**{key: wish[key] for key in ("places", "how")})
            case _:
                return super().grant(wish)
        return None

    def _mark_as_wished(self, wish: dict[str, Any]) -> None:
        """Mark a row, or all that are picked, and go on to the next where that is wished."""
        place = int(wish["place"])
        order = self._order_of(place)
        after = None if order is None or order + 1 >= len(self._places) else order + 1
        following = None if after is None else int(self._places[after])
        several = self.picked
        if several and wish.get("several", True):
            self._picked = set()
            try:
                self._mark(several, wish["mark"])
            except (ValueError, OSError):
                self._picked = set(several)
                raise
            return
        self._mark([place], wish["mark"], wish.get("note"), wish.get("correct"))
        goes_to = None if following is None else self._order_of(following)
        if wish.get("go_on") and goes_to is not None:
            self._go(goes_to, open_it=bool(wish.get("opened")))

    def _order_of(self, place: int) -> int | None:
        """How many rows stand before a place; None where it does not pass."""
        found = (self._places == place).nonzero()[0]
        return int(found[0]) if found.size else None

    def _go(self, order: int, open_it: bool) -> None:
        """Bring the row that stands in some order into view, and open it."""
        self._at = order
        place = int(self._places[order])
        self._point(place)
        self._turn(order // self.page_size)
        if open_it:
            self.opened = place

    def _pick_as_wished(self, places: list[int], how: str) -> None:
        """Pick 'all' that pass, 'none', those 'between' two places, or 'toggle' some."""
        if how == "between":
            first, last = (self._order_of(int(place)) for place in places)
            if first is not None and last is not None:
                first, last = sorted((first, last))
                places = self._places[first : last + 1].tolist()
        elif how == "toggle":
            places = list(self._picked ^ set(places))
        elif how == "all":
            places = self._places.tolist()
        self.pick([] if how == "none" else places)

    def _file(self) -> Marks:
        if self.marks is None:
            raise ValueError("there is no file of marks: name one, ErrorBrowser(..., marks=FILE)")
        return self.marks

    def _name(self, places: list[int]) -> str:
        if len(places) != 1:
            return counted(len(places), "picture")
        file, number = self._keys[places[0]]
        return f"{number} ({file})"

    def _change(self, changes: dict[Key, Mark | None], text: str) -> None:
        before = self._file().change(changes)
        self._done.append((text, before))
        self._after_change(f"saved: {text}")

    def _after_change(self, said: str) -> None:
        self._select()
        self._picked &= set(self._places.tolist())
        self.page = self.page  # there may be fewer now
        self._show()
        self._say(said)

    def _say(self, said: str) -> None:
        """Tell where marks are kept, what happened, and what could be undone."""
        if self.marks is None:
            return
        self.marking = {
            "names": list(CHOICES),
            "file": str(self.marks.path.absolute()),
            "said": said,
            "undo": self._done[-1][0] if self._done else "",
            "labels": self.numbers is not None,
        }

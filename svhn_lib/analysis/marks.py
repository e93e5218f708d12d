"""What a person decided about pictures, kept in a CSV from one session to the next.

The file is read, and refused where it is anything else, before each change: what two notebooks mark
at the same time is kept, and a file that is not one of marks is never written over.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from svhn_lib.data.tables.names import refuse_no_utf8
from svhn_lib.files import written
from svhn_lib.labels import MAX_DIGITS

LABEL_WRONG = "label wrong"
CHOICES = (LABEL_WRONG, "unreadable", "model wrong")
MARKED, UNMARKED = "marked", "unmarked"
"""Whether there is any mark, to ask for in `Marks.passes`."""
COLUMNS = ("file", "number", "predicted", "mark", "note", "correct")
_OLDER = COLUMNS[:-1]  # files from before right numbers were kept

Key = tuple[str, str]
"""File and true number, as the label has it: what a mark belongs to."""


class Mark(NamedTuple):
    """One row of the file.

    Attributes:
        file, number: the picture and its true number: what a mark belongs to.
        predicted: what was read when it was marked.
        mark: one of `CHOICES`.
        note: any text.
        correct: the number that the picture shows, where the label is wrong and it is known.

    Example:
        >>> Mark("1.png", "257", "251", "label wrong", correct="251").key
        ('1.png', '257')
    """

    file: str
    number: str
    predicted: str
    mark: str
    note: str = ""
    correct: str = ""

    @property
    def key(self) -> Key:
        """What the mark belongs to."""
        return self.file, self.number


class Marks:
    """The marks in one CSV file, which need not be there yet.

    Args:
        path: of the file.

    Attributes:
        path: of the file.
        known: each mark by its file and number, as they were when the file was last read.

    Raises:
        ValueError: the file holds anything but marks.

    Example:
        >>> import tempfile
        >>> marks = Marks(Path(tempfile.mkdtemp()) / "marks.csv")
        >>> marks.put(Mark("1.png", "257", "251", "label wrong", "a one, clearly"))
        >>> marks.of(("1.png", "257"))["mark"]
        'label wrong'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()  # wherever the program works later
        self.known = _read(self.path)

    def of(self, key: Key) -> dict[str, str]:
        """Return mark, note, right number, and what was read at that time; '' for none.

        Args:
            key: file and true number.
        """
        known = self.known.get(key)
        return {name: getattr(known, name, "") for name in ("mark", "note", "predicted", "correct")}

    def passes(self, key: Key, asked: str) -> bool:
        """Return whether the mark of a picture is the one asked for.

        Args:
            key: file and true number.
            asked: one of `CHOICES`, or `MARKED` for any of them, or `UNMARKED` for none.
        """
        mark = self.of(key)["mark"]
        return bool(mark) == (asked == MARKED) if asked in (MARKED, UNMARKED) else mark == asked

    def put(self, mark: Mark) -> None:
        """Add a mark, or change the one of the same file and number; it is on disk afterwards.

        Args:
            mark: with one of `CHOICES`.

        Raises:
            ValueError: the mark is none of `CHOICES`, its right number is no number, the picture's
                name is no UTF-8, or the file holds anything but marks by now; it is left as it was.
            OSError: the file cannot be written.
        """
        self.change({mark.key: mark})

    def remove(self, key: Key) -> None:
        """Take the mark of a file and number away, where there is one; raises as `put`.

        Args:
            key: file and true number.
        """
        self.change({key: None})

    def change(self, marks: Mapping[Key, Mark | None]) -> dict[Key, Mark | None]:
        """Put and remove several marks at once; all are on disk afterwards, or none.

        Args:
            marks: for each file and number its mark, None to take it away.

        Returns:
            What there was before: given to this function it undoes the change.

        Raises:
            ValueError: as `put`.
            OSError: the file cannot be written.

        Example:
            >>> import tempfile
            >>> marks = Marks(Path(tempfile.mkdtemp()) / "marks.csv")
            >>> one = Mark("1.png", "257", "251", "unreadable")
            >>> before = marks.change({one.key: one})
            >>> before
            {('1.png', '257'): None}
            >>> marks.change(before)[one.key].mark, marks.known
            ('unreadable', {})
        """
        for mark in filter(None, marks.values()):
            _check(mark)
        refuse_no_utf8((file for file, _ in marks), self.path)
        known = _read(self.path)
        before = {key: known.get(key) for key in marks}
        changed = {key: mark for key, mark in {**known, **marks}.items() if mark is not None}
        self._write(changed)
        return before

    def _write(self, known: dict[Key, Mark]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            written(self.path) as scratch,
            scratch.open("w", encoding="utf-8", newline="") as file,
        ):
            csv.writer(file).writerows([COLUMNS, *known.values()])
        self.known = known


def _check(mark: Mark) -> None:
    """Refuse a mark that the file could not hold."""
    if mark.mark not in CHOICES:
        raise ValueError(f"mark {mark.mark!r}: choose one of {', '.join(CHOICES)}")
    if mark.correct and not _is_number(mark.correct):
        raise ValueError(
            f"{mark.correct!r} is no number: give 1 to {MAX_DIGITS} digits, such as 257"
        )
    if mark.correct and mark.mark != LABEL_WRONG:
        raise ValueError(
            f"a right number, {mark.correct}, belongs to {LABEL_WRONG!r}, not to {mark.mark!r}"
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def _read(path: Path) -> dict[Key, Mark]:
    """Read the marks of a file, none where there is no file."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")  # a spreadsheet may have put a mark in front
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refuse(path, str(error)) from error
    columns = tuple(rows[0]) if rows else ()
    if columns not in (COLUMNS, _OLDER):
        raise _refuse(path, f"its first line is not {','.join(COLUMNS)}")
    known = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            raise _refuse(path, f"row {number} has {len(row)} fields, not {len(columns)}")
        mark = Mark(*row)
        if mark.mark not in CHOICES:
            raise _refuse(path, f"row {number} has the mark {mark.mark!r}")
        if mark.correct and not _is_number(mark.correct):
            raise _refuse(path, f"row {number} has the right number {mark.correct!r}")
        known[mark.key] = mark
    return known


def _refuse(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path} is no file of marks: {reason}; mend it, move it away or name another file. "
        "It was left as it is"
    )

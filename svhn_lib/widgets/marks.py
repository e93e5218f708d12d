"""What a person decided about pictures, kept in a CSV from one session to the next.

The file is read, and refused where it is anything else, before each change: what two notebooks mark
at the same time is kept, and a file that is not one of marks is never written over.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import NamedTuple

from svhn_lib.files import written

CHOICES = ("label wrong", "unreadable", "model wrong")
MARKED, UNMARKED = "marked", "unmarked"
"""Whether there is any mark, to ask for in `Marks.passes`."""
COLUMNS = ("file", "number", "predicted", "mark", "note")


class Mark(NamedTuple):
    """One row of the file.

    Attributes:
        file, number: the picture and its true number: what a mark belongs to.
        predicted: what was read when it was marked.
        mark: one of `CHOICES`.
        note: any text.
    """

    file: str
    number: str
    predicted: str
    mark: str
    note: str


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
        self.path = Path(path)
        self.known = _read(self.path)

    def of(self, key: tuple[str, str]) -> dict[str, str]:
        """Return mark and note of a picture, and what was read at that time; '' for none.

        Args:
            key: file and true number.
        """
        known = self.known.get(key)
        return {name: getattr(known, name, "") for name in ("mark", "note", "predicted")}

    def passes(self, key: tuple[str, str], asked: str) -> bool:
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
            ValueError: the mark is none of `CHOICES`, or the file holds anything but marks by
                now; it is left as it was.
            OSError: the file cannot be written.
        """
        if mark.mark not in CHOICES:
            raise ValueError(f"mark {mark.mark!r}: choose one of {', '.join(CHOICES)}")
        self._write({**_read(self.path), (mark.file, mark.number): mark})

    def remove(self, key: tuple[str, str]) -> None:
        """Take the mark of a file and number away, where there is one.

        Args:
            key: file and true number.

        Raises:
            ValueError: the file holds anything but marks by now; it is left as it was.
            OSError: the file cannot be written.
        """
        known = _read(self.path)
        known.pop(key, None)
        self._write(known)

    def _write(self, known: dict[tuple[str, str], Mark]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            written(self.path) as scratch,
            scratch.open("w", encoding="utf-8", newline="") as file,
        ):
            csv.writer(file).writerows([COLUMNS, *known.values()])
        self.known = known


def _read(path: Path) -> dict[tuple[str, str], Mark]:
    """Read the marks of a file, none where there is no file."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")  # a spreadsheet may have put a mark in front
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refuse(path, str(error)) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise _refuse(path, f"its first line is not {','.join(COLUMNS)}")
    known = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS):
            raise _refuse(path, f"row {number} has {len(row)} fields, not {len(COLUMNS)}")
        mark = Mark(*row)
        if mark.mark not in CHOICES:
            raise _refuse(path, f"row {number} has the mark {mark.mark!r}")
        known[mark.file, mark.number] = mark
    return known


def _refuse(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path} is no file of marks: {reason}; mend it, move it away or name another file. "
        "It was left as it is"
    )

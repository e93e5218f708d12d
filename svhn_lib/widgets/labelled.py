"""A folder of labelled photos: pictures and their `labels.csv`, which `svhn data prepare` takes.

The table is read, and refused where it is anything else, before each change, so that what somebody
else wrote into it is kept.
"""

from __future__ import annotations

import csv
import filecmp
import io
import os
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.kinds import HEAD, kind_of, readable_suffixes
from svhn_lib.data.tables.names import refuse_no_utf8
from svhn_lib.files import written

CORNERS = tuple(f"{axis}{corner}" for corner in range(4) for axis in "xy")
"""Columns of the corners of a number, in its own order: top left, top right, and so on around."""
BOX = ("left", "top", "right", "bottom")
COLUMNS = ("file", "number", *BOX, *CORNERS, "stacked")
_NAME = "labels.csv"
_ENDS = {"JPEG": ".jpg", "HEIF": ".heic"}


@dataclass(frozen=True)
class Labelled:
    """One number of a photo as a person left it.

    Attributes:
        number: its digits.
        corners: float64 (4, 2), x and y in pixels, in the number's own order; None where the table
            has a box alone, or none.
        stacked: whether the digits stand one under another.
    """

    number: str
    corners: NDArray[np.float64] | None
    stacked: bool = False


class Labels:
    """The photos of one folder with their numbers. The folder need not be there yet.

    Args:
        folder: of `labels.csv` and the pictures.

    Attributes:
        folder: the same.
        path: of `labels.csv`.

    Raises:
        ValueError: there is a `labels.csv` that is no table of labels, or `folder` is a file.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> photo = folder / "door.png"
        >>> Image.new("RGB", (40, 30)).save(photo)
        >>> labels = Labels(folder / "mine")
        >>> corners = np.array([[5, 8], [25, 8], [25, 20], [5, 20.0]])
        >>> labels.keep(photo, "door.png", [Labelled("17", corners)], (30, 40))
        'door.png'
        >>> labels.path.read_text().splitlines()[1]
        'door.png,17,5,8,25,20,5,8,25,8,25,20,5,20,0'
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()  # wherever the program works later
        self.path = self.folder / _NAME
        if self.folder.is_file():
            raise ValueError(f"{self.folder} is a file: name the folder of the photos")
        _read(self.path)

    def photos(self) -> dict[str, list[Labelled]]:
        """Return the numbers of each photo by its name in the table; none of one without any."""
        known: dict[str, list[Labelled]] = {}
        for row in _read(self.path)[1]:
            numbers = known.setdefault(row["file"], [])
            if any(row.get(name) for name in ("number", *BOX)):
                numbers.append(_labelled(row))
        return known

    def name_of(self, photo: Path, name: str, known: Collection[str] = ()) -> str:
        """Return the name under which a photo lies in the folder, or would.

        The same picture keeps the name that it has there; another one of that name gets a number.

        Args:
            photo: a picture file anywhere.
            name: that it should have.
            known: names in the table, which may be those of files elsewhere.
        """
        if str(photo.absolute()) in known:
            return str(photo.absolute())
        if photo.absolute().is_relative_to(self.folder):
            return photo.absolute().relative_to(self.folder).as_posix()
        stem, end = os.path.splitext(_plain(photo, name))
        number, free = 1, stem + end
        while (self.folder / free).exists():
            if filecmp.cmp(photo, self.folder / free, shallow=False):
                break
            number += 1
            free = f"{stem}-{number}{end}"
        return free

    def keep(
        self, photo: Path, name: str, numbers: Sequence[Labelled], size: tuple[int, int]
    ) -> str:
        """Write a photo and its numbers into the folder, in place of what stood there of it.

        A photo that shows none gets a row with its name alone. What columns of other names say of a
        number stays with it; a number that is new has what all rows of its photo say.

        Args:
            photo: a picture file anywhere.
            name: that it should have in the folder.
            numbers: in the photo, each with its corners.
            size: height and width of the photo, pixels; the written boxes end there.

        Returns:
            The name that it has in the folder.

        Raises:
            ValueError: `labels.csv` is no table of labels by now; it is left as it is. Or the name
                is no UTF-8.
            OSError: the folder cannot be written.
        """
        columns, rows = _read(self.path)
        file = self.name_of(photo, name, {row["file"] for row in rows})
        refuse_no_utf8([file], self.path)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / file).exists():
            with written(self.folder / file) as scratch:
                shutil.copyfile(photo, scratch)
        places = [place for place, row in enumerate(rows) if row["file"] == file]
        place = places[0] if places else len(rows)
        others = [row for row in rows if row["file"] != file]
        new = [_row(file, number, size) for number in numbers] or [{"file": file}]
        told = _told_besides([rows[place] for place in places], new)
        new = [{**more, **row} for more, row in zip(told, new, strict=True)]
        self._write(columns, [*others[:place], *new, *others[place:]])
        return file

    def _write(self, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
        names = [*columns, *(name for name in COLUMNS if name not in columns)]
        with (
            written(self.path) as scratch,
            scratch.open("w", encoding="utf-8", newline="") as file,
        ):
            table = csv.DictWriter(file, names, restval="")
            table.writeheader()
            table.writerows(rows)


def bounds(corners: NDArray[np.float64], size: tuple[int, int]) -> tuple[float, ...]:
    """Return left, top, right, bottom around corners, as far as they lie in the photo.

    Args:
        corners: (4, 2), x and y in pixels.
        size: height and width of the photo, pixels.

    Example:
        >>> bounds(np.array([[-3, 8], [25, 6], [25, 20], [5, 20.0]]), (30, 40))
        (0.0, 6.0, 25.0, 20.0)
    """
    ends = np.array(size[::-1], float)
    low, high = (np.clip(side, 0, ends) for side in (corners.min(0), corners.max(0)))
    return tuple(float(side) for side in (*low, *high))


def _row(file: str, number: Labelled, size: tuple[int, int]) -> dict[str, str]:
    assert number.corners is not None
    texts = [_text(side) for side in (*bounds(number.corners, size), *number.corners.ravel())]
    values = (file, number.number, *texts, str(int(number.stacked)))
    return dict(zip(COLUMNS, values, strict=True))


def _told_besides(
    rows: Sequence[dict[str, str]], new: Sequence[dict[str, str]]
) -> list[dict[str, str]]:
    """What columns of other names say of each new row of a photo, given the rows that it had."""
    told = [{name: row[name] for name in row if name not in COLUMNS} for row in rows]
    if len(rows) == len(new):
        return told
    of_all = dict(set.intersection(*(set(one.items()) for one in told))) if told else {}
    of_each = {row["number"]: one for row, one in zip(rows, told, strict=True)}
    return [of_each.get(row.get("number", ""), of_all) for row in new]


def _text(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _labelled(row: dict[str, str]) -> Labelled:
    """One row of the table; of a row with a box alone these are the corners."""
    corners = _floats(row, CORNERS)
    if corners is None and (box := _floats(row, BOX)) is not None:
        left, top, right, bottom = box
        corners = np.array([left, top, right, top, right, bottom, left, bottom])
    stacked = row.get("stacked", "").lower() in ("yes", "true", "1")
    return Labelled(row["number"], None if corners is None else corners.reshape(4, 2), stacked)


def _floats(row: dict[str, str], names: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        values = np.array([float(row[name]) for name in names])
    except (KeyError, ValueError):
        return None
    return values if np.isfinite(values).all() else None


def _plain(photo: Path, name: str) -> str:
    """A name without folders or signs that some disk refuses; it ends as its kind of picture."""
    name = re.sub(r"[^\w.\- ]", "_", re.split(r"[/\\]", name)[-1]).strip(" .")[-100:].strip()
    name = name or "photo"
    if os.path.splitext(name)[1].lower() not in readable_suffixes():
        with photo.open("rb") as file:
            kind = kind_of(file.read(HEAD)) or "PNG"
        name += _ENDS.get(kind, f".{kind.lower()}")
    return name


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read columns and rows of a table of labels; those of an empty one where there is no file."""
    if not path.exists():
        return list(COLUMNS), []
    try:
        text = path.read_text(encoding="utf-8-sig")  # a spreadsheet may have put a mark in front
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refuse(path, str(error)) from error
    columns = [name.strip() for name in rows[0]] if rows else []
    columns = [name.lower() if name.lower() in COLUMNS else name for name in columns]
    if "file" not in columns or "number" not in columns:
        raise _refuse(path, "its first line names no columns file and number")
    filled = [row for row in rows[1:] if any(row)]
    for row in filled:
        if len(row) != len(columns):
            raise _refuse(path, f"a row has {len(row)} fields, not {len(columns)}: {','.join(row)}")
    return columns, [
        dict(zip(columns, (field.strip() for field in row), strict=True)) for row in filled
    ]


def _refuse(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path} is no table of labels: {reason}; mend it, move it away or name another folder. "
        "It was left as it is"
    )

"""`labels.csv` of a folder of rendered photos: one row for each number, or for a photo without one.

The first six columns are those of anybody's `labels.csv`, so that whatever reads one reads this.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from svhn_lib.data.scenes.record import SceneNumber

COLUMNS = (
    "file", "number", "left", "top", "right", "bottom",
    "x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3", "stacked", "digit_corners",
)  # fmt: skip
"""A box around the number, its four corners, and those of each digit, all in pixels."""

Row = tuple[str, ...]


def rows_of(file: str, numbers: Iterable[SceneNumber], size: tuple[int, int]) -> list[Row]:
    """Return the rows of one photo; one with empty fields where it has no number.

    Args:
        file: its name.
        numbers: those in it.
        size: height and width, which boxes do not leave; corners may.
    """
    rows = []
    for number in numbers:
        box = np.clip(number.box, 0, (size[1], size[0], size[1], size[0]))
        corners, digits = number.corners.ravel(), number.digits.reshape(-1, 8)
        marks = ";".join(" ".join(f"{value:.2f}" for value in digit) for digit in digits)
        values = [f"{value:.2f}" for value in (*box, *corners)]
        rows.append((file, number.text, *values, str(int(number.stacked)), marks))
    return rows or [(file, *[""] * (len(COLUMNS) - 1))]


def write_labels(path: Path, rows: Iterable[Row]) -> None:
    """Write `labels.csv`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def read_labels(folder: Path | str) -> dict[str, tuple[SceneNumber, ...]]:
    """Read `labels.csv` of a folder that `render_photos` wrote.

    Args:
        folder: of the photos.

    Returns:
        The numbers of each photo, by its file's name; () for those without any.

    Raises:
        FileNotFoundError: there is no labels.csv.
        ValueError: it has other columns, or a row that `render_photos` would not have written.

    Example:
        >>> import tempfile
        >>> from svhn_lib.data.scenes import SceneSettings, read_labels, render_photos
        >>> settings = SceneSettings(shares=(1, 0, 0), bundled_fonts=True)
        >>> folder = render_photos(tempfile.mkdtemp(), 2, 0, settings, workers=1)
        >>> [len(numbers) for numbers in read_labels(folder).values()]
        [1, 1]
    """
    path = Path(folder) / "labels.csv"
    found: dict[str, tuple[SceneNumber, ...]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise ValueError(
                f"{path}: no column {', '.join(missing)}; it was not written by svhn data scenes"
            )
        for row in rows:
            found.setdefault(row["file"], ())
            if not row["number"]:
                continue
            try:
                found[row["file"]] += (_number(row),)
            except (TypeError, ValueError) as error:  # None stands for a field that is missing
                raise ValueError(
                    f"{path}, line {rows.line_num}: no row that svhn data scenes wrote, or cut "
                    f"short ({error}); render the photos again"
                ) from error
    return found


def _number(row: dict[str, str]) -> SceneNumber:
    corners = np.array([float(row[name]) for name in COLUMNS[6:14]]).reshape(4, 2)
    digits = [mark.split(" ") for mark in (row["digit_corners"] or "").split(";")]
    if len(digits) != len(row["number"]):
        raise ValueError(f"corners of {len(digits)} digits for {row['number']}")
    return SceneNumber(
        row["number"], corners, np.array(digits, np.float64).reshape(-1, 4, 2),
        row["stacked"] == "1",
    )  # fmt: skip

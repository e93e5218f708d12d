"""The photo reader: photos in, numbers out, to be corrected and kept as a training set.

What is shown of them is in `photo_view`, what is known of them in `album` and `photos`, the table
of labels in `labelled`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike
from PIL import Image

from svhn_lib.detection.rectify import checked_corners
from svhn_lib.reading.inputs import Picture
from svhn_lib.widgets.album import Album
from svhn_lib.widgets.photo_reading import FindsAndReads
from svhn_lib.widgets.photo_view import NONE, PhotoView


class PhotoReader(PhotoView):
    """Photos that are dropped, pasted, chosen or given are read; a person can correct the answers.

    Each number has its box, which follows the number where that is oblique, its digits, and the
    candidates with their probabilities. Boxes are dragged or moved with the arrow keys, digits are
    typed. A photo that is saved goes into a folder with a `labels.csv`, which `svhn data prepare`
    takes: this is how to make a training set of your own. Photos that lie in the folder already
    are shown with what was saved.

    Args:
        photos: to begin with: paths, images, arrays or tensors, as `Reader.read` takes them.
        folder: that corrected photos are saved in, with their `labels.csv`; without it nothing can
            be saved.
        reader: has `read_all(photo)`, the answers for one photo; a `Reader()` where none is given,
            loaded with the first photo.
        sheet_size: most still photos.

    Attributes:
        chosen: the photo that is open, from 0; -1 for none.
        window: the part of it that is shown, left, top, right, bottom in pixels; [] for all of it.
        numbers: of the open photo, a list of `photos.Number`.

    Raises:
        ValueError: the folder has a `labels.csv` that is no table of labels.

    Example:
        >>> view = PhotoReader()
        >>> view.text()
        'no photos yet'
    """

    def __init__(
        self,
        photos: Picture | Iterable[Picture] = (),
        *,
        folder: str | os.PathLike[str] | None = None,
        reader: FindsAndReads | None = None,
        sheet_size: int = 12,
    ) -> None:
        shown = "" if folder is None else os.path.abspath(folder)
        super().__init__(Album(folder, reader), shown, sheet_size)
        for photo in _each(photos):
            self.album.add(photo)
        self._list()
        self.chosen = min(0, len(self.album.photos) - 1)

    def add(self, photo: Picture, name: str = "") -> int:
        """Read one more photo and return its place; `chosen` opens it.

        Args:
            photo: a path, an image, an array or a tensor, as `Reader.read` takes it.
            name: that it is known by; that of its file where none is given.
        """
        place = self.album.add(photo, name)
        self._list()
        return place

    def correct(
        self,
        index: int,
        number: str | None = None,
        corners: ArrayLike | None = None,
        stacked: bool | None = None,
    ) -> None:
        """Change one number of the open photo; what is None stays.

        A box that was moved is read again, unless a person has said which number is in it.

        Args:
            index: of the number, from 0.
            number: its digits.
            corners: (4, 2), x and y in pixels of the photo, in the number's own order: top left,
                top right, bottom right, bottom left.
            stacked: whether the digits stand one under another.

        Raises:
            ValueError: the digits are none, the corners no box, or there is no such number.
        """
        if corners is not None:
            self.album.check(self._opened(), checked_corners(corners))
        self._opened().correct(index, number, corners, stacked)
        if corners is not None:
            self.album.read_again(self._opened(), index)
        self._show_all()

    def insert(self, corners: ArrayLike, number: str = "") -> None:
        """Add a number that the reader did not find to the open photo.

        Args:
            corners: (4, 2), as for `correct`.
            number: its digits; '' to let the reader read them.

        Raises:
            ValueError: no photo is open, or as for `correct`.
        """
        self.album.check(self._opened(), checked_corners(corners))
        self._opened().insert(corners, number)
        self.album.read_again(self._opened(), -1)
        self._show_all()

    def remove(self, index: int) -> None:
        """Take a number out of the open photo.

        Args:
            index: of the number, from 0.

        Raises:
            ValueError: there is no such number.
        """
        self._opened().remove(index)
        self._show_all()

    def undo(self) -> None:
        """Take back the last change to the open photo, where there was one.

        Raises:
            ValueError: no photo is open.
        """
        self._opened().undo()
        self._show_all()

    def save(self) -> None:
        """Write the open photo and its numbers into the folder; they are on disk afterwards.

        Raises:
            ValueError: there is no folder, no photo is open, a number has no digits, or
                `labels.csv` holds something else by now.
            OSError: the folder cannot be written.
        """
        self.album.save(self._opened())
        self._show_all()

    def grant(self, wish: dict[str, Any]) -> None:
        """Do what a person asked for, with the open photo or with one that arrives."""
        changes: dict[str, Callable[..., None]] = {
            "correct": self.correct,
            "insert": self.insert,
            "remove": self.remove,
            "undo": self.undo,
            "save": self.save,
        }
        if wish["do"] == "upload":
            self._arrive(wish)
        elif wish["do"] not in changes:
            super().grant(wish)
        elif wish["place"] != self.chosen:
            raise ValueError("another photo is open by now")
        else:
            given = {name: value for name, value in wish.items() if name not in ("do", "place")}
            changes[wish["do"]](**given)

    def _arrive(self, part: dict[str, Any]) -> None:
        """Take one part of a photo; with the last one it is read."""
        place = self.album.arrive(part["upload"], part["buffers"], part["file"], part["last"])
        if place is not None:
            self._list()
            if part["open"] or self.chosen == NONE:
                self.chosen = place


def _each(photos: Picture | Iterable[Picture]) -> Iterable[Picture]:
    alone = isinstance(photos, str | bytes | Path | Image.Image) or getattr(photos, "ndim", 4) < 4
    return [photos] if alone else photos  # type: ignore[list-item, return-value]

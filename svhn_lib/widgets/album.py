"""The photos of one session: how they come in, are read, looked at and saved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.reading.inputs import Picture, to_array
from svhn_lib.reading.reader import Reader
from svhn_lib.widgets.labelled import Labelled, Labels
from svhn_lib.widgets.photo_reading import FindsAndReads, as_saved, read_again, read_numbers
from svhn_lib.widgets.photos import Photo


class Album:
    """Photos that were given or sent, and those of a folder, with their numbers.

    Args:
        folder: that photos are saved in, whose photos come first; None where nothing is saved.
        reader: has `read_all(photo)`; None for the shipped one, loaded with the first photo.

    Attributes:
        photos: in the order in which they came.

    Raises:
        ValueError: the folder has a `labels.csv` that is no table of labels.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, reader: FindsAndReads | None) -> None:
        self.photos: list[Photo] = []
        self._scratch = tempfile.TemporaryDirectory(prefix="svhn_photos_")
        self._arriving: dict[str, Path] = {}
        self._looked_at: tuple[Photo, NDArray[np.uint8]] | None = None
        self._reader = reader
        self.labels = None if folder is None else Labels(folder)
        if self.labels is not None:
            known = self.labels.photos()
            for file in known:
                self._take(self.labels.folder / file, file, known)

    def add(self, photo: Picture, name: str = "") -> int:
        """Read one more photo and return its place.

        Args:
            photo: a path, the bytes of a file, an image, an array or a tensor.
            name: that it is known by; that of its file where none is given.
        """
        if isinstance(photo, str | Path):
            path = Path(photo).absolute()  # wherever the program works later
            return self._take(path, name or path.name)
        pixels = read_picture(photo) if isinstance(photo, bytes) else to_array(photo)
        path = self._new_file()
        Image.fromarray(pixels).save(path, "PNG", compress_level=1)
        return self._take(path, name or f"photo-{len(self.photos) + 1}.png")

    def arrive(
        self, upload: str, buffers: Sequence[memoryview], name: str, last: bool
    ) -> int | None:
        """Take a part of a photo's file; read it when that was the last one.

        Args:
            upload: what tells its parts from those of other photos.
            buffers: the bytes.
            name: of the photo.
            last: whether there are no further parts.

        Returns:
            The photo's place; None where more is to come.
        """
        path = self._arriving.setdefault(upload, self._arriving.get(upload) or self._new_file())
        with path.open("ab") as file:
            file.writelines(buffers)
        if not last:
            return None
        return self._take(self._arriving.pop(upload), name)

    def pixels(self, photo: Photo) -> NDArray[np.uint8] | None:
        """Return a photo, RGB, uint8 (H, W, 3); None where it cannot be read, see its `problem`.

        One photo is in memory at a time.

        Args:
            photo: of this album.
        """
        if photo.problem:
            return None
        if self._looked_at is None or self._looked_at[0] is not photo:
            try:
                self._looked_at = photo, read_picture(photo.path)
            except (OSError, ValueError) as error:  # it was there a moment ago
                photo.problem = str(error)
                return None
        return self._looked_at[1]

    def check(self, photo: Photo, corners: ArrayLike) -> None:
        """Raise ValueError for a box of which nothing lies in the photo.

        Args:
            photo: of this album.
            corners: (4, 2), x and y in pixels.
        """
        picture = self.pixels(photo)
        if picture is None:
            raise ValueError(photo.problem)
        points, (height, width) = np.asarray(corners, float).reshape(-1, 2), picture.shape[:2]
        if not ((points.min(0) < (width, height)) & (points.max(0) > 0)).all():
            raise ValueError(f"the box lies outside the photo of {width}x{height} pixels")

    def read_again(self, photo: Photo, index: int) -> None:
        """Read the number in a box that a person drew, unless they have said which it is.

        Args:
            photo: of this album.
            index: of the number, from 0; -1 for the last one.
        """
        picture = self.pixels(photo)
        if picture is not None and not photo.numbers[index].typed:
            photo.numbers[index] = read_again(self._reads(), picture, photo.numbers[index])

    def save(self, photo: Photo) -> None:
        """Write a photo and its numbers into the folder.

        Args:
            photo: of this album.

        Raises:
            ValueError: there is no folder, the photo could not be read, a number has no digits, or
                `labels.csv` holds something else by now.
            OSError: the folder cannot be written.
        """
        if self.labels is None:
            raise ValueError("there is no folder to save in: name one, PhotoReader(folder='mine')")
        picture = self.pixels(photo)
        if picture is None:
            raise ValueError(f"nothing is saved of {photo.name}: {photo.problem}")
        self.labels.keep(photo.path, photo.name, photo.labelled(), picture.shape[:2])
        photo.saved = True

    def close(self) -> None:
        """Delete the photos that were sent."""
        self._scratch.cleanup()

    def _reads(self) -> FindsAndReads:
        self._reader = self._reader or Reader()
        return self._reader

    def _new_file(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self._scratch.name)
        os.close(handle)
        return Path(name)

    def _take(
        self, path: Path, name: str, known: Mapping[str, Sequence[Labelled]] | None = None
    ) -> int:
        """Add a photo, with its numbers in the table, which `known` are, or as it is read."""
        photo = Photo(path, name)
        try:
            if self.labels is None:
                known, file = {}, ""
            else:
                known = self.labels.photos() if known is None else known
                file = self.labels.name_of(path, name, known)
            if file in known:
                photo.numbers, photo.saved = as_saved(known[file], path), True
            else:
                photo.numbers = read_numbers(self._reads(), path)
        except Exception as error:  # the reader may be anybody's, and fail in any way
            expected = isinstance(error, OSError | ValueError)
            photo.problem = str(error) if expected else f"{type(error).__name__}: {error}"
            photo.problem = photo.problem.replace(str(path), name)
        self.photos.append(photo)
        return len(self.photos) - 1

"""Pictures that stay in their files until they are seen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.widgets.gallery import shrunk

_GREY = np.full((64, 64, 3), 128, np.uint8)
_SIDE = 1024  # of the longer side of a picture that is kept, pixels: some hundred are in memory


class FilePictures(Sequence[NDArray[np.uint8]]):
    """The pictures of some files, each read when it is looked at; grey where it cannot be read.

    Large ones are shrunk to 1,024 pixels. Paths are those of the folder in which this is made.

    Args:
        files: of the pictures.

    Example:
        >>> FilePictures(["nowhere.png"])[0].mean()
        np.float64(128.0)
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = [os.path.abspath(str(file)) for file in files]

    def __len__(self) -> int:
        return len(self.files)

    @overload
    def __getitem__(self, place: int) -> NDArray[np.uint8]: ...
    @overload
    def __getitem__(self, place: slice) -> list[NDArray[np.uint8]]: ...
    def __getitem__(self, place: int | slice) -> NDArray[np.uint8] | list[NDArray[np.uint8]]:
        if isinstance(place, slice):
            return [_read(file) for file in self.files[place]]
        return _read(self.files[place])


@lru_cache(maxsize=256)
def _read(file: str) -> NDArray[np.uint8]:
    try:
        return shrunk(read_picture(file), _SIDE)
    except (OSError, ValueError):
        return _GREY

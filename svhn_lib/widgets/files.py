"""Pictures that stay in their files until they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.pictures import read_picture

_GREY = np.full((64, 64, 3), 128, np.uint8)


class FilePictures(Sequence[NDArray[np.uint8]]):
    """The pictures of some files, each read when it is looked at; grey where it cannot be read.

    Args:
        files: of the pictures.

    Example:
        >>> FilePictures(["nowhere.png"])[0].mean()
        np.float64(128.0)
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = list(files)

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
        return read_picture(file)
    except (OSError, ValueError):
        return _GREY

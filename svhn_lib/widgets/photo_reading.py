"""The numbers of photos as a reader, a table of labels or a person's box gives them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.detection.record import Found
from svhn_lib.reading.reader import Reader
from svhn_lib.widgets.labelled import Labelled
from svhn_lib.widgets.photos import Number


class FindsAndReads(Protocol):
    """What the photo widgets need of a reader."""

    def read_all(self, photo: Any) -> Sequence[Any]:
        """Return an answer for each number of a photo, with its corners, best first."""


def read_numbers(reader: FindsAndReads, photo: Path | NDArray[np.uint8]) -> list[Number]:
    """Return the numbers that a reader finds in a photo, best first.

    Args:
        reader: whose answers have number, confidence, candidates and corners.
        photo: a file, or RGB, uint8 (H, W, 3).
    """
    return [
        Number(
            one.number or "",
            _whole(photo) if one.corners is None else np.asarray(one.corners, float),
            bool(getattr(one, "stacked", False)),
            float(one.confidence),
            _candidates(one),
        )
        for one in reader.read_all(photo)
    ]


def read_again(reader: FindsAndReads, picture: NDArray[np.uint8], one: Number) -> Number:
    """Return a number with what stands in its box, which a person drew.

    Args:
        reader: a `Reader`; of others, which cannot be asked, the number is returned as it is.
        picture: RGB, uint8 (H, W, 3).
        one: the number, whose box lies in the picture at least in part.
    """
    if not isinstance(reader, Reader):
        return one
    told = copy.copy(reader)
    told.localiser = _Told(one, picture.shape[:2])
    answer = told.read(picture)
    number, sure = answer.number or "", float(answer.probability)
    return replace(one, number=number, confidence=sure, candidates=_candidates(answer))


class _Told:
    """In the place of a localiser: a person says where the number is, in a photo of some size."""

    def __init__(self, one: Number, size: tuple[int, ...]) -> None:
        self.one, self.size = one, size

    def find_many(self, pictures: Sequence[NDArray[np.uint8]]) -> list[list[Found]]:
        """Return the place in each of the pictures, which may be reduced."""
        scales = [np.divide(picture.shape[1::-1], self.size[::-1]) for picture in pictures]
        return [[Found(self.one.corners * scale, 1.0, self.one.stacked)] for scale in scales]


def as_saved(known: Sequence[Labelled], photo: Path) -> list[Number]:
    """Return the numbers of a photo as the table of labels has them.

    Args:
        known: one without a box takes up the whole photo.
        photo: the file.
    """
    return [
        Number(one.number, _whole(photo) if one.corners is None else one.corners, one.stacked)
        for one in known
    ]


def _candidates(answer: Any) -> tuple[tuple[str, float], ...]:
    return tuple((text or "", float(share)) for text, share in answer.candidates)


def _whole(photo: Path | NDArray[np.uint8]) -> NDArray[np.float64]:
    """The corners of a photo that is cut to its number."""
    picture = photo if isinstance(photo, np.ndarray) else read_picture(photo)
    height, width = picture.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], float)

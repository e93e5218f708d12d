"""The numbers of whole photos: every place that a localiser finds is cut out and read.

Finding is `detection`'s work; which crop a net wants, and how it reads one, is told here by those
who ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.detection.record import Found
from svhn_lib.detection.rectify import rectified
from svhn_lib.reading.inputs import Photo
from svhn_lib.reading.record import Answer
from svhn_lib.reading.stacks import is_tall
from svhn_lib.reading.weighing import at_place, best_and_others, in_photo

LEAST_FOUND = 0.1
"""Places where a number is less probable than this are not read."""
LEAST_COLUMN = 0.1
"""Places where a number is less probable than this, their size counted, are not read as columns.

A column takes dozens of views. In 464 rendered and real photos none was given at a place that was
less probable than 0.35.
"""
GROWTH = (0.0, 0.1)
"""How far places are grown, by the number's height on every side, before they are read.

What the net makes of them is averaged: a box that cuts off a digit's edge misleads it more than
what stands around. More of them (-0.05 to 0.1) find and read 1.1 points more of SVHN's training
pictures and 0.4 fewer of the extra kind.
"""
ReadCrops = Callable[[NDArray[np.uint8]], list[Answer]]
"""Reads views of N numbers, uint8 (N, V, h, w, 3)."""
ReadColumn = Callable[[NDArray[np.uint8], NDArray[np.float64], NDArray[np.uint8]], Answer]
"""Reads what may be a column, from its picture, its corners and views of it as it stands."""


class Finds(Protocol):
    """Whatever finds numbers in pictures, as `svhn_lib.detection.Localiser` does."""

    def find_many(self, pictures: Sequence[NDArray[np.uint8]]) -> list[list[Found]]:
        """Return the places of each picture, uint8 (H, W, 3), best first."""
        ...


class _Read(NamedTuple):
    """One way to read one place of a photo."""

    photo: int
    place: Found
    answer: Answer


def read_photos(
    photos: Sequence[Photo],
    localiser: Finds,
    framings: Sequence[CropSettings],
    read_crops: ReadCrops,
    growth: Sequence[float] = GROWTH,
    read_column: ReadColumn | None = None,
) -> list[Answer]:
    """Find and read the numbers of photos.

    The best number of a photo is its answer, the others follow in `Answer.others`. Places
    that overlap are one, of which the best reading is kept. A place's answer is 'no number' where
    the odds of its number are below even or its certainty too low, see `weighing`.

    Args:
        photos: of any size.
        localiser: that finds places.
        framings: how each is cut, once for each view.
        read_crops: that reads them.
        growth: how far places are grown, once for each further set of views.
        read_column: that reads places which are much higher than wide; None for `read_crops`.

    Returns:
        An answer for each photo, boxes and corners in pixels of the whole photo.

    Example:
        >>> class Middle:
        ...     def find_many(self, pictures):
        ...         corners = np.array([[10.0, 10], [30, 10], [30, 20], [10, 20]])
        ...         return [[Found(corners, 0.8)] for _ in pictures]
        >>> grey = Photo(np.full((30, 40, 3), 128, np.uint8), 30, 40)
        >>> says25 = lambda crops: [Answer("25", 0.9, (), (("25", 0.9),)) for _ in crops]
        >>> (answer,) = read_photos([grey], Middle(), [CropSettings()], says25)
        >>> answer.number, round(answer.probability, 2), answer.box
        ('25', 0.87, (10.0, 10.0, 30.0, 20.0))
    """
    places = localiser.find_many([photo.pixels for photo in photos])
    readings = _read_places(photos, places, framings, read_crops, growth)
    if read_column is not None:
        readings = [_as_column(one, photos, framings, growth, read_column) for one in readings]
    return [
        best_and_others(
            [in_photo(one.answer, one.place, photo) for one in readings if one.photo == number],
            max((place.confidence for place in found), default=0.0),
        )
        for number, (photo, found) in enumerate(zip(photos, places, strict=True))
    ]


def _read_places(
    photos: Sequence[Photo],
    places: list[list[Found]],
    framings: Sequence[CropSettings],
    read_crops: ReadCrops,
    growth: Sequence[float],
) -> list[_Read]:
    """Read all places that are worth it, of all photos together."""
    asked, crops = [], []
    for number, (photo, found) in enumerate(zip(photos, places, strict=True)):
        for place in found:
            if place.confidence >= LEAST_FOUND:
                views = _cut(photo, place, framings, growth)
                if views is not None:
                    asked.append((number, place))
                    crops.append(views)
    answers = read_crops(np.stack(crops)) if crops else []
    return [_Read(*ask, answer) for ask, answer in zip(asked, answers, strict=True)]


def _as_column(
    one: _Read,
    photos: Sequence[Photo],
    framings: Sequence[CropSettings],
    growth: Sequence[float],
    read_column: ReadColumn,
) -> _Read:
    """Return the reading of a tall place that looks like a column as one; others as they are.

    Two narrow digits side by side are as tall as a column: the localiser has to tell which it is.
    """
    photo, corners = photos[one.photo], one.place.corners
    if not (one.place.stacked and is_tall(corners)):
        return one
    if at_place(one.place, photo.pixels.shape[0]) < LEAST_COLUMN:
        return one
    views = _cut(photo, one.place, framings, growth)
    with suppress(ValueError):  # a digit's cell lies outside the photo
        if views is not None:
            return one._replace(answer=read_column(photo.pixels, corners, views))
    return one


def _cut(
    photo: Photo, place: Found, framings: Sequence[CropSettings], growth: Sequence[float]
) -> NDArray[np.uint8] | None:
    """Return the views of a place, (V, h, w, 3); None where nothing of it lies in the photo."""
    quads = [grown(place.corners, by) for by in growth]
    try:
        return np.stack([rectified(photo.pixels, quad, way) for quad in quads for way in framings])
    except ValueError:
        return None


def grown(corners: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """Return corners moved outwards on every side, by a share of the number's height.

    The height of digits that stand one under another is taken to be their width.

    Args:
        corners: float64 (4, 2), as in `Found`.
        by: the share.

    Example:
        >>> grown(np.array([[0.0, 0], [40, 0], [40, 20], [0, 20]]), 0.1).tolist()
        [[-2.0, -2.0], [42.0, -2.0], [42.0, 22.0], [-2.0, 22.0]]
    """
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / 2
    across, high = (max(float(np.linalg.norm(side)), 1e-9) for side in (along, down))
    step = by * min(across, high)
    moves = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * step
    return np.asarray(corners + moves @ np.stack([along / across, down / high]))

"""What the front end gets of a photo, and the same photo as it stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.detection.rectify import rectified
from svhn_lib.reading.drawing import drawn
from svhn_lib.reading.inputs import Picture
from svhn_lib.reading.record import Answer
from svhn_lib.widgets.contact_sheet import Tile
from svhn_lib.widgets.gallery import jpeg, shrunk
from svhn_lib.widgets.photos import Number, Photo

_SIDE = 1400  # of the longer side of what is shown, pixels
_STILL = 360  # the same, still


def photo_content(photo: Photo, picture: NDArray[np.uint8] | None) -> dict[str, Any]:
    """Return what is known of a photo, each number with its close-up.

    Args:
        photo: to be told of.
        picture: its pixels, RGB, uint8 (H, W, 3); None where it cannot be read.
    """
    return {
        "name": photo.name,
        "problem": photo.problem,
        "saved": photo.saved,
        "undo": bool(photo.earlier),
        "numbers": [
            {
                "number": one.number,
                "corners": one.corners.tolist(),
                "stacked": one.stacked,
                "confidence": one.confidence,
                "candidates": [list(each) for each in one.candidates],
                "close": b"" if picture is None else _close_file(picture, one),
            }
            for one in photo.numbers
        ],
    }


def picture_content(picture: NDArray[np.uint8], window: Sequence[float]) -> dict[str, Any]:
    """Return the part of a photo that is shown, as a JPEG file not larger than a screen.

    Args:
        picture: RGB, uint8 (H, W, 3).
        window: left, top, right, bottom in pixels, cut off at the photo's edges; () for all of it.

    Example:
        >>> shown = picture_content(np.zeros((30, 40, 3), np.uint8), (10.2, 5, 90, 20))
        >>> shown["window"], shown["size"]
        ([10, 5, 40, 20], [30, 40])
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(side) for side in window or (0, 0, width, height))
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    right, bottom = min(max(right, left + 1), width), min(max(bottom, top + 1), height)
    part = shrunk(picture[top:bottom, left:right], _SIDE)
    return {
        "data": jpeg(part),
        "window": [left, top, right, bottom],
        "size": [height, width],
    }


def close_up(picture: NDArray[np.uint8], one: Number, height: int = 72) -> NDArray[np.uint8]:
    """Return the part of a photo that shows one number, level, with the margin of a crop.

    Args:
        picture: RGB, uint8 (H, W, 3).
        one: the number.
        height: of the result, pixels, twice that of a column of digits; its width follows, up to
            four times as much.
    """
    right, down = one.corners[1] - one.corners[0], one.corners[3] - one.corners[0]
    height *= 2 if one.stacked else 1
    width = height * float(np.hypot(*right)) / max(float(np.hypot(*down)), 1e-9)
    settings = CropSettings((height, round(min(max(width, height // 4), 4 * height))), "clipped")
    return rectified(picture, one.corners, settings)


def _close_file(picture: NDArray[np.uint8], one: Number) -> bytes:
    """The close-up as a JPEG file; nothing of a box that a table has outside the photo."""
    try:
        return jpeg(close_up(picture, one))
    except ValueError:
        return b""


def photo_tile(photo: Picture, numbers: Sequence[Number], name: str, words: str) -> Tile | None:
    """Return a photo with its boxes and numbers for a contact sheet; None where its file is gone.

    Args:
        photo: a file, or RGB, uint8 (H, W, 3).
        numbers: in it; those without digits are not drawn.
        name: of the photo.
        words: what is read in it.
    """
    try:
        whole = np.asarray(drawn(photo, _as_answer(numbers)))
    except (OSError, ValueError):
        return None
    return Tile(shrunk(whole, _STILL), name, below=words)


def _as_answer(numbers: Sequence[Number]) -> Answer:
    """The numbers as a reader answers; a person is sure of what they say."""
    answers = [
        Answer(
            one.number,
            1.0 if one.confidence is None else one.confidence,
            box=(*one.corners.min(axis=0).tolist(), *one.corners.max(axis=0).tolist()),
            corners=tuple((x, y) for x, y in one.corners.tolist()),
        )
        for one in numbers
        if one.number
    ]
    return replace(answers[0], others=tuple(answers[1:])) if answers else Answer(None, 1.0)

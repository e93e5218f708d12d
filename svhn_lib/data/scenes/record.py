"""What a rendered photo shows: its picture, and each house number in it with exact corners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class SceneNumber:
    """One house number of a rendered photo.

    Corners go around the number in its own order: its top left, top right, bottom right and bottom
    left. A number that is turned by 90 degrees has its corners turned with it, and one that climbs
    has them on slanting lines above and below.

    Attributes:
        text: its digits.
        corners: float64 (4, 2), x and y in pixels; (0, 0) is the corner of the first pixel.
        digits: float64 (len(text), 4, 2), the corners of each digit in reading order.
        stacked: digits stand one under another, upright; corners are those of the column.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.scenes import SceneNumber
        >>> square = np.array([[4.0, 2], [9, 2], [9, 12], [4, 12]])
        >>> SceneNumber("7", square, square[None], stacked=False).box
        (4.0, 2.0, 9.0, 12.0)
    """

    text: str
    corners: np.ndarray
    digits: np.ndarray
    stacked: bool

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright box around the digits, pixels.

        A digit is taken for the ellipse within its corners, which are empty where it is turned.
        """
        top_left, top_right, bottom_right, bottom_left = np.moveaxis(self.digits, 1, 0)
        along = (top_right - top_left + bottom_right - bottom_left) / 4
        down = (bottom_left - top_left + bottom_right - top_right) / 4
        middle, reach = self.digits.mean(axis=1), np.hypot(along, down)
        (left, top), (right, bottom) = (middle - reach).min(axis=0), (middle + reach).max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom around the corners, pixels."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def within(self, width: float, height: float) -> bool:
        """Return whether the whole number is inside a picture of this size, pixels."""
        left, top, right, bottom = self.extent
        return left >= 0 and top >= 0 and right <= width and bottom <= height

    def moved(self, scale: np.ndarray, shift: np.ndarray) -> SceneNumber:
        """Return the number in a picture that was resized by `scale`, then moved by `shift`.

        Both are float64 (2,): across and down.
        """
        return SceneNumber(
            self.text, self.corners * scale + shift, self.digits * scale + shift, self.stacked
        )


class Scene(NamedTuple):
    """A rendered photo and the house numbers in it.

    Attributes:
        picture: uint8 (H, W, 3), RGB.
        numbers: the one that the photo was taken of first; () where there is none.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.scenes import Scene
        >>> Scene(np.zeros((20, 40, 3), np.uint8), ()).numbers
        ()
    """

    picture: np.ndarray
    numbers: tuple[SceneNumber, ...]

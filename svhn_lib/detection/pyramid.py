"""A photo at several sizes side by side on one canvas, so that a net sees all of them at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

GREY = 128
"""What lies around a photo; it is what the zeros around a net's maps stand for."""
MOST_PIXELS = 3_200_000
"""Of the largest view: a photo of 12 megapixels is seen at half its size."""
_SMALL = 1 << 18  # pixels of pictures that are seen at twice their size, too
_UNIT = 16  # pixels, the coarsest stride of the net
_LEAST = 24  # pixels of the longer side of the smallest view


class View(NamedTuple):
    """A photo at one size on a canvas.

    Attributes:
        corner: left and top on the canvas, pixels.
        size: height and width on the canvas, pixels.
        scale: pixels of the canvas for each pixel of the photo, across and down.
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    scale: tuple[float, float]


def pyramid(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[View]]:
    """Lay views of a photo on a canvas, each half as large as the one before.

    Args:
        picture: RGB, uint8 (H, W, 3), any size.

    Returns:
        The canvas, uint8 (h, w, 3), h and w multiples of 16, and the views on it.

    Example:
        >>> canvas, views = pyramid(np.zeros((50, 100, 3), np.uint8))
        >>> canvas.shape, [view.size for view in views]
        ((112, 336, 3), [(100, 200), (50, 100), (25, 50), (12, 25)])
    """
    sizes = _sizes(picture.shape[0], picture.shape[1])
    places, height, width = _laid(sizes)
    canvas = np.full((height, width, 3), GREY, dtype=np.uint8)
    views, seen = [], picture
    for (left, top), size in zip(places, sizes, strict=True):
        seen = _resized(seen, size)
        canvas[top : top + size[0], left : left + size[1]] = seen
        scale = size[1] / picture.shape[1], size[0] / picture.shape[0]
        views.append(View((left, top), size, scale))
    return canvas, views


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Return heights and widths of the views, largest first."""
    pixels = height * width
    scale = 2.0 if pixels <= _SMALL else min(1.0, math.sqrt(MOST_PIXELS / pixels))
    sizes: list[tuple[int, int]] = []
    while not sizes or scale * max(height, width) >= _LEAST:
        sizes.append((max(1, int(height * scale)), max(1, int(width * scale))))
        scale /= 2
    return sizes


def _laid(sizes: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], int, int]:
    """Return left and top of each view, with gaps of 16 pixels or more, and the canvas' size.

    The second view stands at the right of the first, all others in a row below the second.
    """
    slots = [tuple(_UNIT * (-(-side // _UNIT) + 1) for side in size) for size in sizes]
    right = slots[0][1]
    below = slots[1][0] if len(slots) > 1 else 0
    places, left = [(0, 0), (right, 0)][: len(slots)], right
    for _, wide in slots[2:]:
        places.append((left, below))
        left += wide
    height = max(slots[0][0], below + max((high for high, _ in slots[2:]), default=0))
    width = max(left, right + (slots[1][1] if len(slots) > 1 else 0))
    return places, height - _UNIT, width - _UNIT  # no gap at the end


def _resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if picture.shape[:2] == size:
        return picture
    shrinks = size[0] < picture.shape[0]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=kind), dtype=np.uint8)

"""A photo at several sizes: small ones side by side on a canvas, so that a net sees all at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.resampling import area_average, bicubic

GREY = 128
"""What lies around a photo; it is what the zeros around a net's maps stand for."""
MOST_PIXELS = 3_200_000
"""Of the largest view: a photo of 12 megapixels is seen at half its size."""
_ALONE = 1 << 19  # pixels of a view from which on it has a canvas of its own
_SMALL = 1 << 18  # pixels of pictures that are seen at twice their size, too
_UNIT = 16  # pixels, the coarsest stride of the net
_LEAST = 24  # pixels of the longer side of the smallest view
_BETWEEN = 0.5**0.5  # of the size, once more: digits are of the right height in two views or more


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


class Canvas(NamedTuple):
    """Views of a photo side by side.

    Attributes:
        pixels: RGB, uint8 (h, w, 3), h and w multiples of 16.
        views: where each is.
    """

    pixels: NDArray[np.uint8]
    views: tuple[View, ...]


def pyramid(picture: NDArray[np.uint8]) -> Iterator[Canvas]:
    """Yield views of a photo, each half as large as the one before; then those between them.

    Large ones have a canvas of their own, which comes first.

    Args:
        picture: RGB, uint8 (H, W, 3), any size.

    Example:
        >>> one, between = pyramid(np.zeros((50, 100, 3), np.uint8))
        >>> one.pixels.shape, [view.size for view in one.views]
        ((112, 336, 3), [(100, 200), (50, 100), (25, 50), (12, 25)])
        >>> [view.size for view in between.views]
        [(70, 141), (35, 70), (17, 35)]
        >>> [len(canvas.views) for canvas in pyramid(np.zeros((900, 1200, 3), np.uint8))]
        [1, 5, 1, 5]
    """
    height, width = picture.shape[:2]
    pixels = height * width
    largest = 2.0 if pixels <= _SMALL else min(1.0, math.sqrt(MOST_PIXELS / pixels))
    for scale in (largest, largest * _BETWEEN):
        yield from _halvings(picture, scale)


def _halvings(picture: NDArray[np.uint8], scale: float) -> Iterator[Canvas]:
    """Yield a photo at a scale, at half of it, and so on."""
    whole, seen = picture.shape[:2], picture
    sizes = _sizes(whole[0], whole[1], scale)
    alone = [(size,) for size in sizes if size[0] * size[1] > _ALONE]
    for group in (*alone, tuple(sizes[len(alone) :])):
        places, height, width = _laid(group)
        pixels = np.full((height, width, 3), GREY, dtype=np.uint8)
        views = []
        for (left, top), size in zip(places, group, strict=True):
            seen = _resized(seen, size)
            pixels[top : top + size[0], left : left + size[1]] = seen
            views.append(View((left, top), size, (size[1] / whole[1], size[0] / whole[0])))
        yield Canvas(pixels, tuple(views))


def _sizes(height: int, width: int, scale: float) -> list[tuple[int, int]]:
    """Return heights and widths of the views, largest first."""
    sizes: list[tuple[int, int]] = []
    while not sizes or scale * max(height, width) >= _LEAST:
        sizes.append((max(1, int(height * scale)), max(1, int(width * scale))))
        scale /= 2
    return sizes


def _laid(sizes: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], int, int]:
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
    return (area_average if size[0] < picture.shape[0] else bicubic)(picture, size)

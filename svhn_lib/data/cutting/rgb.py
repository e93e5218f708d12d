"""Pixels of any mode to RGB bytes, the way a viewer shows them; large pictures made smaller.

Which file they come from is `pictures`' work.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from svhn_lib.data.cutting.resampling import area_average

BACKDROP = (128, 128, 128)
"""What shows through transparent pixels: mid grey, where black and white digits both stay seen."""

_ORIENTATION = 0x0112
_STRIP = 1 << 22  # pixels of a large picture that are converted at once


class UnsuitableError(ValueError):
    """A file that is not to be read, whole as it may be; the message lacks its name alone."""


def check_mode(image: Image.Image) -> None:
    """Raise UnsuitableError for an image of 32 bits a pixel, which has no range that is known."""
    if image.mode in ("I", "F"):
        raise UnsuitableError("a picture of 32 bits a pixel; save it with 8 or 16")


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Bring a Pillow image to RGB, uint8 (H, W, 3), the way a viewer shows it.

    It is turned by its EXIF orientation; transparent parts show `BACKDROP`; palettes, grey, CMYK
    and 16 bits a channel become 8-bit RGB; of several pages or frames the current one is taken.

    Raises:
        ValueError: the image has 32 bits a pixel.

    Example:
        >>> to_rgb(Image.new("RGBA", (1, 1), (255, 255, 255, 0))).tolist()
        [[[128, 128, 128]]]
    """
    check_mode(image)
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    return _as_it_lies(image)


def reduced(picture: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    """Average a picture over squares of pixels until it has at most so many of them.

    Args:
        picture: uint8 (H, W, 3).
        most: pixels.

    Returns:
        uint8 (h, w, 3), or the picture itself where it is small enough.

    Example:
        >>> reduced(np.zeros((100, 400, 3), np.uint8), most=10_000).shape
        (50, 200, 3)
    """
    height, width = picture.shape[:2]
    factor = reduction(width, height, most)
    if factor == 1:
        return picture
    return area_average(picture, (max(1, height // factor), max(1, width // factor)))


def reduction(width: int, height: int, most: int) -> int:
    """Return the length of the squares that are averaged: 1 for none."""
    return max(1, math.ceil(math.sqrt(width * height / most)))


def reduced_in_strips(image: Image.Image, most: int) -> NDArray[np.uint8]:
    """Return `to_rgb` of a large image, reduced, without a second large picture in memory."""
    width, height = image.size
    factor = reduction(width, height, most)
    across, deep = max(1, width // factor), factor * max(1, _STRIP // (factor * width))
    strips = []
    for top in range(0, max(factor, height - height % factor), deep):
        strip = _as_it_lies(image.crop((0, top, width, min(top + deep, height))))
        down = max(1, strip.shape[0] // factor)
        strips.append(area_average(strip, (down, across)))
    small = Image.fromarray(np.concatenate(strips))
    small.getexif()[_ORIENTATION] = image.getexif().get(_ORIENTATION, 1)
    return to_rgb(small)


def _as_it_lies(image: Image.Image) -> NDArray[np.uint8]:
    """Return an image as RGB, its orientation left alone."""
    if image.mode.startswith("I;16"):
        # The high byte, as Pillow itself does for colour pictures of 16 bits a channel.
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, (*BACKDROP, 255))
        image.alpha_composite(layer)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))

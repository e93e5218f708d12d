"""Photos that stand still: small, with boxes and numbers painted into them."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from svhn_lib.widgets.gallery import jpeg

_BOX, _GROUND, _INK = (240, 228, 66), (0, 0, 0), (255, 255, 255)


def shrunk(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture whose longer side has at most so many pixels.

    Args:
        picture: RGB, uint8 (H, W, 3).
        side: most pixels of the longer side.

    Example:
        >>> shrunk(np.zeros((300, 400, 3), np.uint8), 100).shape
        (75, 100, 3)
    """
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = tuple(max(1, round(scale * extent)) for extent in picture.shape[1::-1])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def still(
    picture: NDArray[np.uint8], numbers: Sequence[tuple[str, ArrayLike]], side: int = 320
) -> NDArray[np.uint8]:
    """Return a picture, not larger than needed, with the boxes and numbers that are in it.

    Args:
        picture: RGB, uint8 (H, W, 3).
        numbers: of each its text and its corners, (4, 2), x and y in pixels of the picture.
        side: most pixels of the longer side.

    Returns:
        uint8 (h, w, 3).
    """
    small = shrunk(picture, side)
    scale = small.shape[1] / picture.shape[1]
    image = Image.fromarray(small)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(max(11, side // 22))
    for text, corners in numbers:
        points = [(float(x), float(y)) for x, y in scale * np.asarray(corners, float)]
        for colour, width in ((_GROUND, 4), (_BOX, 2)):
            draw.line([*points, points[0], points[1]], colour, width, "curve")
        left, top = min(x for x, _ in points), min(y for _, y in points)
        box = draw.textbbox((0, 0), text, font)
        wide, high = box[2] + 4, box[3] + 2
        left = min(max(left, 0), max(0, image.width - wide))
        top = (
            top - high - 2
            if top >= high + 2
            else min(max(y for _, y in points) + 2, image.height - high)
        )
        draw.rectangle((left, top, left + wide, top + high), _GROUND)
        draw.text((left + 2, top), text, _INK, font)
    return np.asarray(image)


def still_figure(
    picture: NDArray[np.uint8], numbers: Sequence[tuple[str, ArrayLike]], words: str
) -> str:
    """Return `still` as a figure in HTML that needs no kernel and no network.

    Args:
        picture: RGB, uint8 (H, W, 3).
        numbers: as for `still`.
        words: the caption, and what is said to those who do not see the picture.
    """
    small = still(picture, numbers)
    (height, width), said = small.shape[:2], html.escape(words)
    data = base64.b64encode(jpeg(small)).decode()
    return (
        '<figure style="display:inline-block;vertical-align:top;margin:0 8px 12px 0;'
        f'width:{width}px;max-width:100%"><img width="{width}" height="{height}" '
        f'style="max-width:100%;height:auto" alt="{said}" '
        f'src="data:image/jpeg;base64,{data}"><figcaption>{said}</figcaption></figure>'
    )

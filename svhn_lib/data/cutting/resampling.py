"""Pictures made smaller and larger, framed, greyed, and seen through a homography.

OpenCV does it where it is installed, the fastest way; where it is not, NumPy does the same
(`by_numpy`), to the same bytes or now and then to one of 255 beside them. So reading needs no
OpenCV.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.data.cutting import by_numpy

try:
    import cv2
except ImportError:  # or it is there and lacks a library of the system
    cv2 = None  # type: ignore[assignment]

GREY_WEIGHTS = (0.2989, 0.5870, 0.1140)
"""Luma of R, G and B as MATLAB's rgb2gray rounds the weights of ITU-R BT.601."""


def has_opencv() -> bool:
    """Return whether OpenCV does the work.

    Example:
        >>> has_opencv() in (True, False)
        True
    """
    return cv2 is not None


def area_average(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Make a picture smaller: each pixel is the average over the area that it stands for.

    Args:
        picture: uint8 (H, W, 3).
        size: height and width, neither larger than the picture's.

    Returns:
        uint8 (h, w, 3).

    Example:
        >>> stripes = np.zeros((2, 3, 3), np.uint8)
        >>> stripes[:, 1] = 90
        >>> area_average(stripes, (1, 2))[0, :, 0].tolist()
        [30, 30]
    """
    if cv2 is not None:
        return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    return by_numpy.resized(picture, size, by_numpy.area_shares)


def bicubic(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Make a picture larger, by cubics through four pixels; the edges are repeated outside.

    Args:
        picture: uint8 (H, W, 3).
        size: height and width. A smaller side is made of every so many pixels, not of all.

    Returns:
        uint8 (h, w, 3).

    Example:
        >>> bicubic(np.array([[[0] * 3, [80] * 3]], np.uint8), (1, 4))[0, :, 0].tolist()
        [0, 18, 62, 88]
    """
    if cv2 is not None:
        return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
    return by_numpy.resized(picture, size, by_numpy.cubic_shares)


def to_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture, uint8 (H, W, 3), in grey, (H, W, 1), by `GREY_WEIGHTS`.

    Example:
        >>> to_grey(np.array([[[0, 255, 0]]], np.uint8)).tolist()
        [[[150]]]
    """
    if cv2 is not None:
        grey = np.asarray(cv2.transform(picture, np.array([GREY_WEIGHTS])), np.uint8)
        return grey.reshape(*picture.shape[:2], 1)
    return np.rint(picture @ np.array(GREY_WEIGHTS, np.float32)).astype(np.uint8)[:, :, None]


def homography(source: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """Return the matrix (3, 3) of the perspective map that takes four points to four others.

    Args:
        source: (4, 2), x and y; taken in single precision, like the others.
        target: (4, 2).

    Example:
        >>> square = [[0, 0], [1, 0], [1, 1], [0, 1]]
        >>> homography(square, np.array(square) * 2).round(6).tolist()
        [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    """
    source, target = np.asarray(source, np.float32), np.asarray(target, np.float32)
    if cv2 is not None:
        return np.asarray(cv2.getPerspectiveTransform(source, target))
    terms = np.zeros((8, 8))
    terms[:4, :2] = terms[4:, 3:5] = source
    terms[:4, 2] = terms[4:, 5] = 1
    terms[:4, 6:], terms[4:, 6:] = -source * target[:, :1], -source * target[:, 1:]
    return np.append(np.linalg.solve(terms, target.T.ravel()), 1.0).reshape(3, 3)


def mapped(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (N, 2), x and y, where a perspective map (3, 3) takes them.

    Example:
        >>> mapped(np.array([[2.0, 4.0]]), np.diag([1, 1, 2.0])).tolist()
        [[1.0, 2.0]]
    """
    if cv2 is not None:
        return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0])
    across, down, depth = matrix[:, :2] @ points.T + matrix[:, 2:]
    return np.stack([across / depth, down / depth], axis=1)


def warped(
    picture: NDArray[np.uint8], back: NDArray[np.float64], size: tuple[int, int], edge: bool
) -> NDArray[np.uint8]:
    """See a picture through a perspective map, by cubics through four times four pixels.

    Args:
        picture: uint8 (H, W, 3).
        back: (3, 3), takes x and y of the result to those of the picture, both counted from the
            middle of the first pixel.
        size: height and width of the result.
        edge: repeat the picture's edge outside it; black otherwise.

    Returns:
        uint8 (h, w, 3).

    Example:
        >>> picture = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
        >>> aside = np.array([[1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
        >>> warped(picture, aside, (1, 3), edge=True)[0, :, 0].tolist()
        [3, 6, 6]
    """
    if cv2 is not None:
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        border = cv2.BORDER_REPLICATE if edge else cv2.BORDER_CONSTANT
        seen = cv2.warpPerspective(picture, back, size[::-1], flags=how, borderMode=border)
        return np.asarray(seen, np.uint8)
    return by_numpy.warped(picture, back, size, edge)

"""From a number's corners to a level crop: what climbs, leans or lies on its side is set upright.

A level number is cut as `data.cutting.crops` cuts any box.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.data.cutting.resampling import area_average, homography, mapped, to_grey, warped

_LEVEL = 1e-3  # pixels by which the corners of a level box may be off
_SHARPEST = 1.2  # pixels of the photo per pixel of the crop, from which on the photo is shrunk


def rectified(
    picture: NDArray[np.uint8], corners: ArrayLike, settings: CropSettings
) -> NDArray[np.uint8]:
    """Cut a number out of a photo, set it level and resize it.

    The corners of an upright, level box give what `crops.cut` gives, bit for bit. Others are mapped
    to a rectangle by a homography, and the margin is added to that. What lies outside the photo is
    filled as the settings say for square crops; a clipped one repeats the photo's edge there, for
    its slanting border cannot be cut off.

    Args:
        picture: RGB, uint8 (H, W, 3).
        corners: (4, 2), x and y in pixels: the number's own top left, top right, bottom right and
            bottom left.
        settings: how to cut; the shape 'whole' gives the whole picture.

    Returns:
        uint8 (h, w, 3) of `settings.size`, or (h, w, 1) for grey.

    Raises:
        ValueError: the corners enclose nothing, stand in another order, or nothing of what they
            enclose lies in the picture.

    Example:
        >>> picture = np.zeros((50, 100, 3), np.uint8)
        >>> turned = [[60, 10], [60, 40], [50, 40], [50, 10]]  # reads downwards
        >>> rectified(picture, turned, CropSettings((64, 64))).shape
        (64, 64, 3)
    """
    quad = checked_corners(corners)
    left, top = quad.min(axis=0).tolist()
    right, bottom = quad.max(axis=0).tolist()
    upright = corners_of((left, top, right, bottom))
    if settings.shape == "whole" or np.abs(quad - upright).max() <= _LEVEL:
        return cut(picture, (left, top, right, bottom), settings)
    height, width = picture.shape[:2]
    if not (left < width and top < height and right > 0 and bottom > 0):
        raise ValueError(f"the corners {quad.tolist()} lie outside the {width}x{height} picture")
    return _warped(picture, _window(quad, settings), settings)


def corners_of(box: ArrayLike) -> NDArray[np.float64]:
    """Return the corners of an upright box (left, top, right, bottom), as `rectified` takes them.

    Raises:
        ValueError: the box is not four numbers.

    Example:
        >>> corners_of((10, 20, 30, 50)).tolist()
        [[10.0, 20.0], [30.0, 20.0], [30.0, 50.0], [10.0, 50.0]]
    """
    sides = np.asarray(box, dtype=np.float64)
    if sides.shape != (4,):
        raise ValueError(f"the box {box!r} is not left, top, right and bottom")
    left, top, right, bottom = sides
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def checked_corners(corners: ArrayLike) -> NDArray[np.float64]:
    """Return corners as float64 (4, 2).

    Raises:
        ValueError: they are of another shape or no finite numbers, or do not go round a convex
            area, clockwise as they are seen.
    """
    quad = np.asarray(corners, dtype=np.float64)
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise ValueError(f"corners of shape {quad.shape}: give four points, (4, 2), finite numbers")
    sides = np.roll(quad, -1, axis=0) - quad
    after = np.roll(sides, -1, axis=0)
    if (sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]).min() <= 0:
        raise ValueError(
            f"the corners {quad.tolist()} go round no area: give top left, top right, bottom right "
            "and bottom left"
        )
    return quad


def _window(quad: NDArray[np.float64], settings: CropSettings) -> NDArray[np.float64]:
    """Return the four corners, in the picture, of what the crop shows of a number's quad."""
    above, right, below, left = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1).tolist()
    across, down = (above + below) / 2, (left + right) / 2
    flat = np.array([[0, 0], [across, 0], [across, down], [0, down]])
    wide, high = across, down
    if settings.shape == "square":
        wide = high = max(across, down)
    reach = np.array([wide, high]) * (1 + settings.margin) / 2
    window = np.array([across, down]) / 2 + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    to_picture = homography(flat, quad)
    depth = np.c_[window, np.ones(4)] @ to_picture[2]
    if depth.min() <= 0.1:  # so oblique that the margin would reach behind the horizon
        return np.c_[window, np.ones(4)] @ np.linalg.lstsq(np.c_[flat, np.ones(4)], quad)[0]
    return mapped(window, to_picture)


def _warped(
    picture: NDArray[np.uint8], window: NDArray[np.float64], settings: CropSettings
) -> NDArray[np.uint8]:
    """Return the picture's part in the window's four corners as a crop."""
    height, width = settings.size
    picture, window = _near(picture, window)
    sides = np.linalg.norm(np.roll(window, -1, axis=0) - window, axis=1)
    coarse = max(1.0, min(max(sides[0], sides[2]) / width, max(sides[1], sides[3]) / height))
    if coarse > _SHARPEST:  # sampling would skip pixels: average them first
        across, down = (max(1, round(side / coarse)) for side in picture.shape[1::-1])
        window = window * (np.array([across, down]) / picture.shape[1::-1])
        picture = area_average(picture, (down, across))
    # Pixels are counted from the middle of the first one, boxes from its edge.
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    back = homography(target, window - 0.5)
    edge = settings.fill == "edge" or settings.shape == "clipped"
    crop = warped(picture, back, settings.size, edge)
    return to_grey(crop) if settings.grey else crop


def _near(
    picture: NDArray[np.uint8], window: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the part of the picture around the window, and the window's corners in it."""
    height, width = picture.shape[:2]
    low, high = window.min(axis=0), window.max(axis=0)
    left, right = _bounds(low[0], high[0], width)
    top, bottom = _bounds(low[1], high[1], height)
    return picture[top:bottom, left:right], window - np.array([left, top])


def _bounds(low: float, high: float, extent: int) -> tuple[int, int]:
    """Return the whole pixels from `low` to `high` and two more on each side, at least one."""
    first = min(max(math.floor(low) - 2, 0), extent - 1)
    return first, max(min(math.ceil(high) + 2, extent), first + 1)

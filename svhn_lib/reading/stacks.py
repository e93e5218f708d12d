"""Digits one under another, set side by side, so that a net that reads along lines can read them.

How many digits a column holds is not known: every count is tried, and what the net makes of the
digits side by side is weighed with the length that it sees in the column as it stands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.cutting.resampling import homography, mapped
from svhn_lib.detection.rectify import rectified
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.arrays import as_float64, log_softmax

_TALL = 1.4  # times as high as wide: a lone digit that stands narrow, or a column
_LEANS = (0.0, -0.3, 0.3)  # of the column to either side, as a share of its width
_BESIDE, _OVER = 0.1, 0.12  # more that is cut on every side, as shares of a cell's width and height


def is_tall(corners: NDArray[np.float64]) -> bool:
    """Return whether a number's place is so much higher than wide that it may be a column.

    Example:
        >>> is_tall(np.array([[0.0, 0], [20, 0], [20, 50], [0, 50]]))
        True
    """
    along = corners[1] - corners[0] + corners[2] - corners[3]
    down = corners[3] - corners[0] + corners[2] - corners[1]
    return bool(np.linalg.norm(down) > _TALL * np.linalg.norm(along))


def ways(most: int) -> list[tuple[int, float]]:
    """Return the counts of digits, 2 to `most`, each with every lean, in the order of the views."""
    return [(count, lean) for count in range(2, most + 1) for lean in _LEANS]


def column_views(
    picture: NDArray[np.uint8], corners: NDArray[np.float64], crop: CropSettings, most: int = 5
) -> NDArray[np.uint8]:
    """Cut a column into as many equal cells as it may hold digits, and set them side by side.

    Args:
        picture: RGB, uint8 (H, W, 3).
        corners: of the whole column, float64 (4, 2): top left, top right, bottom right, bottom
            left, pixels.
        crop: the net's own; its size is that of the views.
        most: digits that the net can read.

    Returns:
        uint8 (len(ways(most)), h, w, 3).

    Raises:
        ValueError: nothing of the column lies in the picture.

    Example:
        >>> wall = np.zeros((90, 60, 3), np.uint8)
        >>> column = np.array([[20.0, 10], [40, 10], [40, 80], [20, 80]])
        >>> column_views(wall, column, CropSettings((64, 64))).shape
        (12, 64, 64, 3)
    """
    to_picture = homography([[0, 0], [1, 0], [1, 1], [0, 1]], corners)
    height, width = crop.size
    views = []
    for count, lean in ways(most):
        edges = np.linspace(0, width, count + 1).round().astype(int)
        cells = []
        for row in range(count):
            cell = _cell(row, count, lean)
            quad = mapped(cell, to_picture)
            way = CropSettings((height, int(edges[row + 1] - edges[row])), "clipped", 0.0)
            cells.append(rectified(picture, quad, way))
        views.append(np.concatenate(cells, axis=1))
    return np.stack(views)


def _cell(row: int, count: int, lean: float) -> NDArray[np.float64]:
    """Return the corners of a digit's cell in a column from (0, 0) to (1, 1)."""
    middle = 0.5 + lean * (row / (count - 1) - 0.5)
    reach = (1 - abs(lean)) * (0.5 + _BESIDE)
    top, bottom = (row - _OVER) / count, (row + 1 + _OVER) / count
    left, right = middle - reach, middle + reach
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def column_logits(upright: Logits, views: Logits) -> Logits:
    """Return what a net says of a column, as if it had read it along a line.

    The score of each length is half of that in the column as it stands, which knows how many
    digits there are, and all of that of as many digits side by side with the lean that suits best,
    which knows what they say. Digits are those of the most probable length.

    Args:
        upright: of the crop as it stands, one number.
        views: of its `column_views`.

    Returns:
        Logits of one number; those of the column as it stands, where the net has no length head.
    """
    if upright.length is None or views.length is None:
        return upright
    standing = log_softmax(as_float64(upright.length[0]), axis=0)
    lengths, upright_digits = standing * 1.5, as_float64(upright.digits)
    chosen_digits, most_probable = upright_digits, -np.inf
    lines = log_softmax(as_float64(views.length), axis=1)
    said = as_float64(views.digits)
    best = log_softmax(said, axis=2).max(axis=2).cumsum(axis=1)  # (views, D)
    longest = upright_digits.shape[1]
    tried = ways(longest)
    for count in range(1, longest + 1):
        digits, sure = upright_digits, float(log_softmax(upright_digits[0, 0], axis=0).max())
        if count > 1:
            rows = [row for row, (digits_in, _) in enumerate(tried) if digits_in == count]
            row = max(rows, key=lambda row: float(lines[row, count] + best[row, count - 1]))
            lengths[count] = lines[row, count] + standing[count] / 2
            digits, sure = said[row : row + 1], float(best[row, count - 1])
        if sure + float(lengths[count]) > most_probable:
            most_probable, chosen_digits = sure + float(lengths[count]), digits
    return Logits(lengths[None].astype(np.float32), chosen_digits)

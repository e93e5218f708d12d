"""Digits one under another, set side by side, so that a net that reads along lines can read them.

How many digits a column holds is not known: every count is tried, and what the net makes of the
digits, side by side, in pairs and each by itself, is weighed with the length that it sees in the
column as it stands. The constants were chosen on rendered numbers, level ones among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.cutting.resampling import homography, mapped
from svhn_lib.detection.rectify import rectified
from svhn_lib.labels import DIGITS
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.arrays import as_float64, log_softmax

LEAST_SURE = 0.95
"""What is read more surely than that as it stands is not tried as a column."""
TEMPERATURE = 0.6
"""What logits of columns in given boxes are divided by: means of several readings are too modest.

Places that were found are weighed with their modest probabilities, so that none is given in vain.
"""
_TALL = 1.8  # times as high as wide: a lone digit that stands narrow, or a column
_LEANS = (0.0, -0.3, 0.3)  # of the column to either side, as a share of its width
_BESIDE, _OVER = 0.1, 0.12  # more that is cut on every side, as shares of a cell's width and height
_SEEN = 0.25  # how much it counts which length is seen in the column as it stands
_SINGLE = 0.5  # how much it counts that there is one digit in each cell by itself
_LONGER = 0.75  # natural logarithm, for each digit after the second: it sees too few of them


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
    """Cut a column into as many equal cells as it may hold digits.

    Args:
        picture: RGB, uint8 (H, W, 3).
        corners: of the whole column, float64 (4, 2): top left, top right, bottom right, bottom
            left, pixels.
        crop: the net's own; its size is that of the views.
        most: digits that the net can read.

    Returns:
        uint8 (N, h, w, 3): the cells side by side, in the order of `ways`; then each cell of 2
        digits by itself, of 3, and so on, from the top, without a lean; then each two neighbours
        of 3 digits side by side, of 4, and so on.

    Raises:
        ValueError: nothing of a cell lies in the picture.

    Example:
        >>> wall = np.zeros((90, 60, 3), np.uint8)
        >>> column = np.array([[20.0, 10], [40, 10], [40, 80], [20, 80]])
        >>> column_views(wall, column, CropSettings((64, 64))).shape
        (35, 64, 64, 3)
    """
    to_picture = homography([[0, 0], [1, 0], [1, 1], [0, 1]], corners)
    height, width = crop.size

    def cut_cell(row: int, count: int, lean: float, across: int) -> NDArray[np.uint8]:
        quad = mapped(_cell(row, count, lean), to_picture)
        return rectified(picture, quad, CropSettings((height, across), "clipped", 0.0))

    def beside(rows: Sequence[int], count: int, lean: float = 0.0) -> NDArray[np.uint8]:
        edges = np.linspace(0, width, len(rows) + 1).round().astype(int)
        pairs = zip(rows, np.diff(edges).tolist(), strict=True)
        return np.concatenate([cut_cell(row, count, lean, across) for row, across in pairs], axis=1)

    views = [beside(range(count), count, lean) for count, lean in ways(most)]
    for several in (1, 2):
        for count in range(several + 1, most + 1):
            firsts = range(count - several + 1)
            views += [beside(range(row, row + several), count) for row in firsts]
    return np.stack(views)


def _cell(row: int, count: int, lean: float) -> NDArray[np.float64]:
    """Return the corners of a digit's cell in a column from (0, 0) to (1, 1)."""
    middle = 0.5 + lean * (row / (count - 1) - 0.5)
    reach = (1 - abs(lean)) * (0.5 + _BESIDE)
    top, bottom = (row - _OVER) / count, (row + 1 + _OVER) / count
    left, right = middle - reach, middle + reach
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def column_logits(upright: Logits, views: Logits, known: bool = True) -> Logits:
    """Return what a net says of a column, as if it had read it along a line.

    The score of a length is what the column as it stands says of it, which knows how many digits
    there are, times `_SEEN`, and all of what as many digits side by side say with the lean that
    suits best, and `_SINGLE` of how probable it is, on the mean, that each cell by itself holds one
    digit. Digits are those of the most probable length; what they are side by side is averaged with
    what each is by itself and, of three digits and more, beside its neighbours. Other lengths are
    as probable as their own digits make them.

    Args:
        upright: of the crop as it stands, one number.
        views: of its `column_views`.
        known: it is a column; otherwise it may be a level number, and what the crop says as it
            stands is returned where that is more probable than any column.

    Returns:
        Logits of one number; those of the column as it stands, where the net has no length head.
    """
    if upright.length is None or views.length is None:
        return upright
    standing = log_softmax(as_float64(upright.length[0]), axis=0)
    level = _digit_scores(upright)[0]
    longest = len(level)
    lengths, digits = standing * (1 + _SEEN), {1: level}
    for count in range(2, min(longest + 1, len(lengths))):  # a head may know fewer lengths
        along_line, digits[count] = _as_line(views, count, longest)
        lengths[count] = along_line + _SEEN * standing[count] + _LONGER * (count - 2)
    scores = {count: float(lengths[count]) + _sureness(digits[count], count) for count in digits}
    best = max(scores, key=scores.__getitem__)
    upright_scores = (float(standing[count]) + _sureness(level, count) for count in digits)
    if not known and max(upright_scores) >= scores[best]:
        return upright
    for count, score in scores.items():  # whatever the digits of the best say beyond its length
        lengths[count] = score - _sureness(digits[best], count)
    return Logits(lengths[None].astype(np.float32), digits[best][None].astype(np.float32))


def _as_line(views: Logits, count: int, longest: int) -> tuple[float, NDArray[np.float64]]:
    """Return the score of a length and the digits, (D, 10), that views of `count` cells say."""
    tried, said = ways(longest), _digit_scores(views)
    seen = log_softmax(as_float64(views.length), axis=1)
    rows = [row for row, (cells, _) in enumerate(tried) if cells == count]
    row = max(rows, key=lambda row: seen[row, count] + _sureness(said[row], count))
    first = len(tried) + count * (count - 1) // 2 - 1
    alone = slice(first, first + count)
    several = [said[row, :count], said[alone, 0]]
    if count > 2:  # two digits side by side are a pair already
        first = len(tried) + longest * (longest + 1) // 2 - 1 + count * (count - 3) // 2
        several.append(_of_pairs(said[first : first + count - 1]))
    digits = said[row].copy()
    digits[:count] = log_softmax(np.mean(several, axis=0), axis=1)
    return float(seen[row, count] + _SINGLE * seen[alone, 1].mean()), digits


def _of_pairs(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the digits, (D, 10), as D - 1 pairs of neighbours say, (D - 1, 2 or more, 10)."""
    digits = np.concatenate([pairs[:, 0], pairs[-1:, 1]])
    digits[1:-1] = (pairs[1:, 0] + pairs[:-1, 1]) / 2
    return digits


def _digit_scores(logits: Logits) -> NDArray[np.float64]:
    """Return the log-probabilities of the digits at each position, (N, D, 10)."""
    return log_softmax(as_float64(logits.digits)[..., :DIGITS], axis=2)


def _sureness(digits: NDArray[np.float64], count: int) -> float:
    """Return the log-probability of the most probable digits at the first positions."""
    return float(digits[:count].max(axis=1).sum())

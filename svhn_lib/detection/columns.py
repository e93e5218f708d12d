"""The ends of columns: numbers whose digits stand one under another are often long.

A cell of the net sees only so far. Of a long column those in the middle know neither end, and what
they say of it is too short. The cells near an end see it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.detection.cells import Cells, sigmoid

_DIGIT = 0.5  # probability that a cell lies in a digit, or more
_STACKED = 0.3  # probability that its number is written downwards, or more
_SAME = 0.5  # IoU of what a cell's box and the column take across, or more
_ROUNDS = 6
_STEP = 0.1  # of the column's width: an end that moves less stays


def with_ends(corners: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Return a column's corners with its top and its bottom where the cells near them see them.

    Args:
        corners: float64 (4, 2), as in `Found`.
        cells: of all views, whose numbers stand as this one does.

    Example:
        >>> column = np.array([[0.0, 0], [10, 0], [10, 30], [0, 30]])
        >>> middle, longer = np.array([[5.0, 25]]), column[None] + [[[0, 20]]]
        >>> cells = Cells(np.ones(1), middle, longer, stacked=np.ones(1), digit=np.ones(1))
        >>> with_ends(column, cells)[:, 1].tolist()
        [0.0, 0.0, 50.0, 50.0]
    """
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    across, down = (side / max(float(np.hypot(*side)), 1e-9) for side in (across, down))
    left, right, top, bottom = (float(s) for axis in (across, down) for s in _span(corners, axis))
    begins, ends = _span(cells.corners, across)
    shared = np.minimum(ends, right) - np.maximum(begins, left)
    either = np.maximum(ends, right) - np.minimum(begins, left)
    beside = cells.middle @ across
    line = (beside > left) & (beside < right) & (shared >= _SAME * either)
    line &= (cells.digit >= _DIGIT) & (cells.stacked >= _STACKED)
    weights, places = sigmoid(cells.logit[line]), cells.middle[line] @ down
    tops, bottoms = _span(cells.corners[line], down)
    lower = _end(bottom, places, bottoms, weights, right - left) - bottom
    higher = top + _end(-top, -places, -tops, weights, right - left)
    return corners + np.array([-higher, -higher, lower, lower])[:, None] * down


def _end(
    end: float,
    places: NDArray[np.float64],
    ends: NDArray[np.float64],
    weights: NDArray[np.float64],
    wide: float,
) -> float:
    """Return an end of a column, further on along its line as long as the cells near it say so.

    Args:
        end: where it was seen.
        places: of the cells, float64 (n,).
        ends: where each sees it, float64 (n,); one that is near it counts the more.
        weights: of the cells, float64 (n,).
        wide: the column's width.
    """
    for _ in range(_ROUNDS):
        near = np.abs(places - end) < wide
        if not near.any():
            break
        far = (ends[near] - places[near]) / wide
        step = float(np.average(ends[near], weights=weights[near] / (1 + far**2))) - end
        end += max(step, 0.0)
        if step < _STEP * wide:
            break
    return end


def _span(
    points: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where points (..., 4, 2) begin and end along an axis."""
    along = points @ axis
    return along.min(axis=-1), along.max(axis=-1)

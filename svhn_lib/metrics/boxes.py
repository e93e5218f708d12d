"""How well boxes agree with the annotated ones, and which found box belongs to which number.

Boxes are left, top, right, bottom in pixels; NaN where there is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.metrics.arrays import as_correct, as_judged, as_pair


class BoxScore(NamedTuple):
    """How well N boxes agree with the true ones; shares are 0 to 1.

    Attributes:
        n: numbers that have a true box.
        mean_iou: mean intersection over union; 0 for a number without a found box.
        above_half: share of them with an IoU above 0.5, which is what 'found' means.
        above_70: share with an IoU above 0.7.
        squared_error: mean of the squared differences of centre x, centre y, height and width, in
            square pixels, over the four and over the found boxes (Marek 2017); NaN for none.

    Example:
        >>> box_score([[0, 0, 10, 10]], [[0, 0, 10, 20]]).mean_iou
        0.5
    """

    n: int
    mean_iou: float
    above_half: float
    above_70: float
    squared_error: float


def iou(found: ArrayLike, true: ArrayLike) -> NDArray[np.float64]:
    """Return the intersection over union of boxes; 0 where one is NaN or empty.

    Args:
        found: (..., 4) left, top, right, bottom.
        true: (..., 4), broadcast against it: `iou(a[:, None], b)` compares all pairs.

    Returns:
        float64 of the shape that both broadcast to, without the last axis.

    Raises:
        ValueError: the last axis is not of 4.

    Example:
        >>> iou([0, 0, 10, 10], [[5, 0, 15, 10], [20, 0, 30, 10]]).round(3).tolist()
        [0.333, 0.0]
    """
    a, b = _boxes(found), _boxes(true)
    overlap = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    common = np.clip(overlap, 0, None).prod(axis=-1)
    union = _area(a) + _area(b) - common
    return np.where(union > 0, common / np.where(union > 0, union, 1), 0.0)  # NaN > 0 is false


def box_score(found: ArrayLike, true: ArrayLike) -> BoxScore:
    """Compare a box per number with the true one.

    Args:
        found: (N, 4); a row of NaN where nothing was found.
        true: (N, 4); rows with a NaN are left out.

    Raises:
        ValueError: the shapes differ or are no boxes', or no number has a true box.

    Example:
        >>> score = box_score([[0, 0, 10, 10], [np.nan] * 4], [[1, 0, 11, 10], [5, 5, 9, 9]])
        >>> score.n, score.above_half, score.squared_error
        (2, 0.5, 0.25)
    """
    a, b = _boxes(found), _boxes(true)
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"boxes of shapes {a.shape} and {b.shape}: give two of (N, 4)")
    known = ~np.isnan(b).any(axis=1)
    if not known.any():
        raise ValueError("no number has a true box: give at least one")
    a, b = a[known], b[known]
    shares = iou(a, b)
    squared = (_centred(a) - _centred(b)) ** 2
    squared = squared[~np.isnan(squared).any(axis=1)]
    return BoxScore(
        n=len(b),
        mean_iou=float(shares.mean()),
        above_half=float((shares > 0.5).mean()),
        above_70=float((shares > 0.7).mean()),
        squared_error=float(squared.mean()) if len(squared) else float("nan"),
    )


def accuracy_given_box(
    correct: ArrayLike, found: ArrayLike, true: ArrayLike, least: float = 0.5
) -> float:
    """Return the share that is read rightly of the numbers that were found.

    Args:
        correct: bool (N,), whether each number was read rightly.
        found: (N, 4); a row of NaN where nothing was found.
        true: (N, 4).
        least: IoU that must be exceeded to be found.

    Returns:
        0 to 1; NaN where no number was found.

    Raises:
        ValueError: there is not one of each per number, or no number.

    Example:
        >>> accuracy_given_box([True, False], [[0, 0, 9, 9], [50, 0, 60, 9]], [[0, 0, 9, 9]] * 2)
        1.0
    """
    right, met = as_pair(correct, iou(found, true) > least)
    right = as_correct(right)[met]
    return float(right.mean()) if len(right) else float("nan")


def match(found: ArrayLike, true: ArrayLike, least: float = 0.5) -> NDArray[np.int64]:
    """Say for each box found in a picture which true one it is.

    Found boxes choose in their order, best first, the free true box that they overlap most; each
    true box is taken once, so a second box about the same number is a false alarm.

    Args:
        found: (N, 4), best first; an empty list for none.
        true: (M, 4); an empty list for none.
        least: IoU that must be exceeded.

    Returns:
        int64 (N,): place of the true box, -1 for a false alarm.

    Example:
        >>> match([[0, 0, 10, 10], [1, 0, 11, 10], [50, 0, 60, 10]], [[0, 0, 10, 10]]).tolist()
        [0, -1, -1]
    """
    a, b = _boxes(found, none=True), _boxes(true, none=True)
    shares = iou(a[:, None], b[None])  # (N, M)
    places = np.full(len(a), -1, dtype=np.int64)
    for place, row in enumerate(shares):
        if row.size and row.max() > least:
            places[place] = row.argmax()
            shares[:, places[place]] = 0
    return places


def average_precision(right: ArrayLike, confidence: ArrayLike, numbers: int) -> float:
    """Return the average precision of the boxes found in some pictures.

    A number that is found counts with the share of right boxes among those that are at least as
    sure as its own, and one that is not found counts 0. The average precision is the mean of these
    (Everingham et al. 2010, 'The PASCAL Visual Object Classes Challenge', section 4.2, without
    interpolation). No bound of confidence has to be chosen for it.

    Args:
        right: bool (N,), whether each box found in any picture is a number's, see `match`; empty
            where none was found.
        confidence: (N,), how sure each is.
        numbers: how many there are in all pictures, found or not.

    Returns:
        0 to 1.

    Raises:
        ValueError: there are fewer numbers than right boxes, or none; the lengths differ; a
            confidence is no number.

    Example:
        >>> average_precision([True, False, True, True], [0.9, 0.8, 0.7, 0.6], numbers=4)
        0.6041666666666666
    """
    if np.size(right) == np.size(confidence) == 0:  # nothing was found
        right, confidence = np.zeros(1, dtype=bool), np.zeros(1)
    good, sure = as_judged(right, confidence)
    if not good.sum() <= numbers or numbers < 1:
        raise ValueError(f"{int(good.sum())} right boxes of {numbers} numbers: give all numbers")
    order = np.argsort(-sure, kind="stable")
    good, sure = good[order], sure[order]
    as_sure = np.searchsorted(-sure, -sure, side="right")  # boxes at least as sure as each
    precision = good.cumsum()[as_sure - 1] / as_sure
    return float(precision[good].sum() / numbers)


def _boxes(values: ArrayLike, none: bool = False) -> NDArray[np.float64]:
    boxes = np.asarray(values, dtype=np.float64)
    if none and boxes.size == 0:
        return boxes.reshape(0, 4)
    if boxes.ndim < 1 or boxes.shape[-1] != 4:
        raise ValueError(
            f"boxes of shape {boxes.shape}: give left, top, right, bottom as last axis"
        )
    return boxes


def _area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(axis=-1)


def _centred(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centre x, centre y, height and width of (N, 4) boxes."""
    low, high = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([(low + high) / 2, (high - low)[:, ::-1]], axis=1)

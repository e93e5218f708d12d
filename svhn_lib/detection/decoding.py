"""From a net's maps to places: boxes of cells, merged where they speak of the same number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.detection.cells import Cells, sigmoid
from svhn_lib.detection.columns import with_ends
from svhn_lib.detection.record import SLENDER, Found

LEVEL = 5.0
"""Degrees up to which a number is taken to be level: its box is set upright."""
_MOST_PLACES = 20
_DIGITS = 0.6  # power of a digit's odds among those of the number
_RIM = 0.05  # of a digit's height around the digits, as SVHN's boxes have it
_SAME = 0.5  # IoU of boxes that speak of one number
_OTHER = 0.25  # IoU up to which boxes are of two numbers
_WITHIN = 0.6  # share of the smaller box in a better one, from which on it is a part of that
_ALIKE = 0.87  # cosine between the directions of boxes that are merged


def merged(
    parts: list[Cells], limit: int, temperature: float = 1.0, bias: float = 0.0
) -> list[Found]:
    """Return the numbers that cells of one photo speak of, best first, at most `limit`.

    The best cell chooses those whose boxes agree with its own. Each corner is their mean, in which
    a cell weighs the more the nearer it is to that corner; the odds of the number are the sum of
    theirs, times those of a digit where it is plainest to some power. Cells whose boxes overlap the
    result are used up.

    Args:
        parts: of all views.
        limit: places.
        temperature: what the logarithm of the odds is divided by,
        bias: and what is added then, to have the logit of the confidence.
    """
    cells = Cells(*(np.concatenate(field) for field in zip(*parts, strict=True)))
    boxes = np.concatenate([cells.corners.min(axis=1), cells.corners.max(axis=1)], axis=1)
    directions = _directions(cells.corners)
    free = np.ones(len(boxes), dtype=bool)
    found: list[Found] = []
    for best in np.argsort(-cells.logit, kind="stable"):
        if len(found) == _MOST_PLACES:
            break
        if not free[best]:
            continue
        overlap, within = _overlaps(boxes[best], boxes)
        same = free & (overlap >= _SAME) & (directions @ directions[best] >= _ALIKE)
        same[best] = True
        chosen = Cells(*(field[same] for field in cells))
        stacked = bool(np.average(chosen.stacked, weights=sigmoid(chosen.logit)) > 0.5)
        corners = _mean_corners(chosen)
        if stacked:
            alike = directions @ directions[best] >= _ALIKE
            corners = with_ends(corners, Cells(*(field[alike] for field in cells)))
            overlap, within = _overlaps(np.r_[corners.min(axis=0), corners.max(axis=0)], boxes)
        corners = with_rim(levelled(corners), stacked)
        odds = float(np.logaddexp.reduce(chosen.logit)) + _DIGITS * _digit_evidence(chosen)
        confidence = float(sigmoid(np.array(odds / temperature + bias)))
        found.append(Found(corners, confidence, stacked))
        free &= (overlap < _OTHER) & (within < _WITHIN)
    return sorted(found, key=lambda place: -place.confidence)[:limit]


def _digit_evidence(cells: Cells) -> float:
    """Return the logit of a digit in the middle of which a cell lies, mean of the five surest."""
    share = np.clip(np.sort(cells.digit)[-5:].mean(), 1e-4, 1 - 1e-4)
    return float(np.log(share / (1 - share)))


def _mean_corners(cells: Cells) -> NDArray[np.float64]:
    height = np.median(np.linalg.norm(cells.corners[:, 3] - cells.corners[:, 0], axis=1))
    far = np.linalg.norm(cells.corners - cells.middle[:, None], axis=2) / max(height, 1e-9)
    weights = sigmoid(cells.logit)[:, None] / (1 + far**2)  # (n, 4)
    total: NDArray[np.float64] = (cells.corners * weights[..., None]).sum(axis=0)
    return total / weights.sum(axis=0)[:, None]


def levelled(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return corners (4, 2), those of an upright box where they are turned by `LEVEL` or less.

    Example:
        >>> levelled(np.array([[0.0, 1], [40, 0], [40, 20], [0, 21]])).tolist()
        [[0.0, 0.5], [40.0, 0.5], [40.0, 20.5], [0.0, 20.5]]
    """
    if _directions(corners[None])[0] @ [0, -1] < np.cos(np.deg2rad(LEVEL)):
        return corners
    left, right = corners[[0, 3], 0].mean(), corners[[1, 2], 0].mean()
    top, bottom = corners[[0, 1], 1].mean(), corners[[2, 3], 1].mean()
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def with_rim(corners: NDArray[np.float64], stacked: bool) -> NDArray[np.float64]:
    """Return corners (4, 2) moved outwards, to where people draw a box about the digits.

    Example:
        >>> with_rim(np.array([[0.0, 0], [40, 0], [40, 20], [0, 20]]), stacked=False).round(1)
        array([[-1., -1.],
               [41., -1.],
               [41., 21.],
               [-1., 21.]])
    """
    across = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / 2
    wide, high = max(np.hypot(*across), 1e-9), max(np.hypot(*down), 1e-9)
    rim = _RIM * (SLENDER * wide if stacked else high)
    across, down = across * rim / wide, down * rim / high
    return corners + np.array([-across - down, across - down, across + down, down - across])


def _directions(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vectors (n, 2) in which boxes (n, 4, 2) stand."""
    up = corners[:, 0] + corners[:, 1] - corners[:, 2] - corners[:, 3]
    return up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)


def _overlaps(
    box: NDArray[np.float64], boxes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return IoU with each box, and the common area as a share of the smaller of the two."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    common = np.clip(sides, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    area = (box[2:] - box[:2]).prod()
    smaller = np.minimum(area, areas)
    return common / np.maximum(area + areas - common, 1e-9), common / np.maximum(smaller, 1e-9)

"""What single cells of a net's maps say of the photo: boxes, and whether a digit is there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from svhn_lib.detection.pyramid import View
from svhn_lib.labels import BLANK
from svhn_lib.models.outputs import STRIDE, Maps

_MOST_CELLS = 1000


class Cells(NamedTuple):
    """What single cells say, n of them; pixels are those of the photo.

    Attributes:
        logit: float64 (n,), of the score.
        middle: float64 (n, 2).
        corners: float64 (n, 4, 2), as in `Found`.
        stacked: float64 (n,), probability.
        digit: float64 (n,), probability that the cell lies in the middle of a digit.
    """

    logit: NDArray[np.float64]
    middle: NDArray[np.float64]
    corners: NDArray[np.float64]
    stacked: NDArray[np.float64]
    digit: NDArray[np.float64]


def cells_of(maps: Maps, picture: int, view: View, least: float) -> Cells:
    """Return the cells of a view that may lie in a number, the best 1,000 of them.

    Args:
        maps: of N canvases, arrays or tensors on the CPU.
        picture: which of them.
        view: of the photo, on the canvas.
        least: logit of a cell's score.
    """
    (left, top), (height, width), scale = view
    first, last = top // STRIDE, -(-(top + height) // STRIDE)
    begin, end = left // STRIDE, -(-(left + width) // STRIDE)
    within = (picture, ..., slice(first, last), slice(begin, end))
    score = np.asarray(maps.score[within])
    rows, columns = np.nonzero(score >= least)
    if len(rows) > _MOST_CELLS:
        best = np.argsort(-score[rows, columns], kind="stable")[:_MOST_CELLS]
        rows, columns = rows[best], columns[best]
    logits, sides, up, stacked, digits = (
        np.asarray(field[within][..., rows, columns], np.float64) for field in maps
    )
    upward = up.T / np.maximum(np.linalg.norm(up.T, axis=1, keepdims=True), 1e-9)
    along = np.stack([-upward[:, 1], upward[:, 0]], axis=1)
    above, right, below, before = sides[..., None]
    middle = (np.stack([columns, rows], axis=1) + 0.5) * STRIDE
    corners = np.stack(
        [
            middle + above * upward - before * along,
            middle + above * upward + right * along,
            middle - below * upward + right * along,
            middle - below * upward - before * along,
        ],
        axis=1,
    )
    return Cells(
        logit=logits,
        middle=np.asarray(middle / scale, np.float64),
        corners=corners / scale,
        stacked=sigmoid(stacked),
        digit=1 - np.exp(digits[BLANK] - np.logaddexp.reduce(digits, axis=0)),
    )


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of log-odds, without overflow."""
    return 1 / (1 + np.exp(-np.clip(logits, -500, 500)))

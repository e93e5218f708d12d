"""What a net that finds numbers is taught: maps drawn from corners, and the loss against them.

Boxes as in EAST (Zhou et al. 2017, section 3.3), overlap as their loss (Yu et al. 2016), with
how far each side is off beside it, and rare numbers by focal loss (Lin et al. 2017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.data.scenes import SceneNumber
from svhn_lib.labels import BLANK, IGNORED
from svhn_lib.models.outputs import STRIDE, Maps

HEIGHTS = (8.0, 28.0)
"""Digits of these heights, in pixels, are found; a pyramid brings others to such a height."""
LONGEST = 124.0
"""Pixels of a number's longer side up to which its place is taught: what a window shows."""
_DOUBTFUL = (5.0, 44.0)  # from here to `HEIGHTS`, nothing is taught
_CORE = 0.25  # of the shorter side is cut off each side of a number to have its middle
_FOCUS = 2.0
_WEIGHTS = {"score": 1.0, "sides": 1.0, "ends": 0.5, "up": 4.0, "stacked": 0.2, "digits": 0.5}


class PlaceTargets(NamedTuple):
    """What each cell of N pictures should say, h x w cells; see `models.places.Maps`.

    Attributes:
        score: float32 (N, h, w), 1 in the middle of a number, 0 elsewhere.
        told: float32 (N, h, w), 0 where nothing is taught about the score.
        weight: float32 (N, h, w), of a cell among those of its number; 0 outside.
        sides: float32 (N, 4, h, w), pixels.
        up: float32 (N, 2, h, w), of length 1 in numbers.
        stacked: float32 (N, h, w), 0 or 1.
        digits: int64 (N, h, w), the digit, 10 for none, `IGNORED` where nothing is taught.
    """

    score: Tensor
    told: Tensor
    weight: Tensor
    sides: Tensor
    up: Tensor
    stacked: Tensor
    digits: Tensor


def place_targets(places: list[list[SceneNumber]], size: tuple[int, int]) -> PlaceTargets:
    """Draw the maps that a net should give.

    Args:
        places: of each picture; a number that is cut off by its edge keeps its whole corners.
        size: height and width of the pictures in pixels, multiples of `STRIDE`.

    Example:
        >>> corners = np.array([[8.0, 8], [40, 8], [40, 24], [8, 24]])
        >>> number = SceneNumber("7", corners, corners[None], stacked=False)
        >>> targets = place_targets([[number]], (32, 48))
        >>> targets.score.sum().item(), targets.sides[0, :, 3, 3].tolist()
        (12.0, [6.0, 26.0, 10.0, 6.0])
    """
    height, width = size[0] // STRIDE, size[1] // STRIDE
    y, x = (np.mgrid[:height, :width] + 0.5) * STRIDE  # cells' middles in pixels
    drawn = [_draw(numbers, np.stack([x, y], axis=-1)) for numbers in places]
    return PlaceTargets(*(torch.from_numpy(np.stack(field)) for field in zip(*drawn, strict=True)))


def _draw(
    numbers: list[SceneNumber], cells: NDArray[np.float64]
) -> tuple[NDArray[np.generic], ...]:
    """Draw the maps of one picture; `cells` (h, w, 2) are the cells' middles."""
    shape = cells.shape[:2]
    score, told = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    weight, sides = np.zeros(shape, np.float32), np.zeros((4, *shape), np.float32)
    up, stacked = np.zeros((2, *shape), np.float32), np.zeros(shape, np.float32)
    digits = np.full(shape, BLANK, np.int64)
    for number in sorted(numbers, key=lambda number: -digit_height(number)):
        axis = upward(number.corners)
        around = distances(cells, number.corners, axis)  # (4, h, w)
        inside = around.min(axis=0) > 0
        tall = digit_height(number)
        if not _DOUBTFUL[0] <= tall <= _DOUBTFUL[1]:
            if tall < _DOUBTFUL[0]:
                told[inside], digits[inside] = 0, IGNORED
            continue
        told[inside], digits[inside] = 0, IGNORED
        longer = max((around[1] + around[3]).flat[0], (around[0] + around[2]).flat[0])
        if not HEIGHTS[0] <= tall <= HEIGHTS[1] or longer > LONGEST:
            continue
        core = _core(around)
        told[core], score[core] = 1, 1
        weight[core] = 1 / np.sqrt(max(core.sum(), 1))
        sides[:, core], stacked[core] = around[:, core], number.stacked
        up[0, core], up[1, core] = axis
        for text, corners in zip(number.text, number.digits, strict=True):
            digits[_core(distances(cells, corners, axis))] = int(text)
    return score, told, weight, sides, up, stacked, digits


def _core(around: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the cells in the middle of a box, or the one nearest to its centre; bool (h, w)."""
    across, down = (around[1] + around[3]).flat[0], (around[0] + around[2]).flat[0]
    middle = around.min(axis=0) > _CORE * min(across, down)
    if not middle.any():
        off = (around[1] - around[3]) ** 2 + (around[0] - around[2]) ** 2
        if off.min() <= (2 * STRIDE) ** 2:  # else the centre is outside the picture
            middle.flat[off.argmin()] = True
    return middle


def digit_height(number: SceneNumber) -> float:
    """Return the median height of a number's digits in pixels.

    Example:
        >>> corners = np.array([[0.0, 0], [20, 0], [20, 10], [0, 10]])
        >>> digit_height(SceneNumber("11", corners, np.stack([corners] * 2), stacked=False))
        10.0
    """
    sides = np.linalg.norm(number.digits[:, [3, 2]] - number.digits[:, [0, 1]], axis=2)
    return float(np.median(sides.mean(axis=1)))


def upward(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction in which a number stands, a unit vector; across its longer sides.

    Example:
        >>> upward(np.array([[0.0, 0], [20, 0], [20, 10], [0, 10]])).tolist()
        [0.0, -1.0]
    """
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / 2
    wide = np.hypot(*along) >= np.hypot(*down)
    axis = np.array([along[1], -along[0]]) if wide else -down
    return np.asarray(axis / max(float(np.hypot(*axis)), 1e-9)) + 0.0


def distances(
    cells: NDArray[np.float64], corners: NDArray[np.float64], up: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far the sides of the box around corners, along `up`, are from points.

    Args:
        cells: (h, w, 2), x and y.
        corners: (4, 2).
        up: unit vector (2,).

    Returns:
        float64 (4, h, w): to top, right, bottom and left; below 0 for points beyond it.
    """
    along = np.array([-up[1], up[0]])
    high, low = (corners @ up).max(), (corners @ up).min()
    last, first = (corners @ along).max(), (corners @ along).min()
    rise, run = cells @ up, cells @ along
    return np.stack([high - rise, last - run, rise - low, run - first])


def place_loss(maps: Maps, targets: PlaceTargets) -> Tensor:
    """Return the loss of N pictures' maps, a scalar.

    Example:
        >>> corners = np.array([[8.0, 8], [40, 8], [40, 24], [8, 24]])
        >>> number = SceneNumber("7", corners, corners[None], stacked=False)
        >>> targets = place_targets([[number]], (32, 48))
        >>> right = Maps(targets.score * 40 - 20, targets.sides, targets.up, targets.stacked - 9,
        ...              F.one_hot(targets.digits.clamp(min=0), 11).permute(0, 3, 1, 2) * 20.0)
        >>> place_loss(right, targets) < 1e-3
        tensor(True)
    """
    there = targets.weight.sum().clamp(min=1)

    def mean(loss: Tensor) -> Tensor:  # over numbers
        return (loss * targets.weight).sum() / there

    losses = {
        "score": _focal(maps.score, targets),
        "sides": mean(-(_overlap(maps.sides, targets.sides) + 1e-3).log()),
        "ends": mean(_off(maps.sides, targets.sides)),
        "up": mean(1 - F.cosine_similarity(maps.up, targets.up, dim=1)),
        "stacked": mean(
            F.binary_cross_entropy_with_logits(maps.stacked, targets.stacked, reduction="none")
        ),
        "digits": _digit_loss(maps.digits, targets.digits),
    }
    return torch.stack([_WEIGHTS[name] * loss for name, loss in losses.items()]).sum()


def _focal(logits: Tensor, targets: PlaceTargets) -> Tensor:
    """Return the focal loss; cells in numbers weigh as their number does, others 1."""
    loss = F.binary_cross_entropy_with_logits(logits, targets.score, reduction="none")
    wrong = (targets.score - logits.sigmoid()).abs() ** _FOCUS
    inside = targets.weight
    outside = (1 - targets.score) * targets.told
    return (loss * wrong * (inside + 0.5 * outside)).sum() / inside.sum().clamp(min=1)


def _overlap(sides: Tensor, true: Tensor) -> Tensor:
    """Return the IoU of boxes about the same cell along the same axes, (N, h, w)."""

    def area(box: Tensor) -> Tensor:
        return (box[:, 0] + box[:, 2]) * (box[:, 1] + box[:, 3])

    common = area(torch.minimum(sides, true))
    return common / (area(sides) + area(true) - common).clamp(min=1e-6)


def _off(sides: Tensor, true: Tensor) -> Tensor:
    """Return how far the four sides are off in all, in shorter sides of the box, (N, h, w).

    To the overlap of a long number its last digit matters little; to its reader it is all.
    """
    shorter = torch.minimum(true[:, 0] + true[:, 2], true[:, 1] + true[:, 3])
    return (sides - true).abs().sum(dim=1) / shorter.clamp(min=1)


def _digit_loss(logits: Tensor, digits: Tensor) -> Tensor:
    """Return the cross entropy of digits' cells; those without a digit weigh a tenth."""
    weights = logits.new_ones(BLANK + 1)
    weights[BLANK] = 0.1
    if not (digits != IGNORED).any():
        return logits.sum() * 0
    return F.cross_entropy(logits, digits, weights, ignore_index=IGNORED)

"""Digit boxes as people drew them around SVHN's digits, made from exact ones.

The boxes that the renderer itself knows are tight around the ink.
"""

import numpy as np

RIM = 0.07, 0.05
"""How far SVHN's boxes stand off the ink at a side, and above or below, in digit heights: means."""


def with_rims(rng: np.random.Generator, boxes: np.ndarray) -> np.ndarray:
    """Return tight digit boxes with as much room around the ink as SVHN's annotators left.

    The means come from SVHN's first 256 training pictures. The same localiser found numbers there
    and in rendered pictures, and SVHN's boxes reached farther beyond what it found. The widths of
    boxes by the number's length, in digitStruct.mat, agree with that.

    Args:
        rng: random numbers.
        boxes: exact ones, float64 (K, 4): left, top, right, bottom in pixels.

    Returns:
        Boxes like `boxes`; the four rims are those of all digits of the number.
    """
    tall = float((boxes[:, 3] - boxes[:, 1]).max())
    rims = np.maximum(0, rng.normal(RIM * 2, 0.03)) * tall
    return boxes + rims * (-1, -1, 1, 1)


def as_annotated(rng: np.random.Generator, boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return digit boxes drawn roughly, in whole pixels, as SVHN's annotators drew them.

    In SVHN's Format 1 all digits of a number have boxes of one height, neighbours about meet
    between the digits, and an edge is off by a few hundredths of the height (counted in its
    digitStruct.mat).

    Args:
        rng: random numbers.
        boxes: exact ones, float64 (K, 4): left, top, right, bottom in pixels.
        size: the picture's (H, W), which no box leaves.

    Returns:
        Boxes like `boxes`.
    """
    tall = float((boxes[:, 3] - boxes[:, 1]).max())
    left, right = boxes[:, 0].copy(), boxes[:, 2].copy()
    for i in range(len(boxes) - 1):
        gap = left[i + 1] - right[i]
        if -0.2 * tall < gap < 0.25 * tall:  # neighbours, not digits one under another
            right[i], left[i + 1] = right[i] + gap / 2, left[i + 1] - gap / 2
    left, right = (edge + rng.normal(0, 0.03 * tall, len(boxes)) for edge in (left, right))
    height = min(size[0], max(1, round(tall * rng.normal(1.02, 0.03))))
    middle = (boxes[:, 1] + boxes[:, 3]) / 2 + rng.normal(0, 0.02 * tall)
    top = np.clip(np.round(middle - height / 2), 0, size[0] - height) + 0.0  # -0 is 0
    left = np.clip(np.round(left), 0, size[1] - 1)
    right = np.clip(np.maximum(np.round(right), left + 1), 1, size[1])
    return np.stack([left, top, right, top + height], axis=1)

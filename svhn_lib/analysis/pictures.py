"""What a picture of a number is like: how sharp, how rich in contrast, how large it was.

Measured on the number itself, with the wall around it left out.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.augment.views import number_boxes
from svhn_lib.data.cutting.crops import GREY_WEIGHTS
from svhn_lib.data.sets.number_set import NumberSet


class Conditions(NamedTuple):
    """What N pictures are like, float64 (N,) each.

    Attributes:
        sharpness: standard deviation of the Laplacian of the grey levels over their own, without
            unit. The numerator is the usual measure of focus (Pertuz et al. 2013, LAPV); divided by
            contrast, a picture is no less sharp for being faint. Noise looks sharp.
        contrast: standard deviation of the grey levels, of 255 (Peli 1990: RMS contrast).
        height: of the number in its picture, in pixels of the picture. Of a picture that came cut,
            the whole height; of a set that does not know its pictures, the number's in the crop.

    Example:
        >>> Conditions(np.ones(1), np.full(1, 40.0), np.full(1, 31.0)).height.tolist()
        [31.0]
    """

    sharpness: NDArray[np.float64]
    contrast: NDArray[np.float64]
    height: NDArray[np.float64]


def conditions(numbers: NumberSet) -> Conditions:
    """Measure the pictures of a set: sharpness and contrast inside the box around all digits.

    Args:
        numbers: the set; a crop without digit boxes is taken to have 30 % margin.

    Example:
        >>> import torch
        >>> from pandas import DataFrame
        >>> from svhn_lib import encode
        >>> grey = NumberSet(
        ...     torch.full((1, 3, 32, 32), 128, dtype=torch.uint8),
        ...     *encode(["7"]),
        ...     boxes=torch.full((1, 5, 4), torch.nan),
        ...     table=DataFrame({"number": ["7"]}),
        ... )
        >>> conditions(grey).contrast.tolist()
        [0.0]
    """
    size = (numbers.pictures.shape[2], numbers.pictures.shape[3])
    boxes = number_boxes(numbers.boxes, size).numpy()
    pictures = numbers.pictures.permute(0, 2, 3, 1).numpy()
    measured = [_measure(*pair) for pair in zip(pictures, boxes, strict=True)]
    sharpness, contrast = np.array(measured, dtype=np.float64).reshape(-1, 2).T
    return Conditions(sharpness, contrast, _heights(numbers, boxes))


def _measure(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> tuple[float, float]:
    """Sharpness and contrast of a crop (H, W, C) inside a box; both 0 where all is one grey."""
    inside = _cut(picture, box)
    grey = inside[..., 0] if inside.shape[2] == 1 else inside @ np.array(GREY_WEIGHTS)
    contrast = float(grey.std())
    if contrast < 1e-9:
        return 0.0, 0.0
    return float(cv2.Laplacian(grey.astype(np.float64), cv2.CV_64F).std()) / contrast, contrast


def _cut(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The pixels of (H, W, C) that a box touches, at least one."""
    height, width = picture.shape[:2]
    left, top = (int(np.clip(np.floor(box[i]), 0, end - 1)) for i, end in ((0, width), (1, height)))
    right = max(left + 1, int(np.ceil(box[2])))
    bottom = max(top + 1, int(np.ceil(box[3])))
    return picture[top:bottom, left:right]


def _heights(numbers: NumberSet, boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of the numbers in their pictures; of a picture that came cut, its own."""
    table = numbers.table
    heights = (boxes[:, 3] - boxes[:, 1]).astype(np.float64)
    for top, bottom in (("window_top", "window_bottom"), ("top", "bottom")):
        if top in table and bottom in table:
            known = (table[bottom] - table[top]).to_numpy(np.float64)
            heights = np.where(np.isnan(known), heights, known)
    return heights


def middle_half(values: ArrayLike) -> tuple[float, float]:
    """Return between which values the middle half of what is known lies; NaN where nothing is.

    Args:
        values: such as a column of an error table; NaN where not known.

    Example:
        >>> middle_half([1.0, 2.0, 3.0, 4.0, 5.0, float("nan")])
        (2.0, 4.0)
    """
    array = np.asarray(values, dtype=float)
    known = array[np.isfinite(array)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.25, 0.75])
    return float(low), float(high)

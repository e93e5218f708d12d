"""The auxiliary loss of feature columns: which digit's centre lies in each.

It needs digit boxes, and teaches a backbone where digits are; nothing is read from it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.labels import BLANK, IGNORED


def column_targets(boxes: Tensor, digits: Tensor, width: int, columns: int) -> Tensor:
    """Say for every column of a feature map which digit's centre lies in it.

    Args:
        boxes: float (N, K, 4): left, top, right, bottom in pixels of the crop, NaN where none.
        digits: int64 (N, K), `BLANK` after the end.
        width: of the crop in pixels.
        columns: of the feature map.

    Returns:
        int64 (N, columns): the digit; 10 where no centre lies; the digit whose centre is nearer
        the column's middle where two share it (the first on a tie). Centres outside the crop are
        in no column. Rows of `IGNORED` are examples that lack the box of a digit, or have no digit.

    Raises:
        ValueError: there is not one box for each digit.

    Example:
        >>> boxes = torch.tensor([[[8.0, 0.0, 24.0, 64.0], [40.0, 0.0, 56.0, 64.0]]])
        >>> column_targets(boxes, torch.tensor([[2, 5]]), width=64, columns=4).tolist()
        [[10, 2, 10, 5]]
    """
    if boxes.shape[:2] != digits.shape:
        raise ValueError(f"boxes {(*boxes.shape,)} of digits {(*digits.shape,)}: give one for each")
    real = digits != BLANK  # (N, K)
    boxed = real & boxes.isfinite().all(dim=2)
    known = (boxed == real).all(dim=1) & real.any(dim=1)  # (N,)

    centres = (boxes[..., 0] + boxes[..., 2]) / 2 * (columns / width)  # (N, K), in columns
    index = torch.arange(columns, device=boxes.device)
    within = boxed[:, :, None] & (centres.floor()[:, :, None] == index)  # (N, K, columns)
    distance = (centres[:, :, None] - (index + 0.5)).abs()
    distance = torch.where(within, distance, torch.inf)
    targets = digits.gather(1, distance.argmin(dim=1))  # (N, columns)
    targets = targets.masked_fill(~within.any(dim=1), BLANK)
    return targets.masked_fill(~known[:, None], IGNORED)


def column_loss(columns: Tensor, targets: Tensor) -> Tensor:
    """Return the cross entropy of column logits (N, W, 11) against `column_targets` (N, W).

    Averaged over the columns of an example, then over the examples that have boxes; 0 where none
    has. Not smoothed: nobody reads these probabilities.

    Example:
        >>> f"{column_loss(torch.zeros(1, 4, 11), torch.tensor([[10, 2, 10, 5]])):.2f}"  # ln 11
        '2.40'
    """
    losses = F.cross_entropy(
        columns.float().transpose(1, 2), targets, ignore_index=IGNORED, reduction="none"
    )  # (N, W)
    counted = targets != IGNORED
    per_example = losses.sum(dim=1) / counted.sum(dim=1).clamp(min=1)
    return per_example.sum() / counted.any(dim=1).sum().clamp(min=1)

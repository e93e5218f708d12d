"""Losses of the whole number's box: how far centre and size are from the true ones."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

BoxLoss = Literal["squared", "smooth"]


def box_targets(boxes: Tensor) -> Tensor:
    """Return centre x and y, width and height of the box around all digits, as a net gives it.

    Args:
        boxes: float (N, K, 4): left, top, right, bottom of each digit in pixels of the picture, NaN
            where there is none.

    Returns:
        (N, 4) in the same pixels; rows of NaN where no digit has a box.

    Example:
        >>> boxes = torch.tensor([[[8.0, 10.0, 20.0, 50.0], [22.0, 12.0, 40.0, 52.0]]])
        >>> box_targets(boxes).tolist()
        [[24.0, 31.0, 32.0, 42.0]]
    """
    known = boxes.isfinite().all(dim=2, keepdim=True)  # (N, K, 1)
    low = boxes[..., :2].where(known, torch.inf).amin(dim=1)
    high = boxes[..., 2:].where(known, -torch.inf).amax(dim=1)
    found = torch.cat([(low + high) / 2, high - low], dim=1)
    return found.where(known.any(dim=1), torch.nan)


def box_loss(box: Tensor, targets: Tensor, kind: BoxLoss = "squared") -> Tensor:
    """Return how far boxes (N, 4) are from `box_targets` (N, 4), a mean over what is known.

    Averaged over centre x and y, width and height, then over the examples that have a box; 0 where
    none has.

    Args:
        box: as a net gives it.
        targets: in the same unit.
        kind: 'squared' is the squared error of Marek 2017, in pixels x pixels; 'smooth' its half up
            to one pixel, and beyond it the distance less a half (Girshick 2015, section 2.3): one
            box that is far off does not outweigh a hundred that are near.

    Raises:
        ValueError: there is no such kind, or the shapes differ.

    Example:
        >>> box = torch.tensor([[24.0, 31.0, 32.0, 42.0]])
        >>> target = torch.tensor([[24.0, 31.0, 36.0, 42.0]])
        >>> float(box_loss(box, target)), float(box_loss(box, target, "smooth"))
        (4.0, 0.875)
    """
    if kind not in get_args(BoxLoss):
        raise ValueError(f"box loss {kind!r} is unknown: choose 'squared' or 'smooth'")
    if box.shape != targets.shape:
        raise ValueError(f"boxes {(*box.shape,)} and targets {(*targets.shape,)}: give two alike")
    known = targets.isfinite().all(dim=1)  # (N,)
    wanted = targets.where(known[:, None], box.detach())
    distance = F.mse_loss if kind == "squared" else F.smooth_l1_loss
    losses = distance(box.float(), wanted.float(), reduction="none").mean(dim=1)
    return losses.sum() / known.sum().clamp(min=1)

"""What training minimises: the loss of numbers and the weighted ones of columns and box, added."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from svhn_lib.losses.boxes import BoxLoss, box_loss, box_targets
from svhn_lib.losses.columns import column_loss, column_targets
from svhn_lib.losses.numbers import blank_loss, masked_loss, token_loss
from svhn_lib.models.decoders import TokenLogits
from svhn_lib.models.outputs import Logits


@dataclass(frozen=True)
class LossSettings:
    """Which losses `total_loss` adds up.

    Attributes:
        kind: what positions after the end are taught: 'blank' the class 10, 'masked' nothing.
        column_weight: of the auxiliary column loss; 0 leaves it out.
        label_smoothing: of length and digits; at most 0.1 keeps probabilities useful.
        box_weight: of the loss of the number's box; 0 leaves it out.
        box: how far a box is off: 'squared' or 'smooth', see `box_loss`.
        blank_weight: of blank positions in the blank loss; below 1 where most positions are blank.

    Raises:
        ValueError: there is no such kind, or a number is out of its range.

    Example:
        >>> LossSettings("masked", column_weight=0.5).label_smoothing
        0.0
    """

    kind: Literal["blank", "masked"] = "blank"
    column_weight: float = 0.0
    label_smoothing: float = 0.0
    box_weight: float = 0.0
    box: BoxLoss = "squared"
    blank_weight: float = 1.0

    def __post_init__(self) -> None:
        """Raise ValueError for a kind that does not exist or a number out of its range."""
        if self.kind not in ("blank", "masked"):
            raise ValueError(f"loss kind {self.kind!r} is unknown: choose 'blank' or 'masked'")
        if self.box not in get_args(BoxLoss):
            raise ValueError(f"box loss {self.box!r} is unknown: choose 'squared' or 'smooth'")
        for name in ("column_weight", "box_weight", "blank_weight"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)}")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must be in [0, 1), got {self.label_smoothing}")


def total_loss(
    logits: Logits | TokenLogits,
    lengths: Tensor,
    digits: Tensor,
    boxes: Tensor | None,
    settings: LossSettings,
    width: int | None = None,
) -> Tensor:
    """Return the number's loss plus the weighted losses of columns and box, a scalar.

    A decoder's number loss is that of its tokens, whatever the kind.

    Args:
        logits: of N pictures.
        lengths: int64 (N,).
        digits: int64 (N, K), `BLANK` after the end.
        boxes: float (N, K, 4) in pixels of the picture; only needed with a column or box weight.
        settings: which losses.
        width: of the picture in pixels; only needed with a column weight.

    Raises:
        ValueError: a column or box weight is set, and boxes, width or what the net should give are
            missing; or as `blank_loss`, `masked_loss` or `token_loss` say.

    Example:
        >>> import torch
        >>> from svhn_lib.labels import encode
        >>> alike = Logits(torch.zeros(1, 7), torch.zeros(1, 5, 10))
        >>> f"{total_loss(alike, *encode(['257']), None, LossSettings('masked')):.2f}"
        '8.85'
    """
    loss = _number_loss(logits, lengths, digits, settings)
    if settings.column_weight:
        if logits.columns is None:
            raise ValueError(
                "column_weight is set, but this net gives no column logits: set it to 0"
            )
        if boxes is None or width is None:
            raise ValueError(
                "column_weight is set: give digit boxes and the crop's width, or set it 0"
            )
        targets = column_targets(boxes, digits, width, logits.columns.shape[1])
        loss = loss + settings.column_weight * column_loss(logits.columns, targets)
    if settings.box_weight:
        if isinstance(logits, TokenLogits) or logits.box is None:
            raise ValueError("box_weight is set, but this net gives no box: set it to 0")
        if boxes is None:
            raise ValueError("box_weight is set: give digit boxes, or set it to 0")
        loss = loss + settings.box_weight * box_loss(logits.box, box_targets(boxes), settings.box)
    return loss


def _number_loss(
    logits: Logits | TokenLogits, lengths: Tensor, digits: Tensor, settings: LossSettings
) -> Tensor:
    """Return the loss of the numbers alone."""
    smoothing = settings.label_smoothing
    if isinstance(logits, TokenLogits):
        return token_loss(logits, lengths, digits, smoothing)[0]
    if settings.kind == "masked":
        return masked_loss(logits, lengths, digits, smoothing)
    return blank_loss(logits, lengths, digits, smoothing, settings.blank_weight)

"""What training minimises: the loss of numbers and the weighted loss of columns, added up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from svhn_lib.losses.columns import column_loss, column_targets
from svhn_lib.losses.numbers import blank_loss, masked_loss, token_loss
from svhn_lib.models.decoders import TokenLogits
from svhn_lib.models.heads import Logits


@dataclass(frozen=True)
class LossSettings:
    """Which losses `total_loss` adds up.

    Attributes:
        kind: what positions after the end are taught: 'blank' the class 10, 'masked' nothing.
        column_weight: of the auxiliary column loss; 0 leaves it out.
        label_smoothing: of length and digits; at most 0.1 keeps probabilities useful.

    Raises:
        ValueError: there is no such kind, or a number is out of its range.

    Example:
        >>> LossSettings("masked", column_weight=0.5).label_smoothing
        0.0
    """

    kind: Literal["blank", "masked"] = "blank"
    column_weight: float = 0.0
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError for a kind that does not exist or a number out of its range."""
        if self.kind not in ("blank", "masked"):
            raise ValueError(f"loss kind {self.kind!r} is unknown: choose 'blank' or 'masked'")
        if not 0 <= self.column_weight < math.inf:
            raise ValueError(f"column_weight must be 0 or more, got {self.column_weight}")
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
    """Return the number's loss plus the weighted column loss, a scalar.

    A decoder's number loss is that of its tokens, whatever the kind.

    Args:
        logits: of N pictures.
        lengths: int64 (N,).
        digits: int64 (N, K), `BLANK` after the end.
        boxes: float (N, K, 4) in pixels of the crop; only needed with a column weight.
        settings: which losses.
        width: of the crop in pixels; only needed with a column weight.

    Raises:
        ValueError: a column weight is set, and boxes, width or the net's column logits are missing;
            or as `blank_loss`, `masked_loss` or `token_loss` say.

    Example:
        >>> import torch
        >>> from svhn_lib.labels import encode
        >>> alike = Logits(torch.zeros(1, 7), torch.zeros(1, 5, 10))
        >>> f"{total_loss(alike, *encode(['257']), None, LossSettings('masked')):.2f}"
        '8.85'
    """
    if isinstance(logits, TokenLogits):
        loss, _ = token_loss(logits, lengths, digits, settings.label_smoothing)
    else:
        number_loss = blank_loss if settings.kind == "blank" else masked_loss
        loss = number_loss(logits, lengths, digits, settings.label_smoothing)
    if settings.column_weight == 0:
        return loss
    if logits.columns is None:
        raise ValueError("column_weight is set, but this net gives no column logits: set it to 0")
    if boxes is None or width is None:
        raise ValueError("column_weight is set: give digit boxes and the crop's width, or set it 0")
    targets = column_targets(boxes, digits, width, logits.columns.shape[1])
    return loss + settings.column_weight * column_loss(logits.columns, targets)

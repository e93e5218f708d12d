"""What training minimises: cross entropies of length, digits and columns, and their weighted sum.

Every loss is a scalar mean over the examples of a batch; weight decay belongs to the optimiser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.labels import BLANK, IGNORED, encode_tokens
from svhn_lib.models.decoders import TokenLogits
from svhn_lib.models.heads import Logits


@dataclass(frozen=True)
class LossSettings:
    """Which losses `total_loss` adds up."""

    kind: Literal["blank", "masked"] = "blank"  # positions after the end: class 10, or no loss
    column_weight: float = 0.0  # of the auxiliary column loss; 0 leaves it out
    label_smoothing: float = 0.0  # of length and digits; at most 0.1 keeps confidences useful

    def __post_init__(self) -> None:
        """Raise ValueError for a kind that does not exist or a number out of its range."""
        if self.kind not in ("blank", "masked"):
            raise ValueError(f"loss kind {self.kind!r} is unknown: choose 'blank' or 'masked'")
        if self.column_weight < 0:
            raise ValueError(f"column_weight must be 0 or more, got {self.column_weight}")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must be in [0, 1), got {self.label_smoothing}")


def blank_loss(
    logits: Logits, lengths: Tensor, digits: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Return -log P(L) - sum over all positions of log P(S_i), blanks after the end included.

    logits.length (N, C) or None, logits.digits (N, D, 11); lengths int64 (N,); digits int64
    (N, up to D), `BLANK` after the end. Without a length head the blanks alone teach the end.
    Raises ValueError where the digit heads have no blank class or too few positions.
    """
    if logits.digits.shape[-1] <= BLANK:
        raise ValueError(
            f"digit heads of {logits.digits.shape[-1]} classes have no blank: use the masked loss"
        )
    targets = _all_positions(digits, logits)
    return _length_loss(logits, lengths, label_smoothing) + _digit_loss(
        logits, targets, label_smoothing
    )


def masked_loss(
    logits: Logits, lengths: Tensor, digits: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Return -log P(L) - sum_{i <= L} log P(S_i): positions after the end give no gradient.

    Shapes as in `blank_loss`; digit heads may have 10 or 11 classes. Goodfellow et al. 2014,
    section 4: a digit variable is only asked for where the number has that digit.
    A net with neither a length head nor a blank class always says all its digits, and is trained
    on such numbers only. Raises ValueError where nothing would teach the end, or there are too
    few positions.
    """
    if logits.length is None and logits.digits.shape[-1] > BLANK:
        raise ValueError("the masked loss needs a length head: use the blank loss")
    if logits.length is None and (lengths != logits.digits.shape[1]).any():
        raise ValueError(
            f"this net always says {logits.digits.shape[1]} digits, and has nothing to end a "
            "shorter number with: train it on numbers of that length, or give it a length head"
        )
    targets = _all_positions(digits, logits)
    positions = torch.arange(targets.shape[1], device=targets.device)
    # An ignored class, not a selection of rows: each head then gets a gradient (of zero) even in
    # a batch that never reaches its position, which fused optimisers insist on.
    targets = targets.masked_fill(positions >= lengths[:, None], IGNORED)  # (N, D)
    return _length_loss(logits, lengths, label_smoothing) + _digit_loss(
        logits, targets, label_smoothing
    )


def token_loss(
    logits: TokenLogits, lengths: Tensor, digits: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Return the mean cross entropy of a decoder's tokens, and how many tokens it is the mean of.

    lengths int64 (N,), digits int64 (N, up to D). A number of L digits has L + 1 tokens, its end
    included; what stands after the end is not counted. Raises ValueError for too few steps.
    """
    steps = logits.tokens.shape[1]
    if digits.shape[1] + 1 > steps:
        raise ValueError(
            f"numbers of {digits.shape[1]} digits have {digits.shape[1] + 1} tokens, the net was "
            f"given {steps}: encode them with its max_digits"
        )
    _, answers = encode_tokens(lengths, digits)
    answers = F.pad(answers, (0, steps - answers.shape[1]), value=IGNORED)
    loss = F.cross_entropy(
        logits.tokens.float().flatten(0, 1), answers.flatten(), label_smoothing=label_smoothing
    )
    return loss, (answers != IGNORED).sum()


def column_targets(boxes: Tensor, digits: Tensor, width: int, columns: int) -> Tensor:
    """Say for every column of a feature map which digit's centre lies in it.

    boxes float (N, K, 4): left, top, right, bottom in pixels of the crop, NaN where there is
    none; digits int64 (N, K), `BLANK` after the end; width of the crop in pixels.
    Returns int64 (N, columns): the digit; 10 where no centre lies; the digit whose centre is
    nearer the column's middle where two share it (the first on a tie). Centres outside the crop
    are in no column. Rows of -100 mark examples that lack the box of a digit, or have no digit.
    """
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
    has. Not smoothed: nobody reads these probabilities as a confidence.
    """
    losses = F.cross_entropy(
        columns.float().transpose(1, 2), targets, ignore_index=IGNORED, reduction="none"
    )  # (N, W)
    counted = targets != IGNORED
    per_example = losses.sum(dim=1) / counted.sum(dim=1).clamp(min=1)
    return per_example.sum() / counted.any(dim=1).sum().clamp(min=1)


def total_loss(
    logits: Logits | TokenLogits,
    lengths: Tensor,
    digits: Tensor,
    boxes: Tensor | None,
    settings: LossSettings,
    width: int | None = None,
) -> Tensor:
    """Return the number's loss plus the weighted column loss, a scalar.

    boxes float (N, K, 4) in crop pixels and the crop's width in pixels are only needed with a
    column weight. A decoder's number loss is that of its tokens, whatever the kind.
    Raises ValueError where they, or the net's column logits, are missing then.
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


def _length_loss(logits: Logits, lengths: Tensor, label_smoothing: float) -> Tensor:
    """Return the cross entropy of the length head, 0 where there is none."""
    if logits.length is None:
        return logits.digits.new_zeros((), dtype=torch.float32)
    return F.cross_entropy(logits.length.float(), lengths, label_smoothing=label_smoothing)


def _digit_loss(logits: Logits, targets: Tensor, label_smoothing: float) -> Tensor:
    """Return the cross entropy of the digit heads, summed over positions, mean over examples."""
    summed = F.cross_entropy(
        logits.digits.float().flatten(0, 1),  # (N * D, classes)
        targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    return summed / len(targets)


def _all_positions(digits: Tensor, logits: Logits) -> Tensor:
    """Fill digits (N, K) with blanks to the D positions of the digit heads; ValueError if K > D."""
    positions = logits.digits.shape[1]
    if digits.shape[1] > positions:
        raise ValueError(
            f"labels have {digits.shape[1]} digit positions, the net only {positions}: "
            "encode them with its max_digits"
        )
    return F.pad(digits, (0, positions - digits.shape[1]), value=BLANK)

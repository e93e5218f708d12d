"""Losses of numbers: cross entropies of length and digits, or of a decoder's tokens.

Every loss is a scalar mean over the examples of a batch; weight decay belongs to the optimiser.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.labels import BLANK, IGNORED, encode_tokens
from svhn_lib.models.decoders import TokenLogits
from svhn_lib.models.outputs import Logits


def blank_loss(
    logits: Logits,
    lengths: Tensor,
    digits: Tensor,
    label_smoothing: float = 0.0,
    blank_weight: float = 1.0,
) -> Tensor:
    """Return -log P(L) - sum over all positions of log P(S_i), blanks after the end included.

    Without a length head the blanks alone teach the end.

    Args:
        logits: length (N, C) or None, digits (N, D, 11).
        lengths: int64 (N,).
        digits: int64 (N, K), `BLANK` after the end.
        label_smoothing: share of the target that is spread over all classes.
        blank_weight: of the blanks, where they are most of what is asked (Marek 2017: 0.125).

    Raises:
        ValueError: the digit heads have no blank class, or fewer positions than a number digits.

    Example:
        >>> from svhn_lib.labels import encode
        >>> alike = Logits(torch.zeros(1, 7), torch.zeros(1, 5, 11))
        >>> f"{blank_loss(alike, *encode(['257'])):.2f}"  # ln 7 + 5 ln 11
        '13.94'
    """
    if logits.digits.shape[-1] <= BLANK:
        raise ValueError(
            f"digit heads of {logits.digits.shape[-1]} classes have no blank: use the masked loss"
        )
    targets = _all_positions(digits, logits)
    return _length_loss(logits, lengths, label_smoothing) + _digit_loss(
        logits, targets, label_smoothing, blank_weight
    )


def masked_loss(
    logits: Logits, lengths: Tensor, digits: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Return -log P(L) - sum_{i <= L} log P(S_i): positions after the end give no gradient.

    Goodfellow et al. 2014, section 4: a digit variable is only asked for where the number has
    that digit. A net with neither a length head nor a blank class always says all its digits, and
    is trained on such numbers only. Arguments are those of `blank_loss`; digit heads may have 10
    or 11 classes.

    Raises:
        ValueError: nothing would teach the end, or a number has more digits than positions.

    Example:
        >>> from svhn_lib.labels import encode
        >>> alike = Logits(torch.zeros(1, 7), torch.zeros(1, 5, 10))
        >>> f"{masked_loss(alike, *encode(['257'])):.2f}"  # ln 7 + 3 ln 10
        '8.85'
    """
    if logits.length is None and logits.digits.shape[-1] > BLANK:
        raise ValueError("the masked loss needs a length head: use the blank loss")
    positions = logits.digits.shape[1]
    if logits.length is None and (lengths != positions).any():
        plural = "s" * (positions > 1)
        raise ValueError(
            f"this net always says {positions} digit{plural}, and has nothing to end a shorter "
            "number with: train it on numbers of that length, or give it a length head"
        )
    targets = _all_positions(digits, logits)
    places = torch.arange(positions, device=targets.device)
    # An ignored class, not a selection of rows: each head then gets a gradient (of zero) even in
    # a batch that never reaches its position, which fused optimisers insist on.
    targets = targets.masked_fill(places >= lengths[:, None], IGNORED)  # (N, D)
    return _length_loss(logits, lengths, label_smoothing) + _digit_loss(
        logits, targets, label_smoothing
    )


def token_loss(
    logits: TokenLogits, lengths: Tensor, digits: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Return the mean cross entropy of a decoder's tokens, and how many tokens it is the mean of.

    A number of L digits has L + 1 tokens, its end included; what stands after the end is not
    counted.

    Args:
        logits: tokens (N, T, 12).
        lengths: int64 (N,).
        digits: int64 (N, up to T - 1).
        label_smoothing: share of the target that is spread over all classes.

    Returns:
        The loss, float32, and the number of tokens, int64; both are scalars.

    Raises:
        ValueError: there are too few steps.

    Example:
        >>> from svhn_lib.labels import encode
        >>> loss, tokens = token_loss(TokenLogits(torch.zeros(1, 6, 12)), *encode(["257"]))
        >>> f"{loss:.2f}", int(tokens)  # ln 12; three digits and the end
        ('2.48', 4)
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


def _length_loss(logits: Logits, lengths: Tensor, label_smoothing: float) -> Tensor:
    """Return the cross entropy of the length head, 0 where there is none."""
    if logits.length is None:
        return logits.digits.new_zeros((), dtype=torch.float32)
    return F.cross_entropy(logits.length.float(), lengths, label_smoothing=label_smoothing)


def _digit_loss(
    logits: Logits, targets: Tensor, label_smoothing: float, blank_weight: float = 1.0
) -> Tensor:
    """Return the cross entropy of the digit heads, summed over positions, mean over examples."""
    weights = None
    if blank_weight != 1:
        weights = torch.ones(logits.digits.shape[-1], device=targets.device)
        weights[BLANK] = blank_weight
    summed = F.cross_entropy(
        logits.digits.float().flatten(0, 1),  # (N * D, classes)
        targets.flatten(),
        weights,
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
    return summed / len(targets)


def _all_positions(digits: Tensor, logits: Logits) -> Tensor:
    """Bring digits (N, K) to the D positions of the digit heads: with blanks, or without them.

    ValueError where a number has more than D digits.
    """
    positions = logits.digits.shape[1]
    if digits.shape[1] > positions and (digits[:, positions:] != BLANK).any():
        raise ValueError(
            f"labels have {digits.shape[1]} digit positions, the net only {positions}, and a "
            "number is longer than that: leave such numbers out"
        )
    return F.pad(digits, (0, positions - digits.shape[1]), value=BLANK)

"""What networks say, as named tuples of tensors or, by runtimes without PyTorch, of arrays."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

STRIDE = 4
"""Pixels of the picture from one cell of a map to the next."""
Field: TypeAlias = Any
"""A tensor of PyTorch, or an array of NumPy: which of them, the network's runtime decides."""


class Logits(NamedTuple):
    """What a model says of N pictures, before any softmax; all are float32.

    Attributes:
        length: (N, max_digits + 2): lengths 0 to max_digits, then 'more'; None without such a head.
        digits: (N, max_digits, 11): digits 0-9 and blank at each position; 10 classes in a net
            whose digit heads have no blank.
        columns: (N, W, 11): for each feature column, from left to right, the digit whose centre
            lies in it, or 10 for none; None without such a head.
        box: (N, 4): centre x and y, width and height of the whole number in pixels of the pictures
            that were given; None without such a head.

    Example:
        >>> import torch
        >>> from svhn_lib import load_model
        >>> logits = load_model("compact")(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))
        >>> tuple(logits.length.shape), tuple(logits.digits.shape)
        ((1, 7), (1, 5, 11))
    """

    length: Field | None
    digits: Field
    columns: Field | None = None
    box: Field | None = None


class Maps(NamedTuple):
    """What the net says of each cell, h x w of them in `STRIDE` pixels; all are float32.

    Attributes:
        score: (N, h, w), logit that the cell lies in the middle of a number.
        sides: (N, 4, h, w), pixels from the cell's middle to the number's top, right, bottom and
            left, along the number's own axes.
        up: (N, 2, h, w), x and y of the direction in which its digits stand, of any length; (0, -1)
            for upright ones.
        stacked: (N, h, w), logit that digits stand one under another.
        digits: (N, 11, h, w), logits of the digit in whose middle the cell lies, 10 for none. They
            tell that there is one; which it is, a reader tells better.

    Example:
        >>> import torch
        >>> from svhn_lib import load_model
        >>> maps = load_model("localiser")(torch.zeros(1, 3, 64, 96, dtype=torch.uint8))
        >>> tuple(maps.score.shape), tuple(maps.sides.shape)
        ((1, 16, 24), (1, 4, 16, 24))
    """

    score: Field
    sides: Field
    up: Field
    stacked: Field
    digits: Field

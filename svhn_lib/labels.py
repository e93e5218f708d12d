"""The vocabulary of house numbers, and number text to tensors and back.

Text ('257', leading zeros kept) is the public form of a number; what a model makes of the tensors
is read by `decoding`. PyTorch is loaded by the functions that make tensors, not by this module: who
only reads a table of labels does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = 10
BLANK = 10
# The recurrent decoders have no blank; they open and close a sequence with tokens of their own.
START = 10
END = 11
TOKENS = 12
IGNORED = -100  # the class that PyTorch's cross entropy leaves out
MAX_DIGITS = 5


def encode(texts: Sequence[str | None], max_digits: int = MAX_DIGITS) -> tuple[Tensor, Tensor]:
    """Turn N number texts into lengths, int64 (N,), and digits, int64 (N, max_digits).

    Digits after the end are `BLANK`; None and the empty text are a number of length 0.

    Raises:
        ValueError: a text is not made of 0-9 or is longer than max_digits.

    Example:
        >>> lengths, digits = encode(["257", "04"])
        >>> lengths.tolist(), digits.tolist()
        ([3, 2], [[2, 5, 7, 10, 10], [0, 4, 10, 10, 10]])
    """
    import torch

    known = ["" if text is None else text for text in texts]
    for text in known:
        _check(text, max_digits)
    lengths = torch.tensor([len(text) for text in known], dtype=torch.int64)
    # ':' follows '9' in ASCII, so that subtracting '0' turns the padding into BLANK.
    padded = "".join(text.ljust(max_digits, chr(ord("0") + BLANK)) for text in known)
    codes = np.frombuffer(padded.encode("ascii"), dtype=np.uint8).astype(np.int64) - ord("0")
    return lengths, torch.from_numpy(codes.reshape(len(known), max_digits))


def decode(lengths: Tensor | ArrayLike, digits: Tensor | ArrayLike) -> list[str]:
    """Turn lengths (N,) and digits (N, D), tensors or arrays of integers, into N number texts.

    What stands after a number's end is not looked at.

    Raises:
        TypeError: lengths or digits are no integers.
        ValueError: a length is not in 0..D, or a class within the length is not a digit 0-9.

    Example:
        >>> decode([3, 2], [[2, 5, 7, 10, 10], [0, 4, 10, 10, 10]])
        ['257', '04']
    """
    ends, classes = _integers(lengths), _integers(digits)
    if classes.ndim != 2 or ends.shape != classes.shape[:1]:
        raise ValueError(
            f"lengths {ends.shape} and digits {classes.shape} do not fit: give (N,) and (N, D)"
        )
    outside = ends[(ends < 0) | (ends > classes.shape[1])]
    if outside.size:
        raise ValueError(f"lengths must be 0 to {classes.shape[1]}, got {outside[0]}")
    real = np.arange(classes.shape[1]) < ends[:, None]  # (N, D)
    if (real & ((classes < 0) | (classes >= DIGITS))).any():
        raise ValueError("digits before a number's end must be 0 to 9, not blank or a token")
    return ["".join(map(str, row[:end])) for row, end in zip(classes.tolist(), ends, strict=True)]


def encode_tokens(lengths: Tensor, digits: Tensor) -> tuple[Tensor, Tensor]:
    """Turn lengths (N,) and digits (N, D) into what a decoder is given and what it should answer.

    Both int64 (N, D + 1): given is the start, then the digits; the answer to each is the next one,
    and the end after the last. After the end, given is `END` and the answer `IGNORED`, which no
    loss counts.

    Example:
        >>> given, answers = encode_tokens(*encode(["257"], max_digits=4))
        >>> given.tolist(), answers.tolist()
        ([[10, 2, 5, 7, 11]], [[2, 5, 7, 11, -100]])
    """
    import torch

    steps = torch.arange(digits.shape[1] + 1, device=digits.device)
    rim = lengths[:, None]
    given = torch.nn.functional.pad(digits, (1, 0), value=START).masked_fill(steps > rim, END)
    answers = torch.nn.functional.pad(digits, (0, 1), value=END)
    answers = answers.masked_fill(steps == rim, END).masked_fill(steps > rim, IGNORED)
    return given, answers


def _check(text: str, max_digits: int) -> None:
    """Raise ValueError unless the text is 0 to max_digits ASCII digits."""
    # isdigit() alone lets '٣' and '²' through, which no class stands for.
    if not isinstance(text, str) or (text and not (text.isascii() and text.isdigit())):
        raise ValueError(f"{text!r} is not a number text: write it with the digits 0-9 only")
    if len(text) > max_digits:
        raise ValueError(f"number {text!r} has {len(text)} digits, at most {max_digits} fit")


def _integers(values: Tensor | ArrayLike) -> NDArray[np.int64]:
    """Move a tensor or array of integers to an int64 array; TypeError for other kinds."""
    array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"lengths and digits are integers, got {array.dtype}")
    return array.astype(np.int64)

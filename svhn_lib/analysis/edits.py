"""Which edits turn a true number into the one that was read, and which digits are taken for which.

Digits are aligned by edit distance, so that one missing digit does not make errors of all that
follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame
from rapidfuzz.distance import Levenshtein

from svhn_lib.labels import DIGITS

Kind = Literal["substitution", "missing", "extra"]
MISSING = "missing"
EXTRA = "extra"
"""The last column and the last row of a confusion matrix."""


class Edit(NamedTuple):
    """One step from a true number to what was read.

    Attributes:
        kind: a digit read as another, left out, or read where there is none.
        position: in the true number, from 0; an extra digit stands before that position.
        true: the true digit, '' for an extra one.
        read: the digit that was read, '' for a missing one.

    Example:
        >>> Edit("substitution", 2, "7", "1").true
        '7'
    """

    kind: Kind
    position: int
    true: str
    read: str


def align(true: str, read: str) -> list[tuple[str, str]]:
    """Pair the digits of two numbers so that as few pairs as possible differ.

    The pairs that differ are as many as the edit distance (Wagner and Fischer 1974). Of several
    such alignments it is the one found by pairing digits from the right for as long as that costs
    nothing: two wrong digits are two substitutions, and of two equal digits the left is missing.

    Args:
        true: the true number; '' for one of no digits.
        read: the number that was read; '' for none.

    Returns:
        Pairs of (true digit, digit read), from left to right; '' on one side where a digit is
        missing or extra.

    Example:
        >>> align("257", "27")
        [('2', '2'), ('5', ''), ('7', '7')]
        >>> align("11", "1")
        [('1', ''), ('1', '1')]
    """
    pairs = []
    while true or read:
        cost = Levenshtein.distance(true, read)
        differ = true[-1:] != read[-1:]
        if true and read and Levenshtein.distance(true[:-1], read[:-1]) + differ == cost:
            pairs.append((true[-1], read[-1]))
            true, read = true[:-1], read[:-1]
        elif true and Levenshtein.distance(true[:-1], read) + 1 == cost:
            pairs.append((true[-1], ""))
            true = true[:-1]
        else:
            pairs.append(("", read[-1]))
            read = read[:-1]
    return pairs[::-1]


def edits(true: str, read: str) -> tuple[Edit, ...]:
    """Return the edits, from left to right, that turn the true number into the one read.

    Args:
        true: the true number; '' for one of no digits.
        read: the number that was read; '' for none.

    Example:
        >>> for edit in edits("257", "27"):
        ...     print(edit.kind, edit.position, edit.true)
        missing 1 5
    """
    found, position = [], 0
    for a, b in align(true, read):
        if a != b:
            kind: Kind = "substitution" if a and b else "missing" if a else "extra"
            found.append(Edit(kind, position, a, b))
        position += bool(a)
    return tuple(found)


def confusion(true: Sequence[str], read: Sequence[str | None]) -> DataFrame:
    """Count which digit was read as which, over aligned digits.

    Args:
        true: the N true numbers.
        read: what was read of each, None for no number.

    Returns:
        int64 (11, 11). Rows are true digits '0' to '9', then 'extra' for digits read where there
        is none; columns are digits read, then 'missing' for true digits that were left out.

    Raises:
        ValueError: the sequences differ in length.

    Example:
        >>> counts = confusion(["257", "16"], ["251", "1"])
        >>> int(counts.loc["7", "1"]), int(counts.loc["6", "missing"])
        (1, 1)
    """
    if len(true) != len(read):
        raise ValueError(f"{len(true)} true and {len(read)} read numbers: give as many")
    counts = np.zeros((DIGITS + 1, DIGITS + 1), dtype=np.int64)
    for a, b in zip(true, read, strict=True):
        for digit, seen in align(a, b or ""):
            counts[int(digit or DIGITS), int(seen or DIGITS)] += 1
    names = [str(digit) for digit in range(DIGITS)]
    return DataFrame(counts, pd.Index([*names, EXTRA], name="true"), [*names, MISSING])

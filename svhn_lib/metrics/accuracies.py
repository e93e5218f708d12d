"""Accuracies of numbers, kept apart: with the predicted length, with the true one, per slot.

Which number a net means is decided in `reading`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from svhn_lib.metrics.arrays import Values, as_array, as_pair
from svhn_lib.metrics.calibration import coverage_at, expected_calibration_error


@dataclass(frozen=True)
class Score:
    """How well one set of numbers was read; shares are 0 to 1.

    Attributes:
        n: numbers.
        sequence_accuracy: the whole number right, its length included; no partial credit.
        character_accuracy: real digits right at their position; nan without any digit.
        length_accuracy: as many digits read as there are.
        position_accuracy: [i]: digit i right, among the numbers that have it.
        by_length: for each true length: (numbers, sequence accuracy).
        coverage_at_98: as `coverage_at`; None without confidences.
        calibration_error: as `expected_calibration_error`; None without confidences.

    Example:
        >>> result = score(["257", "16"], ["257", "18"])
        >>> result.by_length
        {2: (1, 0.0), 3: (1, 1.0)}
    """

    n: int
    sequence_accuracy: float
    character_accuracy: float
    length_accuracy: float
    position_accuracy: tuple[float, ...]
    by_length: dict[int, tuple[int, float]]
    coverage_at_98: float | None
    calibration_error: float | None


def score(
    true: Sequence[str | None],
    predicted: Sequence[str | None],
    confidence: Sequence[float] | None = None,
) -> Score:
    """Compare N predicted numbers with the true ones.

    Character accuracy is the share of the real digits that are read right at their position, over
    all digits of all numbers: blanks are not counted, neither are digits read after the true end.

    Args:
        true: the N true numbers; '' or None where there is none.
        predicted: what was read of each, None for no number.
        confidence: of each, the probability of the whole number.

    Raises:
        ValueError: the sequences differ in length, are empty, or hold what is no text.

    Example:
        >>> result = score(["257", "16"], ["257", None], [0.98, 0.2])
        >>> result.sequence_accuracy, result.character_accuracy
        (0.5, 0.6)
    """
    if len(true) != len(predicted) or len(true) == 0:
        raise ValueError(
            f"{len(true)} true and {len(predicted)} predicted numbers: give as many, not none"
        )
    labels, read = _texts(true), _texts(predicted)
    correct = np.array([t == p for t, p in zip(labels, read, strict=True)])
    lengths = np.array([len(t) for t in labels])
    longest = int(lengths.max())
    right = np.zeros((len(labels), longest), dtype=bool)  # (N, longest), False after the end
    for row, (t, p) in enumerate(zip(labels, read, strict=True)):
        right[row, : min(len(t), len(p))] = [a == b for a, b in zip(t, p, strict=False)]
    return Score(
        n=len(labels),
        sequence_accuracy=float(correct.mean()),
        character_accuracy=float(right.sum() / lengths.sum()) if longest else math.nan,
        length_accuracy=float(np.mean(lengths == [len(p) for p in read])),
        position_accuracy=tuple(float(right[lengths > i, i].mean()) for i in range(longest)),
        by_length={
            int(k): (int((lengths == k).sum()), float(correct[lengths == k].mean()))
            for k in np.unique(lengths)
        },
        coverage_at_98=None if confidence is None else coverage_at(correct, confidence, 0.98),
        calibration_error=(
            None if confidence is None else expected_calibration_error(correct, confidence)
        ),
    )


def _texts(numbers: Sequence[str | None]) -> list[str]:
    texts = ["" if number is None else number for number in numbers]
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"{text!r} is no text: give numbers as '257', and None for no number")
    return texts


def accuracy_given_length(lengths: Values, digits: Values, predicted: Values) -> float:
    """Return the share of numbers whose digits up to the *true* length are all right.

    It takes the length as known, so it is an upper bound of sequence accuracy for the same digits,
    not to be compared with it.

    Args:
        lengths: (N,), true.
        digits: (N, D), true classes.
        predicted: (N, D), classes.

    Raises:
        ValueError: the shapes differ, there is no number, or a length is above D.

    Example:
        >>> accuracy_given_length([2, 1], [[1, 2], [3, 10]], [[1, 2], [3, 4]])
        1.0
    """
    classes, read = as_pair(digits, predicted)
    ends = as_array(lengths)
    if classes.ndim != 2 or ends.shape != classes.shape[:1]:
        raise ValueError(f"lengths {ends.shape} and digits {classes.shape}: give (N,) and (N, D)")
    if not (np.isin(ends, np.arange(classes.shape[1] + 1))).all():
        raise ValueError(f"a length is none of 0 to {classes.shape[1]}, the digits of a row")
    after_end = np.arange(classes.shape[1]) >= ends[:, None]  # (N, D)
    return float(((classes == read) | after_end).all(axis=1).mean())


def all_slots_accuracy(digits: Values, predicted: Values) -> float:
    """Return the share of numbers with all D slots right, blanks included, length head ignored.

    Args:
        digits: (N, D), true classes, 10 the blank.
        predicted: (N, D), classes.

    Raises:
        ValueError: the shapes differ, or there is no number.

    Example:
        >>> all_slots_accuracy([[1, 2], [3, 10]], [[1, 2], [3, 4]])
        0.5
    """
    classes, read = as_pair(digits, predicted)
    if classes.ndim != 2:
        raise ValueError(f"digits of shape {classes.shape}: give (N, D)")
    return float((classes == read).all(axis=1).mean())


def slot_accuracy(digits: Values, predicted: Values) -> float:
    """Return the share of the N * D slots that are right, blanks counted as classes of their own.

    Most slots of house numbers are blank and easy, so that it is far above character accuracy.

    Args:
        digits: (N, D), true classes, 10 the blank.
        predicted: (N, D), classes.

    Raises:
        ValueError: the shapes differ, or there is no number.

    Example:
        >>> slot_accuracy([[1, 2], [3, 10]], [[1, 2], [3, 4]])
        0.75
    """
    classes, read = as_pair(digits, predicted)
    return float((classes == read).mean())

"""How well the numbers of whole photos are found and read, and how often one is seen where none is.

A photo may show several numbers or none; boxes are compared as in `boxes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from svhn_lib.metrics.boxes import match
from svhn_lib.metrics.calibration import coverage_at, expected_calibration_error
from svhn_lib.reading.record import Answer

_NO_BOX = (np.nan,) * 4


@dataclass(frozen=True)
class Judged:
    """One labelled number of a photo, or a photo without any, beside what was answered.

    Attributes:
        number: the true one; empty for a photo without a number.
        predicted: what was read instead of it; empty for no number.
        confidence: of that.
        box: of that, pixels: left, top, right, bottom; None for none.
        found: whether the box meets the true one with an IoU above 0.5; None where that is not
            known.

    Example:
        >>> Judged("25", "26", 0.9, None, None).right
        False
    """

    number: str
    predicted: str
    confidence: float
    box: tuple[float, float, float, float] | None
    found: bool | None

    @property
    def right(self) -> bool:
        """Whether the whole number is right, or rightly none."""
        return self.predicted == self.number


@dataclass(frozen=True)
class PhotoScore:
    """How well the numbers of photos were found and read; shares are 0 to 1, None of nothing.

    Attributes:
        n: labelled numbers.
        read: share of them that are found and read, every digit right.
        boxes: labelled numbers whose box is known.
        found: share of those that are found, with an IoU above 0.5.
        read_given_found: share of the found ones that are read.
        empty: photos without a number.
        false_alarms: share of those in which a number is seen.
        coverage_at_98: as `coverage_at`, over the labelled numbers.
        calibration_error: as `expected_calibration_error`, over the numbers that were given.

    Example:
        >>> read, alarm = Judged("25", "25", 0.9, None, None), Judged("", "7", 0.4, None, None)
        >>> score = photo_score([read, alarm])
        >>> score.read, score.false_alarms, score.found
        (1.0, 1.0, None)
    """

    n: int
    read: float | None
    boxes: int
    found: float | None
    read_given_found: float | None
    empty: int
    false_alarms: float | None
    coverage_at_98: float | None
    calibration_error: float | None


def judge(numbers: Sequence[str], boxes: ArrayLike, answer: Answer) -> list[Judged]:
    """Hold what was answered of one photo against its labelled numbers.

    Of the answers as many are looked at as there are labels, the best ones: for one number that is
    the answer itself. A labelled number gets the answer whose box meets its own, else one that
    says the same, else one of those that are left.

    Args:
        numbers: the K labelled ones; one empty text for a photo without any.
        boxes: (K, 4) left, top, right, bottom in pixels; NaN where a box is not known.
        answer: what was read, with its `others`.

    Raises:
        ValueError: there is not one box for each number.

    Example:
        >>> nowhere = [[float("nan")] * 4] * 2
        >>> answer = Answer("7", 0.9, others=(Answer("25", 0.8),))
        >>> [one.predicted for one in judge(["25", "8"], nowhere, answer)]
        ['25', '7']
    """
    true = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    if len(true) != len(numbers):
        raise ValueError(f"{len(numbers)} numbers and {len(true)} boxes: give one box for each")
    given = [answer, *answer.others][: len(numbers)]
    places = match([one.box or _NO_BOX for one in given], true)
    answers: list[Answer | None] = [None] * len(numbers)
    left = []
    for place, one in zip(places, given, strict=True):
        if place >= 0:
            answers[place] = one
        else:
            left.append(one)
    met = [one is not None for one in answers]
    free = [row for row, one in enumerate(answers) if one is None]
    for same in (True, False):
        for row in list(free):
            fits = [one for one in left if not same or (one.number or "") == numbers[row]]
            if fits:
                answers[row] = fits[0]
                left.remove(fits[0])
                free.remove(row)
    known = [not np.isnan(box).any() for box in true]
    return [
        _judged(number, one, met[row] if known[row] else None)
        for row, (number, one) in enumerate(zip(numbers, answers, strict=True))
    ]


def _judged(number: str, answer: Answer | None, found: bool | None) -> Judged:
    if answer is None:
        return Judged(number, "", 0.0, None, found)
    return Judged(number, answer.number or "", answer.probability, answer.box, found)


def photo_score(judged: Sequence[Judged]) -> PhotoScore:
    """Count what `judge` has said of the numbers of many photos.

    Raises:
        ValueError: there is none.

    Example:
        >>> right, missed = Judged("25", "25", 0.9, None, True), Judged("7", "", 0.0, None, False)
        >>> score = photo_score([right, missed])
        >>> score.read, score.found, score.read_given_found
        (0.5, 0.5, 1.0)
    """
    if not judged:
        raise ValueError("no photo to score: give at least one")
    numbers = [one for one in judged if one.number]
    empty = [one for one in judged if not one.number]
    boxed = [one for one in numbers if one.found is not None]
    found = [one for one in boxed if one.found]
    given = [one for one in judged if one.predicted]
    confidences = [one.confidence if one.predicted else 0.0 for one in numbers]
    return PhotoScore(
        n=len(numbers),
        read=_share([one.right for one in numbers]),
        boxes=len(boxed),
        found=_share([bool(one.found) for one in boxed]),
        read_given_found=_share([one.right for one in found]),
        empty=len(empty),
        false_alarms=_share([not one.right for one in empty]),
        coverage_at_98=(
            coverage_at([one.right for one in numbers], confidences, 0.98) if numbers else None
        ),
        calibration_error=(
            expected_calibration_error(
                [one.right for one in given], [one.confidence for one in given]
            )
            if given
            else None
        ),
    )


def _share(right: Sequence[bool]) -> float | None:
    return float(np.mean(right)) if right else None

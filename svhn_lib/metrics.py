"""How good the numbers are: accuracies kept apart, coverage, calibration and their intervals.

Every mean is over examples, never over batches; which number a net means is `decoding`'s affair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

Values = Tensor | ArrayLike


@dataclass(frozen=True)
class Score:
    """The figures of one set of numbers; shares are 0 to 1."""

    n: int
    sequence_accuracy: float  # the whole number right, its length included; no partial credit
    character_accuracy: float  # real digits right at their position; nan without any digit
    length_accuracy: float  # as many digits read as there are
    position_accuracy: tuple[float, ...]  # [i]: digit i right, among the numbers that have it
    by_length: dict[int, tuple[int, float]]  # true length: (numbers, sequence accuracy)
    coverage_at_98: float | None  # None without confidences, as is the next
    calibration_error: float | None


def score(
    true: Sequence[str],
    predicted: Sequence[str | None],
    confidence: Sequence[float] | None = None,
) -> Score:
    """Compare N predicted numbers, None for no number, with the true ones.

    confidence is P(whole number).

    Character accuracy is the share of the real digits that are read right at their position, over
    all digits of all numbers: blanks are not counted, neither are digits read after the true end.
    Raises ValueError where the sequences differ in length or are empty.
    """
    if len(true) != len(predicted) or len(true) == 0:
        raise ValueError(
            f"{len(true)} true and {len(predicted)} predicted numbers: give as many, not none"
        )
    read = [number or "" for number in predicted]
    correct = np.array([t == p for t, p in zip(true, read, strict=True)])
    lengths = np.array([len(t) for t in true])
    longest = int(lengths.max())
    right = np.zeros((len(true), longest), dtype=bool)  # (N, longest), False after the end
    for row, (t, p) in enumerate(zip(true, read, strict=True)):
        right[row, : min(len(t), len(p))] = [a == b for a, b in zip(t, p, strict=False)]
    return Score(
        n=len(true),
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


def accuracy_given_length(lengths: Values, digits: Values, predicted: Values) -> float:
    """Return the share of numbers whose digits up to the *true* length are all right.

    lengths (N,), digits and predicted classes (N, D). It takes the length as known, so it is an
    upper bound of sequence accuracy for the same digits, not a figure to compare with it.
    """
    classes, read = _pair(digits, predicted)
    after_end = np.arange(classes.shape[1]) >= _array(lengths)[:, None]  # (N, D)
    return float(((classes == read) | after_end).all(axis=1).mean())


def all_slots_accuracy(digits: Values, predicted: Values) -> float:
    """Return the share of numbers with all D slots right, blanks included, length head ignored.

    digits and predicted classes are (N, D), class 10 the blank.
    """
    classes, read = _pair(digits, predicted)
    return float((classes == read).all(axis=1).mean())


def slot_accuracy(digits: Values, predicted: Values) -> float:
    """Return the share of the N * D slots that are right, blanks counted as classes of their own.

    digits and predicted classes are (N, D). Most slots of house numbers are blank and easy, so
    that it is far above character accuracy.
    """
    classes, read = _pair(digits, predicted)
    return float((classes == read).mean())


def coverage_curve(
    correct: Values, confidence: Values
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coverage, accuracy and threshold of every cut that confidences allow, (M,) each.

    correct bool (N,), confidence (N,). From the most confident answers alone to all of them; an
    answer is kept where its confidence is at least the threshold, so that equal ones are kept or
    rejected together and there is a cut for each different confidence.
    Raises ValueError for empty or unequal arrays, or nan.
    """
    right, shares = _judged(correct, confidence)
    order = np.argsort(-shares, kind="stable")
    kept = np.arange(1, len(order) + 1)
    cut = np.append(np.diff(shares[order]) != 0, True)  # the next one differs, or there is none
    accuracy = np.cumsum(right[order]) / kept
    return (kept / len(order))[cut], accuracy[cut], shares[order][cut]


def coverage_at(correct: Values, confidence: Values, accuracy: float) -> float:
    """Return the largest share that can be kept, least confident rejected, at this accuracy.

    correct bool (N,), confidence (N,); the kept numbers are right in at least that share, and
    numbers of equal confidence are kept or rejected together. 0 where no threshold does it.
    Goodfellow et al. 2014, section 3. Raises ValueError for empty or unequal arrays, or nan.
    """
    coverage, accuracies, _ = coverage_curve(correct, confidence)
    return float(max(coverage[accuracies >= accuracy], default=0.0))


def reliability(
    correct: Values, confidence: Values, bins: int = 15
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return count, accuracy and mean confidence of each of the bins, arrays of (bins,).

    Bin m of M holds confidences in ((m - 1) / M, m / M], the first 0 too (Guo et al. 2017,
    section 2); accuracy and confidence of an empty bin are nan.
    Raises ValueError as `coverage_at`, and for confidences outside 0 to 1.
    """
    right, shares = _judged(correct, confidence)
    if shares.min() < 0 or shares.max() > 1:
        raise ValueError("confidences must be probabilities, 0 to 1")
    index = np.clip(np.ceil(shares * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    filled = np.where(counts > 0, counts, np.nan)
    accuracies = np.bincount(index, weights=right, minlength=bins) / filled
    return counts, accuracies, np.bincount(index, weights=shares, minlength=bins) / filled


def expected_calibration_error(correct: Values, confidence: Values, bins: int = 15) -> float:
    """Return the mean of |accuracy - confidence| over equal-width bins, weighted by their counts.

    Guo et al. 2017, equation 3. Raises ValueError as `reliability`.
    """
    counts, accuracies, confidences = reliability(correct, confidence, bins)
    return float(np.nansum(counts * np.abs(accuracies - confidences)) / counts.sum())


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, successes out of n (Wilson 1927).

    Raises ValueError unless 0 <= successes <= n and n > 0.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes out of {n} is no share")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def bootstrap_difference(
    correct_a: Values,
    correct_b: Values,
    seed: int | np.random.Generator,
    level: float = 0.95,
    resamples: int = 10_000,
) -> tuple[float, float]:
    """Return the percentile interval of accuracy a - accuracy b on the same N pictures.

    correct_a and correct_b are bool (N,), paired. Resampling pictures only changes how many of
    them a alone, b alone, or both alike got right, so those counts are drawn from a multinomial:
    the same distribution without N draws a resample.
    Raises ValueError where the arrays are empty or differ in length.
    """
    a, b = _pair(correct_a, correct_b)
    difference = a.astype(int) - b.astype(int)
    shares = [float((difference == value).mean()) for value in (1, -1, 0)]
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(difference), shares, size=resamples)  # (resamples, 3)
    differences = (counts[:, 0] - counts[:, 1]) / len(difference)
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _array(values: Values) -> NDArray[Any]:
    """Return a tensor on any device, or whatever numpy takes, as an array."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def _pair(a: Values, b: Values) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two arrays of one shape; ValueError where they are empty or do not fit."""
    first, second = _array(a), _array(b)
    if first.shape != second.shape or first.size == 0:
        raise ValueError(f"shapes {first.shape} and {second.shape}: give two alike, not empty")
    return first, second


def _judged(correct: Values, confidence: Values) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return correctness and confidence, (N,) each; ValueError for unequal, empty or nan."""
    right, shares = _pair(correct, confidence)
    if np.isnan(shares.astype(np.float64)).any():
        raise ValueError("a confidence is nan: give 0 where nothing was read")
    return right.astype(bool), shares.astype(np.float64)

"""What confidences are worth: how much can be retained, and do they mean what they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.metrics.arrays import Values, as_judged


def coverage_curve(
    correct: Values, confidence: Values
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coverage, accuracy and threshold of every cut that confidences allow, (M,) each.

    From the most confident answers alone to all of them; an answer is retained where its
    confidence is at least the threshold, so that equal ones are retained or rejected together and
    there is a cut for each different confidence.

    Args:
        correct: bool (N,).
        confidence: (N,).

    Raises:
        ValueError: the arrays are empty or unequal, `correct` holds other values, or a confidence
            is nan.

    Example:
        >>> coverage, accuracy, threshold = coverage_curve([True, False], [0.9, 0.4])
        >>> coverage.tolist(), accuracy.tolist()
        ([0.5, 1.0], [1.0, 0.5])
    """
    right, shares = as_judged(correct, confidence)
    order = np.argsort(-shares, kind="stable")
    kept = np.arange(1, len(order) + 1)
    cut = np.append(np.diff(shares[order]) != 0, True)  # the next one differs, or there is none
    accuracy = np.cumsum(right[order]) / kept
    return (kept / len(order))[cut], accuracy[cut], shares[order][cut]


def coverage_at(correct: Values, confidence: Values, accuracy: float) -> float:
    """Return the largest share that can be retained, least confident rejected, at an accuracy.

    Goodfellow et al. 2014, section 3.

    Args:
        correct: bool (N,).
        confidence: (N,); numbers of equal confidence are retained or rejected together.
        accuracy: that the retained numbers have to reach at least.

    Returns:
        A share of 0 to 1; 0 where no threshold does it.

    Raises:
        ValueError: as `coverage_curve`, or the accuracy is no share.

    Example:
        >>> coverage_at([True, True, False, True], [0.9, 0.8, 0.4, 0.3], accuracy=0.98)
        0.5
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy is {accuracy}: give a share of 0 to 1, such as 0.98")
    coverage, accuracies, _ = coverage_curve(correct, confidence)
    return float(max(coverage[accuracies >= accuracy], default=0.0))


def reliability(
    correct: Values, confidence: Values, bins: int = 15
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return count, accuracy and mean confidence of each of the bins, arrays of (bins,).

    Bin m of M holds confidences in ((m - 1) / M, m / M], the first 0 too (Guo et al. 2017,
    section 2); accuracy and confidence of an empty bin are nan.

    Args:
        correct: bool (N,).
        confidence: (N,), 0 to 1.
        bins: M, of equal width.

    Raises:
        ValueError: as `coverage_curve`, for confidences outside 0 to 1, and for less than one bin.

    Example:
        >>> counts, accuracies, confidences = reliability([True, False], [0.9, 0.7], bins=2)
        >>> counts.tolist(), accuracies.tolist()
        ([0, 2], [nan, 0.5])
    """
    right, shares = as_judged(correct, confidence)
    if bins < 1 or bins != int(bins):
        raise ValueError(f"bins is {bins}: give a whole number, 1 or more")
    if shares.min() < 0 or shares.max() > 1:
        raise ValueError("confidences must be probabilities, 0 to 1")
    index = np.clip(np.ceil(shares * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    filled = np.where(counts > 0, counts, np.nan)
    accuracies = np.bincount(index, weights=right, minlength=bins) / filled
    return counts, accuracies, np.bincount(index, weights=shares, minlength=bins) / filled


def expected_calibration_error(correct: Values, confidence: Values, bins: int = 15) -> float:
    """Return the mean of |accuracy - confidence| over equal-width bins, weighted by their counts.

    Guo et al. 2017, equation 3.

    Args:
        correct: bool (N,).
        confidence: (N,), 0 to 1.
        bins: of equal width.

    Raises:
        ValueError: as `reliability`.

    Example:
        >>> round(expected_calibration_error([True, True], [0.9, 0.9]), 3)
        0.1
    """
    counts, accuracies, confidences = reliability(correct, confidence, bins)
    return float(np.nansum(counts * np.abs(accuracies - confidences)) / counts.sum())

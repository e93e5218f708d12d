"""Logits to numbers: the most probable number, the n best, greedy ones, and the temperature.

All share one product model, log P(number) = end score of its length + scores of its digits; how
good the numbers are is measured in `metrics`. Logits may be tensors of PyTorch or arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from svhn_lib.labels import BLANK, DIGITS
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.arrays import as_float64, as_int64, log_softmax
from svhn_lib.reading.record import Answer, Candidate, number_text

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]
TEMPERATURES = (0.05, 20.0)  # the range `fit_temperature` searches


def most_probable(logits: Logits, temperature: float = 1.0) -> list[Answer]:
    """Return the most probable number of every example, with its probability.

    argmax over L of log P(L) + sum_{i <= L} max_d log P(S_i = d): Goodfellow et al. 2014,
    appendix A. Exact, since given the length the best digits are chosen one by one; it may
    differ from the greedy number. The class 'more' keeps its share of the probability but is
    never an answer.

    Args:
        logits: length (N, L) or None, and digits (N, D, 10 or 11), of N examples.
        temperature: that logits are divided by.

    Raises:
        ValueError: the temperature is not above 0.

    Example:
        >>> digits = np.zeros((1, 5, 11))
        >>> digits[0, 0, 2] = digits[0, 1, 5] = digits[0, 2:, 10] = 9.0
        >>> most_probable(Logits(None, digits))[0].number
        '25'
    """
    ends, digits = _scores(logits, temperature)
    best = digits.max(axis=2).cumsum(axis=1)  # (N, D)
    totals = ends + _after_zero(best)  # (N, D + 1)
    return _answers(ends, digits, totals.argmax(axis=1))


def greedy(logits: Logits, temperature: float = 1.0) -> list[Answer]:
    """Return for every example the likeliest length, then the likeliest digit at each position.

    Without a length head the number ends before the first head whose likeliest class is blank.
    Probabilities are those of the model of `most_probable`, as are arguments and errors.

    Example:
        >>> digits = np.zeros((1, 2, 11))
        >>> digits[0, 0, 7] = digits[0, 1, 10] = 9.0
        >>> greedy(Logits(None, digits))[0].number
        '7'
    """
    ends, digits = _scores(logits, temperature)
    if logits.length is not None:
        return _answers(ends, digits, ends.argmax(axis=1))
    is_digit = as_float64(logits.digits).argmax(axis=2) != BLANK  # (N, D), True without blanks
    return _answers(ends, digits, is_digit.astype(np.int64).cumprod(axis=1).sum(axis=1))


def candidates(logits: Logits, n: int, temperature: float = 1.0) -> list[list[Candidate]]:
    """Return the n most probable numbers of every example as (number, probability), best first.

    Exact: digits are independent given the length, so the n best numbers of length i extend the
    n best prefixes of length i - 1.

    Args:
        logits: as of `most_probable`.
        n: candidates of each example; fewer come back where the model has no more numbers.
        temperature: that logits are divided by.

    Returns:
        A list for each example; the number is None for length 0, no number.

    Raises:
        ValueError: n is below 1, or the temperature not above 0.

    Example:
        >>> digits = np.zeros((1, 1, 11))
        >>> digits[0, 0, 7], digits[0, 0, 10] = 9.0, 8.0
        >>> [number for number, _ in candidates(Logits(None, digits), 2)[0]]
        ['7', None]
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    scores, values, lengths = _best_by_length(*_scores(logits, temperature), n)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    scores = np.take_along_axis(scores, order, 1)
    rows = zip(
        (scores > -np.inf).sum(axis=1).tolist(),
        np.exp(scores).tolist(),
        np.take_along_axis(values, order, 1).tolist(),
        np.take_along_axis(lengths, order, 1).tolist(),
        strict=True,
    )
    return [
        [(number_text(v, k), p) for p, v, k in zip(ps[:possible], vs, ks, strict=False)]
        for possible, ps, vs, ks in rows
    ]


def answers_of(logits: Logits, count: int, temperature: float) -> list[Answer]:
    """Return the most probable number of N numbers' logits, with `count` candidates each.

    Example:
        >>> digits = np.zeros((1, 1, 11))
        >>> digits[0, 0, 7] = 9.0
        >>> len(answers_of(Logits(None, digits), 3, 1.0)[0].candidates)
        3
    """
    best = most_probable(logits, temperature)
    if count == 1:
        return best
    found = candidates(logits, count, temperature)
    return [replace(one, candidates=tuple(few)) for one, few in zip(best, found, strict=True)]


def fit_temperature(
    logits: Logits, lengths: Tensor | ArrayLike, digits: Tensor | ArrayLike
) -> float:
    """Return the temperature under which the true numbers are most probable.

    Minimises the mean negative log-likelihood of the whole number (Guo et al. 2017, section 4.2)
    by golden-section search over log T in `TEMPERATURES`: it is convex in 1 / T, so the one
    minimum is found; a net that is right on everything gets the lower bound.

    Args:
        logits: of N pictures that the net was not trained on.
        lengths: of their true numbers, int64 (N,).
        digits: of their true numbers, int64 (N, up to D).

    Raises:
        ValueError: there is no example, or a number longer than the net can say.

    Example:
        >>> digits = np.zeros((2, 1, 11))
        >>> digits[:, 0, 7] = 9.0  # it says 7 both times, and is right once
        >>> fit_temperature(Logits(None, digits), [1, 1], [[7], [1]]) > 3
        True
    """
    longest = logits.digits.shape[1]
    if logits.length is not None:
        longest = min(longest, logits.length.shape[1] - 1)
    ends, classes = as_int64(lengths), as_int64(digits)
    if len(ends) == 0 or ends.max() > longest:
        raise ValueError(f"give at least one number, and none of more than {longest} digits")
    return best_temperature(lambda t: _mean_nll(logits, ends, classes, t))


def best_temperature(loss: Callable[[float], float]) -> float:
    """Return the temperature of the least loss, which must fall towards it from either side."""
    low, high = (math.log(bound) for bound in TEMPERATURES)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(math.exp(left)) <= loss(math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _mean_nll(
    logits: Logits, lengths: NDArray[np.int64], digits: NDArray[np.int64], temperature: float
) -> float:
    """Return the mean of -log P(true number) over the examples."""
    ends, scores = _scores(logits, temperature)
    digits = digits[:, : scores.shape[1]]
    real = np.arange(digits.shape[1]) < lengths[:, None]  # (N, K)
    asked = np.where(real, digits, 0)[:, :, None]
    picked = np.take_along_axis(scores[:, : digits.shape[1]], asked, 2)[:, :, 0]  # (N, K)
    total = np.take_along_axis(ends, lengths[:, None], 1)[:, 0]
    return float(-(total + np.where(real, picked, 0).sum(axis=1)).mean())


def _scores(logits: Logits, temperature: float) -> tuple[Array, Array]:
    """Return float64 end scores (N, D + 1) by length and digit scores (N, D, 10).

    With a length head an end score is log P(L), and digit scores are renormalised over 0-9: the
    length already says whether a position has a digit, so S_i is only asked for where it has one,
    and counting the blank's share there would charge the end of the number twice.
    Without one the digit heads say it all: an end score is the log-probability of blanks in every
    position after the end, and digit scores are those of the heads, blank's share left out. A net
    without blanks either says a digit in every position.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    heads = as_float64(logits.digits) / temperature  # (N, D, 10 or 11)
    positions = heads.shape[1]
    if logits.length is not None:
        lengths = as_float64(logits.length) / temperature
        ends = log_softmax(lengths, axis=1)[:, : positions + 1]
        # A head may know fewer lengths than there are positions: the others cannot occur.
        missing = ((0, 0), (0, positions + 1 - ends.shape[1]))
        ends = np.pad(ends, missing, constant_values=-np.inf)
        return ends, log_softmax(heads[..., :DIGITS], axis=2)
    scores = log_softmax(heads, axis=2)
    if heads.shape[2] <= BLANK:  # as many digits as there are heads, whatever the picture
        always = np.full((len(heads), positions + 1), -np.inf)
        always[:, -1] = 0
        return always, scores
    blanks = scores[..., ::-1, BLANK].cumsum(axis=1)[:, ::-1]  # (N, D): blank from i onwards
    return np.pad(blanks, ((0, 0), (0, 1))), scores[..., :DIGITS]


def _best_by_length(
    ends: Array, digits: Array, n: int
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Return the n best numbers of each length 0 to D, side by side: scores, values, lengths.

    All are (N, M), M the numbers of all lengths together; a value is the number as an integer.
    """
    scores = np.zeros((len(ends), 1))  # (N, k): prefixes, best first
    values = np.zeros((len(ends), 1), np.int64)  # (N, k)
    found = [(ends[:, :1], values, np.zeros_like(values))]
    for i in range(digits.shape[1]):
        count = scores.shape[1] * DIGITS
        extended = (scores[:, :, None] + digits[:, i, None]).reshape(len(ends), count)
        appended = (values[:, :, None] * DIGITS + np.arange(DIGITS)).reshape(len(ends), count)
        order = np.argsort(-extended, axis=1, kind="stable")[:, :n]
        scores = np.take_along_axis(extended, order, 1)
        values = np.take_along_axis(appended, order, 1)
        length = i + 1
        found.append((ends[:, length, None] + scores, values, np.full_like(values, length)))
    all_scores, all_values, all_lengths = zip(*found, strict=True)
    return (
        np.concatenate(all_scores, axis=1),
        np.concatenate(all_values, axis=1),
        np.concatenate(all_lengths, axis=1),
    )


def _answers(ends: Array, digits: Array, lengths: NDArray[np.int64]) -> list[Answer]:
    """Pair each example's best digits up to its length (N,) with their probabilities."""
    scores, classes = digits.max(axis=2), digits.argmax(axis=2)  # (N, D)
    totals = _after_zero(scores.cumsum(axis=1)) + ends  # (N, D + 1)
    probabilities = np.exp(np.take_along_axis(totals, lengths[:, None], 1)[:, 0])
    rows = zip(
        classes.tolist(),
        lengths.tolist(),
        probabilities.tolist(),
        np.exp(scores).tolist(),
        strict=True,
    )
    answers = []
    for row, end, probability, shares in rows:
        number = "".join(map(str, row[:end])) or None
        answers.append(Answer(number, probability, tuple(shares[:end]), ((number, probability),)))
    return answers


def _after_zero(values: Array) -> Array:
    """Return rows with a 0 before them."""
    return np.pad(values, ((0, 0), (1, 0)))

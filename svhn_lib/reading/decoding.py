"""Logits to numbers: the most probable number, the n best, greedy ones, and the temperature.

All share one product model, log P(number) = end score of its length + scores of its digits; how
good the numbers are is measured in `metrics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.labels import BLANK, DIGITS
from svhn_lib.models.heads import Logits
from svhn_lib.reading.record import Answer, Candidate, number_text
from svhn_lib.reading.threads import threads_for

TEMPERATURES = (0.05, 20.0)  # the range `fit_temperature` searches


@threads_for(1)
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
        >>> digits = torch.zeros(1, 5, 11)
        >>> digits[0, 0, 2] = digits[0, 1, 5] = digits[0, 2:, 10] = 9.0
        >>> most_probable(Logits(None, digits))[0].number
        '25'
    """
    ends, digits = _scores(logits, temperature)
    best = digits.max(dim=2).values.cumsum(dim=1)  # (N, D)
    totals = ends + F.pad(best, (1, 0))  # (N, D + 1)
    return _answers(ends, digits, totals.argmax(dim=1))


@threads_for(1)
def greedy(logits: Logits, temperature: float = 1.0) -> list[Answer]:
    """Return for every example the likeliest length, then the likeliest digit at each position.

    Without a length head the number ends before the first head whose likeliest class is blank.
    Probabilities are those of the model of `most_probable`, as are arguments and errors.

    Example:
        >>> digits = torch.zeros(1, 2, 11)
        >>> digits[0, 0, 7] = digits[0, 1, 10] = 9.0
        >>> greedy(Logits(None, digits))[0].number
        '7'
    """
    ends, digits = _scores(logits, temperature)
    if logits.length is not None:
        return _answers(ends, digits, ends.argmax(dim=1))
    is_digit = logits.digits.detach().cpu().argmax(dim=2) != BLANK  # (N, D), True without blanks
    return _answers(ends, digits, is_digit.long().cumprod(dim=1).sum(dim=1))


@threads_for(1)
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
        >>> digits = torch.zeros(1, 1, 11)
        >>> digits[0, 0, 7], digits[0, 0, 10] = 9.0, 8.0
        >>> [number for number, _ in candidates(Logits(None, digits), 2)[0]]
        ['7', None]
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    scores, values, lengths = _best_by_length(*_scores(logits, temperature), n)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    scores, order = scores[:, :n], order[:, :n]
    rows = zip(
        (scores > -torch.inf).sum(dim=1).tolist(),
        scores.exp().tolist(),
        values.gather(1, order).tolist(),
        lengths.gather(1, order).tolist(),
        strict=True,
    )
    return [
        [(number_text(v, k), p) for p, v, k in zip(ps[:possible], vs, ks, strict=False)]
        for possible, ps, vs, ks in rows
    ]


@threads_for(1)
def fit_temperature(logits: Logits, lengths: Tensor, digits: Tensor) -> float:
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
        >>> digits = torch.zeros(2, 1, 11)
        >>> digits[:, 0, 7] = 9.0  # it says 7 both times, and is right once
        >>> lengths, true = torch.tensor([1, 1]), torch.tensor([[7], [1]])
        >>> fit_temperature(Logits(None, digits), lengths, true) > 3
        True
    """
    longest = logits.digits.shape[1]
    if logits.length is not None:
        longest = min(longest, logits.length.shape[1] - 1)
    if len(lengths) == 0 or lengths.max() > longest:
        raise ValueError(f"give at least one number, and none of more than {longest} digits")
    return best_temperature(lambda t: _mean_nll(logits, lengths, digits, t))


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


def _mean_nll(logits: Logits, lengths: Tensor, digits: Tensor, temperature: float) -> float:
    """Return the mean of -log P(true number) over the examples."""
    ends, scores = _scores(logits, temperature)
    lengths, digits = lengths.cpu(), digits.cpu()[:, : scores.shape[1]]
    real = torch.arange(digits.shape[1]) < lengths[:, None]  # (N, K)
    picked = scores.gather(2, digits.where(real, 0)[:, :, None])[:, :, 0]  # (N, K)
    total = ends.gather(1, lengths[:, None])[:, 0] + picked.where(real, 0).sum(dim=1)
    return float(-total.mean())


def _scores(logits: Logits, temperature: float) -> tuple[Tensor, Tensor]:
    """Return float64 end scores (N, D + 1) by length and digit scores (N, D, 10), on the CPU.

    With a length head an end score is log P(L), and digit scores are renormalised over 0-9: the
    length already says whether a position has a digit, so S_i is only asked for where it has one,
    and counting the blank's share there would charge the end of the number twice.
    Without one the digit heads say it all: an end score is the log-probability of blanks in every
    position after the end, and digit scores are those of the heads, blank's share left out. A net
    without blanks either says a digit in every position.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    heads = logits.digits.detach().cpu().double() / temperature  # (N, D, 10 or 11)
    positions = heads.shape[1]
    if logits.length is not None:
        lengths = logits.length.detach().cpu().double() / temperature
        ends = lengths.log_softmax(dim=1)[:, : positions + 1]
        # A head may know fewer lengths than there are positions: the others cannot occur.
        ends = F.pad(ends, (0, positions + 1 - ends.shape[1]), value=-torch.inf)
        return ends, heads[..., :DIGITS].log_softmax(dim=2)
    scores = heads.log_softmax(dim=2)
    if heads.shape[2] <= BLANK:  # as many digits as there are heads, whatever the picture
        always = torch.full((len(heads), positions), -torch.inf, dtype=torch.float64)
        return F.pad(always, (0, 1)), scores
    blanks = scores[..., BLANK].flip(1).cumsum(dim=1).flip(1)  # (N, D): blank from i onwards
    return F.pad(blanks, (0, 1)), scores[..., :DIGITS]


def _best_by_length(ends: Tensor, digits: Tensor, n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the n best numbers of each length 0 to D, side by side: scores, values, lengths.

    All are (N, M), M the numbers of all lengths together; a value is the number as an integer.
    """
    scores = torch.zeros(len(ends), 1, dtype=torch.float64)  # (N, k): prefixes, best first
    values = torch.zeros(len(ends), 1, dtype=torch.int64)  # (N, k)
    found = [(ends[:, :1], values, torch.zeros_like(values))]
    for i in range(digits.shape[1]):
        extended = (scores[:, :, None] + digits[:, i, None]).flatten(1)  # (N, k * 10)
        appended = (values[:, :, None] * DIGITS + torch.arange(DIGITS)).flatten(1)
        scores, order = extended.sort(dim=1, descending=True, stable=True)
        scores, values = scores[:, :n], appended.gather(1, order[:, :n])
        length = i + 1
        found.append((ends[:, length, None] + scores, values, torch.full_like(values, length)))
    all_scores, all_values, all_lengths = zip(*found, strict=True)
    return torch.cat(all_scores, 1), torch.cat(all_values, 1), torch.cat(all_lengths, 1)


def _answers(ends: Tensor, digits: Tensor, lengths: Tensor) -> list[Answer]:
    """Pair each example's best digits up to its length (N,) with their probabilities."""
    scores, classes = digits.max(dim=2)  # (N, D)
    totals = F.pad(scores.cumsum(dim=1), (1, 0)) + ends  # (N, D + 1)
    probabilities = totals.gather(1, lengths[:, None])[:, 0].exp()
    rows = zip(
        classes.tolist(),
        lengths.tolist(),
        probabilities.tolist(),
        scores.exp().tolist(),
        strict=True,
    )
    answers = []
    for row, end, probability, shares in rows:
        number = "".join(map(str, row[:end])) or None
        answers.append(Answer(number, probability, tuple(shares[:end]), ((number, probability),)))
    return answers

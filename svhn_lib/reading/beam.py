"""Numbers out of decoders that write token by token: the best few by beam search, or greedily.

Decoders are asked for the next token only; what they are made of is not known here.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from svhn_lib.labels import DIGITS, END, START, TOKENS
from svhn_lib.models.decoders import Decoder
from svhn_lib.reading.record import Answer, number_text


class _Prefixes(NamedTuple):
    """k beginnings of each of N pictures' numbers, all of the same length."""

    values: Tensor  # int64 (N, k): the digits as one integer
    scores: Tensor  # float64 (N, k): log-probability
    shares: Tensor  # float64 (N, k, length): log-probability of each digit


@torch.inference_mode()
def beam_search(
    decoder: Decoder,
    features: Tensor,
    *,
    width: int = 3,
    count: int = 3,
    max_digits: int = 5,
    temperature: float = 1.0,
    length_power: float = 0.0,
) -> list[Answer]:
    """Return the `count` best numbers of each picture that a beam of `width` beginnings meets.

    Log-probabilities of tokens are summed (Sutskever et al. 2014, section 3.2). Every beginning in
    the beam is also taken as a finished number, so that a beam as wide as there are numbers finds
    all. A number of D digits takes D + 1 tokens: the search goes on for `max_digits` + 1 steps, and
    what the decoder gives to more digits is left out. Width 1 is greedy but for the end, which is
    chosen among all lengths of the one beginning.

    Args:
        decoder: in evaluation mode.
        features: (N, C, H, W), on the decoder's device.
        width: beginnings that are followed.
        count: candidates of each picture.
        max_digits: of a number.
        temperature: that logits are divided by.
        length_power: 0 ranks finished numbers by probability; a ranks them by log-probability over
            their tokens ** a (Wu et al. 2016, section 7). Probabilities stay what they are.

    Raises:
        ValueError: a width or count below 1, or a temperature that is not above 0.

    Example:
        >>> from svhn_lib.models.decoders import LSTMDecoder
        >>> decoder = LSTMDecoder((2, 1, 3), hidden=(4,), embedding=3, units=4, dropout=0)
        >>> (found,) = beam_search(decoder.eval(), torch.zeros(1, 2, 1, 3), width=5, count=2)
        >>> len(found.candidates)
        2
    """
    if width < 1 or count < 1 or not temperature > 0:
        raise ValueError(
            f"width {width}, count {count}, temperature {temperature}: give whole numbers of at "
            "least 1, and a temperature above 0"
        )
    pictures = len(features)
    state = decoder.begin(features)
    tokens = torch.full((pictures,), START, device=features.device)
    prefixes = _Prefixes(
        torch.zeros(pictures, 1, dtype=torch.int64),
        torch.zeros(pictures, 1, dtype=torch.float64),
        torch.zeros(pictures, 1, 0, dtype=torch.float64),
    )
    finished: list[tuple[_Prefixes, Tensor]] = []
    for length in range(max_digits + 1):
        logits, _, state = decoder.step(tokens, state)
        scores = (logits.cpu().double() / temperature).log_softmax(dim=1)
        following = scores.view(pictures, -1, TOKENS)
        finished.append((prefixes, prefixes.scores + following[..., END]))
        if length == max_digits:
            break
        prefixes, rows = _extend(prefixes, following[..., :DIGITS], width)
        tokens = (prefixes.values % DIGITS).flatten().to(features.device)
        state = state.take(rows.to(features.device))
    return [_best(finished, row, count, length_power) for row in range(pictures)]


@torch.inference_mode()
def greedy(
    decoder: Decoder, features: Tensor, *, max_digits: int = 5, temperature: float = 1.0
) -> list[Answer]:
    """Return the number that takes the likeliest token at every step, digit or end.

    One number per picture, with its probability. After `max_digits` digits it ends, likely or not.
    Arguments and errors are those of `beam_search`.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    state, rows = decoder.begin(features), torch.arange(len(features))
    tokens = torch.full((len(features),), START, device=features.device)
    chosen, shares = [], []
    for step in range(max_digits + 1):
        logits, _, state = decoder.step(tokens, state)
        following = (logits.cpu().double() / temperature).log_softmax(dim=1)
        following[:, START] = -torch.inf
        picked = following.argmax(dim=1) if step < max_digits else torch.full_like(rows, END)
        chosen.append(picked)
        shares.append(following[rows, picked])
        tokens = picked.to(features.device)
    said, log_p = torch.stack(chosen, dim=1), torch.stack(shares, dim=1)  # (N, max_digits + 1)
    ends = (said == END).long().argmax(dim=1)
    totals = log_p.cumsum(dim=1)[rows, ends].exp().tolist()
    answers = []
    for digits, found, end, total in zip(
        said.tolist(), log_p.exp().tolist(), ends.tolist(), totals, strict=True
    ):
        number = "".join(map(str, digits[:end])) or None
        answers.append(Answer(number, total, tuple(found[:end]), ((number, total),)))
    return answers


def _extend(prefixes: _Prefixes, following: Tensor, width: int) -> tuple[_Prefixes, Tensor]:
    """The `width` likeliest beginnings of one digit more, and the rows (N * k) they extend.

    following: log-probabilities of the digits, (N, k, 10).
    """
    count, before = prefixes.values.shape
    extended = (prefixes.scores[:, :, None] + following).flatten(1)  # (N, k * 10)
    scores, chosen = extended.sort(dim=1, descending=True, stable=True)
    scores, chosen = scores[:, :width], chosen[:, :width]  # (N, k')
    parents, digits = chosen // DIGITS, chosen % DIGITS
    values = prefixes.values.gather(1, parents) * DIGITS + digits
    last = following.flatten(1).gather(1, chosen)[:, :, None]
    length = prefixes.shares.shape[2]
    shares = prefixes.shares.gather(1, parents[:, :, None].expand(-1, -1, length))
    rows = (parents + torch.arange(count)[:, None] * before).flatten()
    return _Prefixes(values, scores, torch.cat([shares, last], dim=2)), rows


def _best(
    finished: list[tuple[_Prefixes, Tensor]], row: int, count: int, length_power: float
) -> Answer:
    """The best finished numbers of one picture."""
    ranked = sorted(
        (-score / (length + 1) ** length_power, length, place, score)
        for length, (_, scores) in enumerate(finished)
        for place, score in enumerate(scores[row].tolist())
    )[:count]
    numbers = []
    for _, length, place, score in ranked:
        value = int(finished[length][0].values[row, place])
        probability = float(torch.tensor(score, dtype=torch.float64).exp())
        numbers.append((number_text(value, length), probability))
    _, length, place, _ = ranked[0]
    digits = finished[length][0].shares[row, place].exp().tolist()
    return Answer(*numbers[0], tuple(digits), tuple(numbers))

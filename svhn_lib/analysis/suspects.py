"""Labels that may be wrong: ranked by how little a reader that never saw them believes them.

How well that works can be measured where errors are planted: `plant_errors` makes such as people
make them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pandas import DataFrame
from torch.nn.functional import pad

from svhn_lib.labels import BLANK, DIGITS, MAX_DIGITS, encode
from svhn_lib.models.outputs import Logits


class Planted(NamedTuple):
    """Numbers of which some were made wrong.

    Attributes:
        numbers: N texts.
        kinds: for each 'changed', 'dropped', 'doubled' or 'swapped', or '' where it was left alone.

    Example:
        >>> Planted(["25", "7"], ["dropped", ""]).planted.tolist()
        [True, False]
    """

    numbers: list[str]
    kinds: list[str]

    @property
    def planted(self) -> NDArray[np.bool_]:
        """Which numbers were made wrong, bool (N,)."""
        return np.array([kind != "" for kind in self.kinds])


def label_quality(logits: Logits, numbers: Sequence[str], temperature: float = 1.0) -> DataFrame:
    """Score how far a net believes the labels of N numbers that it was not trained on.

    A number is taken as a sentence whose words are its digits and, in every position after the
    last, the blank, so that a missing or extra digit is a wrong word, too. Confident learning
    (Northcutt et al. 2021), as cleanlab does it for words: `token_classification`.

    Args:
        logits: of the pictures, as from `reading.inference.predict`.
        numbers: the N labels.
        temperature: that logits are divided by.

    Returns:
        A row per number: quality (the least of the next), digit_qualities (tuple: probability of
        each digit as labelled, and of the end after the last where the net has a position for it),
        position (of the least, from 0), suspect (bool: what cleanlab takes for wrong, by a
        threshold for each class that it estimates from this set).

    Raises:
        ValueError: logits and labels are not as many, a label is longer than the net can say, or
            the temperature is not above 0.
        ImportError: cleanlab is not installed.

    Example:
        >>> from svhn_lib import load_model
        >>> from svhn_lib.reading.inference import predict
        >>> pictures = torch.zeros(4, 3, 64, 64, dtype=torch.uint8)
        >>> rows = label_quality(predict(load_model("compact"), pictures), ["1", "2", "3", "44"])
        >>> [len(each) for each in rows["digit_qualities"]]
        [2, 2, 2, 3]
    """
    try:
        from cleanlab.token_classification.filter import find_label_issues
        from cleanlab.token_classification.rank import get_label_quality_scores
    except ImportError as error:
        raise ImportError(
            "label suspects need cleanlab: pip install 'svhn_lib[analysis]'"
        ) from error
    chances = slot_probabilities(logits, temperature)  # (N, D, 11)
    if len(chances) != len(numbers):
        raise ValueError(f"logits of {len(chances)} pictures and {len(numbers)} labels")
    given = encode(numbers, chances.shape[1])[1].tolist()
    quality, words = get_label_quality_scores(given, list(chances))
    suspects = {row for row, _ in find_label_issues(given, list(chances), n_jobs=1)}
    told = [
        tuple(word.to_numpy()[: len(text) + 1].tolist())
        for word, text in zip(words, numbers, strict=True)
    ]
    return DataFrame(
        {
            "quality": quality,
            "digit_qualities": told,
            "position": [int(np.argmin(word)) for word in words],
            "suspect": [row in suspects for row in range(len(given))],
        }
    )


def slot_probabilities(logits: Logits, temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the probability of each digit, and of none, at each of D positions.

    By the model of `reading.decoding`: where there is a length head it says whether a position has
    a digit, otherwise the digit heads do, and a net without blanks has digits everywhere.

    Args:
        logits: of N pictures, as from `reading.inference.predict`.
        temperature: that logits are divided by.

    Returns:
        float64 (N, D, 11), the blank last, sums of 1.

    Raises:
        ValueError: the temperature is not above 0.

    Example:
        >>> chances = slot_probabilities(Logits(torch.zeros(1, 6), torch.zeros(1, 5, 11)))
        >>> chances.shape, round(float(chances[0, 0].sum()), 6)
        ((1, 5, 11), 1.0)
    """
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}: give one above 0")
    digits = logits.digits.detach().cpu().double() / temperature  # (N, D, 10 or 11)
    if logits.length is None:
        return pad(digits.softmax(dim=2), (0, BLANK + 1 - digits.shape[2])).numpy()
    ended = (logits.length.detach().cpu().double() / temperature).softmax(dim=1).cumsum(dim=1)
    spare = max(0, digits.shape[1] - ended.shape[1])  # a head that knows fewer lengths
    ended = pad(ended, (0, spare), value=1.0)[:, : digits.shape[1], None].clamp(max=1)  # (N, D, 1)
    return torch.cat([digits[..., :DIGITS].softmax(dim=2) * (1 - ended), ended], dim=2).numpy()


def plant_errors(
    numbers: Sequence[str], share: float, seed: int, max_digits: int = MAX_DIGITS
) -> Planted:
    """Make a share of the numbers wrong, as people mislabel: any way that a number allows.

    One digit is changed to another, dropped, written twice, or swapped with the next one. A number
    never becomes empty or longer than `max_digits`.

    Args:
        numbers: N texts.
        share: of them that becomes wrong, 0 to 1.
        seed: of the draw.
        max_digits: of a number.

    Raises:
        ValueError: the share lies outside 0 to 1, or a number has more digits.

    Example:
        >>> lies = plant_errors(["257", "16", "8", "1234"], share=0.5, seed=0)
        >>> int(lies.planted.sum())
        2
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share} wrong labels; give 0 to 1")
    if too_long := [text for text in numbers if len(text) > max_digits]:
        raise ValueError(f"number {too_long[0]!r} has more than {max_digits} digits")
    generator = np.random.default_rng(seed)
    texts, kinds = list(numbers), [""] * len(numbers)
    with_digits = [row for row, text in enumerate(texts) if text]
    for row in generator.permutation(with_digits)[: round(share * len(texts))]:
        ways = _wrong_ways(texts[row], max_digits)
        kinds[row] = str(generator.choice(sorted(ways)))
        texts[row] = str(generator.choice(ways[kinds[row]]))
    return Planted(texts, kinds)


def _wrong_ways(text: str, max_digits: int) -> dict[str, list[str]]:
    """Every other number that one slip makes of this one, by kind; kinds without any left out."""
    places = range(len(text))
    ways = {
        "changed": [text[:i] + str(d) + text[i + 1 :] for i in places for d in range(DIGITS)],
        "dropped": [text[:i] + text[i + 1 :] for i in places] if len(text) > 1 else [],
        "doubled": [text[:i] + text[i] + text[i:] for i in places],
        "swapped": [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in places[:-1]],
    }
    return {
        kind: wrong
        for kind, texts in ways.items()
        if (wrong := [t for t in texts if t != text and len(t) <= max_digits])
    }

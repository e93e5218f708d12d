"""What was read of a photo's places, weighed: which numbers are given, in which order.

A number is as probable as that one is there, times that it says what is read.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from svhn_lib.detection.localiser import LEAST_CONFIDENCE
from svhn_lib.detection.record import Found
from svhn_lib.reading.inputs import Photo
from svhn_lib.reading.record import Answer

USUAL_SHARE = 1 / 6
"""Height of a number, as part of its photo's, at which a place is as probable as it looks.

Chosen, as the form of the odds, on open real photos: of 58 without a number 2 get one.
"""
LEAST_CERTAINTY = 0.37
"""Below this mean certainty of an answer's length and digits, see `certainty`, it is not given."""
GIVEN_ODDS = 4.0
"""What the odds of a place are multiplied by where its number is given.

A number is given only where place and digits are probable enough, and one that is given is right
more often than the odds of its place alone tell. Chosen on rendered photos.
"""
_SAME = 0.5  # share of the smaller of two boxes, from which on they show the same number


def in_photo(read: Answer, place: Found, photo: Photo) -> tuple[float, Answer]:
    """Return the weight of what was read of a place, and the answer, where it is in the photo.

    The weight, by which numbers are ordered and which one needs to be given, is the log-odds that a
    number is there and half of those of what it says: the first counts more.
    """
    found = at_place(place, photo.pixels.shape[0])
    texts = sorted((one for one in read.candidates if one[0] is not None), key=lambda one: -one[1])
    number, says = texts[0] if texts else (None, 0.0)
    weight = _log_odds(found) + _log_odds(says) / 2
    given = number is not None and weight >= 0 and certainty(number, says) >= LEAST_CERTAINTY
    if given:
        found = GIVEN_ODDS * found / (1 + (GIVEN_ODDS - 1) * found)
    nothing = 1 - found + found * dict(read.candidates).get(None, 0.0)
    numbers = [(text, found * p) for text, p in texts]
    candidates = sorted([*numbers, (None, nothing)], key=lambda one: -one[1])
    if given:
        candidates = [numbers[0], *(one for one in candidates if one[0] != number)]
    else:
        number = None
    probability = candidates[0][1]
    scale = np.array([photo.width, photo.height]) / photo.pixels.shape[1::-1]
    whole = replace(place, corners=place.corners * scale)
    edges = (photo.width, photo.height) * 2
    left, top, right, bottom = np.clip(whole.box, 0, edges).tolist()
    return weight, Answer(
        number,
        probability,
        read.digit_probabilities if candidates[0][0] is not None else (),
        tuple(candidates),
        box=(left, top, right, bottom),
        corners=tuple((x, y) for x, y in whole.corners.tolist()),
        found=found,
    )


def best_and_others(weighed: list[tuple[float, Answer]], most: float) -> Answer:
    """Return the answer of the best odds with the others; most: confidence of the best place."""
    kept: list[Answer] = []
    for _, answer in sorted(weighed, key=lambda one: (one[1].number is None, -one[0])):
        if all(_overlap(answer, other) < _SAME for other in kept):
            kept.append(answer)
    if not kept:
        none = 1 - (most or LEAST_CONFIDENCE)
        return Answer(None, none, candidates=((None, none),), found=most)
    others = tuple(answer for answer in kept[1:] if answer.number is not None)
    return replace(kept[0], others=others)


def there(confidence: float, share: float) -> float:
    """Return the probability that a number is at a place, with the size that it has.

    The odds of a place grow with its height: small pictures are mostly cut around a number, which
    fills them; in large photos there are many small things that look like one.

    Args:
        confidence: the localiser's.
        share: the place's height as part of the photo's.

    Example:
        >>> round(there(0.5, 1 / 6), 3), round(there(0.5, 1 / 2), 3)
        (0.5, 0.75)
    """
    confidence = min(confidence, 1 - 1e-6)
    at_odds = confidence / (1 - confidence) * min(share, 1.0) / USUAL_SHARE
    return at_odds / (1 + at_odds)


def at_place(place: Found, height: int) -> float:
    """Return the probability that a number is at a place of a photo `height` pixels high."""
    _, top, _, bottom = place.box
    return there(place.confidence, max(bottom - top, 1.0) / height)


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def certainty(number: str | None, probability: float) -> float:
    """Return the geometric mean of the probabilities of a number's length and of each digit.

    Example:
        >>> round(certainty("257", 0.0625), 3)
        0.5
    """
    return float(probability ** (1 / (len(number or "") + 1)))


def _overlap(a: Answer, b: Answer) -> float:
    """Return the share of the smaller of two boxes that lies in the other."""
    if a.box is None or b.box is None:
        return 0.0
    (left, top, right, bottom), other = a.box, b.box
    across = min(right, other[2]) - max(left, other[0])
    down = min(bottom, other[3]) - max(top, other[1])
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a.box, b.box)]
    return max(across, 0) * max(down, 0) / max(min(areas), 1e-9)

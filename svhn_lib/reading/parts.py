"""Two places that show the two ends of one long number, taken together as one place.

A localiser sees only so far to either side. Of a long number in a large photo it can find the first
digits and the last ones, as two places which overlap, and the whole as none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svhn_lib.detection.record import Found

_ALIKE = 0.96  # cosine between the directions in which both are written, or more
_HEIGHTS = 1.4  # times as high as the other one, or less
_ASIDE = 0.3  # of the height: from one line to the other, or less
_GAP = 0.1  # of the height: between the places, or less; most overlap
_AHEAD = 0.2  # of the height: how far each reaches beyond the other, or more


def joined(one: Found, other: Found) -> tuple[Found, Found, Found] | None:
    """Return the place that begins where one does and ends where another does, after these two.

    Args:
        one: a place.
        other: another one of the same photo.

    Returns:
        The first part, the last part and the whole, which is as probable as that either of them is
        a number; None where they are not of one line, or do not meet, or one holds the other.

    Example:
        >>> corners = np.array([[0.0, 0], [60, 0], [60, 20], [0, 20]])
        >>> first, last = Found(corners, 0.5), Found(corners + [30, 0], 0.8)
        >>> joined(last, first)[2].box, joined(first, Found(corners + [90, 0], 0.8))
        ((0.0, 0.0, 90.0, 20.0), None)
    """
    lines = [_line(place) for place in (one, other)]
    (along, down), (too, _) = lines
    if one.stacked != other.stacked or float(along @ too) < _ALIKE:
        return None
    spans = np.stack([_span(place, along, down) for place in (one, other)])  # (2, begin to bottom)
    begin, end, top, bottom = spans.T
    heights = bottom - top
    high = float(heights.mean())
    aside = abs(float((top + bottom) @ [0.5, -0.5]))
    if heights.max() > _HEIGHTS * heights.min() or aside > _ASIDE * high:
        return None
    first = int(begin[1] < begin[0])
    last = 1 - first
    ahead = min(begin[last] - begin[first], end[last] - end[first])
    if ahead < _AHEAD * high or begin[last] - end[first] > _GAP * high:
        return None
    quad = np.array([[begin[first], top.mean()], [end[last], top.mean()],
                     [end[last], bottom.mean()], [begin[first], bottom.mean()]])  # fmt: skip
    corners = quad @ np.stack([along, down])
    if one.stacked:  # written downwards: what the line begins with is the top
        corners = corners[[3, 0, 1, 2]]
    either = 1 - (1 - one.confidence) * (1 - other.confidence)
    parts = (one, other)
    return parts[first], parts[last], Found(corners, either, one.stacked)


def is_whole(text: str, first: str, last: str) -> bool:
    """Return whether a number begins with one part, ends with the other, and holds no more.

    Where a part ends amid the number it may cut a digit, so the digit there is not asked.

    Example:
        >>> is_whole("4702", "470", "702"), is_whole("4702", "478", "102")
        (True, True)
        >>> is_whole("47021", "47", "21"), is_whole("47", "47", "7")
        (False, False)
    """
    if not max(len(first), len(last)) < len(text) <= len(first) + len(last):
        return False
    begins, ends = (first[:-1] or first), (last[1:] or last)
    return text.startswith(begins) and text.endswith(ends)


def _line(place: Found) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unit vectors along which its digits follow, and a quarter turn clockwise on."""
    corners = place.corners
    sides = corners[1] - corners[0] + corners[2] - corners[3]
    if place.stacked:
        sides = corners[3] - corners[0] + corners[2] - corners[1]
    along = sides / max(float(np.linalg.norm(sides)), 1e-9)
    return along, np.array([-along[1], along[0]])


def _span(
    place: Found, along: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where it begins and ends along a line, and its top and bottom across, float64 (4,)."""
    on, across = np.sort(place.corners @ along), np.sort(place.corners @ down)
    return np.array([on[:2].mean(), on[2:].mean(), across[:2].mean(), across[2:].mean()])

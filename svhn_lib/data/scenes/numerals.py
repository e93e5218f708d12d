"""House numbers: set in a style of houses, with exact corners; and whether they can be seen.

Fonts and designs are those of rendered streets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from svhn_lib.data.scenes.record import SceneNumber
from svhn_lib.data.street import layout, numerals
from svhn_lib.data.street.layout import Ink, Placed
from svhn_lib.data.street.scene import Picture
from svhn_lib.data.street.style import Style, from_houses, narrow, posed, sample_style


@dataclass(frozen=True)
class Written:
    """A number in its flat scene of digit heights, before it hangs anywhere.

    Attributes:
        text: its digits.
        style: how it is set.
        digits: where its characters stand.
    """

    text: str
    style: Style
    digits: list[Placed]

    @property
    def box(self) -> np.ndarray:
        """Around all digits, float64 (2, 2): [[left, top], [right, bottom]], digit heights."""
        return layout.flat_box(self.digits)


def write(rng: np.random.Generator, text: str, fonts: tuple[str, ...], stacked: bool) -> Written:
    """Set a number in a style of houses.

    Args:
        rng: random numbers.
        text: its digits.
        fonts: paths to choose from.
        stacked: digits stand one under another.
    """
    style = from_houses(rng, sample_style(rng, fonts), fonts)
    style = posed(rng, narrow(rng, style))
    style = replace(numerals.redesign(rng, style, text, fonts), stacked=False)
    if rng.random() < 0.5:  # modern houses: wide, plain digits
        style = replace(style, widening=style.widening * rng.uniform(1.0, 1.35))
    if stacked and len(text) > 1:
        level = replace(style, slope=0.0, bend=0.0, offsets=())
        style = replace(level, stacked=True, centred=True, gap=rng.uniform(0.06, 0.6))
    return written(rng, text, style)


def written(rng: np.random.Generator, text: str, style: Style) -> Written:
    """Set a number in a style that is known."""
    return Written(text, style, layout.place(rng, text, style))


def numbered(text: str, digits: list[Placed], stacked: bool, to_photo: np.ndarray) -> SceneNumber:
    """Return a number with its corners in the photo.

    Args:
        text: its digits.
        digits: where they stand in the flat scene.
        stacked: one under another.
        to_photo: float64 (3, 3), from the flat scene to pixels of the photo.
    """
    boxes = [layout.flat_box([digit]) for digit in digits]
    quads = np.array([_corners(box, 0.0) for box in boxes])
    slope = 0.0 if stacked else _slope(np.array([box.mean(axis=0) for box in boxes]))
    level = np.array([[1, 0, 0], [-slope, 1, 0], [0, 0, 1]])
    points = np.concatenate([layout.outline(digit, level) for digit in digits])
    whole = _corners(np.array([points.min(axis=0), points.max(axis=0)]), slope)
    return SceneNumber(
        text, _seen(whole, to_photo), np.array([_seen(quad, to_photo) for quad in quads]), stacked
    )


def _slope(centres: np.ndarray) -> float:
    """Return how steeply a line through the digits' centres falls; 0 for level numbers."""
    if len(centres) < 2:
        return 0.0
    slope = float(np.polyfit(centres[:, 0], centres[:, 1], 1)[0])
    uneven = max(0.08, 0.25 / (len(centres) - 1))  # as digits of one line may stand
    return slope if abs(slope) > uneven else 0.0


def _corners(box: np.ndarray, slope: float) -> np.ndarray:
    """Return the corners of a box, whose upper and lower sides fall by `slope`, float64 (4, 2)."""
    (left, top), (right, bottom) = box
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    points[:, 1] += slope * points[:, 0]
    return points


def _seen(points: np.ndarray, to_photo: np.ndarray) -> np.ndarray:
    return cv2.perspectiveTransform(points[:, None].astype(np.float64), to_photo)[:, 0]


def around(seen: SceneNumber, tall: float, photo: Picture) -> tuple[int, int, int, int]:
    """Return the part of a photo that a number and its sign take: left, top, right, bottom."""
    left, top, right, bottom = seen.extent
    far, (rows, columns) = 1.6 * tall + 2, photo.shape[:2]
    low = max(0, int(left - far)), max(0, int(top - far))
    return *low, min(columns, int(right + far) + 1), min(rows, int(bottom + far) + 1)


def is_visible(photo: np.ndarray, number: Written, to_photo: np.ndarray) -> bool:
    """Return whether a number can be seen in a photo, uint8 (H, W, 3), that was taken."""
    seen = numbered(number.text, number.digits, number.style.stacked, to_photo)
    x0, y0, x1, y1 = around(seen, 0.0, photo)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return False
    move = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]])
    part = photo[y0:y1, x0:x1].astype(np.float32)
    return stands_out(part, layout.draw_ink(number.digits, move @ to_photo, part.shape[:2]), 18)


def stands_out(canvas: Picture, ink: Ink, least: float) -> bool:
    """Return whether digits differ from what is close around them by more than that varies.

    Args:
        canvas: float32 (H, W, 3), RGB, 0-255.
        ink: the digits', float32 (H, W), 0-1.
        least: distance of the two colours in RGB.
    """
    around = cv2.dilate(ink, np.ones((5, 5), np.uint8)) - ink
    if ink.sum() < 1 or around.sum() < 1:
        return True
    inside, outside = mean_colour(canvas, ink), mean_colour(canvas, around)
    busy = float(np.sqrt(mean_colour((canvas - outside.astype(np.float32)) ** 2, around).sum()))
    return float(np.linalg.norm(inside - outside)) > max(least, 0.025 * least * busy)


def mean_colour(canvas: Picture, weights: Ink) -> np.ndarray:
    """Return the mean colour under weights, float64 (3,)."""
    return np.tensordot(weights, canvas, 2).astype(np.float64) / float(weights.sum())

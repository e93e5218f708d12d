"""House numbers painted on a photo, through its perspective, with exact corners.

Fonts, designs, signs, materials and colours are those of rendered streets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from svhn_lib.data.scenes.record import SceneNumber
from svhn_lib.data.street import depth, layout, materials, numerals, paint, palette, signs, walls
from svhn_lib.data.street import surroundings as around
from svhn_lib.data.street.layout import Placed
from svhn_lib.data.street.neighbours import sample_name, sample_suffix
from svhn_lib.data.street.scene import Scene as Sign
from svhn_lib.data.street.style import Style, from_houses, narrow, posed, sample_style

_SHARP = 26  # pixels of a digit below which a number is painted larger, then shrunk


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
    return slope if abs(slope) > 0.1 else 0.0


def _corners(box: np.ndarray, slope: float) -> np.ndarray:
    """Return the corners of a box, whose upper and lower sides fall by `slope`, float64 (4, 2)."""
    (left, top), (right, bottom) = box
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    points[:, 1] += slope * points[:, 0]
    return points


def _seen(points: np.ndarray, to_photo: np.ndarray) -> np.ndarray:
    return cv2.perspectiveTransform(points[:, None].astype(np.float64), to_photo)[:, 0]


def paint_number(
    rng: np.random.Generator, photo: np.ndarray, number: Written, to_photo: np.ndarray, plate: float
) -> SceneNumber:
    """Paint a number on a photo, with its sign and what belongs to it.

    Args:
        rng: random numbers.
        photo: float32 (H, W, 3), RGB, 0-255; changes in place.
        number: what is painted.
        to_photo: float64 (3, 3), from the number's flat scene to pixels of the photo.
        plate: how often it hangs on a sign of its own, 0-1.
    """
    seen = numbered(number.text, number.digits, number.style.stacked, to_photo)
    tall = float(np.median(np.linalg.norm(seen.digits[:, 3] - seen.digits[:, 0], axis=1)))
    left, top, right, bottom = seen.box
    far = 1.6 * tall + 2
    rows, columns = photo.shape[:2]
    x0, y0 = max(0, int(left - far)), max(0, int(top - far))
    x1, y1 = min(columns, int(right + far) + 1), min(rows, int(bottom + far) + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return seen
    part = photo[y0:y1, x0:x1]
    finer = int(np.clip(np.ceil(_SHARP / max(tall, 1)), 1, 5))
    large = part if finer == 1 else cv2.resize(part, None, fx=finer, fy=finer)
    before = large if finer == 1 else large.copy()
    move = np.array([[finer, 0, -finer * x0], [0, finer, -finer * y0], [0, 0, 1.0]])
    sign = Sign(rng, large, number.digits, move @ to_photo, tall * finer)
    _paint(sign, number.style, plate)
    if finer > 1:
        part += cv2.resize(large - before, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return seen


def _paint(sign: Sign, style: Style, plate: float) -> None:
    """Paint a number's sign, digits and what belongs to it."""
    rng = sign.rng
    if rng.random() < plate:
        ground, colour = palette.sample_pair(rng, True)
        if rng.random() < 0.35:
            walls.hang_plate(sign, walls.sample_plate(sign), ground)
        else:
            signs.hang_sign(sign, ground, colour, style)
    else:
        points = np.concatenate(sign.outlines())
        (left, top), (right, bottom) = np.maximum(points.min(axis=0), 0), points.max(axis=0)
        wall = sign.canvas[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
        ground = wall.mean(axis=(0, 1)).astype(np.float64) if wall.size else np.full(3, 128.0)
        colour = palette.sample_digits(rng, ground)
    ink = sign.ink(sign.digits)
    depth.cast_shadow(sign, ink, colour)
    material = materials.muted(rng, materials.sample_material(rng))
    materials.lay_material(sign, rng, material, ink, ground, colour, 0.3)
    if rng.random() < 0.06:
        paint.lay(sign, paint.clear_of(ink, 3) * sign.ink(sample_suffix(sign, style)), colour)
    if rng.random() < 0.08:
        name = sample_name(sign, style, rng.random() < 0.6)
        if name:
            paint.lay(sign, paint.clear_of(ink, 3) * sign.ink(name), colour)
    if rng.random() < 0.08:
        around.draw_frame(sign, colour)
    if rng.random() < 0.12:
        around.draw_screws(sign)
    depth.weather(sign, ink)

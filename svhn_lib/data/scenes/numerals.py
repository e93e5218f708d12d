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
from svhn_lib.data.street.layout import Ink, Placed
from svhn_lib.data.street.neighbours import sample_name, sample_suffix
from svhn_lib.data.street.scene import Picture
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
    rng: np.random.Generator,
    photo: np.ndarray,
    number: Written,
    to_photo: np.ndarray,
    plate: float,
    glow: bool = False,
) -> SceneNumber:
    """Paint a number on a photo so that it can be seen, with its sign and what belongs to it.

    Args:
        rng: random numbers.
        photo: float32 (H, W, 3), RGB, 0-255; changes in place.
        number: what is painted.
        to_photo: float64 (3, 3), from the number's flat scene to pixels of the photo.
        plate: how often it hangs on a sign of its own, 0-1.
        glow: it is lit, as at night.
    """
    seen = numbered(number.text, number.digits, number.style.stacked, to_photo)
    tall = float(np.median(np.linalg.norm(seen.digits[:, 3] - seen.digits[:, 0], axis=1)))
    x0, y0, x1, y1 = _around(seen, tall, photo)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return seen
    part = photo[y0:y1, x0:x1]
    finer = int(np.clip(np.ceil(_SHARP / max(tall, 1)), 1, 5))
    wall = part.copy() if finer == 1 else cv2.resize(part, None, fx=finer, fy=finer)
    move = np.array([[finer, 0, -finer * x0], [0, finer, -finer * y0], [0, 0, 1.0]])
    for _ in range(6):
        sign = Sign(rng, wall.copy(), number.digits, move @ to_photo, tall * finer)
        ink = sign.ink(sign.digits)
        _paint(sign, ink, number.style, plate, glow)
        if stands_out(sign.canvas, ink, 35):
            break
    if finer == 1:
        part[:] = sign.canvas
    else:
        change = cv2.resize(sign.canvas - wall, part.shape[1::-1], interpolation=cv2.INTER_AREA)
        part += change
    return seen


def _around(seen: SceneNumber, tall: float, photo: Picture) -> tuple[int, int, int, int]:
    """Return the part of a photo that a number and its sign take: left, top, right, bottom."""
    left, top, right, bottom = seen.box
    far, (rows, columns) = 1.6 * tall + 2, photo.shape[:2]
    low = max(0, int(left - far)), max(0, int(top - far))
    return *low, min(columns, int(right + far) + 1), min(rows, int(bottom + far) + 1)


def is_visible(photo: np.ndarray, number: Written, to_photo: np.ndarray) -> bool:
    """Return whether a number can be seen in a photo, uint8 (H, W, 3), that was taken."""
    seen = numbered(number.text, number.digits, number.style.stacked, to_photo)
    x0, y0, x1, y1 = _around(seen, 0.0, photo)
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
    inside, outside = _mean(canvas, ink), _mean(canvas, around)
    busy = float(np.sqrt(_mean((canvas - outside.astype(np.float32)) ** 2, around).sum()))
    return float(np.linalg.norm(inside - outside)) > max(least, 0.025 * least * busy)


def _mean(canvas: Picture, weights: Ink) -> np.ndarray:
    """Return the mean colour under weights, float64 (3,)."""
    return np.tensordot(weights, canvas, 2).astype(np.float64) / float(weights.sum())


def _paint(sign: Sign, ink: Ink, style: Style, plate: float, glow: bool) -> None:
    """Paint a number's sign, digits and what belongs to it."""
    rng = sign.rng
    if rng.random() < plate:
        ground, colour = palette.sample_pair(rng, True)
        if rng.random() < 0.35:
            walls.hang_plate(sign, walls.sample_plate(sign), ground)
        else:
            signs.hang_sign(sign, ground, colour, style)
    else:
        ground = _mean(sign.canvas, ink + np.float32(1e-6))
        colour = palette.sample_digits(rng, ground)
    if glow:
        _glow(sign, ink)
        return
    depth.cast_shadow(sign, ink, colour)
    material = materials.muted(rng, materials.sample_material(rng))
    materials.lay_material(sign, rng, material, ink, ground, colour, 0.3)
    _add_beside(sign, ink, style, colour)
    if rng.random() < 0.12:
        clean = sign.canvas.copy()
        depth.weather(sign, ink)
        near = cv2.GaussianBlur(ink, (0, 0), 0.3 * sign.unit)
        near = np.minimum(4 * near, 1)[..., None]
        sign.canvas[...] = clean + near * (sign.canvas - clean)


def _glow(sign: Sign, ink: Ink) -> None:
    """Paint digits that shine, or that hide the light behind them."""
    rng, canvas = sign.rng, sign.canvas
    light = np.array([255.0, 250, 235]) if rng.random() < 0.6 else np.array([255.0, 215, 150])
    halo = cv2.GaussianBlur(ink, (0, 0), sign.unit * rng.uniform(0.08, 0.3))
    strength = np.float32(rng.uniform(0.5, 1.5))
    canvas += (strength * np.minimum(halo, 1))[..., None] * light.astype(np.float32)
    colour = light if rng.random() < 0.7 else 0.1 * light
    canvas += (colour.astype(np.float32) - canvas) * ink[..., None]


def _add_beside(sign: Sign, ink: Ink, style: Style, colour: np.ndarray) -> None:
    """Paint a letter, a name, a frame or screws that belong to the number."""
    rng = sign.rng
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
    if rng.random() < 0.03:
        around.draw_in_front(sign)

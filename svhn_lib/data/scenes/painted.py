"""House numbers painted on a photo, through its perspective, with their signs.

Signs, materials and colours are those of rendered streets.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from svhn_lib.data.scenes.lettering import word
from svhn_lib.data.scenes.numerals import Written, around, mean_colour, numbered, stands_out
from svhn_lib.data.scenes.record import SceneNumber
from svhn_lib.data.street import (
    depth,
    layout,
    materials,
    paint,
    palette,
    signs,
    surroundings,
    walls,
)
from svhn_lib.data.street.layout import Ink, Placed
from svhn_lib.data.street.neighbours import sample_name, sample_suffix
from svhn_lib.data.street.scene import Scene as Sign
from svhn_lib.data.street.style import Style

_SHARP = 26  # pixels of a digit below which a number is painted larger, then shrunk


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
    x0, y0, x1, y1 = around(seen, tall, photo)
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


def _paint(sign: Sign, ink: Ink, style: Style, plate: float, glow: bool) -> None:
    """Paint a number's sign, digits and what belongs to it."""
    rng = sign.rng
    on_plate = rng.random() < plate
    if on_plate:
        ground, colour = palette.sample_pair(rng, True)
        if rng.random() < 0.35:
            walls.hang_plate(sign, walls.sample_plate(sign), ground)
        else:
            signs.hang_sign(sign, ground, colour, style)
    else:
        ground = mean_colour(sign.canvas, ink + np.float32(1e-6))
        colour = palette.sample_digits(rng, ground)
    if glow:
        _glow(sign, ink)
        return
    depth.cast_shadow(sign, ink, colour)
    material = materials.muted(rng, materials.sample_material(rng))
    if material.tiles and not on_plate:
        ground, colour = palette.sample_pair(rng, True)
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


def _word_beside(sign: Sign, style: Style) -> list[Placed]:
    """Place a word right before or after the number; nothing where the font lacks letters."""
    rng, ((left, top), (right, bottom)) = sign.rng, sign.box
    level = replace(style, stacked=False, slope=0.0, bend=0.0, offsets=(), design=None, gap=0.08)
    try:
        row = layout.place(rng, word(rng, rng.random() < 0.6, 7), level)
    except ValueError:  # the font has digits only
        return []
    (x0, y0), (x1, y1) = layout.flat_box(row)
    small, gap = rng.uniform(0.45, 1.0), rng.uniform(0.35, 0.7)
    x = left - gap - small * x1 if rng.random() < 0.6 else right + gap - small * x0
    return layout.moved(row, small, x, (top + bottom) / 2 - small * (y0 + y1) / 2)


def _add_beside(sign: Sign, ink: Ink, style: Style, colour: np.ndarray) -> None:
    """Paint a letter, a name, a frame or screws that belong to the number."""
    rng = sign.rng
    if rng.random() < 0.05 and not style.stacked and (beside := _word_beside(sign, style)):
        paint.lay(sign, paint.clear_of(ink, 3) * sign.ink(beside), colour)
    if rng.random() < 0.06:
        paint.lay(sign, paint.clear_of(ink, 3) * sign.ink(sample_suffix(sign, style)), colour)
    if rng.random() < 0.08:
        name = sample_name(sign, style, rng.random() < 0.6)
        if name:
            paint.lay(sign, paint.clear_of(ink, 3) * sign.ink(name), colour)
    if rng.random() < 0.08:
        surroundings.draw_frame(sign, colour)
    if rng.random() < 0.12:
        surroundings.draw_screws(sign)
    if rng.random() < 0.03:
        surroundings.draw_in_front(sign)

"""Texts that are no house numbers: names, signs of shops and streets, small print, scribbles.

Phone numbers, hours, prices and number plates of cars have digits too; none of them is a house
number, and none is in the truth of a scene.
"""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.openings import inset
from svhn_lib.data.scenes.surfaces import Box
from svhn_lib.data.street import layout, palette
from svhn_lib.data.street.layout import Placed
from svhn_lib.data.street.style import Style

_SMALL = 6
"""Pixels: higher digits stand on house numbers alone, as nobody could tell them apart."""

_UPPER, _LOWER = list("ABCDEFGHIJKLMNOPRSTUVWZ"), list("aabcdeeefghiilmnnoprrsstuv")


def word(rng: np.random.Generator, capitals: bool, longest: int = 10) -> str:
    """Draw letters that look like a word."""
    count = int(rng.integers(2, longest + 1))
    if capitals:
        return "".join(rng.choice(_UPPER, count))
    return str(rng.choice(_UPPER)) + "".join(rng.choice(_LOWER, count - 1))


def small_print(rng: np.random.Generator) -> str:
    """Draw a line with digits that is no house number: a phone number, hours, a date, a price."""
    kind = rng.integers(5)
    digit = [str(value) for value in rng.integers(0, 10, 12)]
    if kind == 0:
        return f"0{''.join(digit[:3])} {''.join(digit[3:6])} {''.join(digit[6:9])}"
    if kind == 1:
        return f"{rng.integers(6, 11)}:00 - {rng.integers(16, 23)}:30"
    if kind == 2:
        day, month = rng.integers(1, 29), rng.integers(1, 13)
        return f"{word(rng, False)} {day}.{month}.20{digit[0]}{digit[1]}"
    if kind == 3:
        return f"({''.join(digit[:3])}) {''.join(digit[3:6])}-{''.join(digit[6:10])}"
    return f"{word(rng, False)}. {''.join(digit[:2])},{''.join(digit[2:4])}"


def _set(text: str, font: str, widening: float) -> list[Placed]:
    """Place a line of words; nothing where the font lacks a character."""
    style = Style(font, widening, 0.07, 0.0, 0.0, 0.0, 0.0, False, 0)
    rng, line, x = np.random.default_rng(0), [], 0.0
    for part in text.split():
        try:
            row = layout.place(rng, part, style)
        except ValueError:  # the font has digits only
            continue
        row = layout.moved(row, 1.0, x, 0.0)
        x = layout.flat_box(row)[1, 0] + 0.45
        line += row
    return line


def write_line(
    front: Front, text: str, font: str, x: float, y: float, tall: float, colour: np.ndarray
) -> Box:
    """Write a line with its middle at a point, capitals `tall` metres high; return its box."""
    row = _set(text, font, float(front.rng.uniform(0.7, 1.1)))
    if not row:
        return x, y, x, y
    (left, top), (right, bottom) = layout.flat_box(row)
    middle = (left + right) / 2, (top + bottom) / 2
    place = np.array([[tall, 0, x - tall * middle[0]], [0, tall, y - tall * middle[1]], [0, 0, 1]])
    half = tall * np.array([right - left, bottom - top]) / 2
    box = (x - half[0], y - half[1], x + half[0], y + half[1])
    part = front.part(inset(box, -0.2 * tall))
    if min(part.shape[:2]) < 2 or tall * front.scale < 1.5:
        return box
    origin = front.pixels(np.array([inset(box, -0.2 * tall)[:2]]))[0]
    origin = np.maximum(np.round(origin), 0)
    move = np.array([
        [front.scale, 0, -front.left * front.scale - origin[0]],
        [0, front.scale, -front.top * front.scale - origin[1]], [0, 0, 1],
    ])  # fmt: skip
    ink = layout.draw_ink(row, move @ place, part.shape[:2])
    part += (colour.astype(np.float32) - part) * ink[..., None]
    return box


def sign(front: Front, x: float, y: float, fonts: tuple[str, ...]) -> None:
    """Paint a sign of a shop, a street or a person around a point, metres: letters, small print."""
    rng = front.rng
    kind = rng.random()
    font = fonts[rng.integers(len(fonts))]
    ground, colour = palette.sample_pair(rng, True)
    tall = rng.uniform(0.02, 0.05) if kind < 0.4 else rng.uniform(0.06, 0.3)
    lines = [word(rng, rng.random() < 0.5) for _ in range(int(rng.integers(1, 4)))]
    if rng.random() < 0.5:
        lines[0] += " " + word(rng, rng.random() < 0.5)
    if kind < 0.4 and tall * front.scale < _SMALL:  # a name plate, a notice
        lines += [small_print(rng) for _ in range(int(rng.integers(0, 4)))]
    wide = 0.62 * tall * max(len(line) for line in lines) / 2 + tall
    high = 0.8 * tall * len(lines) + 0.4 * tall
    if rng.random() < 0.8:
        box = (x - wide, y - high, x + wide, y + high)
        front.shade((box[0] + 0.2 * tall, box[3], box[2] + 0.1 * tall, box[3] + 0.15 * tall), 0.6)
        front.fill(box, ground)
        if rng.random() < 0.4:
            front.frame(inset(box, 0.15 * tall), colour, 0.06 * tall)
    else:
        colour = palette.sample_digits(rng, _mean(front, (x - wide, y - high, x + wide, y + high)))
    for i, text in enumerate(lines):
        at = y + tall * 1.6 * (i - (len(lines) - 1) / 2)
        write_line(front, text, font, x, at, tall * (1 if i == 0 else 0.85), colour)


def _mean(front: Front, box: Box) -> np.ndarray:
    part = front.part(box)
    return part.mean(axis=(0, 1)).astype(np.float64) if part.size else np.full(3, 128.0)


def letter(front: Front, x: float, y: float, fonts: tuple[str, ...]) -> None:
    """Paint a lone letter or a short code of letters on the wall."""
    rng = front.rng
    text = (
        word(rng, True, 3) if rng.random() < 0.6 else str(rng.choice(list("ABCDEFGHKLMNPRSTWXY")))
    )
    box = (x - 0.1, y - 0.1, x + 0.1, y + 0.1)
    colour = palette.sample_digits(rng, _mean(front, box))
    write_line(front, text, fonts[rng.integers(len(fonts))], x, y, rng.uniform(0.08, 0.3), colour)


def scribble(front: Front, x: float, y: float) -> None:
    """Paint strokes as of a spray can."""
    rng = front.rng
    colour = rng.uniform(0, 255, 3)
    size = rng.uniform(0.1, 0.6)
    for _ in range(int(rng.integers(1, 6))):
        turns = np.cumsum(rng.normal(0, 1.2, 9))
        points = np.cumsum(np.stack([np.cos(turns), np.sin(turns)], axis=1), axis=0) * size / 4
        front.line(
            points + np.array([x, y]) + rng.normal(0, size, 2), colour, rng.uniform(0.01, 0.05)
        )


def number_plate(front: Front, box: Box, fonts: tuple[str, ...]) -> None:
    """Paint the number plate of a car."""
    rng, (left, top, right, bottom) = front.rng, box
    front.fill(
        box, np.array([235.0, 235, 228]) if rng.random() < 0.8 else np.array([235.0, 190, 40])
    )
    text = word(rng, True, 3) + " " + word(rng, True, 4)
    if (bottom - top) * front.scale < _SMALL:
        text = word(rng, True, 3) + " " + "".join(str(digit) for digit in rng.integers(0, 10, 4))
    font = fonts[rng.integers(len(fonts))]
    middle = (left + right) / 2, (top + bottom) / 2
    write_line(front, text, font, *middle, 0.62 * (bottom - top), np.full(3, 25.0))

"""Digits drawn with a nib along strokes: forms that houses wear and fonts lack.

Ones with long flags, threes with flat tops, crossed sevens, open fours, thick downstrokes with thin
hairlines and ball ends, as on enamel plates.
"""

from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street.fonts import GLYPH_HEIGHT, Glyph

Stroke = np.ndarray  # float64 (K, 2), x and y of 0-1 in the digit's box

_HALF = 450.0  # degrees: an arc clockwise from the top to the bottom ends here, begun at 270


class Design(NamedTuple):
    """How a set of digits is drawn; lengths in digit heights, forms as whole numbers."""

    width: float  # of most digits
    upright: float  # thickness of upright strokes
    level: float  # thickness of level strokes
    round_nib: bool
    ball: float  # radius of the balls at the ends of curves, or 0
    square: float  # 1 for round bowls, less for squarer ones
    one: int  # 0 bare, 1 short flag, 2 long flag, 3 and 4 the same on a foot
    three: int  # 0 round, 1 flat top
    four: int  # 0 closed, 1 open
    six: int  # 0 curled, 1 straight
    seven: int  # 0 plain, 1 crossed, 2 curved, 3 hooked
    two: int  # 0 straight, 1 swung foot


def sample_design(rng: np.random.Generator) -> Design:
    """Draw a design: an enamel plate's with hairlines, a painter's, or of bent iron."""
    width = rng.uniform(0.38, 0.62)
    upright = width * rng.uniform(0.2, 0.4)
    plate = rng.random() < 0.55
    level = upright * (rng.uniform(0.3, 0.75) if plate else rng.uniform(0.75, 1.05))
    return Design(
        width=width,
        upright=upright,
        level=max(0.045, level),
        round_nib=rng.random() < 0.7,
        ball=rng.uniform(0.5, 0.75) * upright if plate and rng.random() < 0.6 else 0.0,
        square=rng.uniform(0.7, 1.0) if rng.random() < 0.8 else rng.uniform(0.4, 0.7),
        one=int(rng.choice(5, p=(0.12, 0.2, 0.28, 0.2, 0.2))),
        three=int(rng.random() < 0.45),
        four=int(rng.random() < 0.2),
        six=int(rng.random() < 0.4),
        seven=int(rng.choice(4, p=(0.4, 0.15, 0.25, 0.2))),
        two=int(rng.random() < 0.3),
    )


def draw_digit(design: Design, digit: str) -> Glyph:
    """Draw one digit, '0' to '9', `GLYPH_HEIGHT` pixels high."""
    strokes, ends = _strokes(design, digit)
    wide = design.width * (0.6 if digit == "1" and design.one == 0 else 1.0)
    nib = np.array([design.upright, design.level]) * GLYPH_HEIGHT
    area = np.maximum(np.array([wide, 1.0]) * GLYPH_HEIGHT - nib, 2)
    size = (int(GLYPH_HEIGHT + 8), int(area[0] + nib[0] + 8))
    ink = np.zeros(size, np.uint8)
    paths = [np.round(16 * (4 + nib / 2 + stroke * area)).astype(np.int32) for stroke in strokes]
    cv2.polylines(ink, paths, False, 255, 1, cv2.LINE_8, 4)
    shape = cv2.MORPH_ELLIPSE if design.round_nib else cv2.MORPH_RECT
    brush = (max(2, round(float(nib[0]))), max(2, round(float(nib[1]))))
    ink = np.asarray(cv2.dilate(ink, cv2.getStructuringElement(shape, brush)))
    for end in ends if design.ball else ():
        x, y = np.clip(4 + nib / 2 + end * area, design.ball * GLYPH_HEIGHT + 2, None)
        radius = round(16 * design.ball * GLYPH_HEIGHT)
        cv2.circle(ink, (round(16 * x), round(16 * y)), radius, 255, -1, cv2.LINE_AA, 4)
    rows, columns = np.where(ink.max(axis=1) > 64)[0], np.where(ink.max(axis=0) > 64)[0]
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Glyph(tight, int(rows[0]) - 4)


def _arc(
    centre: tuple[float, float],
    radius: tuple[float, float],
    start: float,
    end: float,
    square: float,
) -> Stroke:
    """Return an arc, angles in degrees clockwise from the right; square below 1 has corners."""
    angle = np.deg2rad(np.linspace(start, end, 40))
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.array(centre) + np.array(radius) * np.sign(around) * np.abs(around) ** square


def _line(*points: tuple[float, float]) -> Stroke:
    return np.array(points, dtype=float)


def _curve(start: tuple[float, float], by: tuple[float, float], end: tuple[float, float]) -> Stroke:
    """Return a quadratic Bezier curve."""
    t = np.linspace(0, 1, 20)[:, None]
    return (1 - t) ** 2 * np.array(start) + 2 * t * (1 - t) * np.array(by) + t**2 * np.array(end)


def _strokes(design: Design, digit: str) -> tuple[list[Stroke], list[np.ndarray]]:
    """Return the strokes of a digit, and the ends that may carry a ball."""
    q = design.square
    if digit == "0":
        return [_arc((0.5, 0.5), (0.5, 0.5), 0, 360, q)], []
    if digit == "1":
        return _one(design), []
    if digit == "2":
        top = _arc((0.5, 0.29), (0.5, 0.29), 190, 390, q)
        down = _curve(tuple(top[-1]), (0.8, 0.62), (0.0, 1.0))
        rest = (
            _curve((0, 1), (0.35, 0.88), (0.6, 0.97)),
            _curve((0.6, 0.97), (0.9, 1.04), (1, 0.86)),
        )
        foot = list(rest) if design.two else [_line((0, 1), (1, 1))]
        return [top, down, *foot], [top[0]]
    if digit == "3":
        low = _arc((0.47, 0.71), (0.53, 0.29), 270, _HALF + 70, q)
        if design.three:
            return [_line((0.05, 0), (0.95, 0), (0.45, 0.42)), low], [low[-1]]
        high = _arc((0.47, 0.24), (0.45, 0.24), 195, _HALF, q)
        return [high, _arc((0.47, 0.73), (0.53, 0.27), 270, _HALF + 70, q)], [high[0], low[-1]]
    if digit == "4":
        if design.four:
            return [_line((0.3, 0), (0, 0.66), (1, 0.66)), _line((0.75, 0.35), (0.75, 1))], []
        return [_line((0.72, 1), (0.72, 0), (0, 0.7), (1, 0.7))], []
    if digit == "5":
        bowl = _arc((0.46, 0.67), (0.54, 0.33), 218, _HALF + 70, q)
        return [_line((0.92, 0), (0.15, 0), tuple(bowl[0])), bowl], [bowl[-1]]
    if digit in "69":
        strokes, ends = _six(design)
        turn = digit == "9"
        return [1 - s for s in strokes] if turn else strokes, [
            1 - e for e in ends
        ] if turn else ends
    if digit == "7":
        return _seven(design), []
    return [
        _arc((0.5, 0.24), (0.42, 0.24), 0, 360, q), _arc((0.5, 0.73), (0.5, 0.27), 0, 360, q)
    ], []  # fmt: skip


def _one(design: Design) -> list[Stroke]:
    x = 0.5 if design.one == 0 else 0.68
    strokes = [_line((x, 0), (x, 1))]
    if design.one in (1, 3):
        strokes.append(_line((x, 0), (0.25, 0.2)))
    if design.one in (2, 4):
        strokes.append(_curve((x, 0.0), (0.5, 0.25), (0.0, 0.42)))
    if design.one > 2:
        strokes.append(_line((x - 0.36, 1), (min(1.0, x + 0.36), 1)))
    return strokes


def _six(design: Design) -> tuple[list[Stroke], list[np.ndarray]]:
    bowl = _arc((0.5, 0.68), (0.5, 0.32), 0, 360, design.square)
    if design.six:
        return [_curve((0.75, 0.0), (0.1, 0.35), (0.0, 0.68)), bowl], []
    tail = np.concatenate(
        [_curve((0.92, 0.16), (0.85, 0.0), (0.6, 0.0)), _curve((0.6, 0.0), (0.0, 0.0), (0.0, 0.68))]
    )
    return [tail, bowl], [tail[0]]


def _seven(design: Design) -> list[Stroke]:
    top = _line((0, 0), (1, 0))
    if design.seven == 2:
        return [top, _curve((1, 0), (0.4, 0.4), (0.35, 1))]
    strokes = [top, _line((1, 0), (0.35, 1))]
    if design.seven == 1:
        strokes.append(_line((0.3, 0.52), (0.92, 0.52)))
    if design.seven == 3:
        strokes.append(_line((0, 0), (0, 0.16)))
    return strokes

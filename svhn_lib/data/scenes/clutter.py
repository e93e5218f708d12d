"""What hangs on walls and must not be taken for a number: things, texts, cars, shadows."""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes import lettering, plants, things
from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.surfaces import Box
from svhn_lib.data.street.fonts import house_fonts


def decorate(front: Front, free: list[Box], fonts: tuple[str, ...]) -> None:
    """Paint lamps, bells, boxes, signs, letters, scribbles and shadows, clear of `free`.

    Args:
        front: what is painted on; its canvas changes.
        free: boxes in metres that nothing covers.
        fonts: paths of the fonts of signs.
    """
    rng = front.rng
    for _ in range(int(rng.integers(0, 6))):
        x, y = _place(front)
        if _clear(free, x, y, 0.35):
            things.hang_thing(front, x, y)
    for _ in range(int(rng.integers(0, 3))):
        x, y = _place(front)
        if _clear(free, x, y, 1.0):
            _text(front, x, y, fonts)
    if rng.random() < 0.1 and front.right - front.left > 3:
        x = float(rng.uniform(front.left, front.right))
        if _clear(free, x, -0.7, 2.4):
            lettering.number_plate(front, things.car(front, x), fonts)
    if rng.random() < 0.08:
        x, y = _place(front)
        if _clear(free, x, y, 1.2):
            plants.foliage(front, x, y, rng.uniform(0.2, 0.9), rng.uniform(0.2, 1.2))
    if rng.random() < 0.2 and front.top > -4:  # not on the sky
        plants.leaf_shadow(front)


def _place(front: Front) -> tuple[float, float]:
    """Draw a point on the wall that the canvas shows, metres."""
    rng = front.rng
    x, y = rng.uniform(front.left, front.right), rng.uniform(front.top, front.bottom)
    return float(x), float(np.clip(y, -4.5, -0.4))


def _clear(free: list[Box], x: float, y: float, reach: float) -> bool:
    """Return whether a thing that reaches so far from a point stays away from the boxes."""
    return not any(
        left - reach < x < right + reach and top - reach < y < bottom + reach
        for left, top, right, bottom in free
    )


def _text(front: Front, x: float, y: float, fonts: tuple[str, ...]) -> None:
    kind = front.rng.random()
    likely = house_fonts(fonts)  # which have letters
    few = likely[:: max(1, len(likely) // 60)]  # letters of many fonts take long to load
    if kind < 0.65:
        lettering.sign(front, x, y, few)
    elif kind < 0.87:
        lettering.letter(front, x, y, few)
    else:
        lettering.scribble(front, x, y)

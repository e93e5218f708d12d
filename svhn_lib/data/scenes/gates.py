"""Garage doors, gates and fences."""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.openings import inset, paint_colour, relief
from svhn_lib.data.scenes.surfaces import Box, boards, mottled


def garage(front: Front, box: Box) -> None:
    """Paint a garage door: panels, boards or a roller shutter."""
    rng = front.rng
    if not front.sees(inset(box, -0.2)):
        return
    colour, (left, top, right, bottom) = paint_colour(rng), box
    front.fill(inset(box, -0.12), paint_colour(rng))
    mottled(front, front.fill(box, colour), rng.uniform(0.5, 3))
    kind = rng.random()
    if kind < 0.5:
        rows, columns = int(rng.integers(3, 6)), int(rng.integers(3, 9))
        ys, xs = np.linspace(top, bottom, rows + 1), np.linspace(left, right, columns + 1)
        for row in range(rows):
            front.line(np.array([[left, ys[row]], [right, ys[row]]]), 0.75 * colour, 0.012)
            for column in range(columns):
                panel = (xs[column], ys[row], xs[column + 1], ys[row + 1])
                relief(front, inset(panel, 0.1), 0.012, True)
    elif kind < 0.8:
        for y in np.arange(top, bottom, rng.uniform(0.06, 0.12)):
            front.line(np.array([[left, y], [right, y]]), 0.8 * colour, 0.015)
    else:
        boards(front, box, colour)
    front.shade((left, top, right, top + 0.1), 0.6)


def fence(front: Front, box: Box) -> None:
    """Paint a fence or a gate of upright bars, which look like 1s."""
    rng, (left, top, right, bottom) = front.rng, box
    if not front.sees(box):
        return
    colour = paint_colour(rng)
    step, thick = rng.uniform(0.08, 0.2), rng.uniform(0.015, 0.09)
    for x in np.arange(left, right, step):
        tip = top - rng.uniform(0, 0.03)
        front.fill((x, tip, x + min(thick, 0.7 * step), bottom), colour)
    for y in (top + 0.12, bottom - 0.12):
        front.fill((left, y, right, y + 0.05), 0.9 * colour)

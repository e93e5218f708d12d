"""Ironwork and ornaments, which look like digits from afar: rings, scrolls, keyholes, wreaths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.openings import inset, relief
from svhn_lib.data.scenes.plants import foliage
from svhn_lib.data.scenes.surfaces import Box


def metal(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of iron, brass or steel, float64 (3,)."""
    kind = rng.random()
    if kind < 0.5:
        return np.full(3, rng.uniform(8, 60))
    if kind < 0.75:
        return rng.uniform(0.5, 1.2) * np.array([190.0, 160, 95])
    return np.full(3, rng.uniform(110, 225))


def ring(front: Front, x: float, y: float, size: float) -> None:
    """Paint a ring or an oval, as knockers have it; `size` is half its height, metres."""
    rng = front.rng
    angle = np.linspace(0, 2 * np.pi, 25)
    wide, colour = size * rng.uniform(0.5, 1.1), metal(rng)
    around = np.stack([x + wide * np.cos(angle), y + size * np.sin(angle)], axis=1)
    front.line(around + np.array([0.15, 0.2]) * size, 0.4 * colour, 0.15 * size)  # its shadow
    front.line(around, colour, size * rng.uniform(0.12, 0.4))
    if rng.random() < 0.7:
        front.disc(x, y - size, size * rng.uniform(0.3, 0.8), 0.9 * colour)


def scroll(front: Front, x: float, y: float, size: float) -> None:
    """Paint wrought iron: spirals and curves, alone or mirrored."""
    rng, colour, thick = front.rng, metal(front.rng), size * front.rng.uniform(0.06, 0.2)
    for _ in range(int(rng.integers(1, 4))):
        turns = np.linspace(0, rng.uniform(3, 11), 30)
        reach = size * np.linspace(1, rng.uniform(0, 0.4), 30)
        start, shift = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.5 * size, 2)
        curl = np.stack([reach * np.cos(start + turns), reach * np.sin(start + turns)], axis=1)
        front.line(curl + shift + np.array([x, y]), colour, thick)
        if rng.random() < 0.6:
            front.line((curl + shift) * np.array([-1, 1]) + np.array([x, y]), colour, thick)


def keyhole(front: Front, x: float, y: float, size: float) -> None:
    """Paint a lock: a plate with a hole, a knob or a handle."""
    rng, colour = front.rng, metal(front.rng)
    wide = size * rng.uniform(0.3, 0.9)
    plate = (x - wide, y - size, x + wide, y + size)
    if rng.random() < 0.6:
        front.fill(plate, colour)
        relief(front, plate, 0.006, True)
    else:
        front.disc(x, y, size, colour)
    dark = np.full(3, rng.uniform(0, 50))
    front.disc(x, y - 0.15 * size, 0.25 * size, dark)
    front.fill((x - 0.08 * size, y, x + 0.08 * size, y + 0.5 * size), dark)


def wreath(front: Front, x: float, y: float, size: float) -> None:
    """Paint a wreath of leaves."""
    wide = 1.6 * size
    middle = front.part((x - 0.01, y - 0.01, x + 0.01, y + 0.01))
    behind = middle.mean(axis=(0, 1)).astype(np.float64) if middle.size else np.full(3, 90.0)
    foliage(front, x, y, wide, wide)
    front.disc(x, y, 0.55 * wide, behind)


def grate(front: Front, x: float, y: float, size: float) -> None:
    """Paint a small opening with bars, a vent or a lattice, as in gables and doors."""
    rng, colour = front.rng, metal(front.rng)
    wide = size * rng.uniform(0.5, 2.0)
    box = (x - wide, y - size, x + wide, y + size)
    front.fill(inset(box, -0.15 * size), 2.2 * colour)
    front.fill(box, 0.4 * colour)
    step = size * rng.uniform(0.2, 0.6)
    upright, level = rng.random() < 0.6, rng.random() < 0.6
    for at in np.arange(box[0] + step, box[2], step) if upright else ():
        front.line(np.array([[at, box[1]], [at, box[3]]]), 1.5 * colour, 0.25 * step)
    for at in np.arange(box[1] + step, box[3], step) if level or not upright else ():
        front.line(np.array([[box[0], at], [box[2], at]]), 1.5 * colour, 0.25 * step)


def rosette(front: Front, x: float, y: float, size: float) -> None:
    """Paint a carved ornament: petals, shells or a face in relief."""
    rng = front.rng
    part = front.part((x - size, y - size, x + size, y + size))
    stone = part.mean(axis=(0, 1)).astype(np.float64) if part.size else np.full(3, 140.0)
    petals, turn = int(rng.integers(3, 10)), rng.uniform(0, 1)
    front.disc(x + 0.1 * size, y + 0.12 * size, 1.05 * size, 0.6 * stone)
    front.disc(x, y, size, 0.95 * stone)
    for i in range(petals):
        angle = 2 * np.pi * (i + turn) / petals
        at = x + 0.6 * size * np.cos(angle), y + 0.6 * size * np.sin(angle)
        front.disc(at[0] + 0.05 * size, at[1] + 0.05 * size, 0.3 * size, 0.6 * stone)
        front.disc(*at, 0.27 * size, stone * rng.uniform(1.05, 1.3))
    front.disc(x, y, 0.25 * size, stone * rng.uniform(0.5, 1.3))


_ORNAMENTS: tuple[Callable[[Front, float, float, float], None], ...] = (
    ring, scroll, keyhole, wreath, grate, rosette,
)  # fmt: skip


def ornament(front: Front, x: float, y: float) -> None:
    """Paint an ornament around a point, metres."""
    rng = front.rng
    size = float(np.exp(rng.normal(np.log(0.1), 0.5)))
    _ORNAMENTS[rng.integers(len(_ORNAMENTS))](front, x, y, size)


def beams(front: Front, box: Box) -> None:
    """Paint the timber of a framed wall over a box in metres: posts, rails and braces."""
    rng, (left, top, right, bottom) = front.rng, box
    wood = np.array([70.0, 50, 38]) * rng.uniform(0.4, 2.2)
    step, thick = rng.uniform(0.8, 1.8), rng.uniform(0.1, 0.22)
    posts, rails = np.arange(left, right, step), np.arange(bottom, top, -rng.uniform(1.0, 1.6))
    for x in posts:
        front.line(np.array([[x, top], [x, bottom]]), wood, thick)
        for low in rails:
            if rng.random() < 0.3:
                way = 1 if rng.random() < 0.5 else -1
                ends = np.array([[x, low], [x + way * step, low - 1.2]])
                front.line(ends, wood * rng.uniform(0.8, 1.2), thick)
    for y in rails:
        front.line(np.array([[left, y], [right, y]]), wood, thick)

"""The plan of a house front: walls, storeys, doors, windows; and the places for a number.

The number's place is chosen first; the house is built around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from svhn_lib.data.scenes import openings, plants, surfaces, things
from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.surfaces import Box


@dataclass(frozen=True)
class Site:
    """A place for a number.

    Attributes:
        x: of its middle, metres.
        y: of its middle, metres; the ground is 0.
        room: metres that the number may be wide.
        plate: how often it hangs on a sign of its own, 0-1.
        upright: how often it is written downwards, 0-1.
    """

    x: float
    y: float
    room: float
    plate: float
    upright: float


@dataclass(frozen=True)
class House:
    """One house of a street.

    Attributes:
        left: metres.
        right: metres.
        tall: of its wall, metres.
        door: its box; None without one.
        garage: its box; None without one.
        windows: their boxes.
    """

    left: float
    right: float
    tall: float
    door: Box | None
    garage: Box | None
    windows: tuple[Box, ...]


def sample_house(rng: np.random.Generator, left: float) -> House:
    """Draw a house whose wall begins at `left`, metres."""
    wide = rng.uniform(4, 14)
    storeys = int(rng.choice((1, 2, 3, 4), p=(0.35, 0.4, 0.15, 0.1)))
    storey = rng.uniform(2.6, 3.4)
    half = rng.uniform(0.42, 0.55) if rng.random() < 0.8 else rng.uniform(0.75, 1.0)
    middle = left + rng.uniform(0.15, 0.85) * wide
    step = rng.uniform(0, 0.5)
    door = (middle - half, -step - rng.uniform(2.0, 2.4), middle + half, -step)
    garage = None
    if rng.random() < 0.25:
        start = middle + rng.uniform(1.5, 3)
        garage = (start, -rng.uniform(2.1, 2.4), start + rng.uniform(2.3, 5), 0.0)
    windows = _windows(rng, left, left + wide, storeys, storey, [door, garage])
    return House(left, left + wide, storeys * storey + rng.uniform(0.2, 1), door, garage, windows)


def _windows(
    rng: np.random.Generator, left: float, right: float, storeys: int, storey: float,
    taken: list[Box | None],
) -> tuple[Box, ...]:  # fmt: skip
    wide, tall = rng.uniform(0.6, 1.6), rng.uniform(0.9, 1.7)
    step = wide + rng.uniform(0.5, 2.5)
    found: list[Box] = []
    for level in range(storeys):
        sill = -level * storey - rng.uniform(0.7, 1.0)
        for x in np.arange(left + rng.uniform(0.4, 1.5), right - wide, step):
            box = (float(x), sill - tall, float(x) + wide, sill)
            if not any(_meet(box, other) for other in taken if other):
                found.append(box)
    return tuple(found)


def _meet(one: Box, other: Box, gap: float = 0.3) -> bool:
    across = one[0] < other[2] + gap and other[0] < one[2] + gap
    return across and one[1] < other[3] + gap and other[1] < one[3] + gap


def sample_site(rng: np.random.Generator, house: House) -> Site:
    """Draw a place for a number on a house: at its door, on it, above it, or on the wall."""
    left, top, right, bottom = house.door or (house.left, -2.1, house.right, 0.0)
    middle, kind = (left + right) / 2, rng.random()
    eye = bottom - rng.uniform(1.4, 2.0)
    if kind < 0.45:
        away = rng.uniform(0.25, 0.9)
        x = left - away if rng.random() < 0.5 else right + away
        return Site(x, eye, 2 * away - 0.2, 0.45, 0.2)
    if kind < 0.58:
        return Site(middle, bottom - rng.uniform(1.3, 1.9), 0.8 * (right - left), 0.35, 0.2)
    if kind < 0.72:
        return Site(middle, top - rng.uniform(0.2, 0.45), 1.2 * (right - left), 0.35, 0.0)
    if kind < 0.80:  # on the frame's post
        side = rng.choice((-1, 1)) * ((right - left) / 2 + 0.06)
        return Site(middle + side, eye, 0.16, 0.2, 0.5)
    if kind < 0.88 and house.garage:
        start, high, end, _ = house.garage
        return Site((start + end) / 2, high - rng.uniform(0.2, 0.5), 1.5, 0.3, 0.0)
    x = rng.uniform(house.left + 0.5, house.right - 0.5)
    return Site(x, -rng.uniform(0.6, 3.2), 2.0, 0.4, 0.15)


def paint_house(front: Front, house: House, free: list[Box]) -> None:
    """Paint a house and the sky above it; nothing of it covers the boxes in `free`."""
    rng = front.rng
    body = (house.left, -house.tall, house.right, 0.0)
    if not front.sees((house.left, -50.0, house.right, 0.5)):
        return
    roof = -house.tall - rng.uniform(0.8, 2.5)
    surfaces.sky(front, (house.left, -50.0, house.right, -house.tall))
    if rng.random() < 0.6:
        tint = np.array([150.0, 85, 60]) if rng.random() < 0.5 else np.full(3, rng.uniform(50, 130))
        surfaces.stone(front, (house.left, roof, house.right, -house.tall), tint)
    colour = surfaces.wall(front, body)
    if rng.random() < 0.3:
        plinth = rng.uniform(0.2, 1.2)
        surfaces.WALLS[rng.integers(6)][1](
            front, (house.left, -plinth, house.right, 0.0), 0.8 * colour
        )
    front.fill((house.left, -house.tall, house.right, -house.tall + 0.15), 1.2 * colour)
    front.shade((house.left, -house.tall + 0.15, house.right, -house.tall + 0.5), 0.8)
    for box in house.windows:
        if not any(_meet(box, other, 0.02) for other in free):
            openings.window(front, box)
    if house.garage:
        openings.garage(front, house.garage)
    if house.door:
        left, _, right, bottom = house.door
        for i in range(int(-bottom / 0.16)):
            tread = (
                left - 0.1 - 0.1 * i,
                bottom + 0.16 * i,
                right + 0.1 + 0.1 * i,
                bottom + 0.16 * (i + 1),
            )
            front.fill(tread, np.full(3, 120.0 + 40 * (i % 2)))
        openings.door(front, house.door)
    front.fill((house.right - 0.04, -house.tall, house.right, 0.0), 0.6 * colour)


def paint_street(front: Front, house: House, free: list[Box]) -> None:
    """Paint a house, its neighbours, the ground and what stands there."""
    rng = front.rng
    surfaces.sky(front, (front.left, front.top, front.right, front.bottom))
    paint_house(front, house, free)
    at = house.right
    while at < front.right:
        other = sample_house(rng, at)
        paint_house(front, other, free)
        at = other.right
    at = house.left
    while at > front.left:
        wide = sample_house(rng, 0.0)
        other = _shifted(wide, at - wide.right)
        paint_house(front, other, free)
        at = other.left
    if front.bottom > 0:
        surfaces.ground(front, (front.left, 0.0, front.right, front.bottom))
    _furnish(front, free)


def _shifted(house: House, far: float) -> House:
    def move(box: Box | None) -> Box | None:
        return (box[0] + far, box[1], box[2] + far, box[3]) if box else None

    windows = tuple((box[0] + far, box[1], box[2] + far, box[3]) for box in house.windows)
    return House(
        house.left + far, house.right + far, house.tall, move(house.door), move(house.garage),
        windows,
    )  # fmt: skip


def _furnish(front: Front, free: list[Box]) -> None:
    """Paint what stands before the houses, clear of the boxes in `free`."""
    rng = front.rng
    spans = [(box[0] - 0.5, box[2] + 0.5) for box in free if box[3] > -1.6]

    def somewhere() -> float | None:
        x = rng.uniform(front.left, front.right)
        return None if any(low < x < high for low, high in spans) else float(x)

    for _ in range(int(rng.integers(0, 4))):
        if (x := somewhere()) is not None:
            kind = rng.random()
            if kind < 0.45:
                plants.foliage(front, x, -0.3, rng.uniform(0.2, 1.0), rng.uniform(0.2, 0.8))
            elif kind < 0.65:
                plants.pot(front, x)
            elif kind < 0.75:
                things.bin_(front, x)
            elif kind < 0.85:
                things.mailbox(front, x)
            else:
                openings.fence(front, (x, -rng.uniform(0.6, 1.1), x + rng.uniform(1, 5), 0.0))

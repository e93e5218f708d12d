"""House fronts: their plan of walls, storeys, doors and windows, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from svhn_lib.data.scenes import gates, openings, ornaments, plants, surfaces, things
from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.surfaces import Box


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


def sample_house(rng: np.random.Generator, left: float, wide: float | None = None) -> House:
    """Draw a house whose wall begins at `left` and is `wide`, metres."""
    wide = wide or float(rng.uniform(4, 14))
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


def paint_house(front: Front, house: House, free: list[Box]) -> None:
    """Paint a house; its windows stay clear of the boxes in `free`."""
    rng = front.rng
    if not front.sees((house.left - 0.5, -house.tall - 4, house.right + 0.5, 0.5)):
        return
    _roof(front, house)
    colour = surfaces.wall(front, (house.left, -house.tall, house.right, 0.0))
    if rng.random() < 0.3:
        plinth = (house.left, -rng.uniform(0.2, 1.2), house.right, 0.0)
        surfaces.WALLS[rng.integers(len(surfaces.WALLS))][1](front, plinth, 0.8 * colour)
    eaves = -house.tall
    front.fill((house.left, eaves, house.right, eaves + 0.15), openings.paint_colour(rng))
    front.shade((house.left, eaves + 0.15, house.right, eaves + rng.uniform(0.2, 0.7)), 0.75)
    if rng.random() < 0.07:
        ornaments.beams(front, (house.left, -house.tall, house.right, 0.0))
    for box in house.windows:
        if not any(_meet(box, other, 0.02) for other in free):
            openings.window(front, box)
    if house.garage:
        gates.garage(front, house.garage)
    if house.door:
        entrance(front, house.door)
        _adorn(front, house.door, free)
    edge = rng.uniform(0.04, 0.3)
    trim = openings.paint_colour(rng) if rng.random() < 0.3 else 0.6 * colour
    front.fill((house.right - edge, -house.tall, house.right, 0.0), trim)


def _roof(front: Front, house: House) -> None:
    """Paint what is over the eaves: tiles, a gable, or nothing."""
    rng, kind = front.rng, front.rng.random()
    high = -house.tall - rng.uniform(0.8, 2.8)
    left, right, eaves = house.left - 0.3, house.right + 0.3, -house.tall
    tint = np.array([150.0, 85, 60]) if rng.random() < 0.5 else np.full(3, rng.uniform(50, 130))
    if kind < 0.45:
        inner = rng.uniform(0, 1.5)
        surfaces.stone(front, (left + inner, high, right - inner, eaves), tint)
    elif kind < 0.8:
        ridge = rng.uniform(left, right)
        gable = np.array([[left, eaves], [ridge, high], [right, eaves]])
        front.polygon(gable, tint)
        front.line(gable, openings.paint_colour(rng), 0.2)
        if rng.random() < 0.5:
            ornaments.grate(front, ridge, (eaves + 2 * high) / 3, rng.uniform(0.15, 0.4))


def entrance(front: Front, box: Box) -> None:
    """Paint a door with its steps, and perhaps an arch, a porch, columns or an awning."""
    rng, (left, top, right, bottom) = front.rng, box
    for i in range(int(-bottom / 0.16)):
        low = bottom + 0.16 * i
        tread = (left - 0.1 - 0.1 * i, low, right + 0.1 + 0.1 * i, low + 0.16)
        front.fill(tread, np.full(3, 120.0 + 40 * (i % 2)))
    kind, middle = rng.random(), (left + right) / 2
    colour = openings.paint_colour(rng)
    if kind < 0.18:  # an arch
        front.disc(middle, top, 0.62 * (right - left), colour)
        front.disc(middle, top, 0.5 * (right - left), np.full(3, rng.uniform(20, 90)))
    openings.door(front, box)
    if 0.18 < kind < 0.34:
        for x in (left - 0.35, right + 0.2):
            front.fill((x, top - 0.3, x + 0.16, 0.0), colour)
            openings.relief(front, (x, top - 0.3, x + 0.16, 0.0), 0.03, True)
    if 0.24 < kind < 0.5:  # what is over it
        over = top - rng.uniform(0.55, 0.9)
        reach = (right - left) / 2 + rng.uniform(0.2, 0.6)
        corners = [[-reach, 0.12], [-0.7 * reach, -0.25], [0.7 * reach, -0.25], [reach, 0.12]]
        front.shade((middle - reach, over + 0.12, middle + reach, over + 0.4), 0.65)
        front.shape(corners, middle, over, openings.paint_colour(rng))


def _adorn(front: Front, door: Box, free: list[Box]) -> None:
    """Paint a knocker, a wreath or ironwork on a door where no number hangs."""
    rng, (left, top, right, bottom) = front.rng, door
    for _ in range(int(rng.integers(0, 3))):
        x, y = rng.uniform(left, right), rng.uniform(top, bottom)
        if rng.random() < 0.5:
            x, y = (left + right) / 2, bottom - rng.uniform(1.2, 1.8)
        if not any(_meet((x, y, x, y), other, 0.3) for other in free):
            ornaments.ornament(front, float(x), float(y))


def paint_street(front: Front, houses: list[House], free: list[Box]) -> None:
    """Paint houses, the sky above them, the ground, and what stands there.

    Args:
        front: what is painted on; its canvas changes.
        houses: side by side.
        free: boxes in metres where nothing hides the wall.
    """
    rng = front.rng
    if front.top < -2.4:
        surfaces.sky(front)
        if rng.random() < 0.35:
            for _ in range(int(rng.integers(1, 5))):
                x, tall = rng.uniform(front.left, front.right), rng.uniform(1, 4)
                plants.foliage(front, x, -rng.uniform(3, 8), tall * rng.uniform(0.6, 1.5), tall)
    for house in houses:
        paint_house(front, house, free)
    if front.bottom > 0:
        front.fill((front.left, 0.0, front.right, front.bottom), np.full(3, rng.uniform(50, 150)))
    _furnish(front, free)


def paint_ground(front: Front, box: Box) -> None:
    """Paint a box of the ground, metres: paving, grass, gravel, beds of plants; a kerb."""
    rng = front.rng
    if rng.random() < 0.25:
        plants.litter(front, box, rng.uniform(0.1, 0.6))
    else:
        surfaces.ground(front, box)
    if rng.random() < 0.3:
        edge = rng.uniform(box[1], box[3])
        surfaces.ground(front, (box[0], box[1], box[2], edge))
        front.fill((box[0], edge - 0.12, box[2], edge), np.full(3, rng.uniform(110, 200)))


def row_of_houses(rng: np.random.Generator, first: House, left: float, right: float) -> list[House]:
    """Return houses side by side from `left` to `right`, metres, the first among them."""
    row, at = [first], first.right
    while at < right:
        row.append(sample_house(rng, at))
        at = row[-1].right
    at = first.left
    while at > left:
        wide = float(rng.uniform(4, 14))
        at -= wide
        row.append(sample_house(rng, at, wide))
    return sorted(row, key=lambda house: house.left)


def _furnish(front: Front, free: list[Box]) -> None:
    """Paint what stands before the houses, clear of the boxes in `free`."""
    rng = front.rng
    spans = [(box[0] - 0.6, box[2] + 0.6) for box in free]
    for _ in range(int(rng.integers(0, 5))):
        x, kind = float(rng.uniform(front.left, front.right)), rng.random()
        if any(low < x < high for low, high in spans):
            continue
        if kind < 0.35:
            tall = rng.uniform(0.2, 0.9)
            plants.foliage(front, x, -0.7 * tall, rng.uniform(0.2, 1.2), tall)
        elif kind < 0.47:
            plants.pot(front, x)
        elif kind < 0.57:
            plants.palm(front, x, rng.choice((0.3, 0.5, 2.5, 4.0)))
        elif kind < 0.67:
            plants.branches(front, x, 0.0, rng.uniform(1.0, 4.0))
        elif kind < 0.74:
            things.bin_at(front, x, rng.uniform(0.25, 0.33))
        elif kind < 0.82:
            things.mailbox_at(front, x, -rng.uniform(0.9, 1.2), np.array([0.25, 0.12]))
        elif kind < 0.86:
            surfaces.boulder(front, x, 0.0, rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.4))
        else:
            wide, tall = rng.uniform(1, 5), rng.uniform(0.6, 1.1)
            near = [low - wide for low, high in spans if x < low < x + wide]
            x = min([x, *near])
            gates.fence(front, (x, -tall, x + wide, 0.0))

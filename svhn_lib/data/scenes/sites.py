"""Places for house numbers: at doors, on walls, and on things that are there to carry them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.houses import House
from svhn_lib.data.scenes.openings import glass, paint_colour, relief
from svhn_lib.data.scenes.plants import foliage
from svhn_lib.data.scenes.surfaces import boulder, mottled, streaks, wall
from svhn_lib.data.scenes.things import bin_at, mailbox_at


@dataclass(frozen=True)
class Site:
    """A place for a number.

    Attributes:
        x: of its middle, metres.
        y: of its middle, metres; the ground is 0.
        room: metres that the number may be wide.
        plate: how often it hangs on a sign of its own, 0-1.
        upright: how often it is written downwards, 0-1.
        stand: what carries it, a name in `STANDS`; '' for the house itself.
    """

    x: float
    y: float
    room: float
    plate: float
    upright: float
    stand: str = ""


def sample_site(rng: np.random.Generator, house: House) -> Site:
    """Draw a place for a number on a house or before it."""
    left, top, right, bottom = house.door or (house.left, -2.1, house.right, 0.0)
    middle, kind = (left + right) / 2, rng.random()
    eye = bottom - rng.uniform(1.4, 2.0)
    if kind < 0.36:
        away = rng.uniform(0.25, 0.9)
        x = left - away if rng.random() < 0.5 else right + away
        return Site(x, eye, 2 * away - 0.2, 0.45, 0.2)
    if kind < 0.46:
        y = bottom - rng.uniform(1.3, 1.9)
        return Site(middle, y, 0.8 * (right - left), 0.35, 0.15)
    if kind < 0.58:
        y, stand = top - rng.uniform(0.2, 0.45), "transom" if rng.random() < 0.3 else ""
        return Site(middle, y, 1.2 * (right - left), 0.3, 0.0, stand)
    if kind < 0.63:  # on the frame's post
        side = rng.choice((-1, 1)) * ((right - left) / 2 + 0.06)
        return Site(middle + side, eye, 0.16, 0.2, 0.6)
    if kind < 0.72 and house.garage:
        start, high, end, _ = house.garage
        return Site((start + end) / 2, high - rng.uniform(0.2, 0.5), 1.5, 0.3, 0.0)
    x = rng.uniform(house.left + 0.5, house.right - 0.5)
    if kind < 0.80:
        return Site(x, -rng.uniform(0.6, 3.2), 2.5, 0.4, 0.15)
    name = str(rng.choice(list(STANDS), p=_SHARES))
    low, high, upright = STANDS[name][1:4]
    return Site(x, -rng.uniform(low, high), 1.2, 0.2, upright, name)


def paint_stand(front: Front, site: Site, half: np.ndarray) -> None:
    """Paint what carries a number; `half` of its width and height, float64 (2,), metres."""
    if site.stand:
        STANDS[site.stand][0](front, site.x, site.y, half)


def _mailbox(front: Front, x: float, y: float, half: np.ndarray) -> None:
    mailbox_at(front, x, y, half * (1.35, 1.4))


def _bin(front: Front, x: float, y: float, half: np.ndarray) -> None:
    bin_at(front, x, max(0.28, 1.3 * half[0]))


def _post(front: Front, x: float, y: float, half: np.ndarray) -> None:
    """Paint a pillar of a gate, or a wooden post."""
    rng = front.rng
    wide, top = half[0] * rng.uniform(1.15, 2.5), y - half[1] * rng.uniform(1.1, 1.8) - 0.05
    box = (x - wide, top, x + wide, 0.0)
    wall(front, box)
    relief(front, box, 0.03, True)
    if rng.random() < 0.6:
        front.fill((x - 1.15 * wide, top - 0.06, x + 1.15 * wide, top), paint_colour(rng))


def _board(front: Front, x: float, y: float, half: np.ndarray) -> None:
    """Paint a wooden board, sometimes with flowers at its foot."""
    rng = front.rng
    wide, tall = half * rng.uniform(1.15, 1.6, 2) + 0.03
    box = (x - wide, y - tall, x + wide, y + tall)
    front.shade((box[0] + 0.02, box[1] + 0.02, box[2] + 0.03, box[3] + 0.03), 0.55)
    wood = rng.uniform(60, 190) * np.array([1.0, rng.uniform(0.55, 0.8), rng.uniform(0.3, 0.6)])
    streaks(front, front.fill(box, wood), bool(tall > wide), rng.uniform(4, 14))
    relief(front, box, 0.012, True)
    if rng.random() < 0.3:
        foliage(front, x, y + tall + 0.05, 1.3 * wide, 0.12)
        front.fill((x - 1.4 * wide, y + tall + 0.1, x + 1.4 * wide, y + tall + 0.28), 0.8 * wood)


def _step(front: Front, x: float, y: float, half: np.ndarray) -> None:
    """Paint steps or a kerb whose upright side carries the number."""
    rng = front.rng
    wide = max(0.9, 1.5 * half[0])
    grey = paint_colour(rng) if rng.random() < 0.4 else np.full(3, rng.uniform(90, 190))
    for i in range(-3, 4):
        high = y + i * 2.6 * half[1]
        box = (x - wide, high - 1.3 * half[1], x + wide, high + 1.3 * half[1])
        mottled(front, front.fill(box, grey), 4)
        front.shade((box[0], box[1], box[2], box[1] + 0.5 * half[1]), 1.2)


def _rock(front: Front, x: float, y: float, half: np.ndarray) -> None:
    boulder(front, x, y, *(half * front.rng.uniform(1.5, 2.2)))


def _transom(front: Front, x: float, y: float, half: np.ndarray) -> None:
    wide, tall = max(0.45, 1.2 * half[0]), max(0.15, 1.4 * half[1])
    box = (x - wide, y - tall, x + wide, y + tall)
    glass(front, box)
    front.frame(box, paint_colour(front.rng), 0.06)


def _panel(front: Front, x: float, y: float, half: np.ndarray) -> None:
    """Paint a flat panel of metal or stone, wider than the number."""
    rng = front.rng
    wide, tall = half * rng.uniform(1.2, 2.5, 2)
    box = (x - wide, y - tall, x + wide, y + tall)
    front.shade((box[0] + 0.02, box[1] + 0.02, box[2] + 0.03, box[3] + 0.03), 0.6)
    mottled(front, front.fill(box, paint_colour(rng)), rng.uniform(1, 5))


Painter = Callable[[Front, float, float, np.ndarray], None]

# What paints it, how high the number is on it, how often it is written downwards, how frequent.
STANDS: dict[str, tuple[Painter, float, float, float, float]] = {
    "mailbox": (_mailbox, 0.95, 1.25, 0.0, 0.24),
    "bin": (_bin, 0.4, 0.8, 0.0, 0.1),
    "post": (_post, 0.9, 1.7, 0.5, 0.22),
    "board": (_board, 1.1, 1.9, 0.5, 0.16),
    "step": (_step, 0.15, 0.6, 0.0, 0.08),
    "rock": (_rock, 0.2, 0.5, 0.0, 0.05),
    "panel": (_panel, 0.6, 2.4, 0.25, 0.13),
    "transom": (_transom, 2.2, 2.6, 0.0, 0.02),
}
"""What may carry a number."""
_SHARES = np.array([row[4] for row in STANDS.values()])

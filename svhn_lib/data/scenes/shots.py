"""How a photo is taken: its size, where the camera stands, and where the number is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from svhn_lib.data.scenes import views
from svhn_lib.data.scenes.houses import House
from svhn_lib.data.scenes.numerals import Written, numbered, written
from svhn_lib.data.scenes.record import SceneNumber
from svhn_lib.data.scenes.sites import Site

LEAST = 6.5
"""Pixels that the digits of a number are high at least."""


@dataclass(frozen=True)
class Shot:
    """One photo before it is taken.

    Attributes:
        size: height and width, pixels.
        space: float64 (3, 4), from metres to pixels.
        scale: pixels of a metre in the middle, about.
    """

    size: tuple[int, int]
    space: np.ndarray
    scale: float

    @property
    def view(self) -> np.ndarray:
        """From metres of the wall to pixels, float64 (3, 3)."""
        return views.wall(self.space)

    @property
    def distance(self) -> float:
        """Metres from the wall to the camera."""
        return float(np.linalg.solve(self.space[:, :3], self.space[:, 3])[2])

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in metres of what the photo shows of the wall."""
        return views.seen_part(self.view, self.size)


@dataclass(frozen=True)
class Hung:
    """A number at its site.

    Attributes:
        number: how it is written.
        site: where it is.
        place: float64 (3, 3), from its flat scene to metres.
        half: of its width and height on the wall, float64 (2,), metres.
    """

    number: Written
    site: Site
    place: np.ndarray
    half: np.ndarray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom on the wall, metres."""
        (x, y), (wide, tall) = (self.site.x, self.site.y), self.half
        return x - wide, y - tall, x + wide, y + tall

    def corners(self, view: np.ndarray) -> SceneNumber:
        """Return the number as a view of the wall, float64 (3, 3), shows it."""
        number = self.number
        return numbered(number.text, number.digits, number.style.stacked, view @ self.place)


def hang_below(rng: np.random.Generator, above: Hung, text: str) -> Hung:
    """Write another number below one, alike, as on the panel of a bell."""
    number = written(rng, text, above.number.style)
    site = replace(above.site, y=above.site.y + 3.4 * float(above.half[1]))
    wide, high = np.diff(number.box, axis=0)[0]
    tall = float(np.linalg.norm(above.place[:2, 1]))
    return Hung(number, site, _place(number, site, tall, 0.0), np.array([wide, high]) * tall / 2)


def hang(rng: np.random.Generator, number: Written, site: Site) -> Hung:
    """Give a number its size, and rarely turn it by 90 degrees."""
    wide, high = np.diff(number.box, axis=0)[0]
    tall = min(float(np.clip(np.exp(rng.normal(np.log(0.13), 0.4)), 0.05, 0.5)), site.room / wide)
    turn = np.deg2rad(rng.choice((-90.0, 90.0))) if rng.random() < 0.035 else 0.0
    if turn and number.style.stacked:
        turn = 0.0
    half = np.array([wide, high]) * tall / 2
    place = _place(number, site, tall, turn)
    return Hung(number, site, place, half[::-1] if turn else half)


def _place(number: Written, site: Site, tall: float, turn: float) -> np.ndarray:
    """Return where a number hangs, float64 (3, 3): from its flat scene to metres."""
    middle = number.box.mean(axis=0)
    cos, sin = tall * np.cos(turn), tall * np.sin(turn)
    place = np.array([[cos, -sin, site.x], [sin, cos, site.y], [0, 0, 1]])
    return place @ np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])


def aim(rng: np.random.Generator, hung: Hung, size: tuple[int, int], share: float) -> Shot:
    """Take a photo of a number.

    Args:
        rng: random numbers.
        hung: the number.
        size: height and width of the photo, pixels.
        share: of the photo's width that the number takes; of its height, for a high one.
    """
    (wide, high), tall = 2 * hung.half, float(np.linalg.norm(hung.place[:2, 1]))
    scale = share * size[1] / wide if wide > high else min(1.7 * share, 0.8) * size[0] / high
    scale = min(max(scale, LEAST / tall), 0.8 * min(size[1] / wide, size[0] / high))
    at = np.array(size[::-1]) * np.clip(rng.normal(0.5, 0.2, 2), 0.05, 0.95)
    at[1] = _above_ground(rng, at[1], hung.site.y * scale, size[0])
    space = views.projection(views.sample_angles(rng), rng.uniform(0.8, 1.6), scale, at, size)
    space = views.moved(space, hung.site.x, hung.site.y)
    return Shot(size, _inside(hung.corners(views.wall(space)), size) @ space, scale)


def wander(rng: np.random.Generator, house: House, size: tuple[int, int], wide: float) -> Shot:
    """Take a photo of some part of a house and its neighbours, `wide` metres."""
    scale = size[1] / wide
    x, y = rng.uniform(house.left, house.right), -abs(rng.normal(1.4, 1.0))
    at = np.array(size[::-1]) / 2
    at[1] = _above_ground(rng, at[1], y * scale, size[0])
    space = views.projection(views.sample_angles(rng), rng.uniform(0.8, 1.6), scale, at, size)
    return Shot(size, views.moved(space, x, y), scale)


def _above_ground(rng: np.random.Generator, at: float, high: float, height: int) -> float:
    """Return a height in the photo, moved down where there would be little but ground below it.

    `at` and the photo's `height` are in pixels, as is `high`: minus what the ground is lower.
    """
    lowest = rng.uniform(0.6, 1.0) * height
    return float(min(max(at, lowest + high), max(at, 0.9 * height)))


def _inside(number: SceneNumber, size: tuple[int, int]) -> np.ndarray:
    """Return how a photo is moved, and shrunk where it must be, to show the whole number."""
    left, top, right, bottom = number.box
    height, width = size
    shrink = min(1.0, 0.94 * width / (right - left), 0.94 * height / (bottom - top))
    low, high = shrink * np.array([left, top]), shrink * np.array([right, bottom])
    edge = 0.02 * np.array([width, height])
    shift = np.maximum(edge - low, 0) - np.maximum(high - np.array([width, height]) + edge, 0)
    return np.array([[shrink, 0, shift[0]], [0, shrink, shift[1]], [0, 0, 1]])

"""One rendered photo: a close picture, a house front with numbers, or one without any."""

from __future__ import annotations

import cv2
import numpy as np

from svhn_lib.data.scenes import camera, houses, lettering, plants, things, views
from svhn_lib.data.scenes.close import render_close
from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.houses import House, Site
from svhn_lib.data.scenes.numerals import Written, numbered, paint_number, write
from svhn_lib.data.scenes.record import Scene, SceneNumber
from svhn_lib.data.scenes.settings import KINDS, SceneSettings
from svhn_lib.data.scenes.surfaces import Box
from svhn_lib.data.street import sample_number, usable_fonts

_LEAST = 6.5  # pixels that a digit is high at least


def render_photo(
    rng: np.random.Generator,
    settings: SceneSettings | None = None,
    fonts: tuple[str, ...] | None = None,
) -> Scene:
    """Render one photo, with or without house numbers.

    Only house numbers are in the truth: no phone numbers, hours, number plates of cars, letters.

    Args:
        rng: random numbers; the same state gives the same photo.
        settings: what photos show; None for the defaults.
        fonts: paths to choose from; None for those that `settings` allow.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.scenes import SceneSettings, render_photo
        >>> settings = SceneSettings(shares=(0, 1, 0), longest=320, bundled_fonts=True)
        >>> picture, numbers = render_photo(np.random.default_rng(0), settings)
        >>> picture.dtype, max(picture.shape) <= 320, numbers[0].corners.shape
        (dtype('uint8'), True, (4, 2))
    """
    settings = settings or SceneSettings()
    fonts = fonts or usable_fonts(settings.bundled_fonts)
    shares = np.array(settings.shares) / sum(settings.shares)
    kind = KINDS[rng.choice(len(KINDS), p=shares)]
    if kind == "close":
        return render_close(rng, settings, fonts)
    if kind == "photo":
        return _numbered(rng, settings, fonts)
    return _unnumbered(rng, settings, fonts)


def _size(rng: np.random.Generator, longest: int) -> tuple[int, int]:
    """Draw height and width of a photo, pixels."""
    long = int(rng.integers(min(288, longest), longest + 1))
    short = round(long * rng.choice((0.75, 0.667, 0.5625, 0.8, 1.0), p=(0.45, 0.3, 0.1, 0.1, 0.05)))
    return (long, short) if rng.random() < 0.5 else (short, long)


def _numbered(rng: np.random.Generator, settings: SceneSettings, fonts: tuple[str, ...]) -> Scene:
    house = houses.sample_house(rng, 0.0)
    site = houses.sample_site(rng, house)
    text = sample_number(rng, settings.photo_lengths)
    number = write(rng, text, fonts, rng.random() < site.upright)
    size = _size(rng, settings.longest)
    wide, high = np.diff(number.box, axis=0)[0]
    tall = min(float(np.clip(np.exp(rng.normal(np.log(0.13), 0.4)), 0.05, 0.5)), site.room / wide)
    share = float(np.clip(np.exp(rng.normal(np.log(0.12), 0.65)), 0.025, 0.65))
    scale = share * size[1] / (tall * wide)  # pixels of a metre
    if number.style.stacked:
        scale = 2 * share * size[0] / (tall * high)
    largest = 0.8 * min(size[1] / (tall * wide), size[0] / (tall * high))
    scale = min(max(scale, _LEAST / tall), largest)
    turn = np.deg2rad(rng.choice((-90.0, 90.0))) if rng.random() < 0.03 else 0.0
    hang = _hung(site, number, tall, turn)
    at = np.array(size[::-1]) * np.clip(rng.normal(0.5, 0.2, 2), 0.05, 0.95)
    view = views.wall_to_photo(views.sample_angles(rng), rng.uniform(0.8, 1.6), scale, at, size)
    view = view @ np.array([[1, 0, -site.x], [0, 1, -site.y], [0, 0, 1]])
    view = _inside(numbered(text, number.digits, False, view @ hang), size) @ view
    reach = np.array([wide, high]) * tall / 2
    reach = reach[::-1] if turn else reach
    free = [(site.x - reach[0], site.y - reach[1], site.x + reach[0], site.y + reach[1])]
    photo = _paint(rng, house, view, size, scale, free, fonts)
    seen = paint_number(rng, photo, number, view @ hang, site.plate)
    return Scene(camera.photograph(rng, photo), (seen,))


def _hung(site: Site, number: Written, tall: float, turn: float) -> np.ndarray:
    """Return where a number hangs, float64 (3, 3): from its flat scene to metres.

    Its digits are `tall` metres high, and it is turned by `turn`, radians.
    """
    middle = number.box.mean(axis=0)
    cos, sin = tall * np.cos(turn), tall * np.sin(turn)
    hung = np.array([[cos, -sin, site.x], [sin, cos, site.y], [0, 0, 1]])
    return hung @ np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])


def _inside(number: SceneNumber, size: tuple[int, int]) -> np.ndarray:
    """Return how a photo is moved, and shrunk where it must be, to show the whole number."""
    left, top, right, bottom = number.box
    height, width = size
    shrink = min(1.0, 0.94 * width / (right - left), 0.94 * height / (bottom - top))
    low, high = shrink * np.array([left, top]), shrink * np.array([right, bottom])
    edge = 0.02 * np.array([width, height])
    shift = np.maximum(edge - low, 0) - np.maximum(high - np.array([width, height]) + edge, 0)
    return np.array([[shrink, 0, shift[0]], [0, shrink, shift[1]], [0, 0, 1]])


def _unnumbered(rng: np.random.Generator, settings: SceneSettings, fonts: tuple[str, ...]) -> Scene:
    house = houses.sample_house(rng, 0.0)
    if rng.random() < 0.35:  # as small as SVHN's
        high = round(float(np.clip(np.exp(rng.normal(4.0, 0.5)), 24, 160)))
        size = (high, round(high * rng.uniform(1.1, 2.6)))
        wide = float(np.exp(rng.uniform(np.log(0.5), np.log(6))))
    else:
        size = _size(rng, settings.longest)
        wide = float(np.exp(rng.uniform(np.log(1.0), np.log(25))))
    scale = size[1] / wide
    middle = np.array([rng.uniform(house.left, house.right), -abs(rng.normal(1.4, 1.0))])
    at = np.array(size[::-1]) / 2
    view = views.wall_to_photo(views.sample_angles(rng), rng.uniform(0.8, 1.6), scale, at, size)
    view = view @ np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    photo = _paint(rng, house, view, size, scale, [], fonts)
    return Scene(camera.photograph(rng, photo), ())


def _paint(
    rng: np.random.Generator, house: House, view: np.ndarray, size: tuple[int, int], scale: float,
    free: list[Box], fonts: tuple[str, ...],
) -> np.ndarray:  # fmt: skip
    """Return a street as the camera sees it, float32 (H, W, 3), nothing painted in `free`."""
    left, top, right, bottom = views.seen_part(view, size)
    finer = scale * min(
        1.0, np.sqrt(1.7 * size[0] * size[1] / ((right - left) * (bottom - top) * scale**2))
    )
    shape = (
        max(2, int(np.ceil((bottom - top) * finer))),
        max(2, int(np.ceil((right - left) * finer))),
    )
    front = Front(rng, np.empty((*shape, 3), np.float32), float(finer), left, top)
    houses.paint_street(front, house, free)
    _decorate(front, free, fonts)
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_metres = np.array([[1 / finer, 0, left], [0, 1 / finer, top], [0, 0, 1]])
    warp = np.linalg.inv(centre) @ view @ to_metres @ centre
    photo = cv2.warpPerspective(
        front.canvas, warp, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(photo, np.float32)


def _decorate(front: Front, free: list[Box], fonts: tuple[str, ...]) -> None:
    """Paint what hangs on walls: lamps, bells, boxes, signs, letters, scribbles, shadows."""
    rng = front.rng
    wide = front.right - front.left

    def clear(x: float, y: float, reach: float) -> bool:
        return not any(
            box[0] - reach < x < box[2] + reach and box[1] - reach < y < box[3] + reach
            for box in free
        )

    for _ in range(int(rng.integers(0, 5))):
        x, y = rng.uniform(front.left, front.right), min(rng.normal(-1.6, 0.7), -0.4)
        if clear(x, y, 0.3):
            things.hang_things(front, x, y, 0.0, 1)
    for _ in range(int(rng.integers(0, 3))):
        x, y = rng.uniform(front.left, front.right), -abs(rng.normal(1.8, 1.0))
        if not clear(x, y, 0.6):
            continue
        kind = rng.random()
        if kind < 0.7:
            lettering.sign(front, x, y, fonts)
        elif kind < 0.9:
            lettering.letter(front, x, y, fonts)
        else:
            lettering.scribble(front, x, y)
    if rng.random() < 0.1 and wide > 3 and not any(box[3] > -1.5 for box in free):
        plate = things.car(front, rng.uniform(front.left, front.right))
        lettering.number_plate(front, plate, fonts)
    if rng.random() < 0.2:
        plants.leaf_shadow(front)

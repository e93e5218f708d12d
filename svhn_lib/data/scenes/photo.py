"""One rendered photo: a close picture, a house front with numbers, or one without any."""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes import camera, houses, shots, sites
from svhn_lib.data.scenes.close import render_close
from svhn_lib.data.scenes.houses import House
from svhn_lib.data.scenes.layers import paint_view
from svhn_lib.data.scenes.numerals import is_visible, write
from svhn_lib.data.scenes.painted import paint_number
from svhn_lib.data.scenes.record import Scene
from svhn_lib.data.scenes.settings import KINDS, SceneSettings
from svhn_lib.data.scenes.shots import Hung, Shot
from svhn_lib.data.street import sample_number, usable_fonts

Fonts = tuple[str, ...]


def render_photo(
    rng: np.random.Generator,
    settings: SceneSettings | None = None,
    fonts: Fonts | None = None,
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
    if kind == "none":
        return _unnumbered(rng, settings, fonts)
    if kind == "photo":
        share = float(np.clip(np.exp(rng.normal(np.log(0.12), 0.65)), 0.025, 0.65))
        return _numbered(rng, settings.photo_lengths, fonts, _size(rng, settings.longest), share)
    if rng.random() < 0.25:  # a close view of a house front
        share = float(np.clip(rng.normal(0.38, 0.13), 0.12, 0.75))
        return _numbered(rng, settings.lengths, fonts, _small(rng), share)
    return render_close(rng, settings, fonts)


def _size(rng: np.random.Generator, longest: int) -> tuple[int, int]:
    """Draw height and width of a photo, pixels."""
    long = int(rng.integers(min(288, longest), longest + 1))
    short = round(long * rng.choice((0.75, 0.667, 0.5625, 0.8, 1.0), p=(0.45, 0.3, 0.1, 0.1, 0.05)))
    return (long, short) if rng.random() < 0.5 else (short, long)


def _small(rng: np.random.Generator) -> tuple[int, int]:
    """Draw height and width of a picture as SVHN has them, pixels."""
    high = round(float(np.clip(np.exp(rng.normal(3.9, 0.5)), 24, 180)))
    return high, round(high * float(np.clip(rng.normal(1.9, 0.4), 1.1, 3.0)))


def _numbered(
    rng: np.random.Generator, lengths: tuple[int, ...], fonts: Fonts, size: tuple[int, int],
    share: float,
) -> Scene:  # fmt: skip
    """Render a house front whose number takes a share of the photo's width, and can be seen."""
    while True:
        house = houses.sample_house(rng, 0.0)
        first = _hang(rng, house, lengths, fonts, None)
        shot = shots.aim(rng, first, size, share)
        left, _, right, _ = shot.seen
        row = houses.row_of_houses(rng, house, left, right)
        hung = [first, *_further(rng, first, row, lengths, fonts, shot)]
        photo = paint_view(rng, row, shot, hung, fonts)
        glow = rng.random() < 0.05
        if glow:
            photo *= np.float32(rng.uniform(0.12, 0.4))
        places = [shot.view @ each.place for each in hung]
        numbers = tuple(
            paint_number(rng, photo, each.number, place, each.site.plate, glow)
            for each, place in zip(hung, places, strict=True)
        )
        picture = camera.photograph(rng, photo, glow)
        if all(is_visible(picture, n.number, p) for n, p in zip(hung, places, strict=True)):
            return Scene(picture, numbers)


def _hang(
    rng: np.random.Generator, house: House, lengths: tuple[int, ...], fonts: Fonts,
    text: str | None,
) -> Hung:  # fmt: skip
    site = sites.sample_site(rng, house)
    text = text or sample_number(rng, lengths)
    return shots.hang(rng, write(rng, text, fonts, rng.random() < site.upright), site)


def _further(
    rng: np.random.Generator, first: Hung, row: list[House], lengths: tuple[int, ...], fonts: Fonts,
    shot: Shot,
) -> list[Hung]:  # fmt: skip
    """Hang up to three more numbers: neighbours', or the same one again; those that are seen."""
    found: list[Hung] = []
    if first.site.stand == "panel" and first.half[0] > first.half[1] and rng.random() < 0.4:
        below = first
        for _ in range(int(rng.integers(1, 4))):
            below = shots.hang_below(rng, below, sample_number(rng, lengths))
            if below.corners(shot.view).within(shot.size[1], shot.size[0]):
                found.append(below)
        return found
    for house in row:
        if rng.random() > 0.45 or len(found) == 3:
            continue
        again = first.number.text if rng.random() < 0.3 else None
        other = _hang(rng, house, lengths, fonts, again)
        seen = other.corners(shot.view)
        heights = np.linalg.norm(seen.digits[:, 3] - seen.digits[:, 0], axis=1)
        apart = all(_apart(other, before) for before in (first, *found))
        if apart and heights.min() > shots.LEAST and seen.within(shot.size[1], shot.size[0]):
            found.append(other)
    return found


def _apart(one: Hung, other: Hung) -> bool:
    """Return whether neither number nor what carries it comes near the other."""
    away = np.abs(np.array([one.site.x - other.site.x, one.site.y - other.site.y]))
    stand = 0.7 if one.site.stand or other.site.stand else 0.0
    return bool((away > 1.8 * (one.half + other.half) + (stand, stand)).any())


def _unnumbered(rng: np.random.Generator, settings: SceneSettings, fonts: Fonts) -> Scene:
    """Render a house front, or a part of one, without any number."""
    house = houses.sample_house(rng, 0.0)
    small = rng.random() < 0.35
    size = _small(rng) if small else _size(rng, settings.longest)
    narrowest, widest = (0.5, 6.0) if small else (1.0, 25.0)
    wide = float(np.exp(rng.uniform(np.log(narrowest), np.log(widest))))
    shot = shots.wander(rng, house, size, wide)
    left, _, right, _ = shot.seen
    row = houses.row_of_houses(rng, house, left, right)
    photo = paint_view(rng, row, shot, [], fonts)
    return Scene(camera.photograph(rng, photo, rng.random() < 0.04), ())

"""The planes of a photo, painted far to near: walls, walls at right angles to them, the ground."""

from __future__ import annotations

import cv2
import numpy as np

from svhn_lib.data.scenes import houses, sites, surfaces, views
from svhn_lib.data.scenes.clutter import decorate
from svhn_lib.data.scenes.front import Front, weathered
from svhn_lib.data.scenes.houses import House
from svhn_lib.data.scenes.shots import Hung, Shot
from svhn_lib.data.scenes.surfaces import Box

Fonts = tuple[str, ...]


def paint_view(
    rng: np.random.Generator, row: list[House], shot: Shot, numbers: list[Hung], fonts: Fonts
) -> np.ndarray:
    """Return a street as the camera sees it, float32 (H, W, 3), without its numbers.

    Args:
        rng: random numbers.
        row: houses, whose fronts are the wall at depth 0.
        shot: the photo.
        numbers: what is hung on the wall later; its stands are painted, and nothing hides it.
        fonts: paths of the fonts of signs.
    """
    front = _canvas(rng, shot.seen, shot)
    free = [each.box for each in numbers]
    houses.paint_street(front, row, free)
    decorate(front, free, fonts)
    for each in numbers:
        sites.paint_stand(front, each.site, each.half)
    weathered(rng, front.canvas)
    photo = _warped(front, shot.view, shot.size, None)
    if rng.random() < 0.3:
        photo = _annexed(rng, photo, shot, free, fonts)
    return _grounded(rng, photo, shot)


def _canvas(rng: np.random.Generator, box: Box, shot: Shot) -> Front:
    """Return an empty front for a box of a plane, metres, as fine as the photo needs."""
    wide, high = max(box[2] - box[0], 0.02), max(box[3] - box[1], 0.02)
    pixels = 1.7 * shot.size[0] * shot.size[1]
    scale = float(min(shot.scale, np.sqrt(pixels / (wide * high)), 2400 / wide, 2400 / high))
    shape = max(2, int(np.ceil(high * scale))), max(2, int(np.ceil(wide * scale)))
    return Front(rng, np.full((*shape, 3), 128, np.float32), scale, box[0], box[1])


def _warped(
    front: Front, view: np.ndarray, size: tuple[int, int], onto: np.ndarray | None
) -> np.ndarray:
    """Return a plane as the camera sees it, float32 (H, W, 3), alone or over a photo."""
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # pixel (0, 0) is centred on (.5, .5)
    step = 1 / front.scale
    to_metres = np.array([[step, 0, front.left], [0, step, front.top], [0, 0, 1]])
    warp = np.linalg.inv(centre) @ view @ to_metres @ centre
    if onto is None:
        seen = cv2.warpPerspective(front.canvas, warp, size[::-1], borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float32)
    seen = cv2.warpPerspective(front.canvas, warp, size[::-1])  # black where there is nothing
    cover = cv2.warpPerspective(np.ones(front.canvas.shape[:2], np.float32), warp, size[::-1])
    for drawn in (seen, cover):  # a pixel may lie on the plane's horizon exactly
        cv2.patchNaNs(drawn, 0.0)
    return np.asarray(onto * (1 - cover)[..., None] + seen, np.float32)


def _annexed(
    rng: np.random.Generator, photo: np.ndarray, shot: Shot, free: list[Box], fonts: Fonts
) -> np.ndarray:
    """Return the photo with a part of the house that stands out towards the camera."""
    left, top, right, bottom = shot.seen
    wide = right - left
    start, after = float(rng.uniform(left, right)), rng.random() < 0.5
    deep = float(min(rng.uniform(0.15, 0.5) * shot.distance, rng.uniform(0.2, 2.5)))
    if any(box[0] - 0.1 < start < box[2] + 0.1 or (box[0] > start) == after for box in free):
        return photo
    beyond = (start, top, start + wide, bottom) if after else (start - wide, top, start, bottom)
    near, side = views.wall(shot.space, -deep), (-deep, top, 0.0, bottom)
    far_enough = 0.3 * shot.distance
    if not (
        views.is_ahead(near, beyond, far_enough)
        and views.is_ahead(views.flank(shot.space, start), side, far_enough)
    ):
        return photo
    wall = _canvas(rng, side, shot)
    surfaces.wall(wall, side)
    wall.canvas[...] *= np.float32(rng.uniform(0.5, 1.15))  # in its own light
    changed = _warped(wall, views.flank(shot.space, start), shot.size, photo)
    front = _canvas(rng, beyond, shot)
    house = houses.sample_house(rng, beyond[0] if after else beyond[2] - 8, 8)
    houses.paint_street(front, [house], [])
    decorate(front, [], fonts)
    changed = _warped(front, near, shot.size, changed)
    return photo if _hides(photo, changed, shot, free) else changed


def _hides(photo: np.ndarray, changed: np.ndarray, shot: Shot, free: list[Box]) -> bool:
    """Return whether anything changed close to one of the boxes in `free`."""
    for left, top, right, bottom in free:
        over = 0.15 * (bottom - top)
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        grown = np.array(corners) + over * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        points = cv2.perspectiveTransform(grown[:, None], shot.view)[:, 0]
        (x0, y0), (x1, y1) = np.maximum(points.min(axis=0), 0), points.max(axis=0)
        part = slice(int(y0), int(y1) + 1), slice(int(x0), int(x1) + 1)
        if not np.array_equal(photo[part], changed[part]):
            return True
    return False


def _grounded(rng: np.random.Generator, photo: np.ndarray, shot: Shot) -> np.ndarray:
    """Return the photo with the ground before the wall, where it shows any."""
    left, _, right, bottom = shot.seen
    if bottom < 0.02:
        return photo
    away, view = shot.distance, views.floor(shot.space)
    for share in (0.95, 0.85, 0.7, 0.4):
        box = (left - 0.5, -share * away, right + 0.5, 0.0)
        if views.is_ahead(view, box, 0.03 * away):
            break
    else:
        return photo
    front = _canvas(rng, box, shot)
    houses.paint_ground(front, box)
    return _warped(front, view, shot.size, photo)

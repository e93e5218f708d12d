"""Close pictures of one number, as large and as cut out as SVHN's training and extra pictures."""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes.numerals import numbered, stands_out
from svhn_lib.data.scenes.record import Scene, SceneNumber
from svhn_lib.data.scenes.settings import SceneSettings
from svhn_lib.data.street.layout import Placed, draw_ink, flat_box
from svhn_lib.data.street.picture import compose
from svhn_lib.data.street.settings import INGREDIENTS, VERSION_3, RenderSettings


def render_close(
    rng: np.random.Generator, settings: SceneSettings, fonts: tuple[str, ...]
) -> Scene:
    """Render one number on its wall, in the looks of rendered streets, old and new.

    Args:
        rng: random numbers.
        settings: lengths of numbers, and how many are written downwards.
        fonts: paths to choose from.
    """
    street = RenderSettings(settings.lengths, stacked=settings.stacked, neighbours=False)
    for _ in range(4):
        own = dict(zip(INGREDIENTS, rng.spawn(len(INGREDIENTS)), strict=True))
        if rng.random() < 0.35:
            own = {name: own[name] for name in VERSION_3}
        shown = compose(rng, own, street, fonts)
        digits = shown.scene.digits
        to_picture = np.diag([*shown.scale, 1.0]) @ shown.scene.to_canvas
        size = shown.picture.shape[0], shown.picture.shape[1]
        if stands_out(shown.picture.astype(np.float32), draw_ink(digits, to_picture, size), 14):
            break
    number = numbered(shown.number, digits, _is_stacked(digits), to_picture)
    return _cut(rng, Scene(shown.picture, (number,)))


def _is_stacked(digits: list[Placed]) -> bool:
    centres = np.array([flat_box([digit]).mean(axis=0) for digit in digits])
    steps = np.abs(np.diff(centres, axis=0))
    return len(digits) > 1 and bool((steps[:, 1] > 2 * steps[:, 0]).all())


def _cut(rng: np.random.Generator, scene: Scene) -> Scene:
    """Return the scene, most often with less to the left and right, as SVHN's extra pictures."""
    picture, (number,) = scene
    rows, columns = picture.shape[:2]
    left, _, right, _ = number.extent
    if rng.random() < 0.4:
        return scene
    wanted = max((right - left) / rng.uniform(0.4, 0.85), 0.9 * rows)
    spare = columns - wanted
    if spare < 2:
        return scene
    middle = (left + right) / 2 + rng.normal(0, 0.06) * wanted
    start = int(np.clip(middle - wanted / 2, 0, spare))
    start = min(start, int(max(left - 1, 0)))
    stop = min(columns, max(start + int(wanted), int(np.ceil(right)) + 1))
    moved: SceneNumber = number.moved(np.ones(2), np.array([-start, 0.0]))
    return Scene(np.ascontiguousarray(picture[:, start:stop]), (moved,))

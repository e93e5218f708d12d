"""One rendered picture: a number laid out, painted on its wall, and photographed.

Brings text, layout, scene and camera together; whole splits on disk are made in `render`.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from svhn_lib.data.street import (
    camera,
    framing,
    layout,
    lens,
    numerals,
    perspective,
)  # fmt: skip
from svhn_lib.data.street.boxes import RIM, as_annotated, with_rims
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.painting import Draws, paint_scene
from svhn_lib.data.street.scene import Picture, Scene
from svhn_lib.data.street.settings import INGREDIENTS, RenderSettings
from svhn_lib.data.street.style import from_houses, narrow, posed, sample_style
from svhn_lib.data.street.text import sample_number


class Rendered(NamedTuple):
    """A picture and what stands in it.

    Attributes:
        picture: uint8 (H, W, 3), RGB.
        number: its digits.
        boxes: float64 (len(number), 4): left, top, right, bottom of each digit, pixels.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.street import Rendered
        >>> wall = np.zeros((20, 40, 3), np.uint8)
        >>> Rendered(wall, "7", np.array([[5.0, 2, 12, 18]])).number
        '7'
    """

    picture: np.ndarray
    number: str
    boxes: np.ndarray


def render_picture(
    rng: np.random.Generator,
    settings: RenderSettings | None = None,
    fonts: tuple[str, ...] | None = None,
) -> Rendered:
    """Render one house number somewhere inside a picture of the size SVHN's have.

    Args:
        rng: random numbers; the same state gives the same picture.
        settings: what pictures show; None for the defaults.
        fonts: paths to choose from; None for those that `settings` allow.

    Example:
        >>> import numpy as np
        >>> from svhn_lib.data.street import RenderSettings, render_picture
        >>> bundled = RenderSettings(bundled_fonts=True)
        >>> picture, number, boxes = render_picture(np.random.default_rng(0), bundled)
        >>> picture.dtype, picture.shape[2], boxes.shape == (len(number), 4)
        (dtype('uint8'), 3, True)
    """
    settings = settings or RenderSettings()
    fonts = fonts or usable_fonts(settings.bundled_fonts)
    own = dict(zip(INGREDIENTS, rng.spawn(len(INGREDIENTS)), strict=True))
    own = {name: own[name] for name in settings.ingredients}
    picture, number, scene, scale = compose(rng, own, settings, fonts)
    hulls = [hull * scale for hull in scene.outlines()]
    boxes = np.array([[*hull.min(axis=0), *hull.max(axis=0)] for hull in hulls])
    if "rims" in own:
        boxes = with_rims(own["rims"], boxes)
    if "boxes" in own:
        boxes = as_annotated(own["boxes"], boxes, picture.shape[:2])
    elif "rims" in own:
        boxes = boxes.clip(0, np.tile(picture.shape[1::-1], 2))
    return Rendered(picture, number, boxes)


class Composed(NamedTuple):
    """A picture and the scene that it shows.

    Attributes:
        picture: uint8 (H, W, 3), RGB.
        number: its digits.
        scene: as it was painted; its canvas is in another scale than the picture.
        scale: float64 (2,), pixels of the picture for one of the canvas, across and down.
    """

    picture: np.ndarray
    number: str
    scene: Scene
    scale: np.ndarray


def compose(
    rng: np.random.Generator,
    own: Draws,
    settings: RenderSettings,
    fonts: tuple[str, ...],
) -> Composed:
    """Lay out, paint and photograph one number.

    Args:
        rng: random numbers of plain streets.
        own: the random numbers of each ingredient that is wanted.
        settings: lengths of numbers, how many are written downwards, what may stand near them.
        fonts: paths to choose from.
    """
    number = sample_number(rng, settings.lengths)
    style = sample_style(rng, fonts)
    digit_height = float(np.clip(np.exp(rng.normal(3.25, 0.5)), 8, 110))  # in pixels
    if "fonts" in own:
        style = from_houses(own["fonts"], style, fonts)
    if "proportions" in own:
        style, digit_height = narrow(own["proportions"], style), 1.12 * digit_height + 1
    if "framing" in own:
        digit_height *= 0.9
    if "poses" in own:
        style = posed(own["poses"], style)
    if "numerals" in own:
        style = numerals.redesign(own["numerals"], style, number, fonts)
    if "stacks" in own:
        style = numerals.stack(own["stacks"], style, number, settings.stacked)
    if "rims" in own:  # heights and shapes were fitted to SVHN's boxes, in which the ink is smaller
        style = replace(style, widening=1.08 * style.widening, gap=1.08 * style.gap)
        digit_height /= 1 + 2 * RIM[1]
    unit = float(np.clip(1.6 * digit_height, 28, 72))  # digit height in pixels of the scene
    if "lens" in own:  # which blurs what is finer
        unit = float(np.clip(1.1 * digit_height, 22, 54))
    scene = _lay_out(rng, layout.place(rng, number, style), unit, own)
    view = paint_scene(scene, style, own, settings.neighbours)
    shrink = digit_height / unit
    final = max(8, round(scene.size[0] * shrink)), max(8, round(scene.size[1] * shrink))
    picture = _photograph(scene, view, final, digit_height, own)
    scale = np.array([final[1] / scene.size[1], final[0] / scene.size[0]])
    return Composed(picture, number, scene, scale)


def _photograph(
    scene: Scene, view: Picture, size: tuple[int, int], digit_height: float, own: Draws
) -> np.ndarray:
    """Return the scene as the camera stores it, uint8 (H, W, 3)."""
    rng = scene.rng
    if "lens" in own:
        picture = lens.photograph(own["lens"], scene, view, size)
        if "optics" in own and own["lens"].random() < 0.08:
            picture = camera.degrade(own["optics"], picture, digit_height)
        return lens.as_stored(picture)
    picture = camera.blur(rng, view, scene.unit)
    picture = camera.expose(rng, camera.sample(rng, picture, size))
    if "optics" in own:
        picture = camera.degrade(own["optics"], picture, digit_height)
    return camera.develop(rng, picture)


def _lay_out(
    rng: np.random.Generator, digits: list[layout.Placed], unit: float, own: Draws
) -> Scene:
    """Return the scene with an empty canvas that holds the digits and some space around them."""
    view = perspective.sample_perspective(rng)
    if "poses" in own:
        oblique = perspective.sample_oblique(own["poses"])
        view = perspective.bounded(oblique @ view, layout.flat_box(digits))
    if "framing" in own and own["framing"].random() < 0.85:
        view = perspective.levelled(view)
    points = np.concatenate([layout.outline(digit, view) for digit in digits])
    low, high = points.min(axis=0), points.max(axis=0)
    # Free space around SVHN's numbers, in digit heights: wide at the sides, little above and below.
    side = np.clip(np.exp(rng.normal(0.15, 0.35, 2)), 0.3, 3)
    over = np.clip(np.exp(rng.normal(-1.3, 0.9, 2)), 0.0, 2)
    if "proportions" in own:
        over = 0.75 * over
    scale = unit / np.median([np.ptp(layout.outline(digit, view)[:, 1]) for digit in digits])
    if "framing" in own:
        rims = np.array(RIM if "rims" in own else (0.0, 0.0))
        wide, tall = (high - low) * scale / unit + 2 * rims
        side, over = framing.sample_space(own["framing"], wide, tall)
        side, over = side + rims[0], over + rims[1]
    width = int(np.ceil((high[0] - low[0]) * scale + side.sum() * unit))
    height = int(np.ceil((high[1] - low[1]) * scale + over.sum() * unit))
    move = np.array(
        [
            [scale, 0, side[0] * unit - low[0] * scale],
            [0, scale, over[0] * unit - low[1] * scale],
            [0, 0, 1],
        ]
    )
    return Scene(rng, np.empty((height, width, 3), np.float32), digits, move @ view, unit)

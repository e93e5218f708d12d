"""One rendered picture: a number laid out, painted on its wall, and photographed.

Brings text, layout, scene and camera together; whole splits on disk are made in `render`.
"""

from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street import camera, layout, materials, paint, perspective, walls
from svhn_lib.data.street import surroundings as around
from svhn_lib.data.street.boxes import as_annotated
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.neighbours import sample_neighbours, sample_suffix
from svhn_lib.data.street.scene import Picture, Scene
from svhn_lib.data.street.settings import INGREDIENTS, RenderSettings
from svhn_lib.data.street.text import sample_number

Draws = dict[str, np.random.Generator]  # the random numbers of each ingredient that is wanted


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
    number = sample_number(rng, settings.lengths)
    style = layout.sample_style(rng, fonts)
    digit_height = float(np.clip(np.exp(rng.normal(3.25, 0.5)), 8, 110))  # in pixels
    if "fonts" in own:
        style = layout.from_houses(own["fonts"], style, fonts)
    if "proportions" in own:
        style, digit_height = layout.narrow(own["proportions"], style), 1.12 * digit_height + 1
    if "poses" in own:
        style = layout.posed(own["poses"], style)
    unit = float(np.clip(1.6 * digit_height, 28, 72))  # digit height in pixels of the scene
    scene = _lay_out(rng, layout.place(rng, number, style), unit, own)
    view = _paint_scene(scene, style, own)
    shrink = digit_height / unit
    final = max(8, round(scene.size[0] * shrink)), max(8, round(scene.size[1] * shrink))
    view = camera.expose(rng, camera.sample(rng, camera.blur(rng, view, unit), final))
    if "optics" in own:
        view = camera.degrade(own["optics"], view, digit_height)
    scale = np.array([final[1] / scene.size[1], final[0] / scene.size[0]])
    hulls = [hull * scale for hull in scene.outlines()]
    boxes = np.array([[*hull.min(axis=0), *hull.max(axis=0)] for hull in hulls])
    if "boxes" in own:
        boxes = as_annotated(own["boxes"], boxes, final)
    return Rendered(camera.develop(rng, view), number, boxes)


def _lay_out(
    rng: np.random.Generator, digits: list[layout.Placed], unit: float, own: Draws
) -> Scene:
    """Return the scene with an empty canvas that holds the digits and some space around them."""
    view = perspective.sample_perspective(rng)
    if "poses" in own:
        oblique = perspective.sample_oblique(own["poses"])
        view = perspective.bounded(oblique @ view, layout.flat_box(digits))
    points = np.concatenate([layout.outline(digit, view) for digit in digits])
    low, high = points.min(axis=0), points.max(axis=0)
    # Free space around SVHN's numbers, in digit heights: wide at the sides, little above and below.
    side = np.clip(np.exp(rng.normal(0.15, 0.35, 2)), 0.3, 3)
    over = np.clip(np.exp(rng.normal(-1.3, 0.9, 2)), 0.0, 2)
    if "proportions" in own:
        over = 0.75 * over
    scale = unit / np.median([np.ptp(layout.outline(digit, view)[:, 1]) for digit in digits])
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


def _paint_scene(scene: Scene, style: layout.Style, own: Draws) -> Picture:
    """Paint the wall, what stands on it and the number; return it in its light."""
    rng = scene.rng
    ground, colour = paint.sample_colours(rng)
    if rng.random() < 0.5:
        walls.build_wall(scene, paint.sample_colours(rng)[0])
        plate = walls.sample_plate(scene)
        _put_around(scene, colour, own)
        walls.hang_plate(scene, plate, ground)
    else:
        walls.build_wall(scene, ground)
        _put_around(scene, colour, own)
    if rng.random() < 0.2:
        walls.raise_posts(scene)
    ink = scene.ink(scene.digits)
    if "materials" in own:
        material = materials.sample_material(own["materials"])
        materials.lay_material(scene, own["materials"], material, ink, ground, colour)
    else:
        paint.lay(scene, ink, colour)
    if rng.random() < 0.25:
        beside = _clear_of(ink, 5, scene.ink(sample_neighbours(scene, style)))
        shade = colour if rng.random() < 0.5 else paint.sample_colours(rng)[1]
        paint.lay(scene, beside, shade)
    _put_beside(scene, style, ink, colour, own)
    return paint.lit(scene)


def _clear_of(ink: layout.Ink, reach: int, marks: layout.Ink) -> layout.Ink:
    """Return marks without what comes within `reach` // 2 pixels of the ink; all (H, W)."""
    return marks * (cv2.dilate(ink, np.ones((reach, reach), np.uint8)) == 0)


def _put_around(scene: Scene, colour: np.ndarray, own: Draws) -> None:
    """Paint what is behind the number or on its wall."""
    if "surroundings" not in own:
        return
    scene = scene.drawing_from(own["surroundings"])
    if scene.rng.random() < 0.35:
        around.draw_bands(scene)
    if scene.rng.random() < 0.12:
        around.draw_frame(scene, colour)


def _put_beside(
    scene: Scene, style: layout.Style, ink: layout.Ink, colour: np.ndarray, own: Draws
) -> None:
    """Paint what is beside the number on its own plate, or in front of it."""
    if "surroundings" not in own:
        return
    scene = scene.drawing_from(own["surroundings"])
    if scene.rng.random() < 0.10:
        paint.lay(scene, _clear_of(ink, 3, scene.ink(sample_suffix(scene, style))), colour)
    if scene.rng.random() < 0.10:
        around.draw_frame(scene, colour)
    if scene.rng.random() < 0.10:
        around.draw_screws(scene)
    if scene.rng.random() < 0.05:
        around.draw_in_front(scene)

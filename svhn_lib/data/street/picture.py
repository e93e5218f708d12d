"""One rendered picture: a number laid out, painted on its wall, and photographed.

Brings text, layout, scene and camera together; whole splits on disk are made in `render`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street import camera, layout, materials, perspective, scene, surroundings
from svhn_lib.data.street.boxes import as_annotated
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.text import SVHN_LENGTHS, sample_number

# What makes pictures like SVHN's out of plain ones; each draws from random numbers of its own, so
# that leaving one out changes nothing else.
INGREDIENTS: dict[str, str] = {
    "fonts": "more often than not a font as houses wear it, threes with flat tops",
    "proportions": "digits as narrow, close and high as SVHN's",
    "poses": "views from the side, climbing and bent baselines, numbers put up aslant",
    "materials": "tiles, hollow and stencilled digits, relief, polished metal, handwork",
    "surroundings": "posts, frames, letters, screws, cables and leaves close to the number",
    "optics": "haze, halos, double images, wrong exposure, very few pixels",
    "boxes": "digit boxes as roughly drawn as SVHN's",
}


@dataclass(frozen=True)
class RenderSettings:
    """What a rendered set shows.

    Attributes:
        lengths: weight of numbers with 1, 2, ... digits.
        bundled_fonts: use only the fonts that come with matplotlib, so that the same seed gives
            the same pictures on every machine; otherwise every usable font of the system too.
        ingredients: names out of `INGREDIENTS`; () gives plain streets, clean and easily read.

    Raises ValueError for an ingredient that does not exist.
    """

    lengths: tuple[int, ...] = SVHN_LENGTHS
    bundled_fonts: bool = False
    ingredients: tuple[str, ...] = tuple(INGREDIENTS)

    def __post_init__(self) -> None:
        for name in self.ingredients:
            if name not in INGREDIENTS:
                raise ValueError(f"no ingredient {name!r}: there are {', '.join(INGREDIENTS)}")


Draws = dict[str, np.random.Generator]  # the random numbers of each ingredient that is wanted


class Rendered(NamedTuple):
    """A picture, uint8 (H, W, 3) RGB, its number, and the digits' boxes.

    `boxes` is float64 (len(number), 4): left, top, right, bottom in pixels.
    """

    picture: np.ndarray
    number: str
    boxes: np.ndarray


def render_picture(
    rng: np.random.Generator,
    settings: RenderSettings | None = None,
    fonts: tuple[str, ...] | None = None,
) -> Rendered:
    """One house number somewhere inside a picture of the size SVHN's have.

    Args:
        fonts: paths to choose from; None for those that `settings` allow.
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
    digits = layout.place(number, style, rng)
    to_canvas, size = _view(rng, digits, unit, own)
    hulls = [layout.outline(digit, to_canvas) for digit in digits]
    view = _paint_scene(rng, digits, style, to_canvas, size, unit, own)
    shrink = digit_height / unit
    final = max(8, round(size[0] * shrink)), max(8, round(size[1] * shrink))
    view = camera.expose(rng, camera.sample(rng, camera.blur(rng, view, unit), final))
    if "optics" in own:
        view = camera.spoil(own["optics"], view, digit_height)
    scale = np.array([final[1] / size[1], final[0] / size[0]])
    boxes = np.array([[*(h * scale).min(axis=0), *(h * scale).max(axis=0)] for h in hulls])
    if "boxes" in own:
        boxes = as_annotated(own["boxes"], boxes, final)
    return Rendered(camera.develop(rng, view), number, boxes)


def _view(
    rng: np.random.Generator, digits: list[layout.Placed], unit: float, own: Draws
) -> tuple[np.ndarray, tuple[int, int]]:
    """The transform from the flat scene to the canvas, and the canvas' size (H, W)."""
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
    return move @ view, (height, width)


def _paint_scene(
    rng: np.random.Generator,
    digits: list[layout.Placed],
    style: layout.Style,
    to_canvas: np.ndarray,
    size: tuple[int, int],
    unit: float,
    own: Draws,
) -> np.ndarray:
    ground, colour = scene.sample_colours(rng)
    if rng.random() < 0.5:
        other, _ = scene.sample_colours(rng)
        view = scene.wall(rng, size, other, unit)
        plate = _plate_outline(rng, digits, to_canvas)
        if "surroundings" in own:
            _put_around(own["surroundings"], view, digits, to_canvas, colour, unit)
        scene.plate(rng, view, plate, ground, unit)
    else:
        view = scene.wall(rng, size, ground, unit)
        if "surroundings" in own:
            _put_around(own["surroundings"], view, digits, to_canvas, colour, unit)
    if rng.random() < 0.2:
        scene.posts(rng, view, layout.flat_box(digits), to_canvas, unit)
    ink = layout.draw_ink(digits, to_canvas, size)
    if "materials" in own:
        view = _make_of(own["materials"], rng, view, digits, ink, to_canvas, (ground, colour), unit)
    else:
        view = scene.paint(rng, view, ink, colour, unit)
    if rng.random() < 0.25:
        beside = layout.draw_ink(_neighbours(rng, digits, style), to_canvas, size)
        beside = beside * (cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0)
        shade = colour if rng.random() < 0.5 else scene.sample_colours(rng)[1]
        view = scene.paint(rng, view, beside, shade, unit)
    if "surroundings" in own:
        view = _put_beside(own["surroundings"], view, digits, style, ink, to_canvas, colour, unit)
    return scene.light(rng, view)


def _put_around(
    rng: np.random.Generator,
    view: np.ndarray,
    digits: list[layout.Placed],
    to_canvas: np.ndarray,
    colour: np.ndarray,
    unit: float,
) -> None:
    """What is behind the number or on its wall; changes the view."""
    box = layout.flat_box(digits)
    if rng.random() < 0.35:
        surroundings.bands(rng, view, box, to_canvas, unit)
    if rng.random() < 0.12:
        surroundings.frame(rng, view, box, to_canvas, colour, unit)


def _make_of(
    own: np.random.Generator,
    rng: np.random.Generator,
    view: np.ndarray,
    digits: list[layout.Placed],
    ink: np.ndarray,
    to_canvas: np.ndarray,
    colours: tuple[np.ndarray, np.ndarray],
    unit: float,
) -> np.ndarray:
    """The number laid on the view in a material of its own."""
    (ground, colour), material = colours, materials.sample_material(own)
    if material.tiles:
        materials.tiles(own, view, digits, to_canvas, ground, unit)
    if material.same:
        covered = ink >= 0.5 * ink.max()  # strokes of a very low view are nowhere full
        colour = np.clip(view[covered].mean(axis=0) + own.normal(0, 20), 0, 255)
    hulls = [layout.outline(digit, to_canvas) for digit in digits]
    ink = materials.stencilled(materials.stray(own, ink, material, unit), hulls, material, unit)
    view = scene.paint(rng, view, ink, colour, unit)
    return materials.polish(own, view, ink, material, unit)


def _put_beside(
    rng: np.random.Generator,
    view: np.ndarray,
    digits: list[layout.Placed],
    style: layout.Style,
    ink: np.ndarray,
    to_canvas: np.ndarray,
    colour: np.ndarray,
    unit: float,
) -> np.ndarray:
    """What is beside the number on its own plate, or in front of it."""
    if rng.random() < 0.10:
        signs = surroundings.beside(rng, digits, style)
        marks = layout.draw_ink(signs, to_canvas, ink.shape[:2])
        marks = marks * (cv2.dilate(ink, np.ones((3, 3), np.uint8)) == 0)
        view = scene.paint(rng, view, marks, colour, unit)
    box = layout.flat_box(digits)
    if rng.random() < 0.10:
        surroundings.frame(rng, view, box, to_canvas, colour, unit)
    if rng.random() < 0.10:
        surroundings.screws(rng, view, box, to_canvas, unit)
    if rng.random() < 0.05:
        surroundings.in_front(rng, view, unit)
    return view


def _plate_outline(
    rng: np.random.Generator, digits: list[layout.Placed], to_canvas: np.ndarray
) -> np.ndarray:
    """A sign's edge on the canvas, float64 (K, 2): a rectangle, an oval, or something between."""
    box = layout.flat_box(digits)
    middle, half = box.mean(axis=0), np.diff(box, axis=0)[0] / 2
    half = half + (rng.uniform(0.03, 0.25, 2) if rng.random() < 0.5 else rng.uniform(0.1, 0.7, 2))
    angle = np.linspace(0, 2 * np.pi, 49)[:-1]
    power = 1.0 if rng.random() < 0.12 else rng.uniform(0.02, 0.25)  # of the superellipse
    if power == 1.0:
        half = half * 1.35  # an oval has to be larger to hold its number
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    edge = middle + half * np.sign(round_) * np.abs(round_) ** power
    return cv2.perspectiveTransform(edge[:, None], to_canvas)[:, 0]


def _neighbours(
    rng: np.random.Generator, digits: list[layout.Placed], style: layout.Style
) -> list[layout.Placed]:
    """Letters and other numbers beside, above or below, none of them part of the number."""
    (left, top), (right, bottom) = layout.flat_box(digits)
    text = "".join(rng.choice(list("ABCDEHKMNRSTW0123456789"), size=int(rng.integers(1, 4))))
    try:
        row = layout.place(text, style, rng)
    except ValueError:  # the font has digits only
        return []
    (x0, y0), (x1, y1) = layout.flat_box(row)
    small = rng.uniform(0.25, 0.6)
    side = rng.integers(4)
    if side < 2:
        small = rng.uniform(0.4, 1.0)
    gap = rng.uniform(0.35, 1.0)
    x = (left - gap - (x1 - x0) * small, right + gap, *rng.uniform(left - 0.5, right, 2))[side]
    y = (*rng.uniform(top - 0.2, top + 0.4, 2), top - 0.1 - (y1 - y0) * small, bottom + 0.1)[side]
    move = np.array([[small, 0, x - x0 * small], [0, small, y - y0 * small], [0, 0, 1]])
    return [mark._replace(to_scene=move @ mark.to_scene) for mark in row]

"""One rendered picture: a number laid out, painted on its wall, and photographed.

Brings text, layout, scene and camera together; whole splits on disk are made in `render`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street import camera, layout, scene
from svhn_lib.data.street.fonts import usable_fonts
from svhn_lib.data.street.text import SVHN_LENGTHS, sample_number


@dataclass(frozen=True)
class RenderSettings:
    """What a rendered set shows.

    Attributes:
        lengths: weight of numbers with 1, 2, ... digits.
        bundled_fonts: use only the fonts that come with matplotlib, so that the same seed gives
            the same pictures on every machine; otherwise every usable font of the system too.
    """

    lengths: tuple[int, ...] = SVHN_LENGTHS
    bundled_fonts: bool = False


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
    number = sample_number(rng, settings.lengths)
    style = layout.sample_style(rng, fonts or usable_fonts(settings.bundled_fonts))
    digit_height = float(np.clip(np.exp(rng.normal(3.25, 0.5)), 8, 110))  # as SVHN's, in pixels
    unit = float(np.clip(1.6 * digit_height, 28, 72))  # digit height in pixels of the scene
    digits = layout.place(number, style, rng)
    to_canvas, size = _view(rng, digits, unit)
    hulls = [layout.outline(digit, to_canvas) for digit in digits]
    view = _paint_scene(rng, digits, style, to_canvas, size, unit)
    shrink = digit_height / unit
    final = max(8, round(size[0] * shrink)), max(8, round(size[1] * shrink))
    view = camera.expose(rng, camera.sample(rng, camera.blur(rng, view, unit), final))
    scale = np.array([final[1] / size[1], final[0] / size[0]])
    boxes = np.array([[*(h * scale).min(axis=0), *(h * scale).max(axis=0)] for h in hulls])
    return Rendered(camera.develop(rng, view), number, boxes)


def _view(
    rng: np.random.Generator, digits: list[layout.Placed], unit: float
) -> tuple[np.ndarray, tuple[int, int]]:
    """The transform from the flat scene to the canvas, and the canvas' size (H, W)."""
    view = layout.sample_perspective(rng)
    points = np.concatenate([layout.outline(digit, view) for digit in digits])
    low, high = points.min(axis=0), points.max(axis=0)
    # Free space around SVHN's numbers, in digit heights: wide at the sides, little above and below.
    side = np.clip(np.exp(rng.normal(0.15, 0.35, 2)), 0.3, 3)
    over = np.clip(np.exp(rng.normal(-1.3, 0.9, 2)), 0.0, 2)
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
) -> np.ndarray:
    ground, colour = scene.sample_colours(rng)
    if rng.random() < 0.5:
        other, _ = scene.sample_colours(rng)
        view = scene.wall(rng, size, other, unit)
        scene.plate(rng, view, _plate_outline(rng, digits, to_canvas), ground, unit)
    else:
        view = scene.wall(rng, size, ground, unit)
    if rng.random() < 0.2:
        scene.posts(rng, view, _flat_box(digits), to_canvas, unit)
    ink = layout.draw_ink(digits, to_canvas, size)
    view = scene.paint(rng, view, ink, colour, unit)
    if rng.random() < 0.25:
        beside = layout.draw_ink(_neighbours(rng, digits, style), to_canvas, size)
        beside = beside * (cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0)
        shade = colour if rng.random() < 0.5 else scene.sample_colours(rng)[1]
        view = scene.paint(rng, view, beside, shade, unit)
    return scene.light(rng, view)


def _flat_box(digits: list[layout.Placed]) -> np.ndarray:
    points = np.concatenate([layout.outline(digit, np.eye(3)) for digit in digits])
    return np.array([points.min(axis=0), points.max(axis=0)])


def _plate_outline(
    rng: np.random.Generator, digits: list[layout.Placed], to_canvas: np.ndarray
) -> np.ndarray:
    """A sign's edge on the canvas, float64 (K, 2): a rectangle, an oval, or something between."""
    box = _flat_box(digits)
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
    (left, top), (right, bottom) = _flat_box(digits)
    text = "".join(rng.choice(list("ABCDEHKMNRSTW0123456789"), size=int(rng.integers(1, 4))))
    try:
        row = layout.place(text, style, rng)
    except ValueError:  # the font has digits only
        return []
    (x0, y0), (x1, y1) = _flat_box(row)
    small = rng.uniform(0.25, 0.6)
    side = rng.integers(4)
    if side < 2:
        small = rng.uniform(0.4, 1.0)
    gap = rng.uniform(0.35, 1.0)
    x = (left - gap - (x1 - x0) * small, right + gap, *rng.uniform(left - 0.5, right, 2))[side]
    y = (*rng.uniform(top - 0.2, top + 0.4, 2), top - 0.1 - (y1 - y0) * small, bottom + 0.1)[side]
    move = np.array([[small, 0, x - x0 * small], [0, small, y - y0 * small], [0, 0, 1]])
    return [layout.Placed(mark.glyph, move @ mark.to_scene) for mark in row]

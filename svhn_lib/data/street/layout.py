"""Where the characters of a number stand: the flat layout, and its ink on the canvas.

Everything here is geometry: placed characters are masks of ink on the canvas of the scene with
exact boxes; the view, the colours, the wall behind and the camera are decided elsewhere.
"""

from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street.drawn import draw_digit
from svhn_lib.data.street.fonts import GLYPH_HEIGHT, Glyph, glyph
from svhn_lib.data.street.style import Style

Ink = np.ndarray  # float32 (H, W), 0 no ink to 1 full ink


class Placed(NamedTuple):
    """A character and the 3x3 transform from its glyph's pixels to the flat scene.

    `corners` are those of the pixels on the convex hull of its ink, float64 (K, 1, 2) as (x, y).
    """

    glyph: Glyph
    corners: np.ndarray
    to_scene: np.ndarray


def place(rng: np.random.Generator, text: str, style: Style) -> list[Placed]:
    """Set `text` with its first digit's top left near (0, 0); one unit is a digit height.

    Raises:
        ValueError: the font lacks a character.
    """
    placed, x, y = [], 0.0, 0.0
    forms = dict(style.forms)
    for i, character in enumerate(text):
        if style.design and character.isdigit():
            mark = draw_digit(style.design, character)
        else:
            mark = _weighted(glyph(style.font, forms.get(character, character)), style.weight)
        height, width = mark.ink.shape[0] / GLYPH_HEIGHT, mark.ink.shape[1] / GLYPH_HEIGHT
        width *= style.widening
        top = y + mark.drop / GLYPH_HEIGHT + (style.offsets[i] if i < len(style.offsets) else 0.0)
        left = -width / 2 if style.centred else x
        turn = np.deg2rad(rng.normal(0, style.wobble))
        to_scene = _glyph_to_scene(mark, left, top, width, height, turn, style.shear)
        placed.append(Placed(mark, _corners(mark), to_scene))
        if style.stacked:
            y += height + max(style.gap, 0.06)
        else:
            step = width + style.gap + 0.5 * height * abs(np.sin(turn))
            x += step
            y += step * (style.slope + style.bend * (x - 0.35 * len(text)))
    return placed


def _weighted(mark: Glyph, weight: int) -> Glyph:
    """Return the glyph with strokes thicker, or thinner, by `weight` pixels on each side."""
    if weight == 0:
        return mark
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(weight) + 1,) * 2)
    if weight > 0:
        thick = cv2.dilate(cv2.copyMakeBorder(mark.ink, *(weight,) * 4, cv2.BORDER_CONSTANT), brush)
        return Glyph(thick, mark.drop - weight)
    thin = cv2.erode(mark.ink, brush)
    return Glyph(thin, mark.drop) if (thin > 127).sum() > 0.4 * (mark.ink > 127).sum() else mark


def _glyph_to_scene(
    mark: Glyph, x: float, y: float, width: float, height: float, turn: float, shear: float
) -> np.ndarray:
    """Scale to (width, height), shear and turn about the middle, move to (x, y)."""
    rows, columns = mark.ink.shape
    centred = np.array(
        [[width / columns, 0, -width / 2], [0, height / rows, -height / 2], [0, 0, 1]]
    )
    sheared = np.array([[1, -shear, 0], [0, 1, 0], [0, 0, 1]]) @ centred
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.array([[cos, -sin, x + width / 2], [sin, cos, y + height / 2], [0, 0, 1]])
    return turned @ sheared


def outline(character: Placed, to_canvas: np.ndarray) -> np.ndarray:
    """Return the convex hull of a character's ink on the canvas, float64 (K, 2) as (x, y).

    `to_canvas` is the perspective from the flat scene, float64 (3, 3).
    """
    return cv2.perspectiveTransform(character.corners, to_canvas @ character.to_scene)[:, 0]


def _corners(mark: Glyph) -> np.ndarray:
    """Return the corners of the pixels on the convex hull of a glyph, float64 (K, 1, 2)."""
    inked = mark.ink > 127
    rows = np.flatnonzero(inked.any(axis=1))
    first = inked[rows].argmax(axis=1)
    last = inked.shape[1] - 1 - inked[rows, ::-1].argmax(axis=1)
    ends = np.stack([np.concatenate([first, last]), np.concatenate([rows, rows])], axis=1)
    hull = cv2.convexHull(ends[:, None].astype(np.int32))
    corners = [hull + offset for offset in ((0, 0), (1, 0), (0, 1), (1, 1))]
    return np.concatenate(corners).astype(np.float64)


def flat_box(placed: list[Placed]) -> np.ndarray:
    """Return the box around characters in the flat scene, float64 (2, 2).

    Its rows are [left, top] and [right, bottom].
    """
    points = np.concatenate([outline(character, np.eye(3)) for character in placed])
    return np.array([points.min(axis=0), points.max(axis=0)])


def moved(placed: list[Placed], scale: float, dx: float, dy: float) -> list[Placed]:
    """Return the characters scaled about the origin of the flat scene, then moved by (dx, dy)."""
    move = np.array([[scale, 0, dx], [0, scale, dy], [0, 0, 1]])
    return [mark._replace(to_scene=move @ mark.to_scene) for mark in placed]


def draw_ink(placed: list[Placed], to_canvas: np.ndarray, size: tuple[int, int]) -> Ink:
    """Draw characters on one canvas.

    Args:
        placed: the characters in the flat scene.
        to_canvas: the perspective from the flat scene, float64 (3, 3).
        size: (H, W).

    Returns:
        Float32 (H, W), 0 no ink to 1 full ink.
    """
    canvas = np.zeros(size, np.uint8)
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # pixel (0, 0) is centred on (.5, .5)
    for character in placed:
        transform = np.linalg.inv(centre) @ to_canvas @ character.to_scene @ centre
        ink = character.glyph.ink
        shrink = np.sqrt(abs(np.linalg.det(transform[:2, :2])))
        if shrink < 0.6:  # bilinear sampling would skip thin strokes
            ink = cv2.blur(ink, (2, 2)) if shrink > 0.35 else cv2.blur(ink, (3, 3))
        warped = cv2.warpPerspective(ink, transform, (size[1], size[0]), flags=cv2.INTER_LINEAR)
        np.maximum(canvas, warped, out=canvas)
    return canvas.astype(np.float32) / 255

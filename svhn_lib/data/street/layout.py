"""Where the characters of a number stand: the flat layout, and its ink on the canvas.

Everything here is geometry: placed characters are masks of ink on the canvas of the scene with
exact boxes; the view, the colours, the wall behind and the camera are decided elsewhere.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street.fonts import GLYPH_HEIGHT, Glyph, glyph, house_fonts, other_form

Ink = np.ndarray  # float32 (H, W), 0 no ink to 1 full ink


@dataclass(frozen=True)
class Style:
    """How one number is set; lengths are in digit heights, angles in degrees."""

    font: str
    widening: float  # horizontal scale of the glyphs
    gap: float  # free space between neighbouring digits
    shear: float  # slant: horizontal shift for one digit height of rise
    slope: float  # how far the baseline falls for one unit to the right
    bend: float  # curvature of the baseline: 0 is straight
    wobble: float  # standard deviation of each digit's own turn, degrees
    stacked: bool  # digits one under another
    weight: int  # pixels of glyph by which strokes are thickened (below 0: thinned)
    forms: tuple[tuple[str, str], ...] = ()  # digits, and the characters drawn in their place


def sample_style(rng: np.random.Generator, fonts: tuple[str, ...]) -> Style:
    """Draw a style as house numbers have it: mostly upright and close, sometimes anything else."""
    kind = rng.random()
    slope = rng.normal(0, 0.04)
    if kind < 0.10:
        slope = rng.uniform(-0.7, 0.7)  # climbing numbers along stairs and gables
    wide = rng.random() < 0.15
    return Style(
        font=fonts[rng.integers(len(fonts))],
        widening=float(np.exp(rng.normal(0, 0.18))),
        gap=rng.uniform(0.2, 0.6) if wide else rng.uniform(0.02, 0.16),
        shear=rng.normal(0, 0.08) if rng.random() < 0.8 else rng.uniform(-0.4, 0.4),
        slope=slope,
        bend=rng.uniform(-0.25, 0.25) if 0.10 < kind < 0.17 else 0.0,
        wobble=rng.uniform(2, 10) if rng.random() < 0.15 else rng.uniform(0, 1.5),
        stacked=0.17 < kind < 0.19,
        weight=int(rng.integers(-1, 5)) if rng.random() < 0.5 else 0,
    )


def from_houses(rng: np.random.Generator, style: Style, fonts: tuple[str, ...]) -> Style:
    """Return the style, most often in a font of houses, sometimes with another 1 or 3."""
    likely = house_fonts(fonts)
    font = likely[rng.integers(len(likely))]
    font = font if rng.random() < 0.6 else style.font
    wanted = [d for d, share in (("1", 0.12), ("3", 0.45)) if rng.random() < share]
    forms = [(digit, other_form(font, digit)) for digit in wanted]
    return replace(style, font=font, forms=tuple((d, form) for d, form in forms if form))


def narrow(rng: np.random.Generator, style: Style) -> Style:
    """Return the style with digits as narrow and as close as in SVHN's boxes.

    Half of SVHN's digits other than 1 are narrower than 0.51 of their height, where most fonts
    have 0.67: houses wear narrow designs, and the camera sees them from the side.
    """
    widening = style.widening * float(np.exp(rng.normal(np.log(0.78), 0.15)))
    gap = style.gap if style.gap > 0.16 else rng.uniform(0.0, 0.13)
    return replace(style, widening=widening, gap=gap * max(0.5, widening))


def posed(rng: np.random.Generator, style: Style) -> Style:
    """Return the style, sometimes on a baseline that climbs or falls as stairs do, or bends."""
    kind = rng.random()
    if kind < 0.07:
        climb = np.tan(np.deg2rad(rng.uniform(8, 42)))
        return replace(style, slope=climb if rng.random() < 0.3 else -climb, bend=0.0)
    if kind < 0.12:
        return replace(style, bend=rng.uniform(-0.35, 0.35))
    return style


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
    for character in text:
        mark = _weighted(glyph(style.font, forms.get(character, character)), style.weight)
        height, width = mark.ink.shape[0] / GLYPH_HEIGHT, mark.ink.shape[1] / GLYPH_HEIGHT
        width *= style.widening
        top = y + mark.drop / GLYPH_HEIGHT
        turn = np.deg2rad(rng.normal(0, style.wobble))
        to_scene = _glyph_to_scene(mark, x, top, width, height, turn, style.shear)
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
    hull = cv2.convexHull(cv2.findNonZero((mark.ink > 127).astype(np.uint8)))
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

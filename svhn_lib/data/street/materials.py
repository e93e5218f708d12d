"""What digits are made of: tiles, hollow and stencilled shapes, relief, polished metal, handwork.

Changes the ink of a number, what lies under it, and how light falls on it; colours and walls come
from `paint` and `walls`, where the digits stand from `layout`.
"""

from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street import layout
from svhn_lib.data.street.layout import Ink
from svhn_lib.data.street.paint import lay, shifted, smooth_noise, tint
from svhn_lib.data.street.scene import Scene


class Material(NamedTuple):
    """How one number is made; lengths in digit heights, 0 or False for what it lacks."""

    tiles: bool = False  # each digit on a plate of its own
    outline: float = 0.0  # thickness of the outline where only that is drawn
    stencil: float = 0.0  # width of the bridges that a stencil leaves in each digit
    distortion: float = 0.0  # how far a painter's hand departs from the font
    gloss: float = 0.0  # grey levels between the bright and the dark bands of polished metal
    relief: float = 0.0  # grey levels by which edges towards the light are brighter
    wall_coloured: bool = False  # raised from or cut into the wall, and seen by its relief alone


def sample_material(rng: np.random.Generator) -> Material:
    """Draw a material as houses have it: mostly plain paint or plastic, sometimes another."""
    kind = rng.random()
    carved = kind > 0.96
    relief = rng.uniform(40, 130) if carved or rng.random() < 0.12 else 0.0
    return Material(
        tiles=kind < 0.07,
        outline=rng.uniform(0.02, 0.05) if 0.07 < kind < 0.11 else 0.0,
        stencil=rng.uniform(0.05, 0.10) if 0.11 < kind < 0.13 else 0.0,
        distortion=rng.uniform(0.01, 0.05) if rng.random() < 0.25 else 0.0,
        gloss=rng.uniform(25, 90) if 0.13 < kind < 0.25 else 0.0,
        relief=relief,
        wall_coloured=carved,
    )


def muted(rng: np.random.Generator, material: Material) -> Material:
    """Return the material, mostly with less of what is rare on real houses."""
    if rng.random() < 0.3:
        return material
    return material._replace(
        wall_coloured=False, outline=0.0, gloss=0.5 * material.gloss, relief=0.5 * material.relief
    )


def lay_material(
    scene: Scene, own: np.random.Generator, material: Material, ink: Ink,
    ground: np.ndarray, colour: np.ndarray, strength: float = 1.0,
) -> None:  # fmt: skip
    """Paint the number on the canvas in a material of its own.

    Args:
        scene: what it is painted on; its canvas changes.
        own: random numbers of the material; those of the paint are the scene's.
        material: how the number is made.
        ink: the number's, float32 (H, W), 0-1.
        ground: colour of tiles, (3,), RGB, 0-255.
        colour: colour of the number, (3,), RGB, 0-255.
        strength: of the paint's outline, gloss and relief, 0-1.
    """
    made = scene.drawing_from(own)
    if material.tiles:
        _lay_tiles(made, ground)
    if material.wall_coloured:
        covered = ink >= 0.5 * ink.max()  # strokes of a very low view are nowhere full
        colour = np.clip(scene.canvas[covered].mean(axis=0) + own.normal(0, 20), 0, 255)
    ink = _stencil(made, material, _shape(made, material, ink))
    lay(scene, ink, colour, strength)
    _polish(made, material, ink)


def _shape(scene: Scene, material: Material, ink: Ink) -> Ink:
    """Return the ink as an unsteady hand has it, or as an outline alone."""
    rng, unit = scene.rng, scene.unit
    if material.distortion:
        rows, columns = np.indices(ink.shape, dtype=np.float32)
        far = np.float32(material.distortion * unit)
        across = columns + far * smooth_noise(rng, ink.shape, 0.4 * unit)
        down = rows + far * smooth_noise(rng, ink.shape, 0.4 * unit)
        ink = cv2.remap(ink, across, down, cv2.INTER_LINEAR)
    if material.outline:
        reach = max(1, int(material.outline * unit + 0.5))
        brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        inside = cv2.erode(ink, brush)
        if (inside > 0.5).sum() > 0.1 * (ink > 0.5).sum():  # else nothing would be left of it
            ink = ink - inside
    return ink


def _stencil(scene: Scene, material: Material, ink: Ink) -> Ink:
    """Return the ink with an upright bridge through the middle of each digit."""
    if not material.stencil:
        return ink
    ink = ink.copy()
    half = material.stencil * scene.unit / 2
    for hull in scene.outlines():
        middle, wide = (hull[:, 0].min() + hull[:, 0].max()) / 2, np.ptp(hull[:, 0])
        if wide > 0.35 * scene.unit:  # a 1 would be gone
            ink[:, int(middle - half) : int(middle + half) + 1] = 0
    return ink


def _lay_tiles(scene: Scene, colour: np.ndarray) -> None:
    """Paint a plate of its own under each digit, all alike, in a row or one under another."""
    rng = scene.rng
    boxes = [layout.flat_box([digit]) for digit in scene.digits]
    over, joint = rng.uniform(0.05, 0.25), rng.uniform(0.02, 0.10)
    side = rng.uniform(0.03, 0.15)
    rim = tint(rng, rng.uniform(0, 255)) if rng.random() < 0.6 else None
    thick = rng.uniform(0.02, 0.06)
    follow = 1 if _is_column(np.array(boxes)) else 0  # the axis along which digits follow
    for i, box in enumerate(boxes):
        first, last = np.add(box, [[-side, -over], [side, over]])
        if i:
            between = (boxes[i - 1][1] + box[0] + joint) / 2
            first[follow] = max(first[follow], between[follow])
        if i + 1 < len(boxes):
            between = (box[1] + boxes[i + 1][0] - joint) / 2
            last[follow] = min(last[follow], between[follow])
        edge = scene.project(np.array([first, [last[0], first[1]], last, [first[0], last[1]]]))
        scene.fill(edge, colour + rng.normal(0, 4))
        if rim is not None:
            scene.line(edge, rim, thick)


def _is_column(boxes: np.ndarray) -> bool:
    """Return whether digits stand one under another; boxes are (N, 2, 2), as of `flat_box`."""
    wide, high = np.ptp(boxes.mean(axis=1), axis=0)
    return bool(high > wide and boxes[:, 0, 0].max() < boxes[:, 1, 0].min())


def _polish(scene: Scene, material: Material, ink: Ink) -> None:
    """Add bands of mirrored light to the painted number, and edges that catch the light."""
    rng, unit, painted = scene.rng, scene.unit, scene.canvas
    if material.gloss:
        rows, columns = np.indices(ink.shape, dtype=np.float32)
        angle, length = rng.uniform(0, np.pi), unit * rng.uniform(0.4, 2.5)
        along = np.cos(angle) * columns + np.sin(angle) * rows
        bands = np.sin(2 * np.pi * along / length + rng.uniform(0, 2 * np.pi))
        painted = painted + (np.float32(material.gloss / 2) * bands * ink)[..., None]
    if material.relief:
        depth = max(0.7, unit * rng.uniform(0.015, 0.05))
        angle = rng.uniform(0, 2 * np.pi)  # where the light comes from
        dx, dy = depth * np.cos(angle), depth * np.sin(angle)
        edge = shifted(ink, -dx, -dy) - shifted(ink, dx, dy)
        painted = painted + (np.float32(material.relief) * edge)[..., None]
    scene.canvas[:] = painted

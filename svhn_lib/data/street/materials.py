"""What digits are made of: tiles, hollow and stencilled shapes, relief, polished metal, handwork.

Changes the ink of a number, what lies under it, and how light falls on it; colours and walls come
from `scene`, where the digits stand from `layout`.
"""

from typing import NamedTuple

import cv2
import numpy as np

from svhn_lib.data.street import layout, scene
from svhn_lib.data.street.scene import Ink, Picture


class Material(NamedTuple):
    """How one number is made; lengths in digit heights, 0 or False for what it lacks."""

    tiles: bool  # each digit on a plate of its own
    hollow: float  # thickness of the outline where only that is drawn
    stencil: float  # width of the bridges that a stencil leaves in each digit
    hand: float  # how far a painter's hand strays from the font
    sheen: float  # grey levels between the bright and the dark bands of polished metal
    relief: float  # grey levels by which edges towards the light are brighter
    same: bool  # raised from or cut into the wall itself, and seen by its relief alone


def sample_material(rng: np.random.Generator) -> Material:
    """A material as houses have it: mostly plain paint or plastic, sometimes anything else."""
    kind = rng.random()
    same = kind > 0.96
    relief = rng.uniform(40, 130) if same or rng.random() < 0.12 else 0.0
    return Material(
        tiles=kind < 0.07,
        hollow=rng.uniform(0.02, 0.05) if 0.07 < kind < 0.11 else 0.0,
        stencil=rng.uniform(0.05, 0.10) if 0.11 < kind < 0.13 else 0.0,
        hand=rng.uniform(0.01, 0.05) if rng.random() < 0.25 else 0.0,
        sheen=rng.uniform(25, 90) if 0.13 < kind < 0.25 else 0.0,
        relief=relief,
        same=same,
    )


def stray(rng: np.random.Generator, ink: Ink, material: Material, unit: float) -> Ink:
    """The ink as an unsteady hand, an outline or a stencil would have it."""
    if material.hand:
        rows, columns = np.indices(ink.shape, dtype=np.float32)
        far = np.float32(material.hand * unit)
        across = columns + far * scene.smooth_noise(rng, ink.shape, 0.4 * unit)
        down = rows + far * scene.smooth_noise(rng, ink.shape, 0.4 * unit)
        ink = cv2.remap(ink, across, down, cv2.INTER_LINEAR)
    if material.hollow:
        reach = max(1, int(material.hollow * unit + 0.5))
        brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        inside = cv2.erode(ink, brush)
        if (inside > 0.5).sum() > 0.1 * (ink > 0.5).sum():  # else nothing would be left of it
            ink = ink - inside
    return ink


def stencilled(ink: Ink, hulls: list[np.ndarray], material: Material, unit: float) -> Ink:
    """The ink with an upright bridge through the middle of each digit; hulls are (K, 2)."""
    if not material.stencil:
        return ink
    ink = ink.copy()
    half = material.stencil * unit / 2
    for hull in hulls:
        middle, wide = (hull[:, 0].min() + hull[:, 0].max()) / 2, np.ptp(hull[:, 0])
        if wide > 0.35 * unit:  # a 1 would be gone
            ink[:, int(middle - half) : int(middle + half) + 1] = 0
    return ink


def tiles(
    rng: np.random.Generator,
    picture: Picture,
    digits: list[layout.Placed],
    to_canvas: np.ndarray,
    colour: np.ndarray,
    unit: float,
) -> None:
    """A plate of its own under each digit, all alike, side by side; changes the picture."""
    boxes = []
    for digit in digits:
        points = layout.outline(digit, np.eye(3))
        boxes.append((*points.min(axis=0), *points.max(axis=0)))
    over, joint = rng.uniform(0.05, 0.25), rng.uniform(0.02, 0.10)
    side = rng.uniform(0.03, 0.15)
    rim = scene.tint(rng.uniform(0, 255), rng) if rng.random() < 0.6 else None
    thick = max(1, int(unit * rng.uniform(0.02, 0.06)))
    for i, (left, top, right, bottom) in enumerate(boxes):
        lowest = (boxes[i - 1][2] + left + joint) / 2 if i else left - side
        highest = (right + boxes[i + 1][0] - joint) / 2 if i + 1 < len(boxes) else right + side
        low, high = max(left - side, lowest), min(right + side, highest)
        corners = np.array(
            [[low, top - over], [high, top - over], [high, bottom + over], [low, bottom + over]]
        )
        edge = cv2.perspectiveTransform(corners[:, None], to_canvas)[:, 0]
        points16 = [np.round(edge * 16).astype(np.int32)]
        shade = colour + rng.normal(0, 4)
        cv2.fillPoly(picture, points16, shade.tolist(), cv2.LINE_AA, 4)
        if rim is not None:
            cv2.polylines(picture, points16, True, rim.tolist(), thick, cv2.LINE_AA, 4)


def polish(
    rng: np.random.Generator, picture: Picture, ink: Ink, material: Material, unit: float
) -> Picture:
    """The painted number with bands of mirrored light, and with edges that catch the light."""
    if material.sheen:
        rows, columns = np.indices(ink.shape, dtype=np.float32)
        angle, length = rng.uniform(0, np.pi), unit * rng.uniform(0.4, 2.5)
        along = np.cos(angle) * columns + np.sin(angle) * rows
        bands = np.sin(2 * np.pi * along / length + rng.uniform(0, 2 * np.pi))
        picture = picture + (np.float32(material.sheen / 2) * bands * ink)[..., None]
    if material.relief:
        depth = max(0.7, unit * rng.uniform(0.015, 0.05))
        angle = rng.uniform(0, 2 * np.pi)  # where the light comes from
        dx, dy = depth * np.cos(angle), depth * np.sin(angle)
        edge = scene.shifted(ink, -dx, -dy) - scene.shifted(ink, dx, dy)
        picture = picture + (np.float32(material.relief) * edge)[..., None]
    return picture.astype(np.float32)

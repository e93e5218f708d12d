"""Signs as houses wear them: enamel plates with an inner line, ovals, boards, names, screws."""

import cv2
import numpy as np

from svhn_lib.data.street import neighbours
from svhn_lib.data.street.paint import lay, smooth_noise
from svhn_lib.data.street.palette import sample_wall
from svhn_lib.data.street.scene import Scene
from svhn_lib.data.street.style import Style


def hang_sign(scene: Scene, ground: np.ndarray, colour: np.ndarray, style: Style) -> None:
    """Paint a sign under the number.

    Args:
        scene: what it is painted on; its canvas changes.
        ground: the sign's colour, (3,), RGB, 0-255.
        colour: the digits', which lines on the sign share.
        style: how a name on the sign is set.
    """
    rng = scene.rng
    middle, half = scene.box.mean(axis=0), np.diff(scene.box, axis=0)[0] / 2
    over = rng.uniform(0.07, 0.28, 2) if rng.random() < 0.8 else rng.uniform(0.25, 0.8, 2)
    named = rng.random() < 0.12
    if named:  # room for a name above or below
        below = rng.random() < 0.5
        over[1] += 0.25
        middle = middle + np.array([0, 0.2 if below else -0.2])
    kind = rng.random()
    power = 1.0 if kind < 0.04 else (0.12 if kind < 0.6 else 0.02)  # oval, rounded, square
    half = (half + over) * (1.35 if power == 1.0 else 1.0)
    if rng.random() < 0.15:  # a board or a mount behind it
        _put_on(scene, _edge(middle, half + rng.uniform(0.05, 0.5, 2), 0.03), sample_wall(rng))
    _put_on(scene, _edge(middle, half, power), ground)
    _draw_lines(scene, middle, half, power, colour)
    if rng.random() < 0.25:
        _weather(scene, _edge(middle, half, power))
    if named:
        marks = scene.ink(neighbours.sample_name(scene, style, below))
        lay(scene, marks, colour)
    if rng.random() < 0.25:
        _drive_screws(scene, middle, half)


def _edge(middle: np.ndarray, half: np.ndarray, power: float) -> np.ndarray:
    """Return a superellipse in the flat scene, float64 (48, 2)."""
    angle = np.linspace(0, 2 * np.pi, 49)[:-1] + 0.03
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return middle + half * np.sign(around) * np.abs(around) ** power


def _put_on(scene: Scene, edge: np.ndarray, colour: np.ndarray) -> None:
    """Fill an area of the flat scene, often with its shadow on what is behind."""
    rng, unit = scene.rng, scene.unit
    if rng.random() < 0.5:
        way = rng.uniform(-0.1, 0.1, 2) + np.array([0, 0.04])
        under = scene.mask(scene.project(edge + way))
        under = cv2.GaussianBlur(under, (0, 0), max(0.5, unit * rng.uniform(0.01, 0.05)))
        scene.canvas[...] *= 1 - np.float32(rng.uniform(0.2, 0.6)) * under[..., None]
    scene.fill(scene.project(edge), colour)


def _draw_lines(
    scene: Scene, middle: np.ndarray, half: np.ndarray, power: float, colour: np.ndarray
) -> None:
    """Paint the thin line inside an enamel plate's edge, or a rim of another colour on it."""
    rng = scene.rng
    kind = rng.random()
    if kind < 0.35:
        inner = np.maximum(half - rng.uniform(0.03, 0.12), 0.7 * half)
        corners = scene.project(_edge(middle, inner, power)).astype(int)
        below = scene.canvas[tuple(np.clip(corners[0, ::-1], 0, np.array(scene.size) - 1))]
        faint = below + rng.uniform(0.4, 0.9) * (colour - below)
        scene.line(scene.project(_edge(middle, inner, power)), faint, rng.uniform(0.015, 0.045))
    elif kind < 0.55:
        rim = colour if rng.random() < 0.4 else sample_wall(rng)
        scene.line(scene.project(_edge(middle, half, power)), rim, rng.uniform(0.015, 0.06))


def _weather(scene: Scene, edge: np.ndarray) -> None:
    """Lay a gloss or dirt over the sign."""
    rng = scene.rng
    over = scene.mask(scene.project(edge))
    cell = scene.unit * rng.uniform(0.1, 1.0)
    over *= np.float32(rng.uniform(5, 22)) * smooth_noise(rng, scene.size, cell)
    scene.canvas[...] += over[..., None]


def _drive_screws(scene: Scene, middle: np.ndarray, half: np.ndarray) -> None:
    """Paint two or four heads of screws inside the sign's edge."""
    rng = scene.rng
    colour, size = sample_wall(rng), rng.uniform(0.025, 0.06)
    corners = [(-1, 0), (1, 0)] if rng.random() < 0.5 else [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    out = np.maximum(half - rng.uniform(0.05, 0.12), 0)
    for x, y in scene.project(middle + out * np.array(corners, float)):
        centre = (round(float(x) * 16), round(float(y) * 16))
        radius = max(8, int(16 * size * scene.unit))
        cv2.circle(scene.canvas, centre, radius, colour.tolist(), -1, cv2.LINE_AA, 4)

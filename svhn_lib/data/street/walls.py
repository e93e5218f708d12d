"""What a number hangs on: plaster, bricks, boards and wood, signs, and posts beside it."""

import cv2
import numpy as np

from svhn_lib.data.street.paint import smooth_noise, tint
from svhn_lib.data.street.scene import Scene


def build_wall(scene: Scene, colour: np.ndarray) -> None:
    """Cover the canvas with a plastered, clad or brick wall of a colour, (3,), RGB, 0-255."""
    rng, canvas, unit, size = scene.rng, scene.canvas, scene.unit, scene.size
    canvas[:] = colour
    amount = rng.gamma(1.5, 4.0)
    canvas += (amount * smooth_noise(rng, size, unit * rng.uniform(0.3, 2)))[..., None]
    canvas += (0.5 * amount * smooth_noise(rng, size, max(1.5, unit * 0.06)))[..., None]
    kind = rng.random()
    if kind < 0.10:
        _bricks(scene)
    elif kind < 0.22:
        _boards(scene)
    elif kind < 0.32:
        grain = smooth_noise(rng, (size[0], 8), unit * 0.08)  # wood: noise drawn out sideways
        grain = cv2.resize(grain, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
        canvas += (rng.uniform(4, 16) * grain)[..., None]
    if rng.random() < 0.35:
        _clutter(scene)


def _bricks(scene: Scene) -> None:
    rng, unit, (rows, columns) = scene.rng, scene.unit, scene.size
    height, width = max(4, int(unit * rng.uniform(0.4, 1.2))), int(unit * rng.uniform(1, 3)) + 4
    grey = float(np.clip(scene.canvas.mean() + rng.normal(0, 45), 0, 255))
    joint = tint(rng, grey).tolist()
    start, thick = int(rng.integers(height)), max(1, int(unit * 0.06))
    for row, y in enumerate(range(start - height, rows + height, height)):
        cv2.line(scene.canvas, (0, y), (columns, y), joint, thick)
        for x in range((row % 2) * width // 2, columns, width):
            cv2.line(scene.canvas, (x, y), (x, y + height), joint, thick)


def _boards(scene: Scene) -> None:
    rng, unit = scene.rng, scene.unit
    step = max(4, int(unit * rng.uniform(0.5, 2)))
    upright, shade = rng.random() < 0.4, rng.uniform(10, 60) * rng.choice((-1, 1))
    for at in range(int(rng.integers(step)), scene.size[1 if upright else 0], step):
        thick = max(1, int(unit * rng.uniform(0.02, 0.08)))
        band = scene.canvas[:, at : at + thick] if upright else scene.canvas[at : at + thick]
        band += shade


def _clutter(scene: Scene) -> None:
    """Draw frames, cables, edges of other things, anywhere on the wall."""
    rng, unit, (height, width) = scene.rng, scene.unit, scene.size
    for _ in range(int(rng.integers(1, 4))):
        colour = tint(rng, rng.uniform(0, 255)).tolist()
        x, y = int(rng.integers(width)), int(rng.integers(height))
        if rng.random() < 0.5:
            angle = rng.choice((0, np.pi / 2)) + rng.normal(0, 0.1)
            reach = np.array([np.cos(angle), np.sin(angle)]) * 3 * max(width, height)
            ends = (np.array([x, y]) - reach).astype(int), (np.array([x, y]) + reach).astype(int)
            thick = max(1, int(unit * rng.uniform(0.03, 0.25)))
            cv2.line(scene.canvas, ends[0].tolist(), ends[1].tolist(), colour, thick, cv2.LINE_AA)
        else:
            far = (x + int(rng.uniform(-2, 2) * unit), y + int(rng.uniform(-2, 2) * unit))
            cv2.rectangle(scene.canvas, (x, y), far, colour, -1)


def sample_plate(scene: Scene) -> np.ndarray:
    """Draw a sign's edge around the number, float64 (48, 2), in pixels of the canvas.

    It is a rectangle, an oval, or something between.
    """
    rng, box = scene.rng, scene.box
    middle, half = box.mean(axis=0), np.diff(box, axis=0)[0] / 2
    half = half + (rng.uniform(0.03, 0.25, 2) if rng.random() < 0.5 else rng.uniform(0.1, 0.7, 2))
    angle = np.linspace(0, 2 * np.pi, 49)[:-1]
    power = 1.0 if rng.random() < 0.12 else rng.uniform(0.02, 0.25)  # of the superellipse
    if power == 1.0:
        half = half * 1.35  # an oval has to be larger to hold its number
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return scene.project(middle + half * np.sign(round_) * np.abs(round_) ** power)


def hang_plate(scene: Scene, corners: np.ndarray, colour: np.ndarray) -> None:
    """Paint a sign under the number, sometimes with its shadow and a rim.

    Args:
        scene: what it is painted on; its canvas changes.
        corners: the sign's edge, float64 (K, 2), in pixels of the canvas.
        colour: (3,), RGB, 0-255.
    """
    rng, unit = scene.rng, scene.unit
    if rng.random() < 0.5:
        # Moved by whole sixteenths of a pixel, as it is drawn.
        under = scene.mask(np.round(corners * 16) / 16 + int(16 * unit * 0.06) / 16)
        dark = 0.4 * cv2.GaussianBlur(under, (0, 0), max(0.5, unit * 0.04))
        scene.canvas[...] *= (1 - dark)[..., None]
    scene.fill(corners, colour)
    if rng.random() < 0.5:
        rim = tint(rng, rng.uniform(0, 255))
        inner = corners.mean(axis=0) + (corners - corners.mean(axis=0)) * rng.uniform(0.9, 1)
        scene.line(inner, rim, rng.uniform(0.03, 0.12))


def raise_posts(scene: Scene) -> None:
    """Paint door frames, gutters and plate edges beside the number, easily taken for a 1."""
    rng, box = scene.rng, scene.box
    for x, way in ((box[0, 0], -1), (box[1, 0], 1)):
        if rng.random() < 0.6:
            at = x + way * rng.uniform(0.08, 0.6)
            tall = rng.uniform(0.1, 1.5, 2) * (-1, 1)
            ends = np.array([[at, box[0, 1] + tall[0]], [at, box[1, 1] + tall[1]]])
            (x0, y0), (x1, y1) = scene.project(ends).astype(int)
            colour = tint(rng, rng.uniform(0, 255)).tolist()
            thick = max(1, int(scene.unit * rng.uniform(0.02, 0.3)))
            cv2.line(
                scene.canvas, (int(x0), int(y0)), (int(x1), int(y1)), colour, thick, cv2.LINE_AA
            )

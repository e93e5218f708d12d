"""What stands around a number and is not part of it: frames, posts, screws, cables, leaves.

Readers take such things for a digit, most often for a 1, unless they have seen them.
"""

import cv2
import numpy as np

from svhn_lib.data.street.paint import tint
from svhn_lib.data.street.scene import Scene

_FAR = 12.0  # digit heights: beyond the canvas


def draw_bands(scene: Scene) -> None:
    """Paint door frames, corners of houses and ledges: stripes close to the number."""
    rng, ((left, top), (right, bottom)) = scene.rng, scene.box
    for way, x in ((-1, left), (1, right)):
        if rng.random() < 0.5:
            near = x + way * rng.uniform(0.04, 0.8)
            wide = rng.uniform(0.04, 0.7) if rng.random() < 0.7 else _FAR
            lean = rng.normal(0, 0.04, 2)
            ends = [[near + lean[0], top - _FAR], [near - lean[0], bottom + _FAR]]
            _band(scene, ends, way * wide, 0.0)
    for way, y in ((-1, top), (1, bottom)):
        if rng.random() < 0.25:
            near = y + way * rng.uniform(0.04, 0.5)
            wide = rng.uniform(0.04, 0.4) if rng.random() < 0.7 else _FAR
            ends = [[left - _FAR, near], [right + _FAR, near]]
            _band(scene, ends, 0.0, way * wide)


def _band(scene: Scene, ends: list[list[float]], dx: float, dy: float) -> None:
    """Paint a stripe between two ends, (dx, dy) wide, in a colour of its own or in shadow."""
    rng, canvas = scene.rng, scene.canvas
    (x0, y0), (x1, y1) = ends
    corners = np.array([[x0, y0], [x1, y1], [x1 + dx, y1 + dy], [x0 + dx, y0 + dy]])
    cover = scene.mask(scene.flat(corners))
    if rng.random() < 0.4:
        cover = cv2.GaussianBlur(cover, (0, 0), max(0.5, scene.unit * rng.uniform(0.02, 0.1)))
    if rng.random() < 0.35:
        canvas *= 1 - np.float32(rng.uniform(0.2, 0.8)) * cover[..., None]
        return
    colour = tint(rng, rng.uniform(5, 250)).astype(np.float32)
    canvas += (colour - canvas) * cover[..., None]


def draw_frame(scene: Scene, ink_colour: np.ndarray) -> None:
    """Paint one or two lines around the number, often in its own colour, (3,), RGB, 0-255."""
    rng = scene.rng
    colour = ink_colour if rng.random() < 0.6 else tint(rng, rng.uniform(0, 255))
    distance = rng.uniform(0.05, 0.4, 2)
    for _ in range(1 if rng.random() < 0.75 else 2):
        (left, top), (right, bottom) = scene.box + np.array([[-1], [1]]) * distance[::-1]
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        scene.line(scene.project(corners), colour, rng.uniform(0.02, 0.09))
        distance = distance + rng.uniform(0.05, 0.15)


def draw_screws(scene: Scene) -> None:
    """Paint two or four heads of screws beside the number."""
    rng, ((left, top), (right, bottom)) = scene.rng, scene.box
    out = rng.uniform(0.08, 0.4)
    rows = ((top + bottom) / 2,) if rng.random() < 0.5 else (top, bottom)
    colour, size = tint(rng, rng.uniform(0, 255)).tolist(), rng.uniform(0.03, 0.08)
    for x in (left - out, right + out):
        for y in rows:
            point = scene.project(np.array([[x, y]]))[0]
            place = tuple(np.round(point * 16).astype(int).tolist())
            cv2.circle(
                scene.canvas, place, int(16 * size * scene.unit), colour, -1, cv2.LINE_AA, 4
            )  # fmt: skip


def draw_in_front(scene: Scene) -> None:
    """Paint a cable or a twig across the picture, or leaves over its edge."""
    rng, unit, (height, width) = scene.rng, scene.unit, scene.size
    colour = tint(rng, rng.uniform(0, 160))
    if rng.random() < 0.5:
        ends = rng.uniform(-0.2, 1.2, 2) * height
        x = np.linspace(0, width, 20)
        sag = rng.normal(0, 0.4) * unit * np.sin(np.linspace(0, np.pi, 20))
        line = np.stack([x, np.interp(x, (0, width), ends) + sag], axis=1)
        if rng.random() < 0.4:
            line = line[:, ::-1] * (width / max(height, 1), height / max(width, 1))
        scene.line(line, colour, rng.uniform(0.01, 0.05), closed=False)
        return
    for _ in range(int(rng.integers(2, 6))):
        angle = rng.uniform(0, 2 * np.pi)
        around = np.array([np.cos(angle), np.sin(angle)])
        centre = (0.5 + 0.55 * around) * (width, height)
        size = (rng.uniform(0.1, 0.45, 2) * unit).astype(int) + 1
        cv2.ellipse(
            scene.canvas, np.round(centre).astype(int).tolist(), size.tolist(),
            float(np.rad2deg(angle)), 0, 360, colour.tolist(), -1, cv2.LINE_AA,
        )  # fmt: skip

"""What stands around numbers on streets: bricks, doors, windows, shutters, plants, other plates.

Real surroundings are quiet on most sides and strong on one: an edge of a door, a second plate.
"""

from collections.abc import Callable

import cv2
import numpy as np

from svhn_lib.data.street import layout, neighbours
from svhn_lib.data.street.layout import Ink
from svhn_lib.data.street.paint import clear_of, lay, smooth_noise
from svhn_lib.data.street.palette import sample_pair, sample_wall
from svhn_lib.data.street.scene import Picture, Scene
from svhn_lib.data.street.style import Style


def build(scene: Scene, colour: np.ndarray) -> None:
    """Cover the canvas with a wall of a colour, (3,), RGB, 0-255, and what is set into it."""
    rng, canvas, unit = scene.rng, scene.canvas, scene.unit
    canvas[:] = colour
    rough = rng.gamma(1.2, 3.0)
    canvas += (rough * smooth_noise(rng, scene.size, unit * rng.uniform(0.5, 3)))[..., None]
    canvas += (0.7 * rough * smooth_noise(rng, scene.size, max(1.5, unit * 0.06)))[..., None]
    kind = rng.random()
    if kind < 0.16:
        _lay_bricks(scene)
    elif kind < 0.26:
        _panel(scene)
    elif kind < 0.32:
        _slats(scene)
    for chance, thing in _THINGS:
        if rng.random() < chance:
            thing(scene)


def _texture(scene: Scene, values: Picture) -> None:
    scene.canvas[...] += values.astype(np.float32)[..., None]


def _lay_bricks(scene: Scene) -> None:
    """Paint bricks, each of its own shade, and their joints."""
    rng, unit, (rows, columns) = scene.rng, scene.unit, scene.size
    tall, wide = unit * rng.uniform(0.3, 0.8), unit * rng.uniform(0.8, 2.0)
    joint = max(1.0, unit * rng.uniform(0.03, 0.08))
    y = np.arange(rows) + rng.uniform(0, tall)
    row = (y // tall).astype(int)
    x = np.arange(columns)[None] + (row % 2)[:, None] * wide / 2 + rng.uniform(0, wide)
    column = (x // wide).astype(int)
    shades = rng.normal(0, rng.uniform(3, 16), (row.max() + 1, column.max() + 1))
    between = ((y % tall) < joint)[:, None] | ((x % wide) < joint)
    grey = rng.uniform(10, 60) * (1 if rng.random() < 0.75 else -1)
    _texture(scene, np.where(between, grey, shades[row[:, None], column]))


def _panel(scene: Scene) -> None:
    """Paint the mouldings of a door around the number."""
    rng = scene.rng
    box = scene.box + np.array([[-1], [1]]) * rng.uniform(0.3, 2.0, 2)
    for _ in range(int(rng.integers(1, 4))):
        (left, top), (right, bottom) = box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        shade = np.clip(scene.canvas.mean(axis=(0, 1)) + rng.normal(0, 35), 0, 255)
        scene.line(scene.project(corners), shade, rng.uniform(0.02, 0.12))
        box = box + np.array([[-1], [1]]) * rng.uniform(0.08, 0.3)


def _slats(scene: Scene) -> None:
    """Paint a roller shutter, boards or a fence: parallel stripes at any angle."""
    rng, (rows, columns) = scene.rng, scene.size
    angle = rng.choice((0, 0, np.pi / 2, rng.uniform(0, np.pi))) + rng.normal(0, 0.04)
    along = np.cos(angle) * np.arange(rows)[:, None] + np.sin(angle) * np.arange(columns)[None]
    wave = np.sin(2 * np.pi * along / (scene.unit * rng.uniform(0.25, 1.5)))
    _texture(scene, rng.uniform(6, 30) * np.clip(wave * rng.uniform(1, 5), -1, 1))


def _beyond(scene: Scene) -> None:
    """Paint what begins at one edge near the number: a door, a window, the sky, a corner."""
    rng, box = scene.rng, scene.box
    away, far = rng.uniform(0.1, 1.3), 15.0
    left, top = box[0] - (away, away * 0.7)
    right, bottom = box[1] + (away, away * 0.7)
    kind = rng.random()
    if kind < 0.4:
        corners = [[left - far, -far], [left, -far], [left, far], [left - far, far]]
    elif kind < 0.8:
        corners = [[right, -far], [right + far, -far], [right + far, far], [right, far]]
    elif kind < 0.9:
        corners = [[-far, top - far], [far, top - far], [far, top], [-far, top]]
    else:
        corners = [[-far, bottom], [far, bottom], [far, bottom + far], [-far, bottom + far]]
    edge = scene.flat(np.array(corners) + rng.normal(0, 0.05, (4, 2)))
    scene.fill(edge, sample_wall(rng))
    for _ in range(int(rng.integers(0, 3))):  # its frame
        scene.line(edge, sample_wall(rng), rng.uniform(0.02, 0.3))
        edge = edge + rng.normal(0, 0.15 * scene.unit, 2)


def _plant(scene: Scene) -> None:
    """Paint leaves that come in from an edge of the picture."""
    rng, unit, (rows, columns) = scene.rng, scene.unit, scene.size
    corner = rng.random(2) * (columns, rows)
    corner[rng.integers(2)] = rng.choice((0, 1)) * (rows if rng.random() < 0.5 else columns)
    dark = np.array([40, 60, 30]) * rng.uniform(0.4, 1.6)
    for _ in range(int(rng.integers(6, 25))):
        x, y = corner + rng.normal(0, rng.uniform(0.2, 0.9) * unit, 2)
        size = int(unit * rng.uniform(0.04, 0.25)) + 1, int(unit * rng.uniform(0.03, 0.1)) + 1
        shade = (dark * rng.uniform(0.6, 2.2)).tolist()
        place = (int(x), int(y))
        cv2.ellipse(scene.canvas, place, size, rng.uniform(0, 180), 0, 360, shade, -1, cv2.LINE_AA)


def _letterbox(scene: Scene) -> None:
    """Paint a bell, a lamp or a letter box near the number."""
    rng, box = scene.rng, scene.box
    half = rng.uniform(0.12, 0.7, 2)
    below = rng.random() < 0.5
    x = rng.uniform(box[0, 0] - 0.5, box[1, 0] + 0.5)
    if not below:
        gap = half[0] + rng.uniform(0.15, 0.8)
        x = box[1, 0] + gap if rng.random() < 0.5 else box[0, 0] - gap
    y = box[1, 1] + half[1] + rng.uniform(0.1, 0.6) if below else rng.uniform(*box[:, 1])
    corners = np.array([x, y]) + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    scene.fill(scene.project(corners), sample_wall(rng))
    scene.line(scene.project(corners), sample_wall(rng), rng.uniform(0.02, 0.08))
    if rng.random() < 0.5:
        centre = tuple(int(v) for v in scene.project(np.array([[x, y]]))[0])
        radius = max(1, int(scene.unit * half.min() * rng.uniform(0.2, 0.7)))
        cv2.circle(scene.canvas, centre, radius, sample_wall(rng).tolist(), -1, cv2.LINE_AA)


def _shadow(scene: Scene) -> None:
    """Darken a part of the wall, as an awning, a tree or the next house does."""
    rng = scene.rng
    centre = scene.box[0] + rng.uniform(-0.3, 1.3, 2) * np.diff(scene.box, axis=0)[0]
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
    reach = rng.uniform(0.5, 6, (len(angle), 1))
    edge = centre + reach * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    cover = scene.mask(scene.flat(edge))
    cover = cv2.GaussianBlur(cover, (0, 0), max(0.6, scene.unit * rng.uniform(0.02, 0.2)))
    scene.canvas[...] *= 1 - np.float32(rng.uniform(0.15, 0.55)) * cover[..., None]


_THINGS: tuple[tuple[float, Callable[[Scene], None]], ...] = (
    (0.36, _beyond), (0.10, _beyond), (0.10, _plant), (0.18, _letterbox), (0.16, _shadow),
)  # fmt: skip


def add_neighbours(scene: Scene, style: Style, ink: Ink, colour: np.ndarray) -> None:
    """Paint other texts near the number, on the wall or on plates of their own.

    Args:
        scene: what is painted on; its canvas changes.
        style: how the number is set; other texts are set alike.
        ink: the number's, float32 (H, W), 0-1, which no text covers.
        colour: the number's, (3,), RGB, 0-255.
    """
    rng = scene.rng
    kind = rng.random()
    if kind < 0.13:
        row = neighbours.sample_name(scene, style, rng.random() < 0.5)
    elif kind < 0.26:
        row = neighbours.sample_second_number(scene, style)
    else:
        return
    if not row:
        return
    if kind > 0.18 and rng.random() < 0.6:
        ground, colour = sample_pair(rng, True)
        (left, top), (right, bottom) = layout.flat_box(row) + np.array([[-0.15], [0.15]])
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        over = scene.mask(scene.project(corners)) * clear_of(ink, 5)
        canvas = scene.canvas
        canvas += (ground.astype(np.float32) - canvas) * over[..., None]
    lay(scene, scene.ink(row) * clear_of(ink, 5), colour)

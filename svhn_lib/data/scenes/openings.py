"""Doors, windows, garages and gates of a house front."""

from __future__ import annotations

import numpy as np

from svhn_lib.data.scenes.front import Front
from svhn_lib.data.scenes.surfaces import Box, mottled, streaks
from svhn_lib.data.street.palette import sample_wall


def paint_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of painted wood or metal, float64 (3,): white, dark, or a strong one."""
    kind = rng.random()
    if kind < 0.3:
        return np.full(3, rng.uniform(170, 245)) + rng.normal(0, 5, 3)
    if kind < 0.55:
        return np.full(3, rng.uniform(15, 80)) + rng.normal(0, 6, 3)
    if kind < 0.75:  # wood
        return rng.uniform(70, 180) * np.array(
            [1.0, rng.uniform(0.5, 0.75), rng.uniform(0.25, 0.5)]
        )
    if kind < 0.9:
        strong = np.array(_DOORS[rng.integers(len(_DOORS))], float)
        return np.clip(strong * rng.uniform(0.6, 1.3), 0, 255)
    return sample_wall(rng)


_DOORS = (
    (150, 30, 30), (30, 60, 120), (25, 80, 60), (70, 150, 170), (200, 80, 45), (220, 190, 90),
    (95, 45, 75), (60, 90, 60),
)  # fmt: skip


def inset(box: Box, over: float, under: float | None = None) -> Box:
    """Return the box made smaller by `over` at the sides and `under` above and below, metres."""
    under = over if under is None else under
    return box[0] + over, box[1] + under, box[2] - over, box[3] - under


def relief(front: Front, box: Box, depth: float, raised: bool) -> None:
    """Draw the lit and the shaded edges of a panel in the box; `depth` in metres."""
    bright = front.rng.uniform(12, 50) * (1 if raised else -1)
    left, top, right, bottom = box
    depth = max(depth, 0.8 / front.scale)
    front.part((left, top, right, top + depth))[...] += np.float32(bright)
    front.part((left, top, left + depth, bottom))[...] += np.float32(0.6 * bright)
    front.part((left, bottom - depth, right, bottom))[...] -= np.float32(bright)
    front.part((right - depth, top, right, bottom))[...] -= np.float32(0.6 * bright)


def door(front: Front, box: Box) -> None:
    """Paint a door with its frame, panels or panes, handle, and perhaps a letter slot."""
    rng = front.rng
    if not front.sees(inset(box, -0.3)):
        return
    trim, colour = paint_colour(rng), paint_colour(rng)
    front.shade(inset(box, -0.2), rng.uniform(0.75, 1))
    front.fill((box[0] - 0.12, box[1] - 0.12, box[2] + 0.12, box[3]), trim)
    relief(front, (box[0] - 0.12, box[1] - 0.12, box[2] + 0.12, box[3]), 0.02, True)
    left, top, right, bottom = box
    if rng.random() < 0.3:  # a transom above
        light = top + rng.uniform(0.25, 0.45)
        glass(front, (left, top, right, light - 0.06))
        top = light
    part = front.fill((left, top, right, bottom), colour)
    if rng.random() < 0.35:
        streaks(front, part, True, rng.uniform(3, 12))
    else:
        mottled(front, part, rng.uniform(0.5, 3))
    if right - left > 1.3:  # two leaves
        middle = (left + right) / 2
        front.line(np.array([[middle, top], [middle, bottom]]), 0.4 * colour, 0.015)
        leaves = [(left, top, middle, bottom), (middle, top, right, bottom)]
    else:
        leaves = [(left, top, right, bottom)]
    kind, seed = rng.random(), int(rng.integers(1 << 30))
    for leaf in leaves:  # alike
        _leaf(front, leaf, kind, np.random.default_rng(seed))
    _handle(front, leaves[0])
    if rng.random() < 0.45:
        slot(front, (left + right) / 2, bottom - rng.uniform(0.7, 1.1))


def _leaf(front: Front, box: Box, kind: float, rng: np.random.Generator) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    edge = min(0.14, 0.2 * wide)
    if kind < 0.6:  # panels
        columns, rows = (
            (2, 3) if rng.random() < 0.6 and wide > 0.6 else (1, int(rng.integers(1, 4)))
        )
        upper_glass, raised = rng.random() < 0.4, rng.random() < 0.5
        cuts = np.concatenate([[0], np.cumsum(rng.uniform(0.6, 1.6, rows))])
        ys = top + edge / 2 + (tall - edge) * cuts / cuts[-1]
        xs = left + edge / 2 + (wide - edge) * np.arange(columns + 1) / columns
        for row in range(rows):
            for column in range(columns):
                panel = inset((xs[column], ys[row], xs[column + 1], ys[row + 1]), edge / 2)
                if row == 0 and upper_glass:
                    glass(front, panel)
                else:
                    relief(front, panel, 0.015, raised)
                    relief(front, inset(panel, 0.05), 0.012, not raised)
    elif kind < 0.8:  # one large pane
        glass(front, inset((left, top, right, top + tall * rng.uniform(0.45, 0.9)), edge))
    elif kind < 0.9:
        step = rng.uniform(0.08, 0.2)
        for x in np.arange(left + step, right, step):
            front.line(np.array([[x, top], [x, bottom]]), np.full(3, 40.0), 0.008)


def _handle(front: Front, box: Box) -> None:
    rng = front.rng
    left, _, right, bottom = box
    x = left + 0.07 if rng.random() < 0.5 else right - 0.07
    y = bottom - rng.uniform(0.9, 1.1)
    metal = np.array([200.0, 175, 110]) if rng.random() < 0.4 else np.full(3, rng.uniform(30, 215))
    if rng.random() < 0.5:
        front.disc(x, y, 0.035, metal)
        front.disc(x, y - 0.12, 0.022, 0.7 * metal)
    else:
        front.line(np.array([[x, y - 0.12], [x, y + 0.12]]), metal, 0.03)


def slot(front: Front, x: float, y: float) -> None:
    """Paint a letter slot around a point, metres."""
    rng = front.rng
    metal = np.array([190.0, 165, 100]) if rng.random() < 0.5 else np.full(3, rng.uniform(30, 210))
    half = rng.uniform(0.1, 0.16)
    front.fill((x - half, y - 0.035, x + half, y + 0.035), metal)
    front.line(np.array([[x - half + 0.02, y], [x + half - 0.02, y]]), 0.4 * metal, 0.012)


def glass(front: Front, box: Box) -> None:
    """Paint a pane: dark or mirroring the sky, curtains or blinds behind it."""
    rng, kind = front.rng, front.rng.random()
    dark = np.full(3, rng.uniform(15, 90)) + np.array([-6, 0, 8]) * rng.uniform(0, 1.5)
    part = front.fill(box, dark)
    if part.size == 0:
        return
    rows, columns = part.shape[:2]
    if kind < 0.35:  # mirrors the sky, the trees, the house across
        shine = np.linspace(rng.uniform(0, 120), rng.uniform(0, 40), rows, dtype=np.float32)
        part += shine[:, None, None]
        mottled(front, part, rng.uniform(3, 14))
    elif kind < 0.55:  # blinds
        lines = np.arange(rows, dtype=np.float32) / front.scale % rng.uniform(0.03, 0.07)
        part += np.float32(rng.uniform(70, 150))
        part -= (rng.uniform(200, 900) * lines)[:, None, None]
    elif kind < 0.75:  # curtains
        folds = np.sin(np.arange(columns, dtype=np.float32) / front.scale * rng.uniform(40, 120))
        part += (rng.uniform(40, 120) + 12 * folds)[None, :, None].astype(np.float32)
    elif kind < 0.8:
        part += np.array([150.0, 110, 40], np.float32)  # lit inside


def window(front: Front, box: Box) -> None:
    """Paint a window with frame, bars, sill and perhaps shutters or a grille."""
    rng = front.rng
    if not front.sees(inset(box, -0.6)):
        return
    trim, bar = paint_colour(rng), paint_colour(rng)
    if rng.random() < 0.6:
        edge = rng.uniform(0.05, 0.16)
        front.fill(inset(box, -edge), trim)
        relief(front, inset(box, -edge), 0.015, True)
    glass(front, box)
    front.shade((box[0], box[1], box[2], box[1] + 0.08), 0.6)
    left, top, right, bottom = box
    thick = rng.uniform(0.03, 0.07)
    front.frame(box, bar, thick * 1.4)
    for x in np.linspace(left, right, int(rng.integers(1, 4)) + 1)[1:-1]:
        front.line(np.array([[x, top], [x, bottom]]), bar, thick)
    for y in np.linspace(top, bottom, int(rng.integers(1, 4)) + 1)[1:-1]:
        front.line(np.array([[left, y], [right, y]]), bar, thick)
    if rng.random() < 0.6:
        front.fill((left - 0.1, bottom, right + 0.1, bottom + 0.07), trim)
        front.shade((left - 0.1, bottom + 0.07, right + 0.1, bottom + 0.12), 0.7)
    if rng.random() < 0.15:
        _shutters(front, box)
    elif rng.random() < 0.12:  # a grille
        for x in np.arange(left + 0.06, right, rng.uniform(0.09, 0.16)):
            front.line(np.array([[x, top - 0.03], [x, bottom + 0.03]]), 0.5 * bar, 0.018)


def _shutters(front: Front, box: Box) -> None:
    rng, (left, top, right, bottom) = front.rng, box
    half, colour = (right - left) / 2, paint_colour(rng)
    for side in ((left - half, top, left, bottom), (right, top, right + half, bottom)):
        front.fill(side, colour)
        for y in np.arange(top + 0.05, bottom, 0.05):
            front.line(np.array([[side[0] + 0.04, y], [side[2] - 0.04, y]]), 0.7 * colour, 0.012)
        relief(front, side, 0.02, True)

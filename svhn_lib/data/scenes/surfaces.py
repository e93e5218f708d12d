"""Surfaces of streets: bricks, plaster, boards, stone, tiles, roofs, paving, grass and sky."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from svhn_lib.data.scenes.front import Front, clouds, grain
from svhn_lib.data.street.palette import sample_wall

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in metres."""
Colour = np.ndarray


def mottled(front: Front, part: np.ndarray, amount: float) -> None:
    """Lay uneven paint and fine roughness over a part of the canvas; `amount` in grey levels."""
    if part.size == 0:
        return
    rng, size = front.rng, part.shape[:2]
    part += (amount * clouds(rng, size, front.scale * rng.uniform(0.1, 0.8)))[..., None]
    part += (0.8 * amount * grain(rng, size))[..., None]


def plaster(front: Front, box: Box, colour: Colour) -> None:
    """Paint plaster, smooth or rough, with stains that run down."""
    rng, part = front.rng, front.fill(box, colour)
    if part.size == 0:
        return
    rough = rng.gamma(1.3, 3.0)
    mottled(front, part, rough)
    size = part.shape[:2]
    part += (rough * clouds(rng, size, max(1.5, front.scale * rng.uniform(0.01, 0.04))))[..., None]
    if rng.random() < 0.3:
        runs = clouds(rng, (2, size[1]), front.scale * rng.uniform(0.05, 0.4))[:1]
        fade = np.linspace(1, rng.uniform(0, 1), size[0], dtype=np.float32)[:, None]
        part -= (rng.uniform(2, 12) * np.maximum(runs * fade, 0))[..., None]


def bricks(front: Front, box: Box, colour: Colour) -> None:
    """Paint bricks, each of its own shade, and their joints."""
    rng = front.rng
    _courses(front, box, colour, rng.uniform(0.065, 0.085), rng.uniform(0.2, 0.26), 0.012)


def stone(front: Front, box: Box, colour: Colour) -> None:
    """Paint dressed stones, or blocks of concrete."""
    rng = front.rng
    tall = rng.uniform(0.15, 0.45)
    _courses(front, box, colour, tall, tall * rng.uniform(1.3, 2.6), rng.uniform(0.008, 0.03))


def rubble(front: Front, box: Box, colour: Colour) -> None:
    """Paint stones of irregular shape."""
    rng = front.rng
    tall = rng.uniform(0.08, 0.3)
    _courses(front, box, colour, tall, tall * rng.uniform(1.2, 2.2), 0.025, bent=0.3)


def _courses(
    front: Front, box: Box, colour: Colour, tall: float, wide: float, gap: float, bent: float = 0
) -> None:
    """Paint stones of a size in metres, in courses; `bent` is how far they depart from that."""
    rng, part = front.rng, front.fill(box, colour)
    if part.size == 0:
        return
    rows, columns = part.shape[:2]
    if tall * front.scale < 2.2:  # too far to be seen one by one
        mottled(front, part, rng.uniform(4, 14))
        return
    y = np.arange(rows, dtype=np.float32) / front.scale + np.float32(rng.uniform(0, tall))
    x = np.arange(columns, dtype=np.float32) / front.scale + np.float32(rng.uniform(0, wide))
    gap, step = max(gap, 0.6 / front.scale), wide * float(rng.choice((0.5, 0.5, 0.5, 0.37)))
    spread = rng.uniform(3, 18)
    tints = spread * rng.normal(0, 1, (997, 1)) * colour / colour.mean()
    tints = (tints + rng.normal(0, 0.12 * spread, (997, 3))).astype(np.float32)
    way = 1 if rng.random() < 0.7 else -1
    light = np.float32(way * rng.uniform(15, 60) * min(1.0, tall * front.scale / 6))
    if bent:
        far = bent * np.array([tall, wide], np.float32)
        down = y[:, None] + far[0] * (4 + clouds(rng, (rows, columns), front.scale * wide * 1.6))
        along = x[None] + far[1] * (4 + clouds(rng, (rows, columns), front.scale * wide * 0.9))
        row = (down / tall).astype(np.int32)
        along += row * np.float32(step)
        part += tints[(row * 61 + (along / wide).astype(np.int32) * 17) % 997]
        part += (light * ((down % tall < gap) | (along % wide < gap)))[..., None]
    else:  # all courses are of one height: each is painted once
        row = (y / tall).astype(np.int32)
        number = np.arange(row[-1] + 1)[:, None]
        along = x[None] + number * np.float32(step)
        course = tints[(number * 61 + (along / wide).astype(np.int32) * 17) % 997]
        course += (light * (along % wide < gap))[..., None]
        part += np.where((y % tall < gap)[:, None, None], light, course[row])
    part += (np.float32(rng.uniform(1, 6)) * grain(rng, (rows, columns)))[..., None]


def boards(front: Front, box: Box, colour: Colour) -> None:
    """Paint level boards that overlap, or upright ones, as on wooden houses and fences."""
    rng, part = front.rng, front.fill(box, colour)
    if part.size == 0:
        return
    upright = rng.random() < 0.3
    step = rng.uniform(0.09, 0.22)
    length = part.shape[1 if upright else 0]
    at = np.arange(length, dtype=np.float32) / front.scale + rng.uniform(0, step)
    dark = rng.uniform(15, 60) * np.clip(step * front.scale / 4, 0, 1)
    profile = rng.uniform(2, 10) * (at % step) / step - dark * (
        (at % step) < max(0.012, 0.12 * step)
    )
    shades = rng.normal(0, rng.uniform(0, 8), 211)[(at // step).astype(int) % 211]
    lines = (profile + shades).astype(np.float32)
    part += lines[None, :, None] if upright else lines[:, None, None]
    if rng.random() < 0.5:
        streaks(front, part, upright, rng.uniform(2, 9))


def streaks(front: Front, part: np.ndarray, upright: bool, amount: float) -> None:
    """Draw the grain of wood over a part of the canvas."""
    rows, columns = part.shape[:2]
    if part.size == 0:
        return
    size = (max(2, rows // 12), columns) if upright else (rows, max(2, columns // 12))
    noise = clouds(front.rng, size, max(1.0, 0.012 * front.scale))
    noise = np.repeat(noise, 13, axis=0 if upright else 1)[:rows, :columns]
    if noise.shape == (rows, columns):
        part += (amount * noise)[..., None]


def tiles(front: Front, box: Box, colour: Colour) -> None:
    """Paint square tiles, or panels of a clad front."""
    rng = front.rng
    side = rng.uniform(0.08, 0.3) if rng.random() < 0.6 else rng.uniform(0.5, 1.2)
    _grid(front, box, colour, side, side * rng.uniform(0.8, 2), rng.uniform(0.004, 0.015))


def _grid(front: Front, box: Box, colour: Colour, tall: float, wide: float, gap: float) -> None:
    rng, part = front.rng, front.fill(box, colour)
    if part.size == 0:
        return
    mottled(front, part, rng.uniform(0.5, 5))
    light = rng.uniform(-60, 40)
    for axis, step in ((0, tall), (1, wide)):
        at = np.arange(part.shape[axis]) / front.scale + rng.uniform(0, step)
        line = ((at % step) < max(gap, 0.7 / front.scale)) * light
        line = line.astype(np.float32) * np.float32(np.clip(step * front.scale / 5, 0, 1))
        part += line[:, None, None] if axis == 0 else line[None, :, None]


WALLS: tuple[tuple[float, Callable[[Front, Box, Colour], None]], ...] = (
    (0.34, plaster), (0.26, bricks), (0.16, boards), (0.09, stone), (0.07, rubble), (0.08, tiles),
)  # fmt: skip


def wall(front: Front, box: Box) -> Colour:
    """Paint a wall of any kind; return its colour."""
    rng = front.rng
    shares = np.array([share for share, _ in WALLS])
    make = WALLS[rng.choice(len(WALLS), p=shares / shares.sum())][1]
    colour = sample_wall(rng)
    if make is bricks and rng.random() < 0.7:
        colour = np.array([rng.uniform(90, 180), 0, 0])
        colour[1] = colour[0] * rng.uniform(0.5, 0.8)
        colour[2] = colour[1] * rng.uniform(0.7, 1.0)
    if make in (plaster, boards) and rng.random() < 0.25:  # southern houses
        strong = np.array([rng.uniform(150, 235), rng.uniform(110, 190), rng.uniform(60, 160)])
        colour = strong if rng.random() < 0.75 else strong[::-1]
    make(front, box, colour)
    return colour


def sky(front: Front) -> None:
    """Paint the sky over the whole canvas: clear, clouded or white."""
    rng, (rows, columns) = front.rng, front.canvas.shape[:2]
    kind = rng.random()
    low = np.array([205.0, 215, 228]) * rng.uniform(0.8, 1.12)
    high = np.array([90.0, 140, 205]) * rng.uniform(0.7, 1.2) if kind < 0.55 else 0.95 * low
    fade = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    front.canvas[:] = high + (low - high).astype(np.float32) * fade
    if 0.3 < kind < 0.8:
        cover = clouds(rng, (rows, columns), 0.25 * columns)
        cover = np.clip(cover + 0.4 * clouds(rng, (rows, columns), 0.07 * columns), 0, 2)
        front.canvas[...] += (np.float32(rng.uniform(10, 45)) * cover)[..., None]


def boulder(front: Front, x: float, y: float, wide: float, tall: float) -> None:
    """Paint a large stone that lies on the ground; half width and half height in metres."""
    rng = front.rng
    angle = np.linspace(0, 2 * np.pi, 15)[:-1]
    reach = rng.uniform(0.85, 1.15, 14)
    edge = np.stack([wide * reach * np.cos(angle), tall * reach * np.sin(angle)], axis=1)
    grey = np.full(3, rng.uniform(90, 190)) + rng.normal(0, 8, 3)
    front.polygon(edge + np.array([x, y]), grey)
    mottled(front, front.part((x - 0.8 * wide, y - 0.7 * tall, x + 0.8 * wide, y + 0.7 * tall)), 7)


def ground(front: Front, box: Box) -> None:
    """Paint pavement, asphalt, gravel or grass."""
    rng, kind = front.rng, front.rng.random()
    grey = np.full(3, rng.uniform(60, 185)) + rng.normal(0, 5, 3)
    if kind < 0.3:
        _grid(front, box, grey, rng.uniform(0.2, 0.6), rng.uniform(0.3, 1.2), 0.015)
    elif kind < 0.55:
        mottled(front, front.fill(box, grey), rng.uniform(2, 12))
    elif kind < 0.7:
        _courses(front, box, grey, 0.1, 0.14, 0.02, bent=0.3)
    else:
        green = np.array([70.0, 95, 45]) * rng.uniform(0.6, 1.5)
        part = front.fill(box, green)
        mottled(front, part, rng.uniform(8, 22))
